"""Neighbors of what once hurt, by the kinds of harm: what a file brings, what stands beside it, what surrounds it."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import blueprints, clipboard, edit, presets
from designer.errors import DesignerError
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.project_file import Stamp
from designer.store.history import backups
from designer.study.build import build
from tests.pace import within
from tests.store.bad_files import fill
from tests.store.designs import all_changed, content, one_of_each, saved, small_ids, spoil
from tests.store.test_budget import MEGABYTES, SECONDS, X, block, in_child, links, notes, opened, run_of

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
    path = spoil(saved(tmp_path / "a.clouddesign", all_changed), *statements)
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


# -- what is packed in a design, used


def text_of(*elements: dict[str, Any], links: Any = (), roots: Any = None) -> str:
    roots = [{"id": 2, "x": 0, "y": 0}] if roots is None else roots
    return json.dumps({"format": 1, "roots": roots, "elements": elements, "links": links})


def region(number: Any = 2, **fields: Any) -> dict[str, Any]:
    return {"id": number, "kind": "region", **fields}


ONE = text_of(region())
BLUEPRINTS = {
    "an element in itself": text_of(region(parent=2)),
    "a circle": text_of(region(parent=3), {"id": 3, "kind": "zone", "parent": 2}),
    "an id twice": text_of(region(), region()),
    "an id of 70 bits": text_of(region(2**70)),
    "an id beyond all numbers": ONE.replace('"id": 2', '"id": 1e999'),
    "a root that is not there": text_of(region(), roots=[{"id": 9, "x": 0, "y": 0}]),
    "a root three times": text_of(region(), roots=[{"id": 2, "x": 0, "y": 0}] * 3),
    "a box at the end of all numbers": text_of(region(w=1e308, h=1e308), roots=[{"id": 2, "x": 1e308, "y": -1e308}]),
    "a name that is an object": text_of(region(name={"a": 1})),
    "a name of 1 MB": text_of(region(name="n" * 10**6)),
    "half a character": ONE.replace("region", "\\ud800"),
    "a kind that is a list": text_of(region(kind=[])),
    "a design": text_of({"id": 2, "kind": "design"}),
    "fields of the language": text_of(region(__class__="x", _sa_instance_state=1, __dict__={})),
    "a link of lists": text_of(region(), links=[{"kind": [], "source": {}, "target": None}]),
    "links that are a text": text_of(region(), links="x" * 1_000),
    "no elements": '{"format": 1, "roots": null, "elements": null}',
    "brackets": "[" * 100_000,
    "a format of 100,000 digits": '{"format":' + "9" * 100_000 + "}",
    "a rank of 70 bits": text_of(region(rank=2**70)),
    "the largest rank": text_of(region(rank=2**63 - 1)),
    "a trace of 2^124 cells": text_of({"id": 2, "kind": "trace", "rows": 2**62, "samples": 2**62, "data": ""}),
}


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_that_a_blueprint_is_placed_and_can_be_saved_or_is_refused(name: str, tmp_path: Path) -> None:
    text = BLUEPRINTS[name]

    def use() -> str:
        project = Project(KINDS, LINKS, one_of_each())
        try:
            if blueprints.why_not_place(project, text, IDS["design"])[1] is None:
                blueprints.place(project, text, "T")
        finally:
            path = tmp_path / "a.clouddesign"
            project_file.save(path, project.rows())
            assert content(project_file.load(path).rows) == content(project.rows())
        return "done"

    answer, seconds, megabytes = in_child(use)
    assert answer == "done" or answer.startswith("refused: "), answer
    assert within(seconds, SECONDS)
    assert megabytes < 50


HELD = {
    "beyond all numbers": '{"cores":1e999}',
    "no number": '{"mhz":NaN}',
    "a list": "[1]",
    "nothing": "null",
    "brackets": "[" * 19_000,
    "1,500 keys": json.dumps({f"k{number}": 1 for number in range(1_500)}),
    "a place": '{"parent":5,"id":1,"x":1e308}',
    "a name": '{"name":"\\u001b[2J"}',
    "15,000 digits": '{"cores":' + "9" * 15_000 + "}",
    "half a character": '{"model":"\\ud800"}',
}


@pytest.mark.parametrize("name", HELD)
def test_that_a_preset_that_holds_no_values_of_its_kind_is_left_out_and_told(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    spoil(path, ("UPDATE preset SET held = ?", (HELD[name],)))
    loaded = project_file.load(path)
    assert loaded.partial
    assert loaded.warnings[-1].startswith("The preset “preset-1”")
    assert loaded.warnings[-1].endswith("It was left out.")
    assert loaded.warnings[-1].isprintable()
    assert presets.presets_of(Project(KINDS, LINKS, loaded.rows)) == []


@pytest.mark.parametrize("dtype", ["O", "<U99999999", "<c16", "V8", "i4,f8", "", ">f8", "S0", "<f8\x1b", "'<f8'"])
def test_that_a_block_of_a_type_that_no_run_has_is_left_out(dtype: str, tmp_path: Path) -> None:
    path = tmp_path / "run.clouddesign"
    project_file.save(path, one_of_each(), aside=Aside(runs=(run_of(block((1,), dtype, 8)),)))
    loaded = project_file.load(path)
    assert loaded.aside.runs == ()
    assert loaded.warnings == ["A saved run in the file is damaged and was left out. Run the design again."]


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
@pytest.mark.parametrize("size", [1, 31, 32, 1 << 20, 257 << 20, 3 << 30, 1 << 40])
def test_that_a_companion_of_any_size_is_judged_before_it_is_copied(ending: str, size: int, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    beside = path.with_name(f"{path.name}{ending}")
    beside.touch()
    try:
        os.truncate(beside, size)
    except OSError:
        pytest.skip("this disk has no holes, or none so large")
    answer, seconds, megabytes = in_child(lambda: opened(path))
    assert ("the most is 256" in answer) == (size > 256 << 20)
    assert answer.startswith("refused" if size > 256 << 20 else "opened")
    assert within(seconds, SECONDS)
    assert megabytes < 50


@pytest.mark.parametrize("times", [(1e9, -1e9, 0.0), (1e12, 1e9), (2.6e11, 1e9), (-6e10, 1e9), (1e18, 1.0)], ids=str)
def test_that_no_clock_makes_an_older_save_the_newest(times: tuple[float, ...], tmp_path: Path) -> None:
    path = saved(tmp_path / "a.clouddesign")
    document = f"doc {times}"
    for number, now_s in enumerate(times):
        backups.keep(path, Stamp(document, f"save {number}", revision=number + 1), now_s=now_s)
    found = [one.revision for one in backups.backups(document)]
    assert found == list(range(len(times), 0, -1))
