"""Affinity rules and pins of a design: what they are for the engine, what contradicts, where a pinned VM may stand."""

from __future__ import annotations

from designer.engine.spec import Affinity
from designer.engine.spec.affinity import contradiction
from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr


def rule_record(tree: Tree, rule: Element) -> Affinity:
    """A rule with its VMs as the engine reads it: those that run, and templates of groups."""
    fields = rule.__dict__
    named = sorted(tree.sources(rule.id, "ruled_by"))
    vms = tuple(vm for vm in named if not tree.elements[vm].__dict__["template"] or tree.sources(vm, "template"))
    return Affinity(rule.id, vms, fields["wants"], fields["level"], fields["strict"], fields["name"])


def contradiction_in(tree: Tree) -> tuple[str, int] | None:
    """What contradicts among the affinity rules and pins of a design, and the rule it concerns; None: nothing."""
    rules = [rule_record(tree, rule) for rule in sorted(tree.of_kind("affinity_rule"), key=lambda rule: rule.id)]
    pinned = {vm: tree.targets(vm, "pinned_to") for rule in rules for vm in rule.vms}
    return contradiction(rules, pinned, lambda vm: tree.elements[vm].name)


def why_not_pinned(tree: Tree, vm: Element, host: Element) -> str | None:
    """Why a VM may not be pinned to a host, or None: it stands there, or is pinned to where it stands."""
    place = vm.__dict__["parent"]
    if host.id == place or place in tree.targets(vm.id, "pinned_to"):
        return None
    return tr("{0} stands in {1}; pin it there first, or move it", vm.name, tree.elements[place].name)


def why_not_off_its_pins(tree: Tree, vm: Element, parent: Element) -> str | None:
    """Why a pinned VM may not stand in a parent, or None when it may."""
    hosts = tree.targets(vm.__dict__["id"], "pinned_to")
    if not hosts or parent.id in hosts:
        return None
    return tr("{0} is pinned to {1}", vm.name, pinned_names(tree, hosts))


def pinned_names(tree: Tree, hosts: list[int] | tuple[int, ...]) -> str:
    """The names of the hosts to which a VM is pinned."""
    return tr(" or ").join(sorted(tree.elements[host].name for host in hosts))
