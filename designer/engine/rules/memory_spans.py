"""Memory over time: what VMs and hosts held, integrated from one change to the next."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory.holding import FIGURES, TAKING_BACK, F
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
        self._add_hosts(np.unique(units[units >= 0]), time_s)
        now = self._hosts.vms[vms]
        held_s = (now[:, GRANTED] > 0.0) * (time_s - self._vm_s[vms])
        self.of_vms[vms] += now * held_s[:, None]
        self.seconds[vms] += held_s
        self._vm_s[vms] = time_s

    def record(self, edge_s: float) -> None:
        """Add what all hosts held until the edge of a tick."""
        self._add_hosts(np.arange(self._tables.hosts), edge_s)

    def _add_hosts(self, units: Rows, time_s: float) -> None:
        """Add hosts that were last touched at the same time together: after a recording step that is nearly all."""
        begins = self._host_s[units]
        for begin_s in np.unique(begins[begins < time_s]).tolist():
            self._add_since(begin_s, units[begins == begin_s], time_s)

    def _add_since(self, begin_s: float, units: Rows, time_s: float) -> None:
        ticks, hosts = self._tables.ticks, self._hosts
        first = int(np.searchsorted(ticks.edges, begin_s, side="right")) - 1
        stop = int(np.searchsorted(ticks.edges, time_s, side="left"))
        spans_s = np.diff(np.clip(ticks.edges[first : stop + 1], begin_s, time_s))
        short = [hosts.state[u] in TAKING_BACK for u in units.tolist()]
        held = hosts.has[units] - hosts.free[units], hosts.taken[units], hosts.has[units] * short
        for row, span_s in zip(ticks.row[first:stop].tolist(), spans_s.tolist()):
            for series, values in zip(self._series, held):
                series[row, units] += values * span_s
        self._host_s[units] = time_s

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
