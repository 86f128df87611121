"""What others do to the state folder while a design is open: edits are safe, or are not called so, and that is told."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.working.lock import Holder, holder_of
from designer.store.working.open_document import OpenDocument
from designer.store.working.recovery import left_over
from tests.store.designs import saved, small_ids

IDS = small_ids()


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    for name in ("sessions", "discarded", "backups", "elsewhere", "away"):
        place = state_dir() / name
        place.unlink() if place.is_symlink() or place.is_file() else shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return saved(tmp_path / "d.clouddesign")


def only(folder: Path, name: str) -> Path:
    (found,) = folder.glob(name)
    return found


def over(name: str, content: bytes) -> Callable[[Path], None]:
    """Another program writes over a file, in place."""

    def write(folder: Path) -> None:
        with only(folder, name).open("r+b") as file:
            file.write(content)

    return write


def cut(name: str, size: int = 0) -> Callable[[Path], None]:
    """A file is cut off."""
    return lambda folder: os.truncate(only(folder, name), size)


def removed(name: str) -> Callable[[Path], None]:
    """A file is removed."""
    return lambda folder: only(folder, name).unlink()


def replaced(name: str, make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """Something else has the name of a file."""

    def replace(folder: Path) -> None:
        path = only(folder, name)
        path.unlink()
        make(path)

    return replace


def in_the_way(name: str, make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """Something has the name that the next working copy would have, and the present one is removed."""

    def put(folder: Path) -> None:
        make(folder / name)
        only(folder, "working-1.db").unlink()

    return put


def by_a_copy(folder: Path) -> None:
    """The folder of all sessions is replaced by a copy of it, as a backup program does that restores."""
    sessions = folder.parent
    sessions.rename(state_dir() / "away")
    shutil.copytree(state_dir() / "away", sessions)


def by_a_link(folder: Path) -> None:
    """The folder of all sessions is moved to another disk, and a link leads there."""
    sessions = folder.parent
    sessions.rename(state_dir() / "elsewhere")
    sessions.symlink_to(state_dir() / "elsewhere")


def by_a_file(folder: Path) -> None:
    """A file has the name of the folder of all sessions."""
    folder.parent.rename(state_dir() / "away")
    folder.parent.write_bytes(b"")


def locked_by_another(folder: Path) -> None:
    """Another program holds a lock of SQLite on the working copy."""
    base = sqlite3.connect(only(folder, "working-?.db"), 0)
    with pytest.raises(sqlite3.OperationalError):
        base.execute("BEGIN EXCLUSIVE")
    base.close()


TROUBLES: dict[str, Callable[[Path], None]] = {
    "steps of zeros": over("steps-?", bytes(9_000)),
    "steps of text": over("steps-?", b"no database" * 400),
    "steps cut": cut("steps-?"),
    "log of steps cut": cut("steps-?-wal"),
    "log of steps of zeros": over("steps-?-wal", bytes(4_000)),
    "steps removed": removed("steps-?"),
    "log of steps removed": removed("steps-?-wal"),
    "steps are a pipe": replaced("steps-?", os.mkfifo),
    "steps are a folder": replaced("steps-?", Path.mkdir),
    "copy of zeros": over("working-?.db", bytes(20_000)),
    "copy cut": cut("working-?.db", 5_000),
    "log of zeros": over("working-?.db-wal", bytes(4_000)),
    "log cut": cut("working-?.db-wal"),
    "log cut within": cut("working-?.db-wal", 4_500),
    "log removed": removed("working-?.db-wal"),
    "log is a folder": replaced("working-?.db-wal", Path.mkdir),
    "copy removed": removed("working-?.db"),
    "copy is a pipe": replaced("working-?.db", os.mkfifo),
    "copy is a folder": replaced("working-?.db", Path.mkdir),
    "copy is a link to nothing": replaced("working-?.db", lambda path: path.symlink_to("nothing")),
    "a folder in the way": in_the_way("working-2.db", Path.mkdir),
    "a folder with content in the way": in_the_way("working-2.db", lambda p: (p / "a").mkdir(parents=True)),
    "a folder of steps in the way": in_the_way("steps-2", Path.mkdir),
    "a pipe in the way": in_the_way("working-2.tmp", os.mkfifo),
    "a copy in its place": by_a_copy,
    "a link in its place": by_a_link,
    "a file in its place": by_a_file,
    "somebody looks in": locked_by_another,
}


@pytest.mark.parametrize("what", TROUBLES)
def test_that_edits_are_safe_or_not_called_so(what: str, path: Path) -> None:
    project, said = Project(KINDS, LINKS), list[str]()
    document = OpenDocument(project, said.append, retry_s=0.0)
    document.open(path)

    def rename(name: str) -> None:
        with project.edit("Rename"):
            project.set(IDS["vm"], name=name)

    rename("before")
    assert document.flush()
    assert document._session is not None
    TROUBLES[what](document._session.path)
    for number in range(6):
        rename(f"after {number}")
        document.attend()
        safe = document.flush()
    if not safe:
        assert any("no longer kept safe" in text for text in said), said
    document.save()
    rename("last")
    safe = document.flush()
    document.leave()
    names = [row.__dict__.get("name") for found in left_over().found for row in found.rows]
    assert ("last" in names) is safe
    assert safe is not (what == "a file in its place"), said


# -- what has the name of a lock


@pytest.mark.parametrize(
    "text",
    ["[" * 2_000, '{"pid": 1e999, "host": "", "program": ""}', '{"pid": "' + "9" * 1_900 + '"}', "[]", "\xff", "7"],
)
def test_that_nonsense_in_a_lock_names_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.lock").write_text(text, "latin-1")
    assert holder_of(tmp_path / "a.lock") == Holder()


@pytest.mark.parametrize(
    "make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to("nothing")]
)
def test_that_what_has_the_name_of_a_lock_is_not_waited_for(path: Path, make: Callable[[Path], Any]) -> None:
    document = OpenDocument(Project(KINDS, LINKS), lambda said: None)
    document.open(path)
    with document._project.edit("Rename"):
        document._project.set(IDS["vm"], name="unsaved")
    assert document.flush()
    assert document._session is not None
    folder = document._session.path
    document.leave()
    make(folder.with_name(f"{folder.name}.lock"))
    assert [found.sentence[:38] for found in left_over().found] in ([], ["d.clouddesign: an edit that was not sa"])
