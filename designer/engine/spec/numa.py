"""NUMA: the nodes of a host, which of them a VM uses, and whether it fits one.

A VM uses as few nodes as have the cores for its vCPUs (the threads, where it prefers them), and spreads its vCPUs
evenly over them (ESXi; frankdenneman.nl 2021/12/02, preferHT: Broadcom KB 415687). Memory beyond that of its nodes is
remote. One that fits no single node loses a stated part of its CPU, `Host.numa_loss_frac`: an assumption.
"""

from __future__ import annotations

import math

from designer.engine.spec.records import Host


def node_vcpus(host: Host, prefer_ht: bool = False) -> float:
    """How many vCPUs of a VM fit one node: its cores, or its threads."""
    return host.cores / host.numa_nodes * (host.threads_per_core if prefer_ht else 1)


def node_mib(host: Host) -> float:
    """The memory of a node, MiB."""
    return host.ram_mib / host.numa_nodes


def nodes_used(host: Host, vcpus: int, prefer_ht: bool = False) -> int:
    """How many nodes a VM uses."""
    return min(math.ceil(vcpus / node_vcpus(host, prefer_ht) - 1e-9), host.numa_nodes)


def vcpus_by_node(host: Host, vcpus: int, prefer_ht: bool = False) -> list[int]:
    """The vCPUs that a VM has on each node that it uses, the most first."""
    nodes = nodes_used(host, vcpus, prefer_ht)
    return [vcpus // nodes + (n < vcpus % nodes) for n in range(nodes)]


def remote_frac(host: Host, vcpus: int, ram_mib: float, prefer_ht: bool = False) -> float:
    """The part of a VM's memory that is on other nodes than its vCPUs."""
    local_mib = nodes_used(host, vcpus, prefer_ht) * node_mib(host)
    return max(1.0 - local_mib / ram_mib, 0.0)


def fits_node(host: Host, vcpus: int, ram_mib: float, prefer_ht: bool = False) -> bool:
    """Whether a VM stays in one node."""
    return vcpus <= node_vcpus(host, prefer_ht) and ram_mib <= node_mib(host)
