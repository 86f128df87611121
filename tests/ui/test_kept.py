"""What plots keep of a run that goes on is what they would compute of all of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.ui.plots.kept import FIRST_ROWS, Kept
from designer.ui.plots.shape import thinned_rows

PLACES = np.array([0, 2, 3])


def recorded(steps: int, seed: int) -> np.ndarray:
    """Steps x places, some without a value."""
    chance = np.random.Generator(np.random.PCG64(seed))
    values = chance.random((steps, 4))
    values[chance.random(values.shape) < 0.2] = np.nan
    return values


def same(some: np.ndarray, others: np.ndarray) -> bool:
    return some.shape == others.shape and np.allclose(some, others, equal_nan=True)


def edges(steps: int) -> np.ndarray:
    return np.arange(steps + 1) * 300.0


def band(values: np.ndarray, pixels: int) -> np.ndarray:
    """The least and the highest of each block of steps, computed anew."""
    at, rows = thinned_rows(edges(values.shape[0]), values, pixels)
    low = np.where(np.isnan(rows), np.inf, rows).min(axis=1)
    low = np.where(np.isinf(low), 0.0, low)
    high = np.where(np.isnan(rows), 0.0, rows).max(axis=1)
    return np.stack([np.repeat(at, 2)[1:-1], np.repeat(low, 2), np.repeat(high, 2)])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(2, 20), st.integers(0, 50))
def test_that_a_run_read_in_parts_gives_what_it_gives_as_a_whole(parts: list[int], pixels: int, seed: int) -> None:
    whole, kept, steps = recorded(sum(parts) + 1, seed), Kept(), 1
    for part in parts:
        steps += part
        kept.follow(whole, whole, steps, PLACES)
        values = whole[:steps, PLACES]
        assert same(kept.values, values)
        assert same(np.stack(kept.band(edges(steps), pixels)), band(values, pixels))
        known = ~np.isnan(values)
        assert kept.most == pytest.approx(np.where(known, values, 0.0).max())
        counts = known.sum(axis=1)
        assert np.isnan(kept.mean).tolist() == (counts == 0).tolist()
        assert kept.mean[counts > 0] == pytest.approx(np.nanmean(values[counts > 0], axis=1))


def test_that_blocks_are_told_from_the_first_that_has_changed() -> None:
    whole, kept = recorded(40, 1), Kept()
    for steps, pixels, first in ((8, 4, 0), (8, 4, 4), (8, 4, 4), (9, 5, 4), (10, 5, 4), (11, 4, 0), (11, 11, 0)):
        kept.follow(whole, whole, steps, PLACES)
        at, rows, changed = kept.condensed(edges(steps), pixels)
        told, means = thinned_rows(edges(steps), whole[:steps, PLACES], pixels)
        assert changed == first
        assert at.tolist() == told.tolist()
        assert same(rows, means)


def test_that_the_highest_means_come_first_and_places_without_values_not_at_all() -> None:
    values = np.array([[0.2, np.nan, 0.9, 0.5], [0.4, np.nan, np.nan, 0.7]])
    kept = Kept()
    kept.follow(values, values, 2, np.arange(4))
    assert kept.top(3).tolist() == [2, 3, 0]


def test_that_another_run_and_other_places_are_read_from_the_beginning() -> None:
    first, second, kept = recorded(6, 1), recorded(6, 2), Kept()
    kept.follow(first, first, 6, PLACES)
    kept.follow(second, second, 6, PLACES)
    assert same(kept.values, second[:, PLACES])
    kept.follow(second, second, 6, PLACES[:2])
    assert same(kept.values, second[:, PLACES[:2]])
    kept.follow(second, second, 3, PLACES[:2])
    assert kept.values.shape == (3, 2)


def test_that_room_for_all_steps_is_taken_at_once() -> None:
    whole, kept = recorded(FIRST_ROWS + 9, 4), Kept()
    kept.follow(whole, whole, 5, PLACES, len(whole))
    first = kept.values
    kept.follow(whole, whole, len(whole), PLACES, len(whole))
    assert np.shares_memory(first, kept.values)
    assert same(kept.values, whole[:, PLACES])
