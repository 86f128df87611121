"""What events of the user do to places that go on: less bandwidth, longer round trips, and a provider
without capacity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules.context import Rows, RuleContext


def degrade(context: RuleContext, time_s: float, units: Rows, parts: NDArray[np.float64]) -> None:
    """Let hosts, uplinks and links carry a part of their bandwidth from now on; the last event of an instant counts."""
    t, s = context.tables, context.state
    for unit, part in zip(units.tolist(), parts.tolist()):
        if s.carried[unit] != part:
            s.carried[unit] = part
            s.carried_turn += 1
            context.log.add(time_s, "narrowed" if part < 1.0 else "widened", t.unit_ids[unit], value=part)


def delay(context: RuleContext, time_s: float, units: Rows, ms: NDArray[np.float64]) -> None:
    """Let round trips over uplinks and links take `ms` longer from now on; the last event of an instant counts."""
    t, s = context.tables, context.state
    for unit, longer in zip(units.tolist(), ms.tolist()):
        if s.delay_ms[unit] != longer:
            s.delay_ms[unit] = longer
            s.delay_turn += 1
            why = f"they take {longer:g} ms longer" if longer else ""
            context.log.add(time_s, "delayed" if longer else "undelayed", t.unit_ids[unit], detail=why, value=longer)


def sell(context: RuleContext, time_s: float, units: Rows, out: bool) -> None:
    """Let the provider have no capacity left in zones and regions (`out`), or have it again: who waits tries again."""
    t, s = context.tables, context.state
    provided = np.arange(t.unit_ids.size) >= t.hosts
    for unit in units.tolist():
        there = provided & ((t.zone == unit) | (t.region == unit))
        if (s.sold_out[there] != out).any():
            s.sold_out[there] = out
            s.capacity_grew |= not out
            s.unbalanced[:] |= not out
            context.log.add(time_s, "sold_out" if out else "restocked", t.unit_ids[unit])
