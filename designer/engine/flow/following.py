"""Flows carried through the ticks of a run, compiled: what they ask for, what they get, and whose work waits for it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from designer.engine.compiled import NONE, brief_door, inlined, part
from designer.engine.flow.filling import Filling, Islands, Paths, fill_island
from designer.engine.flow.tables import INSIDE, OUT, REGIONS, ZONES
from designer.engine.share.arrays import MEMBER, B, Demand, F, I, Now, Ticks
from designer.engine.share.cpu import is_behind, part_of
from designer.engine.share.demand import fill

FREE = -9
"""What a VM waits for that waits for nothing: else a limit, or BY_OWN."""
FULL = 1.0 - 1e-12
"""The part of what was asked for above which all of it is served: rounding is no waiting."""
BLOCK = 32
"""Ticks for which it is worked out at once what loads ask for of themselves."""


class FlowArrays(NamedTuple):
    """The flows of a run: the row of the load that asks, and its slot among those that flows follow (-1: always all);
    its VM; whether it is traffic; the most that is asked for; whether it flows, from which unit, and how far; until
    when it is counted; Mbit sent since it last went another way; what it asks for next. The flows of VM v are
    `of_vm[first_of[v]:first_of[v + 1]]`. Of VMs: the pace at which their flows let them work and what they wait for,
    and the same as the run knows it; `touched` is scratch. `parts` (slot x tick): the part of its vCPUs that each load
    asks for in `BLOCK` ticks from `begin` on. `inside`: the VM of each load; `one` is scratch;
    `keeps`: whether the VM of a load keeps a backlog: then its flows follow what it does. `copied`: what each migration
    is known to get; in islands and paths migrations stand behind the flows.
    """

    load: I
    slot: I
    vm: I
    wire: B
    most: F
    on: B
    unit: I
    far: I
    since_s: F
    mbit: F
    wanted: F
    first_of: I
    of_vm: I
    pace: F
    waits_for: I
    known_pace: F
    known_waits: I
    touched: B
    followed: I
    parts: F
    begin: I
    inside: I
    one: F
    keeps: B
    copied: F


class LimitArrays(NamedTuple):
    """The limits of a run: rate, burst and bucket; the balance, when it is used up or full, and until when all is
    counted; integrals of what is used and what there is (row x limit of the spec, the `original` of each, -1: none).
    Copies stand behind the limits of the spec, and count while something goes through them. `begun`: the last row in
    which something is counted.
    """

    rate: F
    burst: F
    bucket: F
    balance: F
    due_s: F
    since_s: F
    used: Any
    room: Any
    original: I
    begun: I


class FlowSeries(NamedTuple):
    """Integrals of the flows of VMs on units: row x host, after them row x domain; how many hosts and rows are."""

    disk_asked: F
    disk_served: F
    wire_asked: F
    wire_served: F
    hosts: np.int64
    rows: np.int64


class FlowLoads(NamedTuple):
    """What decides what loads ask for; `sums` are what flows of loads ask for and get, `series` that of units;
    `old` says which islands are solved anew; `thread_mhz`: the most that a vCPU does on each unit.
    """

    demand: Demand
    ticks: Ticks
    now: Now
    key1: np.uint64
    sums: Any
    series: FlowSeries
    old: B
    thread_mhz: F


AHEAD, ASK, COUNT, COUNT_OLD, SOLVE = range(5)
"""What `follow_flows` does."""
ONLY_OLD: Any = np.int64(-2)


@brief_door
def follow_flows(
    what: int, k: int, stop: int, time_s: float, eager: bool, flows: FlowArrays, limits: LimitArrays, paths: Paths,
    islands: Islands, room: Filling, loads: FlowLoads,
) -> int:  # fmt: skip
    """Carry flows AHEAD through the ticks from `k` on and before `stop`, until a balance turns, or a VM begins or ends
    to wait or has another pace, or a migration gets another amount (`eager`: until any flow does). Return the first
    tick that is not there yet; where such a VM is to be told, -1 - that.

    For an instant: find what flows ASK for in tick `k`; COUNT what they got until a time, all or those of `old` islands
    and limits that turn; SOLVE the old islands.
    """
    if what == ASK:
        _ask(k, flows, loads)
    elif what == SOLVE:
        _solve(time_s, flows, limits, paths, islands, room, loads.old)
    elif what != AHEAD:
        _count(time_s, NONE if what == COUNT else ONLY_OLD, loads.ticks.row[k], flows, limits, islands, room, loads)
    else:
        while k < stop:
            edge_s = loads.ticks.edges[k]
            if _is_due(edge_s, limits):
                return k
            _work_out(k, flows, loads)
            anew = _count(edge_s, k, loads.ticks.row[k - 1], flows, limits, islands, room, loads)
            k += 1
            if anew and (_solve(edge_s, flows, limits, paths, islands, room, loads.old) or eager):
                return -1 - k
    return k


@part
def _is_due(time_s: float, limits: LimitArrays) -> bool:
    """Whether a balance turns by a time."""
    turns = False
    for n in range(limits.due_s.size):
        turns |= limits.due_s[n] <= time_s
    return turns


@part
def _ask(k: int, flows: FlowArrays, loads: FlowLoads) -> None:
    """Fill what flows ask for in a tick."""
    _work_out(k, flows, loads)
    for f in range(flows.on.size):
        flows.wanted[f] = _asked(f, k - flows.begin[0], flows)


@inlined
def _asked(f: int, at: int, flows: FlowArrays) -> float:
    """What a flow asks for, `at` ticks after the first tick whose parts are worked out."""
    slot = flows.slot[f]
    part = 1.0 if slot < 0 else flows.parts[slot, at]
    return flows.most[f] * part if flows.on[f] else 0.0


@part
def _work_out(k: int, flows: FlowArrays, loads: FlowLoads) -> None:
    """Work out what parts of their vCPUs loads ask for: of themselves for some ticks at once."""
    demand, ticks, begin, count = loads.demand, loads.ticks, flows.begin[0], flows.parts.shape[1]
    anew = k < begin or k >= begin + count
    if anew:
        begin = flows.begin[0] = k
        count = min(count, ticks.row.size - k)
    for slot in range(flows.followed.size):
        load = flows.followed[slot]
        keeps = flows.keeps.size > 0 and flows.keeps[load]
        member = demand.rows[load].kind == MEMBER or keeps
        if not (anew or member):
            continue
        at, n = (k - begin, 1) if member else (0, count)
        part = flows.parts[slot, at : at + n]
        thread_mhz = _thread(flows.inside[load], flows, loads) if keeps else np.inf
        fill(load, k, n, demand, ticks, loads.now, loads.key1, thread_mhz, part)
        if demand.spans.shape[0] > 0 and not member:
            _keep(load, k, n, demand, part)
        if keeps:
            part[0] = _worked_off(load, part[0], k, thread_mhz, flows, loads)
        for b in range(n):
            part[b] /= demand.rows[load].size


@inlined
def _thread(v: int, flows: FlowArrays, loads: FlowLoads) -> float:
    """The most that a vCPU of a VM does where it runs."""
    u = flows.unit[flows.of_vm[flows.first_of[v]]]
    return float(loads.thread_mhz[u]) if u >= 0 else np.inf


@part
def _worked_off(load: int, own: float, k: int, thread_mhz: float, flows: FlowArrays, loads: FlowLoads) -> float:
    """MHz that a load does in a tick in which it asks for its `own`, and perhaps works off what waits."""
    demand, now = loads.demand, loads.now
    v = flows.inside[load]
    if not is_behind(v, now):
        return own
    if demand.rows[v].apps == 0:
        return float(now.behind[v])
    whole, vm, one = 0.0, demand.rows[v], flows.one
    for r in range(vm.apps + 1):
        fill(v if r == 0 else vm.first_app + r - 1, k, one.size, demand, loads.ticks, now, loads.key1, thread_mhz, one)
        whole += one[0]
    return part_of(own, 0.0, whole, 0.0, now.behind[v], 0.0 if v == load else demand.rows[load].size / vm.apps_size)


@inlined
def _keep(load: int, k: int, n: int, demand: Demand, mhz: F) -> None:
    """Keep what a load asks for in `n` ticks from `k` on, beside what is kept of ticks before."""
    span = demand.spans[load]
    if k < span[0] or k > span[1]:
        span[0] = span[1] = k
    for b in range(n):
        demand.kept[load, k + b] = mhz[b]
    span[1] = max(span[1], k + n)


@part
def _count(
    time_s: float, then: int, row: int, flows: FlowArrays, limits: LimitArrays, islands: Islands, room: Filling,
    loads: FlowLoads,
) -> bool:  # fmt: skip
    """Add what flows got, and what limits gave, since the last time; bring balances there. `then`: the tick of which
    all flows take over what they ask for (NONE: of none; ONLY_OLD: count those of old islands); islands with one that
    asks for another amount are old then. Whether there is one.
    """
    for c in range(limits.used.shape[1] if row > limits.begun[0] else 0):
        limits.used[row, c] = limits.room[row, c] = 0.0  # so the system gives memory once, not for reading before
    limits.begun[0] = max(limits.begun[0], row)
    for n in range(limits.rate.size):
        island = islands.of_limit[n]
        if then != ONLY_OLD or limits.due_s[n] <= time_s or (island >= 0 and loads.old[island]):
            dt = time_s - limits.since_s[n]
            c = limits.original[n]
            if c >= 0 and (c == n or island >= 0):
                limits.used[row, c] += room.used[n] * dt
                limits.room[row, c] += room.capacity[n] * dt
            if limits.bucket[n] > 0.0:
                left = limits.balance[n] + (limits.rate[n] - room.used[n]) * dt
                limits.balance[n] = min(max(left, 0.0), limits.bucket[n])
            limits.since_s[n] = time_s
    anew = False
    for n in range(islands.islands[0] if then >= 0 else 0):
        loads.old[n] = False
    for f in range(flows.on.size):
        if then != ONLY_OLD or loads.old[islands.of_flow[f]]:
            _count_flow(f, time_s, row, flows, room, loads.sums, loads.series)
        wanted = _asked(f, then - flows.begin[0], flows) if then >= 0 else room.demand[f]
        if wanted != room.demand[f]:
            loads.old[islands.of_flow[f]] = anew = True
            room.demand[f] = wanted
    return anew


@inlined
def _count_flow(
    f: int, time_s: float, row: int, flows: FlowArrays, room: Filling, sums: Any, series: FlowSeries
) -> None:
    """Add what a flow got since the last time."""
    if room.demand[f] > 0.0:
        dt, of_load, far, u = time_s - flows.since_s[f], sums[flows.load[f]], flows.far[f], flows.unit[f]
        asked, got = room.demand[f] * dt, room.rate[f] * dt
        at = row * series.hosts + u
        if u >= series.hosts:
            domains = series.disk_asked.size // series.rows - series.hosts
            at = series.rows * series.hosts + row * domains + u - series.hosts
        if flows.wire[f]:
            of_load.wire_asked += asked
            of_load.wire_served += got
            if far > INSIDE:
                of_load.to_zones += got if far == ZONES else 0.0
                of_load.to_regions += got if far == REGIONS else 0.0
                of_load.to_outside += got if far == OUT else 0.0
            flows.mbit[f] += got
            series.wire_asked[at] += asked
            series.wire_served[at] += got
        else:
            of_load.disk_asked += asked
            of_load.disk_served += got
            series.disk_asked[at] += asked
            series.disk_served[at] += got
    flows.since_s[f] = time_s


@part
def _solve(
    time_s: float, flows: FlowArrays, limits: LimitArrays, paths: Paths, islands: Islands, room: Filling, old: B
) -> bool:
    """Solve old islands, and find when their balances turn and at what pace their VMs work; whether that, or what a
    migration gets, is news.
    """
    news, own = False, flows.vm.size
    for island in range(islands.islands[0]):
        if not old[island]:
            continue
        through = islands.limit[islands.first_limit[island] : islands.first_limit[island + 1]]
        bursts = False
        for i in range(through.size):
            limit = through[i]
            if limits.bucket[limit] > 0.0:
                more, bursts = limits.balance[limit] > 0.0, True
                room.capacity[limit] = max(limits.burst[limit], limits.rate[limit]) if more else limits.rate[limit]
        fits = fill_island(island, islands, paths, room)
        for n in range(islands.first[island], islands.first[island + 1]):
            f = islands.flow[n]
            if f >= own:
                news |= room.rate[f] != flows.copied[f - own]
                continue
            v = flows.vm[f]
            if not fits or flows.waits_for[v] != FREE:
                flows.touched[v] = True
        for i in range(through.size if bursts else 0):
            limits.due_s[through[i]] = time_s + _until_turn(through[i], limits, room)
    for v in range(flows.touched.size):
        if flows.touched[v]:
            flows.touched[v] = False
            news |= _let_work(v, flows, room)
    return news


@inlined
def _until_turn(n: int, limits: LimitArrays, room: Filling) -> float:
    """Seconds until a balance is used up, or full again; inf where it never is."""
    saved = limits.rate[n] - room.used[n]
    if saved < 0.0 and limits.balance[n] > 0.0:
        return float(limits.balance[n] / -saved)
    if saved > 0.0 and limits.balance[n] < limits.bucket[n]:
        return float((limits.bucket[n] - limits.balance[n]) / saved)
    return np.inf


@part
def _let_work(v: int, flows: FlowArrays, room: Filling) -> bool:
    """Let a VM work as far as its flows are served; whether that is news."""
    pace, waits_for = 1.0, FREE
    for n in range(flows.first_of[v], flows.first_of[v + 1]):
        f = flows.of_vm[n]
        if room.demand[f] > 0.0:
            served = min(room.rate[f] / room.demand[f], 1.0)
            if served <= FULL and served < pace:
                pace, waits_for = served, room.stopped[f]
    flows.pace[v], flows.waits_for[v] = pace, waits_for
    return bool(pace != flows.known_pace[v] or waits_for != flows.known_waits[v])
