"""Which rows work, and how many members of each service do; kept by what changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import weights_of
from designer.engine.rules.dependence import silenced, why_silenced
from designer.engine.state.state import RUNNING, State

Rows = NDArray[np.int64]


class Working:
    """Who works, as of the last instant that was settled."""

    def __init__(self, state: State) -> None:
        t = state.tables
        self._state = state
        self._outward = t.with_apps(np.flatnonzero(t.ways.outward))
        self._closed = np.zeros(0, np.bool_)
        self._cut = np.zeros(0 if self._state.wires is None else len(t.vms), np.bool_)
        self.works = np.zeros(len(t.vms), np.bool_)
        self.count = np.zeros(t.work.size, np.int64)
        self._sent = np.zeros(len(t.vms))
        self._silenced = np.ones(t.work.size, np.bool_)
        self._weights = np.zeros(t.work.size)
        alone = not (t.work.size or self._outward.size) and t.first_app == self.works.size
        self._simple = alone and state.wires is None
        """Whether no VM is ever idle, and nothing is in any."""

    def settle(self, touched: Rows) -> tuple[Rows, NDArray[np.bool_]]:
        """Take over what an instant touched; the rows that may be idle now or not, and which of them are."""
        t, s = self._state.tables, self._state
        if self._simple:
            self.works[touched] = s.status[touched] == RUNNING
            return touched[:0], np.zeros(0, np.bool_)
        vms = touched[t.inside[touched] == touched]
        rows = t.with_apps(vms) if vms.size else vms
        if self._outward.size:
            closed = s.closed()
            if closed is not self._closed and not np.array_equal(closed, self._closed):
                rows = np.union1d(rows, self._outward)
            self._closed = closed
        if s.wires is not None:
            cut = s.cut_off(np.arange(self._cut.size))
            rows = np.union1d(rows, t.with_apps(np.flatnonzero((cut != self._cut)[: t.first_app])))
            self._cut = cut
        idle, works = s.idle(rows), s.working(rows)
        changed = rows[self.works[rows] != works]
        self.works[rows] = works
        members = changed[t.service[changed] >= 0]
        np.add.at(self.count, t.service[members], np.where(self.works[members], 1, -1))
        self._weigh(touched)
        return rows, idle

    def restore(self) -> tuple[Rows, NDArray[np.bool_]]:
        """Continue from a restored state; all rows, and which of them are idle."""
        return self.settle(np.arange(self._state.status.size))

    def _weigh(self, touched: Rows) -> None:
        """Sum up what members have to whom services send requests, where an instant touched it."""
        t, s = self._state.tables, self._state
        sent, out = s.sent[touched], silenced(s, self.works, self.count)
        if np.array_equal(out, self._silenced) and np.array_equal(sent, self._sent[touched]):
            return
        self._sent[touched], self._silenced = sent, out
        self._weights = weights_of(t, s.sent, out)

    def weights(self) -> NDArray[np.float64]:
        """MHz of the members that each service sends requests to; 0 while nothing lets requests through."""
        return self._weights

    def serves(self) -> NDArray[np.bool_]:
        """Which services serve requests: a member works, and everything they need is up."""
        return (self.count > 0) & ~silenced(self._state, self.works, self.count)

    def why_silenced(self, service: int) -> str:
        """What a silenced service lacks, in words; empty when it lacks nothing."""
        return why_silenced(self._state, self.works, self.count, service)
