"""Play the steps of a change; between every two of them let each host that is up fail, and see what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from designer.catalog.rules.flows import called
from designer.catalog.scenarios.events import ScenarioEvent
from designer.catalog.scenarios.targets import EventHit, hits_of, nothing_hit
from designer.engine.result.moment import Moment
from designer.engine.simulation import Simulation, closing, who_runs
from designer.engine.spec import Spec, TimedEvent
from designer.engine.state.state import MAINTENANCE, RUNNING
from designer.engine.tables.ticks import SCRIPTED
from designer.model.project import Project
from designer.study.build import build
from designer.study.each.answer import Reasons
from designer.study.each.failing import left_behind, reasons
from designer.study.each.search import AT_S, REPAIR_S
from designer.study.scenarios.play import AFTER_S, timed_events
from designer.study.scenarios.rehearsal.answer import BACK, OFF, ChangeStep, HostLoss, Rehearsal

Flags = NDArray[np.bool_]
Tell = Callable[[float], object]
_UPGRADE = {"fail": OFF, "recover": BACK}


def rehearse(
    project: Project,
    name: str,
    events: Sequence[ScenarioEvent],
    *,
    repair_s: float = REPAIR_S,
    on_progress: Tell | None = None,
) -> Rehearsal:
    """Play a scenario as a change. A failed host stays down for `repair_s`, and no further step happens meanwhile.

    What `on_progress` raises ends the work. Raises RuleError where the scenario cannot happen, SpecError.
    """
    hits = hits_of(project, events, int(project.root.__dict__["seed"]))
    if not hits:
        raise nothing_hit(name, events)
    later_s = max(AT_S - hits[0].time_s, 0.0)  # what boots at the beginning of a run is over when the change begins
    until_s = hits[-1].time_s + later_s + AFTER_S + repair_s
    planned = [replace(event, time_s=event.time_s + later_s) for event in timed_events(hits)]
    scripted = [event for event in planned if event.what in SCRIPTED]
    spec = replace(build(project).with_events(scripted), until_s=until_s, keep_vm_series=False)
    play = _Play(spec, repair_s)
    moments = [(hits[0].time_s, list[int]())]
    moments += [(time_s, list(some)) for time_s, some in groupby(range(len(hits)), key=lambda n: hits[n].time_s)]
    of, found = len(moments) * max(len(spec.hosts), 1), list[ChangeStep]()
    for number, (time_s, some) in enumerate(moments):

        def tell(tried: int, done: int = number * len(spec.hosts)) -> None:
            if on_progress is not None:
                on_progress((done + tried) / of)

        asked_s = moments[number + 1][0] if number + 1 < len(moments) else time_s + AFTER_S
        play.go_on([planned[n] for n in some], asked_s + later_s)
        down, why, tried, losses = play.ask(tell)
        found.append(ChangeStep(time_s, asked_s, _what(events, [hits[n] for n in some]), down, why, tried, losses))
    return Rehearsal(name, repair_s, tuple(found), _names(project, spec, found))


class _Play:
    """The run of a change. Its failures are branches: nothing of them stays."""

    def __init__(self, spec: Spec, repair_s: float) -> None:
        self._run, self._repair_s = Simulation(spec), repair_s
        self._before: Flags | None = None
        self._left: dict[int, int] = {}
        self._wanted_off: set[int] = set()
        self._name = {host.id: host.name for host in spec.hosts}

    def go_on(self, events: Sequence[TimedEvent], asked_s: float) -> None:
        """Let events happen, and go on until just before the time at which hosts are to fail."""
        for event in events:
            if event.what not in SCRIPTED:
                self._run.inject(event)
            if event.what != "move":
                (self._wanted_off.add if event.what in ("stop", "terminate") else self._wanted_off.discard)(event.id)
        self._run.advance(float(np.nextafter(asked_s, 0.0)))

    def ask(self, tell: Callable[[int], None]) -> tuple[tuple[int, ...], Reasons, int, tuple[HostLoss, ...]]:
        """Let each host that is up fail: which VMs are down before that, why, how many hosts failed, and what their
        failures leave behind.
        """
        run, tables = self._run, self._run.tables
        moment = run.moment()
        runs, hosts = who_runs(run)[0], self._remaining(moment)
        first = self._before is None
        self._before = runs if self._before is None else self._before
        rows = left_behind(tables, self._before, runs)
        down = tuple(i for i in tables.vm_ids[rows].tolist() if i not in self._wanted_off)
        losses = []
        for tried, host_id in enumerate(hosts):
            tell(tried)
            loss = self._fail(host_id, run.time_s, runs)
            if loss is not None:
                losses.append(loss)
        if first:
            self._left = {loss.host_id: len(loss.stays) for loss in losses}
            losses = [replace(loss, before=len(loss.stays)) for loss in losses]
        losses.sort(key=lambda loss: (not loss.new, -len(loss.stays), self._name[loss.host_id], loss.host_id))
        why = reasons(run.log, down)
        return down, why, len(hosts), tuple(losses)

    def _remaining(self, moment: Moment) -> list[int]:
        """The hosts that may fail: those that are up, and those in maintenance that still hold VMs, or data."""
        tables = self._run.tables
        status = moment.status[moment.vms :][: tables.hosts]
        ids = tables.unit_ids[: tables.hosts]
        holds = np.isin(ids, moment.place) | bool(self._run.spec.replicated)
        found: list[int] = ids[(status == RUNNING) | ((status == MAINTENANCE) & holds)].tolist()
        return found

    def _fail(self, host_id: int, at_s: float, runs: Flags) -> HostLoss | None:
        """What the failure of a host leaves behind; None: nothing."""
        with closing(self._run.branch(at_s)) as run:
            run.inject(TimedEvent(at_s, "fail", host_id))
            run.advance(at_s + self._repair_s)
            rows = left_behind(run.tables, runs, who_runs(run)[0])
            if not rows.size:
                return None
            stays = tuple(run.tables.vm_ids[rows].tolist())
            return HostLoss(host_id, stays, reasons(run.log, stays, at_s), self._left.get(host_id, 0))


def _what(events: Sequence[ScenarioEvent], hits: Sequence[EventHit]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """What happens at one instant, and to whom."""
    found: dict[str, list[int]] = {}
    for hit in hits:
        upgrade = events[hit.event].what == "upgrade"
        found.setdefault(_UPGRADE.get(hit.what, hit.what) if upgrade else hit.what, []).append(hit.id)
    return tuple((what, tuple(ids)) for what, ids in found.items())


def _names(project: Project, spec: Spec, steps: Sequence[ChangeStep]) -> dict[int, str]:
    """The names of all that steps tell of."""
    own = {host.id: host.name for host in spec.hosts} | {vm.id: vm.name for vm in spec.vms}
    return {i: called(project, i) if i in project.elements or i in project.links else own.get(i) or str(i)
            for i in _told_of(steps)}  # fmt: skip


def _told_of(steps: Sequence[ChangeStep]) -> Iterator[int]:
    for step in steps:
        yield from step.down
        for _, ids in step.what:
            yield from ids
        for loss in step.losses:
            yield loss.host_id
            yield from loss.stays
