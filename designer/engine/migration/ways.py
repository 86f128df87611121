"""Over which NICs, uplinks and links migrations copy memory, and what they take there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np

from designer.engine.flow.tables import FlowTables
from designer.engine.share.arrays import F
from designer.engine.spec.precopy import MBIT_A_MIB
from designer.engine.tables.tabulate import Tables


class UnderWay(Protocol):
    """A migration of a VM: between which hosts it copies, and how fast."""

    v: int
    source: int
    target: int
    mib_s: float


class MovingWays:
    """The limits that migrations go through. Where nothing of a run flows over them, they bound no migration."""

    def __init__(self, tables: Tables, under_way: Callable[[], Iterable[UnderWay]], carried: F) -> None:
        self._under_way, self._carried = under_way, carried
        spec, none = tables.spec, np.zeros(0, np.int64)
        self._flows = FlowTables(tables, [], none, none, none, none, tuple(spec.limits))
        self._wired = bool(spec.flows) and any(limit.counts == "mbps" for limit in spec.limits)
        self._known: dict[tuple[int, int], tuple[int, ...]] = {}
        self._shared: Counter[int] = Counter()
        """How many migrations go through each limit."""
        self.turn = 0
        """Rises when what migrations take of limits changes."""

    def way(self, source: int, target: int) -> tuple[int, ...]:
        """The limits between two hosts."""
        if not self._wired:
            return ()
        if (source, target) not in self._known:
            self._known[source, target] = tuple(self._flows.way(source, target))
        return self._known[source, target]

    def begin(self, source: int, target: int) -> None:
        """Count a migration that begins."""
        self._shared.update(self.way(source, target))

    def forget(self) -> None:
        """Count none."""
        self._shared.clear()
        self.turn += 1

    def end(self, source: int, target: int) -> None:
        """Count a migration no more that is over."""
        self._shared.subtract(self.way(source, target))

    def at_most(self, mib_s: float, source: int, target: int) -> float:
        """A bandwidth of a migration, at most an equal part of what each limit on its way gives at all times."""
        return min([mib_s, *(self._rate(n) / self._shared[n] / MBIT_A_MIB for n in self.way(source, target))])

    def _rate(self, n: int) -> float:
        """What a limit gives now, Mbit/s."""
        limit = self._flows.limits[n]
        unit = self._flows.tables.unit_of(limit.of)
        return limit.rate * (float(self._carried[unit]) if unit is not None else 1.0)

    def taken_mbps(self) -> F:
        """What migrations take of each limit, Mbit/s: they go before the traffic of VMs."""
        found = np.zeros(len(self._flows.limits))
        for move in sorted(self._under_way(), key=lambda move: move.v):
            found[list(self.way(move.source, move.target))] += move.mib_s * MBIT_A_MIB
        return found
