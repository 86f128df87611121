"""Saving is whole or not at all: killed, out of space, not allowed, or with the file changed behind our back."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from designer.errors import FileError
from designer.model.element import Link, make
from designer.store.file import project_file
from designer.store.file.project_file import ChangedFileError, Stamp
from tests.copies import PIPE, Copy, Disk
from tests.store.designs import Rows, all_changed, child, content, one_of_each, saved, sight, small_ids, spoil
from tests.store.test_bad_files import ADVICE
from tests.waiting import HUNG_S, let_run, until

KILLS = int(os.environ.get("DESIGNER_KILLS", "12"))
MOMENTS = int(os.environ.get("DESIGNER_COPIES", "24")) // 3
"""How many saves are looked at while they go on."""
IDS = small_ids()


def refusal(save: Callable[[], Any]) -> str:
    """The sentence with which a save is refused."""
    with pytest.raises(FileError) as refused:
        save()
    text = str(refused.value)
    assert ADVICE.search(text), text
    assert text.isprintable()
    assert len(text) < 700
    return text


def only(path: Path) -> bool:
    """Whether nothing lies beside a file."""
    return [entry.name for entry in path.parent.iterdir()] == [path.name]


# -- killed

SAVER = """
import os, sys
from designer.store.file import project_file
from tests.benchmarks.file_save_load import design
path = sys.argv[1]
rows = design(1500, 500)
stamp = project_file.save(path, rows)
print("ready", flush=True)
for line in sys.stdin:
    asked, told = os.pipe()
    saver = os.fork()
    if not saver:
        os.close(asked)
        stamp = project_file.load(path).stamp
        while True:
            root = rows[0]
            root.__dict__["seed"] = root.__dict__["until_h"] = stamp.revision + 1
            for row in rows[1:200]:
                row.__dict__["rank"] = stamp.revision + 1
            stamp = project_file.save(path, rows, stamp)
            os.write(told, b"%d " % stamp.revision)
    os.close(told)
    print(saver, flush=True)
    os.waitpid(saver, 0)
    print(os.read(asked, 1 << 16).decode() or "0", flush=True)
    os.close(asked)
"""


@pytest.fixture
def saver(tmp_path: Path) -> Iterator[Copy]:
    """A program that starts, when asked, another one that saves over and over."""
    with Copy("-c", SAVER, tmp_path / "killed.clouddesign", stdin=PIPE, stdout=PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(HUNG_S) == 0


def test_that_a_killed_save_leaves_the_old_or_the_new_file(tmp_path: Path, saver: Copy, chance: random.Random) -> None:
    path = tmp_path / "killed.clouddesign"
    assert saver.stdin is not None
    assert saver.stdout is not None
    assert saver.stdout.readline() == "ready\n"
    size, left_over, saves = len(project_file.load(path).rows), 0, 0
    for number in range(30 * KILLS):
        if number >= KILLS and saves > KILLS // 4 and left_over > KILLS // 10:
            break
        before = project_file.load(path).stamp.revision
        saver.stdin.write("go\n")
        saver.stdin.flush()
        killed = int(saver.stdout.readline())
        if number % 2:
            wait_for_another(tmp_path)
            let_run(chance, 0.004)
        else:
            for _ in range(chance.randrange(1, 4)):
                wait_for_another(tmp_path)
            let_run(chance, 0.05)
        os.kill(killed, signal.SIGKILL)
        told = int(saver.stdout.readline().split()[-1])
        loaded = project_file.load(path)
        revision = loaded.stamp.revision
        assert loaded.warnings == []
        assert len(loaded.rows) == size
        assert revision in ({told, told + 1} if told else {before, before + 1})
        if revision > 1:
            root = next(row for row in loaded.rows if row.id == 1).__dict__
            changed = {row.__dict__["rank"] for row in loaded.rows if row.id in MARKED}
            assert (root["seed"], root["until_h"], changed) == (revision, float(revision), {revision})
        saves += revision - before
        left_over = len(list(tmp_path.glob(".cloud-designer-*.tmp")))
    assert saves > KILLS // 4
    assert left_over > KILLS // 10, "too few kills fell into the writing"
    assert len(list(tmp_path.iterdir())) == 1 + left_over
    project_file.save(path, one_of_each())
    assert len(list(tmp_path.iterdir())) == 1 + left_over, "what is young may belong to a program that lives"
    for temp in tmp_path.glob(".cloud-designer-*.tmp"):
        os.utime(temp, (time.time() - 7200,) * 2)
    (tmp_path / "mine.tmp").touch()
    project_file.save(path, one_of_each())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["killed.clouddesign", "mine.tmp"]


def wait_for_another(*folders: Path) -> None:
    """Return when a file is being written in one of some folders."""
    there = {entry for folder in folders for entry in folder.iterdir()}
    until(lambda: not {entry for folder in folders for entry in folder.iterdir()} <= there, pause_s=0.0)


MARKED = {number * 418_247_501_993 + 1 for number in range(1, 200)}


def test_that_a_file_is_whole_at_every_moment_of_being_saved(tmp_path: Path, saver: Copy) -> None:
    path = tmp_path / "killed.clouddesign"
    assert saver.stdin is not None
    assert saver.stdout is not None
    assert saver.stdout.readline() == "ready\n"
    saver.stdin.write("go\n")
    saver.stdin.flush()
    pid = int(saver.stdout.readline())
    seen: set[int] = set()

    def copied() -> bool:
        copy = tmp_path / "copy.clouddesign"
        shutil.copyfile(path, copy)
        for one in (path, copy):
            loaded = project_file.load(one)
            assert loaded.warnings == []
            assert len(loaded.rows) == 2000
            seen.add(loaded.stamp.revision)
        return len(seen) >= MOMENTS

    until(copied, lambda: f"{len(seen)} saves")
    os.kill(pid, signal.SIGKILL)
    saver.stdout.readline()


# -- no room

NO_ROOM = """
import json, os, resource, sys
from designer.store.file import project_file
from tests.benchmarks.file_save_load import design
from tests.store.designs import one_of_each
path, limit = sys.argv[1], int(sys.argv[2])
rows = design(9000, 3000)
stamp = project_file.save(path, one_of_each())
before = open(path, "rb").read()
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
said = ""
try:
    project_file.save(path, rows, stamp)
except project_file.FileError as error:
    said = str(error)
same = open(path, "rb").read() == before
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
again = project_file.save(path, one_of_each(), stamp).revision
print(json.dumps([said, same, os.listdir(os.path.dirname(path)), again]))
"""


@pytest.mark.parametrize("limit", [1, 4096, 100_000, 250_000])
def test_that_a_file_larger_than_allowed_leaves_the_old_one(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "large.clouddesign"
    said, same, around, revision = json.loads(child(NO_ROOM, path, limit))
    assert said == (
        f"{path} was not saved: the file would be larger than allowed here. "
        "Save it under another name or in another place."
    )
    assert (same, around, revision) == (True, ["large.clouddesign"], 2)


def mounted(options: str, folder: Path) -> Disk:
    """A small disk that a copy alone sees in a folder; skips where none may be."""
    script = f'mount -t tmpfs -o {options} tmpfs "$0"'
    for flags in (["-m"], ["-r", "-m"]):
        try:
            if not subprocess.run(["unshare", *flags, "sh", "-c", script, folder], capture_output=True).returncode:
                return Disk(options, str(folder))
        except FileNotFoundError:
            break
    pytest.skip("no disk may be mounted here")


def test_that_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    disk = mounted("size=900k", tmp_path)
    path = tmp_path / "full.clouddesign"
    said, same, around, revision = json.loads(child(NO_ROOM, path, 0, disk=disk))
    assert said == f"{path} was not saved: the disk is full. Save it under another name or in another place."
    assert (same, around, revision) == (True, ["full.clouddesign"], 2)


READ_ONLY = """
import subprocess, sys
from designer.store.file import project_file
from tests.store.designs import one_of_each
path = sys.argv[1]
project_file.save(path, one_of_each())
subprocess.run(["mount", "-o", "remount,ro", sys.argv[2]], check=True)
try:
    project_file.save(path, one_of_each())
except project_file.FileError as error:
    print(error)
print(len(project_file.load(path).rows))
"""


def test_that_a_read_only_disk_is_told_and_its_files_can_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "ro.clouddesign"
    said, rows = child(READ_ONLY, path, tmp_path, disk=mounted("size=1m", tmp_path)).splitlines()
    assert said == f"{path} was not saved: the disk is read-only. Save it under another name or in another place."
    assert int(rows) == len(one_of_each())


# -- not allowed


def test_that_a_folder_a_device_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    before = sight(tmp_path / "there")
    for path, why in {
        tmp_path / "there": "it is a folder",
        tmp_path / "gone" / "d.clouddesign": "its folder does not exist",
        Path("/dev/null"): "it is a device or a pipe",
        Path(): "it is a folder",
        tmp_path / ("n" * 300): "its name is too long",
        tmp_path / "nul\0inside": "its name is no valid file name",
    }.items():
        assert f"was not saved: {why}. Save it" in refusal(lambda path=path: project_file.save(path, one_of_each()))
    assert sight(tmp_path / "there") == before
    assert Path("/dev/null").is_char_device()


def test_that_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "d.clouddesign")
    before = sight(path)
    refusal(lambda: project_file.save(path / "below.clouddesign", one_of_each()))
    assert sight(path) == before


def test_that_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = saved(tmp_path / "kept.clouddesign")
    path.chmod(0o444)
    before = sight(path)
    said = refusal(lambda: project_file.save(path, all_changed()))
    assert said == f"{path} was not saved: the file is read-only. Save it under another name or in another place."
    assert sight(path) == before


def test_that_a_link_planted_for_the_temporary_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in (f".d.clouddesign.{os.getpid()}.tmp", ".cloud-designer.tmp", "d.clouddesign.tmp"):
        (tmp_path / name).symlink_to(victim)
    saved(tmp_path / "d.clouddesign")
    assert victim.read_text() == "mine"


# -- what could not be opened again is not saved


def with_field(kind: str, **fields: Any) -> Rows:
    return one_of_each(fields={kind: fields})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (with_field("vm", mhz=float("nan")), "vm-1: Clock per vCPU must be"),
        (with_field("vm", x=float("inf")), "vm-1: Left must be a finite number"),
        (with_field("vm", vcpus=0), "vm-1: vCPUs must be a whole number from 1 to 4,096"),
        (with_field("vm", vcpus="2"), "vm-1 has str where its vcpus should be"),
        (with_field("vm", rank=-(2**63) - 1), "The rank of vm-1 has more than 63 bits"),
        (with_field("vm", note=None), "vm-1 has nothing where its note should be"),
        (with_field("vm", name="a\0b"), "The name of a�b holds a character that text cannot hold"),
        (with_field("vm", name="a\ud800b"), "The name of a�b holds a character that text cannot hold"),
        (with_field("vm", name="n" * 201), "Name must be text of at most 200 characters"),
        (with_field("vm", demand="never"), "Load pattern must be one of"),
        (with_field("vm", hug=2), "Fit to content has a value that is not allowed"),
        (with_field("trace", data=bytearray(5)), "trace-1 has bytearray where its data should be"),
        (with_field("trace", data=bytes((64 << 20) + 1)), "The data of trace-1 is larger than 64 MiB"),
        (one_of_each({**IDS, "vm": 0}), "vm-1 has the id 0"),
        (one_of_each({**IDS, "vm": IDS["host"]}), f"Two elements in it have the id {IDS['host']}"),
        (one_of_each({**IDS, "vm": 2**63}), "has more than 63 bits"),
        (one_of_each()[1:], "It does not hold exactly one design"),
        ([], "It does not hold exactly one design"),
        ([row for row in one_of_each() if row.id != IDS["zone"]], "is missing"),
        (
            [*one_of_each(), make(Link, {"id": 99, "kind": "member", "source": 5, "target": 6})],
            "joins elements that it may not join",
        ),
        ([*one_of_each(), make(Link, {"id": 99, "kind": "", "source": 5, "target": 6})], "does not know"),
    ],
)
def test_that_what_could_not_be_opened_again_is_not_saved(tmp_path: Path, rows: Rows, said: str) -> None:
    path = saved(tmp_path / "sound.clouddesign")
    before = sight(path)
    assert said in refusal(lambda: project_file.save(path, rows))
    assert sight(path) == before


def test_that_the_largest_trace_is_saved_and_opened(tmp_path: Path) -> None:
    data = os.urandom(1 << 20) * 64
    rows = with_field("trace", data=data, origin="o" * 400, note="\U0010ffff" * 20_000)
    path = saved(tmp_path / "big.clouddesign", rows)
    assert next(row for row in project_file.load(path).rows if row.id == IDS["trace"]).__dict__["data"] == data


# -- changed behind our back


def renamed(name: str) -> Rows:
    return one_of_each(fields={"region": {"name": name}})


@pytest.fixture
def opened(tmp_path: Path) -> tuple[Path, Stamp]:
    """A file that was opened, and its stamp."""
    path = saved(tmp_path / "shared.clouddesign", renamed("ours"))
    return path, project_file.load(path).stamp


def other_save(path: Path) -> None:
    project_file.save(path, renamed("theirs"), project_file.load(path).stamp)


def in_place(path: Path) -> None:
    spoil(path, "UPDATE region SET name = 'theirs'")


def other_document(path: Path) -> None:
    project_file.save(path, renamed("theirs"))


def text(path: Path) -> None:
    path.write_text("theirs")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def backdated(path: Path) -> None:
    look = path.stat()
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("UPDATE region SET name = 'them'")
    os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))
    assert path.stat().st_size == look.st_size


@pytest.mark.parametrize("change", [other_save, in_place, other_document, text, emptied, backdated])
def test_that_a_file_changed_behind_our_back_is_not_overwritten(
    opened: tuple[Path, Stamp], change: Callable[[Path], None]
) -> None:
    path, stamp = opened
    change(path)
    before = sight(path)
    said = refusal(lambda: project_file.save(path, renamed("mine"), stamp))
    assert said == (
        f"{path} was not saved: another program has changed it since it was opened. "
        "Save under another name, merge, or overwrite it."
    )
    with pytest.raises(ChangedFileError):
        project_file.save(str(path), renamed("mine"), stamp)
    assert sight(path) == before
    done = project_file.save(path, renamed("mine"), stamp, overwrite=True)
    assert content(project_file.load(path).rows) == content(renamed("mine"))
    assert done.parent_save_id == stamp.save_id
    assert project_file.save(path, renamed("mine too"), done).revision == done.revision + 1


def test_that_our_own_saves_are_no_change(opened: tuple[Path, Stamp]) -> None:
    path, stamp = opened
    for number in range(5):
        stamp = project_file.save(path, renamed(f"save {number}"), stamp)
    assert project_file.load(path).stamp == stamp
    assert only(path)


def touched(path: Path) -> None:
    os.utime(path)


def copied_back(path: Path) -> None:
    given = path.read_bytes()
    path.unlink()
    path.write_bytes(given)


def marked(path: Path) -> None:
    path.chmod(0o600)


def packed_anew(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("VACUUM")


@pytest.mark.parametrize("change", [touched, copied_back, marked, packed_anew, Path.unlink])
def test_that_the_same_content_or_none_is_no_change(opened: tuple[Path, Stamp], change: Callable[[Path], None]) -> None:
    path, stamp = opened
    change(path)
    project_file.save(path, renamed("mine"), stamp)
    assert content(project_file.load(path).rows) == content(renamed("mine"))


def test_that_saving_under_another_name_asks_nothing(opened: tuple[Path, Stamp], tmp_path: Path) -> None:
    path, stamp = opened
    (tmp_path / "other").mkdir()
    for other in (saved(tmp_path / "other" / "old.clouddesign"), tmp_path / "other" / "new.clouddesign"):
        other_save(path)
        copy = project_file.save(other, renamed("mine"), stamp)
        assert copy.parent_save_id == stamp.save_id
        assert project_file.save(other, renamed("again"), copy).revision == copy.revision + 1
    refusal(lambda: project_file.save(path, renamed("mine"), stamp))


def test_that_a_file_reached_another_way_is_the_same_file(
    opened: tuple[Path, Stamp], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, stamp = opened
    (tmp_path / "link.clouddesign").symlink_to(path)
    other_save(path)
    monkeypatch.chdir(tmp_path)
    for way in ("shared.clouddesign", "./x/../shared.clouddesign", tmp_path / "link.clouddesign"):
        refusal(lambda way=way: project_file.save(way, renamed("mine"), stamp))


def test_that_a_link_put_in_the_place_of_the_file_does_not_lead_to_another_one_being_overwritten(
    opened: tuple[Path, Stamp], tmp_path: Path
) -> None:
    path, stamp = opened
    victim = saved(tmp_path / "victim.clouddesign", renamed("theirs"))
    given = victim.read_bytes()
    path.unlink()
    path.symlink_to(victim)
    assert "another program has changed it" in refusal(lambda: project_file.save(path, renamed("mine"), stamp))
    assert victim.read_bytes() == given


def test_that_a_file_that_was_moved_and_is_reached_by_a_link_now_is_the_same_file(
    opened: tuple[Path, Stamp], tmp_path: Path
) -> None:
    path, stamp = opened
    (tmp_path / "cloud").mkdir()
    moved = path.rename(tmp_path / "cloud" / path.name)
    path.symlink_to(moved)
    project_file.save(path, renamed("mine"), stamp)
    assert path.is_symlink()
    assert content(project_file.load(moved).rows) == content(renamed("mine"))
