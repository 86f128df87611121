"""Letting the design become other rows, an earlier state or a merge of two, as one step of undo."""

from __future__ import annotations

from collections.abc import Iterable

from designer.model.element import Element, Link
from designer.model.project import Project


def restore(project: Project, rows: Iterable[Element | Link], text: str = "Restore an earlier save") -> None:
    """Let the design hold these rows, which a file held or could hold, and nothing else."""
    with project.edit(text):
        project.become(rows)
