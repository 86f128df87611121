"""Headroom: how many more VMs of a profile fit and still come back when any one host fails, and when growth ends it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from designer.engine.spec import Host, Spec, Vm
from designer.engine.spec.capacity import asked_mib, room_mib, vcpu_limit
from designer.engine.spec.packed import Joined, values_of
from designer.engine.trial import Trials, covers
from designer.study.each.answer import Headroom
from designer.study.each.failing import left_behind
from designer.study.each.search import AT_S, REPAIR_S

MOST = 4096
"""Most VMs that are added."""
Tell = Callable[[float], object]


def headroom(
    spec: Spec,
    profile: Vm,
    growth_frac: float = 0.0,
    hosts: Collection[int] = (),
    on_progress: Tell | None = None,
) -> Headroom:
    """How many more VMs of a profile some hosts (by default all) take so that N+1 holds. They are placed one after the
    other where the fewest vCPUs a core are given away. `growth_frac`: by how much the number of VMs grows in a month.
    Raises SpecError.
    """
    among = [host for host in spec.hosts if not hosts or host.id in hosts]
    most = min(sum(_most_on(host, profile) for host in among), MOST)
    spare = _spares(spec, profile, most, among[0].id if among else 0)
    trials = Trials(replace(spec.with_events(()), vms=Joined(spec.vms, spare), until_s=AT_S + REPAIR_S), AT_S)
    rows, before = np.arange(len(spec.vms), len(spec.vms) + most), trials.runs
    trials.set_aside(rows)
    begin = trials.keep()
    at = {i: n for n, i in enumerate(trials.tables.unit_ids.tolist())}
    units = np.array([at[host.id] for host in among], np.int64)
    fits = trials.add(rows, units) if most else 0

    def breaks(count: int) -> int:
        """The first host whose failure leaves VMs behind with `count` VMs more; 0: none."""
        trials.restore(begin)
        if count:
            trials.add(rows[:count], units)
        kept, runs = trials.keep(), trials.runs
        for host in among:
            trials.restore(kept)
            trials.happen("fail", [host.id], REPAIR_S)
            if left_behind(trials.tables, runs, trials.runs).size:
                return host.id
        return 0

    worst = breaks(0)
    low, high, tries = (-1, 0, 0) if worst else (0, fits + 1, 0)
    while high - low > 1:
        middle = (low + high) // 2
        found = breaks(middle)
        low, high, worst = (low, middle, found) if found else (middle, high, worst)
        tries += 1
        if on_progress is not None:
            on_progress(tries / (tries + math.log2(max(high - low, 1))))
    holds, vms = max(low, 0), int(before.sum())
    return Headroom(fits, holds, worst, vms, months_of(holds, vms, growth_frac), covers(spec, trials.tables))


def months_of(more: int, vms: int, growth_frac: float) -> float:
    """After how many months of growth there are `more` VMs more; inf: never."""
    if growth_frac <= 0.0 or not vms:
        return math.inf
    return math.log1p(more / vms) / math.log1p(growth_frac)


def _most_on(host: Host, profile: Vm) -> int:
    """How many VMs of a profile an empty host has memory and vCPUs for."""
    mib = asked_mib(host, profile.vcpus, profile.ram_mib, profile.ram_floor_mib)
    return int(min(room_mib(host) / max(mib, 1.0), vcpu_limit(host) / profile.vcpus))


def _spares(spec: Spec, profile: Vm, count: int, host_id: int) -> list[Vm]:
    """VMs of a profile that are off, with ids that nobody has."""
    used = set(values_of(spec.vms, "id")) | {row.id for row in spec.domains} | {host.id for host in spec.hosts}
    first = max(used, default=0) + 1
    first = first if first + count < 2**63 else next(n for n in range(1, 2**62) if used.isdisjoint(range(n, n + count)))
    alone = replace(
        profile, place=host_id, powered_on=False, service=0, group=0, needs=(), apps=(), address=0, pool=0, name="more"
    )
    return [replace(alone, id=first + n) for n in range(count)]
