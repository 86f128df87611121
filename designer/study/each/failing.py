"""One element fails in a run: what becomes of its VMs and services until it is repaired."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.dropped import dropped_rps
from designer.engine.result.log import HAPPENED
from designer.engine.result.recorder import Log
from designer.engine.result.vms import ratio
from designer.engine.simulation import Simulation, closing, who_runs
from designer.engine.spec import Spec, TimedEvent
from designer.engine.tables.tabulate import Tables
from designer.study.each.answer import KINDS, Fall, Reasons, services_of
from designer.words import mark

Flags = NDArray[np.bool_]
_DOWN, _KILLED, _RUNNING = (HAPPENED.index(what) for what in ("down", "killed", "running"))
_TELLING = [HAPPENED.index(what) for what in ("waiting", "lost", "refused", "queued", "unmoved", "down", "running")]
NOT_TOLD = mark("it does not run when the time is over")
"""Why a VM does not come back where nothing says why."""


def elements_of(spec: Spec, kinds: Iterable[str] = KINDS) -> list[tuple[int, str]]:
    """The elements of a spec that are failed in turn, and their kinds: the largest kinds first."""
    found: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for domain in spec.domains:
        if domain.kind in found:
            found[domain.kind].append(domain.id)
    found["host"] = [host.id for host in spec.hosts]
    asked = set(kinds)
    return [(i, kind) for kind in KINDS if kind in asked for i in found[kind]]


def left_behind(tables: Tables, before: Flags, after: Flags) -> NDArray[np.int64]:
    """The VMs (rows) that ran before and do not come back. What a group replaced counts as back."""
    gone = np.flatnonzero(before & ~after)
    grouped = tables.group[: before.size]
    here = grouped[gone]
    replaced = np.zeros(gone.size, np.bool_)
    for group in np.unique(here[here >= 0]).tolist():
        of = grouped == group
        missed = max(int(before[of].sum()) - int(after[of].sum()), 0)
        members = np.flatnonzero(here == group)
        replaced[members[missed:]] = True
    return gone[~replaced]


def reasons(log: Log, ids: Sequence[int], since_s: float = 0.0) -> Reasons:
    """Why some VMs do not run, by what a log says of each last since some time."""
    told = log.columns()
    rows = np.flatnonzero((told["time_s"] >= since_s) & np.isin(told["what"], _TELLING) & np.isin(told["id"], ids))
    last = dict(zip(told["id"][rows].tolist(), rows.tolist(), strict=True))
    says = ((told["detail"][row] if told["what"][row] != _RUNNING else 0) for row in last.values())
    counted = Counter(log.details[detail] or NOT_TOLD for detail in says)
    if untold := len(ids) - len(last):
        counted[NOT_TOLD] += untold
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


class Base:
    """A warm run at the time at which elements fail, and how it goes on where none does."""

    def __init__(self, spec: Spec, at_s: float) -> None:
        self.spec, self.at_s = spec, at_s
        self.services = services_of(spec)
        self._run = Simulation(spec)
        self._run.advance(at_s)
        self.tables = self._run.tables
        self.before, self._up = who_runs(self._run)
        with closing(self._run.branch(at_s)) as calm:
            calm.advance(spec.until_s)
            self._dropped = _dropped(calm, at_s)
        self._kinds = ["host"] * self.tables.hosts + [domain.kind for domain in spec.domains]

    def fail(self, element_id: int, kind: str) -> Fall:
        """Let an element fail until the run ends."""
        with closing(self._run.branch(self.at_s)) as run:
            run.inject(TimedEvent(self.at_s, "fail", element_id))
            run.advance(self.spec.until_s)
            return self._told(run, element_id, kind)

    def in_maintenance(self, element_id: int, host_id: int, drain_s: float) -> tuple[tuple[int, ...], Reasons]:
        """Let an element fail after a host was drained for some seconds: the VMs that do not come back, and why."""
        with closing(self._run.branch(self.at_s)) as run:
            run.inject(TimedEvent(self.at_s, "drain", host_id))
            run.inject(TimedEvent(self.at_s + drain_s, "fail", element_id))
            run.advance(self.spec.until_s)
            rows = left_behind(self.tables, self.before, who_runs(run)[0])
            ids = tuple(self.tables.vm_ids[rows].tolist())
            return ids, reasons(run.log, ids)

    def _told(self, run: Simulation, element_id: int, kind: str) -> Fall:
        t, (runs, up) = self.tables, who_runs(run)
        rows = left_behind(t, self.before, runs)
        stays = tuple(t.vm_ids[rows].tolist())
        told = run.log.columns()
        later, what = told["time_s"] >= self.at_s, told["what"]
        dead = told["id"][later & ((what == _DOWN) | (what == _KILLED))]
        fell = int(np.isin(t.vm_ids[: self.before.size], dead).sum())
        back_s = told["time_s"][later & (what == _RUNNING)]
        hottest, hottest_id = self._hottest(run, up)
        down_s = self._down_s(run)
        below = tuple(n for n, (_, most_s) in enumerate(self.services) if down_s[n] > most_s)
        up_s = math.inf if stays else float(back_s.max(initial=self.at_s)) - self.at_s
        why = reasons(run.log, stays, self.at_s)
        return Fall(
            element_id, kind, fell, stays, why, up_s, hottest, hottest_id, down_s, below, self._way(up, element_id)
        )

    def _hottest(self, run: Simulation, up: Flags) -> tuple[float, int]:
        """The most that is asked of a host that is still up, as a part of its capacity, and its id (0: none is)."""
        run.record()
        t, kept, rows = self.tables, run.store.arrays, slice(_step_of(run, self.at_s), run.store.filled)
        most, asked, has = (np.array(kept[name][rows, : t.hosts]) for name in ("heat_most", "asked", "capacity"))
        if not most.size or not up[: t.hosts].any():
            return math.nan, 0
        mean = ratio(asked, has)
        heat = np.where(np.isnan(mean), -1.0, np.maximum(most, mean)).max(axis=0)
        heat[~up[: t.hosts]] = -1.0
        host = int(np.argmax(heat))
        return (float(heat[host]), int(t.unit_ids[host])) if heat[host] >= 0.0 else (math.nan, 0)

    def _down_s(self, run: Simulation) -> tuple[float, ...]:
        """Seconds of full downtime of each service: what it dropped more than without the failure, by what it was asked
        for."""
        lost, asked = _dropped(run, self.at_s)
        usual, _ = self._dropped
        more = np.maximum(lost - usual, 0.0)
        seconds = self.spec.until_s - self.at_s
        part = np.divide(more, asked, out=np.zeros_like(more), where=asked > 0.0)
        part[part < 1e-9] = 0.0
        return tuple((part * seconds).tolist())

    def _way(self, up: Flags, element_id: int) -> tuple[tuple[str, int], ...]:
        fallen = np.flatnonzero(self._up & ~up)
        kinds = Counter(self._kinds[u] for u in fallen.tolist() if int(self.tables.unit_ids[u]) != element_id)
        return tuple((kind, kinds[kind]) for kind in KINDS if kinds[kind])


def _step_of(run: Simulation, at_s: float) -> int:
    """The recording step in which a time lies, of those that are final."""
    edges_s = np.minimum(np.arange(run.store.filled + 1) * run.spec.sample_s, run.spec.until_s)
    return int(np.searchsorted(edges_s, at_s, side="right")) - 1


def _dropped(run: Simulation, at_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Requests that each service dropped, and was asked for, from the step of a time on."""
    run.record()
    store, spec, first = run.store, run.spec, _step_of(run, at_s)
    width_s = np.diff(np.minimum(np.arange(store.filled + 1) * spec.sample_s, spec.until_s))
    lost = dropped_rps(spec, store, width_s)[first:] * width_s[first:, None]
    asked = np.array(store.arrays["requested"][first : width_s.size])
    return lost.sum(axis=0), asked.sum(axis=0)
