"""How services detect that a member does not answer: once, after their health check, unless it answers again."""

from __future__ import annotations

import numpy as np

from designer.engine.clock.agenda import NOTICE
from designer.engine.rules.context import Rows, RuleContext


class HealthChecks:
    """The health checks of the services of a run."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._check_s = np.array([s.health_check_s for s in context.tables.spec.services], np.float64)

    def fell_silent(self, time_s: float, vms: Rows) -> None:
        """Handle VMs that stopped answering: their services notice it when the health check is over."""
        t, s = self._context.tables, self._context.state
        rows = t.with_apps(vms)
        members = rows[(t.service[rows] >= 0) & s.believed[rows]]
        if members.size:
            at_s = time_s + self._check_s[t.service[members]]
            self._context.plan(at_s, NOTICE, members, s.silent[members])

    def answer(self, vms: Rows) -> None:
        """Handle VMs that answer again: drop what was planned for their silence, and send them requests."""
        t, s = self._context.tables, self._context.state
        rows = t.with_apps(vms)
        s.silent[rows] += 1
        s.believe(rows, (t.service[rows] >= 0) & ~s.idle(rows))

    def notice(self, time_s: float, rows: Rows, stamps: Rows) -> None:
        """Stop sending requests to members that are still silent."""
        s = self._context.state
        dead = rows[(s.silent[rows] == stamps) & s.believed[rows] & ~s.working(rows)]
        if dead.size:
            t = self._context.tables
            s.believe(dead, False)
            self._context.log.add(time_s, "noticed", t.vm_ids[dead], s.cause[t.inside[dead]])
