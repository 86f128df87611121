"""Layout: containers fit their content in both directions, cells flow, siblings make room.

Commands call it inside their edit, so each consequence is part of the same undo step. Lengths are drawing units;
positions are relative to the parent's top left corner. The cost for n siblings is n log n.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from designer.model import boxes
from designer.model.boxes import EPS, Rect
from designer.model.element import ROOT_ID
from designer.model.kind import Box
from designer.model.project import BOX, Project

__all__ = ["EPS", "Rect"]
Floats = NDArray[np.float64]
ROWS_SHAPE = 2.2
"""Aspect (width / height) of boxes set in rows."""
KEPT_GRIDS = 64
Sizes = dict[int, tuple[float, float]]
"""Width and height that the content of containers needs."""


def rect_of(project: Project, element_id: int) -> Rect:
    """The box of an element, relative to its parent."""
    row = project.elements[element_id].__dict__
    return Rect(row["x"], row["y"], row["w"], row["h"])


def absolute_rect(project: Project, element_id: int) -> Rect:
    """The box of an element in the drawing."""
    box = rect_of(project, element_id)
    x, y = box.x, box.y
    for above in project.ancestors(element_id):
        if above == ROOT_ID:
            break
        row = project.elements[above].__dict__
        x, y = x + row["x"], y + row["y"]
    return Rect(x, y, box.w, box.h)


def drawn_children(project: Project, element_id: int) -> list[int]:
    """Ids of the children with a box on the canvas, in order; a leaf, such as a VM, has none."""
    if not project.kind(element_id).container:
        return []
    kinds, elements = project.kinds, project.elements
    return [i for i in project.children(element_id) if kinds[elements[i].kind].drawn]


def size_in(project: Project, kind: str, parent_id: int) -> tuple[float, float]:
    """Width and height a new element of a kind gets in a parent."""
    above = project.kind(parent_id).box
    if above.flow == "grid":
        return above.cell
    box = project.kinds[kind].box
    return box.min_w, box.min_h


def boxes_of_new(project: Project, kind: str, parent_id: int, count: int) -> list[dict[str, float]]:
    """The sides of the boxes that new elements of a kind get after those in a parent: cells stand in their places."""
    above = project.kind(parent_id).box
    if above.flow == "grid" and project.kinds[kind].drawn:
        cells = cells_of(above, len(drawn_children(project, parent_id)) + count)[-count:]
        return [dict(zip(BOX, cell)) for cell in cells]
    w, h = size_in(project, kind, parent_id)
    return [{"w": w, "h": h}] * count


def settle(project: Project, container_ids: Iterable[int]) -> None:
    """Arrange the content of containers, fit them and their ancestors to it, and let siblings make room."""
    depth: dict[int, int] = {}
    for container_id in container_ids:
        chain = [container_id, *project.ancestors(container_id)]
        depth.update({element_id: above for above, element_id in enumerate(reversed(chain))})
    needed: Sizes = {}
    levels: dict[int, dict[int, list[int]]] = {}
    for element_id, above in depth.items():
        levels.setdefault(above, {}).setdefault(project.elements[element_id].parent, []).append(element_id)
    for above in sorted(levels, reverse=True):
        for parent_id, siblings in levels[above].items():
            for element_id in siblings:
                _arrange(project, element_id, needed)
            if above:
                needed.update((i, needed_size(project, i)) for i in siblings)
                sizes = {i: size for i in siblings if (size := _hugging(project, i, needed[i])) is not None}
                resize_all(project, parent_id, sizes)


def _arrange(project: Project, container_id: int, needed: Sizes) -> None:
    """Arrange the content of a container; `needed` are sizes of what may stand in it."""
    box = project.kind(container_id).box
    children = drawn_children(project, container_id)
    if box.flow == "grid":
        _flow_cells(project, children, box)
    elif box.flow == "stack":
        _flow_stack(project, children, box, needed)
    elif box.flow == "free" and container_id != ROOT_ID:
        _keep_inside(project, children, box)


def _flow_cells(project: Project, children: list[int], box: Box) -> None:
    project.arrange(dict(zip(children, cells_of(box, len(children)))))


@lru_cache(KEPT_GRIDS)
def cells_of(box: Box, count: int) -> Sequence[Rect]:
    """Each of `count` cells in a grid. Thousands of hosts with as many VMs each share them."""
    return tuple(cells_in(box, count, *grid_of(box, count)))


def cells_in(box: Box, count: int, columns: int, cell: tuple[float, float]) -> list[Rect]:
    """Each of `count` cells of a size, `columns` of them side by side."""
    left, top = box.padding, box.header + box.padding
    return [Rect(left + x, top + y, *cell) for x, y in boxes.cells(count, columns, cell, box.gap)]


def grid_of(box: Box, count: int) -> tuple[int, tuple[float, float]]:
    """How many cells stand side by side in a grid of `count` cells, and the width and height of each.

    Usually both are those of the kind; there are more columns when the grid gets tall. Where few cells fill the least
    box, they do it in the shape nearest to the usual one.
    """
    found = [(fit[1][0] / fit[1][1], fit) for fit in _filling(box, count)] if box.fills and count else []
    if found:
        usual = box.cell[0] / box.cell[1]
        return min(found, key=lambda one: abs(math.log(one[0] / usual)))[1]
    return max(box.columns, math.ceil(math.sqrt(count * 2.2)) if count > 4 * box.columns else 0), box.cell


def _filling(box: Box, count: int) -> Iterator[tuple[int, tuple[float, float]]]:
    """The grids of cells, larger than the usual ones, that fill the least box; sizes in quarters of a unit."""
    across, down = box.min_w - 2 * box.padding, box.min_h - box.header - 2 * box.padding
    most = int((down + box.gap) // (box.cell[1] + box.gap))
    for rows in range(1, most + 1):
        columns = math.ceil(count / rows)
        if columns == box.columns and rows == most:
            return
        width, height = (
            math.floor(4 * ((room + box.gap) / many - box.gap)) / 4 for room, many in ((across, columns), (down, rows))
        )
        if width >= box.cell[0]:
            yield columns, (width, height)


def _flow_stack(project: Project, children: list[int], box: Box, needed: Sizes) -> None:
    if not children:
        return
    width = max(_own_width(project, i, needed.get(i)) for i in children)
    heights = [project.elements[i].__dict__["h"] for i in children]
    spots = stacked(box, width, heights)
    project.arrange({i: (x, y, width, h) for i, (x, y), h in zip(children, spots, heights)})


def stacked(box: Box, width: float, heights: Sequence[float]) -> list[tuple[float, float]]:
    """Left and top of boxes one above the other, all of one width, in as many columns as they need."""
    per_column = math.ceil(len(heights) / math.ceil(len(heights) / box.rows)) if heights else 1
    spots, x = [], box.padding
    for start in range(0, len(heights), per_column):
        y = box.header + box.padding
        for height in heights[start : start + per_column]:
            spots.append((x, y))
            y += height + box.gap
        x += width + box.gap
    return spots


def _own_width(project: Project, element_id: int, needed: tuple[float, float] | None) -> float:
    width, _ = needed or needed_size(project, element_id)
    here = project.elements[element_id].__dict__
    return width if here["hug"] else max(width, here["w"])


def _keep_inside(project: Project, children: list[int], box: Box) -> None:
    """Shift the content as a whole where something stands left of or above the padding."""
    if not children:
        return
    here = {i: rect_of(project, i) for i in children}
    dx = max(0.0, box.padding - min(r.x for r in here.values()))
    dy = max(0.0, box.header + box.padding - min(r.y for r in here.values()))
    if dx >= EPS or dy >= EPS:
        project.arrange({i: r.moved(dx, dy) for i, r in here.items()})


def needed_size(project: Project, container_id: int) -> tuple[float, float]:
    """Width and height that hold the content of a container with its padding."""
    box, elements = project.kind(container_id).box, project.elements
    rows = [elements[child].__dict__ for child in drawn_children(project, container_id)]
    right = max((row["x"] + row["w"] for row in rows), default=0.0)
    bottom = max((row["y"] + row["h"] for row in rows), default=0.0)
    return max(box.min_w, right + box.padding), max(box.min_h, bottom + box.padding)


def holding(box: Box, content: Iterable[Rect]) -> tuple[float, float]:
    """Width and height of a container that fits its content."""
    width, height = box.min_w, box.min_h
    for x, y, w, h in content:
        width, height = max(width, x + w + box.padding), max(height, y + h + box.padding)
    return width, height


def _hugging(project: Project, element_id: int, needed: tuple[float, float]) -> tuple[float, float] | None:
    """The size that an element should have by the one its content needs, None when it has it or holds nothing."""
    here = project.elements[element_id].__dict__
    if not project.kind(element_id).container:
        return None
    width, height = needed
    if not here["hug"]:
        width, height = max(width, here["w"]), max(height, here["h"])
    if project.kind(here["parent"]).box.flow == "stack":
        width = max(width, here["w"])
    return (width, height) if _differs(here, width, height) else None


def fit(project: Project, container_id: int) -> None:
    """Fit one container to its content. Its siblings stay: for a caller who places them afterward."""
    size = _hugging(project, container_id, needed_size(project, container_id))
    if size is not None:
        here = rect_of(project, container_id)
        project.arrange({container_id: (here.x, here.y, *size)})


def _differs(here: Mapping[str, float], width: float, height: float) -> bool:
    return abs(here["w"] - width) >= EPS or abs(here["h"] - height) >= EPS


def resize(project: Project, element_id: int, width: float, height: float) -> None:
    """Give an element a size and let its siblings make room."""
    if _differs(project.elements[element_id].__dict__, width, height):
        resize_all(project, project.elements[element_id].parent, {element_id: (width, height)})


def resize_all(project: Project, parent_id: int, sizes: Mapping[int, tuple[float, float]]) -> None:
    """Give siblings their sizes and let the others make room, for all of them at once."""
    if not sizes:
        return
    before = {i: rect_of(project, i) for i in sizes}
    free = project.kind(parent_id).box.flow == "free"
    if len(sizes) == 1 or not free:
        project.arrange({i: (before[i].x, before[i].y, *size) for i, size in sizes.items()})
        if free:
            ((element_id, old),) = before.items()
            _make_room(project, parent_id, element_id, old)
        return
    siblings = {i: rect_of(project, i) for i in drawn_children(project, parent_id)}
    free = boxes.all_free(list(siblings.values()), ())
    project.arrange(boxes.making_room(siblings, sizes))
    if not free:
        for element_id in sizes:
            make_way(project, element_id)


def _make_room(project: Project, parent_id: int, element_id: int, before: Rect) -> None:
    """Shift what lies right of (then below) the old box by as much as it grew or shrank, as one block."""
    after = rect_of(project, element_id)
    others = [i for i in drawn_children(project, parent_id) if i != element_id]
    _shift(project, others, before, after.w - before.w, horizontal=True)
    _shift(project, others, before, after.h - before.h, horizontal=False)
    make_way(project, element_id)


def make_way(project: Project, element_id: int) -> None:
    """Move siblings that an element now covers to the nearest free place."""
    parent_id, here = project.elements[element_id].parent, rect_of(project, element_id)
    if project.kind(parent_id).box.flow != "free":
        return
    others = (i for i in drawn_children(project, parent_id) if i != element_id)
    give_way(project, parent_id, [i for i in others if rect_of(project, i).overlaps(here)])


def give_way(project: Project, parent_id: int, hit: Sequence[int]) -> None:
    """Let some children of a container go to the nearest free places; many of them go together."""
    if len(hit) > MOST_ONE_BY_ONE:
        rects = [rect_of(project, i) for i in hit]
        spots = free_spots(project, parent_id, rects, (rects[0].x, rects[0].y), frozenset(hit))
        project.arrange({i: (x, y, r.w, r.h) for i, (x, y), r in zip(hit, spots, rects)})
        return
    for place, child in enumerate(hit):
        box = rect_of(project, child)
        x, y = free_spot(project, parent_id, (box.w, box.h), (box.x, box.y), frozenset(hit[place:]))
        project.arrange({child: (x, y, box.w, box.h)})


MOST_ONE_BY_ONE = 16
"""More boxes than this are placed together."""


def _shift(project: Project, others: list[int], before: Rect, by: float, horizontal: bool) -> None:
    if abs(by) < EPS:
        return
    rects = {i: rect_of(project, i) for i in others}
    if horizontal:
        beyond = [i for i, box in rects.items() if box.x >= before.right - EPS]
        in_line = any(rects[i].y < before.bottom - EPS and rects[i].bottom > before.y + EPS for i in beyond)
    else:
        beyond = [i for i, box in rects.items() if box.y >= before.bottom - EPS]
        in_line = any(rects[i].x < before.right - EPS and rects[i].right > before.x + EPS for i in beyond)
    if not in_line:
        return
    moved = {i: rects[i].moved(by, 0.0) if horizontal else rects[i].moved(0.0, by) for i in beyond}
    if by < 0:
        bins = boxes.Bins(box for i, box in rects.items() if i not in moved)
        if not all(bins.free(new) for new in moved.values()):
            return
    project.arrange(moved)


def free_spot(
    project: Project,
    parent_id: int,
    size: tuple[float, float],
    wanted: tuple[float, float] | None = None,
    ignore: frozenset[int] = frozenset(),
) -> tuple[float, float]:
    """Left and top of a free place of a size in a container: the wanted one, the nearest to it, or the next free.

    Touching is not overlapping: the container's gap is kept.
    """
    box = project.kind(parent_id).box
    taken = [rect_of(project, i) for i in drawn_children(project, parent_id) if i not in ignore]
    origin = (box.padding, box.header + box.padding)
    is_root = parent_id == ROOT_ID
    if wanted is not None and not is_root:
        wanted = max(wanted[0], origin[0]), max(wanted[1], origin[1])
    if wanted is not None and _is_free(Rect(*wanted, *size), taken):
        return wanted
    spots = boxes.free_spots(taken, origin, box.gap, size)
    if not is_root:
        spots = spots[(spots[:, 0] >= origin[0] - EPS) & (spots[:, 1] >= origin[1] - EPS)]
    x, y = spots[:, 0], spots[:, 1]
    if wanted is not None:
        best = int(np.lexsort(((x - wanted[0]) ** 2 + (y - wanted[1]) ** 2,))[0])
    else:
        best = int(np.lexsort((x, y, *_growth(x, y, size, rect_of(project, parent_id), box.padding)))[0])
    return float(x[best]), float(y[best])


def free_spots(
    project: Project,
    parent_id: int,
    given: Sequence[Rect],
    wanted: tuple[float, float] | None = None,
    ignore: frozenset[int] = frozenset(),
) -> list[tuple[float, float]]:
    """Left and top of a free place for each of several boxes, which keep their arrangement; overlapping ones are set
    in rows. `wanted`: where the first one should go."""
    if not given:
        return []
    gap = project.kind(parent_id).box.gap
    if not boxes.all_free(given, ()):
        sizes = [(b.w, b.h) for b in given]
        given = [Rect(*spot, *size) for spot, size in zip(boxes.in_rows(sizes, gap, ROWS_SHAPE), sizes)]
    whole, first = boxes.around(given), given[0]
    if wanted is not None:
        block = [b.moved(wanted[0] - first.x, wanted[1] - first.y) for b in given]
        taken = [rect_of(project, i) for i in drawn_children(project, parent_id) if i not in ignore]
        if _inside(project, parent_id, block) and boxes.all_free(block, taken):
            return [(b.x, b.y) for b in block]
        wanted = wanted[0] - (first.x - whole.x), wanted[1] - (first.y - whole.y)
    left, top = free_spot(project, parent_id, (whole.w, whole.h), wanted, ignore)
    return [(b.x - whole.x + left, b.y - whole.y + top) for b in given]


def free_way(project: Project, ids: Sequence[int], by: tuple[float, float]) -> float:
    """How far elements can move along one axis, up to all of a distance, before one touches a sibling or the inside of
    its container; cells and stacked boxes change places in any case."""
    by_parent: dict[int, list[int]] = {}
    for element_id in ids:
        by_parent.setdefault(project.elements[element_id].parent, []).append(element_id)
    axis = 0 if by[0] else 1
    way = abs(by[axis])
    for parent_id, some in by_parent.items():
        box = project.kind(parent_id).box
        if box.flow != "free":
            continue
        moved, given = set(some), [rect_of(project, i) for i in some]
        taken = [rect_of(project, i) for i in drawn_children(project, parent_id) if i not in moved]
        way = min(way, boxes.free_way(given, taken, by))
        if by[axis] < 0 and parent_id != ROOT_ID:
            inside = box.padding + (box.header if axis else 0.0)
            way = min(way, max(min(one[axis] for one in given) - inside, 0.0))
    return way


def _inside(project: Project, parent_id: int, block: Sequence[Rect]) -> bool:
    """Whether no box of a block lies left of or above the inside of a container."""
    box = project.kind(parent_id).box
    left, top = box.padding, box.header + box.padding
    return parent_id == ROOT_ID or all(b.x >= left - EPS and b.y >= top - EPS for b in block)


def _is_free(spot: Rect, taken: list[Rect]) -> bool:
    return not any(spot.overlaps(box) for box in taken)


def _growth(x: Floats, y: Floats, size: tuple[float, float], here: Rect, padding: float) -> tuple[Floats, Floats]:
    """How a container would come out with a box at places, the surer key last: none is best, then the one nearest to a
    wide screen's shape."""
    width = np.maximum(here.w, x + size[0] + padding)
    height = np.maximum(here.h, y + size[1] + padding)
    same = (width <= here.w + EPS) & (height <= here.h + EPS)
    return np.where(same, 0.0, width * height), np.where(same, 0.0, np.maximum(width / 2.5, height))
