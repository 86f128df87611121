"""Scaling groups: each launches in one region and has at least one instance for each zone."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from designer.catalog.rules.stocks import stock_of
from designer.checks.check import Check, Found
from designer.checks.view import CheckView
from designer.words import tr, trn


def _regions(view: CheckView, group: int) -> Iterator[Found]:
    home = view.above(group, "region")
    away = [net for net in view.targets(group, "spans") if view.above(net, "region") != home]
    if away:
        where = ", ".join(view.name(net) for net in away)
        yield Found(
            tr("{0} launches outside of {1}, in {2}", view.name(group), view.name(home), where),
            tr("A run refuses this group. Give the other region its own group, and let a DNS name lead users to both."),
            tuple(away),
        )


def _least(view: CheckView, group: int) -> Iterator[Found]:
    nets = view.targets(group, "spans")
    zones = {view.above(net, "zone") for net in nets}
    least = view.get(group)["min_count"]
    if len(zones) > 1 and least < len(zones):
        yield Found(
            trn(
                "{1} may shrink to {0:,} instance in {2:,} zones",
                "{1} may shrink to {0:,} instances in {2:,} zones",
                least,
                view.name(group),
                len(zones),
            ),
            tr("At the minimum, a zone has no instance, and losing another zone can take all of them."),
            tuple(nets),
        )


def _free_of(view: CheckView, zone: int, kind: str, group: int) -> float:
    """How many instances of a type a group can have in a zone: what the provider has, less what others have of it."""
    try:
        most = stock_of(view.get(zone)["capacity"]).get(kind)
    except ValueError:
        most = None
    if most is None:
        return inf
    others = [
        vm
        for place in (zone, *(net.id for net in view.inside(zone, "subnet")))
        for vm in view.inside(place, "vm")
        if vm.__dict__["instance_type"] == kind and not vm.__dict__["template"]
        if group not in view.targets(vm.id, "instance")
    ]
    return float(max(most - len(others), 0))


def _capacity(view: CheckView, group: int) -> Iterator[Found]:
    """The zone whose loss leaves a group with the least capacity of its instance type."""
    templates = view.targets(group, "template")
    kind = view.get(templates[0])["instance_type"] if templates else ""
    zones = sorted({view.above(net, "zone") for net in view.targets(group, "spans")} - {0})
    desired = view.get(group)["desired_count"]
    if not kind or not zones:
        return
    free = {zone: _free_of(view, zone, kind, group) for zone in zones}
    lost = max(zones, key=free.__getitem__)
    left = sum(free[zone] for zone in zones if zone != lost)
    if len(zones) > 1 and left < desired:
        yield Found(
            tr("Without {0} the other zones have {1:,.0f} {2} for {3}", view.name(lost), left, kind, view.name(group)),
            tr("It wants {0:,}. Instances that nobody has room for wait until the zone is back.", desired),
            (lost,),
        )


CHECKS = (
    Check(
        "GRP-03",
        "Scaling group in more than one region",
        "high",
        "A group belongs to one region. When the region is lost, the group is lost too, and nothing is launched "
        "elsewhere.",
        "Amazon EC2 Auto Scaling user guide: a group spans zones of one region",
        ("auto_scaling_group",),
        _regions,
    ),
    Check(
        "GRP-04",
        "Scaling group with fewer instances than zones",
        "low",
        "At its minimum, the loss of one zone takes more than its share of the instances.",
        "AWS Well-Architected Reliability pillar REL10-BP01, multiple locations",
        ("auto_scaling_group",),
        _least,
    ),
    Check(
        "GRP-05",
        "Scaling group without capacity for a lost zone",
        "medium",
        "When a zone is lost, everyone in it launches elsewhere at once, where the provider may not have enough.",
        "AWS Well-Architected Reliability pillar REL11-BP05, static stability; outages of zones in 2011 and 2012",
        ("auto_scaling_group",),
        _capacity,
    ),
)
