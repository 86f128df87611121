"""Locked elements stay; hidden ones are left out of the drawing. A run knows of neither."""

from __future__ import annotations

from typing import Any

import pytest

from designer.commands import clipboard, edit
from designer.commands.arrange import align, lock, tidy
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.study.build import build


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def zone(project: Project) -> int:
    return edit.place(project, "zone", edit.place(project, "region"))


@pytest.fixture
def hosts(project: Project, zone: int) -> list[int]:
    return [edit.place(project, "host", zone, at=(20.0 + n * 150, 60.0)) for n in range(3)]


def test_that_locking_is_one_step_and_unlocking_another(project: Project, hosts: list[int]) -> None:
    before = state(project)
    lock.set_locked(project, hosts, True)
    assert lock.all_locked(project, hosts)
    assert project.history.undo_text == "Lock 3 elements"
    project.undo()
    assert state(project) == before
    project.redo()
    lock.set_locked(project, hosts[:1], False)
    assert project.history.undo_text == f"Unlock {project.elements[hosts[0]].name}"
    assert not lock.all_locked(project, hosts)


def test_that_what_is_locked_is_not_moved_resized_or_deleted_and_says_so(project: Project, hosts: list[int]) -> None:
    lock.set_locked(project, hosts[:1], True)
    name, before = project.elements[hosts[0]].name, state(project)
    with pytest.raises(RuleError, match=f"{name} is locked and stays in place"):
        edit.move(project, hosts[:1], (40.0, 0.0))
    with pytest.raises(RuleError, match=f"{name} is locked and keeps its size"):
        edit.resize(project, hosts[0], (20.0, 60.0, 300.0, 300.0))
    with pytest.raises(RuleError, match=f"{name} is locked and cannot be deleted"):
        edit.delete(project, hosts)
    assert state(project) == before


def test_that_what_holds_something_locked_is_not_deleted(project: Project, zone: int, hosts: list[int]) -> None:
    lock.set_locked(project, hosts, True)
    with pytest.raises(RuleError, match="3 elements are locked"):
        edit.delete(project, [zone])
    assert set(hosts) < set(project.elements)


def test_that_the_rest_of_a_selection_moves(project: Project, hosts: list[int]) -> None:
    lock.set_locked(project, hosts[:1], True)
    stays, goes = (layout.rect_of(project, i) for i in hosts[:2])
    edit.move(project, hosts[:2], (0.0, 100.0))
    assert layout.rect_of(project, hosts[0]) == stays
    assert layout.rect_of(project, hosts[1]) == goes.moved(0.0, 100.0)


def test_that_tidy_packs_around_what_is_locked(project: Project, zone: int, hosts: list[int]) -> None:
    lock.set_locked(project, hosts[1:2], True)
    stays = layout.rect_of(project, hosts[1])
    tidy.tidy(project)
    assert layout.rect_of(project, hosts[1]) == stays
    rects = [layout.rect_of(project, i) for i in hosts]
    assert not any(one.overlaps(two) for n, one in enumerate(rects) for two in rects[:n])


def test_that_aligning_leaves_locked_elements_where_they_are(project: Project, hosts: list[int]) -> None:
    lock.set_locked(project, hosts[:2], True)
    with pytest.raises(RuleError, match="at least two unlocked elements"):
        align.align(project, hosts, "left")


def test_that_a_copy_is_neither_locked_nor_hidden(project: Project, hosts: list[int]) -> None:
    lock.set_locked(project, hosts[:1], True)
    lock.set_hidden(project, hosts[:1], True)
    (copy,) = clipboard.duplicate(project, hosts[:1])
    assert (project.elements[copy].locked, project.elements[copy].hidden) == (False, False)


def test_that_everything_hidden_is_shown_again_as_one_step(project: Project, hosts: list[int]) -> None:
    with pytest.raises(RuleError, match="Nothing is hidden"):
        lock.show_all(project)
    lock.set_hidden(project, hosts, True)
    assert lock.all_hidden(project, hosts)
    lock.show_all(project)
    assert not any(e.hidden for e in project.elements.values())
    project.undo()
    assert lock.all_hidden(project, hosts)


def test_that_a_run_is_the_same_with_hidden_and_locked_elements(project: Project, hosts: list[int]) -> None:
    edit.place(project, "vm", hosts[0])
    before = build(project)
    lock.set_hidden(project, hosts, True)
    lock.set_locked(project, [i for i in project.elements if i != ROOT_ID], True)
    assert build(project) == before
