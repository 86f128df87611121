"""The failures of a drawn replica, played by the rules alone and as a what-if of a whole run: the same log.

DESIGNER_WORLDS says how many worlds are tried (`make torture` asks for thousands).
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from designer.engine import Simulation, TimedEvent
from designer.engine.reliability import Component, Exponential, Lognormal, System, Unit
from designer.engine.reliability.sampling import Histories
from designer.engine.result.log import LogEntry
from designer.engine.spec import Spec
from designer.engine.trial import Trials, covers
from tests.engine.random_world import random_world

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "24"))
HOUR_S = 3600.0
BY_LOAD = ("dropping", "served", "led_away", "led_back", "noticed")
"""What is told of requests, which trials know nothing of."""


def drawn_events(spec: Spec, replica: int) -> list[TimedEvent]:
    """What fails in a replica of histories in which everything fails every few hours."""
    ids = [row.id for rows in (spec.domains, spec.hosts, spec.vms) for row in rows]  # type: ignore[attr-defined]
    parts = tuple(Component(i, Exponential(4.0), Lognormal.of_mean(0.3, 1.0)) for i in ids)
    system = System(parts, {"one": Unit(ids[0])})
    histories = Histories(system, ["one"], spec.until_s / HOUR_S, False, spec.seed)
    found = []
    for begin_h, end_h, part in histories.down_times(replica):
        if begin_h > 0.0:
            found.append(TimedEvent(begin_h * HOUR_S, "fail", ids[part]))
            if end_h * HOUR_S < spec.until_s:
                found.append(TimedEvent(end_h * HOUR_S, "recover", ids[part]))
    return sorted(found, key=lambda event: event.time_s)


def told(log: Iterable[LogEntry]) -> list[tuple[float, str, int, int, str]]:
    """A log without what is told of requests; what falls together is in one order."""
    rows = ((one.time_s, one.what, one.id, one.place, one.detail) for one in log)
    return sorted(row for row in rows if row[1] not in BY_LOAD)


def test_that_a_replica_played_by_the_rules_and_as_a_whole_run_has_one_log() -> None:
    tried = 0
    for seed in range(WORLDS):
        spec = random_world(seed).with_events(())
        trials = Trials(spec)
        assert covers(spec, trials.tables)
        events = drawn_events(spec, seed)
        for event in events:
            trials.plan(event.time_s, event.what, event.id)
        trials.advance(spec.until_s)
        run = Simulation(spec.with_events(tuple(events)))
        run.advance(spec.until_s)
        assert told(trials.log.entries()) == told(run.result().log), seed
        tried += len(events)
    assert tried > 10 * WORLDS
