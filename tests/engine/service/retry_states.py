"""Where retries lead in the end: the states of a service in which the attempts that arrive bring about themselves.

Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021; Huang et al., OSDI 2022. Rates a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from designer.engine.service.queue import response


class Refusing(NamedTuple):
    """A service that refuses at no cost what it cannot serve: attempts and answers a second, the part of the attempts
    that fails, and the part of the requests of which all attempts fail.
    """

    attempts: float
    failing: float
    answered: float
    lost: float


def refusing(load: float, capacity: float, retries: int) -> Refusing:
    """Where clients retry what is refused: `attempts = load (1 + f + ... + f^r)` with `f = 1 - capacity / attempts`."""
    if load <= capacity:
        return Refusing(load, 0.0, load, 0.0)
    lost = 1.0 - capacity / load
    failing = lost ** (1.0 / (retries + 1))
    return Refusing(capacity / (1.0 - failing), failing, capacity, lost)


class Collapse(NamedTuple):
    """Whether a service whose late answers cost it full work has a good state and a collapsed one; attempts a second in
    that (0: there is none); the load from which on there is one.
    """

    good: bool
    collapsed: bool
    attempts: float
    threshold: float


def collapse(load: float, capacity: float, retries: int, budget: float = math.inf) -> Collapse:
    """The states where all attempts time out, or none: `budget` is the most retries, a part of the requests."""
    most = 1.0 + min(float(retries), budget)
    falls = load * most > capacity
    return Collapse(load < capacity, falls, load * most if falls else 0.0, capacity / most)


class FixedPoint(NamedTuple):
    """Attempts a second that bring about themselves, and whether a small difference from them dies out."""

    attempts: float
    stable: bool


def fixed_points(
    load: float, one: float, workers: int, timeout_s: float, retries: int, budget: float = math.inf
) -> list[FixedPoint]:
    """The one or three states of clients that retry what is late: attempts = load + retries of those that fail.

    Below the capacity the part that is late is that of M/M/c; from the capacity on the queue grows, and all are late.
    """
    capacity = one * workers

    def surplus(attempts: float) -> float:
        late = 1.0 if attempts >= capacity else response(attempts, one, workers, timeout_s).late
        retried = math.fsum(late**k for k in range(1, retries + 1))
        return load * (1.0 + min(retried, budget)) - attempts

    grid = np.linspace(load, load * (1.0 + retries) + 1e-9, 400).tolist()
    grid = sorted({*grid, *np.linspace(0.9 * capacity, capacity, 100).tolist(), np.nextafter(capacity, 0.0), capacity})
    grid = [a for a in grid if a >= load]
    found = []
    for low, high in pairwise(grid):
        if low == capacity and surplus(low) == 0.0:
            continue  # the queue neither grows nor shrinks: no state of its own
        if surplus(low) == 0.0 or surplus(low) * surplus(high) < 0.0:
            root = _between(surplus, low, high)
            found.append(FixedPoint(root, surplus(low) >= 0.0))
    if surplus(grid[-1]) == 0.0:
        found.append(FixedPoint(grid[-1], True))
    return found


def _between(surplus: Callable[[float], float], low: float, high: float) -> float:
    rising = surplus(low) < 0.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if (surplus(middle) < 0.0) == rising:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
