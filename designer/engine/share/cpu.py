"""How a unit shares its CPU among demands, and what a host draws at a load."""

from __future__ import annotations

from typing import Any

from designer.engine.compiled import part
from designer.engine.share.arrays import PROPORTIONAL, PROVIDER, RESERVED, WEIGHTED, Units


@part
def share(rule: int, capacity: float, total: float, demand: Any, weights: Any, out: Any, n: int) -> None:
    """Give `capacity` to `n` demands whose sum is above it, by a rule; arrays in MHz."""
    if rule == PROPORTIONAL:
        for i in range(n):
            out[i] = demand[i] * capacity / total
        return
    if rule in (RESERVED, PROVIDER):
        for i in range(n):
            out[i] = demand[i]
        return
    left, weight = capacity, 0.0
    for i in range(n):
        out[i] = -1.0
        weight += weights[i] if rule == WEIGHTED else 1.0
    settled = True
    while settled and weight > 0.0:
        settled = False
        level = left / weight
        for i in range(n):
            w = weights[i] if rule == WEIGHTED else 1.0
            if out[i] < 0.0 and demand[i] <= level * w:
                out[i] = demand[i]
                left -= demand[i]
                weight -= w
                settled = True
    level = max(left, 0.0) / weight if weight > 0.0 else 0.0
    for i in range(n):
        if out[i] < 0.0:
            out[i] = min(demand[i], level * (weights[i] if rule == WEIGHTED else 1.0))


@part
def lost_to_others(alone: float, given: float) -> float:
    """Steal: MHz that a VM would get alone on its unit, less what it gets; rounding is none."""
    steal = alone - given
    return steal if steal > 1e-12 * alone else 0.0


@part
def power_w(u: int, load_frac: float, units: Units) -> float:
    """Watts of a host at a load of 0..1, linear between its points."""
    points = units.watts.shape[1]
    at = min(max(load_frac, 0.0), 1.0) * (points - 1)
    low = min(int(at), points - 2)
    below, above = units.watts[u, low], units.watts[u, low + 1]
    return float(below + (above - below) * (at - low))
