"""Locking and hiding elements on the drawing, and leaving them where they are when it is tidied: each function is one
undo step. A run knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element
from designer.model.project import Project
from designer.words import tr


def set_locked(project: Project, ids: Iterable[int], locked: bool) -> None:
    """Lock elements, so that they are not moved, resized or deleted; or unlock them."""
    _set(project, ids, tr("Lock") if locked else tr("Unlock"), locked=locked)


def set_hidden(project: Project, ids: Iterable[int], hidden: bool) -> None:
    """Leave elements and all in them out of the drawing, or show them again."""
    _set(project, ids, tr("Hide") if hidden else tr("Show"), hidden=hidden)


def set_placed(project: Project, ids: Iterable[int], placed: bool) -> None:
    """Have Tidy leave elements where they are, as if they were placed there by hand; or let it pack them."""
    _set(project, ids, tr("Keep in place") if placed else tr("Let Tidy move"), placed=placed)


def show_all(project: Project) -> None:
    """Show everything that is hidden. Raises RuleError where nothing is."""
    ids = hidden(project)
    if not ids:
        raise RuleError(tr("Nothing is hidden."))
    set_hidden(project, ids, False)


def hidden(project: Project) -> list[int]:
    """All elements that are hidden themselves."""
    return [i for i, e in project.elements.items() if e.__dict__["hidden"]]


def all_locked(project: Project, ids: Iterable[int]) -> bool:
    """Whether all of some elements are locked."""
    return all(e.__dict__["locked"] for e in _elements(project, ids))


def all_hidden(project: Project, ids: Iterable[int]) -> bool:
    """Whether all of some elements are hidden."""
    return all(e.__dict__["hidden"] for e in _elements(project, ids))


def all_placed(project: Project, ids: Iterable[int]) -> bool:
    """Whether all of some elements were placed by hand."""
    return all(e.__dict__["placed"] for e in _elements(project, ids))


def _elements(project: Project, ids: Iterable[int]) -> Iterator[Element]:
    return (project.elements[i] for i in ids if i in project.elements and i != ROOT_ID)


def _set(project: Project, ids: Iterable[int], verb: str, **fields: bool) -> None:
    chosen = [e.id for e in _elements(project, ids)]
    with project.edit(
        f"{verb} {_name(project, chosen[0])}" if len(chosen) == 1 else tr("{0} {1} elements", verb, len(chosen))
    ):
        for element_id in chosen:
            project.set(element_id, **fields)


def _name(project: Project, element_id: int) -> str:
    return project.called(project.elements[element_id])
