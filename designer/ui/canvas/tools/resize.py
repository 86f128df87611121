"""Resizing: drag an edge or a corner of the selected container."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.commands import edit
from designer.model import layout
from designer.ui.canvas.paint.overlay import handle_boxes
from designer.ui.canvas.tools.snapping import Snapping
from designer.ui.canvas.tools.tool import Pointer, Tool, ToolHost

SMALLEST = 20.0
"""The least width and height to which a container is dragged, drawing units."""
CURSORS = {
    "nw": Qt.CursorShape.SizeFDiagCursor,
    "se": Qt.CursorShape.SizeFDiagCursor,
    "ne": Qt.CursorShape.SizeBDiagCursor,
    "sw": Qt.CursorShape.SizeBDiagCursor,
    "n": Qt.CursorShape.SizeVerCursor,
    "s": Qt.CursorShape.SizeVerCursor,
    "e": Qt.CursorShape.SizeHorCursor,
    "w": Qt.CursorShape.SizeHorCursor,
}


def handle_at(host: ToolHost, where: QPointF) -> str:
    """Return the name of the handle at a point of the window; empty for none."""
    if host.overlay.handles is None:
        return ""
    boxes = handle_boxes(host.overlay.handles)
    return next((name for name, box in boxes.items() if box.adjusted(-2, -2, 2, 2).contains(where)), "")


class Resize(Tool):
    """Resizes while the mouse moves, as one undo step; the dragged edges snap to those of neighbors."""

    def __init__(self, host: ToolHost) -> None:
        super().__init__(host)
        self._snapping = Snapping(host)

    def press(self, pointer: Pointer) -> bool:
        """Begin on a handle."""
        handle = handle_at(self.host, pointer.where)
        if not handle or not pointer.left:
            return False
        self._from, self._id, self._handle = pointer.at, self.host.session.selection[0], handle
        here = self.host.session.project.elements[self._id]
        self._box = QRectF(here.x, here.y, here.w, here.h)
        self._key = ("resize", self._id, object())
        self._origin = layout.absolute_rect(self.host.session.project, self._id)
        stands = self._box.translated(self._origin.x - here.x, self._origin.y - here.y)
        near = self._snapping.neighbors(here.parent, stands)
        self._neighbors = [(i, box) for i, box in near if i != self._id]
        return True

    def _dragged(self, by: QPointF) -> QRectF:
        """The box with its dragged edges moved."""
        box = QRectF(self._box)
        if "w" in self._handle:
            box.setLeft(min(box.left() + by.x(), box.right() - SMALLEST))
        if "e" in self._handle:
            box.setRight(max(box.right() + by.x(), box.left() + SMALLEST))
        if "n" in self._handle:
            box.setTop(min(box.top() + by.y(), box.bottom() - SMALLEST))
        if "s" in self._handle:
            box.setBottom(max(box.bottom() + by.y(), box.top() + SMALLEST))
        return box

    def move(self, pointer: Pointer) -> None:
        """Resize."""
        session = self.host.session
        if self._id not in session.project.elements:
            return
        by = pointer.at - self._from
        here = self._dragged(by)
        shift = QPointF(self._origin.x - self._box.x(), self._origin.y - self._box.y())
        by += self._snapping.resize(here.translated(shift), self._handle, self._neighbors, pointer.keys)
        box = self._dragged(by)
        session.do(edit.resize, session.project, self._id, (box.x(), box.y(), box.width(), box.height()), self._key)
        session.flush()

    def release(self, pointer: Pointer) -> None:
        """End the undo step."""
        self._snapping.clear()
        self.host.repaint_soon()
        self.host.session.project.history.seal()

    def cancel(self) -> None:
        """Undo the resizing."""
        self._snapping.clear()
        project = self.host.session.project
        if project.history.steps and project.history.steps[-1].merge_key == self._key:
            project.undo()
