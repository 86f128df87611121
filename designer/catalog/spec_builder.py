"""Collects the rows of a simulation spec. Each kind of a design adds its own rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from designer.catalog.rules.watts.heat import warms_by_load
from designer.engine import spec
from designer.engine.spec.packed import PackedVms
from designer.model.element import ROOT_ID, Element
from designer.model.tree import Tree

T = TypeVar("T")
_NO_LINKS: Mapping[str, list[int]] = {}
Ends = dict[int, dict[str, list[int]]]
"""By element id and kind of link: the ids at the other ends, in order."""
FEEDING = {
    "feeds": "target",
    "cools": "target",
    "nodes_in": "source",
    "runs_in": "source",
    "offers": "target",
}
"""Kinds of links whose one end goes down when all its links of that kind are down: which end."""
NETWORK = {"connects": "target", "guards": "target", "nodes_in": "source", "runs_in": "source", "offers": "target"}
"""Kinds of links whose one end is no longer reached when none of the others is: which end."""

LOAD = ("demand", "load_frac", "trace", "trace_row", "trace_shift")
"""The fields that tell the load of an element whose load is no day curve."""
ACTIVE = ("memory_use", "active_frac", "memory_trace", "memory_trace_row")
"""The same of the memory that a VM uses."""

_LOADS: dict[int, Callable[..., spec.Demand]] = {1: spec.Constant, 3: spec.Recorded, 5: spec.DayCurve}
"""The records of loads, by how many fields a design has for each."""


@dataclass
class SpecBuilder:
    """Rows of a simulation spec, filled by the `add_to_spec` of each kind."""

    tree: Tree
    domains: list[spec.Domain] = field(default_factory=list)
    hosts: list[spec.Host] = field(default_factory=list)
    vms: PackedVms = field(default_factory=PackedVms)
    services: list[spec.Service] = field(default_factory=list)
    dns_names: list[spec.DnsName] = field(default_factory=list)
    groups: list[spec.Group] = field(default_factory=list)
    clusters: list[spec.Cluster] = field(default_factory=list)
    reaches: list[spec.Reach] = field(default_factory=list)
    placements: list[spec.PlacementGroup] = field(default_factory=list)
    affinities: list[spec.Affinity] = field(default_factory=list)
    stocks: list[spec.Stock] = field(default_factory=list)
    pools: list[spec.Pool] = field(default_factory=list)
    limits: list[spec.Limit] = field(default_factory=list)
    flows: list[spec.Flow] = field(default_factory=list)
    starts: list[spec.Start] = field(default_factory=list)
    replicated: list[spec.Replicated] = field(default_factory=list)
    routes: list[spec.Route] = field(default_factory=list)
    latencies: list[spec.Latency] = field(default_factory=list)
    traces: list[spec.Trace] = field(default_factory=list)
    recoveries: dict[int, tuple[str, str]] = field(default_factory=dict)
    """How VMs recover of which nothing is said, by their place: one by itself, and one of a scaling group."""
    _reach_at: dict[Hashable, int] = field(default_factory=dict)
    _memo: dict[Hashable, Any] = field(default_factory=dict)
    _zones: dict[int, str] = field(default_factory=dict)
    _loads: dict[tuple[Any, ...], spec.Demand] = field(default_factory=dict)
    _by_fields: dict[tuple[Any, ...], spec.Demand] = field(default_factory=dict)
    _ends: dict[str, dict[int, dict[tuple[str, str], list[int]]]] = field(default_factory=dict)

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result of `make`, made once for each key."""
        if key not in self._memo:
            self._memo[key] = make()
        found: T = self._memo[key]
        return found

    def parent(self, element: Element) -> int:
        """The id of an element's parent, 0 when it is the design."""
        above: int = element.__dict__["parent"]
        return 0 if above == ROOT_ID else above

    def domain(self, element: Element, inside: int | None = None) -> None:
        """Add a place whose content fails with it. `inside` names what it fails with when that is not its parent."""
        self.feed(element, (0.0,), inside)

    def feed(self, element: Element, gaps_s: tuple[float, ...], inside: int | None = None) -> None:
        """Add a place that keeps feeding until, from, until ... these times after it fails."""
        name, feeds = element.__dict__["name"], self.feeds(element.id)
        above = self.parent(element) if inside is None else inside
        network = self.network(element.id)
        self.domains.append(spec.Domain(element.id, above, element.kind, name, feeds, gaps_s, network=network))

    def reach(self, key: Hashable, make: Callable[[], spec.Reach]) -> int:
        """The index of a reach, made when its key is first used."""
        if key not in self._reach_at:
            self._reach_at[key] = len(self.reaches)
            self.reaches.append(make())
        return self._reach_at[key]

    def feeds(self, element_id: int) -> spec.Feeds:
        """The feeds of an element: one group for each kind of link and of feed."""
        groups = self._groups("feeds", FEEDING, element_id)
        elements = self.tree.elements
        units = {i for group in groups for i in group if elements[i].kind == "cooling"}
        by_load = {i for i in units if warms_by_load(self.tree, elements[i])}
        return tuple(group for group in groups if by_load.isdisjoint(group))

    def network(self, element_id: int) -> spec.Feeds:
        """What leads the traffic of an element: one group for each kind of link and of device. A datastore is reached
        over the network where each of its arrays is connected; else its hosts have a way of their own to it.
        """
        found = self._groups("network", NETWORK, element_id)
        if found and self.tree.elements[element_id].kind == "datastore":
            connected = all(self.sources(array, "connects") for group in found for array in group)
            return found if connected else ()
        return found

    def _groups(self, name: str, kinds: Mapping[str, str], element_id: int) -> spec.Feeds:
        """The other ends of the links of some kinds of an element, by kind of link and of end."""
        if name not in self._ends:
            made = self._ends[name] = {}
            for link in self.tree.links.values():
                if link.kind in kinds:
                    ends = (link.source, link.target)
                    end, whose = ends if kinds[link.kind] == "target" else reversed(ends)
                    groups = made.setdefault(whose, {})
                    groups.setdefault((link.kind, self.tree.elements[end].kind), []).append(end)
        groups = self._ends[name].get(element_id, {})
        return tuple(tuple(sorted(groups[key])) for key in sorted(groups))

    def load(self, element: Element) -> spec.Demand:
        """The load of a VM's or an application's own; equal loads are one record."""
        fields = element.__dict__
        key: tuple[Any, ...]
        if fields["demand"] == "constant":
            key = (fields["load_frac"],)
        elif fields["demand"] == "trace":
            key = fields["trace"], fields["trace_row"], fields["trace_shift"]
        else:
            mean, swing, noise = fields["day_mean_frac"], fields["day_swing_frac"], fields["day_noise_frac"]
            key = mean, swing, fields["day_peak_h"], noise, self.time_zone(element)
        found = self._loads.get(key)
        if found is None:
            found = self._loads[key] = _LOADS[len(key)](*key)
        return found

    def active_memory(self, vm: Element) -> spec.Demand:
        """What a VM uses of its memory; equal uses are one record."""
        fields = vm.__dict__
        use = fields["memory_use"]
        key: tuple[Any, ...] = (fields["active_frac"],)
        if use == "trace":
            key = fields["memory_trace"], fields["memory_trace_row"], 0
        elif use == "day_curve":
            mean, swing = fields["active_mean_frac"], fields["active_swing_frac"]
            key = mean, swing, fields["day_peak_h"], 0.0, self.time_zone(vm)
        found = self._loads.get(key)
        if found is None:
            found = self._loads[key] = _LOADS[len(key)](*key)
        return found

    def loads(self, ids: Iterable[int], fields: Iterable[tuple[Any, ...]]) -> list[spec.Demand]:
        """The loads of elements of which `fields` are those of LOAD."""
        return self._known(ids, fields, self.load)

    def active_memories(self, ids: Iterable[int], fields: Iterable[tuple[Any, ...]]) -> list[spec.Demand]:
        """What VMs use of their memory of which `fields` are those of ACTIVE."""
        return self._known(ids, fields, self.active_memory)

    def _known(
        self, ids: Iterable[int], keys: Iterable[tuple[Any, ...]], make: Callable[[Element], spec.Demand]
    ) -> list[spec.Demand]:
        """A record for each element, made once for each key that tells all of it; that of a day curve does not."""
        known, made = self._by_fields, []
        for element_id, key in zip(ids, keys, strict=True):
            found = known.get(key)
            if found is None:
                found = make(self.tree.elements[element_id])
                if key[0] != "day_curve":
                    known[key] = found
            made.append(found)
        return made

    def time_zone(self, element: Element) -> str:
        """The time zone of an element's region; UTC outside of regions."""
        above: int = element.__dict__["parent"]
        if above not in self._zones:
            fields = self.tree.elements[above].__dict__
            if above == ROOT_ID:
                self._zones[above] = "UTC"
            else:
                self._zones[above] = fields.get("time_zone") or self.time_zone(self.tree.elements[above])
        return self._zones[above]

    def linked(self, element_id: int) -> Mapping[str, list[int]]:
        """The ids to which an element's links lead, by kind of link, in order."""
        return self._linked[0].get(element_id, _NO_LINKS)

    def target(self, element_id: int, kind: str) -> int:
        """The id at the other end of an element's link of a kind, 0 without one."""
        found = self._linked[0].get(element_id)
        return found[kind][0] if found is not None and kind in found else 0

    def targets(self, element_id: int, kind: str) -> list[int]:
        """The ids at the ends of an element's links of a kind, in order."""
        found = self._linked[0].get(element_id)
        return found.get(kind, []) if found is not None else []

    def sources(self, element_id: int, kind: str) -> list[int]:
        """The ids whose links of a kind lead to an element, in order."""
        found = self._linked[1].get(element_id)
        return found.get(kind, []) if found is not None else []

    @property
    def linked_from(self) -> Set[int]:
        """The ids from which links lead."""
        return self._linked[0].keys()

    @cached_property
    def attached_to(self) -> Set[int]:
        """The ids to which volumes are attached."""
        return {element_id for element_id, ends in self._linked[1].items() if "attached_to" in ends}

    @cached_property
    def _linked(self) -> tuple[Ends, Ends]:
        """The other ends of all links, by source and by target."""
        by_source: Ends = {}
        by_target: Ends = {}
        for link in self.tree.links.values():
            fields = link.__dict__
            kind, source, target = fields["kind"], fields["source"], fields["target"]
            by_source.setdefault(source, {}).setdefault(kind, []).append(target)
            by_target.setdefault(target, {}).setdefault(kind, []).append(source)
        for ends in (by_source, by_target):
            for kinds in ends.values():
                for found in kinds.values():
                    found.sort()
        return by_source, by_target
