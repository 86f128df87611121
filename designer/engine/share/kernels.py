"""The hot loops: what VMs ask for, how a host shares its cores, and the exact integrals over time.

A *unit* is what VMs stand on: hosts first, then domains (the provider's capacity there). A *tick* is a span in which
no demand changes. All arrays are flat tables indexed by unit, VM or tick; see `tables.Tables`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from designer.engine.chance import normal

CONSTANT, PERCENTS, FRACTIONS, CURVE, MEMBER = 0, 1, 2, 3, 4
RESERVED, PROPORTIONAL, MAX_MIN, WEIGHTED, PROVIDER = 0, 1, 2, 3, 4
BINS = 201
"""Bins of the load histogram of a VM: multiples of 0.5 %, so whole percents fall on their own."""

_MOST_TICKS, _LEAST_TICKS, _CELLS = 1024, 64, 1 << 19
"""Ticks that are worked out at once, and how many cells (VMs x ticks) that may take."""

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the field's letter for an integer array


class Asked(NamedTuple):
    """What VMs ask for; a row a VM, then a row an application. `cap` is the most it can use on its unit (MHz), `size`
    vCPUs x MHz.
    """

    kind: NDArray[np.uint8]
    size: F
    mean: F
    swing: F
    peak: F
    noise: F
    zone: I
    offset: I
    length: I
    shift: I
    steps: I
    scale: F
    ids: NDArray[np.uint64]
    service: I
    parts: I  # one more than rows: where the applications of a VM begin
    percents: NDArray[np.uint8]
    fractions: F


class Ticks(NamedTuple):
    """Time: tick edges (t + 1), the recording row of each, its sample in each trace step, its hour in each zone."""

    edges: F
    row: I
    sample: I  # steps x t
    hour: F  # zones x t
    rate: F  # services x t


class Units(NamedTuple):
    """What VMs stand on; a row a unit. `watts` is units x points."""

    capacity: F
    thread_mhz: F
    rule: NDArray[np.uint8]
    watts: F
    has_power: NDArray[np.bool_]


class Now(NamedTuple):
    """The state that holds between events: service weights, idle VMs, and the VMs that run on each unit, in the order
    of their rows: `vms[first[u]:first[u] + members[u]]`.
    """

    up: NDArray[np.bool_]
    first: I
    members: I
    vms: I
    last_s: F
    weight: F
    work: F
    shares: F
    vcpus: F
    idle: NDArray[np.bool_]


class Sums(NamedTuple):
    """What is integrated: row x unit (MHz s; W s), service x tick (requests), VM (MHz s; s), VM x bin (s)."""

    allocated: F
    asked: F
    capacity: F
    size: F
    energy: F
    served: F  # services x tick: requests
    vm_allocated: F
    vm_short: F
    vm_running: F
    vm_bins: NDArray[np.float32]
    instant: F  # services x tick: served at the tick's beginning, requests a second
    vm_series: NDArray[np.float32]  # VM x row, or empty


class Room(NamedTuple):
    """Where a unit's blocks of ticks are worked out: VM x tick, VM, tick (`part` and `whole` of a VM's demand)."""

    demand: Any
    one: F
    given: F
    weights: F
    total: F
    dt: F
    part: F
    whole: F


@njit(cache=True, error_model="numpy")
def fill(
    v: int, k: int, n: int, asked: Asked, ticks: Ticks, now: Now, key1: np.uint64, thread: float, out: Any
) -> None:
    """Demand in MHz of a row alone over `n` ticks from `k`, at most one thread of its unit a vCPU."""
    size = asked.size[v]
    cap = min(size, now.vcpus[v] * thread)
    kind = asked.kind[v]
    if now.idle[v]:
        for b in range(n):
            out[b] = 0.0
    elif kind == CONSTANT:
        value = min(asked.mean[v] * size, cap)
        for b in range(n):
            out[b] = value
    elif kind in (PERCENTS, FRACTIONS):
        _recorded(v, k, n, asked, ticks, cap, out)
    elif kind == CURVE:
        for b in range(n):
            out[b] = min(curve(v, k + b, asked, ticks, key1) * size, cap)
    else:
        s = asked.service[v]
        part = size / now.weight[s] * now.work[s] if now.weight[s] > 0.0 else 0.0
        for b in range(n):
            out[b] = min(ticks.rate[s, k + b] * part, cap)


@njit(cache=True, error_model="numpy")
def add_parts(
    v: int, k: int, n: int, asked: Asked, ticks: Ticks, now: Now, key1: np.uint64, thread: float, out: Any, part: Any
) -> None:
    """Add to a VM's own demand that of its applications; not cut to its vCPUs."""
    for r in range(asked.parts[v], asked.parts[v + 1]):
        fill(r, k, n, asked, ticks, now, key1, thread, part)
        for b in range(n):
            out[b] += part[b]


@njit(cache=True, error_model="numpy")
def cut(v: int, n: int, asked: Asked, now: Now, thread: float, out: Any) -> None:
    """Let a VM ask for no more than one thread of its unit a vCPU."""
    cap = min(asked.size[v], now.vcpus[v] * thread)
    for b in range(n):
        out[b] = min(out[b], cap)


@njit(cache=True, error_model="numpy")
def _recorded(v: int, k: int, n: int, asked: Asked, ticks: Ticks, cap: float, out: Any) -> None:
    """Demand of a VM that follows a trace; samples side by side are read side by side."""
    length, percent = asked.length[v], asked.kind[v] == PERCENTS
    factor, steps = asked.size[v] * asked.scale[v], asked.steps[v]
    b = 0
    while b < n:
        sample = ticks.sample[steps, k + b]
        at = (sample + asked.shift[v]) % length
        run = min(n - b, length - at)
        if ticks.sample[steps, k + b + run - 1] - sample != run - 1:
            run = 1
        first = asked.offset[v] + at
        if percent:
            cells = asked.percents[first : first + run]
            for j in range(run):
                value = cells[j] * factor / 100.0
                out[b + j] = value if value < cap else cap
        else:
            parts = asked.fractions[first : first + run]
            for j in range(run):
                value = parts[j] * factor
                out[b + j] = value if value < cap else cap
        b += run


@njit(cache=True, error_model="numpy")
def curve(v: int, k: int, asked: Asked, ticks: Ticks, key1: np.uint64) -> float:
    """The fraction a day curve asks for in a tick, within 0..1."""
    value = asked.mean[v]
    if asked.swing[v] != 0.0:
        value += asked.swing[v] * np.cos((ticks.hour[asked.zone[v], k] - asked.peak[v]) * (np.pi / 12.0))
    if asked.noise[v] != 0.0:
        value += asked.noise[v] * normal(asked.ids[v], key1, np.uint64(ticks.row[k]))
    return float(min(max(value, 0.0), 1.0))


@njit(cache=True, error_model="numpy")
def share(rule: int, capacity: float, total: float, demand: Any, weights: Any, out: Any, n: int) -> None:
    """Give `capacity` to `n` demands whose sum is above it, by a rule; arrays in MHz."""
    if rule == PROPORTIONAL:
        for i in range(n):
            out[i] = demand[i] * capacity / total
        return
    if rule in (RESERVED, PROVIDER):
        for i in range(n):
            out[i] = demand[i]
        return
    left, weight = capacity, 0.0
    for i in range(n):
        out[i] = -1.0
        weight += weights[i] if rule == WEIGHTED else 1.0
    settled = True
    while settled and weight > 0.0:
        settled = False
        level = left / weight
        for i in range(n):
            w = weights[i] if rule == WEIGHTED else 1.0
            if out[i] < 0.0 and demand[i] <= level * w:
                out[i] = demand[i]
                left -= demand[i]
                weight -= w
                settled = True
    level = max(left, 0.0) / weight if weight > 0.0 else 0.0
    for i in range(n):
        if out[i] < 0.0:
            out[i] = min(demand[i], level * (weights[i] if rule == WEIGHTED else 1.0))


@njit(cache=True, error_model="numpy")
def power(u: int, load: float, units: Units) -> float:
    """Watts of a host at a load of 0..1, linear between its points."""
    points = units.watts.shape[1]
    at = min(max(load, 0.0), 1.0) * (points - 1)
    low = min(int(at), points - 2)
    below, above = units.watts[u, low], units.watts[u, low + 1]
    return float(below + (above - below) * (at - low))


@njit(cache=True, error_model="numpy")
def integrate(
    which: I, end_s: float, asked: Asked, ticks: Ticks, units: Units, now: Now, key1: np.uint64, sums: Sums
) -> None:
    """Carry the integrals of some units forward to `end_s`; each from where it was left."""
    widest = 1
    for n in range(which.size):
        widest = max(widest, now.members[which[n]])
    block = max(_LEAST_TICKS, min(_MOST_TICKS, _CELLS // widest))
    room = Room(np.empty((widest, block)), np.empty(widest), np.empty(widest), np.empty(widest), np.empty(block),
                np.empty(block), np.empty(block), np.empty(block))  # fmt: skip
    for n in range(which.size):
        u = which[n]
        t = now.last_s[u]
        now.last_s[u] = max(t, end_s)
        if t < end_s and now.up[u]:
            _one_unit(u, t, end_s, asked, ticks, units, now, key1, sums, room)


@njit(cache=True, error_model="numpy")
def _one_unit(
    u: int, t: float, end_s: float, asked: Asked, ticks: Ticks, units: Units, now: Now, key1: np.uint64, sums: Sums,
    room: Room,
) -> None:  # fmt: skip
    p, m = now.first[u], now.members[u]
    rule, capacity, thread = units.rule[u], units.capacity[u], units.thread_mhz[u]
    if m == 0 and rule == PROVIDER:
        return
    demand, total, dt = room.demand, room.total, room.dt
    size = 0.0
    for i in range(m):
        size += asked.size[now.vms[p + i]]
        room.weights[i] = now.shares[now.vms[p + i]]
    if rule == PROVIDER:
        capacity = size
    k = int(np.searchsorted(ticks.edges, t, side="right")) - 1
    stop = int(np.searchsorted(ticks.edges, end_s, side="left"))
    while k < stop:
        n = min(dt.size, stop - k)
        total[:n] = 0.0
        for i in range(m):
            wanted = demand[i]
            v = now.vms[p + i]
            fill(v, k, n, asked, ticks, now, key1, thread, wanted)
            if asked.parts[v] < asked.parts[v + 1]:
                add_parts(v, k, n, asked, ticks, now, key1, thread, wanted, room.part)
                cut(v, n, asked, now, thread, wanted)
            for b in range(n):
                total[b] += wanted[b]
        for b in range(n):
            dt[b] = min(ticks.edges[k + b + 1], end_s) - max(ticks.edges[k + b], t)
        for b in range(n):
            row, got = ticks.row[k + b], total[b]
            if got > capacity:
                got = _contended(p, m, b, rule, capacity, total[b], dt[b], now, sums, room)
            sums.allocated[row, u] += got * dt[b]
            sums.asked[row, u] += total[b] * dt[b]
            sums.capacity[row, u] += capacity * dt[b]
            sums.size[row, u] += size * dt[b]
            if units.has_power[u]:
                sums.energy[row, u] += power(u, got / capacity, units) * dt[b]
        for i in range(m):
            v = now.vms[p + i]
            if asked.parts[v] < asked.parts[v + 1]:
                _count_parts(v, k, n, t, asked, ticks, now, key1, thread, sums, demand[i], room)
            else:
                _count(v, k, n, t, asked, ticks, now, sums, demand[i], dt)
        k += n


@njit(cache=True, error_model="numpy")
def _contended(
    p: int, m: int, b: int, rule: int, capacity: float, total: float, dt: float, now: Now, sums: Sums, room: Room
) -> float:
    """Share a tick that asks for too much: the column `b` of demand becomes what each gets; their sum."""
    demand, one, given = room.demand, room.one, room.given
    for i in range(m):
        one[i] = demand[i, b]
    share(rule, capacity, total, one, room.weights, given, m)
    got = 0.0
    for i in range(m):
        got += given[i]
        sums.vm_short[now.vms[p + i]] += (one[i] - given[i]) * dt
        demand[i, b] = given[i]
    return got


@njit(cache=True, error_model="numpy")
def _count(
    v: int, k: int, n: int, t: float, asked: Asked, ticks: Ticks, now: Now, sums: Sums, got: Any, dt: Any
) -> None:
    """Add what a row got over `n` ticks from `k` to its own sums and to its service's."""
    _take(v, k, n, asked, ticks, sums, got, dt)
    if asked.kind[v] == MEMBER:
        _serve(v, k, n, t, asked, ticks, now, sums, got, dt)


@njit(cache=True, error_model="numpy")
def _serve(
    v: int, k: int, n: int, t: float, asked: Asked, ticks: Ticks, now: Now, sums: Sums, got: Any, dt: Any
) -> None:
    """Add what a member got over `n` ticks from `k` to what its service served."""
    s = asked.service[v]
    for b in range(n):
        rate = got[b] / now.work[s]
        sums.served[s, k + b] += rate * dt[b]
        if t <= ticks.edges[k + b]:
            sums.instant[s, k + b] += rate


@njit(cache=True, error_model="numpy")
def _take(v: int, k: int, n: int, asked: Asked, ticks: Ticks, sums: Sums, got: Any, dt: Any) -> None:
    """Add what a row got over `n` ticks from `k` to its own sums."""
    per_bin, bins = (BINS - 1) / asked.size[v], sums.vm_bins[v]
    total, running = sums.vm_allocated[v], sums.vm_running[v]
    for b in range(n):
        total += got[b] * dt[b]
        running += dt[b]
        bins[np.uint64(min(got[b] * per_bin + 0.5, BINS - 1.0))] += np.float32(dt[b])
    sums.vm_allocated[v], sums.vm_running[v] = total, running
    if sums.vm_series.shape[0] > 0:
        for b in range(n):
            sums.vm_series[v, ticks.row[k + b]] += np.float32(got[b] * dt[b])


@njit(cache=True, error_model="numpy")
def _count_parts(
    v: int, k: int, n: int, t: float, asked: Asked, ticks: Ticks, now: Now, key1: np.uint64, thread: float, sums: Sums,
    got: Any, room: Room,
) -> None:  # fmt: skip
    """Add what a VM got to its sums and to those of its applications: each the same part of what it asked for."""
    part, whole, dt = room.part, room.whole, room.dt
    fill(v, k, n, asked, ticks, now, key1, thread, whole)
    add_parts(v, k, n, asked, ticks, now, key1, thread, whole, part)
    for b in range(n):
        whole[b] = got[b] / whole[b] if whole[b] > 0.0 else 1.0
    fill(v, k, n, asked, ticks, now, key1, thread, part)
    for b in range(n):
        part[b] *= whole[b]
    _take(v, k, n, asked, ticks, sums, got, dt)
    if asked.kind[v] == MEMBER:
        _serve(v, k, n, t, asked, ticks, now, sums, part, dt)
    for r in range(asked.parts[v], asked.parts[v + 1]):
        fill(r, k, n, asked, ticks, now, key1, thread, part)
        for b in range(n):
            sums.vm_short[r] += part[b] * (1.0 - whole[b]) * dt[b]
            part[b] *= whole[b]
        _count(r, k, n, t, asked, ticks, now, sums, part, dt)


@njit(cache=True, error_model="numpy")
def peek(
    which: I, k: int, asked: Asked, ticks: Ticks, units: Units, now: Now, key1: np.uint64, vm_got: F, vm_asked: F,
    vm_own: F, got: F, want: F, room: F, size: F, watts: F,
) -> None:  # fmt: skip
    """The rates at this moment (tick `k`) of some units and their VMs; nothing is integrated.

    `vm_own` is what a VM gets for its own load, without that of the applications in it; an application's own is all.
    """
    widest = 1
    for n in range(which.size):
        widest = max(widest, now.members[which[n]])
    demand, given, weights = np.empty(widest), np.empty(widest), np.empty(widest)
    part, whole = np.empty(1), np.empty(widest)
    for n in range(which.size):
        u = which[n]
        got[u] = want[u] = room[u] = size[u] = watts[u] = 0.0
        if not now.up[u]:
            continue
        p, m = now.first[u], now.members[u]
        total, all_size = 0.0, 0.0
        for i in range(m):
            v = now.vms[p + i]
            fill(v, k, 1, asked, ticks, now, key1, units.thread_mhz[u], demand[i : i + 1])
            add_parts(v, k, 1, asked, ticks, now, key1, units.thread_mhz[u], demand[i : i + 1], part)
            whole[i] = demand[i]
            cut(v, 1, asked, now, units.thread_mhz[u], demand[i : i + 1])
            total += demand[i]
            all_size += asked.size[v]
            weights[i], given[i] = now.shares[v], demand[i]
        capacity = all_size if units.rule[u] == PROVIDER else units.capacity[u]
        if total > capacity:
            share(units.rule[u], capacity, total, demand, weights, given, m)
        for i in range(m):
            v = now.vms[p + i]
            vm_got[v], vm_asked[v], vm_own[v] = given[i], demand[i], given[i]
            got[u] += given[i]
            if asked.parts[v] < asked.parts[v + 1]:
                fill(v, k, 1, asked, ticks, now, key1, units.thread_mhz[u], part)
                vm_own[v] = part[0] * (given[i] / whole[i] if whole[i] > 0.0 else 1.0)
            for r in range(asked.parts[v], asked.parts[v + 1]):
                fill(r, k, 1, asked, ticks, now, key1, units.thread_mhz[u], part)
                vm_asked[r] = part[0]
                vm_got[r] = part[0] * given[i] / whole[i] if whole[i] > 0.0 else 0.0
                vm_own[r] = vm_got[r]
        want[u], room[u], size[u] = total, capacity, all_size
        if units.has_power[u]:
            watts[u] = power(u, got[u] / capacity, units)


@njit(cache=True, error_model="numpy")
def rates(k0: int, asked_row: tuple, zone: int, ticks: Ticks, key0: np.uint64, key1: np.uint64, out: Any) -> None:  # type: ignore[type-arg]
    """The requests a second of a day curve (mean, swing, peak, noise) in every tick from `k0`, cut at 0."""
    mean, swing, peak, noise = asked_row
    for k in range(k0, out.size):
        value = mean + swing * np.cos((ticks.hour[zone, k] - peak) * (np.pi / 12.0))
        if noise != 0.0:
            value += noise * normal(key0, key1, np.uint64(ticks.row[k]))
        out[k] = max(value, 0.0)
