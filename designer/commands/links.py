"""Connecting two elements: which links may join them, why none may, and changing the kind of a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from designer.errors import RuleError
from designer.model.element import Link, clone
from designer.model.project import Project
from designer.words import tr


@dataclass(frozen=True)
class Choice:
    """A link that may be added."""

    kind: str
    source: int
    target: int


def choices(project: Project, one: int, other: int) -> list[Choice]:
    """All links that may join two elements, in either direction; those that start at the first come first."""
    ways = ((one, other), (other, one)) if one != other else ()
    return [
        Choice(kind, source, target)
        for source, target in ways
        for kind in project.link_kinds
        if project.why_no_link(kind, source, target) is None
    ]


def fit(project: Project, one: int, other: int) -> bool:
    """Whether a kind of link fits the kinds of two elements, whether or not it may join these two."""
    kinds = project.elements[one].kind, project.elements[other].kind
    rules = project.link_kinds.values()
    return any(a in rule.sources and b in rule.targets for rule in rules for a, b in (kinds, kinds[::-1]))


def why_not_connect(project: Project, one: int, other: int) -> str | None:
    """Why no link may join two elements, or None when one may (asked while hovering)."""
    if choices(project, one, other):
        return None
    if one == other:
        return tr("An element cannot be linked with itself")
    if one not in project.elements or other not in project.elements:
        return tr("One end of the link no longer exists")
    ends = project.elements[one], project.elements[other]
    for source, target in (ends, ends[::-1]):
        for kind, rule in project.link_kinds.items():
            if source.kind in rule.sources and target.kind in rule.targets:
                return project.why_no_link(kind, source.id, target.id)
    names = [f"{end.name} ({tr(project.kinds[end.kind].label)})" for end in ends]
    return tr("No link joins {0} with {1}", names[0], names[1])


def sentence(project: Project, kind: str, source: int, target: int, role: str = "") -> str:
    """What a link says: “feed-a feeds rack-1”."""
    rule = project.link_kinds[kind]
    said = f"{project.elements[source].name} {tr(rule.verb)} {project.elements[target].name}"
    return f"{said} ({role})" if role else said


def set_role(project: Project, ids: Sequence[int], role: str) -> None:
    """Give links a role."""
    with project.edit(tr("Change role")):
        for link_id in ids:
            project.set(link_id, role=" ".join(role.split()))


def set_kind(project: Project, link_id: int, choice: Choice) -> None:
    """Change the kind of a link between the same two elements. Raises RuleError and leaves the link unchanged."""
    link = project.links.get(link_id)
    if link is None or {link.source, link.target} != {choice.source, choice.target}:
        raise RuleError(tr("That link is no longer in the design."))
    with project.edit(tr("Link: {0}", project.link_kinds[choice.kind].label)):
        project.remove(link_id)
        project.add(clone(link, kind=choice.kind, source=choice.source, target=choice.target))


def other_kinds(project: Project, link: Link) -> list[Choice]:
    """The kinds that a link could have, its own first."""
    return [Choice(link.kind, link.source, link.target), *choices(project, link.source, link.target)]
