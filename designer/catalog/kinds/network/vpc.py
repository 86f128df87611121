"""A VPC: a private network in a region. Its subnets share its addresses."""

from itertools import combinations
from typing import ClassVar

from designer.catalog.rules.values import Network, cidr_error, network
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element, field
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr


class Vpc(Element, table=True):
    """A virtual private cloud."""

    kind: ClassVar[str] = "vpc"

    cidr: str = field(
        "10.0.0.0/16",
        "Addresses (CIDR)",
        group="Network",
        editor="cidr",
        max_length=43,
        help="The addresses of its subnets lie within these. Two subnets must not overlap.",
    )
    endpoint: bool = field(
        False,
        "Gateway endpoint",
        group="Network",
        help="Buckets are reached without a NAT gateway, which costs nothing. It does not affect a run.",
        source="Amazon VPC user guide, gateway endpoints",
        confidence="A",
    )


def _network(element: Element) -> Network:
    found = network(element.__dict__["cidr"])
    if found is None:
        raise RuleError(f"{element.name}: {cidr_error(element)}.")
    return found


def _order(subnet: tuple[Element, Network]) -> tuple[int, int, int, int]:
    element, network = subnet
    return network.version, int(network.network_address), network.prefixlen, element.id


def _within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def share_addresses(vpc: Element, other: Element) -> str | None:
    """Why two VPCs cannot be peered: their addresses overlap or are no network; None when they can."""
    try:
        one, two = _network(vpc), _network(other)
    except RuleError as error:
        return str(error).removesuffix(".")
    if one.version == two.version and one.overlaps(two):
        return tr("{0} and {1} share addresses, {2} and {3}, so they cannot be peered", vpc.name, other.name, one, two)
    return None


def why_not_in_vpc(tree: Tree, subnet: Element, vpc: Element) -> str | None:
    """Why a subnet may not join a VPC: another region, or addresses outside the VPC or of another subnet; None when it
    may."""
    whole, own = network(vpc.__dict__["cidr"]), network(subnet.__dict__["cidr"])
    if tree.elements[subnet.parent].parent != vpc.parent:
        return tr("{0} is in another region than {1}", subnet.name, vpc.name)
    if whole is None or own is None:
        return f"{(vpc if whole is None else subnet).name}: {cidr_error(vpc if whole is None else subnet)}"
    if not _within(own, whole):
        return tr("{0}: its addresses {1} are not among those of {2}, {3}", subnet.name, own, vpc.name, whole)
    for other in (tree.elements[i] for i in tree.sources(vpc.id, "in_vpc") if i != subnet.id):
        there = network(other.__dict__["cidr"])
        if there is not None and own.overlaps(there):
            return tr("{0} and {1} in {2} share addresses: {3} and {4}", subnet.name, other.name, vpc.name, own, there)
    return None


def _add_to_spec(builder: SpecBuilder, vpc: Element) -> None:
    """Check the addresses of a VPC; it adds no row to a run. Raises RuleError."""
    whole = _network(vpc)
    subnets = [builder.tree.elements[i] for i in builder.sources(vpc.id, "in_vpc")]
    networks = sorted(((subnet, _network(subnet)) for subnet in subnets), key=_order)
    for subnet, own in networks:
        if not _within(own, whole):
            raise RuleError(
                tr("{0}: its addresses {1} are not among those of {2}, {3}.", subnet.name, own, vpc.name, whole)
            )
    for (one, first), (other, second) in combinations(networks, 2):
        if first.overlaps(second):
            raise RuleError(
                tr("{0} and {1} in {2} share addresses: {3} and {4}.", one.name, other.name, vpc.name, first, second)
            )
    for peer in builder.targets(vpc.id, "peers"):
        reason = share_addresses(vpc, builder.tree.elements[peer])
        if reason:
            raise RuleError(f"{reason}.")


def _about(vpc: Element) -> str:
    return str(vpc.__dict__["cidr"])


VPC = Kind(
    "vpc",
    "VPC",
    "vpc.svg",
    Vpc,
    inside=("region",),
    prefix="vpc",
    plural="VPCs",
    section="network",
    value_error=cidr_error,
    rule_fields=("cidr",),
    is_set=True,
    box=Box(min_w=150, min_h=32),
    help="A network of subnets. Users on the internet reach what is in it through its internet gateway: in public "
    "subnets, or through a load balancer with a node in one.",
    add_to_spec=_add_to_spec,
    about=_about,
)
