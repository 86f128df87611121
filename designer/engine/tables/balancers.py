"""The load balancers that divide requests by a rule of their own, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Balancer, Spec

I = NDArray[np.int64]  # noqa: E741


@dataclass(frozen=True)
class Balanced:
    """A `service` (its row) behind a `balancer`, and its member `rows`.

    Where the balancer does not cross zones, these are the `zones` with nodes (units; -1: outside of all zones), and
    the nodes of each; `first` is the row of the first zone among those of all services.
    """

    service: int
    balancer: Balancer
    rows: I
    zones: I
    nodes: tuple[I, ...]
    first: int


def balanced_of(spec: Spec, service: I, home: I, group: I, unit_at: Mapping[int, int], zone: I) -> tuple[Balanced, ...]:
    """The services behind such balancers; `service`, `home` and `group` are those of rows, `zone` those of units."""
    found: list[Balanced] = []
    for s, row in enumerate(spec.services):
        balancer, first = row.balancer, sum(one.zones.size for one in found)
        if balancer is None:
            continue
        rows, zones, nodes = np.flatnonzero(service == s), np.zeros(0, np.int64), ()
        if not balancer.cross_zones:
            units = np.array([unit_at[i] for i in balancer.nodes], np.int64)
            if not units.size:
                groups = [spec.groups[g].places for g in np.unique(group[rows]).tolist() if g >= 0]
                places = np.array([unit_at[i] for here in groups for i in here], np.int64)
                at = np.concatenate([home[rows], places])
                zones = np.unique(zone[at[at >= 0]])
            else:
                zones = np.unique(zone[units])
            nodes = tuple(units[zone[units] == z] for z in zones.tolist())
        found.append(Balanced(s, balancer, rows, zones, nodes, first))
    return tuple(found)
