"""Panning: drag the drawing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from designer.ui.canvas.tools.tool import Pointer, Tool


class Pan(Tool):
    """Pans with the middle button, while Space is held, or with any but the right button as the tool in use."""

    _from = QPointF()

    def press(self, pointer: Pointer) -> bool:
        """Begin here."""
        wanted = self.host.space or self.host.tool == "hand"
        if pointer.button != Qt.MouseButton.MiddleButton and not (wanted and self._may(pointer)):
            return False
        self._from = pointer.where
        self.host.set_cursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def _may(self, pointer: Pointer) -> bool:
        return pointer.button != Qt.MouseButton.RightButton

    def move(self, pointer: Pointer) -> None:
        """Follow the mouse."""
        by, self._from = pointer.where - self._from, pointer.where
        self.host.scroll_by(by.x(), by.y())

    def release(self, pointer: Pointer) -> None:
        """Keep the new position."""
        self.cancel()

    def cancel(self) -> None:
        """Keep the new position."""
        self.host.set_cursor(None)
