"""Whether a member reaches what its service depends on: in the same VPC, in a peered VPC, or over the internet.

A peering joins two VPCs and is not passed on. Subnets in no VPC are open.
"""

from __future__ import annotations

from functools import partial

from designer.catalog.kinds.network.vpc import share_addresses
from designer.catalog.rules.internet import public_entry, subnet_of, way_out
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr


def why_not_peer(tree: Tree, vpc: Element, other: Element) -> str | None:
    """Why two VPCs may not be peered, or None when they may."""
    if vpc.id == other.id:
        return tr("{0} cannot be peered with itself", vpc.name)
    if vpc.id in tree.targets(other.id, "peers"):
        return tr("{0} is already peered with {1}", other.name, vpc.name)
    return share_addresses(vpc, other)


def why_not_reached(builder: SpecBuilder, vm: Element, service_id: int) -> str:
    """Why a member does not reach something that its service depends on; empty when it reaches everything."""
    needs = [*builder.targets(service_id, "depends_on"), *builder.targets(service_id, "reads_from")]
    subnet = subnet_of(builder, vm) if needs else None
    here = builder.target(subnet.id, "in_vpc") if subnet is not None else 0
    if subnet is None or not here:
        return ""
    near = {here, *builder.targets(here, "peers"), *builder.sources(here, "peers")}
    elements = builder.tree.elements
    for need in needs:
        there = builder.memo(("vpcs", need), partial(_vpcs, builder, elements[need]))
        if there and not near & there and not _over_the_internet(builder, subnet, elements[need]):
            far = elements[min(there)].name
            return tr("{0} is in {1}, which is not peered with {2}", elements[need].name, far, elements[here].name)
    return ""


def _vpcs(builder: SpecBuilder, need: Element) -> frozenset[int]:
    """The VPCs of a database's replicas or a service's members; none where one of them is in no VPC."""
    if need.kind == "database":
        places = [*builder.targets(need.id, "primary_in"), *builder.targets(need.id, "standby_in")]
    else:
        members = (builder.tree.elements[i] for i in builder.sources(need.id, "member"))
        subnets = [subnet_of(builder, vm) for vm in members if vm.kind == "vm"]
        places = [subnet.id if subnet is not None else 0 for subnet in subnets]
    found = frozenset(builder.target(place, "in_vpc") for place in places)
    return frozenset() if 0 in found else found


def _over_the_internet(builder: SpecBuilder, subnet: Element, need: Element) -> bool:
    """Whether a subnet reaches a service over the internet. It never reaches a database that way."""
    return need.kind == "service" and not way_out(builder, subnet)[1] and public_entry(builder, need.id)
