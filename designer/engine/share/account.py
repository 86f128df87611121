"""What a load got over some ticks is added to its own sums and to those of its service."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import part
from designer.engine.share.arrays import BINS, MEMBER, Demand, F, Now, Scratch, Sums, Ticks
from designer.engine.share.cpu import least_of, lost_to_others, most_mhz, paced, part_of
from designer.engine.share.demand import fill
from designer.engine.share.levels import be_at_each, count_ticks, find_levels

_WHOLE_S = 2.0**52
"""Whole seconds below this are added without rounding."""


@part
def take(r: int, k: int, n: int, size: float, ticks: Ticks, sums: Sums, got: Any, dt: Any) -> None:
    """Add what a load got over `n` ticks from `k` to its own sums."""
    of_load = sums.vms[r]
    total, running, most = of_load.allocated, of_load.running, of_load.most
    for b in range(n):
        total += got[b] * dt[b]
        running += dt[b]
        most = max(most, got[b])
    of_load.allocated, of_load.running, of_load.most = total, running, most
    be_at_each(sums.vm_bins, r, n, (BINS - 1) / size, got, dt)
    if sums.vm_series.shape[0] > 0:
        for b in range(n):
            sums.vm_series[r, ticks.row[k + b]] += np.float32(got[b] * dt[b])


@part
def take_two(
    r: int, other: int, n: int, size: float, other_size: float, dt_s: float, sums: Sums, got: Any, others: Any,
    room: Any,
) -> None:  # fmt: skip
    """`take` for two loads in `n` ticks of the usual width: while one sum is added to, the processor adds to the other.
    Levels are counted in `room`, where nothing can overflow, and are added to those of the loads at the end.
    """
    first, second, at, other_at = sums.vms[r], sums.vms[other], room.at[0], room.at[1]
    counts, other_counts = room.counts[0], room.counts[1]
    total, most, other_total, other_most = first.allocated, first.most, second.allocated, second.most
    find_levels(n, (BINS - 1) / size, got, at)
    find_levels(n, (BINS - 1) / other_size, others, other_at)
    for b in range(n):
        total += got[b] * dt_s
        other_total += others[b] * dt_s
        most = max(most, got[b])
        other_most = max(other_most, others[b])
        counts[at[b]] += 1
        other_counts[other_at[b]] += 1
    first.allocated, first.most, first.running = total, most, _later(first.running, n, dt_s)
    second.allocated, second.most, second.running = other_total, other_most, _later(second.running, n, dt_s)
    count_ticks(sums.vm_bins, r, counts)
    count_ticks(sums.vm_bins, other, other_counts)


@part
def _later(seconds: float, n: int, dt_s: float) -> float:
    """Seconds to which a width was added `n` times, one after the other; whole numbers at once."""
    later = seconds + n * dt_s
    if later < _WHOLE_S and seconds == np.floor(seconds) and dt_s == np.floor(dt_s):
        return later
    for _ in range(n):
        seconds += dt_s
    return seconds


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
