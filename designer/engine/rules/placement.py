"""Where VMs are placed during a run: the units that may take them, then the policy. One call places many, in order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine import capacity
from designer.engine.capacity import FITS, Limits, Needs, Taken
from designer.engine.compiled import NONE, Entrance, brief_door, part
from designer.engine.rules.given import GivenAway
from designer.engine.state.motion import OPEN
from designer.engine.state.state import State
from designer.engine.tables.tabulate import Tables

FIRST_FIT, SPREAD, EVEN, BEST_FIT, WORST_FIT, MOST_FREE_MEMORY, WEIGHED = 0, 1, 2, 3, 4, 5, 6
"""The first unit that takes it; the one with the fewest vCPUs a core; one in the zone with the fewest members of its
group, and of its units the one with the fewest; the fullest and the emptiest by vCPUs and memory together; the one with
the most free memory; the one with the most of both, each as a part of the most that any has (OpenStack).
"""
POLICIES = {
    "first_fit": FIRST_FIT,
    "best_fit": BEST_FIT,
    "worst_fit": WORST_FIT,
    "spread": SPREAD,
    "most_free_memory": MOST_FREE_MEMORY,
    "weighed": WEIGHED,
}
_ZONE = 1e9
"""How much more a member in the same zone counts than one on the same unit."""
_RULE = 1e6
"""How much more a rule that is not strict counts than how full a unit is."""
ZONE, CLUSTER, HOME, ANY = 0, 1, 2, 3
"""Which units a VM may go to: those of its zone, of its cluster, the one it comes from, any."""
NO_HOST, CUT_OFF, AGAINST_POLICY = -1, -7, -11
"""Why there is no place, beside the reasons of `capacity`: no unit is up; what the VM needs is down, and no place would
help; its cluster would not keep free what it must.
"""

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]


# -- weighers: what a unit counts for a VM; the one that counts least is taken


@part
def _vcpus_a_core(u: int, limits: Limits, taken: Taken) -> float:
    return float(taken.vcpus[u] / limits.has.cores[u])


@part
def _most_vcpus(u: int, limits: Limits) -> float:
    """The vCPUs that a unit takes; its cores where it has no limit."""
    return float(limits.has.vcpus[u] if limits.has.vcpus[u] < np.inf else limits.has.cores[u])


@part
def _fullness(u: int, limits: Limits, taken: Taken) -> float:
    """The parts of its vCPUs and of its memory that are taken, together."""
    return float(taken.vcpus[u] / _most_vcpus(u, limits) + taken.ram_mib[u] / limits.has.ram_mib[u])


@part
def _free_mib(u: int, limits: Limits, taken: Taken) -> float:
    return float(limits.has.ram_mib[u] - taken.ram_mib[u])


@part
def _free_vcpus(u: int, limits: Limits, taken: Taken) -> float:
    return float(_most_vcpus(u, limits) - taken.vcpus[u])


@part
def _members_near(u: int, limits: Limits, members: F) -> float:
    zone = limits.zone[u]
    return float(members[u] if zone < 0 or zone == u else _ZONE * members[zone] + members[u])


@part
def _broken_rules(v: int, u: int, limits: Limits, taken: Taken) -> float:
    """How many VMs stand there that should not, less those that should, by rules that are not strict."""
    rules, broken = limits.rules, 0.0
    for k in range(rules.first[v], rules.first[v + 1]):
        n = rules.of[k]
        place = rules.place[rules.level[n], u]
        if not rules.strict[n] and place >= 0:
            broken += taken.in_rule[n, place] if rules.apart[n] else -taken.in_rule[n, place]
    return float(broken)


@part
def _weight(policy: int, u: int, limits: Limits, taken: Taken, members: F, most_mib: float, most_vcpus: float) -> float:
    """What a unit counts by a policy; `most_...`: the most free memory and vCPUs of any that takes the VM."""
    if policy == SPREAD:
        return _vcpus_a_core(u, limits, taken)
    if policy == EVEN:
        return _members_near(u, limits, members)
    if policy == BEST_FIT:
        return -_fullness(u, limits, taken)
    if policy == WORST_FIT:
        return _fullness(u, limits, taken)
    if policy == MOST_FREE_MEMORY:
        return -_free_mib(u, limits, taken)
    if policy == WEIGHED:
        mib, vcpus = _free_mib(u, limits, taken), _free_vcpus(u, limits, taken)
        return -((mib / most_mib if most_mib > 0.0 else 0.0) + (vcpus / most_vcpus if most_vcpus > 0.0 else 0.0))
    return 0.0


@part
def _is_free(v: int, needs: Needs, limits: Limits) -> bool:
    """Whether no placement group and no rule says where a VM may stand."""
    return bool(needs.group[v] < 0 and limits.rules.first[v + 1] == limits.rules.first[v])


@part
def _alike(v: int, other: int, needs: Needs, limits: Limits) -> bool:
    """Whether two VMs need the same of a unit: what refuses one refuses the other."""
    return bool(
        needs.vcpus[v] == needs.vcpus[other]
        and needs.ram_mib[v] == needs.ram_mib[other]
        and needs.floor_mib[v] == needs.floor_mib[other]
        and needs.mhz[v] == needs.mhz[other]
        and needs.reach[v] == needs.reach[other]
        and needs.address[v] == needs.address[other]
        and _is_free(v, needs, limits)
        and _is_free(other, needs, limits)
    )


@brief_door
def place_many(
    rows: I, scope: I, wanted: I, among: I, up: NDArray[np.bool_], scope_of: I, policy: int, members: F,
    needs: Needs, limits: Limits, taken: Taken, reasons: I, out: I,
) -> None:  # fmt: skip
    """For each VM (row) a unit that is up and takes it, or why there is none; what it takes is given away at once.

    A VM looks at the units `among` that are of its scope (`scope_of`, kinds x units, is `wanted`), at `wanted` alone
    where the scope is HOME. `members` counts those of a group on each unit, and in each zone. The first among equals is
    taken. `reasons` has room for a number for each of `among`. Nobody is asked again for a VM like the one before that
    none takes: units only fill.
    """
    for n in range(rows.size):
        v, best, least, why = rows[n], NONE, np.inf, NO_HOST
        refused = n > 0 and out[n - 1] < 0 and scope[n] == scope[n - 1] and wanted[n] == wanted[n - 1]
        if refused and _alike(v, rows[n - 1], needs, limits):
            out[n] = out[n - 1]
            continue
        home, ruled = scope[n] == HOME, limits.rules.first[v + 1] > limits.rules.first[v]
        first, looked, most_mib, most_vcpus = policy == FIRST_FIT and not ruled, 0, 0.0, 0.0
        for k in range(1 if home else among.size):
            u, looked = wanted[n] if home else among[k], k + 1
            reasons[k] = NO_HOST
            if not up[u] or (scope[n] < HOME and scope_of[scope[n], u] != wanted[n]):
                continue
            reasons[k] = capacity.why_not(v, u, needs, limits, taken)
            if reasons[k] != FITS:
                why = min(why, reasons[k])
                continue
            if first:
                break
            if policy == WEIGHED:
                most_mib = max(most_mib, _free_mib(u, limits, taken))
                most_vcpus = max(most_vcpus, _free_vcpus(u, limits, taken))
        for k in range(looked):
            if reasons[k] == FITS:
                u = wanted[n] if home else among[k]
                load = _weight(policy, u, limits, taken, members, most_mib, most_vcpus)
                load += _RULE * _broken_rules(v, u, limits, taken) if ruled else 0.0
                if load < least:
                    best, least = u, load
        out[n] = best if best >= 0 else why
        if best >= 0:
            members[best] += 1.0
            if limits.zone[best] >= 0 and limits.zone[best] != best:
                members[limits.zone[best]] += 1.0
            capacity.take(v, best, needs, limits, taken)


class Placement:
    """Finds places for VMs in a world. Whoever is put onto a unit, for whatever reason, is put there by `place`."""

    def __init__(self, tables: Tables, state: State) -> None:
        self.tables, self.state = tables, state
        self.needs, self.limits = capacity.needs_of(tables), capacity.limits_of(tables)
        self._scope_of = np.stack([tables.zone, tables.cluster])
        self._wanted_of = self._scope_of
        self.without_majority: dict[int, str] = {}
        """Why a cluster (by its number) goes on nowhere; empty where it does."""
        self._hosts = np.arange(tables.hosts)
        self._unread, self._reason = np.zeros(tables.unit_ids.size), np.empty(1, np.int64)
        """Members that no policy asks for, and why not the one host."""
        self._given, self._place_many = GivenAway(tables, state), Entrance(place_many)

    def place(
        self, rows: I, origin: I, scope: I, among: I | None = None, policy: int = FIRST_FIT, members: F | None = None,
        opened: I | None = None,
    ) -> I:  # fmt: skip
        """The unit of each VM, or why there is none (below 0). What the VMs hold so far does not count.

        `origin` is a column of all VMs: the unit from which each comes. `among`: all hosts where not given.
        Hosts that are `opened` count as if they took VMs.
        """
        units, came = self.tables.unit_ids.size, origin[rows]
        wanted = np.where(scope < HOME, self._wanted_of[np.minimum(scope, CLUSTER), came], came)
        among, takes = self._hosts if among is None else among, self._open(opened)
        found, reasons = np.empty(rows.size, np.int64), np.empty(max(among.size, 1), np.int64)
        self._place_many(
            rows, scope, wanted, among, takes, self._scope_of, policy,
            np.zeros(units) if members is None else members, self.needs, self.limits,
            self._given.taken(origin, rows, rows[scope != HOME]), reasons, found,
        )  # fmt: skip
        return found

    def lead(self, hosts: I, scope: I, wanted: I) -> None:
        """Let VMs that come from some hosts restart in their cluster on units of the scope `wanted`, and these hosts be
        of a `scope`."""
        if self._wanted_of is self._scope_of:
            self._scope_of, self._wanted_of = self._scope_of.copy(), self._scope_of.copy()
        self._scope_of[CLUSTER, hosts], self._wanted_of[CLUSTER, hosts] = scope, wanted

    def _open(self, opened: I | None = None) -> NDArray[np.bool_]:
        """The units that may take VMs: they are reached, or their cluster says so, and neither closed, unless they are
        `opened`, nor sold out.
        """
        judged, s = self.tables.judged, self.state
        reached = s.reached if judged is None else s.reached | (s.up & (judged.of >= 0))
        takes: NDArray[np.bool_] = s.mode == OPEN
        if opened is not None:
            takes[opened] = True
        return takes & reached & ~s.sold_out

    def fits(self, rows: I, units: I, followers: I) -> I:
        """Whether each unit takes a VM that runs elsewhere, one after the other: the unit, or why not (below 0). What
        the VMs hold where they are stays taken. `followers` go the same way later: nobody stays behind for them.
        """
        state, found = self.state, np.empty(rows.size, np.int64)
        taken = self._given.taken(state.unit, rows, rows, units)
        goals = set(units.tolist())
        for v, unit in zip(rows.tolist(), state.unit[rows].tolist()):
            if unit in goals:
                taken.vcpus[unit] += self.needs.vcpus[v]
                taken.ram_mib[unit] += self.needs_mib(v, unit)
                taken.mhz[unit] += self.needs.mhz[v]
        rules = self.limits.rules
        for v in followers.tolist() if rules.level.size else ():
            of = rules.of[rules.first[v] : rules.first[v + 1]]
            of = of[~rules.apart[of]]
            taken.of_rule[of] -= 1.0
            taken.in_rule[of, rules.place[rules.level[of], state.unit[v]]] -= 1.0
        self._place_many(
            rows, np.full(rows.size, HOME), units, self._hosts, self._open(), self._scope_of, FIRST_FIT,
            self._unread, self.needs, self.limits, taken, self._reason, found,
        )  # fmt: skip
        return found

    def taken_of_stock(self, n: int) -> float:
        """How many VMs the provider's n-th stock has given."""
        rules, none = self.limits.rules, np.zeros(0, np.int64)
        taken = self.taken_without(none, self.state.origin)
        return float(taken.in_rule[rules.stocks + n].sum())

    def needs_mib(self, v: int, unit: int) -> float:
        """MiB that a VM takes on a unit."""
        return float(self.tables.taken_mib(np.array([v]), np.array([unit]))[0])

    def taken_without(self, rows: I, origin: I) -> Taken:
        """What is given away to others than some VMs."""
        return Taken._make(column.copy() for column in self._given.taken(origin, rows, rows))
