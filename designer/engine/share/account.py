"""What a load got over some ticks is added to its own sums and to those of its service."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import part
from designer.engine.share.arrays import BINS, MEMBER, Demand, F, Now, Scratch, Sums, Ticks
from designer.engine.share.cpu import least_of, lost_to_others, most_mhz, paced, part_of
from designer.engine.share.demand import fill
from designer.engine.share.levels import be_at


@part
def take(r: int, k: int, n: int, size: float, ticks: Ticks, sums: Sums, got: Any, dt: Any) -> None:
    """Add what a load got over `n` ticks from `k` to its own sums."""
    per_bin, levels, of_load = (BINS - 1) / size, sums.vm_bins, sums.vms[r]
    ticks_at, step_s = levels.ticks[r], levels.step_s
    total, running, most = of_load.allocated, of_load.running, of_load.most
    for b in range(n):
        total += got[b] * dt[b]
        running += dt[b]
        most = max(most, got[b])
        be_at(levels, ticks_at, step_s, r, np.uint64(min(got[b] * per_bin + 0.5, BINS - 1.0)), np.float32(dt[b]))
    of_load.allocated, of_load.running, of_load.most = total, running, most
    if sums.vm_series.shape[0] > 0:
        for b in range(n):
            sums.vm_series[r, ticks.row[k + b]] += np.float32(got[b] * dt[b])


@part
def take_two(
    r: int, n: int, size: float, other: int, other_size: float, sums: Sums, got: Any, others: Any, dt: Any
) -> None:
    """`take` for two loads at once: while one sum is added to, the processor adds to the other."""
    per_bin, other_bin, levels = (BINS - 1) / size, (BINS - 1) / other_size, sums.vm_bins
    first, second, step_s = sums.vms[r], sums.vms[other], levels.step_s
    first_at, second_at = levels.ticks[r], levels.ticks[other]
    total, running, most = first.allocated, first.running, first.most
    other_total, other_running, other_most = second.allocated, second.running, second.most
    for b in range(n):
        seconds = np.float32(dt[b])
        total += got[b] * dt[b]
        other_total += others[b] * dt[b]
        running += dt[b]
        other_running += dt[b]
        most = max(most, got[b])
        other_most = max(other_most, others[b])
        be_at(levels, first_at, step_s, r, np.uint64(min(got[b] * per_bin + 0.5, BINS - 1.0)), seconds)
        be_at(levels, second_at, step_s, other, np.uint64(min(others[b] * other_bin + 0.5, BINS - 1.0)), seconds)
    first.allocated, first.running, first.most = total, running, most
    second.allocated, second.running, second.most = other_total, other_running, other_most


@part
def serve(
    s: int, k: int, n: int, t: float, work: float, ticks: Ticks, served: F, instant: F, got: Any, dt: Any
) -> None:
    """Add what a member of service `s` got over `n` ticks from `k` to what the service served."""
    for b in range(n):
        rate = got[b] / work
        served[s, k + b] += rate * dt[b]
        if t <= ticks.edges[k + b]:
            instant[s, k + b] += rate


@part
def take_parts(
    v: int, k: int, n: int, t: float, capacity: float, cap: float, least: float, unit: Any, demand: Demand,
    ticks: Ticks, now: Now, key1: np.uint64, sums: Sums, got: Any, scratch: Scratch,
) -> None:  # fmt: skip
    """Add what a VM with applications got to its sums and to theirs: each has the same part of what it asked for.

    What is missing has its names in the same parts. Overhead and steal of the VM itself are added where it is short;
    here only what it could not have even on an idle unit.
    """
    load, part, whole, beyond, dt = demand.rows[v], scratch.part, scratch.whole, scratch.beyond, scratch.dt
    most = most_mhz(load, unit)
    take(v, k, n, load.size, ticks, sums, got, dt)
    whole[:n] = 0.0
    beyond[:n] = 0.0
    for j in range(load.apps + 1):
        r = v if j == 0 else load.first_app + j - 1
        fill(r, k, n, demand, ticks, now, key1, unit.thread_mhz, part)
        own_least = 0.0 if j == 0 else least_of(r, v, unit, demand, now)
        for b in range(n):
            whole[b] += part[b]
            beyond[b] += max(own_least - part[b], 0.0)
    for b in range(n):
        asked = max(whole[b] + beyond[b], least)
        may = min(asked, cap)
        ready = min(may, paced(v, asked, now))
        sums.vms[v].throttled += (asked - may) * dt[b]
        sums.vms[v].waiting += (may - ready) * dt[b]
        sums.vms[v].overhead += (ready - min(ready, most)) * dt[b]
    for j in range(load.apps + 1 if load.apps > 0 or load.kind == MEMBER else 0):
        r = v if j == 0 else load.first_app + j - 1
        app = demand.rows[r]
        fill(r, k, n, demand, ticks, now, key1, unit.thread_mhz, part)
        own_least = 0.0 if j == 0 else least_of(r, v, unit, demand, now)
        for b in range(n):
            more = max(own_least - part[b], 0.0)
            given = part_of(part[b], more, whole[b], beyond[b], got[b], 0.0 if j == 0 else app.size / load.apps_size)
            if j > 0 and whole[b] + beyond[b] > 0.0:
                asked = max(whole[b] + beyond[b], least)
                may = min(asked, cap)
                ready = min(may, paced(v, asked, now))
                alone = min(ready, most, capacity)
                if beyond[b] == 0.0:
                    of_this = part[b] / whole[b] * dt[b]
                else:
                    of_this = (max(part[b] + more - given, 0.0) / (asked - got[b]) if asked > got[b] else 0.0) * dt[b]
                sums.vms[r].throttled += (asked - may) * of_this
                sums.vms[r].waiting += (may - ready) * of_this
                sums.vms[r].overhead += (ready - alone) * of_this
                sums.vms[r].steal += lost_to_others(alone, got[b]) * of_this
            part[b] = given
        if j > 0:
            take(r, k, n, app.size, ticks, sums, part, dt)
        if app.kind == MEMBER:
            serve(app.service, k, n, t, now.work[app.service], ticks, sums.served, sums.instant, part, dt)
