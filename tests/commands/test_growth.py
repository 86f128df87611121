"""What is done to many at once costs little more for each than for one: counted in steps, not in seconds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit, many
from designer.model import layout
from designer.model.project import Project
from tests.steps import steps


def with_vms(count: int) -> tuple[Project, int, list[int]]:
    """A zone in which VMs stand freely."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    return project, zone, many.place_many(project, many.plan(project, "vm", [zone], count), "v-{n}")


def place(project: Project, zone: int, vms: list[int]) -> None:
    """Place as many again."""
    many.place_many(project, many.plan(project, "vm", [zone], len(vms)), "w-{n}")


def paste(project: Project, zone: int, vms: list[int]) -> None:
    """Paste them beside the others."""
    clipboard.paste(project, clipboard.copy(project, vms), zone)


def paste_at(project: Project, zone: int, vms: list[int]) -> None:
    """Paste them on top of the others, which is not free."""
    clipboard.paste(project, clipboard.copy(project, vms), zone, (60.0, 60.0))


def move(project: Project, zone: int, vms: list[int]) -> None:
    """Move every other one."""
    edit.move(project, vms[::2], (500.0, 10.0))


def delete(project: Project, zone: int, vms: list[int]) -> None:
    """Delete them and take that back."""
    edit.delete(project, vms)
    project.undo()


@pytest.mark.parametrize("work", [place, paste, paste_at, move, delete])
def test_that_eight_times_as_many_cost_hardly_more_than_eight_times(
    work: Callable[[Project, int, list[int]], None],
) -> None:
    few, lots = (steps(partial(work, *with_vms(n))) for n in (25, 200))
    assert lots < 8 * 1.6 * few


def test_that_pasted_ones_stand_to_one_another_as_they_were_copied(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    vms = [edit.place(project, "vm", zone, (60.0 + 40 * n, 60.0 + 25 * n * n)) for n in range(4)]
    made = clipboard.paste(project, clipboard.copy(project, vms), zone)
    first, *rest = [layout.rect_of(project, i) for i in vms]
    copied_first, *copied = [layout.rect_of(project, i) for i in made]
    assert [(r.x - first.x, r.y - first.y) for r in rest] == [
        (r.x - copied_first.x, r.y - copied_first.y) for r in copied
    ]


def test_that_moved_ones_stay_together_and_on_nobody(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    vms = [edit.place(project, "vm", zone, (60.0 + 40 * n, 60.0)) for n in range(3)]
    other = edit.place(project, "vm", zone, (100.0, 120.0))
    edit.move(project, vms, (0.0, 55.0))
    boxes = [layout.rect_of(project, i) for i in vms]
    assert [box.x - boxes[0].x for box in boxes] == [0.0, 40.0, 80.0]
    assert len({box.y for box in boxes}) == 1
    assert not any(box.overlaps(layout.rect_of(project, other)) for box in boxes)
