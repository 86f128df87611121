"""Queues in closed form: how long requests wait for one of several workers, and how many find no room.

Arrivals at random (Poisson), work that takes an exponential time: M/M/c (Kleinrock, Queueing Systems; Erlang). Rates a
second, times in seconds.

Work with another `variation` (the squared coefficient of variation of its time; 0: always the same, 1: exponential) is
M/G/c: the mean wait is that of M/M/c times (1 + variation) / 2 (Pollaczek and Khinchine: exact for one worker; Lee and
Longton: an approximation for more). For percentiles work has a law with that mean and variation: up to 1 a fixed part
and an exponential one, beyond it two exponential sorts of requests that make up equal parts of the work. As many
requests wait as in M/M/c. Those that do wait as for one worker as fast as all together: beyond 1 by that law (exact for
one worker), below it for a fixed and an exponential time with the right mean and variation (Whitt, The Queueing Network
Analyzer). A place in the queue counts as 2 / (1 + variation) of those of M/M/c/K: exact at 1, and where nobody may
wait; an approximation elsewhere. Where only some may wait, answers of those let in take as long as in M/M/c/K: their
mean is exact, percentiles are those of a fixed and an exponential wait with its mean and variation.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, brief_door, part

UTILIZATION_CAP = 0.99
"""The utilization at which the formula is read where more arrives than is served: there its own answer has no end."""
MEAN, P50, P95, P99, LATE, BLOCKED, LONGEST = range(7)
"""What `_figures` fills in; from `LONGEST` on the first four where as many wait as may, infinite without a limit."""
FIGURES = LONGEST + 4
_STEPS, _STATES, _MANY = 80, 1 << 16, 4000.0

F = NDArray[np.float64]


@part
def waits_frac(load: float, workers: int) -> float:
    """The part of the requests that wait, where `load` of the workers (below all of them) are busy (Erlang C)."""
    # Where the first of many workers begin makes no difference in the end: each step forgets the one before.
    begin = max(math.floor(load - 20.0 * math.sqrt(load)), 0) if load > _MANY else 0
    blocked = 1.0 - begin / load if begin > 0 else 1.0
    for n in range(begin, workers):
        blocked = load * blocked / (n + 1.0 + load * blocked)
        if blocked < 1e-300:
            return 0.0
    return blocked / (1.0 - load / workers * (1.0 - blocked))


@part
def both_after(one: float, other: float, time_s: float) -> float:
    """The chance that two exponential times, of these rates (infinite: no time at all), take longer together."""
    slow, fast = min(one, other), max(one, other)
    if fast == np.inf:
        return math.exp(-slow * time_s) if slow < np.inf else 0.0
    x = (fast - slow) * time_s
    part_of = -math.expm1(-x) / x if x > 1e-12 else 1.0 - x / 2.0
    return math.exp(-slow * time_s) * (1.0 + slow * time_s * part_of)


@part
def fixed_s(rate: float, variation: float) -> float:
    """The fixed part of a time with a mean of `1 / rate`."""
    return (1.0 - math.sqrt(variation)) / rate if variation < 1.0 else 0.0


@part
def sorts(rate: float, variation: float) -> tuple[float, float, float]:
    """The rates of the part of such a time that is not fixed, for two sorts, and the part of the first sort. A rate is
    infinite where nothing but the fixed part is there.
    """
    if variation <= 1.0:
        only = rate / math.sqrt(variation) if variation > 0.0 else np.inf
        return only, only, 1.0
    first = 0.5 * (1.0 + math.sqrt((variation - 1.0) / (variation + 1.0)))
    return 2.0 * first * rate, 2.0 * (1.0 - first) * rate, first


@part
def wait_factor(variation: float) -> float:
    """How much longer those who wait do so than where the work takes an exponential time."""
    return 0.5 * (1.0 + variation)


@part
def wait_of(busy: float, capacity: float, variation: float) -> tuple[float, float, float, float]:
    """The time that those wait who do: its fixed part, the rates of the rest for two sorts, and the part of the first
    sort. `busy`: the part of the capacity that is used.
    """
    leaving = capacity * (1.0 - busy) / wait_factor(variation)
    if variation == 1.0:
        return 0.0, leaving, leaving, 1.0
    if variation < 1.0:
        by_chance = math.sqrt(variation)
        fixed = 1.0 - by_chance
        third = fixed**3 + 3.0 * fixed**2 * by_chance + 6.0 * fixed * by_chance**2 + 6.0 * by_chance**3
        of_wait = 2.0 * busy - 1.0 + 4.0 * (1.0 - busy) * third / (3.0 * (1.0 + variation) ** 2)
        only, _, _ = sorts(leaving, of_wait)
        return fixed_s(leaving, of_wait), only, only, 1.0
    quick, slow, _ = sorts(capacity, variation)
    sum_of, product = quick + slow - busy * capacity, quick * slow * (1.0 - busy)
    soon = 0.5 * (sum_of + math.sqrt(max(sum_of * sum_of - 4.0 * product, 0.0)))
    late = product / soon
    if soon <= late:
        return 0.0, leaving, leaving, 1.0
    return 0.0, soon, late, min(max((1.0 / late - 1.0 / leaving) / (1.0 / late - 1.0 / soon), 0.0), 1.0)


@part
def longer(
    time_s: float, waiting: float, wait: tuple[float, float, float, float], one: float, variation: float
) -> float:
    """The part of the answers that take longer than a time: the part `waiting` waits as `wait_of` says, then is worked
    on, at the rate `one` of a worker and with such a variation.
    """
    if variation == 1.0 and wait[0] == 0.0 and time_s > 0.0:
        return (1.0 - waiting) * math.exp(-one * time_s) + waiting * both_after(wait[1], one, time_s)
    left = time_s - fixed_s(one, variation)
    if left < 0.0 or (left == 0.0 and variation > 0.0):
        return 1.0
    quick, slow, first = sorts(one, variation)
    alone = math.exp(-quick * left) if quick < np.inf else 0.0
    if first < 1.0:
        alone = first * alone + (1.0 - first) * math.exp(-slow * left)
    fixed, soon, late, of_soon = wait
    left -= fixed
    behind = 1.0
    if left > 0.0:
        behind = both_after(soon, quick, left)
        if first < 1.0:
            behind = first * behind + (1.0 - first) * both_after(soon, slow, left)
            other = first * both_after(late, quick, left) + (1.0 - first) * both_after(late, slow, left)
            behind = of_soon * behind + (1.0 - of_soon) * other
    return (1.0 - waiting) * alone + waiting * behind


@part
def quantile(
    part_of: float, waiting: float, wait: tuple[float, float, float, float], one: float, variation: float
) -> float:
    """The time within which a part of the answers is there."""
    least = fixed_s(one, variation)
    if variation == 0.0:
        return least if waiting <= 1.0 - part_of else least + wait[0] + math.log(waiting / (1.0 - part_of)) / wait[1]
    low, high = least, 1.0 / one
    while longer(high, waiting, wait, one, variation) > 1.0 - part_of:
        low, high = high, least + 2.0 * (high - least)
    # The logarithm of the part is nearly a line: a secant between both ends (Illinois) is there in few steps.
    wanted = math.log(1.0 - part_of)
    above = math.log(longer(low, waiting, wait, one, variation)) - wanted
    below = math.log(longer(high, waiting, wait, one, variation)) - wanted
    middle, side = high, 0
    for _ in range(_STEPS):
        if high - low <= 1e-14 * high or below == 0.0:
            break
        middle = (low * below - high * above) / (below - above)
        found = math.log(longer(middle, waiting, wait, one, variation)) - wanted
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
def _fewer(load: float, first: float) -> float:
    """How likely fewer are in a queue than `first`, up to the number of workers, relative to exactly that number."""
    below, term, n = 0.0, 1.0, first
    while n > 0.0 and term > 1e-18 and below <= 1e18:
        term *= n / load
        below += term
        n -= 1.0
    return below


@part
def wait_in(load: float, workers: int, more: float, leaving: float) -> tuple[float, float, float]:
    """Of those that are let in where `more` may wait: the part that waits, how long these do on average, and the
    squared coefficient of variation of that. Waiting ends at a rate. The part is below 0 where it has no end.
    """
    below, ratio, states = _fewer(load, float(workers)), load / workers, math.ceil(more)
    if states == 0 or below > 1e18:
        return 0.0, 0.0, 0.0
    # Who finds all workers busy, and j before it, waits for j + 1 to leave. States are added from the likeliest on.
    falls, weight, term, total, first, second = ratio <= 1.0, 1.0, 1.0, 0.0, 0.0, 0.0
    if states > _STATES and min(ratio, 1.0 / ratio) ** _STATES > 1e-17:  # it has no end, as the last state would tell
        return -1.0, 0.0, 0.0
    for n in range(min(states, _STATES)):
        j = n if falls else states - 1 - n
        weight = term * (more - j if j + 1 > more else 1.0)  # of the last place there may be a part
        total += weight
        first += weight * (j + 1.0)
        second += weight * (j + 1.0) * (j + 2.0)
        term *= ratio if falls else 1.0 / ratio
        if term < 1e-18:
            break
    if term >= 1e-18 and states > _STATES:
        return -1.0, 0.0, 0.0
    if not falls:
        below *= ratio ** (1.0 - states)
    mean = first / total
    return total / (below + total), mean / leaving, min(max(second / total / (mean * mean) - 1.0, 0.0), 1.0)


@part
def blocked_frac(load: float, workers: int, places: float) -> float:
    """The part of the requests that find all places taken (M/M/c/K; a place counts also while it is worked on)."""
    if places == np.inf:
        return 0.0
    first = min(float(workers), places)
    below = _fewer(load, first)
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
def figures(
    arriving: float, capacity: float, workers: int, timeout_s: float, room: float, variation: float, out: F
) -> None:
    """Fill `out` for requests that arrive at a rate, `room` of which may wait; all workers together have a capacity."""
    one = capacity / workers
    busy = min(arriving / capacity, UTILIZATION_CAP)
    waiting = waits_frac(busy * workers, workers) if busy > 0.0 else 0.0
    leaving = capacity * (1.0 - busy) / wait_factor(variation)
    out[MEAN] = 1.0 / one + waiting / leaving
    wait = wait_of(busy, capacity, variation)
    out[P50] = quantile(0.5, waiting, wait, one, variation)
    out[P95] = quantile(0.95, waiting, wait, one, variation)
    out[P99] = quantile(0.99, waiting, wait, one, variation)
    out[LATE] = longer(timeout_s, waiting, wait, one, variation) if timeout_s < np.inf else 0.0
    out[BLOCKED] = 0.0
    for n in range(4):
        out[LONGEST + n] = np.inf
    if arriving > 0.0 and room < np.inf:
        _limit(arriving / capacity * workers, capacity, workers, timeout_s, room, variation, out)


@part
def _limit(load: float, capacity: float, workers: int, timeout_s: float, room: float, variation: float, out: F) -> None:
    """Fill in what is blocked of a load where only some may wait; the others take no longer than these let them."""
    more, one = room / wait_factor(variation), capacity / workers
    out[BLOCKED] = blocked_frac(load, workers, workers + more)
    waiting, mean_s, of_wait = wait_in(load, workers, more, capacity / wait_factor(variation))
    if waiting < 0.0:
        return
    wait = 0.0, np.inf, np.inf, 1.0
    if waiting > 0.0:
        only, _, _ = sorts(1.0 / mean_s, of_wait)
        wait = fixed_s(1.0 / mean_s, of_wait), only, only, 1.0
    out[LONGEST + MEAN] = 1.0 / one + waiting * mean_s
    out[LONGEST + P50] = quantile(0.5, waiting, wait, one, variation)
    out[LONGEST + P95] = quantile(0.95, waiting, wait, one, variation)
    out[LONGEST + P99] = quantile(0.99, waiting, wait, one, variation)
    for n in range(4):
        out[n] = min(out[n], out[LONGEST + n])
    if timeout_s < np.inf:
        out[LATE] = min(out[LATE], longer(timeout_s, waiting, wait, one, variation))


@brief_door
def longer_at(times: F, busy: F, waiting: F, capacity: float, workers: int, variation: float, out: F) -> None:
    """Fill `out` with the part of the answers that take longer than a time each; at the load `busy`, `waiting` requests
    wait."""
    for n in range(times.size):
        wait = wait_of(busy[n], capacity, variation)
        out[n] = longer(times[n], waiting[n], wait, capacity / workers, variation)


@brief_door
def _figures(
    arriving: F, capacity: float, workers: int, timeout_s: float, room: float, variation: float, out: F
) -> None:
    for n in range(arriving.size):
        figures(arriving[n], capacity, workers, timeout_s, room, variation, out[n])


def figures_at(
    arriving: F, capacity: float, workers: int, timeout_s: float = math.inf, room: float = math.inf,
    variation: float = 1.0,
) -> F:  # fmt: skip
    """What the queue says at each of some rates (rate x figure); all workers together have a capacity, and `room`
    requests may wait for them.
    """
    out: F = np.zeros((arriving.size, FIGURES))
    rates = np.ascontiguousarray(arriving, np.float64)
    _figures(rates, capacity, ZERO + workers, timeout_s, room, float(variation), out)
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
    arriving: float, one: float, workers: int = 1, timeout_s: float = math.inf, places: float = math.inf,
    variation: float = 1.0,
) -> Response:  # fmt: skip
    """Response times: `arriving` a second, each of the workers serves `one` a second, with some `variation`; a
    request takes one of the `places` also while it is worked on, of which there are as many as workers at least.

    Above `UTILIZATION_CAP` of the capacity they are those at that utilization, unless there are too few places for so
    many: what waits beyond is not counted.
    """
    rates, room = np.array([arriving], np.float64), float(places) - workers
    found = figures_at(rates, one * workers, workers, float(timeout_s), room, variation)
    mean_s, p50_s, p95_s, p99_s, late, blocked = found[0, :LONGEST].tolist()
    return Response(mean_s, p50_s, p95_s, p99_s, late, blocked, arriving * (1.0 - blocked) / (one * workers))
