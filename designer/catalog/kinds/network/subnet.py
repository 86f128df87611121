"""A subnet: a range of addresses in one zone. Its VMs run on the provider's capacity."""

import ipaddress
from collections.abc import Mapping
from typing import Any, ClassVar

from designer.catalog.rules.internet import way_out
from designer.catalog.rules.values import Network, cidr_error, network
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element, field
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

RESERVED_ADDRESSES = 5
"""Addresses of each subnet that the provider reserves (AWS VPC user guide, "Subnet sizing")."""


class Subnet(Element, table=True):
    """A subnet."""

    kind: ClassVar[str] = "subnet"

    cidr: str = field(
        "10.0.0.0/24",
        "Addresses (CIDR)",
        group="Network",
        editor="cidr",
        max_length=43,
        help="Holds as many VMs as it has addresses, minus the five that the provider reserves.",
    )
    public: bool = field(
        False,
        "Public",
        group="Network",
        help="Public subnets are drawn green, private ones blue. In a VPC, internet users reach only public subnets.",
    )


def addresses(cidr: str) -> int | None:
    """How many VMs a subnet has addresses for, or None when its text is no network."""
    found = network(cidr)
    return None if found is None else max(0, found.num_addresses - RESERVED_ADDRESSES)


def takes_address(inside: Element) -> bool:
    """Whether an element takes an address of the subnet in which it stands. A template of a scaling group never
    runs."""
    return not inside.__dict__.get("template", False)


def addresses_for_vms(tree: Tree, subnet: Element) -> int | None:
    """How many addresses a subnet has for VMs, apart from the NAT gateways in it; None when its range is no network."""
    free = addresses(subnet.__dict__["cidr"])
    others = sum(1 for i in tree.children(subnet.id) if tree.elements[i].kind != "vm")
    return None if free is None else max(0, free - others)


def why_no_address(tree: Tree, subnet: Element, newcomer_id: int) -> str | None:
    """Why a subnet has no address for another VM, in it or attached to it, or None."""
    free = addresses(subnet.__dict__["cidr"])
    holders = [*tree.children(subnet.id), *tree.sources(subnet.id, "attached")]
    if free is None or len(holders) < free:
        return None
    taken = sum(1 for i in dict.fromkeys(holders) if i != newcomer_id and takes_address(tree.elements[i]))
    return tr("{0} has {1} addresses and all are taken", subnet.name, free) if taken >= free else None


def why_not_attached_to(tree: Tree, vm: Element, subnet: Element) -> str | None:
    """Why a VM on a host cannot have its address in a subnet, or None."""
    return why_no_address(tree, subnet, vm.id) if takes_address(vm) else None


def _taken(tree: Tree, zone: Element) -> list[Network]:
    """The ranges of the subnets in a zone's region."""
    zones = tree.children(zone.__dict__["parent"])
    subnets = (tree.elements[i] for other in zones for i in tree.children(other) if tree.elements[i].kind == "subnet")
    return [found for subnet in subnets if (found := network(subnet.__dict__["cidr"])) is not None]


def _next_free(within: Network, bits: int, taken: list[Network]) -> Mapping[str, Any]:
    for free in within.subnets(new_prefix=bits):
        if not any(free.overlaps(other) for other in taken):
            return {"cidr": str(free)}
    return {}


def _defaults_in(tree: Tree, zone: Element) -> Mapping[str, Any]:
    """The first /24 of 10.0.0.0/16 that no other subnet of the region uses."""
    return _next_free(ipaddress.ip_network("10.0.0.0/16"), 24, _taken(tree, zone))


def _copied_in(tree: Tree, subnet: Element, zone: Element) -> Mapping[str, Any]:
    """The next free range of the same size, among the 256 around it, where another subnet of the region uses its
    range."""
    own, taken = network(subnet.__dict__["cidr"]), _taken(tree, zone)
    if own is None or not any(own.overlaps(other) for other in taken):
        return {}
    return _next_free(own.supernet(min(8, own.prefixlen)), own.prefixlen, taken)


def _add_to_spec(builder: SpecBuilder, subnet: Element) -> None:
    outward, shut = way_out(builder, subnet)
    name, feeds = subnet.__dict__["name"], builder.feeds(subnet.id)
    builder.domains.append(
        spec.Domain(
            subnet.id,
            builder.parent(subnet),
            subnet.kind,
            name,
            feeds,
            outward=outward,
            shut=shut,
            addresses=addresses_for_vms(builder.tree, subnet),
            network=builder.network(subnet.id),
        )
    )


SUBNET = Kind(
    "subnet",
    "Subnet",
    "subnet.svg",
    Subnet,
    inside=("zone",),
    prefix="subnet",
    plural="subnets",
    section="network",
    value_error=cidr_error,
    rule_fields=("cidr", "public"),
    defaults_in=_defaults_in,
    copied_in=_copied_in,
    box=Box("grid", header=20, padding=8, gap=2, min_w=130, min_h=52, cell=(21.0, 16.0), columns=10),
    help="A range of addresses in one zone. Its VMs run on the provider's capacity, which is never contended.",
    add_to_spec=_add_to_spec,
)
