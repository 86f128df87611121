"""What is asked about: components with laws, how a service stands on them, and what couples them.

Plain frozen records, in hours. Components fail and are repaired each by its own clock, whatever happens to what they
stand in, unless a crew, a shock or a fleet couples them. A year is 8,760 h.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from designer.engine.reliability.laws import Law
from designer.errors import SpecError

YEAR_H = 8760.0
Id = int | str


@dataclass(frozen=True)
class Component:
    """Something that is up or down. `up` None: it never fails; `down` None: it is never repaired.

    crew: the id of the crew that repairs it; empty: somebody always has time.
    """

    id: Id
    up: Law | None
    down: Law | None
    crew: Id = ""


@dataclass(frozen=True)
class Crew:
    """People or tools that repair one component each at a time, in the order of the failures."""

    id: Id
    size: int = 1


@dataclass(frozen=True)
class Shock:
    """A common cause: strikes by its law, and what is up among `hits` fails, each with probability `lethal`."""

    id: Id
    law: Law
    hits: tuple[Id, ...]
    lethal: float = 1.0


@dataclass(frozen=True)
class Fleet:
    """Units alike, of which `needed` run while there are enough; the others are spares.

    dormancy: how much of the failure rate a spare has: 0 cold, 1 as if it ran. crews: 0 is no limit.
    coverage: the probability that the others take over at once; else nothing runs until a manual switch (`switch`),
    in which nothing else fails. shock: all units that are up fail at once, by this law.
    """

    id: Id
    units: int
    up: Law
    down: Law | None
    needed: int = 0
    dormancy: float = 1.0
    crews: int = 0
    coverage: float = 1.0
    switch: Law | None = None
    shock: Law | None = None

    @property
    def running(self) -> int:
        """How many run at most."""
        return self.needed or self.units


@dataclass(frozen=True)
class Unit:
    """The component is up."""

    id: Id


@dataclass(frozen=True)
class Running:
    """At least `k` units of a fleet run."""

    fleet: Id
    k: int = 1


@dataclass(frozen=True)
class AtLeast:
    """At least `k` of the parts are up."""

    k: int
    of: tuple[Node, ...]


Node = Unit | Running | AtLeast


def series(*parts: Node) -> Node:
    """Up while all parts are."""
    return parts[0] if len(parts) == 1 else AtLeast(len(parts), parts)


def parallel(*parts: Node) -> Node:
    """Up while one part is."""
    return parts[0] if len(parts) == 1 else AtLeast(1, parts)


def paths(*sets: tuple[Id, ...]) -> Node:
    """Up while all components of one of the paths are."""
    return parallel(*(series(*(Unit(one) for one in path)) for path in sets))


@dataclass(frozen=True)
class System:
    """Components, what couples them, and services: a name, and the structure that must be up."""

    components: tuple[Component, ...] = ()
    services: Mapping[str, Node] = field(default_factory=dict)
    fleets: tuple[Fleet, ...] = ()
    crews: tuple[Crew, ...] = ()
    shocks: tuple[Shock, ...] = ()


@dataclass(frozen=True)
class Ask:
    """What is wanted of a service: the long run, or with `horizon_h` that time from all up and new.

    slo_h: the downtime within the horizon that breaks the promise.
    """

    service: str
    horizon_h: float | None = None
    slo_h: float | None = None


def units_of(node: Node) -> Iterator[Unit | Running]:
    """The leaves of a structure, in order; one that stands in it twice comes twice."""
    if isinstance(node, AtLeast):
        for part in node.of:
            yield from units_of(part)
    else:
        yield node


def narrowed(system: System, service: str) -> System:
    """The part of a system that a service depends on: nothing else changes its answer."""
    leaves = list(units_of(system.services[service]))
    kept = {leaf.id for leaf in leaves if isinstance(leaf, Unit)}
    fleets = {leaf.fleet for leaf in leaves if isinstance(leaf, Running)}
    crew_of = {c.id: c.crew for c in system.components}
    while True:
        crews = {crew_of[one] for one in kept if crew_of.get(one, "") != ""}
        more = {c.id for c in system.components if c.crew in crews}
        if more <= kept:
            break
        kept |= more
    return replace(
        system,
        components=tuple(c for c in system.components if c.id in kept),
        services={service: system.services[service]},
        fleets=tuple(f for f in system.fleets if f.id in fleets),
        crews=tuple(c for c in system.crews if c.id in crews),
        shocks=tuple(
            replace(s, hits=tuple(one for one in s.hits if one in kept))
            for s in system.shocks
            if not kept.isdisjoint(s.hits)
        ),
    )


def check_system(system: System) -> None:
    """Raise SpecError with the first thing that has no meaning."""
    for component in system.components:
        for law in (component.up, component.down):
            if law is not None:
                law.check(f"Component {component.id}")
    ids = {c.id for c in system.components}
    if len(ids) < len(system.components):
        raise SpecError("Two components have one id.")
    crews = {c.id for c in system.crews}
    for component in system.components:
        if component.crew != "" and component.crew not in crews:
            raise SpecError(f"Component {component.id} is repaired by the crew {component.crew}, which is not there.")
    for crew in system.crews:
        if crew.size < 1:
            raise SpecError(f"Crew {crew.id} has nobody.")
    fleets = {f.id: f for f in system.fleets}
    for fleet in system.fleets:
        _check_fleet(fleet)
    for shock in system.shocks:
        shock.law.check(f"Shock {shock.id}")
        if missing := [one for one in shock.hits if one not in ids]:
            raise SpecError(f"Shock {shock.id} hits {missing[0]}, which is not there.")
        if not 0.0 <= shock.lethal <= 1.0:
            raise SpecError(f"Shock {shock.id}: a probability is from 0 to 1, not {shock.lethal}.")
    for name, node in system.services.items():
        _check_node(name, node, ids, fleets)


def _check_fleet(fleet: Fleet) -> None:
    fleet.up.check(f"Fleet {fleet.id}")
    if fleet.down is not None:
        fleet.down.check(f"Fleet {fleet.id}")
    if fleet.units < 1 or not 0 <= fleet.needed <= fleet.units:
        raise SpecError(f"Fleet {fleet.id} cannot run {fleet.running} of {fleet.units} units.")
    if not (0.0 <= fleet.dormancy <= 1.0 and 0.0 <= fleet.coverage <= 1.0 and fleet.crews >= 0):
        raise SpecError(f"Fleet {fleet.id}: dormancy and coverage are from 0 to 1, crews at least 0.")
    if fleet.coverage < 1.0 and fleet.switch is None:
        raise SpecError(f"Fleet {fleet.id}: a failure that is not covered needs the time of its manual switch.")


def _check_node(name: str, node: Node, ids: set[Id], fleets: Mapping[Id, Fleet]) -> None:
    if isinstance(node, Unit):
        if node.id not in ids:
            raise SpecError(f"Service {name} stands on {node.id}, which is not there.")
    elif isinstance(node, Running):
        fleet = fleets.get(node.fleet)
        if fleet is None:
            raise SpecError(f"Service {name} stands on the fleet {node.fleet}, which is not there.")
        if not 1 <= node.k <= fleet.running:
            raise SpecError(f"Service {name} needs {node.k} of the {fleet.running} units of {node.fleet} that run.")
    else:
        if not 1 <= node.k <= len(node.of):
            raise SpecError(f"Service {name} needs {node.k} of {len(node.of)} parts: k is from 1 to n.")
        for part in node.of:
            _check_node(name, part, ids, fleets)


def check_long_run(system: System, service: str) -> None:
    """Raise SpecError where the long run of a service is that it is down for ever."""
    leaves = list(units_of(system.services[service]))
    components = {c.id: c for c in system.components}
    for leaf in leaves:
        if isinstance(leaf, Unit):
            component = components[leaf.id]
            if component.up is not None and component.down is None:
                raise SpecError(
                    f"Component {leaf.id} is never repaired, so service {service} has no long run: name a horizon."
                )
    used = {leaf.fleet for leaf in leaves if isinstance(leaf, Running)}
    for fleet in system.fleets:
        if fleet.id in used and fleet.down is None:
            raise SpecError(
                f"Fleet {fleet.id} is never repaired, so service {service} has no long run: name a horizon."
            )
