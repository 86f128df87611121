"""What there is to draw with: one file a kind, here in palette order, and the kinds of links between them."""

from __future__ import annotations

from designer.catalog.auto_scaling_group import GROUP, AutoScalingGroup
from designer.catalog.bucket import BUCKET, Bucket
from designer.catalog.cluster import CLUSTER, Cluster
from designer.catalog.cooling import COOLING, Cooling
from designer.catalog.data_center import DATA_CENTER, DataCenter
from designer.catalog.design import DESIGN, Design
from designer.catalog.firewall import FIREWALL, Firewall
from designer.catalog.function import FUNCTION, Function
from designer.catalog.host import HOST, Host
from designer.catalog.internet_gateway import INTERNET_GATEWAY, InternetGateway
from designer.catalog.load_balancer import LOAD_BALANCER, LoadBalancer
from designer.catalog.note import NOTE, Note
from designer.catalog.power_feed import POWER_FEED, PowerFeed
from designer.catalog.rack import RACK, Rack
from designer.catalog.region import REGION, Region
from designer.catalog.router import ROUTER, Router
from designer.catalog.security_group import SECURITY_GROUP, SecurityGroup
from designer.catalog.service import SERVICE, Service
from designer.catalog.subnet import SUBNET, Subnet
from designer.catalog.switch import SWITCH, Switch
from designer.catalog.trace import TRACE, Trace
from designer.catalog.user_population import USER_POPULATION, UserPopulation
from designer.catalog.vm import VM, Vm
from designer.catalog.vpc import VPC, Vpc
from designer.catalog.zone import ZONE, Zone
from designer.model.kind import Kind, LinkKind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        DESIGN,
        REGION,
        ZONE,
        DATA_CENTER,
        POWER_FEED,
        COOLING,
        RACK,
        HOST,
        SWITCH,
        ROUTER,
        FIREWALL,
        CLUSTER,
        VM,
        SUBNET,
        VPC,
        INTERNET_GATEWAY,
        SERVICE,
        USER_POPULATION,
        LOAD_BALANCER,
        FUNCTION,
        BUCKET,
        GROUP,
        SECURITY_GROUP,
        NOTE,
        TRACE,
    )
}

LINKS: dict[str, LinkKind] = {
    link.name: link
    for link in (
        LinkKind(
            "member",
            "Member of service",
            ("vm",),
            ("service",),
            per_source=1,
            help="The VM serves the requests of the service.",
        ),
        LinkKind(
            "instance",
            "Instance of group",
            ("vm",),
            ("auto_scaling_group",),
            per_source=1,
            help="The VM counts for the group from the start.",
        ),
        LinkKind(
            "spans",
            "Launches in",
            ("auto_scaling_group",),
            ("subnet",),
            help="The group may launch instances in the subnet.",
        ),
        LinkKind(
            "template",
            "Launches copies of",
            ("auto_scaling_group",),
            ("vm",),
            per_source=1,
            help="New instances of the group are copies of this VM.",
        ),
        LinkKind(
            "attached",
            "Attached to subnet",
            ("vm",),
            ("subnet",),
            per_source=1,
            help="A VM on a host has its address in this subnet.",
        ),
        LinkKind(
            "in_cluster",
            "In cluster",
            ("host",),
            ("cluster",),
            per_source=1,
            help="The host takes over VMs of the others of its cluster, and they take over its VMs.",
        ),
        LinkKind(
            "uses",
            "Use",
            ("user_population",),
            ("service",),
            per_source=1,
            help="They send their requests to the service.",
        ),
        LinkKind(
            "balances",
            "Balances",
            ("load_balancer",),
            ("service",),
            per_source=1,
            help="Requests to the service come through the load balancer, which checks the members.",
        ),
        LinkKind(
            "nodes_in",
            "Has nodes in",
            ("load_balancer",),
            ("subnet",),
            help="A node of the load balancer stands in the subnet. Without a living node it is down.",
        ),
        LinkKind(
            "connects",
            "Connects",
            ("switch", "router"),
            ("host", "rack", "data_center", "zone", "switch"),
            help="What has several switches or routers goes down, cut off, when the last of a kind does.",
        ),
        LinkKind(
            "guards",
            "Guards",
            ("firewall",),
            ("host", "rack", "data_center", "zone", "subnet"),
            help="Requests to it pass the firewall. What has several goes down, cut off, when the last of them does.",
        ),
        LinkKind(
            "protected_by",
            "In security group",
            ("vm",),
            ("security_group",),
            help="Requests reach the VM only on the ports of its security groups.",
        ),
        LinkKind(
            "in_vpc",
            "In VPC",
            ("subnet",),
            ("vpc",),
            per_source=1,
            help="The subnet is a part of the VPC.",
        ),
        LinkKind(
            "opens",
            "Opens",
            ("internet_gateway",),
            ("vpc",),
            per_source=1,
            help="Requests from the internet come into the VPC through the gateway.",
        ),
        LinkKind(
            "serves",
            "Serves",
            ("function", "bucket"),
            ("service",),
            per_source=1,
            help="Serves requests of the service, beside its VMs, up to its own limit.",
        ),
        LinkKind(
            "feeds",
            "Feeds",
            ("power_feed",),
            ("data_center", "rack", "host", "cooling"),
            help="Gives power. What has several feeds goes down when the last of them does.",
        ),
        LinkKind(
            "cools",
            "Cools",
            ("cooling",),
            ("data_center", "rack", "host"),
            help="Takes the heat away. What has several goes down some time after the last of them does.",
        ),
    )
}

__all__ = [
    "KINDS",
    "LINKS",
    "AutoScalingGroup",
    "Bucket",
    "Cluster",
    "Cooling",
    "DataCenter",
    "Design",
    "Firewall",
    "Function",
    "Host",
    "InternetGateway",
    "LoadBalancer",
    "Note",
    "PowerFeed",
    "Rack",
    "Region",
    "Router",
    "SecurityGroup",
    "Service",
    "Subnet",
    "Switch",
    "Trace",
    "UserPopulation",
    "Vm",
    "Vpc",
    "Zone",
]
