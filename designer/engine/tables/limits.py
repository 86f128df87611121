"""What units have for VMs, as arrays, a column a unit: hosts, then domains."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Host, Spec
from designer.engine.spec.capacity import memory_mib, reservable_mhz, vcpu_limit, vcpu_units

F = NDArray[np.float64]


class UnitLimits(NamedTuple):
    """MiB that the hypervisor leaves, vCPUs, addresses and `mhz` to reserve for VMs (inf: no limit is asked), `cores`
    to compare vCPUs with, `extra` (3 rows) that the hypervisor takes beside each VM: MiB, MiB a vCPU, a fraction of the
    VM's memory.
    """

    ram_mib: F
    vcpus: F
    cores: F
    addresses: F
    mhz: F
    extra: F


def unit_limits(spec: Spec) -> UnitLimits:
    """The limits of a spec's hosts and domains."""

    def of_hosts(limit: Callable[[Host], float]) -> F:
        return np.array([*map(limit, spec.hosts), *([np.inf] * len(spec.domains))])

    return UnitLimits(
        ram_mib=of_hosts(memory_mib),
        vcpus=of_hosts(vcpu_limit),
        cores=of_hosts(vcpu_units),
        addresses=_addresses(len(spec.hosts), (domain.addresses for domain in spec.domains)),
        mhz=of_hosts(reservable_mhz),
        extra=_extra(spec),
    )


def _addresses(hosts: int, given: Iterable[int | None]) -> F:
    return np.array([*([np.inf] * hosts), *(np.inf if n is None else float(n) for n in given)])


def _extra(spec: Spec) -> F:
    extra = np.zeros((3, len(spec.hosts) + len(spec.domains)))
    for n, host in enumerate(spec.hosts):
        extra[:, n] = host.vm_ram_base_mib, host.vm_ram_per_vcpu_mib, host.vm_ram_frac
    return extra
