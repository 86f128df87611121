"""Sharing what a unit has in many ticks, and adding what it gave to the figures of the unit."""

from __future__ import annotations

from typing import Any

from designer.engine.compiled import inlined, part
from designer.engine.share.arrays import (
    CAPACITY,
    OVERHEAD,
    PAGE,
    PROPORTIONAL,
    SIZE,
    STEAL,
    THROTTLED,
    WAITING,
    Now,
    Scratch,
    Sums,
    Ticks,
    Units,
)
from designer.engine.share.cpu import lost_to_others, power_w, share
from designer.engine.share.pools import share_in_pools
from designer.engine.share.sparse import add, add_rows, ask, close_asked, keep_asked


@inlined
def give(
    u: int, p: int, m: int, k: int, n: int, even: bool, whole: bool, capacity: float, size: float, floored: bool,
    pooled: bool, ticks: Ticks, units: Units, now: Now, sums: Sums, scratch: Scratch,
) -> None:  # fmt: skip
    """Share what a unit has in `n` ticks from `k`, and add what it gave to its integrals. `even`: each is a recording
    row, all of one length, so nothing else is added to the rows between the first and the last. `whole`: alone, each
    VM would get all that it asks for.
    """
    unit, total, dt, left = units.rows[u], scratch.total, scratch.dt, max(capacity - now.busy[u], 0.0)
    asked, most, each = scratch.asked, 0.0, pooled or not whole or not even
    if even:
        add_rows(sums.sparse, CAPACITY, ticks.row[k], n, u, capacity * dt[0])
        add_rows(sums.sparse, SIZE, ticks.row[k], n, u, size * dt[0])
    for b in range(n):
        asked[b] = total[b] + scratch.throttled[b] + scratch.waiting[b] + scratch.overhead[b]
    for b in range(n):
        if each or total[b] > left:
            if not even:
                add(sums.sparse, CAPACITY, ticks.row[k + b], u, capacity * dt[b])
                add(sums.sparse, SIZE, ticks.row[k + b], u, size * dt[b])
            _share_tick(u, p, m, b, ticks.row[k + b], unit.rule, capacity, left, floored, pooled, now, sums, scratch)
        most = max(most, total[b])
    sums.used_most[u] = max(sums.used_most[u], most / capacity)
    if unit.has_power:
        _draw(u, n, now.busy[u], capacity, units, scratch)
    last = n - 1 if even else 0
    for b in range(n):
        if b == 1 and last > 1:
            _put_rows(u, k, last, capacity, dt[0], unit.has_power > 0, ticks, units, sums, scratch)
        if b == 0 or b >= last:
            _add_row(u, ticks.row[k + b], b, capacity, unit.has_power > 0, units, sums, scratch)


@part
def _share_tick(
    u: int, p: int, m: int, b: int, row: Any, rule: int, capacity: float, left: float, floored: bool, pooled: bool,
    now: Now, sums: Sums, scratch: Scratch,
) -> None:  # fmt: skip
    """Share what is `left` of a unit in a tick that asks for too much, and note what its VMs miss."""
    dt, overhead = scratch.dt[b], scratch.overhead[b]
    if scratch.total[b] > left or pooled:
        scratch.total[b], more, steal = _contended(
            p, m, b, rule, capacity, left, scratch.total[b], floored, pooled, dt, now, sums, scratch
        )
        overhead += more
        if steal > 0.0:
            add(sums.sparse, STEAL, row, u, steal * dt)
    if scratch.throttled[b] > 0.0:
        add(sums.sparse, THROTTLED, row, u, scratch.throttled[b] * dt)
    if scratch.waiting[b] > 0.0:
        add(sums.sparse, WAITING, row, u, scratch.waiting[b] * dt)
    if overhead > 0.0:
        add(sums.sparse, OVERHEAD, row, u, overhead * dt)


@part
def _draw(u: int, n: int, busy: float, capacity: float, units: Units, scratch: Scratch) -> None:
    """Work out the joules that a host draws in each of `n` ticks, in `Scratch.part`."""
    joules, total, dt, watts = scratch.part, scratch.total, scratch.dt, units.watts[u]
    if watts.size == 2:  # `power_w` for eight ticks at once
        idle_w, more_w = watts[0], watts[1] - watts[0]
        for b in range(n):
            joules[b] = (idle_w + more_w * min(max((total[b] + busy) / capacity, 0.0), 1.0)) * dt[b]
        return
    for b in range(n):
        joules[b] = power_w(u, (total[b] + busy) / capacity, units) * dt[b]


@part
def _add_row(
    u: int, row: Any, b: int, capacity: float, has_power: bool, units: Units, sums: Sums, scratch: Scratch
) -> None:
    """Add what a unit was asked for and gave in a tick to its recording row."""
    dt, asked = scratch.dt[b], scratch.asked[b]
    if u < units.rows.size - sums.peaks.begin.shape[0]:
        sums.peaks.heat[row, u] = max(sums.peaks.heat[row, u], asked / capacity)
    sums.allocated[row, u] += scratch.total[b] * dt
    ask(sums.sparse, sums.allocated, row, u, asked * dt)
    if has_power:
        sums.energy[row, u] += scratch.part[b]


@part
def _put_rows(
    u: int, k: int, last: int, capacity: float, dt: float, has_power: bool, ticks: Ticks, units: Units, sums: Sums,
    scratch: Scratch,
) -> None:  # fmt: skip
    """Put what a unit was asked for and gave in the ticks after `k`, before the `last` from there, into the recording
    rows that they are.
    """
    row, asked, total = ticks.row[k], scratch.asked[1:last], scratch.total[1:last]
    close_asked(sums.sparse, sums.allocated, u)
    allocated = sums.allocated[row + 1 : row + last, u]
    for b in range(last - 1):
        allocated[b] = total[b] * dt
    if u < units.rows.size - sums.peaks.begin.shape[0]:
        heat = sums.peaks.heat[row + 1 : row + last, u]
        for b in range(last - 1):
            heat[b] = asked[b] / capacity
    if has_power:
        energy, joules = sums.energy[row + 1 : row + last, u], scratch.part[1:last]
        for b in range(last - 1):
            energy[b] = joules[b]
    in_page = (row + PAGE) // PAGE * PAGE  # rows before this may have a page
    for b in range(last - 1):
        if asked[b] != total[b] or row + 1 + b < in_page:
            keep_asked(sums.sparse, sums.allocated, row + 1 + b, u, asked[b] * dt)
        if asked[b] != total[b]:
            in_page = (row + 1 + b + PAGE) // PAGE * PAGE


@inlined
def _contended(
    p: int, m: int, b: int, rule: int, capacity: float, left: float, total: float, floored: bool, pooled: bool,
    dt: float, now: Now, sums: Sums, scratch: Scratch,
) -> tuple[float, float, float]:  # fmt: skip
    """Share what is `left` of a unit in a tick that asks for too much: the column `b` of demand becomes what each gets.
    Their sum, what each would miss even alone, and what they lose to each other, and to migrations.
    """
    demand, vms = scratch.demand, scratch.vms
    for i in range(m):
        vms[i].demand = demand[i, b]
        if rule == PROPORTIONAL and floored:
            vms[i].floor = scratch.fresh[i, b]
    if pooled:
        share_in_pools(left, p, m, now, scratch)
    else:
        share(rule, left, total, vms, floored, m)
    got, overhead, steal = 0.0, 0.0, 0.0
    for i in range(m):
        v, wanted, given = now.vms[p + i], vms[i].demand, vms[i].given
        alone = min(wanted, capacity)
        lost = lost_to_others(alone, given)
        got += given
        steal += lost
        sums.vms[v].steal += lost * dt
        if wanted > alone:
            overhead += wanted - alone
            sums.vms[v].overhead += (wanted - alone) * dt
        demand[i, b] = given
    return got, overhead, steal
