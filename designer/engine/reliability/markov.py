"""Small Markov chains, solved without subtractions, so that the rarest state has as many digits as the commonest.

Rates are square arrays, `rates[i, j]` per hour from state i to j, zero on the diagonal.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SMALL_STEP = 0.5
"""Transitions expected in the step that is squared."""


def stationary(rates: Array) -> Array:
    """The long-run probability of each state, by the elimination of Grassmann, Taksar and Heyman (1985).

    The states must reach one another, or lead to a part in which they do that holds state 0.
    """
    a = rates.astype(np.float64).copy()
    np.fill_diagonal(a, 0.0)
    n = len(a)
    for last in range(n - 1, 0, -1):
        out = a[last, :last].sum()
        if out <= 0.0:
            continue
        a[:last, last] /= out
        a[:last, :last] += np.outer(a[:last, last], a[last, :last])
    found = np.zeros(n)
    found[0] = 1.0
    for state in range(1, n):
        found[state] = found[:state] @ a[:state, state]
    return np.asarray(found / found.sum())


def restarted(rates: Array, down: NDArray[np.bool_], start: int = 0) -> tuple[Array, Array]:
    """The chain among the up states that begins anew at each outage, and how often each state enters one."""
    up = np.flatnonzero(~down)
    inner = rates[np.ix_(up, up)].copy()
    into = rates[np.ix_(up, np.flatnonzero(down))].sum(axis=1)
    home = int(np.flatnonzero(up == start)[0])
    inner[:, home] += into
    np.fill_diagonal(inner, 0.0)
    order = np.r_[home, np.delete(np.arange(len(up)), home)]
    return inner[np.ix_(order, order)], np.asarray(into[order])


def mean_first_passage_h(rates: Array, down: NDArray[np.bool_], start: int = 0) -> float:
    """The mean time from `start` to the first down state: one over how often a chain that begins anew gets there."""
    if down[start]:
        return 0.0
    inner, into = restarted(rates, down, start)
    often = float(stationary(inner) @ into)
    return 1.0 / often if often > 0.0 else math.inf


def transient(rates: Array, time_h: float, start: int = 0) -> Array:
    """The probability of each state after a time, by uniformization and squaring: sums of positive numbers only."""
    leaving = rates.sum(axis=1)
    most = float(leaving.max())
    n = len(rates)
    if most * time_h == 0.0:
        return np.asarray(np.eye(n)[start])
    squarings = max(0, math.ceil(math.log2(most * time_h / SMALL_STEP)))
    step = most * time_h / 2.0**squarings
    jump = rates / most
    np.fill_diagonal(jump, 1.0 - leaving / most)
    term = np.eye(n) * math.exp(-step)
    total = term.copy()
    for count in range(1, 30):
        term = term @ jump * (step / count)
        total += term
    for _ in range(squarings):
        total = total @ total
        total /= total.sum(axis=1, keepdims=True)
    return np.asarray(total[start])


def outage_probability(rates: Array, down: NDArray[np.bool_], horizon_h: float, start: int = 0) -> float:
    """The probability that a down state is entered within the horizon."""
    absorbing = rates.copy()
    absorbing[down] = 0.0
    return float(transient(absorbing, horizon_h, start)[down].sum())
