"""Search over objects and commands: type a name, an id, `kind:host`, or `>` for commands only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from shiboken6 import isValid

from designer.model.element import ROOT_ID, id_from_text
from designer.model.project import Project
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import UndoKeys
from designer.ui.shell.session import Session

MOST = 60


@dataclass(frozen=True)
class Hit:
    """A search result: its text, and what choosing it does."""

    text: str
    detail: str
    icon: str
    choose: Callable[[], object]


def find_elements(project: Project, text: str, most: int = MOST) -> list[int]:
    """Ids of the elements whose name (or id) matches every word; `kind:x` narrows to a kind; best first."""
    words = text.lower().split()
    kinds = [word[5:].replace(" ", "_") for word in words if word.startswith("kind:")]
    words = [word for word in words if not word.startswith("kind:")]
    exact = id_from_text(text.strip()) if len(text.strip()) == 13 else None
    if exact in project.elements:
        return [exact]
    ranked: list[tuple[int, int, str, int]] = []
    for element_id, element in project.elements.items():
        if element_id == ROOT_ID or (kinds and not any(k in element.kind for k in kinds)):
            continue
        name = element.__dict__["name"].lower()
        if all(word in name for word in words):
            first = words[0] if words else ""
            rank = 0 if name == first else 1 if name.startswith(first) else 2
            ranked.append((rank, len(name), name, element_id))
    return [element_id for *_, element_id in sorted(ranked)[:most]]


@guarded
class SearchBox(QFrame):
    """A line and its results, floating at the top of the window."""

    def __init__(self, session: Session, theme: Theme, actions: dict[str, QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._theme, self._actions, self._above = session, theme, actions, parent
        self._hits: list[Hit] = []
        self._before: QWidget | None = None
        self.setObjectName("search")
        self.line = QLineEdit()
        UndoKeys(self.line, typed=False)
        self.line.setPlaceholderText("Search objects and commands; kind:host narrows, > shows commands only")
        self.line.setAccessibleName("Search objects and commands")
        self.line.textChanged.connect(self._look)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda item: self._choose(self.list.row(item)))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.hide()
        theme.changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        raised, strong = self._theme.color("raised").name(), self._theme.color("strong").name()
        self.setStyleSheet(f"#search {{ background: {raised}; border: 1px solid {strong}; border-radius: 8px; }}")

    def open(self, text: str) -> None:
        """Show it, with a beginning."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        width = min(620, self._above.width() - 40)
        self.resize(width, 360)
        self.move(QPoint((self._above.width() - width) // 2, 34))
        self.line.setText(text)
        self._look(text)
        self.show()
        self.raise_()
        self.line.setFocus()

    def _look(self, text: str) -> None:
        self._hits = self._commands(text.removeprefix(">"))
        if not text.startswith(">"):
            self._hits = [*self._objects(text), *self._hits][:MOST]
        self.list.clear()
        ink = self._theme.color("text.muted")
        for hit in self._hits:
            item = QListWidgetItem(f"{hit.text}    {hit.detail}")
            if hit.icon:
                item.setIcon(icon(hit.icon, ink))
            self.list.addItem(item)
        if not self._hits:
            nothing = QListWidgetItem("No matches.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self.list.setCurrentRow(0)

    def _objects(self, text: str) -> list[Hit]:
        project = self._session.project
        hits = []
        for element_id in find_elements(project, text) if text.strip() else []:
            element = project.elements[element_id]
            kind = project.kinds[element.kind]
            above = project.elements[element.parent].name if element.parent != ROOT_ID else ""
            detail = f"{kind.label} in {above}" if above else kind.label
            hits.append(Hit(element.name, detail, kind.icon.removesuffix(".svg"), partial(self._reveal, element_id)))
        return hits

    def _reveal(self, element_id: int) -> None:
        self._session.select([element_id])
        self._session.reveal.emit([element_id])

    def _commands(self, text: str) -> list[Hit]:
        words = text.lower().split()
        found = [
            action
            for action in self._actions.values()
            if action.isEnabled() and all(word in action.text().lower() for word in words)
        ]
        return [
            Hit(a.text(), f"{a.objectName().split('.')[0]}  {a.shortcut().toString()}", "", a.trigger) for a in found
        ]

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._hits):
            hit = self._hits[row]
            self.close_box()
            hit.choose()

    def close_box(self) -> None:
        """Hide the search; return the focus to where it was."""
        before, self._before = self._before, None
        self.hide()
        (before if before is not None and isValid(before) else self._above).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows choose, Enter does, Escape and leaving close."""
        if event.type() == QEvent.Type.FocusOut and not self.list.underMouse():
            self.hide()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
        if event.key() in steps:
            row = self.list.currentRow() + steps[Qt.Key(event.key())]
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentRow())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.close_box()
            return True
        return super().eventFilter(watched, event)
