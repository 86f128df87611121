"""Egress: which VMs that need the internet lose their way to it, and find it again."""

from __future__ import annotations

import numpy as np

from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.services import HealthChecks
from designer.engine.state.state import RUNNING, State


class Egress:
    """Follows the ways out to the internet."""

    def __init__(self, context: RuleContext, health: HealthChecks) -> None:
        t = context.tables
        self._context, self._health = context, health
        self._outward = np.flatnonzero(t.ways.outward)
        self.lost = np.zeros(len(t.vms), np.bool_)
        """VMs that run and have no way out, as of the last look."""
        self._closed = np.zeros(0, np.bool_)

    def look(self, time_s: float, cause: int) -> None:
        """Note which running VMs lose their way to the internet, and which find it again."""
        s, t = self._context.state, self._context.tables
        if not self._outward.size:
            return
        closed = s.closed()
        same = closed is self._closed or np.array_equal(closed, self._closed)
        self._closed = closed
        rows = self._outward if not same else s.touched_vms[t.ways.outward[s.touched_vms]]
        if not rows.size:
            return
        running = s.status[rows] == RUNNING
        lost, before = s.offline(rows) & running, self.lost[rows]
        self.lost[rows] = lost
        back = rows[before & ~lost & running]
        if back.size:
            self._health.answer(time_s, back)
            self._context.log.add(time_s, "online", t.vm_ids[back], cause)
        gone = rows[lost & ~before]
        address = s.address(gone)
        for unit in np.unique(address):
            these = gone[address == unit]
            s.cause[these] = self._context.log.add(
                time_s, "offline", t.vm_ids[these], cause, detail=why_shut(s, int(unit))
            )
            self._health.fell_silent(time_s, these)

    def restore(self) -> None:
        """Restore who has no way out."""
        s, rows = self._context.state, self._outward
        self.lost[rows] = s.offline(rows) & (s.status[rows] == RUNNING)


def why_shut(state: State, unit: int) -> str:
    """Why no way leads to the internet from a unit, in words."""
    t = state.tables
    domain = t.spec.domains[unit - t.hosts]
    up = dict(zip(t.unit_ids.tolist(), state.reached.tolist()))
    missed: Rows | tuple[int, ...] = next((g for g in domain.outward if not any(up[way] for way in g)), ())
    named = {d.id: d.name or str(d.id) for d in t.spec.domains}
    return domain.shut or are_down([named[int(way)] for way in missed])


def are_down(names: list[str]) -> str:
    """A clause that says which elements are down."""
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} down"
