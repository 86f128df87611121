"""ESXi's division of memory: shares with a tax on idle pages, found level by level. Compiled into `settling`."""

from __future__ import annotations

import numpy as np

from designer.engine.compiled import ZERO, part
from designer.engine.memory.arrays import F

_BLOCK, _LANES = 128, 8
"""Numbers that are added up in one run, and in how many sums side by side."""
STACK = 64
"""Numbers at the end of a column of scratch that hold halves while others are added up."""


@part
def total(values: F, n: int) -> float:
    """The sum of `n` numbers, in the order in which numpy adds up: halves of halves, eight sums each. The last `STACK`
    of `values` are scratch.
    """
    begin, top, bottom = ZERO, values.size, values.size
    while True:
        while n > _BLOCK:  # first the left half; the right one waits
            half = n // 2
            half -= half % _LANES
            top -= 2
            values[top], n = n - half, half
        found = _run(values, begin, n)
        begin += n
        while top < bottom and values[top] < 0.0:  # the right half is there
            found = values[top + 1] + found
            top += 2
        if top == bottom:
            return found
        n = int(values[top])
        values[top], values[top + 1] = -1.0, found


@part
def _run(values: F, begin: int, n: int) -> float:
    if n < _LANES:
        found = 0.0
        for i in range(begin, begin + n):
            found += values[i]
        return found
    a, b, c, d = values[begin], values[begin + 1], values[begin + 2], values[begin + 3]
    e, f, g, h = values[begin + 4], values[begin + 5], values[begin + 6], values[begin + 7]
    whole = n - n % _LANES
    for i in range(begin + _LANES, begin + whole, _LANES):
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
        e += values[i + 4]
        f += values[i + 5]
        g += values[i + 6]
        h += values[i + 7]
    found = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(begin + whole, begin + n):
        found += values[i]
    return float(found)


@part
def _cost(pages: float, active: float, k: float) -> float:
    return pages if pages <= active else k * pages - (k - 1.0) * active


@part
def _at(level: float, n: int, k: float, wants: F, active: F, shares: F, floors: F, out: F) -> float:
    """Fill what VMs have at a level; the sum."""
    for i in range(n):
        cost = shares[i] * level
        pages = cost if cost <= active[i] else (cost + (k - 1.0) * active[i]) / k
        out[i] = min(max(pages, floors[i]), wants[i])
    return total(out, n)


@part
def divide(available: float, n: int, k: float, wants: F, active: F, shares: F, floors: F, levels: F, out: F) -> None:
    """Fill `out` with the memory of `n` VMs that want more than is available, or all they want: shares divided by the
    cost of pages are equal for all, but nobody is below its floor nor above what it wants.

    The cost of P pages of which A are active is `A + k (P - A)`, with k the cost of an idle page. Floors above what is
    available are cut in proportion. `levels` is scratch of three numbers a VM.
    """
    if total(wants, n) <= available:
        for i in range(n):
            out[i] = wants[i]
        return
    for i in range(n):
        floors[i] = min(floors[i], wants[i])
    floored = total(floors, n)
    if floored >= available:
        cut = max(available, 0.0) / floored if floored > 0.0 else 0.0
        for i in range(n):
            out[i] = floors[i] * cut
        return
    low, high = np.inf, -np.inf
    for i in range(n):
        levels[3 * i] = _cost(floors[i], active[i], k) / shares[i]
        levels[3 * i + 1] = active[i] / shares[i]
        levels[3 * i + 2] = _cost(wants[i], active[i], k) / shares[i]
        low = min(low, levels[3 * i], levels[3 * i + 1], levels[3 * i + 2])
        high = max(high, levels[3 * i], levels[3 * i + 1], levels[3 * i + 2])
    low, high = _bracket(available, n, k, low, high, wants, active, shares, floors, levels, out)
    above = _at(high, n, k, wants, active, shares, floors, levels)
    below = _at(low, n, k, wants, active, shares, floors, out)
    rise = above - below
    part_of = min(max((available - below) / rise, 0.0), 1.0) if rise > 0.0 else 0.0
    for i in range(n):
        out[i] += (levels[i] - out[i]) * part_of


@part
def _bracket(
    available: float, n: int, k: float, low: float, high: float, wants: F, active: F, shares: F, floors: F, levels: F,
    out: F,
) -> tuple[float, float]:  # fmt: skip
    """The two neighbors among the levels between which all is given. What all have rises with the level, in straight
    pieces between these; the next one to try is that nearest to where a straight line would meet what is available.
    """
    at_low = total(floors, n)
    at_high = total(wants, n)
    straight = True
    while True:
        rise = at_high - at_low
        guess = (low + high) * 0.5
        if straight and rise > 0.0:
            guess = low + (high - low) * ((available - at_low) / rise)
        straight = not straight
        tried, distance = -1.0, np.inf
        for i in range(3 * n):
            if low < levels[i] < high and abs(levels[i] - guess) < distance:
                tried, distance = levels[i], abs(levels[i] - guess)
        if tried < 0.0:
            return low, high
        found = _at(tried, n, k, wants, active, shares, floors, out)
        if found <= available:
            low, at_low = tried, found
        else:
            high, at_high = tried, found
