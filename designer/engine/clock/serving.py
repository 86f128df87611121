"""What services do from tick to tick: requests asked and served, and when each begins and ends to drop some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress
from designer.engine.result.dropped import why_limited
from designer.engine.result.recorder import Log

F = NDArray[np.float64]
DROP_TOLERANCE = 1e-9
"""The unserved fraction of requests from which a service counts as dropping (rounding is less)."""


class Serving:
    """Follows the services of a run. `why(service, rate)` says in words why a service drops some of the requests
    that it is asked for a second."""

    def __init__(self, progress: Progress, log: Log, why: Callable[[int, float], str]) -> None:
        self._progress, self._log, self._why = progress, log, why
        self.dropping = np.zeros(progress.tables.work.size, np.bool_)
        self.apart: NDArray[np.bool_] | None = None
        """Services whose requests are counted elsewhere."""
        self._over: F = np.zeros((0, 0))
        self._most: F = np.full(self.dropping.size, np.inf)
        self._held = self._over
        self._why_held: Callable[[int], str] = lambda _: ""
        self.scanned = 0
        self.short = np.zeros(self.dropping.size)
        self.short_s = np.inf
        """What each service drops, requests a second, since this time (inf: not known to the most that it dropped)."""

    def limit(self, over: F, most: F, held: F, why_held: Callable[[int], str]) -> None:
        """Count what load balancers drop: `over` requests a second in each tick (services x ticks, or empty), what is
        above the `most` that each passes; and what databases do not serve, `held`, and why.
        """
        self._over, self._most, self._held, self._why_held = over, most, held, why_held

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        at = np.array([self.scanned, self.short_s])
        return {"dropping": self.dropping.copy(), "short": self.short.copy(), "served_at": at}

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self.dropping, self.short = saved["dropping"].copy(), saved["short"].copy()
        self.scanned, self.short_s = int(saved["served_at"][0]), float(saved["served_at"][1])

    def until(self, time_s: float) -> None:
        """Add the requests of the ticks that are over by a time, and note where dropping began or ended with one."""
        p = self._progress
        if not self.dropping.size:
            return
        self._hold_until(time_s)
        first, done = p.ticks_done, p.ticks_over(time_s)
        if done > first:
            p.ticks_done = done
            p.serve_until(done)
            self._add(first, done)

    def _add(self, first: int, stop: int) -> None:
        p = self._progress
        ticks, arrays = p.tables.ticks, p.store.arrays
        rate, width = ticks.rate[:, first:stop], np.diff(ticks.edges[first : stop + 1])
        if self._over.size:
            over = self._over[:, first:stop]
            np.add.at(arrays["balancer_dropped"], ticks.row[first:stop], (over * width).T)
            rate = rate + over
        if self._held.size:
            rate = rate + self._held[:, first:stop]
        served, instant = p.sums.served[:, first:stop], p.sums.instant[:, first:stop]
        if self.apart is not None:
            rate, served, instant = (np.where(self.apart[:, None], 0.0, part) for part in (rate, served, instant))
        # Tick after tick, so that the rows do not depend on how many ticks are taken at once.
        np.add.at(arrays["requested"], ticks.row[first:stop], (rate * width).T)
        np.add.at(arrays["served"], ticks.row[first:stop], served.T)
        skipped, self.scanned = max(self.scanned - first, 0), max(self.scanned, stop)
        if first + skipped >= stop:
            return
        rate = rate[:, skipped:]
        short = rate - instant[:, skipped:]
        dropping = short > DROP_TOLERANCE * np.maximum(rate, 1e-300)
        before = np.concatenate([self.dropping[:, None], dropping[:, :-1]], axis=1)
        for k, s in np.argwhere((dropping != before).T).tolist():
            self._note(s, float(ticks.edges[first + skipped + k]), bool(dropping[s, k]), float(short[s, k]), 0)
        self.dropping = dropping[:, -1].copy()
        np.maximum.at(arrays["dropped_most"], ticks.row[first + skipped : stop], np.where(dropping, short, 0.0).T)

    def _hold_until(self, time_s: float) -> None:
        """Count what services drop since the last instant among the most that they drop, if time has passed."""
        if self.short_s < time_s:
            ticks, most = self._progress.tables.ticks, self._progress.store.arrays["dropped_most"]
            row = ticks.row[self._progress.tick_at(self.short_s)]
            most[row] = np.maximum(most[row], self.short)
            self.short_s = np.inf

    def at_tick(self, time_s: float) -> None:
        """Note what began with the tick in which an instant lies, before the instant changes anything."""
        p = self._progress
        k = p.ticks_done
        if (
            self.dropping.size
            and k >= self.scanned
            and k < p.tables.ticks.row.size
            and p.tables.ticks.edges[k] < time_s
        ):
            self.look(float(p.tables.ticks.edges[k]), 0, None)
            self.scanned = k + 1

    def look(self, time_s: float, cause: int, touched: NDArray[np.int64] | None) -> None:
        """Note services that begin or end to drop requests at an instant that touched some units."""
        p = self._progress
        ticks = p.tables.ticks
        if not self.dropping.size or time_s >= p.tables.spec.until_s:
            return
        self._hold_until(time_s)
        k = p.tick_at(time_s)
        rate = ticks.rate[:, k] + self._over[:, k] if self._over.size else ticks.rate[:, k]
        rate = rate + self._held[:, k] if self._held.size else rate
        short = rate - p.served(k, touched)
        if self.apart is not None:
            short[self.apart] = 0.0
        dropping = short > DROP_TOLERANCE * np.maximum(rate, 1e-300)
        for s in np.flatnonzero(dropping != self.dropping).tolist():
            self._note(s, time_s, bool(dropping[s]), float(short[s]), cause)
        self.dropping = dropping
        self.short, self.short_s = np.where(dropping, short, 0.0), time_s

    def _note(self, s: int, time_s: float, dropping: bool, short: float, cause: int) -> None:
        k = self._progress.tick_at(time_s)
        why = self._why(s, float(self._progress.tables.ticks.rate[s, k])) if dropping else ""
        if dropping and not why and self._over.size and self._over[s, k] > 0.0:
            why = why_limited(float(self._most[s]))
        elif dropping and not why and self._held.size and self._held[s, k] > 0.0:
            why = self._why_held(s)
        self._log.add(
            time_s, "dropping" if dropping else "served", self._progress.tables.spec.services[s].id, cause, detail=why,
            value=short if dropping else 0.0,
        )  # fmt: skip
