"""What units have for VMs, as arrays, a column a unit: hosts, then domains."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Host, Spec
from designer.engine.spec.capacity import asks_guaranteed, reservable_mhz, room_mib, vcpu_limit, vcpu_units
from designer.engine.spec.fields import HostKinds

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


def unit_limits(spec: Spec, kinds: HostKinds) -> UnitLimits:
    """The limits of a spec's hosts and domains."""

    def of_hosts(limit: Callable[[Host], float]) -> F:
        found = np.full(len(spec.hosts) + len(spec.domains), np.inf)
        found[: len(spec.hosts)] = kinds.array(limit, np.float64)
        return found

    return UnitLimits(
        ram_mib=of_hosts(room_mib),
        vcpus=of_hosts(vcpu_limit),
        cores=of_hosts(vcpu_units),
        addresses=_addresses(spec),
        mhz=of_hosts(reservable_mhz),
        extra=_extra(spec, kinds),
        asks=_asks(spec, kinds),
    )


def _addresses(spec: Spec) -> F:
    found = np.full(len(spec.hosts) + len(spec.domains), np.inf)
    for n, domain in enumerate(spec.domains, len(spec.hosts)):
        if domain.addresses is not None:
            found[n] = domain.addresses
    return found


def _asks(spec: Spec, kinds: HostKinds) -> NDArray[np.int64]:
    asks = np.zeros(len(spec.hosts) + len(spec.domains), np.int64)
    asks[: len(spec.hosts)] = kinds.array(lambda h: (2 - (h.memory == "esxi")) if asks_guaranteed(h) else 0, np.int64)
    return asks


def _extra(spec: Spec, kinds: HostKinds) -> F:
    extra = np.zeros((3, len(spec.hosts) + len(spec.domains)))
    for n, name in enumerate(("vm_ram_base_mib", "vm_ram_per_vcpu_mib", "vm_ram_frac")):
        extra[n, : len(spec.hosts)] = kinds.array(attrgetter(name), np.float64)
    return extra
