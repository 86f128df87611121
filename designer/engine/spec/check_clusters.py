"""Whether what clusters are told has a meaning."""

from __future__ import annotations

import math

from designer.engine.spec.records import Cluster, Spec
from designer.errors import SpecError

_TIMES = ("detect_s", "primary_more_s", "store_more_s", "isolated_s", "primary_isolated_s", "response_s")


def check_clusters(spec: Spec) -> None:
    """Raise SpecError for the first cluster that has no meaning."""
    if not spec.clusters:
        return
    places = {row.id for rows in (spec.domains, spec.hosts) for row in rows}
    for cluster in spec.clusters:
        _check(cluster, places)


def _check(cluster: Cluster, places: set[int]) -> None:
    who = f"Cluster {cluster.name or cluster.id}"
    for name in _TIMES:
        value = getattr(cluster, name)
        if not (math.isfinite(value) and value >= 0):
            raise SpecError(f"{who}: {name} must be at least 0, not {value}.")
    for name in ("tolerate_hosts", "slot_mhz", "slot_mib"):
        if not getattr(cluster, name) >= 0:
            raise SpecError(f"{who}: {name} must be at least 0, not {getattr(cluster, name)}.")
    for name in ("reserve_cpu_frac", "reserve_ram_frac"):
        if not 0 <= getattr(cluster, name) <= 1:
            raise SpecError(f"{who}: {name} must be from 0 to 1, not {getattr(cluster, name)}.")
    for place in (*cluster.by_store, *cluster.failover, *((cluster.witness,) if cluster.witness else ())):
        if place not in places:
            raise SpecError(f"{who} names {place}, which is not there.")
    if cluster.rule == "proxmox" and cluster.response_s > cluster.detect_s:
        raise SpecError(
            f"{who}: a node resets itself after {cluster.response_s:g} s, but its VMs restart elsewhere after "
            f"{cluster.detect_s:g} s: they would run twice."
        )
