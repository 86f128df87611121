"""Clusters that lose more than the hosts that fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from designer.catalog.kinds.sets.cluster import KEPT_FREE, NAMES
from designer.checks.capacity import host_load
from designer.checks.check import Check, Found
from designer.checks.power import supplied_by
from designer.checks.view import CheckView
from designer.engine import spec
from designer.engine.cluster.slots import Size, why_broken
from designer.engine.spec import capacity
from designer.words import tr
from designer.words.reasons import told


def _two_without_witness(view: CheckView, cluster: int) -> Iterator[Found]:
    """Two nodes have two votes: one alone never has the majority. vSphere counts no votes."""
    fields, hosts = view.get(cluster), sorted(view.sources(cluster, "in_cluster"))
    alone = fields["two_node"] and fields["fencing"] == "power" and fields["rule"] == "proxmox"
    if alone or view.targets(cluster, "witness"):
        return
    if fields["ha"] and fields["rule"] != "vsphere" and len(hosts) == 2:
        does = tr("resets itself") if fields["rule"] == "proxmox" else tr("stops its VMs")
        if fields["rule"] == "proxmox" and fields["fencing"] == "power":
            does = tr("restarts nothing")
        yield Found(
            tr("{0} has two nodes and no witness", view.name(cluster)),
            tr(
                "When one is lost, the other may be without a majority and {0}. A witness outside of both, a “QDevice” "
                "under {1}, has the third vote.",
                does,
                NAMES["proxmox"],
            ),
            tuple(hosts),
        )


def _two_node_of_others(view: CheckView, cluster: int) -> Iterator[Found]:
    """Only of two nodes without a witness each goes on alone: a run of another cluster is refused."""
    fields, hosts = view.get(cluster), sorted(view.sources(cluster, "in_cluster"))
    if not (fields["two_node"] and fields["fencing"] == "power" and fields["rule"] == "proxmox"):
        return
    why = ""
    if len(hosts) != 2:
        why = tr("It has {0} hosts. Of two nodes alone each may go on without the other.", len(hosts))
    elif view.targets(cluster, "witness"):
        why = tr("It has a witness, which has the third vote. Take the witness away, or let votes decide.")
    if why:
        yield Found(tr("Nodes of {0} cannot each go on alone", view.name(cluster)), why, tuple(hosts))


def _board_without_power(view: CheckView, cluster: int) -> Iterator[Found]:
    """Hosts whose management board loses its power together with them, so that nobody confirms that they are off."""
    fields = view.get(cluster)
    if not (fields["ha"] and fields["rule"] == "proxmox" and fields["fencing"] == "power"):
        return
    feeds = {host: view.value(supplied_by, host) for host in sorted(view.sources(cluster, "in_cluster"))}
    one = [host for host, own in feeds.items() if len(own) == 1]
    if one:
        yield Found(
            tr("A lost feed leaves {0} waiting for a fence", view.name(cluster)),
            tr(
                "{0} and its management board depend on {1} alone. When it fails the board cannot confirm that the "
                "host is off, and its VMs wait until there is power again.",
                view.name(one[0]),
                view.name(feeds[one[0]][0]),
            ),
            tuple(one),
        )


def _heartbeat_datastores(view: CheckView, cluster: int) -> Iterator[Found]:
    """vSphere wants two heartbeat datastores: while the only one is down, a host that is alive is taken for dead."""
    fields, hosts = view.get(cluster), sorted(view.sources(cluster, "in_cluster"))
    if not fields["ha"] or fields["rule"] != "vsphere":
        return
    seen = Counter(store for host in hosts for store in view.targets(host, "sees"))
    shared = [store for store, count in seen.items() if count > 1]
    if len(hosts) == 2 and len(shared) == 1:
        yield Found(
            tr("{0} has two hosts and one heartbeat datastore", view.name(cluster)),
            tr(
                "While {0} is down, neither host sees that the other lives, once the network between them is lost.",
                view.name(shared[0]),
            ),
            tuple(shared),
        )


def _pings_itself_out(view: CheckView, cluster: int) -> Iterator[Found]:
    """Of two hosts the one that is left is alone: if nobody answers its ping then, it stops its own VMs too."""
    fields, hosts = view.get(cluster), sorted(view.sources(cluster, "in_cluster"))
    if not fields["ha"] or fields["rule"] != "vsphere" or fields["isolation"] != "power_off":
        return
    if len(hosts) == 2 and len(view.targets(cluster, "isolation_address")) < 2:
        yield Found(
            tr("{0} has two hosts, which stop their VMs when one address does not answer", view.name(cluster)),
            tr(
                "The host that is left is alone. Without an answer it takes itself for isolated and stops its VMs. "
                "Give the cluster two isolation addresses on different ways."
            ),
            tuple(hosts),
        )


def _policy_broken(view: CheckView, cluster: int) -> Iterator[Found]:
    """What a cluster keeps free with all its VMs on: one that came, or reserves more, may break the policy."""
    fields, hosts = view.get(cluster), sorted(view.sources(cluster, "in_cluster"))
    if not fields["ha"] or fields["admission"] == "none":
        return
    if fields["admission"] == "failover_hosts":
        kept = [host for host in hosts if view.get(host)["failover_host"]]
        why = "" if kept else tr("None of its hosts is a failover host.")
    else:
        record = spec.Cluster(cluster, **{name: fields[name] for name in KEPT_FREE})
        loads = [view.value(host_load, host).host for host in hosts]
        sizes = [Size(capacity.cpu_mhz(host), capacity.room_mib(host)) for host in loads]
        why = why_broken(record, sizes, [size for host in hosts for size in view.value(_wanted, host)])
        why = told(why) if why else why
        why = f"{why[:1].upper()}{why[1:]}." if why else ""
    if why:
        yield Found(tr("{0} does not keep free what its admission control asks for", view.name(cluster)), why)


def _wanted(view: CheckView, host: int) -> tuple[Size, ...]:
    """What each VM on a host that is on reserves, with its overhead."""
    record, found = view.value(host_load, host).host, []
    for vm in view.inside(host, "vm"):
        fields = vm.__dict__
        if fields["powered_on"] and not fields["template"]:
            own = fields["vcpus"], fields["ram_mib"], fields["ram_guaranteed_mib"]
            found.append(Size(fields["cpu_reservation_mhz"], capacity.asked_mib(record, *own)))
    return tuple(found)


CHECKS = (
    Check(
        "REL-42",
        "Admission policy of a cluster is broken",
        "medium",
        "VMs that run when a host fails may find no room. A run refuses to power on what would break the policy.",
        "VMware vSphere Availability, admission control",
        ("cluster",),
        _policy_broken,
    ),
    Check(
        "REL-41",
        "Cluster of two without a witness",
        "high",
        "A cluster that decides by votes goes on with the majority. One of two nodes is no majority.",
        "pve-docs pvecm.adoc (QDevice); Windows Server failover clustering, quorum witness",
        ("cluster",),
        _two_without_witness,
    ),
    Check(
        "REL-46",
        "Each of two nodes alone, in another cluster",
        "high",
        "Where more than one part keeps the majority, VMs would run twice: a run is refused.",
        "corosync votequorum(5): two_node",
        ("cluster",),
        _two_node_of_others,
    ),
    Check(
        "REL-47",
        "Fence that loses its power with its host",
        "medium",
        "VMs of a lost host restart only when it is known to be off. A management board without power says nothing.",
        "Red Hat and ClusterLabs guides on IPMI as the only fence device",
        ("cluster",),
        _board_without_power,
    ),
    Check(
        "REL-48",
        "One heartbeat datastore of two hosts",
        "low",
        "Datastore heartbeats distinguish a host that is cut off from one that is dead.",
        "VMware vSphere Availability: two heartbeat datastores",
        ("cluster",),
        _heartbeat_datastores,
    ),
    Check(
        "REL-49",
        "One isolation address of two hosts",
        "medium",
        "When one of two hosts dies while the gateway does not answer, both stop their VMs.",
        "VMware vSphere Availability: das.isolationaddress",
        ("cluster",),
        _pings_itself_out,
    ),
)
