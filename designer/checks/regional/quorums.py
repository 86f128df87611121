"""Clusters that decide by votes, in two places of which one holds the majority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.standing import spot
from designer.checks.view import CheckView
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr


def _two_places(view: CheckView, cluster: int) -> Iterator[Found]:
    fields = view.get(cluster)
    if not fields["ha"] or fields["rule"] == "vsphere" or view.targets(cluster, "witness"):
        return
    hosts = sorted(view.sources(cluster, "in_cluster"))
    zones = Counter(view.value(spot, host)[0] for host in hosts)
    if len(hosts) < 3 or len(zones) != 2:
        return
    (larger, most), _ = zones.most_common()
    yield Found(
        tr("{0} has its {1} nodes in two zones and no witness", view.name(cluster), len(hosts)),
        tr("Without {0} the others are {1} of {2}, no majority, and stop.", view.name(larger), len(hosts) - most,
           len(hosts)),
        tuple(hosts),
    )  # fmt: skip


def add_witness(project: Project, finding: Finding) -> None:
    """Give a cluster a witness in a zone without its hosts."""
    cluster, *hosts = finding.elements
    view = CheckView(project)
    taken = {view.above(host, "zone") for host in hosts}
    zones = [zone.id for zone in project.of_kind("zone") if zone.id not in taken]
    region = view.above(hosts[0], "region")
    zones.sort(key=lambda zone: (project.elements[zone].parent != region, zone))
    if not zones:
        raise RuleError(tr("There is no third zone; place one first."))
    edit.connect(project, "witness", cluster, zones[0])


CHECKS = (
    Check(
        "REL-18",
        "Votes of a cluster in two places",
        "low",
        "The loss of the place with more nodes takes the majority, and the nodes that are left stop, too.",
        "arithmetic of quorums; pve-docs pvecm.adoc, QDevice in a third place",
        ("cluster",),
        _two_places,
        Fix("Add a witness in a third zone", add_witness),
    ),
)
