"""Copies of a run at chosen instants; a branch starts from the nearest one before it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_STRIDE = 16
"""Fewest instants between two keyframes."""
_NARROW, _WIDE = 1, 4
"""What an instant counts that touches few units, or many: a branch has to go through it again."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Keyframe:
    """A run right after an instant: arrays of the state, of the agenda and of the figures so far; how many entries of
    the log, sentences of it, and changes there were. Events by `settled_s` have happened (-1: none, at the start).
    """

    time_s: float
    settled_s: float
    state: Arrays
    agenda: tuple[NDArray[np.float64], NDArray[np.int64]]
    figures: Arrays
    entries: int
    details: int
    changes: int

    @cached_property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        return sum(array.nbytes for array in (*self.state.values(), *self.agenda, *self.figures.values()))


class Keyframes:
    """The keyframes of a run, one after every `stride` instants, or four times as many that touch few units; at most
    `most_bytes`: else the one whose neighbors stand nearest together is dropped.
    """

    def __init__(self, rows: int, most_bytes: int = 96_000_000) -> None:
        self._frames: list[Keyframe] = []
        self._stride, self._left, self._most_bytes = max(LEAST_STRIDE, rows // 900), 0, most_bytes
        self._dropped = 0

    @property
    def nbytes(self) -> int:
        """About how much memory they take."""
        return sum(frame.nbytes for frame in self._frames)

    def due(self, wide: bool) -> bool:
        """Count an instant (`wide`: it touched many units); whether a keyframe is to be taken after it."""
        self._left -= _WIDE if wide else _NARROW
        if self._left > 0:
            return False
        self._left = _WIDE * self._stride
        return True

    def add(self, frame: Keyframe) -> None:
        """Add a keyframe, the newest."""
        self._frames.append(frame)
        while len(self._frames) > 2 and self.nbytes > self._most_bytes:
            self._drop()

    def _drop(self) -> None:
        """Drop a keyframe; once as many have been dropped as are left, they stand twice as far apart."""
        changes = np.array([frame.changes for frame in self._frames])
        del self._frames[1 + int(np.argmin(changes[2:] - changes[:-2]))]
        self._dropped += 1
        if self._dropped >= len(self._frames):
            self._stride, self._dropped = 2 * self._stride, 0

    def before(self, time_s: float) -> Keyframe | None:
        """The last keyframe that is not after a time."""
        n = bisect_right([frame.time_s for frame in self._frames], time_s)
        return self._frames[n - 1] if n else None

    def until(self, frame: Keyframe) -> Keyframes:
        """The keyframes up to one of them, for the branch that starts there."""
        other = Keyframes(1, self._most_bytes)
        other._stride, other._left = self._stride, _WIDE * self._stride
        other._frames = [one for one in self._frames if one.time_s <= frame.time_s]
        return other
