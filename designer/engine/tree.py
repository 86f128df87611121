"""The units of a run as a tree: hosts, then domains; what stands in what; and the ids of launched instances."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Domain, Host, Spec


def units_of(spec: Spec) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Element id of each unit, and the unit it stands in (-1: none)."""
    rows = [*((h.id, h.parent) for h in spec.hosts), *((d.id, d.parent) for d in spec.domains)]
    at = {unit_id: n for n, (unit_id, _) in enumerate(rows)}
    ids = np.array([unit_id for unit_id, _ in rows], np.int64)
    return ids, np.array([at.get(parent, -1) for _, parent in rows], np.int64)


class Fed(NamedTuple):
    """Who needs which feeds: edge e says that feed `feed[e]` is of group `group[e]`; unit `needs[g]` needs group g.

    `holds[u]`: unit u gives for some time after it went down (units).
    """

    needs: NDArray[np.int64]
    group: NDArray[np.int64]
    feed: NDArray[np.int64]
    holds: NDArray[np.bool_]


def fed_of(spec: Spec) -> Fed:
    """The feeds of a spec by units (hosts, then domains)."""
    rows: list[Host | Domain] = [*spec.hosts, *spec.domains]
    at = {row.id: n for n, row in enumerate(rows)}
    needs: list[int] = []
    group: list[int] = []
    feed: list[int] = []
    for unit, row in enumerate(rows):
        for one in row.feeds:
            group += [len(needs)] * len(one)
            feed += [at[i] for i in one]
            needs.append(unit)
    holds = [False] * len(spec.hosts) + [d.gaps_s != (0.0,) for d in spec.domains]
    needed, groups, feeds = (np.array(ids, np.int64) for ids in (needs, group, feed))
    return Fed(needed, groups, feeds, np.array(holds, np.bool_))


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
