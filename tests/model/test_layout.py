"""Layout: containers hug their content both ways, cells flow, siblings make room, undo puts all back."""

import math

import pytest

from designer.commands import edit
from designer.model import layout
from designer.model.layout import Rect
from designer.model.project import Project


def boxes(project: Project) -> dict[int, Rect]:
    """The box of every element, relative to its parent."""
    return {i: layout.rect_of(project, i) for i in project.elements}


@pytest.fixture
def zone(project: Project) -> int:
    """A zone in a region."""
    return edit.place(project, "zone", edit.place(project, "region"))


def test_that_a_container_grows_with_its_content_and_shrinks_again(project: Project, zone: int) -> None:
    region = project.elements[zone].parent
    small = layout.rect_of(project, zone), layout.rect_of(project, region)
    center = edit.place(project, "data_center", zone)
    for _ in range(3):
        edit.place(project, "rack", center)
    grown = layout.rect_of(project, zone), layout.rect_of(project, region)
    assert all(g.w > s.w and g.h >= s.h for g, s in zip(grown, small, strict=True))
    edit.delete(project, [center])
    assert (layout.rect_of(project, zone), layout.rect_of(project, region)) == small


def test_that_a_container_the_user_sized_does_not_shrink_below_it(project: Project, zone: int) -> None:
    here = layout.rect_of(project, zone)
    edit.resize(project, zone, (here.x, here.y, 500.0, 400.0))
    vm = edit.place(project, "vm", zone)
    edit.delete(project, [vm])
    assert (layout.rect_of(project, zone).w, layout.rect_of(project, zone).h) == (500.0, 400.0)
    edit.hug_content(project, [zone])
    assert layout.rect_of(project, zone).w == project.kinds["zone"].box.min_w


def test_that_a_container_is_never_smaller_than_its_content(project: Project, zone: int) -> None:
    center = edit.place(project, "data_center", zone)
    edit.place(project, "rack", center)
    here, needed = layout.rect_of(project, zone), layout.needed_size(project, zone)
    edit.resize(project, zone, (here.x, here.y, 10.0, 10.0))
    assert (layout.rect_of(project, zone).w, layout.rect_of(project, zone).h) == needed


def test_that_cells_flow_row_by_row_and_keep_their_size(project: Project, zone: int) -> None:
    host = edit.place(project, "host", zone)
    box = project.kinds["host"].box
    vms = [edit.place(project, "vm", host) for _ in range(16)]
    seen = [layout.rect_of(project, i) for i in vms]
    assert {(r.w, r.h) for r in seen} == {box.cell}
    assert len({r.y for r in seen}) == 2
    assert [r.x for r in seen[:8]] == [r.x for r in seen[8:]] == sorted(r.x for r in seen[:8])


def test_that_many_cells_take_more_columns(project: Project) -> None:
    box = project.kinds["host"].box
    assert layout.grid_of(box, 16) == (box.columns, box.cell)
    assert layout.grid_of(box, 400) == (math.ceil(math.sqrt(880)), box.cell)


@pytest.mark.parametrize("count", range(1, 17))
def test_that_few_vms_fill_their_host_and_many_have_the_usual_size(project: Project, zone: int, count: int) -> None:
    host = edit.place(project, "host", zone)
    box = project.kinds["host"].box
    for _ in range(count):
        edit.place(project, "vm", host)
    seen = [layout.rect_of(project, i) for i in project.children(host)]
    assert layout.rect_of(project, host)[2:] == (box.min_w, box.min_h)
    assert max(r.right for r in seen) == pytest.approx(box.min_w - box.padding, abs=2.0)
    assert len({(r.w, r.h) for r in seen}) == 1
    assert seen[0].w >= box.cell[0] and seen[0].h >= box.cell[1]
    assert not any(a.overlaps(b) for n, a in enumerate(seen) for b in seen[:n])
    rows = len({r.y for r in seen})
    assert rows == (1 if count <= 6 else 2)
    full = seen[0].h * rows + box.gap * (rows - 1)
    assert full == pytest.approx(box.min_h - box.header - 2 * box.padding, abs=4.0)


def test_that_subnets_keep_the_size_of_their_cells(project: Project, zone: int) -> None:
    subnet = edit.place(project, "subnet", zone)
    vm = edit.place(project, "vm", subnet)
    assert layout.rect_of(project, vm)[2:] == project.kinds["subnet"].box.cell


def test_that_hosts_of_a_rack_stand_one_above_the_other_and_equally_wide(project: Project, zone: int) -> None:
    rack = edit.place(project, "rack", zone)
    hosts = [edit.place(project, "host", rack) for _ in range(3)]
    for _ in range(40):
        edit.place(project, "vm", hosts[1])
    seen = [layout.rect_of(project, i) for i in hosts]
    assert len({r.x for r in seen}) == len({r.w for r in seen}) == 1
    assert seen[0].bottom <= seen[1].y
    assert seen[1].bottom <= seen[2].y


def test_that_neighbors_make_room_by_as_much_as_one_grows(project: Project) -> None:
    region = edit.place(project, "region")
    left = edit.place(project, "zone", region, (16.0, 44.0))
    right = edit.place(project, "zone", region, (192.0, 44.0))
    gap = layout.rect_of(project, right).x - layout.rect_of(project, left).right
    center = edit.place(project, "data_center", left)
    for _ in range(4):
        edit.place(project, "rack", center)
    assert layout.rect_of(project, right).x - layout.rect_of(project, left).right == pytest.approx(gap)
    edit.delete(project, [center])
    assert layout.rect_of(project, right).x == 192.0


def test_that_a_neighbor_on_which_one_is_sized_goes_to_a_free_place(project: Project) -> None:
    region = edit.place(project, "region")
    first = edit.place(project, "zone", region, (16.0, 44.0))
    second = edit.place(project, "zone", region, (16.0, 200.0))
    edit.resize(project, first, (16.0, 44.0, 160.0, 90.0))
    edit.resize(project, second, (16.0, 60.0, 160.0, 230.0))
    assert not layout.rect_of(project, first).overlaps(layout.rect_of(project, second))


def test_that_undo_puts_every_box_back_exactly(project: Project, zone: int) -> None:
    edit.place(project, "zone", project.elements[zone].parent)
    before = boxes(project)
    center = edit.place(project, "data_center", zone)
    after = boxes(project)
    assert any(after[i] != before[i] for i in before)
    project.undo()
    assert boxes(project) == before
    project.redo()
    assert boxes(project) == after
    assert center in project.elements


def test_that_a_box_left_of_the_padding_is_taken_inside(project: Project, zone: int) -> None:
    center = edit.place(project, "data_center", zone, (-200.0, -300.0))
    box, here = project.kinds["zone"].box, layout.rect_of(project, center)
    assert (here.x, here.y) == (box.padding, box.header + box.padding)


def test_that_a_new_element_is_put_where_it_was_dropped_when_free(project: Project) -> None:
    region = edit.place(project, "region", at=(333.0, -222.0))
    assert (project.elements[region].x, project.elements[region].y) == (333.0, -222.0)


def test_that_a_new_element_never_lands_on_another(project: Project) -> None:
    ids = [edit.place(project, "region", at=(100.0, 100.0)) for _ in range(12)]
    seen = [layout.rect_of(project, i) for i in ids]
    assert not any(a.overlaps(b) for n, a in enumerate(seen) for b in seen[n + 1 :])


def test_that_the_place_in_the_drawing_adds_up(project: Project, zone: int) -> None:
    region = project.elements[zone].parent
    vm = edit.place(project, "vm", zone)
    parts = [layout.rect_of(project, i) for i in (region, zone, vm)]
    whole = layout.absolute_rect(project, vm)
    assert (whole.x, whole.y) == (sum(p.x for p in parts), sum(p.y for p in parts))
