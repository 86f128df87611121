"""What a killed program leaves is found once, offered with what it is, and nothing else is touched."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.errors import FileError
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.project_file import ChangedFileError, Stamp
from designer.store.working.open_document import DocumentHost, OpenDocument
from designer.store.working.recovery import KEPT_LAST, TRIES, SessionFolder, UnsavedWork, left_over
from designer.store.working.working_copy import ASIDE_NAME, WorkingCopy
from tests import copies
from tests.copies import PIPE, Copy
from tests.store.designs import content, one_of_each, saved, small_ids, spoil
from tests.store.test_saved_runs import kept
from tests.waiting import HUNG_S

IDS = small_ids()


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Each test begins and ends without sessions."""
    for name in ("sessions", "discarded"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)
    yield
    for name in ("sessions", "discarded"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)


class Program:
    """A program with a design open; `die` leaves what a kill leaves."""

    def __init__(self, path: Path | None, stamp: Stamp | None = None) -> None:
        loaded = project_file.load(path) if path and path.exists() else None
        self.path, self.stamp = path, stamp or (loaded.stamp if loaded else None)
        self.project = Project(KINDS, LINKS, loaded.rows if loaded else one_of_each())
        self.session = SessionFolder()
        self.copy = WorkingCopy(self.session.path, self.project, print)
        self.copy.begin(self.stamp, path)
        self.project.changed.connect(self.copy.take)

    def rename(self, name: str) -> None:
        with self.project.edit("Rename"):
            self.project.set(IDS["vm"], name=name)

    def save(self, told: bool = True) -> None:
        assert self.path is not None
        stamp = project_file.next_stamp(self.stamp)
        assert self.copy.saving(stamp.save_id)
        self.stamp = project_file.save(self.path, self.project.rows(), self.stamp, stamp=stamp)
        if told:
            self.copy.saved(self.stamp, self.path)

    def die(self) -> Path:
        self.copy.close()
        self.session.release()
        return self.session.path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved design."""
    return saved(tmp_path / "d.clouddesign")


def only() -> UnsavedWork:
    """The one thing that was found."""
    over = left_over()
    assert over.notes == []
    (found,) = over.found
    return found


def nothing() -> bool:
    """Whether nothing is found and nothing is left."""
    over = left_over()
    return over.found == [] and over.notes == [] and list((state_dir() / "sessions").iterdir()) == []


def test_that_a_design_without_edits_leaves_nothing(path: Path) -> None:
    Program(path).die()
    assert nothing()


def test_that_unsaved_edits_are_offered_until_they_are_put_away(path: Path) -> None:
    program = Program(path)
    program.rename("one")
    program.rename("two")
    program.die()
    for _ in range(TRIES + 2):
        found = only()
        assert found.path == path
        assert content(found.rows) == content(program.project.rows())
        assert found.sentence.startswith("d.clouddesign: 2 edits that were not saved when the program ended (")
        found.leave()
    found = only()
    assert left_over().found == [], "while one decides nobody else is asked"
    project_file.save(path, found.rows, found.stamp)
    found.put_away()
    assert nothing()
    assert content(project_file.load(path).rows) == content(program.project.rows())
    assert len(list((state_dir() / "discarded").iterdir())) == 1


def test_that_edits_after_a_save_are_offered_and_those_before_are_not(path: Path) -> None:
    program = Program(path)
    program.rename("saved")
    program.save()
    program.rename("after")
    program.die()
    found = only()
    assert content(found.rows) == content(program.project.rows())
    assert ": an edit that was not saved" in found.sentence
    project_file.save(path, found.rows, found.stamp)
    found.put_away()


@pytest.mark.parametrize("told", [True, False])
def test_that_a_saved_design_leaves_nothing_even_when_killed_before_that_was_noted(path: Path, told: bool) -> None:
    program = Program(path)
    program.rename("saved")
    program.save(told)
    program.die()
    assert nothing()


def test_that_a_save_that_was_begun_and_not_done_is_no_save(path: Path) -> None:
    program = Program(path)
    program.rename("mine")
    program.copy.saving("never")
    program.die()
    assert content(only().rows) == content(program.project.rows())


def test_that_edits_that_were_undone_leave_nothing(path: Path) -> None:
    program = Program(path)
    program.rename("mine")
    program.project.undo()
    program.die()
    assert nothing()


def test_that_a_design_without_a_file_is_offered() -> None:
    program = Program(None)
    program.rename("never saved")
    program.die()
    found = only()
    assert found.path is None
    assert found.sentence.startswith("A design without a file: an edit that was not saved")
    assert content(found.rows) == content(program.project.rows())


def other_save(path: Path) -> None:
    project_file.save(path, one_of_each(fields={"region": {"name": "theirs"}}), project_file.load(path).stamp)


def other_document(path: Path) -> None:
    saved(path, one_of_each(fields={"region": {"name": "theirs"}}))


@pytest.mark.parametrize("change", [other_save, other_document])
def test_that_a_file_that_was_saved_since_is_not_overwritten_unasked(
    path: Path, change: Callable[[Path], None]
) -> None:
    program = Program(path)
    program.rename("mine")
    program.die()
    change(path)
    before = path.read_bytes()
    found = only()
    assert found.sentence.endswith(" The file was changed since by another program.")
    with pytest.raises(ChangedFileError):
        project_file.save(path, found.rows, found.stamp)
    assert path.read_bytes() == before
    found.put_away()


def test_that_work_of_a_file_that_is_gone_is_offered(path: Path) -> None:
    program = Program(path)
    program.rename("mine")
    program.die()
    path.unlink()
    found = only()
    assert found.sentence.endswith(f"The file is not there any more: {path}.")
    project_file.save(path, found.rows, found.stamp)
    assert content(project_file.load(path).rows) == content(program.project.rows())


def test_that_a_damaged_file_does_not_hide_its_working_copy(path: Path) -> None:
    program = Program(path)
    program.die()
    path.write_bytes(path.read_bytes()[:5000])
    found = only()
    assert content(found.rows) == content(one_of_each())
    assert "d.clouddesign: its last saved state (" in found.sentence
    assert "d.clouddesign is damaged" in found.sentence


def zeros(folder: Path) -> None:
    (working,) = folder.glob("*.db")
    working.write_bytes(bytes(working.stat().st_size))


def half(folder: Path) -> None:
    (working,) = folder.glob("*.db")
    working.write_bytes(working.read_bytes()[: working.stat().st_size // 2 // 4096 * 4096])


def circle(folder: Path) -> None:
    spoil(next(folder.glob("*.db")), f"UPDATE host SET parent = {IDS['vm']}")


def no_numbers(folder: Path) -> None:
    spoil(next(folder.glob("*.db")), "UPDATE meta SET value = 'x' WHERE name = 'edits'")


@pytest.mark.parametrize("damage", [zeros, half, circle, no_numbers])
def test_that_a_broken_working_copy_is_told_kept_and_does_not_touch_the_file(
    path: Path, damage: Callable[[Path], None]
) -> None:
    program = Program(path)
    program.rename("lost")
    damage(program.die())
    before = path.read_bytes()
    over = left_over()
    (note,) = over.notes
    (kept,) = (state_dir() / "discarded").iterdir()
    assert over.found == []
    assert note.startswith("Unsaved work of a program that ended cannot be read: working-1.db is ")
    assert note.endswith(f"The design's file is as it was saved. What is left is kept in {kept} for 14 days.")
    assert any(kept.glob("*.db"))
    assert nothing()
    assert path.read_bytes() == before


def test_that_a_half_written_newer_copy_does_not_hide_the_one_before(path: Path) -> None:
    program = Program(path)
    program.rename("mine")
    folder = program.die()
    (folder / "working-2.db").write_bytes(b"")
    (folder / "working-10.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert content(only().rows) == content(program.project.rows())


def test_that_a_copy_on_which_the_program_ends_each_time_is_put_away(path: Path) -> None:
    program = Program(path)
    program.rename("poison")
    program.die()
    for _ in range(TRIES):
        only()._lock.release()  # as a crash does
    over = left_over()
    assert over.found == []
    assert "cannot be read: the program ended each time it read it. The" in over.notes[0]
    assert nothing()


def test_that_what_was_put_away_goes_after_two_weeks(path: Path) -> None:
    program = Program(path)
    program.rename("unwanted")
    program.die()
    only().put_away()
    (kept,) = (state_dir() / "discarded").iterdir()
    for later in range(KEPT_LAST):
        kept.with_name(f"{9_000_000 + later}-later").mkdir()
    for days, there in ((13.9, True), (14.1, False)):
        os.utime(kept, (time.time() - days * 86_400,) * 2)
        assert nothing()
        assert kept.exists() == there


def test_that_a_clock_that_jumped_does_not_remove_all_that_was_put_away(path: Path) -> None:
    program = Program(path)
    program.rename("unwanted")
    program.die()
    only().put_away()
    (kept,) = (state_dir() / "discarded").iterdir()
    os.utime(kept, (0, 0))
    assert nothing()
    assert kept.exists()


LIVING = """
import sys
from pathlib import Path
from tests.store.test_recovery import Program
program = Program(Path(sys.argv[1]))
program.rename("living")
assert program.copy.flush()
print("ready", flush=True)
sys.stdin.read()
"""


def test_that_a_living_program_keeps_its_work_to_itself(path: Path) -> None:
    with Copy("-c", LIVING, path, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        over = left_over()
        assert (over.found, over.notes) == ([], [])
        process.kill()
        process.wait(HUNG_S)
    assert "living" in str(content(only().rows))


RECOVERING = """
import os, signal
from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.project import Project
from designer.store.working.open_document import OpenDocument
from designer.store.working.recovery import UnsavedWork, left_over
from tests.store.test_recovery import IDS
project = Project(KINDS, LINKS)
document = OpenDocument(project, print)
UnsavedWork.put_away = lambda found: None
(found,) = left_over().found
document.recover(found)
edit.change(project, [IDS["vm"]], {"note": "went on"})
assert document.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_that_work_taken_over_by_a_program_that_was_killed_is_offered_once(path: Path) -> None:
    """Killed again and again between taking it over and putting the old away: the newest has it all."""
    program = Program(path)
    program.rename("first")
    program.die()
    for _ in range(2):
        done = copies.run("-c", RECOVERING)
        assert (done.returncode, done.stderr) == (-9, "")
    found = only()
    assert {"first", "went on"} <= set(re.findall("first|went on", str(content(found.rows))))
    assert len(list((state_dir() / "discarded").iterdir())) == 2
    found.put_away()
    assert nothing()


def test_that_work_taken_over_is_offered_where_what_took_it_over_is_broken(path: Path) -> None:
    program = Program(path)
    program.rename("first")
    program.die()
    done = copies.run("-c", RECOVERING)
    assert (done.returncode, done.stderr) == (-9, "")
    newer = max((state_dir() / "sessions").glob("*/working-1.db"), key=lambda copy: copy.stat().st_mtime_ns)
    spoil(newer, "DROP TABLE vm")
    over = left_over()
    assert len(over.notes) == 1
    assert "first" in str(content(over.found[0].rows))


KEEPING = """
import os, signal, sys
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.working.open_document import OpenDocument
from tests.store.test_saved_runs import kept
document = OpenDocument(Project(KINDS, LINKS), print)
document.open(Path(sys.argv[1]))
aside = document.aside.with_run(kept(7)).with_label(7, "calm")
document.set_aside(aside, wanted=True)
if "unwanted" in sys.argv:
    document.set_aside(aside.without_run(7), wanted=True)
if "saved" in sys.argv:
    document.save()
assert document.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def keeps_a_run(path: Path, *how: str) -> None:
    """A program that keeps a run with a design, and is killed."""
    done = copies.run("-c", KEEPING, path, *how)
    assert (done.returncode, done.stdout, done.stderr) == (-9, "", "")


def test_that_a_run_that_was_kept_and_not_saved_comes_back(path: Path) -> None:
    keeps_a_run(path)
    for _ in range(2):  # the second time from the program that took it over
        found = only()
        assert "changes to the saved runs that were not saved when the program ended" in found.sentence
        document = OpenDocument(Project(KINDS, LINKS), print)
        document.recover(found)
        assert [(run.id, run.label, run.blocks) for run in document.aside.runs] == [(7, "calm", kept(7).blocks)]
        assert document.flush()
        document.leave()
    document.recover(only())
    document.save()
    assert document.flush()
    document.leave()
    assert nothing()
    assert [run.label for run in project_file.load(path).aside.runs] == ["calm"]


def test_that_a_run_saved_while_the_design_is_being_saved_is_not_lost(path: Path) -> None:
    def beside_a_window(text: str, target: Path, work: Callable[[], Any]) -> Any:
        done = work()
        if isinstance(done, Stamp):  # the file is written: what comes now is not in it
            document.set_aside(document.aside.with_run(kept(7)), wanted=True)
        return done

    document = OpenDocument(Project(KINDS, LINKS), print, DocumentHost(work=beside_a_window))
    document.open(path)
    document.save()
    assert document.unwritten
    assert document.runs_in_file == frozenset()
    assert document.flush()
    document.leave()
    found = only()
    assert found.aside is not None
    assert [run.id for run in found.aside.runs] == [7]
    found.put_away()


def test_that_a_save_that_failed_leaves_runs_to_be_written(path: Path, tmp_path: Path) -> None:
    document = OpenDocument(Project(KINDS, LINKS), print)
    document.open(path)
    document.set_aside(document.aside.with_run(kept(7)), wanted=True)
    with pytest.raises(FileError):
        document.save(tmp_path / "nowhere" / "d.clouddesign")
    assert document.unwritten
    document.save()
    assert (document.unwritten, document.runs_in_file) == (False, {7})
    document.close()


def test_that_a_run_that_cannot_be_kept_safe_is_told_once(path: Path) -> None:
    said: list[str] = []
    document = OpenDocument(Project(KINDS, LINKS), said.append)
    document.open(path)
    (session,) = (folder for folder in (state_dir() / "sessions").iterdir() if folder.is_dir())
    (session / ASIDE_NAME).mkdir()
    aside = document.aside.with_run(kept(7))
    for _ in range(2):
        document.set_aside(aside, wanted=True)
        assert document.flush()
    assert len(said) == 1
    assert said[0].startswith("Changes to saved runs are not safe until the design is saved. ")
    (session / ASIDE_NAME).rmdir()
    document.set_aside(aside, wanted=True)
    assert document.flush()
    document.leave()
    assert only().aside == aside


def test_that_work_on_a_copy_is_called_by_the_file_it_came_from(path: Path) -> None:
    for _ in range(2):
        project = Project(KINDS, LINKS)
        document = OpenDocument(project, print)
        document.become(project_file.load(path).rows, called="theirs")
        edit.change(project, [IDS["vm"]], {"note": "mine"})
        assert document.flush()
        document.leave()
        found = only()
        assert found.sentence.startswith("A copy of theirs: an edit that was not saved")
        document.recover(found)
        assert document.flush()
        document.leave()
        found = only()
        assert found.sentence.startswith("A copy of theirs: ")
        found.put_away()


@pytest.mark.parametrize("how", ["saved", "unwanted"])
def test_that_runs_as_the_file_has_them_leave_nothing(path: Path, how: str) -> None:
    keeps_a_run(path, how)
    assert nothing()


def test_that_a_run_kept_beside_a_design_without_a_file_comes_back(path: Path) -> None:
    keeps_a_run(path)
    path.unlink()
    document = OpenDocument(Project(KINDS, LINKS), print)
    document.recover(only())
    assert [run.label for run in document.aside.runs] == ["calm"]
    document.close()


def test_that_two_programs_left_two_designs_newest_first(path: Path, tmp_path: Path) -> None:
    programs = [Program(path), Program(saved(tmp_path / "e.clouddesign"))]
    for number, program in enumerate(programs):
        program.rename(f"n{number}")
        folder = program.die()
        for file in folder.iterdir():
            os.utime(file, (time.time() + number * 60,) * 2)
    over = left_over()
    assert [found.path for found in over.found] == [program.path for program in reversed(programs)]
