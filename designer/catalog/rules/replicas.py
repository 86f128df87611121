"""Storage that is spread over the hosts that see a datastore: copies, capacity, and what a loss leaves."""

from __future__ import annotations

from typing import NamedTuple

from designer.engine import spec
from designer.engine.spec import Replicated
from designer.model.element import Element
from designer.model.tree import Tree

MBIT_A_MIB = 8.388608


class CopyPolicy(NamedTuple):
    """How a product keeps copies, by the hosts that may be lost: how many copies, on how many hosts at least, and after
    which time a lost host is given up.
    """

    more_copies: int
    hosts_a_loss: int
    more_hosts: int
    delay_s: float

    def copies(self, tolerates: int) -> int:
        """Copies of all data."""
        return tolerates + self.more_copies

    def hosts(self, tolerates: int) -> int:
        """Hosts that the policy needs."""
        return self.hosts_a_loss * tolerates + self.more_hosts


POLICIES = {
    "vsan": CopyPolicy(1, 2, 1, 3600.0),
    "ceph": CopyPolicy(2, 1, 2, 600.0),
    "s2d": CopyPolicy(1, 1, 1, 900.0),
}
"""vSAN: mirrors with a witness part, so 2 n + 1 hosts; rebuilds after 60 min. Ceph: pools of size n + 2 and min_size 2;
an OSD that is down is out after 600 s. Storage Spaces Direct: two-way and three-way mirrors; a lost drive or host is
retired after 15 min. From the products' manuals as generally known, not read here: confidence C."""


def hosts_of(tree: Tree, store: Element) -> list[Element]:
    """The hosts over which a datastore is spread: those that see it and have disks for it; where none has, all."""
    seeing = [tree.elements[i] for i in sorted(tree.sources(store.id, "sees"))]
    with_disks = [host for host in seeing if host.__dict__["storage_gib"] > 0.0]
    return with_disks or seeing


def used_gib(tree: Tree, store: Element) -> float:
    """The sizes of the volumes on a datastore."""
    return float(sum(tree.elements[i].__dict__["size_gib"] for i in tree.children(store.id)))


def policy_of(store: Element) -> CopyPolicy | None:
    """The policy of a datastore that is spread over hosts; None of another."""
    return POLICIES.get(store.__dict__["spread"])


def usable_gib(tree: Tree, store: Element, without: int = 0) -> float:
    """What volumes may take of a datastore, `without` that number of its largest hosts; its capacity where its
    hosts have no disks of their own.
    """
    policy, fields = policy_of(store), store.__dict__
    gib = sorted(host.__dict__["storage_gib"] for host in hosts_of(tree, store)) if policy is not None else []
    if policy is None or not any(gib):
        return float(fields["capacity_gib"])
    return float(sum(gib[: len(gib) - without])) / policy.copies(fields["tolerates"])


def replicated_of(tree: Tree, store: Element) -> Replicated | None:
    """The record of a datastore that is spread over hosts; None of another."""
    policy, fields, hosts = policy_of(store), store.__dict__, hosts_of(tree, store)
    if policy is None or not hosts:
        return None
    nics = [host.__dict__["nic_mbps"] for host in hosts if host.__dict__["nic_mbps"]]
    return spec.Replicated(
        id=store.id,
        hosts=tuple(host.id for host in hosts),
        host_gib=tuple(host.__dict__["storage_gib"] for host in hosts),
        copies=policy.copies(fields["tolerates"]),
        tolerates=fields["tolerates"],
        rebuild_hosts=policy.hosts(fields["tolerates"]),
        used_gib=used_gib(tree, store),
        delay_s=fields["rebuild_delay_s"] or policy.delay_s,
        rebuild_mibps=min([fields["rebuild_mibps"], *(mbps / MBIT_A_MIB for mbps in nics)]),
    )
