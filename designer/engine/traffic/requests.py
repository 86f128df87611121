"""Between which places requests go: from the nodes of balancers to members, and from what members read to them.

What a member served follows from the MHz s that it got. That is counted for the place where it stood, whenever it goes
to another, or its service gets requests or reads from another place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress
from designer.engine.traffic.keyed_sums import F, I, KeyedSums
from designer.engine.traffic.places import Places, has_uplinks, places_of

UNKNOWN = -1
"""The place of a member that has not run yet."""
DELAYED = "delayed"
"""After the name of requests: those whose round trips take longer, times by how many ms."""
Ways = tuple[tuple[int, ...], tuple[int, ...]]
"""The places of the nodes that are up, and of what is read."""


class Requests:
    """The requests of the services that have a route, by service, what is read (0: the request itself, then the n-th
    of its `reads`), and ids of places (from, to). By the name of `hops` places are racks and data centers, too.
    """

    def __init__(self, progress: Progress, name: str = "requests") -> None:
        t = progress.tables
        self._progress, self._state, self._name = progress, progress.state, name
        self._places: Places = places_of(t, near=name == "hops")
        self._routes = list(t.spec.routes)
        service_at = {service.id: n for n, service in enumerate(t.spec.services)}
        of = np.array([service_at[route.service] for route in self._routes], np.int64)
        self._of_service = np.full(len(t.spec.services), -1, np.int64)
        self._of_service[of] = np.arange(of.size)
        route = np.where(t.service >= 0, self._of_service[t.service], -1)
        self.rows = np.flatnonzero(route >= 0)
        """The members."""
        self._route, self._work = route[self.rows], t.work[t.service[self.rows]]
        self._vm = t.inside[self.rows]
        self._apps = np.arange(t.first_app, len(t.vms))
        unit = self._state.unit[self._vm]
        self.place, self.base = np.where(unit >= 0, self._places.of[unit], UNKNOWN), np.zeros(self.rows.size)
        balancers = [t.spec.services[n].balancer for n in of.tolist()]
        entries = [
            route.entries if balancer is None or balancer.cross_zones else ()
            for route, balancer in zip(self._routes, balancers, strict=True)
        ]
        self._nodes = [self._units(i for pair in pairs for i in pair).reshape(-1, 2) for pairs in entries]
        self._sources = [self._units(route.reads) for route in self._routes]
        self._ways: list[Ways] = [self._ways_of(n) for n in range(len(self._routes))]
        self.counts, self.delayed = KeyedSums(4), KeyedSums(5)
        self._delays: list[tuple[int, float]] = []
        self._delay_turn = 0

    def _units(self, ids: Any) -> I:
        """The unit of each domain, or where each VM is by design."""
        t = self._progress.tables
        at = {int(i): int(home) for i, home in zip(t.vm_ids, t.home)} if self._routes else {}
        at |= {int(i): n for n, i in enumerate(t.unit_ids)}
        return np.array([at[i] for i in ids], np.int64)

    # -- an instant

    def follow_delays(self, time_s: float) -> None:
        """Count with the round trips as they were until now, where an instant made them take another time."""
        if int(self._state.delay_turn[0]) != self._delay_turn:
            self._progress.work(self._vm, time_s)
            self._take(np.arange(self.rows.size))
            self._look_at_delays()

    def _look_at_delays(self) -> None:
        """Keep the ids of what is delayed, and by how many ms."""
        ids, ms = self._progress.tables.unit_ids, self._state.delay_ms
        self._delays = [(int(ids[unit]), float(ms[unit])) for unit in np.flatnonzero(ms).tolist()]
        self._delay_turn = int(self._state.delay_turn[0])

    def settle(self, time_s: float, vms: I, units: I) -> None:
        """Follow what an instant changed, after the figures of what it touched are advanced."""
        if units.size:
            self._follow_ways(time_s)
        if vms.size:
            touched = np.zeros(self._state.unit.size, np.bool_)
            touched[vms] = True
            rows = np.flatnonzero(touched[self._vm])
            unit = self._state.unit[self._vm[rows]]
            place = np.where(unit >= 0, self._places.of[unit], self.place[rows])
            moved = rows[place != self.place[rows]]
            self._take(moved)
            self.place[rows] = place

    def _follow_ways(self, time_s: float) -> None:
        for n in range(len(self._routes)):
            ways = self._ways_of(n)
            if ways != self._ways[n]:
                rows = np.flatnonzero(self._route == n)
                self._progress.work(self._vm[rows], time_s)
                self._take(rows)
                self._ways[n] = ways

    def _ways_of(self, n: int) -> Ways:
        state, of = self._state, self._places.of
        nodes = self._nodes[n]
        up = nodes[state.reached[nodes].all(axis=1), 1] if nodes.size else np.zeros(0, np.int64)
        source = self._sources[n]
        replica = state.replica[source]
        source = np.where(replica >= 0, replica, source)
        return tuple(sorted(set(of[up].tolist()))), tuple(of[source].tolist())

    # -- counting

    def _own(self) -> F:
        """MHz s that each member got for itself so far."""
        t, got = self._progress.tables, self._progress.sums.vms["allocated"]
        own = got[self.rows].copy()
        if self._apps.size:  # a VM got what its applications got, too
            inner = np.bincount(t.inside[self._apps], weights=got[self._apps], minlength=len(t.vms))
            own -= inner[self.rows]
        return own

    def _take(self, rows: I) -> None:
        """Count what some members served since the last time, where they stood."""
        if rows.size:
            own = self._own()
            self._count(rows, own, self.counts, self.delayed)
            self.base[rows] = own[rows]

    def _count(self, rows: I, own: F, counts: KeyedSums, delayed: KeyedSums) -> None:
        served = (own[rows] - self.base[rows]) / self._work[rows]
        of = self._route[rows]
        for n in np.unique(of).tolist():
            some = (of == n) & (self.place[rows] != UNKNOWN)
            places, requests = self.place[rows[some]], served[some]
            nodes, sources = self._ways[n]
            of_node = _by_place(places, requests / max(len(nodes), 1))
            for node in nodes or (None,):
                self._add(n, 0, node, of_node, counts, delayed)
            for k, source in enumerate(sources, 1):
                self._add(n, k, source, _by_place(places, requests), counts, delayed)

    def _add(self, n: int, k: int, start: int | None, requests: F, counts: KeyedSums, delayed: KeyedSums) -> None:
        """Add requests by place, which come from a place, or from where they are served."""
        ids, service = self._places.ids, self._routes[n].service
        for place in np.flatnonzero(requests > 0.0).tolist():
            begin = place if start is None else start
            key = service, k, int(ids[begin]), int(ids[place])
            counts.add_one(key, float(requests[place]))
            for element, ms in self._delays:
                delayed.add_one((*key, element), float(requests[place]) * ms)

    def totals(self) -> tuple[KeyedSums, KeyedSums]:
        """All requests so far, as far as the figures are; and while something was delayed, by what (the last part of
        the key): requests times ms.
        """
        counts, delayed = self.counts.copy(), self.delayed.copy()
        self._count(np.arange(self.rows.size), self._own(), counts, delayed)
        return counts, delayed

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        kept = {f"{self._name}_place": self.place.copy(), f"{self._name}_base": self.base.copy()}
        return kept | self.counts.columns(self._name) | self.delayed.columns(self._name + DELAYED)

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned; the state is that of its time."""
        self.place[:], self.base[:] = saved[f"{self._name}_place"], saved[f"{self._name}_base"]
        self.counts.put(saved, self._name)
        self.delayed.put(saved, self._name + DELAYED)
        self._look_at_delays()
        self._ways = [self._ways_of(n) for n in range(len(self._routes))]


def counted(progress: Progress) -> dict[str, Requests]:
    """What a run counts of its requests, by name: none without a route, and finely where uplinks take time."""
    spec = progress.tables.spec
    names = ("requests", "hops") if has_uplinks(spec) else ("requests",)
    return {name: Requests(progress, name) for name in names} if spec.routes else {}


def _by_place(places: I, requests: F) -> F:
    """The sum of requests by place."""
    found: F = np.bincount(places, requests).astype(np.float64, copy=False)
    return found
