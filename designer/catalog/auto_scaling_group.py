"""An auto scaling group: keeps a count of instances over its subnets, launching from a template."""

from typing import ClassVar

from designer.model.element import Element, field, quantity
from designer.model.kind import Box, Kind


class AutoScalingGroup(Element, table=True):
    """An auto scaling group."""

    __tablename__ = "auto_scaling_group"
    kind: ClassVar[str] = "auto_scaling_group"

    min_count: int = field(1, "Least instances", group="Size", ge=0, le=10_000)
    desired_count: int = field(
        3,
        "Desired instances",
        group="Size",
        ge=0,
        le=10_000,
        help="Kept between least and most; what is missing is launched.",
    )
    max_count: int = field(6, "Most instances", group="Size", ge=0, le=10_000)
    detect_s: float = quantity(
        60.0,
        "s",
        "Failure noticed after",
        group="Failure",
        ge=0,
        le=86_400,
        help="How long until a dead instance is missed and another is launched.",
        source="EC2 status checks run every minute",
        confidence="C",
    )


GROUP = Kind(
    "auto_scaling_group",
    "Scaling group",
    "auto-scaling-group.svg",
    AutoScalingGroup,
    inside=("region",),
    prefix="asg",
    plural="scaling groups",
    is_set=True,
    box=Box(min_w=150, min_h=32),
    help="Keeps its desired number of VMs running over its subnets; launches copies of its template VM.",
)
