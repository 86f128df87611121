"""Places between which traffic is counted: zones, regions for what stands in no zone, own premises, the internet; for
latency racks and data centers, too."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.carried import NEAR
from designer.engine.spec import Spec
from designer.engine.tables.places import nearest
from designer.engine.tables.tabulate import Tables

I = NDArray[np.int64]  # noqa: E741
INTERNET, PREMISES = 0, 1
"""The first two places: outside of the design, and what stands in no region."""


class Places(NamedTuple):
    """Each place: its element id (`INTERNET`: 0, `PREMISES`: -1) and its region's; the place `of` each unit, the
    internet at the end (-1).
    """

    ids: I
    regions: I
    of: I

    def far(self, one: I, other: I) -> NDArray[np.bool_]:
        """Whether what goes from places to others is counted: to another zone or region, in or out."""
        found: NDArray[np.bool_] = (one != other) & (
            (self.regions[one] != self.regions[other]) | self.zones(one, other)
        )
        return found

    def zones(self, one: I, other: I) -> NDArray[np.bool_]:
        """Whether both places are zones: what stands in a region and in no zone of it is as near to each."""
        found: NDArray[np.bool_] = (self.ids[one] != self.regions[one]) & (self.ids[other] != self.regions[other])
        return found


def has_uplinks(spec: Spec) -> bool:
    """Whether a round trip is told over the uplink of a rack or data center."""
    near = {domain.id: domain.parent for domain in spec.domains if domain.kind in NEAR}
    return any(near.get(row.one, -1) == row.other for row in spec.latencies)


def places_of(tables: Tables, near: bool = False) -> Places:
    """The places of a run; with those that are `near`, racks and data centers, where something stands in them."""
    region = nearest(tables.spec, tables.parent, ("region",))
    unit = nearest(tables.spec, tables.parent, (*NEAR, "zone", "region") if near else ("zone", "region"))
    units = np.unique(unit[unit >= 0])
    ids = np.concatenate([[0, -1], tables.unit_ids[units]]).astype(np.int64)
    above = np.where(region[units] >= 0, tables.unit_ids[region[units]], -1)
    of = np.where(unit >= 0, np.searchsorted(units, unit) + 2, PREMISES)
    return Places(ids, np.concatenate([[0, -1], above]).astype(np.int64), np.append(of, INTERNET).astype(np.int64))
