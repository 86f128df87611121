"""What stands on a host of a design, and what room is left: one count for placing many, packing and checking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from designer import units
from designer.engine import spec
from designer.engine.spec import capacity
from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr


def host_record(host: Element, parent: int = 0, **more: Any) -> spec.Host:
    """The capacity of a host as a row for the engine; power and links are `more`."""
    fields = host.__dict__
    return spec.Host(
        id=fields["id"],
        parent=parent,
        cores=fields["cores"],
        mhz=fields["mhz"],
        ram_mib=fields["ram_mib"],
        name=fields["name"],
        threads_per_core=fields["threads_per_core"],
        smt_yield=fields["smt_yield"],
        overcommit=fields["overcommit"] or None,
        sharing=fields["sharing"],
        cpu_overhead_frac=1.0 - (1.0 - fields["host_os_cpu_frac"]) * (1.0 - fields["cpu_overhead_frac"]),
        ram_reserved_mib=fields["hypervisor_ram_mib"] + fields["hypervisor_ram_frac"] * fields["ram_mib"],
        vm_ram_base_mib=fields["vm_ram_base_mib"],
        vm_ram_per_vcpu_mib=fields["vm_ram_per_vcpu_mib"],
        vm_ram_frac=fields["vm_ram_frac"],
        default_shares=fields["default_shares"],
        shares_per=fields["shares_per"],
        numa_nodes=fields["numa_nodes"],
        numa_loss_frac=fields["numa_loss_frac"],
        memory=fields["memory_rule"],
        ram_overcommit=fields["ram_overcommit"],
        swap_mib=fields["swap_mib"],
        sharable_frac=fields["sharable_frac"],
        swap_slowdown=fields["swap_slowdown"],
        io_core_frac=fields["io_core_frac"],
        post_s=fields["post_s"],
        boots_at_once=fields["boots_at_once"],
        migration=_migration(fields),
        **more,
    )


def _migration(fields: Mapping[str, Any]) -> spec.Migration | None:
    """How running VMs of a host move; None: they do not."""
    if fields["migration_rule"] == "none":
        return None
    return spec.Migration(
        fields["migration_rule"],
        fields["migration_mbps"],
        fields["migrations_at_once"],
        fields["migration_downtime_s"],
        fields["migration_converge"],
        fields["migration_timeout_s_gib"],
        fields["migration_core_per_gbps"],
    )


@dataclass
class HostLoad:
    """A host and what VMs take of it: vCPUs, MiB with the overhead of its hypervisor (all that is configured, or what
    they are guaranteed), MHz reserved; and the MiB that they have configured, with overhead.
    """

    host: spec.Host
    vcpus: float = 0.0
    ram_mib: float = 0.0
    mhz: float = 0.0
    configured_mib: float = 0.0

    @property
    def free_mib(self) -> float:
        """MiB that are left."""
        return capacity.room_mib(self.host) - self.ram_mib

    @property
    def configured_ratio(self) -> float:
        """Memory that VMs have configured / memory of the host for VMs."""
        has = capacity.memory_mib(self.host)
        return self.configured_mib / has if has > 0.0 else 0.0

    @property
    def too_much_configured(self) -> bool:
        """Whether VMs have more memory configured than the host has, on a host that allows no such thing."""
        return self.configured_ratio > 1.0 + capacity.TOLERANCE and not capacity.may_overcommit(self.host)

    @property
    def emptiness(self) -> tuple[float, float]:
        """How empty the host is, as a sort key: vCPUs per core (or thread) below 0, then free memory."""
        return -self.vcpus / capacity.vcpu_units(self.host), self.free_mib

    @property
    def text(self) -> str:
        """What VMs take of the host, with the vCPUs per core: "12 of 16 GiB, 24 vCPUs, 1.5 a core"."""
        most, core = capacity.vcpu_limit(self.host), "thread" if self.host.sharing == "reserved" else "core"
        has, taken = (units.text(mib, "MiB") for mib in (capacity.memory_mib(self.host), self.configured_mib))
        limit = tr(" of {0:,.0f}", most) if isfinite(most) else ""
        ratio = self.vcpus / capacity.vcpu_units(self.host)
        if capacity.may_overcommit(self.host):
            taken = tr("{0:,.0f}% of the memory, {1}", self.configured_ratio * 100, taken)
        return tr("{0} of {1}, {2:,.0f}{3} vCPUs, {4:.3g} a {5}", taken, has, self.vcpus, limit, ratio, core)

    def takes(self, vcpus: float, ram_mib: float, mhz: float = 0.0, floor_mib: float = 0.0) -> bool:
        """Whether a VM fits beside the others; it reserves `mhz` and is guaranteed `floor_mib`."""
        needed = capacity.asked_mib(self.host, vcpus, ram_mib, floor_mib)
        most_mib, most = capacity.room_mib(self.host), capacity.vcpu_limit(self.host)
        share = 1.0 + capacity.TOLERANCE
        reserves = mhz > 0.0 and self.mhz + mhz > capacity.reservable_mhz(self.host) * share
        return self.ram_mib + needed <= most_mib * share and self.vcpus + vcpus <= most * share and not reserves

    def take(self, vcpus: float, ram_mib: float, mhz: float = 0.0, floor_mib: float = 0.0) -> None:
        """Add a VM to the count."""
        self.vcpus += vcpus
        self.mhz += mhz
        self.ram_mib += capacity.asked_mib(self.host, vcpus, ram_mib, floor_mib)
        self.configured_mib += capacity.configured_mib(self.host, vcpus, ram_mib)


def takes_capacity(fields: Mapping[str, object]) -> bool:
    """Whether fields are those of a VM that takes room when a run begins: powered on and no template."""
    return bool(fields["powered_on"]) and not fields["template"]


def needs_of(fields: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """What a VM of some fields takes of a host: vCPUs, MiB, MHz that it reserves, MiB that it is guaranteed."""
    return fields["vcpus"], fields["ram_mib"], fields["cpu_reservation_mhz"], fields["ram_guaranteed_mib"]


def load_of(tree: Tree, host: Element) -> HostLoad:
    """A host with the VMs that stand on it."""
    load = HostLoad(host_record(host))
    for inside in tree.children(host.id):
        element = tree.elements[inside]
        if element.kind == "vm" and takes_capacity(element.__dict__):
            load.take(*needs_of(element.__dict__))
    return load
