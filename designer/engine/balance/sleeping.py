"""Hosts without VMs are switched off, and switched on where they are needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import WOKEN
from designer.engine.cluster.policy import Policies
from designer.engine.cluster.votes import device_votes, majority
from designer.engine.migration.drains import Drains
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.placement import AGAINST_POLICY
from designer.engine.rules.restarting import Restarting
from designer.engine.spec.moving import Balancing
from designer.engine.state.motion import ASLEEP, OPEN, WAKING
from designer.engine.state.state import HOLDING, WAITING


class Sleeping:
    """Switches hosts of clusters off and on. One host of each cluster stays on, what its policy keeps free, and under
    Proxmox as many as have the majority of votes.
    """

    def __init__(
        self, context: RuleContext, policies: Policies, restarting: Restarting, drains: Drains,
        rules: list[Balancing | None], hosts: list[Rows],
    ) -> None:  # fmt: skip
        self._context, self._policies, self._restarting, self._drains = context, policies, restarting, drains
        self.rules = [(c, rule, hosts[c]) for c, rule in enumerate(rules) if rule is not None and rule.power_off]
        self._wake_s = np.zeros(context.tables.unit_ids.size)
        for _, rule, own in self.rules:
            self._wake_s[own] = rule.wake_s
        t = context.tables
        self._voting = {c: np.flatnonzero(t.cluster[: t.hosts] == t.unit_ids.size + c) for c, *_ in self.rules}

    def look(self, time_s: float, wanted: Rows) -> None:
        """Switch off hosts that hold no VM, take none in and are not `wanted`; switch those on that take VMs that wait
        or that leave a drained host, or one where the policy of the cluster is broken or votes are missing."""
        t, s = self._context.tables, self._context.state
        waits = np.flatnonzero((s.status == WAITING) & (t.home >= 0) & (s.missing == 0))
        clusters = t.cluster[s.origin[waits]] - t.unit_ids.size
        for c, _, hosts in self.rules:
            if self._wake_for(time_s, waits[clusters == c], hosts):
                continue
            spare = self._spare(c)
            if (s.mode[hosts] == ASLEEP).any() and (spare < 0 or self._policies.is_broken(c)):
                self._wake_one(time_s, hosts, s.settled_by)
                continue
            on = hosts[s.takes[hosts]]
            empty = on[~self._holds_some(on) & ~np.isin(on, wanted)]
            empty = empty[1:] if empty.size == on.size else empty
            empty = empty[max(empty.size - max(spare, 0), 0) :]
            empty = self._policies.not_needed(empty) if empty.size else empty
            if empty.size:
                s.set_mode(empty, ASLEEP)
                self._context.log.add(time_s, "powered_off", t.unit_ids[empty])

    def _spare(self, c: int) -> int:
        """How many hosts of a cluster may be off, as far as it goes by votes; below 0: how many more should be on."""
        s, record, hosts = self._context.state, self._context.tables.spec.clusters[c], self._voting[c]
        if record.rule != "proxmox" or record.two_node:
            return hosts.size
        on = int(np.count_nonzero(s.up[hosts] & (s.mode[hosts] != ASLEEP) & (s.mode[hosts] != WAKING)))
        device = device_votes(hosts.size) if record.witness else 0
        return on - majority(hosts.size + device) + device

    def _holds_some(self, hosts: Rows) -> NDArray[np.bool_]:
        """Which hosts hold a VM, or take one in."""
        s = self._context.state
        on = np.concatenate([s.unit[HOLDING[s.status]], s.to])
        holds: NDArray[np.bool_] = np.bincount(on[on >= 0], minlength=s.up.size)[hosts] > 0
        return holds

    def _wake_for(self, time_s: float, waiting: Rows, hosts: Rows) -> bool:
        """Switch on the hosts that take VMs that wait, or that a drain leaves where they are, beside those that boot
        already; whether any takes one, or none is to be switched off as a policy refuses one."""
        s = self._context.state
        if not (waiting.size or self._drains.drained):
            return False
        coming = [hosts[(s.mode[hosts] == mode) & s.up[hosts]] for mode in (WAKING, ASLEEP)]
        closed = np.concatenate(coming)
        causes, units = self._drains.where(hosts, closed)
        if waiting.size:
            causes = np.concatenate([s.cause[waiting], causes])
            units = np.concatenate([self._restarting.where(waiting, closed), units])
        asleep, first = np.unique(np.where(np.isin(units, coming[1]), units, -1), return_index=True)
        if asleep.size and asleep[-1] >= 0:
            self.wake(time_s, asleep[asleep >= 0], causes[first[asleep >= 0]])
        return bool((units >= 0).any() or (s.why[waiting] == AGAINST_POLICY).any())

    def _wake_one(self, time_s: float, hosts: Rows, cause: int) -> None:
        """Switch on one host for the policy or the votes, if none is booting."""
        s = self._context.state
        asleep = hosts[(s.mode[hosts] == ASLEEP) & s.up[hosts]]
        if asleep.size and not (s.mode[hosts] == WAKING).any():
            self.wake(time_s, asleep[:1], cause)

    def wake(self, time_s: float, units: Rows, cause: Rows | int = 0) -> None:
        """Switch hosts on; they take VMs once they have booted."""
        t, s = self._context.tables, self._context.state
        serials = self._context.log.add(time_s, "powered_on", t.unit_ids[units], cause)
        for u, serial in zip(units.tolist(), serials.tolist()):
            if self._wake_s[u] > 0.0:
                s.set_mode(np.array([u]), WAKING)
                self._context.plan_unit(time_s + float(self._wake_s[u]), WOKEN, u, 0, serial)
            else:
                s.set_mode(np.array([u]), OPEN)

    def woken(self, units: Rows) -> None:
        """Hosts have booted."""
        s = self._context.state
        units = units[s.mode[units] == WAKING]
        s.set_mode(units, OPEN)
        s.capacity_grew |= bool(units.size)
