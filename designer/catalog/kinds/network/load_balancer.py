"""A load balancer: the requests of its service come through it. Health checks find dead members."""

from collections.abc import Mapping
from typing import Any, ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind

ALB = "Elastic Load Balancing, health checks of target groups: 30 s, timeout 5 s, 2 failures, 5 successes"


class LoadBalancer(Element, table=True):
    """A load balancer."""

    __tablename__ = "load_balancer"
    kind: ClassVar[str] = "load_balancer"

    check_interval_s: float = quantity(
        30.0, "s", "Check interval", group="Health checks", gt=0, le=3600, source=ALB, confidence="A"
    )
    failed_checks: int = quantity(
        2,
        "",
        "Failure threshold",
        group="Health checks",
        ge=1,
        le=100,
        help="Checks in a row that must fail before it stops sending requests to a member.",
        source=ALB,
        confidence="A",
    )
    check_timeout_s: float = quantity(
        5.0, "s", "Check timeout", group="Health checks", ge=0, le=3600,
        help="A check without an answer for this long has failed.", source=ALB, confidence="A",
    )  # fmt: skip
    good_checks: int = quantity(
        5, "", "Healthy threshold", group="Health checks", ge=1, le=100,
        help="Checks in a row that must succeed before it sends requests to a member again. A new one needs one.",
        source=ALB, confidence="A",
    )  # fmt: skip


def checks_of(fields: Mapping[str, Any]) -> spec.Checks:
    """The health checks of a load balancer of some fields."""
    return spec.Checks(
        fields["check_interval_s"], fields["check_timeout_s"], fields["failed_checks"], fields["good_checks"]
    )


def _add_to_spec(builder: SpecBuilder, balancer: Element) -> None:
    builder.domain(balancer)


LOAD_BALANCER = Kind(
    "load_balancer",
    "Load balancer",
    "load-balancer.svg",
    LoadBalancer,
    inside=("region",),
    prefix="lb",
    plural="load balancers",
    section="network",
    box=Box(min_w=140, min_h=32),
    help="Requests of the service it balances come through it: while all its balancers are down, none arrives. It is "
    "up while one of the subnets with its nodes is.",
    add_to_spec=_add_to_spec,
)
