"""How warm halls get in a scenario: their curves, and when their hosts shut down and are switched on again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designer.engine.result.log import LogEntry
from designer.study.headless import Headless

FELT_K = 0.5
"""A hall that gets no warmer than this above its usual temperature is not told."""


@dataclass(frozen=True)
class WarmHall:
    """A hall that got warm: the highest temperature and when, what it is switched off at, when its hosts shut down and
    were switched on (None: they were not), and its curve: from each time on the highest temperature of that step."""

    id: int
    name: str
    most_c: float
    most_s: float
    set_c: float
    shutdown_c: float
    off_s: float | None
    on_s: float | None
    curve: tuple[tuple[float, float], ...]


def warm_halls(
    done: Headless, first_s: float, entries: Sequence[LogEntry], names: Mapping[int, str]
) -> Iterator[WarmHall]:
    """The halls that got warm after a scenario began."""
    power, told = done.series.power, done.spec.power
    if power is None or told is None:
        return
    first = max(int(np.searchsorted(done.series.edges_s, first_s, side="right")) - 1, 0)
    most, times = power.hall_c_most[first:], done.series.edges_s[first:-1]
    for n, hall in enumerate(told.halls):
        column = most[:, n]
        if not column.size or np.isnan(column).all() or float(np.nanmax(column)) < hall.set_c + FELT_K:
            continue
        at = int(np.nanargmax(column))
        off_s, on_s = (
            next((one.time_s for one in entries if one.id == hall.id and one.what == what), None)
            for what in ("overheated", "cooled")
        )
        curve = tuple((float(time_s), float(value)) for time_s, value in zip(times, column) if np.isfinite(value))
        yield WarmHall(
            hall.id, names.get(hall.id) or done.name(hall.id), float(column[at]), float(times[at]), hall.set_c,
            hall.shutdown_c, off_s, on_s, curve,
        )  # fmt: skip
