"""Placement groups in a run: which racks their members have taken, and whether one more may be launched somewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules.placement import Apart
from designer.engine.state.world import ABSENT, OFF, REFUSED, World
from designer.engine.tables.tabulate import Tables


def _standing(tables: Tables, world: World) -> NDArray[np.bool_]:
    """Members of placement groups that stand somewhere, or will come back there."""
    return (tables.placement >= 0) & (world.unit >= 0) & ~np.isin(world.status, (ABSENT, OFF, REFUSED))


def apart_of(tables: Tables, world: World, rows: NDArray[np.int64], origin: NDArray[np.int64]) -> Apart:
    """What placement groups allow to VMs that are to be placed; `origin` are the units from which they come."""
    t = tables
    taken = np.full((len(t.spec.placements), t.unit_ids.size), -1, np.int64)
    members = np.flatnonzero(_standing(t, world))
    taken[t.placement[members], t.rack[world.unit[members]]] = t.side[members]
    group = t.placement[rows]
    bound = t.together[group] & (group >= 0) if t.together.size else np.zeros(rows.size, np.bool_)
    return Apart(group, t.side[rows], np.where(bound, t.zone[origin], -1), t.rack, t.zone, taken)


def takes(tables: Tables, world: World, vm: int, unit: int) -> bool:
    """Whether the placement group of a VM lets it be launched on a unit, for all who are in its zone."""
    group = tables.placement[vm]
    if group < 0:
        return True
    row = tables.spec.placements[group]
    members = np.flatnonzero(_standing(tables, world) & (tables.placement == group))
    here = tables.zone[world.unit[members]] == tables.zone[unit]
    if row.strategy == "cluster":
        return bool(here.all())
    return row.strategy != "spread" or bool(here.sum() < row.most)
