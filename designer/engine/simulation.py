"""The door: a spec becomes a run that is carried forward, looked at, interfered with, and ends in a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result import keep as keeping
from designer.engine.result.arrays import Store, create
from designer.engine.result.recorder import Log, shapes, sums_of
from designer.engine.result.result import Result
from designer.engine.rules.failover import RECOVER
from designer.engine.rules.failure import FAIL, Fate
from designer.engine.share import kernels
from designer.engine.share.arrays import MEMBER, Now
from designer.engine.share.kernels import Rates
from designer.engine.spec import Spec, TimedEvent
from designer.engine.spec.check import check
from designer.engine.state.world import ABSENT, OFF, RUNNING, Change, World
from designer.engine.tables.tabulate import tabulate
from designer.engine.tables.tree import add_up
from designer.errors import SpecError

DROP_TOLERANCE = 1e-9
"""A service drops requests when more than this part of them is not served (rounding is less)."""


@dataclass(frozen=True)
class Moment:
    """The state at one time: VMs (designed ones, then slots of groups), then hosts, then domains.

    `heat` demand / capacity (above 1: overload; NaN: nothing there), `used` allocated / capacity; of the demand that is
    not served, fractions of vCPUs x MHz: `throttled`, `overhead`, `steal`. `power_w` watts (NaN: not known), `status`
    codes of `designer.study.frames.State`, `place` the id of the unit each VM is on (0: nowhere), `run_only` instances
    that a group launched.
    """

    time_s: float
    ids: NDArray[np.int64]
    vms: int
    heat: NDArray[np.float32]
    used: NDArray[np.float32]
    throttled: NDArray[np.float32]
    overhead: NDArray[np.float32]
    steal: NDArray[np.float32]
    power_w: NDArray[np.float32]
    status: NDArray[np.uint8]
    failed_root: NDArray[np.bool_]
    failed_since_s: NDArray[np.float64]
    place: NDArray[np.int64]
    run_only: NDArray[np.bool_]


class Simulation:
    """One run of a spec. `advance` as often and as far as you like: the result does not depend on it."""

    def __init__(self, spec: Spec, folder: Path | None = None) -> None:
        check(spec)
        self.spec = spec
        self.tables = tabulate(spec)
        self.log = Log()
        self.time_s, self._settled_s = 0.0, -1.0
        self.events: list[TimedEvent] = []
        self.store: Store = create(shapes(self.tables), folder)
        self._sums = sums_of(self.tables, self.store)
        self._world = World(self.tables)
        self._fate = Fate(self.tables, self._world, self.log)
        self._changes: list[Change] = []
        self._all = np.arange(self.tables.unit_ids.size, dtype=np.int64)
        self._counted_s = 0.0
        self._ticks_done = self._scanned = 0
        self._dropping = np.zeros(len(spec.services), np.bool_)
        self._began = World(self.tables)
        self._fate.start()
        self._before = self._began.copy()
        self._now = self._world.now(np.zeros(self._all.size))
        self._past: tuple[int, World, Now] | None = None
        self._settle_moment(0.0, 0)
        for event in spec.events:
            self.inject(event)

    # -- carrying forward

    def inject(self, event: TimedEvent) -> TimedEvent:
        """Let an element fail or recover at a time that is not past; the event as it is planned.

        What happens together at one instant is settled together. So an event at an instant that is settled already
        comes a moment (the next number) later. Raises SpecError when the time is past or the element unknown.
        """
        if event.time_s < self.time_s:
            raise SpecError(f"{event.time_s} s is past; the run is at {self.time_s} s. Branch from there instead.")
        v = self.tables.vm_of(event.id)
        if self.tables.unit_of(event.id) is None and (v is None or self.tables.inside[v] != v):
            raise SpecError(f"Element {event.id} is not in this run or cannot fail.")
        if event.time_s <= self._settled_s:
            event = replace(event, time_s=float(np.nextafter(self._settled_s, np.inf)))
        fate = self._fate
        if event.what == "fail":
            fate.plan(event.time_s, FAIL, fate.fail(event.id))
        else:
            fate.plan(event.time_s, RECOVER, fate.recover(event.id))
        self.events.append(event)
        return event

    def advance(self, until_s: float) -> None:
        """Carry the run forward to a time, at most to its end."""
        until_s = min(until_s, self.spec.until_s)
        while self._fate.next_s() <= until_s and self._fate.next_s() < self.spec.until_s:
            time_s = self._fate.next_s()
            self._whole_ticks(time_s)
            self._services_at_tick(time_s)
            entries = self.log.count
            self._fate.happen(time_s)
            self._settle_moment(time_s, entries)
            self.time_s = self._settled_s = time_s
        self._whole_ticks(until_s)
        self.time_s = max(self.time_s, until_s)

    @property
    def done(self) -> bool:
        """True at the end of the run."""
        return self.time_s >= self.spec.until_s

    def _whole_ticks(self, time_s: float) -> None:
        """Integrate everything over the ticks that are over by a time."""
        edges = self.tables.ticks.edges
        done = int(np.searchsorted(edges, time_s, side="right")) - 1
        if done > self._ticks_done:
            self._integrate(self._all, float(edges[done]))
            self._services_by_tick(self._ticks_done, done)
            self._ticks_done = done
        row = self.tables.ticks.row
        filled = self.tables.rows if done >= row.size else int(row[done])
        if filled > self.store.filled:
            self._count_until(min(filled * self.spec.sample_s, self.spec.until_s))
            self.store.arrays["filled"][0] = filled

    def _integrate(self, which: NDArray[np.int64], end_s: float) -> None:
        t = self.tables
        kernels.integrate(which, end_s, t.demand, t.ticks, t.units, self._now, t.key1, self._sums)

    def _settle_moment(self, time_s: float, entries: int) -> None:
        """Bring what an instant touched up to it, let the new state hold from there, and note what changed."""
        self._past = None
        change = self._world.difference(self._before, time_s)
        if change is not None:
            touched = self._touched(change)
            self._integrate(touched, time_s)
            self._count_until(time_s)
            last_s = self._now.last_s
            self._changes.append(change)
            self._before = self._world.copy()
            self._now = self._world.now(last_s)
        self._services_now(time_s, entries + 1 if self.log.count > entries else 0)

    def _touched(self, change: Change) -> NDArray[np.int64]:
        """The units whose load or capacity is another from now on."""
        before, after, t = self._before, self._world, self.tables
        touched = before.up != after.up
        moved = change.vms[before.running_unit()[change.vms] != after.running_unit()[change.vms]]
        for on in (before.running_unit()[moved], after.running_unit()[moved]):
            touched[on[on >= 0]] = True
        on = after.running_unit()[self._now.idle != after.idle()]
        touched[on[on >= 0]] = True
        other = np.flatnonzero(self._now.weight != after.weights())
        if other.size:
            members = np.flatnonzero(np.isin(t.service, other))
            on = before.running_unit()[t.inside[members]]
            touched[on[on >= 0]] = True
        return np.flatnonzero(touched)

    def _count_until(self, time_s: float) -> None:
        """Add the VMs by state up to a time (whole rows, or an instant at which they change)."""
        counts, step = self._before.counts(), self.spec.sample_s
        begin, held = self._counted_s, self.store.arrays["counts"]
        row = int(begin / step + 1e-9)
        edges = np.arange(row, min(int(np.ceil(time_s / step - 1e-9)), self.tables.rows) + 1) * step
        if edges.size > 1:
            spans = np.diff(np.clip(edges, begin, time_s))
            held[row : row + spans.size] += counts * spans[:, None]
        self._counted_s = max(self._counted_s, time_s)

    # -- services

    def _services_by_tick(self, first: int, stop: int) -> None:
        """Add the requests of whole ticks, and note where dropping began or ended at a tick's beginning."""
        if not self._dropping.size:
            return
        ticks = self.tables.ticks
        rate, width = ticks.rate[:, first:stop], np.diff(ticks.edges[first : stop + 1])
        # Tick after tick, so that the rows do not depend on how many ticks are taken at once.
        np.add.at(self.store.arrays["requested"], ticks.row[first:stop], (rate * width).T)
        np.add.at(self.store.arrays["served"], ticks.row[first:stop], self._sums.served[:, first:stop].T)
        short = rate - self._sums.instant[:, first:stop]
        dropping = short > DROP_TOLERANCE * np.maximum(rate, 1e-300)
        skipped, self._scanned = max(self._scanned - first, 0), max(self._scanned, stop)
        rate, short, dropping, first = rate[:, skipped:], short[:, skipped:], dropping[:, skipped:], first + skipped
        if not rate.shape[1]:
            return
        before = np.concatenate([self._dropping[:, None], dropping[:, :-1]], axis=1)
        for k, s in np.argwhere((dropping != before).T).tolist():
            self._note(s, float(ticks.edges[first + k]), bool(dropping[s, k]), float(short[s, k]), 0)
        self._dropping = dropping[:, -1].copy()

    def _services_at_tick(self, time_s: float) -> None:
        """Note what began with the tick in which an instant lies, before the instant changes anything."""
        k = self._ticks_done
        if k >= self._scanned and k < self.tables.ticks.row.size and self.tables.ticks.edges[k] < time_s:
            self._services_now(float(self.tables.ticks.edges[k]), 0)
            self._scanned = k + 1

    def _services_now(self, time_s: float, cause: int) -> None:
        """Note services that begin or end to drop requests at an instant."""
        if not self._dropping.size or time_s >= self.spec.until_s:
            return
        k = self._tick(time_s)
        got = self._rates(self._now, k).vm_own
        t = self.tables
        served = np.zeros(self._dropping.size)
        members = np.flatnonzero((t.demand.kind == MEMBER) & (self._before.status == RUNNING)[t.inside])
        np.add.at(served, t.service[members], got[members] / t.work[t.service[members]])
        short = t.ticks.rate[:, k] - served
        dropping = short > DROP_TOLERANCE * np.maximum(t.ticks.rate[:, k], 1e-300)
        for s in np.flatnonzero(dropping != self._dropping):
            self._note(int(s), time_s, bool(dropping[s]), float(short[s]), cause)
        self._dropping = dropping

    def _note(self, s: int, time_s: float, dropping: bool, short: float, cause: int) -> None:
        what = "dropping" if dropping else "served"
        why = self._before.why_silenced(s) if dropping else ""
        self.log.add(time_s, what, self.spec.services[s].id, cause, detail=why, value=short if dropping else 0.0)

    # -- looking

    def _tick(self, time_s: float) -> int:
        edges = self.tables.ticks.edges
        return min(int(np.searchsorted(edges, time_s, side="right")) - 1, edges.size - 2)

    def _rates(self, now: Now, k: int) -> Rates:
        """The rates of all loads and units in a tick."""
        t = self.tables
        rates = kernels.no_rates(len(t.vms), self._all.size)
        kernels.rates_now(self._all, k, t.demand, t.ticks, t.units, now, t.key1, rates)
        return rates

    def _world_at(self, time_s: float) -> tuple[World, Now]:
        """The world as it was (or is) at a time."""
        count = int(np.searchsorted([c.time_s for c in self._changes], time_s, side="right"))
        if count == len(self._changes):
            return self._before, self._now
        if self._past is None or self._past[0] != count:
            world = self._began.copy()
            for change in self._changes[:count]:
                world.apply(change)
            world.settle()
            self._past = (count, world, world.now(np.zeros(self._all.size)))
        return self._past[1], self._past[2]

    def moment(self, time_s: float | None = None) -> Moment:
        """The state now, or at a time that is past."""
        time_s = self.time_s if time_s is None else min(max(time_s, 0.0), self.time_s)
        world, now = self._world_at(time_s)
        t = self.tables
        rates = self._rates(now, self._tick(time_s))
        for values in rates[kernels.VM_RATES :]:
            add_up(values, t.levels)
        own, held = world.status[t.inside], world.unit[t.inside]
        running = own == RUNNING
        size = np.where(running, t.demand.size, np.nan)
        capacity = np.where(rates.capacity > 0, rates.capacity, np.nan)
        sizes = np.concatenate([size, np.where(rates.size > 0, rates.size, np.nan)])
        status = np.where(own == ABSENT, OFF, own).astype(np.uint8)
        place = np.where(held >= 0, t.unit_ids[np.maximum(held, 0)] if t.unit_ids.size else 0, 0)
        in_vm = t.inside != np.arange(t.inside.size)
        place = np.where(in_vm & (held >= 0), t.vm_ids[t.inside], place)
        slots = ~in_vm & (np.arange(len(t.vms)) >= t.designed)
        none = np.full(len(t.vms), np.nan)
        return Moment(
            time_s=time_s,
            ids=np.concatenate([t.vm_ids, t.unit_ids]),
            vms=len(t.vms),
            heat=np.concatenate([rates.vm_asked / size, rates.asked / capacity]).astype(np.float32),
            used=np.concatenate([rates.vm_got / size, rates.got / capacity]).astype(np.float32),
            throttled=(np.concatenate([rates.vm_throttled, rates.throttled]) / sizes).astype(np.float32),
            overhead=(np.concatenate([rates.vm_overhead, rates.overhead]) / sizes).astype(np.float32),
            steal=(np.concatenate([rates.vm_steal, rates.steal]) / sizes).astype(np.float32),
            power_w=np.concatenate([none, np.where(t.holds_hosts, rates.power_w, np.nan)]).astype(np.float32),
            status=np.concatenate([status, np.where(world.up, 0, np.where(world.moving, 1, 3)).astype(np.uint8)]),
            failed_root=np.concatenate([np.zeros(len(t.vms), np.bool_), world.failed]),
            failed_since_s=np.concatenate([none, world.since_s]),
            place=np.where(slots & (world.status == ABSENT), 0, place),
            run_only=slots & (world.status != ABSENT) & (world.unit >= 0),
        )

    def branch(self, time_s: float, folder: Path | None = None) -> Simulation:
        """Another run with the same past: carried to a time, without the events that came after it.

        It is simulated again from the start, so it equals the first one bit for bit up to there.
        """
        kept = tuple(event for event in self.events if event.time_s <= time_s)
        other = Simulation(self.spec.with_events(kept), folder)
        other.advance(time_s)
        return other

    def columns(self) -> dict[str, NDArray[Any]]:
        """The run so far as columns, for `revived`."""
        return keeping.columns_of(self.store, self._sums, self.log, self._changes, self._began)

    @classmethod
    def revived(
        cls, spec: Spec, columns: keeping.Columns, events: Iterable[TimedEvent], time_s: float, folder: Path | None
    ) -> Simulation:
        """A run from its columns, to be looked at and branched from; it cannot be carried forward itself.

        Raises EngineError where the columns are not those of a run of this spec.
        """
        run = cls(spec, folder)
        keeping.fill(columns, run.store, run._sums)
        run.log = keeping.log_of(columns)
        run._changes = keeping.changes_of(columns, run._began)
        run.events, run.time_s = list(events), time_s
        run._before = run._began.copy()
        for change in run._changes:
            run._before.apply(change)
        run._before.settle()
        run._now, run._past = run._before.now(np.zeros(run._all.size)), None
        return run

    def result(self) -> Result:
        """What came out so far; final when `done`."""
        return Result(self.spec, self.tables, self.store, self._sums, self.log, self.time_s, tuple(self.events))


def simulate(
    spec: Spec,
    folder: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
    slices: int = 100,
) -> Result:
    """Run a spec to its end. `on_progress` is told the fraction done, `slices` times."""
    simulation = Simulation(spec, folder)
    if on_progress is None:
        simulation.advance(spec.until_s)
        return simulation.result()
    for n in range(1, slices + 1):
        simulation.advance(spec.until_s * n / slices)
        on_progress(n / slices)
    return simulation.result()
