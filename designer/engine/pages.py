"""Memory of which only what is written to is taken, and of runs that are gone, for the next ones."""

from __future__ import annotations

import contextlib
import mmap
import weakref
from collections import deque

import numpy as np
from numpy.typing import NDArray

_MUCH, _LITTLE, _LARGE = 1 << 20, 1 << 23, 1 << 21
"""Bytes from which arrays are worth pages of their own, and up to which large ones; of a large page."""
_KEPT_MOST = 1 << 26
_KEPT: deque[mmap.mmap] = deque()
"""Memory of runs that are gone, for the next ones of this process, and its most bytes: a study makes one run after the
other, and the system takes ten times as long to give pages as it takes to clear them.
"""


def unused(size: int, whole: bool) -> NDArray[np.uint8]:
    """Zeroed bytes of which only what is written to takes memory: such from `np.zeros` may have been used before, and
    are cleared from end to end. `whole`: all will be written to; it may have been used before, and where it is little
    the system may give large pages at once (many are given slowly where the machine is a guest: a run of 26 MB took 80
    or 145 ms).
    """
    if size < _MUCH or not hasattr(mmap, "MAP_ANONYMOUS"):
        return np.zeros(size, np.uint8)
    if not whole:
        return np.frombuffer(_new_pages(size), np.uint8)
    pages = _kept_pages(size) or _new_pages(-(-size // _LARGE) * _LARGE, large=size <= _LITTLE)
    memory = np.frombuffer(pages, np.uint8)
    weakref.finalize(memory, _keep_pages, pages).atexit = False
    return memory


def _new_pages(size: int, large: bool = False) -> mmap.mmap:
    pages = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if large:
        _advise(pages, "MADV_HUGEPAGE")
    return pages


def _kept_pages(size: int) -> mmap.mmap | None:
    """Cleared pages of a run that is gone, of at least `size` bytes and at most twice as many."""
    with contextlib.suppress(IndexError):  # another thread took the last ones
        for _ in range(len(_KEPT)):
            pages = _KEPT.popleft()
            if size <= len(pages) <= 2 * size:
                np.frombuffer(pages, np.uint8)[:size] = 0
                return pages
            _KEPT.append(pages)
    return None


def _keep_pages(pages: mmap.mmap) -> None:
    """Keep pages that nothing refers to any more, as long as the system has no better use for them."""
    _advise(pages, "MADV_FREE")
    _KEPT.append(pages)
    with contextlib.suppress(IndexError):
        while sum(map(len, tuple(_KEPT))) > _KEPT_MOST:
            _KEPT.popleft()


def _advise(pages: mmap.mmap, advice: str) -> None:
    if hasattr(mmap, advice):
        with contextlib.suppress(OSError):  # a system that does not know it
            pages.madvise(getattr(mmap, advice))
