"""What services depend on, where databases stand, what leads out to the internet: tables made of a checked spec."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Domain, Feeds, Spec
from designer.engine.spec.fields import at_ids
from designer.engine.spec.packed import values_of
from designer.engine.tables.tree import Fed, fed_of
from designer.engine.tables.vms import Columns

B = NDArray[np.bool_]


class Depends(NamedTuple):
    """The rows of VMs and of other services without which a service serves nothing."""

    service: int
    vms: NDArray[np.int64]
    services: NDArray[np.int64]


class Ways(NamedTuple):
    """VMs that go `outward` do so from the unit of their `address` (-1: where they stand): through one unit of each
    group of `out`, not at all from a unit that is `shut`.
    """

    outward: NDArray[np.bool_]
    address: NDArray[np.int64]
    out: Fed
    shut: NDArray[np.bool_]


def ways_of(spec: Spec, columns: Columns, unit_at: dict[int, int]) -> Ways:
    """What leads VMs out to the internet."""
    domains = list(enumerate(spec.domains, len(spec.hosts)))
    outward, shut = [(u, d.outward) for u, d in domains if d.outward], np.zeros(len(unit_at), np.bool_)
    shut[[u for u, d in domains if d.shut]] = True
    return Ways(
        outward=columns.outward,
        address=at_ids(unit_at, columns.address),
        out=fed_of(unit_at, (ways for _, ways in outward), [u for u, _ in outward]),
        shut=shut,
    )


def depends_of(spec: Spec, service_at: Mapping[int, int]) -> list[Depends]:
    """What services depend on, those first on which others depend; services that need nothing are left out."""
    vm_at = {i: n for n, i in enumerate(values_of(spec.vms, "id"))} if any(s.depends for s in spec.services) else {}
    made: list[Depends] = []
    waiting = {n: {service_at[i] for i in s.depends if i in service_at} for n, s in enumerate(spec.services)}
    while waiting:
        free = [n for n, needs in waiting.items() if not needs & waiting.keys()]
        for n in free:
            vms = [vm_at[i] for i in spec.services[n].depends if i not in service_at]
            if spec.services[n].depends:
                made.append(Depends(n, np.array(vms, np.int64), np.array(sorted(waiting[n]), np.int64)))
            del waiting[n]
    return made


def quorums_of(spec: Spec, unit_at: Mapping[int, int]) -> dict[int, int]:
    """How many replicas must be up for a database to take writes, by its unit; those without a quorum are left out."""
    return {unit_at[domain.id]: domain.quorum for domain in spec.domains if domain.quorum}


def quorum_feeds(domain: Domain) -> Feeds:
    """That enough replicas of a database are up, as feeds: of each set that is too large to be missed, one is up."""
    if not domain.quorum:
        return ()
    return tuple(combinations(domain.replicas, len(domain.replicas) - domain.quorum + 1))


def database_users(spec: Spec) -> dict[int, tuple[B, B]]:
    """Which services write to each database, and which only read from it, by its id; used ones with replicas only."""
    found = {}
    for domain in spec.domains:
        if domain.replicas and domain.kind == "database":
            writes = np.array([(domain.id,) in service.through for service in spec.services], np.bool_)
            reads = np.array([domain.id in service.reads for service in spec.services], np.bool_)
            if writes.any() or reads.any():
                found[domain.id] = writes, reads
    return found


def replicas_of(spec: Spec, unit_at: Mapping[int, int]) -> dict[int, NDArray[np.int64]]:
    """The units on which each database can be, by its own unit; its primary first."""
    return {
        unit_at[domain.id]: np.array([unit_at[place] for place in domain.replicas], np.int64)
        for domain in spec.domains
        if domain.replicas
    }
