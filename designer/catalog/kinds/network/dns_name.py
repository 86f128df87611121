"""A DNS name: users reach services through it. It answers with a service that its health checks find healthy."""

from typing import ClassVar, Literal

from designer import units
from designer.catalog.kinds.services.user_population import mean_rps, users_of
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import Element, choice, field, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

Routing = Literal["failover", "weighted"]
ROUTE_53 = "Amazon Route 53 developer guide: health checks every 30 s (10 s for a price), three failures"


class DnsName(Element, table=True):
    """A DNS name."""

    __tablename__ = "dns_name"
    kind: ClassVar[str] = "dns_name"

    routing: Routing = choice(
        "failover",
        "Answers with",
        group="Answers",
        help=(
            "failover: the first healthy target, in the order of its links. weighted: all healthy targets, each by "
            "the weight of its link. When none is healthy, all count as healthy."
        ),
    )
    ttl_s: float = quantity(
        60.0,
        "s",
        "TTL",
        group="Answers",
        ge=0,
        le=604_800,
        help="How long users keep an answer. After the answer changes, users go to the old address for this long.",
        source="Elastic Load Balancing: the name of a load balancer has a TTL of 60 s",
        confidence="A",
    )
    check_interval_s: float = quantity(
        30.0, "s", "Check interval", group="Health checks", gt=0, le=3600, source=ROUTE_53, confidence="B"
    )
    failed_checks: int = quantity(
        3,
        "",
        "Check threshold",
        group="Health checks",
        ge=1,
        le=100,
        help=(
            "Checks in a row that must fail before a target counts as down, and succeed before it counts as healthy "
            "again."
        ),
        source=ROUTE_53,
        confidence="B",
    )
    managed_in: int = field(
        0,
        "Managed in",
        group="Answers",
        editor="reference:region",
        help="The region whose control plane changes its answers: while that is down, users are led nowhere else. "
        "None: health checks do without, as those of Route 53.",
    )


def order_of(tree: Tree, name: Element, target: Element) -> str:
    """The order or weight of a new target: the next order, or the weight of the other targets."""
    return "1" if name.__dict__["routing"] == "weighted" else str(len(tree.targets(name.id, "answers")) + 1)


def services_of(tree: Tree, name: Element) -> list[tuple[int, float]]:
    """The services behind a name, straight or through their load balancers, each with its order or weight, the first
    first. Raises RuleError where a target has none."""
    found: list[tuple[float, int, int]] = []
    for link in tree.links_of(name.id, "answers"):
        target = tree.elements[link.target]
        try:
            number = float(link.role or "1")
        except ValueError:
            number = 0.0
        if not 0.0 < number < float("inf"):
            raise RuleError(
                tr("{0}: “{1}” of {2} is no order; write a number above 0.", name.name, link.role, target.name)
            )
        services = [target.id] if target.kind == "service" else tree.targets(target.id, "balances")
        found += [(number, link.id, service) for service in services]
    named = [service for _, _, service in found]
    twice = next((service for service in named if named.count(service) > 1), None)
    if twice is not None:
        raise RuleError(
            tr("{0} answers with {1} twice; one way to it is enough.", name.name, tree.elements[twice].name)
        )
    return [(service, number) for number, _, service in sorted(found)]


def led_rps(tree: Tree, service_id: int) -> float:
    """Requests a second of the users whom DNS names lead to a service while all targets are healthy, on average. A name
    that leads nowhere adds nothing."""
    doors = [service_id, *tree.sources(service_id, "balances")]
    names = {name for door in doors for name in tree.sources(door, "answers")}
    return sum(_part(tree, tree.elements[i], service_id) * mean_rps(tree, i) for i in sorted(names))


def _part(tree: Tree, name: Element, service_id: int) -> float:
    """The part of the users of a name whom it leads to a service."""
    try:
        answers = services_of(tree, name)
    except RuleError:
        return 0.0
    if name.__dict__["routing"] == "failover":
        return float(answers[0][0] == service_id)
    return dict(answers)[service_id] / sum(weight for _, weight in answers)


def _add_to_spec(builder: SpecBuilder, name: Element) -> None:
    fields, tree = name.__dict__, builder.tree
    answers = services_of(tree, name)
    users = builder.sources(name.id, "uses")
    if not answers or not users:
        return
    builder.dns_names.append(
        spec.DnsName(
            id=fields["id"],
            name=fields["name"],
            users=tuple(users_of(tree.elements[i]) for i in users),
            answers=tuple(spec.Answer(service, weight) for service, weight in answers),
            routing=fields["routing"],
            check_s=fields["check_interval_s"] * fields["failed_checks"],
            ttl_s=fields["ttl_s"],
            managed_in=fields["managed_in"] if fields["managed_in"] in tree.elements else 0,
        )
    )


def _about(name: Element) -> str:
    fields = name.__dict__
    return tr("{0}, TTL {1}", fields["routing"], units.text(fields["ttl_s"], "s"))


DNS_NAME = Kind(
    "dns_name",
    "DNS name",
    "dns-name.svg",
    DnsName,
    inside=("design",),
    prefix="dns",
    plural="DNS names",
    section="network",
    box=Box(min_w=170, min_h=32),
    help=(
        "Leads users to services in several regions. When its health checks find a target down, it answers with the "
        "next. Until the checks and the TTL are over, users still go to the old target, and their requests are "
        "dropped."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
