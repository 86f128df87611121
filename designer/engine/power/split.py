"""Watts and energy of VMs: what a host draws idle is split among its VMs by their size, the rest by what they use.

The idle watts of a host are the first point of its power curve. They are split among the VMs that run on it, by their
vCPUs or their memory; what it draws above that by the CPU that they get, or, where nobody gets any (a migration keeps
the host busy), as its idle watts. So the parts of VMs add up to what their host draws; of a host without VMs nobody has
a part. Applications have parts of what their VM has: of the idle part by their vCPUs, of the rest by the CPU they get.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.power.tables import F, I
from designer.engine.share.arrays import Now, Rates
from designer.engine.tables.tabulate import Tables


class Split:
    """Watts of VMs and applications (rows) now, and their energy so far, J: idle, and dynamic (rows x 2)."""

    def __init__(self, tables: Tables, rule: str) -> None:
        rows = len(tables.vms) if rule else 0
        self._tables, self._rule = tables, rule
        self.watts, self.energy_j = np.zeros((rows, 2)), np.zeros((rows, 2))
        self.on = np.full(rows, -1)
        """The host of whose watts a row has a part; -1: none."""
        if rule:
            weights = tables.vcpus if rule == "vcpus" else tables.ram_mib
            self._weight = np.broadcast_to(weights, (rows,)).astype(np.float64)
            self._vcpus = np.broadcast_to(tables.vcpus, (rows,)).astype(np.float64)
        self._running: tuple[I, I, F] | None = None
        """The VMs on all hosts that are up, the host of each, and its part of idle watts; None: to be found anew."""

    def settle(self, hosts: I, now: Now, rates: Rates, moved: bool = True) -> None:
        """Split anew what some hosts draw; where none `moved`, the same VMs run on the same hosts as before."""
        if not self._rule:
            return
        every = hosts.size == self._tables.hosts
        found = None if moved or not every else self._running
        if found is None:
            found = self._run_on(hosts, now)
            self._running = found if every else None
        vms, on, by_size = found
        if not vms.size:
            return
        t = self._tables
        whole = rates.units["power_w"][: t.hosts]
        idle = np.minimum(t.units.watts[: t.hosts, 0], whole)
        got = rates.loads["got"][vms]
        total = np.bincount(on, got, t.hosts)[on]
        by_use = np.divide(got, total, out=by_size.copy(), where=total > 0.0)
        self.watts[vms, 0], self.watts[vms, 1] = idle[on] * by_size, (whole - idle)[on] * by_use
        self._settle_apps(vms, rates)

    def _run_on(self, hosts: I, now: Now) -> tuple[I, I, F]:
        """Find who runs on some hosts: the VMs, the host of each, and its part of the idle watts."""
        t = self._tables
        changed = np.zeros(t.unit_ids.size + 1, np.bool_)
        changed[hosts] = True
        self.watts[changed[self.on]] = 0.0
        self.on[changed[self.on]] = -1
        parts = [now.vms[now.first[u] : now.first[u] + now.members[u]] for u in hosts.tolist() if now.up[u]]
        vms = np.concatenate([np.zeros(0, np.int64), *parts])
        on = np.repeat([u for u in hosts.tolist() if now.up[u]], [part.size for part in parts]).astype(np.int64)
        self.on[vms] = on
        return vms, on, _parts(on, self._weight[vms], t.hosts)

    def _settle_apps(self, vms: I, rates: Rates) -> None:
        """Split what VMs have among the applications in them."""
        t = self._tables
        if t.first_app == len(t.vms):
            return
        rows = t.with_apps(vms)
        apps = rows[t.inside[rows] != rows]
        if not apps.size:
            return
        of = t.inside[apps]
        by_size = _parts(of, self._vcpus[apps], len(t.vms))
        got = rates.loads["got"][of]
        by_use = np.divide(rates.loads["got"][apps], got, out=np.zeros(apps.size), where=got > 0.0)
        self.on[apps] = self.on[of]
        self.watts[apps] = self.watts[of] * np.stack([by_size, by_use], axis=1)

    def carry(self, seconds: float) -> None:
        """Add a time in which nothing changes."""
        if self._rule:
            self.energy_j += self.watts * seconds

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        return {"split_energy": self.energy_j.copy()}

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self.energy_j = saved["split_energy"].copy()


def _parts(of: I, weights: F, count: int) -> F:
    """What part of the weights of its group each has; equal ones where the group has none."""
    total = np.bincount(of, weights, count)[of]
    equal = 1.0 / np.bincount(of, minlength=count)[of]
    return np.divide(weights, total, out=equal, where=total > 0.0)
