"""Data that a scenario loses for good: how old its last backup is, and when it is restored from that."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from designer.catalog.rules.values import start_of
from designer.catalog.scenarios.events import ScenarioEvent
from designer.catalog.scenarios.targets import EventHit, hits_of
from designer.model.element import ROOT_ID
from designer.model.tree import Tree

HOUR_S = 3600.0
MOST_CHANGE_S = 86_400.0
"""The most by which a clock was ever changed (Apia left out a day)."""
DATA = ("volume", "datastore", "database")
"""Kinds that are restored from a backup when they are lost by themselves."""
HOLDING = ("region", "zone", "data_center", "rack", "host", "vm", "datastore")
"""Kinds that take the volumes that stand in them along."""
EPHEMERAL = ("instance_store",)
"""Volumes of which there is no backup by design."""


@dataclass(frozen=True)
class LostData:
    """A volume or database that is lost for good at `lost_s` with what a scenario hit, and the age of its last backup
    then (None: there is none)."""

    id: int
    kind: str
    lost_s: float
    age_s: float | None


def for_good(hits: Sequence[EventHit]) -> dict[int, float]:
    """When each element fails that does not recover later."""
    found: dict[int, float] = {}
    for hit in hits:
        if hit.what == "fail":
            found.setdefault(hit.id, hit.time_s)
        elif hit.what in ("recover", "restore"):
            found.pop(hit.id, None)
    return found


def restores(tree: Tree, hits: Sequence[EventHit]) -> Iterator[EventHit]:
    """What is restored from a backup after it is lost for good by itself, and when."""
    numbers = {(hit.id, hit.time_s): hit.event for hit in hits}
    for lost, time_s in for_good(hits).items():
        element = tree.elements.get(lost)
        after_h = element.__dict__.get("restore_h", 0.0) if element is not None and element.kind in DATA else 0.0
        if after_h and all(one.age_s is not None for one in _with(tree, lost, time_s)):
            yield EventHit(time_s + after_h * HOUR_S, "restore", lost, 0.0, numbers[lost, time_s])


def hits_with_restores(tree: Tree, events: Sequence[ScenarioEvent], seed: int) -> list[EventHit]:
    """What a scenario does to a design, and what is restored from backups after it. Raises RuleError."""
    hits = hits_of(tree, events, seed)
    return sorted([*hits, *restores(tree, hits)], key=lambda hit: hit.time_s)


def lost_data(tree: Tree, hits: Sequence[EventHit]) -> list[LostData]:
    """All data that is lost for good, restored or not, by the first of what takes it along."""
    begun = [hit for hit in hits if hit.what != "restore"]
    found: dict[int, LostData] = {}
    for lost, time_s in sorted(for_good(begun).items(), key=lambda pair: (pair[1], pair[0])):
        for one in _with(tree, lost, time_s):
            found.setdefault(one.id, one)
    return list(found.values())


def _with(tree: Tree, lost: int, time_s: float) -> Iterator[LostData]:
    """The data that is lost with an element."""
    element = tree.elements.get(lost)
    if element is None:
        return
    if element.kind in ("volume", "database"):
        yield LostData(lost, element.kind, time_s, age_s(tree, lost, time_s, False))
    if element.kind not in HOLDING:
        return
    inside, whole = set(tree.subtree(lost)), element.kind == "region"
    for i in sorted(inside):
        if tree.elements[i].kind == "volume":
            yield LostData(i, "volume", time_s, age_s(tree, i, time_s, whole))
    for i in _databases(tree, inside):
        yield LostData(i, "database", time_s, age_s(tree, i, time_s, whole))


def _databases(tree: Tree, inside: set[int]) -> Iterator[int]:
    """The databases all of whose replicas stand in what is lost."""
    for row in tree.of_kind("database"):
        places = [i for link in ("primary_in", "standby_in") for i in tree.targets(row.id, link)] or [row.id]
        if inside.issuperset(places):
            yield row.id


def age_s(tree: Tree, data: int, time_s: float, with_region: bool) -> float | None:
    """How old the last backup of a volume or database is at a time; None where there is none any more. The backups of
    a region are lost with it, but for those that are copied to another."""
    fields = tree.elements[data].__dict__
    if fields.get("type") in EPHEMERAL:
        return None
    jobs: list[Mapping[str, Any]] = [fields]
    above = tree.elements[fields["parent"]]
    if above.kind == "datastore":
        jobs.append(above.__dict__)
    if with_region and not _copied(tree, data):
        return None
    return min(_ages(jobs, time_s, _Clock.of(tree, data)), default=None)


def _ages(jobs: Iterable[Mapping[str, Any]], time_s: float, clock: _Clock) -> Iterator[float]:
    for job in jobs:
        every_s, kept_s, at_s = (job[name] * HOUR_S for name in ("backup_h", "backup_keep_h", "backup_at_h"))
        if every_s:
            age = clock.since_s(time_s, at_s, every_s) if at_s else time_s % every_s
            if not kept_s or age < kept_s:
                yield age


class _Clock(NamedTuple):
    """The local time of a place in a run that starts at a moment."""

    start: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, tree: Tree, element_id: int) -> _Clock:
        """That of the region in which an element stands; UTC outside of regions."""
        above = (tree.elements[i] for i in tree.ancestors(element_id))
        zone = next((one.__dict__["time_zone"] for one in above if one.kind == "region"), "UTC")
        return cls(start_of(tree.elements[ROOT_ID].__dict__["start_utc"]), ZoneInfo(zone))

    def since_s(self, time_s: float, at_s: float, every_s: float) -> float:
        """Seconds since a job last ran that runs at a time of day of the first day, and each interval before and after
        it by the clock on the wall: once where clocks go back, and after the gap where they go forward."""
        now = self.start + timedelta(seconds=time_s)
        wall, first = (moment.astimezone(self.zone).replace(tzinfo=None) for moment in (now, self.start))
        job = datetime(first.year, first.month, first.day) + timedelta(seconds=at_s)
        ran = wall - timedelta(seconds=(wall - job).total_seconds() % every_s)
        near = math.ceil(MOST_CHANGE_S / every_s)
        runs = (ran + timedelta(seconds=n * every_s) for n in range(near, -near - 1, -1))
        ages = ((now - run.replace(tzinfo=self.zone).astimezone(UTC)).total_seconds() for run in runs)
        return min((age for age in ages if age >= 0.0), default=0.0)


def _copied(tree: Tree, data: int) -> bool:
    """Whether backups of data are copied to another region than its own."""
    to = tree.elements[data].__dict__.get("backup_region", "")
    codes = {tree.elements[i].__dict__["code"] for i in tree.ancestors(data) if tree.elements[i].kind == "region"}
    return bool(to) and to not in codes
