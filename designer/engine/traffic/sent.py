"""What flows send from place to place, and through NAT gateways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.flow.tables import OUTSIDE, FlowTables
from designer.engine.traffic.keyed_sums import F, I, KeyedSums
from designer.engine.traffic.places import INTERNET, Places, places_of

NAT = "nat_gateway"


class Sent:
    """Mbit that flows sent. What a flow sent since it last went another way is kept apart, by flow."""

    def __init__(self, tables: FlowTables) -> None:
        self._vm, self._address = tables.vm, tables.tables.ways.address
        self._places: Places = places_of(tables.tables)
        self._nat = _nats_of(tables)
        self._unit_ids = tables.tables.unit_ids
        self.mbit = np.zeros(len(tables.flows))
        """Mbit that each flow sent since it last went another way; whoever carries flows adds to it."""
        self.pairs, self.through = KeyedSums(2), KeyedSums(1)
        """Mbit by ids of places (from, to), and by the id of a NAT gateway."""

    def leave(self, flows: I, unit: I, end: I) -> None:
        """Count what some flows sent between the units where they began and ended: they go another way now."""
        self._count(flows, unit, end, self.pairs, self.through)
        self.mbit[flows] = 0.0

    def totals(self, unit: I, end: I) -> tuple[KeyedSums, KeyedSums]:
        """All that was sent, by pairs of places and by NAT gateways; `unit` and `end` are those of all flows."""
        pairs, through = self.pairs.copy(), self.through.copy()
        self._count(np.arange(self.mbit.size), unit, end, pairs, through)
        return pairs, through

    def _count(self, flows: I, unit: I, end: I, pairs: KeyedSums, through: KeyedSums) -> None:
        some = self.mbit[flows] > 0.0
        flows, unit, end = flows[some], unit[some], end[some]
        if not flows.size:
            return
        mbit, one, other = self.mbit[flows], self._places.of[unit], self._places.of[end]
        address = self._address[self._vm[flows]]
        nat = np.where(end == OUTSIDE, self._nat[np.where(address >= 0, address, unit)], -1)
        translated = nat >= 0
        first = np.where(translated, self._places.of[nat], other)
        self._add(pairs, one, first, mbit)
        self._add(pairs, first[translated], np.full(int(translated.sum()), INTERNET), mbit[translated])
        through.add(self._unit_ids[nat[translated]].reshape(-1, 1), mbit[translated])

    def _add(self, pairs: KeyedSums, one: I, other: I, mbit: F) -> None:
        far = self._places.far(one, other)
        ids = self._places.ids
        pairs.add(np.stack([ids[one[far]], ids[other[far]]], axis=1), mbit[far])

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        kept = self.pairs.columns("sent_pairs") | self.through.columns("sent_through")
        return {"sent_mbit": self.mbit.copy(), **kept}

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self.mbit[:] = saved["sent_mbit"]
        self.pairs.put(saved, "sent_pairs")
        self.through.put(saved, "sent_through")


def _nats_of(tables: FlowTables) -> I:
    """The NAT gateway (a unit) through which each unit's traffic goes out; -1: through none."""
    t = tables.tables
    found = np.full(t.unit_ids.size, -1, np.int64)
    outward = [(n, domain.outward) for n, domain in enumerate(t.spec.domains) if domain.outward]
    at = dict(zip(t.unit_ids.tolist(), range(found.size), strict=True)) if outward else {}
    for n, groups in outward:
        ways = [at[i] for group in groups for i in group]
        nats = [unit for unit in ways if t.spec.domains[unit - t.hosts].kind == NAT]
        if nats:
            found[t.hosts + n] = nats[0]
    return found
