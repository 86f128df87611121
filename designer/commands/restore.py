"""Replaces the design with other rows, an earlier state or a merge, as one undo step."""

from __future__ import annotations

from collections.abc import Iterable

from designer.model.element import Element, Link
from designer.model.project import Project


def restore(project: Project, rows: Iterable[Element | Link], text: str = "Restore backup") -> None:
    """Replace the design with these rows, which a file holds or could hold."""
    with project.edit(text):
        project.become(rows)
