"""The open design from the first edit to the next start: saved, locked, backed up, recovered, and nothing left over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands.restore import restore
from designer.errors import FileError
from designer.model.element import ROOT_ID, clone
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.project_file import ChangedFileError, Loaded
from designer.store.history import backups
from designer.store.history.merge import merge
from designer.store.working.lock import Locked
from designer.store.working.open_document import DocumentHost, OpenDocument
from designer.store.working.recovery import left_over
from tests.copies import PIPE, Copy
from tests.store.designs import all_changed, content, one_of_each, saved, small_ids
from tests.store.test_saved_runs import kept
from tests.waiting import HUNG_S

IDS = small_ids()


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Each test begins without sessions and backups, whatever tests before it in this process have left."""
    for name in ("sessions", "discarded", "backups"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)
    yield
    for name in ("sessions", "discarded", "backups"):
        shutil.rmtree(state_dir() / name, ignore_errors=True)


class Opened(OpenDocument):
    """An open design with what the user was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.view: dict[str, Any] = {}
        self.project = Project(KINDS, LINKS)
        super().__init__(self.project, self.said.append, DocumentHost(capture=lambda: self.view))

    def rename(self, name: str) -> None:
        with self.project.edit("Rename"):
            self.project.set(IDS["vm"], name=name)

    def holds(self, path: Path) -> bool:
        """Whether a file holds the design as it is now."""
        return content(project_file.load(path).rows) == content(self.project.rows())


@pytest.fixture
def doc() -> Iterator[Opened]:
    """A program without a design."""
    made = Opened()
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved design."""
    return saved(tmp_path / "d.clouddesign")


def test_that_a_design_that_was_closed_leaves_nothing(doc: Opened, path: Path) -> None:
    assert doc.open(path) == []
    doc.rename("wanted")
    doc.save()
    doc.rename("not wanted")
    assert doc.flush()
    doc.close()
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["d.clouddesign"]
    assert list((state_dir() / "sessions").iterdir()) == []
    assert "not wanted" not in str(content(project_file.load(path).rows))
    assert doc.said == []


def test_that_a_new_design_is_kept_from_its_first_edit(doc: Opened) -> None:
    doc.become([])
    with doc.project.edit("Rename"):
        doc.project.set(ROOT_ID, name="mine")
    assert doc.flush()
    assert doc.acknowledged == doc.edits
    with pytest.raises(FileError, match="has no file yet"):
        doc.save()
    doc.leave()
    (found,) = left_over().found
    other = Opened()
    other.recover(found)
    assert other.project.root.name == "mine"
    assert other.project.history.modified
    assert left_over().found == []
    other.close()


def test_that_the_next_start_has_what_was_not_saved(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.rename("saved")
    doc.save()
    doc.rename("unsaved")
    expected = content(doc.project.rows())
    doc.leave()
    (found,) = left_over().found
    other = Opened()
    other.recover(found)
    assert other.locked
    assert (other.path, content(other.project.rows())) == (path, expected)
    other.save()
    assert other.holds(path)
    other.close()
    assert left_over().found == []


def test_that_every_save_has_a_backup_and_so_has_what_it_replaces(doc: Opened, path: Path) -> None:
    doc.open(path)
    for name in ("one", "two"):
        doc.rename(name)
        doc.save(label=f"as {name}")
    assert doc.stamp is not None
    kept = backups.backups(doc.stamp.document_id)
    assert [(one.label, one.revision) for one in kept] == [("as two", 3), ("as one", 2), ("", 1)]
    assert content(backups.open_backup(kept[-1]).rows) == content(one_of_each())


def test_that_a_file_that_was_changed_is_asked_about_and_is_no_backup_of_ours(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.rename("mine")
    saved(path, all_changed)
    with pytest.raises(ChangedFileError):
        doc.save()
    assert doc.project.history.modified
    assert doc.stamp is not None
    (kept,) = backups.backups(doc.stamp.document_id)
    assert content(backups.open_backup(kept).rows) == content(one_of_each())
    doc.save(overwrite=True)
    assert doc.holds(path)


def theirs_in(path: Path) -> Loaded:
    """Another program opens the file, renames the trace and saves."""
    loaded = project_file.load(path)
    rows = [clone(row, name="theirs") if row.id == IDS["trace"] else row for row in loaded.rows]
    project_file.save(path, rows, loaded.stamp)
    return project_file.load(path)


def merged_with(doc: Opened, theirs: Loaded, path: Path) -> None:
    assert doc.stamp is not None
    base = backups.base_of(doc.stamp, theirs.stamp)
    assert base is not None
    done = merge(backups.open_backup(base).rows, doc.project.rows(), theirs.rows)
    assert done.conflicts == []
    restore(doc.project, done.rows, "Merge")
    doc.merged(theirs, path)


def test_that_a_merge_is_saved_without_a_question_and_is_made_of_both(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.rename("mine")
    theirs = theirs_in(path)
    with pytest.raises(ChangedFileError):
        doc.save()
    assert doc.stamp is not None
    mine = doc.stamp
    merged_with(doc, theirs, path)
    written = doc.save()
    assert doc.holds(path)
    found = {row.id: row for row in project_file.load(path).rows}
    assert (found[IDS["vm"]].__dict__["name"], found[IDS["trace"]].__dict__["name"]) == ("mine", "theirs")
    assert set(written.ancestors) >= set(mine.line) | set(theirs.stamp.line)
    assert project_file.load(path).stamp.ancestors == written.ancestors
    assert written.revision == theirs.stamp.revision + 1
    kept = [content(backups.open_backup(one).rows) for one in backups.backups(written.document_id)]
    assert content(theirs.rows) in kept
    doc.rename("again")
    doc.save()


def test_that_a_merge_that_was_undone_asks_again(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.rename("mine")
    merged_with(doc, theirs_in(path), path)
    doc.project.undo()
    with pytest.raises(ChangedFileError):
        doc.save()
    assert content(project_file.load(path).rows) != content(doc.project.rows())


def test_that_a_merge_with_another_file_leaves_it_alone_and_is_not_asked_about_twice(
    doc: Opened, path: Path, tmp_path: Path
) -> None:
    doc.open(path)
    other = tmp_path / "other.clouddesign"
    shutil.copyfile(path, other)
    doc.rename("mine")
    doc.save()
    theirs = theirs_in(other)
    before = other.read_bytes()
    merged_with(doc, theirs, other)
    written = doc.save()
    assert other.read_bytes() == before
    base = backups.base_of(written, project_file.load(other).stamp)
    assert base is not None
    assert base.is_of(theirs.stamp.save_id)  # merged again there is nothing new in it


def test_that_a_merge_that_was_not_saved_is_recovered_and_saved_without_a_question(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.rename("mine")
    merged_with(doc, theirs_in(path), path)
    expected = content(doc.project.rows())
    assert doc.flush()
    doc.leave()
    (found,) = left_over().found
    other = Opened()
    other.recover(found)
    assert content(other.project.rows()) == expected
    other.save()
    assert other.holds(path)
    other.close()


OTHER = """
import sys
from pathlib import Path
from tests.store.test_open_document import Opened
doc = Opened()
doc.open(Path(sys.argv[1]))
doc.rename("theirs")
doc.flush()
print("ready", flush=True)
sys.stdin.read()
"""


def test_that_a_file_open_elsewhere_is_opened_only_when_one_insists(doc: Opened, path: Path, tmp_path: Path) -> None:
    mine = saved(tmp_path / "mine.clouddesign", all_changed)
    doc.open(mine)
    with Copy("-c", OTHER, path, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for refused in (lambda: doc.open(path), lambda: doc.save(path)):
            with pytest.raises(Locked, match=f"process {process.pid} on"):
                refused()
        assert doc.path == mine
        assert doc.locked
        doc.open(path, anyway=True)
        assert not doc.locked
        process.kill()
        process.wait(HUNG_S)
    doc.open(path)
    assert doc.locked
    (found,) = left_over().found
    assert "theirs" in str(content(found.rows))
    found.put_away()


def test_that_a_design_moves_with_its_lock_when_saved_under_another_name(
    doc: Opened, path: Path, tmp_path: Path
) -> None:
    doc.open(path)
    doc.rename("moved")
    new = tmp_path / "new.clouddesign"
    doc.save(new)
    assert (doc.path, doc.holds(new)) == (new, True)
    other = Opened()
    other.open(path)
    with pytest.raises(Locked):
        other.open(new)
    other.close()
    (tmp_path / "way.clouddesign").symlink_to(new)
    doc.rename("through a link")
    doc.save(tmp_path / "way.clouddesign")
    assert doc.holds(new)
    doc.open(new)
    assert doc.holds(new)


def test_that_a_failed_save_leaves_everything_as_safe_as_before(doc: Opened, path: Path, tmp_path: Path) -> None:
    doc.open(path)
    doc.rename("unsaved")
    with pytest.raises(FileError, match="its folder does not exist"):
        doc.save(tmp_path / "gone" / "x.clouddesign")
    with pytest.raises(FileError, match="its name is no valid file name"):
        doc.save(tmp_path / "nul\0")
    path.chmod(0o444)
    with pytest.raises(FileError, match="the file is read-only"):
        doc.save()
    assert (doc.path, doc.project.history.modified, doc.locked) == (path, True, True)
    doc.leave()
    (found,) = left_over().found
    assert "unsaved" in str(content(found.rows))
    found.put_away()


def test_that_a_state_folder_that_cannot_be_written_is_told_and_no_reason_to_stop(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "state" / "cloud-designer").mkdir(parents=True)
    for name in ("sessions", "backups"):
        (tmp_path / "state" / "cloud-designer" / name).touch()
    doc = Opened()
    doc.open(path)
    doc.rename("on")
    doc.save()
    assert doc.holds(path)
    assert not doc.flush()
    assert doc.said[0].startswith("Your edits are not kept safe in ")
    assert all(text.startswith("No backup of d.clouddesign was made: ") for text in doc.said[1:])
    doc.close()


# -- what stands beside the design


def test_that_runs_and_the_view_are_saved_and_come_back(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.view = {"scale": 0.5}
    doc.aside = doc.aside.with_run(kept(1)).with_run(kept(2, pinned=False, label=""))
    doc.save()
    again = Opened()
    again.open(path, anyway=True)
    assert again.aside == doc.aside
    assert (again.aside.view, [run.id for run in again.aside.runs]) == ({"scale": 0.5}, [1, 2])
    again.become([])
    assert again.aside == Aside()
    again.close()


def test_that_the_last_run_gives_way_to_the_next_and_a_named_one_stays() -> None:
    one, two, three = (kept(n, pinned=False, label="") for n in (1, 2, 3))
    aside = Aside().with_run(one).with_run(two)
    assert [run.id for run in aside.runs] == [2]
    aside = aside.with_label(2, " vor der Prüfung ").with_run(three)
    assert [(run.id, run.label, run.pinned) for run in aside.runs] == [(2, "vor der Prüfung", True), (3, "", False)]
    assert [run.id for run in aside.without_run(2).runs] == [3]
    assert {run.packed_bytes for run in aside.figures_only().runs} == {0}


def test_that_a_run_does_not_make_a_design_modified_and_is_no_step_of_undo(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.aside = doc.aside.with_run(kept())
    assert not doc.project.history.modified
    assert doc.project.history.undo_text is None


def test_that_recovered_work_keeps_the_runs_of_its_file(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.aside = doc.aside.with_run(kept())
    doc.save()
    doc.rename("unsaved")
    doc.leave()
    (found,) = left_over().found
    again = Opened()
    again.recover(found)
    assert again.aside.runs == (kept(),)
    again.save(overwrite=True)
    assert project_file.load(path).aside.runs == (kept(),)
    again.close()


def test_that_earlier_saves_are_kept_without_the_runs(doc: Opened, path: Path) -> None:
    doc.open(path)
    size = path.stat().st_size
    doc.aside = doc.aside.with_run(kept())
    doc.view = {"scale": 2.0}
    doc.save()
    assert doc.stamp is not None
    newest = backups.backups(doc.stamp.document_id)[0]
    assert newest.is_of(doc.stamp.save_id)
    assert newest.path.stat().st_size < size + 10_000 < path.stat().st_size
    loaded = backups.open_backup(newest)
    assert (loaded.warnings, loaded.aside.runs) == ([], ())
    assert content(loaded.rows) == content(doc.project.rows())
