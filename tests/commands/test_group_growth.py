"""Selecting, copying and dissolving groups costs what they hold, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.commands.arrange import group
from designer.commands.names import Series
from designer.model.element import NAME_LIMIT, ROOT_ID, make
from designer.model.project import Project
from tests.steps import steps

FEW, MANY = 60, 600


def pairs(count: int) -> Project:
    """So many notes, each two of them a group."""
    rows = [
        make(KINDS["note"].table, {
            "id": number + 2, "parent": ROOT_ID, "rank": number, "w": 200.0, "h": 100.0, "name": f"n{number}",
            "x": number % 30 * 300.0, "y": number // 30 * 200.0, "grouped": f"group-{number // 2 + 1}",
        })
        for number in range(count)
    ]  # fmt: skip
    root = make(KINDS["design"].table, {"id": ROOT_ID, "parent": ROOT_ID, "name": "d"})
    return Project(KINDS, LINKS, [root, *rows])


WORK: dict[str, Callable[[Project, list[int]], object]] = {
    "whole": group.whole,
    "whole of each second": lambda project, ids: group.whole(project, ids[::2]),
    "groups": group.groups_in,
    "dissolve": group.ungroup,
    "duplicate": clipboard.duplicate,
    "delete": edit.delete,
}


@pytest.mark.parametrize("name", WORK)
def test_that_ten_times_as_many_groups_take_ten_times_as_long(name: str) -> None:
    few, many = (steps(partial(WORK[name], pairs(count), list(range(2, count + 2)))) for count in (FEW, MANY))
    assert many < 1.6 * few * MANY / FEW


def test_that_copies_of_groups_are_groups_of_their_own() -> None:
    project = pairs(20)
    for _ in range(3):
        clipboard.duplicate(project, list(range(2, 22)))
    names = [element.__dict__["grouped"] for element in project.of_kind("note")]
    assert {names.count(name) for name in names} == {2}
    assert set(names) == {f"group-{number}" for number in range(1, 41)}


@pytest.mark.parametrize("name", ["n" * NAME_LIMIT, "n" * (NAME_LIMIT - 10), "9" * NAME_LIMIT, "n" * 190 + "0099", "a"])
def test_that_names_of_any_length_stay_different_and_within_the_limit(name: str) -> None:
    series = Series([name])
    made = [series.own(name) for _ in range(300)]
    assert len({name, *made}) == 301
    assert max(map(len, made)) <= NAME_LIMIT
