"""Where VMs stand when a run begins: in their designed place, unless it has no room or lacks what they need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.capacity import OUT_OF_REACH
from designer.engine.cluster.policy import Policies
from designer.engine.result.recorder import Log
from designer.engine.rules.placement import HOME, Placement
from designer.engine.rules.waiting import no_capacity_text
from designer.engine.state.state import OFF, REFUSED, RUNNING

Rows = NDArray[np.int64]


def admit(placement: Placement, log: Log, policies: Policies) -> None:
    """Put every VM in its designed place; refuse those that do not fit, one after the other, and those that would break
    the policy of their cluster."""
    t, w = placement.tables, placement.state
    rows = np.arange(t.designed)
    on = t.powered_on[: t.designed]
    w.stand(rows, t.home[rows])
    w.be(rows[on], RUNNING)
    w.be(rows[~on], OFF)
    asks = np.flatnonzero(on)
    found = placement.place(asks, t.home, np.full(asks.size, HOME))
    refused = np.flatnonzero(found < 0)
    w.be(asks[refused], REFUSED)
    taken = _taken_before(placement, asks, found) if refused.size else {}
    for n in (*refused[found[refused] == OUT_OF_REACH], *refused[found[refused] != OUT_OF_REACH]):
        v = int(asks[n])
        unit = int(t.home[v])
        why = no_capacity_text(placement, int(found[n]), v, unit, taken.get(v, (0.0, 0.0, 0.0)))
        log.add(0.0, "refused", t.vm_ids[v], place=t.unit_ids[unit], detail=why)
    placed = asks[found >= 0]
    for v, why in policies.why_refused(placed, t.home[placed]).items():
        w.be(np.array([v]), REFUSED)
        log.add(0.0, "refused", t.vm_ids[v], place=t.unit_ids[t.home[v]], detail=why)


def _taken_before(placement: Placement, asks: Rows, found: Rows) -> dict[int, tuple[float, float, float]]:
    """MiB, vCPUs and MHz reserved that others had taken on its unit when a VM was refused, by its row."""
    t = placement.tables
    refusing = np.unique(t.home[asks[found < 0]])
    taken = {int(unit): (0.0, 0.0, 0.0) for unit in refusing}
    before: dict[int, tuple[float, float, float]] = {}
    for n in np.flatnonzero(np.isin(t.home[asks], refusing)):
        v, unit = int(asks[n]), int(t.home[asks[n]])
        mib, vcpus, mhz = taken[unit]
        if found[n] < 0:
            before[v] = mib, vcpus, mhz
        else:
            taken[unit] = mib + placement.needs_mib(v, unit), vcpus + t.vcpus[v], mhz + t.reserved_mhz[v]
    return before
