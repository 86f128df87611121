"""Networks: load balancers, NAT gateways, address ranges, ways to the internet."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.standing import members, names
from designer.checks.view import CheckView
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr, trn

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _zones(view: CheckView, places: list[int]) -> dict[int, list[int]]:
    """Zones, each with those of some places that stand in it."""
    found: dict[int, list[int]] = {}
    for place in places:
        zone = view.above(place, "zone")
        if zone:
            found.setdefault(zone, []).append(place)
    return found


def _target_zones(view: CheckView, balancer: int) -> set[int]:
    services = view.targets(balancer, "balances")
    found = {member.zone for service in services for member in view.value(members, service)}
    return {zone for zone in found if view.kind(zone) == "zone"}


def _one_zone(view: CheckView, balancer: int) -> Iterator[Found]:
    nodes = view.targets(balancer, "nodes_in")
    zones, targets = _zones(view, nodes), view.value(_target_zones, balancer)
    if nodes and len(zones) == 1:
        yield Found(
            tr("{0} has its nodes in one zone, {1}", view.name(balancer), view.name(min(zones))),
            tr("When the zone is lost, no request arrives, even if targets elsewhere run."),
            tuple(nodes),
        )
    elif len(targets) == 1:
        yield Found(
            tr("All targets of {0} stand in one zone, {1}", view.name(balancer), view.name(min(targets))),
            tr("When the zone is lost, it has no target for its requests."),
            tuple(targets),
        )


def add_nodes(project: Project, finding: Finding) -> None:
    """Add a node of a load balancer in each other zone of its region."""
    balancer = finding.elements[0]
    have = {project.elements[i].parent for i in project.targets(balancer, "nodes_in")}
    region, added = project.elements[balancer].parent, 0
    with project.edit(tr("Give {0} nodes in more zones", project.elements[balancer].name)):
        for zone in project.children(region):
            nets = [i for i in project.children(zone) if project.elements[i].kind == "subnet"]
            nets.sort(key=lambda i: not project.elements[i].__dict__["public"])
            if nets and zone not in have and project.elements[zone].kind == "zone":
                edit.connect(project, "nodes_in", balancer, nets[0])
                added += 1
        if not added:
            raise RuleError(tr("No other zone of the region has a subnet; place one first."))


def _zone_without_targets(view: CheckView, balancer: int) -> Iterator[Found]:
    targets = view.value(_target_zones, balancer)
    idle = {
        zone: nets for zone, nets in _zones(view, view.targets(balancer, "nodes_in")).items() if zone not in targets
    }
    if targets and idle:
        yield Found(
            tr("{0} has nodes in {1} and no targets there", view.name(balancer), names(view, list(idle))),
            tr("Its node there sends all requests to other zones.")
            if view.get(balancer)["cross_zone"]
            else tr("Without cross-zone, DNS leads nobody to its node there."),
            tuple(net for nets in idle.values() for net in nets),
        )


def _uneven_zones(view: CheckView, balancer: int) -> Iterator[Found]:
    """Zones whose targets get far more requests each than those of another zone."""
    nodes = _zones(view, view.targets(balancer, "nodes_in"))
    services = view.targets(balancer, "balances")
    counts = Counter(member.zone for service in services for member in view.value(members, service))
    here = {zone: counts[zone] for zone in nodes if counts[zone]}
    if view.get(balancer)["cross_zone"] or len(here) < 2:
        return
    few, many = min(here, key=here.__getitem__), max(here, key=here.__getitem__)
    if here[many] >= 1.5 * here[few]:
        yield Found(
            trn(
                "{1} gets as many requests for {0} target as {2} for {3}",
                "{1} gets as many requests for {0} targets as {2} for {3}",
                here[few],
                view.name(few),
                view.name(many),
                here[many],
            ),
            tr("{0} does not cross zones, so each zone gets an equal part of the requests.", view.name(balancer)),
            tuple(nodes[few]),
        )


def _shared_nat(view: CheckView, nat: int) -> Iterator[Found]:
    own = view.above(nat, "zone")
    away = [net for net in view.sources(nat, "routes_through") if view.above(net, "zone") != own]
    if away:
        yield Found(
            trn(
                "{1} routes through {2} in another zone",
                "{1} route through {2} in another zone",
                len(away),
                names(view, away),
                view.name(nat),
            ),
            tr(
                "The loss of {0} cuts them off from the internet. Traffic between zones also costs money.",
                view.name(own),
            ),
            tuple(away),
        )


def nat_in_each_zone(project: Project, finding: Finding) -> None:
    """Place a NAT gateway in a public subnet of each zone that routes through another zone, and route through it."""
    away = finding.elements[1:]
    with project.edit(tr("A NAT gateway in each zone of {0} subnets", len(away))):
        made: dict[int, int] = {}
        for net in away:
            zone = project.elements[net].parent
            if zone not in made:
                made[zone] = edit.place(project, "nat_gateway", _public_subnet(project, zone, net))
            (link,) = (k.id for k in project.links_of(net, "routes_through") if k.source == net)
            project.remove(link)
            edit.connect(project, "routes_through", net, made[zone])


def _public_subnet(project: Project, zone: int, net: int) -> int:
    vpc = project.targets(net, "in_vpc")
    for i in project.children(zone):
        element = project.elements[i]
        if element.kind == "subnet" and element.__dict__["public"] and project.targets(i, "in_vpc") == vpc:
            return i
    raise RuleError(tr("{0} has no public subnet for a NAT gateway; place one first.", project.elements[zone].name))


def _network(view: CheckView, element_id: int) -> Network | None:
    try:
        return ipaddress.ip_network(view.get(element_id)["cidr"].strip(), strict=False)
    except ValueError:
        return None


def _no_range(view: CheckView, element_id: int) -> str:
    return tr("{0}: “{1}” is no range of addresses", view.name(element_id), view.get(element_id)["cidr"])


def _within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _addresses(view: CheckView, vpc: int) -> Iterator[Found]:
    whole, nets = view.value(_network, vpc), view.sources(vpc, "in_vpc")
    if whole is None:
        yield Found(
            tr("{0}: “{1}” is no range of addresses", view.name(vpc), view.get(vpc)["cidr"]),
            tr("Write it like 10.0.0.0/16."),
        )
    known: list[tuple[int, Network]] = []
    for net in nets:
        network = view.value(_network, net)
        if network is None:
            yield Found(_no_range(view, net), tr("Write it like 10.0.1.0/24."), (net,))
            continue
        known.append((net, network))
        if whole is not None and not _within(network, whole):
            text = tr(
                "{0}, {1}, is not among the addresses of {2}, {3}", view.name(net), network, view.name(vpc), whole
            )
            yield Found(text, "", (net,))
    for (one, first), (other, second) in combinations(known, 2):
        if first.overlaps(second):
            yield Found(
                tr("{0} and {1} share addresses, {2} and {3}", view.name(one), view.name(other), first, second),
                "",
                (one, other),
            )
    for peer in view.targets(vpc, "peers"):
        theirs = view.value(_network, peer)
        if whole is not None and theirs is not None and whole.overlaps(theirs):
            text = tr(
                "{0} and {1} are peered and share addresses, {2} and {3}",
                view.name(vpc),
                view.name(peer),
                whole,
                theirs,
            )
            yield Found(text, "", (peer,))


def _way_out(view: CheckView, net: int) -> Iterator[Found]:
    vpcs = view.targets(net, "in_vpc")
    if not vpcs:
        return
    opened = bool(view.sources(vpcs[0], "opens"))
    if view.get(net)["public"]:
        if not opened and view.inside(net):
            yield Found(
                tr("{0} is public and {1} has no internet gateway", view.name(net), view.name(vpcs[0])),
                tr("Internet users do not reach what stands in it."),
                (vpcs[0],),
            )
        return
    needing = [vm.id for vm in view.inside(net, "vm") if vm.__dict__["needs_internet"]]
    if needing and not view.targets(net, "routes_through"):
        yield Found(
            tr("{0} is private, routes through no NAT gateway and holds VMs that need the internet", view.name(net)),
            trn("{1} does nothing in a run.", "{1} do nothing in a run.", len(needing), names(view, needing)),
            tuple(needing),
        )


def open_to_the_internet(project: Project, finding: Finding) -> None:
    """Give the VPC of a public subnet an internet gateway, or route a private one through a NAT gateway of its zone."""
    net = finding.elements[0]
    if project.elements[net].__dict__["public"]:
        vpc = finding.elements[1]
        with project.edit(tr("Open {0} to the internet", project.elements[vpc].name)):
            gateway = edit.place(project, "internet_gateway", project.elements[vpc].parent)
            edit.connect(project, "opens", gateway, vpc)
        return
    zone = project.elements[net].parent
    with project.edit(tr("Route {0} through a NAT gateway", project.elements[net].name)):
        place = _public_subnet(project, zone, net)
        here = [i for i in project.children(place) if project.elements[i].kind == "nat_gateway"]
        nat = here[0] if here else edit.place(project, "nat_gateway", place)
        edit.connect(project, "routes_through", net, nat)


CHECKS = (
    Check(
        "REL-07",
        "Load balancer in one zone",
        "high",
        "It cannot fail over: when the zone is lost, the service is lost.",
        "AWS Well-Architected Framework, reliability pillar, REL10; an application load balancer needs two subnets",
        ("load_balancer",),
        _one_zone,
        Fix("Add a node in each zone that has a subnet", add_nodes),
    ),
    Check(
        "REL-08",
        "Load balancer with a zone that has no targets",
        "medium",
        "The zone gets its share of the traffic but has no target for it.",
        "Elastic Load Balancing, cross-zone load balancing (general knowledge of the field)",
        ("load_balancer",),
        _zone_without_targets,
    ),
    Check(
        "REL-43",
        "Load balancer with uneven zones that it does not cross",
        "medium",
        "Each zone gets an equal part of the requests, so the targets of the smaller zone are full first.",
        "Elastic Load Balancing user guide, how it works: cross-zone load balancing",
        ("load_balancer",),
        _uneven_zones,
    ),
    Check(
        "REL-09",
        "NAT gateway shared by zones",
        "high",
        "A NAT gateway stands in one zone. Its loss cuts off healthy zones.",
        "Amazon VPC user guide, NAT gateways: create one in each availability zone",
        ("nat_gateway",),
        _shared_nat,
        Fix("Place a NAT gateway in each of these zones", nat_in_each_zone),
    ),
    Check(
        "NET-01",
        "Address ranges that overlap or lie outside",
        "high",
        "The provider refuses such subnets, and networks that share addresses cannot be peered.",
        "cfn-lint E3059 and E3060; Amazon VPC peering guide",
        ("vpc",),
        _addresses,
    ),
    Check(
        "NET-03",
        "Subnet without a way to the internet",
        "high",
        "Internet users do not reach a public subnet, or VMs that need the internet do nothing.",
        "Amazon VPC user guide, internet gateways and NAT gateways",
        ("subnet",),
        _way_out,
        Fix("Add its way to the internet", open_to_the_internet),
    ),
)
