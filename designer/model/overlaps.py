"""Boxes that overlap or lie outside of their container: no command makes them, but a file may hold them. Ordering
moves as little as possible: the first of siblings stays in place.

They are put in order with as little moving as possible: the first of siblings stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from designer.model import layout
from designer.model.boxes import EPS, Bins, Rect, all_free
from designer.model.element import ROOT_ID, Element
from designer.model.kind import Kind
from designer.model.packing import Band, packed
from designer.model.project import Project

MOST_PAIRS = 20_000_000
"""Most pairs of boxes that are compared before a design counts as suspected."""
HUGE = 10_000.0
"""Width or height above which a box that holds none is no drawing of anybody."""
FEW = 64
"""Up to this many boxes are compared each with each."""


def suspected(rows: Iterable[Element], kinds: Mapping[str, Kind]) -> bool:
    """Whether boxes may overlap or lie outside of their container; False is certain.

    Works on arrays, so a large sound design needs no tree for it.
    """
    every = list(rows)
    ids = np.fromiter((row.id for row in every), np.int64, len(every))
    order = np.argsort(ids)
    drawn = [row for row in every if kinds[row.kind].drawn and row.id != ROOT_ID]
    parents = np.fromiter((row.__dict__["parent"] for row in drawn), np.int64, len(drawn))
    above = order[np.searchsorted(ids, parents, sorter=order)]
    holds = np.fromiter((kinds[row.kind].container for row in every), np.bool_, len(every))[above]
    box, outer = _boxes(drawn)[holds], _boxes(every)[above[holds]]
    inside = (box[:, :2] >= -EPS).all(axis=1) & (box[:, :2] + box[:, 2:] <= outer[:, 2:] + EPS).all(axis=1)
    return bool((~inside & (parents[holds] != ROOT_ID)).any()) or _siblings_meet(parents[holds], box)


def _boxes(rows: Sequence[Element]) -> np.ndarray:
    """Left, top, width and height of each row."""
    values = [row.__dict__ for row in rows]
    return np.array([[v[name] for v in values] for name in ("x", "y", "w", "h")], np.float64).reshape(4, -1).T


def _siblings_meet(parents: np.ndarray, box: np.ndarray) -> bool:
    """Whether two boxes of one parent may overlap. From left to right, each is compared with the next, the one after it
    and so on, until these lie beyond its right edge."""
    order = np.lexsort((box[:, 0], parents))
    parents, (x, y, w, h) = parents[order], box[order].T
    left, pairs = np.arange(order.size), 0
    for step in range(1, order.size):
        left = left[left + step < order.size]
        left = left[(parents[left] == parents[left + step]) & (x[left + step] < x[left] + w[left] - EPS)]
        pairs += left.size
        other = left + step
        beside = (x[left] >= x[other] + w[other] - EPS) | (y[left] >= y[other] + h[other] - EPS)
        beside |= y[other] >= y[left] + h[left] - EPS
        if pairs > MOST_PAIRS or not beside.all():
            return True
        if not left.size:
            break
    return False


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


def pack_anew(project: Project) -> None:
    """Place all boxes anew in rows, in their order from top left, and let containers be as small as their content.

    Any design has room for that. Call it within an edit.
    """
    containers = [i for i in project.subtree(ROOT_ID) if project.kind(i).container]
    for element_id in project.subtree(ROOT_ID):
        if element_id != ROOT_ID:
            _make_small(project, element_id)
    layout.settle(project, containers)
    for container_id in reversed(containers):
        box = project.kind(container_id).box
        if box.flow == "free":
            rects = {i: layout.rect_of(project, i) for i in layout.drawn_children(project, container_id)}
            order = sorted(rects, key=lambda i: (rects[i].y, rects[i].x))
            band = Band(tuple((rects[i].w, rects[i].h) for i in order))
            (places,) = packed([band], (box.padding, box.header + box.padding), box.gap)
            project.arrange(dict(zip(order, places)))
        if container_id != ROOT_ID:
            layout.fit(project, container_id)
    layout.settle(project, containers)


def _make_small(project: Project, element_id: int) -> None:
    """Let a container hug its content, and give another box that is huge the size of a new one."""
    here = project.elements[element_id]
    if project.kind(element_id).container:
        project.set(element_id, hug=True)
    elif max(here.__dict__["w"], here.__dict__["h"]) > HUGE:
        width, height = layout.size_in(project, here.kind, here.parent)
        project.set(element_id, w=width, h=height)


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
