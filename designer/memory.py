"""How much memory this process may still take, and a reserve for saying that it has run out."""

from __future__ import annotations

import ctypes
import math
import mmap
import threading
from collections.abc import Iterator
from pathlib import Path

from designer import units
from designer.errors import DesignerError
from designer.words import tr

SPARE = 32 << 20
"""Bytes that large work leaves to the window: Qt ends the process where it gets none."""
LEAST = 16 << 20
"""Bytes with which work ends in good order."""
FASTEST = 2 << 30
"""Bytes a second that work takes at most, between two looks at what is left."""
SOONEST_S, LATEST_S = 0.002, 0.5
STACK = 256 << 10
PROC, CGROUP = Path("/proc"), Path("/sys/fs/cgroup")


def free_bytes(proc: Path = PROC, cgroup: Path = CGROUP) -> float:
    """How many bytes this process may still take before its own limit, its container's or the system's is reached.

    Infinite where none of them is told (not on Linux). Pages of files that the system can drop count as free.
    """
    return max(min(_of_process(proc), _of_system(proc), _of_container(cgroup)), 0.0)


def must_have(wanted: float, left: float | None = None) -> None:
    """Refuse work that needs about `wanted` bytes where they are not left. Raises DesignerError."""
    left = free_bytes() if left is None else left
    if wanted + SPARE > left:
        needs, has = units.text(wanted / 2**20, "MiB", 2), units.text(left / 2**20, "MiB", 2)
        raise DesignerError(
            tr(
                "This needs about {0} of memory, and {1} are left. Close other programs, or do it in smaller "
                "parts, and try again.",
                needs,
                has,
            )
        )


class Reserve:
    """Bytes that are held back, untouched; when memory has run out, `free` gives them to what says so."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._held: mmap.mmap | None = None
        self.hold()

    def hold(self) -> bool:
        """Hold the bytes back; False where they are not to be had."""
        if self._held is None:
            try:  # a bytearray would write zeros to all of it
                self._held = mmap.mmap(-1, self.size)
            except (MemoryError, OSError):
                return False
        return True

    def free(self) -> None:
        """Give the bytes back."""
        if self._held is not None:
            self._held.close()
            self._held = None


class Watch:
    """Raises MemoryError in the thread that makes it when less than `LEAST` bytes are left, and again at each half of
    that, until `end`.

    Work must end before the last byte is taken: to leave a `with` block by an exception Python 3.11 needs memory for a
    number, and where there is none it tries again for ever. Raises MemoryError at once where too little is left.
    """

    def __init__(self) -> None:
        if free_bytes() < LEAST:
            raise MemoryError
        self._over, self._lock, self._thread = threading.Event(), threading.Lock(), threading.get_ident()
        usual = threading.stack_size(STACK)
        try:
            threading.Thread(target=self._look, name="memory", daemon=True).start()
        except RuntimeError:  # there is no memory for a thread
            raise MemoryError from None
        finally:
            threading.stack_size(usual)

    def _look(self) -> None:
        left, least = free_bytes(), LEAST
        while not self._over.wait(min(max((left - least) / FASTEST, SOONEST_S), LATEST_S)):
            left = free_bytes()
            if left < least:
                least //= 2  # where a callback of C swallows the error, memory goes on to run out
                with self._lock:
                    if not self._over.is_set():
                        _raise_in(self._thread)

    def end(self) -> None:
        """Raise nothing any more. An error on its way is taken here: to call it back leaves Python 3.11 looking for it
        at each step for ever, and a tracer (a debugger, a measure of coverage) never gets beyond its first.
        """
        while not self._over.is_set():
            try:
                with self._lock:
                    self._over.set()
                for _ in range(2):  # an error that is on its way is raised where a loop begins anew
                    pass
            except MemoryError:
                continue


def _raise_in(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(MemoryError))


def _of_process(proc: Path) -> float:
    """What the limit of the process's address space leaves."""
    limits = (line.split() for line in _lines(proc / "self/limits"))
    most = next((line[3] for line in limits if line[:3] == ["Max", "address", "space"]), "")
    taken = next(iter(_lines(proc / "self/statm")), "").split()
    if not most.isdecimal() or not taken:
        return math.inf
    return float(most) - float(taken[0]) * mmap.PAGESIZE


def _of_system(proc: Path) -> float:
    """What all processes together may still take."""
    kib = {line.partition(":")[0]: line.split()[1] for line in _lines(proc / "meminfo") if len(line.split()) > 1}
    if "MemAvailable" not in kib:
        return math.inf
    return 1024.0 * (int(kib["MemAvailable"]) + int(kib.get("SwapFree", 0)))


def _of_container(cgroup: Path) -> float:
    """What the limit of the container leaves."""
    most = next(iter(_lines(cgroup / "memory.max")), "")
    if not most.isdecimal():
        return math.inf
    stat = dict(line.split()[:2] for line in _lines(cgroup / "memory.stat"))
    return float(most) - sum(float(stat.get(name, 0)) for name in ("anon", "kernel", "shmem"))


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text("utf-8", "replace")
    except (OSError, MemoryError):
        return
    yield from text.splitlines()
