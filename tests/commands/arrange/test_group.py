"""Groups of the drawing: elements of one container that are one thing to select, move and name."""

from __future__ import annotations

from typing import Any

import pytest

from designer.commands import clipboard, edit, select
from designer.commands.arrange import group
from designer.commands.arrange.array import array
from designer.errors import RuleError
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.study.build import build


def state(project: Project) -> dict[int, dict[str, Any]]:
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def zone(project: Project) -> int:
    return edit.place(project, "zone", edit.place(project, "region"))


@pytest.fixture
def hosts(project: Project, zone: int) -> list[int]:
    return [edit.place(project, "host", zone, at=(20.0 + n * 150, 60.0)) for n in range(5)]


def test_that_a_group_is_one_step_and_knows_its_elements(project: Project, hosts: list[int]) -> None:
    before = state(project)
    assert group.group(project, hosts[:3]) == "group-1"
    assert project.history.undo_text == "Group 3 elements"
    assert group.members(project, hosts[1]) == hosts[:3]
    assert group.members(project, hosts[4]) == [hosts[4]]
    assert group.whole(project, [hosts[4], hosts[0]]) == [hosts[4], *hosts[:3]]
    assert group.name_of(project, hosts[:3]) == "group-1"
    assert group.name_of(project, hosts[:2]) == ""
    assert group.name_of(project, hosts) == ""
    project.undo()
    assert state(project) == before
    assert group.members(project, hosts[0]) == [hosts[0]]


def test_that_a_second_group_has_another_name_and_takes_elements_out_of_the_first(
    project: Project, hosts: list[int]
) -> None:
    group.group(project, hosts[:3])
    assert group.group(project, hosts[2:]) == "group-2"
    assert group.groups_in(project, hosts) == [("group-1", hosts[:2]), ("group-2", hosts[2:])]
    group.ungroup(project, hosts[1:2])
    assert group.groups_in(project, hosts) == [("group-2", hosts[2:])]


def test_that_what_can_be_no_group_says_why(project: Project, zone: int, hosts: list[int]) -> None:
    other = edit.place(project, "host", edit.place(project, "data_center", zone))
    before = state(project)
    for chosen, why in ((hosts[:1], "two elements"), ([], "two elements"), ([hosts[0], other], "stand in several")):
        with pytest.raises(RuleError, match=why):
            group.group(project, chosen)
    with pytest.raises(RuleError, match="None of these"):
        group.ungroup(project, hosts)
    assert state(project) == before
    group.group(project, hosts)
    with pytest.raises(RuleError, match="already are the group group-1"):
        group.group(project, hosts)


def test_that_a_group_gets_a_name_that_no_other_beside_it_has(project: Project, hosts: list[int]) -> None:
    group.group(project, hosts[:2])
    group.group(project, hosts[2:])
    group.rename(project, hosts[:2], "  front   row ")
    assert group.name_of(project, hosts[:2]) == "front row"
    with pytest.raises(RuleError, match="Another group here is called front row"):
        group.rename(project, hosts[2:], "front row")
    with pytest.raises(RuleError, match="at least one letter"):
        group.rename(project, hosts[2:], " ")
    assert select.matching(project, "group:front kind:host") == hosts[:2]


def test_that_a_group_moves_to_another_container_as_one(project: Project, zone: int, hosts: list[int]) -> None:
    center = edit.place(project, "data_center", zone)
    group.group(project, hosts[:3])
    edit.move(project, hosts[:3], (0.0, 0.0), center)
    assert group.members(project, hosts[0]) == hosts[:3]
    assert project.children(center) == hosts[:3]


def test_that_copies_of_a_group_are_a_group_of_their_own(project: Project, zone: int, hosts: list[int]) -> None:
    group.group(project, hosts[:3])
    copies = clipboard.duplicate(project, hosts[:3])
    assert group.name_of(project, list(copies)) == "group-2"
    assert group.members(project, hosts[0]) == hosts[:3]
    more = array(project, copies, 2, 2)
    found = dict(group.groups_in(project, [*hosts, *copies, *more]))
    assert {name: len(some) for name, some in found.items()} == {f"group-{n}": 3 for n in range(1, 6)}


def test_that_groups_within_a_copied_container_keep_their_names(project: Project, zone: int, hosts: list[int]) -> None:
    group.group(project, hosts[:3])
    (copy,) = clipboard.duplicate(project, [zone])
    assert {name for name, _ in group.groups_in(project, project.children(copy))} == {"group-1"}


def test_that_a_run_is_the_same_with_groups(project: Project, hosts: list[int]) -> None:
    before = build(project)
    group.group(project, hosts)
    assert build(project) == before
    assert project.elements[ROOT_ID].__dict__["grouped"] == ""
