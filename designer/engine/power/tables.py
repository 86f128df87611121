"""Power and heat of a spec as flat tables: who stands in which hall, and which feeds supply whom."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec.power.records import Generator, Power, Ups
from designer.engine.tables.tabulate import Tables

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741


class WattLoads(NamedTuple):
    """What draws watts: hosts, then draws of other domains, then cooling units, each a `unit`; the `hall` that it
    stands in (or cools; -1: none). Edge e says that `feed[e]` (of the feeds) supplies load `of[e]`.
    """

    unit: I
    hall: I
    of: I
    feed: I


class PowerTables(NamedTuple):
    """A unit of each feed, hall, cooling unit; `design_w` of the halls; the parts of feeds, each once, with the units
    of which they are, and the feeds that they bridge.
    """

    power: Power
    feeds: I
    halls: I
    cooling: I
    cools: I
    """The hall of each cooling unit."""
    design_w: F
    watts: F
    """Of each draw."""
    loads: WattLoads
    ups: tuple[Ups, ...]
    ups_unit: I
    ups_feed: I
    generators: tuple[Generator, ...]
    generator_unit: I
    starts: tuple[I, ...]
    """The feeds of each generator."""
    bridged: NDArray[np.bool_]
    """Feeds with parts: these say whether they supply while the utility is lost."""


def power_tables(tables: Tables) -> PowerTables | None:
    """The tables of power; None where the spec says nothing of it."""
    power = tables.spec.power
    if power is None:
        return None
    draws, watts = tables.draws
    at = {i: n for n, i in enumerate(tables.unit_ids.tolist())}
    feeds, halls, cooling = (
        np.array([at[row.id] for row in rows], np.int64) for rows in (power.feeds, power.halls, power.cooling)
    )
    hall_at = {hall.id: n for n, hall in enumerate(power.halls)}
    cools = np.array([hall_at[unit.hall] for unit in power.cooling], np.int64)
    units = np.concatenate([np.arange(tables.hosts), draws, cooling])
    standing = halls_of(tables)[units[: units.size - cooling.size]]
    of, feed = _edges(tables, units, {i: n for n, i in enumerate(feeds.tolist())})
    loads = WattLoads(units, np.concatenate([standing, cools]), of, feed)
    ups = [(part, n) for n, row in enumerate(power.feeds) for part in row.ups]
    generators = {part.id: part for row in power.feeds for part in row.generators}
    starts = [[n for n, row in enumerate(power.feeds) if any(g.id == i for g in row.generators)] for i in generators]
    return PowerTables(
        power, feeds, halls, cooling, cools, _design_w(tables, power, loads, watts), watts, loads,
        tuple(part for part, _ in ups), np.array([at[part.id] for part, _ in ups], np.int64),
        np.array([n for _, n in ups], np.int64),
        tuple(generators.values()), np.array([at[i] for i in generators], np.int64),
        tuple(np.array(rows, np.int64) for rows in starts),
        np.array([bool(row.ups or row.generators) for row in power.feeds], np.bool_),
    )  # fmt: skip


def halls_of(tables: Tables) -> I:
    """The hall that each unit stands in or is; -1: in none."""
    found = np.full(tables.unit_ids.size, -1)
    halls = tables.spec.power.halls if tables.spec.power is not None else ()
    at = {hall.id: n for n, hall in enumerate(halls)}
    for n, i in enumerate(tables.unit_ids.tolist()):
        found[n] = at.get(i, -1)
    for level in reversed(tables.levels):
        above = found[tables.parent[level.units]]
        found[level.units] = np.where(found[level.units] >= 0, found[level.units], above)
    return found


def _edges(tables: Tables, units: I, feed_at: dict[int, int]) -> tuple[I, I]:
    """Which feeds supply which of some units: the nearest of those of the unit and of all that it stands in."""
    own: dict[int, list[int]] = {}
    fed = tables.fed
    for group, unit in zip(fed.group.tolist(), fed.feed.tolist(), strict=True):
        if unit in feed_at:
            own.setdefault(int(fed.needs[group]), []).append(feed_at[unit])
    of: list[int] = []
    feed: list[int] = []
    for n, unit in enumerate(units.tolist()):
        u = unit
        while u >= 0 and u not in own:
            u = int(tables.parent[u])
        found = own.get(u, [])
        of += [n] * len(found)
        feed += found
    return np.array(of, np.int64), np.array(feed, np.int64)


def _design_w(tables: Tables, power: Power, loads: WattLoads, watts: F) -> F:
    """The IT watts for which each hall is made: its own figure, or the nameplates of what stands in it."""
    nameplate = np.concatenate([tables.units.watts[: tables.hosts].max(axis=1), watts])
    inside = loads.hall[: nameplate.size]
    total = np.bincount(inside[inside >= 0], nameplate[inside >= 0], len(power.halls))
    own = np.array([hall.design_w for hall in power.halls], np.float64)
    return np.where(own > 0.0, own, total)
