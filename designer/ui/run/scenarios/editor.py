"""One event of a scenario in fields: what happens, to whom, when, how much, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from designer import units
from designer.catalog.scenarios.events import ACTIONS, PICKS, ScenarioEvent, event_error
from designer.catalog.scenarios.targets import noun_of, target_error, told
from designer.errors import RuleError
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.ui.shell.session import Session
from designer.words import mark, tr

NAMED = ""
WHOM = {
    NAMED: mark("the element"), "any": mark("any one"), "all": mark("every"), "each": mark("each in turn"),
    "theirs": mark("what belongs to it"),
}  # fmt: skip
"""How an event says whom it hits, by its rule."""
assert tuple(WHOM)[1:] == PICKS


def _titled(label: QLabel, *fields: QWidget) -> QWidget:
    """A field with its title above it; of several one is shown."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    for widget in (label, *fields):
        column.addWidget(widget)
    return box


class EventEditor(QWidget):
    """The fields of an event. `changed` carries the event as it is to be, `removed` asks to remove it, `picking` says
    whether a click on the drawing shall name its element."""

    changed = Signal(object)
    removed = Signal()
    picking = Signal(bool)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.event_: ScenarioEvent | None = None
        self.what, self.whom, self.kind = QComboBox(), QComboBox(), QComboBox()
        for action in ACTIONS.values():
            self.what.addItem(tr(action.title), action.what)
        for pick, text in WHOM.items():
            self.whom.addItem(tr(text), pick)
        self.pick = QPushButton(tr("Pick on the Drawing"))
        self.pick.setCheckable(True)
        self.pick.toggled.connect(self.picking)
        self.remove = QPushButton(tr("Remove Event"))
        self.remove.clicked.connect(self.removed)
        self.at, self.lasts, self.value = QLineEdit(), QLineEdit(), QLineEdit()
        self.value_title, self.wrong = QLabel(), QLabel()
        self.wrong.setProperty("wrong", True)
        self.wrong.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 4)
        fields = ((tr("What"), self.what), (tr("Whom"), self.whom), ("", self.kind), (tr("At"), self.at),
                  (tr("Lasts"), self.lasts), ("", self.value))  # fmt: skip
        boxes = []
        for title, field in fields:
            label = self.value_title if field is self.value else QLabel(title)
            label.setProperty("muted", True)
            field.setAccessibleName(title)
            boxes.append(_titled(label, *((field, self.pick) if field is self.kind else (field,))))
        self._amount = boxes[-1]
        self.kind.setAccessibleName(tr("Kind of what it hits"))
        self.at.setToolTip(tr("Time since the start of the run: 02:00, 90 min"))
        self.lasts.setToolTip(tr("For how long; empty: it does not end by itself"))
        for line in (self.at, self.lasts, self.value):
            line.setFixedWidth(80)
            line.editingFinished.connect(self._edited)
        for box in (self.what, self.whom, self.kind):
            box.activated.connect(self._edited)
        column.addWidget(WrappedRow(boxes))
        column.addWidget(self.wrong)

    def show_event(self, event: ScenarioEvent | None) -> None:
        """Show an event, or none."""
        self.event_ = event
        self.setVisible(event is not None)
        self.remove.setEnabled(event is not None)
        self.pick.setChecked(False)
        if event is None:
            self.wrong.setText("")
            return
        action = ACTIONS[event.what]
        with QSignalBlocker(self.what), QSignalBlocker(self.whom), QSignalBlocker(self.kind):
            self.what.setCurrentIndex(self.what.findData(event.what))
            self.whom.setCurrentIndex(self.whom.findData(event.pick if event.by_rule else NAMED))
            self.kind.clear()
            for kind in action.kinds:
                self.kind.addItem(noun_of(kind), kind)
            self.kind.setCurrentIndex(self.kind.findData(event.kind))
        self.kind.setVisible(event.by_rule)
        self.pick.setVisible(not event.by_rule)
        self.at.setText(units.clock_text(event.at_s, with_seconds=event.at_s % 60 != 0))
        self.lasts.setText(lasting(event.for_s) if event.for_s else "")
        self.lasts.setEnabled(bool(action.ends))
        self._amount.setVisible(bool(action.value))
        self.value_title.setText(tr(action.value) if action.value else "")
        self.value.setAccessibleName(self.value_title.text())
        self.value.setText(f"{event.value:g}")
        error = target_error(self._session.project, event)
        self.wrong.setText(tr("It cannot happen: {0}.", error) if error else "")

    def _edited(self) -> None:
        """Tell the event of the fields, where they have a meaning."""
        before = self.event_
        if before is None:
            return
        try:
            event = self._read(before)
        except RuleError as error:
            self.wrong.setText(str(error))
            return
        if event == before:
            return
        if why := event_error(event):
            self.wrong.setText(f"{why[:1].upper()}{why[1:]}.")
            return
        self.changed.emit(event)

    def _read(self, before: ScenarioEvent) -> ScenarioEvent:
        action = ACTIONS[str(self.what.currentData())]
        pick = str(self.whom.currentData())
        at_s = units.read_span_s(self.at.text())
        for_s = units.read_span_s(self.lasts.text()) if self.lasts.text().strip() and action.ends else action.lasts_s
        value = action.usual if action.what != before.what else units.read(self.value.text()) if action.value else 0.0
        value = value if action.value else 0.0
        event = replace(before, at_s=at_s, what=action.what, for_s=for_s, value=value)
        if pick == NAMED:
            target = before.target or next(self._candidates(action.kinds), 0)
            if not target:
                raise RuleError(tr("The design has nothing that this may happen to."))
            return replace(event, target=target, kind="", pick="")
        kind = str(self.kind.currentData() or "")
        kind = kind if kind in action.kinds else action.kinds[0]
        return replace(event, target=0, kind=kind, pick=pick, for_s=for_s or (3600.0 if pick == "each" else 0.0))

    def _candidates(self, kinds: tuple[str, ...]) -> Iterator[int]:
        """What is selected, then all of these kinds."""
        project = self._session.project
        chosen = [i for i in self._session.selection if i in project.elements]
        yield from (i for i in chosen if project.elements[i].kind in kinds)
        yield from (one.id for kind in kinds if kind in project.kinds for one in project.of_kind(kind))


def told_event(session: Session, event: ScenarioEvent) -> str:
    """An event as a line: when, and what happens to whom."""
    said = tr("{0}  {1}", units.clock_text(event.at_s), told(session.project, event))
    if event.for_s:
        return tr("{0}, for {1}", said, lasting(event.for_s))
    return said


def lasting(seconds: float) -> str:
    """A length of time in the largest unit in which it is a whole number: 2 h, 73 min, 90 s."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size and seconds % size == 0.0:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:g} s"
