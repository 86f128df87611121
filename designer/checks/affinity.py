"""Affinity rules: none contradicts another, VMs stand where their rules allow it, and what is kept apart has enough
places.
"""

from __future__ import annotations

from collections.abc import Iterator

from designer.catalog.rules.affinity import contradiction_in
from designer.checks.check import Check, Found
from designer.checks.standing import spot, standing
from designer.checks.view import CheckView
from designer.model.element import ROOT_ID
from designer.words import listed, tr
from designer.words.reasons import told


def _contradiction(view: CheckView, root: int) -> tuple[str, int] | None:
    """The first contradiction among all rules and pins, and its rule."""
    for rule in view.of_kind("affinity_rule"):
        view.get(rule)
        for vm in view.sources(rule, "ruled_by"):
            view.get(vm)
            view.targets(vm, "pinned_to")
    return contradiction_in(view.tree)


def _contradicts(view: CheckView, rule: int) -> Iterator[Found]:
    found = view.value(_contradiction, ROOT_ID)
    if found is not None and found[1] == rule:
        yield Found(
            told(found[0]),
            tr("A run refuses rules that contradict each other. Take a VM out of one of them, or make one not strict."),
            tuple(sorted(view.sources(rule, "ruled_by"))),
        )


def _too_few(view: CheckView, rule: int) -> Iterator[Found]:
    fields = view.get(rule)
    if fields["wants"] != "apart" or not fields["strict"] or fields["level"] == "zone":
        return
    named = ((vm, view.get(vm)) for vm in sorted(view.sources(rule, "ruled_by")))
    running = [vm for vm, own in named if own["powered_on"] and not own["template"]]
    vms = [vm for vm in running if view.kind(view.parent(vm)) == "host"]
    hosts = {view.parent(vm) for vm in vms}
    clusters = {cluster for host in hosts for cluster in view.targets(host, "in_cluster")}
    for cluster in clusters:
        hosts |= set(view.sources(cluster, "in_cluster"))
    if not clusters or len(vms) < 2:
        return
    by_rack = fields["level"] == "rack"
    places = {(place[1] if by_rack and place[1] else host) for host in hosts for place in (view.value(spot, host),)}
    if len(places) <= len(vms):
        what = tr("racks") if by_rack else tr("hosts")
        why = tr(
            "When one of them fails, its VM has no place that the rule allows, and waits. Add one, or make the rule "
            "not strict."
        )
        if len(places) < len(vms):
            why = tr("Not all have a place that the rule allows. Add places, or make the rule not strict.")
        yield Found(
            tr("{0} keeps {1:,} VMs apart and its cluster has {2:,} {3}", view.name(rule), len(vms), len(places), what),
            why,
            tuple(vms),
        )


MOST_NAMED = 4
"""Names of VMs in a finding."""


def _stands_wrong(view: CheckView, rule: int) -> Iterator[Found]:
    fields, on = view.get(rule), dict[int, list[int]]()
    for vm in sorted(view.sources(rule, "ruled_by")) if fields["strict"] else ():
        stands = view.value(standing, vm)
        place = (
            0
            if stands is None
            else {"zone": stands.zone, "rack": stands.rack or stands.host}.get(fields["level"], stands.host)
        )
        if place:
            on.setdefault(place, []).append(vm)
    apart = fields["wants"] == "apart"
    wrong = [vms for vms in on.values() if len(vms) > 1] if apart else [*on.values()] if len(on) > 1 else []
    if wrong:
        vms = tuple(sorted(vm for some in wrong for vm in some))
        words = view.name(rule), tr(fields["level"]), listed(sorted(map(view.name, vms)), MOST_NAMED)
        yield Found(
            tr("{0} keeps VMs apart by {1}, and {2} stand together", *words)
            if apart
            else tr("{0} keeps VMs together by {1}, and {2} stand apart", *words),
            tr("A run refuses those that stand where the rule does not allow it. Move them, or make it not strict."),
            vms,
        )


CHECKS = (
    Check(
        "REL-32",
        "Affinity rules that contradict each other",
        "high",
        "What one rule keeps together, another keeps apart: no placement satisfies both.",
        "VMware vSphere resource management: conflicts of affinity rules",
        ("affinity_rule",),
        _contradicts,
    ),
    Check(
        "REL-35",
        "VMs that stand against a strict affinity rule",
        "high",
        "A VM starts only where its strict rules allow it.",
        "VMware vSphere resource management: a VM that would violate a required rule is not powered on",
        ("affinity_rule",),
        _stands_wrong,
    ),
    Check(
        "REL-33",
        "No host to spare for VMs that are kept apart",
        "medium",
        "With as many VMs as hosts, the VM of a host that fails waits until the host is back.",
        "VMware vSphere resource management: required rules are kept by vSphere HA, too",
        ("affinity_rule",),
        _too_few,
    ),
)
