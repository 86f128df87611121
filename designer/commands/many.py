"""Many at once: thirty hosts, or VMs onto hosts by a policy, as one undo step.

A plan asks for the same room as placing one element, and on hosts also for memory and vCPUs. Raises RuleError with the
reason and changes nothing then.
"""

from __future__ import annotations

import heapq
import math
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from designer import units
from designer.catalog.rules.capacity import HostLoad, load_of, needs_of, takes_capacity
from designer.commands import edit
from designer.engine.spec import capacity
from designer.errors import RuleError
from designer.model import layout
from designer.model.amounts import ELEMENT_LIMIT
from designer.model.element import ROOT_ID, Element, make
from designer.model.project import Project
from designer.words import tr

MOST = 10_000
"""Most elements that one command places."""
AT_ONCE = 1000
"""Elements placed between two reports of progress."""

Way = Literal["total", "each"]
Policy = Literal["spread", "best_fit", "per_zone"]
POLICIES: dict[str, str] = {
    "spread": "Spread: the emptiest first",
    "best_fit": "Best fit: the fullest that still has room",
    "per_zone": "Per zone: as many in each zone, spread within it",
}
"""How parents are chosen for new elements, with the words for it."""


def names(pattern: str, count: int, taken: Iterable[str] = ()) -> list[str]:
    """`count` names from a pattern like `h-{n:02}`; {n} counts from 1 and skips taken names. Raises RuleError."""
    must_be_few(count)
    used = set(taken)
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}
        if fields - {"n"}:
            raise ValueError(f"{{{sorted(fields)[0]}}}")
        whole = pattern if fields else pattern.replace("{", "{{").replace("}", "}}") + "{n}"
        made: list[str] = []
        number = 0
        while len(made) < count:
            number += 1
            if (name := whole.format(n=number)) not in used:
                made.append(name)
            elif number > count + len(used):
                raise ValueError(tr("every name is the same"))
    except (ValueError, IndexError, KeyError) as error:
        raise RuleError(
            tr("“{0}” is not a pattern for names ({1}); write it like h-{{n:02}}.", pattern, error)
        ) from None
    if any(not name.strip() or len(name) > 200 for name in made):
        raise RuleError(tr("“{0}” gives names that are empty or longer than 200 letters.", pattern))
    return made


def must_be_few(count: int) -> None:
    """Raise RuleError for more elements than one command places."""
    if not 1 <= count <= MOST:
        raise RuleError(tr("The number must be from 1 to {0:,}, not {1:,}.", MOST, count))


# -- where to


def places(project: Project, kind: str, selected: Sequence[int]) -> dict[str, list[int]]:
    """Where elements of a kind may stand, by kind of parent: "" for the selected elements themselves, else the kind
    of elements inside them, as "host" for their hosts. Ids in drawing order."""
    legal, found = project.kinds[kind].inside, dict[str, list[int]]()
    here = [i for i in selected if project.elements[i].kind in legal]
    if here:
        found[""] = in_order(project, here)
    for element_id in below(project, selected):
        if (name := project.elements[element_id].kind) in legal:
            found.setdefault(name, []).append(element_id)
    return found


def in_order(project: Project, ids: Sequence[int]) -> list[int]:
    """Some elements in drawing order, whatever the order in which they were selected."""
    places: dict[int, dict[int, int]] = {}

    def way(element_id: int) -> list[int]:
        found: list[int] = []
        while element_id != ROOT_ID:
            parent = project.elements[element_id].parent
            if parent not in places:
                places[parent] = {child: n for n, child in enumerate(project.children(parent))}
            found.insert(0, places[parent][element_id])
            element_id = parent
        return found

    return sorted(dict.fromkeys(ids), key=way)


def below(project: Project, selected: Sequence[int]) -> list[int]:
    """What stands in the selected elements and is not selected itself, in drawing order."""
    chosen = set(selected)
    return [i for i in dict.fromkeys(i for top in selected for i in project.subtree(top)) if i not in chosen]


def nearest(project: Project, selected: Sequence[int]) -> list[int]:
    """The selected elements where something may stand in one of them; else the nearest that they all stand in, or
    nothing of it."""
    within = {inside for kind in project.kinds.values() if kind.in_palette for inside in kind.inside}
    here = list(selected)
    while here and not any(project.elements[i].kind in within for i in here):
        here = list(dict.fromkeys(project.elements[i].parent for i in here))
        if ROOT_ID in here:
            return []
    return here


def usual_pattern(project: Project, kind: str) -> str:
    """A pattern for names: with two digits, or with as many as needed where the names that there are have no zeros."""
    prefix = project.kinds[kind].prefix
    plain = any(re.fullmatch(rf"{re.escape(prefix)}-[1-9]", e.name) for e in project.of_kind(kind))
    return f"{prefix}-{{n}}" if plain else f"{prefix}-{{n:02}}"


def zone_of(project: Project, element_id: int) -> int:
    """The zone of an element, or else its outermost ancestor (or itself)."""
    chain = [element_id, *(i for i in project.ancestors(element_id) if i != ROOT_ID)]
    return next((i for i in chain if project.elements[i].kind == "zone"), chain[-1])


# -- the plan


@dataclass(frozen=True)
class Share:
    """The share of a parent: how many of the kind it has, how many it gets, how many do not fit, and why."""

    parent: int
    there: int
    given: int
    left: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """Where new elements of a kind go. `asked`: how many are wanted; `left`: how many find no room; `fields`: their
    values."""

    kind: str
    asked: int
    left: int
    shares: tuple[Share, ...]
    fields: Mapping[str, Any]

    @property
    def placed(self) -> int:
        """How many find room."""
        return self.asked - self.left

    @property
    def reason(self) -> str:
        """Why the first of the others finds no room; empty when all find room."""
        return next((share.reason for share in self.shares if share.reason), "")


def plan(
    project: Project,
    kind: str,
    parents: Sequence[int],
    count: int,
    way: Way = "total",
    policy: Policy = "spread",
    fields: Mapping[str, Any] | None = None,
) -> Plan:
    """Where `count` equal elements of a kind find room: in total over all parents by a policy, or in each of them.
    Changes nothing. Raises RuleError for impossible numbers.
    """
    must_be_few(count)
    fields = dict(fields or {})
    asked = count if way == "total" else count * len(parents)
    if asked > MOST:
        raise RuleError(
            tr("{0:,} in each of {1:,} are {2:,}; at most {3:,} are placed at once.", count, len(parents), asked, MOST)
        )
    if len(project.elements) + asked > ELEMENT_LIMIT:
        raise RuleError(
            tr("A design holds at most {0:,} elements; it has {1:,}.", ELEMENT_LIMIT, len(project.elements))
        )
    rooms = [_room(project, kind, parent, fields) for parent in parents]
    if way == "each":
        left = sum(_fill(project, room, count) for room in rooms)
        shares = [room.share(count - room.given, wanted=room.given < count) for room in rooms]
    else:
        left = _deal(project, rooms, count, policy)
        shares = [room.share(0, wanted=left > 0) for room in rooms]
    return Plan(kind, asked, left, tuple(shares), fields)


@dataclass
class _FreePlaces:
    """A parent, and what one new element takes of it. `most`: how many its rules allow, once that is known."""

    row: Element
    zone: int
    there: int
    load: HostLoad | None
    name: str
    given: int = 0
    known: int = 0
    most: int | None = None
    reason: str = ""

    @property
    def _needs(self) -> tuple[float, float, float, float]:
        return needs_of(self.row.__dict__)

    @property
    def open(self) -> bool:
        """Whether one more fits, as far as is known."""
        return (self.most is None or self.given < self.most) and (self.load is None or self.load.takes(*self._needs))

    @property
    def fullness(self) -> tuple[float, ...]:
        """How full it is, as a sort key."""
        if self.load is not None:
            return tuple(-part for part in self.load.emptiness)
        return (float(self.there + self.given),)

    def take(self) -> None:
        """Add one to the count."""
        self.given += 1
        if self.load is not None:
            self.load.take(*self._needs)

    def give_back(self, project: Project) -> int:
        """How many of its share the rules of the parent refuse; it keeps the others and takes no more."""
        if self.given <= self.known:
            return 0
        self.known, reason = project.how_many(self.row, self.given)
        if reason:
            self.most, self.reason = self.known, reason
        back, self.given = self.given - self.known, self.known
        return back

    def share(self, left: int, wanted: bool) -> Share:
        """Its share; where more was wanted, also why it takes no more."""
        reason = self.reason
        if not reason and self.load is not None and not self.open:
            reason = _why_full(self.name, self.load, self.given, *self._needs)
        return Share(self.row.__dict__["parent"], self.there, self.given, left, reason if wanted else "")


def _room(project: Project, kind: str, parent_id: int, fields: Mapping[str, Any]) -> _FreePlaces:
    parent, table = project.elements[parent_id], project.kinds[kind].table
    row = make(table, {"id": 0, "parent": parent_id, **project.defaults_in(kind, parent_id), **fields})
    counted = parent.kind == "host" and kind == "vm" and takes_capacity(row.__dict__)
    there = sum(1 for i in project.children(parent_id) if project.elements[i].kind == kind)
    load = load_of(project, parent) if counted else None
    return _FreePlaces(row, zone_of(project, parent_id), there, load, project.called(parent))


def _why_full(name: str, load: HostLoad, given: int, vcpus: float, ram_mib: float, mhz: float, floor_mib: float) -> str:
    """Why a host takes no further VM: what it has, or what is left of it after those that it is given."""
    name = tr("{0} then", name) if given else name
    needed = capacity.asked_mib(load.host, vcpus, ram_mib, floor_mib)
    if load.free_mib < needed:
        free, wants = units.text(max(load.free_mib, 0.0), "MiB"), units.text(needed, "MiB")
        return tr("{0} has {1} of memory free; a VM takes {2}", name, free, wants)
    free_vcpus = max(capacity.vcpu_limit(load.host) - load.vcpus, 0.0)
    if free_vcpus >= vcpus:
        free_mhz = max(capacity.reservable_mhz(load.host) - load.mhz, 0.0)
        return tr("{0} has {1:,.0f} MHz left to reserve; a VM reserves {2:,.0f}", name, free_mhz, mhz)
    return tr("{0} has {1:,.0f} vCPUs free; a VM takes {2:,.0f}", name, free_vcpus, vcpus)


def _fill(project: Project, room: _FreePlaces, count: int) -> int:
    """Give up to `count` to one parent; how many find no room there."""
    taken = 0
    while taken < count and room.open:
        room.take()
        taken += 1
    return count - taken + room.give_back(project)


def _deal(project: Project, rooms: Sequence[_FreePlaces], count: int, policy: str) -> int:
    """Give `count` to parents by a policy, the first among equals; how many find no room."""
    if policy == "best_fit":
        for room in sorted(rooms, key=lambda room: room.fullness, reverse=True):
            count = _fill(project, room, count)
        return count
    while count:
        before = count
        count = _spread(rooms, count, by_zone=policy == "per_zone")
        if count == before:
            break
        count += sum(room.give_back(project) for room in rooms)
    return count


def _spread(rooms: Sequence[_FreePlaces], count: int, by_zone: bool) -> int:
    """Give to the emptiest in turn, by zone to the emptiest of the zone with the fewest; how many find no room."""
    zones: dict[int, list[tuple[tuple[float, ...], int]]] = {}
    given: dict[int, int] = {}
    for n, room in enumerate(rooms):
        zone = room.zone if by_zone else 0
        given[zone] = given.get(zone, 0) + room.given
        if room.open:
            zones.setdefault(zone, []).append((room.fullness, n))
    order = [(given[zone], turn, heap) for turn, (zone, heap) in enumerate(zones.items())]
    for _, _, heap in order:
        heapq.heapify(heap)
    heapq.heapify(order)
    while order and count:
        has, turn, heap = heapq.heappop(order)
        _, n = heapq.heappop(heap)
        rooms[n].take()
        count -= 1
        if rooms[n].open:
            heapq.heappush(heap, (rooms[n].fullness, n))
        if heap:
            heapq.heappush(order, (has + 1, turn, heap))
    return count


# -- placing


def place_many(project: Project, planned: Plan, pattern: str, columns: int = 0) -> list[int]:
    """Place the elements of a plan; return the new ids, by parent. In a freely arranged parent they form a grid of
    `columns` (0: about as wide as high)."""
    kind, count = project.kinds[planned.kind], planned.placed
    if not count:
        raise RuleError(
            tr("None of {0:,} could be placed: {1}.", planned.asked, planned.reason or tr("nothing is selected"))
        )
    rows: list[Element] = []
    called = iter(names(pattern, count, (e.__dict__["name"] for e in project.of_kind(planned.kind))))
    for share in planned.shares:
        if share.given:
            given = {**project.defaults_in(planned.kind, share.parent), **planned.fields, "parent": share.parent}
            boxes = layout.boxes_of_new(project, planned.kind, share.parent, share.given)
            rows += [make(kind.table, {**given, **box, "name": name}) for box, name in zip(boxes, called)]
    made: list[int] = []
    with project.edit(tr("Place {0:,} {1}", count, kind.plural)):
        for start in range(0, count, AT_ONCE):
            made += project.add_many(rows[start : start + AT_ONCE])
        _set_in_grids(project, made, columns)
        layout.settle(project, dict.fromkeys(project.elements[i].parent for i in made))
    return made


def place_several(
    project: Project, kind: str, count: int, parent_id: int, at: tuple[float, float] | None = None
) -> list[int]:
    """Place equal new elements in one parent, with what is missing in between, as one undo step; return their ids. The
    first comes to stand at a point relative to the parent. Raises RuleError where not all find room."""
    what = project.kinds[kind]
    with project.edit(tr("Place {0}", what.counted(count))):
        first = edit.place_through(project, kind, parent_id, at)
        if count == 1:
            return [first]
        planned = plan(project, kind, [project.elements[first].parent], count - 1)
        if planned.left:
            raise RuleError(tr("{0} find no room: {1}.", what.counted(count), planned.reason))
        return [first, *place_many(project, planned, f"{what.prefix}-{{n}}")]


def _set_in_grids(project: Project, ids: Iterable[int], columns: int) -> None:
    """Arrange new elements of freely arranged parents in a grid below the present ones."""
    by_parent: dict[int, list[int]] = {}
    for element_id in ids:
        by_parent.setdefault(project.elements[element_id].parent, []).append(element_id)
    for parent_id, own in by_parent.items():
        box = project.kind(parent_id).box
        if box.flow != "free" or not project.kind(own[0]).drawn:
            continue
        new = set(own)
        others = [layout.rect_of(project, i) for i in layout.drawn_children(project, parent_id) if i not in new]
        left = min((r.x for r in others), default=box.padding)
        top = max((r.bottom + box.gap for r in others), default=box.header + box.padding)
        across = columns or max(1, math.ceil(math.sqrt(len(own) * 2.0)))
        w, h = project.elements[own[0]].w, project.elements[own[0]].h
        spots = {i: divmod(n, across) for n, i in enumerate(own)}
        project.arrange({i: (left + c * (w + box.gap), top + r * (h + box.gap), w, h) for i, (r, c) in spots.items()})
