"""The clusters that judge their hosts, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Cluster, Spec

I = NDArray[np.int64]  # noqa: E741


@dataclass(frozen=True)
class Judged:
    """A cluster that judges its `hosts` (units): the n-th of the spec; the unit of its witness (-1: none), and hosts
    that also tell by datastores (units; none: always) that they live; the units of its isolation addresses.
    """

    n: int
    record: Cluster
    hosts: I
    witness: int
    by_store: Mapping[int, I]
    addresses: I


@dataclass(frozen=True)
class JudgedClusters:
    """The judged clusters of a run, and of each unit which of them it is in (-1: none)."""

    rows: tuple[Judged, ...]
    of: I


def judged_of(spec: Spec, unit_at: Mapping[int, int], units: int, wired: bool) -> JudgedClusters | None:
    """The clusters that judge their hosts; None where all merely find a dead host after a time."""
    rows: list[Judged] = []
    of = np.full(units, -1, np.int64)
    for n, cluster in enumerate(spec.clusters):
        timed = cluster.primary_more_s or (cluster.store_more_s and cluster.by_store)
        if not cluster.ha or not (cluster.rule != "vsphere" or wired or timed):
            continue
        hosts = np.array([u for u, host in enumerate(spec.hosts) if host.cluster == cluster.id], np.int64)
        of[hosts] = len(rows)
        witness = unit_at[cluster.witness] if cluster.witness else -1
        beats = cluster.heartbeats or ((),) * len(cluster.by_store)
        by_store = {
            unit_at[h]: np.array([unit_at[d] for d in own], np.int64) for h, own in zip(cluster.by_store, beats)
        }
        addresses = np.array([unit_at[one] for one in cluster.isolation_addresses], np.int64)
        rows.append(Judged(n, cluster, hosts, witness, by_store, addresses))
    return JudgedClusters(tuple(rows), of) if rows else None
