"""A program that edits, saves and recovers is killed at random moments: no acknowledged edit is ever lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.project_file import Loaded
from designer.store.working.recovery import left_over
from tests.benchmarks.file_save_load import design
from tests.copies import PIPE, Copy
from tests.store.designs import ROOT, Rows, is_old_and_sound
from tests.store.test_saving import wait_for_another
from tests.waiting import HUNG_S, let_run

KILLS = int(os.environ.get("DESIGNER_KILLS", "8"))
COPIES = int(os.environ.get("DESIGNER_COPIES", "30"))

EDITOR = """
import gc, os, signal, sys
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.model.element import make
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.working.open_document import OpenDocument
from designer.store.working.recovery import left_over
from tests.benchmarks.file_save_load import design

def live(path, pipe):
    project, said = Project(KINDS, LINKS), []
    doc = OpenDocument(project, said.append)
    over = left_over()
    assert over.notes == [], over.notes
    if over.found:
        doc.recover(over.found[0])
        for older in over.found[1:]:
            older.put_away()
    else:
        doc.open(path)
    marked = sorted(i for i in project.elements if i != 1)[:5]
    number = project.root.seed
    numbers = {doc.edits: number}
    extra = 0
    while True:
        number += 1
        with project.edit("Mark"):
            project.set(1, seed=number)
            for i in marked:
                project.set(i, rank=number)
            if extra:
                project.remove(extra)
                extra = 0
            else:
                extra = project.add(make(KINDS["vm"].table, {"name": "extra", "parent": project.of_kind("host")[0].id}))
        numbers[doc.edits] = number
        if number % 11 == 0:
            doc.save()
            os.write(pipe, b"%d " % number)
        safe = numbers.get(doc.acknowledged)
        if safe:
            os.write(pipe, b"%d " % safe)
        assert said == [], said

path = Path(sys.argv[1])
rows = design(400, 100)
for row in rows[1:6]:
    row.__dict__["rank"] = rows[0].seed
project_file.save(path, rows)
gc.disable()
print("ready", flush=True)
for line in sys.stdin:
    asked, told = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(asked)
        signal.alarm(600)
        try:
            live(path, told)
        except BaseException:
            import traceback
            os.write(told, b"broken " + traceback.format_exc().encode())
        os._exit(1)
    os.close(told)
    print(pid, flush=True)
    with os.fdopen(asked, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(pid, 0)
    print(repr(said if "broken" in said else said.split()[-1:]), flush=True)
"""


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Copy]:
    """A program that starts, when asked, another one that edits and saves over and over."""
    for name in ("sessions", "discarded", "backups"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)
    (tmp_path / "user").mkdir()
    path = tmp_path / "user" / "killed.clouddesign"
    with Copy("-c", EDITOR, path, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(HUNG_S) == 0
        finally:
            process.kill()


def start(editor: Copy) -> int:
    assert editor.stdin is not None
    assert editor.stdout is not None
    editor.stdin.write("go\n")
    editor.stdin.flush()
    return int(editor.stdout.readline())


def kill(editor: Copy, pid: int) -> int:
    """End a program in the middle of what it does; the last edit that it called safe, or 0."""
    os.kill(pid, signal.SIGKILL)
    assert editor.stdout is not None
    said = editor.stdout.readline()
    assert "broken" not in said, said
    return int("0" + "".join(c for c in said if c.isdigit()))


def mark(rows: Rows) -> int:
    """The number that the last edit wrote into several elements, all of which have it."""
    by_id = {row.id: row.__dict__ for row in rows}
    number: int = by_id[1]["seed"]
    marked = sorted(i for i in by_id if i != 1 and "parent" in by_id[i] and by_id[i]["name"] != "extra")[:5]
    assert {by_id[i]["rank"] for i in marked} == {number}
    return number


def test_that_no_kill_loses_an_acknowledged_edit(tmp_path: Path, editor: Copy, chance: random.Random) -> None:
    path = tmp_path / "user" / "killed.clouddesign"
    first = mark(project_file.load(path).rows)
    safe = first
    recovered = in_writing = 0
    for number in range(30 * KILLS):
        if number >= KILLS and safe > first + KILLS * 5 and recovered > KILLS // 4 and in_writing > KILLS // 20:
            break
        pid = start(editor)
        try:
            let_run(chance, 0.02 if number % 4 == 0 else 0.12)
            if number % 2:
                wait_for_another(path.parent)
                let_run(chance, 0.004)
        finally:
            safe = max(safe, kill(editor, pid))
        in_writing += len(list(path.parent.glob("*.tmp")))
        for temp in path.parent.glob("*.tmp"):
            temp.unlink()
        loaded = project_file.load(path)
        assert loaded.warnings == []
        over = left_over()
        assert over.notes == []
        states = [mark(loaded.rows), *(mark(found.rows) for found in over.found)]
        recovered += bool(over.found)
        newest = states[1] if over.found else states[0]
        assert newest == max(states), "the newest is offered first"
        assert newest >= safe, f"edit {safe} was called safe; the newest is {newest}"
        safe = newest
        for found in over.found:
            found.leave()
    print(f"kills: {KILLS}, {recovered} with unsaved work that came back, {in_writing} in a save, {safe - first} edits")
    assert safe > first + KILLS * 5
    assert recovered > KILLS // 4
    assert in_writing > KILLS // 20, "too few kills fell into a save"


def test_that_copies_made_while_it_is_saved_all_open(tmp_path: Path, editor: Copy) -> None:
    path = tmp_path / "user" / "killed.clouddesign"
    copy = tmp_path / "copy.clouddesign"
    pid = start(editor)
    seen = set()
    try:
        for number in range(30 * COPIES):
            if number >= COPIES and len(seen) > 10:
                break
            shutil.copyfile(path, copy)
            loaded = project_file.load(copy)
            assert loaded.warnings == []
            mark(loaded.rows)
            seen.add(loaded.stamp.revision)
    finally:
        kill(editor, pid)
    print(f"copies: {COPIES} of {len(seen)} saves, all open")
    assert len(seen) > 10


# -- at what moment it is killed

MOMENTS = """
import gc, os, shutil, signal, sys
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.working.open_document import OpenDocument
from designer.store.working.recovery import left_over
from designer.store.file import project_file
from tests.store.test_kills import OLD, edited, mark, old

def resume(doc, path):
    # The newest by its mark, unsaved work or the file: a kill within a recovery leaves the same work twice.
    found = sorted(left_over().found, key=lambda one: mark(one.rows))
    newest = found.pop() if found and mark(found[-1].rows) > mark(project_file.load(path).rows) else None
    for other in found:
        other.put_away()
    doc.recover(newest) if newest else doc.open(path)

def recover(path, pipe):
    # The unsaved work is found, taken over and left again, over and over.
    project = Project(KINDS, LINKS)
    doc = OpenDocument(project, print)
    resume(doc, path)
    while True:
        safe = edited(project)
        assert doc.flush()
        os.write(pipe, b"%d " % safe)
        doc.leave()
        (found, *others) = left_over().found
        for other in others:
            other.put_away()
        doc.recover(found)

def save(path, pipe):
    # Nothing but saves, each with a backup that has a label.
    project = Project(KINDS, LINKS)
    doc = OpenDocument(project, print)
    resume(doc, path)
    while True:
        number = edited(project)
        doc.save(label=f"save {number}")
        os.write(pipe, b"%d " % number)

def first_open(path, pipe):
    # A file of the first version is opened, changed and saved for the first time; then another one takes its place.
    project = Project(KINDS, LINKS)
    doc = OpenDocument(project, print)
    while True:
        doc.open(old(path))
        with project.edit("Rename"):
            project.set(1, name="lifted")
        doc.save()
        doc.close()
        fresh = path.with_name("fresh")
        shutil.copyfile(OLD, fresh)
        fresh.replace(old(path))

path, deed = Path(sys.argv[1]), globals()[sys.argv[2]]
gc.disable()
print("ready", flush=True)
for line in sys.stdin:
    asked, told = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(asked)
        signal.alarm(600)
        try:
            deed(path, told)
        except BaseException:
            import traceback
            os.write(told, b"broken " + traceback.format_exc().encode())
        os._exit(1)
    os.close(told)
    print(pid, flush=True)
    with os.fdopen(asked, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(pid, 0)
    print(repr(said if "broken" in said else said.split()[-1:]), flush=True)
"""
OLD = ROOT / "tests" / "files" / "v1.clouddesign"


def old(path: Path) -> Path:
    """Where the file of the first version is."""
    return path.with_name("old.clouddesign")


def edited(project: Project) -> int:
    """Make the next mark; its number."""
    number: int = project.root.__dict__["seed"] + 1
    with project.edit("Mark"):
        project.set(1, seed=number)
        for i in sorted(i for i in project.elements if i != 1)[:5]:
            project.set(i, rank=number)
    return number


@pytest.mark.parametrize("deed", ["recover", "save", "first_open"])
def test_that_no_kill_while_one_recovers_saves_or_lifts_an_old_file_loses_anything(
    deed: str, tmp_path: Path, chance: random.Random
) -> None:
    for name in ("sessions", "discarded", "backups"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)
    path = tmp_path / "user" / "killed.clouddesign"
    path.parent.mkdir()
    shutil.copyfile(OLD, old(path))
    rows = design(60, 20)
    for row in rows[1:6]:
        row.__dict__["rank"] = rows[0].__dict__["seed"]
    safe = first = mark(rows)
    project_file.save(path, rows)
    original = project_file.load(OLD)
    assert left_over().found == []
    with Copy("-c", MOMENTS, path, deed, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        for number in range(30 * KILLS):
            if number >= max(KILLS // 4, 5) and (safe > first or deed == "first_open"):
                break
            pid = start(process)
            wait_for_another(path.parent if deed == "save" else state_dir() / "sessions")
            let_run(chance, 0.1)
            safe = max(safe, kill(process, pid))
            safe = check_moment(path, safe, original)
        process.stdin.close()
        assert process.wait(HUNG_S) == 0
    if deed != "first_open":
        assert safe > first


def check_moment(path: Path, safe: int, original: Loaded) -> int:
    """All that must hold after a kill; the newest mark."""
    loaded, lifted = project_file.load(path), project_file.load(old(path))
    assert loaded.warnings == [] and is_old_and_sound(lifted)
    changed = lifted.rows[0].__dict__["name"] == "lifted"
    assert changed or lifted.stamp == original.stamp
    kept = list((state_dir() / "backups").rglob("*.clouddesign"))
    for backup in kept:
        again = project_file.load(backup)
        assert is_old_and_sound(again) if backup.read_bytes() == OLD.read_bytes() else again.warnings == []
    assert not changed or OLD.read_bytes() in [backup.read_bytes() for backup in kept]
    over = left_over()
    assert over.notes == []
    newest = max([mark(loaded.rows), *(mark(found.rows) for found in over.found if found.path == path)])
    assert newest >= safe, f"edit {safe} was called safe; the newest is {newest}"
    for found in over.found:
        found.leave() if found.path == path else found.put_away()
    return newest
