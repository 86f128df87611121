"""How long users wait for answers: the way to the service, the hops behind its entry, and its response time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import chain

from designer.engine.result.carried import INTERNET, NEAR, PREMISES, Carried
from designer.engine.spec import Route, Spec
from designer.words import mark

Value = tuple[float, str]
Latencies = tuple[int, int, dict[str, Value]]
"""The id of a service, that of a user population, and the figures of both together."""
WAY, HOPS = mark("Way to the service and back"), mark("Hops")
MEAN, P99 = mark("Latency, mean"), mark("Latency, 99%")


class LatencyTable:
    """Latencies of a run, means over all requests served. A hop is a round trip: from the node of a balancer to the
    member, then one to each database, bucket and function that is read, one after the other.
    """

    def __init__(self, carried: Carried, spec: Spec) -> None:
        self._ms = {frozenset((row.one, row.other)): row.ms for row in spec.latencies}
        self._of = {frozenset((row.one, row.other)): row.of for row in spec.latencies}
        self._domains = {domain.id: domain for domain in spec.domains}
        self._routes = [route for route in spec.routes if route.users]
        requests = carried.hops if carried.hops.keys.size else carried.requests
        counts = zip(requests.keys.tolist(), requests.amounts.tolist())
        self._counts: dict[tuple[int, int], list[tuple[int, int, float]]] = {}
        for (service, k, start, end), count in counts:
            self._counts.setdefault((service, k), []).append((start, end, count))
        self._delayed: dict[tuple[int, int], list[tuple[int, int, int, float]]] = {}
        later = zip(carried.delayed.keys.tolist(), carried.delayed.amounts.tolist())
        for (service, k, start, end, by), count_ms in later:
            self._delayed.setdefault((service, k), []).append((start, end, by, count_ms))

    def rows(self, responses: Mapping[int, tuple[float, float]]) -> list[Latencies]:
        """Of each service and user population that has a known way: its id, that of the users, and the figures.
        `responses` are the mean response time of each service and its 99%, seconds.
        """
        made = []
        for route in self._routes:
            hops_s = self._hops_s(route)
            for users in route.users:
                way_s = self._mean_s(route.service, 0, users)
                if math.isnan(way_s + hops_s):
                    continue
                values: dict[str, Value] = {WAY: (way_s, "s"), HOPS: (hops_s, "s")}
                if route.service in responses:
                    mean_s, p99_s = responses[route.service]
                    values |= {MEAN: (way_s + hops_s + mean_s, "s"), P99: (way_s + hops_s + p99_s, "s")}
                made.append((route.service, users, values))
        return made

    def _hops_s(self, route: Route) -> float:
        to_member = self._mean_s(route.service, 0) if route.entries else 0.0
        reads = (self._mean_s(route.service, k + 1) for k in range(len(route.reads)))
        return to_member + sum(reads)

    def _mean_s(self, service: int, k: int, users: int | None = None) -> float:
        """The mean over requests of the hop between two places, or of the way of users to the first of them; NaN where
        none was served, or what a way takes is not known. What was delayed meanwhile comes on top.
        """
        rows = self._counts.get((service, k), [])
        whole = sum(count for _, _, count in rows)
        if not whole:
            return math.nan
        ways = (((start, end) if users is None else (users, start), count) for start, end, count in rows)
        usual = sum(self.between_ms(*way) * count for way, count in ways)
        later = 0.0
        for start, end, by, count_ms in self._delayed.get((service, k), ()):
            if by in self._on_way(*((start, end) if users is None else (users, start))):
                later += count_ms
        return (usual + later) / whole / 1000.0

    def between_ms(self, one: int, other: int) -> float:
        """The round trip between two places, or users and a place, the uplinks on the way included; NaN where it is
        not known.
        """
        pair, uplinks = self._way(one, other)
        return (self._ms[pair] if pair is not None else math.nan) + sum(ms for _, ms in uplinks)

    def _on_way(self, one: int, other: int) -> set[int]:
        """The links and uplinks on the way between two places, or users and a place, that can be delayed."""
        pair, uplinks = self._way(one, other)
        return {place for place, _ in uplinks} | ({self._of[pair]} if pair is not None else set())

    def _way(self, one: int, other: int) -> tuple[frozenset[int] | None, list[tuple[int, float]]]:
        """The pair of places whose round trip holds between two others, and the uplinks on the way, each with its
        own."""
        (up, here), (down, there) = self._uplinks(one), self._uplinks(other)
        pairs = (here, there), (here, self._region(there)), (self._region(here), self._region(there))
        pair = next((pair for pair in map(frozenset, pairs) if pair in self._ms), None)
        return pair, [row for row in [*up, *down] if (row in up) != (row in down)]

    def _uplinks(self, place: int) -> tuple[list[tuple[int, float]], int]:
        """The racks and data centers from a place out, with the round trip over each uplink; what they stand in."""
        found = []
        while place in self._domains and self._domains[place].kind in NEAR:
            parent = self._domains[place].parent
            found.append((place, self._ms.get(frozenset((place, parent)), 0.0)))
            place = parent
        return found, place

    def _region(self, place: int) -> int:
        while place in self._domains and self._domains[place].kind != "region":
            place = self._domains[place].parent
        return place if place not in (INTERNET, PREMISES) else PREMISES


def users_of(spec: Spec) -> dict[int, str]:
    """The names of user populations by id."""
    groups = [*(service.users for service in spec.services), *(name.users for name in spec.dns_names)]
    return {users.id: users.name for users in chain.from_iterable(groups)}
