"""Where a VM goes that must be placed: filters, then the policy. One call places many, in order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FIRST_FIT, SPREAD = 0, 1
POLICIES = {"first_fit": FIRST_FIT, "spread": SPREAD}
NO_HOST, NO_MEMORY, NO_CPU, CUT_OFF, NOT_APART = -2, -3, -4, -5, -6
"""Why there is no place: no host that is up in reach; none with the memory; none with the vCPUs; what the VM needs is
down, and no place would help; none with room that its placement group allows.
"""

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]


class Apart(NamedTuple):
    """What placement groups allow. A row a VM: `group` (-1: none), `side`, `zone` in which it must be (-1: any).

    A row a unit: its `rack` (a host outside of racks: itself) and its `zone_of`. `taken` (groups x units) is the side
    that has a rack, -1 while none has: a VM goes only where its own side is.
    """

    group: I
    side: I
    zone: I
    rack: I
    zone_of: I
    taken: I


@njit(cache=True)
def place_many(
    vcpus: F, ram_mib: F, scope: I, wanted: I, reach: I, allowed: NDArray[np.bool_], up: NDArray[np.bool_],
    scope_of: NDArray[np.int64], hosts: int,
    unit_vcpus: F, unit_ram_mib: F, vm_extra: F, used_vcpus: F, used_ram_mib: F, policy: int, apart: Apart, out: I,
) -> None:  # fmt: skip
    """For each VM a host in its scope that is up and has room, or why there is none; takes the room at once.

    `vm_extra` (3 x units) is what a unit's hypervisor takes beside a VM: MiB, MiB a vCPU, a fraction of its memory.

    `scope_of` (kinds x units) names each unit's scope of a kind (its zone, its cluster); `scope` says which kind a VM
    goes by, `wanted` which scope it must be; `reach` which row of `allowed` (reaches x units) says yes, -1: any.
    Spread takes the host with the smallest share of vCPUs given, first among equals; first fit the first.
    """
    for n in range(vcpus.size):
        best, least, why, taken_mib = -1, np.inf, NO_HOST, 0.0
        for u in range(hosts):
            if not up[u] or scope_of[scope[n], u] != wanted[n]:
                continue
            if reach[n] >= 0 and not allowed[reach[n], u]:
                continue
            needed = ram_mib[n] * (1.0 + vm_extra[2, u]) + vm_extra[0, u] + vm_extra[1, u] * vcpus[n]
            if used_ram_mib[u] + needed > unit_ram_mib[u] * (1.0 + 1e-12):
                why = min(why, NO_MEMORY)
                continue
            if used_vcpus[u] + vcpus[n] > unit_vcpus[u] * (1.0 + 1e-12):
                why = min(why, NO_CPU)
                continue
            g = apart.group[n]
            if g >= 0:
                side = apart.taken[g, apart.rack[u]]
                strange = apart.zone[n] >= 0 and apart.zone_of[u] != apart.zone[n]
                if strange or (side >= 0 and side != apart.side[n]):
                    why = NOT_APART
                    continue
            load = 0.0 if policy == FIRST_FIT else used_vcpus[u] / unit_vcpus[u]
            if load < least:
                best, least, taken_mib = u, load, needed
                if policy == FIRST_FIT:
                    break
        out[n] = best if best >= 0 else why
        if best >= 0:
            used_vcpus[best] += vcpus[n]
            used_ram_mib[best] += taken_mib
            if apart.group[n] >= 0:
                apart.taken[apart.group[n], apart.rack[best]] = apart.side[n]
