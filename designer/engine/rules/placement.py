"""Where VMs are placed during a run: the units that may take them, then the policy. One call places many, in order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine import capacity
from designer.engine.capacity import FITS, Limits, Needs, Taken
from designer.engine.compiled import door
from designer.engine.state.state import State
from designer.engine.tables.tabulate import Tables

FIRST_FIT, SPREAD, EVEN = 0, 1, 2
"""The first unit that takes it; the one with the fewest vCPUs a core; one in the zone with the fewest members of its
group, and of its units the one with the fewest.
"""
POLICIES = {"first_fit": FIRST_FIT, "spread": SPREAD}
_ZONE = 1e9
"""How much more a member in the same zone counts than one on the same unit."""
ZONE, CLUSTER, HOME, ANY = 0, 1, 2, 3
"""Which units a VM may go to: those of its zone, of its cluster, the one it comes from, any."""
NO_HOST, CUT_OFF = -1, -7
"""Why there is no place, beside the reasons of `capacity`: no unit is up; what the VM needs is down, and no place would
help.
"""

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]


@door
def place_many(
    rows: I, scope: I, wanted: I, among: I, up: NDArray[np.bool_], scope_of: I, policy: int, members: F,
    needs: Needs, limits: Limits, taken: Taken, out: I,
) -> None:  # fmt: skip
    """For each VM (row) a unit that is up and takes it, or why there is none; what it takes is given away at once.

    A VM looks at the units `among` that are of its scope (`scope_of`, kinds x units, is `wanted`), at `wanted` alone
    where the scope is HOME. `members` counts those of a group on each unit, and in each zone. The first among equals is
    taken.
    """
    for n in range(rows.size):
        v, best, least, why = rows[n], -1, np.inf, NO_HOST
        home = scope[n] == HOME
        for k in range(1 if home else among.size):
            u = wanted[n] if home else among[k]
            if not up[u] or (scope[n] < HOME and scope_of[scope[n], u] != wanted[n]):
                continue
            reason = capacity.why_not(v, u, needs, limits, taken)
            if reason != FITS:
                why = min(why, reason)
                continue
            load = 0.0
            if policy == SPREAD:
                load = taken.vcpus[u] / limits.has.cores[u]
            elif policy == EVEN:
                zone = limits.zone[u]
                load = members[u] if zone < 0 or zone == u else _ZONE * members[zone] + members[u]
            if load < least:
                best, least = u, load
                if policy == FIRST_FIT:
                    break
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
        self._hosts = np.arange(tables.hosts)

    def place(
        self, rows: I, origin: I, scope: I, among: I | None = None, policy: int = FIRST_FIT, members: F | None = None
    ) -> I:
        """The unit of each VM, or why there is none (below 0). What the VMs hold so far does not count.

        `origin` is a column of all VMs: the unit from which each comes. `among`: all hosts where not given.
        """
        t, units = self.tables, self.tables.unit_ids.size
        came = origin[rows]
        wanted = np.where(scope < HOME, self._scope_of[np.minimum(scope, CLUSTER), came], came)
        found = np.empty(rows.size, np.int64)
        place_many(
            rows, scope, wanted, self._hosts if among is None else among, self.state.reached, self._scope_of, policy,
            np.zeros(units) if members is None else members, self.needs, self.limits,
            capacity.taken_of(t, self.state, origin, rows, rows[scope != HOME]), found,
        )  # fmt: skip
        return found

    def needs_mib(self, v: int, unit: int) -> float:
        """MiB that a VM takes on a unit."""
        return float(capacity.memory_mib(v, unit, self.needs, self.limits))

    def taken_without(self, rows: I, origin: I) -> Taken:
        """What is given away to others than some VMs."""
        return capacity.taken_of(self.tables, self.state, origin, rows, rows)
