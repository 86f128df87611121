"""Groups of the drawing: elements of one container that are selected, moved and named as one. Each function that
changes something is one undo step. A run knows nothing of groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from designer.commands.edit import tops
from designer.commands.names import next_of
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr


def group(project: Project, ids: Iterable[int]) -> str:
    """Make elements of one container a group; they leave the groups in which they were. Return its name."""
    chosen = tops(project, ids)
    parents = {project.elements[i].parent for i in chosen}
    if len(chosen) < 2:
        raise RuleError(tr("A group needs two elements or more: select them first."))
    if len(parents) > 1:
        raise RuleError(tr("A group holds elements of one container: these stand in several."))
    if name_of(project, chosen):
        raise RuleError(tr("These elements already are the group {0}.", name_of(project, chosen)))
    taken = {project.elements[i].__dict__["grouped"] for i in project.children(*parents)}
    name = next_of("group-1", taken)
    with project.edit(tr("Group {0} elements", len(chosen))):
        for element_id in chosen:
            project.set(element_id, grouped=name)
    return name


def ungroup(project: Project, ids: Iterable[int]) -> None:
    """Dissolve all groups to which some elements belong."""
    chosen = [i for i in whole(project, ids) if project.elements[i].__dict__["grouped"]]
    if not chosen:
        raise RuleError(tr("None of these elements is in a group."))
    with project.edit(tr("Ungroup {0} elements", len(chosen))):
        for element_id in chosen:
            project.set(element_id, grouped="")


def rename(project: Project, ids: Sequence[int], name: str) -> None:
    """Give a group a name that no other group of its container has; `ids`: all its elements."""
    name = " ".join(name.split())
    if not name:
        raise RuleError(tr("A name needs at least one letter."))
    others = set(project.children(project.elements[ids[0]].parent)) - set(ids)
    if any(project.elements[i].__dict__["grouped"] == name for i in others):
        raise RuleError(tr("Another group here is called {0}.", name))
    with project.edit(tr("Rename group")):
        for element_id in ids:
            project.set(element_id, grouped=name)


def members(project: Project, element_id: int) -> list[int]:
    """All elements of the group to which one belongs, in order; only that one where it is in none."""
    here = project.elements[element_id].__dict__
    if not here["grouped"]:
        return [element_id]
    beside = project.children(here["parent"])
    return [i for i in beside if project.elements[i].__dict__["grouped"] == here["grouped"]]


def whole(project: Project, ids: Iterable[int]) -> list[int]:
    """Some elements (or links) with all others of their groups."""
    found: dict[int, None] = {}
    groups: dict[int, dict[str, list[int]]] = {}
    for element_id in ids:
        if element_id in found:
            continue
        fields = project.elements[element_id].__dict__ if element_id in project.elements else {}
        if not fields.get("grouped"):
            found[element_id] = None
            continue
        parent_id = fields["parent"]
        if parent_id not in groups:
            groups[parent_id] = _groups_of(project, parent_id)
        found.update(dict.fromkeys(groups[parent_id][fields["grouped"]]))
    return list(found)


def _groups_of(project: Project, parent_id: int) -> dict[str, list[int]]:
    """The elements of each group of a container, by its name."""
    found: dict[str, list[int]] = {}
    for element_id in project.children(parent_id):
        if name := project.elements[element_id].__dict__["grouped"]:
            found.setdefault(name, []).append(element_id)
    return found


def name_of(project: Project, ids: Sequence[int]) -> str:
    """The name of the group that some elements are, all of it and nothing else; empty: they are no group."""
    first = project.elements.get(ids[0]) if ids else None
    if first is None or len(ids) < 2 or not first.__dict__["grouped"]:
        return ""
    return str(first.__dict__["grouped"]) if set(members(project, first.id)) == set(ids) else ""


def groups_in(project: Project, ids: Iterable[int]) -> list[tuple[str, list[int]]]:
    """Name and elements of each group all of which is among some elements."""
    found: dict[tuple[int, str], list[int]] = {}
    for element_id in ids:
        if element_id in project.elements and (name := project.elements[element_id].__dict__["grouped"]):
            found.setdefault((project.elements[element_id].parent, name), []).append(element_id)
    size = Counter(
        (parent_id, project.elements[i].__dict__["grouped"])
        for parent_id in {parent_id for parent_id, _ in found}
        for i in project.children(parent_id)
    )
    return [(key[1], some) for key, some in found.items() if 2 <= len(some) == size[key]]
