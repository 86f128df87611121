"""What units have for VMs, as arrays, a column a unit: hosts, then domains."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Host, Spec
from designer.engine.spec.capacity import asks_guaranteed, reservable_mhz, room_mib, vcpu_limit, vcpu_units

F = NDArray[np.float64]


class UnitLimits(NamedTuple):
    """MiB up to which a unit takes VMs, vCPUs, addresses and `mhz` to reserve for VMs (inf: no limit is asked), `cores`
    to compare vCPUs with, `extra` (3 rows) that the hypervisor takes beside each VM: MiB, MiB a vCPU, a fraction of the
    VM's memory. A unit asks for all memory of a VM, or for what it is guaranteed: its floor, where it has none nothing
    (`asks` 1) or all (2).
    """

    ram_mib: F
    vcpus: F
    cores: F
    addresses: F
    mhz: F
    extra: F
    asks: NDArray[np.int64]


def unit_limits(spec: Spec) -> UnitLimits:
    """The limits of a spec's hosts and domains."""

    def of_hosts(limit: Callable[[Host], float]) -> F:
        return np.array([*map(limit, spec.hosts), *([np.inf] * len(spec.domains))])

    return UnitLimits(
        ram_mib=of_hosts(room_mib),
        vcpus=of_hosts(vcpu_limit),
        cores=of_hosts(vcpu_units),
        addresses=_addresses(spec),
        mhz=of_hosts(reservable_mhz),
        extra=_extra(spec),
        asks=_asks(spec),
    )


def _addresses(spec: Spec) -> F:
    found = np.full(len(spec.hosts) + len(spec.domains), np.inf)
    for n, domain in enumerate(spec.domains, len(spec.hosts)):
        if domain.addresses is not None:
            found[n] = domain.addresses
    return found


def _asks(spec: Spec) -> NDArray[np.int64]:
    asks = [(2 - (host.memory == "esxi")) if asks_guaranteed(host) else 0 for host in spec.hosts]
    return np.array([*asks, *([0] * len(spec.domains))], np.int64)


def _extra(spec: Spec) -> F:
    extra = np.zeros((3, len(spec.hosts) + len(spec.domains)))
    for n, host in enumerate(spec.hosts):
        extra[:, n] = host.vm_ram_base_mib, host.vm_ram_per_vcpu_mib, host.vm_ram_frac
    return extra
