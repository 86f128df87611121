"""How many hosts of a pool must be up for all VMs that run on it."""

from __future__ import annotations

from collections.abc import Sequence

from designer.engine.spec import Host, Vm
from designer.engine.spec.capacity import asked_mib, room_mib, vcpu_limit

MOST_PACKED = 100_000
"""VMs times hosts up to which each VM is placed; above, sums decide."""


def hosts_needed(hosts: Sequence[Host], vms: Sequence[Vm]) -> int:
    """The least number of hosts that take all VMs of the pool, whichever hosts those are: the smallest ones."""
    by_room = sorted(hosts, key=lambda host: (room_mib(host), min(vcpu_limit(host), 1e9)))
    low, high = 1, len(by_room)
    while low < high:
        middle = (low + high) // 2
        if _fits(by_room[:middle], vms):
            high = middle
        else:
            low = middle + 1
    return low


def _fits(hosts: Sequence[Host], vms: Sequence[Vm]) -> bool:
    memory, vcpus = [room_mib(host) for host in hosts], [vcpu_limit(host) for host in hosts]
    if len(hosts) * len(vms) > MOST_PACKED:
        one = hosts[0]
        asked = sum(asked_mib(one, vm.vcpus, vm.ram_mib, vm.ram_floor_mib) for vm in vms)
        return asked <= sum(memory) and sum(vm.vcpus for vm in vms) <= sum(vcpus)
    for vm in sorted(vms, key=lambda vm: -vm.ram_mib):
        for n, host in enumerate(hosts):
            needs = asked_mib(host, vm.vcpus, vm.ram_mib, vm.ram_floor_mib)
            if needs <= memory[n] * (1.0 + 1e-12) and vm.vcpus <= vcpus[n] * (1.0 + 1e-12):
                memory[n] -= needs
                vcpus[n] -= vm.vcpus
                break
        else:
            return False
    return True
