"""Where retries lead: by formula, and by going on until nothing changes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine.service.queue import response
from tests.engine.service.retry_states import collapse, fixed_points, refusing


@pytest.mark.parametrize(
    ("load", "attempts", "failing", "answered", "lost"),
    [
        (700, 700, 0.0, 700, 0.0),
        (1250, 2408.49842122, 0.584803547643, 1000, 0.2),
        (2000, 4847.32210186, 0.793700525984, 1000, 0.5),
    ],
)
def test_that_what_is_refused_at_no_cost_multiplies_attempts_and_no_more(
    load: float, attempts: float, failing: float, answered: float, lost: float
) -> None:
    assert refusing(load, 1000.0, 2) == pytest.approx((attempts, failing, answered, lost), rel=1e-9)


@given(st.floats(1.05, 20.0), st.integers(0, 8))
def test_that_attempts_of_a_refusing_service_bring_about_themselves(load: float, retries: int) -> None:
    attempts = load
    for _ in range(3_000):
        failing = 1.0 - 1.0 / attempts
        attempts = load * math.fsum(failing**k for k in range(retries + 1))
    assert refusing(load, 1.0, retries).attempts == pytest.approx(attempts, rel=1e-6)


def test_that_a_service_may_collapse_from_a_quarter_of_its_capacity_on_with_three_retries() -> None:
    found = [collapse(load, 1000.0, 3) for load in (200.0, 250.0, 700.0, 1100.0)]
    assert [state.good for state in found] == [True, True, True, False]
    assert [state.collapsed for state in found] == [False, False, True, True]
    assert [state.attempts for state in found] == [0.0, 0.0, 2800.0, 4400.0]
    assert found[0].threshold == pytest.approx(250.0)


def test_that_a_budget_bounds_the_attempts() -> None:
    found = [collapse(850.0, 1000.0, 3, budget) for budget in (0.1, 0.2, 1.0)]
    assert [state.attempts for state in found] == pytest.approx([0.0, 1020.0, 1700.0])
    assert [state.threshold for state in found] == pytest.approx([909.090909091, 833.333333333, 500.0], rel=1e-9)


def test_that_there_are_one_or_three_states_and_the_middle_one_does_not_last() -> None:
    assert [tuple(point) for point in fixed_points(200.0, 1000.0, 1, 0.5, 3)] == [(200.0, True)]
    low, middle, high = fixed_points(700.0, 1000.0, 1, 0.5, 3)
    assert (low.stable, middle.stable, high.stable) == (True, False, True)
    assert low.attempts == pytest.approx(700.0)
    assert high.attempts == pytest.approx(2800.0)
    assert [tuple(point) for point in fixed_points(1100.0, 1000.0, 1, 0.5, 3)] == [(4400.0, True)]


@settings(max_examples=20)
@given(st.floats(0.1, 1.4), st.integers(0, 5), st.floats(2.0, 40.0), st.integers(1, 8))
def test_that_a_state_that_lasts_is_come_back_to(busy: float, retries: int, timeout: float, workers: int) -> None:
    load, timeout_s = busy * workers, timeout
    points = fixed_points(load, 1.0, workers, timeout_s, retries)
    assert len(points) in (1, 3)
    assert [point.stable for point in points] == ([True] if len(points) == 1 else [True, False, True])
    for point in points:
        late = 1.0 if point.attempts >= workers else response(point.attempts, 1.0, workers, timeout_s).late
        again = load * math.fsum(late**k for k in range(retries + 1))
        if point.stable or point.attempts < workers * (1.0 - 1e-6):
            assert again == pytest.approx(point.attempts, rel=1e-3)
