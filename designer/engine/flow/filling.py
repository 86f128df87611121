"""Max-min over all limits at once, by progressive filling: all flows rise together; those that meet a full limit stay.

Flows that share a limit are one island, solved together. What an island gets follows from its own flows and limits, in
the order of their rows, so it is the same to the last bit whatever others do (Bertsekas and Gallager, Data Networks,
6.5).
"""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

import numpy as np

from designer.engine.compiled import brief_door, inlined, part
from designer.engine.share.arrays import F, I

BY_DEMAND, BY_OWN = -1, -2
"""What stops a flow that no limit stops: it asks for no more, or its own connections carry no more."""
ENOUGH = 1.0 - 1e-9
"""The part of a limit up to which it is not full, whatever rounding does."""


class Paths(NamedTuple):
    """The limits that flows go through: flow f through `limit[first[f]:end[f]]`, each rising; a unit of the flow takes
    `cost` there. There is room for others up to `first[f + 1]`.
    """

    first: I
    end: I
    limit: I
    cost: F


class Crossing(NamedTuple):
    """The flows that go through limits: through limit n `flow[first[n]:first[n + 1]]`, each rising, of which a unit
    takes `cost` there.
    """

    first: I
    flow: I
    cost: F


class Islands(NamedTuple):
    """Flows that share limits, as a number of `islands`: island n has the flows `flow[first[n]:first[n + 1]]`, which go
    through the limits `limit[first_limit[n]:first_limit[n + 1]]`; of each flow and limit, its island (`of_flow`,
    `of_limit`; a limit of no flow has -1), and of each limit its flows (`crossing`). `root` is scratch.
    """

    first: I
    flow: I
    of_flow: I
    of_limit: I
    first_limit: I
    limit: I
    crossing: Crossing
    islands: I
    root: I


class Filling(NamedTuple):
    """Where flows are filled up. Of flows: what they ask for (`demand`), the most that their own connections carry
    (`most`), what they get (`rate`), and what stops them (`stopped`: a limit, BY_DEMAND or BY_OWN). Of limits: their
    `capacity`, what is `used` of it; the rest is scratch, see `_raise`.
    """

    demand: F
    most: F
    rate: F
    stopped: I
    capacity: F
    used: F
    rising: I
    wanted: F
    heap: I
    tree: F


def paths_of(limits: list[list[int]], costs: list[list[float]]) -> Paths:
    """The paths of flows, from the limits and costs of each."""
    first = np.cumsum([0, *map(len, limits)], dtype=np.int64)
    flat = np.fromiter(chain.from_iterable(limits), np.int64, int(first[-1]))
    return Paths(first, first[1:].copy(), flat, np.fromiter(chain.from_iterable(costs), np.float64, flat.size))


def with_room(paths: Paths, flows: int) -> Paths:
    """The same paths with room for `flows` flows: new ones go through nothing."""
    more = np.full(flows + 1 - paths.first.size, paths.first[-1])
    return paths._replace(first=np.append(paths.first, more), end=np.append(paths.end, more))


def copy_paths(into: Paths, rows: I, other: Paths, which: I) -> None:
    """Copy the limits and costs of some paths (`which`) to where others (`rows`) begin; there is room for them."""
    count = other.end[which] - other.first[which]
    of = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    to, at = np.repeat(into.first[rows], count) + of, np.repeat(other.first[which], count) + of
    into.limit[to], into.cost[to] = other.limit[at], other.cost[at]


def room_for(count: I) -> Paths:
    """Empty paths; `count` is how many limits each flow goes through."""
    first = np.zeros(count.size + 1, np.int64)
    np.cumsum(count, out=first[1:])
    return Paths(first, first[1:].copy(), np.zeros(int(first[-1]), np.int64), np.zeros(int(first[-1])))


def rerouted(paths: Paths, rows: I, others: Paths) -> Paths:
    """The paths where some flows (`rows`) go other ways: the same ones, rewritten, where each has room for its own."""
    count, every = np.diff(others.first), np.arange(rows.size)
    if (count > paths.first[rows + 1] - paths.first[rows]).any():
        before, width = paths, np.diff(paths.first)
        width[rows] = np.maximum(width[rows], count)
        paths = room_for(width)
        copy_paths(paths, np.arange(width.size), before, np.arange(width.size))
        paths.end[:] = paths.first[:-1] + before.end - before.first[:-1]
    copy_paths(paths, rows, others, every)
    paths.end[rows] = paths.first[rows] + count
    return paths


def filling_of(flows: int, limits: int) -> Filling:
    """Room for flows and limits; nothing is asked for yet."""
    demand, rate, most, stopped = np.zeros(flows), np.zeros(flows), np.full(flows, np.inf), np.full(flows, BY_DEMAND)
    capacity, used, wanted, tree = np.zeros(limits), np.zeros(limits), np.zeros(flows), np.zeros(4 * limits + 2)
    rising, heap = np.zeros(limits, np.int64), np.zeros(flows, np.int64)
    return Filling(demand, most, rate, stopped, capacity, used, rising, wanted, heap, tree)


def islands_of(paths: Paths, limits: int) -> Islands:
    """The islands of flows, in the order of their first flows."""
    flows = paths.first.size - 1
    of_flow, of_limit = np.zeros(flows, np.int64), np.full(limits, -1, np.int64)
    size = paths.limit.size
    crossing = Crossing(np.zeros(limits + 1, np.int64), np.empty(size, np.int64), np.empty(size))
    first, first_limit = np.zeros(flows + 1, np.int64), np.zeros(flows + 1, np.int64)
    flow, limit = np.empty(flows, np.int64), np.empty(limits, np.int64)
    count, root = np.zeros(1, np.int64), np.zeros(limits, np.int64)
    found = Islands(first, flow, of_flow, of_limit, first_limit, limit, crossing, count, root)
    find_islands(paths, found)
    return found


@brief_door
def find_islands(paths: Paths, found: Islands) -> None:
    """Fill in the islands of flows and limits."""
    count = found.islands[0] = _number(paths, found.root, found.of_flow, found.of_limit)
    _group(found.of_flow, count, found.first, found.flow)
    _group(found.of_limit, count, found.first_limit, found.limit)
    _cross(paths, found.crossing)


@part
def _group(of: I, groups: int, first: I, order: I) -> None:
    """Fill in the rows of groups: those of group n are `order[first[n]:first[n + 1]]`, rising. `of` is the group of
    each row (-1: none).
    """
    for n in range(groups + 1):
        first[n] = 0
    for row in range(of.size):
        if of[row] >= 0:
            first[of[row] + 1] += 1
    for n in range(groups):
        first[n + 1] += first[n]
    for row in range(of.size):
        if of[row] >= 0:
            order[first[of[row]]] = row
            first[of[row]] += 1
    _set_back(groups, first)


@part
def _cross(paths: Paths, crossing: Crossing) -> None:
    """Fill in the flows of each limit."""
    first, limits = crossing.first, crossing.first.size - 1
    for n in range(limits + 1):
        first[n] = 0
    for f in range(paths.end.size):
        for e in range(paths.first[f], paths.end[f]):
            first[paths.limit[e] + 1] += 1
    for n in range(limits):
        first[n + 1] += first[n]
    for f in range(paths.end.size):
        for e in range(paths.first[f], paths.end[f]):
            at = first[paths.limit[e]]
            crossing.flow[at], crossing.cost[at] = f, paths.cost[e]
            first[paths.limit[e]] += 1
    _set_back(limits, first)


@part
def _set_back(groups: int, first: I) -> None:
    """Let each group begin where it does: while it was filled, its begin was moved on to its end."""
    for n in range(groups, 0, -1):
        first[n] = first[n - 1]
    first[0] = 0


@part
def _number(paths: Paths, root: I, of_flow: I, of_limit: I) -> int:
    """Number the islands of flows and limits; how many there are. The root of a limit is never behind it."""
    first, end, limit = paths.first, paths.end, paths.limit
    for n in range(root.size):
        root[n], of_limit[n] = n, -1
    for f in range(of_flow.size):
        for e in range(first[f] + 1, end[f]):
            a, b = root[limit[first[f]]], root[limit[e]]
            if a == b:
                continue
            while root[a] != a:
                root[a] = root[root[a]]
                a = root[a]
            while root[b] != b:
                root[b] = root[root[b]]
                b = root[b]
            root[max(a, b)] = min(a, b)
    for n in range(root.size):
        root[n] = root[root[n]]
    count = 0
    for f in range(of_flow.size):
        a = root[limit[first[f]]] if first[f] < end[f] else -1
        if a < 0 or of_limit[a] < 0:
            of_flow[f] = count
            if a >= 0:
                of_limit[a] = count
            count += 1
        else:
            of_flow[f] = of_limit[a]
    for n in range(root.size):
        of_limit[n] = of_limit[root[n]]
    return count


@part
def fill_island(island: int, islands: Islands, paths: Paths, room: Filling) -> bool:
    """Share the limits of an island among its flows; whether all get what they ask for."""
    begin, end = islands.first[island], islands.first[island + 1]
    if end - begin == 1:
        return _fill_alone(islands.flow[begin], paths, room)
    through = islands.limit[islands.first_limit[island] : islands.first_limit[island + 1]]
    if _fits(begin, end, islands.flow, through, islands.crossing, room):
        return True
    _raise(begin, end, islands.flow, through, paths, islands.crossing, room)
    return False


@part
def _fill_alone(f: int, paths: Paths, room: Filling) -> bool:
    """Give a flow what it asks for, as far as its limits go, which it has for itself; whether it gets all: the same
    numbers as among others.
    """
    asked = room.demand[f]
    fits, own = True, asked <= room.most[f]
    rate, stopped = asked if own else room.most[f], BY_DEMAND if own else BY_OWN
    for e in range(paths.first[f], paths.end[f]):
        fits &= paths.cost[e] * asked <= room.capacity[paths.limit[e]] * ENOUGH
    for e in range(paths.first[f], paths.end[f] if not (fits and own) else paths.first[f]):
        level = max(room.capacity[paths.limit[e]], 0.0) / paths.cost[e]
        if level < rate:
            rate, stopped = level, paths.limit[e]
    room.rate[f], room.stopped[f] = rate, stopped
    for e in range(paths.first[f], paths.end[f]):
        room.used[paths.limit[e]] = paths.cost[e] * rate
    return bool(fits and own)


@part
def _fits(begin: int, end: int, flow: I, through: I, crossing: Crossing, room: Filling) -> bool:
    """Give all flows what they ask for, if no limit is full then: the same numbers as when they rise together."""
    fits = True
    for n in range(begin, end):
        f = flow[n]
        asked = room.demand[f]
        fits &= asked <= room.most[f]
        room.rate[f], room.stopped[f] = asked, BY_DEMAND
    for i in range(through.size):
        at, used = through[i], 0.0
        for e in range(crossing.first[at], crossing.first[at + 1]):
            used += crossing.cost[e] * room.demand[crossing.flow[e]]
        room.used[at] = used
        fits &= used <= room.capacity[at] * ENOUGH
    return fits


@part
def _raise(begin: int, end: int, flow: I, through: I, paths: Paths, crossing: Crossing, room: Filling) -> None:
    """Raise all flows of an island together. In each round those stay that ask for no more than the lowest level at
    which a limit is full; where there is none, those stay that go through it.

    Flows are a heap by what they ask for, levels a tree whose nodes are each the lower of the two below. A level only
    rises while flows stay, so a limit is looked at again (`rising` is -1 until then) once it may be the lowest.
    """
    rate, tree, left, leaves = room.rate, room.tree, end - begin, 1
    while leaves < through.size:
        leaves *= 2
    for i in range(2 * leaves):
        tree[i] = np.inf
    for n in range(begin, end):
        f = flow[n]
        rate[f], room.heap[n] = -1.0, f
        room.wanted[f] = min(room.demand[f], room.most[f])
    for n in range(left // 2 - 1, -1, -1):
        _sink(n, begin, left, room)
    for i in range(through.size):
        _look(through[i], leaves + i, crossing, room)
    waits = left
    while left > 0:
        before, level, leaf = left, tree[1], _leaf_from(leaves, tree[1], leaves, tree)
        if leaf - leaves < through.size and room.rising[through[leaf - leaves]] < 0:
            _look(through[leaf - leaves], leaf, crossing, room)
            continue
        while waits > 0 and not room.wanted[room.heap[begin]] > level:
            f = room.heap[begin]
            waits -= 1
            room.heap[begin] = room.heap[begin + waits]
            _sink(0, begin, waits, room)
            if rate[f] < 0.0:
                rate[f] = room.wanted[f]
                room.stopped[f] = BY_DEMAND if room.demand[f] <= room.most[f] else BY_OWN
                _stay(f, paths, room)
                left -= 1
        if left < before:
            continue
        while leaf < 2 * leaves:
            if room.rising[through[leaf - leaves]] < 0:
                _look(through[leaf - leaves], leaf, crossing, room)
            leaf = _leaf_from(leaf + 1, level, leaves, tree)
        leaf = _leaf_from(leaves, level, leaves, tree)
        while leaf < 2 * leaves:
            at = through[leaf - leaves]
            for e in range(crossing.first[at], crossing.first[at + 1]):
                f = crossing.flow[e]
                if rate[f] < 0.0:
                    rate[f], room.stopped[f] = level, at
                    _stay(f, paths, room)
                    left -= 1
            leaf = _leaf_from(leaf + 1, level, leaves, tree)
    for i in range(through.size):
        if room.rising[through[i]] < 0:
            _look(through[i], leaves + i, crossing, room)


@inlined
def _sink(n: int, begin: int, size: int, room: Filling) -> None:
    """Let the flow at a place of the heap sink to where it belongs: each asks for no more than the two below it."""
    f = room.heap[begin + n]
    wanted = room.wanted[f]
    while 2 * n + 1 < size:
        below = 2 * n + 1
        if below + 1 < size and room.wanted[room.heap[begin + below + 1]] < room.wanted[room.heap[begin + below]]:
            below += 1
        if room.wanted[room.heap[begin + below]] >= wanted:
            break
        room.heap[begin + n] = room.heap[begin + below]
        n = below
    room.heap[begin + n] = f


@inlined
def _leaf_from(n: int, level: float, leaves: int, tree: F) -> int:
    """The first leaf from `n` on of at most a level; twice the leaves: there is none."""
    while n < 2 * leaves:
        if tree[n] <= level:
            while n < leaves:
                n *= 2
                if tree[n] > level:
                    n += 1
            return n
        n += 1
        while n % 2 == 0:
            n //= 2
        if n == 1:
            break
    return 2 * leaves


@inlined
def _stay(f: int, paths: Paths, room: Filling) -> None:
    """Let the limits of a flow be looked at again."""
    for e in range(paths.first[f], paths.end[f]):
        room.rising[paths.limit[e]] = -1


@part
def _look(at: int, leaf: int, crossing: Crossing, room: Filling) -> None:
    """Find how many flows of a limit still rise, what the others use of it, and at which level it is full."""
    used, weight, rising, tree = 0.0, 0.0, 0, room.tree
    for e in range(crossing.first[at], crossing.first[at + 1]):
        got = room.rate[crossing.flow[e]]
        if got < 0.0:
            weight += crossing.cost[e]
            rising += 1
        else:
            used += crossing.cost[e] * got
    room.used[at], room.rising[at] = used, rising
    tree[leaf] = max(room.capacity[at] - used, 0.0) / weight if rising > 0 else np.inf
    while leaf > 1:
        leaf //= 2
        lower = min(tree[2 * leaf], tree[2 * leaf + 1])
        if tree[leaf] == lower:
            break
        tree[leaf] = lower
