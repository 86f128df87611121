"""Memory over time: what VMs and hosts held, integrated from one change to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory.holding import FIGURES, F
from designer.engine.result.arrays import MEMORY_SERIES
from designer.engine.rules.host_memory import GRANTED, HostMemory, Rows
from designer.engine.tables.tabulate import Tables


class MemorySpans:
    """Of each VM its figures (`of_vms`, MiB s) and the seconds that it held some; of each host `MEMORY_SERIES`, in
    `arrays` (row x unit), cut at each tick.
    """

    def __init__(self, tables: Tables, hosts: HostMemory, arrays: dict[str, Any]) -> None:
        self._tables, self._hosts = tables, hosts
        self._series = [arrays[name] for name in MEMORY_SERIES]
        self.of_vms, self.seconds = np.zeros((len(tables.vms), len(FIGURES))), np.zeros(len(tables.vms))
        self._vm_s, self._host_s = np.zeros(len(tables.vms)), np.zeros(tables.hosts)

    def until(self, units: Rows, vms: Rows, time_s: float) -> None:
        """Add what hosts (units) and VMs held since they were last touched."""
        for u in np.unique(units[units >= 0]).tolist():
            self._add_host(u, time_s)
        now = self._hosts.vms[vms]
        held_s = (now[:, GRANTED] > 0.0) * (time_s - self._vm_s[vms])
        self.of_vms[vms] += now * held_s[:, None]
        self.seconds[vms] += held_s
        self._vm_s[vms] = time_s

    def record(self, edge_s: float) -> None:
        """Add what all hosts held until the edge of a tick."""
        for u in range(self._tables.hosts):
            self._add_host(u, edge_s)

    def _add_host(self, u: int, time_s: float) -> None:
        ticks, begin_s = self._tables.ticks, self._host_s[u]
        if time_s <= begin_s:
            return
        first = int(np.searchsorted(ticks.edges, begin_s, side="right")) - 1
        stop = int(np.searchsorted(ticks.edges, time_s, side="left"))
        spans_s = np.diff(np.clip(ticks.edges[first : stop + 1], begin_s, time_s))
        held = self._hosts.has[u] - self._hosts.free[u], self._hosts.taken[u]
        for series, value in zip(self._series, held):
            np.add.at(series[:, u], ticks.row[first:stop], value * spans_s)
        self._host_s[u] = time_s

    def totals(self, time_s: float) -> tuple[F, F]:
        """Figures of VMs (MiB s) and seconds until a time; nothing is noted."""
        now = self._hosts.vms
        held_s = (now[:, GRANTED] > 0.0) * np.maximum(time_s - self._vm_s, 0.0)
        return self.of_vms + now * held_s[:, None], self.seconds + held_s

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        names = ("of_vms", "seconds", "_vm_s", "_host_s")
        return {f"memory{name}": getattr(self, name).copy() for name in names}

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        for name in ("of_vms", "seconds", "_vm_s", "_host_s"):
            getattr(self, name)[:] = saved[f"memory{name}"]
