"""Who gets a host's memory when its VMs have more than it has, by the rule of its hypervisor; compiled.

`settle_ticks` settles hosts tick after tick, where their VMs use another part of their memory, until something changes
that others see. The order and the thresholds of each rule, with their sources, are in `esxi`, `linux` and `hyperv`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import brief_door, inlined, part
from designer.engine.memory.arrays import (
    ACTIVE,
    BALLOONED,
    COMPRESSED,
    CONFIGURED,
    ESXI,
    GRANTED,
    HYPERV,
    LINUX,
    SHARED,
    SWAPPED,
    F,
    I,
    MemoryArrays,
)
from designer.engine.memory.esxi import BALLOON_MOST, CACHE_MOST, ENTERED_BELOW, IDLE_COST
from designer.engine.memory.esxi import COMPRESSED as SHRINKS_TO
from designer.engine.memory.holding import PACKED_SLOWDOWN, STATES, TAKING_BACK
from designer.engine.memory.linux import MERGE_FRACTION, MERGE_MIB
from designer.engine.memory.sharing import STACK, divide, total

HIGH, SOFT, HARD, MERGING, BALLOONING, SWAPPING, SHORT = (
    STATES.index(name) for name in ("high", "soft", "hard", "merging", "ballooning", "swapping", "short")
)
_TAKES_BACK = tuple(name in TAKING_BACK for name in STATES)
SIZE, FLOOR, SHARES, OVERHEAD, PAGES, USED, MISSING, PACKED, A, B, C, BALLOON, OWN = range(6, 19)
"""Columns of the scratch beside those of what a VM holds; OWN: what only the rule of its host asks for."""
COLUMNS = 19


def scratch_for(widest: int) -> F:
    """Room for the VMs of a host; a column holds up to three numbers for each."""
    return np.zeros((COLUMNS, 3 * max(widest, 1) + STACK))


@brief_door
def settle_ticks(units: I, stop: int, anyway: bool, m: MemoryArrays, room: F) -> int:
    """Settle hosts in the ticks after theirs and before `stop`, each where a VM uses another part of its memory; or in
    tick `stop - 1` alone, `anyway`. End with the first tick in which a state, a pace or a victim differs from what
    is known: that tick; else `stop`.
    """
    first = stop
    for n in range(units.size):
        first = min(first, m.hosts[units[n]].tick + 1)
    for k in range(stop - 1 if anyway else first, stop):
        seen = False
        for n in range(units.size):
            u = units[n]
            if anyway or (m.hosts[u].tick < k and _uses_other(u, k, m)):
                _carry_vms(u, m.edges[k], m)
                if m.hosts[u].calm and not anyway:
                    _use(u, k, m)
                else:
                    _carry_series(u, m.edges[k], m)
                    seen |= _settle(u, k, m, room)
            m.hosts[u].tick = max(m.hosts[u].tick, k)
        if seen:
            return k
    return stop


@brief_door
def add_held(units: I, time_s: float, vms_too: bool, m: MemoryArrays) -> None:
    """Add what hosts held until a time, and what their VMs held."""
    for n in range(units.size):
        _carry_series(units[n], time_s, m)
        if vms_too:
            _carry_vms(units[n], time_s, m)


@part
def _uses_other(u: int, k: int, m: MemoryArrays) -> bool:
    for i in range(m.many[u]):
        course = m.vms[m.who[m.first[u] + i]].course
        if course >= 0 and m.courses[course, k] != m.courses[course, k - 1]:
            return True
    return False


@part
def _used(v: int, k: int, m: MemoryArrays) -> float:
    """MiB that a VM uses in a tick."""
    vm = m.vms[v]
    return float((m.courses[vm.course, k] if vm.course >= 0 else vm.constant) * vm.size)


@part
def _use(u: int, k: int, m: MemoryArrays) -> None:
    """Take over what the VMs of a host use."""
    for i in range(m.many[u]):
        v = m.who[m.first[u] + i]
        m.now[v, ACTIVE] = _used(v, k, m)


@part
def _carry_vms(u: int, time_s: float, m: MemoryArrays) -> None:
    host = m.hosts[u]
    span_s = time_s - host.vms_s
    if span_s <= 0.0:
        return
    columns = GRANTED + 1 if host.calm else m.now.shape[1]  # of calm hosts the others are 0
    for i in range(m.many[u]):
        v = m.who[m.first[u] + i]
        if m.now[v, GRANTED] > 0.0:
            for c in range(columns):
                m.totals[v, c] += m.now[v, c] * span_s
            m.vms[v].seconds += span_s
    host.vms_s = time_s


@part
def _carry_series(u: int, time_s: float, m: MemoryArrays) -> None:
    """Add what a host held, cut at each tick."""
    host = m.hosts[u]
    if host.series_s >= time_s:
        return
    held, short = host.has - host.free, host.has if _TAKES_BACK[host.state] else 0.0
    low, k = 0, m.edges.size - 1
    while low < k:  # the first edge that is later
        middle = (low + k) // 2
        if m.edges[middle] > host.series_s:
            k = middle
        else:
            low = middle + 1
    k -= 1
    while k < m.row.size and m.edges[k] < time_s:
        span_s = min(m.edges[k + 1], time_s) - max(m.edges[k], host.series_s)
        m.used[m.row[k], u] += held * span_s
        m.taken[m.row[k], u] += host.taken * span_s
        m.short[m.row[k], u] += short * span_s
        k += 1
    host.series_s = time_s


@part
def _settle(u: int, k: int, m: MemoryArrays, room: F) -> bool:
    """Settle a host in a tick; whether that is seen."""
    host, n = m.hosts[u], m.many[u]
    host.victim = -1
    for i in range(n):
        _gather(i, m.who[m.first[u] + i], k, host, m, room)
    host.calm = _is_calm(host, n, room)
    left = host.has - total(room[OVERHEAD], n)
    if host.calm:
        host.free, host.state = left - total(room[SIZE], n), HIGH if host.rule == ESXI else 0
    elif host.rule == ESXI:
        _settle_esxi(host, n, left, room)
    elif host.rule == HYPERV:
        _settle_hyperv(host, n, left, room)
    else:
        _settle_linux(host, n, left, room)
    seen = host.state != host.told or host.victim >= 0
    gone = room[A]
    for i in range(n):
        v = m.who[m.first[u] + i]
        for c in range(m.now.shape[1]):
            m.now[v, c] = room[c, i]
        for c in range(BALLOONED, SWAPPED + 1):
            gone[3 * i + c - BALLOONED] = room[c, i]
        wait = host.slowdown * (room[MISSING, i] + PACKED_SLOWDOWN * room[PACKED, i])
        m.pace[v] = 1.0 - wait / (1.0 + wait)
        seen |= m.pace[v] != m.known[v]
    host.taken = total(gone, 3 * n)
    if host.victim >= 0:
        host.victim = m.who[m.first[u] + host.victim]
    return bool(seen)


@inlined
def _gather(i: int, v: int, k: int, host: Any, m: MemoryArrays, room: F) -> None:
    """Fill the columns of a VM as if it had all that is configured."""
    vm = m.vms[v]
    room[SIZE, i] = room[GRANTED, i] = vm.size
    room[ACTIVE, i] = _used(v, k, m)
    room[OVERHEAD, i] = host.base + host.per_vcpu * vm.vcpus + host.per_mib * vm.size
    floored = host.rule != CONFIGURED and (vm.floor > 0.0 or host.rule == ESXI)
    room[FLOOR, i] = min(vm.floor, vm.size) if floored else vm.size
    room[SHARES, i] = vm.shares
    if vm.shares <= 0.0:
        room[SHARES, i] = host.shares * (vm.size if host.rule == ESXI else 1.0)
    room[BALLOON, i] = m.balloon[v]
    room[A, i] = vm.size + room[OVERHEAD, i]
    room[B, i] = vm.floor if host.rule == HYPERV else m.balloon[v]
    room[SHARED, i] = room[BALLOONED, i] = room[COMPRESSED, i] = room[SWAPPED, i] = 0.0
    room[MISSING, i] = room[PACKED, i] = 0.0
    room[OWN, i] = vm.adjust if host.rule == LINUX else vm.buffer


@part
def _is_calm(host: Any, n: int, room: F) -> bool:
    """Whether every VM of a host has all that is configured, without a look at what it uses."""
    needed, moves = total(room[A], n), False
    for i in range(n):
        moves |= room[B, i] != 0.0
    if host.rule == HYPERV:
        return bool(needed <= host.has and not moves)
    if host.rule == ESXI:
        return bool(needed <= host.has - host.least)
    if host.rule == LINUX:
        merging = host.sharable > 0.0 and _merges(needed + host.ram - host.has, host)
        return bool(needed <= host.has and not merging and not moves)
    return True


@inlined
def _merges(committed: float, host: Any) -> bool:
    return bool(committed + max(MERGE_FRACTION * host.ram, MERGE_MIB) > host.ram)


@inlined
def _part_of(gone: float, pages: float) -> float:
    return min(gone / pages, 1.0) if pages > 0.0 else 0.0


@inlined
def _lack(active: float, has: float) -> float:
    """The part of the active memory for which there is no room in what a VM has: its guest pages itself."""
    return max(active - has, 0.0) / active if active > 0.0 else 0.0


@part
def _above_target(available: float, n: int, pages: F, room: F, found: F) -> None:
    """Fill what VMs have above their part of what is available."""
    used, floors = room[USED], room[C]
    for i in range(n):
        used[i], floors[i] = min(room[ACTIVE, i], pages[i]), min(room[FLOOR, i], pages[i])
    divide(available, n, IDLE_COST, pages, used, room[SHARES], floors, room[A], found)
    for i in range(n):
        found[i] = pages[i] - found[i]


@part
def _settle_esxi(host: Any, n: int, free: float, room: F) -> None:
    """Page sharing, balloon, compression and swap, each as far as keeps free memory at its threshold."""
    pages, shared, ballooned, excess = room[PAGES], room[SHARED], room[BALLOONED], room[SWAPPED]
    too_much = total(room[SIZE], n) - (free - host.least)
    for i in range(n):
        shared[i] = room[SIZE, i] * host.sharable
    may_share = total(shared, n)
    of_it = min(max(too_much / may_share, 0.0), 1.0) if may_share > 0.0 else 0.0
    for i in range(n):
        shared[i] *= of_it
        pages[i] = room[SIZE, i] - shared[i]
    _above_target(free - ENTERED_BELOW[1] * host.least, n, pages, room, ballooned)
    balloons, squeezes = False, False
    for i in range(n):
        ballooned[i] = min(ballooned[i], room[SIZE, i] * BALLOON_MOST)
        balloons |= ballooned[i] != 0.0
        pages[i] -= ballooned[i]
    _above_target(free - ENTERED_BELOW[2] * host.least, n, pages, room, excess)
    for i in range(n):
        squeezes |= excess[i] != 0.0
        compressed = room[COMPRESSED, i] = min(excess[i], room[SIZE, i] * CACHE_MOST * SHRINKS_TO)
        swapped = excess[i] = excess[i] - compressed
        room[GRANTED, i] = pages[i] - compressed - swapped
        room[PACKED, i] = _part_of(compressed / SHRINKS_TO, pages[i])
        room[MISSING, i] = min(_part_of(swapped, pages[i]) + _lack(room[ACTIVE, i], pages[i]), 1.0)
    host.free, state = free - total(room[GRANTED], n), HIGH
    for fraction in ENTERED_BELOW:
        state += host.free < host.least * fraction
    host.state = max(state, SOFT if balloons else HIGH, HARD if squeezes else HIGH)


@part
def _settle_linux(host: Any, n: int, left: float, room: F) -> None:
    """Equal pages are merged, then the host swaps what is idle, then it kills."""
    pages, used, swapped, size, adjust = room[GRANTED], room[USED], room[SWAPPED], room[A], room[OWN]
    idle = room[B]
    for i in range(n):
        size[i] = room[SIZE, i] - room[BALLOON, i]
        pages[i] = size[i] + room[OVERHEAD, i]
    merges = _merges(total(pages, n) + host.ram - host.has, host)
    balloons, swaps, shares = False, False, False
    for i in range(n):
        balloons |= room[BALLOON, i] != 0.0
        room[BALLOONED, i] = room[BALLOON, i]
        room[SHARED, i] = size[i] * (host.sharable if merges else 0.0)
        shares |= room[SHARED, i] != 0.0
        pages[i] = size[i] - room[SHARED, i]
        used[i] = min(room[ACTIVE, i], pages[i])
        idle[i] = pages[i] - used[i]
    too_much = max(total(pages, n) - left, 0.0)
    idles, uses = total(idle, n), total(used, n)
    from_idle = min(min(too_much, host.swap), idles)
    from_used = min(min(too_much, host.swap) - from_idle, uses)
    of_idle = from_idle / idles if from_idle > 0.0 else 0.0
    of_used = from_used / uses if from_used > 0.0 else 0.0
    for i in range(n):
        gone = used[i] * of_used
        swapped[i] = idle[i] * of_idle + gone
        swaps |= swapped[i] != 0.0
        pages[i] -= swapped[i]
        lack = _lack(room[ACTIVE, i], size[i])
        room[MISSING, i] = lack + (1.0 - lack) * (gone / used[i] if used[i] > 0.0 else 0.0)
    if too_much > host.swap * (1.0 + 1e-12) + 1e-6:
        worst = -np.inf
        for i in range(n):
            points = pages[i] + room[OVERHEAD, i] + swapped[i] + adjust[i] * ((host.ram + host.swap) / 1000.0)
            if adjust[i] > -1000.0 and points > worst:
                worst, host.victim = points, i
    host.free = left - total(pages, n)
    host.state = SWAPPING if swaps else BALLOONING if balloons else MERGING if shares else 0


@part
def _settle_hyperv(host: Any, n: int, left: float, room: F) -> None:
    """Each VM has its demand and a buffer above it; in a shortage one level by weight above the minimum."""
    least, wanted, above, order = room[FLOOR], room[A], room[B], room[USED]
    for i in range(n):
        least[i] = min(least[i], room[SIZE, i])
        wanted[i] = min(max(room[ACTIVE, i] * (1.0 + room[OWN, i]), least[i]), room[SIZE, i])
    wants = total(wanted, n)
    if wants > left:
        free, weight = max(left - total(least, n), 0.0), total(room[SHARES], n)
        for i in range(n):
            above[i] = wanted[i] - least[i]
            at = i
            while at > 0 and _before(above[i], room[SHARES, i], int(order[at - 1]), above, room):
                order[at] = order[at - 1]
                at -= 1
            order[at] = i
        for j in range(n):
            i = int(order[j])
            given = min(above[i], free * room[SHARES, i] / weight) if weight > 0.0 else 0.0
            free, weight = free - given, weight - room[SHARES, i]
            wanted[i] = least[i] + given
    host.state = SHORT if wants > left else 0
    for i in range(n):
        room[GRANTED, i], room[BALLOONED, i] = wanted[i], room[SIZE, i] - wanted[i]
        room[MISSING, i] = _lack(room[ACTIVE, i], wanted[i])
    host.free = left - total(room[GRANTED], n)


@inlined
def _before(above: float, shares: float, other: int, of: F, room: F) -> bool:
    return bool(above / shares < of[other] / room[SHARES, other])
