"""Databases and volumes: data that is lost with one zone, or that a VM cannot reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from designer import units
from designer.catalog.rules.replicas import POLICIES, hosts_of, usable_gib
from designer.catalog.rules.storage import why_not_attached
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.view import CheckView
from designer.commands import edit
from designer.errors import RuleError
from designer.model.element import Element
from designer.model.project import Project
from designer.words import tr


def _no_standby(view: CheckView, database: int) -> Iterator[Found]:
    primary = view.targets(database, "primary_in")
    if primary and not view.targets(database, "standby_in"):
        yield Found(
            tr("{0} has no standby", view.name(database)),
            tr("The database is down while {0} is down; a restore from a backup takes hours.", view.name(primary[0])),
        )


def add_standby(project: Project, finding: Finding) -> None:
    """Add a standby to a database, in a subnet of another zone of its region."""
    database = finding.elements[0]
    nets = [
        net
        for zone in project.children(project.elements[database].parent)
        for net in project.children(zone)
        if project.elements[net].kind == "subnet" and project.why_no_link("standby_in", database, net) is None
    ]
    if not nets:
        raise RuleError(tr("No other zone of the region has a subnet; place one first."))
    nets.sort(key=lambda net: project.elements[net].__dict__["public"])
    edit.connect(project, "standby_in", database, nets[0])


def _poor_quorum(view: CheckView, database: int) -> Iterator[Found]:
    needed = view.get(database)["quorum"]
    there = len(view.targets(database, "primary_in")) + len(view.targets(database, "standby_in"))
    if needed and needed == there > 1:
        yield Found(
            tr("{0} takes no writes without any one of its {1} replicas", view.name(database), there),
            tr("Let a write need a majority, {0} of {1}.", there // 2 + 1, max(there, 3)),
        )
    elif 0 < needed <= there // 2:
        yield Found(
            tr("{0} takes writes on {1} of {2} replicas, no majority", view.name(database), needed, there),
            tr("Both halves of a divided network can take writes then. Let a write need {0}.", there // 2 + 1),
        )


def _out_of_reach(view: CheckView, volume: int) -> Iterator[Found]:
    view.get(volume)
    home = view.parent(volume)
    for vm in view.targets(volume, "attached_to"):
        view.get(vm)
        for place in (home, vm):
            view.above(place, "zone")
        if view.kind(home) == "datastore":
            view.sources(home, "sees")
        reason = why_not_attached(view.tree, view.tree.elements[volume], view.tree.elements[vm])
        if reason:
            yield Found(reason, tr("The VM cannot run without its volume."), (vm,))


def _nobody_sees(view: CheckView, store: int) -> Iterator[Found]:
    if view.inside(store, "volume") and not view.sources(store, "sees"):
        yield Found(
            tr("No host sees {0}", view.name(store)),
            tr("No VM can use its volumes. Link the hosts with it that see it."),
        )


def _spread_hosts(view: CheckView, store: int) -> tuple[dict[str, Any], list[Element]]:
    """The fields of a datastore and the hosts over which it is spread; none of another."""
    fields = view.get(store)
    if fields["spread"] not in POLICIES:
        return fields, []
    for host in view.sources(store, "sees"):
        view.get(host)
    return fields, hosts_of(view.tree, view.tree.elements[store])


def _too_few_hosts(view: CheckView, store: int) -> Iterator[Found]:
    fields, hosts = _spread_hosts(view, store)
    if fields["spread"] not in POLICIES:
        return
    needs = POLICIES[fields["spread"]].hosts(fields["tolerates"])
    if len(hosts) < needs:
        yield Found(
            tr("{0} needs {1} hosts for its copies and has {2}", view.name(store), needs, len(hosts)),
            tr("A loss that it should bear may take its data out of reach, and nothing can be made again."),
            tuple(host.id for host in hosts),
        )


def _no_room_after_loss(view: CheckView, store: int) -> Iterator[Found]:
    fields, hosts = _spread_hosts(view, store)
    if not hosts:
        return
    needs = POLICIES[fields["spread"]].hosts(fields["tolerates"])
    if len(hosts) < needs:
        return
    volumes = view.inside(store, "volume")
    used = sum(volume.__dict__["size_gib"] for volume in volumes)
    left = usable_gib(view.tree, view.tree.elements[store], without=1)
    if used > left * (1.0 + 1e-9):
        has, holds = units.text(left, "GiB"), units.text(used, "GiB")
        why = tr("Without its largest host it holds {0}; its volumes have {1}.", has, holds)
    elif len(hosts) == needs:
        why = tr("Its policy needs {0} hosts. Without one of them no other may hold what it held.", needs)
    else:
        return
    yield Found(tr("{0} cannot make lost copies again", view.name(store)), why, tuple(host.id for host in hosts))


CHECKS = (
    Check(
        "REL-44",
        "Too few hosts for spread storage",
        "high",
        "For n losses vSAN needs 2 n + 1 hosts, Ceph n + 2, Storage Spaces Direct n + 1; each copy is on another host.",
        "product manuals as generally known (confidence C)",
        ("datastore",),
        _too_few_hosts,
    ),
    Check(
        "REL-45",
        "No capacity to rebuild",
        "medium",
        "Until lost copies are made again, the next loss may take data out of reach.",
        "product manuals as generally known (confidence C)",
        ("datastore",),
        _no_room_after_loss,
    ),
    Check(
        "REL-10",
        "Database without standby",
        "high",
        "A restore takes hours. A standby in another zone takes over in a minute or two.",
        "AWS Well-Architected Framework, reliability pillar, REL11",
        ("database",),
        _no_standby,
        Fix("Add a standby in another zone", add_standby),
    ),
    Check(
        "REL-25",
        "Quorum of a database",
        "medium",
        "A quorum below a majority lets two halves write. One of all replicas ends writes when the first fails.",
        "etcd documentation, fault tolerance: a majority of n members, (n / 2) + 1",
        ("database",),
        _poor_quorum,
    ),
    Check(
        "REL-34",
        "Datastore that no host sees",
        "high",
        "A VM runs only on hosts that see the datastore of its volumes.",
        "VMware vSphere storage: a host uses the datastores that it is connected to",
        ("datastore",),
        _nobody_sees,
    ),
    Check(
        "REL-11",
        "Volume out of reach of its VM",
        "high",
        "A volume in a zone attaches to VMs in that zone only. Only the hosts of a datastore see it.",
        "Amazon EBS user guide: a volume and its instance are in the same availability zone",
        ("volume",),
        _out_of_reach,
    ),
)
