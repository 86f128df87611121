"""The doors to the hot loops: the integrals of units carried forward in time, and their rates at one moment."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import ONE, Entrance, door, inlined, part
from designer.engine.share.account import serve, take, take_parts, take_two
from designer.engine.share.arrays import (
    BINS,
    CAPACITY,
    CLAIM,
    LOAD_RATES,
    MEMBER,
    POOL_PART,
    PROPORTIONAL,
    PROVIDER,
    SIZE,
    UNIT_RATES,
    UNKNOWN,
    UNLIKE,
    WEIGHTED,
    B,
    Demand,
    F,
    I,
    Now,
    Rates,
    Scratch,
    Shifts,
    Sums,
    Ticks,
    Units,
)
from designer.engine.share.cpu import (
    in_parts,
    is_behind,
    least_of,
    lost_to_others,
    most_mhz,
    paced,
    part_of,
    power_w,
    share,
    weight_of,
)
from designer.engine.share.demand import fill, is_steady, part_of_rate, steady
from designer.engine.share.giving import give
from designer.engine.share.levels import be_at_each
from designer.engine.share.peaks import note, note_gone
from designer.engine.share.pools import find_parts, limit_of, share_in_pools
from designer.engine.share.sparse import add, ask

_MOST_TICKS, _LEAST_TICKS, _CELLS = 1024, 64, 1 << 19
"""Ticks that are worked out at once, and how many cells (VMs x ticks) that may take."""

_MANY_TICKS = 32
"""Ticks from which on it is worth while to count levels apart."""
_FEW = 16


class KeptScratch:
    """What a run keeps for its next call: scratch by how many ticks it has room for, the entrances to both doors, and
    whether anything was integrated.
    """

    def __init__(self) -> None:
        self.scratch: dict[int, Scratch] = {}
        self.integrate, self.rates, self.begun = Entrance(_integrate), Entrance(_rates), False


def no_rates(loads: int, units: int) -> Rates:
    """Rates of a number of loads and units, all 0."""
    return Rates(np.zeros(loads, LOAD_RATES), np.zeros(units, UNIT_RATES), np.zeros(loads))


def integrate(
    which: I, end_s: float, later: B, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64,
    sums: Sums, shifts: Shifts, kept: KeptScratch,
) -> None:  # fmt: skip
    """Carry the integrals of some units forward to `end_s`; each from where it was left. Of those that are touched
    `later` only the requests that they serve are counted, where that is simple. `kept` is scratch of earlier calls.
    """
    if not kept.begun:
        last_s = now.last_s[which]
        if not (last_s < end_s).any() and not (last_s < shifts.served_s[which]).any():
            return
        kept.begun = True
    if now.weight.size:
        shifts.weight[shifts.noted[0]] = now.weight
    room = _scratch(which, now, _MOST_TICKS, kept)
    kept.integrate(which, end_s, later, demand, ticks, units, now, key1, sums, shifts, room)


def rates_now(
    which: I, k: int, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64, rates: Rates,
    kept: KeptScratch, own: bool = False,
) -> None:  # fmt: skip
    """Fill the rates of some units and of the VMs on them in tick `k`; nothing is integrated. `own`: only what VMs get
    for themselves (`vm_own`) is asked for.
    """
    if which.size:
        kept.rates(which, k, own, demand, ticks, units, now, key1, rates, _scratch(which, now, 1, kept))


def _scratch(which: I, now: Now, most_ticks: int, kept: KeptScratch) -> Scratch:
    """Room for some ticks of the widest of some units; that of an earlier call, where it is as large."""
    there = now.members[which]
    widest = max(1, *there.tolist()) if there.size < _FEW else max(1, int(there.max()))
    block, pools = min(most_ticks, max(_LEAST_TICKS, _CELLS // widest)), now.pools.rows.size
    found = kept.scratch.get(block)
    if found is None or found.one.size < widest or (now.behind.size and not found.fresh.shape[0]):
        of_ticks: Any = [np.empty(block) for _ in range(9)]
        of_vms: Any = np.empty(widest, np.int64), np.empty(widest, CLAIM)
        of_levels: Any = np.zeros((2, BINS), np.uint16), np.empty((2, block), np.uint8)
        of_pools: Any = np.empty(pools, POOL_PART), np.empty(widest + pools if pools else 0, CLAIM)
        fresh = np.empty((widest if now.behind.size or (found is not None and found.fresh.size) else 0, block))
        shared: Any = np.empty((widest, block)), fresh, *of_ticks, np.empty(widest)
        found = kept.scratch[block] = Scratch(*shared, *of_levels, *of_vms, *of_pools)
    return found


@door
def _integrate(
    which: I, end_s: float, later: B, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64,
    sums: Sums, shifts: Shifts, scratch: Scratch,
) -> None:  # fmt: skip
    for n in range(which.size):
        u = which[n]
        t = shifts.served_s[u]
        if t < end_s and _serve_brief(
            u, t, end_s, demand, ticks, units, now, shifts, sums.served, sums.instant, scratch.one
        ):
            if later[n]:
                continue
            t = end_s
        if now.last_s[u] < t:
            _take_brief(u, t, demand, ticks, units, now, sums, shifts, scratch)
        now.last_s[u] = shifts.served_s[u] = max(t, end_s)
        if t >= end_s:
            continue
        if now.up[u] and (now.members[u] > 0 or units.rows[u].rule != PROVIDER):
            _one_unit(u, t, end_s, demand, ticks, units, now, key1, sums, scratch)
        else:
            note_gone(u, first_above(ticks.edges, t) - 1, t, ticks, sums.peaks)
            if now.tests[u] and units.rows[u].has_power:
                _draw_idle(u, t, end_s, ticks, units, sums.energy)


@part
def _draw_idle(u: int, t: float, end_s: float, ticks: Ticks, units: Units, energy: F) -> None:
    """Add what a host draws on which nobody works."""
    k = first_above(ticks.edges, t) - 1
    while t < end_s:
        stop_s = min(ticks.edges[k + 1], end_s)
        energy[ticks.row[k], u] += power_w(u, 0.0, units) * (stop_s - t)
        t = stop_s
        k += 1


@part
def first_above(edges: F, value: float) -> int:
    """The first of rising numbers that is above a value."""
    low, high = 0, edges.size
    while low < high:
        middle = (low + high) // 2
        if edges[middle] > value:
            high = middle
        else:
            low = middle + 1
    return low


@part
def _one_unit(
    u: int, t: float, end_s: float, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64, sums: Sums,
    scratch: Scratch,
) -> None:  # fmt: skip
    p, m, unit, dt = now.first[u], now.members[u], units.rows[u], scratch.dt
    size, floored, pooled = _members(p, m, unit, demand, now, scratch)
    capacity = provided(p, m, demand, now) if unit.rule == PROVIDER else unit.capacity - now.io_mhz[u]
    k = first_above(ticks.edges, t) - 1
    stop = first_above(ticks.edges, np.nextafter(end_s, -np.inf))
    while k < stop:
        n = min(dt.size, stop - k)
        even = ticks.row[k + n - 1] - ticks.row[k] == n - 1
        for b in range(n):
            dt[b] = min(ticks.edges[k + b + 1], end_s) - max(ticks.edges[k + b], t)
            even &= dt[b] == dt[0]
        whole = _ask(unit, p, m, k, n, demand, ticks, now, key1, scratch)
        give(u, p, m, k, n, even, whole, capacity, size, floored, pooled, ticks, units, now, sums, scratch)
        note(u, k, n, t, capacity, scratch.asked, ticks, units, sums.peaks)
        _take_all(p, m, k, n, t, even, capacity, unit, demand, ticks, now, key1, sums, scratch)
        k += n


@inlined
def _take_all(
    p: int, m: int, k: int, n: int, t: float, even: bool, capacity: float, unit: Any, demand: Demand, ticks: Ticks,
    now: Now, key1: np.uint64, sums: Sums, scratch: Scratch,
) -> None:  # fmt: skip
    """Add what the VMs of a unit got in `n` ticks from `k` to their figures. `even`: all are of one width."""
    dt, done = scratch.dt, 0
    usual = even and n >= _MANY_TICKS and np.float32(dt[0]) == sums.vm_bins.step_s and sums.vm_series.shape[0] == 0
    while (
        usual and done + 1 < m and _is_plain(p + done, unit, demand, now) and _is_plain(p + done + 1, unit, demand, now)
    ):
        v, w, got, others = now.vms[p + done], now.vms[p + done + 1], scratch.demand[done], scratch.demand[done + 1]
        take_two(v, w, n, demand.rows[v].size, demand.rows[w].size, dt[0], sums, got, others, scratch)
        done += 2
    for i in range(done, m):
        v, claim, got = now.vms[p + i], scratch.vms[i], scratch.demand[i]
        load = demand.rows[v]
        if in_parts(load, unit) or now.pace[v] < 1.0:
            take_parts(v, k, n, t, capacity, claim.cap, claim.least, unit, demand, ticks, now, key1, sums, got, scratch)
            continue
        take(v, k, n, load.size, ticks, sums, got, dt)
        if load.kind == MEMBER:
            serve(load.service, k, n, t, now.work[load.service], ticks, sums.served, sums.instant, got, dt)


@part
def _is_plain(at: int, unit: Any, demand: Demand, now: Now) -> bool:
    """Whether a VM has nothing in it, serves no service, and waits for nothing."""
    v = now.vms[at]
    load = demand.rows[v]
    return load.kind != MEMBER and now.pace[v] >= 1.0 and not in_parts(load, unit)


@part
def provided(p: int, m: int, demand: Demand, now: Now) -> float:
    """MHz that the provider has for the VMs of a unit."""
    capacity = 0.0
    for i in range(m):
        capacity += demand.rows[now.vms[p + i]].most
    return capacity


@inlined
def _members(p: int, m: int, unit: Any, demand: Demand, now: Now, scratch: Scratch) -> tuple[float, bool, bool]:
    """Fill the weight, floor and cap of each VM of a unit; MHz of their vCPUs, whether some have floors (or may work
    off what waits), or pools.
    """
    size, floor = 0.0, 0.0
    pooled = unit.rule == WEIGHTED and find_parts(p, m, demand, now, scratch.pools)
    for i in range(m):
        v = now.vms[p + i]
        load = demand.rows[v]
        size += load.size
        claim = scratch.vms[i]
        claim.weight, claim.floor = weight_of(load, unit), load.floor
        claim.cap = min(load.size, load.vcpus * unit.thread_mhz, load.limit)
        if now.caps.size > 0:
            claim.cap = min(claim.cap, now.caps[v])
        if pooled:
            claim.cap = min(claim.cap, limit_of(v, now, scratch.pools))
        claim.least = claim.cap if is_behind(v, now) else 0.0
        floor = max(floor, load.floor)
    return size, floor > 0.0 if unit.rule == WEIGHTED else now.behind.size > 0, pooled


@part
def _find_alike(p: int, m: int, demand: Demand, now: Now) -> int:
    """A VM of a unit, if all ask for the same in each tick: members of one service, without applications."""
    if m == 0:
        return UNLIKE
    v = now.vms[p]
    load = demand.rows[v]
    for i in range(m):
        w = now.vms[p + i]
        other = demand.rows[w]
        if other.kind != MEMBER or other.parts != 0 or other.service != load.service or now.pace[w] < 1.0:
            return UNLIKE
        if other.size != load.size or other.vcpus != load.vcpus or other.most != load.most:
            return UNLIKE
        if now.sent[w] != now.sent[v] or now.idle[w] != now.idle[v]:
            return UNLIKE
    return int(v)


@part
def _steady_total(
    u: int, p: int, m: int, k: int, capacity: float, demand: Demand, ticks: Ticks, units: Units, now: Now, one: F
) -> float:
    """Fill `one` with what the VMs of a unit get in a tick where that is simple: constants and members of services, no
    applications, enough for all. Their sum; below 0 where it is not simple.
    """
    unit, total = units.rows[u], 0.0
    service, size, part_mhz = -1, 0.0, 0.0
    if unit.vcpu_mhz < unit.thread_mhz or now.busy[u] > 0.0:
        return -1.0
    alike, got = now.alike[u], 0.0
    for i in range(m):
        if i == 0 or alike < 0:
            v = now.vms[p + i]
            load = demand.rows[v]
            if not is_steady(load) or now.pace[v] < 1.0:
                return -1.0
            if load.kind == MEMBER and (load.service != service or load.size != size):  # most are as the one before
                service, size = load.service, load.size
                part_mhz = part_of_rate(load, now)
            got = steady(v, k, part_mhz, demand, ticks, now, unit.thread_mhz)
            if unit.rule == PROVIDER and got > load.most:
                return -1.0
        one[i] = got
        total += got
    return -1.0 if total > capacity else total


@part
def _serve_brief(
    u: int, t: float, end_s: float, demand: Demand, ticks: Ticks, units: Units, now: Now, shifts: Shifts, served: F,
    instant: F, one: F,
) -> bool:  # fmt: skip
    """Count the requests that a unit serves from `t` on within one tick, and leave its other figures to `_take_brief`;
    False where that is not simple, then nothing is done.
    """
    p, m, unit, k = now.first[u], now.members[u], units.rows[u], first_above(ticks.edges, t) - 1
    if not now.up[u] or (m == 0 and unit.rule == PROVIDER) or ticks.edges[k + 1] < end_s:
        return False
    capacity = np.inf if unit.rule == PROVIDER else unit.capacity - now.io_mhz[u]
    if _steady_total(u, p, m, k, capacity, demand, ticks, units, now, one) < 0.0:
        return False
    dt, begins, alike = end_s - t, t <= ticks.edges[k], now.alike[u]
    i = 0
    while i < m:
        s = demand.rows[now.vms[p + i]].service
        if s < 0:
            i += 1
            continue
        requests, now_rps, work = served[s, k], instant[s, k], now.work[s]
        while i < m and (alike >= 0 or demand.rows[now.vms[p + i]].service == s):
            rate = one[i] / work
            requests += rate * dt
            now_rps += rate
            i += 1
        served[s, k] = requests
        if begins:
            instant[s, k] = now_rps
    shifts.served_s[u] = end_s
    return True


@part
def _take_brief(
    u: int, end_s: float, demand: Demand, ticks: Ticks, units: Units, now: Now, sums: Sums, shifts: Shifts,
    scratch: Scratch,
) -> None:  # fmt: skip
    """Work out the figures of a unit up to which what it serves is counted: piece by piece, cut at each instant at
    which a member of it began to get another part of the requests of its service. The same numbers as by blocks of
    ticks, in a tenth of the time.
    """
    p, m, t, count, services = now.first[u], now.members[u], now.last_s[u], shifts.noted[0], scratch.services
    k, kinds, size, n = first_above(ticks.edges, t) - 1, 0, 0.0, 0
    for i in range(m):
        load = demand.rows[now.vms[p + i]]
        size += load.size
        kinds = _add_one(load.service, kinds, services)
    unit = units.rows[u]
    capacity = provided(p, m, demand, now) if unit.rule == PROVIDER else unit.capacity - now.io_mhz[u]
    for j in range(count + 1):
        if j < count and shifts.at_s[j] <= t:
            continue
        piece_s = min(shifts.at_s[j], end_s) if j < count else end_s
        cut = piece_s == end_s
        for i in range(kinds):
            s = services[i]
            cut |= j < count and shifts.weight[j, s] != shifts.weight[j + 1, s]
        if not cut:
            continue
        for i in range(kinds):
            scratch.demand[i, n] = shifts.weight[j, services[i]]
        scratch.whole[n], scratch.dt[n] = t, piece_s - t
        t = piece_s
        n += 1
        if n == scratch.dt.size or t == end_s:
            _take_loads(u, p, m, k, n, demand, ticks, units, now, sums, scratch)
            _take_pieces(u, k, n, capacity, size, ticks, units, sums, scratch)
            n = 0
        if t == end_s:
            break


@inlined
def _add_one(s: int, count: int, services: I) -> int:
    """Add a service to the `count` that are noted, unless it is there or -1; how many there are then."""
    for i in range(count):
        if services[i] == s:
            return count
    if s < 0:
        return count
    services[count] = s
    return count + 1


@inlined
def _take_loads(
    u: int, p: int, m: int, k: int, n: int, demand: Demand, ticks: Ticks, units: Units, now: Now, sums: Sums,
    scratch: Scratch,
) -> None:  # fmt: skip
    """Add what the VMs of a unit get in `n` pieces of tick `k` to their figures, and sum it up."""
    row, thread_mhz, total, part, dt = ticks.row[k], units.rows[u].thread_mhz, scratch.total, scratch.part, scratch.dt
    service, size = -1, 0.0
    total[:n] = 0.0
    part[:n] = 0.0
    for i in range(m):
        v = now.vms[p + i]
        load, of_vm = demand.rows[v], sums.vms[v]
        if load.kind == MEMBER and (load.service != service or load.size != size):  # most are as the one before
            service, size = load.service, load.size
            weight = scratch.demand[_at(service, scratch.services)]
            for b in range(n):
                part[b] = size / weight[b] * now.work[service] if weight[b] > 0.0 else 0.0
        cap, wanted = min(load.size, load.vcpus * thread_mhz), load.mean * load.size
        allocated, running, most = of_vm.allocated, of_vm.running, of_vm.most
        for b in range(n):
            if load.kind == MEMBER:
                wanted = ticks.rate[load.service, k] * (part[b] * now.sent[v])
            got = 0.0 if now.idle[v] else min(wanted, cap)
            total[b] += got
            allocated += got * dt[b]
            running += dt[b]
            most = max(most, got)
            scratch.asked[b] = got
            if sums.vm_series.shape[0] > 0:
                sums.vm_series[v, row] += np.float32(got * dt[b])
        of_vm.allocated, of_vm.running, of_vm.most = allocated, running, most
        be_at_each(sums.vm_bins, v, n, (BINS - 1) / load.size, scratch.asked, dt)


@inlined
def _at(s: int, services: I) -> int:
    """Where a service is noted."""
    i = 0
    while services[i] != s:
        i += 1
    return i


@inlined
def _take_pieces(
    u: int, k: int, n: int, capacity: float, size: float, ticks: Ticks, units: Units, sums: Sums, scratch: Scratch
) -> None:
    """Add what the VMs of a unit get in `n` pieces of tick `k` to the figures of the unit."""
    row, is_host = ticks.row[k], u < units.rows.size - sums.peaks.begin.shape[0]
    for b in range(n):
        total, dt = scratch.total[b], scratch.dt[b]
        sums.allocated[row, u] += total * dt
        ask(sums.sparse, sums.allocated, row, u, total * dt)
        add(sums.sparse, CAPACITY, row, u, capacity * dt)
        add(sums.sparse, SIZE, row, u, size * dt)
        sums.used_most[u] = max(sums.used_most[u], total / capacity)
        if units.rows[u].has_power:
            sums.energy[row, u] += power_w(u, total / capacity, units) * dt
        if is_host:
            sums.peaks.heat[row, u] = max(sums.peaks.heat[row, u], total / capacity)
        note(u, k, ONE, scratch.whole[b], capacity, scratch.total[b : b + 1], ticks, units, sums.peaks)


@part
def _ask(
    unit: Any, p: int, m: int, k: int, n: int, demand: Demand, ticks: Ticks, now: Now, key1: np.uint64, scratch: Scratch
) -> bool:
    """Work out what the VMs of a unit may have in `n` ticks from `k`: what they ask for, less what they never
    get; whether that is all.
    """
    whole, total, overhead = True, scratch.total, scratch.overhead
    throttled, waiting = scratch.throttled, scratch.waiting
    total[:n] = 0.0
    throttled[:n] = 0.0
    waiting[:n] = 0.0
    overhead[:n] = 0.0
    for i in range(m):
        v, wanted = now.vms[p + i], scratch.demand[i]
        load = demand.rows[v]
        if n == 1 and is_steady(load):
            wanted[0] = steady(v, k, part_of_rate(load, now), demand, ticks, now, unit.thread_mhz)
        else:
            fill(v, k, n, demand, ticks, now, key1, unit.thread_mhz, wanted)
        keeps = now.behind.size > 0
        for b in range(n if keeps else 0):
            scratch.fresh[i, b] = wanted[b]
        if in_parts(load, unit) or now.pace[v] < 1.0:
            whole = False
            for r in range(load.first_app, load.first_app + load.apps):
                fill(r, k, n, demand, ticks, now, key1, unit.thread_mhz, scratch.part)
                least = least_of(r, v, unit, demand, now)
                for b in range(n):
                    wanted[b] += max(scratch.part[b], least)
                for b in range(n if keeps else 0):
                    scratch.fresh[i, b] += scratch.part[b]
            cap, most = scratch.vms[i].cap, most_mhz(load, unit)
            least = scratch.vms[i].least
            for b in range(n):
                asked = max(wanted[b], least)
                may = min(asked, cap)
                ready = min(may, paced(v, asked, now))
                throttled[b] += asked - may
                waiting[b] += may - ready
                wanted[b] = min(ready, most)
                overhead[b] += ready - wanted[b]
            for b in range(n if keeps else 0):
                scratch.fresh[i, b] = min(scratch.fresh[i, b] * now.pace[v], cap, most)
        for b in range(n):
            total[b] += wanted[b]
    return whole


@door
def _rates(
    which: I, k: int, own: bool, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64, rates: Rates,
    scratch: Scratch,
) -> None:  # fmt: skip
    """Fill the rates of some units; where they are simple and only `own` rates are asked for, these only."""
    for n in range(which.size):
        if not (own and _own_brief(which[n], k, demand, ticks, units, now, rates.vm_own, scratch.one)):
            _unit_rates(which[n], k, demand, ticks, units, now, key1, rates, scratch)


@part
def _own_brief(u: int, k: int, demand: Demand, ticks: Ticks, units: Units, now: Now, own: F, one: F) -> bool:
    """Fill what the VMs of a unit get in a tick where that is simple; False where it is not."""
    p, m = now.first[u], now.members[u]
    unit = units.rows[u]
    capacity = provided(p, m, demand, now) if unit.rule == PROVIDER else unit.capacity - now.io_mhz[u]
    if now.alike[u] == UNKNOWN:
        now.alike[u] = _find_alike(p, m, demand, now)
    if not now.up[u] or _steady_total(u, p, m, k, capacity, demand, ticks, units, now, one) < 0.0:
        return False
    for i in range(m):
        own[now.vms[p + i]] = one[i]
    return True


@part
def _unit_rates(
    u: int, k: int, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64, rates: Rates,
    scratch: Scratch,
) -> None:  # fmt: skip
    """Fill the rates of a unit and of the VMs on it. Being a part it counts no references, which would take most of
    the time.
    """
    unit, p, m = units.rows[u], now.first[u], now.members[u]
    here = rates.units[u]
    here.got = here.asked = here.throttled = here.waiting = here.overhead = here.steal = 0.0
    here.capacity = here.size = here.power_w = 0.0
    if not now.up[u]:
        if now.tests[u] and unit.has_power:
            here.power_w = power_w(u, 0.0, units)
        return
    size, floored, pooled = _members(p, m, unit, demand, now, scratch)
    _ask(unit, p, m, k, scratch.dt.size, demand, ticks, now, key1, scratch)
    for i in range(m):
        scratch.vms[i].demand = scratch.vms[i].given = scratch.demand[i, 0]
        if unit.rule == PROPORTIONAL and floored:
            scratch.vms[i].floor = scratch.fresh[i, 0]
    total = scratch.total[0]
    capacity = provided(p, m, demand, now) if unit.rule == PROVIDER else unit.capacity - now.io_mhz[u]
    left = max(capacity - now.busy[u], 0.0)
    if pooled:
        share_in_pools(left, p, m, now, scratch)
    elif total > left:
        share(unit.rule, left, total, scratch.vms, floored, m)
    here.capacity, here.size = capacity, size
    for i in range(m):
        _rate(now.vms[p + i], k, capacity, scratch.vms[i], unit, here, demand, ticks, now, key1, rates, scratch.part)
    if unit.has_power:
        here.power_w = power_w(u, (here.got + now.busy[u]) / capacity, units)


@inlined
def _rate(
    v: int, k: int, capacity: float, claim: Any, unit: Any, here: Any, demand: Demand, ticks: Ticks, now: Now,
    key1: np.uint64, rates: Rates, part: Any,
) -> None:  # fmt: skip
    """Fill the rates of a VM and of the applications in it, and add them to those of its unit, `here`."""
    load, of_vm, given = demand.rows[v], rates.loads[v], claim.given
    part[0] = claim.demand  # all that it asks for, where nothing was taken off
    if in_parts(load, unit) or now.pace[v] < 1.0:
        fill(v, k, part.size, demand, ticks, now, key1, unit.thread_mhz, part)
    own = whole = part[0]
    beyond = 0.0
    for r in range(load.first_app, load.first_app + load.apps):
        fill(r, k, part.size, demand, ticks, now, key1, unit.thread_mhz, part)
        rates.loads[r].asked = part[0]
        whole += part[0]
        beyond += max(least_of(r, v, unit, demand, now) - part[0], 0.0)
    asked = max(whole + beyond, claim.least)
    may = min(asked, claim.cap)
    ready = min(may, paced(v, asked, now))
    alone = min(ready, most_mhz(load, unit), capacity)
    of_vm.got, of_vm.asked, of_vm.throttled = given, asked, asked - may
    of_vm.waiting, of_vm.overhead = may - ready, ready - alone
    of_vm.steal = lost_to_others(alone, given)
    rates.vm_own[v] = given if load.apps == 0 else part_of(own, 0.0, whole, beyond, given, 1.0)
    for r in range(load.first_app, load.first_app + load.apps):
        app = rates.loads[r]
        frac, more = app.asked / whole if whole > 0.0 else 0.0, 0.0
        if beyond > 0.0:
            more = max(least_of(r, v, unit, demand, now) - app.asked, 0.0)
        app.got = rates.vm_own[r] = part_of(app.asked, more, whole, beyond, given, demand.rows[r].size / load.apps_size)
        app.asked += more
        if beyond > 0.0:
            frac = max(app.asked - app.got, 0.0) / (asked - given) if asked > given else 0.0
        app.throttled, app.waiting = of_vm.throttled * frac, of_vm.waiting * frac
        app.overhead, app.steal = of_vm.overhead * frac, of_vm.steal * frac
    here.got += given
    here.asked += asked
    here.throttled += of_vm.throttled
    here.waiting += of_vm.waiting
    here.overhead += of_vm.overhead
    here.steal += of_vm.steal
