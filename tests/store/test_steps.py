"""The steps of undo outlive a killed program: the recovered design is undone and redone as before."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.store.working import recovery, steps
from designer.store.working.open_document import STEPS_LEFT_OUT, OpenDocument
from tests.model.test_any_edits import AnyEdits, walk
from tests.store.memory import at_most


def state(project: Project) -> dict[int, tuple[str, dict[str, Any]]]:
    return {row.id: (type(row).__name__, values(row)) for row in project.rows()}


def killed_and_recovered(document: OpenDocument) -> tuple[OpenDocument, Project]:
    """The design as another program finds it after this one was killed."""
    assert document._copy is not None
    assert document._copy.flush()
    assert document._session is not None
    document._session.release()  # what the end of a process does
    (found,) = recovery.left_over().found
    project = Project(KINDS, LINKS)
    again = OpenDocument(project, lambda said: None)
    again.recover(found)
    return again, project


@pytest.fixture
def project() -> Project:
    return Project(KINDS, LINKS)


@pytest.fixture
def document(project: Project) -> OpenDocument:
    made = OpenDocument(project, lambda said: None)
    made.become([*project.rows()])
    return made


def all_states(project: Project) -> list[dict[int, tuple[str, dict[str, Any]]]]:
    """What the design was and will be, from the first step to the last one that can be redone."""
    here = project.history.position
    while project.undo() is not None:
        pass
    found = [state(project)]
    while project.redo() is not None:
        found.append(state(project))
    project.go_to(here)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_that_any_history_is_the_same_after_a_kill_and_after_the_next(
    project: Project, document: OpenDocument, seed: int
) -> None:
    walk(random.Random(seed), 40, AnyEdits(project))
    for _ in range(seed):
        project.undo()
    texts = [step.text for step in project.history.steps]
    position, before = project.history.position, all_states(project)
    for _ in range(2):
        document, project = killed_and_recovered(document)
        assert [step.text for step in project.history.steps] == texts
        assert project.history.position == position
        assert project.history.modified
        assert all_states(project) == before
    document.close()


def test_that_edits_after_recovery_follow_the_steps_before_it(project: Project, document: OpenDocument) -> None:
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    edit.rename(project, zone, "front")
    project.undo()
    document, project = killed_and_recovered(document)
    assert project.history.redo_text == "Rename"
    edit.delete(project, [zone])
    assert project.history.redo_text is None
    document, project = killed_and_recovered(document)
    assert [step.text for step in project.history.steps] == ["Place Region", "Place Zone", "Delete zone-1"]
    project.undo()
    assert project.elements[zone].name == "zone-1"
    project.undo()
    project.undo()
    assert list(project.elements) == [ROOT_ID]
    document.close()


def test_that_typing_that_joins_is_one_step_again(project: Project, document: OpenDocument) -> None:
    region = edit.place(project, "region")
    for name in ("a", "ab", "abc"):
        edit.change(project, [region], {"name": name}, merge_key="typed")
    document, project = killed_and_recovered(document)
    assert len(project.history.steps) == 2
    project.undo()
    assert project.elements[region].name == "region-1"
    document.close()


def test_that_several_steps_at_once_are_followed(project: Project, document: OpenDocument) -> None:
    region = edit.place(project, "region")
    for _ in range(4):
        edit.place(project, "zone", region)
    project.go_to(1)
    project.go_to(3)
    document, project = killed_and_recovered(document)
    assert project.history.position == 3
    project.go_to(5)
    assert len(project.children(region)) == 4
    document.close()


def test_that_a_step_too_large_to_be_kept_ends_the_history_before_it_and_the_design_is_whole(
    project: Project, document: OpenDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_ROWS", 3)
    region = edit.place(project, "region")
    for _ in range(3):
        edit.place(project, "zone", region)
    edit.delete(project, project.children(region))  # with three zones it is kept
    project.undo()
    clipboard.duplicate(project, [region])
    edit.delete(project, [region])  # a region and its three zones are too many
    last = edit.place(project, "region")
    before = state(project)
    document, project = killed_and_recovered(document)
    assert state(project) == before
    assert [step.text for step in project.history.steps] == ["Place Region"]
    project.undo()
    assert last not in project.elements
    document.close()


@pytest.mark.parametrize(
    "line",
    [
        '{"do": "x", "ops": [17]}', '{"to": 9, "rows": []}', '{"do": "x"}', '["="]', "{",
        '{"do": "x", "ops": [["=", 1, {"name": ["a", 3]}]]}', '{"do": "x", "ops": [["-", ["zone", {"id": "no"}]]]}',
        '{"do": "x", "ops": [["=", 1, {"id": [1, 2]}]]}', '{"join": "x", "ops": []}',
        '{"do": "x", "ops": [1]}', '{"do": "x", "ops": [true]}', '{"do": "x", "ops": "abc"}', '{"do": "x", "ops": 7}',
        '{"do": "x", "ops": [["=", 1, ["name"]]]}', '{"do": "x", "ops": [["=", 1, "name"]]}', '[]', '7', 'null', '"do"',
        '{"do": "x", "ops": [["-", ["zone", ["id"]]]]}', '{"do": "x", "ops": [["-", ["zone", 3]]]}', '{"to": true}',
        '{"do": "x", "ops": [["-", [["zone"], {}]]]}', '{"do": "x", "ops": [["-", ["meta", {"name": "a"}]]]}',
        '{"do": "x", "ops": [["-", ["element", {"id": 5}]]]}', '{"do": 5, "ops": []}', '{"to": 1.0, "rows": []}',
        '{"do": "x", "ops": [["=", 1, {"name": ["never", "Also never"]}]]}', '{"to": 0, "rows": [[]]}',
        '{"do": "x", "ops": [["=", 1, {"parent": [5, 1]}]]}', '{"do": "%s", "ops": []}' % ("x" * 20_000),
        '{"do": "x", "ops": [["=", 1, {"parent": [1, 5]}]]}', '{"do": "x", "ops": [["-", ["region", {"id": 1}]]]}',
        '{"do": "x", "ops": %s}' % ("[" * 100_000), '{"do": "x", "ops": [%s]}' % ("0," * 2_000_000 + "0"),
        '{"do": "x", "ops": [["-", ["zone", {"id": 77, "parent": 1}]]]}',
        '{"do": "x", "ops": [["-", ["region", {"id": 77, "parent": 77}]]]}',
        '{"do": "x", "ops": [["-", ["vm", {"id": 77, "parent": 78}]]]}',
        '{"do": "x", "ops": [["-", ["link", {"id": 77, "kind": "uses", "source": 5, "target": 6}]]]}',
        '{"do": "x", "ops": [["-", ["region", {"id": 77, "parent": 1, "name": {"base64": "%%%"}}]]]}',
        '{"do": "x", "ops": [["-", ["region", {"id": 77, "parent": 1, "grouped": "%s"}]]]}' % ("g" * 3_000_000),
        '{"do": "x", "ops": [["-", ["preset", {"id": 77, "parent": 1, "name": "p", "of_kind": "no such"}]]]}',
    ],
)  # fmt: skip
def test_that_lines_that_do_not_fit_give_no_history(project: Project, line: str) -> None:
    edit.place(project, "region")
    assert steps.history_of(project.rows(), [steps.BEGIN, line]) is None


HOSTILE = {
    "a view that never ends": "CREATE VIEW step(edit, what) AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
    "FROM n) SELECT i, '{}' FROM n",
    "another table": 'CREATE TABLE "step" ("edit" INTEGER PRIMARY KEY, "what" TEXT)',
    "a generated column": 'CREATE TABLE "step" ("edit" INTEGER PRIMARY KEY, "what" TEXT AS (hex(zeroblob(99999999))))',
    "a default": f'CREATE TABLE "step" ("edit" INTEGER PRIMARY KEY, "what" TEXT NOT NULL DEFAULT \'{"x" * 9_999}\')',
    "one more table": f"{steps.TABLE}; CREATE TABLE more (a)",
    "a trigger": f'{steps.TABLE}; CREATE TRIGGER t AFTER INSERT ON "step" BEGIN DELETE FROM "step"; END',
    "a line of 60 MB": f"{steps.TABLE}; INSERT INTO step VALUES (1, hex(zeroblob(30000000)))",
    "lines of 40 MB": f"{steps.TABLE}; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 40) "
    "INSERT INTO step SELECT i, hex(zeroblob(500000)) FROM n",
    "a gap": f"{steps.TABLE}; INSERT INTO step VALUES (1, '{{}}'), (3, '{{}}')",
    "too few": f"{steps.TABLE}; INSERT INTO step VALUES (1, '{{}}'), (2, '{{}}')",
    "none": steps.TABLE,
    "edits far away": f"{steps.TABLE}; INSERT INTO step VALUES (-9223372036854775808, '{{}}'), (3, '{{}}')",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_that_a_hostile_file_of_steps_gives_none(tmp_path: Path, what: str) -> None:
    path = tmp_path / "steps-1"
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.executescript(HOSTILE[what])
        base.commit()
    with at_most(150):
        assert steps.read(path, 3) == []


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 << 30)


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to(path), _sparse],
    ids=["folder", "pipe", "device", "loop", "5 GB"],
)
@pytest.mark.parametrize("name", ["steps-1", "steps-1-wal"])
def test_that_what_is_no_file_of_steps_is_never_waited_for_or_copied(
    tmp_path: Path, make: Callable[[Path], object], name: str
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "steps-1")) as base:
        base.executescript(f"{steps.TABLE}; INSERT INTO step VALUES (3, '{{}}')")
        base.commit()
    (tmp_path / name).unlink(missing_ok=True)
    make(tmp_path / name)
    with at_most(20):
        assert steps.read(tmp_path / "steps-1", 3) == []


def test_that_steps_that_would_break_the_design_when_undone_give_no_history(project: Project) -> None:
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    fields = values(project.elements[zone])
    hostile = [
        [["-", ["zone", {**fields, "id": 77, "parent": 78}]]],  # in nothing
        [["-", ["zone", fields]]],  # it is there
        [["-", ["zone", {**fields, "id": region}]]],
        [["-", ["zone", {**fields, "id": 77, "parent": zone}]]],  # where no zone stands
        [region],  # its zone would be left
        [["=", zone, {"parent": [1, region]}]],
        [["=", zone, {"parent": [zone, region]}]],
        [["=", zone, {"name": ["before", "another name than it has"]}]],
        [["=", zone, {"kind": ["region", "zone"]}]],
        [["-", ["link", {"id": 77, "kind": "depends", "source": zone, "target": zone, "role": ""}]]],
    ]
    for ops in hostile:
        line = json.dumps({"do": "x", "ops": ops})
        assert steps.history_of(project.rows(), [steps.BEGIN, line]) is None, line
    whole = json.dumps({"do": "x", "ops": [["-", ["zone", {**fields, "id": 77}]]]})
    assert steps.history_of(project.rows(), [steps.BEGIN, whole]) is not None


def test_that_after_a_step_too_large_what_is_undone_stays_undone(
    project: Project, document: OpenDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_ROWS", 3)
    region = edit.place(project, "region")
    for _ in range(4):
        edit.place(project, "zone", region)
    edit.delete(project, project.children(region))  # too large
    for name in ("a", "b", "c"):
        edit.rename(project, region, name)
    project.undo()
    document, project = killed_and_recovered(document)
    assert [(step.text, n < project.history.position) for n, step in enumerate(project.history.steps)] == [
        ("Rename", True), ("Rename", True), ("Rename", False),
    ]  # fmt: skip
    names = []
    for there in (3, 0, 2):
        project.go_to(there)
        names.append(project.elements[region].name)
    assert names == ["c", "region-1", "b"]
    document.close()


def test_that_undoing_what_is_not_kept_begins_anew(
    project: Project, document: OpenDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_ROWS", 3)
    region = edit.place(project, "region")
    for _ in range(4):
        edit.place(project, "zone", region)
    edit.delete(project, project.children(region))
    project.undo()
    project.undo()
    edit.rename(project, region, "a")
    document, project = killed_and_recovered(document)
    assert [step.text for step in project.history.steps] == ["Rename"]
    project.undo()
    assert project.elements[region].name == "region-1"
    document.close()


def test_that_a_disk_that_had_no_room_leaves_steps_that_fit(project: Project, document: OpenDocument) -> None:
    region = edit.place(project, "region")
    for name in ("a", "b", "c"):
        edit.rename(project, region, name)
    assert document._copy is not None
    document._copy._write_whole()  # as after a full disk
    for name in ("d", "e", "f"):
        edit.rename(project, region, name)
    project.undo()
    document, project = killed_and_recovered(document)
    assert len(project.history.steps) == 3
    assert project.history.position == 2
    project.redo()
    assert project.elements[region].name == "f"
    project.go_to(0)
    assert project.elements[region].name == "c"
    document.close()


def test_that_steps_that_grow_too_large_begin_anew_and_are_forgotten(
    project: Project, document: OpenDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "BYTES_LIMIT", 4_000)
    region = edit.place(project, "region")
    for number in range(100):
        edit.rename(project, region, f"name-{number}")
    assert document._copy is not None
    assert document._session is not None
    assert document._copy.flush()
    (path,) = document._session.path.glob("steps-?")
    lines = steps.read(path, document.edits)
    assert sum(map(len, lines)) <= 4_000
    document, project = killed_and_recovered(document)
    assert 3 < len(project.history.steps) == len(lines) - 1
    project.go_to(0)
    assert project.elements[region].name == f"name-{99 - len(lines) + 1}"
    document.close()


def test_that_steps_that_do_not_fit_are_left_out_and_that_is_told(project: Project, document: OpenDocument) -> None:
    edit.place(project, "region")
    assert document._copy is not None
    assert document._session is not None
    assert document._copy.flush()
    document._session.release()
    (found,) = recovery.left_over().found
    hostile, said = replace(found, steps=(*found.steps, '{"do": "x", "ops": [1]}')), list[str]()
    again = OpenDocument(Project(KINDS, LINKS), said.append)
    again.recover(hostile)
    assert said == [STEPS_LEFT_OUT]
    assert state(again._project) == state(project)
    assert again._project.history.steps == []
    again.close()


def test_that_without_its_steps_the_design_is_recovered(project: Project, document: OpenDocument) -> None:
    edit.place(project, "region")
    assert document._session is not None
    assert document._copy is not None
    assert document._copy.flush()
    for path in Path(document._session.path).glob("steps-*"):
        path.write_bytes(b"no database")
    before = state(project)
    document, project = killed_and_recovered(document)
    assert state(project) == before
    assert project.history.steps == []
    document.close()
