"""The memory of the VMs that run on each unit, over time: it changes only where VMs begin, end or move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import brief_door
from designer.engine.result.arrays import PLACED, Store
from designer.engine.share.arrays import SPARSE, F, I
from designer.engine.share.sparse import hold_rows
from designer.engine.tables.tabulate import Tables

_AT, _WHOLE = SPARSE.index(PLACED), np.ones(1)


@brief_door
def _note(vms: I, before: I, after: I, mib: F, left_s: float, change: F) -> None:
    """Note MiB s and MiB that leave a unit with each VM, then those that come to one."""
    for i in range(vms.size):
        if before[i] >= 0:
            change[0, before[i]] += -mib[vms[i]] * left_s
            change[1, before[i]] += -mib[vms[i]]
    for i in range(vms.size):
        if after[i] >= 0:
            change[0, after[i]] += mib[vms[i]] * left_s
            change[1, after[i]] += mib[vms[i]]


class Placed:
    """Adds up the configured memory of running VMs. Final steps are written; equal ones take no memory."""

    def __init__(self, tables: Tables, store: Store) -> None:
        self._spec, self._mib = tables.spec, np.ascontiguousarray(tables.demand.rows["ram_mib"])
        self._sparse, self._series = store.sparse, store.arrays[PLACED]
        self.now, self.final = np.zeros(tables.unit_ids.size), 0
        """MiB on each unit at the end of the last final step, and how many steps are final."""
        self._changes: dict[int, F] = {}
        """By step that is not final: MiB s that changes in it bring to it, and MiB to all later ones (2 x unit)."""

    def move(self, vms: I, before: I, after: I, time_s: float) -> None:
        """Note that VMs run on another unit from now on than before; -1: nowhere."""
        row = int(time_s / self._spec.sample_s)
        if row >= len(self._series):
            return
        _note(vms, before, after, self._mib, self._end_s(row) - time_s, self._changes_in(row))

    def _changes_in(self, row: int) -> F:
        if row not in self._changes:
            self._changes[row] = np.zeros((2, self.now.size))
        return self._changes[row]

    def _end_s(self, row: int) -> float:
        return min((row + 1) * self._spec.sample_s, self._spec.until_s)

    def until(self, row: int) -> None:
        """Write the steps before one, which are final: those in which nothing changes together."""
        while self.final < row:
            change = self._changes.pop(self.final, None)
            stop = self.final + 1 if change is not None else min((n for n in self._changes if n < row), default=row)
            steps = np.arange(self.final, stop)
            width_s = np.minimum((steps + 1) * self._spec.sample_s, self._spec.until_s) - steps * self._spec.sample_s
            if change is None:
                hold_rows(self._sparse, _AT, self.final, self.now, width_s)
            else:
                hold_rows(self._sparse, _AT, self.final, self.now * width_s + change[0], _WHOLE)
                self.now += change[1]
            self.final = stop

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads; all steps before the present one are final."""
        changes = self._changes.get(self.final, np.zeros((2, self.now.size)))
        return {"placed": np.concatenate([self.now[None], changes]), "placed_final": np.array([self.final])}

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self.now, self.final = saved["placed"][0].copy(), int(saved["placed_final"][0])
        self._changes = {self.final: saved["placed"][1:].copy()}
