"""Room for VMs that a run has placed where the design has none: the few cells that fill a host become smaller."""

from __future__ import annotations

from collections.abc import Mapping

from designer.model import layout
from designer.ui.canvas.world.world import World


class RoomForGuests:
    """Gives containers of a world that have guests the cells that they would have with them, and the drawn ones back
    when they are gone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._given: dict[int, int] = {}
        self._seen = -1

    def give(self, guests: Mapping[int, int]) -> None:
        """Make room for `guests` in containers, by row; `world.version` changes when anything moves."""
        world = self._world
        wanted = {int(world.ids[row]): count for row, count in guests.items() if self._is_filled(row)}
        if wanted == self._given and (not wanted or self._seen == world.version):
            return
        before = {i for i in self._given if i in world.row_of}
        world.place_children(before - wanted.keys())
        for container, count in wanted.items():
            self._shrink(world.row_of[container], count)
        self._given = wanted
        if before or wanted:
            world.version += 1
        self._seen = world.version

    def _is_filled(self, row: int) -> bool:
        """Whether cells that are larger than usual fill a container in the design."""
        world = self._world
        children = world.children(row)
        if not children.size or not (box := world.project.kinds[world.kind_name(row)].box).fills:
            return False
        first = world.project.elements[int(world.ids[children[0]])].__dict__
        return (first["w"], first["h"]) == layout.grid_of(box, children.size)[1] != box.cell

    def _shrink(self, row: int, count: int) -> None:
        world = self._world
        children, box = world.children(row), world.project.kinds[world.kind_name(row)].box
        for child, cell in zip(children.tolist(), layout.cells_of(box, children.size + count)):
            world.x[child], world.y[child] = world.x[row] + cell.x, world.y[row] + cell.y
            world.w[child], world.h[child] = cell.w, cell.h
