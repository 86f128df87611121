"""The door: a spec becomes a run that can be advanced, shown at any time and changed by events, and ends in a
result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import EVENTS, NAME_EVENTS, VM_EVENTS, Agenda
from designer.engine.clock.copying import figures_of, take_over
from designer.engine.clock.loads import LoadReader
from designer.engine.clock.progress import Progress
from designer.engine.clock.serving import Serving
from designer.engine.clock.working import Working
from designer.engine.flow.flows import Flows
from designer.engine.result import saving
from designer.engine.result.arrays import create, told_services
from designer.engine.result.carried import Carried, carried_of
from designer.engine.result.isolation import Isolation
from designer.engine.result.memory import MemoryTotals, no_totals
from designer.engine.result.moment import Moment, moment_of
from designer.engine.result.power import energy_of
from designer.engine.result.recorder import Log, shapes
from designer.engine.result.result import Result
from designer.engine.rules.context import RuleContext
from designer.engine.rules.recovery import Recovery
from designer.engine.service.answering import Answering
from designer.engine.share.arrays import Ticks
from designer.engine.spec import Spec, TimedEvent
from designer.engine.spec.check import check
from designer.engine.spec.fields import Fields
from designer.engine.state.history import StateHistory
from designer.engine.state.keyframes import Keyframe, Keyframes
from designer.engine.state.motion import OPEN
from designer.engine.state.state import RUNNING, State
from designer.engine.tables.tabulate import Tables, tabulate
from designer.engine.tables.ticks import SCRIPTED
from designer.engine.tables.vms import REPLACE
from designer.engine.traffic.databases import DatabaseUse
from designer.engine.traffic.keyed_sums import KeyedSums
from designer.engine.traffic.requests import counted
from designer.errors import EngineError, SpecError

BASELINE, SURPLUS = "held to its baseline", "surplus credits count from now on"
"""What follows when the CPU credits of a VM are used up."""


class Simulation:
    """One run of a spec. `advance` as often and as far as you like: the result does not depend on it."""

    def __init__(self, spec: Spec, folder: Path | None = None) -> None:
        fields = Fields(spec.vms, spec.hosts)
        check(spec, fields)
        self._make(spec, tabulate(spec, fields), Log(), folder)
        self._history = StateHistory(self._state)
        self._keyframes = Keyframes(len(self.tables.vms))
        self._progress.begin()
        self._rules.start()
        self._settle(0.0, 0)
        for event in spec.events:
            self.events.append(event) if event.what in SCRIPTED else self.inject(event)

    def _make(
        self, spec: Spec, tables: Tables, log: Log, folder: Path | None, parent: Simulation | None = None
    ) -> None:
        """Put the parts of a run together; nothing has happened yet."""
        self.spec, self.tables, self.log = spec, tables, log
        self.time_s, self._settled_s = 0.0, -1.0
        self._revived_memory: MemoryTotals | None = None
        self._revived_carried: Carried | None = None
        self._revived = False
        self._newest: tuple[tuple[float, int], Moment] | None = None
        """The last moment that was asked for while it was now: after which instant, in which tick."""
        self.events: list[TimedEvent] = []
        self.store = create(shapes(tables), folder, tables.hosts)
        self._state: State = State(tables, parent._state.links if parent else None)
        self._agenda = Agenda()
        self._progress: Progress = Progress(self._state, self.store)
        self._working = Working(self._state)
        working = self._working
        self._serving = Serving(
            self._progress, log, lambda s, rps: working.why_silenced(s) or self._rules.routing.why_full(s, rps)
        )
        context = RuleContext(tables, self._state, log, self._agenda)
        self._rules: Recovery = Recovery(context, self.store.arrays, LoadReader(self._progress).at)
        names = self._rules.names
        self._serving.limit(names.over, names.most, names.held, names.bases.why)
        given = self._progress.flows
        self._rules.scaling.work = self._progress.work
        self.answering = self._answering() if told_services(self.spec) else None
        self.requests = counted(self._progress)
        self.databases = DatabaseUse(self._progress)
        moves = self._rules.movement.moves
        rest = log, self._rules.stores, moves.ways if moves.ways.wired and moves.able.any() else None
        self.flows = None if given is None else Flows(self._progress, given, self._state, *rest)

    def _answering(self) -> Answering:
        names = self._rules.names
        made = Answering(self._progress, self._working, self.log, self._agenda, names.rates, names.own_rates)
        if made.fluid.any():
            self._serving.apart = names.apart = made.fluid
        return made

    # -- carrying forward

    def inject(self, event: TimedEvent) -> TimedEvent:
        """Make an element fail or recover, or drain or open a host, at a time that is not past; return the event.

        What happens at one instant is settled together. So an event at an instant that is already settled is moved to
        the next representable time. Raises SpecError when the time is past or the element unknown.
        """
        if event.time_s < self.time_s:
            raise SpecError(f"{event.time_s} s is past; the run is at {self.time_s} s. Branch from there instead.")
        if event.what in SCRIPTED:
            raise SpecError(
                "A load surge is part of a scenario from the start of its run; it does not happen meanwhile."
            )
        row = _name_of(self.spec, event) if event.what in NAME_EVENTS else row_of(self.tables, event.id)
        if row is None:
            raise SpecError(f"Element {event.id} is not in this run or cannot fail.")
        _check_vm(self.tables, event, row)
        if event.time_s <= self._settled_s:
            event = replace(event, time_s=float(np.nextafter(self._settled_s, np.inf)))
        bits = int(np.float64(event.value).view(np.int64))
        self._agenda.plan(event.time_s, EVENTS[event.what], event.id, row, bits)
        self.events.append(event)
        return event

    def advance(self, until_s: float) -> None:
        """Advance the run to a time, at most to its end."""
        until_s = min(until_s, self.spec.until_s)
        agenda, memory = self._agenda, self._rules.memory
        while (time_s := self._next_s(until_s)) <= until_s and time_s < self.spec.until_s:
            self._serving.until(time_s)
            self._serving.at_tick(time_s)
            entries = self.log.count
            if agenda.next_s <= time_s or (memory is not None and memory.due(time_s)):
                self._rules.happen(time_s)
            self.time_s = self._settled_s = time_s
            self._settle(time_s, entries)
        self._serving.until(until_s)
        self.time_s = max(self.time_s, until_s)

    def _next_s(self, until_s: float) -> float:
        """When the next instant is. Flows, memory and watts are carried ahead, at most until a time, through ticks of
        which nothing is to be told.
        """
        progress, memory, power = self._progress, self._rules.memory, self._rules.power
        next_s = min(self._agenda.next_s, progress.credits.next_s, progress.backlogs.next_s)
        ahead = [self.flows.until] if self.flows is not None else []
        if memory is not None and memory.short.size > 0:
            ahead.append(memory.until)
        if power is not None and power.calm:
            ahead.append(partial(power.until, progress=progress))
        if not ahead:
            return next_s
        before_s = min(next_s, float(np.nextafter(until_s, np.inf)))
        if len(ahead) == 1:
            return min(next_s, ahead[0](before_s))
        found_s, all_s, k = np.inf, 0.0, progress.tick_at(self.time_s) + 1
        while found_s == np.inf and all_s < before_s:  # one tick after the other: none runs ahead of the others
            all_s = min(before_s, float(np.nextafter(self.tables.ticks.edges[k], np.inf)))
            for until in ahead:
                found_s = min(found_s, until(min(all_s, found_s)))
            k += 1
        return min(next_s, found_s)

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self.time_s >= self.spec.until_s

    def record(self) -> None:
        """Advance the figures of all units to now: the finished recording steps are final then."""
        if self.flows is not None:
            self.flows.finish(self.time_s)
        if self._rules.power is not None and self.done and not self._revived:
            self._rules.power.carry(self.time_s, self.store.arrays)
        if self.answering is not None:
            self.answering.observe(self._over_s(self.time_s))
        self._record_memory()
        self._progress.record(self.time_s)

    def _over_s(self, time_s: float) -> float:
        """When the last tick that is over by a time was over."""
        return float(self.tables.ticks.edges[self._progress.ticks_over(time_s)])

    def _record_memory(self) -> None:
        if self._rules.memory is not None and self._revived_memory is None:
            self._rules.memory.record(self._over_s(self.time_s))

    def _settle(self, time_s: float, entries: int) -> None:
        """Advance what an instant touched, keep the new state from there, and note what changed."""
        state, reaching = self._state, self._rules.reaching
        if reaching.count != self._progress.unreached.count:
            self._progress.unreached.change(time_s, reaching.count)
        vms, units = state.touched_vms, state.touched_units
        seen, touched, spending = self._history, units[:0], self._progress.credits.due(time_s)
        vms, units = seen.changed(vms, units, self.flows is None)
        rows, idle = self._working.settle(vms) if vms.size or units.size else _NOBODY
        if self.flows is not None:
            self.flows.settle(time_s, self._working.works, self._working.weights())
            vms, units = seen.changed(state.touched_vms, state.touched_units, True)
        for requests in self.requests.values():
            requests.follow_delays(time_s)
        if vms.size or units.size:
            touched, changed = self._progress.hold(vms, units, rows, idle, self._working.weights(), time_s)
            spending = np.union1d(spending, changed) if changed.size else spending
            seen.note(time_s, vms, units)
            for requests in self.requests.values():
                requests.settle(time_s, vms, units)
            if units.size or time_s == 0.0:
                self.databases.settle(time_s)
        state.forget()
        if self._rules.names.bases.ways:
            self._rules.names.hold(self.databases.ways)
        if self._rules.names.names or (self._rules.names.led.size and self._rules.names.led.any()):
            led, changed = self._follow_names(time_s)
            touched, spending = np.union1d(touched, led), np.union1d(spending, changed)
        if self.answering is not None:
            touched = np.union1d(touched, _answer(self, self.answering, time_s, vms, touched, spending))
        elif spending.size:
            touched = np.union1d(touched, self._draw(spending, time_s))
        if self.tables.keeps.size:
            touched = np.union1d(touched, _work_off(self, touched, time_s))
        cause = entries + 1 if self.log.count > entries else 0
        self._serving.look(time_s, cause, touched)
        if self._rules.power is not None:
            self._rules.power.settle(time_s, self._progress, touched, cause)
        if self._keyframes.due(touched.size * 8 > self._progress.units.size):
            self._keyframes.add(self._keyframe(time_s))

    def _keyframe(self, time_s: float) -> Keyframe:
        self._record_memory()
        if self.answering is not None:
            self.answering.observe(self._over_s(time_s))
        figures = figures_of(self._progress, time_s) | self._rules.names.state()
        figures |= {} if self._rules.memory is None else self._rules.memory.copy(time_s)
        figures |= self._rules.movement.copy()
        figures |= {} if self._rules.stores is None else self._rules.stores.copy()
        figures |= self._serving.copy() | (self.flows.copy() if self.flows is not None else {})
        figures |= self.answering.copy() if self.answering is not None else {}
        figures |= self._rules.scaling.copy()
        for requests in self.requests.values():
            figures |= requests.copy()
        figures |= self._rules.power.copy() if self._rules.power is not None else {}
        counts = self.log.count, len(self.log.details), len(self._history.changes)
        return Keyframe(time_s, self._settled_s, self._state.copy(), self._agenda.rows(), figures, *counts)

    def _draw(self, spending: NDArray[np.int64], time_s: float) -> NDArray[np.int64]:
        """Let VMs with CPU credits have what they may from now on; the units touched."""
        progress = self._progress
        units, gone = progress.draw(spending, time_s)
        unlimited = progress.credits.is_unlimited(gone)
        for rows, then in ((gone[unlimited], SURPLUS), (gone[~unlimited], BASELINE)):
            if rows.size:
                self.log.add(time_s, "spent", self.tables.vm_ids[rows], detail=then)
        return units

    def _follow_names(self, time_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Let services get what DNS names lead to them from now on, and see what health checks see; units touched, and
        VMs with CPU credits whose load changes.
        """
        names, progress = self._rules.names, self._progress
        touched, spending = progress.members_of(names.led), np.zeros(0, np.int64)
        if names.led.any():
            if self.answering is not None:
                self.answering.observe(time_s)
            progress.integrate(touched, time_s)
            spending = progress.credits.touched((), names.led)
            progress.credits.until(spending, time_s, progress.now)
            names.lead(time_s, progress.tick_at(time_s), self.store.arrays)
        names.look(time_s, self._working.serves() & self._rules.routing.enough)
        return touched, spending

    # -- looking

    def moment(self, time_s: float | None = None) -> Moment:
        """The state now, or at a time that is past. Until something happens or a tick is over, that of now has the
        arrays of the one before, which are not to be written.
        """
        time_s = self.time_s if time_s is None else min(max(time_s, 0.0), self.time_s)
        tick = self._progress.tick_at(time_s)
        since = (self._settled_s, tick) if time_s == self.time_s and _is_stepwise(self) else None
        if since is not None and self._newest is not None and since == self._newest[0]:
            return replace(self._newest[1], time_s=time_s)
        ticks = self._ticks_at(time_s, tick)
        memory = self._rules.memory if time_s == self.time_s and self._revived_memory is None else None
        if memory is not None:
            memory.use(time_s)
        power = self._rules.power if time_s == self.time_s and not self._revived else None
        temperature = power.temperature(time_s) if power is not None else None
        held = memory.hosts if memory is not None else None
        made = moment_of(self._progress, self._history, time_s, ticks, held, temperature)
        self._newest = (since, made) if since is not None else None
        return made

    def _ticks_at(self, time_s: float, k: int) -> Ticks:
        """The ticks as they were at a time in tick k."""
        ticks = self._rules.names.ticks_at(time_s, k)
        return ticks if self.answering is None else self.answering.ticks_at(ticks, time_s, k)

    def isolation(self, begin_s: float = 0.0, end_s: float | None = None, ids: Collection[int] = ()) -> Isolation:
        """What VMs lose to others from a time until another (None: now), to be worked out by its `work`: those VMs and
        those on those hosts that are named by id; by default all. The run may go on meanwhile.

        A revived run knows what services that queue asked of their members as means of its recording steps.
        """
        self.record()
        end_s = self.time_s if end_s is None else min(end_s, self.time_s)
        window = min(max(begin_s, 0.0), end_s), end_s
        instants = [*self._rules.names.led_at, *(self.answering.asked_at if self.answering is not None else ())]
        t = self.tables
        of_vms, of_units = (
            np.flatnonzero(np.isin(known, list(ids))) for known in (t.vm_ids[: t.first_app], t.unit_ids)
        )
        vms = of_vms if of_vms.size or (ids and not of_units.size) else None
        return Isolation(
            self._progress, self._history, window, self._ticks_at, np.array(instants, np.float64), vms,
            of_units if of_units.size else None,
        )  # fmt: skip

    def branch(self, time_s: float, folder: Path | None = None) -> Simulation:
        """Another run with the same past up to a time, without the later events.

        It starts from the nearest keyframe before and equals, bit for bit, a run with the same events. A revived run
        has no keyframes and is simulated again.
        """
        kept = [event for event in self.events if event.time_s <= time_s or event.what in SCRIPTED]
        frame = self._keyframes.before(time_s)
        if frame is None:
            other = Simulation(self.spec.with_events(kept), folder)
        else:
            other = self._from(frame, self.spec.with_events(kept), folder)
        other.advance(time_s)
        return other

    def _from(self, frame: Keyframe, spec: Spec, folder: Path | None) -> Simulation:
        """A run that continues from a keyframe of this one, with the events of a spec."""
        other: Simulation = object.__new__(Simulation)
        log = self.log.until(frame.entries, frame.details)
        ticks = self._rules.names.own_ticks()
        if self.answering is not None:
            ticks = ticks._replace(rate=self.answering.own.copy())
        other._make(spec, self.tables.on(ticks), log, folder, self)
        other._history, other._keyframes = self._history.until(frame.changes), self._keyframes.until(frame)
        other._history.follow(other._state)
        other._state.restore(frame.state)
        other._agenda.restore(frame.agenda)
        take_over(other._progress, self._progress, frame.figures, frame.time_s)
        other._progress.restore(*other._working.restore(), other._working.weights())
        other._serving.restore(frame.figures)
        if other._rules.stores is not None:
            other._rules.stores.restore(frame.figures)
        for requests in other.requests.values():
            requests.restore(frame.figures)
        other._rules.databases.restore()
        other.databases.restore(self.databases, frame.time_s)
        other._rules.egress.restore()
        other._rules.reaching.restore()
        other._rules.routing.restore()
        other._rules.judging.restore()
        other._rules.movement.restore(frame.figures)
        if other.flows is not None:
            other.flows.restore(frame.figures)
        if other._rules.memory is not None:
            other._rules.memory.restore(frame.time_s, frame.figures)
        entries, noted = log.entries() if spec.dns_names else (), other.databases.noted
        other._rules.names.restore(frame.figures, entries, noted, other._progress.tick_at)
        other._rules.scaling.restore(frame.figures)
        if other._rules.power is not None:
            other._rules.power.restore(frame.figures, other._progress)
        if other.answering is not None and self.answering is not None:
            other.answering.restore(frame.figures, self.answering)
        other.time_s, other._settled_s = frame.time_s, frame.settled_s
        for event in spec.events:
            if event.time_s > frame.settled_s and event.what not in SCRIPTED:
                other.inject(event)
        other.events = list(spec.events)
        return other

    def columns(self) -> dict[str, NDArray[Any]]:
        """The run so far as columns, for `revived`."""
        self.record()
        columns = saving.columns_of(self.store, self._progress.sums, self.log, self._history.changes, self._state)
        columns |= self._memory_totals().columns() if self._rules.memory is not None else {}
        energy_j = self._energy_j()
        columns |= {"vm_energy": energy_j} if energy_j.size else {}
        columns |= self._progress.backlogs.columns() | self.databases.columns()
        return columns | self._progress.credits.columns() | self._carried().columns()

    @classmethod
    def revived(
        cls, spec: Spec, columns: saving.Columns, events: Iterable[TimedEvent], time_s: float, folder: Path | None
    ) -> Simulation:
        """A run from its columns, to show and branch from; it cannot be advanced itself.

        Raises EngineError where the columns are not those of a run of this spec.
        """
        events = list(events)
        run = cls(spec.with_events([event for event in events if event.what in SCRIPTED]), folder)
        saving.fill(columns, run.store, run._progress.sums)
        kept = run._progress.credits, run._progress.backlogs, run.databases
        if not all(part.put(columns) for part in kept):
            raise EngineError(saving.OTHER)
        run._revived_carried = carried_of(columns)
        if run._revived_carried is None:
            raise EngineError(saving.OTHER)
        if run._rules.memory is not None:
            run._revived_memory = saving.memory_of(columns, len(run.tables.vms))
        if run._rules.power is not None:
            energy_j = energy_of(columns, run._energy_j().shape[0])
            if energy_j is None:
                raise EngineError(saving.OTHER)
            run._rules.power.split.energy_j = energy_j
        run.log = saving.log_of(columns)
        entries = run.log.entries() if spec.dns_names else ()
        run._rules.names.replay(entries, run.databases.noted, run._progress.tick_at)
        blank = State(run.tables)
        run._history = StateHistory(blank)
        for change in saving.changes_of(columns, blank):
            run._history.add(change)
        run.events, run.time_s, run._revived = events, time_s, True
        run._progress.start_from(np.inf)
        if run.answering is not None:
            run.answering.replay()
        run.flows = run.answering = None
        run.requests = {}
        run._keyframes = Keyframes(0)
        return run

    def _memory_totals(self) -> MemoryTotals:
        if self._rules.memory is None:
            return no_totals(len(self.tables.vms))
        return self._revived_memory or MemoryTotals(*self._rules.memory.totals(self.time_s))

    def _carried(self) -> Carried:
        if self._revived_carried is not None:
            return self._revived_carried
        made: dict[str, KeyedSums] = {}
        for name, requests in self.requests.items():  # the finest places come last
            made[name], made["delayed"] = requests.totals()
        if self.flows is None:
            return Carried(**made)
        return Carried(*self.flows.sent.totals(self.flows.unit, self.flows.end), **made)

    def _energy_j(self) -> NDArray[np.float64]:
        """Energy of VMs and applications so far (rows x 2); no rows where it is not told."""
        power = self._rules.power
        return np.zeros((0, 2)) if power is None else power.split.energy_j.copy()

    def result(self) -> Result:
        """The result so far; final when `done`."""
        self.record()
        return Result(
            self.spec, self.tables, self.store, self._progress.sums, self.log, self.time_s, tuple(self.events),
            self._progress.credits.rows, self._memory_totals(), self._carried(), self._energy_j(),
            self._progress.backlogs.rows, self._history,
            (self.databases.noted, self.databases.served),
        )  # fmt: skip


_NOBODY = np.zeros(0, np.int64), np.zeros(0, np.bool_)
"""The rows that may be idle now or not, where nothing was touched."""


ROUNDS = 20
"""How often it is worked out at most at one instant what is asked for: CPU, credits, disks and wires follow each
other."""


def _is_stepwise(run: Simulation) -> bool:
    """Whether what a moment of a run shows changes at instants and from tick to tick only."""
    now, rules = run._progress.now, run._rules
    apart = (rules.memory, rules.power, run.flows, run.answering)
    return not now.caps.size and not now.behind.size and not any(part is not None for part in apart)


def _answer(
    run: Simulation, answering: Answering, time_s: float, vms: NDArray[np.int64], units: NDArray[np.int64],
    spending: NDArray[np.int64],
) -> NDArray[np.int64]:  # fmt: skip
    """Let services that queue follow what their members can do, after an instant that touched `vms` and `units` and let
    VMs spend other credits: what they ask of them then takes credits, disk and wire. The units touched. Raises
    SpecError where these follow each other without an end.
    """
    found = units[:0]
    for _ in range(ROUNDS):
        asked, changed = answering.settle(time_s, vms, units)
        spending, units = np.union1d(spending, changed), units[:0]
        if run.flows is not None and asked.size:
            units, changed = _flow_again(run, run.flows, time_s)
            spending = np.union1d(spending, changed)
        if spending.size:
            units = np.union1d(units, run._draw(spending, time_s))
        found, vms, spending = np.union1d(found, np.union1d(asked, units)), vms[:0], spending[:0]
        if not units.size:
            return found
    raise SpecError(
        "Services queue requests, and their members share CPU credits, a disk or network: what these do does not "
        "settle. Let the services have no queue, or give each member a limit of its own."
    )


def _flow_again(run: Simulation, flows: Flows, time_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Let flows follow what is asked for from now on; the units touched, and the VMs whose credits that changes."""
    state, progress = run._state, run._progress
    flows.again(time_s)
    vms, ups = run._history.changed(state.touched_vms, state.touched_units, True)
    touched = spending = ups[:0]
    if vms.size or ups.size:
        touched, spending = progress.hold(vms, ups, *_NOBODY, run._working.weights(), time_s)
        run._history.note(time_s, vms, ups)
    state.forget()
    return touched, spending


def _work_off(run: Simulation, units: NDArray[np.int64], time_s: float) -> NDArray[np.int64]:
    """Let what keeps a backlog ask for more, or no more, after an instant that touched `units`; the units on which
    that changes. More is drawn on CPU credits, disks and wires; without any less is done. Raises SpecError where these
    follow each other without an end.
    """
    progress, found = run._progress, units[:0]
    on, now, credits, state = progress.running.on, progress.now, progress.credits, run._state
    for _ in range(ROUNDS):
        loads, behind = progress.backlogs.look(time_s, progress.tick_at(time_s), now, on, units, state)
        at = on[progress.tables.inside[loads]]
        here = np.unique(at[at >= 0])
        progress.integrate(here, time_s)
        spending = credits.touched((loads,), np.zeros(progress.tables.work.size, np.bool_))
        credits.until(spending, time_s, now)
        now.behind[loads] = behind
        units = units[:0]
        if run.flows is not None and loads.size:
            units, changed = _flow_again(run, run.flows, time_s)
            spending = np.union1d(spending, changed)
        if spending.size:
            units = np.union1d(units, run._draw(spending, time_s))
        found = np.union1d(found, np.union1d(here, units))
        if not units.size:
            return found
    one = int((loads if loads.size else progress.tables.keeps)[0])
    name = progress.tables.vms[int(progress.tables.inside[one])].name
    raise SpecError(
        f"{name} keeps a backlog and shares a disk or network with others that do: what each works off does not "
        "settle. Let what is not served be lost, or give each a limit of its own."
    )


def who_runs(run: Simulation) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which VMs run now, and which units are up and open: what a moment tells of them, without all else."""
    state = run._state
    return state.status[: run.tables.first_app] == RUNNING, state.up & (state.mode == OPEN)


def _name_of(spec: Spec, event: TimedEvent) -> int | None:
    """The row of a DNS name; None where there is none."""
    return next((n for n, name in enumerate(spec.dns_names) if name.id == event.id), None)


def row_of(tables: Tables, element_id: int) -> int | None:
    """The row of what can fail: a unit's, or -1 - v for VM v; None of all else, applications too."""
    unit = tables.unit_of(element_id)
    if unit is not None:
        return unit
    found = np.flatnonzero(tables.vm_ids[: tables.first_app] == element_id)
    return -1 - int(found[0]) if found.size else None


def _check_vm(tables: Tables, event: TimedEvent, row: int) -> None:
    """Raise SpecError for what people do to VMs where it is none, or where a group would undo it."""
    if event.what not in VM_EVENTS:
        return
    if row >= 0:
        raise SpecError(f"Element {event.id} is no VM; only VMs are stopped, started, rebooted, terminated and moved.")
    v = -1 - row
    if event.what in ("stop", "start") and tables.group[v] >= 0 and tables.recovery[v] == REPLACE:
        group = tables.spec.groups[int(tables.group[v])].name
        raise SpecError(f"{tables.vms[v].name} is an instance of {group}, which replaces it: terminate it instead.")


def simulate(
    spec: Spec,
    folder: Path | None = None,
    on_progress: Callable[[float], object] | None = None,
    slices: int = 100,
) -> Result:
    """Run a spec to its end. `on_progress` is told the fraction done, `slices` times."""
    with closing(carried(Simulation(spec, folder), on_progress, slices)) as run:
        return run.result()


@contextmanager
def closing(run: Simulation) -> Iterator[Simulation]:
    """A run of which nothing but the results that are taken is wanted in the end. Its parts refer to each other, so
    without this its memory waits for the cyclic collector.
    """
    try:
        yield run
    finally:
        vars(run._progress).clear()
        vars(run).clear()


def carried(simulation: Simulation, on_progress: Callable[[float], object] | None, slices: int = 100) -> Simulation:
    """A simulation, advanced to its end. `on_progress` is told the fraction done, `slices` times."""
    for n in range(1, slices + 1) if on_progress is not None else ():
        simulation.advance(simulation.spec.until_s * n / slices)
        if on_progress is not None:
            on_progress(n / slices)
    simulation.advance(simulation.spec.until_s)
    return simulation
