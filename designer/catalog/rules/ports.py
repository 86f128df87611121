"""The ports that firewalls and security groups allow, and whether the requests of a service reach a VM."""

from __future__ import annotations

from functools import partial

from designer.catalog.rules.internet import why_unreached
from designer.catalog.rules.peering import why_not_reached
from designer.catalog.rules.values import ports, ports_error
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element
from designer.words import tr


def lets_in(guard: Element, port: int) -> bool:
    """Whether a guard's ports ("80, 443, 8000-8100") include a port. Raises RuleError where the text is no list of
    ports."""
    found = ports(guard.__dict__["ports"])
    if isinstance(found, str):
        raise RuleError(f"{guard.name}: {ports_error(guard)}.")
    return any(first <= port <= last for first, last in found)


def why_cut_off(builder: SpecBuilder, vm: Element, service_id: int) -> str:
    """Why requests of a service do not reach a VM; empty when they do."""
    tree = builder.tree
    if service_id not in tree.elements:
        return ""
    port = tree.elements[service_id].__dict__["port"]
    fields = vm.__dict__
    groups = [tree.elements[i] for i in builder.targets(fields["id"], "protected_by")]
    if groups and not any(lets_in(group, port) for group in groups):
        return tr("none of its security groups allows port {0}", port)
    for inside in (fields["parent"], *builder.targets(fields["id"], "attached")):
        for place, firewalls in builder.memo(("guarded", inside), partial(_guarded, builder, inside)):
            if not any(lets_in(firewall, port) for firewall in firewalls):
                return tr("the firewall of {0} does not allow port {1}", place, port)
    return why_unreached(builder, vm, service_id) or why_not_reached(builder, vm, service_id)


def _guarded(builder: SpecBuilder, inside: int) -> list[tuple[str, list[Element]]]:
    """The names of a place and its ancestors that firewalls guard, with their firewalls."""
    elements = builder.tree.elements
    guards = ((i, builder.sources(i, "guards")) for i in (inside, *builder.tree.ancestors(inside)))
    return [(elements[i].name, [elements[guard] for guard in found]) for i, found in guards if found]
