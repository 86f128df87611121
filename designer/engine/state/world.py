"""The changing side of a run: which units are up, where each VM is and how it is, and what changed when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.engine.share.arrays import Now
from designer.engine.tables.tabulate import Tables

RUNNING, RESTARTING, WAITING, FAILED, LOST, MAINTENANCE, OFF, REFUSED, ABSENT = range(9)
"""How a VM is; the first eight are shown, ABSENT is a slot of a group that was not launched yet."""


@dataclass(frozen=True)
class Change:
    """What one moment changed: VMs (`vms`: rows) and units (`dark`: those that give no more, `replica` and `moving`:
    where databases are).
    """

    time_s: float
    vms: NDArray[np.int64]
    status: NDArray[np.uint8]
    unit: NDArray[np.int64]
    believed: NDArray[np.bool_]
    units: NDArray[np.int64]
    failed: NDArray[np.bool_]
    since_s: NDArray[np.float64]
    dark: NDArray[np.bool_]
    replica: NDArray[np.int64]
    moving: NDArray[np.bool_]


class World:
    """The state at one moment; a row a VM, a row a unit. `unit` is -1 for a VM that stands nowhere. An application has
    the state of its VM; its own row only says whether its service sends it requests (`believed`).

    A unit that is down gives to what it feeds no more when it is `dark`, or at once when it holds nothing. A database
    is up while the unit of its `replica` is (-1: it is none), and not while it is `moving` to another.
    """

    def __init__(self, tables: Tables) -> None:
        vms, units = len(tables.vms), tables.unit_ids.size
        self.tables = tables
        self.status = np.full(vms, ABSENT, np.uint8)
        self.unit = np.full(vms, -1, np.int64)
        self.believed = np.zeros(vms, np.bool_)
        self.failed = np.zeros(units, np.bool_)
        self.since_s = np.full(units, np.nan)
        self.up = np.ones(units, np.bool_)
        self.dark = np.zeros(units, np.bool_)
        self.replica = np.full(units, -1, np.int64)
        for unit, places in tables.replicas.items():
            self.replica[unit] = places[0]
        self.moving = np.zeros(units, np.bool_)

    def copy(self) -> World:
        """Another world in the same state."""
        other = World(self.tables)
        for name in ("status", "unit", "believed", "failed", "since_s", "up", "dark", "replica", "moving"):
            setattr(other, name, getattr(self, name).copy())
        return other

    def settle(self) -> None:
        """Work out which units are up: not failed, all they stand in is up, of each group of feeds one gives, and a
        database has a replica.
        """
        self.up = ~self.failed & ~self.moving
        self._settle_tree()
        fed, placed, before = self.tables.fed, np.flatnonzero(self.replica >= 0), -1
        while (fed.needs.size or placed.size) and (up := int(np.count_nonzero(self.up))) != before:
            before = up
            self.up[fed.missing(self.up | (self.tables.holds & ~self.dark))] = False
            self.up[placed] &= self.up[self.replica[placed]]
            self._settle_tree()

    def _settle_tree(self) -> None:
        """What stands in something that is down is down."""
        for level in reversed(self.tables.levels):
            self.up[level.units] &= self.up[self.tables.parent[level.units]]

    def cut_off(self) -> NDArray[np.bool_]:
        """Which VMs miss something that they need."""
        cut = np.zeros(self.status.size, np.bool_)
        cut[self.tables.needs.missing(self.up)] = True
        return cut

    def missed(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """For VMs that are cut off, what they miss: the outermost unit that is down of all around one they need."""
        needs, parent = self.tables.needs, self.tables.parent
        first = np.zeros(self.status.size, np.int64)
        down = np.flatnonzero(~self.up[needs.feed])[::-1]
        first[needs.needs[needs.group[down]]] = needs.feed[down]
        missed: NDArray[np.int64] = first[rows]
        above = parent[missed]
        while (higher := (above >= 0) & ~self.up[above]).any():
            missed = np.where(higher, above, missed)
            above = np.where(higher, parent[missed], -1)
        return missed

    def beneath(self, unit: int) -> NDArray[np.bool_]:
        """Which units stand in a unit, itself included."""
        parent = self.tables.parent
        inside: NDArray[np.bool_] = np.arange(parent.size) == unit
        above = parent.copy()
        while (above >= 0).any():
            inside |= above == unit
            above = np.where(above >= 0, parent[above], -1)
        return inside

    def working(self) -> NDArray[np.bool_]:
        """Which rows work: VMs that run and are not idle, and the applications in them."""
        works: NDArray[np.bool_] = (self.status == RUNNING)[self.tables.inside] & ~self.idle()
        return works

    def running_unit(self) -> NDArray[np.int64]:
        """The unit on which each VM runs, -1 where it does not run."""
        on: NDArray[np.int64] = np.where(self.status == RUNNING, self.unit, -1)
        return on

    def now(self, last_s: NDArray[np.float64]) -> Now:
        """The state as the kernels read it."""
        t = self.tables
        on = self.running_unit()
        order = np.argsort(on, kind="stable")
        order = order[np.searchsorted(on[order], 0) :]
        edges = np.searchsorted(on[order], np.arange(t.unit_ids.size + 1)).astype(np.int64)
        first, members = edges[:-1], np.diff(edges)
        return Now(self.up.copy(), first, members, order, last_s, self.weights(), t.work, self.idle())

    def idle(self) -> NDArray[np.bool_]:
        """Which rows do nothing, because their VM needs the internet and no way leads there."""
        t = self.tables
        idle = t.ways.outward & (self.unit >= 0)
        if idle.any():
            closed = t.ways.shut.copy()
            closed[t.ways.out.missing(self.up)] = True
            idle[idle] = closed[self.address()[idle]]
        return idle[t.inside]

    def address(self) -> NDArray[np.int64]:
        """The unit from which each VM goes out."""
        address: NDArray[np.int64] = np.where(self.tables.ways.address >= 0, self.tables.ways.address, self.unit)
        return address

    def why_shut(self, unit: int) -> str:
        """Why no way leads to the internet from a unit, in words."""
        t = self.tables
        domain = t.spec.domains[unit - t.hosts]
        up = dict(zip(t.unit_ids.tolist(), self.up.tolist()))
        missed = next((group for group in domain.outward if not any(up[way] for way in group)), ())
        named = {d.id: d.name or str(d.id) for d in t.spec.domains}
        return domain.shut or _down([named[way] for way in missed])

    def weights(self) -> NDArray[np.float64]:
        """MHz of the members that each service sends requests to; 0 while nothing lets requests through."""
        t = self.tables
        weight = np.zeros(t.work.size)
        sent = self.believed & (t.service >= 0)
        np.add.at(weight, t.service[sent], t.demand.size[sent])
        weight[self.silenced()] = 0.0
        return weight

    def silenced(self) -> NDArray[np.bool_]:
        """Which services serve nothing for want of a way to them, or of what they depend on."""
        t = self.tables
        out = np.zeros(t.work.size, np.bool_)
        out[t.through.missing(self.up)] = True
        if t.depends:
            works = self.working()
            members = np.bincount(t.service[works & (t.service >= 0)], minlength=out.size) > 0
            for need in t.depends:
                dead = out[need.services] | ~members[need.services]
                out[need.service] |= bool(dead.any()) or not works[need.vms].all()
        return out

    def why_silenced(self, service: int) -> str:
        """What a service that is silenced misses, in words; empty when it misses nothing."""
        t, row = self.tables, self.tables.spec.services[service]
        silenced = self.silenced()
        if not silenced[service]:
            return ""
        named = {domain.id: domain.name for domain in t.spec.domains}
        up = dict(zip(t.unit_ids.tolist(), self.up.tolist()))
        for group in row.through:
            if not any(up[way] for way in group):
                return _down([named[way] or str(way) for way in group])
        works = self.working()
        for need in (need for need in t.depends if need.service == service):
            missed = [t.vms[v].name for v in need.vms if not works[v]]
            for s in need.services:
                if silenced[s] or not (works & (t.service == s)).any():
                    return f"{t.spec.services[s].name} serves nothing"
            if missed:
                return _down(missed[:1])
        return ""

    def used(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """vCPUs and MiB given away on each unit (VMs that run, boot or have failed in place)."""
        t = self.tables
        held = np.flatnonzero((self.unit >= 0) & np.isin(self.status, (RUNNING, RESTARTING, FAILED)))
        on, units = self.unit[held], t.unit_ids.size
        vcpus: NDArray[np.float64] = np.bincount(on, t.vcpus[held], units).astype(np.float64)
        ram: NDArray[np.float64] = np.bincount(on, t.taken_mib(held, on), units).astype(np.float64)
        return vcpus, ram

    def counts(self) -> NDArray[np.float64]:
        """How many VMs are running, restarting, waiting, lost (failed ones too) and off."""
        found = np.bincount(self.status[self.tables.counted], minlength=9)
        lost = found[LOST] + found[FAILED] + found[REFUSED]
        return np.array([found[RUNNING], found[RESTARTING], found[WAITING], lost, found[OFF]], np.float64)

    def difference(self, before: World, time_s: float) -> Change | None:
        """What is different from an earlier state, or None."""
        vms = np.flatnonzero(
            (self.status != before.status) | (self.unit != before.unit) | (self.believed != before.believed)
        )
        units = np.flatnonzero(
            (self.failed != before.failed)
            | (self.dark != before.dark)
            | (self.replica != before.replica)
            | (self.moving != before.moving)
        )
        if not vms.size and not units.size:
            return None
        return Change(
            time_s, vms, self.status[vms], self.unit[vms], self.believed[vms], units, self.failed[units],
            self.since_s[units], self.dark[units], self.replica[units], self.moving[units],
        )  # fmt: skip

    def apply(self, change: Change) -> None:
        """Take over what a moment changed (`settle` works out the rest)."""
        self.status[change.vms], self.unit[change.vms] = change.status, change.unit
        self.believed[change.vms] = change.believed
        self.failed[change.units], self.since_s[change.units] = change.failed, change.since_s
        self.dark[change.units] = change.dark
        self.replica[change.units], self.moving[change.units] = change.replica, change.moving


def _down(names: list[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} down"
