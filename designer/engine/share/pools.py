"""Resource pools: VMs and pools of a pool share what it gets, as it shares with its siblings.

A pool over several hosts is divided among them by the vCPUs of its running VMs: so are its shares, its reservation and
its limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import ZERO, part
from designer.engine.share.arrays import Demand, Now, Scratch
from designer.engine.share.cpu import share_above_floors


@part
def find_parts(p: int, m: int, demand: Demand, now: Now, parts: Any) -> bool:
    """Fill the fraction of each pool that is on a unit, by its running vCPUs; whether any is."""
    pools, found = now.pools, False
    if parts.size == 0:
        return False
    for g in range(parts.size):
        parts[g].fraction = 0.0
    for i in range(m):
        v = now.vms[p + i]
        g = pools.of[v]
        while g >= 0:
            found = True
            parts[g].fraction += demand.rows[v].vcpus
            g = pools.rows[g].above
    for g in range(parts.size):
        if parts[g].fraction > 0.0:
            parts[g].fraction = min(parts[g].fraction / pools.vcpus[g], 1.0) if pools.vcpus[g] > 0.0 else 1.0
    return found


@part
def limit_of(v: int, now: Now, parts: Any) -> float:
    """The least limit of the pools that a VM is in, of their parts on its unit, MHz."""
    pools, least = now.pools, np.inf
    if parts.size == 0:
        return least
    g = pools.of[v]
    while g >= 0:
        least = min(least, pools.rows[g].limit * parts[g].fraction)
        g = pools.rows[g].above
    return least


@part
def share_in_pools(capacity: float, p: int, m: int, now: Now, scratch: Scratch) -> None:
    """Give `capacity` to the VMs of a unit and their pools, level by level."""
    vms, parts, pools = scratch.vms, scratch.pools, now.pools
    count = parts.size
    for g in range(count):
        parts[g].demand = parts[g].floor = 0.0
    for i in range(m):
        g = pools.of[now.vms[p + i]]
        if g >= 0:
            parts[g].demand += vms[i].demand
            parts[g].floor += min(vms[i].floor, vms[i].demand)
    for k in range(count):  # children come after what they are in
        g = count - 1 - k
        pool, here = pools.rows[g], parts[g]
        if here.fraction > 0.0:
            here.demand = min(here.demand, pool.limit * here.fraction)
            here.floor = min(max(pool.floor * here.fraction, here.floor), here.demand)
            if pool.above >= 0:
                parts[pool.above].demand += here.demand
                parts[pool.above].floor += here.floor
    for g in range(-1, count):
        if g < 0 or parts[g].fraction > 0.0:
            _share_one(g, capacity if g < 0 else parts[g].given, p, m, now, scratch)


@part
def _share_one(g: int, amount: float, p: int, m: int, now: Now, scratch: Scratch) -> None:
    """Give an amount to the VMs and pools that are in a pool (-1: in none)."""
    vms, parts, claims, pools = scratch.vms, scratch.pools, scratch.in_pool, now.pools
    n, total = ZERO, 0.0
    for i in range(m):
        if pools.of[now.vms[p + i]] == g:
            claim = claims[n]
            claim.who, claim.demand, claim.weight, claim.floor = i, vms[i].demand, vms[i].weight, vms[i].floor
            total += claim.demand
            n += 1
    for q in range(parts.size):
        if pools.rows[q].above == g and parts[q].fraction > 0.0:
            claim = claims[n]
            claim.who, claim.demand = -1 - q, parts[q].demand
            claim.weight, claim.floor = pools.rows[q].shares * parts[q].fraction, parts[q].floor
            total += claim.demand
            n += 1
    if total > amount:
        share_above_floors(amount, claims, n)
    for k in range(n):
        claim = claims[k]
        got = claim.given if total > amount else claim.demand
        if claim.who >= 0:
            vms[claim.who].given = got
        else:
            parts[-1 - claim.who].given = got
