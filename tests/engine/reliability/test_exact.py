"""Exact answers beside brute force: every state of small random systems, as one Markov chain in numpy."""

from __future__ import annotations

import doctest
import math
from itertools import product

import numpy as np
import pytest

import designer.engine.reliability as reliability
from designer.engine.reliability import (
    Ask,
    AtLeast,
    Component,
    Crew,
    Exponential,
    Fixed,
    Fleet,
    Node,
    Running,
    Shock,
    System,
    Unit,
    Weibull,
    parallel,
    paths,
    series,
    solve,
)
from designer.engine.reliability.closed import counts_of
from designer.errors import SpecError


def component(name: str, mtbf: float, mttr: float, crew: str = "") -> Component:
    return Component(name, Exponential(mtbf), Exponential(mttr), crew)


def holds(node: Node, up: dict[object, bool]) -> bool:
    if isinstance(node, AtLeast):
        return sum(holds(part, up) for part in node.of) >= node.k
    assert isinstance(node, Unit)
    return up[node.id]


def random_node(rng: np.random.Generator, names: list[str], depth: int = 0) -> Node:
    if depth == 2 or rng.random() < 0.2:
        return Unit(str(rng.choice(names)))
    parts = tuple(random_node(rng, names, depth + 1) for _ in range(rng.integers(2, 5)))
    return AtLeast(int(rng.integers(1, len(parts) + 1)), parts)


def brute_force(system: System, name: str, horizon: float) -> tuple[float, float, float, float]:
    """Unavailability, outages an hour, mean time to the first outage, probability of one within the horizon."""
    parts = system.components
    states = list(product((True, False), repeat=len(parts)))
    number = {state: n for n, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    for state in states:
        for i, one in enumerate(parts):
            assert one.up is not None and one.down is not None
            after = (*state[:i], not state[i], *state[i + 1 :])
            q[number[state], number[after]] += 1.0 / (one.up.mean_h if state[i] else one.down.mean_h)
        for shock in system.shocks:
            hit = tuple(u and parts[i].id not in shock.hits for i, u in enumerate(state))
            if hit != state:
                q[number[state], number[hit]] += 1.0 / shock.law.mean_h
    q -= np.diag(q.sum(axis=1))
    p = np.linalg.lstsq(np.vstack([q.T, np.ones(len(q))]), np.r_[np.zeros(len(q)), 1.0], rcond=None)[0]
    ids = [one.id for one in parts]
    down = np.array([not holds(system.services[name], dict(zip(ids, state))) for state in states])
    often = float(p[~down] @ q[np.ix_(~down, down)].sum(axis=1))
    inner = q[np.ix_(~down, ~down)]
    first = float(-np.linalg.solve(inner, np.ones(len(inner)))[0])
    values, vectors = np.linalg.eig(inner)
    within = (vectors[0] * np.exp(values * horizon)) @ np.linalg.solve(vectors, np.ones(len(inner)))
    return float(p[down].sum()), often, first, float(1.0 - within.real)


@pytest.mark.parametrize("seed", range(12))
def test_that_random_systems_agree_with_the_chain_of_all_their_states(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = list("abcdefgh")[: rng.integers(3, 7)]
    pace = [(float(rng.integers(20, 200)), float(rng.integers(1, 30))) for _ in range(2)]
    parts = tuple(component(name, *pace[rng.integers(2)]) for name in names)
    hits = tuple(name for name in names if rng.random() < 0.5)
    shocks = (Shock("s", Exponential(300.0), hits),) if seed % 3 == 0 and hits else ()
    node = AtLeast(2, tuple(random_node(rng, names) for _ in range(3)))
    system = System(parts, {"s": node}, shocks=shocks)
    found = solve(system, Ask("s")).figures
    first = solve(system, Ask("s", horizon_h=50.0)).figures
    got = (found["unavailability"].value, found["outages_h"].value, first["mean_time_to_first_outage_h"].value,
           first["p_outage"].value)  # fmt: skip
    assert got == pytest.approx(brute_force(system, "s", 50.0), rel=1e-8, abs=1e-12)


def test_that_shared_racks_are_conditioned_on_and_the_naive_figure_stands_beside() -> None:
    zones = [component(f"z{z}", 17520, 6) for z in range(3)]
    vms = [component(f"v{z}{n}", 2000, 2) for z in range(3) for n in range(2)]
    node = AtLeast(4, tuple(series(Unit(f"z{z}"), Unit(f"v{z}{n}")) for z in range(3) for n in range(2)))
    answer = solve(System((*zones, *vms), {"s": node}), Ask("s"))
    assert answer.method == "exact"
    assert answer.shares["z0"] == pytest.approx(answer.shares["z2"]) != pytest.approx(answer.shares["v00"])
    assert sum(answer.shares.values()) == pytest.approx(1.0)
    a, v = 17520 / 17526, 2000 / 2002
    share = [math.comb(2, n) * v**n * (1 - v) ** (2 - n) * a + (1 - a if n == 0 else 0) for n in range(3)]
    exact = sum(share[i] * share[j] * share[k] for i, j, k in product(range(3), repeat=3) if i + j + k < 4)
    assert answer.figures["unavailability"].value == pytest.approx(exact, rel=1e-12)
    assert answer.naive is not None
    assert exact / answer.naive > 90


def test_that_a_rare_outage_keeps_its_digits_and_laws_count_by_their_means_only() -> None:
    parts = tuple(Component(n, Weibull.of_mean(10000.0, 0.7), Fixed(1.0)) for n in range(8))
    answer = solve(System(parts, {"s": parallel(*(Unit(n) for n in range(8)))}), Ask("s"))
    assert answer.figures["unavailability"].value == pytest.approx((1 / 10001) ** 8, rel=1e-12)
    assert answer.figures["mean_outage_h"].value == pytest.approx(1 / 8, rel=1e-12)


def test_that_one_crew_is_a_queue_and_many_hosts_alike_are_few_states() -> None:
    hosts = tuple(component(f"h{n}", 200.0, 8.0, "crew") for n in range(10))
    node = AtLeast(8, tuple(Unit(h.id) for h in hosts))
    answer = solve(System(hosts, {"s": node}, crews=(Crew("crew"),)), Ask("s"))
    weights = [math.perm(10, d) * (8 / 200) ** d for d in range(11)]
    assert answer.figures["availability"].value == pytest.approx(sum(weights[:3]) / sum(weights), rel=1e-12)
    assert " 11 states" in answer.why
    fleet = System(
        services={"s": Running("f", 8)}, fleets=(Fleet("f", 10, Exponential(200.0), Exponential(8.0), crews=1),)
    )
    same = solve(fleet, Ask("s")).figures["unavailability"].value
    assert same == pytest.approx(answer.figures["unavailability"].value, rel=1e-12)


def test_that_cold_standby_waits_without_failing() -> None:
    fleet = Fleet("f", 2, Exponential(100.0), Exponential(10.0), needed=1, dormancy=0.0, crews=1)
    answer = solve(System(services={"s": Running("f")}, fleets=(fleet,)), Ask("s", horizon_h=1e5))
    assert answer.figures["mean_time_to_first_outage_h"].value == pytest.approx((2 + 100 / 10) * 100, rel=1e-12)
    r = 0.1
    long = solve(System(services={"s": Running("f")}, fleets=(fleet,)), Ask("s")).figures["unavailability"].value
    assert long == pytest.approx(r * r / (1 + r + r * r), rel=1e-12)
    assert answer.figures["expected_downtime_h"].value == pytest.approx(long * 1e5, rel=2e-3)


def test_that_a_year_of_one_host_follows_its_closed_forms() -> None:
    system = System((component("h", 2190.0, 1.0),), {"s": Unit("h")})
    figures = solve(system, Ask("s", horizon_h=8760.0, slo_h=4.38)).figures
    fails, both = 1 / 2190, 1 / 2190 + 1.0
    down = fails / both
    assert figures["p_outage"].value == pytest.approx(1 - math.exp(-4), rel=1e-12)
    assert figures["expected_downtime_h"].value == pytest.approx(down * (8760 - 1 / both), rel=1e-11)
    assert figures["point_availability"].value == pytest.approx(1 - down, rel=1e-12)
    assert 0.3 < figures["p_slo_missed"].value < 0.4


def test_that_parts_without_a_place_are_counted() -> None:
    hosts = tuple(component(f"h{n}", 1500.0, 24.0) for n in range(9))
    counts = counts_of(System(hosts, {"s": AtLeast(8, tuple(Unit(h.id) for h in hosts))}), "s")
    p = 1500 / 1524
    assert counts == pytest.approx([math.comb(9, n) * p**n * (1 - p) ** (9 - n) for n in range(10)], rel=1e-11)


def test_that_what_has_no_answer_is_refused_with_a_sentence() -> None:
    host = component("h", 100.0, 1.0)
    for system, ask, says in [
        (System((host,), {"s": AtLeast(3, (Unit("h"), Unit("h")))}), Ask("s"), "needs 3 of 2 parts"),
        (System((host,), {"s": Unit("x")}), Ask("s"), "which is not there"),
        (System((host,), {"s": Unit("h")}), Ask("t"), "There is no service t"),
        (System((Component("h", Exponential(9.0), None),), {"s": Unit("h")}), Ask("s"), "never repaired"),
        (System((host,), {"s": Unit("h")}), Ask("s", slo_h=1.0), "needs a horizon"),
        (System((component("h", -1.0, 1.0),), {"s": Unit("h")}), Ask("s"), "mean above 0 h"),
    ]:
        with pytest.raises(SpecError, match=says):
            solve(system, ask)


def test_that_bridges_are_solved_by_their_paths() -> None:
    parts = tuple(component(name, 9.0, 1.0) for name in "abcde")
    found = solve(System(parts, {"s": paths("ad", "be", "ace", "bcd")}), Ask("s")).figures["availability"].value
    assert found == pytest.approx(2 * 0.9**2 + 2 * 0.9**3 - 5 * 0.9**4 + 2 * 0.9**5, rel=1e-12)


def test_that_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(reliability).failed == 0
