"""How databases fail over to a standby when they lose their primary."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from designer.engine.clock.agenda import LAND
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.state.state import UpDown


class Databases:
    """The databases of a run: each is where its `replica` in the state says, or between two places while it moves.

    `settle(time, changed, serials)` derives the consequences of units that rose.
    """

    def __init__(self, context: RuleContext, settle: Callable[[float, UpDown, Rows], None]) -> None:
        self._context, self._settle = context, settle
        self._short = dict.fromkeys(context.tables.quorums, False)
        """Whether a database is told to be without its quorum."""

    def restore(self) -> None:
        """Continue from a restored state."""
        for u in self._short:
            self._short[u] = self._is_short(u)

    def _is_short(self, u: int) -> bool:
        t = self._context.tables
        return int(self._context.state.reached[t.replicas[u]].sum()) < t.quorums.get(u, 0)

    def look(self, time_s: float, serial: int) -> None:
        """Tell which databases take no writes any more, since too few replicas are up or reached, or do again."""
        t, log = self._context.tables, self._context.log
        for u, before in self._short.items():
            short = self._is_short(u)
            if short != before:
                self._short[u] = short
                there = int(self._context.state.reached[t.replicas[u]].sum())
                why = f"{there} of the {t.quorums[u]} replicas that a write needs are up" if short else ""
                log.add(time_s, "no_writes" if short else "writes", t.unit_ids[u], serial, detail=why)

    def fail_over(self, time_s: float, serial: int) -> None:
        """Start moving each database that is down to a standby, when one is up."""
        s, t = self._context.state, self._context.tables
        for u, places in t.replicas.items():
            here = t.parent[u]
            reached = s.reached
            if reached[u] or s.moving[u] or (here >= 0 and not s.up[here]) or self._is_short(u):
                continue  # without a quorum nobody can be elected
            if not (reached[places] & (places != s.replica[u])).any():
                continue
            s.moving[u] = True
            s.stop(np.array([u]))
            begun = int(self._context.log.add(time_s, "moving", t.unit_ids[u], serial, t.unit_ids[s.replica[u]])[0])
            self._context.plan_unit(time_s + t.spec.domains[u - t.hosts].failover_s, LAND, u, cause=begun)

    def land(self, time_s: float, u: int, begun: int) -> None:
        """Put a database on its first standby that is up; without one it stays where it was."""
        s, t = self._context.state, self._context.tables
        s.moving[u] = False
        standbys = [int(place) for place in t.replicas[u] if s.reached[place] and place != s.replica[u]]
        standbys = [] if self._is_short(u) else standbys
        serial, seed = begun, np.array([u])
        if standbys:
            s.replica[u], s.since_s[u] = standbys[0], np.nan
            lag_s = t.spec.domains[u - t.hosts].lag_s if t.quorums.get(u, 0) < 2 else 0.0
            why = f"its writes of the last {lag_s:g} s are lost" if lag_s > 0.0 else ""
            moved = self._context.log.add(time_s, "moved", t.unit_ids[u], begun, t.unit_ids[standbys[0]], why, lag_s)
            serial = int(moved[0])
        failed = bool(s.failed[u]) and not standbys
        s.touch_units(seed)
        changed = s.rise(seed[:0] if failed else seed, recovered=True)
        self._settle(time_s, changed, np.array([serial]))
