"""An auto scaling group: keeps a number of instances over its subnets, launched from a template."""

from typing import Any, ClassVar, Literal

from designer.catalog.kinds.compute.vm import record
from designer.catalog.rules.values import start_of
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element, choice, field, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

Policy = Literal["none", "target", "steps"]
HealthCheck = Literal["instance", "load_balancer"]


class AutoScalingGroup(Element, table=True):
    """An auto scaling group."""

    __tablename__ = "auto_scaling_group"
    kind: ClassVar[str] = "auto_scaling_group"

    min_count: int = field(1, "Minimum instances", group="Size", ge=0, le=10_000)
    desired_count: int = field(
        3,
        "Desired instances",
        group="Size",
        ge=0,
        le=10_000,
        help="Stays between minimum and maximum. The group launches what is missing.",
    )
    max_count: int = field(6, "Maximum instances", group="Size", ge=0, le=10_000)
    detect_s: float = seconds(
        60.0,
        "Failure detected after",
        group="Failure",
        help="Time from the failure of an instance until the group launches another.",
        source="EC2 status checks run every minute",
        confidence="C",
    )
    health_check: HealthCheck = choice(
        "instance",
        "Health check",
        group="Failure",
        help=(
            "instance: it replaces instances that do not run. load balancer: also those that the checks of the load "
            "balancer of their service find dead, like those cut off from the network, as soon as these say so."
        ),
        source="Amazon EC2 Auto Scaling user guide, health checks: of EC2, and of Elastic Load Balancing",
        confidence="B",
    )
    scaling: Policy = choice(
        "none",
        "Scaling policy",
        group="Scaling",
        help=(
            "none: the desired count stays. target: as many instances as bring their mean CPU to the target. steps: "
            "more or fewer above and below two marks. Between minimum and maximum."
        ),
    )
    target_frac: float = quantity(
        0.5, "fraction", "Target CPU", group="Scaling", gt=0, le=1, when=("scaling", "target"),
        help="Looked at every minute. It adds after three minutes above, and removes after 15 minutes clearly below.",
        source="Amazon EC2 Auto Scaling user guide, target tracking; the minutes are an assumption",
        confidence="C",
    )  # fmt: skip
    upper_frac: float = fraction(0.7, "Add above", group="Scaling", when=("scaling", "steps"), help="Mean CPU.")
    add_frac: float = quantity(
        0.3, "fraction", "Add", group="Scaling", ge=0, le=10, when=("scaling", "steps"),
        help="A fraction of the instances: beyond one instance rounded down, else one.",
    )  # fmt: skip
    lower_frac: float = fraction(0.3, "Remove below", group="Scaling", when=("scaling", "steps"), help="Mean CPU.")
    remove_frac: float = fraction(
        0.1, "Remove", group="Scaling", when=("scaling", "steps"),
        help="A fraction of the instances: beyond one instance rounded down, else one.",
    )  # fmt: skip
    warmup_s: float = seconds(
        300.0, "Warm-up", group="Scaling", when=("scaling", "target", "steps"),
        help="A new instance counts this long after it runs. Steps add a part of those that count, and remove none "
        "before all do.",
        source="Amazon EC2 Auto Scaling user guide: without a warm-up of its own the cooldown, 300 s",
        confidence="B",
    )  # fmt: skip
    cooldown_s: float = seconds(
        0.0, "Cooldown", group="Scaling", zero="none",
        when=("scaling", "target", "steps"),
        help="After the last instance of a change runs, nothing changes for this long.",
    )  # fmt: skip
    scale_in: bool = field(
        True, "Scale in", group="Scaling", when=("scaling", "target", "steps"), help="Also removes instances."
    )
    schedule: str = field(
        "", "Schedule (UTC)", group="Scaling", max_length=400,
        help="Times of the day and counts, like 07:30=6, 20:00=2; each day again.",
    )  # fmt: skip
    rebalance: bool = field(
        True,
        "Rebalance zones",
        group="Size",
        help="When a zone recovers, launch instances there and terminate as many elsewhere, as EC2 does.",
        source="EC2 Auto Scaling: rebalancing activities",
        confidence="A",
    )


def _schedule(text: str) -> list[tuple[float, int]]:
    """Seconds since midnight, and counts. Raises ValueError."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        clock, count = part.split("=")
        hours, minutes = map(int, clock.strip().split(":"))
        if not (0 <= hours < 24 and 0 <= minutes < 60):
            raise ValueError(part)
        found.append((hours * 3600.0 + minutes * 60.0, int(count)))
    return found


def _scaling(builder: SpecBuilder, fields: dict[str, Any]) -> spec.Scaling | None:
    schedule = _schedule(fields["schedule"])
    if fields["scaling"] == "none" and not schedule:
        return None
    start = start_of(builder.tree.elements[ROOT_ID].__dict__["start_utc"])
    ahead_s = (start.hour * 60 + start.minute) * 60.0 + start.second
    middle = (fields["upper_frac"] + fields["lower_frac"]) / 2.0
    up, down = (
        (fields["upper_frac"] - middle, fields["add_frac"]),
        (fields["lower_frac"] - middle, -fields["remove_frac"]),
    )
    stepped = fields["scaling"] == "steps"
    return spec.Scaling(
        target_frac=fields["target_frac"] if fields["scaling"] == "target" else 0.0,
        threshold_frac=middle,
        steps=(up, down) if stepped else (),
        schedule=tuple(sorted(((at_s - ahead_s) % 86_400.0, count) for at_s, count in schedule)),
        in_periods=3 if stepped else 15,
        warmup_s=fields["warmup_s"],
        cooldown_s=fields["cooldown_s"],
        scale_in=fields["scale_in"],
    )


def _value_error(group: Element) -> str | None:
    """What is wrong with its counts, marks or schedule, or None."""
    fields = group.__dict__
    least, desired, most = (fields[name] for name in ("min_count", "desired_count", "max_count"))
    if fields["scaling"] == "steps" and fields["lower_frac"] >= fields["upper_frac"]:
        return tr("it would remove instances where it adds some; “Remove below” must lie below “Add above”")
    try:
        schedule = _schedule(fields["schedule"])
    except ValueError:
        return tr("its schedule needs times and counts, like 07:30=6, 20:00=2")
    if len(dict(schedule)) < len(schedule):
        return tr("its schedule names a time twice")
    if not all(least <= count <= most for _, count in schedule):
        return tr("its schedule wants fewer instances than its minimum, or more than its maximum")
    if least <= desired <= most:
        return None
    return tr("minimum {0}, desired {1} and maximum {2} must be in order, the smallest first", least, desired, most)


def why_not_spanned(tree: Tree, group: Element, subnet: Element) -> str | None:
    """Why a group may not launch in a subnet of another region, or None."""
    region = tree.elements[subnet.parent].parent
    if region == group.parent:
        return None
    here, there = tree.elements[group.parent].name, tree.elements[region].name
    return tr(
        "{0} belongs to {1}, and {2} is in {3}; give {4} a group of its own",
        group.name,
        here,
        subnet.name,
        there,
        there,
    )


def why_not_counted(tree: Tree, vm: Element, group: Element) -> str | None:
    """Why a VM of another region may be no instance of a group, or None."""
    region = next((above for above in tree.ancestors(vm.id) if tree.elements[above].kind == "region"), group.parent)
    if region == group.parent:
        return None
    here, there = tree.elements[group.parent].name, tree.elements[region].name
    return tr(
        "{0} belongs to {1}, and {2} is in {3}; give {4} a group of its own", group.name, here, vm.name, there, there
    )


def _add_to_spec(builder: SpecBuilder, group: Element) -> None:
    fields, links = group.__dict__, builder.tree
    reason = _value_error(group)
    if reason:
        raise RuleError(f"{group.name}: {reason}.")
    templates = links.targets(group.id, "template")
    places = tuple(links.targets(group.id, "spans"))
    builder.groups.append(
        spec.Group(
            id=fields["id"],
            least=fields["min_count"],
            desired=fields["desired_count"],
            most=fields["max_count"],
            places=places,
            template=record(builder, links.elements[templates[0]]) if templates and places else None,
            name=fields["name"],
            detect_s=fields["detect_s"],
            rebalance=fields["rebalance"],
            scaling=_scaling(builder, fields),
            health=fields["health_check"],
        )
    )


def _about(group: Element) -> str:
    fields = group.__dict__
    return tr("{0}–{1}, {2} desired", fields["min_count"], fields["max_count"], fields["desired_count"])


GROUP = Kind(
    "auto_scaling_group",
    "Scaling group",
    "auto-scaling-group.svg",
    AutoScalingGroup,
    inside=("region",),
    prefix="asg",
    plural="scaling groups",
    section="sets",
    value_error=_value_error,
    rule_fields=("min_count", "desired_count", "max_count", "scaling", "upper_frac", "lower_frac", "schedule"),
    is_set=True,
    box=Box(min_w=150, min_h=32),
    help="Keeps its desired number of VMs running over its subnets. It launches copies of its template VM.",
    add_to_spec=_add_to_spec,
    about=_about,
)
