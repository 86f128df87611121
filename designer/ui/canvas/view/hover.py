"""Feedback under the mouse: a frame, the cursor, a tip."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from designer.ui.canvas.paint.tips import losing_of, tip_of
from designer.ui.canvas.tools.link_picking import LinkPicker
from designer.ui.canvas.tools.resize import CURSORS, handle_at
from designer.ui.canvas.tools.tool import Pointer, ToolHost


class Hover:
    """Follows the mouse while no button is held."""

    def __init__(self, host: ToolHost, links: LinkPicker) -> None:
        self._host, self._links = host, links
        self._row = -1

    def move(self, pointer: Pointer) -> None:
        """Frame what is under the mouse; show handles, ports and links."""
        host = self._host
        handle = handle_at(host, pointer.where)
        if not handle and self._links.hover(pointer.at, pointer.where, pointer.row):
            return
        if pointer.row != self._row and pointer.row >= 0:
            losing_of(host.brush, pointer.row)  # asks, so that it is known when the tip is shown
        self._row = pointer.row
        box = host.to_pixels(host.world.rect(pointer.row)) if pointer.row >= 0 else None
        if box != host.overlay.hover:
            host.overlay.hover = box
            host.repaint_soon()
        host.set_cursor(CURSORS[handle] if handle else None)

    def follow(self) -> None:
        """Keep the frame around its element when the drawing is zoomed or scrolled."""
        host = self._host
        if host.overlay.hover is not None and 0 <= self._row < host.world.ids.size:
            host.overlay.hover = host.to_pixels(host.world.rect(self._row))

    def leave(self) -> None:
        """The mouse has left the window."""
        self._host.overlay.hover = None
        self._links.leave()
        self._host.repaint_soon()

    def tip(self, at: QPointF, where: QPointF) -> str:
        """The tip of what is under a resting mouse; empty for nothing."""
        world = self._host.world
        row = world.at(at.x(), at.y())
        return self._links.tip(at, where) or (tip_of(self._host.brush, row) if row >= 0 else "")
