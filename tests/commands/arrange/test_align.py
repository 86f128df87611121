"""Aligning, distributing, one size, arrays: one step of undo each, and nothing stands on anything else."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.commands.arrange import align, array
from designer.errors import RuleError
from designer.model import boxes, layout
from designer.model.element import values
from designer.model.project import Project


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


def is_in_order(project: Project, parent_id: int) -> bool:
    """Whether nothing overlaps in a container and all of it stands inside."""
    rects = [layout.rect_of(project, i) for i in layout.drawn_children(project, parent_id)]
    here, box = layout.rect_of(project, parent_id), project.kind(parent_id).box
    inside = all(
        r.x >= box.padding - 1e-6
        and r.y >= box.header + box.padding - 1e-6
        and r.right <= here.w - box.padding + 1e-6
        and r.bottom <= here.h - box.padding + 1e-6
        for r in rects
    )
    return inside and boxes.all_free(rects, ())


def once_and_back(project: Project, before: dict[int, dict[str, Any]], steps: int) -> None:
    """One step was done; undoing it restores everything, redoing it does it again."""
    after = state(project)
    assert len(project.history.steps) == steps + 1
    project.undo()
    assert state(project) == before
    project.redo()
    assert state(project) == after


@pytest.fixture
def zone(project: Project) -> int:
    return edit.place(project, "zone", edit.place(project, "region"))


def centers(project: Project, zone: int, spots: list[tuple[float, float]]) -> list[int]:
    return [edit.place(project, "data_center", zone, at=at) for at in spots]


def test_that_aligned_elements_share_an_edge_as_one_step(project: Project, zone: int) -> None:
    made = centers(project, zone, [(20, 50), (90, 200), (55, 350)])
    before, steps = state(project), len(project.history.steps)
    align.align(project, made, "left")
    assert {project.elements[i].x for i in made} == {project.elements[made[0]].x}
    assert project.history.undo_text == "Align left"
    assert is_in_order(project, zone)
    once_and_back(project, before, steps)


def test_that_what_stands_in_the_way_makes_room(project: Project, zone: int) -> None:
    one, two, other = centers(project, zone, [(20, 50), (400, 200), (20, 200)])
    align.align(project, [one, two], "left")
    assert project.elements[two].x == project.elements[one].x
    assert project.elements[two].y == 200
    assert layout.rect_of(project, other)[:2] != (20, 200)
    assert is_in_order(project, zone)


def test_that_elements_are_aligned_with_those_of_their_container(project: Project, zone: int) -> None:
    other = edit.place(project, "zone", project.elements[zone].parent)
    here, there = centers(project, zone, [(20, 50), (90, 200)]), centers(project, other, [(40, 50), (120, 200)])
    align.align(project, [*here, *there], "right")
    for some in (here, there):
        rects = [layout.rect_of(project, i) for i in some]
        assert abs(rects[0].right - rects[1].right) < 1e-6


@pytest.mark.parametrize(
    ("kind", "inside", "sentence"),
    [("host", "vm", "stand in a grid"), ("rack", "host", "stand one above the other")],
)
def test_that_a_container_that_places_its_elements_says_so(
    project: Project, zone: int, kind: str, inside: str, sentence: str
) -> None:
    holder = edit.place(project, kind, zone)
    made = [edit.place(project, inside, holder) for _ in range(3)]
    before = state(project)
    for arrange in (lambda: align.align(project, made, "left"), lambda: align.distribute(project, made, True)):
        with pytest.raises(RuleError, match=sentence):
            arrange()
    assert state(project) == before


def test_that_too_few_elements_are_refused(project: Project, zone: int) -> None:
    one, two = centers(project, zone, [(20, 50), (90, 200)])
    with pytest.raises(RuleError, match="at least two unlocked elements of one container"):
        align.align(project, [one, zone], "left")
    with pytest.raises(RuleError, match="at least three unlocked elements of one container"):
        align.distribute(project, [one, two], True)
    with pytest.raises(RuleError, match="that hold others"):
        align.same_size(project, [one])
    with pytest.raises(RuleError, match="stands in another selected element"):
        align.same_size(project, [one, zone])


def test_that_distributed_elements_have_equal_gaps_as_one_step(project: Project, zone: int) -> None:
    made = centers(project, zone, [(20, 50), (300, 60), (700, 70)])
    before, steps = state(project), len(project.history.steps)
    align.distribute(project, made, True)
    rects = [layout.rect_of(project, i) for i in made]
    assert abs((rects[1].x - rects[0].right) - (rects[2].x - rects[1].right)) < 1e-6
    assert is_in_order(project, zone)
    once_and_back(project, before, steps)


def test_that_containers_get_the_size_of_the_first_and_hold_their_content(project: Project, zone: int) -> None:
    made = centers(project, zone, [(20, 50), (300, 60), (700, 70)])
    for _ in range(3):
        edit.place(project, "rack", made[1])
    edit.resize(project, made[0], (20, 50, 240, 120))
    before, steps = state(project), len(project.history.steps)
    align.same_size(project, made)
    sizes = {(round(project.elements[i].w, 6), round(project.elements[i].h, 6)) for i in made}
    assert len(sizes) == 1
    ((width, height),) = sizes
    assert (width, height) == (
        max(240.0, layout.needed_size(project, made[1])[0]),
        max(120.0, layout.needed_size(project, made[1])[1]),
    )
    assert is_in_order(project, zone)
    once_and_back(project, before, steps)


def test_that_a_duplicate_is_level_with_its_original_and_one_gap_away(project: Project, zone: int) -> None:
    (center,) = centers(project, zone, [(20, 50)])
    gap = project.kind(zone).box.gap
    (copy,) = clipboard.duplicate(project, [center])
    one, two = layout.rect_of(project, center), layout.rect_of(project, copy)
    assert (two.x, two.y) == (one.right + gap, one.y)
    (third,) = clipboard.duplicate(project, [copy])
    assert layout.rect_of(project, third)[:2] == (two.right + gap, one.y)


def test_that_a_duplicate_goes_below_where_the_place_beside_is_taken(project: Project, zone: int) -> None:
    (one,) = centers(project, zone, [(20, 50)])
    centers(project, zone, [(layout.rect_of(project, one).right + 10, 50)])
    (copy,) = clipboard.duplicate(project, [one])
    assert project.elements[copy].x == project.elements[one].x
    assert project.elements[copy].y == layout.rect_of(project, one).bottom + project.kind(zone).box.gap


def test_that_several_are_duplicated_as_one_block(project: Project, zone: int) -> None:
    made = centers(project, zone, [(20, 50), (90, 200)])
    copies = clipboard.duplicate(project, made)
    by = {(project.elements[c].x - project.elements[i].x, project.elements[c].y - project.elements[i].y)
          for c, i in zip(copies, made)}  # fmt: skip
    assert len(by) == 1
    assert is_in_order(project, zone)


def test_that_an_array_stands_in_rows_and_columns_with_its_gaps(project: Project, zone: int) -> None:
    (center,) = centers(project, zone, [(20, 50)])
    before, steps = state(project), len(project.history.steps)
    made = array.array(project, [center], 3, 2, (10.0, 20.0))
    assert len(made) == 5
    rects = [layout.rect_of(project, i) for i in (center, *made)]
    one = rects[0]
    assert [(r.x, r.y) for r in rects] == [
        (one.x + column * (one.w + 10), one.y + row * (one.h + 20)) for row in range(2) for column in range(3)
    ]
    assert len({project.elements[i].name for i in (center, *made)}) == 6
    assert is_in_order(project, zone)
    once_and_back(project, before, steps)


def test_that_what_stands_where_an_array_goes_makes_room(project: Project, zone: int) -> None:
    one, other = centers(project, zone, [(20, 50), (500, 50)])
    width = project.elements[one].w
    made = array.array(project, [one], 5, 1, (16.0, 16.0))
    assert [project.elements[i].x for i in (one, *made)] == [20 + n * (width + 16) for n in range(5)]
    assert is_in_order(project, zone)
    assert other in project.elements


def test_that_an_array_in_a_grid_fills_cells(project: Project, zone: int) -> None:
    host = edit.place(project, "host", zone)
    vm = edit.place(project, "vm", host)
    assert len(array.array(project, [vm], 4, 2)) == 7
    assert len(project.children(host)) == 8


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (0, 3), (3, -1)])
def test_that_an_array_of_one_is_refused(project: Project, zone: int, columns: int, rows: int) -> None:
    before = state(project)
    with pytest.raises(RuleError, match="two or more columns or rows"):
        array.array(project, [zone], columns, rows)
    assert state(project) == before


def test_that_an_array_beyond_the_limit_is_refused(project: Project, zone: int) -> None:
    with pytest.raises(RuleError, match="at most 250,000 elements"):
        array.array(project, [zone], 1000, 1000)


@settings(max_examples=25)
@given(st.data())
def test_that_any_arranging_keeps_the_drawing_in_order_and_undoes_whole(data: st.DataObject) -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    edit.place(project, "zone", region)
    spot = st.tuples(st.floats(0, 600), st.floats(0, 400))
    made = centers(project, zone, data.draw(st.lists(spot, min_size=3, max_size=7)))
    before = state(project)
    steps = len(project.history.steps)
    chosen = data.draw(st.lists(st.sampled_from(made), min_size=1, max_size=6, unique=True))
    for _ in range(data.draw(st.integers(1, 3))):
        edge = data.draw(st.sampled_from(list(align.TITLES)))
        with contextlib.suppress(RuleError):
            match data.draw(st.integers(0, 3)):
                case 0:
                    align.align(project, chosen, edge)
                case 1:
                    align.distribute(project, chosen, edge in ("left", "right"))
                case 2:
                    align.same_size(project, chosen)
                case _:
                    array.array(project, chosen, 2, 2)
        assert is_in_order(project, zone)
        assert is_in_order(project, region)
    while len(project.history.steps) > steps and project.history.position > steps:
        project.undo()
    assert state(project) == before
