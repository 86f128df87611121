"""A drawn year of a service: what failed when, the outages and their causes, and the year as events of a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from designer.catalog.scenarios.events import ScenarioEvent
from designer.engine.spec import Spec
from designer.engine.spec.packed import values_of
from designer.model.project import Project
from designer.study.availability.structure import HOUR_S, FallibleComponent, Least, Node
from designer.words import listed, tr

YEAR_H = 8760.0


@dataclass(frozen=True)
class PartDown:
    """A part that is down for some hours of a year."""

    begin_h: float
    end_h: float
    part: FallibleComponent


@dataclass(frozen=True)
class YearOutage:
    """An outage of a service. `causes`: the parts that were down when it began and without any of which it would not
    have begun then, the one that began it last.
    """

    begin_h: float
    end_h: float
    causes: tuple[FallibleComponent, ...]

    @property
    def hours(self) -> float:
        """How long it is."""
        return self.end_h - self.begin_h

    @property
    def ids(self) -> tuple[int, ...]:
        """The elements that caused it."""
        return tuple(dict.fromkeys(part.id for part in self.causes))

    @property
    def told(self) -> str:
        """What caused it, in words."""
        return listed([*dict.fromkeys(_called(part) for part in self.causes)])


@dataclass(frozen=True)
class BadYear:
    """A drawn year, by its number and the seed: the outages of a service, and the year as events."""

    service: int
    number: int
    seed: int
    outages: tuple[YearOutage, ...]
    events: tuple[ScenarioEvent, ...]
    """The failures of elements, in order of time."""
    left_out: int
    """The failures that are no events, since no element of a run fails by them."""

    @property
    def down_h(self) -> float:
        """The hours of downtime of the service."""
        return sum(one.hours for one in self.outages)

    @property
    def worst(self) -> YearOutage | None:
        """The longest outage."""
        return max(self.outages, key=lambda one: one.hours, default=None)

    @property
    def told(self) -> str:
        """What caused most of its downtime, in words."""
        by: dict[str, float] = {}
        for one in self.outages:
            by[one.told] = by.get(one.told, 0.0) + one.hours
        names = sorted(by, key=lambda name: -by[name])
        return names[0] if len(names) == 1 else tr("{0}, and {1:,} more", names[0], len(names) - 1) if names else ""


def _called(part: FallibleComponent) -> str:
    what = (part.base or part).what
    return tr("{0}: {1}", part.name, tr(what)) if what else part.name


def followed(
    top: Node, changes: Sequence[tuple[float, float, int]], parts: Sequence[FallibleComponent], end_h: float
) -> tuple[YearOutage, ...]:
    """The outages of a node over the down times of its parts: begin, end, and the part's number in the node (-1: none),
    with `parts` a row each.
    """
    state = _NodeState(top)
    turns = [(begin_h, 1, row) for row, (begin_h, _, n) in enumerate(changes) if n in state.above]
    turns += [(changes[row][1], 0, row) for _, _, row in turns]
    found: list[YearOutage] = []
    down: dict[int, None] = {}
    began: tuple[float, tuple[FallibleComponent, ...]] | None = None
    for time_h, falls, row in sorted(turns):
        number = changes[row][2]
        if falls:
            down[row] = None
        else:
            down.pop(row, None)
        state.turn(number, -1 if falls else 1)
        if not state.up and began is None:
            began = time_h, tuple(parts[one] for one in down if state.hangs_on(changes[one][2]))
        elif state.up and began is not None:
            if time_h > began[0] and began[0] < end_h:
                found.append(YearOutage(began[0], min(time_h, end_h), began[1]))
            began = None
    return tuple(found)


class _NodeState:
    """Which nodes under a top are up, while parts turn; all are at first."""

    def __init__(self, top: Node) -> None:
        self.above: dict[Node, list[Least]] = {top: []}
        self._held: dict[Least, int] = {}
        self._top, self.up = top, True
        stack = [top]
        while stack:
            node = stack.pop()
            if isinstance(node, Least):
                self._held[node] = len(node.of)
                for one in node.of:
                    if one not in self.above:
                        self.above[one] = []
                        stack.append(one)
                    self.above[one].append(node)

    def turn(self, node: Node, by: int) -> None:
        """A part comes (1) or goes (-1)."""
        stack = [node]
        while stack:
            node = stack.pop()
            if node is self._top or node == self._top:
                self.up = by > 0
            for gate in self.above[node]:
                self._held[gate] += by
                if self._held[gate] == (gate.k if by > 0 else gate.k - 1):
                    stack.append(gate)

    def hangs_on(self, node: Node) -> bool:
        """Whether the top, which is down, were up if this part were."""
        self.turn(node, 1)
        found = self.up
        self.turn(node, -1)
        return found


class YearEvents:
    """Makes events of a scenario of the failures of a year. Zones that fail together are an event each; a feed whose
    outage is not bridged fails with all that should bridge it.
    """

    def __init__(self, project: Project, spec: Spec) -> None:
        self._feeds = {feed.id: feed for feed in (spec.power.feeds if spec.power else ())}
        rows = {row.id for row in spec.domains} | {host.id for host in spec.hosts} | set(values_of(spec.vms, "id"))
        self._known = rows & project.elements.keys()
        self._zones: dict[int, list[int]] = {}
        for row in spec.domains:
            if row.kind == "zone":
                self._zones.setdefault(row.parent, []).append(row.id)

    def of(self, failures: Iterable[PartDown]) -> tuple[list[ScenarioEvent], int]:
        """The events, in order of time, and how many failures are left out since no element fails by them."""
        spans: dict[int, list[tuple[float, float]]] = {}
        left = 0
        for one in failures:
            ids = [i for i in self._fallen(one.part) if i in self._known]
            left += not ids
            for element_id in ids:
                spans.setdefault(element_id, []).append((one.begin_h, one.end_h))
        events = [
            ScenarioEvent(
                begin_h * HOUR_S, "fail", element_id, for_s=(end_h - begin_h) * HOUR_S if end_h < YEAR_H else 0.0
            )
            for element_id, some in spans.items()
            for begin_h, end_h in _joined(some)
        ]
        return sorted(events, key=lambda event: (event.at_s, event.target)), left

    def _fallen(self, part: FallibleComponent) -> list[int]:
        if part.kind == "zone" and part.what:
            return self._zones.get(part.id, [])
        if part.what:
            return []
        feed = self._feeds.get(part.id)
        bridges = [*(one.id for one in feed.ups), *(one.id for one in feed.generators)] if feed else []
        return [part.id, *bridges]


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans of one element that meet or overlap, as one."""
    found: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, end))
    return found
