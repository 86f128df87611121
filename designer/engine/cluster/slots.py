"""What a cluster keeps free for the loss of hosts: the formulas of vSphere's admission control."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

from designer.engine.spec import Cluster

SLOT_MHZ = 32.0
"""The CPU of a slot where no VM reserves any, MHz (vSphere Availability, slot_cpu_default)."""
_ROUNDING = 1e-9
"""What a quotient may miss of a whole number: rounding, not a slot."""


class Size(NamedTuple):
    """CPU and memory: of a host, what a VM reserves with its overhead, or of a slot."""

    mhz: float
    mib: float


class Slots(NamedTuple):
    """The size of a slot, how many each host has, and how many the VMs use."""

    size: Size
    hosts: tuple[int, ...]
    used: int

    @property
    def may_fail(self) -> int:
        """How many hosts may fail, those with the most slots first, until the rest has too few."""
        left, failed = sum(self.hosts), 0
        for slots in sorted(self.hosts, reverse=True):
            left -= slots
            if left < self.used:
                return failed
            failed += 1
        return failed

    def free(self, tolerate: int) -> int:
        """How many slots are free when the `tolerate` hosts with the most have failed."""
        return sum(sorted(self.hosts)[: max(len(self.hosts) - tolerate, 0)]) - self.used


def slots_of(hosts: Sequence[Size], vms: Sequence[Size], mhz: float = 0.0, mib: float = 0.0) -> Slots:
    """The slots of a cluster. A slot has the largest reservation of any VM, or `mhz` and `mib` set by hand; then a VM
    takes as many as it needs. Where `vms` reserve no CPU, 32 MHz count.
    """
    wants = [Size(vm.mhz or SLOT_MHZ, vm.mib) for vm in vms]
    size = Size(
        mhz or max((vm.mhz for vm in wants), default=SLOT_MHZ), mib or max((vm.mib for vm in wants), default=0.0)
    )
    each = tuple(min(_whole(host.mhz, size.mhz), _whole(host.mib, size.mib)) for host in hosts)
    used = sum(max(_parts(vm.mhz, size.mhz), _parts(vm.mib, size.mib), 1) for vm in wants)
    return Slots(size, each, used)


def _whole(has: float, of: float) -> int:
    return floor(has / of + _ROUNDING) if of > 0.0 else 10**9


def _parts(wants: float, of: float) -> int:
    return ceil(wants / of - _ROUNDING) if of > 0.0 else 0


def left_of(hosts: Sequence[Size], vms: Sequence[Size]) -> Size:
    """The parts of CPU and memory of all hosts that no VM reserves (0..1)."""
    mhz, mib = sum(host.mhz for host in hosts), sum(host.mib for host in hosts)
    return Size(
        1.0 - sum(vm.mhz or SLOT_MHZ for vm in vms) / mhz if mhz else 0.0,
        1.0 - sum(vm.mib for vm in vms) / mib if mib else 0.0,
    )


def why_broken(record: Cluster, hosts: Sequence[Size], vms: Sequence[Size]) -> str:
    """Why these hosts do not keep free what they must, beside these VMs; empty: they do."""
    if record.admission == "slots":
        slots = slots_of(hosts, vms, record.slot_mhz, record.slot_mib)
        if slots.may_fail >= record.tolerate_hosts:
            return ""
        rest = slots.free(record.tolerate_hosts) + slots.used
        return f"{slots.used:,} slots are used, and {rest:,} are left when it loses {_hosts(record.tolerate_hosts)}"
    if record.admission == "percentage":
        left = left_of(hosts, vms)
        for name, has, keeps in (
            ("CPU", left.mhz, record.reserve_cpu_frac),
            ("memory", left.mib, record.reserve_ram_frac),
        ):
            if has < keeps - 1e-12:
                return f"{has * 100:.0f}% of its {name} are not reserved, and it keeps {keeps * 100:.0f}% free"
    return ""


def _hosts(count: int) -> str:
    return "one host" if count == 1 else f"{count:,} hosts"
