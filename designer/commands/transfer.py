"""Saves parts of designs as designs of their own, and inserts designs into others. Raises RuleError."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from designer.commands import clipboard
from designer.commands.edit import tops
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Element, Link, clone
from designer.model.project import Project
from designer.words import tr


def extract(project: Project, ids: Iterable[int]) -> list[Element | Link]:
    """A design of elements and everything in them: with their ancestors, their sets, the traces and presets that
    they refer to, and the links among these."""
    roots = tops(project, [i for i in ids if i in project.elements and i != ROOT_ID])
    if not roots:
        raise RuleError(tr("Select one or more elements for the new design first."))
    inside = {i for root in roots for i in project.subtree(root)}
    above = {ROOT_ID, *(i for root in roots for i in project.ancestors(root))}
    linked = {end for i in inside for link in project.links_of(i) for end in (link.source, link.target)}
    sets = {i for i in linked - inside if not project.kind(i).container and project.elements[i].parent in above}
    chosen = inside | above | sets
    chosen.update(clipboard.referred(project, chosen))
    rows: list[Element | Link] = [clone(row) for i, row in project.elements.items() if i in chosen]
    for link in project.links.values():
        ends = {link.source, link.target}
        if ends <= chosen and ends & inside:
            rows.append(clone(link))
    made = Project(project.kinds, project.link_kinds, rows)
    first = project.elements[roots[0]].name
    with made.edit(tr("Export")):
        made.set(ROOT_ID, name=first if len(roots) == 1 else tr("{0} and {1} more", first, len(roots) - 1))
        layout.settle(made, above)
    return list(made.rows())


def insert(
    project: Project, rows: Sequence[Element | Link], name: str, at: tuple[float, float] | None = None
) -> list[int]:
    """Insert everything drawn in another design, with what it refers to, as one undo step; return the ids of the
    outermost elements."""
    other = Project(project.kinds, project.link_kinds, rows)
    drawn = [i for i in other.children(ROOT_ID) if other.kind(i).drawn]
    if not drawn:
        raise RuleError(tr("{0} holds nothing to insert.", name))
    with project.edit(tr("Insert {0}", name)):
        return clipboard.paste(project, clipboard.copy(other, drawn), ROOT_ID, at)
