"""Which services serve nothing because no way leads to them or something they depend on is down, and why."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules.egress import are_down
from designer.engine.state.state import State

B = NDArray[np.bool_]


def silenced(state: State, works: B, members: NDArray[np.int64]) -> B:
    """Which services serve nothing; `works` says which rows work, `members` counts those of each service that do."""
    t = state.tables
    out = np.zeros(t.work.size, np.bool_)
    out[t.through.missing(state.reached)] = True
    for need in t.depends:
        dead = out[need.services] | (members[need.services] == 0)
        out[need.service] |= bool(dead.any()) or not works[need.vms].all()
    return out


def why_silenced(state: State, works: B, members: NDArray[np.int64], service: int) -> str:
    """What a silenced service lacks, in words; empty when it lacks nothing."""
    t, row = state.tables, state.tables.spec.services[service]
    out = silenced(state, works, members)
    if not out[service]:
        return ""
    named = {domain.id: domain.name for domain in t.spec.domains}
    up = dict(zip(t.unit_ids.tolist(), state.reached.tolist()))
    for group in row.through:
        if not any(up[way] for way in group):
            short = without_quorum(state, group[0]) if len(group) == 1 else ""
            return f"{named[group[0]]} {short}" if short else are_down([named[way] or str(way) for way in group])
    for need in (need for need in t.depends if need.service == service):
        missed = [t.vms[v].name for v in need.vms if not works[v]]
        for s in need.services:
            if out[s] or members[s] == 0:
                return f"{t.spec.services[s].name} serves nothing"
        if missed:
            return are_down(missed[:1])
    return ""


def without_quorum(state: State, element_id: int) -> str:
    """That a database takes no writes, in words; empty where it has its quorum, or is none."""
    t, unit = state.tables, state.tables.unit_of(element_id)
    if unit is None or unit not in t.quorums:
        return ""
    there = int(state.reached[t.replicas[unit]].sum())
    return f"takes no writes: {there} of {t.quorums[unit]} replicas" if there < t.quorums[unit] else ""
