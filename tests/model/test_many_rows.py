"""Many rows at once: let in or refused as one by one, told and undone as one, at a cost of n log n."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.errors import RuleError
from designer.model import boxes, layout
from designer.model.boxes import Rect
from designer.model.element import ROOT_ID, Element, Link, make, values
from designer.model.project import ChangeSet, Project
from tests.steps import steps


def row(kind: str, parent: int, **fields: Any) -> Element:
    """A new element, unchecked."""
    return make(KINDS[kind].table, {"parent": parent, **fields})


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {one.id: values(one) for one in project.rows()}


def children(project: Project) -> dict[int, list[int]]:
    """The order of siblings."""
    return {parent: list(some) for parent, some in project.families() if some}


@pytest.fixture
def rack(project: Project) -> int:
    """A rack of 42 U in a data center."""
    return edit.place(project, "rack", edit.place(project, "data_center"))


# -- as one by one

SOME = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["host", "host", "vm", "switch", "rack"]),
        "parent": st.integers(0, 12),
        "rank": st.sampled_from([0, 0, 3, -1]),
        "size_u": st.sampled_from([1, 2, 20]),
        "cores": st.sampled_from([1, 64, 64, 4097, 2.0, "7", None]),
        "mhz": st.sampled_from([2500.0, 2500.0, 2500, float("nan"), 0.0, 1e9, True]),
        "name": st.sampled_from(["a", "b", "", "n\0", "x" * 201]),
        "sharing": st.sampled_from(["reserved", "max_min", "none"]),
    }
)
PLAIN = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["host", "vm"]),
        "parent": st.integers(0, 3),
        "rank": st.just(0),
        "size_u": st.sampled_from([1, 2, 9]),
        "cores": st.sampled_from([8, 64]),
        "mhz": st.sampled_from([2500.0, 2600]),
        "name": st.sampled_from(["a", "b"]),
        "sharing": st.just("max_min"),
    }
)


def newcomers(project: Project, given_rows: list[dict[str, Any]]) -> list[Element]:
    """Rows with fixed ids; a parent is one of the design, one of the rows before, or nobody."""
    places = [*project.subtree(ROOT_ID), 999]
    made = []
    for n, given_row in enumerate(given_rows, 1000):
        fields = dict(given_row)
        kind = fields.pop("kind")
        found = {name: value for name, value in fields.items() if name in KINDS[kind].table.model_fields}
        parent = (places + [r.id for r in made])[fields["parent"] % (len(places) + len(made))]
        made.append(make(KINDS[kind].table, {**found, "id": n, "parent": parent}))
    return made


@given(rows=st.one_of(st.lists(PLAIN, max_size=40), st.lists(SOME, max_size=20)))
def test_that_many_are_let_in_or_refused_as_one_by_one(rows: list[dict[str, Any]]) -> None:
    one, other = Project(KINDS, LINKS), Project(KINDS, LINKS)
    for project in (one, other):
        center = row("data_center", ROOT_ID, id=2)
        with project.edit("begin"):
            project.add(center)
            project.add(row("rack", 2, id=3))
            project.add(row("host", 3, id=4))
    said = []
    with suppress(RuleError), one.edit("one by one"):
        try:
            for element in newcomers(one, rows):
                one.add(element)
        except RuleError as error:
            said.append(str(error))
            raise
    with suppress(RuleError), other.edit("many"):
        try:
            other.add_many(newcomers(other, rows))
        except RuleError as error:
            said.append(str(error))
            raise
    assert state(one) == state(other)
    assert [list(map(type, fields.values())) for fields in state(one).values()] == [
        list(map(type, fields.values())) for fields in state(other).values()
    ]
    assert children(one) == children(other)
    assert len(said) in (0, 2)


def test_that_the_first_that_is_refused_is_named_and_none_is_in(project: Project, rack: int) -> None:
    before = state(project)
    rows = [row("host", rack, name=f"h{n}", size_u=2) for n in range(30)]
    with project.edit("try"), pytest.raises(RuleError) as refused:
        project.add_many(rows)
    assert str(refused.value) == "h21 cannot be placed here: rack-1 has 42 U, 42 U are taken and it needs 2 U."
    assert state(project) == before


def test_that_a_wrong_value_among_many_is_told_as_for_one(project: Project, rack: int) -> None:
    rows = [row("host", rack, name=f"h{n}", mhz=2400.0 + n) for n in range(30)]
    rows[17].__dict__["mhz"] = -1.0
    with project.edit("try"), pytest.raises(RuleError, match=r"^h17: Clock per core must be a number above 0 MHz"):
        project.add_many(rows)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, 20_000.5, "fast", None])
def test_that_no_wrong_number_slips_through_a_column(project: Project, rack: int, value: object) -> None:
    rows = [row("host", rack, name=f"h{n}", mhz=2400.0 + n) for n in range(30)]
    rows[3].__dict__["mhz"] = value
    with project.edit("try"), pytest.raises(RuleError, match=r"^h3: Clock per core must be"):
        project.add_many(rows)


def test_that_links_come_after_their_ends_and_one_that_is_refused_takes_all_back(project: Project) -> None:
    before = state(project)
    service = row("service", ROOT_ID, id=70, name="web")
    vms = [row("host", ROOT_ID, id=80 + n, name=f"h{n}") for n in range(12)]
    good = [Link(kind="in_cluster", source=80 + n, target=60) for n in range(12)]
    with project.edit("try"), pytest.raises(RuleError, match="does not join a host with service"):
        project.add_many([service, *vms, Link(kind="member", source=80, target=70)])
    assert state(project) == before
    with project.edit("do"):
        center = project.add(row("data_center", ROOT_ID, name="dc"))
        cluster = row("cluster", center, id=60, name="c")
        ids = project.add_many([cluster, *vms, *good])
    assert len(set(ids)) == 25
    assert len(project.sources(60, "in_cluster")) == 12


# -- one step, told once


def test_that_many_are_one_step_told_once_and_undone_as_one(project: Project, rack: int) -> None:
    told: list[ChangeSet] = []
    before, order = state(project), children(project)
    project.changed.connect(told.append)
    with project.edit("Add"):
        ids = project.add_many([row("host", rack, name=f"h{n}") for n in range(40)])
    assert [(one.added, one.text) for one in told] == [(set(ids), "Add")]
    after = state(project)
    project.undo()
    assert (state(project), children(project)) == (before, order)
    project.redo()
    assert state(project) == after
    with project.edit("Remove"):
        project.remove_many([*ids[:20], *ids[10:]])
    assert (state(project), children(project)) == (before, order)
    project.undo()
    assert state(project) == after


def test_that_nothing_can_be_added_removed_or_arranged_outside_an_edit(project: Project, rack: int) -> None:
    for change in (
        lambda: project.add_many([row("host", rack)]),
        lambda: project.remove_many([rack]),
        lambda: project.arrange({rack: (1.0, 2.0, 3.0, 4.0)}),
    ):
        with pytest.raises(RuntimeError):
            change()


def test_that_what_stands_in_what_is_removed_goes_once(project: Project, rack: int) -> None:
    host = edit.place(project, "host", rack)
    with project.edit("Remove"):
        project.remove_many([host, rack])
    assert rack not in project.elements
    assert host not in project.elements
    project.undo()
    assert project.children(rack) == [host]


@pytest.mark.parametrize("box", [(0.0, 0.0, -1.0, 2.0), (float("nan"), 0.0, 1.0, 1.0), (0.0, float("inf"), 1.0, 1.0)])
def test_that_a_box_that_is_none_is_refused(project: Project, rack: int, box: tuple[float, ...]) -> None:
    with pytest.raises(RuleError), project.edit("Arrange"):
        project.arrange({rack: box})


# -- what n cost


def with_vms(count: int) -> tuple[Project, int]:
    """A zone in which VMs stand freely."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    with project.edit("Add"):
        spots = boxes.cells(count, 40, (21.0, 16.0), 8.0)
        project.add_many([row("vm", zone, x=x + 50, y=y + 50, w=21.0, h=16.0) for x, y in spots])
        layout.settle(project, [zone])
    return project, zone


def add_a_block(project: Project, zone: int, count: int) -> None:
    """Put as many VMs again into the zone, together."""
    given_boxes = [Rect(x, y, 21.0, 16.0) for x, y in boxes.cells(count, 30, (21.0, 16.0), 8.0)]
    with project.edit("Add"):
        spots = layout.free_spots(project, zone, given_boxes)
        project.add_many([row("vm", zone, x=x, y=y, w=21.0, h=16.0) for x, y in spots])
        layout.settle(project, [zone])


def grow_all(project: Project, zone: int, count: int) -> None:
    """Give each of many hosts its first VMs."""
    hosts = [row("host", zone, x=x, y=y, w=118.0, h=44.0) for x, y in boxes.cells(count, 20, (118.0, 44.0), 8.0)]
    with project.edit("Add"):
        ids = project.add_many(hosts)
        project.add_many([row("vm", host) for host in ids for _ in range(3)])
        layout.settle(project, ids)


def remove_all(project: Project, zone: int, count: int) -> None:
    """Remove all VMs and take that back."""
    edit_ids = list(project.children(zone))
    with project.edit("Remove"):
        project.remove_many(edit_ids)
        layout.settle(project, [zone])
    project.undo()
    project.redo()


@pytest.mark.parametrize("work", [add_a_block, grow_all, remove_all])
def test_that_eight_times_as_many_siblings_cost_hardly_more_than_eight_times(
    work: Callable[[Project, int, int], None],
) -> None:
    few, many = (steps(lambda n=n: work(*with_vms(n), n)) for n in (60, 480))
    assert many < 8 * 1.5 * few


# -- room for what grew

RECTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 4), st.integers(1, 4)), max_size=25)


def apart(rects: list[Rect]) -> bool:
    """No two overlap."""
    return not any(one.overlaps(two) for n, one in enumerate(rects) for two in rects[n + 1 :])


@given(spots=RECTS, sizes=st.dictionaries(st.integers(0, 24), st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_that_boxes_that_did_not_overlap_do_not_when_many_get_another_size(
    spots: list[tuple[int, ...]], sizes: dict[int, tuple[int, int]]
) -> None:
    before: dict[int, Rect] = {}
    for n, spot in enumerate(spots):
        box = Rect(*map(float, spot))
        if not any(box.overlaps(other) for other in before.values()):
            before[n] = box
    wanted = {i: (float(w), float(h)) for i, (w, h) in sizes.items() if i in before}
    after = boxes.making_room(before, wanted)
    assert apart(list(after.values()))
    assert {i: (r.w, r.h) for i, r in after.items()} == {i: wanted.get(i, (r.w, r.h)) for i, r in before.items()}


def test_that_what_grew_together_and_shrinks_together_stands_as_before() -> None:
    before = {n: Rect(n % 4 * 20.0, n // 4 * 30.0, 10.0, 20.0) for n in range(12)}
    grown = boxes.making_room(before, dict.fromkeys(before, (15.0, 28.0)))
    assert grown[5] == Rect(25.0, 38.0, 15.0, 28.0)
    assert boxes.making_room(grown, dict.fromkeys(before, (10.0, 20.0))) == before


@given(spots=RECTS, one=st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 14), st.integers(1, 14)))
def test_that_bins_know_what_a_box_touches(spots: list[tuple[int, ...]], one: tuple[int, ...]) -> None:
    found, box = [Rect(*map(float, spot)) for spot in spots], Rect(*map(float, one))
    assert boxes.Bins(found).free(box) == (not any(box.overlaps(other) for other in found))


@given(spots=RECTS, size=st.tuples(st.integers(1, 5), st.integers(1, 5)))
def test_that_every_place_that_is_offered_keeps_the_gap(spots: list[tuple[int, ...]], size: tuple[int, int]) -> None:
    taken = [Rect(*map(float, spot)) for spot in spots]
    offered = boxes.free_spots(taken, (0.0, 0.0), 2.0, (float(size[0]), float(size[1])))
    assert len(offered)
    for x, y in offered:
        assert not any(Rect(x, y, *size).overlaps(other, 2.0) for other in taken)


def test_that_a_block_keeps_its_shape_and_one_that_overlaps_itself_is_set_in_rows(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    edit.place(project, "vm", zone, (60.0, 60.0))
    block = [Rect(0.0, 0.0, 20.0, 10.0), Rect(40.0, 25.0, 20.0, 10.0)]
    (ax, ay), (bx, by) = layout.free_spots(project, zone, block)
    assert (bx - ax, by - ay) == (40.0, 25.0)
    assert layout.free_spots(project, zone, block, (300.0, 200.0)) == [(300.0, 200.0), (340.0, 225.0)]
    heap = [Rect(0.0, 0.0, 20.0, 10.0)] * 9
    spots = layout.free_spots(project, zone, heap, (60.0, 60.0))
    assert apart([Rect(x, y, 20.0, 10.0) for x, y in spots])
    assert boxes.all_free(
        [Rect(x, y, 20.0, 10.0) for x, y in spots], [layout.rect_of(project, project.children(zone)[0])]
    )
