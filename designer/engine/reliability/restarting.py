"""Histories of VMs that start again elsewhere: failures in order, and queues of repairs and of restarts.

A host's VMs are a chain, which is lost and waits as a whole. Hosts that are up with room are bits of words, in which
the next is found at once. What each service misses is counted only while enough VMs are missing, in enough scopes,
that one may be down. Sorting, resetting and playing are phases: the compiler makes each of them fast by itself first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.chance import key, words
from designer.engine.compiled import lowest
from designer.engine.compiled import part as phase
from designer.engine.reliability.cluster import Restarts, as_system
from designer.engine.reliability.kernels import draw, kernel, part, scan
from designer.engine.reliability.sampling import FAILURES, Floats, cycle_h, ziggurats
from designer.engine.reliability.system import Component
from designer.engine.reliability.tables import Ints, gates_of, key_of_id, laws_of, parts_of
from designer.errors import SpecError

CHUNK_FAILURES = 100_000
Rows = NDArray[np.uint32]
_NONE = np.uint32(0xFFFFFFFF)
_ONE: Any = np.uint64(1)
_ZERO: Any = np.uint64(0)
_ALL: Any = np.uint64(0xFFFFFFFFFFFFFFFF)
_BITS: Any = np.uint64(63)
_SHIFT: Any = np.uint64(6)
_NEVER = np.inf

HOST = np.dtype([(name, np.uint32) for name in ("slots", "scope", "place", "used", "head")])
"""A host: how many VMs fit on it, its scope, the number of its bit; how many VMs stand on it, and the first of them."""
SCOPE = np.dtype([(name, np.uint32) for name in ("word", "last", "shift", "open", "pointer", "waiting", "missing")])
"""A scope: the first and last word of its bits, and how far a bit's number is ahead of its host's; how many hosts are
open: up and with room; the bit of the host that took a VM last, the first VM that waits, how many VMs are missing."""


class Site(NamedTuple):
    """What stands where: of each VM its host at first, its scope and its service; of each service how many VMs it can
    miss. A service may be down where `lost` VMs or more are, in `scopes` scopes or more.
    """

    vm_host: Rows
    vm_scope: Rows
    vm_service: Rows
    spare: Ints
    lost: int
    scopes: int


class Timetable(NamedTuple):
    """What comes at which time: a ring, sorted; behind the last stands what never comes. ends: first, behind last."""

    times: Floats
    what: Rows
    ends: Rows


class RestartState(NamedTuple):
    """What changes: hosts and scopes, the VM after each in its chain, and what comes.

    spare: how many parts each gate has more than it needs; -1 where it is down.
    missing: how many VMs are, in how many scopes, and whether services are counted: how many VMs each has lost.
    """

    spare: Ints
    hosts: NDArray[np.void]
    scopes: NDArray[np.void]
    open: NDArray[np.uint64]
    after: Rows
    missing: Ints
    lost: Ints
    since: Floats
    boots: Timetable
    repairs: Timetable


@phase
def _in_order(n: Any, end: Any, begins: Any, places: Any, times: Any, order: Any) -> None:
    """Failures by time: sorted by bins, then within each; the end behind them."""
    per_hour = (places.size - 2) / end
    places[:] = 0
    for i in range(n):
        places[np.uint64(begins[i] * per_hour) + _ONE] += _ONE
    so_far = places[0]
    for b in range(1, places.size):
        so_far += places[b]
        places[b] = so_far
    for i in range(n):
        bin_ = np.uint64(begins[i] * per_hour)
        at = places[bin_]
        places[bin_] = at + _ONE
        times[at], order[at] = begins[i], i
    latest = times[0]
    for i in range(1, n):
        time, one = times[i], order[i]
        if time >= latest:
            latest = time
            continue
        j = i
        while j > 0 and times[j - 1] > time:
            times[j], order[j] = times[j - 1], order[j - 1]
            j -= 1
        times[j], order[j] = time, one
    times[n] = end


@part
def _queue(time: Any, what: Any, queue: Any) -> None:
    """Note what comes at a time, after all that come then."""
    last = np.uint64(queue.times.size - 1)
    first, at = queue.ends[0], np.uint64(queue.ends[1])
    behind = (at + _ONE) & last
    queue.ends[1] = behind
    queue.times[behind] = _NEVER
    while at != first:
        before = (at - _ONE) & last
        if queue.times[before] <= time:
            break
        queue.times[at], queue.what[at] = queue.times[before], queue.what[before]
        at = before
    queue.times[at], queue.what[at] = time, what


@part
def _take(queue: Any) -> Any:
    """Take the first out of a queue."""
    first = np.uint64(queue.ends[0])
    queue.ends[0] = (first + _ONE) & np.uint64(queue.times.size - 1)
    return queue.what[first]


@part
def _send(time: Any, chain: Any, fixed: Any, state: Any, law: Any, floats: Any, bounds: Any, run: Any) -> Any:
    """Let the VMs of a chain restart: at one time where that is fixed, else each at its own."""
    if fixed:
        _queue(time + law.up[0, 0], chain, run.boots)
        return state
    while chain != _NONE:
        after = run.after[chain]
        run.after[chain] = _NONE
        gap, state = draw(law.up_code[0], law.up[0, 0], law.up[0, 1], law.up[0, 2], state, floats, bounds, law.recorded)
        _queue(time + gap, chain, run.boots)
        chain = after
    return state


@part
def _turn(host: Any, scope: Any, up: Any, open_: Any) -> None:
    """A host is open from now on, or not any more."""
    at = np.uint64(host.place)
    word, bit = at >> _SHIFT, at & _BITS
    was = (open_[word] >> bit) & _ONE
    open_[word] ^= (was ^ up) << bit
    scope.open += up - was


@part
def _count(chain: Any, time: Any, site: Any, run: Any, services: Any) -> None:
    """The services of a chain of VMs miss them."""
    while chain != _NONE:
        s = site.vm_service[chain]
        run.lost[s] += 1
        if run.lost[s] == site.spare[s] + 1:
            run.since[s] = time
            services[s, 1] += 1.0
        chain = run.after[chain]


@part
def _lose(host: Any, scope: Any, time: Any, site: Any, run: Any, services: Any) -> Any:
    """The VMs of a host leave it; their chain. Count those of services, all that are missing where that begins."""
    chain, count, missing = host.head, host.used, run.missing
    if chain == _NONE:
        return chain
    host.head, host.used = _NONE, 0
    if scope.missing == 0:
        missing[1] += 1
    scope.missing += count
    missing[0] += count
    if not missing[2]:
        if missing[0] < site.lost or missing[1] < site.scopes:
            return chain
        missing[2] = 1
        at = np.uint64(run.boots.ends[0])
        while at != run.boots.ends[1]:
            _count(run.boots.what[at], time, site, run, services)
            at = (at + _ONE) & np.uint64(run.boots.times.size - 1)
        for other in range(run.scopes.size):
            _count(run.scopes[other].waiting, time, site, run, services)
    _count(chain, time, site, run, services)
    return chain


@part
def _restart(time: Any, chain: Any, site: Any, run: Any, services: Any) -> Any:
    """Place the VMs of a chain, each on the next host that is up with a free slot; how many found one."""
    missing, open_ = run.missing, run.open
    scope = run.scopes[site.vm_scope[chain]]
    placed, counts = 0, missing[2] > 0
    at, shift, room = np.uint64(scope.pointer), np.uint64(scope.shift), np.uint64(scope.open)
    word = at >> _SHIFT
    left = open_[word] & (_ALL << (at & _BITS) << _ONE)
    while chain != _NONE and room > _ZERO:
        while left == _ZERO:
            word = word + _ONE if word < np.uint64(scope.last) else np.uint64(scope.word)
            left = open_[word]
        bit = lowest(left)
        left &= left - _ONE
        at = (word << _SHIFT) + bit
        host = run.hosts[at - shift]
        vm, chain = chain, run.after[chain]
        run.after[vm] = host.head
        host.head = vm
        used = host.used + _ONE
        host.used = used
        full = np.uint64(used == host.slots)
        open_[word] ^= full << bit
        room -= full
        placed += 1
        if counts:
            s = site.vm_service[vm]
            if run.lost[s] == site.spare[s] + 1:
                services[s, 0] += time - run.since[s]
            run.lost[s] -= 1
    scope.open, scope.pointer = room, at
    if placed > 0:
        scope.missing -= placed
        missing[0] -= placed
        if scope.missing == 0:
            missing[1] -= 1
        if missing[2] and (missing[0] < site.lost or missing[1] < site.scopes):
            missing[2] = 0
            run.lost[:] = 0
    while chain != _NONE:
        vm, chain = chain, run.after[chain]
        run.after[vm] = scope.waiting
        scope.waiting = vm
    return placed


@phase
def _reset(site: Any, run: Any, gates_up: Any) -> None:
    for g in range(gates_up.size):
        run.spare[g] = gates_up[g]
    run.missing[:] = 0
    run.lost[:] = 0
    for queue in (run.boots, run.repairs):
        queue.ends[:] = 0
        queue.times[0] = _NEVER
    for s in range(run.scopes.size):
        scope = run.scopes[s]
        scope.open, scope.missing, scope.waiting, scope.pointer = 0, 0, _NONE, (scope.last << 6) + 63
    run.open[:] = 0
    for h in range(run.hosts.size):
        run.hosts[h].used, run.hosts[h].head = 0, _NONE
    for vm in range(site.vm_host.size):
        host = run.hosts[site.vm_host[vm]]
        run.after[vm] = host.head
        host.head = vm
        host.used += _ONE
    for h in range(run.hosts.size):
        host = run.hosts[h]
        _turn(host, run.scopes[host.scope], np.uint64(host.used < host.slots), run.open)


@part
def _change(
    leaf: Any, fails: Any, time: Any, hours: Any, state: Any, law: Any, fixed: Any, gates: Any, site: Any, run: Any,
    stack: Any, floats: Any, bounds: Any, services: Any,
) -> Any:  # fmt: skip
    """A component fails, or is back: what that does to hosts and their VMs; VM-hours, and the state of the stream."""
    top = -1
    while True:
        for j in range(np.uint64(gates.above_first[leaf]), np.uint64(gates.above_first[leaf + _ONE])):
            g = np.uint64(gates.above[j])
            was = run.spare[g]
            run.spare[g] = was - 1 if fails else was + 1
            if was != (0 if fails else -1):
                continue
            if gates.service[g] < 0:
                top += 1
                stack[top] = gates.node[g]
                continue
            host = run.hosts[np.uint64(gates.service[g])]
            scope = run.scopes[host.scope]
            if fails:
                _turn(host, scope, _ZERO, run.open)
                hours -= host.used * time
                chain = _lose(host, scope, time, site, run, services)
            else:
                _turn(host, scope, np.uint64(host.slots > 0), run.open)
                chain, scope.waiting = scope.waiting, _NONE
            if chain != _NONE:
                state = _send(time, chain, fixed, state, law, floats, bounds, run)
        if top < 0:
            return hours, state
        leaf = np.uint64(stack[top])
        top -= 1


@phase
def _play(
    n: Any, end: Any, times: Any, order: Any, ends: Any, whose: Any, state: Any, law: Any, fixed: Any, gates: Any,
    site: Any, run: Any, stack: Any, floats: Any, bounds: Any, services: Any,
) -> Any:  # fmt: skip
    """Play the failures of a replica; VM-hours of downtime, and restarts."""
    hours, restarts = 0.0, 0
    i = np.uint64(0)
    boots, repairs = run.boots, run.repairs
    booted, repaired = _NEVER, _NEVER
    while True:
        fails = times[i]
        if booted < fails and booted < repaired:
            placed = _restart(booted, _take(boots), site, run, services)
            hours, restarts = hours + placed * booted, restarts + placed
        elif repaired <= fails:
            if repaired >= end:
                break
            leaf, time = np.uint64(_take(repairs)), repaired
            repaired = repairs.times[repairs.ends[0]]
            hours, state = _change(
                leaf, False, time, hours, state, law, fixed, gates, site, run, stack, floats, bounds, services
            )
        elif i < n:
            row = order[i]
            leaf = np.uint64(whose[row])
            _queue(ends[row], leaf, repairs)
            repaired = min(repaired, ends[row])
            i += _ONE
            hours, state = _change(
                leaf, True, fails, hours, state, law, fixed, gates, site, run, stack, floats, bounds, services
            )
        else:
            break
        booted = boots.times[boots.ends[0]]
    for s in range(run.lost.size):
        if run.lost[s] > site.spare[s]:
            services[s, 0] += end - run.since[s]
    return hours + run.missing[0] * end, restarts


@kernel
def restarted(
    first: Any, count: Any, end: Any, keys: Any, seed: Any, laws: Any, law: Any, fixed: Any, gates: Any, gates_up: Any,
    site: Any, run: Any, floats: Any, bounds: Any, begins: Any, ends: Any, whose: Any, times: Any, order: Any,
    places: Any, stack: Any, services: Any, totals: Any,
) -> Any:  # fmt: skip
    """Fill `services[r, s] = (downtime, outages)` and `totals[r] = (VM-hours down, restarts, failures)`; or -1 where
    there are too few rows."""
    for r in range(count):
        n = np.uint64(0)
        for c in range(laws.up_code.size):
            state = words(keys[c], seed, np.uint64(first + r), np.uint64(2))[0]
            n = scan(c, state, end, n, laws, floats, bounds, begins, ends, whose)
            if n >= np.uint64(begins.size):
                return -1
        _in_order(np.int64(n), end, begins, places, times, order)
        _reset(site, run, gates_up)
        state = words(keys[laws.up_code.size], seed, np.uint64(first + r), np.uint64(2))[0]
        hours, restarts = _play(
            n, end, times, order, ends, whose, state, law, fixed, gates, site, run, stack, floats, bounds, services[r]
        )
        totals[r, 0], totals[r, 1], totals[r, 2] = hours, restarts, float(n)
    return 0


class Restarted:
    """Draws replicas of a cluster, all up and new at 0, every VM at home."""

    def __init__(self, restarts: Restarts, horizon_h: float, seed: int) -> None:
        """Raise SpecError where slots are reserved, which histories do not do."""
        if restarts.reserves:
            raise SpecError("Histories of restarts that reserve their slots are not drawn: ask for the exact answer.")
        self.horizon_h = horizon_h
        self.laws = laws_of(restarts.components)
        self.law = laws_of([Component("", restarts.restart, None)])
        self.fixed = type(restarts.restart).__name__ == "Fixed"
        scopes = {one: n for n, one in enumerate(dict.fromkeys(h.scope for h in restarts.hosts))}
        restarts = replace(restarts, hosts=tuple(sorted(restarts.hosts, key=lambda h: scopes[h.scope])))
        system = as_system(restarts)
        self.gates, _ = gates_of(system, list(system.services))
        self.keys = np.array([*(key_of_id(c.id) for c in restarts.components), key_of_id("\0restart")], np.uint64)
        self.seed = key(seed, FAILURES)
        scope = [scopes[h.scope] for h in restarts.hosts]
        self.site = _site(restarts, scope)
        self.hosts, self.scopes = np.zeros(len(scope), HOST), np.zeros(len(scopes), SCOPE)
        self.hosts["slots"], self.hosts["scope"] = [h.slots for h in restarts.hosts], scope
        size = np.bincount(scope)
        words_ = (size + 63) // 64
        first, word = np.cumsum(size) - size, np.cumsum(words_) - words_
        self.scopes["word"], self.scopes["last"], self.words = word, word + words_ - 1, int(words_.sum())
        self.scopes["shift"] = 64 * word - first
        self.hosts["place"] = np.arange(len(scope)) + self.scopes["shift"][scope]
        expected = sum(horizon_h / cycle_h(c.up, c.down) for c in restarts.components)
        self.rows = int(expected + 12.0 * np.sqrt(expected)) + 64
        self.chunk = max(4, round(CHUNK_FAILURES / max(1.0, expected)))
        self.bins = 1 << max(4, int(np.ceil(np.log2(2.0 * expected + 2.0))))

    def draw_all(self, first: int, count: int) -> tuple[Floats, Floats]:
        """Downtime and outages of each service, and VM-hours down, restarts and failures, of each replica."""
        site, vms, rows = self.site, len(self.site.vm_host), self.rows
        while True:
            services, totals = np.zeros((count, len(site.spare), 2)), np.zeros((count, 3))
            held = parts_of(self.gates, len(self.keys)) - self.gates.k
            run = RestartState(
                np.zeros_like(held), self.hosts.copy(), self.scopes.copy(), np.zeros(self.words, np.uint64),
                _rows(vms), np.zeros(3, np.int64), np.zeros_like(site.spare), np.zeros(len(site.spare)), _empty(vms),
                _empty(len(self.keys)),
            )  # fmt: skip
            done = restarted(
                first, count, self.horizon_h, self.keys, self.seed, self.laws, self.law, self.fixed, self.gates, held,
                site, run, *ziggurats(), np.zeros(rows), np.zeros(rows), _rows(rows), np.zeros(rows + 1), _rows(rows),
                _rows(self.bins + 2), np.zeros(len(held) + 1, np.int64), services, totals,
            )  # fmt: skip
            if done == 0:
                return services, totals
            self.rows = rows = 2 * rows

    def draw(self, first: int, count: int) -> Floats:
        """Downtime and outages of each service, of each replica from `first` on."""
        return self.draw_all(first, count)[0]


def _rows(size: int) -> Rows:
    return np.zeros(size, np.uint32)


def _empty(size: int) -> Timetable:
    """Room for at least `size` entries, and what stands behind the last."""
    size = 1 << size.bit_length()
    return Timetable(np.zeros(size), _rows(size), _rows(2))


def _site(restarts: Restarts, scope: list[int]) -> Site:
    """scope: of each host."""
    host = {h.id: n for n, h in enumerate(restarts.hosts)}
    service = {name: n for n, name in enumerate(restarts.needed)}
    stands = [host[vm.host] for vm in restarts.vms]
    within = [Counter[int]() for _ in restarts.needed]
    for vm, h in zip(restarts.vms, stands, strict=True):
        if vm.service in service:
            within[service[vm.service]][scope[h]] += 1
    spare = [members.total() - k for members, k in zip(within, restarts.needed.values(), strict=True)]
    return Site(
        np.array(stands, np.uint32),
        np.array([scope[h] for h in stands], np.uint32),
        np.array([service.get(vm.service, len(service)) for vm in restarts.vms], np.uint32),
        np.array([*spare, len(restarts.vms)], np.int64),
        min(spare, default=len(restarts.vms)) + 1,
        min(map(_scopes_to_lose, within, spare), default=1),
    )


def _scopes_to_lose(members: Counter[int], spare: int) -> int:
    """In how many scopes a service must miss VMs at least, to miss more than it can spare."""
    lost = 0
    for scopes, (_, count) in enumerate(members.most_common(), 1):
        lost += count
        if lost > spare:
            return scopes
    return len(members)
