"""Whether what clusters are told has a meaning."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from designer.engine.spec.check_moving import check_balancing
from designer.engine.spec.check_numbers import check_numbers, check_word
from designer.engine.spec.records import Admission, Cluster, ClusterRule, Isolation, Spec
from designer.errors import SpecError

_NUMBERS = (
    "detect_s", "primary_more_s", "store_more_s", "isolated_s", "primary_isolated_s", "response_s", "tolerate_hosts",
    "slot_mhz", "slot_mib",
)  # fmt: skip
_WORDS = {"rule": get_args(ClusterRule), "isolation": get_args(Isolation), "admission": get_args(Admission)}


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
    if cluster.witness and cluster.witness not in places:
        raise SpecError(f"{who} names {cluster.witness}, which is not there.")
    for host in (*cluster.by_store, *cluster.failover):
        if host not in hosts:
            raise SpecError(f"{who} names {host}, which is no host of it.")
    check_balancing(who, cluster.balancing)
    if cluster.rule == "proxmox" and cluster.response_s > cluster.detect_s:
        raise SpecError(
            f"{who}: a node resets itself after {cluster.response_s:g} s, but its VMs restart elsewhere after "
            f"{cluster.detect_s:g} s: they would run twice."
        )
