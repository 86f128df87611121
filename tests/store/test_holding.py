"""The lock is held, what surrounds a file is kept, what was read can be saved, and nothing left out is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.errors import FileError
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.normal import RANK_LIMIT, REVISION_LIMIT
from designer.store.file.project_file import LinkedFileError, Stamp
from designer.store.history import backups
from designer.store.working.lock import Locked, lock_file
from designer.store.working.open_document import PARTIAL_LABEL, OpenDocument
from designer.store.working.recovery import left_over
from tests.store.designs import all_changed, content, saved, spoil, without_rules
from tests.store.test_open_document import IDS, Opened
from tests.store.test_saved_runs import kept


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    names = ("sessions", "discarded", "backups", "locks")
    for name in names:
        shutil.rmtree(state_dir() / name, ignore_errors=True)
    yield
    for name in names:
        shutil.rmtree(state_dir() / name, ignore_errors=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return saved(tmp_path / "mine.clouddesign", all_changed)


def is_locked(path: Path) -> bool:
    try:
        lock_file(path).release()
    except Locked:
        return True
    return False


def killed(path: Path) -> None:
    """A program that was killed with unsaved work on a file."""
    doc = Opened()
    doc.open(path)
    doc.rename("unsaved")
    assert doc.flush()
    doc.leave()


# -- the lock


def opened_and_recovered(doc: Opened, path: Path) -> None:
    killed(path)
    doc.open(path)
    (found,) = left_over().found
    doc.recover(found)


def recovered_first(doc: Opened, path: Path) -> None:
    killed(path)
    (found,) = left_over().found
    doc.recover(found)


def opened_twice(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.open(path)


def opened_by_another_way(doc: Opened, path: Path) -> None:
    doc.open(path)
    link = path.with_name("link.clouddesign")
    link.symlink_to(path)
    doc.open(link)


def saved_as(doc: Opened, path: Path) -> None:
    other = saved(path.with_name("other.clouddesign"))
    doc.open(other)
    doc.save(path, overwrite=True)
    assert not is_locked(other)


def saved_as_and_back(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.save(path.with_name("other.clouddesign"))
    assert not is_locked(path)
    doc.save(path, overwrite=True)


def restored(doc: Opened, path: Path) -> None:
    doc.open(path)
    doc.rename("new")
    doc.save()
    with doc.project.edit("Restore"):
        doc.project.set(IDS["vm"], name="old")
    doc.save()


def open_failed(doc: Opened, path: Path) -> None:
    doc.open(path)
    with pytest.raises(FileError):
        doc.open(path.with_name("missing.clouddesign"))


def reopening_failed(doc: Opened, path: Path) -> None:
    doc.open(path)
    given = path.read_bytes()
    path.write_bytes(b"no design")
    with pytest.raises(FileError):
        doc.open(path)
    path.write_bytes(given)


def saving_elsewhere_failed(doc: Opened, path: Path) -> None:
    doc.open(path)
    with pytest.raises(FileError):
        doc.save(path.with_name("missing") / "other.clouddesign")


def lock_deleted(doc: Opened, path: Path) -> None:
    doc.open(path)
    path.with_name(f".{path.name}.lock").unlink()
    doc.attend()


def lock_replaced(doc: Opened, path: Path) -> None:
    doc.open(path)
    lock = path.with_name(f".{path.name}.lock")
    lock.rename(path.with_name("gone"))
    lock.write_bytes(b"")
    doc.attend()


def file_renamed_and_saved(doc: Opened, path: Path) -> None:
    doc.open(path)
    path.rename(path.with_name("renamed.clouddesign"))
    doc.save()


def folder_renamed_and_made_again(doc: Opened, path: Path) -> None:
    doc.open(path)
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.mkdir()
    doc.attend()
    doc.save()


@pytest.mark.parametrize(
    "way",
    [
        opened_and_recovered, recovered_first, opened_twice, opened_by_another_way, saved_as, saved_as_and_back,
        restored, open_failed, reopening_failed, saving_elsewhere_failed, lock_deleted, lock_replaced,
        file_renamed_and_saved, folder_renamed_and_made_again,
    ],
    ids=lambda way: way.__name__,
)  # fmt: skip
def test_that_the_lock_is_held_whatever_the_document_becomes(way: Callable[[Opened, Path], None], path: Path) -> None:
    doc = Opened()
    way(doc, path)
    assert doc.locked
    assert is_locked(path)
    doc.close()
    assert not is_locked(path)


def test_that_a_lock_that_somebody_took_meanwhile_is_told(path: Path) -> None:
    doc = Opened()
    doc.open(path)
    path.with_name(f".{path.name}.lock").unlink()
    assert is_locked(path)  # by what it is on the disk
    shutil.rmtree(state_dir() / "locks")
    other = lock_file(path)
    doc.attend()
    assert not doc.locked
    assert doc.said[-1].startswith(
        "The lock of mine.clouddesign was removed. mine.clouddesign is open in Cloud Designer"
    )
    other.release()
    doc.close()


@pytest.mark.parametrize("size", [0, 10, 5_000])
def test_that_a_hard_link_with_the_name_of_the_lock_is_not_written_over(size: int, path: Path) -> None:
    precious = path.with_name("precious.txt")
    precious.write_bytes(b"x" * size)
    os.link(precious, path.with_name(f".{path.name}.lock"))
    doc = Opened()
    doc.open(path)
    assert doc.locked
    doc.close()
    assert precious.read_bytes() == b"x" * size
    assert path.with_name(f".{path.name}.lock").exists()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda p: p.symlink_to(p.with_name("x"))])  # fmt: skip
def test_that_what_is_no_lock_is_left_as_it_is(make: Callable[[Path], Any], path: Path) -> None:
    named = path.with_name(f".{path.name}.lock")
    make(named)
    before = named.lstat()
    doc = Opened()
    doc.open(path)
    assert is_locked(path)
    doc.close()
    assert named.lstat() == before


# -- the state folder is removed while a design is open


def test_that_edits_are_not_called_safe_when_the_state_folder_is_gone(path: Path) -> None:
    doc = Opened()
    doc.open(path)
    assert doc.flush()
    shutil.rmtree(state_dir() / "sessions")
    before = doc.acknowledged
    doc.rename("lost?")
    assert not doc.flush()
    assert doc.behind
    assert doc.acknowledged == before
    assert any("no longer kept safe beside the file" in text for text in doc.said)
    doc.close()


def test_that_a_removed_state_folder_is_noticed_without_an_edit_and_made_again(path: Path) -> None:
    project = Project(KINDS, LINKS)
    said: list[str] = []
    doc = OpenDocument(project, said.append, retry_s=0.0)
    doc.open(path)
    assert doc.flush()
    shutil.rmtree(state_dir())
    doc.attend()
    assert doc.flush()
    doc.attend()
    assert said[0].startswith("Your edits are no longer kept safe")
    assert said[-1] == "Your edits are kept safe again."
    with project.edit("Rename"):
        project.set(IDS["vm"], name="after")
    assert doc.flush()
    assert left_over().found == []  # its lock is held again
    doc.leave()
    (found,) = left_over().found
    assert "after" in [row.__dict__.get("name") for row in found.rows]
    found.put_away()


# -- what surrounds a file


def test_that_group_and_mode_are_kept(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives a file to another group")
    os.chown(path, 1234, 5678)
    path.chmod(0o660)
    project_file.save(path, all_changed())
    found = path.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 5678, 0o660)


def test_that_extended_attributes_are_kept(path: Path) -> None:
    try:
        os.setxattr(path, "user.project", b"blue")
    except OSError:
        pytest.skip("the disk knows no extended attributes")
    stamp = project_file.save(path, all_changed())
    assert os.getxattr(path, "user.project") == b"blue"
    assert stamp.notes == ()


def test_that_an_access_list_is_kept(path: Path) -> None:
    name = "system.posix_acl_access"
    entries = [(1, 6, -1), (2, 6, 1234), (4, 6, -1), (16, 6, -1), (32, 0, -1)]  # user 1234 may write
    acl = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + right.to_bytes(2, "little") + (who & 0xFFFFFFFF).to_bytes(4, "little")
        for tag, right, who in entries
    )
    try:
        os.setxattr(path, name, acl)
    except OSError:
        pytest.skip("the disk knows no access lists")
    project_file.save(path, all_changed())
    assert os.getxattr(path, name) == acl


def test_that_a_new_file_follows_the_umask_of_now(tmp_path: Path) -> None:
    for mask in (0o022, 0o077, 0o002):
        before = os.umask(mask)
        try:
            path = saved(tmp_path / f"{mask}.clouddesign")
        finally:
            os.umask(before)
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_that_saving_never_changes_the_umask(tmp_path: Path) -> None:
    stop, seen = threading.Event(), set()

    def look() -> None:
        while not stop.is_set():
            text = Path("/proc/self/status").read_text()
            seen.add(next(line for line in text.splitlines() if line.startswith("Umask")))

    if "Umask" not in Path("/proc/self/status").read_text():
        pytest.skip("the system does not say")
    thread = threading.Thread(target=look)
    thread.start()
    for number in range(5):
        saved(tmp_path / f"{number}.clouddesign")
    stop.set()
    thread.join()
    assert len(seen) == 1


def test_that_a_hard_link_is_said_and_saved_alone_when_it_is_wanted(path: Path) -> None:
    other = path.with_name("other.clouddesign")
    os.link(path, other)
    before = other.read_bytes()
    doc = Opened()
    doc.open(path)
    doc.rename("new")
    with pytest.raises(LinkedFileError, match="the same file has another name"):
        doc.save()
    assert path.read_bytes() == before
    doc.save(unlink=True)
    assert doc.holds(path)
    assert other.read_bytes() == before
    doc.rename("again")
    doc.save()
    doc.close()


def test_that_a_link_to_a_file_with_many_names_is_said_too(path: Path) -> None:
    for number in range(3):
        os.link(path, path.with_name(f"{number}.clouddesign"))
    link = path.with_name("soft.clouddesign")
    link.symlink_to(path)
    with pytest.raises(LinkedFileError, match="has 3 other names"):
        project_file.check_links(link)
    project_file.check_links(path.with_name("missing.clouddesign"))
    project_file.check_links(path.parent)  # a folder has many names, and is told to be a folder
    with pytest.raises(FileError, match="it is a folder"):
        project_file.save(path.parent, all_changed())


def said_of(path: Path) -> str:
    """What another opening is told of a lock; nothing where there is none."""
    try:
        lock_file(path).release()
    except Locked as error:
        return str(error)
    return ""


def link_before(doc: Opened, path: Path, other: Path) -> None:
    os.link(path, other)
    doc.open(path)


def link_meanwhile(doc: Opened, path: Path, other: Path) -> None:
    doc.open(path)
    os.link(path, other)


def link_to_the_save(doc: Opened, path: Path, other: Path) -> None:
    doc.open(path)
    doc.rename("new")
    doc.save()
    os.link(path, other)


def link_to_what_another_program_put_there(doc: Opened, path: Path, other: Path) -> None:
    doc.open(path)
    shutil.copyfile(path, other)
    other.replace(path)
    os.link(path, other)
    doc.attend()


def link_to_the_other_name_of_a_save_as(doc: Opened, path: Path, other: Path) -> None:
    doc.open(saved(path.with_name("first.clouddesign"), all_changed))
    doc.save(path)
    os.link(path, other)


def link_of_unsaved_work(doc: Opened, path: Path, other: Path) -> None:
    killed(path)
    os.link(path, other)
    (found,) = left_over().found
    doc.recover(found)


LINKING = [link_before, link_meanwhile, link_to_the_save, link_to_what_another_program_put_there,
           link_to_the_other_name_of_a_save_as, link_of_unsaved_work]  # fmt: skip


@pytest.mark.parametrize("way", LINKING)
def test_that_another_name_of_an_open_file_is_locked_too(way: Callable[[Opened, Path, Path], None], path: Path) -> None:
    other = path.with_name("other.clouddesign")
    doc = Opened()
    way(doc, path, other)
    said = [said_of(path), said_of(other)]
    doc.close()
    assert [line.partition(" is open in Cloud Designer")[0] for line in said] == [path.name, other.name]
    assert f"(process {os.getpid()} on " in said[1]
    assert not is_locked(path)
    assert not is_locked(other)
    assert not any((state_dir() / "locks").glob("*.lock"))


def test_that_saving_under_another_name_of_the_open_file_asks_only_about_the_names(path: Path) -> None:
    other = path.with_name("other.clouddesign")
    os.link(path, other)
    before = path.read_bytes()
    doc = Opened()
    doc.open(path)
    doc.rename("new")
    with pytest.raises(LinkedFileError):
        doc.save(other)
    doc.save(other, unlink=True)
    assert doc.holds(other)
    assert path.read_bytes() == before
    assert not is_locked(path)
    assert is_locked(other)
    doc.close()


def test_that_a_new_file_with_the_number_of_a_removed_one_is_not_called_open(path: Path) -> None:
    """The system gives the number of a removed file to the next one."""
    doc = Opened()
    doc.open(path)
    path.unlink()
    doc.attend()
    for number in range(20):
        one = saved(path.with_name(f"{number}.clouddesign"), all_changed)
        assert not is_locked(one)
    doc.close()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_that_a_lock_of_the_name_alone_holds_where_the_state_folder_gives_none(
    make: Callable[[Path], Any], path: Path
) -> None:
    found = path.stat()
    (state_dir() / "locks").mkdir(parents=True)
    make(state_dir() / "locks" / f"{found.st_dev:x}-{found.st_ino:x}.lock")
    doc = Opened()
    doc.open(path)
    assert doc.locked
    assert is_locked(path)
    doc.close()


# -- what was read can be saved


def facts(**found: str) -> Callable[[Path], Any]:
    put = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
    return lambda path: spoil(path, *((put, pair) for pair in found.items()))


def rank(value: int, table: str = "vm") -> Callable[[Path], Any]:
    return lambda path: spoil(path, f"UPDATE {table} SET rank = {value}")


DERIVED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "revision of 400 nines": (facts(revision="9" * 400), "the number of its last save"),
    "revision of 16 digits": (facts(revision="9" * 16), "the number of its last save"),
    "largest revision": (facts(revision=str(REVISION_LIMIT - 9)), ""),
    "revision of zeros": (facts(revision="0" * 399 + "7"), ""),
    "ancestors of 400 letters": (facts(ancestors_0="a" * 400), "its line of saves"),
    "ancestors that are no keys": (facts(ancestors_0="0123 xyz", ancestors_1="Ω" * 30), "its line of saves"),
    "ancestors of capital letters": (facts(ancestors_0="A" * 16), "its line of saves"),
    "document of 400 letters": (facts(document_id="d" * 400), "the ids of its saves"),
    "save of 400 letters": (facts(save_id="s" * 400), "the ids of its saves"),
    "forerunner of 400 letters": (facts(parent_save_id="p" * 400), "the ids of its saves"),
    "all at once": (
        facts(revision="9" * 400, ancestors_0="x" * 400, save_id="s" * 400),
        "the number of its last save, its line of saves and the ids of its saves",
    ),
    "largest rank": (rank(2**63 - 1), "the order of siblings"),
    "largest ranks of all": (rank(2**63 - 1, "host"), "the order of siblings"),
    "smallest rank": (rank(-(2**63)), ""),
    "a name that is full": (lambda path: spoil(path, ("UPDATE vm SET name = ?", ("n" * 200,))), ""),
    "a note that is full": (lambda path: spoil(path, ("UPDATE vm SET note = ?", ("n" * 20_000,))), ""),
    "writer of 400 letters": (facts(written_by="w" * 400), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", DERIVED)
def test_that_what_opens_can_be_changed_and_saved(name: str, path: Path) -> None:
    make, said = DERIVED[name]
    saved(path)  # boxes that stand within the drawing
    make(path)
    doc = Opened()
    warnings = " ".join(doc.open(path))
    wanted = f"mine.clouddesign held values that leave no room for changes; {said} was reset."
    assert (wanted in warnings) if said else ("leaves no room" not in warnings)
    host = doc.project.elements[IDS["vm"]].parent
    edit.place(doc.project, "vm", host)
    for number in range(3):
        doc.rename(f"vm {number}")
        doc.save()
    assert doc.holds(path)
    assert project_file.load(path).warnings == []
    doc.close()


FACTS = {
    "revision": st.sampled_from([*(str(REVISION_LIMIT - 5 + n) for n in range(9)), "9" * 17, "007"]),
    "ancestors_0": st.text("0123456789abcdefA ", max_size=120),
    "save_id": st.text("sé ", min_size=78, max_size=82),
    "document_id": st.text("d", min_size=79, max_size=82),
}  # fmt: skip
RANKS = st.sampled_from([RANK_LIMIT - 1, RANK_LIMIT, RANK_LIMIT + 1, 2**63 - 1, -(2**63), 0])


@settings(max_examples=6)
@given(st.fixed_dictionaries({}, optional=FACTS), st.dictionaries(st.sampled_from(["vm", "host", "note"]), RANKS))
def test_that_opening_what_was_reset_and_saved_says_nothing(meta: dict[str, str], ranks: dict[str, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder) / "mine.clouddesign")
        facts(**meta)(path)
        for table, value in ranks.items():
            rank(value, table)(path)
        loaded = project_file.load(path)
        project = Project(KINDS, LINKS, loaded.rows)
        stamp = loaded.stamp
        for _ in range(3):
            edit.place(project, "vm", IDS["host"])
            stamp = project_file.save(path, project.rows(), stamp)
            again = project_file.load(path)
            assert again.warnings == []
            assert again.stamp == stamp
        order = Project(KINDS, LINKS, again.rows)
        assert order.children(IDS["host"]) == project.children(IDS["host"])


def test_that_siblings_keep_their_order_when_they_are_numbered_anew(path: Path) -> None:
    doc = Opened()
    doc.open(path)
    host = doc.project.elements[IDS["vm"]].parent
    made = [edit.place(doc.project, "vm", host) for _ in range(4)]
    doc.save()
    doc.close()
    ids = [IDS["vm"], *made]
    spoil(path, *(f"UPDATE vm SET rank = {2**63 - 1 - 10 * n} WHERE id = {one}" for n, one in enumerate(ids)))
    project = Project(KINDS, LINKS, project_file.load(path).rows)
    assert [one for one in project.children(host) if one in ids] == ids[::-1]


# -- a clock that goes backward


def test_that_of_saves_with_a_clock_that_went_backward_the_last_ones_are_kept(path: Path) -> None:
    stamp, now = Stamp("doc", "first"), 1_800_000_000.0
    for number in range(8):
        backups.keep(path, replace(stamp, save_id=f"before {number}", revision=number), now_s=now + number * 86_400)
    for number in range(8):
        at = now - 40 * 86_400 + number
        backups.keep(path, replace(stamp, save_id=f"after {number}", revision=8 + number), now_s=at)
    found = backups.backups("doc")
    assert [one.revision for one in found][: backups.LAST] == [15, 14, 13, 12, 11]
    assert [one.revision for one in found] == sorted((one.revision for one in found), reverse=True)


@pytest.mark.parametrize("back", [-400, -40, -1, 0, 1, 40])
def test_that_the_newest_save_is_first_whatever_the_clock_says(back: int, path: Path) -> None:
    now = 1_800_000_000.0
    for number in range(3):
        backups.keep(path, Stamp("doc", f"s{number}", revision=number), now_s=now + number * back * 86_400)
    assert [one.revision for one in backups.backups("doc")] == [2, 1, 0]


def test_that_unsaved_work_of_one_document_is_offered_by_revision(path: Path) -> None:
    killed(path)
    other = path.with_name("copy.clouddesign")
    doc = Opened()
    doc.open(path)
    doc.rename("later")
    doc.save()
    shutil.copyfile(path, other)
    doc.close()
    killed(other)
    for working in (state_dir() / "sessions").glob("*/working-*"):
        text = working.read_bytes()
        if b"copy.clouddesign" not in text:
            os.utime(working, (4e9, 4e9))  # the earlier one was written by a clock that was ahead
    found = left_over().found
    assert [one.stamp.revision for one in found] == sorted((one.stamp.revision for one in found), reverse=True)
    for one in found:
        one.leave()


def test_that_a_half_written_file_of_another_machine_is_judged_by_the_clock_of_the_disk(path: Path) -> None:
    fresh, old = (path.with_name(f".cloud-designer-{name}.tmp") for name in ("fresh", "old"))
    fresh.touch()
    old.touch()
    os.utime(old, (1e9, 1e9))
    project_file.save(path, all_changed())
    assert fresh.exists()
    assert not old.exists()


# -- what was left out is not lost by the next save


def damaged_run(path: Path) -> None:
    project_file.save(path, all_changed(), aside=project_file.load(path).aside.with_run(kept(5)))
    spoil(path, "UPDATE run_block SET checksum = 1")


def damaged_preset(path: Path) -> None:
    spoil(path, ("UPDATE preset SET held = ?", ('{"cores": -1}',)))


def damaged_blueprint(path: Path) -> None:
    spoil(path, ("UPDATE blueprint SET data = ?", (b"no zlib",)))


def damaged_view(path: Path) -> None:
    doc = Opened()
    doc.view = {"scale": 2.0}
    doc.open(path)
    doc.save()
    doc.close()
    spoil(path, ("UPDATE view SET value = ?", ("?",)))


def runs_of_a_run_that_is_gone(path: Path) -> None:
    damaged_run(path)
    spoil(path, "DELETE FROM run")


def run_of_text(path: Path) -> None:
    damaged_run(path)
    without_rules(path, "run")
    spoil(path, "UPDATE run SET seed = 'x'")


@pytest.mark.parametrize(
    "damage",
    [damaged_run, damaged_preset, damaged_blueprint, damaged_view, runs_of_a_run_that_is_gone, run_of_text],
    ids=lambda damage: damage.__name__,
)
def test_that_a_file_that_did_not_load_whole_is_kept_before_it_is_saved_over(
    damage: Callable[[Path], None], path: Path
) -> None:
    damage(path)
    before = path.read_bytes()
    doc = Opened()
    doc.open(path)
    doc.rename("new")
    doc.save()
    told = "mine.clouddesign as it was, with its unread parts, is kept in Backups."
    assert doc.said.count(told) == 1
    stamp = doc.stamp
    assert stamp is not None
    (found,) = [one for one in backups.backups(stamp.document_id) if one.label == PARTIAL_LABEL]
    assert found.path.read_bytes() == before
    doc.rename("again")
    doc.save()
    assert doc.said.count(told) == 1
    doc.close()


def test_that_without_room_for_the_old_file_it_is_not_saved_over(path: Path) -> None:
    damaged_run(path)
    before = path.read_bytes()
    doc = Opened()
    doc.open(path)
    doc.rename("new")
    shutil.rmtree(state_dir() / "backups")
    (state_dir() / "backups").write_bytes(b"a file where the folder must be")
    try:
        with pytest.raises(FileError, match="it holds more than could be read, and no copy of it can be kept"):
            doc.save()
        assert path.read_bytes() == before
        doc.save(path.with_name("other.clouddesign"))
    finally:
        (state_dir() / "backups").unlink()
        doc.close()


def test_that_recovered_work_on_a_file_that_did_not_load_whole_keeps_it_too(path: Path) -> None:
    damaged_run(path)
    before = path.read_bytes()
    killed(path)
    (found,) = left_over().found
    doc = Opened()
    doc.recover(found)
    doc.save()
    assert before in [one.path.read_bytes() for one in backups.backups(doc.stamp.document_id if doc.stamp else "")]
    assert content(project_file.load(path).rows) == content(doc.project.rows())
    doc.close()
