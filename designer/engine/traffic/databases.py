"""Who serves the requests to databases: writes the primary, reads the standbys that are reached, in equal parts.

A service that depends on a database sends it a request for each that it serves, and the primary takes it; one that
only reads is served by the standbys, or by the primary where none is reached. Noted is when that changes, and what
services served until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress
from designer.engine.rules.names import Noted
from designer.engine.tables.needs import database_users

F = NDArray[np.float64]


class DatabaseUse:
    """Follows the databases of a run that services use."""

    def __init__(self, progress: Progress) -> None:
        t = self._tables = progress.tables
        self._progress, self._state = progress, progress.state
        used = database_users(t.spec)
        at = dict(zip(t.unit_ids.tolist(), range(t.unit_ids.size), strict=True)) if used else {}
        self._users = [(at[i], t.replicas[at[i]], *users) for i, users in used.items()]
        self._last = [(-2, 0)] * len(self._users)
        self.noted: list[Noted] = []
        self.served: list[F] = []
        """What each service had served until then."""

    def settle(self, time_s: float) -> None:
        """Note what an instant changed, after the figures of what it touched are advanced."""
        for n, (u, places, _, readers) in enumerate(self._users):
            now = self._ways(u, places)
            if now == self._last[n]:
                continue
            if readers.any():
                self._progress.integrate(self._progress.members_of(readers), time_s)
            self._last[n] = now
            self.noted.append((time_s, int(self._tables.unit_ids[u]), *now))
            self.served.append(self._progress.sums.served.sum(axis=1))

    def _ways(self, u: int, places: NDArray[np.int64]) -> tuple[int, int]:
        """Which place takes writes (-1: none), and the bits of those that are read."""
        s = self._state
        reached = s.reached[places]
        primary = int(np.flatnonzero(places == s.replica[u])[0])
        standbys = np.flatnonzero(reached & (np.arange(places.size) != primary))
        read = standbys if standbys.size else np.flatnonzero(reached)
        return primary if s.reached[u] else -1, int((1 << read).sum())

    @property
    def ways(self) -> dict[int, tuple[int, int]]:
        """Which replica of each database takes writes (-1: none), and the bits of those that are read."""
        known = zip(self._users, self._last, strict=True)
        return {int(self._tables.unit_ids[u]): now for (u, *_), now in known if now[0] > -2}

    # -- copies

    def restore(self, parent: DatabaseUse, time_s: float) -> None:
        """Continue from a restored state with what another run noted until a time."""
        count = sum(noted[0] <= time_s for noted in parent.noted)
        self.noted, self.served = parent.noted[:count], parent.served[:count]
        self._last = [self._ways(u, places) for u, places, _, _ in self._users]

    def columns(self) -> dict[str, NDArray[Any]]:
        """What was noted, as columns of a saved run."""
        if not self.noted:
            return {}
        times, *ids = zip(*self.noted, strict=True)
        return {
            "base_time_s": np.array(times), "base_ways": np.array(ids, np.int64), "base_served": np.array(self.served)
        }  # fmt: skip

    def put(self, columns: Mapping[str, NDArray[Any]]) -> bool:
        """Take over what `columns` returned; False where it does not fit. A run of an older version tells none."""
        times, ways, served = (columns.get(f"base_{name}") for name in ("time_s", "ways", "served"))
        self.noted, self.served = [], []
        if times is None or ways is None or served is None:
            return True
        if ways.shape != (3, times.size) or served.shape != (times.size, self._tables.work.size):
            return False
        self.noted = [(time_s, *way) for time_s, way in zip(times.tolist(), zip(*ways.tolist()), strict=True)]
        self.served = list(served)
        return True
