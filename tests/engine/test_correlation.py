"""Maximum correlation: which VM of a host goes first, beside a regression in whole fractions, and in a cluster."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine import Balancing, Recorded, Simulation, Trace, simulate
from designer.engine.balance.correlation import determination, most_correlated
from tests.engine.moving_world import host, told, vm, world

LOADS = (
    (9, 10, 30, 20, 40, 30, 10, 20, 25, 45, 20, 20, 20),
    (9, 40, 10, 30, 20, 30, 10, 15, 35, 40, 20, 20, 20),
    (9, 48, 41, 52, 57, 63, 18, 37, 58, 88, 20, 20, 20),
    (9, 70, 20, 60, 10, 50, 30, 40, 50, 85, 20, 20, 20),
)
"""Percent of four VMs, 300 s each: the third follows the sum of the first two; the tenth is too much for their host."""


def solved(table: list[list[Fraction]]) -> list[Fraction]:
    """The unknowns of equations (each with its right side last) by elimination; 0 of one that is free."""
    rows, unknowns, pivots = [row[:] for row in table], len(table[0]) - 1, []
    for column in range(unknowns):
        below = [n for n in range(len(pivots), len(rows)) if rows[n][column]]
        if not below:
            continue
        here = len(pivots)
        rows[here], rows[below[0]] = rows[below[0]], rows[here]
        for n in range(len(rows)):
            if n != here and rows[n][column]:
                part = rows[n][column] / rows[here][column]
                rows[n] = [a - part * b for a, b in zip(rows[n], rows[here])]
        pivots.append(column)
    found = [Fraction(0)] * unknowns
    for n, column in enumerate(pivots):
        found[column] = rows[n][-1] / rows[n][column]
    return found


def explained(loads: list[list[int]], n: int) -> float:
    """R squared of VM n's load by those of the others and a constant, by the normal equations, exactly."""
    looks = range(len(loads))
    others = [[1, *(load for k, load in enumerate(loads[i]) if k != n)] for i in looks]
    size = len(others[0])
    table = [
        [Fraction(sum(others[i][a] * others[i][b] for i in looks)) for b in range(size)]
        + [Fraction(sum(others[i][a] * loads[i][n] for i in looks))]
        for a in range(size)
    ]
    weights, mean = solved(table), Fraction(sum(loads[i][n] for i in looks), len(loads))
    missed = sum((loads[i][n] - sum(w * x for w, x in zip(weights, others[i]))) ** 2 for i in looks)
    spread = sum((loads[i][n] - mean) ** 2 for i in looks)
    return float(1 - missed / spread) if spread else 0.0


@st.composite
def histories(draw: st.DrawFn) -> list[list[int]]:
    vms = draw(st.integers(2, 5))
    looks = draw(st.integers(vms + 1, 12))
    loads = draw(st.lists(st.lists(st.integers(0, 9), min_size=vms, max_size=vms), min_size=looks, max_size=looks))
    if draw(st.booleans()):  # one follows from others exactly
        for row in loads:
            row[-1] = row[0] + row[1 % (vms - 1)]
    return loads


@given(histories())
def test_that_the_part_that_others_explain_is_that_of_an_exact_regression(loads: list[list[int]]) -> None:
    found = determination(np.array(loads, np.float64))
    assert found == pytest.approx([explained(loads, n) for n in range(len(loads[0]))], abs=1e-7)


@given(histories())
def test_that_the_vm_goes_first_that_others_explain_most_and_the_first_among_equals(loads: list[list[int]]) -> None:
    exact = [explained(loads, n) for n in range(len(loads[0]))]
    first = most_correlated(np.array(loads, np.float64), np.zeros(len(exact)))
    assert exact[first] == pytest.approx(max(exact), abs=1e-7)
    assert all(exact[n] < max(exact) - 1e-12 for n in range(first))


def test_that_with_no_more_looks_than_vms_the_one_with_the_least_memory_goes() -> None:
    past, ram = np.array([[1.0, 2.0, 5.0], [2.0, 1.0, 3.0], [3.0, 3.0, 9.0]]), np.array([1.0, 3.0, 2.0])
    assert most_correlated(past, ram) == 0
    unknown = np.concatenate([past, [[np.nan, 4.0, 1.0]]])  # a VM that did not run then
    assert most_correlated(unknown, ram) == 0
    assert most_correlated(np.concatenate([past, [[4.0, 0.0, 1.0]]]), ram) == 1


def crowded(choice: Any, until_s: float = 3900.0) -> Any:
    """Four VMs of 4 GHz on h0, of 16 GHz, which is above its limit at 2,700 s; h1 is idle."""
    vms = [vm(n, 0, ram_mib=1024.0 * (n + 1), dirty_mib_s=0.0, demand=Recorded(900, n)) for n in range(4)]
    balancing = Balancing("threshold", 300.0, 0.63, choice=choice)
    traces = [Trace(900, 300.0, np.array(LOADS, np.uint8))]
    return world([host(0), host(1)], vms, balancing=balancing, traces=traces, until_s=until_s)


def test_that_a_host_is_relieved_of_the_vm_whose_load_follows_that_of_the_others() -> None:
    looks = [list(row) for row in zip(*(row[1:10] for row in LOADS))]
    exact = [explained(looks, n) for n in range(4)]
    assert exact[2] == max(exact) > sorted(exact)[2] + 0.005
    moved = [told(simulate(crowded(choice, 2800.0)), "migrating") for choice in ("mc", "mmt")]
    assert moved == [[(2700.0, "migrating", 102, 11)], [(2700.0, "migrating", 100, 11)]]


def test_that_a_branch_remembers_the_loads_of_the_last_looks() -> None:
    run = Simulation(crowded("mc"))
    run.advance(3900.0)
    branch = run.branch(1500.0)
    branch.advance(3900.0)
    assert told(branch.result()) == told(run.result())
