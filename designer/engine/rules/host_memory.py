"""What each VM of a host holds of its memory at one moment, and what it held so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory.arrays import MemoryArrays
from designer.engine.memory.holding import FIGURES
from designer.engine.memory.settling import add_held, scratch_for, settle_ticks
from designer.engine.result.arrays import MEMORY_SERIES
from designer.engine.state.members import Members
from designer.engine.state.state import ALIVE
from designer.engine.tables.tabulate import Tables

F = NDArray[np.float64]
Rows = NDArray[np.int64]
_KEPT = "totals", "seconds", "vms_s", "series_s"


class HostMemory:
    """The memory of hosts at one moment: of each VM its figures, of each host what is `free` and `taken` back (MiB).

    `known` is the pace of VMs that the run knows, `balloon` what the daemon of Proxmox has taken from each. What VMs
    held is added to their totals, and what hosts held to `MEMORY_SERIES` in `arrays`; without these nothing is added.
    """

    def __init__(self, tables: Tables, known: F, balloon: F, arrays: dict[str, Any] | None = None) -> None:
        of, vms = tables.memory, len(tables.vms)
        assert of is not None
        self.tables, self.on = tables, Members(np.full(tables.first_app, -1, np.int64), tables.hosts)
        self.hosts, self._vms = of.hosts.copy(), of.vms.copy()
        series: list[F] = [arrays[name].hosts if arrays else np.zeros((0, 0)) for name in MEMORY_SERIES]
        self.kernel = MemoryArrays(
            self.hosts, self._vms, np.zeros((vms, len(FIGURES))), np.zeros((vms, len(FIGURES))), np.ones(vms),
            known, balloon, of.courses, tables.ticks.edges, tables.ticks.row, series[0], series[1], series[2],
            self.on.first, self.on.members, self.on.vms,
        )  # fmt: skip
        self._widest, self._room = 1, scratch_for(1)
        if not arrays:
            self.hosts["vms_s"] = self.hosts["series_s"] = np.inf

    @property
    def vms(self) -> F:
        """VM x figure, MiB."""
        return self.kernel.now

    @property
    def has(self) -> F:
        """What each host has for VMs."""
        has: F = self.hosts["has"]
        return has

    @property
    def free(self) -> F:
        """What each host has left."""
        free: F = self.hosts["free"]
        return free

    @property
    def taken(self) -> F:
        """What the VMs of each host gave back."""
        taken: F = self.hosts["taken"]
        return taken

    def move(self, rows: Rows, to: Rows) -> None:
        """Move VMs (rising) to other hosts (-1: none)."""
        self.on.move(rows, to)
        if self.on.vms is not self.kernel.who:
            self.kernel = self.kernel._replace(who=self.on.vms)
        widest = int(self.on.members.max(initial=0))
        if widest > self._widest:
            self._widest = 2 * widest
            self._room = scratch_for(self._widest)

    def settle(self, units: Rows, tick: int) -> None:
        """Give the memory of hosts to their VMs in a tick."""
        if units.size:
            settle_ticks(units, tick + 1, True, self.kernel, self._room)

    def follow(self, units: Rows, stop: int) -> int:
        """Settle hosts in the ticks before `stop` in which their VMs use another part of their memory; the first tick
        of which something is to be told, or `stop`."""
        return int(settle_ticks(units, stop, False, self.kernel, self._room)) if units.size else stop

    def use_other(self, units: Rows, tick: int) -> Rows:
        """The hosts with a VM that uses another part of its memory from a tick on."""
        courses, course = self.kernel.courses, self._vms["course"][: self.on.on.size]
        changes = np.append(courses[:, tick] != courses[:, tick - 1], False)  # the last one is of VMs without a course
        hosts = np.unique(self.on.on[changes[course]])
        return np.intersect1d(units, hosts)

    # -- sums

    def until(self, units: Rows, time_s: float) -> None:
        """Add what hosts and their VMs held until a time, from the ticks on in which they are settled."""
        if units.size:
            add_held(units, time_s, True, self.kernel)

    def record(self, edge_s: float) -> None:
        """Add what all hosts held until the edge of a tick."""
        add_held(np.arange(self.tables.hosts), edge_s, False, self.kernel)

    def totals(self, time_s: float) -> tuple[F, F]:
        """Figures of VMs (MiB s) and the seconds that they held memory, until a time; nothing is noted."""
        now, on = self.kernel.now, self.on.on
        held_s = np.zeros(len(now))
        begin_s = self.hosts["vms_s"][on] if self.hosts.size else np.zeros(on.size)
        held_s[: on.size] = np.where(on >= 0, np.maximum(time_s - begin_s, 0.0), 0.0)
        held_s *= now[:, 1] > 0.0
        return self.kernel.totals + now * held_s[:, None], self._vms["seconds"] + held_s

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        columns = self.kernel.totals, self._vms["seconds"], self.hosts["vms_s"], self.hosts["series_s"]
        return {f"memory_{name}": column.copy() for name, column in zip(_KEPT, columns)}

    def restore(self, saved: dict[str, NDArray[Any]], on: Rows, tick: int) -> None:
        """Continue from what `copy` returned, with each VM on a host, in a tick."""
        self.move(np.arange(on.size), on)
        self.hosts["vms_s"] = self.hosts["series_s"] = np.inf
        self.settle(np.arange(self.tables.hosts), tick)
        self.hosts["told"], self.hosts["victim"] = self.hosts["state"], -1
        self.kernel.totals[:], self._vms["seconds"] = saved["memory_totals"], saved["memory_seconds"]
        self.hosts["vms_s"], self.hosts["series_s"] = saved["memory_vms_s"], saved["memory_series_s"]


def hosts_of(tables: Tables, status: NDArray[np.uint8], unit: Rows) -> Rows:
    """The host whose memory each of some VMs holds; -1: none."""
    return np.where(ALIVE[status] & (unit < tables.hosts), unit, -1)


def memory_at(tables: Tables, status: NDArray[np.uint8], unit: Rows, balloon: F, tick: int) -> HostMemory:
    """The memory of all hosts at a moment of which the state of VMs is known."""
    found, rows = HostMemory(tables, np.ones(len(tables.vms)), balloon.astype(np.float64)), np.arange(tables.first_app)
    found.move(rows, hosts_of(tables, status[rows], unit[rows]))
    found.settle(np.arange(tables.hosts), tick)
    return found
