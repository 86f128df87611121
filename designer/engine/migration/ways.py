"""Over which NICs, uplinks and links migrations copy memory, and what they take there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from designer.engine.flow.tables import FlowTables
from designer.engine.share.arrays import F, I
from designer.engine.spec.precopy import MBIT_A_MIB
from designer.engine.tables.tabulate import Tables


class MovingWays:
    """The limits that migrations go through. Where nothing of a run flows over them (it is not `wired`), they bound no
    migration. `under_way`: the rows of migrations, by VM.
    """

    def __init__(self, tables: Tables, under_way: Callable[[], Any], carried: F) -> None:
        self._under_way, self._carried = under_way, carried
        spec, none = tables.spec, np.zeros(0, np.int64)
        self._flows = FlowTables(tables, [], none, none, none, none, tuple(spec.limits))
        self.wired = bool(spec.flows) and any(limit.counts == "mbps" for limit in spec.limits)
        self._known: dict[tuple[int, int], tuple[int, ...]] = {}
        self._shared: Counter[int] = Counter()
        """How many migrations go through each limit."""
        self.turn = 0
        """Rises when what migrations take of limits changes."""

    def _way(self, source: int, target: int) -> tuple[int, ...]:
        """The limits between two hosts."""
        if (source, target) not in self._known:
            self._known[source, target] = tuple(self._flows.way(source, target))
        return self._known[source, target]

    def _ways(self, sources: I, targets: I) -> list[tuple[int, ...]]:
        return [self._way(*ends) for ends in zip(sources.tolist(), targets.tolist())]

    def begin(self, sources: I, targets: I) -> F:
        """Count migrations that begin; the most that each may take, MiB/s."""
        if not self.wired:
            return np.full(sources.size, np.inf)
        for way in (ways := self._ways(sources, targets)):
            self._shared.update(way)
            self.turn += bool(way)
        return np.array([self._least(way) for way in ways])

    def forget(self) -> None:
        """Count none."""
        self._shared.clear()
        self.turn += 1

    def end(self, sources: I, targets: I) -> None:
        """Count migrations no more that are over."""
        for way in self._ways(sources, targets):
            self._shared.subtract(way)
            self.turn += bool(way)

    def most(self) -> F:
        """The most that each migration may take, MiB/s."""
        moves = self._under_way()
        return np.array([self._least(way) for way in self._ways(moves["source"], moves["target"])], np.float64)

    def _least(self, way: tuple[int, ...]) -> float:
        """An equal part of what each limit of a way gives at all times, the smallest."""
        return min((self._rate(n) / self._shared[n] / MBIT_A_MIB for n in way), default=np.inf)

    def _rate(self, n: int) -> float:
        """What a limit gives now, Mbit/s."""
        limit = self._flows.limits[n]
        unit = self._flows.tables.unit_of(limit.of)
        return limit.rate * (float(self._carried[unit]) if unit is not None else 1.0)

    def taken_mbps(self) -> F:
        """What migrations take of each limit, Mbit/s: they go before the traffic of VMs."""
        found, moves = np.zeros(len(self._flows.limits)), self._under_way()
        for way, mib_s in zip(self._ways(moves["source"], moves["target"]), moves["mib_s"].tolist()):
            found[list(way)] += mib_s * MBIT_A_MIB
        return found
