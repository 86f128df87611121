"""What was sent from place to place in a run: traffic of VMs, requests to services, their answers and what they read.

A place is a zone by its id; a region for what stands in it and in no zone; `INTERNET`; `PREMISES`: outside of regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Route
from designer.engine.traffic.keyed_sums import KeyedSums

INTERNET, PREMISES = 0, -1
"""Ids of places that are no elements."""
NEAR = ("rack", "data_center")
"""Kinds of places within a zone, or outside of regions, over whose uplinks messages go."""
GB_A_MBIT, GB_A_KIB = 1.0 / 8000.0, 1024.0 / 1e9
_PARTS = (("sent_pairs", 2), ("sent_through", 1), ("requests", 4), ("hops", 4), ("delayed", 5))


@dataclass(frozen=True)
class Carried:
    """Mbit of VMs by places (from, to) and by NAT gateway; requests by service, what is read (0: the request itself,
    from the node of a balancer), and places (from, to); `hops` are the same with racks and data centers as places, told
    where their uplinks take time; `delayed` by the same (the finer ones, where both are told) and an uplink or link
    over which round trips took longer: requests times ms.
    """

    pairs: KeyedSums = field(default_factory=lambda: KeyedSums(2))
    through: KeyedSums = field(default_factory=lambda: KeyedSums(1))
    requests: KeyedSums = field(default_factory=lambda: KeyedSums(4))
    hops: KeyedSums = field(default_factory=lambda: KeyedSums(4))
    delayed: KeyedSums = field(default_factory=lambda: KeyedSums(5))

    def columns(self) -> dict[str, NDArray[Any]]:
        """What `carried_of` reads."""
        sums = self.pairs, self.through, self.requests, self.hops, self.delayed
        parts = zip(_PARTS, sums, strict=True)
        return {key: column for (name, _), part in parts for key, column in part.columns(name).items()}


def carried_of(columns: Mapping[str, NDArray[Any]]) -> Carried | None:
    """What `columns` returned; None where it does not fit."""
    made = [KeyedSums(width) for _, width in _PARTS]
    fits = [part.put(columns, name) for part, (name, _) in zip(made, _PARTS, strict=True)]
    return Carried(*made) if all(fits) else None


def sent_gb(carried: Carried, routes: Sequence[Route]) -> KeyedSums:
    """GB (10^9 bytes) by service (0: traffic of VMs) and ids of places (from, to)."""
    found = KeyedSums(3)
    keys = carried.pairs.keys
    found.add(np.column_stack([np.zeros(len(keys), np.int64), keys]), carried.pairs.amounts * GB_A_MBIT)
    by_service = {route.service: route for route in routes}
    for (service, k, start, end), count in zip(carried.requests.keys.tolist(), carried.requests.amounts.tolist()):
        for one, other, kib in _ways(by_service[service], k, start, end):
            found.add(np.array([[service, one, other]], np.int64), np.array([count * kib * GB_A_KIB]))
    return found


def _ways(route: Route, k: int, start: int, end: int) -> list[tuple[int, int, float]]:
    """What one request sends: from where, to where, KiB."""
    if k > 0:
        return [(start, end, route.read_kib)] if start != end else []
    ways = []
    if route.open:
        ways += [(INTERNET, start, route.request_kib), (start, INTERNET, route.answer_kib)]
    if start != end:
        ways += [(start, end, route.request_kib), (end, start, route.answer_kib)]
    return ways


def through_gb(carried: Carried) -> dict[int, float]:
    """GB that went out through each NAT gateway."""
    gb = carried.through.amounts * GB_A_MBIT
    return dict(zip(carried.through.keys.reshape(-1).tolist(), gb.tolist()))
