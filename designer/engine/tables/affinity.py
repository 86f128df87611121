"""Affinity rules and what the provider has, as arrays: the rules of each VM, and the host, rack and zone of each unit.

What the provider has of an instance type in a zone is a strict rule that keeps all VMs beyond a number out of the zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.engine.spec.affinity import LEVELS
from designer.engine.tables.tree import slot_id

I = NDArray[np.int64]  # noqa: E741


class AffinityTable(NamedTuple):
    """The rules `of[first[v]:first[v + 1]]` of each row v. A row a rule: its `level`, whether it keeps VMs `apart` (or
    together), whether it is `strict`, and the `most` VMs that it allows in a place where it keeps them apart. `place`
    (levels x units) is the host, rack and zone of each unit (-1: not known), then, for each stock of the provider, its
    zone, of the units on the provider's capacity there. The rules from `stocks` on are these.
    """

    first: I
    of: I
    level: I
    apart: NDArray[np.bool_]
    strict: NDArray[np.bool_]
    most: NDArray[np.float64]
    place: I
    stocks: int


def affinity_of(spec: Spec, vm_ids: I, unit_at: Mapping[int, int], hosts: int, rack: I, zone: I) -> AffinityTable:
    """The rules of a spec; instances of a group have those of its template."""
    rows: list[I] = []
    for members in (*(rule.vms for rule in spec.affinities), *(stock.vms for stock in spec.stocks)):
        named = set(members)
        for group in spec.groups:
            if group.template is not None and group.template.id in named:
                named |= {slot_id(group.id, slot) for slot in range(group.most)}
        rows.append(np.flatnonzero(np.isin(vm_ids, np.array(sorted(named), np.int64))))
    first, of = _by_vm(rows, vm_ids.size)
    units = np.arange(rack.size)
    host = np.where(units < hosts, units, -1)
    many, stocked = len(spec.affinities), len(spec.stocks)
    provided = [np.where((units >= hosts) & (zone == unit_at[stock.zone]), zone, -1) for stock in spec.stocks]
    return AffinityTable(
        first=first,
        of=of,
        level=np.array(
            [*(LEVELS.index(rule.level) for rule in spec.affinities), *range(len(LEVELS), len(LEVELS) + stocked)],
            np.int64,
        ),
        apart=np.array([*(rule.wants == "apart" for rule in spec.affinities), *[True] * stocked], np.bool_),
        strict=np.array([*(rule.strict for rule in spec.affinities), *[True] * stocked], np.bool_),
        most=np.array([*[1.0] * many, *(float(stock.most) for stock in spec.stocks)]),
        place=np.stack([host, np.where(units < hosts, rack, -1), zone, *provided]),
        stocks=many,
    )


def _by_vm(rules: list[I], vms: int) -> tuple[I, I]:
    """The rules of each VM, from the VMs (rows) of each rule: where those of each begin, and which they are."""
    if not rules:
        return np.zeros(vms + 1, np.int64), np.zeros(0, np.int64)
    every, of = np.concatenate(rules), np.repeat(np.arange(len(rules)), [row.size for row in rules])
    order = np.argsort(every, kind="stable")
    return np.searchsorted(every[order], np.arange(vms + 1)), of[order]
