"""Scaling groups: each launches in one region and has at least one instance for each zone."""

from __future__ import annotations

from collections.abc import Iterator

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
)
