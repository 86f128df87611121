"""Adds members to a service, across its zones, as one undo step. Raises RuleError with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from designer.commands import clipboard
from designer.commands.copies import Copies
from designer.commands.many import must_be_few, plan, zone_of
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import Element
from designer.model.project import Project
from designer.words import tr


def service_of(project: Project, vm_id: int) -> int:
    """The service that a VM, or an application in it, is a member of; 0 for none."""
    inside = project.subtree(vm_id)
    return next((k.target for i in inside for k in project.links_of(i, "member") if k.source == i), 0)


def scale_out(project: Project, vm_id: int, count: int) -> Copies:
    """Add `count` copies of a VM, with all in it and its links, across the zones where its service's members stand.

    Each goes to the zone with the fewest members: beside a member on the provider's capacity, else onto the emptiest
    host there.
    """
    origin = project.elements[vm_id]
    if origin.kind != "vm":
        raise RuleError(tr("{0} is not a VM; select a member of the service that should grow.", origin.name))
    must_be_few(count)
    zones: dict[int, list[int]] = {}
    for member in _members(project, vm_id):
        zones.setdefault(zone_of(project, member), []).append(member)
    made, text = Copies(), clipboard.copy(project, [vm_id], bring=False)
    with project.edit(tr("Scale out {0} by {1:,}", origin.name, count)):
        own = clipboard.OwnValues(project)
        for _ in range(count):
            copies = _one_more(project, origin, text, zones, own)
            made.extend(copies)
            made.unlinked.extend(copies.unlinked)
        layout.settle(project, dict.fromkeys([*made, *(project.elements[i].parent for i in made)]))
    return made


def _members(project: Project, vm_id: int) -> list[int]:
    """The VMs that serve the service of a VM, each once; only this one where there is none."""
    target = service_of(project, vm_id)
    serving = (project.elements[i] for i in project.sources(target, "member")) if target else ()
    vms = dict.fromkeys(e.parent if e.kind == "application" else e.id for e in serving)
    members = [i for i in vms if project.elements[i].kind == "vm" and not project.elements[i].__dict__["template"]]
    return members if target else [vm_id]


def _one_more(
    project: Project, origin: Element, text: str, zones: dict[int, list[int]], own: clipboard.OwnValues
) -> Copies:
    reason = ""
    for zone, members in sorted(zones.items(), key=lambda item: len(item[1])):
        parent, reason = _place_in(project, origin, text, zone, members)
        if parent:
            copies = clipboard.add_copies(project, text, parent, None, own)
            if origin.__dict__["template"]:
                project.set(copies[0], template=False)
            members.append(copies[0])
            return copies
    raise RuleError(tr("One more {0} fits nowhere: {1}.", origin.name, reason))


def _place_in(project: Project, origin: Element, text: str, zone: int, members: Sequence[int]) -> tuple[int, str]:
    """Where one more may stand in a zone, or 0 and why not."""
    parents = dict.fromkeys(project.elements[i].parent for i in members)
    provided = [p for p in parents if project.elements[p].kind != "host"]
    reason = tr("no host in its zones has room")
    for parent in provided:
        why = clipboard.why_not_paste(project, text, parent)
        if why is None:
            return parent, ""
        reason = why
    if provided:
        return 0, reason
    hosts = [i for i in project.subtree(zone) if project.elements[i].kind == "host"]
    fields = {name: origin.__dict__[name] for name in project.kinds["vm"].rule_fields}
    shares = plan(project, "vm", hosts, 1, fields={**fields, "template": False}).shares
    return next(((share.parent, "") for share in shares if share.given), (0, reason))
