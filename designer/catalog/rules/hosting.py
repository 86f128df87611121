"""What a host and a VM take: VMs on a hypervisor, one application on bare metal, applications in a VM with room."""

from __future__ import annotations

from designer import units
from designer.catalog.reference.ec2 import ec2
from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr

BARE_METAL = "Bare metal"
"""The hypervisor of a host that has none."""


def why_no_application(tree: Tree, application: Element, parent: Element) -> str | None:
    """Why an application may not stand on a host or in a VM, or None."""
    others = [tree.elements[i] for i in tree.children(parent.id) if i != application.id]
    if parent.kind == "host":
        hypervisor = parent.__dict__["hypervisor"]
        if hypervisor not in ("", BARE_METAL):
            return tr("{0} runs {1}; place the application in a VM on it", parent.name, hypervisor)
        if others:
            return tr("an application needs a host for itself, and {0} stands on {1}", others[0].name, parent.name)
    else:
        others = [other for other in others if other.kind == "application"]
    taken, own = sum(other.__dict__["ram_mib"] for other in others), parent.__dict__["ram_mib"]
    if taken + application.__dict__["ram_mib"] <= own * (1.0 + 1e-12):
        return None
    has, holds, wants = (units.text(mib, "MiB") for mib in (own, taken, application.__dict__["ram_mib"]))
    return tr("{0} has {1} of memory; {2} are taken and the application needs {3}", parent.name, has, holds, wants)


def why_no_vm(tree: Tree, vm: Element, parent: Element) -> str | None:
    """Why a host takes no VM, or None when it does or the parent is no host."""
    if parent.kind != "host":
        return None
    if parent.__dict__["hypervisor"] == BARE_METAL:
        return tr("{0} is bare metal; choose a hypervisor for it first", parent.name)
    first = next((tree.elements[i] for i in tree.children(parent.id)[:1]), None)
    if first is not None and first.kind == "application":
        return tr("{0} is used by {1} alone", parent.name, first.name)
    return None


def why_no_guest(vm: Element) -> str | None:
    """Why a VM's guest OS does not run on its instance type, or None. Also None where the type is unknown."""
    guest, name = vm.__dict__["guest_os"], vm.__dict__["instance_type"]
    known = ec2().types.get(name) if name else None
    if known is None:
        return None
    is_mac = any(arch.endswith("_mac") for arch in known.arch)
    if is_mac != (guest == "macos"):
        return tr("{0} runs macOS only", name) if is_mac else tr("macOS runs on mac instances only, not on {0}", name)
    if guest == "windows" and "x86_64" not in known.arch:
        return tr("Windows does not run on {0}, which is {1}", name, known.arch[0])
    return None


def recovery_at(kind: str, in_cluster: bool, in_group: bool = False) -> str:
    """How VMs recover of which nothing is said: by the kind of their place, whether that is a host in a cluster, and
    whether a scaling group keeps them: the group launches another (general knowledge: EC2 restarts no instance of one).
    """
    if kind != "host":
        return "replace" if in_group else "same_zone"
    return "cluster" if in_cluster else "none"
