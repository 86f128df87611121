"""In random worlds: however a run is carried, interfered with, branched or looked at, it is the same run bit for bit.

DESIGNER_WORLDS says how many worlds are tried (`make torture` asks for thousands).
"""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest

from designer.engine import Result, Simulation, Spec, TimedEvent, simulate
from designer.engine.state import keyframes
from designer.engine.state.state import State
from tests.engine.random_world import random_world

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "24"))


def same(one: Result, other: Result) -> None:
    assert one.log == other.log
    for name, column in one.store.arrays.items():
        assert column[: one.filled].tobytes() == other.store.arrays[name][: other.filled].tobytes(), name
    assert one.digest() == other.digest()


def same_moment(one: Any, other: Any) -> None:
    for name, found in vars(one).items():
        assert np.array_equal(found, vars(other)[name], equal_nan=name not in ("ids", "vms")), name


@pytest.fixture(params=range(WORLDS))
def spec(request: pytest.FixtureRequest) -> Spec:
    return random_world(request.param)


@pytest.fixture
def dice(spec: Spec) -> random.Random:
    return random.Random(spec.seed)


def test_that_a_run_does_not_depend_on_slices_nor_on_being_looked_at(spec: Spec, dice: random.Random) -> None:
    run = Simulation(spec)
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(8)):
        run.advance(time_s)
        if dice.random() < 0.5:
            run.moment(dice.uniform(0.0, time_s))
        if dice.random() < 0.5:
            run.record()
    run.advance(spec.until_s)
    same(run.result(), simulate(spec))


def test_that_an_event_injected_is_the_event_scripted(spec: Spec, dice: random.Random) -> None:
    run = Simulation(spec.with_events(()))
    events = list(spec.events)
    while events:
        # any number of them may be injected early, in any order
        now = [events.pop(0)]
        while events and dice.random() < 0.5:
            now.append(events.pop(0))
        if now[0].time_s > run.time_s:
            run.advance(dice.uniform(run.time_s, np.nextafter(now[0].time_s, -1.0)))
        dice.shuffle(now)
        for event in now:
            run.inject(event)
    run.advance(spec.until_s)
    same(run.result(), simulate(spec))


@pytest.mark.parametrize("stride", [1, 7])
def test_that_a_branch_from_a_keyframe_is_the_run_with_the_same_events(
    spec: Spec, dice: random.Random, stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", stride)
    run = Simulation(spec)
    run.advance(spec.until_s)
    time_s = dice.choice([dice.uniform(0.0, spec.until_s), 0.0, *(event.time_s for event in spec.events)])
    branch = run.branch(time_s)
    again = Simulation(spec.with_events([event for event in run.events if event.time_s <= time_s]))
    again.advance(time_s)
    same(branch.result(), again.result())
    same_moment(branch.moment(), again.moment())
    what = TimedEvent(time_s, "fail", dice.choice([row.id for row in (*spec.domains, *spec.hosts)]))
    for one in (branch, again):
        one.inject(what)
        one.advance(spec.until_s)
    same(branch.result(), again.result())
    if time_s > 0.0:
        same(branch.branch(time_s / 2).result(), run.branch(time_s / 2).result())


def test_that_a_past_moment_is_the_moment_as_it_was(spec: Spec, dice: random.Random) -> None:
    run, seen = Simulation(spec), []
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(5)):
        run.advance(time_s)
        seen.append(run.moment())
    run.advance(spec.until_s)
    for moment in seen:
        same_moment(run.moment(moment.time_s), moment)


def test_that_who_is_up_is_what_working_it_out_anew_gives(spec: Spec) -> None:
    run, anew = Simulation(spec), None
    run.advance(spec.until_s)
    for count in range(len(run._history.changes) + 1):
        seen = run._history.at(count)
        anew = State(run.tables, run._state.links)
        for name in ("failed", "dark", "replica", "moving"):
            getattr(anew, name)[:] = seen[name]
        anew.settle_anew()
        assert np.array_equal(anew.up, seen["up"])
