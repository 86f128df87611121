"""What services believe of their members: they lose one after a health check, unless it answers again.

A service behind a load balancer goes by its checks: a member is out after a number of failures in a row, and in again
after a number of successes; a new one needs its first success only. Where it finds none healthy it sends to all
(fail-open).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.clock.agenda import BELIEVED, NOTICE
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.share.arrays import F


def checked_s(time_s: float, interval_s: Any, count: Any) -> Any:
    """When the last of `count` checks in a row is made; checks are made at whole intervals since the start."""
    return (np.ceil(time_s / interval_s - 1e-9) + count - 1.0) * interval_s


class HealthChecks:
    """The health checks of the services of a run."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        services = context.tables.spec.services
        self._check_s = np.array([s.health_check_s for s in services], np.float64)
        checks = [s.checks for s in services]
        self._interval_s = np.array([0.0 if c is None else c.interval_s for c in checks], np.float64)
        self._timeout_s = np.array([0.0 if c is None else c.timeout_s for c in checks], np.float64)
        self._failures = np.array([1 if c is None else c.failures for c in checks], np.int64)
        self._own = np.array([s.balancer is not None for s in services], np.bool_)
        """Services whose balancers divide requests by a rule of their own."""
        self._successes = np.array([1 if c is None else c.successes for c in checks], np.int64)

    def register(self, vms: Rows) -> None:
        """Handle VMs that are new: their first success is enough."""
        rows = self._context.tables.with_apps(vms)
        self._context.state.new[rows] = True

    def fell_silent(self, time_s: float, vms: Rows) -> None:
        """Handle VMs that stopped answering: their services notice it when the health check is over."""
        t, s = self._context.tables, self._context.state
        rows = t.with_apps(vms)
        members = rows[(t.service[rows] >= 0) & s.believed[rows]]
        if members.size:
            service = t.service[members]
            at_s = time_s + self._check_s[service]
            checked = self._interval_s[service] > 0.0
            behind = service[checked]
            at_s[checked] = self._checked_s(time_s, behind, self._failures[behind]) + self._timeout_s[behind]
            self._context.plan(at_s, NOTICE, members, s.silent[members])
        waits = rows[(t.service[rows] >= 0) & ~s.believed[rows]]
        s.silent[waits] += 1  # what was planned for its successes holds no more

    def answer(self, time_s: float, vms: Rows) -> None:
        """Handle VMs that answer again: drop what was planned for their silence, and send them requests, at once or
        after enough checks that succeed.
        """
        t, s = self._context.tables, self._context.state
        rows = t.with_apps(vms)
        s.silent[rows] += 1
        member = (t.service[rows] >= 0) & ~s.idle(rows)
        later = member.copy()
        later[later] = self._interval_s[t.service[rows[later]]] > 0.0
        later[later] = ~s.believed[rows[later]] | s.fail_open[t.service[rows[later]]]
        s.believe(rows[~later], member[~later])
        waits = rows[later]
        if waits.size:
            service = t.service[waits]
            count = np.where(s.new[waits], 1, self._successes[service])
            self._context.plan(self._checked_s(time_s, service, count), BELIEVED, waits, s.silent[waits])
        s.new[rows[~later]] = False

    def _checked_s(self, time_s: float, service: Rows, count: Rows) -> F:
        """When the last of `count` checks in a row is made."""
        found: F = checked_s(time_s, self._interval_s[service], count)
        return found

    def believe(self, time_s: float, rows: Rows, stamps: Rows) -> None:
        """Send requests to members whose checks succeeded often enough."""
        s = self._context.state
        good = rows[(s.silent[rows] == stamps) & s.working(rows)]
        service = self._context.tables.service
        good = good[~s.believed[good] | s.fail_open[service[good]]]
        if good.size:
            for n in np.unique(service[good][s.fail_open[service[good]]]).tolist():
                s.fail_open[n] = False
                s.believe(np.flatnonzero((service == n) & s.believed), False)
            s.believe(good, True)
            s.new[good] = False
            self._context.log.add(time_s, "trusted", self._context.tables.vm_ids[good])

    def notice(self, time_s: float, rows: Rows, stamps: Rows) -> Rows:
        """Stop sending requests to members that are still silent; those of services behind load balancers."""
        s = self._context.state
        t = self._context.tables
        dead = rows[(s.silent[rows] == stamps) & s.believed[rows] & ~s.working(rows)]
        dead = dead[~s.fail_open[t.service[dead]]]
        if dead.size:
            s.believe(dead, False)
            self._context.log.add(time_s, "noticed", t.vm_ids[dead], s.cause[t.inside[dead]])
            self._fail_open(np.unique(t.service[dead]))
        found: Rows = dead[self._interval_s[t.service[dead]] > 0.0]
        return found

    def _fail_open(self, services: Rows) -> None:
        """Send requests to all members of services behind a balancer that finds none healthy."""
        t, s = self._context.tables, self._context.state
        for n in services[(self._interval_s[services] > 0.0) & ~self._own[services]].tolist():
            members = np.flatnonzero(t.service == n)
            if not s.believed[members].any():
                s.believe(members[s.unit[t.inside[members]] >= 0], True)
                s.fail_open[n] = True
