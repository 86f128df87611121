"""Undo that is prepared beside the design is undo: the same rows, order, changes and history, or nothing at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model import project as module
from designer.model.element import ROOT_ID, clone
from designer.model.history import Op
from designer.model.project import ChangeSet, Project
from designer.model.replay import Replay
from designer.model.tree import Tree
from tests.model.test_adopt import WORK, begun, do, index, state


def changed(project: Project) -> list[ChangeSet]:
    """The change sets that are told from now on."""
    told: list[ChangeSet] = []

    def note(changes: ChangeSet) -> None:
        told.append(changes)

    project.changed.connect(note)
    told.append(note)  # type: ignore[arg-type]  # psygnal keeps no strong reference
    return told


@settings(max_examples=30)
@given(WORK, st.integers(0, 12), st.integers(0, 12))
def test_that_what_is_prepared_is_what_undo_and_redo_do(work: list[tuple[str, int]], back: int, to: int) -> None:
    project = begun()
    for what, number in work:
        do(project, what, number)
    for position in (back, to):
        position = min(position, len(project.history.steps))
        before, rows = state(project), index(project)
        prepared = Replay(project, position)
        assert (state(project), index(project)) == (before, rows)
        told = changed(project)
        start = project.history.position
        project.go_to(position)
        step_by_step, plain = state(project), index(project)
        project.go_to(start)
        project.go_to(position, prepared.finish)
        assert state(project) == step_by_step
        assert index(project)[0] == plain[0]  # the very rows that the history knows
        assert index(project) == index(Tree(project.rows())) == plain
        assert project.history.position == position
        if position != start:
            assert told[1] == told[3]


def test_that_a_row_that_left_and_came_again_in_one_step_is_the_one_that_was_there() -> None:
    project = begun()
    vm = project.of_kind("vm")[0]
    with project.edit("swap"):
        project.set(vm.id, rank=7)
        row = clone(vm)
        project.remove(vm.id)
        project.add(row)
        project.set(vm.id, rank=9, name="new")
    project.go_to(project.history.position - 1, Replay(project, project.history.position - 1).finish)
    assert project.elements[vm.id] is vm
    project.go_to(project.history.position + 1, Replay(project, project.history.position + 1).finish)
    assert project.elements[vm.id] is row
    assert (row.name, row.rank) == ("new", 9)


def test_that_several_steps_are_one_change(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    edit.rename(project, zone, "a")
    edit.rename(project, zone, "b")
    told = changed(project)
    assert project.go_to(2) == "Rename"
    assert told[1].changed == {zone: {"name"}}
    assert len(told) == 2
    assert project.go_to(7) is None
    assert project.go_to(-1) is None
    assert project.go_to(2) is None
    assert len(told) == 2


def test_that_the_work_is_told_in_parts_and_ends_where_it_is_stopped(project: Project) -> None:
    with project.edit("Add"):
        project.add_many([project.kinds["note"].table(parent=ROOT_ID, name=f"n{n}") for n in range(5_000)])
    before, parts = state(project), list[int]()

    def stop(done: int) -> None:
        parts.append(done)
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Replay(project, 0, stop)
    assert parts == [0, 2_000]
    assert state(project) == before
    assert project.history.position == 1


@pytest.mark.parametrize("steps", [1, 3])
def test_that_undo_without_memory_changes_nothing(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    project = begun()
    do(project, "delete", 5)
    do(project, "rename", 3)
    do(project, "move", 4)
    before, position, told = state(project), project.history.position, changed(project)
    real = Tree._apply

    def half(tree: Tree, ops: list[Op]) -> None:
        real(tree, ops[: len(ops) // 2])
        raise MemoryError

    with monkeypatch.context() as within:
        within.setattr(module.Project, "_apply", half)
        with pytest.raises(MemoryError):
            project.go_to(position - steps)
    assert (state(project), project.history.position) == (before, position)
    assert index(project) == index(Tree(project.rows()))
    assert len(told) == 1
    project.go_to(position - steps)
    project.go_to(position)
    assert state(project) == before


def test_that_a_design_made_anew_is_undone(project: Project) -> None:
    edit.place(project, "region")
    other = Project(KINDS, LINKS)
    edit.place(other, "service")
    with project.edit("become"):
        project.become(other.rows())
    project.go_to(1, Replay(project, 1).finish)
    assert [row.kind for row in project.rows()] == ["design", "region"]
