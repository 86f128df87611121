"""The text field over an element's name for renaming it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from designer.commands import edit
from designer.model.element import NAME_LIMIT
from designer.ui.canvas.tools.tool import ToolHost
from designer.ui.parts.guard import guarded


@guarded
class RenameBox(QLineEdit):
    """Enter and leaving the field rename; Escape does not."""

    def __init__(self, host: ToolHost) -> None:
        super().__init__(host.widget())
        self._host = host
        self._id = 0
        self.setMaxLength(NAME_LIMIT)
        self.setAccessibleName("Name")
        self.hide()
        self.installEventFilter(self)
        self.editingFinished.connect(self._commit)

    def open(self, element_id: int) -> None:
        """Show the field over the element, with its name selected."""
        if element_id not in self._host.world.row_of:
            return
        self._id = element_id
        self.setText(self._host.session.project.elements[element_id].name)
        self.follow()
        self.show()
        self.selectAll()
        self.setFocus()

    def follow(self) -> None:
        """Stay over the element when the drawing moves."""
        row = self._host.world.row_of.get(self._id)
        if row is None:
            return
        box: QRectF = self._host.to_pixels(self._host.world.rect(row))
        width = max(140, min(round(box.width()), 280))
        self.setGeometry(round(box.left()), round(box.top()), width, 28)

    def _commit(self) -> None:
        if not self.isVisible():
            return
        element_id, self._id = self._id, 0
        self.hide()
        session = self._host.session
        if element_id in session.project.elements and self.text() != session.project.elements[element_id].name:
            session.do(edit.rename, session.project, element_id, self.text())
        self._host.widget().setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep keys from the drawing."""
        super().keyPressEvent(event)
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape keeps the old name."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._id = 0
            self.hide()
            self._host.widget().setFocus()
            return True
        return super().eventFilter(watched, event)
