"""Networks of a template: zones, VPCs, subnets, gateways and routes, security groups."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_network
from itertools import chain

from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.values import ports
from designer.exchange.out.stack import Stack, called, tags
from designer.model.element import Element
from designer.words import tr

MADE_UP_VPC, MADE_UP_SUBNET = "10.0.0.0/16", "10.0.0.0/24"
"""Addresses where the design has none that a template could use."""


def put_network(stack: Stack) -> None:
    """Put all that a network consists of."""
    _name_zones(stack)
    vpcs = {row.id: stack.put(row, "AWS::EC2::VPC", CidrBlock=row.__dict__["cidr"], EnableDnsHostnames=True,
                              Tags=tags(row)) for row in stack.of_kind("vpc")}  # fmt: skip
    _put_subnets(stack)
    _put_gateways(stack, vpcs)
    _put_groups(stack)


def _name_zones(stack: Stack) -> None:
    """Give each zone the name by which AWS knows it."""
    known = ec2().regions.get(stack.code)
    name_of = {zone_id: name for name, zone_id in known.zones} if known is not None else {}
    for n, zone in enumerate(stack.of_kind("zone")):
        said, told = zone.__dict__["zone_id"], zone.name
        name = name_of.get(said) or (told if told in name_of.values() else "")
        if not name:
            stack.remark("guessed", tr("A zone that AWS does not know counts by its place in the region."), told)
        stack.zones[zone.id] = name or {"Fn::Select": [n, {"Fn::GetAZs": ""}]}


def _put_subnets(stack: Stack) -> None:
    taken: dict[str, list[str]] = {}
    made_up = ""
    for row in stack.of_kind("subnet"):
        vpc = next((i for i in stack.tree.targets(row.id, "in_vpc") if i in stack.ids), None)
        logical = stack.ids[vpc] if vpc is not None else made_up
        if not logical:
            logical = made_up = stack.add("Network", "AWS::EC2::VPC", CidrBlock=MADE_UP_VPC)
        if vpc is None:
            stack.remark("made_up", tr("A VPC for subnets that are in none."), row.name)
        inside = stack.tree.elements[vpc].__dict__["cidr"] if vpc is not None else MADE_UP_VPC
        addresses = _free(row.__dict__["cidr"], inside, taken.setdefault(logical, []))
        if addresses is None:
            stack.remark("left_out", tr("A subnet for which its VPC has no addresses left."), row.name)
            continue
        if addresses != row.__dict__["cidr"]:
            stack.remark("guessed", tr("Addresses of a subnet that has those of another, or none in its VPC."),
                         f"{row.name} ({addresses})")  # fmt: skip
        taken[logical].append(addresses)
        stack.put(row, "AWS::EC2::Subnet", VpcId={"Ref": logical}, CidrBlock=addresses,
                  AvailabilityZone=stack.zone(row), MapPublicIpOnLaunch=row.__dict__["public"],
                  Tags=tags(row))  # fmt: skip


def _free(wanted: str, inside: str, taken: Sequence[str]) -> str | None:
    """The wanted addresses where they lie in the VPC's and nobody has them, else the first free ones of the size."""
    whole, first = ip_network(inside, False), ip_network(wanted or MADE_UP_SUBNET, False)
    if not isinstance(whole, IPv4Network):
        return None
    if not isinstance(first, IPv4Network):
        first = IPv4Network(MADE_UP_SUBNET)
    others = [IPv4Network(one) for one in taken]
    size = min(max(first.prefixlen, whole.prefixlen), 28)
    tried = chain([first] if first.subnet_of(whole) else [], whole.subnets(new_prefix=max(size, whole.prefixlen)))
    free = (one for one in tried if not any(one.overlaps(other) for other in others))
    return next(map(str, free), None)


def _put_gateways(stack: Stack, vpcs: dict[int, str]) -> None:
    """Put internet gateways with the routes of public subnets, and NAT gateways with those of private ones."""
    opened: dict[str, str] = {}
    for row in stack.of_kind("internet_gateway"):
        logical = stack.put(row, "AWS::EC2::InternetGateway", Tags=tags(row))
        for vpc in stack.tree.targets(row.id, "opens"):
            if vpc in vpcs and vpcs[vpc] not in opened:
                opened[vpcs[vpc]] = stack.add(f"{logical}Opens{vpcs[vpc]}", "AWS::EC2::VPCGatewayAttachment",
                                              VpcId={"Ref": vpcs[vpc]}, InternetGatewayId={"Ref": logical})  # fmt: skip
                _route_public(stack, vpc, logical, opened[vpcs[vpc]])
    for row in stack.of_kind("nat_gateway"):
        subnet = stack.ref(row.parent)
        if subnet is None:
            stack.remark("left_out", tr("A NAT gateway whose subnet is left out."), row.name)
            continue
        vpc = stack.resources[subnet["Ref"]]["Properties"]["VpcId"]["Ref"]
        address = stack.add(f"{row.name}-address", "AWS::EC2::EIP", opened.get(vpc, ""), Domain="vpc")
        nat = stack.put(row, "AWS::EC2::NatGateway", SubnetId=subnet, Tags=tags(row),
                        AllocationId={"Fn::GetAtt": [address, "AllocationId"]})  # fmt: skip
        for private in stack.tree.sources(row.id, "routes_through"):
            if private in stack.ids:
                table = _table(stack, private, f"{stack.tree.elements[private].name}-routes")
                stack.add(f"{table}Out", "AWS::EC2::Route", RouteTableId={"Ref": table},
                          DestinationCidrBlock="0.0.0.0/0", NatGatewayId={"Ref": nat})  # fmt: skip


def _route_public(stack: Stack, vpc: int, gateway: str, attachment: str) -> None:
    table = ""
    for subnet in stack.tree.sources(vpc, "in_vpc"):
        if subnet in stack.ids and stack.tree.elements[subnet].__dict__["public"]:
            if not table:
                table = stack.add(f"{stack.ids[vpc]}-public-routes", "AWS::EC2::RouteTable", VpcId=stack.ref(vpc))
                stack.add(f"{table}Out", "AWS::EC2::Route", attachment, RouteTableId={"Ref": table},
                          DestinationCidrBlock="0.0.0.0/0", GatewayId={"Ref": gateway})  # fmt: skip
            _associate(stack, table, subnet)


def _table(stack: Stack, subnet: int, name: str) -> str:
    vpc = stack.resources[stack.ids[subnet]]["Properties"]["VpcId"]
    table = stack.add(name, "AWS::EC2::RouteTable", VpcId=vpc)
    _associate(stack, table, subnet)
    return table


def _associate(stack: Stack, table: str, subnet: int) -> None:
    stack.add(f"{table}Of{stack.ids[subnet]}", "AWS::EC2::SubnetRouteTableAssociation",
              RouteTableId={"Ref": table}, SubnetId=stack.ref(subnet))  # fmt: skip


def _put_groups(stack: Stack) -> None:
    """Put security groups, each in the VPC of what it protects."""
    for row in stack.of_kind("security_group"):
        vpc = next((found for i in stack.tree.sources(row.id, "protected_by")
                    if (found := vpc_of(stack, stack.tree.elements[i])) is not None), None)  # fmt: skip
        if vpc is None:
            vpc = next(({"Ref": stack.ids[one.id]} for one in stack.of_kind("vpc")), None)
        allowed = ports(row.__dict__["ports"])
        rules = [
            {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, "CidrIp": "0.0.0.0/0"}
            for low, high in (allowed if isinstance(allowed, list) else ())
        ]
        stack.put(row, "AWS::EC2::SecurityGroup", GroupDescription=called(row.name, 255, "-_. ") or "design", VpcId=vpc,
                  SecurityGroupIngress=rules or None, Tags=tags(row))  # fmt: skip


def subnet_of(stack: Stack, row: Element) -> Element | None:
    """The subnet that a VM stands in or has its address in."""
    found = stack.above(row, "subnet")
    attached = stack.tree.targets(row.id, "attached")
    return found or (stack.tree.elements[attached[0]] if attached else None)


def vpc_of(stack: Stack, vm: Element) -> dict[str, str] | None:
    """The VPC of a VM's subnet, as a template says it."""
    subnet = subnet_of(stack, vm)
    logical = stack.ids.get(subnet.id) if subnet is not None else None
    found: dict[str, str] | None = stack.resources[logical]["Properties"]["VpcId"] if logical else None
    return found
