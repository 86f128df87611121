"""What loads ask for: a constant, a row of a trace, a day curve, or a part of what their service is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.chance import normal
from designer.engine.compiled import door, inlined, part
from designer.engine.share.arrays import CONSTANT, CURVE, FRACTIONS, MEMBER, PERCENTS, Demand, Now, Ticks


@part
def fill(
    r: int, k: int, n: int, demand: Demand, ticks: Ticks, now: Now, key1: np.uint64, thread_mhz: float, out: Any
) -> None:
    """Fill `out` with the MHz that load `r` alone asks for in `n` ticks from `k`, at most a thread for each vCPU."""
    load = demand.rows[r]
    cap = min(load.size, load.vcpus * thread_mhz)
    kind = load.kind
    if now.idle[r]:
        for b in range(n):
            out[b] = 0.0
    elif demand.spans.shape[0] > 0 and demand.spans[r, 0] <= k and k + n <= demand.spans[r, 1]:
        for b in range(n):
            out[b] = min(demand.kept[r, k + b], cap)
    elif kind == CONSTANT:
        value = min(load.mean * load.size, cap)
        for b in range(n):
            out[b] = value
    elif kind in (PERCENTS, FRACTIONS):
        _recorded(load, demand.courses[load.course], k, n, demand, ticks, cap, out)
    elif kind == CURVE:
        course = demand.courses[load.course]
        hour = ticks.hour[course.zone]
        for b in range(n):
            out[b] = _curve(load, course, hour[k + b], ticks.row[k + b], key1) * load.size
        if n == 1 and demand.spans.shape[0] > 0 and demand.spans[r, 1] == k:
            demand.kept[r, k], demand.spans[r, 1] = out[0], k + 1
        for b in range(n):
            out[b] = min(out[b], cap)
    else:
        part = part_of_rate(load, now) * now.sent[r]
        for b in range(n):
            out[b] = min(ticks.rate[load.service, k + b] * part, cap)


@inlined
def is_steady(load: Any) -> bool:
    """Whether a load asks for one number in a tick that `steady` gives, and may have it: no applications, no limit."""
    return bool(load.parts == 0 and (load.kind == MEMBER or load.kind == CONSTANT))


@inlined
def part_of_rate(load: Any, now: Now) -> float:
    """The MHz that a member of a service is asked for by each request a second of the service; 0 for other loads."""
    s = load.service
    return load.size / now.weight[s] * now.work[s] if load.kind == MEMBER and now.weight[s] > 0.0 else 0.0


@inlined
def steady(r: int, k: int, part_mhz: float, demand: Demand, ticks: Ticks, now: Now, thread_mhz: float) -> float:
    """The MHz that a steady load asks for in tick `k`: what `fill` gives; `part_mhz` is its `part_of_rate`."""
    load = demand.rows[r]
    cap = min(load.size, load.vcpus * thread_mhz)
    wanted = load.mean * load.size
    if load.kind == MEMBER:
        wanted = ticks.rate[load.service, k] * (part_mhz * now.sent[r])
    return 0.0 if now.idle[r] else min(wanted, cap)


@part
def _recorded(load: Any, course: Any, k: int, n: int, demand: Demand, ticks: Ticks, cap: float, out: Any) -> None:
    """Fill `out` from a trace; samples side by side are read side by side."""
    length, factor, sample = np.int64(course.length), load.size * course.scale, ticks.sample[course.steps]
    b = 0
    while b < n:
        at = (sample[k + b] + course.shift) % length
        run = min(n - b, length - at)
        if sample[k + b + run - 1] - sample[k + b] != run - 1:
            run = 1
        first, into = course.offset + at, out[b : b + run]  # written from its first cell on, eight cells at once
        if load.kind == PERCENTS:
            percents, a_percent = demand.percents[first : first + run], factor / 100.0
            if a_percent == np.floor(a_percent):  # of most clocks: what is divided then is the same to the last bit
                for j in range(run):
                    into[j] = min(percents[j] * a_percent, cap)
            else:
                for j in range(run):
                    into[j] = min(percents[j] * factor / 100.0, cap)
        else:
            fractions = demand.fractions[first : first + run]
            for j in range(run):
                into[j] = min(fractions[j] * factor, cap)
        b += run


@part
def _curve(load: Any, course: Any, hour: float, row: int, key1: np.uint64) -> float:
    """The fraction that a day curve asks for at an hour, within 0..1; its noise is that of a recording row."""
    value = load.mean
    if course.swing != 0.0:
        value += course.swing * np.cos((hour - course.peak_h) * (np.pi / 12.0))
    if course.noise != 0.0:
        value += course.noise * normal(load.id, key1, np.uint64(row))
    return float(min(max(value, 0.0), 1.0))


@door
def day_rates(
    mean: float, swing: float, peak_h: float, noise: float, hour: Any, row: Any, key0: np.uint64, key1: np.uint64,
    out: Any,
) -> None:  # fmt: skip
    """Fill `out` with the requests a second of a day curve in every tick, at least 0."""
    for k in range(out.size):
        value = mean + swing * np.cos((hour[k] - peak_h) * (np.pi / 12.0))
        if noise != 0.0:
            value += noise * normal(key0, key1, np.uint64(row[k]))
        out[k] = max(value, 0.0)
