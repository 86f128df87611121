"""Migrations carried on, compiled: who begins, goes on otherwise, arrives or ends, and what follows for the others that
share an end with these: one call an instant."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from designer.engine.clock.agenda import ARRIVED, COPIED, GIVEN_UP, MIGRATE, Heap, drop, push
from designer.engine.compiled import Entrance, brief_door, inlined, part, parts
from designer.engine.share.arrays import B, F, I
from designer.engine.spec import precopy
from designer.engine.spec.precopy import KVM, PLAIN, PLAIN_COST, PLAIN_FRAC, Copy, GuestMemory, Stop
from designer.engine.state.motion import MovedState

COPY = np.dtype(
    [("rounds", "i8"), ("round_mib", "f8"), ("left_mib", "f8"), ("written_mib", "f8"), ("sent_mib", "f8"),
     ("pace", "f8"), ("high", "i8"), ("last", "?"), ("stopped", "?")]
)  # fmt: skip
"""A copy under way, as in `precopy`."""
MOVE = np.dtype(
    [("v", "i8"), ("source", "i8"), ("target", "i8"), ("at_s", "f8"), ("mib_s", "f8"), ("most_mib_s", "f8"),
     ("stamp", "i8"), ("serial", "i8"), ("mhz", "f8"), ("down_s", "f8"), ("spent", "f8"), ("spent_there", "f8"),
     ("fresh", "?")]
)  # fmt: skip
"""The migration of a VM between two units, since `at_s` at `mib_s`, at most at `most_mib_s`; what was planned for it is
of number `stamp`. `serial` is the entry of the log that tells its begin, `mhz` what the plain model takes at its end,
`down_s` how long the VM has stood still; `spent` are the MHz that both ends spend at that speed. One that is `fresh`
has no speed yet: it begins with the next SHARE.
"""


class MoveTable(NamedTuple):
    """The migrations under way: `order[:counts[0]]` are their rows, by VM, the others are free. In `ends` of them each
    unit takes part. The first `counts[1]` of `marked` are the units of which that changed (their `marks` are 1), or the
    speed of one (2).
    """

    rows: Any
    copies: Any
    thens: Any
    order: I
    counts: I
    stamp: I
    ends: I
    marks: I
    marked: I


class Movers(NamedTuple):
    """What units give to migrations, a row a unit, and what VMs bring, a row a VM. Each unit takes part in at most so
    many (`slots`) at a time, and gives up those that take too long for each GiB of a VM.
    """

    rule: I
    mbps: F
    downtime_s: F
    converge: B
    core_per_gbps: F
    thread_mhz: F
    capacity: F
    ram_mib: F
    dirty_mib_s: F
    hot_mib: F
    ids: I
    slots: F
    timeout_s_gib: F


class Told(NamedTuple):
    """What a call did: VMs that it touched, units that it touched; rows of migrations that are over, or begin. `flags`:
    of those that begin whether they never end, of those that ask whether they may. `counts`: VMs, units, rows, planned
    rows of the agenda, and whether anything was done.
    """

    vms: I
    units: I
    over: I
    flags: B
    counts: I
    spent: F


CHOOSE, BEGIN, GO_ON, ARRIVE, GIVE_UP, END, SHARE = range(7)
"""What `carry_moves` does: it says which VMs may begin, one after the other; VMs begin to move to units, with MHz of
the plain model; their copies go on as was planned, arrive, or are given up (where they are of a number); they end for
another reason; nothing of itself but `_share`.
"""
MIB = 2**20
converges, begun, _, _advanced, _stops, _slowed, next_round, until_change, walked, mib_s_of = parts(
    precopy.converges, precopy.begun, precopy._limit_s, precopy._advanced, precopy._stops, precopy._slowed,
    precopy.next_round, precopy.until_change, precopy.walked, precopy.mib_s_of,
)  # fmt: skip


def limit_s(v: int, source: int, of: Movers) -> float:
    """Seconds after which the migration of a VM from a host is given up; inf: never."""
    return float(of.timeout_s_gib[source] * of.ram_mib[v] / 1024.0) if of.rule[source] == KVM else np.inf


_limit_s = part(limit_s)


@part
def _copy(of: Any, n: int) -> Copy:
    c = of[n]
    return Copy(
        c.rounds, c.round_mib, c.left_mib, c.written_mib, c.sent_mib, c.pace, c.high, bool(c.last), bool(c.stopped)
    )


@part
def _put(of: Any, n: int, copy: Copy) -> None:
    c = of[n]
    c.rounds, c.round_mib, c.left_mib, c.written_mib = copy.rounds, copy.round_mib, copy.left_mib, copy.written_mib
    c.sent_mib, c.pace, c.high, c.last, c.stopped = copy.sent_mib, copy.pace, copy.high, copy.last, copy.stopped


@part
def _place(v: int, moves: MoveTable) -> int:
    """Where the migration of a VM stands in the order, or would."""
    low, high = 0, moves.counts[0]
    while low < high:
        middle = (low + high) // 2
        if moves.rows[moves.order[middle]].v < v:
            low = middle + 1
        else:
            high = middle
    return low


@part
def _find(v: int, moves: MoveTable) -> int:
    """The row of the migration of a VM; -1: it is not on its way."""
    at = _place(v, moves)
    if at < moves.counts[0] and moves.rows[moves.order[at]].v == v:
        return int(moves.order[at])
    return -1


@part
def _mark(u: int, by: int, moves: MoveTable) -> None:
    if moves.marks[u] == 0:
        moves.marks[u] = by
        moves.marked[moves.counts[1]] = u
        moves.counts[1] += 1


@part
def _most_mib_s(source: int, target: int, moves: MoveTable, of: Movers) -> float:
    """The bandwidth of a migration: an equal part of what each end has, the smaller one."""
    own, other = of.mbps[source], of.mbps[target]
    if of.rule[source] == PLAIN:
        return float(mib_s_of(min(own, other) * PLAIN_FRAC))
    return float(mib_s_of(min(own / moves.ends[source], other / moves.ends[target])))


@part
def _run_at(n: int, mib_s: float, moves: MoveTable, of: Movers) -> None:
    """Let a migration go on at a speed, and both ends spend what it takes."""
    row = moves.rows[n]
    row.mib_s = mib_s
    if of.rule[row.source] == PLAIN:
        row.spent, row.spent_there = 0.0, row.mhz
        return
    gbps = mib_s * MIB * 8 / 1e9
    row.spent = of.core_per_gbps[row.source] * gbps * of.thread_mhz[row.source]
    row.spent_there = of.core_per_gbps[row.target] * gbps * of.thread_mhz[row.target]


@part
def _set_pace(v: int, pace: float, s: MovedState, told: Told) -> None:
    s.move_pace[v] = pace
    s.pace[v] = s.io_pace[v] * s.memory_pace[v] * pace
    told.vms[told.counts[0]] = v
    told.counts[0] += 1


@part
def _rehouse(v: int, u: int, s: MovedState) -> None:
    """Note that a VM takes other room than before on a unit."""
    s.rehoused[v] = s.resized[u] = True


@part
def _plan(time_s: float, n: int, moves: MoveTable, of: Movers, heap: Heap, size: int, told: Told) -> None:
    """Plan what comes next: the pace of the VM changes, or it stands still, or it has arrived."""
    row, copy = moves.rows[n], _copy(moves.copies, n)
    guest, stop = _guest(row.v, of), _stop(row.source, of)
    moves.stamp[0] += 1
    row.stamp, row.at_s = moves.stamp[0], time_s
    what, span_s = ARRIVED, 0.0
    if copy.stopped:
        if stop.rule != PLAIN:
            span_s = copy.left_mib / row.mib_s
    elif converges(guest, stop, row.mib_s):
        what = COPIED
        span_s, then = until_change(copy, guest, stop, row.mib_s)
        _put(moves.thens, n, then)
    else:
        return
    _push(time_s + span_s, what, row.v, row.stamp, of, heap, size, told)


@part
def _push(time_s: float, what: int, v: int, stamp: int, of: Movers, heap: Heap, size: int, told: Told) -> None:
    """Plan an event of a VM."""
    end = size + told.counts[3]
    told.counts[3] += 1
    heap.time_s[end] = time_s
    key = heap.keys[end]
    key[0], key[1], key[2], key[3], key[4], key[5] = MIGRATE, of.ids[v], what, v, stamp, 0
    push(heap.time_s, heap.keys, end)


@part
def _guest(v: int, of: Movers) -> GuestMemory:
    return GuestMemory(of.ram_mib[v], of.dirty_mib_s[v], of.hot_mib[v])


@part
def _stop(u: int, of: Movers) -> Stop:
    return Stop(of.rule[u], of.downtime_s[u], bool(of.converge[u]))


@part
def _start(n: int, mib_s: float, moves: MoveTable, of: Movers) -> bool:
    """Let a copy begin at a speed; whether it converges."""
    row = moves.rows[n]
    guest, stop = _guest(row.v, of), _stop(row.source, of)
    _run_at(n, mib_s, moves, of)
    _put(moves.copies, n, begun(guest, stop, mib_s))
    return bool(converges(guest, stop, mib_s))


@inlined
def _begin(n: int, v: int, target: int, moves: MoveTable, s: MovedState) -> None:
    """Let a VM begin to move, by a free row."""
    at, source, count = _place(v, moves), s.unit[v], moves.counts[0]
    for i in range(count, at, -1):
        moves.order[i] = moves.order[i - 1]
    moves.order[at] = n
    moves.counts[0] += 1
    row = moves.rows[n]
    row.v, row.source, row.target, row.down_s, row.serial, row.most_mib_s = v, source, target, 0.0, 0, np.inf
    moves.ends[source] += 1
    moves.ends[target] += 1
    _mark(source, 1, moves)
    _mark(target, 1, moves)
    s.to[v] = target
    _rehouse(v, target, s)


@part
def _leave(v: int, n: int, moves: MoveTable, s: MovedState, told: Told) -> None:
    """End a migration; its row is free."""
    row, last = moves.rows[n], moves.counts[0] - 1
    for i in range(_place(v, moves), last):
        moves.order[i] = moves.order[i + 1]
    moves.order[last] = n
    moves.counts[0] = last
    moves.ends[row.source] -= 1
    moves.ends[row.target] -= 1
    _mark(row.source, 1, moves)
    _mark(row.target, 1, moves)
    _rehouse(v, s.to[v], s)
    s.to[v] = -1
    _set_pace(v, 1.0, s, told)
    told.over[told.counts[2]] = n
    told.counts[2] += 1


@part
def _land(v: int, n: int, moves: MoveTable, s: MovedState, told: Told) -> None:
    """Let a VM run where it was copied to."""
    target = moves.rows[n].target
    _rehouse(v, s.unit[v], s)
    s.unit[v] = s.origin[v] = target
    _leave(v, n, moves, s, told)


@part
def _share(
    time_s: float, apart: bool, moves: MoveTable, of: Movers, s: MovedState, heap: Heap, size: int, told: Told
) -> None:
    """Let migrations that share an end with some that begin or end go on at another speed, or all (`apart`); and let
    units spend what all of theirs take, at most all they have.
    """
    rows, order, marks, spent = moves.rows, moves.order, moves.marks, told.spent
    for k in range(moves.counts[0]):
        n = order[k]
        row = rows[n]
        if not (apart or marks[row.source] == 1 or marks[row.target] == 1):
            continue
        mib_s = min(_most_mib_s(row.source, row.target, moves, of), row.most_mib_s)
        if row.fresh:
            row.fresh = False
            _start(n, mib_s, moves, of)
            _set_pace(row.v, 0.0 if moves.copies[n].stopped else moves.copies[n].pace, s, told)
            _plan(time_s, n, moves, of, heap, size, told)
            continue
        if mib_s == row.mib_s:
            continue
        span_s, copy = time_s - row.at_s, _copy(moves.copies, n)
        if copy.stopped:
            row.down_s += span_s
        _put(moves.copies, n, walked(copy, _guest(row.v, of), _stop(row.source, of), row.mib_s, span_s))
        if apart:  # speeds change so often that what holds no more would be most of the agenda
            for what in (COPIED, ARRIVED):
                end = size + told.counts[3]
                told.counts[3] += drop(heap.time_s, heap.keys, end, what, row.v, row.stamp) - end
        _run_at(n, mib_s, moves, of)
        _plan(time_s, n, moves, of, heap, size, told)
        _mark(row.source, 2, moves)
        _mark(row.target, 2, moves)
    for i in range(moves.counts[1]):
        spent[moves.marked[i]] = 0.0
    for k in range(moves.counts[0]):
        row = rows[order[k]]
        spent[row.source] += row.spent
        spent[row.target] += row.spent_there
    told.counts[1] = moves.counts[1]
    for i in range(moves.counts[1]):
        u = told.units[i] = moves.marked[i]
        s.busy[u], marks[u] = min(spent[u], of.capacity[u]), 0
    moves.counts[1] = 0


@inlined
def _choose(vms: I, targets: I, moves: MoveTable, of: Movers, s: MovedState, told: Told) -> None:
    """Say which VMs may begin, by how many migrations each end takes part in."""
    ends, slots = moves.ends, of.slots
    for i in range(vms.size):
        source, target = s.unit[vms[i]], targets[i]
        begins = ends[source] < slots[source] and ends[target] < slots[target]
        told.flags[i] = begins
        if begins:
            told.counts[4] = 1
            ends[source] += 1
            ends[target] += 1
    for i in range(vms.size):
        if told.flags[i]:
            ends[s.unit[vms[i]]] -= 1
            ends[targets[i]] -= 1


@brief_door
def carry_moves(
    what: int, time_s: float, vms: I, by: I, mhz: F, apart: bool, serial: int, moves: MoveTable, of: Movers,
    s: MovedState, heap: Heap, size: int, told: Told,
) -> None:  # fmt: skip
    """Carry the migrations of some VMs on; `by` are units where they BEGIN, else numbers; `serial` is the next entry of
    the log. What follows is planned behind the `size` rows of an agenda (`heap`). Where ways are shared with others
    (`apart`), speeds follow by SHARE, those of migrations that begin, too.
    """
    told.counts[:] = 0
    if what == CHOOSE:
        _choose(vms, by, moves, of, s, told)
        return
    if what == BEGIN:
        first = moves.counts[0]
        for i in range(vms.size):
            _begin(moves.order[first + i], vms[i], by[i], moves, s)
    for i in range(vms.size):
        v = vms[i]
        n = _find(v, moves)
        if n < 0:
            continue
        row = moves.rows[n]
        if what == BEGIN:
            told.over[i] = n
            row.mhz, row.fresh = PLAIN_COST * mhz[i], apart
            converging = _start(n, _most_mib_s(row.source, row.target, moves, of), moves, of)
            told.flags[i] = not converging
            row.serial, late_s = serial + i, _limit_s(v, row.source, of)
            if late_s < np.inf:
                _push(time_s + late_s, GIVEN_UP, v, row.serial, of, heap, size, told)
            if apart:
                moves.stamp[0] += 1
                row.stamp, row.at_s = moves.stamp[0], time_s
                continue
        elif what == END or (what == GIVE_UP and row.serial == by[i]):
            told.counts[4] = 1
            _leave(v, n, moves, s, told)
            continue
        elif what == GIVE_UP or row.stamp != by[i]:
            continue
        elif what == GO_ON:
            moves.copies[n] = moves.thens[n]
        told.counts[4] = 1
        stopped = moves.copies[n].stopped
        if what == ARRIVE:
            row.down_s += time_s - row.at_s
        if what == ARRIVE or (what == GO_ON and stopped and of.rule[row.source] == PLAIN):
            _land(v, n, moves, s, told)
            continue
        _set_pace(v, 0.0 if stopped else moves.copies[n].pace, s, told)
        _plan(time_s, n, moves, of, heap, size, told)
    if what == SHARE or (not apart and (what == BEGIN or told.counts[2] > 0)):
        _share(time_s, apart, moves, of, s, heap, size, told)


def through() -> Entrance:
    """The entrance to `carry_moves` of a run."""
    return Entrance(carry_moves)
