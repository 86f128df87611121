"""Clocks go backward and jump: what is newest, and what may go, is known by numbers of our own first, by time then."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.aside import ORDER, Aside
from designer.store.history import backups
from designer.store.working import recovery
from tests.store.designs import one_of_each, spoil
from tests.store.test_saved_runs import kept

DAY_S = 86_400.0
BACK_S = 40 * DAY_S


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    for name in ("backups", "discarded"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)
    yield
    for name in ("backups", "discarded"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)


# -- saved runs

TIMES = {
    "forward": (1.0, 2.0, 3.0),
    "backward": (3.0, 2.0, 1.0),
    "back and forth": (2.0, 1.0, 3.0),
    "one second": (1.0, 1.0, 1.0),
    "beginning of time": (0.0, 1e12, 0.0),
}


@pytest.mark.parametrize("name", TIMES)
def test_that_runs_stay_in_the_order_in_which_they_were_saved(name: str, tmp_path: Path) -> None:
    path, aside = tmp_path / "a.clouddesign", Aside()
    for number, made_s in zip((9, 4, 7), TIMES[name]):
        aside = aside.with_run(kept(number, made_s=made_s))
        stamp = project_file.save(path, one_of_each(), aside=aside)
        aside = project_file.load(path).aside
    assert [run.id for run in aside.runs] == [9, 4, 7]
    assert ORDER not in aside.view
    assert stamp.fingerprint == project_file.load(path).stamp.fingerprint


def spoiled(path: Path, statement: str) -> list[int]:
    runs = tuple(kept(number, made_s=made_s) for number, made_s in ((9, 3.0), (4, 2.0), (7, 1.0)))
    project_file.save(path, one_of_each(), aside=Aside({"scale": 2.0}, runs))
    loaded = project_file.load(spoil(path, statement))
    assert loaded.aside.view == {"scale": 2.0}
    return [run.id for run in loaded.aside.runs]


@pytest.mark.parametrize(
    ("statement", "order"),
    [
        (f"DELETE FROM view WHERE name = '{ORDER}'", [7, 4, 9]),
        (f"UPDATE view SET value = '[9, 4' WHERE name = '{ORDER}'", [7, 4, 9]),
        (f"UPDATE view SET value = '{{}}' WHERE name = '{ORDER}'", [7, 4, 9]),
        (f"UPDATE view SET value = '[4]' WHERE name = '{ORDER}'", [4, 7, 9]),
        (f"UPDATE view SET value = '[1, 2, 4, 4, 3]' WHERE name = '{ORDER}'", [4, 7, 9]),
        (f"UPDATE view SET value = '[9, -4, 7]' WHERE name = '{ORDER}'", [7, 4, 9]),
        ("DELETE FROM run WHERE id = 4", [9, 7]),
    ],
)
def test_that_runs_without_an_order_of_their_own_are_in_order_of_time(
    statement: str, order: list[int], tmp_path: Path
) -> None:
    assert spoiled(tmp_path / "a.clouddesign", statement) == order


def test_that_one_run_needs_no_order(tmp_path: Path) -> None:
    path = tmp_path / "a.clouddesign"
    project_file.save(path, one_of_each(), aside=Aside({}, (kept(),)))
    with closing(sqlite3.connect(path)) as base:
        assert "view" not in {name for (name,) in base.execute("SELECT name FROM sqlite_master")}


# -- what was only opened


def opened(folder: Path, number: int) -> backups.Backup:
    """A file that was opened, and the copy that is kept of it."""
    path = folder / f"{number}.clouddesign"
    stamp = project_file.save(path, one_of_each())
    return backups.keep(path, stamp, opened=True)


@pytest.mark.parametrize("jump_s", [BACK_S, -BACK_S, 400 * DAY_S], ids=["forward", "backward", "a year"])
def test_that_what_was_opened_lately_stays_when_the_clock_jumps(
    jump_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [opened(tmp_path, number) for number in range(3)]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + jump_s)
    found.append(opened(tmp_path, 3))
    assert all(one.path.exists() for one in found)


def test_that_of_many_openings_the_last_stay_and_others_go_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "OPENED_LAST", 2)
    found = [opened(tmp_path, number) for number in range(5)]
    assert all(one.path.exists() for one in found)
    ages_s = (BACK_S, 0.0, -BACK_S, BACK_S, 0.0)  # the third was kept by a clock that went ahead
    for one, age_s in zip(found, ages_s):
        os.utime(one.path, (time.time() - age_s,) * 2)
    found.append(opened(tmp_path, 5))
    assert [one.path.exists() for one in found] == [False, True, False, False, True, True]


def test_that_openings_that_an_older_program_kept_go_first_and_can_be_saved_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "OPENED_LAST", 1)
    path = tmp_path / "old.clouddesign"
    stamp = project_file.save(path, one_of_each())
    old = backups.keep(path, stamp, opened=True)
    older_name = f"{old.path.name.partition('-opened')[0]}-opened.clouddesign"
    old.path.rename(old.path.with_name(older_name))
    (found,) = backups.backups(stamp.document_id)
    assert found.opened
    over = backups.keep(path, stamp)
    assert not over.opened
    assert over.path.name == older_name.replace("-opened", "")
    again = replace(over, path=over.path.with_name(older_name))
    over.path.rename(again.path)
    os.utime(again.path, (time.time() - BACK_S,) * 2)
    newest = opened(tmp_path, 1)
    assert (again.path.exists(), newest.path.exists()) == (False, True)


# -- what was put away


def test_that_what_was_put_away_last_stays_when_the_clock_was_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = []
    for number in range(recovery.KEPT_LAST + 2):
        folder = tmp_path / f"session-{number}"
        folder.mkdir()
        when = f"2026-{12 - number:02}-01-000000"
        monkeypatch.setattr(time, "strftime", lambda *_, when=when: when)
        put.append(recovery._put_away(folder))
    for path in put:
        os.utime(path, (1.0, 1.0))  # the clock is right again: all of it seems long ago
    recovery._sweep()
    assert [path.exists() for path in put] == [False] * 2 + [True] * recovery.KEPT_LAST


def test_that_what_an_older_program_put_away_counts_as_older(tmp_path: Path) -> None:
    old = recovery._discarded() / "2999-01-01-000000-session-0"
    old.mkdir()
    folder = tmp_path / "session-1"
    folder.mkdir()
    new = recovery._put_away(folder)
    assert recovery._put_away_folders() == [new, old]
