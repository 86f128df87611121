"""Affinity rules as arrays: the rules of each VM, and the host, rack and zone of each unit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.engine.spec.affinity import LEVELS
from designer.engine.tables.tree import slot_id

I = NDArray[np.int64]  # noqa: E741


class AffinityTable(NamedTuple):
    """The rules `of[first[v]:first[v + 1]]` of each row v. A row a rule: its `level`, whether it keeps VMs `apart` (or
    together), whether it is `strict`. `place` (levels x units) is the host, rack and zone of each unit (-1: not known).
    """

    first: I
    of: I
    level: I
    apart: NDArray[np.bool_]
    strict: NDArray[np.bool_]
    place: I


def affinity_of(spec: Spec, vm_ids: I, hosts: int, rack: I, zone: I) -> AffinityTable:
    """The rules of a spec; instances of a group have those of its template."""
    rows: list[I] = []
    for rule in spec.affinities:
        named = set(rule.vms)
        for group in spec.groups:
            if group.template is not None and group.template.id in named:
                named |= {slot_id(group.id, slot) for slot in range(group.most)}
        rows.append(np.flatnonzero(np.isin(vm_ids, np.array(sorted(named), np.int64))))
    every = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    of = np.repeat(np.arange(len(rows)), [row.size for row in rows])
    order = np.argsort(every, kind="stable")
    units = np.arange(rack.size)
    host = np.where(units < hosts, units, -1)
    return AffinityTable(
        first=np.searchsorted(every[order], np.arange(vm_ids.size + 1)),
        of=of[order],
        level=np.array([LEVELS.index(rule.level) for rule in spec.affinities], np.int64),
        apart=np.array([rule.wants == "apart" for rule in spec.affinities], np.bool_),
        strict=np.array([rule.strict for rule in spec.affinities], np.bool_),
        place=np.stack([host, np.where(units < hosts, rack, -1), zone]),
    )
