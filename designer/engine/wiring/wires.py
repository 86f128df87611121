"""Who reaches whom now: the network of a run, worked out anew when a unit that may carry traffic falls or rises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designer.engine.tables.tree import Fed
from designer.engine.wiring.labels import label_units
from designer.engine.wiring.tables import Wiring

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


class Wires:
    """Units with one number in `outer` reach each other on the way that users take; those with one in `inner`, as
    hosts do among themselves: two zones whose private link is cut do not.
    """

    def __init__(self, wiring: Wiring, hosts: int, quorums: Sequence[tuple[int, I, int]] = ()) -> None:
        self.wiring, self._hosts = wiring, hosts
        self._quorums = quorums
        """Databases, where their replicas stand, and how many of these must be reached."""
        units = wiring.leaf.size
        self.outer, self.inner = np.zeros(units + 1, np.int64), np.zeros(units + 1, np.int64)
        self.reached = np.zeros(units, np.bool_)
        self._nothing_apart = np.zeros(units, np.bool_)
        self._anew, self._stale = True, True

    def forget(self, units: I | None = None) -> None:
        """Take into account that units fell or rose (None: any may have). A host carries nobody's traffic."""
        self._stale = True
        self._anew |= units is None or bool((units >= self._hosts).any())

    def look(self, up: B, replica: I) -> B:
        """Which units are up and reached from outside: a database where its `replica` stands (-1: none) is."""
        if self._anew:
            self._label(up)
        if self._stale:
            self.reached = up & (self.outer[:-1] == self.outer[-1])
            placed = np.flatnonzero(replica >= 0)
            self.reached[placed] &= self.reached[replica[placed]]
            for base, places, needed in self._quorums:
                self.reached[base] &= int(self.reached[places].sum()) >= needed
            self._anew = self._stale = False
        return self.reached

    def _label(self, up: B) -> None:
        w = self.wiring
        label_units(up, w.attach, self._nothing_apart, w.own, w.first, w.device, w.leaf, w.order, self.outer)
        apart, attach = self._zones_apart(up)
        if apart.any():
            self.inner = np.zeros(self.outer.size, np.int64)
            label_units(up, attach, apart, w.own, w.first, w.device, w.leaf, w.order, self.inner)
        else:
            self.inner = self.outer

    def _zones_apart(self, up: B) -> tuple[B, I]:
        """Zones that have lost the way over links to the first zone of theirs, and what each hangs on instead."""
        w = self.wiring
        apart, attach = np.zeros(up.size, np.bool_), w.attach.copy()
        if not w.bridges.size or up[w.bridges[:, 0]].all():
            return apart, attach
        whole = _joined(w.bridges[:, 1:])
        now = _joined(w.bridges[up[w.bridges[:, 0]], 1:])
        for zone, first in whole.items():
            with_it = now.get(zone, zone)
            if with_it != now.get(first, first):
                apart[zone], attach[zone] = True, with_it
        return apart, attach

    def stalled(self, up: B, needs: Fed, unit: I) -> B:
        """After a look: which VMs cannot reach what they need, though it is up; `unit` is where each VM stands."""
        w = self.wiring
        found = np.zeros(unit.size, np.bool_)
        vm, group, feed = needs.needs[needs.group[w.bound]], needs.group[w.bound], needs.feed[w.bound]
        here = self.inner[feed] == self.inner[unit[vm]]
        gives = up[feed] & np.where(w.stores[feed], here, ~w.via[feed] | self.reached[feed])
        lacks = np.bincount(group[gives], minlength=needs.needs.size) == 0
        found[vm[lacks[group]]] = True
        found &= unit >= 0
        return found

    def same(self, one: I, other: I) -> B:
        """Whether units reach each other (-1: the outside)."""
        found: B = self.inner[one] == self.inner[other]
        return found

    def cut_at(self, unit: int, up: B) -> list[int]:
        """The devices that are down and for which a unit is not reached; empty where there are none."""
        w = self.wiring
        seen: set[int] = set()
        here = unit
        while 0 <= here < up.size and here not in seen:
            seen.add(here)
            groups = range(w.own[here], w.own[here + 1])
            for g in groups:
                devices = w.device[w.first[g] : w.first[g + 1]]
                if not up[devices].any():
                    return [int(d) for d in devices]
            devices = w.device[w.first[w.own[here]] : w.first[w.own[here + 1]]]
            here = int(next((d for d in devices if up[d]), -1)) if groups else int(w.attach[here])
        return []


def _joined(pairs: I) -> dict[int, int]:
    """The first of the zones that each zone is joined with, itself included."""
    first: dict[int, int] = {}
    for one, other in pairs.tolist():
        a, b = first.setdefault(one, one), first.setdefault(other, other)
        low, high = min(a, b), max(a, b)
        first = {zone: low if at == high else at for zone, at in first.items()}
    return first
