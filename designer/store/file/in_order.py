"""Reading a design to be edited: boxes that lie on one another are put in order."""

from __future__ import annotations

from pathlib import Path

from designer.catalog import KINDS, LINKS
from designer.model import overlaps
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.faults import shown
from designer.store.file.project_file import Loaded


def load_in_order(path: Path) -> Loaded:
    """Read a file as `project_file.load`; bring boxes that overlap or lie outside of what they stand in into order, and
    say so. What the program wrote itself stays as it is. Raises FileError."""
    loaded = project_file.load(path)
    if loaded.newer:
        return loaded
    project = Project(KINDS, LINKS, loaded.rows)
    found = overlaps.disordered(project)
    if found:
        with project.edit("Open"):
            overlaps.put_in_order(project, found)
        loaded.warnings.append(
            f"{shown(path.name)} held boxes that lay on one another or outside of what they stand in; they were moved."
        )
    return loaded
