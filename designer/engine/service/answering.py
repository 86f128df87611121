"""How the services of a run answer: their response times, what waits, and the clients that give up and try again.

A service whose surplus is refused at once and whose clients never give up is only looked at: nothing of the run depends
on it. The requests of any other service are a fluid (`fluid`), worked out in small cells whenever some wait or fail.
Its members are asked for that work from one look to the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import ANSWERED, Agenda
from designer.engine.clock.progress import Progress
from designer.engine.clock.working import Working
from designer.engine.result.dropped import fluid_services, most_rps, why_limited
from designer.engine.result.recorder import Log
from designer.engine.service.fluid import COUNTED, TALLY, Queue, begin_at, carry, line_of, rule_for, undecided
from designer.engine.service.lanes import lanes_of, mixed
from designer.engine.service.queue import BLOCKED, LATE, UTILIZATION_CAP, figures_at
from designer.engine.share.arrays import B, F, I, Ticks
from designer.engine.state.state import State

_COLUMNS = {"fresh": "requested", "answered": "served", "limited": "balancer_dropped"}
"""Columns of a run that have other names than what is counted."""
NOTHING = 1e-9
"""The part of the requests below which none counts as late, refused or waiting."""
FIRST_LOOK_CELLS, LOOKS_A_STEP, GROWTH = 5, 4, 4.0
"""Cells until the first look after a disturbance; looks in a recording step, at least; the part of the disturbance's
age, 1 / this, until the next look."""
HELD = np.dtype(
    [
        ("since_s", "f8"),  # until when all is counted
        ("next_s", "f8"),  # when it is looked at again
        ("begun_s", "f8"),  # when it began to be disturbed
        ("fresh", "f8"),  # requests a second
        ("capacity", "f8"),  # requests a second that members can serve
        ("might", "f8"),  # those that they could serve if they waited for no disk and no wire
        ("dead", "f8"),  # the part of the requests that goes to members that do not answer
        ("asked", "f8"),  # requests a second for which members work
        ("debt", "f8"),  # requests worked on beyond what members were asked for
        ("again", "f8"),  # retries a second, as they were last
        ("weight", "f8"),
        ("workers", "i8"),
        ("quiet", "i8"),  # 1: nobody waits, nothing fails
        ("failing", "i8"),  # 1: the log tells that requests are dropped
        ("queued", "i8"),  # 1: it tells that requests wait
    ],
    align=True,
)


class Answering:
    """The services of a run whose response times are told. `fresh(k)` are requests a second of all services in a tick,
    without retries; `own` (services x ticks) those before any was led elsewhere.
    """

    def __init__(
        self, progress: Progress, working: Working, log: Log, agenda: Agenda, fresh: Callable[[int], F], own: F
    ) -> None:
        t = progress.tables
        self._progress, self._working, self._log, self._agenda, self._fresh = progress, working, log, agenda, fresh
        self._state: State = progress.state
        self.own = own.copy()
        """Requests a second before any was led elsewhere or retried (services x ticks)."""
        given = [service.queueing for service in t.spec.services]
        self.fluid = fluid_services(t.spec)
        self._seen = np.array([one is not None for one in given], np.bool_) & ~self.fluid
        self._most = most_rps(t.spec)
        self._rules = {
            s: rule_for(queueing, float(self._most[s]))
            for s, queueing in enumerate(given)
            if queueing is not None and self.fluid[s]
        }
        self._lines: dict[int, Queue] = {s: line_of(*rule) for s, rule in self._rules.items()}
        self.held = np.zeros(self.fluid.size, HELD)
        self.held["quiet"] = 1
        self._past: dict[int, list[tuple[float, int, float]]] = {s: [] for s in self._rules}
        """When members were asked for other work, the tick, and requests a second before."""
        self._variation = np.array([1.0 if one is None else one.variation for one in given], np.float64)
        self._rows = {s: np.flatnonzero(t.service == s) for s in np.flatnonzero(self.fluid | self._seen).tolist()}
        self._crosses = {one.service: one.balancer.cross_zones for one in t.balanced if self._seen[one.service]}
        self._lanes = {s: np.zeros((0, 3)) for s in self._crosses}
        """Of services behind a load balancer with a rule of its own the queues of their members, as `lanes_of`."""

    # -- an instant

    def settle(self, time_s: float, vms: I, units: I) -> tuple[I, I]:
        """Follow what an instant changed: `vms` and `units` are what it touched. Return the units whose members are
        asked for other work from now on, and the VMs with CPU credits there.
        """
        for s in np.flatnonzero(self._seen & self._changed(vms)).tolist():
            self._observe(s, time_s)
            self._look_at_members(s)
        touched, spending = units[:0], units[:0]
        for s in np.flatnonzero(self._due(time_s, vms, units)).tolist():
            here, credits = self._look(s, time_s)
            touched, spending = np.union1d(touched, here), np.union1d(spending, credits)
        return touched, spending

    def _changed(self, vms: I) -> B:
        """Of which services a member was touched, or other members get requests."""
        t = self._progress.tables
        changed: B = self.held["weight"] != self._working.weights()
        changed[list(self._lanes)] = True
        if vms.size:
            service = t.service[np.concatenate([vms, t.with_apps(vms[vms < t.first_app])])]
            changed[service[service >= 0]] = True
        return changed

    def _due(self, time_s: float, vms: I, units: I) -> B:
        """Which services are looked at now."""
        due = self._changed(vms) | (self.held["next_s"] <= time_s)
        if units.size and self._rules:
            due |= _services_on(units, self._progress)
        return due & self.fluid

    def _look_at_members(self, s: int) -> None:
        """Keep what the members of a service can do: the nominal capacity of those that answer."""
        t, held, rows = self._progress.tables, self.held[s], self._rows[s]
        asked = rows[self._state.sent[rows] > 0.0]
        works = asked[self._working.works[asked]]
        weight = float(self._working.weights()[s])
        size = float((t.demand.size[works] * self._state.sent[works]).sum())
        held["weight"] = weight
        held["workers"] = max(int(t.demand.rows["vcpus"][works].sum()), 1)
        held["capacity"] = size / t.work[s] if weight > 0.0 else 0.0
        held["dead"] = 1.0 if not asked.size else max(1.0 - size / weight, 0.0) if weight > 0.0 else 0.0
        if held["dead"] < NOTHING:
            held["dead"] = 0.0
        if s in self._lanes:
            self._lanes[s] = self._lanes_of(s, works, weight)

    def _lanes_of(self, s: int, works: I, weight: float) -> F:
        """The queues of members that work: those that are sent as much of what their size would bring them; of one zone
        where the balancer crosses none.
        """
        t, state = self._progress.tables, self._state
        if weight <= 0.0:
            return np.zeros((0, 3))
        size, sent = t.demand.size[works], state.sent[works]
        _, key = np.unique(np.round(sent, 9), return_inverse=True)
        if not self._crosses[s]:
            zones = t.unit_ids.size + 1
            key = key * zones + t.zone[state.unit[t.inside[works]]] + 1
        return lanes_of(sent * size / weight, size, t.demand.rows["vcpus"][works], key, float(t.work[s]))

    def _look(self, s: int, time_s: float) -> tuple[I, I]:
        """Count what a service did since the last look, and decide what its members are asked for from now on."""
        self._carry(s, time_s)
        progress, held = self._progress, self.held[s]
        k, before = progress.tick_at(time_s), (held["capacity"], held["dead"], held["fresh"])
        self._look_at_members(s)
        held["might"] = held["capacity"]
        if held["capacity"] > 0.0:
            held["capacity"], held["might"] = progress.capacity(s, k, float(held["weight"]))
        held["fresh"] = float(self._fresh(k)[s])
        if before != (held["capacity"], held["dead"], held["fresh"]):
            held["begun_s"] = time_s
        self._turn(s, time_s)
        edge_s = float(progress.tables.ticks.edges[k + 1])
        next_s = min(edge_s, time_s + self._span_s(s, time_s))
        asked = self._ask(s, time_s, next_s)
        self._plan(s, next_s)
        one = np.zeros(self.fluid.size, np.bool_)
        one[s] = True
        units = progress.members_of(one)
        return units, self._let_work(s, k, time_s, asked, units, one)

    def _let_work(self, s: int, k: int, time_s: float, asked: float, units: I, one: B) -> I:
        """Ask the members of a service for work; the VMs with CPU credits among them whose load changes."""
        progress, rate = self._progress, self._progress.tables.ticks.rate
        if rate[s, k] == asked:
            return units[:0]
        progress.integrate(units, time_s)
        spending = progress.credits.touched((), one)
        progress.credits.until(spending, time_s, progress.now)
        self._past[s].append((time_s, k, float(rate[s, k])))
        rate[s, k] = asked
        return spending

    def _span_s(self, s: int, time_s: float) -> float:
        """How long until the next look."""
        held = self.held[s]
        if held["quiet"]:
            return np.inf
        cell_s = float(self._rules[s][0]["cell_s"][0])
        most = self._progress.tables.spec.sample_s / LOOKS_A_STEP
        span_s = max(FIRST_LOOK_CELLS * cell_s, min((time_s - float(held["begun_s"])) / GROWTH, most))
        backlog, spare = float(self._lines[s].now["backlog"][0]), held["capacity"] - held["fresh"] - held["again"]
        if backlog > 0.0 and spare > 0.0:
            span_s = min(span_s, max(backlog / float(spare), cell_s))  # when none waits any more
        return float(span_s)

    def _plan(self, s: int, next_s: float) -> None:
        held = self.held[s]
        if held["next_s"] != next_s:
            held["next_s"] = next_s
            self._agenda.plan(next_s, ANSWERED, self._progress.tables.spec.services[s].id, s)

    def _ask(self, s: int, time_s: float, next_s: float) -> float:
        """Requests a second for which members are asked until the next look: what comes, and what waits."""
        held, line, span_s = self.held[s], self._lines[s], next_s - time_s
        coming = float(held["fresh"]) + (0.0 if held["quiet"] else float(held["again"]))
        alive = 1.0 - float(held["dead"])
        coming = min(coming, float(self._most[s]))
        wanted = coming * alive + (float(line.now["backlog"][0]) + float(held["debt"])) / span_s
        held["asked"] = min(max(wanted, 0.0), float(held["capacity"]))
        if held["capacity"] <= 0.0:
            return float(held["fresh"])
        # Who waits for a disk is asked for what would be done without: the disk lets a part of that be done.
        asked = min(max(wanted, 0.0), float(held["might"]))
        return asked if alive == 1.0 else asked / alive

    # -- quiet or not

    def _turn(self, s: int, time_s: float) -> None:
        """Decide whether a service is quiet from now on: then its figures are those of the formula."""
        held, line = self.held[s], self._lines[s]
        rule = self._rules[s][0]
        calm = held["dead"] == 0.0 and held["fresh"] < UTILIZATION_CAP * held["capacity"]
        calm &= held["fresh"] <= self._most[s]
        if calm:
            late, blocked = self._formula(s)[LATE : BLOCKED + 1]
            calm = late <= NOTHING and blocked <= NOTHING
        if held["quiet"]:
            if not calm:
                held["quiet"], held["begun_s"], held["again"] = 0, time_s, 0.0
                begin_at(line, rule, time_s)
            return
        settled_s = float(rule["timeout_cells"][0] + 2) * float(rule["cell_s"][0])
        calm &= bool(line.now["backlog"][0] == 0.0 and time_s - line.now["failed_s"][0] > settled_s)
        if calm and line.again.sum() <= NOTHING * (1.0 + float(held["fresh"])):
            tally = np.zeros(1, TALLY)
            tally["answered"] = undecided(line)
            self._count(s, time_s, tally)
            begin_at(line, rule, time_s)
            held["quiet"], held["again"] = 1, 0.0

    def _formula(self, s: int) -> F:
        """What the formula says of a service as it is."""
        held, rule = self.held[s], self._rules[s][0][0]
        found: F = figures_at(
            np.array([held["fresh"]]), float(held["capacity"]), int(held["workers"]), float(rule["timeout_s"]),
            float(rule["places"]), float(self._variation[s]),
        )[0]  # fmt: skip
        return found

    # -- counting

    def _carry(self, s: int, time_s: float) -> None:
        """Count what a service did until a time."""
        held = self.held[s]
        dt = time_s - float(held["since_s"])
        if dt <= 0.0:
            return
        tally = np.zeros(1, TALLY)
        if held["quiet"]:
            _at_ease(tally[0], dt, float(held["fresh"]), self._formula(s))
        else:
            rule = self._rules[s][0]
            carry(
                self._lines[s], time_s, float(held["fresh"]), float(held["capacity"]), int(held["workers"]),
                float(held["dead"]), rule, tally,
            )  # fmt: skip
            held["again"] = max(float(tally["attempts"][0] - tally["fresh"][0]) / dt, 0.0)
        held["debt"] += float(tally["worked"][0]) - float(held["asked"]) * dt
        if abs(held["debt"]) <= NOTHING * (1.0 + float(tally["worked"][0])):
            held["debt"] = 0.0
        self._count(s, time_s, tally)
        held["since_s"] = time_s
        self._tell(s, time_s, dt, tally)

    def _count(self, s: int, time_s: float, tally: NDArray[Any]) -> None:
        """Add a tally to the recording step that it ends in."""
        progress = self._progress
        ticks, arrays = progress.tables.ticks, progress.store.arrays
        row = ticks.row[max(int(np.searchsorted(ticks.edges, time_s, side="left")) - 1, 0)]
        for name in COUNTED:
            value = float(tally[name][0])
            column = arrays[_COLUMNS.get(name, f"service_{name}")]
            if column.shape[1]:
                column[row, s] = max(column[row, s], value) if name == "p99_most" else column[row, s] + value

    def _tell(self, s: int, time_s: float, dt: float, tally: NDArray[Any]) -> None:
        """Note in the log where requests begin and end to be dropped, and to wait."""
        held, service = self.held[s], self._progress.tables.spec.services[s].id
        failed = float(tally["late"][0] + tally["refused"][0])
        failing = failed > NOTHING * float(tally["attempts"][0]) and failed > NOTHING
        if failing:
            most = self._progress.store.arrays["dropped_most"]
            row = self._progress.tables.ticks.row[self._progress.tick_at(float(np.nextafter(time_s, 0.0)))]
            most[row, s] = max(most[row, s], float(tally["lost"][0]) / dt)
        if failing != bool(held["failing"]):
            held["failing"] = failing
            why = self._words(s, tally) if failing else ""
            self._log.add(time_s, "dropping" if failing else "served", service, detail=why, value=failed / dt * failing)
        backlog = 0.0 if held["quiet"] else float(self._lines[s].now["backlog"][0])
        queued = backlog > 1.0 if not held["queued"] else backlog > 0.0
        if queued != bool(held["queued"]):
            held["queued"] = queued
            self._log.add(time_s, "backlogged" if queued else "drained", service, value=backlog)

    def _words(self, s: int, tally: NDArray[Any]) -> str:
        """Why requests fail."""
        why = self._working.why_silenced(s)
        if why:
            return why
        if tally["limited"][0] > NOTHING * tally["attempts"][0]:
            return why_limited(float(self._most[s]))
        queueing = self._progress.tables.spec.services[s].queueing
        if queueing is not None and tally["late"][0] > tally["refused"][0]:
            return f"its clients give up after {queueing.timeout_s:g} s"
        return ""

    def _observe(self, s: int, time_s: float) -> None:
        """Count the response times of a service that is only looked at, tick by tick, until a time."""
        progress, held = self._progress, self.held[s]
        begin_s = float(held["since_s"])
        if time_s <= begin_s:
            return
        held["since_s"] = time_s
        if held["capacity"] <= 0.0:
            return
        ticks, arrays = progress.tables.ticks, progress.store.arrays
        first, last = progress.tick_at(begin_s), int(np.searchsorted(ticks.edges, time_s, side="left"))
        dt = np.minimum(ticks.edges[first + 1 : last + 1], time_s) - np.maximum(ticks.edges[first:last], begin_s)
        if len(self._lanes.get(s, ())) > 1:
            found = mixed(ticks.rate[s, first:last], self._lanes[s], float(self._variation[s]))
        else:
            rate = ticks.rate[s, first:last] * (1.0 - float(held["dead"]))
            capacity, workers = float(held["capacity"]), int(held["workers"])
            found = figures_at(rate, capacity, workers, variation=float(self._variation[s]))
        rows = ticks.row[first:last]
        for n, name in enumerate(("mean_s", "p50_s", "p95_s", "p99_s")):
            np.add.at(arrays[f"service_{name}"][:, s], rows, found[:, n] * dt)
        np.add.at(arrays["service_known_s"][:, s], rows, dt)
        np.maximum.at(arrays["service_p99_most"][:, s], rows, found[:, 3])

    def observe(self, time_s: float) -> None:
        """Count the response times of services that are only looked at, until a time; the others until the end of the
        run, once it is there.
        """
        for s in np.flatnonzero(self._seen).tolist():
            self._observe(s, time_s)
        if time_s >= self._progress.tables.spec.until_s:
            for s in self._rules:
                self._carry(s, time_s)

    # -- looking back, copies

    @property
    def asked_at(self) -> list[float]:
        """When members were asked for other work."""
        return [time_s for past in self._past.values() for time_s, _, _ in past]

    def ticks_at(self, ticks: Ticks, time_s: float, k: int) -> Ticks:
        """The ticks as they were at an instant in tick k: members may have been asked for other work later in it."""
        rate = None
        for s, past in self._past.items():
            n = bisect_right(past, time_s, key=lambda row: row[0])
            if n < len(past) and past[n][1] == k:
                rate = ticks.rate.copy() if rate is None else rate
                rate[s, k] = past[n][2]
        return ticks if rate is None else ticks._replace(rate=rate)

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        found: dict[str, NDArray[Any]] = {"answering": self.held.copy()}
        found |= {f"lanes_{s}": lanes.copy() for s, lanes in self._lanes.items()}
        for s, line in self._lines.items():
            found |= {f"line_{s}_{name}": getattr(line, name).copy() for name in line._fields}
            found |= {f"line_{s}_past": np.array([len(self._past[s])])}
            k = self._progress.tick_at(float(self.held["since_s"][s]))
            found |= {f"line_{s}_rate": self._progress.tables.ticks.rate[s, k : k + 1].copy()}
        return found

    def restore(self, saved: Mapping[str, NDArray[Any]], parent: Answering) -> None:
        """Continue from what `copy` of a parent returned."""
        self.held[:] = saved["answering"]
        self._lanes = {s: saved[f"lanes_{s}"] for s in self._lanes}
        for s, line in self._lines.items():
            for name in line._fields:
                getattr(line, name)[:] = saved[f"line_{s}_{name}"]
            self._past[s] = parent._past[s][: int(saved[f"line_{s}_past"][0])]
            rate = self._progress.tables.ticks.rate
            for k in {k for _, k, _ in self._past[s]}:
                rate[s, k] = parent._progress.tables.ticks.rate[s, k]
            rate[s, self._progress.tick_at(float(self.held["since_s"][s]))] = saved[f"line_{s}_rate"][0]

    def replay(self) -> None:
        """Ask members in each recording step of a run that is shown again for the work that they did in it."""
        t, arrays = self._progress.tables, self._progress.store.arrays
        spec, rows = t.spec, t.ticks.row
        width = np.minimum((rows + 1) * spec.sample_s, spec.until_s) - rows * spec.sample_s
        for s in self._rules:
            worked = arrays["service_worked"][rows, s] / width
            t.ticks.rate[s] = np.where(rows < self._progress.store.filled, worked, self.own[s])


def _services_on(units: I, progress: Progress) -> B:
    """The services of which members run on some units."""
    t, members = progress.tables, progress.members
    here = np.zeros(t.unit_ids.size + 1, np.bool_)
    here[units] = True
    found = np.zeros(t.work.size, np.bool_)
    found[t.service[members[here[progress.running.on[t.inside[members]]]]]] = True
    return found


def _at_ease(tally: Any, dt: float, fresh: float, found: F) -> None:
    """Count a span in which nobody waits for others than by chance."""
    for name in ("fresh", "attempts", "answered", "worked"):
        tally[name] = fresh * dt
    for n, name in enumerate(("mean_s", "p50_s", "p95_s", "p99_s")):
        tally[name] = found[n] * dt
    tally["known_s"], tally["p99_most"] = dt, found[3]
