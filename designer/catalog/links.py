"""The kinds of links: which kinds each joins, in which layer it is drawn, and what it means."""

from __future__ import annotations

from designer.catalog.kinds.network.dns_name import order_of
from designer.catalog.kinds.network.nat_gateway import why_no_route
from designer.catalog.kinds.network.subnet import why_not_attached_to
from designer.catalog.kinds.network.vpc import why_not_in_vpc
from designer.catalog.kinds.sets.auto_scaling_group import why_not_counted, why_not_spanned
from designer.catalog.kinds.sets.placement_group import why_not_member
from designer.catalog.kinds.sets.resource_pool import why_not_in_pool
from designer.catalog.kinds.storage.database import why_no_replica
from designer.catalog.rules.affinity import why_not_pinned
from designer.catalog.rules.depending import why_not_depend
from designer.catalog.rules.peering import why_not_peer
from designer.catalog.rules.storage import why_not_attached
from designer.model.circles import leads_to
from designer.model.element import Element
from designer.model.kind import LinkKind
from designer.model.tree import Tree
from designer.words import tr


def why_not_linked(tree: Tree, zone: Element, other: Element) -> str | None:
    """Why two zones may have no link between them, or None: two zones have one."""
    beside = {*tree.targets(zone.id, "private_link"), *tree.sources(zone.id, "private_link")}
    return tr("{0} and {1} are linked already", zone.name, other.name) if other.id in beside else None


def why_not_backed_up(tree: Tree, part: Element, feed: Element) -> str | None:
    """Why a UPS or generator may not back up a feed, or None: the battery of a UPS is that of one feed."""
    others = [i for i in tree.targets(part.id, "backs_up") if i != feed.id]
    if part.kind == "ups" and others:
        return tr("{0} backs up {1} already", part.name, tree.elements[others[0]].name)
    return None


def why_not_after(tree: Tree, vm: Element, other: Element) -> str | None:
    """Why a VM may not start after another, or None: they would wait for each other."""
    if vm.id == other.id:
        return tr("{0} cannot start after itself", vm.name)
    if not leads_to(tree, "starts_after", other.id, vm.id):
        return None
    return tr("{0} starts after {1} already", other.name, vm.name)


LINKS: dict[str, LinkKind] = {
    link.name: link
    for link in (
        LinkKind(
            "member",
            "Member of service",
            "service",
            ("vm", "application"),
            ("service",),
            per_source=1,
            help="The VM, or the application in one, serves the requests of the service.",
            shown="reach",
            verb="is a member of",
            verbs="are members of",
            inverse="Members",
        ),
        LinkKind(
            "instance",
            "Instance of group",
            "service",
            ("vm",),
            ("auto_scaling_group",),
            per_source=1,
            help="The VM counts as an instance of the group from the start. It stands in the group's region.",
            link_error=why_not_counted,
            shown="around",
            verb="is an instance of",
            verbs="are instances of",
            inverse="Instances",
        ),
        LinkKind(
            "spans",
            "Launches in",
            "service",
            ("auto_scaling_group",),
            ("subnet",),
            help="The group may launch instances in the subnet. The subnet is in the group's region.",
            link_error=why_not_spanned,
            shown="within",
            verb="launches in",
            verbs="launch in",
            inverse="Groups that launch here",
        ),
        LinkKind(
            "template",
            "Launches copies of",
            "service",
            ("auto_scaling_group",),
            ("vm",),
            per_source=1,
            help="New instances of the group are copies of this VM.",
            shown="quiet",
            verb="launches copies of",
            verbs="launch copies of",
            inverse="Template of",
        ),
        LinkKind(
            "attached",
            "Attached to subnet",
            "network",
            ("vm",),
            ("subnet",),
            per_source=1,
            link_error=why_not_attached_to,
            help="A VM on a host has its address in this subnet.",
            shown="quiet",
            verb="has its address in",
            verbs="have their addresses in",
            inverse="Attached VMs",
        ),
        LinkKind(
            "in_cluster",
            "In cluster",
            "physical",
            ("host",),
            ("cluster",),
            per_source=1,
            help="The host takes over VMs of the other hosts in its cluster, and they take over its VMs.",
            shown="around",
            verb="is a host of",
            verbs="are hosts of",
            inverse="Hosts",
        ),
        LinkKind(
            "witness",
            "Has its witness in",
            "physical",
            ("cluster",),
            ("region", "zone", "data_center", "host"),
            per_source=1,
            help="A QDevice or witness stands there. It votes with the larger part of the cluster that reaches it: one "
            "vote, under Proxmox with an odd number of nodes one less than the nodes. It acts under “proxmox” and "
            "“hyperv”.",
            verb="has its witness in",
            verbs="have their witness in",
            inverse="Witness of",
        ),
        LinkKind(
            "isolation_address",
            "Pings when alone",
            "physical",
            ("cluster",),
            ("switch", "router", "firewall", "region", "zone", "data_center", "host"),
            help="A host of a vSphere cluster that reaches no other host pings these isolation addresses. It is "
            "isolated only if none answers; without any it pings whoever is outside, as its gateway is by default.",
            shown="quiet",
            verb="pings, when alone,",
            verbs="ping, when alone,",
            inverse="Pinged by",
        ),
        LinkKind(
            "in_pool",
            "In resource pool",
            "physical",
            ("vm", "resource_pool"),
            ("resource_pool",),
            per_source=1,
            help="The VM or pool shares what the resource pool gets with the others in it.",
            link_error=why_not_in_pool,
            shown="around",
            verb="shares",
            verbs="share",
            inverse="Members",
        ),
        LinkKind(
            "uses",
            "Use",
            "service",
            ("user_population",),
            ("service", "dns_name"),
            per_source=1,
            help="The users send their requests to the service, or to the target with which the DNS name answers.",
            verb="use",
            verbs="use",
            inverse="Users",
        ),
        LinkKind(
            "answers",
            "Answers with",
            "service",
            ("dns_name",),
            ("load_balancer", "service"),
            help="Users of the name are led to the target while it is healthy. The role is its order (1: the first) "
            "or its weight.",
            role_of=order_of,
            verb="answers with",
            verbs="answer with",
            inverse="DNS names that lead here",
        ),
        LinkKind(
            "balances",
            "Balances",
            "service",
            ("load_balancer",),
            ("service",),
            per_source=1,
            help="Requests to the service come through the load balancer, which checks the members.",
            verb="balances",
            verbs="balance",
            inverse="Load balancers",
        ),
        LinkKind(
            "nodes_in",
            "Has nodes in",
            "network",
            ("load_balancer",),
            ("subnet",),
            help="A node of the load balancer stands in the subnet. Without a living node it is down.",
            verb="has nodes in",
            verbs="have nodes in",
            inverse="Nodes of",
        ),
        LinkKind(
            "connects",
            "Connects",
            "network",
            ("switch", "router"),
            ("host", "rack", "data_center", "zone", "switch", "storage_array"),
            help="An element with several switches or routers is cut off from the network when the last of a kind goes "
            "down. Its power stays on.",
            verb="connects",
            verbs="connect",
            inverse="Switches and routers",
        ),
        LinkKind(
            "guards",
            "Guards",
            "network",
            ("firewall",),
            ("host", "rack", "data_center", "zone", "subnet"),
            help=(
                "Requests to the element pass the firewall. An element with several is cut off from the network when "
                "the last goes down. Its power stays on."
            ),
            verb="guards",
            verbs="guard",
            inverse="Firewalls",
        ),
        LinkKind(
            "sends_to",
            "Sends to",
            "network",
            ("vm",),
            ("vm",),
            help="The VM sends its traffic to the target, over the NICs, uplinks and links between them. While the "
            "target does not run, nothing is sent.",
            verb="sends to",
            verbs="send to",
            inverse="Receives from",
        ),
        LinkKind(
            "starts_after",
            "Starts after",
            "service",
            ("vm",),
            ("vm",),
            help="The VM does not boot while the target is about to run and does not yet. It does not wait for one "
            "that stays down.",
            link_error=why_not_after,
            verb="starts after",
            verbs="start after",
            inverse="VMs that start after it",
        ),
        LinkKind(
            "private_link",
            "Private link",
            "network",
            ("zone",),
            ("zone",),
            help="Traffic between the two zones goes over the link. The role is its bandwidth, as in “10 Gbit/s”, "
            "and its round trip, as in “10 Gbit/s, 2 ms”.",
            link_error=why_not_linked,
            role_of=lambda tree, zone, other: "10 Gbit/s",
            verb="is linked to",
            verbs="are linked to",
            inverse="Private link",
            mutual=True,
        ),
        LinkKind(
            "protected_by",
            "In security group",
            "network",
            ("vm",),
            ("security_group",),
            help="Requests reach the VM only on the ports of its security groups.",
            shown="around",
            verb="is in",
            verbs="are in",
            inverse="VMs",
        ),
        LinkKind(
            "placed_by",
            "In placement group",
            "physical",
            ("vm",),
            ("placement_group",),
            per_source=1,
            help="The VM stands only where the placement group allows it beside the other VMs of the group.",
            link_error=why_not_member,
            shown="around",
            verb="is placed by",
            verbs="are placed by",
            inverse="VMs",
        ),
        LinkKind(
            "ruled_by",
            "Under affinity rule",
            "physical",
            ("vm",),
            ("affinity_rule",),
            help="The affinity rule keeps the VM together with its other VMs, or apart from them.",
            shown="around",
            verb="is under",
            verbs="are under",
            inverse="VMs",
        ),
        LinkKind(
            "pinned_to",
            "Pinned to host",
            "physical",
            ("vm",),
            ("host",),
            help="The VM stands and restarts on this host alone. Pinned to several, it stands on any of them.",
            link_error=why_not_pinned,
            shown="quiet",
            verb="is pinned to",
            verbs="are pinned to",
            inverse="Pinned VMs",
        ),
        LinkKind(
            "in_vpc",
            "In VPC",
            "network",
            ("subnet",),
            ("vpc",),
            per_source=1,
            help="The subnet is a part of the VPC.",
            link_error=why_not_in_vpc,
            shown="around",
            verb="is a part of",
            verbs="are parts of",
            inverse="Subnets",
        ),
        LinkKind(
            "peers",
            "Peered with",
            "network",
            ("vpc",),
            ("vpc",),
            help=(
                "Services in one VPC reach databases and services in the other that they depend on. Peering joins "
                "these two only, and the two share no addresses."
            ),
            link_error=why_not_peer,
            verb="is peered with",
            verbs="are peered with",
            inverse="Peered with",
            mutual=True,
        ),
        LinkKind(
            "opens",
            "Opens",
            "network",
            ("internet_gateway",),
            ("vpc",),
            per_source=1,
            help="Requests from the internet come into the VPC through the gateway.",
            verb="opens",
            verbs="open",
            inverse="Gateway to the internet",
        ),
        LinkKind(
            "routes_through",
            "Routes through",
            "network",
            ("subnet",),
            ("nat_gateway",),
            per_source=1,
            help=(
                "Traffic from the private subnet to the internet goes through the NAT gateway, its only default route."
            ),
            link_error=why_no_route,
            verb="goes out through",
            verbs="go out through",
            inverse="Subnets that go out here",
        ),
        LinkKind(
            "runs_in",
            "Runs in",
            "network",
            ("function",),
            ("subnet",),
            help="The function runs in the subnet. A function with several subnets is down when all of them are down.",
            verb="runs in",
            verbs="run in",
            inverse="Functions",
        ),
        LinkKind(
            "serves",
            "Serves",
            "service",
            ("function", "bucket"),
            ("service",),
            per_source=1,
            help="Serves requests of the service beside its VMs, up to its own limit.",
            verb="serves",
            verbs="serve",
            inverse="Functions and buckets",
        ),
        LinkKind(
            "depends_on",
            "Depends on",
            "service",
            ("service",),
            ("service", "database", "function", "bucket"),
            help=(
                "While the target is down, the service drops all requests. The target gets no requests from the "
                "service."
            ),
            verb="depends on",
            verbs="depend on",
            inverse="Services that depend on it",
            link_error=why_not_depend,
        ),
        LinkKind(
            "reads_from",
            "Reads from",
            "service",
            ("service",),
            ("database",),
            help=(
                "The service reads from any replica of the database and writes nothing: it goes on while one replica "
                "is up, also without the primary or a quorum. What it reads is as old as the replication lag."
            ),
            verb="reads from",
            verbs="read from",
            inverse="Services that read from it",
        ),
        LinkKind(
            "primary_in",
            "Primary in",
            "network",
            ("database",),
            ("subnet",),
            per_source=1,
            help="The database is up while the subnet of its primary is up.",
            verb="has its primary in",
            verbs="have their primaries in",
            inverse="Primaries of",
            link_error=why_no_replica,
        ),
        LinkKind(
            "standby_in",
            "Standby in",
            "network",
            ("database",),
            ("subnet",),
            help=(
                "The replica takes over when the database loses its primary. Each replica stands in a zone of its own."
            ),
            verb="has a standby in",
            verbs="have a standby in",
            inverse="Standbys of",
            link_error=why_no_replica,
        ),
        LinkKind(
            "offers",
            "Offers",
            "storage",
            ("storage_array",),
            ("datastore",),
            help=(
                "The datastore is on the array. A datastore on several arrays is mirrored: it goes down with the last."
            ),
            verb="offers",
            verbs="offer",
            inverse="Storage arrays",
        ),
        LinkKind(
            "sees",
            "Sees",
            "storage",
            ("host",),
            ("datastore",),
            help="VMs with volumes on the datastore may run on the host.",
            shown="gathered",
            verb="sees",
            verbs="see",
            inverse="Hosts that see it",
        ),
        LinkKind(
            "attached_to",
            "Attached to VM",
            "storage",
            ("volume",),
            ("vm",),
            per_source=1,
            link_error=why_not_attached,
            help=(
                "The volume belongs to the VM. Without it the VM is down, and the VM runs only where the volume is "
                "reachable."
            ),
            shown="quiet",
            verb="is attached to",
            verbs="are attached to",
            inverse="Volumes",
        ),
        LinkKind(
            "feeds",
            "Feeds",
            "power",
            ("power_feed",),
            ("data_center", "rack", "host", "cooling", "storage_array"),
            help="The feed supplies power. An element with several feeds goes down when the last of them fails.",
            verb="feeds",
            verbs="feed",
            inverse="Power feeds",
        ),
        LinkKind(
            "backs_up",
            "Backs up",
            "power",
            ("ups", "generator"),
            ("power_feed",),
            help="While the feed has lost its utility, the UPS or generator supplies it. A UPS backs up one feed.",
            link_error=why_not_backed_up,
            verb="backs up",
            verbs="back up",
            inverse="UPSs and generators",
        ),
        LinkKind(
            "cools",
            "Cools",
            "power",
            ("cooling",),
            ("data_center", "rack", "host", "storage_array"),
            help=(
                "Cools the element. An element with several cooling units goes down some time after the last of "
                "them fails."
            ),
            verb="cools",
            verbs="cool",
            inverse="Cooling",
        ),
    )
}
