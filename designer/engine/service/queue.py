"""Queues in closed form: how long requests wait for one of several workers, and how many find no room.

Arrivals at random (Poisson), work that takes an exponential time: M/M/c (Kleinrock, Queueing Systems; Erlang). Rates a
second, times in seconds.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, door, part

UTILIZATION_CAP = 0.99
"""The utilization at which the formula is read where more arrives than is served: there its own answer has no end."""
MEAN, P50, P95, P99, LATE, BLOCKED = range(6)
"""What `_figures` fills in."""
FIGURES = 6
_STEPS = 80

F = NDArray[np.float64]


@part
def waits_frac(load: float, workers: int) -> float:
    """The part of the requests that wait, where `load` of the workers (below all of them) are busy (Erlang C)."""
    blocked = 1.0
    for n in range(workers):
        blocked = load * blocked / (n + 1.0 + load * blocked)
    return blocked / (1.0 - load / workers * (1.0 - blocked))


@part
def both_after(one: float, other: float, time_s: float) -> float:
    """The chance that two exponential times, of these rates, take longer together."""
    slow, fast = min(one, other), max(one, other)
    x = (fast - slow) * time_s
    part_of = -math.expm1(-x) / x if x > 1e-12 else 1.0 - x / 2.0
    return math.exp(-slow * time_s) * (1.0 + slow * time_s * part_of)


@part
def longer(time_s: float, waiting: float, leaving: float, one: float) -> float:
    """The part of the answers that take longer than a time: the part `waiting` leaves its queue at a rate, then is
    worked on, at the rate `one` of a worker.
    """
    if time_s <= 0.0:
        return 1.0
    return (1.0 - waiting) * math.exp(-one * time_s) + waiting * both_after(leaving, one, time_s)


@part
def quantile(part_of: float, waiting: float, leaving: float, one: float) -> float:
    """The time within which a part of the answers is there."""
    low, high = 0.0, 1.0 / one
    while longer(high, waiting, leaving, one) > 1.0 - part_of:
        low, high = high, 2.0 * high
    # The logarithm of the part is nearly a line: a secant between both ends (Illinois) is there in few steps.
    wanted = math.log(1.0 - part_of)
    above = math.log(longer(low, waiting, leaving, one)) - wanted
    below = math.log(longer(high, waiting, leaving, one)) - wanted
    middle, side = high, 0
    for _ in range(_STEPS):
        if high - low <= 1e-14 * high or below == 0.0:
            break
        middle = (low * below - high * above) / (below - above)
        found = math.log(longer(middle, waiting, leaving, one)) - wanted
        if found > 0.0:
            low, above = middle, found
            if side == 1:
                below *= 0.5
            side = 1
        else:
            high, below = middle, found
            if side == 2:
                above *= 0.5
            side = 2
        if abs(found) <= 1e-13:
            return middle
    return high if below == 0.0 else 0.5 * (low + high)


@part
def blocked_frac(load: float, workers: int, places: float) -> float:
    """The part of the requests that find all places taken (M/M/c/K; a place counts also while it is worked on)."""
    if places == np.inf:
        return 0.0
    below, term = 0.0, 1.0
    first = min(float(workers), places)
    n = first
    while n > 0.0 and term > 1e-18:  # states with fewer in them, of the one where `first` are
        term *= n / load
        below += term
        n -= 1.0
        if below > 1e18:
            return 0.0
    ratio, more = load / workers, places - first
    if more == 0.0:
        return 1.0 / (1.0 + below)
    if abs(ratio - 1.0) < 1e-12:
        return 1.0 / (below + more + 1.0)
    if ratio > 1.0:  # from the full state downward
        least: float = ratio**-more
        return 1.0 / ((1.0 - least / ratio) / (1.0 - 1.0 / ratio) + below * least)
    top: float = ratio**more
    return top / (below + (1.0 - top * ratio) / (1.0 - ratio))


@part
def figures(arriving: float, capacity: float, workers: int, timeout_s: float, places: float, out: F) -> None:
    """Fill `out` for requests that arrive at a rate; all workers together have a capacity."""
    one = capacity / workers
    busy = min(arriving / capacity, UTILIZATION_CAP)
    waiting = waits_frac(busy * workers, workers) if busy > 0.0 else 0.0
    leaving = capacity * (1.0 - busy)
    out[MEAN] = 1.0 / one + waiting / leaving
    out[P50] = quantile(0.5, waiting, leaving, one)
    out[P95] = quantile(0.95, waiting, leaving, one)
    out[P99] = quantile(0.99, waiting, leaving, one)
    out[LATE] = longer(timeout_s, waiting, leaving, one) if timeout_s < np.inf else 0.0
    out[BLOCKED] = blocked_frac(arriving / capacity * workers, workers, places) if arriving > 0.0 else 0.0


@door
def _figures(arriving: F, capacity: float, workers: int, timeout_s: float, places: float, out: F) -> None:
    for n in range(arriving.size):
        figures(arriving[n], capacity, workers, timeout_s, places, out[n])


def figures_at(arriving: F, capacity: float, workers: int, timeout_s: float, places: float) -> F:
    """What M/M/c says at each of some rates (rate x figure); all workers together have a capacity."""
    out: F = np.zeros((arriving.size, FIGURES))
    _figures(np.ascontiguousarray(arriving, np.float64), capacity, ZERO + workers, timeout_s, places, out)
    return out


class Response(NamedTuple):
    """Response times of a queue, seconds, and parts of its requests: `late` take longer than the timeout, `blocked`
    find no place, `busy` of the workers work.
    """

    mean_s: float
    p50_s: float
    p95_s: float
    p99_s: float
    late: float
    blocked: float
    busy: float


def response(
    arriving: float, one: float, workers: int = 1, timeout_s: float = math.inf, places: float = math.inf
) -> Response:
    """Response times of M/M/c: `arriving` a second, each of the workers serves `one` a second.

    Above `UTILIZATION_CAP` of the capacity they are those at that utilization: what waits beyond is not counted.
    """
    found = figures_at(np.array([arriving], np.float64), one * workers, workers, float(timeout_s), float(places))
    mean_s, p50_s, p95_s, p99_s, late, blocked = found[0].tolist()
    return Response(mean_s, p50_s, p95_s, p99_s, late, blocked, arriving * (1.0 - blocked) / (one * workers))
