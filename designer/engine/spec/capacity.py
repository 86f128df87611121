"""What a host has for VMs, and what a VM takes: the formulas, on records.

`designer.engine.capacity` makes its arrays with them; drawing, checks and packing read them too.
"""

from __future__ import annotations

import math

from designer.engine.spec.records import Host

TOLERANCE = 1e-12
"""The fraction by which a sum of memory or vCPUs may exceed its limit: rounding, not a VM."""


def threads(host: Host) -> int:
    """Hardware threads of a host."""
    return host.cores * host.threads_per_core


def memory_mib(host: Host) -> float:
    """MiB of a host for VMs: what its hypervisor leaves."""
    return float(max(host.ram_mib - host.ram_reserved_mib, 0.0))


def configured_mib(host: Host, vcpus: float, ram_mib: float) -> float:
    """MiB that a VM takes on a host by the rule *all configured, with overhead*: the rule of every host today."""
    return float(ram_mib * (1.0 + host.vm_ram_frac) + host.vm_ram_base_mib + host.vm_ram_per_vcpu_mib * vcpus)


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


def vcpu_mhz(host: Host) -> float:
    """The most MHz a vCPU gets: its thread; under `reserved` less what the hypervisor takes of it, for which the vCPU
    has no other thread to make up.
    """
    return float(host.mhz * (1.0 - host.cpu_overhead_frac if host.sharing == "reserved" else 1.0))


def cpu_mhz(host: Host) -> float:
    """MHz of a host for VMs: hardware threads under `reserved`, else cores, with the SMT yield when they run more
    threads; less what the hypervisor takes.
    """
    left = 1.0 - host.cpu_overhead_frac
    if host.sharing == "reserved":
        return float(threads(host) * host.mhz * left)
    return float(host.cores * host.mhz * (1.0 + (host.smt_yield if host.threads_per_core > 1 else 0.0)) * left)
