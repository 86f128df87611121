"""A NAT gateway: private subnets reach the internet through it."""

from typing import ClassVar

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.kinds.network.subnet import why_no_address
from designer.catalog.rules.terms.paying import own_price
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr


class NatGateway(Repaired, table=True):
    """A NAT gateway."""

    __tablename__ = "nat_gateway"
    kind: ClassVar[str] = "nat_gateway"
    mtbf_h: float = mtbf(43_800.0)
    mttr_h: float = mttr(1.0)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")

    own_usd_month: float = own_price()


def _placement_error(tree: Tree, gateway: Element, parent: Element) -> str | None:
    return why_no_address(tree, parent, gateway.id)


def why_no_route(tree: Tree, subnet: Element, gateway: Element) -> str | None:
    """Why a subnet may not route through a NAT gateway, or None when it may."""
    if subnet.__dict__["public"]:
        return tr("{0} is public and goes out through the internet gateway", subnet.name)
    here, there = ({*tree.targets(i, "in_vpc")} for i in (subnet.id, gateway.parent))
    if here and there and here != there:
        return tr("{0} is in another VPC than {1}", gateway.name, subnet.name)
    if tree.elements[subnet.parent].parent != tree.elements[tree.elements[gateway.parent].parent].parent:
        return tr("{0} is in another region than {1}", gateway.name, subnet.name)
    return None


def _add_to_spec(builder: SpecBuilder, gateway: Element) -> None:
    builder.domain(gateway)


NAT_GATEWAY = Kind(
    "nat_gateway",
    "NAT gateway",
    "nat-gateway.svg",
    NatGateway,
    inside=("subnet",),
    prefix="nat",
    plural="NAT gateways",
    section="network",
    placement_error=_placement_error,
    placement_reads=(),
    box=Box(min_w=21, min_h=16),
    help="Leads VMs in private subnets that are routed through it out to the internet, when its own subnet is public. "
    "It fails with its zone: then VMs that need the internet serve nothing, in other zones too.",
    add_to_spec=_add_to_spec,
)
