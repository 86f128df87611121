"""Designs as an older file may hold them: with values that a rule of today refuses when they are given."""

from __future__ import annotations

from typing import Any

from designer.model.element import clone
from designer.model.project import Project


def hold(project: Project, element_id: int, **fields: Any) -> None:
    """Let an element hold values as if an older file had been opened that has them."""
    rows = [clone(row, **fields) if row.id == element_id else row for row in project.rows()]
    with project.edit("Open an older file"):
        project.become(rows)
