"""Histories of VMs that start again elsewhere: the events of all hosts in order, and a queue of restarts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.chance import key, words
from designer.engine.reliability.cluster import Restarts, as_system
from designer.engine.reliability.kernels import draw, kernel, part, scan
from designer.engine.reliability.sampling import FAILURES, Floats, cycle_h, ziggurats
from designer.engine.reliability.system import Component
from designer.engine.reliability.tables import Ints, gates_of, key_of_id, laws_of, parts_of
from designer.errors import SpecError

CHUNK_FAILURES = 100_000


class Site(NamedTuple):
    """What stands where: of each VM its host at first and its service; of each host its slots and its scope."""

    vm_host: Ints
    vm_service: Ints
    slots: Ints
    scope: Ints
    scope_first: Ints
    scope_hosts: Ints
    needed: Ints


class RestartState(NamedTuple):
    """What changes: hosts up, chains of VMs on them and of those that wait, the queue of restarts, services.

    open: how many hosts of a scope are up with a free slot.
    """

    parts_up: Ints
    up: Ints
    used: Ints
    open: Ints
    head: Ints
    after: Ints
    waiting: Ints
    pointer: Ints
    queue_time: Floats
    queue_head: Ints
    ends: Ints
    serving: Ints
    since: Floats


@part
def _in_order(n: Any, end: Any, begins: Any, ends: Any, whose: Any, times: Any, what: Any, places: Any) -> Any:
    """Failures and repairs before the end by time, repairs first; how many. Sorted by bins, then within each."""
    size = places.size - 1
    per_hour = size / end
    places[:] = 0
    m = 0
    for i in range(n):
        places[np.uint64(begins[i] * per_hour) + np.uint64(1)] += 1
        m += 1
        if ends[i] < end:
            places[np.uint64(ends[i] * per_hour) + np.uint64(1)] += 1
            m += 1
    for bin_ in range(1, size + 1):
        places[bin_] += places[bin_ - 1]
    for i in range(n):
        for side in range(2):
            time = begins[i] if side == 0 else ends[i]
            if time < end:
                one = np.int64(whose[i]) if side == 1 else -1 - np.int64(whose[i])
                b = np.uint64(time * per_hour)
                j = places[b]
                places[b] = j + 1
                times[j], what[j] = time, one
    for i in range(1, m):
        time, one = times[i], what[i]
        j = i
        while j > 0 and (times[j - 1] > time or (times[j - 1] == time and what[j - 1] < one)):
            times[j], what[j] = times[j - 1], what[j - 1]
            j -= 1
        times[j], what[j] = time, one
    return m


@part
def _queue(time: Any, chain: Any, run: Any) -> None:
    """Note that a chain of VMs restarts at a time; the queue is a ring, sorted."""
    size = run.queue_time.size
    at = run.ends[1]
    while at != run.ends[0]:
        before = at - 1 if at > 0 else size - 1
        if run.queue_time[before] <= time:
            break
        run.queue_time[at], run.queue_head[at] = run.queue_time[before], run.queue_head[before]
        at = before
    run.queue_time[at], run.queue_head[at] = time, chain
    run.ends[1] = run.ends[1] + 1 if run.ends[1] + 1 < size else 0


@part
def _send(time: Any, chain: Any, fixed: Any, state: Any, law: Any, floats: Any, bounds: Any, run: Any) -> Any:
    """Let the VMs of a chain restart: at one time where that is fixed, else each at its own."""
    if fixed:
        _queue(time + law.up[0, 0], chain, run)
        return state
    while chain >= 0:
        after = run.after[chain]
        run.after[chain] = -1
        gap, state = draw(law.up_code[0], law.up[0, 0], law.up[0, 1], law.up[0, 2], state, floats, bounds, law.recorded)
        _queue(time + gap, chain, run)
        chain = after
    return state


@part
def _lose(h: Any, time: Any, site: Any, run: Any, services: Any) -> Any:
    """A host is lost: its VMs leave it; their chain, and how many."""
    run.up[h] = 0
    if run.used[h] < site.slots[h]:
        run.open[site.scope[h]] -= 1
    chain = run.head[h]
    run.head[h] = -1
    count = run.used[h]
    run.used[h] = 0
    vm = chain
    while vm >= 0:
        s = site.vm_service[vm]
        run.serving[s] -= 1
        if run.serving[s] == site.needed[s] - 1:
            run.since[s] = time
            services[s, 1] += 1.0
        vm = run.after[vm]
    return chain, count


@part
def _restart(time: Any, chain: Any, site: Any, run: Any, services: Any) -> Any:
    """Place the VMs of a chain, each on the next host that is up with a free slot; how many found one."""
    placed = 0
    while chain >= 0:
        vm, chain = chain, run.after[chain]
        scope = site.scope[site.vm_host[vm]]
        low, high = site.scope_first[scope], site.scope_first[scope + 1]
        at = run.pointer[scope]
        found = -1
        for _ in range(high - low if run.open[scope] > 0 else 0):
            at = at + 1 if at + 1 < high else low
            h = site.scope_hosts[at]
            if run.up[h] and run.used[h] < site.slots[h]:
                found = h
                break
        if found < 0:
            run.after[vm] = run.waiting[scope]
            run.waiting[scope] = vm
            continue
        run.pointer[scope] = at
        run.used[found] += 1
        if run.used[found] == site.slots[found]:
            run.open[scope] -= 1
        run.after[vm] = run.head[found]
        run.head[found] = vm
        placed += 1
        s = site.vm_service[vm]
        run.serving[s] += 1
        if run.serving[s] == site.needed[s]:
            services[s, 0] += time - run.since[s]
    return placed


@part
def _reset(site: Any, run: Any, gates_up: Any) -> None:
    for g in range(gates_up.size):
        run.parts_up[g] = gates_up[g]
    run.up[:] = 1
    run.used[:] = 0
    run.head[:] = -1
    run.waiting[:] = -1
    run.serving[:] = 0
    run.ends[:] = 0
    for scope in range(run.pointer.size):
        run.pointer[scope] = site.scope_first[scope + 1] - 1
    for vm in range(site.vm_host.size):
        h = site.vm_host[vm]
        run.after[vm] = run.head[h]
        run.head[h] = vm
        run.used[h] += 1
        run.serving[site.vm_service[vm]] += 1
    run.open[:] = 0
    for h in range(site.slots.size):
        run.open[site.scope[h]] += 1 if run.used[h] < site.slots[h] else 0


@part
def _play(
    m: Any, end: Any, times: Any, what: Any, state: Any, law: Any, fixed: Any, gates: Any, site: Any, run: Any,
    stack: Any, floats: Any, bounds: Any, services: Any,
) -> Any:  # fmt: skip
    """Play the events of a replica; VM-hours of downtime, and restarts."""
    hours, restarts = 0.0, 0
    i = 0
    while True:
        next_event = times[i] if i < m else end
        time = next_event
        if run.ends[0] != run.ends[1] and run.queue_time[run.ends[0]] < time:
            time = run.queue_time[run.ends[0]]
            chain = run.queue_head[run.ends[0]]
            run.ends[0] = run.ends[0] + 1 if run.ends[0] + 1 < run.queue_time.size else 0
            placed = _restart(time, chain, site, run, services)
            hours += placed * time
            restarts += placed
            continue
        if i >= m:
            break
        change = 1 if what[i] >= 0 else -1
        top = 0
        stack[0] = what[i] if what[i] >= 0 else -1 - what[i]
        while top >= 0:
            leaf = stack[top]
            top -= 1
            for j in range(gates.above_first[leaf], gates.above_first[leaf + 1]):
                g = gates.above[j]
                run.parts_up[g] += change
                if run.parts_up[g] != (gates.k[g] if change > 0 else gates.k[g] - 1):
                    continue
                h = gates.service[g]
                if h < 0:
                    top += 1
                    stack[top] = gates.node[g]
                elif change < 0:
                    chain, count = _lose(h, time, site, run, services)
                    hours -= count * time
                    if chain >= 0:
                        state = _send(time, chain, fixed, state, law, floats, bounds, run)
                else:
                    run.up[h] = 1
                    scope = site.scope[h]
                    run.open[scope] += 1 if site.slots[h] > 0 else 0
                    if run.waiting[scope] >= 0:
                        chain = run.waiting[scope]
                        run.waiting[scope] = -1
                        state = _send(time, chain, fixed, state, law, floats, bounds, run)
        i += 1
    missing = site.vm_host.size
    for h in range(run.used.size):
        missing -= run.used[h]
    for s in range(run.serving.size):
        if run.serving[s] < site.needed[s]:
            services[s, 0] += end - run.since[s]
    return hours + missing * end, restarts


@kernel
def restarted(
    first: Any, count: Any, end: Any, keys: Any, seed: Any, laws: Any, law: Any, fixed: Any, gates: Any, gates_up: Any,
    site: Any, run: Any, floats: Any, bounds: Any, begins: Any, ends: Any, whose: Any, times: Any, what: Any,
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
        m = _in_order(np.int64(n), end, begins, ends, whose, times, what, places)
        _reset(site, run, gates_up)
        state = words(keys[laws.up_code.size], seed, np.uint64(first + r), np.uint64(2))[0]
        hours, restarts = _play(
            m, end, times, what, state, law, fixed, gates, site, run, stack, floats, bounds, services[r]
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
        system = as_system(restarts)
        self.gates, _ = gates_of(system, list(system.services))
        self.keys = np.array([*(key_of_id(c.id) for c in restarts.components), key_of_id("\0restart")], np.uint64)
        self.seed = key(seed, FAILURES)
        self.site = _site(restarts)
        expected = sum(horizon_h / cycle_h(c.up, c.down) for c in restarts.components)
        self.rows = int(expected + 12.0 * np.sqrt(expected)) + 64
        self.chunk = max(4, round(CHUNK_FAILURES / max(1.0, expected)))
        self.bins = 1 << max(4, int(np.ceil(np.log2(2.0 * expected + 2.0))))

    def draw_all(self, first: int, count: int) -> tuple[Floats, Floats]:
        """Downtime and outages of each service, and VM-hours down, restarts and failures, of each replica."""
        site, vms, hosts = self.site, len(self.site.vm_host), len(self.site.slots)
        while True:
            services, totals = np.zeros((count, len(site.needed), 2)), np.zeros((count, 3))
            held = parts_of(self.gates, len(self.keys))
            scopes = len(site.scope_first) - 1

            def zeros(size: int) -> Ints:
                return np.zeros(size, np.int64)

            run = RestartState(
                zeros(len(held)), zeros(hosts), zeros(hosts), zeros(scopes), zeros(hosts), zeros(vms), zeros(scopes),
                zeros(scopes), np.zeros(vms + 2), zeros(vms + 2), zeros(2), zeros(len(site.needed)),
                np.zeros(len(site.needed)),
            )  # fmt: skip
            rows = self.rows
            done = restarted(
                first, count, self.horizon_h, self.keys, self.seed, self.laws, self.law, self.fixed, self.gates, held,
                site, run, *ziggurats(), np.zeros(rows), np.zeros(rows), np.zeros(rows, np.int64), np.zeros(2 * rows),
                np.zeros(2 * rows, np.int64), np.zeros(self.bins + 1, np.int64), np.zeros(len(held) + 1, np.int64),
                services, totals,
            )  # fmt: skip
            if done == 0:
                return services, totals
            self.rows *= 2

    def draw(self, first: int, count: int) -> Floats:
        """Downtime and outages of each service, of each replica from `first` on."""
        return self.draw_all(first, count)[0]


def _site(restarts: Restarts) -> Site:
    host = {h.id: n for n, h in enumerate(restarts.hosts)}
    service = {name: n for n, name in enumerate(restarts.needed)}
    scopes = {one: n for n, one in enumerate(dict.fromkeys(h.scope for h in restarts.hosts))}
    scope = [scopes[h.scope] for h in restarts.hosts]
    ordered = sorted(range(len(scope)), key=lambda n: scope[n])
    counts: NDArray[np.int64] = np.bincount(np.array(scope, np.int64), minlength=len(scopes))
    return Site(
        np.array([host[vm.host] for vm in restarts.vms], np.int64),
        np.array([service.get(vm.service, len(service)) for vm in restarts.vms], np.int64),
        np.array([h.slots for h in restarts.hosts], np.int64),
        np.array(scope, np.int64),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array(ordered, np.int64),
        np.array([*restarts.needed.values(), -1], np.int64),
    )
