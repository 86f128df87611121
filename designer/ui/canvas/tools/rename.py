"""The line over an element's name in which it is renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from designer.commands import edit
from designer.model.element import NAME_LIMIT

if TYPE_CHECKING:
    from designer.ui.canvas.view.view import View


class RenameBox(QLineEdit):
    """Enter and leaving it rename, Escape does not."""

    def __init__(self, view: View) -> None:
        super().__init__(view.viewport())
        self._view = view
        self._id = 0
        self.setMaxLength(NAME_LIMIT)
        self.setAccessibleName("Name")
        self.hide()
        self.installEventFilter(self)
        self.editingFinished.connect(self._commit)

    def open(self, element_id: int) -> None:
        """Show the line over the element, with its name to be typed over."""
        if element_id not in self._view.world.row_of:
            return
        self._id = element_id
        self.setText(self._view.session.project.elements[element_id].name)
        self.follow()
        self.show()
        self.selectAll()
        self.setFocus()

    def follow(self) -> None:
        """Stay over the element when the drawing moves."""
        row = self._view.world.row_of.get(self._id)
        if row is None:
            return
        box: QRectF = self._view.to_pixels(self._view.world.rect(row))
        width = max(140, min(round(box.width()), 280))
        self.setGeometry(round(box.left()), round(box.top()), width, 28)

    def _commit(self) -> None:
        if not self.isVisible():
            return
        element_id, self._id = self._id, 0
        self.hide()
        session = self._view.session
        if element_id in session.project.elements and self.text() != session.project.elements[element_id].name:
            session.do(edit.rename, session.project, element_id, self.text())
        self._view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys end here: the drawing beneath must not move or walk by them."""
        super().keyPressEvent(event)
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the name as it is."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._id = 0
            self.hide()
            self._view.setFocus()
            return True
        return super().eventFilter(watched, event)
