"""VMs that are to be packed onto hosts, as plain numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from designer.engine.spec.capacity import TOLERANCE
from designer.words import mark

RESOURCES = (mark("vCPUs"), mark("memory"), mark("reserved CPU"))
"""What VMs take of a host: vCPUs, MiB with the overhead of its hypervisor, MHz that they reserve."""

Needs = tuple[float, ...]


@dataclass(frozen=True)
class Parcel:
    """VMs that go to one host together: what they need of a host of each sort, and the hosts on which they may stand
    (None: any).
    """

    vms: tuple[int, ...]
    needs: tuple[Needs, ...]
    allowed: frozenset[int] | None = None


@dataclass(frozen=True)
class Bin:
    """A host: its id, its sort, and what it has (inf: no limit)."""

    id: int
    sort: int
    has: Needs


@dataclass(frozen=True)
class Problem:
    """Items and hosts; of each group of `apart` (indices of items) no two go to one host."""

    items: tuple[Parcel, ...]
    bins: tuple[Bin, ...]
    apart: tuple[frozenset[int], ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What is not asked, in sentences."""

    def rules_of(self, item: int) -> list[int]:
        """The groups of `apart` in which an item is."""
        return [n for n, group in enumerate(self.apart) if item in group]


@dataclass
class HostUse:
    """Which items are on each host that is used, by the index of the host."""

    on: dict[int, list[int]] = field(default_factory=dict)

    @property
    def hosts(self) -> int:
        """How many hosts are used."""
        return sum(1 for items in self.on.values() if items)


def fits(problem: Problem, item: int, bin_: int, taken: Sequence[float], others: Sequence[int]) -> bool:
    """Whether an item fits on a host beside what is taken there, and no rule parts it from the others."""
    one, host = problem.items[item], problem.bins[bin_]
    if one.allowed is not None and host.id not in one.allowed:
        return False
    needs = one.needs[host.sort]
    if any(t + n > has * (1.0 + TOLERANCE) for t, n, has in zip(taken, needs, host.has, strict=True)):
        return False
    return not any(item in group and not group.isdisjoint(others) for group in problem.apart)


def bounds(problem: Problem) -> dict[str, int]:
    """The fewest hosts that each resource alone, and the rules, ask for: no packing has fewer.

    Of each resource the hosts with most are counted until they have what the VMs need at least.
    """
    found = {}
    for n, resource in enumerate(RESOURCES):
        needed = sum(min(needs[n] for needs in item.needs) for item in problem.items)
        found[resource] = _count(sorted((host.has[n] for host in problem.bins), reverse=True), needed)
    found[mark("affinity rules")] = max((len(group) for group in problem.apart), default=0)
    found[mark("any VM")] = min(len(problem.items), 1)
    return found


def _count(has: Sequence[float], needed: float) -> int:
    """How many of some capacities, the largest first, are as much as is needed; more than all where they are not."""
    count, total = 0, 0.0
    for one in has:
        if total * (1.0 + TOLERANCE) >= needed:
            return count
        count, total = count + 1, total + one
        if math.isinf(total):
            return count if needed > 0.0 else 0
    return count if total * (1.0 + TOLERANCE) >= needed else len(has) + 1
