"""Migrations as flows: each has a place behind the flows of VMs, and shares limits with them."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from designer.engine.share.arrays import F, I

_FREE = _NOWHERE = -1
_FEWEST = 8
"""Places that are made at once, at least."""


class MovingFlows(Protocol):
    """The migrations of a run; `turn` rises when some begin or end."""

    turn: int

    def asked(self) -> tuple[list[int], list[tuple[int, ...]], list[float]]:
        """The VMs that are moved, rising; the limits each copy goes through, and the Mbit/s that it asks for."""

    def let(self, time_s: float, mbps: F) -> None:
        """Set how many Mbit/s each copy sends from now on (inf: all that it asks for)."""


class MovingPlaces:
    """The places of migrations that go through limits: the VM `of` each (-1: it is free), its way, and the Mbit/s that
    it asks for. A migration keeps its place until it ends; one that begins takes the first that is free.
    """

    def __init__(self, moving: MovingFlows) -> None:
        self._moving, self._turn = moving, moving.turn
        self.of, self.asks = np.zeros(0, np.int64), np.zeros(0)
        self.ways: list[tuple[int, ...]] = []
        self._at = self.of
        """The place of each migration, by VM; -1 where no limit bounds it."""

    @property
    def turned(self) -> bool:
        """Whether some began or ended since the last look."""
        return self._turn != self._moving.turn

    def look(self) -> I:
        """Follow which migrations are under way; the places that are taken, freed, or ask for another amount."""
        self._turn, changed = self._moving.turn, []
        vms, ways, asks = self._moving.asked()
        wanted = {v: (way, mbps) for v, way, mbps in zip(vms, ways, asks) if way}
        at = {v: n for n, v in enumerate(self.of.tolist()) if v != _FREE}
        for v in at.keys() - wanted.keys():
            self._put(at[v], _FREE, (), 0.0)
            changed.append(at[v])
        for v, (way, mbps) in wanted.items():
            n = at[v] if v in at else self._first_free()
            if self.of[n] != v or self.ways[n] != way or self.asks[n] != mbps:
                self._put(n, v, way, mbps)
                changed.append(n)
        self._find(vms)
        return np.unique(np.array(changed, np.int64))

    def _find(self, vms: list[int]) -> None:
        at = {v: n for n, v in enumerate(self.of.tolist())}
        self._at = np.array([at.get(v, _NOWHERE) for v in vms], np.int64)

    def _put(self, n: int, v: int, way: tuple[int, ...], mbps: float) -> None:
        self.of[n], self.ways[n], self.asks[n] = v, way, mbps

    def _first_free(self) -> int:
        free = np.flatnonzero(self.of == _FREE)
        if free.size:
            return int(free[0])
        count, more = self.of.size, max(self.of.size, _FEWEST)
        self.of, self.asks = np.append(self.of, np.full(more, _FREE)), np.append(self.asks, np.zeros(more))
        self.ways += [()] * more
        return count

    def let(self, time_s: float, mbps: F) -> None:
        """Set how many Mbit/s the migration of each place sends from now on."""
        got = np.append(np.where(mbps < self.asks, mbps, np.inf), np.inf)  # the last one: no limit
        self._moving.let(time_s, got[self._at])

    def restore(self, of: I) -> None:
        """Continue with the same places."""
        self._turn, self.of, self.asks = self._moving.turn, of.copy(), np.zeros(of.size)
        self.ways = [()] * of.size
        vms, ways, asks = self._moving.asked()
        self._find(vms)
        for n, v, way, mbps in zip(self._at.tolist(), vms, ways, asks):
            if way:
                self._put(n, v, way, mbps)
