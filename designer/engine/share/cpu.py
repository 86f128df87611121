"""How a unit shares its CPU among demands, and what a host draws at a load."""

from __future__ import annotations

from typing import Any

from designer.engine.compiled import inlined, part
from designer.engine.share.arrays import PROPORTIONAL, PROVIDER, RESERVED, WEIGHTED, Demand, Now, Units


@inlined
def weight_of(load: Any, unit: Any) -> float:
    """The shares of a VM on a unit: its own, or the unit's default by its level."""
    if load.shares > 0.0:
        return float(load.shares * load.vcpus if unit.own_per_vcpu > 0.0 else load.shares)
    return float(load.level * (unit.vm_shares + unit.vcpu_shares * load.vcpus))


@inlined
def most_mhz(load: Any, unit: Any) -> float:
    """The most that the vCPUs of a VM get on a unit."""
    if unit.rule == PROVIDER:
        return float(load.most)
    most = load.vcpus * unit.vcpu_mhz
    if unit.numa_loss > 0.0:
        vcpus = unit.node_threads if load.prefer_ht > 0 else unit.node_cores
        if load.vcpus > vcpus or load.ram_mib > unit.node_mib:
            most *= 1.0 - unit.numa_loss
    return float(most)


@inlined
def in_parts(load: Any, unit: Any) -> bool:
    """Whether a VM may get less on a unit than it asks for, even alone."""
    shared = unit.rule == PROVIDER and load.most < load.size
    return bool(load.parts > 0 or unit.vcpu_mhz < unit.thread_mhz or shared)


@inlined
def is_behind(r: int, now: Now) -> bool:
    """Whether work of load `r` waits, and is worked off."""
    return bool(now.behind.size > 0 and now.behind[r] > 0.0 and not now.idle[r])


@inlined
def paced(v: int, asked: float, now: Now) -> float:
    """MHz that a VM can do of what it asks for, while it waits for disk, wire or memory."""
    pace = now.pace[v]
    return float(pace * (now.behind[v] if pace < 1.0 and is_behind(v, now) else asked))


@inlined
def least_of(r: int, v: int, unit: Any, demand: Demand, now: Now) -> float:
    """MHz that application `r` in VM `v` asks for at least: all that its vCPUs can use while work of it waits, and its
    VM waits for nothing else; else 0.
    """
    if not is_behind(r, now) or now.pace[v] < 1.0:
        return 0.0
    load = demand.rows[r]
    return float(min(load.size, load.vcpus * unit.thread_mhz))


@inlined
def part_of(own: float, more: float, whole: float, beyond: float, got: float, empty: float) -> float:
    """MHz of what a VM `got` for a load in it that asks for `own` MHz of the `whole`, and for `more` of what is asked
    `beyond` to work off what waits: that is done with what is left once all have their own. `empty`: the part of a
    load where none asks for anything and only work that waits is done.
    """
    if beyond > 0.0:
        return own * (got / whole) if got <= whole else own + (got - whole) * (more / beyond)
    return own * (got / whole) if whole > 0.0 else got * empty


@part
def share(rule: int, capacity: float, total: float, claims: Any, floored: bool, n: int) -> None:
    """Give `capacity` to `n` claims whose demand is above it, by a rule. `floored`: some have floors; in proportion:
    some may work off what waits, and the floor is what each asks for without.
    """
    if floored and rule == WEIGHTED:
        share_above_floors(capacity, claims, n)
        return
    if floored and rule == PROPORTIONAL:
        share_load_first(capacity, total, claims, n)
        return
    if rule == PROPORTIONAL:
        for i in range(n):
            claims[i].given = claims[i].demand * capacity / total
        return
    if rule in (RESERVED, PROVIDER):
        for i in range(n):
            claims[i].given = claims[i].demand
        return
    left, weight = capacity, 0.0
    for i in range(n):
        claims[i].given = -1.0
        weight += claims[i].weight if rule == WEIGHTED else 1.0
    settled = True
    while settled and weight > 0.0:
        settled = False
        level = left / weight
        for i in range(n):
            claim = claims[i]
            w = claim.weight if rule == WEIGHTED else 1.0
            if claim.given < 0.0 and claim.demand <= level * w:
                claim.given = claim.demand
                left -= claim.demand
                weight -= w
                settled = True
    level = max(left, 0.0) / weight if weight > 0.0 else 0.0
    for i in range(n):
        claim = claims[i]
        if claim.given < 0.0:
            claim.given = min(claim.demand, level * (claim.weight if rule == WEIGHTED else 1.0))


@part
def share_load_first(capacity: float, total: float, claims: Any, n: int) -> None:
    """Give each of `n` claims its part of `capacity` by its load of the moment, its floor; what is left goes to what
    waits, which is asked for beyond that.
    """
    own = 0.0
    for i in range(n):
        own += claims[i].floor
    for i in range(n):
        claim = claims[i]
        if own >= capacity:
            claim.given = claim.floor * capacity / own
        else:
            claim.given = claim.floor + (claim.demand - claim.floor) * ((capacity - own) / (total - own))


@part
def share_above_floors(capacity: float, claims: Any, n: int) -> None:
    """Give `capacity` to `n` claims whose demand is above it: one level by weight, nobody below its floor (as far as it
    asks for that) nor above its demand. Floors above the capacity are cut in proportion.

    Each round settles those on the heavier side of the level: where demands cut more than floors add, the level only
    rises from here, so who has all it asks for is settled, and the other way round.
    """
    left, weight, reserved = capacity, 0.0, 0.0
    for i in range(n):
        claim = claims[i]
        claim.given = -1.0
        weight += claim.weight
        reserved += min(claim.floor, claim.demand)
    if reserved >= capacity:
        for i in range(n):
            claim = claims[i]
            claim.given = min(claim.floor, claim.demand) * (capacity / reserved) if reserved > 0.0 else 0.0
        return
    settled = True
    while settled:
        settled, level = False, max(left, 0.0) / weight if weight > 0.0 else 0.0
        cut, added = 0.0, 0.0
        for i in range(n):
            claim = claims[i]
            if claim.given < 0.0:
                cut += max(level * claim.weight - claim.demand, 0.0)
                added += max(min(claim.floor, claim.demand) - level * claim.weight, 0.0)
        for i in range(n):
            claim = claims[i]
            if claim.given >= 0.0:
                continue
            floor, given = min(claim.floor, claim.demand), -1.0
            if cut >= added and level * claim.weight >= claim.demand:
                given = claim.demand
            elif added > cut and level * claim.weight <= floor:
                given = floor
            if given >= 0.0:
                claim.given, settled = given, True
                left -= given
                weight -= claim.weight
    for i in range(n):
        claim = claims[i]
        if claim.given < 0.0:
            claim.given = min(max(level * claim.weight, min(claim.floor, claim.demand)), claim.demand)


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
