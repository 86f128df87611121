"""An auto scaling group: keeps a number of instances over its subnets, launched from a template."""

from typing import ClassVar

from designer.catalog.kinds.compute.vm import record
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import Element, field, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr


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
    detect_s: float = quantity(
        60.0,
        "s",
        "Failure detected after",
        group="Failure",
        ge=0,
        le=86_400,
        help="Time from the failure of an instance until the group launches another.",
        source="EC2 status checks run every minute",
        confidence="C",
    )
    rebalance: bool = field(
        True,
        "Rebalance zones",
        group="Size",
        help="When a zone recovers, launch instances there and terminate as many elsewhere, as EC2 does.",
        source="EC2 Auto Scaling: rebalancing activities",
        confidence="A",
    )


def _value_error(group: Element) -> str | None:
    """What is wrong with its counts, or None."""
    fields = group.__dict__
    least, desired, most = (fields[name] for name in ("min_count", "desired_count", "max_count"))
    if least <= desired <= most:
        return None
    return tr("least {0}, desired {1} and most {2} instances must not fall below one another", least, desired, most)


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
    rule_fields=("min_count", "desired_count", "max_count"),
    is_set=True,
    box=Box(min_w=150, min_h=32),
    help="Keeps its desired number of VMs running over its subnets. It launches copies of its template VM.",
    add_to_spec=_add_to_spec,
    about=_about,
)
