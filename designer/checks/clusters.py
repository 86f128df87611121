"""Clusters that lose more than the hosts that fail."""

from __future__ import annotations

from collections.abc import Iterator

from designer.catalog.kinds.sets.cluster import NAMES
from designer.checks.check import Check, Found
from designer.checks.view import CheckView
from designer.words import tr


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


CHECKS = (
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
