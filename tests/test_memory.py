"""How much memory is left is read where it is told, and what needs more is refused before it begins."""

from __future__ import annotations

import math
import mmap
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from designer.errors import DesignerError, FileError
from designer.memory import SPARE, Reserve, Watch, free_bytes, must_have
from designer.store.file import project_file, reading
from designer.ui.parts import large
from tests.conftest import ROOT
from tests.scenarios.doors import in_process, limited
from tests.steps import steps
from tests.store.designs import one_of_each

GIB = float(2**30)
DONE = 0, "0 True True\n"
STATM = Path("/proc/self/statm")


def pages_taken() -> tuple[int, int]:
    """Pages of address space and of memory that this process has."""
    space, memory = STATM.read_text().split()[:2]
    return int(space), int(memory)


def told(folder: Path, **files: str) -> Path:
    """A folder with files as the system has them; an underscore stands for a slash."""
    for name, text in files.items():
        path = folder / name.replace("_", "/").replace("-", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def machine(folder: Path, limit: str = "unlimited", pages: int = 0, available_kib: int = 8 << 20) -> Path:
    """What Linux tells of a process and of itself."""
    limits = f"Limit                     Soft Limit\nMax address space         {limit}      unlimited      bytes\n"
    memory = f"MemTotal:  99999999 kB\nMemAvailable: {available_kib} kB\nSwapFree: {1 << 20} kB\nHugePages_Total:\n"
    return told(folder / "proc", self_limits=limits, self_statm=f"{pages} 3 4 5", meminfo=memory)


def test_that_what_is_left_is_the_least_of_what_is_told(tmp_path: Path) -> None:
    free = free_bytes(machine(tmp_path), tmp_path)
    assert free == 9 * GIB
    assert free_bytes(machine(tmp_path, available_kib=0), tmp_path) == GIB
    page = 9 * GIB - free_bytes(machine(tmp_path, str(9 << 30), 1), tmp_path)
    assert page in (4096, 16384, 65536)
    assert free_bytes(machine(tmp_path, str(2 << 30), 4), tmp_path) == 2 * GIB - 4 * page
    assert free_bytes(machine(tmp_path, str(1 << 20), 10**9), tmp_path) == 0


def test_that_the_limit_of_a_container_counts_without_the_files_it_has_read(tmp_path: Path) -> None:
    group = tmp_path / "group"
    group.mkdir()
    (group / "memory.max").write_text(f"{2 << 30}\n")
    (group / "memory.stat").write_text(f"anon {1 << 30}\nfile {1 << 29}\nkernel {1 << 20}\nslab_unreclaimable 5\n")
    assert free_bytes(machine(tmp_path), group) == GIB - 2**20
    (group / "memory.max").write_text("max\n")
    assert free_bytes(machine(tmp_path), group) == 9 * GIB


@pytest.mark.parametrize("text", ["", "nonsense", "MemAvailable:", "\xff\x00"])
def test_that_where_nothing_is_told_there_is_no_limit(tmp_path: Path, text: str) -> None:
    assert free_bytes(tmp_path, tmp_path) == math.inf
    assert free_bytes(told(tmp_path, meminfo=text, self_statm=text, self_limits=text), tmp_path) == math.inf


def test_that_work_that_needs_more_than_is_left_is_refused_with_both_figures() -> None:
    must_have(GIB, GIB + SPARE)
    with pytest.raises(DesignerError, match=r"needs about 1 GiB of memory, and 512 MiB are left\. Close other"):
        must_have(GIB, GIB / 2)
    with pytest.raises(DesignerError):
        must_have(GIB, GIB + SPARE - 1)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory of a process is not told here")
def test_that_the_limit_of_this_process_is_known() -> None:
    code = """
import resource
from designer.memory import free_bytes
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (64 << 20),) * 2)
print(free_bytes() / 2**20)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 40 < float(done.stdout) <= 64


def test_that_a_reserve_is_held_given_back_and_held_again() -> None:
    reserve = Reserve(1 << 20)
    assert reserve.hold()
    reserve.free()
    assert reserve.hold()
    assert not Reserve(1 << 62).hold()


def test_that_a_reserve_takes_address_space_and_no_memory() -> None:
    if not STATM.exists():
        pytest.skip("this system does not say what a process takes")
    size = 256 << 20
    before = pages_taken()
    reserve = Reserve(size)
    space, memory = (now - was for now, was in zip(pages_taken(), before, strict=True))
    assert space >= size // mmap.PAGESIZE
    assert memory < size // mmap.PAGESIZE // 16
    reserve.free()
    assert pages_taken()[0] < before[0] + size // mmap.PAGESIZE // 2


def test_that_large_work_without_memory_is_refused_before_it_begins(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, done = list[str](), list[int]()
    session.refused.connect(said.append)
    monkeypatch.setattr(large, "MADE_BYTES", 1 << 50)
    assert session.do_large("Working …", large.LARGE + 1, lambda project: done.append(1)) is None
    assert [text.partition(" of memory")[0] for text in said] == ["This needs about 1,001 PiB"]
    assert done == []
    monkeypatch.setattr(large, "LARGE_REPLAY", -1)
    monkeypatch.setattr(large, "INDEX_BYTES", 1 << 50)
    session.go_to(0)
    assert len(said) == 2


def grow(megabytes: int) -> int:
    """Fill what is left with numbers; print how much is left when that ends. 3: it did not begin."""
    with limited(megabytes):
        try:
            watch = Watch()
        except MemoryError:
            return 3
        rows = list[float]()
        try:
            while True:
                rows.append(float(len(rows)))
        except MemoryError:
            left = free_bytes()
        finally:
            watch.end()
        rows.clear()
    traced = steps(lambda: [None for _ in range(9)])  # a tracer gets through: no error is looked for any more
    print(len(rows), left > 0, traced > 9)
    return 0


@pytest.mark.parametrize(("megabytes", "ended"), [(0, (3, "")), (8, (3, "")), (24, DONE), (90, DONE)])
def test_that_watched_work_ends_before_the_last_byte_or_does_not_begin(megabytes: int, ended: tuple[int, str]) -> None:
    assert in_process(partial(grow, megabytes)) == ended


def test_that_a_lack_of_memory_within_sqlite_is_no_damage_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.clouddesign"
    project_file.save(path, one_of_each())

    def no_memory() -> bool:
        raise MemoryError  # SQLite swallows it and says that it was interrupted

    monkeypatch.setattr(reading, "guard", lambda base, until, longest: base.set_progress_handler(no_memory, 1))
    with pytest.raises(FileError, match="needs more memory"):
        project_file.load(path)
