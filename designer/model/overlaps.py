"""Boxes that overlap or lie outside of their container: no command makes them, but a file may hold them. Ordering
moves as little as possible: the first of siblings stays in place.

They are put in order with as little moving as possible: the first of siblings stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.model import layout
from designer.model.boxes import EPS, Bins, Rect, all_free
from designer.model.element import ROOT_ID
from designer.model.project import Project

FEW = 64
"""Up to this many boxes are compared each with each."""


def disordered(project: Project) -> list[int]:
    """The ids of containers with boxes that overlap or lie outside of them, outermost first."""
    return [i for i in project.subtree(ROOT_ID) if project.children(i) and _is_disordered(project, i)]


def put_in_order(project: Project, container_ids: Sequence[int]) -> None:
    """Move overlapping boxes to the nearest free place, and let containers hold their content.

    Call it within an edit; `container_ids`: what `disordered` found.
    """
    for container_id in reversed(container_ids):
        if project.kind(container_id).box.flow == "free":
            layout.give_way(project, container_id, _hit(project, container_id))
    layout.settle(project, container_ids)


def _is_disordered(project: Project, container_id: int) -> bool:
    rects = [layout.rect_of(project, i) for i in layout.drawn_children(project, container_id)]
    if not rects:
        return False
    here = layout.rect_of(project, container_id)
    outside = container_id != ROOT_ID and any(
        box.x < -EPS or box.y < -EPS or box.right > here.w + EPS or box.bottom > here.h + EPS for box in rects
    )
    return outside or _overlap(rects)


def _overlap(rects: Sequence[Rect]) -> bool:
    if len(rects) > FEW:
        return not all_free(rects, ())
    x, y, w, h = np.array(rects).T
    beside = (x[:, None] >= (x + w)[None, :] - EPS) | (y[:, None] >= (y + h)[None, :] - EPS)
    lies_on = ~(beside | beside.T)
    np.fill_diagonal(lies_on, False)
    return bool(lies_on.any())


def _hit(project: Project, container_id: int) -> list[int]:
    """The children that overlap an earlier one."""
    children = layout.drawn_children(project, container_id)
    rects = [layout.rect_of(project, i) for i in children]
    bins, hit = Bins((), rects), list[int]()
    for child, rect in zip(children, rects):
        if bins.free(rect):
            bins.add(rect)
        else:
            hit.append(child)
    return hit
