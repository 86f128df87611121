"""Services, groups and scenarios with a missing part: they do nothing, or a run refuses them."""

from __future__ import annotations

from collections.abc import Iterator

from designer.catalog.kinds.saved.scenario import scenario_events
from designer.catalog.rules.flows import MAY_FAIL
from designer.catalog.scenarios.targets import noun_of
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.view import CheckView
from designer.commands import edit
from designer.model.project import Project
from designer.words import tr


def _nobody_serves(view: CheckView, service: int) -> Iterator[Found]:
    if not view.sources(service, "member") and not view.sources(service, "serves"):
        yield Found(tr("{0} has no members", view.name(service)), tr("All its requests are dropped in a run."))


def _launches_nothing(view: CheckView, group: int) -> Iterator[Found]:
    missing = [what for kind, what in (("template", "template"), ("spans", "subnet")) if not view.targets(group, kind)]
    if missing:
        yield Found(
            tr("{0} has no {1}", view.name(group), tr(" and no ").join(missing)),
            tr("The group launches nothing. Link it with a template VM and with its subnets."),
        )


def _counts(view: CheckView, group: int) -> Iterator[Found]:
    fields = view.get(group)
    least, wanted, most = fields["min_count"], fields["desired_count"], fields["max_count"]
    if not least <= wanted <= most:
        yield Found(
            tr(
                "{0}: minimum {1:,}, desired {2:,} and maximum {3:,} are out of order",
                fields["name"],
                least,
                wanted,
                most,
            ),
            tr("A run refuses the design."),
        )


def order_counts(project: Project, finding: Finding) -> None:
    """Keep the desired count of a group, and make minimum and maximum include it."""
    group = finding.elements[0]
    fields = project.elements[group].__dict__
    wanted = fields["desired_count"]
    least, most = min(fields["min_count"], wanted), max(fields["max_count"], wanted)
    edit.change(project, [group], {"min_count": least, "max_count": most})


def _hits_nothing(view: CheckView, scenario: int) -> Iterator[Found]:
    view.get(scenario)
    for number, event in enumerate(scenario_events(view.tree.elements[scenario])):
        if event.target and not view.exists(event.target):
            detail = tr("Event {0} hits what is no longer in the design. Remove the event, or undo.", number + 1)
        elif not event.target and not _some(view, event.kind):
            detail = tr("Event {0} hits by rule, and the design has no {1}.", number + 1, noun_of(event.kind))
        else:
            continue
        yield Found(tr("The scenario {0} cannot happen", view.name(scenario)), detail)
        return


def _some(view: CheckView, kind: str) -> bool:
    """Whether a design has elements, or links, of a kind."""
    if kind in MAY_FAIL:
        return any(view.targets(zone, kind) for zone in view.of_kind("zone"))
    return bool(view.of_kind(kind))


CHECKS = (
    Check(
        "SCN-01",
        "Scenario without its target",
        "medium",
        "A scenario of which an event hits nothing is refused when it is played.",
        "the rules of a run of this program",
        ("scenario",),
        _hits_nothing,
    ),
    Check(
        "SVC-01",
        "Service without members",
        "high",
        "No member serves its requests.",
        "the rules of a run of this program",
        ("service",),
        _nobody_serves,
    ),
    Check(
        "GRP-01",
        "Scaling group that launches nothing",
        "high",
        "The group does not launch its instances and does not replace lost ones.",
        "Amazon EC2 Auto Scaling: a group needs a launch template and subnets",
        ("auto_scaling_group",),
        _launches_nothing,
    ),
    Check(
        "GRP-02",
        "Counts of a scaling group out of order",
        "high",
        "The desired count must lie between the minimum and the maximum.",
        "Amazon EC2 Auto Scaling, capacity limits",
        ("auto_scaling_group",),
        _counts,
        Fix("Make minimum and maximum include the desired count", order_counts),
    ),
)
