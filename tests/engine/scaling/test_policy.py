"""How many instances a policy wants: the provider's own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine.scaling.policy import stepped, tracked, whole

MANUAL = ((0.0, 0.0), (0.1, 0.1), (0.2, 0.3), (-1e-9, 0.0), (-0.1, -0.1), (-0.2, -0.3))


@pytest.mark.parametrize(
    ("count", "metric", "wanted"),
    [(10, 0.8, 16), (3, 0.75, 5), (10, 0.425, 9), (10, 0.5, 10), (1, 0.51, 2), (20, 0.125, 5)],
)
def test_that_target_tracking_rounds_up_when_it_adds_and_keeps_more_when_it_removes(
    count: int, metric: float, wanted: int
) -> None:
    assert tracked(count, metric, 0.5) == wanted


def test_that_steps_follow_the_manual_with_its_group_of_ten() -> None:
    counts, now = [], 10
    for metric in (0.55, 0.60, 0.70, 0.45, 0.40, 0.30):
        now += stepped(now, metric, 0.5, MANUAL)
        counts.append(now)
    assert counts == [10, 11, 14, 14, 13, 10]


def test_that_a_part_of_an_instance_becomes_whole_ones_as_the_manual_says() -> None:
    assert [whole(change) for change in (12.7, 0.67, -0.58, -6.67, 1.0, 3.3, -1.4)] == [12, 1, -1, -6, 1, 3, -1]
    assert stepped(4, 0.9, 0.5, ((0.0, 0.25),), 2) == 2
    assert stepped(4, 0.1, 0.5, ((-0.1, -0.25),), 2) == -2
    assert stepped(4, 0.5, 0.5, ((-0.1, -0.25), (0.2, 0.5)), 2) == 0


@given(st.integers(1, 5000), st.floats(0.0, 1.0), st.floats(0.05, 1.0))
def test_that_what_is_wanted_brings_the_metric_to_the_target_and_one_less_would_not(
    count: int, metric: float, target: float
) -> None:
    wanted = tracked(count, metric, target)
    assert wanted * target >= count * metric * (1 - 1e-6) - 1e-6
    assert (wanted - 1) * target <= count * metric + 1e-6
