"""Fencing by power: a cluster that goes on switches lost hosts off by their management boards (IPMI) before it restarts
their VMs elsewhere.

A board answers while its host has power, whether the host runs or not. One that does not answer is asked again once it
has power. Until it confirms, or the host is back, nothing of the host restarts: it may still run there.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import FENCE, FIND
from designer.engine.cluster.post import has_power
from designer.engine.cluster.tables import Judged
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.state.state import FAILED
from designer.engine.tables.vms import CLUSTER

IDLE, CONFIRMED, SILENT, ASKED = range(4)
"""What the management board of a lost host has said: it was not asked, the host is off, nothing; it was asked."""
B = NDArray[np.bool_]


class Resets(Protocol):
    """What makes hosts go down, and come up again after their POST time."""

    def reset(self, time_s: float, hosts: Rows, serials: Rows) -> None:
        """Reset hosts."""


class Fencing:
    """Asks management boards. Where no cluster fences by power there is none to ask."""

    def __init__(self, context: RuleContext, resets: Resets) -> None:
        self._context, self._resets = context, resets
        judged = context.tables.judged
        self._rows = () if judged is None else tuple(row for row in judged.rows if row.record.fencing == "power")

    def follow(self, time_s: float, cause: int, row: Judged, on: B) -> None:
        """Ask the boards of hosts that a cluster has lost, while it goes on; ask those no more that are back."""
        if row.record.fencing != "power":
            return
        s, record, goes_on = self._context.state, row.record, bool(on.any())
        for u, well in zip(row.hosts.tolist(), on.tolist()):
            if not well and goes_on:
                if s.fenced[u] == IDLE:
                    after_s = record.primary_fence_after_s if s.was_primary[u] else record.fence_after_s
                    self._ask(time_s + after_s + record.fence_s, u, cause)
            elif well or s.fenced[u] != CONFIRMED:
                s.fenced[u] = IDLE
                s.fences[u] += 1

    def look(self, time_s: float, cause: int) -> None:
        """Ask boards again that did not answer and have power now."""
        s = self._context.state
        for row in self._rows:
            for u in row.hosts[s.fenced[row.hosts] == SILENT].tolist():
                if has_power(s, u):
                    self._ask(time_s + row.record.fence_s, u, cause)

    def _ask(self, answer_s: float, u: int, cause: int) -> None:
        s = self._context.state
        s.fenced[u] = ASKED
        s.fences[u] += 1
        self._context.plan_unit(answer_s, FENCE, u, int(s.fences[u]), cause)

    def answer(self, time_s: float, units: Rows, stamps: Rows, causes: Rows) -> None:
        """Let boards answer that are still asked: hosts are off and their VMs are found, or a board has no power."""
        t, s = self._context.tables, self._context.state
        still = (s.fences[units] == stamps) & (s.fenced[units] == ASKED)
        for u, cause in zip(units[still].tolist(), causes[still].tolist()):
            if not has_power(s, u):
                s.fenced[u] = SILENT
                why = "its management board has no power"
                self._context.log.add(time_s, "unfenced", t.unit_ids[u], cause, detail=why)
                continue
            s.fenced[u] = CONFIRMED
            rows = s.standing_on(np.array([u]))
            rows = rows[(s.status[rows] == FAILED) & (t.recovery[rows] == CLUSTER)]
            serials = self._context.log.add(time_s, "fenced_off", t.unit_ids[u], cause)
            if s.up[u]:
                self._resets.reset(time_s, np.array([u]), serials)
            self._context.plan(time_s, FIND, rows, s.epoch[rows])
