"""Bringing an earlier state of the design back, as one step of undo."""

from __future__ import annotations

from collections.abc import Iterable

from designer.model.element import ROOT_ID, Element, Link, clone, values
from designer.model.project import Project
from designer.model.tree import Tree


def restore(project: Project, rows: Iterable[Element | Link], text: str = "Restore an earlier save") -> None:
    """Let the design hold these rows and nothing else. Raises RuleError; then nothing is done."""
    earlier = Tree(rows)
    with project.edit(text):
        for top in list(project.children(ROOT_ID)):
            project.remove(top)
        root = earlier.elements.get(ROOT_ID)
        if root is not None:
            project.set(ROOT_ID, **{k: v for k, v in values(root).items() if k not in ("id", "parent")})
        for element_id in earlier.subtree(ROOT_ID):
            if element_id != ROOT_ID:
                project.add(clone(earlier.elements[element_id]))
        for link in earlier.links.values():
            project.add(clone(link))
