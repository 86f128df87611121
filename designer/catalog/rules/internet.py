"""Whether users on the internet reach a VM, and whether it reaches the internet.

Users reach it when its VPC has a gateway and its subnet is public, or a load balancer leads to it. A VM reaches the
internet through that gateway, and from a private subnet through a NAT gateway in a public one. Subnets in no VPC are
open.
"""

from __future__ import annotations

from designer.catalog.spec_builder import SpecBuilder
from designer.engine.spec import Feeds
from designer.model.element import Element
from designer.words import tr


def subnet_of(builder: SpecBuilder, vm: Element) -> Element | None:
    """The subnet in which a VM stands or has its address; for an application, the subnet of its VM."""
    above = builder.tree.elements[vm.__dict__["parent"]]
    if above.kind == "vm":
        return subnet_of(builder, above)
    if above.kind == "subnet":
        return above
    attached = builder.target(vm.__dict__["id"], "attached")
    return builder.tree.elements[attached] if attached else None


def has_users(builder: SpecBuilder, service_id: int) -> bool:
    """Whether users send requests to a service, directly or through a DNS name."""
    if builder.sources(service_id, "uses"):
        return True
    ways = (service_id, *builder.sources(service_id, "balances"))
    return any(builder.sources(name, "uses") for way in ways for name in builder.sources(way, "answers"))


def why_unreached(builder: SpecBuilder, vm: Element, service_id: int) -> str:
    """Why the users of a service do not reach a VM; empty when they do or the service has no users."""
    subnet = subnet_of(builder, vm)
    vpc_id = builder.target(subnet.__dict__["id"], "in_vpc") if subnet is not None else 0
    if subnet is None or not vpc_id or not has_users(builder, service_id):
        return ""
    elements = builder.tree.elements
    if not builder.sources(vpc_id, "opens"):
        return tr("{0} has no internet gateway", elements[vpc_id].name)
    balancers = builder.sources(service_id, "balances")
    if not balancers:
        return "" if subnet.__dict__["public"] else tr("{0} is private, and no load balancer leads to it", subnet.name)
    nodes = [[elements[i].__dict__["public"] for i in builder.targets(b, "nodes_in")] for b in balancers]
    if any(not places or any(places) for places in nodes):
        return ""
    return tr("{0} has no node in a public subnet", elements[balancers[0]].name)


def way_out(builder: SpecBuilder, subnet: Element) -> tuple[Feeds, str]:
    """How a subnet reaches the internet: groups of gateways of which one each is enough; or why it does not."""
    vpc_id = builder.target(subnet.id, "in_vpc")
    if not vpc_id:
        return (), ""
    elements = builder.tree.elements
    gateways = tuple(builder.sources(vpc_id, "opens"))
    if not gateways:
        return (), tr("{0} has no internet gateway", elements[vpc_id].name)
    if subnet.__dict__["public"]:
        return (gateways,), ""
    nat_id = builder.target(subnet.id, "routes_through")
    if not nat_id:
        return (), tr("{0} is private and routes through no NAT gateway", subnet.name)
    nat = elements[nat_id]
    place = elements[nat.__dict__["parent"]]
    if builder.target(place.id, "in_vpc") != vpc_id:
        return (), tr("{0} is not in {1}", nat.name, elements[vpc_id].name)
    if not place.__dict__["public"]:
        return (), tr("{0} stands in {1}, which is private", nat.name, place.name)
    return ((nat_id,), gateways), ""


def public_entry(builder: SpecBuilder, service_id: int) -> bool:
    """Whether a service can be called over the internet: a member is in a public subnet of a VPC with a gateway, or one
    of its load balancers has a node in such a subnet."""
    elements = builder.tree.elements
    balancers = builder.sources(service_id, "balances")
    places = [place for balancer in balancers for place in builder.targets(balancer, "nodes_in")]
    if not balancers:
        found = (subnet_of(builder, elements[i]) for i in builder.sources(service_id, "member"))
        places = [subnet.id for subnet in found if subnet is not None]
    open_places = [place for place in places if elements[place].__dict__["public"]]
    return any(builder.sources(builder.target(place, "in_vpc"), "opens") for place in open_places)


def gateways(builder: SpecBuilder, service_id: int) -> tuple[int, ...]:
    """The ids of the internet gateways through which the users of a service reach its members."""
    if not has_users(builder, service_id):
        return ()
    found: set[int] = set()
    for vm_id in builder.sources(service_id, "member"):
        subnet = subnet_of(builder, builder.tree.elements[vm_id])
        if subnet is not None:
            found.update(builder.sources(builder.target(subnet.id, "in_vpc"), "opens"))
    return tuple(sorted(found))
