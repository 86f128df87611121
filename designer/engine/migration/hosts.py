"""What hosts give to migrations: bandwidth, CPU, time; and what VMs bring."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import precopy
from designer.engine.spec.moving import Migration
from designer.engine.spec.packed import values_of
from designer.engine.spec.precopy import GuestMemory, Stop
from designer.engine.tables.tabulate import Tables


class MovingHosts:
    """The rules of a run's hosts; `able` are the units that have one, `kept` failover hosts: no VM moves there."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.rules: list[Migration | None] = [host.migration for host in tables.spec.hosts]
        self._stops = [None if rule is None else Stop(rule.rule, rule.downtime_s, rule.converge) for rule in self.rules]
        self._guests: dict[int, GuestMemory] = {}
        slots = [0.0 if rule is None else np.inf if rule.rule == "plain" else rule.at_once for rule in self.rules]
        self.slots: list[float] = slots + [0.0] * (tables.unit_ids.size - tables.hosts)
        """How many migrations each unit takes part in at most at a time."""
        self.capacity: list[float] = tables.units.rows["capacity"].tolist()
        self._thread_mhz: list[float] = tables.units.rows["thread_mhz"].tolist()
        self.kept = _kept(tables)
        self.able = np.zeros(tables.unit_ids.size, np.bool_)
        self.able[: tables.hosts] = [rule is not None for rule in self.rules]

    def rule(self, u: int) -> Migration:
        """The rule of a host that has one."""
        found = self.rules[u]
        assert found is not None
        return found

    def guest_of(self, v: int) -> GuestMemory:
        """The memory of a VM, as a migration sees it."""
        if v not in self._guests:
            dirty, hot = self._written
            self._guests[v] = GuestMemory(float(self._tables.ram_mib[v]), float(dirty[v]), float(hot[v]) or np.inf)
        return self._guests[v]

    @cached_property
    def _written(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """MiB/s that each VM writes, and within how much memory."""
        vms = self._tables.vms
        dirty, hot = (np.fromiter(values_of(vms, name), np.float64, len(vms)) for name in ("dirty_mib_s", "hot_mib"))
        return dirty, hot

    def stop_of(self, source: int) -> Stop:
        """When the hypervisor of a host stops a VM to send the rest."""
        found = self._stops[source]
        assert found is not None
        return found

    def mib_s(self, ends: Sequence[int], source: int, target: int) -> float:
        """The bandwidth of a migration: an equal part of what each end has, the smaller one. `ends`: how many
        migrations each unit takes part in.
        """
        own, other = self.rule(source), self.rule(target)
        if own.rule == "plain":
            return precopy.mib_s_of(min(own.mbps, other.mbps) * precopy.PLAIN_FRAC)
        return precopy.mib_s_of(min(own.mbps / ends[source], other.mbps / ends[target]))

    def limit_s(self, v: int, source: int) -> float:
        """Seconds after which a migration is given up."""
        rule = self.rule(source)
        return rule.timeout_s_gib * float(self._tables.ram_mib[v]) / 1024.0 if rule.rule == "kvm" else np.inf

    def why_endless(self, v: int, source: int, mib_s: float) -> str:
        """What is to be said about a migration that does not converge at a bandwidth; empty when it does."""
        guest = self.guest_of(v)
        if precopy.converges(guest, self.stop_of(source), mib_s):
            return ""
        return (
            f"it does not converge: it writes {guest.dirty_mib_s:,.0f} MiB/s and {mib_s:,.0f} are sent; "
            f"it is given up after {self.limit_s(v, source):,.0f} s"
        )

    def mhz(self, source: int, target: int, mib_s: float, plain_mhz: float) -> tuple[float, float]:
        """MHz that both ends spend on a migration."""
        if self.rule(source).rule == "plain":
            return 0.0, plain_mhz
        gbps = mib_s * 2**20 * 8 / 1e9
        own, other = self.rule(source), self.rule(target)
        return (
            own.core_per_gbps * gbps * self._thread_mhz[source],
            other.core_per_gbps * gbps * self._thread_mhz[target],
        )


def _kept(tables: Tables) -> NDArray[np.bool_]:
    """The hosts that clusters keep free for restarts by their admission control."""
    ids = [i for c in tables.spec.clusters if c.ha and c.admission == "failover_hosts" for i in c.failover]
    return np.isin(tables.unit_ids, np.array(ids, np.int64))
