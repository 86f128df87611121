"""Aligning, distributing and sizing elements alike: each function is one undo step. Raises RuleError.

Elements are arranged with those of the same container. What stands in the way makes room; nothing comes to stand on
anything else. What is aligned or distributed is placed by hand: Tidy leaves it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from designer.commands.edit import tops, unlocked
from designer.errors import RuleError
from designer.model import guides, layout
from designer.model.boxes import Bins, Rect
from designer.model.element import ROOT_ID
from designer.model.guides import Edge
from designer.model.project import Project
from designer.words import mark, tr

FLOWS = {"grid": mark("stand in a grid"), "stack": mark("stand one above the other")}
"""How elements of a container stand that places them itself."""
TITLES: Mapping[Edge, str] = {
    "left": mark("Align left"), "center": mark("Align centers"), "right": mark("Align right"),
    "top": mark("Align top"), "middle": mark("Align middles"), "bottom": mark("Align bottom"),
}  # fmt: skip


def align(project: Project, ids: Iterable[int], edge: Edge) -> None:
    """Align elements by an edge or their centers: the outermost edge, or the middle of all."""
    groups = _groups(project, ids, 2)
    with project.edit(tr(TITLES[edge])):
        _arrange(project, groups, lambda boxes, gap: guides.aligned(boxes, edge, gap))


def distribute(project: Project, ids: Iterable[int], across: bool) -> None:
    """Give elements equal gaps, from the first to the last; `across`: side by side, else one above the other."""
    groups = _groups(project, ids, 3)
    with project.edit(tr("Distribute horizontally") if across else tr("Distribute vertically")):
        _arrange(project, groups, lambda boxes, gap: guides.distributed(boxes, across, gap))


def same_size(project: Project, ids: Iterable[int]) -> None:
    """Give containers the width and height of the first one, or the least that holds the content of each."""
    chosen = [i for i in dict.fromkeys(ids) if i in project.elements and i != ROOT_ID and project.kind(i).container]
    chosen = unlocked(project, chosen)
    if len(chosen) < 2:
        raise RuleError(tr("Select two or more unlocked elements that hold others. The size of a single box is fixed."))
    if inner := set(chosen) - set(tops(project, chosen)):
        called = project.called(project.elements[next(i for i in chosen if i in inner)])
        raise RuleError(tr("{0} stands in another selected element, which is always larger.", called))
    first = layout.rect_of(project, chosen[0])
    needed = [layout.needed_size(project, i) for i in chosen]
    width, height = max(first.w, *(w for w, _ in needed)), max(first.h, *(h for _, h in needed))
    with project.edit(tr("Same size")):
        parents: dict[int, dict[int, tuple[float, float]]] = {}
        for element_id in chosen:
            project.set(element_id, hug=False)
            parents.setdefault(project.elements[element_id].parent, {})[element_id] = (width, height)
        for parent_id, sizes in parents.items():
            layout.resize_all(project, parent_id, sizes)
        layout.settle(project, parents)


def _groups(project: Project, ids: Iterable[int], least: int) -> dict[int, list[int]]:
    """Drawn elements by the container they stand in, where at least some stand freely together. Raises RuleError."""
    groups: dict[int, list[int]] = {}
    for element_id in dict.fromkeys(ids):
        if element_id in project.elements and element_id != ROOT_ID and _may_move(project, element_id):
            groups.setdefault(project.elements[element_id].parent, []).append(element_id)
    several = {parent: some for parent, some in groups.items() if len(some) >= least}
    if not several:
        number = {2: "two", 3: "three"}[least]
        raise RuleError(tr("Select at least {0} unlocked elements of one container.", number))
    free = {parent: some for parent, some in several.items() if project.kind(parent).box.flow == "free"}
    if not free:
        parent_id = next(iter(several))
        holder = project.elements[parent_id]
        how = tr(FLOWS.get(project.kind(parent_id).box.flow, mark("have fixed places")))
        raise RuleError(tr("The elements of {0} {1}: it places them itself.", project.called(holder), how))
    return free


def _may_move(project: Project, element_id: int) -> bool:
    return project.kind(element_id).drawn and not project.elements[element_id].__dict__["locked"]


def _arrange(
    project: Project,
    groups: Mapping[int, Sequence[int]],
    arranged: Callable[[Sequence[Rect], float], Sequence[Rect]],
) -> None:
    for parent_id, ids in groups.items():
        boxes = arranged([layout.rect_of(project, i) for i in ids], project.kind(parent_id).box.gap)
        put(project, parent_id, dict(zip(ids, boxes)))
        for element_id in ids:
            project.set(element_id, placed=True)
    layout.settle(project, groups)


def put(project: Project, parent_id: int, boxes: Mapping[int, Rect]) -> None:
    """Give some children of a container their boxes; the others make way. For use in an open edit."""
    project.arrange(boxes)
    bins = Bins(boxes.values())
    others = [i for i in layout.drawn_children(project, parent_id) if i not in boxes]
    hit = [i for i in others if not bins.free(layout.rect_of(project, i))]
    if hit:
        layout.give_way(project, parent_id, hit)
