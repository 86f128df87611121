"""What depends on a unit: its children, what it feeds, databases on it, VMs that need it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, brief_door, part
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.tree import Fed

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


class NeedGroups(NamedTuple):
    """Groups of units of which one must be up: group g belongs to row `owner[g]`, its units are
    `unit[first[g]:first[g + 1]]`; a row owns the groups `own[row]:own[row + 1]`, a unit is in the groups
    `group[of[u]:of[u + 1]]`.
    """

    owner: I
    first: I
    unit: I
    own: I
    of: I
    group: I


class UnitLinks(NamedTuple):
    """Links between units. Children of unit u: `child[below[u]:below[u + 1]]`; databases that may be on it:
    `base[at[u]:at[u + 1]]`; groups of feeds. A unit that `holds` gives for a time after it went down.
    """

    parent: I
    below: I
    child: I
    at: I
    base: I
    feeds: NeedGroups
    holds: B


class Links(NamedTuple):
    """Links between units, and groups of needs of VMs."""

    units: UnitLinks
    needs: NeedGroups


class UnitArrays(NamedTuple):
    """How units are: the arrays of the state that decide who is up."""

    up: B
    failed: B
    moving: B
    dark: B
    replica: I


def _index(keys: I, size: int) -> tuple[I, I]:
    """Where the rows of each key begin (one more than keys), and the rows in order of their keys."""
    if not keys.size:
        return np.zeros(size + 1, np.int64), keys
    order = np.argsort(keys, kind="stable")
    return np.searchsorted(keys[order], np.arange(size + 1)).astype(np.int64), order.astype(np.int64)


def _groups(fed: Fed, rows: int, units: int) -> NeedGroups:
    first, order = _index(fed.group, fed.needs.size)
    of, by_unit = _index(fed.feed, units)
    own = np.searchsorted(fed.needs, np.arange(rows + 1)).astype(np.int64)
    return NeedGroups(fed.needs, first, fed.feed[order], own, of, fed.group[by_unit])


def links_of(tables: Tables) -> Links:
    """The links of a run's units."""
    t, units = tables, tables.unit_ids.size
    inside = np.flatnonzero(t.parent >= 0)
    below, order = _index(t.parent[inside], units)
    pairs = [(int(place), base) for base, places in t.replicas.items() for place in places]
    places = np.array([place for place, _ in pairs], np.int64)
    at, by_place = _index(places, units)
    bases = np.array([base for _, base in pairs], np.int64)
    feeds, needs = _groups(t.fed, units, units), _groups(t.needs, len(t.vms), units)
    return Links(UnitLinks(t.parent, below, inside[order], at, bases[by_place], feeds, t.holds), needs)


class SpreadScratch(NamedTuple):
    """Where a spread is worked out: units that are looked at and may be lowered, units that were tried; and what it
    gives, units that changed and by which seed each did.
    """

    stack: I
    tried: I
    units: I
    by: I


@part
def _may_be_up(u: int, links: UnitLinks, s: UnitArrays) -> bool:
    if s.failed[u] or s.moving[u] or (links.parent[u] >= 0 and not s.up[links.parent[u]]):
        return False
    if s.replica[u] >= 0 and not s.up[s.replica[u]]:
        return False
    feeds = links.feeds
    for g in range(feeds.own[u], feeds.own[u + 1]):
        given = False
        for e in range(feeds.first[g], feeds.first[g + 1]):
            f = feeds.unit[e]
            given = given or s.up[f] or (links.holds[f] and not s.dark[f])
        if not given:
            return False
    return True


@part
def _push_dependents(u: int, links: UnitLinks, s: UnitArrays, stack: I, count: int) -> int:
    for n in range(links.below[u], links.below[u + 1]):
        stack[count] = links.child[n]
        count += 1
    for n in range(links.feeds.of[u], links.feeds.of[u + 1]):
        stack[count] = links.feeds.owner[links.feeds.group[n]]
        count += 1
    for n in range(links.at[u], links.at[u + 1]):
        if s.replica[links.base[n]] == u:
            stack[count] = links.base[n]
            count += 1
    return count


@part
def _lower(stack: I, count: int, links: UnitLinks, s: UnitArrays, found: I, size: int) -> int:
    """Let units of a stack fall that may not be up, and what follows from it; note them behind what is `found`."""
    while count > 0:
        count -= 1
        u = stack[count]
        if s.up[u] and not _may_be_up(u, links, s):
            s.up[u] = False
            found[size] = u
            size += 1
            count = _push_dependents(u, links, s, stack, count)
    return size


@part
def _raise(stack: I, count: int, links: UnitLinks, s: UnitArrays, tried: I) -> int:
    """Take all units of a stack, and what follows from them, to be up that have not failed; note them."""
    size = 0
    while count > 0:
        count -= 1
        u = stack[count]
        if not (s.up[u] or s.failed[u] or s.moving[u]):
            s.up[u] = True
            tried[size] = u
            size += 1
            count = _push_dependents(u, links, s, stack, count)
    return size


@brief_door
def _spread(seeds: I, up: bool, of_unit: bool, links: UnitLinks, s: UnitArrays, room: SpreadScratch) -> int:
    """Let units fail or be back (`up`) one after the other, or, feeds, give (no more); how many changed for it."""
    size: int = ZERO
    for n in range(seeds.size):
        u, before, count = seeds[n], size, ZERO
        if of_unit:
            s.failed[u] = not up
            room.stack[0] = u
            count = 1
        else:
            s.dark[u] = not up
            count = _push_dependents(u, links, s, room.stack, count)
        if up:  # all that may rise is taken to be up, then what may not be up falls
            tried = _raise(room.stack, count, links, s, room.tried)
            for i in range(tried):
                room.stack[i] = room.tried[i]
            _lower(room.stack, tried, links, s, room.units, size)
            for i in range(tried):
                if s.up[room.tried[i]]:
                    room.units[size] = room.tried[i]
                    size += 1
        else:
            size = _lower(room.stack, count, links, s, room.units, size)
        for i in range(before, size):
            room.by[i] = n
    return size


def spread(seeds: I, up: bool, of_unit: bool, links: UnitLinks, s: UnitArrays) -> tuple[I, I]:
    """Let units fail one after the other, or be failed no more (`up`); or feeds give no more, or again. The units that
    fell or rose, and by which seed each did.
    """
    units = links.parent.size
    # What changes pushes its dependents once, a seed twice; what was tried is pushed once more.
    most = 1 + units + 2 * (links.child.size + links.feeds.group.size + links.base.size)
    room = SpreadScratch(np.empty(most, np.int64), *(np.empty(units, np.int64) for _ in range(3)))
    size = _spread(seeds, up, of_unit, links, s, room)
    return room.units[:size], room.by[:size]


@brief_door
def _count_needs(units: I, by: I, needs: NeedGroups, up: B, given: I, missing: I, rows: I, whose: I) -> int:
    size = 0
    for n in range(units.size):
        u = units[n]
        for e in range(needs.of[u], needs.of[u + 1]):
            g = needs.group[e]
            v = needs.owner[g]
            given[g] += 1 if up[u] else -1
            if up[u] and given[g] == 1:
                missing[v] -= 1
            elif not up[u] and given[g] == 0:
                missing[v] += 1
            else:
                continue
            if missing[v] == 0 or not up[u]:
                rows[size] = v
                whose[size] = by[n]
                size += 1
    return size


def count_needs(units: I, by: I, needs: NeedGroups, up: B, given: I, missing: I) -> tuple[I, I]:
    """Take over that units fell or rose; the VMs (rows) that miss something more from now on, or nothing any more, and
    by which seed. A VM of which another unit gives the same is none of them. `given` counts the units of each group
    that are up, `missing` the groups of a VM that have none.
    """
    most = int((needs.of[units + 1] - needs.of[units]).sum())
    rows, whose = np.empty(most, np.int64), np.empty(most, np.int64)
    size = _count_needs(units, by, needs, up, given, missing, rows, whose) if most else 0
    return rows[:size], whose[:size]


@brief_door
def _first_missed(rows: I, needs: NeedGroups, up: B, found: I) -> None:
    for n in range(rows.size):
        for e in range(needs.first[needs.own[rows[n]]], needs.first[needs.own[rows[n] + 1]]):
            if not up[needs.unit[e]]:
                found[n] = needs.unit[e]
                break


def first_missed(rows: I, needs: NeedGroups, up: B) -> I:
    """The first unit of the needs of each VM that is down."""
    found = np.zeros(rows.size, np.int64)
    _first_missed(rows, needs, up, found)
    return found
