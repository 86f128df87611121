"""Scenarios of the design: build one on a time line, play it, and read what fell, why and how it came back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.catalog.kinds.saved.scenario import scenario_events, scenarios_by_name
from designer.catalog.scenarios.events import ScenarioEvent, events_of_run, last_s
from designer.catalog.scenarios.library import ShippedScenario, shipped_scenarios
from designer.catalog.scenarios.targets import target_error
from designer.commands import edit
from designer.commands.scenarios.saving import begin_scenario, change_events, copy_scenario, save_scenario
from designer.model.element import Element
from designer.model.project import Project
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.plain_table import keeping
from designer.ui.parts.theme import Theme
from designer.ui.run.scenarios.answer import AnswerSide
from designer.ui.run.scenarios.editor import EventEditor, told_event
from designer.ui.run.scenarios.line import ScenarioLine
from designer.ui.shell.session import Session
from designer.words import tr

LIST_PX, HOUR_S = 230, 3600.0


@guarded
class ScenariosPanel(QWidget):
    """The list of scenarios, the events of the chosen one, and its answer. `play_requested` carries events of a run."""

    play_requested = Signal(object)
    closed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.events: tuple[ScenarioEvent, ...] = ()
        self.current = -1
        self._picking = False
        self.side = AnswerSide(session, theme)
        self.side.play_requested.connect(self.play_requested)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Scenarios of the design"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(lambda _: self._show_chosen())
        self.name, self.asks = QLineEdit(), QLabel()
        self.name.setAccessibleName(tr("Name of the scenario"))
        self.name.editingFinished.connect(self._rename)
        self.asks.setProperty("muted", True)
        self.asks.setWordWrap(True)
        self.asks.setTextFormat(Qt.TextFormat.PlainText)
        self.line, self.editor = ScenarioLine(theme), EventEditor(session, theme)
        self.line.chosen.connect(self._choose_event)
        self.line.dragged.connect(self._dragged)
        self.editor.changed.connect(self._event_changed)
        self.editor.removed.connect(self.remove_event)
        self.editor.picking.connect(self._pick)
        self.steps = QListWidget()
        self.steps.setAccessibleName(tr("Events of the scenario"))
        self.steps.setContentsMargins(12, 0, 12, 8)
        self.steps.currentRowChanged.connect(self._choose_event)
        self._lay_out()
        session.changed.connect(lambda _: self.refresh())
        session.replaced.connect(self._forget)
        session.selection_changed.connect(self._picked)
        session.run_changed.connect(self._enable)
        session.frame_changed.connect(self._enable)
        self.refresh()

    # -- the layout

    def _lay_out(self) -> None:
        row, middle = QHBoxLayout(self), QVBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 12, 0)
        self.add_event = QPushButton(tr("Add Event"))
        self.add_event.clicked.connect(self.append_event)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.closed)
        for widget in (self.name, self.add_event, self.editor.remove, close):
            head.addWidget(widget, 1 if widget is self.name else 0)
        self.asks.setContentsMargins(14, 0, 12, 0)
        middle.setSpacing(4)
        middle.addLayout(head)
        middle.addWidget(self.asks)
        middle.addWidget(self.line)
        middle.addWidget(self.editor)
        middle.addWidget(self.steps, 1)
        row.addWidget(self._list_side())
        row.addLayout(middle, 1)
        row.addWidget(self.side)

    def _list_side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(LIST_PX)
        column, top, below = QVBoxLayout(side), QHBoxLayout(), QHBoxLayout()
        column.setContentsMargins(12, 6, 8, 8)
        self.add, self.more = QPushButton(tr("Add")), QPushButton(tr("From Library"))
        self.add.setToolTip(tr("A new scenario; what is selected fails in it"))
        self.add.clicked.connect(self.add_scenario)
        self.more.setMenu(self._library())
        self.from_run = QPushButton(tr("Save as Scenario"))
        self.from_run.setToolTip(tr("The events of the run that is shown, as a scenario"))
        self.from_run.clicked.connect(self.save_run)
        self.copy_it, self.remove_it = QPushButton(tr("Duplicate")), QPushButton(tr("Remove"))
        self.copy_it.clicked.connect(self.duplicate)
        self.remove_it.clicked.connect(self.remove)
        for layout, widgets in ((top, (self.add, self.more)), (below, (self.copy_it, self.remove_it))):
            for widget in widgets:
                layout.addWidget(widget)
            layout.addStretch(1)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addLayout(below)
        column.addWidget(self.from_run)
        return side

    def _library(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for shipped in shipped_scenarios().values():
            action = menu.addAction(tr(shipped.name))
            action.setToolTip(tr(shipped.asks).replace("<", "‹"))
            action.triggered.connect(partial(self.take, shipped))
        return menu

    # -- the list

    @property
    def chosen(self) -> Element | None:
        """The chosen scenario."""
        item = self.list.currentItem()
        found = self._session.project.elements.get(int(item.data(Qt.ItemDataRole.UserRole))) if item else None
        return found if found is not None and found.kind == "scenario" else None

    def refresh(self, choose: int = 0) -> None:
        """Show the scenarios of the design as they are now; keep the chosen one."""
        before = self.chosen
        wanted = choose or (before.id if before is not None else 0)
        with QSignalBlocker(self.list):
            with keeping(self.list, lambda: _ids_in(self.list)):
                _fill(self.list, self._session.project, self._theme)
            ids = _ids_in(self.list)
            if str(wanted) in ids or self.list.currentRow() < 0:
                self.list.setCurrentRow(ids.index(str(wanted)) if str(wanted) in ids else 0)
        self._show_chosen()

    def _show_chosen(self) -> None:
        row = self.chosen
        events = scenario_events(row) if row is not None else ()
        if row is None or self.name.property("of") != str(row.id):
            self.current = 0 if events else -1
            self.side.forget()
        self.name.setProperty("of", "" if row is None else str(row.id))
        self.events = events
        self.side.show_scenario("" if row is None else str(row.__dict__["name"]), events)
        self.current = min(self.current if self.current >= 0 else 0, len(events) - 1)
        self.name.setText(row.__dict__["name"] if row is not None else "")
        note = str(row.__dict__["note"]) if row is not None else ""
        self.asks.setText(note if row is not None else tr("Add a scenario, or take one from the library."))
        with QSignalBlocker(self.steps):
            self.steps.clear()
            self.steps.addItems([told_event(self._session, event) for event in events])
            self.steps.setCurrentRow(self.current)
        self._show_event()

    def _show_event(self) -> None:
        until_s = max(float(self._session.project.root.__dict__["until_h"]) * HOUR_S, last_s(self.events) * 1.1, HOUR_S)
        self.line.show_events(self.events, until_s, self.current)
        self.editor.show_event(self.events[self.current] if 0 <= self.current < len(self.events) else None)
        self._enable()

    def _enable(self) -> None:
        row = self.chosen
        for widget in (self.name, self.copy_it, self.remove_it, self.add_event):
            widget.setEnabled(row is not None)
        run = self._session.run
        self.from_run.setEnabled(run is not None and bool(run.requests))

    def add_scenario(self) -> None:
        """Add a scenario in which what is selected fails."""
        made = self._session.do_large(tr("Changing …"), 1, begin_scenario, self._session.selection)
        self._made(made)

    def take(self, shipped: ShippedScenario, checked: bool = False) -> None:
        """Take a scenario of the library into the design."""
        name, note = tr(shipped.name), tr(shipped.asks)
        self._made(self._session.do_large(tr("Changing …"), 1, save_scenario, name, shipped.events, note))

    def save_run(self) -> None:
        """Save the events of the shown run as a scenario."""
        run = self._session.run
        if run is None or not run.requests:
            return
        rows = [(one.time_s, one.what, one.id, one.value) for one in run.requests]
        events, left = events_of_run(self._session.project, rows)
        note = tr("Events of a run.")
        made = self._session.do_large(tr("Changing …"), 1, save_scenario, "", events, note)
        self._made(made)
        if made and left:
            self._session.told.emit(tr("{0:,} events are left out: what they hit is not in the design.", left))

    def duplicate(self) -> None:
        """Copy the chosen scenario."""
        if self.chosen is not None:
            self._made(self._session.do_large(tr("Changing …"), 1, copy_scenario, self.chosen.id))

    def remove(self) -> None:
        """Remove the chosen scenario."""
        if self.chosen is not None:
            self._session.do_large(tr("Deleting …"), 1, edit.delete, [self.chosen.id])
            self._session.flush()

    def _made(self, made: int | None) -> None:
        if made:
            self._session.flush()
            self.refresh(made)

    def _rename(self) -> None:
        row, name = self.chosen, self.name.text()
        if row is not None and name != row.__dict__["name"]:
            self._session.do(edit.rename, self._session.project, row.id, name)
            self._session.flush()

    # -- the events

    def _choose_event(self, number: int) -> None:
        if 0 <= number < len(self.events):
            self.current = number
            with QSignalBlocker(self.steps):
                self.steps.setCurrentRow(number)
            self._show_event()
            target = self.events[number].target
            if target in self._session.project.elements and not self._picking:
                self._session.select([target])
                self._session.reveal.emit([target])

    def _write(self, events: list[ScenarioEvent], current: ScenarioEvent | None) -> None:
        row = self.chosen
        if row is None:
            return
        self._session.do_large(tr("Changing …"), 1, change_events, row.id, events)
        self._session.flush()
        if current in self.events:
            self._choose_event(self.events.index(current))

    def _dragged(self, number: int, time_s: float) -> None:
        self.current = number
        self._event_changed(replace(self.events[number], at_s=time_s))

    def _event_changed(self, event: ScenarioEvent) -> None:
        events = list(self.events)
        events[self.current] = event
        self._write(events, event)

    def append_event(self) -> None:
        """Add an event after the last one: what is selected fails, or any one host."""
        project = self._session.project
        at_s = max((one.at_s for one in self.events), default=HOUR_S / 2) + HOUR_S / 2
        target = next((i for i in self._session.selection if i in project.elements), 0)
        kind = next((kind for kind in ("host", "zone", "vm") if project.of_kind(kind)), "host")
        event = ScenarioEvent(at_s, "fail", target) if target else ScenarioEvent(at_s, "fail", 0, kind, "any")
        self._write([*self.events, event], event)

    def remove_event(self) -> None:
        """Remove the current event."""
        if 0 <= self.current < len(self.events):
            events = [one for n, one in enumerate(self.events) if n != self.current]
            self.current = max(self.current - 1, 0)
            self._write(events, None)

    def _pick(self, on: bool) -> None:
        self._picking = on
        if on:
            self._session.select([])
            self._session.told.emit(tr("Click the element on the drawing."))

    def _picked(self) -> None:
        chosen = self._session.selection
        if self._picking and len(chosen) == 1 and 0 <= self.current < len(self.events):
            self.editor.pick.setChecked(False)
            self._event_changed(replace(self.events[self.current], target=chosen[0], kind="", pick=""))

    def _forget(self) -> None:
        self.side.forget()
        self.name.setProperty("of", None)
        self.refresh()


def _ids_in(shown: QListWidget) -> list[str]:
    """The ids of the scenarios in a list."""
    return [shown.item(n).data(Qt.ItemDataRole.UserRole) for n in range(shown.count())]


def _fill(shown: QListWidget, project: Project, theme: Theme) -> None:
    """List the scenarios of a design."""
    shown.clear()
    for row in scenarios_by_name(project.of_kind("scenario")):
        item = QListWidgetItem(row.__dict__["name"])
        item.setToolTip(str(row.__dict__["name"]).replace("<", "‹"))
        item.setData(Qt.ItemDataRole.UserRole, str(row.id))
        wrong = next((error for one in scenario_events(row) if (error := target_error(project, one))), None)
        if wrong:
            item.setIcon(icon("warning", theme.state("waiting")))
            item.setToolTip(tr("It cannot happen: {0}.", wrong))
        shown.addItem(item)
