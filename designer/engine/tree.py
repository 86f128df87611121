"""The units of a run as a tree: hosts, then domains; what stands in what; and the ids of launched instances."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec


def units_of(spec: Spec) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Element id of each unit, and the unit it stands in (-1: none)."""
    rows = [*((h.id, h.parent) for h in spec.hosts), *((d.id, d.parent) for d in spec.domains)]
    at = {unit_id: n for n, (unit_id, _) in enumerate(rows)}
    ids = np.array([unit_id for unit_id, _ in rows], np.int64)
    return ids, np.array([at.get(parent, -1) for _, parent in rows], np.int64)


class Level(NamedTuple):
    """The units of one depth, sorted by what they stand in: `parents[n]` holds `units[starts[n]:starts[n + 1]]`."""

    units: NDArray[np.int64]
    starts: NDArray[np.int64]
    parents: NDArray[np.int64]


def levels(parent: NDArray[np.int64]) -> list[Level]:
    """The levels of a tree, the deepest first; units that stand in nothing are in none."""
    depth = np.zeros(parent.size, np.int64)
    above = parent.copy()
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, parent[above], -1)
    made = []
    for deep in range(int(depth.max(initial=0)), 0, -1):
        units = np.flatnonzero(depth == deep)
        units = units[np.argsort(parent[units], kind="stable")]
        parents, starts = np.unique(parent[units], return_index=True)
        made.append(Level(units, starts, parents))
    return made


def add_up(values: NDArray[np.float64], levels: list[Level]) -> None:
    """Add each unit's values (last axis: units) to all it stands in, in place."""
    for level in levels:
        values[..., level.parents] += np.add.reduceat(values[..., level.units], level.starts, axis=-1)


def slot_id(group_id: int, slot: int) -> int:
    """The id of an instance that a group launches: the same in every run, in no design."""
    digest = hashlib.blake2b(f"{group_id}/{slot}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1
