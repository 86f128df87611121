"""What VMs lose because of whom: the steal of each, split among the others on its host.

The rule: what a VM is *entitled* to is what the sharing rule of its host gives it when all VMs there ask for all that
they may have: vCPUs at full speed, limits and reservations honored. Its *excess* is what it gets above that; all that
a host spends on migrations is excess. The steal of a VM is split at each moment among the others on its host in
proportion to their excess. Where none of them has any, the host is too small and nobody is noisy: it is split in
proportion to what they get. So the parts are the steal, at each moment and over any window.

Nothing of it is kept during a run: states, credits and rates are, and from them each moment is worked out again when
somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.backlogs import Behind
from designer.engine.clock.credits import Caps
from designer.engine.clock.progress import Progress
from designer.engine.result.losses import Losses
from designer.engine.result.moment import now_of
from designer.engine.share.arrays import CONSTANT, MAX_MIN, PROPORTIONAL, WEIGHTED, Demand, F, I, Now, Rates, Ticks
from designer.engine.share.kernels import KeptScratch, no_rates, rates_now
from designer.engine.state.history import StateHistory
from designer.engine.state.state import RUNNING

ROUNDING = 1e-9
"""Excess below this part of what a VM is entitled to is none."""


def split(steal: F, excess: F, got: F) -> F:
    """The steal of VMs by who takes it (VM x VM, or what stands behind them in `excess` and `got`); nobody takes from
    himself.
    """
    of_excess, of_got = (np.tile(amounts, (steal.size, 1)) for amounts in (excess, got))
    for weights in (of_excess, of_got):
        weights[np.arange(steal.size), np.arange(steal.size)] = 0.0
    noisy = of_excess.sum(axis=1) > 0.0
    weights = np.where(noisy[:, None], of_excess, of_got)
    whole = weights.sum(axis=1, keepdims=True)
    parts: F = np.divide(weights, whole, out=np.zeros_like(weights), where=whole > 0.0) * steal[:, None]
    return parts


class Isolation:
    """Works out what VMs lost to others in a window of a run; `work` goes through it moment by moment.

    `ticks_at` gives the ticks as they were at a time, `instants` are the times at which they changed within a tick.
    `vms` and `units` are the rows of those that are asked for, all by default. The window ends not in the run's future;
    one without length is a moment: its figures are those of a second that is like it.
    """

    def __init__(
        self, progress: Progress, history: StateHistory, window: tuple[float, float],
        ticks_at: Callable[[float, int], Ticks], instants: F, vms: I | None = None, units: I | None = None,
    ) -> None:  # fmt: skip
        t = self._tables = progress.tables
        self._progress, self._history, self._window = progress, history, window
        self._ticks_at = ticks_at
        self._edges = self._pieces(instants)
        self._wanted = np.full(t.first_app, vms is None)
        if vms is not None:
            self._wanted[vms] = True
        self._units = np.isin(t.units.rows["rule"], (PROPORTIONAL, MAX_MIN, WEIGHTED))
        if units is not None:
            self._units &= np.isin(np.arange(t.unit_ids.size), units)
        self._caps: list[Caps] = list(progress.credits.changes)
        self._behind: list[Behind] = list(progress.backlogs.changes)
        self._has, self._entitled = (no_rates(len(t.vms), t.unit_ids.size) for _ in range(2))
        self._now = progress.now
        self._kept = KeptScratch()
        self._greedy = _asking_for_all(t.demand)
        self._open: dict[int, F] = {}
        self._lost: dict[tuple[int, int, int], float] = {}
        self._ran_s = np.zeros(self._wanted.size)

    def _pieces(self, instants: F) -> F:
        """The edges of the spans of the window in which nothing changes."""
        begin_s, end_s = self._window
        if begin_s == end_s:
            return np.array([begin_s, begin_s + 1.0])
        progress = self._progress
        noted = self._history.changes, progress.credits.changes, progress.backlogs.changes
        changes = [[change.time_s for change in some] for some in noted]
        every = np.concatenate([self._tables.ticks.edges, instants, *changes, self._window])
        edges: F = np.unique(every[(every >= begin_s) & (every <= end_s)])
        return edges

    # -- moment by moment

    def work(self) -> Iterator[float]:
        """Go through the window; yield the part of it that is done after each span in which nothing changes."""
        begin_s, length_s = self._window[0], self._edges[-1] - self._edges[0]
        count, which, running = -1, np.zeros(0, np.int64), np.zeros(0, np.bool_)
        capped, behind = np.full(self._now.caps.size, np.inf), np.zeros(self._now.behind.size)
        for piece_s, next_s in zip(self._edges[:-1].tolist(), self._edges[1:].tolist()):
            other = self._follow_caps(capped, piece_s) | self._follow_backlogs(behind, piece_s)
            n = self._history.count(piece_s)
            if other or n != count:
                self._close()
            if n != count:
                count, other, seen = n, True, self._history.at(n)
                running = seen["status"][: self._wanted.size] == RUNNING
                which = self._hosts(seen["unit"][: self._wanted.size], running)
                self._now = now_of(self._progress, seen)._replace(caps=capped, behind=behind)
            self._ran_s[running] += next_s - piece_s
            if which.size:
                self._take(which, piece_s, next_s, other)
                yield (next_s - begin_s) / length_s
        self._close()

    def _follow_caps(self, capped: F, time_s: float) -> bool:
        """Take over what VMs with CPU credits may have at a time; whether that has changed."""
        due = 0
        while due < len(self._caps) and self._caps[due].time_s <= time_s:
            capped[self._caps[due].vms] = self._caps[due].mhz
            due += 1
        self._caps = self._caps[due:]
        return due > 0

    def _follow_backlogs(self, behind: F, time_s: float) -> bool:
        """Take over which VMs have work that waits at a time; whether those are others than before."""
        due = 0
        while due < len(self._behind) and self._behind[due].time_s <= time_s:
            behind[self._behind[due].vms] = self._behind[due].behind
            due += 1
        self._behind = self._behind[due:]
        return due > 0

    def _hosts(self, on: I, running: NDArray[np.bool_]) -> I:
        """The units that share what they have and are asked for, and on which VMs run that are."""
        which = np.unique(on[self._wanted & running])
        found: I = which[self._units[which]]
        return found

    def _rates(self, which: I, k: int, demand: Demand, ticks: Ticks, now: Now, into: Rates) -> None:
        t = self._tables
        rates_now(which, k, demand, ticks, t.units, now, t.key1, into, self._kept)

    def _take(self, which: I, begin_s: float, end_s: float, other: bool) -> None:
        """Split what VMs lose in a span in which nothing changes; `other`: they may be entitled to something else than
        in the last one.
        """
        k, now = self._progress.tick_at(begin_s), self._now
        self._rates(which, k, self._tables.demand, self._ticks_at(begin_s, k), now, self._has)
        if other:
            all_ask = now._replace(
                idle=np.zeros_like(now.idle), pace=np.ones_like(now.pace), busy=np.zeros_like(now.busy)
            )
            self._rates(which, k, self._greedy, self._tables.ticks, all_ask, self._entitled)
        rates = self._has.loads
        for u in which[self._has.units["steal"][which] > 0.0].tolist():
            vms = now.vms[now.first[u] : now.first[u] + now.members[u]]
            got, entitled = rates["got"][vms], self._entitled.loads["got"][vms]
            excess = got - entitled
            excess[excess <= ROUNDING * np.maximum(entitled, got)] = 0.0
            steal = np.where(self._wanted[vms], rates["steal"][vms], 0.0)
            parts = split(steal, np.append(excess, now.busy[u]), np.append(got, now.busy[u])) * (end_s - begin_s)
            self._open[u] = self._open[u] + parts if u in self._open else parts

    def _close(self) -> None:
        """Count what was split while the same VMs stood on the same units."""
        now = self._now
        for u, parts in self._open.items():
            vms = now.vms[now.first[u] : now.first[u] + now.members[u]]
            takers = np.append(vms, -1)
            for i, j in zip(*np.nonzero(parts)):
                key = int(vms[i]), int(takers[j]), u
                self._lost[key] = self._lost.get(key, 0.0) + float(parts[i, j])
        self._open.clear()

    def losses(self) -> Losses:
        """What VMs lost to others, as far as `work` has gone."""
        t, keys = self._tables, sorted(self._lost)
        rows, takers, units = np.array(keys, np.int64).reshape(-1, 3).T
        mhz_s = np.array([self._lost[key] for key in keys], np.float64)
        size, vcpus = t.demand.size[rows], t.demand.rows["vcpus"][rows]
        hosts = t.unit_ids[units]
        ids = np.where(takers >= 0, t.vm_ids[takers], hosts)
        return Losses(
            *self._window, t.vm_ids[rows], ids, hosts, mhz_s, mhz_s / size / self._ran_s[rows], mhz_s / size * vcpus
        )


def _asking_for_all(demand: Demand) -> Demand:
    """Loads that ask for all that they may have, at any time."""
    rows = demand.rows.copy()
    rows["kind"], rows["mean"] = CONSTANT, 1.0
    return demand._replace(rows=rows)
