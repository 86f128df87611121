"""What leads from a unit to those that it lets down: its children, what it feeds, databases on it, VMs that need it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import door
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.tree import Fed

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


class Groups(NamedTuple):
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


class Links(NamedTuple):
    """Children of unit u: `child[below[u]:below[u + 1]]`; databases that may be on it: `base[at[u]:at[u + 1]]`; groups
    of feeds of units, and of needs of VMs. A unit that `holds` gives for a time after it went down.
    """

    parent: I
    below: I
    child: I
    at: I
    base: I
    feeds: Groups
    needs: Groups
    holds: B


class Units(NamedTuple):
    """How units are: the arrays of the state that decide who is up."""

    up: B
    failed: B
    moving: B
    dark: B
    replica: I


def _index(keys: I, size: int) -> tuple[I, I]:
    """Where the rows of each key begin (one more than keys), and the rows in order of their keys."""
    order = np.argsort(keys, kind="stable")
    return np.searchsorted(keys[order], np.arange(size + 1)).astype(np.int64), order.astype(np.int64)


def _groups(fed: Fed, rows: int, units: int) -> Groups:
    first, order = _index(fed.group, fed.needs.size)
    of, by_unit = _index(fed.feed, units)
    own = np.searchsorted(fed.needs, np.arange(rows + 1)).astype(np.int64)
    return Groups(fed.needs, first, fed.feed[order], own, of, fed.group[by_unit])


def links_of(tables: Tables) -> Links:
    """The links of a run's units."""
    t, units = tables, tables.unit_ids.size
    inside = np.flatnonzero(t.parent >= 0)
    below, order = _index(t.parent[inside], units)
    pairs = [(int(place), base) for base, places in t.replicas.items() for place in places]
    places = np.array([place for place, _ in pairs], np.int64)
    at, by_place = _index(places, units)
    bases = np.array([base for _, base in pairs], np.int64)
    return Links(
        t.parent, below, inside[order], at, bases[by_place], _groups(t.fed, units, units),
        _groups(t.needs, len(t.vms), units), t.holds,
    )  # fmt: skip


@door
def _may_be_up(u: int, links: Links, s: Units) -> bool:
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


@door
def _push_dependents(u: int, links: Links, s: Units, stack: list) -> None:  # type: ignore[type-arg]
    stack.extend([links.child[n] for n in range(links.below[u], links.below[u + 1])])
    stack.extend([links.feeds.owner[links.feeds.group[n]] for n in range(links.feeds.of[u], links.feeds.of[u + 1])])
    stack.extend([links.base[n] for n in range(links.at[u], links.at[u + 1]) if s.replica[links.base[n]] == u])


@door
def _lower(stack: list, links: Links, s: Units, found: list) -> None:  # type: ignore[type-arg]
    """Let units of a stack fall that may not be up, and what follows from it; note them."""
    while len(stack) > 0:
        u = stack.pop()
        if s.up[u] and not _may_be_up(u, links, s):
            s.up[u] = False
            found.append(u)
            _push_dependents(u, links, s, stack)


@door
def fall(seeds: I, fail: bool, links: Links, s: Units) -> tuple[I, I]:
    """Let units fail one after the other (or, feeds, give no more); the units that fell, and by which seed each did."""
    units, by = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for n in range(seeds.size):
        u = seeds[n]
        stack = [np.int64(0) for _ in range(0)]
        if fail:
            s.failed[u] = True
            stack.append(u)
        else:
            s.dark[u] = True
            _push_dependents(u, links, s, stack)
        _lower(stack, links, s, units)
        while len(by) < len(units):
            by.append(np.int64(n))
    return np.array(units, np.int64), np.array(by, np.int64)


@door
def rise(seeds: I, back: bool, links: Links, s: Units) -> tuple[I, I]:
    """Let units come back one after the other (or, feeds that are down, give again); who is up again, and by whom."""
    units, by = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for n in range(seeds.size):
        u = seeds[n]
        stack, tried = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
        if back:
            s.failed[u] = False
            stack.append(u)
        else:
            s.dark[u] = False
            _push_dependents(u, links, s, stack)
        while len(stack) > 0:  # all that may rise is taken to be up, then what may not be up falls
            v = stack.pop()
            if s.up[v] or s.failed[v] or s.moving[v]:
                continue
            s.up[v] = True
            tried.append(v)
            _push_dependents(int(v), links, s, stack)
        fallen = [np.int64(0) for _ in range(0)]
        stack.extend(tried)
        _lower(stack, links, s, fallen)
        for v in tried:
            if s.up[v]:
                units.append(v)
                by.append(np.int64(n))
    return np.array(units, np.int64), np.array(by, np.int64)


@door
def count_needs(units: I, by: I, needs: Groups, up: B, given: I, missing: I) -> tuple[I, I]:
    """Take over that units fell or rose; the VMs (rows) that miss something from now on, or nothing any more, and by
    which seed. `given` counts the units of each group that are up, `missing` the groups of a VM that have none.
    """
    rows, whose = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for n in range(units.size):
        u = units[n]
        for e in range(needs.of[u], needs.of[u + 1]):
            g = needs.group[e]
            v = needs.owner[g]
            if up[u]:
                given[g] += 1
                if given[g] == 1:
                    missing[v] -= 1
            else:
                given[g] -= 1
                if given[g] == 0:
                    missing[v] += 1
            rows.append(v)
            whose.append(by[n])
    return np.array(rows, np.int64), np.array(whose, np.int64)


@door
def first_missed(rows: I, needs: Groups, up: B) -> I:
    """The first unit of the needs of each VM that is down."""
    found = np.zeros(rows.size, np.int64)
    for n in range(rows.size):
        for e in range(needs.first[needs.own[rows[n]]], needs.first[needs.own[rows[n] + 1]]):
            if not up[needs.unit[e]]:
                found[n] = needs.unit[e]
                break
    return found
