"""The clocks of time zones during a run, and when they change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec

_LOOK_S = 6 * 3600
"""Seconds between two looks at a zone's offset: no zone changes its clocks and changes them back within this."""


class LocalClock(NamedTuple):
    """The clock of a time zone during a run: seconds since the start at which it changes; seconds it is ahead of UTC
    before the first change, and after each (one more).
    """

    changes_s: NDArray[np.float64]
    ahead_s: NDArray[np.float64]

    @classmethod
    def of(cls, spec: Spec, zone: str) -> LocalClock:
        """Look for the changes of a zone's clock within a run, each to the second."""
        where, start = ZoneInfo(zone), spec.start_utc.replace(microsecond=0)

        def ahead(second: int) -> float:
            offset = (start + timedelta(seconds=second)).astimezone(where).utcoffset()
            return offset.total_seconds() if offset else 0.0

        changes: list[float] = []
        found = [ahead(0)]
        for second in range(0, int(spec.until_s), _LOOK_S):
            low, high = second, second + _LOOK_S
            after = ahead(high)
            if after == found[-1]:
                continue
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if ahead(middle) == found[-1] else (low, middle)
            changes.append(high - spec.start_utc.microsecond / 1e6)
            found.append(after)
        return cls(np.array(changes, np.float64), np.array(found))

    def ahead_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds ahead of UTC at times since the start."""
        return self.ahead_s[np.searchsorted(self.changes_s, times_s, side="right")]

    def parts(self, start_s: float, end_s: float) -> Iterator[tuple[float, float, float]]:
        """The parts of a span in which the clock does not change: begin, end, seconds ahead of UTC."""
        inside = self.changes_s[(self.changes_s > start_s) & (self.changes_s < end_s)]
        edges = np.concatenate(([start_s], inside, [end_s]))
        yield from zip(edges[:-1].tolist(), edges[1:].tolist(), self.ahead_at(edges[:-1]).tolist())


def second_of_day(spec: Spec) -> int:
    """The second of the day, in UTC, at which a run starts."""
    return (spec.start_utc.hour * 60 + spec.start_utc.minute) * 60 + spec.start_utc.second
