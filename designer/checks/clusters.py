"""Clusters that lose more than the hosts that fail."""

from __future__ import annotations

from collections.abc import Iterator

from designer.catalog.kinds.sets.cluster import KEPT_FREE, NAMES
from designer.checks.capacity import host_load
from designer.checks.check import Check, Found
from designer.checks.view import CheckView
from designer.engine import spec
from designer.engine.cluster.slots import Size, why_broken
from designer.engine.spec import capacity
from designer.words import tr
from designer.words.reasons import told


def _two_without_witness(view: CheckView, cluster: int) -> Iterator[Found]:
    """Two nodes have two votes: one alone never has the majority. vSphere counts no votes."""
    fields, hosts = view.get(cluster), sorted(view.sources(cluster, "in_cluster"))
    if fields["ha"] and fields["rule"] != "vsphere" and len(hosts) == 2 and not view.targets(cluster, "witness"):
        does = tr("resets itself") if fields["rule"] == "proxmox" else tr("stops its VMs")
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
        "A cluster that decides by votes goes on with the majority. One of two nodes is none.",
        "pve-docs pvecm.adoc (QDevice); Windows Server failover clustering, quorum witness",
        ("cluster",),
        _two_without_witness,
    ),
)
