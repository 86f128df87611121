"""The rows of the drawing follow a design by splicing: they are those that reading it anew would give."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from designer.catalog import KINDS, LINKS
from designer.catalog.rules.counting import numbers_of
from designer.commands import clipboard, edit
from designer.commands.arrange import lock
from designer.errors import DesignerError
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet, Project
from designer.model.replay import Replay
from designer.store.working.working_copy import AHEAD, statements_of, written_ahead
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import summary_of as summary_of_row
from designer.ui.canvas.world.index import RowOf
from designer.ui.canvas.world.world import COMING, World
from designer.ui.parts.theme import Theme
from designer.ui.start.thumbnails import summary_of
from tests.model.test_adopt import WORK, begun, do

HOSTS, EACH = 12, 20


class Counted(dict[int, Any]):
    """Elements by id; counts how often one is read."""

    reads = 0

    def __getitem__(self, key: int) -> Any:
        self.reads += 1
        return super().__getitem__(key)


def built(hosts: int = HOSTS, each: int = EACH) -> Project:
    """A rack of hosts with VMs, and an empty rack."""
    project = Project(KINDS, LINKS)
    center = edit.place(project, "data_center")
    rack, _ = edit.place(project, "rack", center), edit.place(project, "rack", center)
    for _ in range(hosts):
        host = edit.place(project, "host", rack)
        for _ in range(each):
            edit.place(project, "vm", host)
    return project


def assert_equal(world: World) -> None:
    """The world is what a new one would be."""
    new = World(world.project)
    new.collapsed = world.collapsed
    new.rebuild()
    for name in ("ids", "kind", "parent", "end", "depth", "is_vm", "is_host", "is_template"):
        assert getattr(world, name).tolist() == getattr(new, name).tolist(), name
    for name in ("x", "y", "w", "h"):
        assert getattr(world, name) == pytest.approx(getattr(new, name), abs=1e-6), name
    assert (world.folded, world.contents) == (new.folded, new.contents)
    assert world.row_of == {element_id: row for row, element_id in enumerate(new.ids.tolist())}
    project = world.project
    for row in np.flatnonzero(~world.is_vm).tolist():
        inside = [*project.subtree(int(world.ids[row]))][1:]
        numbers = numbers_of(project.elements[i] for i in inside)
        for kind in ("host", "vm"):
            assert world.count(row, kind) == numbers[kind]
            assert world.hidden(row, kind) == new.hidden(row, kind)


@pytest.fixture(scope="module")
def large() -> Iterator[tuple[Project, World]]:
    project = built()
    world = World(project)
    project.changed.connect(world.follow)
    yield project, world


def reads_of(project: Project, what: Any) -> tuple[int, int]:
    """How many elements the world reads while it follows a change, and how many rows came or went or moved."""
    told: list[ChangeSet] = []
    world = World(project)
    project.changed.connect(told.append)
    what()
    project.changed.disconnect(told.append)
    usual, project.elements = project.elements, Counted(project.elements)
    for changes in told:
        world.follow(changes)
    reads, project.elements = project.elements.reads, usual
    assert_equal(world)
    return reads, sum(len(changes) for changes in told)


def test_that_a_new_vm_and_its_undo_read_no_other_vm(large: tuple[Project, World]) -> None:
    project, _ = large
    host = next(e.id for e in project.of_kind("host"))
    for what in (lambda: edit.place(project, "vm", host), project.undo, project.redo, project.undo):
        reads, changed = reads_of(project, what)
        assert reads <= 3 * changed + 10
        assert changed < 100


def test_that_a_rack_moved_to_another_place_reads_what_stands_in_it_at_most_once_more(
    large: tuple[Project, World],
) -> None:
    project, world = large
    full, empty = (e.id for e in project.of_kind("rack"))
    host = project.children(full)[0]
    reads, changed = reads_of(project, lambda: edit.move(project, [host], (0.0, 0.0), empty))
    assert EACH < reads <= 3 * changed + 2 * EACH + 10 < world.ids.size
    reads, changed = reads_of(project, project.undo)
    assert reads <= 3 * changed + 2 * EACH + 10


def test_that_a_removed_rack_is_taken_out_without_reading_what_stays(large: tuple[Project, World]) -> None:
    project, world = large
    host = next(e.id for e in project.of_kind("host"))
    before = world.ids.size
    reads, changed = reads_of(project, lambda: edit.delete(project, [host]))
    assert world.ids.size == before - EACH - 1
    assert reads <= 3 * changed + 10
    reads, changed = reads_of(project, project.undo)
    assert reads <= 3 * changed + 10
    assert_equal(world)


OPS = ("place", "delete", "into", "hide", "rank", "copy", "undo", "redo", "resize", "volume")


def any_step(project: Project, what: str, chance: random.Random) -> None:
    """Change what stands where."""
    ids = [i for i in project.elements if i != ROOT_ID]
    one = chance.choice(ids) if ids else ROOT_ID
    if what == "place":
        edit.place_through(
            project, chance.choice(("zone", "rack", "host", "vm", "note")), chance.choice([ROOT_ID, one])
        )
    elif what == "volume":
        edit.place_through(project, "volume", one)
    elif what in ("undo", "redo"):
        getattr(project, what)()
    elif one == ROOT_ID:
        return
    elif what == "delete":
        edit.delete(project, [one])
    elif what == "into":
        edit.move(project, [one], (5.0, 5.0), chance.choice([ROOT_ID, *ids]))
    elif what == "copy":
        clipboard.duplicate(project, [one])
    elif what == "resize":
        edit.move(project, [one], (float(chance.randint(-90, 90)), float(chance.randint(-90, 90))))
    else:
        with project.edit(what):
            value = not project.elements[one].hidden if what == "hide" else float(chance.randint(0, 9))
            project.set(one, **{"hidden" if what == "hide" else "rank": value})


@given(ops=st.lists(st.sampled_from(OPS), min_size=3, max_size=20), seed=st.integers(0, 2**16), many=st.booleans())
@settings(max_examples=30)
def test_that_spliced_rows_are_those_of_the_design(ops: list[str], seed: int, many: bool) -> None:
    """`many`: several edits are told as one, after a part of them was followed already, as when a paint comes first."""
    chance, project = random.Random(seed), built(3, 3)
    world, told = World(project), ChangeSet()
    world.collapsed = {chance.choice(list(project.elements))} - {ROOT_ID} if chance.random() < 0.3 else set()
    world.rebuild()

    def note(changes: ChangeSet) -> None:
        told.removed |= changes.removed
        told.added |= changes.added
        told.removed -= changes.added
        told.added -= changes.removed
        for element_id, fields in changes.changed.items():
            told.changed.setdefault(element_id, set()).update(fields)

    project.changed.connect(note if many else world.follow)
    for n, what in enumerate(ops):
        with contextlib.suppress(DesignerError):
            any_step(project, what, chance)
        if not many or n == len(ops) // 2:
            world.follow(told)
            assert_equal(world)
    world.follow(told)
    assert_equal(world)


def test_that_many_boxes_moved_at_once_are_where_each_would_be() -> None:
    project = built(5, 20)
    world = World(project)
    ids = [e.id for e in project.of_kind("vm")]
    with project.edit("Spread"):
        project.arrange({i: (project.elements[i].x + n, 3.0 * n, 20.0, 10.0) for n, i in enumerate(ids)})
    world.follow(ChangeSet(changed={i: {"x", "y", "w", "h"} for i in ids}))
    assert_equal(world)


@pytest.mark.parametrize("astray", [False, True])
def test_that_what_is_at_a_point_and_in_an_area_is_found_also_where_boxes_stick_out(astray: bool) -> None:
    project, chance = built(6, 6), random.Random(3)
    if astray:
        with project.edit("Astray"):
            for element in chance.sample(project.of_kind("vm"), 5):
                project.set(element.id, x=500.0, y=-40.0)
    world = World(project)
    bounds, hidden = world.bounds(), np.zeros(world.ids.size, np.bool_)
    hidden[world.subtree(world.row_of[project.of_kind("host")[2].id])] = True
    for _ in range(300):
        x, y = bounds.x() + chance.random() * 700, bounds.y() - 60 + chance.random() * 500
        for without in (None, hidden):
            hit = (world.x <= x) & (x < world.x + world.w) & (world.y <= y) & (y < world.y + world.h)
            hit &= True if without is None else ~without
            assert world.at(x, y, without) == max(np.flatnonzero(hit).tolist(), default=-1)
        area = QRectF(x, y, chance.random() * 400, chance.random() * 300)
        inside = (world.x >= area.left()) & (world.x + world.w <= area.right())
        inside &= (world.y >= area.top()) & (world.y + world.h <= area.bottom())
        outermost = [
            r for r in np.flatnonzero(inside).tolist() if not (world.parent[r] >= 0 and inside[world.parent[r]])
        ]
        assert world.inside(area).tolist() == outermost


def test_that_rows_are_found_by_one_id_and_by_many() -> None:
    rows = RowOf(np.array([7, 3, 2**62, 5], np.int64))
    assert dict(rows) == {7: 0, 3: 1, 2**62: 2, 5: 3}
    assert (4 in rows, rows.get(4), rows.get(5)) == (False, None, 3)
    assert rows.of(np.array([5, 4, 2**62 + 1, 7])).tolist() == [3, -1, -1, 0]
    assert RowOf(np.zeros(0, np.int64)).of(np.array([1])).tolist() == [-1]
    assert 1 not in RowOf(np.zeros(0, np.int64))


def test_that_templates_are_counted_nowhere_and_collapsing_changes_no_number() -> None:
    project = built(2, 3)
    (center,) = [e.id for e in project.of_kind("data_center")]
    vms = [e.id for e in project.of_kind("vm")]
    assert summary_of(project) == "6 VMs on 2 hosts"
    edit.change(project, vms[:1], {"template": True})
    assert summary_of(project) == "5 VMs on 2 hosts"
    world = World(project)
    assert world.count(world.row_of[center], "vm") == len(vms) - 1
    assert world.count(world.row_of[vms[1]], "vm") == 0
    for collapsed in ([project.elements[vms[0]].parent], [center]):
        world.collapsed = set(collapsed)
        world.rebuild()
        assert world.count(world.row_of[center], "vm") == len(vms) - 1
    world.collapsed = set()
    world.rebuild()
    edit.change(project, vms[:1], {"template": False})
    world.follow(ChangeSet(changed={vms[0]: {"template"}}))
    assert world.count(world.row_of[center], "vm") == len(vms)


def test_that_what_is_hidden_is_counted_and_told(theme: Theme) -> None:
    project = built(2, 3)
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    (center,) = [e.id for e in project.of_kind("data_center")]
    edit.move(project, [center], (0.0, 0.0), zone)
    world = World(project)
    project.changed.connect(world.follow)
    brush, kind = Brush(theme, world), project.kinds["region"]
    hosts, vms = [[e.id for e in project.of_kind(name)] for name in ("host", "vm")]

    def said(hidden: bool = True) -> str:
        assert_equal(world)
        return summary_of_row(brush, world.row_of[region], kind, hidden)

    assert said() == "1 zone   2 hosts   6 VMs"
    lock.set_hidden(project, vms[:1], True)
    assert said() == "1 zone   2 hosts   6 VMs, 1 hidden"
    lock.set_hidden(project, hosts[:1], True)  # with all that stands in it
    assert said() == "1 zone   2 hosts, 1 hidden   6 VMs, 3 hidden"
    assert said(False) == "1 zone   2 hosts   6 VMs"
    edit.change(project, vms[1:2], {"template": True})
    assert said() == "1 zone   2 hosts, 1 hidden   5 VMs, 2 hidden"
    edit.delete(project, hosts[:1])
    assert said() == "1 zone   1 host   3 VMs"
    project.undo()
    project.undo()
    lock.set_hidden(project, hosts[:1], False)
    assert said() == "1 zone   2 hosts   6 VMs, 1 hidden"
    world.collapsed = {zone}
    world.rebuild()
    assert said() == "1 zone   2 hosts   6 VMs"  # of what is collapsed nothing is drawn


@pytest.mark.parametrize("count", [1, 200])
def test_that_sizes_take_half_the_memory_only_where_they_keep_all_digits(count: int) -> None:
    project = built(10, 20)
    world = World(project)
    assert (world.w.dtype, world.h.dtype) == (np.float32, np.float32)
    ids = [e.id for e in project.of_kind("vm")][:count]
    with project.edit("Odd"):
        project.arrange({i: (project.elements[i].x, project.elements[i].y, 20.1, 10.0) for i in ids})
    world.follow(ChangeSet(changed={i: {"x", "y", "w", "h"} for i in ids}))
    assert (world.w.dtype, world.h.dtype) == (np.float64, np.float32)
    assert {world.rect(world.row_of[i]).width() for i in ids} == {20.1}
    assert World(project).rect(world.row_of[ids[0]]).width() == 20.1


@given(works=WORK, chance=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_that_what_is_prepared_of_undo_and_redo_is_what_they_do(
    works: list[tuple[str, int]], chance: random.Random
) -> None:
    project = begun()
    world = World(project)
    project.ahead = {COMING: world.look_ahead, AHEAD: written_ahead}
    prepared = list[bool]()

    def note(changes: ChangeSet) -> None:
        world.follow(changes)
        assert_equal(world)
        prepared.append(bool(changes.ahead))
        if changes.ahead:
            statements, line = changes.ahead[AHEAD]
            rest = statements_of(project, ChangeSet(changed=changes.changed))
            assert (line, {**statements, **rest}) == (None, statements_of(project, changes))

    project.changed.connect(note)
    for what, number in works:
        with contextlib.suppress(DesignerError):
            do(project, what, number)
    steps = len(project.history.steps)
    for _ in range(6):
        there = chance.randint(0, steps)
        if there != project.history.position:
            project.go_to(there, Replay(project, there).finish)


def test_that_a_delete_undone_is_read_and_written_beside_the_window() -> None:
    project = built(3, 4)
    (rack,) = [e.id for e in project.of_kind("rack") if project.children(e.id)]
    world, told = World(project), list[ChangeSet]()
    project.ahead = {COMING: world.look_ahead, AHEAD: written_ahead}
    project.changed.connect(world.follow)
    edit.delete(project, [rack])
    project.changed.connect(told.append)
    replay = Replay(project, project.history.position - 1)
    replay.elements = counted = Counted(replay.elements)
    project.go_to(project.history.position - 1, replay.finish)
    assert told[0].ahead.keys() == {COMING, AHEAD}
    assert project.elements is counted and len(project.of_kind("vm")) == 12
    assert counted.reads < 12  # what came back was read already
    assert_equal(world)
    edit.rename(project, rack, "first")
    edit.delete(project, [rack])
    two = Replay(project, project.history.position - 2)
    project.go_to(project.history.position - 2, two.finish)
    assert not told[-1].ahead  # the row that comes back has another name then
    assert_equal(world)
