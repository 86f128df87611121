"""What hosts give to migrations: bandwidth, CPU, time; and what VMs bring."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.migration.carrying import Movers, limit_s
from designer.engine.spec import Host, precopy
from designer.engine.spec.packed import mapped, values_of
from designer.engine.spec.precopy import PLAIN, RULES, GuestMemory, Stop
from designer.engine.tables.tabulate import Tables

Rows = NDArray[np.int64]


class MovingHosts:
    """The rules of a run's hosts; `able` are the units that have one, `kept` failover hosts: no VM moves there.
    `any_plain`: whether some have the plain model.
    """

    def __init__(self, tables: Tables) -> None:
        t, units = tables, tables.unit_ids.size
        self.kept, self.able = _kept(t), np.zeros(units, np.bool_)
        self.able[: t.hosts] = t.kinds.array(lambda host: host.migration is not None, np.bool_)
        figures = np.zeros((7, units))
        if self.able.any():
            figures[:, : t.hosts] = t.kinds.array(_figures, np.float64).T
        number, mbps, slots, downtime_s, converge, timeout_s_gib, core = figures
        dirty, hot = np.zeros((2, len(t.vms) if self.able.any() else 0))
        if dirty.size:
            for column, name in ((dirty, "dirty_mib_s"), (hot, "hot_mib")):
                column[:] = mapped(values_of(t.vms, name), float, np.float64, len(t.vms))
        hot[hot == 0.0] = np.inf
        mhz, capacity = (np.ascontiguousarray(t.units.rows[name]) for name in ("thread_mhz", "capacity"))
        self.of = Movers(
            number.astype(np.int64), mbps, downtime_s, converge > 0.0, core, mhz, capacity, t.ram_mib, dirty, hot,
            t.vm_ids, slots, timeout_s_gib,
        )  # fmt: skip
        self.any_plain = bool(self.plain(np.arange(units)).any())

    def plain(self, units: Rows) -> NDArray[np.bool_]:
        """Which units have the plain model."""
        found: NDArray[np.bool_] = self.able[units] & (self.of.rule[units] == PLAIN)
        return found

    def limit_s(self, v: int, source: int) -> float:
        """Seconds after which a migration is given up."""
        return limit_s(v, source, self.of)

    def why_endless(self, v: int, source: int, mib_s: float) -> str:
        """What is to be said about a migration that does not converge at a bandwidth; empty when it does."""
        of = self.of
        guest = GuestMemory(float(of.ram_mib[v]), float(of.dirty_mib_s[v]), float(of.hot_mib[v]))
        stop = Stop(int(of.rule[source]), float(of.downtime_s[source]), bool(of.converge[source]))
        if precopy.converges(guest, stop, mib_s):
            return ""
        return (
            f"it does not converge: it writes {guest.dirty_mib_s:,.0f} MiB/s and {mib_s:,.0f} are sent; "
            f"it is given up after {self.limit_s(v, source):,.0f} s"
        )


def _figures(host: Host) -> tuple[float, ...]:
    """The figures of the migrations of a host: number of the rule, Mbit/s, how many at once, the rest of the rule."""
    rule = host.migration
    if rule is None:
        return (0.0,) * 7
    at_once = np.inf if rule.rule == "plain" else rule.at_once
    fixed = RULES.index(rule.rule), rule.mbps, at_once, rule.downtime_s, rule.converge
    return *fixed, rule.timeout_s_gib, rule.core_per_gbps


def _kept(tables: Tables) -> NDArray[np.bool_]:
    """The hosts that clusters keep free for restarts by their admission control."""
    ids = [i for c in tables.spec.clusters if c.ha and c.admission == "failover_hosts" for i in c.failover]
    return np.isin(tables.unit_ids, np.array(ids, np.int64)) if ids else np.zeros(tables.unit_ids.size, np.bool_)
