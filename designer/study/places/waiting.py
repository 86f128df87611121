"""How long users wait for the services of a design: way and hops as drawn, and after a run what was waited there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from designer.catalog.rules.latency import add_latencies
from designer.catalog.rules.routes import add_route
from designer.catalog.spec_builder import SpecBuilder
from designer.engine.result.carried import NEAR, Carried
from designer.engine.spec import Domain, Route, Spec
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.study.results.reading import RunResults
from designer.study.traffic.latency import HOPS, MEAN, P99, WAY, Latencies, LatencyTable, users_of


@dataclass(frozen=True)
class Wait:
    """Seconds that some users wait for a service: the way to it and back, the hops behind its entry, and with them its
    response time, mean and 99%; None without a run that tells it."""

    users: int
    users_name: str
    service: int
    service_name: str
    way_s: float
    hops_s: float
    mean_s: float | None = None
    p99_s: float | None = None


def waits_of(project: Project, results: RunResults | None = None) -> list[Wait]:
    """The waits of all users with a place: those of a run, or as drawn, where each member takes as many requests; the
    longest first."""
    rows = results.summary.latencies if results is not None else _as_drawn(project)
    names = users_of(results.spec) if results is not None else {}
    called = {element.id: element.name for kind in ("user_population", "service") for element in project.of_kind(kind)}
    names = {**called, **names}
    found = [
        Wait(users, names.get(users, ""), service, names.get(service, ""), values[WAY][0], values[HOPS][0],
             *(values[title][0] if title in values else None for title in (MEAN, P99)))
        for service, users, values in rows
    ]  # fmt: skip
    return sorted(found, key=lambda wait: (-(wait.mean_s or wait.way_s + wait.hops_s), wait.service_name, wait.users))


def _as_drawn(project: Project) -> list[Latencies]:
    """The ways and hops where all is up: each node of a balancer gets as many requests, and each member."""
    builder = SpecBuilder(project)
    for service in project.of_kind("service"):
        add_route(builder, service)
    add_latencies(builder)
    places = [element for kind in ("region", "zone", *NEAR) for element in project.of_kind(kind)]
    domains = [Domain(place.id, place.__dict__["parent"], place.kind) for place in places]
    carried = Carried()
    for route in builder.routes:
        for k, start, end, part in _ways(project, route) if route.users else ():
            carried.requests.add_one((route.service, k, start, end), part)
    spec = Spec(domains=domains, routes=builder.routes, latencies=builder.latencies)
    return LatencyTable(carried, spec).rows({})


def _ways(project: Project, route: Route) -> Iterator[tuple[int, int, int, float]]:
    members = [_place(project, i) for i in _members(project, route.service)]
    if not members:
        return
    share = 1.0 / len(members)
    nodes = [_place(project, net) for _, net in route.entries]
    for member in members:
        for node in nodes or [member]:
            yield 0, node, member, share / max(len(nodes), 1)
        for k, read in enumerate(route.reads, 1):
            home = project.targets(read, "primary_in") or [read]
            yield k, member, _place(project, home[0]), share


def _members(project: Project, service: int) -> list[int]:
    linked = [i for link in ("member", "serves") for i in project.sources(service, link)]
    return [i for i in linked if not project.elements[i].__dict__.get("template")]


def _place(project: Project, element_id: int) -> int:
    """The rack, data center or zone in which an element stands; its region where it is in none."""
    here, region = element_id, ROOT_ID
    while here != ROOT_ID:
        element = project.elements[here]
        if element.kind in ("zone", *NEAR):
            return here
        region = here if element.kind == "region" else region
        here = element.__dict__["parent"]
    return region
