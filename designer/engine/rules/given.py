"""What is given away of each unit, kept from one look for a place to the next: only what changed is counted again.

The sums are those that counting all VMs in the order of their rows gives, bit for bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.capacity import Taken, mib_of
from designer.engine.compiled import Entrance, brief_door, part
from designer.engine.state.state import ADDRESSED, HOLDING, STANDING, WAITING, State
from designer.engine.tables.tabulate import Tables

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]
B = NDArray[np.bool_]


class Holders(NamedTuple):
    """What VMs hold where they stand or go to: how each is, where it goes, whether it `asks` (it counts nowhere then),
    what it takes; what the hypervisors of units add to that, and which states `hold`.
    """

    status: NDArray[np.uint8]
    unit: I
    to: I
    asks: B
    vcpus: F
    ram_mib: F
    floor_mib: F
    mhz: F
    extra: F
    memory_asks: I
    hold: B


class Held(NamedTuple):
    """What is held on each unit: vCPUs, MiB, MHz reserved; and the same but for those who ask, as it is told."""

    vcpus: F
    mib: F
    mhz: F
    told_vcpus: F
    told_mib: F
    told_mhz: F


@part
def _count(
    u: int, first: I, members: I, vms: I, coming: I, of: Holders, vcpus: F, mib: F, mhz: F
) -> None:  # fmt: skip
    """Count what is held on a unit: by the VMs that stand there in the order of their rows, then by those that come."""
    vcpus[u] = mib[u] = mhz[u] = 0.0
    for i in range(members[u] + coming.size):
        stands = i < members[u]
        v = vms[first[u] + i] if stands else coming[i - members[u]]
        if of.asks[v] or not (of.hold[of.status[v]] if stands else of.to[v] == u):
            continue
        vcpus[u] += of.vcpus[v]
        mib[u] += mib_of(of.ram_mib[v], of.vcpus[v], of.floor_mib[v], u, of.memory_asks, of.extra)
        mhz[u] += of.mhz[v]


@part
def _is_among(u: int, units: I) -> bool:
    found = False
    for other in units:
        found |= other == u
    return found


@brief_door
def _count_held(
    asking: I, every: bool, at: I, first: I, members: I, vms: I, coming: I, of: Holders, resized: B, held: Held
) -> None:  # fmt: skip
    """Count what is held on units on which that changed (`resized`), and tell it of all without some VMs that ask,
    where these count: on `every` unit, or those `at` which somebody looks.
    """
    units = held.vcpus.size
    for u in range(units):
        if resized[u]:
            resized[u] = False
            _count(u, first, members, vms, coming, of, held.vcpus, held.mib, held.mhz)
        held.told_vcpus[u], held.told_mib[u], held.told_mhz[u] = held.vcpus[u], held.mib[u], held.mhz[u]
    for v in asking:
        of.asks[v] = True
    for v in asking:
        for u in (of.unit[v], of.to[v]):
            if u >= 0 and (every or _is_among(u, at)):
                _count(u, first, members, vms, coming, of, held.told_vcpus, held.told_mib, held.told_mhz)


class GivenAway:
    """What the VMs of a run take. VMs that run, boot or failed in place hold memory and vCPUs; one that is moved holds
    them at both ends. A VM that may come back keeps its address and its rack while it is down; one that is off keeps
    its address.
    """

    def __init__(self, tables: Tables, state: State) -> None:
        t, units = tables, tables.unit_ids.size
        self._tables, self._state = tables, state
        self._asked = bool(np.isfinite(t.limits.addresses).any())
        self._addresses = np.zeros(units)
        self._address = np.full(len(t.vms) if self._asked else 0, -1, np.int64)
        """The unit of the address that each VM keeps where it stands."""
        self._waits = np.zeros(len(t.vms), np.bool_)
        self._grouped = np.flatnonzero(t.placement >= 0)
        self._ruled = np.repeat(np.arange(t.affinity.first.size - 1), np.diff(t.affinity.first))
        self._without = np.zeros(len(t.vms), np.bool_)
        self._holders = Holders(
            state.status, state.unit, state.to, self._without, t.vcpus, t.ram_mib, t.floor_mib, t.reserved_mhz,
            t.limits.extra, t.limits.asks, HOLDING,
        )  # fmt: skip
        self._count_held, self._resized = Entrance(_count_held), state.moved.resized
        self._no_group = None if t.spec.placements else self._groups_of(t.home, self._grouped)
        self._no_rule = None if t.affinity.level.size else self._rules_of()
        rest = *(self._no_group or self._groups_of(t.home, self._grouped)), *(self._no_rule or self._rules_of())
        self._made = Taken._make((*(np.zeros(units) for _ in range(4)), *rest))
        self._held = Held(np.zeros(units), np.zeros(units), np.zeros(units), *self._made[:3])

    def taken(self, origin: I, without: I, movable: I, at: I | None = None) -> Taken:
        """What is taken, without some asking VMs (rows); `origin` is the unit each VM comes from. `movable` are those
        that ask and may go elsewhere: a group that stays together stays in their zone. `at`: the units that are looked
        at, all where not given. The caller may write to it; the next call writes to the same arrays.
        """
        s = self._state
        if self._asked:
            self._address_anew(s.take_rehoused())
        on, every = s.standing, at is None
        self._count_held(
            without, every, without if at is None else at, on.first, on.members, on.vms, s.coming, self._holders,
            self._resized, self._held,
        )  # fmt: skip
        self._made.addresses[:] = self._addresses_of(origin, without) if self._asked else 0.0
        if self._no_group is None or self._no_rule is None:
            groups = self._groups_of(origin, movable) if self._no_group is None else self._no_group
            rules = self._rules_of() if self._no_rule is None else self._no_rule
            self._made = Taken(*self._made[:4], *groups, *rules)
        self._without[without] = False
        return self._made

    # -- addresses

    def _address_anew(self, vms: I) -> None:
        """Count the addresses of VMs (rows) that changed."""
        if not vms.size:
            return
        t, s = self._tables, self._state
        before, status = self._address[vms], s.status[vms]
        self._waits[vms] = status == WAITING
        keeps = ADDRESSED[status] & (status != WAITING) & (s.unit[vms] >= 0)
        after = np.where(keeps, np.where(t.ways.address[vms] >= 0, t.ways.address[vms], s.unit[vms]), -1)
        np.subtract.at(self._addresses, before[before >= 0], 1.0)
        np.add.at(self._addresses, after[after >= 0], 1.0)
        self._address[vms] = after

    def _addresses_of(self, origin: I, without: I) -> F:
        """Addresses that are taken on each unit, or kept there for a VM that waits to come back."""
        taken, own = self._addresses.copy(), self._tables.ways.address
        kept = self._address[without]
        np.subtract.at(taken, kept[kept >= 0], 1.0)
        waits = np.flatnonzero(self._waits)
        waits = waits[~self._without[waits] & (origin[waits] >= 0)]
        np.add.at(taken, np.where(own[waits] >= 0, own[waits], origin[waits]), 1.0)
        return taken

    # -- placement groups and affinity rules

    def _groups_of(self, origin: I, movable: I) -> tuple[I, F, I]:
        """Racks, zones and the one zone that members of placement groups take, as in `Taken`; one that moves takes both
        ends.
        """
        t, s = self._tables, self._state
        units, groups = t.unit_ids.size, len(t.spec.placements)
        racks, in_zone = np.full((groups, units), -1, np.int64), np.zeros((groups, units))
        bound = np.full(groups, -1, np.int64)
        if groups:
            near = self._grouped
            near = near[(s.unit[near] >= 0) & STANDING[s.status[near]] & ~self._without[near]]
            for at in (s.unit, s.to):
                here = near[(at[near] >= 0) & (at[near] < t.hosts)]
                racks[t.placement[here], t.rack[at[here]]] = t.side[here]
            came, to = t.zone[s.unit[near]], t.zone[s.to[near]]
            for zone, counts in ((came, came >= 0), (to, (s.to[near] >= 0) & (to >= 0) & (to != came))):
                np.add.at(in_zone, (t.placement[near[counts]], zone[counts]), 1.0)
            for rows, unit in ((movable, origin), (near, s.unit)):
                members = rows[(t.placement[rows] >= 0) & (unit[rows] >= 0)]
                members = members[t.together[t.placement[members]]]
                bound[t.placement[members]] = t.zone[unit[members]]
        return racks, in_zone, bound

    def _rules_of(self) -> tuple[F, F]:
        """How many VMs of each affinity rule stand in each host, rack or zone, and anywhere. One that moves counts at
        both ends where it keeps apart from others, and at neither where it keeps together with them.
        """
        t, s, rules = self._tables, self._state, self._tables.affinity
        in_rule, of_rule = np.zeros((rules.level.size, t.unit_ids.size)), np.zeros(rules.level.size)
        if rules.level.size:
            vms = self._ruled
            stands = (s.unit[vms] >= 0) & STANDING[s.status[vms]] & ~self._without[vms]
            of, vms = rules.of[stands], vms[stands]
            came, to = (rules.place[rules.level[of], at[vms]] for at in (s.unit, s.to))
            moves, apart = (s.to[vms] >= 0) & (came != to), rules.apart[of]
            np.add.at(of_rule, of, 1.0)
            for place, counts in ((came, apart | ~moves), (to, apart & moves)):
                known = counts & (place >= 0)
                np.add.at(in_rule, (of[known], place[known]), 1.0)
        return in_rule, of_rule
