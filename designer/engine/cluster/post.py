"""Power-on self test: a host that has power again is up only after its POST time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import POSTED
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.state.state import State, UpDown


class PowerOn:
    """Hosts that take a time to come up. One that fell is `moving` and `dark`; one that tests itself is not dark.

    `settle(time, changed, serials)` derives the consequences of units that rose.
    """

    def __init__(self, context: RuleContext, settle: Callable[[float, UpDown, Rows], None]) -> None:
        self._context, self._settle = context, settle
        starts = context.tables.starts
        self._slow = np.zeros(0, np.int64) if starts is None else starts.slow
        self._post_s = np.zeros(0) if starts is None else starts.post_s

    def fell(self, units: Rows) -> None:
        """Take into account that units are down."""
        if self._slow.size:
            s, cold = self._context.state, np.intersect1d(units, self._slow)
            s.moving[cold] = s.dark[cold] = True
            s.supply[cold] += 1

    def look(self, time_s: float, cause: int) -> None:
        """Let hosts that have power again test themselves, and stop those that have lost it."""
        s, t = self._context.state, self._context.tables
        for n in np.flatnonzero(s.moving[self._slow]).tolist():
            u = int(self._slow[n])
            ready = not s.failed[u] and has_power(s, u) and not s.hot[u]
            if ready == (not s.dark[u]):
                continue
            s.dark[u] = not ready
            s.supply[u] += 1
            s.touch_units(self._slow[n : n + 1])
            if ready:
                serial = int(self._context.log.add(time_s, "starting", t.unit_ids[u], cause)[0])
                self._context.plan_unit(time_s + float(self._post_s[n]), POSTED, u, int(s.supply[u]), serial)

    def is_slow(self, hosts: Rows) -> NDArray[np.bool_]:
        """Which hosts test themselves before they are up."""
        return np.isin(hosts, self._slow)

    def posted(self, time_s: float, units: Rows, stamps: Rows, causes: Rows) -> None:
        """Let hosts be up whose test is over."""
        s = self._context.state
        still = s.supply[units] == stamps
        units, causes = units[still], causes[still]
        if units.size:
            s.moving[units] = s.dark[units] = False
            serials = self._context.log.add(time_s, "started", self._context.tables.unit_ids[units], causes)
            self._settle(time_s, s.rise(units, recovered=True), serials)


def has_power(state: State, u: int) -> bool:
    """Whether what a unit stands in is up, and what it is fed by gives."""
    links = state.links.units
    feeds, above = links.feeds, int(links.parent[u])
    if above >= 0 and not state.up[above]:
        return False
    gives = state.up | (links.holds & ~state.dark)
    return all(
        gives[feeds.unit[feeds.first[g] : feeds.first[g + 1]]].any() for g in range(feeds.own[u], feeds.own[u + 1])
    )
