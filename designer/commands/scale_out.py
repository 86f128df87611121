"""Adds members to a service, across its zones, as one undo step. Raises RuleError with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from designer.commands.copies import Copies, lacks
from designer.commands.many import must_be_few, plan, zone_of
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import Element, Link, clone
from designer.model.project import Project


def scale_out(project: Project, vm_id: int, count: int) -> Copies:
    """Add `count` copies of a VM, with its links, across the zones where its service's members stand.

    Each goes to the zone with the fewest members: beside a member on the provider's capacity, else onto the emptiest
    host there.
    """
    origin = project.elements[vm_id]
    if origin.kind != "vm":
        raise RuleError(f"{origin.name} is not a VM; select a member of the service that should grow.")
    services = project.links_of(vm_id, "member")
    target = next((k.target for k in services if k.source == vm_id), 0)
    linked = [project.elements[i] for i in project.sources(target, "member")]
    members = [member.id for member in linked if member.kind == "vm" and not member.__dict__["template"]]
    members = members if target else [vm_id]
    zones: dict[int, list[int]] = {}
    for member in members:
        zones.setdefault(zone_of(project, member), []).append(member)
    made = Copies()
    with project.edit(f"Scale out {origin.name} by {count:,}"):
        for name in _free_names(project, origin.name, count):
            made.append(_one_more(project, origin, name, zones, made.unlinked))
        layout.settle(project, dict.fromkeys(project.elements[i].parent for i in made))
    return made


def _one_more(project: Project, origin: Element, name: str, zones: dict[int, list[int]], unlinked: list[str]) -> int:
    reason = ""
    for zone, members in sorted(zones.items(), key=lambda item: len(item[1])):
        parent, reason = _place_in(project, origin, zone, members)
        if parent:
            box = layout.size_in(project, "vm", parent)
            copied = clone(origin, id=0, parent=parent, rank=0, name=name, template=False, w=box[0], h=box[1])
            new = project.add(copied)
            for link in project.links_of(origin.id):
                source, target = (new if end == origin.id else end for end in (link.source, link.target))
                if project.why_no_link(link.kind, source, target):
                    unlinked.append(lacks(project, link.kind, source, target, new))
                else:
                    project.add(Link(kind=link.kind, source=source, target=target, role=link.role))
            members.append(new)
            return new
    raise RuleError(f"{name} fits nowhere: {reason}.")


def _place_in(project: Project, origin: Element, zone: int, members: Sequence[int]) -> tuple[int, str]:
    """Where one more may stand in a zone, or 0 and why not."""
    parents = dict.fromkeys(project.elements[i].parent for i in members)
    provided = [p for p in parents if project.elements[p].kind != "host"]
    reason = "no host in its zones has room"
    for parent in provided:
        why = project.why_not("vm", parent)
        if why is None:
            return parent, ""
        reason = why
    if provided:
        return 0, reason
    hosts = [i for i in project.subtree(zone) if project.elements[i].kind == "host"]
    fields = {name: origin.__dict__[name] for name in project.kinds["vm"].rule_fields}
    shares = plan(project, "vm", hosts, 1, fields={**fields, "template": False}).shares
    return next(((share.parent, "") for share in shares if share.given), (0, reason))


def _free_names(project: Project, name: str, count: int) -> Iterator[str]:
    """Names that continue the series of a name, none of them taken."""
    must_be_few(count)
    stem = name.rstrip("0123456789")
    taken = {element.__dict__["name"] for element in project.elements.values()}
    number, given = int(name[len(stem) :] or 1), 0
    stem = stem if name != stem else f"{stem}-"
    while given < count:
        number += 1
        if f"{stem}{number}" not in taken:
            given += 1
            yield f"{stem}{number}"
