"""Links through a new element where nothing joins two elements and nothing between them is there: users and a load
balancer get a service that the one uses and the other balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from designer.commands import edit, joins
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.kind import LinkKind
from designer.model.project import Project
from designer.words import tr


@dataclass(frozen=True)
class Through:
    """A new element of a kind, and the links that some elements and others then have with it."""

    kind: str
    ones: tuple[int, ...]
    others: tuple[int, ...]


def through(project: Project, ones: Sequence[int], others: Sequence[int]) -> list[Through]:
    """The kinds of which a new element, outside of everything, may be linked with all of both sides."""
    sides = [list(side) for side in (ones, others)]
    found = []
    for kind in project.kinds.values():
        if "design" in kind.inside and kind.in_palette and all(_rules(project, side, kind.name) for side in sides):
            layers = [{rule.layer for rule in _rules(project, side, kind.name)} for side in sides]
            if layers[0] & layers[1]:
                found.append(Through(kind.name, tuple(ones), tuple(others)))
    return found


def said(project: Project, made: Through) -> str:
    """What is added: “New service: users use it, lb balances it”."""
    parts = []
    for side in (made.ones, made.others):
        rule = _rules(project, side, made.kind)[0]
        called = joins.called(project, side)
        starts = project.elements[side[0]].kind in rule.sources
        parts.append(tr("{0} {1} it", called, tr(rule.verb)) if starts else tr("it {0} {1}", tr(rule.verb), called))
    return tr("New {0}: {1}", project.kinds[made.kind].noun, ", ".join(parts))


def connect_through(project: Project, made: Through) -> int:
    """Place the new element and link both sides with it, as one undo step; return its id. Raises RuleError, and
    nothing is added, where a side cannot be linked."""
    with project.edit(tr("Link through a new {0}", project.kinds[made.kind].noun)):
        between = edit.place(project, made.kind, ROOT_ID)
        for side in (made.ones, made.others):
            found = joins.offers(project, side, [between])
            if not found:
                raise RuleError(tr("Not linked: {0}.", joins.why_none(project, side, [between])))
            joins.connect_many(project, found[0])
    return between


def _rules(project: Project, side: Sequence[int], kind: str) -> list[LinkKind]:
    """The kinds of link that join each element of a side with an element of a kind."""
    kinds = {project.elements[i].kind for i in side}
    return [
        rule
        for rule in project.link_kinds.values()
        if (kinds <= set(rule.sources) and kind in rule.targets)
        or (kinds <= set(rule.targets) and kind in rule.sources)
    ]
