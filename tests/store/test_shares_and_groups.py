"""Groups, shares, reservations and limits in a file: what no design has is refused by name, and what opens is saved."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard
from designer.commands.arrange import group
from designer.errors import FileError
from designer.model.element import NAME_LIMIT
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.schema import tables
from tests.store.designs import saved, small_ids

NEW = ("shares", "reservation", "limit")
COLUMNS = [
    (name, column)
    for name, table in tables().items()
    for column in table.columns
    if any(word in column for word in NEW) and name in ("vm", "host", "resource_pool")
]


def spoiled(path: Path, table: str, column: str, value: Any) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute(f'UPDATE "{table}" SET "{column}" = ?', (value,))


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_that_a_wild_share_reservation_or_limit_is_refused_by_name(table: str, column: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    for value in (1e308, -1e18, float("inf"), 2**62, "x" * 100_000, "x", b"\xff"):
        spoiled(path, table, column, value)
        with pytest.raises(FileError, match="is damaged"):
            project_file.load(path)
    assert len(COLUMNS) > 8


@pytest.mark.parametrize("value", ["g" * 5_000_000, "a\0b", b"\xff\xfe", "g" * (NAME_LIMIT + 1)])
def test_that_a_group_name_that_no_design_has_is_refused(value: Any, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    spoiled(path, "vm", "grouped", value)
    with pytest.raises(FileError, match="is damaged"):
        project_file.load(path)


@pytest.mark.parametrize("value", ["g" * NAME_LIMIT, "9" * NAME_LIMIT, "\x1b[2J\u202e\n", " ", "\N{GRINNING FACE}"])
def test_that_what_is_in_a_group_of_any_name_can_be_copied_and_saved(value: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    spoiled(path, "vm", "grouped", value)
    design = Project(KINDS, LINKS, project_file.load(path).rows)
    vm = small_ids()["vm"]
    for _ in range(3):
        clipboard.duplicate(design, [vm])
    assert vm in group.whole(design, [vm])
    project_file.save(path, design.rows(), overwrite=True)
    names = [element.__dict__["grouped"] for element in design.of_kind("vm")]
    assert len(set(names)) == len(names) == 4
    assert max(map(len, names)) <= NAME_LIMIT
    assert project_file.load(path).warnings == []
