"""What is saved is never more than is read on opening: the sums are asked on both sides, each at its edge."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.kept import trace
from designer.commands.imports import add_trace
from designer.errors import FileError, RuleError
from designer.model.project import Project
from designer.store.file import check, project_file, reading
from tests.store.designs import Rows, one_of_each

SUMS = {"text": ("TEXT_LIMIT", str), "packed data": ("DATA_LIMIT", bytes)}


def held(path: Path, kind: type) -> int:
    """How many bytes of a type a file holds, as SQLite counts them."""
    with closing(sqlite3.connect(path)) as base:
        return sum(reading._sum(base, table, set(table.columns), kind) for table in reading.tables().values())


def limit(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    """Set a limit on both sides."""
    for module in (check, reading):
        monkeypatch.setattr(module, name, most)


def rows() -> Rows:
    found = one_of_each()
    for row in found:
        if "note" in type(row).model_fields:
            row.__dict__["note"] = "äöü€" * 10
    return found


@pytest.mark.parametrize("what", SUMS)
def test_that_what_is_at_the_limit_is_saved_and_opened_and_more_is_neither(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, kind = SUMS[what]
    path = tmp_path / "a.clouddesign"
    stamp = project_file.save(path, rows())
    total = held(path, kind)
    assert total > 0
    limit(monkeypatch, "TEXT_LIMIT", held(path, str))  # an opening adds up only files that are larger
    limit(monkeypatch, name, total)
    project_file.save_stamped(path, rows(), stamp)
    assert project_file.load(path).stamp.fingerprint == stamp.fingerprint
    before = path.read_bytes()
    limit(monkeypatch, name, total - 1)
    with pytest.raises(FileError, match=rf"was not saved\. It holds .* MiB of {what}; the most is"):
        project_file.save_stamped(path, rows(), stamp)
    assert path.read_bytes() == before
    with pytest.raises(FileError, match=f"MiB of {what}; the most is"):
        project_file.load(path)


def test_that_links_are_counted_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.clouddesign"
    stamp = project_file.save(path, rows())
    with closing(sqlite3.connect(path)) as base:
        links = base.execute("SELECT count(*) FROM link").fetchone()[0]
    for most, refused in ((links, False), (links - 1, True)):
        monkeypatch.setattr(check, "LINK_LIMIT", most)
        monkeypatch.setitem(reading.ROWS_LIMIT, "link", most)
        if refused:
            with pytest.raises(FileError, match=f"It holds {links} links; the most is {most}"):
                project_file.save_stamped(path, rows(), stamp)
            with pytest.raises(FileError, match=f"has {links} rows; the most is {most}"):
                project_file.load(path)
        else:
            project_file.save_stamped(path, rows(), stamp)
            assert project_file.load(path).warnings == []


def test_that_traces_imported_one_by_one_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "UNPACKED_LIMIT", 60)
    project = Project(KINDS, LINKS)
    for _ in range(3):
        add_trace(project, np.zeros((2, 10), np.uint8), 300.0, "load.csv")
    before = set(project.elements)
    with pytest.raises(RuleError, match="The traces hold"):
        add_trace(project, np.zeros((1, 1), np.uint8), 300.0, "one.csv")
    assert set(project.elements) == before
