"""The form's line for saved presets: which one an element was made from, to choose and to reset."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from designer.catalog.kinds.saved.preset import preset_differs
from designer.catalog.presets.own import PLACES, OwnPreset, storable
from designer.commands import presets
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

NONE, GONE = tr("None"), tr("{} (neither here nor in your library)")


def has_preset(session: Session, kind: str, ids: Sequence[int]) -> bool:
    """Whether there is a saved preset for elements of a kind, to choose or to show."""
    elements = session.project.elements
    if not storable(session.project.kinds[kind]):
        return False
    return bool(session.own_presets(kind)) or any(
        known.__dict__["preset"] for known in map(elements.get, ids) if known is not None
    )


class OwnPresetLine(QWidget):
    """A list of saved presets for a kind, and a button that restores changed values."""

    refused = Signal(str)

    def __init__(self, session: Session, theme: Theme, ids: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._ids = session, list(ids)
        self._kind = session.project.elements[self._ids[0]].kind
        self._owns: list[OwnPreset] = []
        self.list = QComboBox(self)
        self.list.setAccessibleName(tr("Saved preset"))
        self.list.setMinimumContentsLength(8)
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.activated.connect(self._chosen)
        self.reset = QToolButton(self)
        self.reset.setIcon(icon("undo", theme.color("text.muted")))
        self.reset.setAccessibleName(tr("Reset to preset"))
        self.reset.setToolTip(tr("Restore the values of the preset"))
        self.reset.clicked.connect(self._reset)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.list, 1)
        row.addWidget(self.reset)

    def take(self, ids: Sequence[int]) -> None:
        """Show other elements of the same kind."""
        self._ids = list(ids)

    def show_value(self) -> None:
        """Show the element's preset among the present choices."""
        elements = [e for i in self._ids if (e := self._session.project.elements.get(i)) is not None]
        names = {element.__dict__["preset"] for element in elements}
        self._owns = self._session.own_presets(self._kind)
        own = next((o for o in self._owns if names == {o.name}), None)
        with QSignalBlocker(self.list):
            self.list.clear()
            self.list.addItem(NONE)
            for other in self._owns:
                self.list.addItem(f"{other.name} · {tr(PLACES[other.where])}")
            self.list.setPlaceholderText(tr("mixed") if len(names) > 1 else "")
            if own is None and len(names) == 1 and names != {""}:
                self.list.addItem(GONE.format(next(iter(names))))
                self.list.setCurrentIndex(self.list.count() - 1)
            else:
                self.list.setCurrentIndex(-1 if len(names) > 1 else self._owns.index(own) + 1 if own is not None else 0)
        self.list.setToolTip(self.list.currentText().replace("<", "‹"))
        self.reset.setVisible(own is not None and any(preset_differs(own, element) for element in elements))

    def _chosen(self, place: int) -> None:
        session, ids = self._session, self._ids
        if place == 0:
            session.do_large(tr("Changing …"), len(ids), presets.remember, ids, "")
        elif place <= len(self._owns):
            session.do_large(tr("Changing …"), len(ids), presets.use, ids, self._owns[place - 1])
        self.show_value()

    def _reset(self) -> None:
        self._session.do_large(tr("Resetting …"), len(self._ids), presets.reset, self._ids, self._owns)
