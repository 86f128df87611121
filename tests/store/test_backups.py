"""Earlier saves are kept: the last five, one a day, those with a label; and each can be had back."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.errors import FileError
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.project_file import ChangedFileError, Stamp
from designer.store.history import backups
from designer.store.history.backups import Backup
from tests.store.designs import Rows, child, content, one_of_each, spoil
from tests.store.test_saving import mounted

DAY_S = 86_400.0
NOON_S = 20_000 * DAY_S + DAY_S / 2


@pytest.fixture(autouse=True)
def _none_before() -> Iterator[None]:
    """Each test begins without backups."""
    shutil.rmtree(state_dir() / "backups", ignore_errors=True)
    yield
    shutil.rmtree(state_dir() / "backups", ignore_errors=True)


def named(name: str) -> Rows:
    return one_of_each(fields={"vm": {"name": name}})


class Saves:
    """A file that is saved at given times."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stamp: Stamp | None = None

    def save(self, name: str, at_s: float, label: str = "") -> Backup:
        self.stamp = project_file.save(self.path, named(name), self.stamp)
        return backups.keep(self.path, self.stamp, label, now_s=at_s)

    def names(self) -> list[str]:
        """The VM's name in each backup, newest first."""
        assert self.stamp is not None
        found = backups.backups(self.stamp.document_id)
        rows = [backups.open_backup(one).rows for one in found]
        return [row.__dict__["name"] for given in rows for row in given if type(row).__name__ == "Vm"]


@pytest.fixture
def saves(tmp_path: Path) -> Saves:
    return Saves(tmp_path / "d.clouddesign")


def test_that_the_last_five_saves_are_kept(saves: Saves) -> None:
    for number in range(9):
        saves.save(f"s{number}", NOON_S + number)
    assert saves.names() == ["s8", "s7", "s6", "s5", "s4"]


def test_that_the_last_save_of_each_day_is_kept(saves: Saves) -> None:
    counts = [2 if day > 36 or day % 4 == 0 else 1 for day in range(40)]
    for day, count in enumerate(counts):
        for number in range(count):
            saves.save(f"{day}.{number}", NOON_S + day * DAY_S + number * 60)
    days = [f"{day}.{counts[day] - 1}" for day in range(37, 9, -1)]
    assert saves.names() == ["39.1", "39.0", "38.1", "38.0", *days]


def test_that_a_label_keeps_a_save_for_good_until_it_is_taken_away(saves: Saves) -> None:
    saves.save("first", NOON_S, "  before the review ")
    for number in range(9):
        saves.save(f"s{number}", NOON_S + 1 + number)
    assert saves.stamp is not None
    kept = backups.backups(saves.stamp.document_id)[-1]
    assert (kept.label, kept.saved_s, kept.revision) == ("before the review", NOON_S, 1)
    assert backups.set_label(kept, "b" * 500).label == "b" * 200
    assert backups.set_label(kept, "").label == ""
    saves.save("last", NOON_S + 100)
    assert "first" not in saves.names()


def test_that_one_save_is_kept_once(saves: Saves) -> None:
    saves.save("one", NOON_S)
    assert saves.stamp is not None
    again = backups.keep(saves.path, saves.stamp, "labelled later", now_s=NOON_S + 5)
    assert again.label == "labelled later"
    assert saves.names() == ["one"]


def test_that_what_two_were_made_of_is_found_for_a_merge(saves: Saves, tmp_path: Path) -> None:
    saves.save("one", NOON_S)
    common = saves.save("two", NOON_S + 1)
    theirs = saves.stamp
    for number in range(30):  # somewhere else, saved again and again
        theirs = project_file.save(tmp_path / "elsewhere.clouddesign", named(f"t{number}"), theirs)
    theirs = project_file.load(tmp_path / "elsewhere.clouddesign").stamp
    saves.save("three", NOON_S + 2)
    assert saves.stamp is not None
    assert backups.base_of(saves.stamp, theirs) == common
    assert backups.base_of(theirs, saves.stamp) == common
    assert backups.base_of(saves.stamp, project_file.next_stamp()) is None
    common.path.unlink()
    kept = backups.base_of(saves.stamp, theirs)
    assert kept is not None
    assert kept.revision == 1  # the one before is the next best


def test_that_a_merge_is_made_of_both_and_of_all_before_either(saves: Saves, tmp_path: Path) -> None:
    saves.save("one", NOON_S)
    first = saves.stamp
    assert first is not None
    theirs = project_file.save(tmp_path / "theirs.clouddesign", named("theirs"), first)
    saves.save("mine", NOON_S + 1)
    mine = saves.stamp
    assert mine is not None
    line = project_file.joined(mine, theirs)
    assert line[:2] == (project_file.save_key(mine.save_id), project_file.save_key(theirs.save_id))
    assert line[2:] == first.line
    for _ in range(200):
        mine = project_file.next_stamp(mine)
    assert len(mine.ancestors) == project_file.LINE


def test_that_a_backup_is_restored_as_the_newest_save_and_nothing_is_lost(saves: Saves) -> None:
    first = saves.save("one", NOON_S)
    saves.save("two", NOON_S + 1)
    before = project_file.save(saves.path, named("three"), saves.stamp)
    after = backups.restore(first, saves.path, before)
    assert after.revision == 4
    assert after.parent_save_id == before.save_id
    assert content(project_file.load(saves.path).rows) == content(named("one"))
    assert set(saves.names()) == {"one", "two", "three"}
    with pytest.raises(ChangedFileError):
        backups.restore(first, saves.path, before)


def test_that_ids_out_of_a_file_name_no_other_folder(saves: Saves) -> None:
    saves.save("one", NOON_S)
    spoil(saves.path, "UPDATE meta SET value = '../../../evil' WHERE name IN ('document_id', 'save_id')")
    stamp = project_file.load(saves.path).stamp
    made = backups.keep(saves.path, stamp)
    assert made.path.parent.parent == state_dir() / "backups"
    assert backups.backups("../../../evil") == [made]
    assert backups.backups("/") == []


def test_that_strange_files_among_the_backups_are_left_alone(saves: Saves) -> None:
    made = saves.save("one", NOON_S)
    for name in ("x.clouddesign", "1-2-3.clouddesign", "20260101T000000Z-x-y.clouddesign", "notes.txt"):
        (made.path.parent / name).write_text("mine")
    saves.save("two", NOON_S + 1)
    assert saves.names() == ["two", "one"]
    assert (made.path.parent / "notes.txt").read_text() == "mine"


def test_that_times_do_not_depend_on_where_one_is(saves: Saves, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        made = saves.save("one", NOON_S)
        assert backups.backups(project_file.load(made.path).stamp.document_id)[0].saved_s == NOON_S
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


FULL = """
import json, os, sys
from pathlib import Path
from designer.store.file import project_file
from designer.store.history import backups
from tests.store.designs import one_of_each
path, state = Path(sys.argv[1]), Path(os.environ["XDG_STATE_HOME"])
stamp = project_file.save(path, one_of_each())
backups.keep(path, stamp)
with open(state / "ballast", "wb", buffering=0) as ballast:
    try:
        while True:
            ballast.write(bytes(4096))
    except OSError:
        pass
stamp = project_file.save(path, one_of_each(), stamp)
try:
    backups.keep(path, stamp)
except project_file.FileError as error:
    print(error)
print(len(backups.backups(stamp.document_id)), len([p for p in state.rglob("*.tmp")]))
"""


def test_that_a_full_disk_is_told_and_leaves_no_half_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state"
    state.mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    said, left = child(FULL, tmp_path / "d.clouddesign", disk=mounted("size=1m", state)).splitlines()
    assert said.startswith("No backup of d.clouddesign was made: the disk is full. The file itself is saved; make room")
    assert left == "1 0"


def test_that_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No backup of gone was made: it does not exist"):
        backups.keep(tmp_path / "gone", Stamp("d", "s"))


def test_that_what_was_only_opened_is_let_go_after_some_weeks_unless_it_is_labelled_or_saved_over(
    saves: Saves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "OPENED_LAST", 1)
    paths = [tmp_path / f"{name}.clouddesign" for name in ("forgotten", "labelled", "saved", "recent")]
    stamps = [project_file.save(path, named(path.stem)) for path in paths]
    kept = [backups.keep(path, stamp, opened=True) for path, stamp in zip(paths, stamps)]
    assert all(one.opened for one in kept)
    backups.set_label(kept[1], "before the review")
    over = backups.keep(paths[2], stamps[2])
    assert not over.opened
    assert backups.backups(stamps[2].document_id) == [over]
    for one in (kept[0], kept[1], over):
        os.utime(one.path, (NOON_S, NOON_S))
    backups.keep(paths[3], stamps[3], opened=True)
    backups._forget_opened()
    there = [[one.label for one in backups.backups(stamp.document_id)] for stamp in stamps]
    assert there == [[], ["before the review"], [""], [""]]
