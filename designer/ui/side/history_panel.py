"""The list of undo steps: click one to go back or forward to it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import follow_place
from designer.ui.shell.session import Session
from designer.words import tr


@guarded
class HistoryPanel(QWidget):
    """Steps from the opened design (top) to the newest; those undone are gray; the saved one is marked."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._made = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        session.changed.connect(self.refresh)
        session.replaced.connect(self.refresh)
        session.title_changed.connect(self.refresh)
        theme.changed.connect(self.refresh)

    def set_shown(self, shown: bool) -> None:
        """Show or hide it; the list is made when it is first shown."""
        if shown and not self._made:
            self._make()
        self.setVisible(shown)

    def _make(self) -> None:
        self._made = True
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("History"))
        self.list.itemActivated.connect(self._go)
        self.list.itemClicked.connect(self._go)
        title = QLabel(tr("History"), self)
        title.setFont(self._theme.font("title"))
        title.setContentsMargins(12, 8, 0, 4)
        self._column.addWidget(title)
        self._column.addWidget(self.list, 1)
        follow_place(self, [self.list])

    def refresh(self) -> None:
        """Show the present steps."""
        if not self.isVisible():
            return
        history = self._session.project.history
        self.list.clear()
        for n, text in enumerate([tr("Opened"), *(step.text for step in history.steps)]):
            saved = tr("   ·  saved") if history.clean == n else ""
            item = QListWidgetItem(f"{text}{saved}")
            item.setData(Qt.ItemDataRole.UserRole, n)
            if n > history.position:
                item.setForeground(self._theme.color("text.disabled"))
            self.list.addItem(item)
        self.list.setCurrentRow(history.position)

    def showEvent(self, event: object) -> None:
        """Update when shown."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.refresh()

    def _go(self, item: QListWidgetItem) -> None:
        self._session.go_to(item.data(Qt.ItemDataRole.UserRole))
