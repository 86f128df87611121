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
_LESS = 4
"""An instant that touches few units counts at most this part of one that touches many: a branch, which has to go
through it again, does so in less time."""
_ROWS_A_WIDE_ONE, _ROWS_A_NARROW_ONE = 900, 30
"""Rows of a keyframe that cost as much as going once more through an instant that touches many units, or few."""

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
    """The keyframes of a run, one after every `stride` instants, or after more that touch few units; at most
    `most_bytes`: else the one whose neighbors stand nearest together is dropped.
    """

    def __init__(self, rows: int, most_bytes: int = 96_000_000) -> None:
        self._frames: list[Keyframe] = []
        self._stride, self._left, self._most_bytes = max(LEAST_STRIDE, rows // _ROWS_A_WIDE_ONE), 0.0, most_bytes
        self._narrow = 1.0 / max(_LESS, rows // _ROWS_A_NARROW_ONE // self._stride)
        """What an instant counts that touches few units."""
        self._dropped = 0

    @property
    def nbytes(self) -> int:
        """About how much memory they take."""
        return sum(frame.nbytes for frame in self._frames)

    def due(self, wide: bool) -> bool:
        """Count an instant (`wide`: it touched many units); whether a keyframe is to be taken after it."""
        self._left -= 1.0 if wide else self._narrow
        if self._left > 1e-9:
            return False
        self._left = float(self._stride)
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
        other._stride, other._narrow, other._left = self._stride, self._narrow, float(self._stride)
        other._frames = [one for one in self._frames if one.time_s <= frame.time_s]
        return other
