"""Boot waves: which placed VMs begin to boot now, by priority, as many as a host starts at a time, and who waits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules.context import Rows, RuleContext
from designer.engine.state.state import FAILED, RESTARTING, WAITING

WAVE, AFTER = -20, -21
"""Why a VM that has a place does not boot yet: its host starts others first, or it starts after another VM."""


class Waves:
    """The VMs that have a place and wait for their turn. `begin(time, rows)` lets VMs boot."""

    def __init__(self, context: RuleContext, begin: Callable[[float, Rows], None]) -> None:
        self._context, self._begin = context, begin
        self.starts = context.tables.starts

    def queue(self, rows: Rows, causes: Rows | int) -> bool:
        """Let VMs wait for their turn; False where nothing is said of an order and they boot at once."""
        if self.starts is None:
            return False
        s = self._context.state
        s.queued[rows] = True
        s.cause[rows] = causes
        waits = s.status[self.starts.early] == WAITING
        s.capacity_grew |= bool(s.queued[self.starts.late[waits]].any())
        return True

    def by_priority(self, rows: Rows) -> Rows:
        """VMs in the order in which they get room: by priority, and each after those that it starts after."""
        return rows if self.starts is None else rows[np.argsort(self.starts.room[rows], kind="stable")]

    def followers(self, rows: Rows) -> Rows:
        """VMs that have a place and wait for their turn after one of some others, or after one that does."""
        s, starts = self._context.state, self.starts
        if starts is None or not s.queued.any():
            return rows[:0]
        found, count = np.zeros(s.status.size, np.bool_), -1
        found[rows] = True
        while count < found.sum():
            count = found.sum()
            found[starts.late[found[starts.early]]] = True
        return np.flatnonzero(found & s.queued & (s.status == RESTARTING))

    def run(self, time_s: float) -> None:
        """Let VMs boot whose turn it is; note who has to wait."""
        s = self._context.state
        if self.starts is None or not s.queued.any():
            return
        s.queued &= s.status == RESTARTING
        rows = np.flatnonzero(s.queued)
        rows = rows[np.argsort(self.starts.priority[rows], kind="stable")]
        late = self._late()
        ready = rows[~late[rows]]
        booting = np.flatnonzero((s.status == RESTARTING) & ~s.queued & (s.unit >= 0))
        busy = np.bincount(s.unit[booting], minlength=self.starts.at_once.size)
        free = self.starts.at_once - busy
        now = ready[_rank(s.unit[ready]) < free[s.unit[ready]]]
        s.queued[now] = False
        if now.size:
            self._begin(time_s, now)
        self._note(time_s, late)

    def _late(self) -> NDArray[np.bool_]:
        """Which VMs start after one that is about to run and does not yet."""
        assert self.starts is not None
        s, found = self._context.state, np.zeros(self._context.state.status.size, np.bool_)
        coming = np.isin(s.status[self.starts.early], (FAILED, RESTARTING, WAITING))
        found[self.starts.late[coming]] = True
        return found

    def _note(self, time_s: float, late: NDArray[np.bool_]) -> None:
        t, s, starts = self._context.tables, self._context.state, self.starts
        assert starts is not None
        rows = np.flatnonzero(s.queued)
        why = np.where(late[rows], AFTER, WAVE)
        new = rows[s.why[rows] != why]
        s.why[rows] = why
        for v in new[s.why[new] == AFTER].tolist():
            early = starts.early[starts.late == v]
            names = [t.vms[e].name for e in early[np.isin(s.status[early], (FAILED, RESTARTING, WAITING))].tolist()]
            told = f"it starts after {', '.join(names)}"
            self._context.log.add(time_s, "queued", t.vm_ids[v], s.cause[v], detail=told)
        rest = new[s.why[new] == WAVE]
        for u in np.unique(s.unit[rest]).tolist():
            these = rest[s.unit[rest] == u]
            many = f"{starts.at_once[u]:,.0f} VMs" if starts.at_once[u] > 1 else "one VM"
            told = f"{t.name(u)} starts {many} at a time"
            self._context.log.add(time_s, "queued", t.vm_ids[these], s.cause[these], t.unit_ids[u], told)


def _rank(groups: Rows) -> Rows:
    """The place of each row among those of its group, in their order."""
    order = np.argsort(groups, kind="stable")
    first = np.searchsorted(groups[order], groups[order])
    rank = np.empty(groups.size, np.int64)
    rank[order] = np.arange(groups.size) - first
    return rank
