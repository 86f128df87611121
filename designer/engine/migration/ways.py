"""Over which NICs, uplinks and links migrations copy memory, and what they ask of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from designer.engine.flow.tables import FlowTables
from designer.engine.migration.carrying import Movers
from designer.engine.share.arrays import F, I
from designer.engine.spec.precopy import MBIT_A_MIB, PLAIN, PLAIN_FRAC
from designer.engine.tables.tabulate import Tables

_LEAST_MIB_S = 1e-6
"""At this a copy goes on that gets nothing: so it has an end, which nobody waits for."""


class MovingWays:
    """The limits that migrations go through, beside the traffic of VMs: they get what max-min gives them, at most an
    equal part of what each end has for migrations. Where nothing of a run flows over limits (it is not `wired`), these
    bound no migration. `under_way`: the rows of migrations, by VM; `ends`: how many each unit takes part in; `go_on`
    lets them go on at MiB/s each.
    """

    def __init__(
        self, tables: Tables, under_way: Callable[[], Any], of: Movers, ends: I, go_on: Callable[[float, F], None]
    ) -> None:
        self._under_way, self._of, self._ends, self._go_on = under_way, of, ends, go_on
        spec, none = tables.spec, np.zeros(0, np.int64)
        self._flows = FlowTables(tables, [], none, none, none, none, tuple(spec.limits))
        self.wired = bool(spec.flows) and any(limit.counts == "mbps" for limit in spec.limits)
        self._known: dict[tuple[int, int], tuple[int, ...]] = {}
        self.turn = 0
        """Rises when migrations begin or end."""

    def _way(self, source: int, target: int) -> tuple[int, ...]:
        """The limits between two hosts."""
        if (source, target) not in self._known:
            self._known[source, target] = tuple(self._flows.way(source, target))
        return self._known[source, target]

    def asked(self) -> tuple[list[int], list[tuple[int, ...]], list[float]]:
        """The VMs that are moved, rising; the limits each copy goes through, and the Mbit/s that it asks for."""
        moves, of = self._under_way(), self._of
        sources, targets = moves["source"], moves["target"]
        shared = np.minimum(of.mbps[sources] / self._ends[sources], of.mbps[targets] / self._ends[targets])
        plain = np.minimum(of.mbps[sources], of.mbps[targets]) * PLAIN_FRAC
        mbps = np.where(of.rule[sources] == PLAIN, plain, shared)
        ways = [self._way(*both) for both in zip(sources.tolist(), targets.tolist())]
        return moves["v"].tolist(), ways, mbps.tolist()

    def let(self, time_s: float, mbps: F) -> None:
        """Set how many Mbit/s each copy sends from now on (inf: all that it asks for)."""
        self._go_on(time_s, np.maximum(mbps / MBIT_A_MIB, _LEAST_MIB_S))
