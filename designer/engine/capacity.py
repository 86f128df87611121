"""What fits where: the one door that every VM passes on its way onto a unit, on arrays.

Start, restart, return, recovery by hand and launch ask `why_not`: reach (what the VM is bound to, where its type is
offered), memory by the host's rule, vCPUs by its overcommit, MHz it reserves, addresses of the subnet, placement group,
affinity rules.
The formulas are those of `designer.engine.spec.capacity`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import part
from designer.engine.spec.capacity import TOLERANCE, vm_mib
from designer.engine.tables.affinity import AffinityTable
from designer.engine.tables.limits import UnitLimits
from designer.engine.tables.tabulate import Tables

FITS, OUT_OF_REACH, NO_MEMORY, NO_CPU, NO_ADDRESS, NOT_IN_GROUP, NO_RESERVATION = 0, -2, -3, -4, -5, -6, -8
AGAINST_RULE, NO_STOCK = -9, -10
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


_vm_mib = part(vm_mib)


@part
def mib_of(ram_mib: float, vcpus: float, floor_mib: float, u: int, asks: I, extra: F) -> float:
    """MiB that a VM takes on a unit, by what the unit asks for and what its hypervisor adds."""
    spared = 0.0
    if asks[u] == 1 or (asks[u] == 2 and floor_mib > 0.0):
        spared = max(ram_mib - floor_mib, 0.0)
    return float(_vm_mib(ram_mib, vcpus, spared, extra[0, u], extra[1, u], extra[2, u]))


@part
def _memory_mib(v: int, u: int, needs: Needs, limits: Limits) -> float:
    """MiB that a VM takes on a unit: all configured memory, or what it is guaranteed, with overhead."""
    return float(mib_of(needs.ram_mib[v], needs.vcpus[v], needs.floor_mib[v], u, limits.has.asks, limits.has.extra))


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
def _against_rule(v: int, u: int, limits: Limits, taken: Taken) -> int:
    rules = limits.rules
    for k in range(rules.first[v], rules.first[v + 1]):
        n = rules.of[k]
        place = rules.place[rules.level[n], u]
        near = taken.in_rule[n, place] if place >= 0 else 0.0
        full = place >= 0 and near >= rules.most[n]
        if rules.strict[n] and (full if rules.apart[n] else (near == 0.0 and taken.of_rule[n] > 0.0)):
            return NO_STOCK if n >= rules.stocks else AGAINST_RULE
    return FITS


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
    return _against_rule(v, u, limits, taken)


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
