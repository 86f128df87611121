"""Many at once: thirty hosts in one go, VMs onto hosts by a policy, more members of a service across zones.

Each is one step of undo. Raises RuleError with the reason, and then nothing is done.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from designer.catalog.rules.capacity import HostLoad, load_of
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Element, Link, clone, make
from designer.model.project import Project

MOST = 10_000
"""Most elements that one command places."""

Policy = Literal["best_fit", "spread", "per_zone"]
POLICIES: dict[str, str] = {
    "spread": "Spread: the emptiest host first",
    "best_fit": "Best fit: the fullest host that still takes it",
    "per_zone": "Per zone: as many in each zone, spread within it",
}
"""How VMs find their hosts, with the words for it."""


def names(pattern: str, count: int, first: int = 1) -> list[str]:
    """`count` names from a pattern like `h-{n:02}`; {n} counts from `first`. Raises RuleError."""
    if not 1 <= count <= MOST:
        raise RuleError(f"The number must be from 1 to {MOST:,}, not {count:,}.")
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}
        if fields - {"n"}:
            raise ValueError(f"{{{sorted(fields)[0]}}}")
        made = [pattern.format(n=first + k) if fields else f"{pattern}{first + k}" for k in range(count)]
    except (ValueError, IndexError, KeyError) as error:
        raise RuleError(f"“{pattern}” is not a pattern for names ({error}); write it like h-{{n:02}}.") from None
    if any(not name.strip() or len(name) > 200 for name in made):
        raise RuleError(f"“{pattern}” gives names that are empty or longer than 200 letters.")
    return made


def place_many(
    project: Project,
    kind: str,
    parent_ids: Sequence[int],
    count: int,
    pattern: str,
    columns: int = 0,
    fields: Mapping[str, Any] | None = None,
) -> list[int]:
    """Place `count` elements of a kind into the parents, one after the other as they are full; the new ids.

    In a parent whose content stands freely they stand in a grid of `columns` (0: about as wide as high).
    """
    label = project.kinds[kind].noun
    made: list[int] = []
    with project.edit(f"Place {count:,} {project.kinds[kind].plural or label}"):
        targets = list(parent_ids)
        for name in names(pattern, count):
            while targets and project.why_not(kind, targets[0]) is not None:
                reason = project.why_not(kind, targets.pop(0))
            if not targets:
                raise RuleError(f"Only {len(made):,} of {count:,} could be placed: {reason}.")
            box = layout.size_in(project, kind, targets[0])
            given = {
                "parent": targets[0],
                "w": box[0],
                "h": box[1],
                "name": name,
                **project.defaults_in(kind, targets[0]),
                **(fields or {}),
            }
            made.append(project.add(make(project.kinds[kind].table, given)))
        _set_in_grids(project, made, columns)
        layout.settle(project, dict.fromkeys(project.elements[i].parent for i in made))
    return made


def _set_in_grids(project: Project, ids: Iterable[int], columns: int) -> None:
    """Let new elements of freely arranged parents stand in a grid beneath what is there."""
    by_parent: dict[int, list[int]] = {}
    for element_id in ids:
        by_parent.setdefault(project.elements[element_id].parent, []).append(element_id)
    for parent_id, own in by_parent.items():
        box = project.kind(parent_id).box
        if box.flow != "free" or not project.kind(own[0]).drawn:
            continue
        new = set(own)
        others = [layout.rect_of(project, i) for i in layout.drawn_children(project, parent_id) if i not in new]
        left = min((r.x for r in others), default=box.padding)
        top = max((r.bottom + box.gap for r in others), default=box.header + box.padding)
        across = columns or max(1, math.ceil(math.sqrt(len(own) * 2.0)))
        first = project.elements[own[0]]
        for n, element_id in enumerate(own):
            row, column = divmod(n, across)
            project.set(element_id, x=left + column * (first.w + box.gap), y=top + row * (first.h + box.gap))


# -- VMs onto hosts


@dataclass
class _Target:
    """A host that VMs are put onto, with what they take there, and how many it was given."""

    id: int
    zone: int
    load: HostLoad
    given: int = 0


def _targets(project: Project, container_ids: Iterable[int]) -> list[_Target]:
    """The hosts in some containers (or themselves hosts), in drawing order."""
    inside = dict.fromkeys(i for top in container_ids for i in project.subtree(top))
    hosts = (project.elements[i] for i in inside if project.elements[i].kind == "host")
    return [_Target(host.id, zone_of(project, host.id), load_of(project, host)) for host in hosts]


def zone_of(project: Project, element_id: int) -> int:
    """The zone an element stands in, else what it stands in outermost (itself at least)."""
    chain = [element_id, *(i for i in project.ancestors(element_id) if i != ROOT_ID)]
    return next((i for i in chain if project.elements[i].kind == "zone"), chain[-1])


def _best(targets: Sequence[_Target], policy: str, vcpus: float, ram_mib: float) -> _Target | None:
    """The host for the next VM; the first among equals."""
    fitting = [target for target in targets if target.load.takes(vcpus, ram_mib)]
    if not fitting:
        return None
    if policy == "best_fit":
        return min(fitting, key=lambda target: target.load.emptiness)
    if policy == "per_zone":
        in_zone: dict[int, int] = {}
        for target in targets:
            in_zone[target.zone] = in_zone.get(target.zone, 0) + target.given
        least = min(in_zone[target.zone] for target in fitting)
        fitting = [target for target in fitting if in_zone[target.zone] == least]
    return max(fitting, key=lambda target: target.load.emptiness)


def fill_hosts(
    project: Project,
    container_ids: Iterable[int],
    count: int,
    policy: Policy,
    pattern: str,
    fields: Mapping[str, Any],
) -> list[int]:
    """Put `count` equal VMs onto the hosts in some containers by a policy; the new ids."""
    targets = _targets(project, container_ids)
    if not targets:
        raise RuleError("There are no hosts in what is selected; select hosts, racks, data centers or zones.")
    defaults = make(project.kinds["vm"].table, fields)
    vcpus, ram_mib = float(defaults.__dict__["vcpus"]), float(defaults.__dict__["ram_mib"])
    made: list[int] = []
    with project.edit(f"Fill hosts with {count:,} VMs"):
        for name in names(pattern, count):
            target = _best(targets, policy, vcpus, ram_mib)
            if target is None:
                raise RuleError(
                    f"Only {len(made):,} of {count:,} VMs fit on the {len(targets):,} hosts: none has "
                    f"{vcpus:g} vCPUs and {ram_mib:,.0f} MiB free any more."
                )
            target.load.take(vcpus, ram_mib)
            target.given += 1
            box = layout.size_in(project, "vm", target.id)
            row = make(
                project.kinds["vm"].table, {**fields, "parent": target.id, "w": box[0], "h": box[1], "name": name}
            )
            made.append(project.add(row))
        layout.settle(project, dict.fromkeys(project.elements[i].parent for i in made))
    return made


# -- more members


def scale_out(project: Project, vm_id: int, count: int) -> list[int]:
    """Add `count` copies of a VM, with its links, across the zones where its service's members stand; the new ids.

    Each goes to the zone with the fewest members: beside a member on the provider's capacity, else onto the emptiest
    host there.
    """
    origin = project.elements[vm_id]
    if origin.kind != "vm":
        raise RuleError(f"{origin.name} is not a VM; select a member of the service that shall grow.")
    services = project.links_of(vm_id, "member")
    target = next((k.target for k in services if k.source == vm_id), 0)
    linked = [project.elements[i] for i in project.sources(target, "member")]
    members = [member.id for member in linked if member.kind == "vm" and not member.__dict__["template"]]
    members = members if target else [vm_id]
    zones: dict[int, list[int]] = {}
    for member in members:
        zones.setdefault(zone_of(project, member), []).append(member)
    made: list[int] = []
    with project.edit(f"Scale out {origin.name} by {count:,}"):
        for name in _free_names(project, origin.name, count):
            made.append(_one_more(project, origin, name, zones))  # noqa: PERF401 - each looks at those before
        layout.settle(project, dict.fromkeys(project.elements[i].parent for i in made))
    return made


def _one_more(project: Project, origin: Element, name: str, zones: dict[int, list[int]]) -> int:
    reason = ""
    for zone, members in sorted(zones.items(), key=lambda item: len(item[1])):
        parent, reason = _place_in(project, origin, zone, members)
        if parent:
            box = layout.size_in(project, "vm", parent)
            copied = clone(origin, id=0, parent=parent, rank=0, name=name, template=False, w=box[0], h=box[1])
            new = project.add(copied)
            for link in project.links_of(origin.id):
                source, target = (new if end == origin.id else end for end in (link.source, link.target))
                if not project.why_no_link(link.kind, source, target):
                    project.add(Link(kind=link.kind, source=source, target=target, role=link.role))
            members.append(new)
            return new
    raise RuleError(f"{name} fits nowhere: {reason}.")


def _place_in(project: Project, origin: Element, zone: int, members: Sequence[int]) -> tuple[int, str]:
    """Where one more may stand in a zone, or 0 and why not."""
    parents = dict.fromkeys(project.elements[i].parent for i in members)
    provided = [p for p in parents if project.elements[p].kind != "host"]
    reason = "no host of its zones has the room"
    for parent in provided:
        why = project.why_not("vm", parent)
        if why is None:
            return parent, ""
        reason = why
    if provided:
        return 0, reason
    fields = origin.__dict__
    target = _best(_targets(project, [zone]), "spread", fields["vcpus"], fields["ram_mib"])
    return (target.id, "") if target is not None else (0, reason)


def _free_names(project: Project, name: str, count: int) -> Iterator[str]:
    """Names that go on where the name's number ends, none of them taken."""
    if not 1 <= count <= MOST:
        raise RuleError(f"The number must be from 1 to {MOST:,}, not {count:,}.")
    stem = name.rstrip("0123456789")
    taken = {element.__dict__["name"] for element in project.elements.values()}
    number, given = int(name[len(stem) :] or 1), 0
    stem = stem if name != stem else f"{stem}-"
    while given < count:
        number += 1
        if f"{stem}{number}" not in taken:
            given += 1
            yield f"{stem}{number}"
