"""Which VMs that need the internet lose their way to it, and find it again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.recorder import Log
from designer.engine.state.world import RUNNING, World
from designer.engine.tables.tabulate import Tables

Rows = NDArray[np.int64]


class Outlook:
    """What is known of the ways out; `miss(time, rows, serials)` lets services find out who answers no more."""

    def __init__(self, tables: Tables, world: World, log: Log, miss: Callable[[float, Rows, Rows], None]) -> None:
        self.tables, self.world, self.log = tables, world, log
        self._miss = miss
        self._idle = np.zeros(len(tables.vms), np.bool_)

    def look(self, time_s: float, cause: int) -> None:
        """Note which running VMs do not reach the internet from now on, and which do again."""
        w, t = self.world, self.tables
        if not t.ways.outward.any():
            return
        running = w.status == RUNNING
        idle, before = w.idle() & running, self._idle
        self._idle = idle
        back = np.flatnonzero(before & ~idle & running)
        if back.size:
            held = t.with_apps(back)
            w.believed[held] = t.service[held] >= 0
            self.log.add(time_s, "online", t.vm_ids[back], cause)
        lost = np.flatnonzero(idle & ~before)
        address = w.address()[lost]
        for unit in np.unique(address):
            these = lost[address == unit]
            serials = self.log.add(time_s, "offline", t.vm_ids[these], cause, detail=w.why_shut(int(unit)))
            self._miss(time_s, these, serials)
