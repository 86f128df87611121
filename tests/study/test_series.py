"""Series are worked out where they are read: the same numbers as the whole arrays of the result, by every index."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from designer.engine import Constant, Domain, Host, Spec, Vm, simulate
from designer.study.series import SeriesReader
from tests.engine.random_world import random_world

NAMES = {
    "used_frac": "used", "asked_frac": "heat", "throttled_frac": "throttled", "waiting_frac": "waiting",
    "overhead_frac": "overhead", "steal_frac": "steal", "power_w": "power_w",
}  # fmt: skip
"""Quantities of places, and what the result calls them."""


@pytest.mark.parametrize("seed", range(8))
def test_that_cells_are_those_of_the_result(seed: int) -> None:
    spec = random_world(seed)
    result = simulate(spec)
    series = SeriesReader(spec).read(result.store)
    for name, of_result in NAMES.items():
        whole = getattr(result, of_result).astype(np.float64 if name == "power_w" else np.float32)
        assert whole.size, "a world without places"
        assert np.array_equal(np.asarray(series[name]), whole, equal_nan=True), name


@pytest.mark.parametrize(
    "index",
    [
        np.s_[:, 0], np.s_[:, -1], np.s_[2, 1], np.s_[-1, 0], np.s_[3], np.s_[1:4, :], np.s_[:, [3, 0, 2]],
        np.s_[1:, np.array([1, 1])], np.s_[-1, np.array([0, 4])], np.s_[::2, 1:3], np.s_[5:100, 0],
    ],
)  # fmt: skip
def test_that_cells_are_read_as_an_array_is(index: object) -> None:
    spec = random_world(3)
    series = SeriesReader(spec).read(simulate(spec).store)
    for name in NAMES:
        cells = series[name]
        assert np.array_equal(cells[index], np.asarray(cells)[index], equal_nan=True), name
        assert np.shape(cells[index]) == np.shape(np.asarray(cells)[index])


@pytest.mark.parametrize("seed", range(4))
def test_that_overloads_are_those_of_all_steps_also_when_a_run_is_read_in_parts(seed: int) -> None:
    spec = random_world(seed)
    result = simulate(spec)
    reader = SeriesReader(spec)
    filled = result.store.filled
    for steps in (1, filled // 2, filled):
        result.store.arrays["filled"][0] = steps
        series = reader.read(result.store)
        most, first = series.overloads()
        heat = np.asarray(series["asked_most_frac"])
        known = ~np.isnan(heat).all(axis=0)
        assert np.isnan(most).tolist() == (~known).tolist()
        assert most[known].tolist() == np.nanmax(heat[:, known], axis=0).tolist()
        over = heat > 1.0
        assert first.tolist() == np.where(over.any(axis=0), over.argmax(axis=0), -1).tolist()


def test_that_a_step_or_place_that_is_not_there_is_refused() -> None:
    spec = random_world(3)
    series = SeriesReader(spec).read(simulate(spec).store)
    with pytest.raises(IndexError):
        series["used_frac"][series.steps, 0]
    with pytest.raises(IndexError):
        series["used_frac"][:, series.ids.size]


def test_that_reading_a_run_takes_no_memory_for_each_step_of_each_host() -> None:
    hosts = [Host(100 + n, 1, 4, 1000.0, 4096.0, power_w=(10.0, 20.0)) for n in range(200)]
    vms = [Vm(1000 + n, 100 + n, 1, 1000.0, 1024.0, Constant(0.5)) for n in range(200)]
    result = simulate(Spec(domains=[Domain(1, 0, "zone")], hosts=hosts, vms=vms, until_s=300_000.0))
    cells = result.used.size
    tracemalloc.start()
    series = SeriesReader(result.spec).read(result.store)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert cells == 201_000
    assert peak < 4 * cells
    assert series["used_frac"][999, :3].tolist() == [0.125] * 3
    assert series["power_w"][:, 200].tolist() == [200 * 11.25] * 1000
