"""The course of a temperature is the solution of its equation: compared with small steps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine.power.heat import Course

watts = st.floats(-1000.0, 1000.0)


@given(st.floats(0.0, 60.0), watts, st.floats(1.0, 50.0), st.floats(60.0, 7200.0), st.floats(0.0, 1800.0))
def test_that_temperature_and_its_integral_are_those_of_small_steps(
    start_k: float, rise_w: float, w_k: float, tau_s: float, seconds: float
) -> None:
    course, steps = Course(start_k, rise_w, w_k, tau_s), 2000
    dt, now, total = seconds / steps, start_k, 0.0
    for _ in range(steps):
        rate = (rise_w - w_k * now) / (w_k * tau_s)
        half = max(now + rate * dt / 2.0, 0.0)
        after = max(now + (rise_w - w_k * half) / (w_k * tau_s) * dt, 0.0)
        total, now = total + (now + after) / 2.0 * dt, after
    scale = abs(rise_w / w_k) + start_k + 1e-9
    assert course.after(seconds) == pytest.approx(now, abs=2e-3 * scale)
    assert course.integral(seconds) == pytest.approx(total, abs=2e-3 * scale * max(seconds, 1.0))


@given(st.floats(0.0, 60.0), watts, st.floats(1.0, 50.0), st.floats(60.0, 7200.0), st.floats(0.0, 80.0))
def test_that_a_level_is_reached_when_it_says_so_and_not_before(
    start_k: float, rise_w: float, w_k: float, tau_s: float, level_k: float
) -> None:
    course = Course(start_k, rise_w, w_k, tau_s)
    at_s = course.until(level_k)
    if math.isinf(at_s):
        low, high = sorted((start_k, max(course.end_k, 0.0)))
        assert not low + 1e-9 < level_k < high - 1e-9
    else:
        assert course.after(at_s) == pytest.approx(level_k, abs=1e-6 * (1.0 + abs(course.end_k) + start_k))


def test_that_a_hall_returns_to_its_set_point_and_stays_there() -> None:
    course = Course(10.0, -50.0, 5.0, 600.0)  # it nears 10 K below the set point
    assert course.back_s == pytest.approx(600.0 * math.log(2.0))
    assert course.after(course.back_s + 1.0) == 0.0
    assert course.integral(1e6) == pytest.approx(course.integral(course.back_s))
    assert Course(0.0, -50.0, 5.0, 600.0).stays
