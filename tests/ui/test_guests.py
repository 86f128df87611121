"""VMs that a run has placed on a host whose own few VMs fill it: all of them have a cell."""

from __future__ import annotations

import numpy as np
import pytest

from designer.commands import edit
from designer.model import layout
from designer.model.project import Project
from designer.ui.canvas.paint.guests import cells_beside
from designer.ui.canvas.world.room import RoomForGuests
from designer.ui.canvas.world.world import World


@pytest.fixture
def host(project: Project) -> int:
    """A host with two VMs."""
    made = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")))
    for _ in range(2):
        edit.place(project, "vm", made)
    return made


def boxes(world: World) -> list[list[float]]:
    return np.stack([world.x, world.y, world.w, world.h], 1).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("count", [1, 3, 12])
def test_that_the_vms_of_a_host_and_its_guests_have_cells_of_one_size_and_none_meets_another(
    project: Project, host: int, count: int
) -> None:
    world = World(project)
    row, grid = world.row_of[host], project.kinds["host"].box
    RoomForGuests(world).give({row: count})
    cells, used = cells_beside(world, row, grid, count)
    drawn = [layout.Rect(*box) for box in boxes(world)[row + 1 :]]
    origin = world.rect(row).topLeft()
    assert used == 2
    assert [cell.moved(origin.x(), origin.y()) for cell in cells[:used]] == drawn
    assert len({(cell.w, cell.h) for cell in cells}) == 1
    assert not any(a.overlaps(b) for n, a in enumerate(cells) for b in cells[:n])
    assert max(cell.bottom for cell in cells) <= world.h[row] - grid.padding


def test_that_the_vms_fill_their_host_again_when_its_guests_have_gone(project: Project, host: int) -> None:
    world = World(project)
    row, room, before = world.row_of[host], RoomForGuests(world), boxes(world)
    room.give({row: 2})
    version = world.version
    assert boxes(world) != before
    room.give({row: 2})
    assert world.version == version  # nothing moved: nothing is found again
    room.give({})
    assert boxes(world) == before
    assert world.version != version


def test_that_room_is_made_again_after_an_edit_and_hosts_full_of_vms_stay_as_they_are(
    project: Project, host: int
) -> None:
    world = World(project)
    project.changed.connect(world.follow)
    room = RoomForGuests(world)
    room.give({world.row_of[host]: 2})
    made = boxes(world)
    vm = edit.place(project, "vm", host)
    project.undo()
    assert vm not in world.row_of
    room.give({world.row_of[host]: 2})
    assert boxes(world) == made
    for _ in range(16):
        edit.place(project, "vm", host)
    drawn = boxes(World(project))
    room.give({world.row_of[host]: 2})
    assert boxes(world) == drawn
