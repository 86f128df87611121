"""How much memory a process has had, and folders in memory. Imports nothing that a fuzzer instruments."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path


def in_memory() -> str | None:
    """A folder in memory, where the system has one: there nothing waits for a disk."""
    folder = "/dev/shm"
    return folder if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 64 << 20 else None


def most_megabytes() -> int:
    """The most memory that this process has had. Linux counts that of the parent into `ru_maxrss`, which is no fault of
    the child."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


@contextlib.contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Raise AssertionError where this process takes more than so much beyond what it has now (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the most that was had begins anew
    before = most_megabytes()
    yield
    taken = most_megabytes() - before
    assert taken <= megabytes, f"it took {taken} MB"
