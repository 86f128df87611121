"""Whether what clusters are told has a meaning."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from designer.engine.spec.check_moving import check_balancing
from designer.engine.spec.check_numbers import check_numbers, check_word
from designer.engine.spec.records import Admission, Cluster, ClusterRule, Fencing, Isolation, Spec
from designer.errors import SpecError

_NUMBERS = (
    "detect_s", "primary_more_s", "store_more_s", "isolated_s", "primary_isolated_s", "response_s", "tolerate_hosts",
    "slot_mhz", "slot_mib", "fence_after_s", "primary_fence_after_s", "fence_s",
)  # fmt: skip
_WORDS = {
    "rule": get_args(ClusterRule),
    "isolation": get_args(Isolation),
    "admission": get_args(Admission),
    "fencing": get_args(Fencing),
}


def check_clusters(spec: Spec) -> None:
    """Raise SpecError for the first cluster that has no meaning."""
    if not spec.clusters:
        return
    places = {row.id for rows in (spec.domains, spec.hosts) for row in rows}
    members: dict[int, set[int]] = {}
    for host in spec.hosts:
        members.setdefault(host.cluster, set()).add(host.id)
    for cluster in spec.clusters:
        _check(cluster, places, members.get(cluster.id, ()))


def _check(cluster: Cluster, places: Collection[int], hosts: Collection[int]) -> None:
    who = f"Cluster {cluster.name or cluster.id}"
    for name, known in _WORDS.items():
        check_word(cluster, who, name, known)
    check_numbers(cluster, who, _NUMBERS)
    for name in ("reserve_cpu_frac", "reserve_ram_frac"):
        if not 0 <= getattr(cluster, name) <= 1:
            raise SpecError(f"{who}: {name} must be from 0 to 1, not {getattr(cluster, name)}.")
    for named in (cluster.witness, *cluster.isolation_addresses, *(d for beats in cluster.heartbeats for d in beats)):
        if named and named not in places:
            raise SpecError(f"{who} names {named}, which is not there.")
    if cluster.heartbeats and len(cluster.heartbeats) != len(cluster.by_store):
        raise SpecError(f"{who}: each host that tells by a datastore that it lives has datastores of its own.")
    _check_fencing(cluster, who, len(hosts))
    for host in (*cluster.by_store, *cluster.failover):
        if host not in hosts:
            raise SpecError(f"{who} names {host}, which is no host of it.")
    check_balancing(who, cluster.balancing)
    if cluster.rule == "proxmox" and cluster.fencing == "watchdog" and cluster.response_s > cluster.detect_s:
        raise SpecError(
            f"{who}: a node resets itself after {cluster.response_s:g} s, but its VMs restart elsewhere after "
            f"{cluster.detect_s:g} s: they would run twice."
        )


def _check_fencing(cluster: Cluster, who: str, hosts: int) -> None:
    """Raise SpecError where VMs of a cluster could run twice, or its votes have no meaning."""
    if cluster.fencing == "power" and cluster.rule != "proxmox":
        raise SpecError(f"{who}: only a cluster of the type “proxmox” fences by power.")
    if not cluster.two_node:
        return
    if cluster.rule != "proxmox" or hosts != 2:
        raise SpecError(
            f"{who}: each node keeps the majority alone in a cluster of two nodes by votes, not of {hosts}."
        )
    if cluster.fencing != "power":
        raise SpecError(f"{who}: where each of two nodes keeps the majority alone, one must switch the other off.")
    if cluster.witness:
        raise SpecError(f"{who}: it has a witness, so neither of its two nodes keeps the majority alone.")
