"""Resource pools: VMs and pools of a pool share what it gets, as it shares with its siblings.

A pool over several hosts is divided among them by the vCPUs of its running VMs: so are its shares, its reservation and
its limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, part
from designer.engine.share.arrays import Demand, Now, PoolScratch
from designer.engine.share.cpu import share_above_floors

F = NDArray[np.float64]


@part
def find_parts(p: int, m: int, demand: Demand, now: Now, fraction: F) -> bool:
    """Fill the fraction of each pool that is on a unit, by its running vCPUs; whether any is."""
    pools, found = now.pools, False
    if pools.above.size == 0:
        return False
    for g in range(fraction.size):
        fraction[g] = 0.0
    for i in range(m):
        v = now.vms[p + i]
        g = pools.of[v]
        while g >= 0:
            found = True
            fraction[g] += demand.rows[v].vcpus
            g = pools.above[g]
    for g in range(pools.above.size):
        if fraction[g] > 0.0:
            fraction[g] = min(fraction[g] / pools.vcpus[g], 1.0) if pools.vcpus[g] > 0.0 else 1.0
    return found


@part
def limit_of(v: int, now: Now, fraction: F) -> float:
    """The least limit of the pools that a VM is in, of their parts on its unit, MHz."""
    pools, least = now.pools, np.inf
    if pools.above.size == 0:
        return least
    g = pools.of[v]
    while g >= 0:
        least = min(least, pools.limit[g] * fraction[g])
        g = pools.above[g]
    return least


@part
def share_in_pools(
    capacity: float, p: int, m: int, demand: Any, weights: F, floors: F, given: F, now: Now, room: PoolScratch
) -> None:
    """Give `capacity` to the VMs of a unit and their pools, level by level; arrays in MHz."""
    pools = now.pools
    count = pools.above.size
    for g in range(count):
        room.demand[g] = room.floor[g] = 0.0
    for i in range(m):
        g = pools.of[now.vms[p + i]]
        if g >= 0:
            room.demand[g] += demand[i]
            room.floor[g] += min(floors[i], demand[i])
    for k in range(count):  # children come after what they are in
        g = count - 1 - k
        fraction = room.fraction[g]
        if fraction > 0.0:
            room.demand[g] = min(room.demand[g], pools.limit[g] * fraction)
            room.floor[g] = min(max(pools.floor[g] * fraction, room.floor[g]), room.demand[g])
            if pools.above[g] >= 0:
                room.demand[pools.above[g]] += room.demand[g]
                room.floor[pools.above[g]] += room.floor[g]
    for g in range(-1, count):
        if g < 0 or room.fraction[g] > 0.0:
            _share_one(g, capacity if g < 0 else room.given[g], p, m, demand, weights, floors, given, now, room)


@part
def _share_one(
    g: int, amount: float, p: int, m: int, demand: Any, weights: F, floors: F, given: F, now: Now, room: PoolScratch
) -> None:
    """Give an amount to the VMs and pools that are in a pool (-1: in none)."""
    pools, n, total = now.pools, ZERO, 0.0
    for i in range(m):
        if pools.of[now.vms[p + i]] == g:
            room.who[n], room.asks[n], room.weights[n], room.floors[n] = i, demand[i], weights[i], floors[i]
            total += demand[i]
            n += 1
    for q in range(pools.above.size):
        if pools.above[q] == g and room.fraction[q] > 0.0:
            room.who[n], room.asks[n] = -1 - q, room.demand[q]
            room.weights[n], room.floors[n] = pools.shares[q] * room.fraction[q], room.floor[q]
            total += room.demand[q]
            n += 1
    if total > amount:
        share_above_floors(amount, room.asks, room.weights, room.floors, room.gets, n)
    for k in range(n):
        got = room.gets[k] if total > amount else room.asks[k]
        if room.who[k] >= 0:
            given[room.who[k]] = got
        else:
            room.given[-1 - room.who[k]] = got
