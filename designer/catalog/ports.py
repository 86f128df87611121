"""Ports that firewalls and security groups let in, and whether the requests of a service reach a VM."""

from __future__ import annotations

from designer.catalog.internet import why_unreached
from designer.catalog.peering import why_not_reached
from designer.catalog.pouring import Pouring
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element

HIGHEST = 65_535


def lets_in(guard: Element, port: int) -> bool:
    """Whether the ports of a guard ("80, 443, 8000-8100") hold a port. Raises RuleError where they mean nothing."""
    for part in filter(None, (part.strip() for part in guard.__dict__["ports"].split(","))):
        low, dash, high = part.partition("-")
        try:
            first, last = int(low), int(high if dash else low)
        except ValueError:
            first, last = 1, 0
        if not 0 < first <= last <= HIGHEST:
            raise RuleError(f"{guard.name}: “{part}” is no port; write them like 80, 443, 8000-8100.")
        if first <= port <= last:
            return True
    return False


def why_cut_off(pouring: Pouring, vm: Element, service_id: int) -> str:
    """Why requests of a service do not reach a VM; empty when they do."""
    tree = pouring.tree
    if service_id not in tree.elements:
        return ""
    port = tree.elements[service_id].__dict__["port"]
    groups = [tree.elements[i] for i in pouring.targets(vm.id, "protected_by")]
    if groups and not any(lets_in(group, port) for group in groups):
        return f"no security group of it lets port {port} in"
    for place in _places(pouring, vm):
        firewalls = [tree.elements[i] for i in pouring.sources(place, "guards")]
        if firewalls and not any(lets_in(firewall, port) for firewall in firewalls):
            return f"the firewall of {tree.elements[place].name} does not let port {port} in"
    return why_unreached(pouring, vm, service_id) or why_not_reached(pouring, vm, service_id)


def _places(pouring: Pouring, vm: Element) -> list[int]:
    """The ids of all that a VM stands in, and of the subnet in which it has its address, the design left out."""
    inside = list(pouring.tree.ancestors(vm.id))
    for subnet in pouring.targets(vm.id, "attached"):
        inside += [i for i in (subnet, *pouring.tree.ancestors(subnet)) if i not in inside]
    return [i for i in inside if i != ROOT_ID]
