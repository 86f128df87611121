"""How a unit shares its CPU among demands, and what a host draws at a load."""

from __future__ import annotations

from typing import Any

from designer.engine.compiled import inlined, part
from designer.engine.share.arrays import PROPORTIONAL, PROVIDER, RESERVED, WEIGHTED, Units


@inlined
def weight_of(load: Any, unit: Any) -> float:
    """The shares of a VM on a unit: its own, or the unit's default by its level."""
    if load.shares > 0.0:
        return float(load.shares * load.vcpus if unit.own_per_vcpu > 0.0 else load.shares)
    return float(load.level * (unit.vm_shares + unit.vcpu_shares * load.vcpus))


@part
def share(
    rule: int, capacity: float, total: float, demand: Any, weights: Any, floors: Any, floored: bool, out: Any, n: int
) -> None:
    """Give `capacity` to `n` demands whose sum is above it, by a rule; arrays in MHz. `floored`: some have floors."""
    if floored and rule == WEIGHTED:
        share_above_floors(capacity, demand, weights, floors, out, n)
        return
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
def share_above_floors(capacity: float, demand: Any, weights: Any, floors: Any, out: Any, n: int) -> None:
    """Give `capacity` to `n` demands whose sum is above it: one level by weight, nobody below its floor (as far as it
    asks for that) nor above its demand. Floors above the capacity are cut in proportion.

    Each round settles those on the heavier side of the level: where demands cut more than floors add, the level only
    rises from here, so who has all it asks for is settled, and the other way round.
    """
    left, weight, reserved = capacity, 0.0, 0.0
    for i in range(n):
        out[i] = -1.0
        weight += weights[i]
        reserved += min(floors[i], demand[i])
    if reserved >= capacity:
        for i in range(n):
            out[i] = min(floors[i], demand[i]) * (capacity / reserved) if reserved > 0.0 else 0.0
        return
    settled = True
    while settled:
        settled, level = False, max(left, 0.0) / weight if weight > 0.0 else 0.0
        cut, added = 0.0, 0.0
        for i in range(n):
            if out[i] < 0.0:
                cut += max(level * weights[i] - demand[i], 0.0)
                added += max(min(floors[i], demand[i]) - level * weights[i], 0.0)
        for i in range(n):
            if out[i] >= 0.0:
                continue
            floor, given = min(floors[i], demand[i]), -1.0
            if cut >= added and level * weights[i] >= demand[i]:
                given = demand[i]
            elif added > cut and level * weights[i] <= floor:
                given = floor
            if given >= 0.0:
                out[i], settled = given, True
                left -= given
                weight -= weights[i]
    for i in range(n):
        if out[i] < 0.0:
            out[i] = min(max(level * weights[i], min(floors[i], demand[i])), demand[i])


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
