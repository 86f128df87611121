"""Columns that keep only what is unusual are the arrays that they stand for."""

from __future__ import annotations

import gc
import mmap
import random
from pathlib import Path

import numpy as np
import pytest

from designer.engine import Constant, Domain, Host, Spec, TimedEvent, Vm, simulate
from designer.engine.compiled import door
from designer.engine.result.arrays import VM_SERIES, Store, create, open_store
from designer.engine.result.columns import Column, HostsFirst
from designer.engine.result.result import Result
from designer.engine.share.arrays import CAPACITY, PAGE, SPARSE, STEAL, Sparse
from designer.engine.share.sparse import add, add_rows, ask, close_rows, hold_rows
from designer.engine.simulation import Simulation

ROWS, UNITS = 3 * PAGE + 5, 7
WIDE = (*SPARSE, "allocated")
SHAPES: dict[str, tuple[int, ...]] = {"filled": (1,), VM_SERIES: (0, 0), **dict.fromkeys(WIDE, (ROWS, UNITS))}
Added = tuple[int, int, int, float]
"""Column, row, unit, value."""


@door
def _add_all(sparse: Sparse, where: np.ndarray, values: np.ndarray) -> None:
    for n in range(values.size):
        add(sparse, where[n, 0], where[n, 1], where[n, 2], values[n])


@door
def _add_rows(sparse: Sparse, row: int, n: int, value: float) -> None:
    add_rows(sparse, CAPACITY, row, n, 1, value)


@door
def _ask_all(sparse: Sparse, got: np.ndarray, where: np.ndarray, values: np.ndarray) -> None:
    for n in range(values.size):
        ask(sparse, got, where[n, 0], where[n, 1], values[n])


def add_all(store: Store, added: list[Added]) -> None:
    """Add values one after the other."""
    where = np.array([place for *place, _ in added], np.int64).reshape(-1, 3)
    _add_all(store.sparse, where, np.array([value for *_, value in added], np.float64))


def close(store: Store, stop: int) -> None:
    """Keep the rows before one."""
    close_rows(store.sparse, store.arrays["allocated"], stop)


def filled(seed: int, unusual: float) -> tuple[Store, np.ndarray]:
    """A store to which steps of all units are added in parts, and the array that a column of it stands for."""
    dice, store = random.Random(seed), create(SHAPES, None)
    dense, added = np.zeros((ROWS, UNITS)), []
    for u in range(UNITS):
        for row in range(ROWS - dice.randrange(3)):
            if dice.random() < unusual / 2:
                continue  # down for the whole step
            parts = [80.0 + u] if dice.random() >= unusual else [dice.random() for _ in range(dice.randrange(1, 4))]
            for value in parts:
                dense[row, u] += value
                added.append((CAPACITY, row, u, value))
    add_all(store, added)
    return store, dense


def assert_reads(column: Column, dense: np.ndarray, dice: random.Random) -> None:
    """Whether all rows of a column, and any rows and units of it, are those of the array that it stands for."""
    assert np.array_equal(np.asarray(column), dense)
    for _ in range(20):
        first, last = sorted(dice.choices(range(ROWS + 1), k=2))
        some = dice.sample(range(UNITS), 3)
        assert np.array_equal(column[first:last], dense[first:last])
        assert np.array_equal(column[first:last, some], dense[first:last, some])
        assert np.array_equal(column[first:last, 2:5], dense[first:last, 2:5])
        assert np.array_equal(column[first:last, -1], dense[first:last, -1])
        usual = column.usual(slice(first, last))
        assert usual is None or (dense[first:last] == usual).all()


@pytest.mark.parametrize("unusual", [0.0, 0.05, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_that_any_rows_and_units_are_those_of_the_array(seed: int, unusual: float) -> None:
    store, dense = filled(seed, unusual)
    column, dice = store.arrays["capacity"], random.Random(seed)
    for stop in (0, PAGE, ROWS):  # open rows, some final, all final
        close(store, stop)
        assert_reads(column, dense, dice)
    assert [column[-1, 3], column[2, -2]] == [dense[-1, 3], dense[2, -2]]
    assert np.array_equal(column[-2], dense[-2])
    assert (column.usual(slice(PAGE, 3 * PAGE)) is not None) == (unusual == 0.0)
    assert not np.asarray(store.arrays["steal"]).any()


def test_that_steps_like_the_first_take_no_page_and_others_take_one_for_eight() -> None:
    store = create(SHAPES, None)
    add_all(store, [(CAPACITY, row, 0, 80.0) for row in range(ROWS)])
    add_all(store, [(CAPACITY, row, 1, 80.0 if row != PAGE + 2 else 79.0) for row in range(ROWS)])
    add_all(store, [(STEAL, row, 2, 5.0 + row) for row in (3, 4, 2 * PAGE)])
    close(store, ROWS)
    assert store.sparse.used.tolist() == [1 + 2]
    assert np.flatnonzero(store.arrays["steal"][:, 2]).tolist() == [3, 4, 2 * PAGE]


@pytest.mark.parametrize("rows", [0, 1, PAGE, PAGE + 3, ROWS - 1])
def test_that_a_branch_takes_over_the_steps_before_it_and_goes_on(rows: int) -> None:
    store, dense = filled(3, 0.3)
    close(store, ROWS)
    other = create(SHAPES, None)
    column: Column = other.arrays["capacity"]
    column.take(store.arrays["capacity"], rows)
    column[rows] = dense[rows]
    assert np.array_equal(column[: rows + 1], dense[: rows + 1])
    assert not column[rows + 1 :].any()
    add_all(other, [(CAPACITY, row, u, dense[row, u]) for row in range(rows + 1, ROWS) for u in range(UNITS)])
    assert np.array_equal(np.asarray(column), dense)
    assert np.array_equal(np.asarray(store.arrays["capacity"]), dense)


def test_that_what_was_saved_is_read_back_and_the_head_of_a_column_ends_early() -> None:
    _, dense = filled(4, 0.2)
    column = create(SHAPES, None).arrays["capacity"]
    column[: ROWS - 2] = dense[: ROWS - 2]
    assert np.array_equal(column[: ROWS - 2], dense[: ROWS - 2])
    head = column.head(5)
    assert (len(head), head.shape, head[:].tolist()) == (5, (5, UNITS), dense[:5].tolist())


def test_that_another_process_reads_final_steps_while_the_run_goes_on(tmp_path: Path) -> None:
    domains = [Domain(1, 0, "zone", "zone")]
    hosts = [Host(10 + n, 1, 2, 1000.0, 8192.0) for n in range(3)]
    vms = [Vm(20 + n, 10 + n, 4, 1000.0, 1024.0, Constant(0.8), recovery="none") for n in range(3)]
    spec = Spec(domains, hosts, vms, events=[TimedEvent(700.0, "fail", 11)], until_s=6000.0, sample_s=300.0)
    whole = Simulation(spec)
    whole.advance(6000.0)
    whole.record()
    run = Simulation(spec, tmp_path / "series")
    reader = open_store(tmp_path / "series")
    for time_s in (250.0, 600.0, 1500.0, 6000.0):
        run.advance(time_s)
        run.record()
        assert reader.filled == int(time_s / 300.0)
        for name in SPARSE:
            assert np.array_equal(reader.arrays[name][: reader.filled], whole.store.arrays[name][: reader.filled])
    assert reader.arrays["capacity"][2].tolist() == [600_000.0, 200_000.0, 600_000.0, 0.0]


def test_that_a_run_of_no_units_has_columns_of_none() -> None:
    column = create({name: (ROWS, 0) if name in WIDE else (1,) for name in SHAPES}, None).arrays["size"]
    assert (column[:].shape, column[2:9].shape) == ((ROWS, 0), (7, 0))


@pytest.mark.parametrize("first", [0, 3, PAGE])
def test_that_rows_that_are_held_together_are_those_of_the_array(first: int) -> None:
    store, dense = create(SHAPES, None), np.zeros((ROWS, UNITS))
    widths = [60.0] * (ROWS - first - 1) + [12.5]
    for n, (held, stop) in enumerate(((np.arange(float(UNITS)), 9), (np.full(UNITS, 0.5), ROWS - first))):
        begin = 9 * n
        hold_rows(store.sparse, SPARSE.index("capacity"), first + begin, held, np.array(widths[begin:stop]))
        dense[first + begin : first + stop] = held * np.array(widths[begin:stop])[:, None]
    assert np.array_equal(np.asarray(store.arrays["capacity"]), dense)


@pytest.mark.parametrize(
    "calls",
    [
        [(0, ROWS, 80.0)],
        [(0, 1, 80.0), (1, ROWS - 1, 80.0)],
        [(3, 1, 20.0), (3, 12, 80.0), (14, ROWS - 14, 80.0)],
        [(0, 2 * PAGE, 80.0), (2 * PAGE, PAGE, 79.0), (3 * PAGE, 5, 80.0)],
        [(0, PAGE + 2, 80.0), (PAGE + 1, 2 * PAGE, 80.0)],
        [(2, ROWS - 2, 0.0)],
        [(0, 3, 0.0), (3, ROWS - 3, 80.0)],
    ],
)
def test_that_rows_that_are_added_together_are_as_if_added_one_by_one(calls: list[tuple[int, int, float]]) -> None:
    store, other, dense = create(SHAPES, None), create(SHAPES, None), np.zeros(ROWS)
    for first, n, value in calls:
        _add_rows(store.sparse, first, n, value)
        add_all(other, [(CAPACITY, row, 1, value) for row in range(first, first + n)])
        dense[first : first + n] += value
        assert np.array_equal(np.asarray(store.arrays["capacity"])[:, 1], dense)
    for one in (store, other):
        close(one, ROWS)
    assert np.array_equal(np.asarray(store.arrays["capacity"])[:, 1], dense)
    assert store.sparse.used.tolist() == other.sparse.used.tolist()
    assert np.array_equal(store.sparse.at, other.sparse.at)


def asked_for(seed: int, more: float) -> tuple[Store, np.ndarray]:
    """A store in which VMs got and asked for something, and the array of what they asked for."""
    dice, store = random.Random(seed), create(SHAPES, None)
    got = store.arrays["allocated"]
    dense, where, values = np.zeros((ROWS, UNITS)), [], []
    for row in range(ROWS):
        for u in range(UNITS):
            if dice.random() < 0.2:
                continue  # down for the whole step
            got[row, u] = dice.random()
            parts = [got[row, u]] if dice.random() >= more else [got[row, u], dice.random()]
            for value in parts:
                dense[row, u] += value
                where.append((row, u))
                values.append(value)
    _ask_all(store.sparse, got, np.array(where, np.int64), np.array(values))
    return store, dense


@pytest.mark.parametrize("more", [0.0, 0.05, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_that_what_vms_asked_for_is_kept_where_they_got_something_else(seed: int, more: float) -> None:
    store, dense = asked_for(seed, more)
    column, dice = store.arrays["asked"], random.Random(seed)
    for stop in (0, PAGE, ROWS):
        close(store, stop)
        assert_reads(column, dense, dice)
    differ = (dense != store.arrays["allocated"]).any()
    assert (store.sparse.used[0] > 0) == differ
    for rows in (0, 3, PAGE, 2 * PAGE + 1, ROWS - 1):
        other, saved = create(SHAPES, None), create(SHAPES, None)
        for one in (other, saved):
            one.arrays["allocated"][:rows] = store.arrays["allocated"][:rows]
        other.arrays["asked"].take(column, rows)
        saved.arrays["asked"][:rows] = dense[:rows]
        for one in (other, saved):
            assert np.array_equal(one.arrays["asked"][:rows], dense[:rows])
            assert not one.arrays["asked"][rows:].any()


def run_of(load: float) -> Spec:
    """A run whose steps take more than the memory that is given in pages of its own."""
    hosts = [Host(n, 0, 8, 2000.0, 65_536.0) for n in range(1, 41)]
    vms = [Vm(1000 + n, n, 2, 2000.0, 1024.0, Constant(load)) for n in range(1, 41)]
    return Spec(hosts=hosts, vms=vms, until_s=1500 * 60.0, sample_s=60.0)


def test_that_a_run_takes_the_memory_of_one_that_is_gone_and_of_no_other() -> None:
    def place(result: Result) -> int:
        return int(result.store.arrays["allocated"].ctypes.data)

    assert not gc.isenabled()  # what a run leaves behind does not wait for it
    first = simulate(run_of(0.3))
    told, at, mean = first.digest(), place(first), np.array(first.used)
    second = simulate(run_of(0.7))
    other = place(second)
    assert other != at and first.digest() == told
    part = first.store.arrays["allocated"][5:]
    del first
    third = simulate(run_of(0.3))  # while a part of the first is still asked for
    free = {at, place(third)}
    assert third.digest() == told and (part == part[0]).all() and len(free | {other}) == 3
    del part, third
    again = simulate(run_of(0.3))
    assert again.digest() == told and np.array_equal(again.used, mean) and place(second) == other
    assert not hasattr(mmap, "MADV_FREE") or place(again) in free


@pytest.mark.parametrize("hosts", [0, 3, UNITS])
def test_that_rows_of_hosts_before_those_of_domains_read_like_the_array(hosts: int) -> None:
    dense = np.random.default_rng(hosts).random((ROWS, UNITS))
    column = HostsFirst(np.zeros(ROWS * UNITS), ROWS, hosts)
    column[:4], column[4], column[5:] = dense[:4], dense[4], dense[5:]
    assert (len(column), column.shape, column.size) == (ROWS, (ROWS, UNITS), ROWS * UNITS)
    assert np.array_equal(column.hosts, dense[:, :hosts])
    assert np.array_equal(np.asarray(column), dense)
    indices = 2, -1, slice(1, 9), (3, 5), (slice(2, 8), -2), (slice(None), [6, 0, 3]), (4, np.array([1, 5]))
    for index in (*indices, (slice(2, 4), slice(2, 6)), (slice(None), dense[0] > 0.5)):
        assert np.array_equal(column[index], dense[index]), index
    column[4] = np.zeros(1)
    assert not column[4].any()


def test_that_there_may_be_no_column_beside_hosts() -> None:
    column = HostsFirst(np.zeros(0), ROWS, 3)
    assert (column.shape, column[2:5].shape, column[1].shape, column.hosts.shape) == (
        (ROWS, 0),
        (3, 0),
        (0,),
        (ROWS, 0),
    )
