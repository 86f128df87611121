"""Admission control: a cluster refuses to power a VM on that would break its policy, and says when that is broken.

Restarts by HA are never refused: they use what was kept free.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from designer.engine.cluster.slots import Size, why_broken
from designer.engine.rules.context import RuleContext
from designer.engine.spec import Cluster, capacity
from designer.engine.state.motion import DRAINING, MAINTAINED, OPEN, WAKING
from designer.engine.state.state import HOLDING, State
from designer.engine.tables.tabulate import Tables

_COUNTED = np.isin(np.arange(WAKING + 1), (OPEN, DRAINING))
"""By the mode of a host whether the policy counts it (vSphere Availability: connected, and not in maintenance mode)."""

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


@dataclass(frozen=True)
class Policy:
    """The policy of the n-th cluster, and its hosts (units)."""

    n: int
    record: Cluster
    hosts: I
    failover: I


def policies_of(tables: Tables) -> tuple[Policy, ...]:
    """The policies of a run's clusters."""
    made, spec = [], tables.spec
    for n, cluster in enumerate(spec.clusters):
        if cluster.admission != "none" and cluster.ha:
            hosts = [u for u, host in enumerate(spec.hosts) if host.cluster == cluster.id]
            failover = [u for u in hosts if spec.hosts[u].id in cluster.failover]
            made.append(Policy(n, cluster, np.array(hosts, np.int64), np.array(failover, np.int64)))
    return tuple(made)


class Policies:
    """Follows what clusters keep free."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self.rows = policies_of(context.tables)
        self._known: dict[int, bytes] = {}

    @cached_property
    def _sizes(self) -> list[Size]:
        """What each host has; asked for only where a cluster keeps something free."""
        t = self._context.tables
        return [Size(capacity.cpu_mhz(host), float(mib)) for host, mib in zip(t.spec.hosts, t.limits.ram_mib)]

    def _wants(self, vms: I, units: I) -> list[Size]:
        """What VMs (rows) reserve on units, with the overhead of the hypervisor."""
        t = self._context.tables
        return list(map(Size, t.reserved_mhz[vms].tolist(), t.taken_mib(vms, units).tolist()))

    def why_refused(self, asks: I, units: I) -> dict[int, str]:
        """Which VMs (rows), powered on one after the other on their units beside what is on, are refused, and why."""
        refused: dict[int, str] = {}
        for policy in self.rows:
            theirs = np.isin(units, policy.hosts)
            if theirs.any():
                refused |= self._refused_by(policy, asks[theirs], units[theirs])
        return refused

    def _refused_by(self, policy: Policy, asks: I, units: I) -> dict[int, str]:
        """Those of `why_refused` that one cluster refuses."""
        t, s, record = self._context.tables, self._context.state, policy.record
        name = record.name or "its cluster"
        if record.admission == "failover_hosts":
            there = np.flatnonzero(np.isin(units, policy.failover)).tolist()
            return {int(asks[n]): f"{t.name(int(units[n]))} is a failover host of {name}" for n in there}
        holding = np.setdiff1d(self._on(s, policy), asks)
        hosts, wants, on = self._there(policy), self._wants(asks, units), self._wants(holding, s.unit[holding])
        if not why_broken(record, hosts, [*on, *wants]):
            return {}  # what all of them leave free, the first of them leave too
        refused: dict[int, str] = {}
        for v, want in zip(asks.tolist(), wants):
            why = why_broken(record, hosts, [*on, want])
            if why:
                refused[v] = f"{name} would break its policy: {why}"
            else:
                on.append(want)
        return refused

    def look(self, time_s: float, cause: int) -> None:
        """Say which clusters no longer keep free what they must, and which do again."""
        s = self._context.state
        for policy in self.rows:
            holding = self._on(s, policy)
            known = (
                s.up[policy.hosts].tobytes()
                + s.mode[policy.hosts].tobytes()
                + holding.tobytes()
                + s.unit[holding].tobytes()
            )
            if self._known.get(policy.n) == known:
                continue
            self._known[policy.n] = known
            why = self._why_broken(policy, holding)
            if bool(why) != bool(s.broken[policy.n]):
                s.broken[policy.n] = bool(why)
                what = "policy_broken" if why else "policy_kept"
                self._context.log.add(time_s, what, policy.record.id, cause, detail=why)

    def _why_broken(self, policy: Policy, holding: I) -> str:
        s, t = self._context.state, self._context.tables
        if policy.record.admission == "failover_hosts":
            for u in policy.failover.tolist():
                if not s.up[u]:
                    return f"its failover host {t.name(u)} is down"
                if s.mode[u] == MAINTAINED:
                    return f"its failover host {t.name(u)} is in maintenance"
                if (s.unit[holding] == u).any():
                    return f"its failover host {t.name(u)} runs VMs"
            return ""
        return why_broken(policy.record, self._there(policy), self._wants(holding, s.unit[holding]))

    def is_broken(self, cluster: int) -> bool:
        """Whether the n-th cluster does not keep free what it must."""
        return any(
            self._why_broken(policy, self._on(self._context.state, policy))
            for policy in self.rows
            if policy.n == cluster
        )

    def not_needed(self, units: I) -> I:
        """Those of some hosts that may be switched off, one after the other, with what their cluster keeps free."""
        s, left = self._context.state, units
        for policy in self.rows:
            theirs = units[np.isin(units, policy.hosts)]
            holding = self._on(s, policy) if theirs.size else theirs
            wants, off = self._wants(holding, s.unit[holding]), np.zeros(0, np.int64)
            for u in theirs.tolist():
                kept = why_broken(policy.record, self._there(policy, np.append(off, u)), wants)
                off = off if kept else np.append(off, u)
            left = left[~np.isin(left, theirs) | np.isin(left, off)]
        return left

    def _there(self, policy: Policy, without: I | None = None) -> list[Size]:
        """What the hosts that count have, `without` some."""
        hosts = policy.hosts[self._counted(policy)]
        return [self._sizes[u] for u in (hosts if without is None else np.setdiff1d(hosts, without)).tolist()]

    def _counted(self, policy: Policy) -> B:
        """Which hosts count: those that are up, and neither in maintenance nor switched off for want of VMs."""
        s = self._context.state
        counted: B = s.up[policy.hosts] & _COUNTED[s.mode[policy.hosts]]
        return counted

    @staticmethod
    def _on(state: State, policy: Policy) -> I:
        """The VMs that hold memory and vCPUs on hosts of a cluster."""
        rows = state.standing_on(policy.hosts)
        return rows[HOLDING[state.status[rows]]]
