"""What fits where: the one door that every VM passes on its way onto a unit, on arrays.

Start, restart, return, recovery by hand and launch ask `why_not`: reach (what the VM is bound to, where its type is
offered), memory by the host's rule, vCPUs by its overcommit, MHz it reserves, addresses of the subnet, placement group,
affinity rules.
The numbers are those of `designer.engine.spec.capacity`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import part
from designer.engine.spec.capacity import TOLERANCE
from designer.engine.state.state import ADDRESSED, HOLDING, STANDING, WAITING, State
from designer.engine.tables.affinity import AffinityTable
from designer.engine.tables.limits import UnitLimits
from designer.engine.tables.tabulate import Tables

FITS, OUT_OF_REACH, NO_MEMORY, NO_CPU, NO_ADDRESS, NOT_IN_GROUP, NO_RESERVATION = 0, -2, -3, -4, -5, -6, -8
AGAINST_RULE = -9
"""Why a unit does not take a VM. With several units, the last of these reasons that any unit gives counts."""

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]


class Needs(NamedTuple):
    """What VMs need, a row a VM: vCPUs, MiB, MiB guaranteed, MHz reserved, row of `allowed` (-1: any unit), unit of the
    address (-1: where the VM stands), placement group (-1: none) and its side of it.
    """

    vcpus: F
    ram_mib: F
    floor_mib: F
    mhz: F
    reach: I
    address: I
    group: I
    side: I


class Limits(NamedTuple):
    """What units have (`has`), which `allowed` (reaches x units) name them, their `rack` (a host outside of racks:
    itself) and `zone`. A row a placement group: the `most` VMs in a zone, and whether all stand `together` in one. The
    affinity `rules`.
    """

    hosts: int
    has: UnitLimits
    allowed: NDArray[np.bool_]
    rack: I
    zone: I
    most: F
    together: NDArray[np.bool_]
    rules: AffinityTable


class Taken(NamedTuple):
    """What is taken, a column a unit: vCPUs, MiB, MHz reserved, addresses. Of placement groups (rows): the partition on
    a rack (-1: none), VMs by zone, and the zone in which all must be (-1: any). Of affinity rules (rows) the VMs in
    each host, rack or zone, and all of them.
    """

    vcpus: F
    ram_mib: F
    mhz: F
    addresses: F
    racks: I
    in_zone: F
    bound: I
    in_rule: F
    of_rule: F


def memory_mib(v: int, u: int, needs: Needs, limits: Limits) -> float:
    """MiB that a VM takes on a unit: all configured memory, or what it is guaranteed, with overhead."""
    overhead = limits.has.extra[0, u] + limits.has.extra[1, u] * needs.vcpus[v]
    asks, floor, spared = limits.has.asks[u], needs.floor_mib[v], 0.0
    if asks == 1 or (asks == 2 and floor > 0.0):
        spared = max(needs.ram_mib[v] - floor, 0.0)
    return float(needs.ram_mib[v] * (1.0 + limits.has.extra[2, u]) + overhead - spared)


_memory_mib = part(memory_mib)


# -- filters: whether a unit takes a VM, one question each


@part
def _in_reach(v: int, u: int, needs: Needs, limits: Limits) -> bool:
    return bool(needs.reach[v] < 0 or limits.allowed[needs.reach[v], u])


@part
def _has_memory(v: int, u: int, needs: Needs, limits: Limits, taken: Taken) -> bool:
    return bool(taken.ram_mib[u] + _memory_mib(v, u, needs, limits) <= limits.has.ram_mib[u] * (1.0 + TOLERANCE))


@part
def _has_vcpus(v: int, u: int, needs: Needs, limits: Limits, taken: Taken) -> bool:
    return bool(taken.vcpus[u] + needs.vcpus[v] <= limits.has.vcpus[u] * (1.0 + TOLERANCE))


@part
def _can_reserve(v: int, u: int, needs: Needs, limits: Limits, taken: Taken) -> bool:
    return bool(needs.mhz[v] <= 0.0 or taken.mhz[u] + needs.mhz[v] <= limits.has.mhz[u] * (1.0 + TOLERANCE))


@part
def _has_address(v: int, u: int, needs: Needs, limits: Limits, taken: Taken) -> bool:
    address = needs.address[v] if needs.address[v] >= 0 else u
    return bool(taken.addresses[address] + 1.0 <= limits.has.addresses[address])


@part
def _group_allows(v: int, u: int, needs: Needs, limits: Limits, taken: Taken) -> bool:
    g, zone = needs.group[v], limits.zone[u]
    if g < 0:
        return True
    side = taken.racks[g, limits.rack[u]] if u < limits.hosts else -1
    strange = taken.bound[g] >= 0 and zone != taken.bound[g]
    full = zone >= 0 and taken.in_zone[g, zone] + 1.0 > limits.most[g]
    return bool(not strange and not full and (side < 0 or side == needs.side[v]))


@part
def _rules_allow(v: int, u: int, limits: Limits, taken: Taken) -> bool:
    rules = limits.rules
    for k in range(rules.first[v], rules.first[v + 1]):
        n = rules.of[k]
        place = rules.place[rules.level[n], u]
        near = taken.in_rule[n, place] if place >= 0 else 0.0
        if rules.strict[n] and ((near > 0.0) if rules.apart[n] else (near == 0.0 and taken.of_rule[n] > 0.0)):
            return False
    return True


@part
def why_not(v: int, u: int, needs: Needs, limits: Limits, taken: Taken) -> int:
    """Why a unit does not take a VM beside what it already holds; FITS when it does."""
    if not _in_reach(v, u, needs, limits):
        return OUT_OF_REACH
    if not _has_memory(v, u, needs, limits, taken):
        return NO_MEMORY
    if not _has_vcpus(v, u, needs, limits, taken):
        return NO_CPU
    if not _can_reserve(v, u, needs, limits, taken):
        return NO_RESERVATION
    if not _has_address(v, u, needs, limits, taken):
        return NO_ADDRESS
    if not _group_allows(v, u, needs, limits, taken):
        return NOT_IN_GROUP
    if not _rules_allow(v, u, limits, taken):
        return AGAINST_RULE
    return FITS


@part
def count(v: int, u: int, change: float, needs: Needs, limits: Limits, taken: Taken) -> None:
    """Count a VM on a unit, or no more (`change` is -1): its address, its placement group in a zone, its rules."""
    taken.addresses[needs.address[v] if needs.address[v] >= 0 else u] += change
    if needs.group[v] >= 0 and limits.zone[u] >= 0:
        taken.in_zone[needs.group[v], limits.zone[u]] += change
    rules = limits.rules
    for k in range(rules.first[v], rules.first[v + 1]):
        n = rules.of[k]
        place = rules.place[rules.level[n], u]
        taken.of_rule[n] += change
        if place >= 0:
            taken.in_rule[n, place] += change


@part
def take(v: int, u: int, needs: Needs, limits: Limits, taken: Taken) -> None:
    """Count what a VM takes on a unit."""
    taken.vcpus[u] += needs.vcpus[v]
    taken.ram_mib[u] += _memory_mib(v, u, needs, limits)
    taken.mhz[u] += needs.mhz[v]
    g = needs.group[v]
    if g >= 0:
        if u < limits.hosts:
            taken.racks[g, limits.rack[u]] = needs.side[v]
        if limits.together[g]:
            taken.bound[g] = limits.zone[u]
    count(v, u, 1.0, needs, limits, taken)


def needs_of(tables: Tables) -> Needs:
    """What the VMs of a run need."""
    t = tables
    return Needs(t.vcpus, t.ram_mib, t.floor_mib, t.reserved_mhz, t.reach, t.ways.address, t.placement, t.side)


def limits_of(tables: Tables) -> Limits:
    """What the units of a run have."""
    t = tables
    most = np.array([g.most if g.strategy == "spread" else np.inf for g in t.spec.placements], np.float64)
    return Limits(t.hosts, t.limits, t.allowed, t.rack, t.zone, most, t.together, t.affinity)


def taken_of(tables: Tables, state: State, origin: I, without: I, movable: I) -> Taken:
    """What is taken, without some asking VMs (rows); `origin` is the unit each VM comes from. VMs that run, boot or
    failed in place hold memory and vCPUs. A VM that may come back keeps its address and its rack while it is down; one
    that is off keeps its address.

    One that is moved holds room at both ends. `movable` are those that ask and may go elsewhere: a group that stays
    together stays in their zone.
    """
    t, w = tables, state
    units = t.unit_ids.size
    holds = HOLDING[w.status] & (w.unit >= 0)
    holds[without] = False
    counted = np.flatnonzero(holds)
    on = w.unit[counted]
    coming = np.flatnonzero(w.to >= 0)
    if coming.size:
        coming = coming[~np.isin(coming, without)]
        counted, on = np.concatenate([counted, coming]), np.concatenate([on, w.to[coming]])
    return Taken(
        np.bincount(on, t.vcpus[counted], units).astype(np.float64),
        np.bincount(on, t.taken_mib(counted, on), units).astype(np.float64),
        np.bincount(on, t.reserved_mhz[counted], units).astype(np.float64),
        _addresses_of(t, w, origin, without) if np.isfinite(t.limits.addresses).any() else np.zeros(units),
        *_grouped_of(t, w, origin, without, movable),
        *_ruled_of(t, w, without),
    )


def _ruled_of(t: Tables, w: State, without: I) -> tuple[F, F]:
    """How many VMs of each affinity rule stand in each host, rack or zone, and anywhere. One that moves counts at both
    ends where it keeps apart from others, and at neither where it keeps together with them.
    """
    rules = t.affinity
    in_rule, of_rule = np.zeros((rules.level.size, t.unit_ids.size)), np.zeros(rules.level.size)
    if rules.level.size:
        stands = (w.unit >= 0) & STANDING[w.status]
        stands[without] = False
        vms = np.repeat(np.arange(rules.first.size - 1), np.diff(rules.first))
        of, vms = rules.of[stands[vms]], vms[stands[vms]]
        came, to = (rules.place[rules.level[of], at[vms]] for at in (w.unit, w.to))
        moves, apart = (w.to[vms] >= 0) & (came != to), rules.apart[of]
        np.add.at(of_rule, of, 1.0)
        for place, counts in ((came, apart | ~moves), (to, apart & moves)):
            known = counts & (place >= 0)
            np.add.at(in_rule, (of[known], place[known]), 1.0)
    return in_rule, of_rule


def _addresses_of(t: Tables, w: State, origin: I, without: I) -> F:
    """Addresses that are taken on each unit, or kept there for a VM that may come back."""
    stands = np.where(w.status == WAITING, origin, w.unit)
    keeps = ADDRESSED[w.status] & (stands >= 0)
    keeps[without] = False
    kept = np.flatnonzero(keeps)
    address = np.where(t.ways.address[kept] >= 0, t.ways.address[kept], stands[kept])
    return np.bincount(address, minlength=t.unit_ids.size).astype(np.float64)


def _grouped_of(t: Tables, w: State, origin: I, without: I, movable: I) -> tuple[I, F, I]:
    """Racks, zones and the one zone that members of placement groups take, as in `Taken`; one that moves takes both
    ends.
    """
    units, groups = t.unit_ids.size, len(t.spec.placements)
    racks, in_zone = np.full((groups, units), -1, np.int64), np.zeros((groups, units))
    bound = np.full(groups, -1, np.int64)
    if groups:
        stands = (t.placement >= 0) & (w.unit >= 0) & STANDING[w.status]
        stands[without] = False
        near = np.flatnonzero(stands)
        for at in (w.unit, w.to):
            here = near[(at[near] >= 0) & (at[near] < t.hosts)]
            racks[t.placement[here], t.rack[at[here]]] = t.side[here]
        came, to = t.zone[w.unit[near]], t.zone[w.to[near]]
        for zone, counts in ((came, came >= 0), (to, (w.to[near] >= 0) & (to >= 0) & (to != came))):
            np.add.at(in_zone, (t.placement[near[counts]], zone[counts]), 1.0)
        for rows, unit in ((movable, origin), (near, w.unit)):
            members = rows[(t.placement[rows] >= 0) & (unit[rows] >= 0)]
            members = members[t.together[t.placement[members]]]
            bound[t.placement[members]] = t.zone[unit[members]]
    return racks, in_zone, bound
