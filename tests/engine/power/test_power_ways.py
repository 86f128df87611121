"""Runs with power and heat: sliced, looked at, injected, branched or saved, each is the same bit for bit."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

from designer.engine import Simulation, Spec, simulate
from tests.engine.alike import same, same_moment
from tests.engine.power.power_world import random_power

WORLDS = min(int(os.environ.get("DESIGNER_WORLDS", "8")), 100)
"""How many worlds are tried (`make torture`: a hundred)."""


@pytest.fixture(params=range(WORLDS))
def spec(request: pytest.FixtureRequest) -> Spec:
    return random_power(request.param)


@pytest.fixture
def dice(spec: Spec) -> random.Random:
    return random.Random(spec.seed)


def test_that_a_run_with_power_does_not_depend_on_slices_nor_on_being_looked_at(
    spec: Spec, dice: random.Random
) -> None:
    run = Simulation(spec)
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(6)):
        run.advance(time_s)
        run.moment(dice.uniform(0.0, time_s))
        run.record()
    run.advance(spec.until_s)
    same(run.result(), simulate(spec))


def test_that_an_event_injected_into_a_run_with_power_is_the_event_scripted(spec: Spec) -> None:
    run = Simulation(spec.with_events(()))
    for event in sorted(spec.events, key=lambda event: event.time_s):
        run.advance(np.nextafter(event.time_s, -np.inf))
        run.inject(event)
    run.advance(spec.until_s)
    same(run.result(), simulate(spec.with_events(run.events)))


def test_that_a_branch_of_a_run_with_power_is_a_run_with_the_same_events(spec: Spec, dice: random.Random) -> None:
    run = Simulation(spec)
    run.advance(spec.until_s)
    time_s = dice.uniform(0.0, spec.until_s)
    branch = run.branch(time_s)
    same_moment(branch.moment(), run.branch(time_s).moment())
    branch.advance(spec.until_s)
    kept = [event for event in spec.events if event.time_s <= time_s]
    same(branch.result(), simulate(spec.with_events(kept)))


def test_that_a_saved_run_with_power_is_the_run(spec: Spec) -> None:
    run = Simulation(spec)
    run.advance(spec.until_s)
    revived = Simulation.revived(spec, run.columns(), run.events, run.time_s, None)
    same(revived.result(), run.result())
    of_revived, of_run = revived.result().power.vm_energy_wh, run.result().power.vm_energy_wh
    assert np.array_equal(of_revived, of_run, equal_nan=True)


def test_that_who_is_up_follows_from_the_state(spec: Spec, dice: random.Random) -> None:
    run = Simulation(spec)
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(12)):
        run.advance(time_s)
        before = run._state.up.copy()
        run._state.settle_anew()
        assert np.array_equal(run._state.up, before)
