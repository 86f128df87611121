"""Turn a design into a simulation spec: each kind adds its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from designer.catalog.kinds.places.design import Design
from designer.catalog.rules.flows import add_limits, add_links, called
from designer.catalog.rules.latency import add_latencies
from designer.catalog.rules.values import start_error, start_of
from designer.catalog.rules.watts.power import power_of
from designer.catalog.spec_builder import SpecBuilder
from designer.collector import collector_off
from designer.engine.spec import Constant, Spec, TimedEvent
from designer.errors import RuleError, SpecError
from designer.model.element import ROOT_ID
from designer.model.kind import with_article
from designer.model.project import Project
from designer.words import tr

HOUR_S = 3600.0
CONTROL = ("fail_control", "recover_control")
"""Events of the control plane of a region."""
POWER = ("stop", "start", "reboot", "terminate", "move")
"""What people do to VMs."""


def build(
    project: Project,
    *,
    until_s: float | None = None,
    seed: int | None = None,
    events: Sequence[TimedEvent] = (),
    keep_vm_series: bool = False,
) -> Spec:
    """The simulation input of a design; missing arguments come from the design's own fields.

    Raises SpecError that names the element.
    """
    root = project.root
    if not isinstance(root, Design):
        raise SpecError(tr("The root of the tree is not a design."))
    wrong = start_error(root)
    if wrong:
        raise SpecError(f"{root.name}: {wrong}.")
    with collector_off():
        builder = _rows_of(project)
    _check_events(project, builder, events)
    try:
        power = power_of(builder)
    except RuleError as error:
        raise SpecError(str(error)) from None
    return Spec(
        domains=builder.domains,
        hosts=builder.hosts,
        vms=builder.vms,
        services=builder.services,
        dns_names=builder.dns_names,
        groups=builder.groups,
        clusters=builder.clusters,
        reaches=builder.reaches,
        placements=builder.placements,
        affinities=builder.affinities,
        stocks=builder.stocks,
        pools=builder.pools,
        limits=builder.limits,
        flows=builder.flows,
        starts=builder.starts,
        replicated=builder.replicated,
        routes=builder.routes,
        latencies=builder.latencies,
        traces=builder.traces,
        events=tuple(events),
        start_utc=start_of(root.start_utc),
        until_s=root.until_h * HOUR_S if until_s is None else until_s,
        sample_s=root.sample_s,
        seed=root.seed if seed is None else seed,
        policy=root.policy,
        keep_vm_series=keep_vm_series,
        power=power,
    )


def _check_events(project: Project, builder: SpecBuilder, events: Sequence[TimedEvent]) -> None:
    """Raise SpecError, which names the element, for an event on an element that cannot fail by itself, and for the
    maintenance of what is no host.
    """
    hosts = {host.id for host in builder.hosts} if events else set()
    regions = {domain.id for domain in builder.domains if domain.kind == "region"} if events else set()
    for event in events:
        if event.what in ("drain", "open") and event.id not in hosts:
            raise SpecError(tr("{0} is no host; only hosts have maintenance.", called(project, event.id)))
        if event.what in CONTROL and event.id not in regions:
            raise SpecError(tr("{0} is no region; only regions have a control plane.", called(project, event.id)))
    for event in events:
        if event.what in POWER and project.elements.get(event.id, project.root).kind != "vm":
            raise SpecError(
                tr(
                    "{0} is no VM; only VMs are stopped, started, rebooted, terminated and moved.",
                    called(project, event.id),
                )
            )
        if event.what == "surge":
            _check_surge(project, builder, event)
        _check_less(project, builder, event)
    named = {event.id for event in events if event.what not in ("surge", "stale", "fresh")} - hosts
    named -= {row.id for row in builder.domains} if named else set()
    named -= set(builder.vms.values("id")) if named else set()
    for element_id in sorted(named & project.elements.keys()):
        element = project.elements[element_id]
        noun = tr(project.kinds[element.kind].noun)
        if element.__dict__.get("template"):
            raise SpecError(tr("{0} is a template, which never runs.", element.name or noun))
        raise SpecError(
            tr(
                "{0} is {1}, which cannot fail or recover by itself. Name one of its VMs, or the place it stands on.",
                element.name or noun,
                with_article(noun),
            )
        )


def _check_less(project: Project, builder: SpecBuilder, event: TimedEvent) -> None:
    """Raise SpecError for less bandwidth, launches, capacity or fresh answers of what has none."""
    who, kinds = called(project, event.id), {row.id: row.kind for row in builder.domains}
    if event.what == "degrade" and not any(one.of == event.id and one.counts == "mbps" for one in builder.limits):
        raise SpecError(tr("{0} has no bandwidth to lose: give it one, and a VM that sends over it.", who))
    if event.what == "delay" and all(row.of != event.id for row in builder.latencies):
        told = tr("{0} has no round trip that could take longer: give its uplink, or the link, one", who)
        raise SpecError(tr("{0}, and users of a service a place.", told))
    if event.what == "throttle" and kinds.get(event.id) != "region":
        raise SpecError(tr("{0} is no region; only regions have a control plane.", who))
    if event.what in ("sell_out", "restock") and kinds.get(event.id) not in ("zone", "region"):
        raise SpecError(tr("{0} is neither a zone nor a region, of which the provider has capacity.", who))
    if event.what in ("stale", "fresh") and all(name.id != event.id for name in builder.dns_names):
        raise SpecError(tr("{0} is no DNS name with answers.", who))


def _check_surge(project: Project, builder: SpecBuilder, event: TimedEvent) -> None:
    """Raise SpecError for a load surge of what asks for nothing itself."""
    element = project.elements.get(event.id)
    if element is None or element.kind not in ("service", "user_population"):
        raise SpecError(tr("{0} asks for nothing; only the load of services and users can surge.",
                           called(project, event.id)))  # fmt: skip
    row = next((one for one in builder.services if one.id == event.id), None)
    if row is not None and row.demand == Constant(0.0) and not row.users:
        raise SpecError(tr("All requests to {0} come by DNS names; let the load of their users surge.", element.name))


def _added_together(builder: SpecBuilder, project: Project) -> Iterator[int]:
    """Add elements whose rows are made many at once; their ids."""
    for name, kind in project.kinds.items():
        if kind.add_many_to_spec is not None:
            yield from kind.add_many_to_spec(builder, project.of_kind(name))


def _rows_of(project: Project) -> SpecBuilder:
    """The rows that the elements of a design add to a spec. Raises SpecError."""
    builder = SpecBuilder(project)
    elements, kinds = project.elements, project.kinds
    order = np.fromiter(project.subtree(ROOT_ID), np.int64)
    try:
        added = np.fromiter(_added_together(builder, project), np.int64)
        for element_id in order[~np.isin(order, added)].tolist():
            element = elements[element_id]
            add_to_spec = kinds[element.kind].add_to_spec
            if add_to_spec is not None:
                add_to_spec(builder, element)
        builder.vms.arrange(order)
        add_limits(builder)
        add_links(builder)
        add_latencies(builder)
    except RuleError as error:
        raise SpecError(str(error)) from None
    return builder
