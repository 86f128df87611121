"""Queues in closed form, beside sums over all their states."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine.service.queue import LONGEST, MEAN, UTILIZATION_CAP, figures_at, response
from tests.engine.service.closed_forms import limited, one_worker


def states(arriving: float, one: float, workers: int, most: int) -> np.ndarray:
    """The chance that so many requests are there, by weights relative to each other (birth and death)."""
    logs = np.cumsum([0.0, *(math.log(arriving / (one * min(n, workers))) for n in range(1, most + 1))])
    weight = np.exp(logs - logs.max())
    return weight / weight.sum()


def longer_than(time_s: float, arriving: float, one: float, workers: int) -> float:
    """The part of the answers that take longer: a sum over how many an arrival finds, each with a sum of Poisson."""
    total, everyone = 0.0, one * workers
    for found, chance in enumerate(states(arriving, one, workers, 4000)):
        if chance < 1e-16 and found > workers:
            break
        first = found - workers + 1  # who must leave before the work begins
        if first <= 0:
            total += chance * math.exp(-one * time_s)
            continue
        spans = np.linspace(0.0, time_s, 801)
        density = np.exp(first * math.log(everyone) + (first - 1) * np.log(np.maximum(spans, 1e-300))
                         - everyone * spans - math.lgamma(first))  # fmt: skip
        if first == 1:
            density = everyone * np.exp(-everyone * spans)
        begun = np.trapezoid(density * np.exp(-one * (time_s - spans)), spans)
        still = sum(
            math.exp(k * math.log(everyone * time_s) - everyone * time_s - math.lgamma(k + 1)) for k in range(first)
        )
        total += chance * (begun + still)
    return total


@pytest.mark.parametrize(
    ("arriving", "mean_s", "p50_s", "p95_s", "p99_s"),
    [
        (30, 0.0142857142857, 0.00990210257943, 0.0427961753365, 0.0657881455141),
        (70, 0.0333333333333, 0.0231049060187, 0.0998577424518, 0.153505672866),
        (95, 0.2, 0.138629436112, 0.599146454711, 0.921034037198),
    ],
)
def test_that_one_worker_answers_in_an_exponential_time(
    arriving: float, mean_s: float, p50_s: float, p95_s: float, p99_s: float
) -> None:
    found = response(arriving, 100.0)
    assert found[:4] == pytest.approx((mean_s, p50_s, p95_s, p99_s), rel=1e-9)


def test_that_a_pool_answers_sooner_than_its_parts() -> None:
    pooled, part = response(300.0, 100.0, 4), response(75.0, 100.0)
    assert pooled[:4] == pytest.approx((0.0150943396226, 0.0115628362861, 0.0412809980242, 0.0600630817656), rel=1e-8)
    assert part.mean_s == pytest.approx(0.04, rel=1e-9)
    assert part.p95_s == pytest.approx(0.119829290942, rel=1e-9)


@pytest.mark.parametrize(
    ("arriving", "lost", "served", "mean_s"),
    [
        (80, 0.0234928575799, 78.1205713936, 0.0379709750398),
        (100, 0.0909090909091, 90.9090909091, 0.055),
        (120, 0.192586495127, 96.8896205848, 0.0692613784414),
    ],
)
def test_that_a_queue_with_ten_places_loses_what_finds_none(
    arriving: float, lost: float, served: float, mean_s: float
) -> None:
    assert limited(arriving, 100.0, 1, 10)[:3] == pytest.approx((lost, served, mean_s), rel=1e-9)
    assert response(arriving, 100.0, 1, places=10.0).blocked == pytest.approx(lost, rel=1e-9)


LAWS = (0.0, 0.3, 1.0, 2.5, 16.0)


def test_that_the_wait_for_one_worker_grows_with_the_variation_of_its_work() -> None:
    found = [response(80.0, 100.0, variation=variation).mean_s - 0.01 for variation in (0.0, 0.5, 1.0, 4.0)]
    assert found == pytest.approx([0.02, 0.03, 0.04, 0.1], rel=1e-9)
    for variation in LAWS:
        assert response(80.0, 100.0, variation=variation).mean_s == pytest.approx(one_worker(80.0, 100.0, variation)[1])


def late_at(times: np.ndarray, busy: float, variation: float) -> np.ndarray:
    """The part of the answers of one worker that take longer than some times; its work takes 1 on average."""
    return np.array([response(busy, 1.0, 1, float(t), variation=variation).late for t in times])


@pytest.mark.parametrize(("variation", "busy"), [(2.5, 0.3), (2.5, 0.8), (16.0, 0.6)])
def test_that_two_sorts_of_requests_take_the_times_that_the_transform_says(variation: float, busy: float) -> None:
    first = 0.5 * (1.0 + math.sqrt((variation - 1.0) / (variation + 1.0)))
    times = np.concatenate([np.linspace(0.0, 5.0, 1501), np.geomspace(5.0, 200.0, 700)[1:]])
    late = late_at(times, busy, variation)
    for s in (0.1, 1.0, 3.0):
        work = sum(part * 2.0 * part / (2.0 * part + s) for part in (first, 1.0 - first))
        exact = (1.0 - busy) * s / (s - busy + busy * work) * work  # Pollaczek-Khinchine
        assert 1.0 - s * np.trapezoid(np.exp(-s * times) * late, times) == pytest.approx(exact, abs=2e-4)


@pytest.mark.parametrize("busy", [0.3, 0.8])
def test_that_requests_that_are_all_alike_take_about_the_times_that_are_exact(busy: float) -> None:
    for wait in (0.0, 0.4, 1.3, 2.6, 4.0):
        terms = (
            (busy * (k - wait)) ** k / math.factorial(k) * math.exp(-busy * (k - wait)) for k in range(int(wait) + 1)
        )
        exact = 1.0 - (1.0 - busy) * sum(terms)  # Crommelin
        assert late_at(np.array([1.0 + wait]), busy, 0.0)[0] == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("variation", LAWS)
def test_that_the_mean_is_that_of_the_chances_to_take_longer(variation: float) -> None:
    for workers, busy in ((1, 0.05), (1, 0.8), (6, 0.9)):
        found = response(busy * workers, 1.0, workers, variation=variation)
        times = np.concatenate([np.linspace(0.0, 4.0, 1601), np.geomspace(4.0, 4000.0, 900)[1:]])
        late = [response(busy * workers, 1.0, workers, float(t), variation=variation).late for t in times]
        assert np.trapezoid(late, times) == pytest.approx(found.mean_s, rel=2e-3)


def test_that_what_finds_no_worker_free_and_may_not_wait_does_not_depend_on_the_variation() -> None:
    lost = [response(4.0, 1.0, 5, places=5.0, variation=variation).blocked for variation in LAWS]
    assert lost == pytest.approx([limited(4.0, 1.0, 5, 5).lost] * len(LAWS), rel=1e-12)
    few = [response(4.0, 1.0, 5, places=9.0, variation=variation).blocked for variation in LAWS]
    assert few == sorted(few)


@given(st.integers(1, 60), st.floats(0.02, 0.97), st.floats(0.1, 500.0))
def test_that_means_and_lost_requests_are_the_sums_over_all_states(workers: int, busy: float, one: float) -> None:
    arriving = busy * workers * one
    chances = states(arriving, one, workers, 4000)
    inside = float((chances * np.arange(chances.size)).sum())
    assert response(arriving, one, workers).mean_s == pytest.approx(inside / arriving, rel=1e-9)
    for places in (workers, workers + 1, workers + 17):
        few = states(arriving, one, workers, places)
        found = response(arriving, one, workers, places=float(places)).blocked
        assert found == pytest.approx(float(few[-1]), rel=1e-9, abs=1e-15)
        exact = limited(arriving, one, workers, places)
        assert exact.lost == pytest.approx(float(few[-1]), rel=1e-9)
        assert response(arriving, one, workers, places=float(places)).mean_s == pytest.approx(exact.mean_s, rel=1e-9)
        assert response(2.5 * arriving, one, workers, places=float(places)).mean_s == pytest.approx(
            limited(2.5 * arriving, one, workers, places).mean_s, rel=1e-9
        )


@settings(max_examples=25)
@given(st.integers(1, 12), st.floats(0.1, 0.9), st.floats(0.2, 4.0))
def test_that_late_answers_are_the_sum_over_what_an_arrival_finds(workers: int, busy: float, spans: float) -> None:
    one, arriving = 2.0, busy * workers * 2.0
    found = response(arriving, one, workers, timeout_s=spans / one)
    assert found.late == pytest.approx(longer_than(spans / one, arriving, one, workers), rel=2e-4, abs=1e-6)


@given(st.integers(1, 500), st.floats(0.0, 3.0), st.floats(0.01, 1000.0), st.sampled_from([1e-6, *LAWS[1:]]))
def test_that_a_quantile_is_exceeded_by_its_part(workers: int, busy: float, one: float, variation: float) -> None:
    arriving = busy * workers * one
    found = response(arriving, one, workers, variation=variation)
    for part, time_s in ((0.5, found.p50_s), (0.95, found.p95_s), (0.99, found.p99_s)):
        late = response(arriving, one, workers, timeout_s=time_s, variation=variation).late
        assert late == pytest.approx(1.0 - part, rel=1e-6)


@given(st.integers(1, 64), st.floats(0.1, 100.0))
def test_that_more_load_never_makes_answers_sooner_and_nothing_jumps_at_the_cap(workers: int, one: float) -> None:
    capacity = workers * one
    loads = [capacity * part for part in (0.0, 0.3, 0.8, 0.98, UTILIZATION_CAP, 1.0, 1.5)]
    found = [response(load, one, workers) for load in loads]
    for before, after in pairwise(found):
        assert after.mean_s >= before.mean_s
        assert after.p99_s >= before.p99_s * (1.0 - 1e-12)
    below = response(capacity * (UTILIZATION_CAP - 1e-9), one, workers)
    assert below.mean_s == pytest.approx(found[4].mean_s, rel=1e-6)
    for above in found[5:]:
        assert above[:4] == pytest.approx(found[4][:4], rel=1e-9)


@pytest.mark.parametrize("ratio", [0.9, 0.999, 0.99937, 0.99936, 0.99999, 1.0, 1.00001, 1.00063, 1.00064, 1.001, 1.5])
def test_that_a_wait_for_very_many_has_an_end_where_the_last_of_many_states_counts_for_nothing(ratio: float) -> None:
    found = figures_at(np.array([ratio * 1000.0]), 1000.0, 10, 1.0, 1e6)[0]
    last = 1.0
    for _ in range(1 << 16):
        last *= min(ratio, 1.0 / ratio)
    assert (found[LONGEST + MEAN] < math.inf) == (last < 1e-18)
    if ratio <= 0.9:  # so many places are as good as without an end
        assert found[MEAN] == pytest.approx(figures_at(np.array([ratio * 1000.0]), 1000.0, 10, 1.0)[0][MEAN], rel=1e-9)
