"""Why VMs wait for a place, in words: those that wait for the same reason are told together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules import placement
from designer.engine.state.world import World
from designer.engine.tables.tabulate import CLUSTER, Tables

Rows = NDArray[np.int64]


def why_waiting(tables: Tables, world: World, rows: Rows, why: int, origin: Rows) -> Iterator[tuple[Rows, str]]:
    """VMs for which there was no place, with the reason; `origin` are the units from which they come."""
    t = tables
    scopes = np.where(t.recovery[rows] == CLUSTER, t.cluster[origin], t.zone[origin])
    missed = world.missed(rows) if why == placement.CUT_OFF else np.full(rows.size, -1)
    for these in _alike(np.stack([scopes, t.reach[rows], missed, t.placement[rows]], axis=1)):
        one = these[0]
        if missed[one] >= 0:
            yield rows[these], f"it needs {t.name(missed[one])}, which is down"
        else:
            yield rows[these], _reason(t, why, int(scopes[one]), int(rows[one]))


def _alike(table: NDArray[np.int64]) -> list[Rows]:
    """The rows of a table in groups of equal ones, the smallest first. Most tables have few different rows."""
    groups, left = [], np.arange(len(table))
    while left.size:
        same = (table[left] == table[left[0]]).all(axis=1)
        groups.append(left[same])
        left = left[~same]
    return sorted(groups, key=lambda group: table[group[0]].tolist())


def _reason(tables: Tables, why: int, scope: int, v: int) -> str:
    t = tables
    where = "in reach"
    if scope >= t.unit_ids.size:
        where = f"in {t.spec.clusters[scope - t.unit_ids.size].name or 'its cluster'}"
    elif scope >= t.hosts:
        where = f"in {t.spec.domains[scope - t.hosts].name or 'its zone'}"
    if t.reach[v] >= 0:
        where += f" that {t.spec.reaches[t.reach[v]].does}"
    if why == placement.NOT_APART:
        name = t.spec.placements[t.placement[v]].name or "its placement group"
        return f"no host {where} with room is one that {name} allows"
    return {
        placement.NO_HOST: f"nothing {where} is up that could take it",
        placement.NO_MEMORY: f"no host {where} has the memory free",
        placement.NO_CPU: f"no host {where} has the vCPUs free",
    }[why]
