"""What a host has for VMs, and what a VM takes: the formulas, on records.

`designer.engine.capacity` makes its arrays with them; drawing, checks and packing read them too.
"""

from __future__ import annotations

import math
from typing import Any

from designer.engine.spec.records import Host

TOLERANCE = 1e-12
"""The fraction by which a sum of memory or vCPUs may exceed its limit: rounding, not a VM."""


def threads(host: Host) -> int:
    """Hardware threads of a host."""
    return host.cores * host.threads_per_core


def memory_mib(host: Host) -> float:
    """MiB of a host for VMs: what its hypervisor leaves."""
    return float(max(host.ram_mib - host.ram_reserved_mib, 0.0))


def vm_mib(ram_mib: Any, vcpus: Any, spared_mib: Any, base_mib: Any, per_vcpu_mib: Any, frac: Any) -> Any:
    """MiB that a VM takes of a host: its memory, with what the hypervisor adds for the VM, for each vCPU and for each
    MiB, less what is not guaranteed where only that is asked for; also of many VMs at once, and in kernels.
    """
    return ram_mib * (1.0 + frac) + base_mib + per_vcpu_mib * vcpus - spared_mib


def overhead_mib(host: Host, vcpus: Any, ram_mib: Any) -> Any:
    """MiB that a hypervisor takes for a VM beside its memory; also of many VMs at once."""
    return host.vm_ram_base_mib + host.vm_ram_per_vcpu_mib * vcpus + host.vm_ram_frac * ram_mib


def overheads(host: Host) -> tuple[Any, ...]:
    """What decides how much memory a VM takes of a host: hosts where it is equal take the same for a VM."""
    return host.memory, host.vm_ram_base_mib, host.vm_ram_per_vcpu_mib, host.vm_ram_frac


def configured_mib(host: Host, vcpus: float, ram_mib: float) -> float:
    """MiB that a VM takes on a host by the rule *all configured, with overhead*: the rule of every host today."""
    return float(vm_mib(ram_mib, vcpus, 0.0, host.vm_ram_base_mib, host.vm_ram_per_vcpu_mib, host.vm_ram_frac))


def asks_guaranteed(host: Host) -> bool:
    """Whether a host takes VMs by the memory that each is guaranteed, not by all that is configured."""
    return host.memory in ("esxi", "hyperv")


def guaranteed_mib(host: Host, ram_mib: float, floor_mib: float) -> float:
    """MiB of a VM that its host never takes back: its floor; where it has none, nothing under ESXi, elsewhere all."""
    if host.memory == "configured" or not (floor_mib > 0.0 or host.memory == "esxi"):
        return float(ram_mib)
    return float(min(floor_mib, ram_mib))


def asked_mib(host: Host, vcpus: float, ram_mib: float, floor_mib: float = 0.0) -> float:
    """MiB that a host must have left to take a VM: what it is guaranteed (ESXi, Hyper-V) or all that is configured,
    with overhead.
    """
    spared = ram_mib - guaranteed_mib(host, ram_mib, floor_mib) if asks_guaranteed(host) else 0.0
    return configured_mib(host, vcpus, ram_mib) - spared


def room_mib(host: Host) -> float:
    """MiB up to which a host takes VMs: what its hypervisor leaves, under Linux times its overcommit."""
    return memory_mib(host) * (host.ram_overcommit if host.memory in ("kvm", "proxmox") else 1.0)


def may_overcommit(host: Host) -> bool:
    """Whether VMs of a host may have more memory than the host."""
    return asks_guaranteed(host) or room_mib(host) > memory_mib(host)


def vcpu_limit(host: Host) -> float:
    """How many vCPUs a host takes: its threads under `reserved`, else cores x overcommit; inf: no limit is asked."""
    if host.sharing == "reserved":
        return float(threads(host))
    return math.inf if host.overcommit is None else float(host.cores * host.overcommit)


def reservable_mhz(host: Host) -> float:
    """MHz that VMs may reserve on a host: what its hypervisor leaves where VMs share by weight; else nothing is
    reserved, and no limit is asked (inf).
    """
    return cpu_mhz(host) if host.sharing == "weighted_max_min" else math.inf


def vcpu_units(host: Host) -> float:
    """What the vCPUs on a host are compared with, to tell how full it is: threads under `reserved`, else cores."""
    return float(threads(host) if host.sharing == "reserved" else host.cores)


def thread_mhz(host: Host) -> float:
    """MHz of one hardware thread: a vCPU asks for no more."""
    return float(host.mhz)


def thread_frac(threads_per_core: int, smt_yield: float) -> float:
    """The part of a core's speed that each of its threads has while all run."""
    return (1.0 + smt_yield) / threads_per_core if threads_per_core > 1 else 1.0


def vcpu_frac(host: Host) -> float:
    """The part of a core's speed that a vCPU has while all threads run: under `reserved` that of its thread."""
    return thread_frac(host.threads_per_core, host.smt_yield) if host.sharing == "reserved" else 1.0


def vcpu_mhz(host: Host) -> float:
    """The most MHz a vCPU gets: its thread; under `reserved` what the threads of a core that all run leave each, less
    what the hypervisor takes of it, for which the vCPU has no other thread to make up.
    """
    if host.sharing != "reserved":
        return float(host.mhz)
    return float(host.mhz * thread_frac(host.threads_per_core, host.smt_yield) * (1.0 - host.cpu_overhead_frac))


IO_MBPS, IO_OPERATIONS = 10_000.0, 100_000.0
"""Mbit/s, and disk operations a second, for which a hypervisor takes the part `io_core_frac` of a core."""
IO_MOST = 0.9
"""The most of a host's CPU that a hypervisor takes for disks and the network: no traffic leaves VMs nothing."""


def io_mhz(host: Host) -> tuple[float, float]:
    """MHz that the hypervisor takes for one Mbit/s, and for one disk operation a second."""
    core = host.io_core_frac * host.mhz
    return core / IO_MBPS, core / IO_OPERATIONS


def cpu_mhz(host: Host) -> float:
    """MHz of a host for VMs: hardware threads under `reserved`, each at the speed that it has when its core runs all,
    else cores, with the SMT yield when they run more threads; less what the hypervisor takes.
    """
    left = 1.0 - host.cpu_overhead_frac
    if host.sharing == "reserved":
        return float(threads(host) * host.mhz * thread_frac(host.threads_per_core, host.smt_yield) * left)
    return float(host.cores * host.mhz * (1.0 + (host.smt_yield if host.threads_per_core > 1 else 0.0)) * left)
