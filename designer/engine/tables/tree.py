"""The units of a run as a tree: hosts, then domains; what stands in what; and the ids of launched instances."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import repeat
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Feeds, Spec
from designer.engine.spec.packed import values_of


def units_of(spec: Spec) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Element id of each unit, and the unit it stands in (-1: none)."""
    ids, above = ([*map(of, spec.hosts), *map(of, spec.domains)] for of in (attrgetter("id"), attrgetter("parent")))
    at = dict(zip(ids, range(len(ids))))
    return np.array(ids, np.int64), np.fromiter(map(at.get, above, repeat(-1)), np.int64, len(above))


class Fed(NamedTuple):
    """Who needs which units: edge e says that unit `feed[e]` is of group `group[e]`; row `needs[g]` needs group g."""

    needs: NDArray[np.int64]
    group: NDArray[np.int64]
    feed: NDArray[np.int64]

    def missing(self, gives: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The rows that have a group of which no unit gives; some more than once."""
        given = np.bincount(self.group[gives[self.feed]], minlength=self.needs.size) > 0
        found: NDArray[np.int64] = self.needs[~given]
        return found


def fed_of(at: Mapping[int, int], feeds: Iterable[Feeds], rows: Iterable[int] | None = None) -> Fed:
    """The groups of units that each row needs, from groups of their ids; `at` has the unit of each id.

    `feeds` are those of `rows`, which rise; without them those of all rows.
    """
    needs: list[int] = []
    group: list[int] = []
    feed: list[int] = []
    for row, groups in enumerate(feeds) if rows is None else zip(rows, feeds, strict=True):
        for one in groups:
            group += [len(needs)] * len(one)
            feed += [at[i] for i in one]
            needs.append(row)
    return Fed(np.array(needs, np.int64), np.array(group, np.int64), np.array(feed, np.int64))


class Level(NamedTuple):
    """The units of one depth, sorted by what they stand in: `parents[n]` holds `units[starts[n]:starts[n + 1]]`."""

    units: NDArray[np.int64]
    starts: NDArray[np.int64]
    parents: NDArray[np.int64]


def levels(parent: NDArray[np.int64]) -> list[Level]:
    """The levels of a tree, the deepest first; units that stand in nothing are in none."""
    depth = np.zeros(parent.size, np.int64)
    above = parent.copy()
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, parent[above], -1)
    made = []
    for deep in range(int(depth.max(initial=0)), 0, -1):
        units = np.flatnonzero(depth == deep)
        units = units[np.argsort(parent[units], kind="stable")]
        parents, starts = np.unique(parent[units], return_index=True)
        made.append(Level(units, starts, parents))
    return made


def add_up(values: NDArray[np.float64], levels: list[Level]) -> None:
    """Add each unit's values (last axis: units) to all it stands in, in place."""
    for level in levels:
        inside = values[..., level.units]
        if level.starts.size < level.units.size:  # some hold several
            inside = np.add.reduceat(inside, level.starts, axis=-1)
        values[..., level.parents] += inside


def holding(hosts: int, units: int, levels: list[Level]) -> NDArray[np.bool_]:
    """Which units are hosts or hold some; the first `hosts` of the units are hosts."""
    found = (np.arange(units) < hosts).astype(np.float64)
    add_up(found, levels)
    return found > 0


def draws_of(spec: Spec, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The domains (units) of which it is said what they draw, and their watts."""
    draws = spec.power.draws if spec.power is not None else ()
    order = np.argsort(ids) if draws else ids[:0]
    units = order[np.searchsorted(ids, [draw.id for draw in draws], sorter=order)] if draws else order
    return units, np.array([draw.watts for draw in draws], np.float64)


def known_watts(spec: Spec, ids: NDArray[np.int64], levels: list[Level]) -> NDArray[np.bool_]:
    """Which units are hosts, or domains, of which it is said what they draw, or hold some of these. A host that would
    draw 0 W at every load is one of which nobody says it."""
    found = np.zeros(ids.size)
    found[: len(spec.hosts)] = [max(host.power_w) > 0.0 for host in spec.hosts]
    found[draws_of(spec, ids)[0]] = 1.0
    add_up(found, levels)
    return found > 0


def load_ids(spec: Spec) -> tuple[list[int], int]:
    """Ids of all that asks for CPU: VMs, slots of groups, then the applications in these; and how many are VMs."""
    apps_of = list(zip(values_of(spec.vms, "id"), values_of(spec.vms, "apps"), strict=True))
    for group in spec.groups:
        if group.template is not None:
            apps_of += [(slot_id(group.id, slot), group.template.apps) for slot in range(group.most)]
    vms, slots = [i for i, _ in apps_of], len(spec.vms)
    apps = [app.id for _, inside in apps_of[:slots] for app in inside]
    apps += [slot_id(i, n) for i, inside in apps_of[slots:] for n in range(len(inside))]
    return vms + apps, len(vms)


def vm_count(spec: Spec) -> int:
    """How many of `load_ids` are VMs or slots of groups."""
    return len(spec.vms) + sum(group.most for group in spec.groups if group.template is not None)


def slot_id(group_id: int, slot: int) -> int:
    """The id of an instance that a group launches, or of an application in it: the same in every run, in no design."""
    digest = hashlib.blake2b(f"{group_id}/{slot}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1
