"""One element fails in a run: what becomes of its VMs and services until it is repaired."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.dropped import dropped_rps
from designer.engine.result.log import LogEntry
from designer.engine.result.moment import Moment
from designer.engine.simulation import Simulation
from designer.engine.spec import Spec, TimedEvent
from designer.engine.state.state import RUNNING
from designer.engine.tables.tabulate import Tables
from designer.study.each.answer import KINDS, Fall, Reasons, services_of
from designer.words import mark

Flags = NDArray[np.bool_]
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


def reasons(entries: Iterable[LogEntry], ids: Iterable[int]) -> Reasons:
    """Why some VMs do not run, by what a log said of each last."""
    last = dict.fromkeys(ids, "")
    for entry in entries:
        if entry.id in last and entry.what in ("waiting", "lost", "refused", "queued", "unmoved", "down", "running"):
            last[entry.id] = entry.detail if entry.what != "running" else ""
    counted = Counter(detail or NOT_TOLD for detail in last.values())
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


class Base:
    """A warm run at the time at which elements fail, and how it goes on where none does."""

    def __init__(self, spec: Spec, at_s: float) -> None:
        self.spec, self.at_s = spec, at_s
        self.services = services_of(spec)
        self._run = Simulation(spec)
        self._run.advance(at_s)
        self.tables = self._run.tables
        begin = self._run.moment()
        self.before, self._up = running(begin, self.tables), _up(begin, self.tables)
        calm = self._run.branch(at_s)
        calm.advance(spec.until_s)
        self._dropped = _dropped(calm, at_s)
        self._kinds = ["host"] * self.tables.hosts + [domain.kind for domain in spec.domains]

    def fail(self, element_id: int, kind: str) -> Fall:
        """Let an element fail until the run ends."""
        run = self._run.branch(self.at_s)
        run.inject(TimedEvent(self.at_s, "fail", element_id))
        run.advance(self.spec.until_s)
        return self._told(run, element_id, kind)

    def in_maintenance(self, element_id: int, host_id: int, drain_s: float) -> tuple[tuple[int, ...], Reasons]:
        """Let an element fail after a host was drained for some seconds: the VMs that do not come back, and why."""
        run = self._run.branch(self.at_s)
        run.inject(TimedEvent(self.at_s, "drain", host_id))
        run.inject(TimedEvent(self.at_s + drain_s, "fail", element_id))
        run.advance(self.spec.until_s)
        rows = left_behind(self.tables, self.before, running(run.moment(), self.tables))
        ids = tuple(self.tables.vm_ids[rows].tolist())
        return ids, reasons(run.log.entries(), ids) if ids else ()

    def _told(self, run: Simulation, element_id: int, kind: str) -> Fall:
        t, end = self.tables, run.moment()
        entries = [entry for entry in run.log.entries() if entry.time_s >= self.at_s]
        rows = left_behind(t, self.before, running(end, t))
        stays = tuple(t.vm_ids[rows].tolist())
        dead = {entry.id for entry in entries if entry.what in ("down", "killed")}
        fell = int(np.isin(t.vm_ids[: self.before.size], list(dead)).sum())
        back = [entry.time_s for entry in entries if entry.what == "running"]
        hottest, hottest_id = self._hottest(run, _up(end, t))
        down_s = self._down_s(run)
        below = tuple(n for n, (_, most_s) in enumerate(self.services) if down_s[n] > most_s)
        up_s = math.inf if stays else max(back, default=self.at_s) - self.at_s
        why = reasons(entries, stays) if stays else ()
        return Fall(
            element_id, kind, fell, stays, why, up_s, hottest, hottest_id, down_s, below, self._way(end, element_id)
        )

    def _hottest(self, run: Simulation, up: Flags) -> tuple[float, int]:
        """The most that is asked of a host that is still up, as a part of its capacity, and its id (0: none is)."""
        result, t = run.result(), self.tables
        first = int(np.searchsorted(result.edges_s, self.at_s, side="right")) - 1
        most = result.heat_most[first:, : t.hosts]
        if not most.size or not up[: t.hosts].any():
            return math.nan, 0
        heat = np.where(np.isnan(most), -1.0, most).max(axis=0)
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

    def _way(self, end: Moment, element_id: int) -> tuple[tuple[str, int], ...]:
        fallen = np.flatnonzero(self._up & ~_up(end, self.tables))
        kinds = Counter(self._kinds[u] for u in fallen.tolist() if int(self.tables.unit_ids[u]) != element_id)
        return tuple((kind, kinds[kind]) for kind in KINDS if kinds[kind])


def running(moment: Moment, tables: Tables) -> Flags:
    """Which VMs run."""
    found: Flags = moment.status[: tables.first_app] == RUNNING
    return found


def _up(moment: Moment, tables: Tables) -> Flags:
    found: Flags = moment.status[moment.vms :] == RUNNING
    return found


def _dropped(run: Simulation, at_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Requests that each service dropped, and was asked for, from the step of a time on."""
    run.record()
    store, spec = run.store, run.spec
    edges = np.minimum(np.arange(store.filled + 1) * spec.sample_s, spec.until_s)
    width_s, first = np.diff(edges), int(np.searchsorted(edges, at_s, side="right")) - 1
    lost = dropped_rps(spec, store, width_s)[first:] * width_s[first:, None]
    asked = np.array(store.arrays["requested"][first : width_s.size])
    return lost.sum(axis=0), asked.sum(axis=0)
