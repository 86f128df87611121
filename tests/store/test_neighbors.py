"""Neighbors of what once hurt, by the kinds of harm: what a file brings, what stands beside it, what surrounds it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.errors import DesignerError
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.build import build
from tests.pace import within
from tests.store.bad_files import fill
from tests.store.designs import all_changed, content, one_of_each, saved, small_ids, spoil
from tests.store.test_budget import MEGABYTES, SECONDS, X, in_child, links, notes, opened

IDS = small_ids()
TRACE_ALONE = [row for row in one_of_each() if row.id in (IDS["design"], IDS["trace"])]

SUMS: dict[str, tuple[tuple[Any, ...], str]] = {
    "the last letter of all in each note": ((notes(1_200, X.format(9_990) + " || char(1114111)"),), "opened"),
    "100,000 long names": ((fill("note", 100_000), f"UPDATE note SET name = {X.format(100)}"), "opened"),
    "3,000 padded presets": (
        (fill("preset", 3_000), "UPDATE preset SET held = '{\"a\":' || printf('%.*c', 19000, ' ') || '1}'"), "opened"),
    "400,000 links to nowhere": (tuple(links(400_000, target="9999999999")), "is missing"),
    "150 facts": (
        ("INSERT INTO meta WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 150) "
         "SELECT 'x' || n, '' FROM c",), "the most is 100"),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
def test_that_a_sum_stays_within_the_budget(name: str, tmp_path: Path) -> None:
    statements, said = SUMS[name]
    path = spoil(saved(tmp_path / "a.clouddesign", all_changed()), *statements)
    answer, seconds, megabytes = in_child(lambda: opened(path))
    assert said in answer
    assert within(seconds, SECONDS)
    assert megabytes < MEGABYTES


SHAPES = {
    "more than 63 bits together": (2**62, 4),
    "one row of 2^63 - 1": (1, 2**63 - 1),
    "2^63 - 1 rows of one": (2**63 - 1, 1),
    "a sample more than it packs": (1, 11),
    "a sample less than it packs": (1, 9),
}


@pytest.mark.parametrize("name", SHAPES)
def test_that_the_shape_of_a_trace_is_believed_by_nobody(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign", TRACE_ALONE)
    spoil(path, ("UPDATE trace SET rows = ?, samples = ?, cells = 'percent', data = ?",
                 (*SHAPES[name], zlib.compress(bytes(10), 9))))  # fmt: skip
    project = Project(KINDS, LINKS, project_file.load(path).rows)
    answer, seconds, megabytes = in_child(lambda: build(project, until_s=60.0))
    assert answer.startswith("refused: "), answer
    assert within(seconds, SECONDS)
    assert megabytes < 50


FACTS = {
    "a save id of 400 letters": "UPDATE meta SET value = printf('%.*c', 400, 'a') WHERE name = 'save_id'",
    "an id of a document that is a picture": "UPDATE meta SET value = '\U0001f600' WHERE name = 'document_id'",
    "the lowest rank": "UPDATE vm SET rank = -9223372036854775808",
    "the highest rank": "UPDATE vm SET rank = 9223372036854775807",
    "the longest name": "UPDATE vm SET name = printf('%.*c', 200, 'n')",
    "a revision of zeros": "UPDATE meta SET value = '0000000000000' WHERE name = 'revision'",
    "a revision that is the largest": "UPDATE meta SET value = '999999999999999' WHERE name = 'revision'",
}


@pytest.mark.parametrize("name", FACTS)
def test_that_what_opens_can_be_copied_renamed_and_saved(name: str, tmp_path: Path) -> None:
    path = spoil(saved(tmp_path / "a.clouddesign"), FACTS[name])
    loaded = project_file.load(path)
    project = Project(KINDS, LINKS, loaded.rows)
    clipboard.duplicate(project, [IDS["vm"]])
    edit.rename(project, IDS["vm"], "renamed")
    stamp = project_file.save(path, project.rows(), loaded.stamp)
    assert stamp.revision > 0
    again = project_file.load(path)
    assert again.warnings == []
    assert content(again.rows) == content(project.rows())


COMPANIONS: dict[str, tuple[Callable[[Path, Path], Any], str]] = {
    "memory of a journal alone": (lambda path, beside: beside.with_suffix(".clouddesign-shm").write_bytes(b"x"), ""),
    "a log of noise": (lambda path, beside: beside.write_bytes(b"7\x7f\x06\x82\0-\xe2\x18" + bytes(5_000)), "left"),
    "a log that is a link to a device": (lambda path, beside: beside.symlink_to("/dev/zero"), ""),
    "a log that is a link to the file": (lambda path, beside: beside.symlink_to(path), "left"),
    "a log that is a link to nothing": (lambda path, beside: beside.symlink_to("nothing"), ""),
    "a log that is a folder": (lambda path, beside: beside.mkdir(), ""),
}


@pytest.mark.parametrize("name", COMPANIONS)
def test_that_what_stands_beside_a_file_does_it_no_harm(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    before = path.read_bytes()
    make, told = COMPANIONS[name]
    make(path, path.with_name(f"{path.name}-wal"))
    answer, seconds, megabytes = in_child(lambda: opened(path))
    assert answer.startswith("opened")
    assert ("left a.clouddesign-wal" in answer) == bool(told)
    assert within(seconds, SECONDS)
    assert megabytes < 50
    assert path.read_bytes() == before


AROUND: dict[str, tuple[Callable[[Path], Any], Callable[[Path], Any]]] = {
    "rights of others": (lambda path: path.chmod(0o604), lambda path: oct(path.stat().st_mode)),
    "rights of a team": (lambda path: path.chmod(0o660), lambda path: oct(path.stat().st_mode)),
    "attributes": (
        lambda path: [os.setxattr(path, f"user.a{n}", bytes(1_000)) for n in range(3)],
        lambda path: sorted(name for name in os.listxattr(path) if name.startswith("user."))),
    "a chain of links": (
        lambda path: (path.rename(path.with_name("b")), path.with_name("c").symlink_to("b"), path.symlink_to("c")),
        lambda path: (path.is_symlink(), path.with_name("c").is_symlink(), path.with_name("b").is_symlink())),
}  # fmt: skip


@pytest.mark.parametrize("name", AROUND)
def test_that_what_surrounds_a_file_is_kept(name: str, tmp_path: Path) -> None:
    change, look = AROUND[name]
    path = saved(tmp_path / "a.clouddesign")
    try:
        change(path)
    except OSError:
        pytest.skip("this disk has none of these")
    before = look(path)
    loaded = project_file.load(path)
    stamp = project_file.save(path, loaded.rows, loaded.stamp)
    assert stamp.notes == ()
    assert look(path) == before


def test_that_rights_to_become_another_user_are_not_given_to_a_new_file(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    path.chmod(0o4755)
    loaded = project_file.load(path)
    project_file.save(path, loaded.rows, loaded.stamp)
    assert path.stat().st_mode & 0o7777 == 0o755


def test_that_a_file_that_grew_by_a_hole_is_refused_by_its_size(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    size = path.stat().st_size
    os.truncate(path, size + (3 << 30))
    with pytest.raises(DesignerError, match=f"bytes where {size:,} were written"):
        project_file.load(path)
