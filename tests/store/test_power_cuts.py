"""The power is cut at any moment of a day's work: no acknowledged edit is lost, and every file opens."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from designer.catalog import KINDS, LINKS
from designer.errors import FileError
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.working.open_document import OpenDocument
from designer.store.working.recovery import left_over
from tests.benchmarks.file_save_load import design
from tests.store.designs import ROOT, is_old_and_sound
from tests.store.power import Call, Disk, bytes_of, record
from tests.store.test_kills import mark

CUTS = int(os.environ.get("DESIGNER_POWER_CUTS", "16"))
BROKEN = os.environ.get("DESIGNER_BROKEN", "")
"""1: leave out each sort of flushes in turn; a sort: that one; nothing: two of them."""
OLD = ROOT / "tests" / "files" / "v1.clouddesign"
OPENED: dict[bytes, project_file.Loaded] = {}

PROCESSES = """
import os, sys
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.working.open_document import OpenDocument
from designer.store.working.recovery import left_over

root = Path(sys.argv[1])
for code in sys.argv[2:]:
    os.write(1, b"another\\n")
    pid = os.fork()
    if not pid:
        exec(code)
        sys.exit()
    assert os.waitpid(pid, 0)[1] == 0
"""
"""Runs pieces of code, each in a process of its own that has all imported."""
BEGIN = """
project = Project(KINDS, LINKS)
doc = OpenDocument(project, lambda text: sys.exit(text))

def marked():
    return sorted(i for i in project.elements if i != 1)[:5]

def edit(large=False):
    number = project.root.seed + 1
    with project.edit("Mark"):
        project.set(1, seed=number)
        for i in marked():
            project.set(i, rank=number)
            if large:
                project.set(i, note=chr(97 + number % 26) * 18_000)
    return number

def say(what, number):
    os.write(1, b"%s %d\\n" % (what.encode(), number))

def safe():
    assert doc.flush()
    say("safe", project.root.seed)
"""
MORNING = """
doc.open(root / "user" / "mine.clouddesign")
for n in range(3):
    edit()
    safe()
doc.save()
say("saved", project.root.seed)
for n in range(58):  # more than a thousand pages: the log is written back into the working copy on the way
    edit(large=n % 23 < 21)
    if n % 4 == 3:
        safe()
for n in range(2):
    edit()
    doc.save(label="before lunch")
    say("saved", project.root.seed)
edit()
safe()
edit()
os._exit(0)
"""
NOON = """
(found,) = left_over().found
doc.recover(found)
safe()
edit()
safe()
doc.save()
say("saved", project.root.seed)
edit()
safe()
doc.save(root / "user" / "copy.clouddesign")
say("copied", project.root.seed)
doc.close()
"""
EVENING = """
doc.open(root / "user" / "old.clouddesign")
with project.edit("Rename"):
    project.set(1, name="lifted")
assert doc.flush()
doc.save()
say("lifted", 1)
(root / "user" / "new").mkdir()
doc.save(root / "user" / "new" / "first.clouddesign")
say("first", 1)
(root / "shelf").mkdir()  # a new folder in the folder that stands above all others
doc.save(root / "shelf" / "first.clouddesign")
say("shelf", 1)
doc.close()
doc.become([])
with project.edit("Rename"):
    project.set(1, name="never saved")
assert doc.flush()
say("new", 1)
os._exit(0)
"""


@dataclass(frozen=True)
class Day:
    """What was done in a folder, and its calls, process by process."""

    root: Path
    before: Path
    calls: list[list[Call]] = field(repr=False)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A day's work, recorded once."""
    home = tmp_path_factory.mktemp("day").resolve()
    root = home / "disk"
    for name in ("user", "state"):
        (root / name).mkdir(parents=True)
    rows = design(200, 40)
    for row in rows[1:6]:
        row.__dict__["rank"] = rows[0].seed
    project_file.save(root / "user" / "mine.clouddesign", rows)
    shutil.copyfile(OLD, root / "user" / "old.clouddesign")
    before = home / "before"
    shutil.copytree(root, before)
    env = {**os.environ, "XDG_STATE_HOME": str(root / "state")}
    parts = [BEGIN + part for part in (MORNING, NOON, EVENING)]
    calls: list[list[Call]] = []
    for call in record([sys.executable, "-c", PROCESSES, str(root), *parts], env, ROOT):
        if call.name == "write" and call.args[0] == "1" and bytes_of(call.args[1]) == b"another\n":
            calls.append([])
        elif calls:
            calls[-1].append(call)
    assert len(calls) == len(parts)
    yield Day(root, before, calls)
    OPENED.clear()
    bytes_of.cache_clear()
    shutil.rmtree(home)


def moments(day: Day, disk: Disk) -> Iterator[None]:
    """After each call that may change what is found."""
    for calls in day.calls:
        disk.begin()
        for call in calls:
            if disk.do(call):
                yield


def disk_of(day: Day, deaf: bool = False, deaf_to: Collection[str] = ()) -> Disk:
    shutil.rmtree(day.root, ignore_errors=True)
    shutil.copytree(day.before, day.root)
    return Disk(day.root, deaf, deaf_to)


def told(disk: Disk) -> dict[str, int]:
    """The last number that the program called safe, saved ... ."""
    return {line.split()[0]: int(line.split()[1]) for line in disk.told.decode().splitlines()}


def opened(path: Path) -> project_file.Loaded:
    """What a file holds; the same bytes are read once."""
    content = path.read_bytes()
    if content not in OPENED:
        OPENED[content] = project_file.load(path)
    return OPENED[content]


def check(day: Day, said: dict[str, int], again: bool) -> None:
    """What must hold after a power cut; `again`: the work is recovered and saved as well."""
    user = day.root / "user"
    mine, old = opened(user / "mine.clouddesign"), opened(user / "old.clouddesign")
    assert mine.warnings == [] and is_old_and_sound(old)
    saved = mark(mine.rows)
    assert saved >= said.get("saved", 0)
    over = left_over()
    assert over.notes == []
    copy = user / "copy.clouddesign"
    copied = mark(opened(copy).rows) if copy.exists() else 0
    ours = [found for found in over.found if found.path in (user / "mine.clouddesign", copy)]
    newest = max([saved, copied, *(mark(found.rows) for found in ours)])
    assert newest >= said.get("safe", 0), f"{said} was promised, the newest is {newest}"
    backups = list((state_dir() / "backups").rglob("*.clouddesign"))
    for backup in backups:
        kept = opened(backup)
        assert is_old_and_sound(kept) if backup.read_bytes() == OLD.read_bytes() else kept.warnings == []
    assert copied == said.get("copied", copied)
    if "lifted" in said:
        assert old.rows[0].__dict__["name"] == "lifted"
        assert OLD.read_bytes() in [backup.read_bytes() for backup in backups]
    elif old.rows[0].__dict__["name"] != "lifted":
        assert (user / "old.clouddesign").read_bytes() == OLD.read_bytes()
    for name, first in (("first", user / "new"), ("shelf", day.root / "shelf")):
        path = first / "first.clouddesign"
        if name in said:
            assert opened(path).rows[0].__dict__["name"] == "lifted"
        elif path.exists():
            assert opened(path).warnings == []
    if "new" in said:
        assert "never saved" in [found.rows[0].__dict__["name"] for found in over.found]
    if again and ours and newest > max(saved, copied):
        doc = OpenDocument(Project(KINDS, LINKS), pytest.fail)
        doc.recover(ours[0])
        doc.save(overwrite=True)
        assert doc.path is not None
        assert mark(opened(doc.path).rows) == newest
        doc.close()
    for found in over.found:
        found.leave()


def cut(day: Day, disk: Disk, cuts: int, chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Cut the power so often, at moments spread over the day; how often in which way, and how often it went wrong."""
    monkeypatch.setenv("XDG_STATE_HOME", str(day.root / "state"))
    total = sum(1 for _ in moments(day, disk_of(day)))
    chosen = {chance.randrange(total) for _ in range(cuts)}
    while len(chosen) < min(cuts, total):
        chosen.add(chance.randrange(total))
    counts: dict[str, int] = {"moments": total}
    for number, _ in enumerate(moments(day, disk)):
        if number not in chosen:
            continue
        how = disk.after_a_cut(chance, day.root)
        counts[how] = counts.get(how, 0) + 1
        try:
            check(day, told(disk), again=number % 3 == 0)
        except (AssertionError, FileError, OSError) as error:
            if not disk.deaf:
                raise AssertionError(f"cut after call {number} of {total} ({how}): {told(disk)}") from error
            counts["wrong"] = counts.get("wrong", 0) + 1
    return counts


def test_that_no_power_cut_loses_an_acknowledged_edit_or_spoils_a_file(
    day: Day, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = cut(day, disk_of(day), CUTS, chance, monkeypatch)
    print(f"power cuts: {counts}")
    assert counts["moments"] > 1000
    assert sum(counts.get(how, 0) for how in ("all", "sure", "in order", "any")) == CUTS


def test_that_without_flushing_the_same_day_would_lose_work(
    day: Day, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = cut(day, disk_of(day, deaf=True), CUTS // 4, chance, monkeypatch)
    print(f"power cuts: without flushing {counts['wrong']} of {CUTS // 4} would go wrong")
    assert counts["wrong"] > CUTS // 12, "the replay would not notice a store that flushes nothing"


SURVIVES: dict[str, str] = {
    "#-#": "a folder of private copies, of which nothing is promised",
    "backups copy.db": "SQLite flushes a private copy that is only read",
    "backups copy.db-wal": "SQLite flushes a private copy that is only read",
}
"""Sorts of flushes whose lack nobody would notice, and why; a test below shows it for each."""
SOON, MOST = 6, 80
"""After how many calls that follow a flush that was left out the power is cut, and how often in all."""
COPIES = "/state/cloud-designer/copies"


def is_noticed(day: Day, sort: str, chance: random.Random) -> bool:
    """Whether a day on a disk that is deaf to one sort of flushes goes wrong: the power is cut after each promise, so
    that only what was flushed is there, and soon after flushes that did nothing.
    """
    disk = disk_of(day, deaf_to=(sort,))
    promised, missed, waiting = b"", 0, 0
    for _ in moments(day, disk):
        waiting = SOON if missed < disk.missed < 9 else waiting - 1
        if disk.told == promised and waiting <= 0:
            continue
        ways = ("sure", "in order") if disk.told != promised else ("any", "any", "sure")
        promised, missed = disk.told, disk.missed
        for how in ways:
            disk.after_a_cut(chance, day.root, how)
            try:
                check(day, told(disk), again=False)
            except (AssertionError, FileError, OSError):
                return True
    return False


def test_that_each_flush_that_is_left_out_would_be_noticed(
    day: Day, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(day.root / "state"))
    disk = disk_of(day)
    for _ in moments(day, disk):
        pass
    sorts = sorted(disk.flushed)
    tried = [sort for sort in sorts if sort not in SURVIVES and BROKEN in ("", "1", sort)]
    tried = tried if BROKEN else chance.sample(tried, 2)
    survived = [sort for sort in tried if not is_noticed(day, sort, chance)]
    print(f"power cuts: {len(tried)} of {len(sorts)} sorts of flushes left out in turn, {len(survived)} not noticed")
    assert survived == []


def test_that_flushes_that_may_be_left_out_make_nothing_sure_that_is_promised(
    day: Day, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are left out at once: what is as sure without them all is as sure without each."""
    monkeypatch.setenv("XDG_STATE_HOME", str(day.root / "state"))
    whole, deaf = disk_of(day), disk_of(day, deaf_to=SURVIVES)
    both = zip(moments(day, whole), moments(day, deaf))
    told_last, missed, promises, waiting, cuts = b"", 0, 0, 0, 0
    for _ in both:
        assert whole.told == deaf.told
        if deaf.told != told_last:
            told_last, promises, waiting = deaf.told, promises + 1, 0
            assert whole.sure(but=COPIES) == deaf.sure(but=COPIES), f"they made sure what was promised: {told_last!r}"
            if BROKEN or promises % 4 == 0:
                deaf.after_a_cut(chance, day.root, "sure")
                check(day, told(deaf), again=False)
        if deaf.missed > missed:
            missed, waiting = deaf.missed, SOON
        if waiting and cuts < (MOST if BROKEN else MOST // 8):
            waiting, cuts = waiting - 1, cuts + 1
            deaf.after_a_cut(chance, day.root, "any")
            check(day, told(deaf), again=False)
    print(
        f"power cuts: {len(SURVIVES)} sorts of flushes left out {missed} times: {promises} promises as sure as with "
        f"them, {cuts} cuts before them"
    )
    assert all(whole.flushed.get(sort) for sort in SURVIVES)
    assert missed
    assert promises > 20
    assert cuts
