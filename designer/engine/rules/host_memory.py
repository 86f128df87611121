"""What each VM of a host holds of its memory at one moment, by the rule of the host."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory import esxi, hyperv, linux
from designer.engine.memory.holding import FIGURES, Asking, F, Held, stalled
from designer.engine.spec import Host
from designer.engine.spec.capacity import guaranteed_mib, memory_mib, overhead_mib
from designer.engine.state.members import Members
from designer.engine.state.state import ALIVE
from designer.engine.tables.tabulate import Tables

Rows = NDArray[np.int64]
ACTIVE, GRANTED, SHARED, BALLOONED = range(4)


class HostMemory:
    """The memory of hosts at one moment: `vms` (VM x figure, MiB), and of each host what is `free` and `taken` back
    (MiB), and its `state`."""

    def __init__(self, tables: Tables) -> None:
        assert tables.memory is not None
        self.tables, self._of = tables, tables.memory
        self.has = np.array([memory_mib(host) for host in self._of.hosts])
        self.vms = np.zeros((len(tables.vms), len(FIGURES)))
        self.free, self.taken = self.has.copy(), np.zeros(self.has.size)
        self.state = [_calm(host) for host in self._of.hosts]

    def settle(self, u: int, rows: Rows, tick: int, balloon: F) -> tuple[F, int]:
        """Give the memory of a host to its VMs; the pace of each, and the VM (row) that is killed (-1: none).

        `balloon` is what the daemon of Proxmox has taken from each VM of the run.
        """
        host, of = self._of.hosts[u], self._of
        size = self.tables.ram_mib[rows]
        active = of.active_frac(rows, tick) * size
        overhead = overhead_mib(host, self.tables.vcpus[rows], size)
        if self._is_calm(host, u, rows, float((size + overhead).sum()), balloon):
            held = _all_configured(size, self.has[u] - float(overhead.sum()), _calm(host))
        else:
            floor = np.array([guaranteed_mib(host, *pair) for pair in zip(size, self.tables.floor_mib[rows])])
            asking = Asking(size, active, floor, of.shares_on(host, rows, self.tables.ram_mib), overhead,
                            of.buffer[rows], of.adjust[rows])  # fmt: skip
            held = _by_rule(host, asking, self.has[u], balloon[rows])
        self.free[u], self.state[u] = held.free, held.state
        figures = active, held.granted, held.shared, held.ballooned, held.compressed, held.swapped
        self.vms[rows] = np.stack(figures, axis=1)
        self.taken[u] = float(self.vms[rows, BALLOONED:].sum())
        waits = stalled(held.missing, held.packed, host.swap_slowdown)
        return 1.0 - waits, int(rows[held.victim]) if held.victim >= 0 else -1

    def _is_calm(self, host: Host, u: int, rows: Rows, needed: float, balloon: F) -> bool:
        """Whether every VM of a host has all that is configured, without a look at what it uses."""
        fits = bool(needed <= self.has[u])
        if host.memory == "hyperv":
            return fits and not (self.tables.floor_mib[rows] > 0.0).any()
        if host.memory == "esxi":
            return bool(needed <= self.has[u] - esxi.min_free_mib(host.ram_mib))
        if host.memory in ("kvm", "proxmox"):
            merging = host.sharable_frac > 0.0 and linux.merges(needed + host.ram_mib - self.has[u], host.ram_mib)
            return fits and not merging and not balloon[rows].any()
        return True


def _calm(host: Host) -> str:
    """The state of a host's memory while there is enough."""
    return "high" if host.memory == "esxi" else ""


def _all_configured(size: F, room: float, state: str) -> Held:
    nothing = np.zeros(size.size)
    return Held(size, nothing, nothing, nothing, nothing, nothing, nothing, room - float(size.sum()), state)


def _by_rule(host: Host, asking: Asking, has_mib: float, balloon: F) -> Held:
    """What VMs of a host hold by its rule."""
    if host.memory == "esxi":
        return esxi.settle(asking, has_mib, host.ram_mib, host.sharable_frac)
    if host.memory == "hyperv":
        return hyperv.settle(asking, has_mib)
    return linux.settle(asking, has_mib, host.ram_mib, host.sharable_frac, host.swap_mib, balloon)


def hosts_of(tables: Tables, status: NDArray[np.uint8], unit: Rows) -> Rows:
    """The host whose memory each of some VMs holds; -1: none."""
    return np.where(ALIVE[status] & (unit < tables.hosts), unit, -1)


def memory_at(tables: Tables, status: NDArray[np.uint8], unit: Rows, balloon: F, tick: int) -> HostMemory:
    """The memory of all hosts at a moment of which the state of VMs is known."""
    found, rows = HostMemory(tables), np.arange(tables.first_app)
    on = Members(hosts_of(tables, status[rows], unit[rows]), tables.hosts)
    for u in range(tables.hosts):
        found.settle(u, on.of(np.array([u])), tick, balloon)
    return found
