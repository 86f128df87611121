"""What is given away on each unit, kept by what changes, beside counting all VMs anew, one after the other."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from designer.engine import Simulation
from designer.engine.capacity import Taken
from designer.engine.rules.placement import Placement
from designer.engine.state.state import ADDRESSED, HOLDING, STANDING, WAITING
from tests.engine import random_world
from tests.engine.moving_world import random_moves

SEEDS = range(30)


def counted(door: Placement, origin: Any, without: set[int]) -> dict[str, Any]:
    """What `Taken` says of units, by a loop over all VMs in the order of their rows, then those that move in."""
    t, s = door.tables, door.state
    found = {name: np.zeros(t.unit_ids.size) for name in ("vcpus", "ram_mib", "mhz", "addresses")}
    rows = [v for v in range(len(t.vms)) if v not in without]
    holds = [(v, int(s.unit[v])) for v in rows if HOLDING[s.status[v]] and s.unit[v] >= 0]
    for v, u in holds + [(v, int(s.to[v])) for v in rows if s.to[v] >= 0]:
        found["vcpus"][u] += t.vcpus[v]
        found["ram_mib"][u] += t.taken_mib(np.array([v]), np.array([u]))[0]
        found["mhz"][u] += t.reserved_mhz[v]
    for v in rows:
        stands = origin[v] if s.status[v] == WAITING else s.unit[v]
        if ADDRESSED[s.status[v]] and stands >= 0 and np.isfinite(t.limits.addresses).any():
            found["addresses"][t.ways.address[v] if t.ways.address[v] >= 0 else stands] += 1.0
    return found


def members(door: Placement, without: set[int]) -> Counter[int]:
    """VMs of each affinity rule that stand somewhere."""
    t, s, found = door.tables, door.state, Counter[int]()
    for v in range(len(t.vms)):
        if v not in without and s.unit[v] >= 0 and STANDING[s.status[v]]:
            found.update(t.affinity.of[t.affinity.first[v] : t.affinity.first[v + 1]].tolist())
    return found


def check(door: Placement, run_rows: int, dice: np.random.Generator) -> None:
    """Ask for the room without nobody and without a few, twice each: asking changes nothing."""
    for count in (0, 0, 3):
        without = np.unique(dice.integers(0, run_rows, count))
        for origin in (door.state.unit, door.state.origin):
            taken: Taken = door._given.taken(origin, without, without[:0])
            exact = counted(door, origin, set(without.tolist()))
            for name, values in exact.items():
                assert getattr(taken, name).tolist() == values.tolist(), name
            of_rule = members(door, set(without.tolist()))
            assert taken.of_rule.tolist() == [of_rule[n] for n in range(taken.of_rule.size)]
            taken.vcpus[:] = taken.addresses[:] = -1.0  # it is the caller's


@pytest.mark.parametrize("seed", SEEDS)
def test_that_the_room_on_units_is_what_counting_all_vms_gives(seed: int) -> None:
    spec = random_moves(seed) if seed % 2 else random_world.random_world(seed)
    run, dice = Simulation(spec), np.random.default_rng(seed)
    rows = run.tables.first_app
    for n in range(1, 13):
        run.advance(spec.until_s * n / 12)
        check(run._rules.door, rows, dice)
    branch = run.branch(spec.until_s / 2)
    check(branch._rules.door, rows, dice)
    assert isinstance(branch, Simulation)
