"""Max-min over all limits at once, beside two slow references: water that rises drop by drop, and the certificate.

DESIGNER_WORLDS says how many networks are tried (`make torture`: thousands).
"""

from __future__ import annotations

import math
import os
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine.flow.filling import (
    BY_DEMAND,
    BY_OWN,
    Filling,
    Islands,
    Paths,
    filling_of,
    islands_of,
    paths_of,
)
from tests.engine.networks import fill_up

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "25"))
NEAR = 1e-9


class Network:
    """A random network: limits with capacities, flows with what they ask for, the limits that they go through."""

    def __init__(self, seed: int, limits: int = 9, flows: int = 14) -> None:
        r = random.Random(seed)
        limits, flows = r.randint(1, limits), r.randint(1, flows)
        self.capacity = [r.choice([0.0, 1.0, 4.0, 10.0, r.uniform(0.1, 20.0)]) for _ in range(limits)]
        self.demand = [r.choice([0.0, 1.0, 3.0, math.inf, r.uniform(0.0, 9.0)]) for _ in range(flows)]
        self.most = [r.choice([math.inf, math.inf, r.uniform(0.5, 5.0)]) for _ in range(flows)]
        self.through = [sorted(r.sample(range(limits), r.randint(1, min(limits, 4)))) for _ in range(flows)]
        costs = r.choice([[1.0], [1.0, 0.25, 4.0]])
        self.cost = [[r.choice(costs) for _ in of] for of in self.through]

    def solve(self) -> tuple[Filling, Paths, Islands]:
        """What the kernel says."""
        paths, room = paths_of(self.through, self.cost), filling_of(len(self.demand), len(self.capacity))
        room.demand[:], room.most[:], room.capacity[:] = self.demand, self.most, self.capacity
        islands = islands_of(paths, len(self.capacity))
        fill_up(np.arange(int(islands.islands[0])), islands, paths, room)
        return room, paths, islands

    def wanted(self, f: int) -> float:
        """The most that a flow takes."""
        return min(self.demand[f], self.most[f])

    def used(self, limit: int, rate: list[float]) -> float:
        """What flows take of a limit."""
        pairs = zip(self.through, self.cost, rate)
        return math.fsum(cost * got for of, at, got in pairs for here, cost in zip(of, at) if here == limit)


def poured(net: Network) -> list[float]:
    """The rates by another algorithm, flow by flow: each is the highest level at which all who are still rising have as
    much; found by bisection over one level at a time, with nothing kept from round to round.
    """
    still: dict[int, float] = {}
    while len(still) < len(net.demand):
        rest = [f for f in range(len(net.demand)) if f not in still]

        def fits(level: float, still: dict[int, float] = still) -> bool:
            rate = [still.get(f, min(level, net.wanted(f))) for f in range(len(net.demand))]
            return all(net.used(n, rate) <= have * (1 + 1e-13) + 1e-300 for n, have in enumerate(net.capacity))

        low, high = 0.0, 1e3
        for _ in range(120):
            middle = (low + high) / 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        rate = [still.get(f, min(low, net.wanted(f))) for f in range(len(net.demand))]
        full = [n for n, have in enumerate(net.capacity) if net.used(n, rate) >= have * (1 - 1e-11) - 1e-12]
        stay = [f for f in rest if net.wanted(f) <= low * (1 + 1e-11) or set(net.through[f]) & set(full)]
        assert stay, "the water stands and nobody is full"
        still |= {f: min(low, net.wanted(f)) for f in stay}
    return [still[f] for f in range(len(net.demand))]


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_flows_get_what_water_gives_them(seed: int) -> None:
    net = Network(seed)
    room, _, _ = net.solve()
    assert room.rate.tolist() == pytest.approx(poured(net), rel=1e-8, abs=1e-8)


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_each_flow_has_what_it_asks_for_or_a_full_limit_where_nobody_has_more(seed: int) -> None:
    net = Network(seed, *random.Random(seed).choice([(9, 14), (40, 150)]))
    room, _, _ = net.solve()
    rate = room.rate.tolist()
    for limit, capacity in enumerate(net.capacity):
        assert net.used(limit, rate) <= capacity * (1 + NEAR) + 1e-12
        if any(limit in of for of in net.through):
            assert room.used[limit] == pytest.approx(net.used(limit, rate), rel=1e-12, abs=1e-12)
    for f, stopped in enumerate(room.stopped.tolist()):
        assert 0.0 <= rate[f] <= net.wanted(f)
        if stopped in (BY_DEMAND, BY_OWN):
            assert rate[f] == net.wanted(f)
            assert (stopped == BY_OWN) == (net.most[f] < net.demand[f])
            continue
        assert stopped in net.through[f]
        assert net.used(stopped, rate) == pytest.approx(net.capacity[stopped], rel=NEAR, abs=1e-12)
        rivals = [rate[g] for g in range(len(rate)) if stopped in net.through[g]]
        assert rate[f] >= max(rivals) * (1 - NEAR)


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_an_island_is_the_same_to_the_last_bit_whatever_others_do(seed: int) -> None:
    net = Network(seed)
    room, paths, islands = net.solve()
    other = random.Random(seed).randrange(int(islands.islands[0]))
    own = islands.of_flow != other
    again = Network(seed)
    for f in np.flatnonzero(~own).tolist():
        again.demand[f] = again.demand[f] / 2 + 1.0
    changed, _, _ = again.solve()
    assert changed.rate[own].tolist() == room.rate[own].tolist()
    alone = filling_of(len(net.demand), len(net.capacity))
    alone.demand[:], alone.most[:], alone.capacity[:] = net.demand, net.most, net.capacity
    fill_up(np.array([other]), islands, paths, alone)
    assert alone.rate[~own].tolist() == room.rate[~own].tolist()
    assert not alone.rate[own].any()


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_islands_are_what_is_joined_by_limits(seed: int) -> None:
    net = Network(seed)
    _, _, islands = net.solve()
    assert sorted(islands.flow.tolist()) == list(range(len(net.demand)))
    group = list(range(len(net.demand)))
    for _ in group:  # slowly: whoever shares a limit takes over the smaller number
        for f in range(len(group)):
            for g in range(len(group)):
                if set(net.through[f]) & set(net.through[g]):
                    group[f] = group[g] = min(group[f], group[g])
    for f in range(len(group)):
        assert [islands.of_flow[g] == islands.of_flow[f] for g in range(len(group))] == [n == group[f] for n in group]
        assert {islands.of_limit[n] for n in net.through[f]} == {islands.of_flow[f]}


def test_that_a_flow_through_no_limit_gets_what_it_asks_for() -> None:
    paths, room = paths_of([[], [0]], [[], [1.0]]), filling_of(2, 1)
    room.demand[:], room.capacity[:] = [7.0, 3.0], [2.0]
    islands = islands_of(paths, 1)
    fill_up(np.arange(2), islands, paths, room)
    assert (room.rate.tolist(), room.stopped.tolist()) == ([7.0, 2.0], [BY_DEMAND, 0])
