"""Reads a design for editing, with overlapping boxes put in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from designer.catalog import KINDS, LINKS
from designer.model import overlaps
from designer.model.boxes import BOX_LIMITS
from designer.model.element import ROOT_ID, Element
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.faults import memory_told, shown
from designer.store.file.project_file import Loaded
from designer.words import tr


def load_in_order(path: Path) -> Loaded:
    """Read a file like `project_file.load`, and put boxes in order that overlap or lie outside of their container.

    What the program wrote itself stays unchanged. Where moving as little as possible finds no room within the bounds of
    a drawing, all boxes are placed anew. Raises FileError.
    """
    with memory_told(path, "opened"):
        return _in_order(path)


def _in_order(path: Path) -> Loaded:
    loaded = project_file.load(path)
    elements = (row for row in loaded.rows if isinstance(row, Element))
    if loaded.newer or not overlaps.suspected(elements, KINDS):
        return loaded
    project = Project(KINDS, LINKS, loaded.rows)
    found = overlaps.disordered(project)
    if found:
        done = _moved_apart(project, found, ()) or _moved_apart(project, found, _of_largest_size(project))
        if not done:
            with project.edit("Open"):
                overlaps.pack_anew(project)
        told = (
            tr("they were moved.")
            if done
            else tr("all boxes were placed anew, as there was no room to move them apart.")
        )
        loaded.warnings.append(
            tr("{0} held boxes that overlap or lie outside of their container; {1}", shown(path.name), told)
        )
    return loaded


def _moved_apart(project: Project, found: Sequence[int], hugging: Sequence[int]) -> bool:
    """Put boxes in order, with some containers as small as their content; False, unchanged, where a save and an opening
    would not leave them so."""
    with project.edit("Open"):
        for container_id in hugging:
            project.set(container_id, hug=True)
        overlaps.put_in_order(project, list(dict.fromkeys((*hugging, *found))))
    if _is_within_bounds(project) and not overlaps.disordered(project):
        return True
    project.undo()
    return False


def _of_largest_size(project: Project) -> list[int]:
    """Containers as large as a box may be, which no drawing needs; outermost first."""
    return [
        i
        for i in project.subtree(ROOT_ID)
        if i != ROOT_ID
        and project.kind(i).container
        and any(project.elements[i].__dict__[name] >= BOX_LIMITS[name] for name in ("w", "h"))
    ]


def _is_within_bounds(project: Project) -> bool:
    """Whether a save and an opening would leave all boxes unchanged."""
    return all(
        abs(element.__dict__[name]) <= most
        for element in project.elements.values()
        for name, most in BOX_LIMITS.items()
    )
