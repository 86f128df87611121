"""The program's own folders may hold any names, of files, folders, pipes and links: none stops it, and what is not its
own is left alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.app import FAULTS, crash_reports
from designer.settings import process_of, runs_dir, state_dir
from designer.store.file.copies import private_folder
from designer.store.history import backups
from designer.store.working.recovery import left_over
from designer.study import engine_process
from tests.store.designs import saved
from tests.store.test_open_document import Opened

NAMES = [
    "²-x",
    "٣-x",
    "99999999999999999999-x",
    "9" * 200,
    "-1-x",
    "0-x",
    "-",
    "1e9-x",
    "4294967296-x",
    "2147483648-x",
    "x\x1b[2J",
    "\udcff-x",
]
MAKES: dict[str, Callable[[Path], Any]] = {
    "a file": lambda path: path.write_bytes(b"{"),
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a link to nothing": lambda path: path.symlink_to(path.with_name("nothing")),
    "a link to itself": lambda path: path.symlink_to(path),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    def clear() -> None:
        for name in ("copies", "sessions", "discarded", "backups", "locks"):
            shutil.rmtree(state_dir() / name, ignore_errors=True)
        for left in (*state_dir().glob(f"{FAULTS}*"), *runs_dir().iterdir()):
            left.unlink() if left.is_symlink() or not left.is_dir() else shutil.rmtree(left)

    clear()
    yield
    clear()


def fill(folder: Path, make: Callable[[Path], Any], begin: str = "", end: str = "") -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{begin}{name}{end}" for name in NAMES]
    for path in made:
        make(path)
    return made


@pytest.mark.parametrize("what", MAKES)
def test_that_odd_names_among_copies_stop_no_copy(what: str) -> None:
    fill(state_dir() / "copies", MAKES[what])
    with private_folder(1_000) as folder:
        assert folder.parent == state_dir() / "copies"


@pytest.mark.parametrize("what", MAKES)
def test_that_odd_names_among_runs_stop_no_start(what: str) -> None:
    made = fill(runs_dir(), MAKES[what])
    MAKES[what](runs_dir() / "999999999-x")
    engine_process.clean_up()
    assert all(os.path.lexists(path) for path in made)


@pytest.mark.parametrize("what", MAKES)
def test_that_odd_names_among_reports_stop_no_start(what: str, tmp_path: Path) -> None:
    fill(tmp_path, MAKES[what], FAULTS, ".txt")
    MAKES[what](tmp_path / f"{FAULTS}999999.txt")
    told = crash_reports(tmp_path)
    assert len(told) <= 1
    assert all(len(sentence) < 300 for sentence in told)


@pytest.mark.parametrize("what", MAKES)
def test_that_odd_names_among_sessions_hide_no_unsaved_work(what: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "mine.clouddesign")
    doc = Opened()
    doc.open(path)
    doc.rename("unsaved")
    assert doc.flush()
    doc.leave()
    (session,) = [entry for entry in (state_dir() / "sessions").iterdir() if entry.is_dir()]
    fill(session, MAKES[what], "working-", ".db")
    MAKES[what](session / "tries")
    fill(state_dir() / "sessions", MAKES[what])
    fill(state_dir() / "sessions", MAKES[what], end=".lock")
    (found,) = [one for one in left_over().found if one.path == path]
    assert any(getattr(row, "name", "") == "unsaved" for row in found.rows)
    found.leave()


@pytest.mark.parametrize("what", MAKES)
def test_that_odd_names_among_backups_are_no_backups(what: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "mine.clouddesign")
    doc = Opened()
    doc.open(path)
    doc.rename("new")
    document = doc.save().document_id
    doc.close()
    (folder,) = {one.path.parent for one in backups.backups(document)}
    before = [one.path for one in backups.backups(document)]
    fill(folder, MAKES[what], end=".clouddesign")
    fill(folder, MAKES[what], "20260101T000000Z-", "-0123456789abcdef.clouddesign")
    fill(folder.parent, MAKES[what])
    MAKES[what](before[0].with_suffix(".label"))
    assert [one.path for one in backups.backups(document)] == before
    doc = Opened()
    doc.open(path)
    doc.rename("newer")
    doc.save()
    doc.close()


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_that_only_plain_digits_name_a_process(name: str) -> None:
    assert process_of(name) == 0
    assert process_of(f"17-{name}") == 17
