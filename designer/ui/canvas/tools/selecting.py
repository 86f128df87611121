"""Selecting: by a click, by a rubber band, for the context menu."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt

from designer.commands.arrange import group
from designer.ui.canvas.tools.tool import Pointer, Tool, ToolHost, is_click


def choose(host: ToolHost, element_id: int, adds: bool) -> None:
    """Select an element with its group; `adds`: add them to the selection, or take them out again."""
    selection = list(host.session.selection)
    chosen = group.members(host.session.project, element_id)
    if adds:
        inside = element_id in selection
        left = [i for i in selection if i not in chosen]
        host.session.select(left if inside else [*left, *chosen])
    elif element_id not in selection:
        host.session.select(chosen)


class SelectForMenu(Tool):
    """Selects the element of the context menu."""

    def press(self, pointer: Pointer) -> bool:
        """Select with any other button than the left."""
        if pointer.left:
            return False
        if pointer.row >= 0:
            choose(self.host, int(self.host.world.ids[pointer.row]), False)
        return True


class RubberBand(Tool):
    """Selects what lies wholly in a rectangle; Shift or Ctrl adds to the selection."""

    def press(self, pointer: Pointer) -> bool:
        """Begin on empty ground, or with Shift anywhere."""
        shift = bool(pointer.keys & Qt.KeyboardModifier.ShiftModifier)
        if not pointer.left or (pointer.row >= 0 and not shift):
            return False
        session = self.host.session
        if pointer.row < 0 and not pointer.adds:
            session.select([])
        self._from = pointer
        self._pressed_id = int(self.host.world.ids[pointer.row]) if pointer.row >= 0 else None
        self._before = session.selection if pointer.adds else ()
        return True

    def move(self, pointer: Pointer) -> None:
        """Select what is inside."""
        area = QRectF(self._from.at, pointer.at).normalized()
        self.host.overlay.band = self.host.to_pixels(area)
        world = self.host.world
        self.host.session.select([*self._before, *world.ids[world.inside(area)].tolist()])
        self.host.repaint_soon()

    def release(self, pointer: Pointer) -> None:
        """Keep the selection, with all of each group; a click with Shift adds what was clicked."""
        self._end()
        session = self.host.session
        session.select(group.whole(session.project, session.selection))
        if self._pressed_id is not None and is_click(self._from.where, pointer.where):
            choose(self.host, self._pressed_id, True)

    def cancel(self) -> None:
        """Restore the earlier selection."""
        self.host.session.select(self._before)
        self._end()

    def _end(self) -> None:
        self.host.overlay.band = None
        self.host.repaint_soon()
