"""A load balancer: the requests of its service come through it. Health checks find dead members."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.rules.terms.paying import own_price
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element, choice, field, fraction, quantity
from designer.model.kind import Box, Kind

Algorithm = Literal["least_outstanding", "round_robin"]
HOW = (
    "Elastic Load Balancing user guide, how it works: an application load balancer crosses zones unless told otherwise"
)
HEALTH = "Application Load Balancer user guide (2023), target group health: below it the zone leaves DNS"
ALB = "Elastic Load Balancing, health checks of target groups: 30 s, timeout 5 s, 2 failures, 5 successes"


class LoadBalancer(Repaired, table=True):
    """A load balancer."""

    __tablename__ = "load_balancer"
    kind: ClassVar[str] = "load_balancer"

    cross_zone: bool = field(
        True,
        "Cross-zone",
        group="Requests",
        help="Its nodes send requests to members in all zones. Without, each zone with a node gets an equal part, and "
        "its node sends it to the members there only.",
        source=HOW,
        confidence="A",
    )
    algorithm: Algorithm = choice(
        "least_outstanding",
        "Algorithm",
        group="Requests",
        help=(
            "least outstanding: a member gets as many requests as its capacity brings it. round robin: all members get "
            "the same number, large or small."
        ),
    )
    most_rps: float = quantity(
        0.0, "req/s", "Limit", group="Requests", zero="none", ge=0, le=1e9,
        help="Requests a second that it passes; it drops what is above, retries as well.",
    )  # fmt: skip
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
    dns_min_frac: float = fraction(
        0.0, "Minimum healthy, DNS", group="Health checks", zero="one member",
        help="Where a smaller part of the members is healthy, DNS leads nobody there. Without cross-zone this goes "
        "by zone; else it is the whole balancer, where a DNS name has another target. Its own name has a TTL of 60 s.",
        source=HEALTH, confidence="A",
    )  # fmt: skip
    routing_min_frac: float = fraction(
        0.0, "Minimum healthy, routing", group="Health checks", zero="one member",
        help="Where a smaller part of the members is healthy, it sends requests to all of them: in a zone, without "
        "cross-zone; else of all members.",
        source=HEALTH, confidence="A",
    )  # fmt: skip
    mtbf_h: float = mtbf(43_800.0, "derived from Gill et al., SIGCOMM 2011: one load balancer in five a year", "B")
    mttr_h: float = mttr(1.0)
    own_usd_month: float = own_price()


def checks_of(fields: Mapping[str, Any]) -> spec.Checks:
    """The health checks of a load balancer of some fields."""
    return spec.Checks(
        fields["check_interval_s"], fields["check_timeout_s"], fields["failed_checks"], fields["good_checks"]
    )


def balancer_of(builder: SpecBuilder, balancers: Sequence[Element]) -> spec.Balancer | None:
    """The rule by which the load balancers of a service divide its requests; None where it is the usual one.

    With several, they cross zones where all do, the first one's algorithm holds, and the largest minimum; their limits
    add up.
    """
    if not balancers:
        return None
    each = [balancer.__dict__ for balancer in balancers]
    usual = spec.Balancer(each[0]["id"], each[0]["name"])
    made = replace(
        usual,
        cross_zones=all(one["cross_zone"] for one in each),
        algorithm=each[0]["algorithm"],
        dns_min_frac=max(one["dns_min_frac"] for one in each),
        routing_min_frac=max(one["routing_min_frac"] for one in each),
        most_rps=sum(one["most_rps"] or math.inf for one in each),
    )
    nodes = tuple(sorted({node for one in each for node in builder.targets(one["id"], "nodes_in")}))
    return None if made == usual else replace(made, nodes=nodes)


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
