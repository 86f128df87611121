"""Gives VMs an instance type, and hosts a dedicated-host family, from the EC2 catalog. Raises RuleError."""

from __future__ import annotations

from collections.abc import Iterable

from designer.catalog.presets.shipped import DEDICATED, known_preset
from designer.catalog.reference.ec2 import ec2
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr, trn


def of_kind(project: Project, ids: Iterable[int], kind: str) -> list[int]:
    """The elements of a kind among some ids."""
    return [i for i in ids if i in project.elements and project.elements[i].kind == kind]


def choose_type(project: Project, ids: Iterable[int], name: str) -> str:
    """Fill type, vCPUs, clock and memory of the VMs among some elements, as one undo step; return a sentence about
    it.

    Refused for all when the place of one does not offer the type or has no room.
    """
    vms = of_kind(project, ids, "vm")
    if not vms:
        raise RuleError(tr("Select one or more VMs first; they get the instance type."))
    if name not in ec2().types:
        raise RuleError(tr("There is no instance type “{0}”.", name))
    edit.apply_preset(project, vms, name, "instance_type")
    preset = known_preset("vm", "instance_type", name)
    kept = (
        ""
        if preset is not None and "mhz" in preset.fields
        else tr(" The clock of this type is unknown; the VMs keep theirs.")
    )
    return tr("{0} now {1}.{2}", _who(project, vms), name, kept)


def choose_dedicated_host(project: Project, ids: Iterable[int], family: str) -> str:
    """Fill model, cores, clock, memory and CPU sharing of the hosts among some elements; return a sentence about it."""
    hosts = of_kind(project, ids, "host")
    if not hosts:
        raise RuleError(tr("Select one or more hosts first; they become dedicated hosts."))
    if family not in ec2().dedicated_hosts:
        raise RuleError(tr("There is no dedicated host for “{0}”.", family))
    edit.apply_preset(project, hosts, family + DEDICATED, "model")
    return trn("{1} now {2}{3}.", "{1} now {2}{3}s.", len(hosts), _who(project, hosts), family, DEDICATED)


def _who(project: Project, ids: list[int]) -> str:
    kind = project.kinds[project.elements[ids[0]].kind]
    return tr("{0} is", project.elements[ids[0]].name) if len(ids) == 1 else tr("{0:,} {1} are", len(ids), kind.plural)
