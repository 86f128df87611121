"""Where VMs may stand: zones, clusters and racks of units, reaches, and the sides of placement groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import ANYWHERE, Spec, Vm
from designer.engine.spec.fields import at_ids
from designer.engine.tables.vms import Columns


class Reaches(NamedTuple):
    """By which row of `allowed` (reaches x units) each VM goes (-1: any unit); what the places of each row do."""

    reach: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    does: list[str]


def reaches_of(spec: Spec, columns: Columns, unit_at: dict[int, int]) -> Reaches:
    """The reaches of VMs. One that is bound twice, by its data and by its type, goes by a row of its own: what both
    allow.
    """
    allowed = np.zeros((len(spec.reaches), len(unit_at)), np.bool_)
    for n, reach in enumerate(spec.reaches):
        allowed[n, [unit_at[place] for place in reach.places]] = True
    does, rows = [reach.does for reach in spec.reaches], list(allowed)
    found = np.maximum(columns.reach, columns.offered)
    both = np.flatnonzero((columns.reach != ANYWHERE) & (columns.offered != ANYWHERE))
    row_of: dict[tuple[int, int], int] = {}
    for v in both.tolist():
        one, other = int(columns.reach[v]), int(columns.offered[v])
        if (one, other) not in row_of:
            row_of[one, other] = len(rows)
            rows.append(allowed[one] & allowed[other])
            does.append(f"{does[one]} and {does[other]}")
        found[v] = row_of[one, other]
    return Reaches(found, np.array(rows, np.bool_).reshape(len(rows), len(unit_at)), does)


def sides_of(spec: Spec, vms: Sequence[Vm], columns: Columns) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The placement group of each VM (-1: none), and its side: those that may share a rack have the same number."""
    placed = at_ids({group.id: n for n, group in enumerate(spec.placements)}, columns.placement)
    sides = np.zeros(len(vms), np.int64)
    for n in np.flatnonzero(placed >= 0).tolist():
        strategy = spec.placements[placed[n]].strategy
        sides[n] = n if strategy == "spread" else vms[n].partition if strategy == "partition" else 0
    return placed, sides


def racks_of(spec: Spec, parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rack of each unit; a unit in no rack is one of its own."""
    rack = nearest(spec, parent, ("rack",))
    return np.where(rack >= 0, rack, np.arange(parent.size))


def nearest(spec: Spec, parent: NDArray[np.int64], kinds: tuple[str, ...]) -> NDArray[np.int64]:
    """The nearest unit of the first kind found above (or at) each unit; -1 where there is none of any."""
    found, hosts = np.full(parent.size, -1, np.int64), len(spec.hosts)
    for kind in kinds:
        of_kind = [hosts + n for n, domain in enumerate(spec.domains) if domain.kind == kind]
        is_kind = np.zeros(parent.size, np.bool_)
        is_kind[of_kind] = True
        here = np.arange(parent.size if of_kind else 0)
        rows = np.flatnonzero(found < 0) if of_kind else here
        while rows.size:
            new = is_kind[here[rows]]
            found[rows[new]] = here[rows[new]]
            here[rows] = parent[here[rows]]
            rows = rows[~new & (here[rows] >= 0)]
    return found


def clusters_of(spec: Spec, parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where VMs of the rule `cluster` restart: the cluster of a host, else the data center or zone of a unit."""
    scope = nearest(spec, parent, ("data_center", "zone"))
    at = {cluster.id: parent.size + n for n, cluster in enumerate(spec.clusters)}
    for n, host in enumerate(spec.hosts if spec.clusters else ()):
        if host.cluster:
            scope[n] = at[host.cluster]
    return scope
