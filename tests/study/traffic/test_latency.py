"""Latency of users: the way, the hops and the response time, weighted by who served their requests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine import Domain, Latency, Route, Service, Spec, Users
from designer.engine.result.carried import INTERNET, Carried
from designer.engine.spec import Constant
from designer.study.traffic.latency import HOPS, MEAN, P99, WAY, LatencyTable

HOME, FAR, A, B, C, SHOP, USERS, DATA = 1, 2, 3, 4, 5, 10, 20, 30
DOMAINS = (
    Domain(HOME, 0, "region"), Domain(FAR, 0, "region"), Domain(A, HOME, "zone"), Domain(B, HOME, "zone"),
    Domain(C, FAR, "zone"), Domain(DATA, HOME, "database"),
)  # fmt: skip
ROUND_TRIPS = {(A, A): 0.25, (B, B): 0.25, (C, C): 0.5, (A, B): 2.0, (HOME, HOME): 1.0, (HOME, FAR): 80.0,
               (USERS, HOME): 30.0, (USERS, FAR): 100.0}  # fmt: skip


def table(counts: dict[tuple[int, int, int], float], route: Route) -> LatencyTable:
    """Requests by what is read, and places (from, to)."""
    carried = Carried()
    for (k, one, other), count in counts.items():
        carried.requests.add(np.array([[SHOP, k, one, other]]), np.array([count]))
    service = Service(SHOP, Constant(0.0), 1.0, users=(Users(USERS, Constant(1.0)),))
    latencies = [Latency(one, other, ms) for (one, other), ms in ROUND_TRIPS.items()]
    return LatencyTable(carried, Spec(domains=DOMAINS, services=[service], routes=[route], latencies=latencies))


def figures(made: LatencyTable, responses: dict[int, tuple[float, float]]) -> dict[str, float]:
    return {title: seconds * 1000.0 for _, _, values in made.rows(responses) for title, (seconds, _) in values.items()}


def test_that_latency_is_way_and_hops_and_response_time() -> None:
    counts = {(0, A, A): 300.0, (0, A, B): 100.0, (1, A, A): 300.0, (1, A, B): 100.0}
    found = figures(table(counts, Route(SHOP, ((9, 9),), reads=(DATA,), users=(USERS,))), {SHOP: (0.005, 0.040)})
    hop = (300 * 0.25 + 100 * 2.0) / 400
    assert found == pytest.approx({WAY: 30.0, HOPS: 2 * hop, MEAN: 35.0 + 2 * hop, P99: 70.0 + 2 * hop})


def test_that_without_a_balancer_the_way_ends_at_the_member() -> None:
    found = figures(table({(0, A, A): 100.0, (0, C, C): 300.0}, Route(SHOP, users=(USERS,))), {})
    assert found == pytest.approx({WAY: (30.0 + 300.0) / 4, HOPS: 0.0})


def test_that_zones_of_other_regions_are_as_far_as_their_regions() -> None:
    made = table({}, Route(SHOP, users=(USERS,)))
    assert made.between_ms(A, C) == made.between_ms(HOME, C) == 80.0
    assert (made.between_ms(A, HOME), made.between_ms(B, A), made.between_ms(USERS, C)) == (1.0, 2.0, 100.0)
    assert math.isnan(made.between_ms(A, INTERNET))


def test_that_nothing_is_told_of_what_nobody_served_or_whose_way_is_not_known() -> None:
    assert not table({}, Route(SHOP, users=(USERS,))).rows({})
    assert not table({(0, -1, -1): 5.0}, Route(SHOP, users=(USERS,))).rows({})


@given(st.lists(st.tuples(st.sampled_from((A, B, C)), st.sampled_from((A, B, C)), st.integers(1, 40)), min_size=1))
def test_that_a_mean_is_that_of_the_requests_one_by_one(asked: list[tuple[int, int, int]]) -> None:
    counts: dict[tuple[int, int, int], float] = {}
    ways, hops = [], []
    for node, member, count in asked:
        counts[0, node, member] = counts.get((0, node, member), 0.0) + count
        far = {HOME: {HOME: 1.0, FAR: 80.0}, FAR: {HOME: 80.0}}
        region = {A: HOME, B: HOME, C: FAR}
        own = {(A, A): 0.25, (B, B): 0.25, (C, C): 0.5, (A, B): 2.0, (B, A): 2.0}
        hop = own.get((node, member)) or far[region[node]][region[member]]
        ways += [30.0 if region[node] == HOME else 100.0] * count
        hops += [hop] * count
    found = figures(table(counts, Route(SHOP, ((9, 9),), users=(USERS,))), {})
    assert found == pytest.approx({WAY: sum(ways) / len(ways), HOPS: sum(hops) / len(hops)})


def test_that_uplinks_of_racks_and_data_centers_come_on_top_unless_both_ends_are_behind_them() -> None:
    hall, rack, other = 40, 41, 42
    domains = [*DOMAINS, Domain(hall, A, "data_center"), Domain(rack, hall, "rack"), Domain(other, hall, "rack")]
    ms = {**ROUND_TRIPS, (hall, A): 0.125, (rack, hall): 0.0625}
    latencies = [Latency(one, to, took) for (one, to), took in ms.items()]
    made = LatencyTable(Carried(), Spec(domains=domains, latencies=latencies))
    assert made.between_ms(A, rack) == made.between_ms(rack, A) == 0.25 + 0.125 + 0.0625
    assert made.between_ms(rack, other) == 0.25 + 0.0625
    assert made.between_ms(rack, rack) == 0.25
    assert made.between_ms(rack, B) == 2.0 + 0.125 + 0.0625
    assert made.between_ms(USERS, hall) == 30.0 + 0.125
