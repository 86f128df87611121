"""VMs that start again elsewhere: hosts with slots, a scope within which a lost VM is restarted, and services of VMs.

What if now (`what_if`) and the long run ask the same records. A VM whose host is lost starts again after the restart
time on the next host of its scope (round robin) that is up and has a free slot. Where there is none it waits until a
host of the scope comes back, and then takes its restart time again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from designer.engine.reliability.laws import Fixed, Law
from designer.engine.reliability.system import AtLeast, Component, Id, Node, System, Unit, check_system
from designer.errors import SpecError

FIVE_MINUTES = Fixed(1.0 / 12.0)


@dataclass(frozen=True)
class VmHost:
    """A host: up while its structure is (`needs`), with slots for VMs; VMs are restarted within its scope."""

    id: Id
    needs: Node
    slots: int
    scope: Id = ""


@dataclass(frozen=True)
class PlacedVm:
    """A VM, the host on which it starts, and its service (empty: none)."""

    id: Id
    host: Id
    service: str = ""


@dataclass(frozen=True)
class Restarts:
    """Hosts and VMs, how many VMs each service needs, and the law of the time from loss to running elsewhere.

    reserves: a VM begins to restart only when a slot is free for it, which nobody else gets.
    """

    components: tuple[Component, ...]
    hosts: tuple[VmHost, ...]
    vms: tuple[PlacedVm, ...]
    needed: Mapping[str, int] = field(default_factory=dict)
    restart: Law = FIVE_MINUTES
    reserves: bool = False


@dataclass(frozen=True)
class Lost:
    """What a cut takes down now: hosts, VMs, services that are left with too few, and where the lost can go."""

    hosts: tuple[Id, ...]
    vms: tuple[Id, ...]
    by_service: Mapping[str, int]
    below: tuple[str, ...]
    free_slots: int
    restartable: int

    @property
    def waiting(self) -> int:
        """VMs for which no slot is free in their scope."""
        return len(self.vms) - self.restartable


def as_system(restarts: Restarts) -> System:
    """Hosts as services, to be asked which are up."""
    return System(restarts.components, {str(h.id): h.needs for h in restarts.hosts})


def check_restarts(restarts: Restarts) -> None:
    """Raise SpecError with the first thing that has no meaning."""
    check_system(as_system(restarts))
    restarts.restart.check("The restart")
    slots = {h.id: h.slots for h in restarts.hosts}
    if len(slots) < len(restarts.hosts):
        raise SpecError("Two hosts have one id.")
    for host, count in Counter(vm.host for vm in restarts.vms).items():
        if host not in slots:
            raise SpecError(f"VMs stand on the host {host}, which is not there.")
        if count > slots[host]:
            raise SpecError(f"{count} VMs stand on the host {host}, which has {slots[host]} slots.")
    members = Counter(vm.service for vm in restarts.vms)
    for service, k in restarts.needed.items():
        if not 1 <= k <= members[service]:
            raise SpecError(f"Service {service} needs {k} of {members[service]} VMs: k is from 1 to n.")


def what_if(restarts: Restarts, cut: Collection[Id]) -> Lost:
    """What falls when these components fail now, before anything starts again."""
    check_restarts(restarts)
    known = {c.id for c in restarts.components}
    if gone := [one for one in cut if one not in known]:
        raise SpecError(f"{gone[0]} cannot fail: it is not there.")
    up = {h.id: _holds(h.needs, frozenset(cut)) for h in restarts.hosts}
    scope = {h.id: h.scope for h in restarts.hosts}
    lost = [vm for vm in restarts.vms if not up[vm.host]]
    free: Counter[Id] = Counter()
    for host in restarts.hosts:
        free[host.scope] += host.slots if up[host.id] else 0
    for vm in restarts.vms:
        free[scope[vm.host]] -= 1 if up[vm.host] else 0
    asking = Counter(scope[vm.host] for vm in lost)
    by_service = Counter(vm.service for vm in lost if vm.service)
    left = Counter(vm.service for vm in restarts.vms)
    left.subtract(by_service)
    return Lost(
        tuple(h.id for h in restarts.hosts if not up[h.id]),
        tuple(vm.id for vm in lost),
        dict(by_service),
        tuple(name for name, k in restarts.needed.items() if left[name] < k),
        sum(free.values()),
        sum(min(count, free[one]) for one, count in asking.items()),
    )


def _holds(node: Node, cut: frozenset[Id]) -> bool:
    if isinstance(node, AtLeast):
        return sum(_holds(part, cut) for part in node.of) >= node.k
    return not (isinstance(node, Unit) and node.id in cut)


__all__ = ["Lost", "PlacedVm", "Restarts", "VmHost", "as_system", "check_restarts", "what_if"]
