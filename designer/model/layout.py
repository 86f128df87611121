"""Where things stand: containers hug their content both ways, cells flow, siblings make room.

Called by commands inside their edit, so that every consequence is part of the same step of undo. Lengths are
drawing units; positions are relative to the parent's top left corner.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from designer.model.element import ROOT_ID
from designer.model.kind import Box
from designer.model.project import Project

EPS = 1e-6


@dataclass(frozen=True)
class Rect:
    """A box: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Bottom edge."""
        return self.y + self.h

    def overlaps(self, other: Rect, gap: float = 0.0) -> bool:
        """True when the two come closer than `gap`."""
        return (
            self.x < other.right + gap - EPS
            and other.x < self.right + gap - EPS
            and self.y < other.bottom + gap - EPS
            and other.y < self.bottom + gap - EPS
        )


def rect_of(project: Project, element_id: int) -> Rect:
    """The box of an element, relative to its parent."""
    held = project.elements[element_id].__dict__
    return Rect(held["x"], held["y"], held["w"], held["h"])


def absolute_rect(project: Project, element_id: int) -> Rect:
    """The box of an element in the drawing."""
    box = rect_of(project, element_id)
    x, y = box.x, box.y
    for above in project.ancestors(element_id):
        if above == ROOT_ID:
            break
        held = project.elements[above].__dict__
        x, y = x + held["x"], y + held["y"]
    return Rect(x, y, box.w, box.h)


def drawn_children(project: Project, element_id: int) -> list[int]:
    """Ids of the children that have a box on the canvas, in order; none have one in a leaf, such as a VM."""
    if not project.kind(element_id).container:
        return []
    return [i for i in project.children(element_id) if project.kind(i).drawn]


def size_in(project: Project, kind: str, parent_id: int) -> tuple[float, float]:
    """Width and height a new element of a kind gets in a parent."""
    above = project.kind(parent_id).box
    if above.flow == "grid":
        return above.cell
    box = project.kinds[kind].box
    return box.min_w, box.min_h


def settle(project: Project, container_ids: Iterable[int]) -> None:
    """Arrange the content of containers, let them and all above hug it, let siblings make room."""
    depth: dict[int, int] = {}
    for container_id in container_ids:
        chain = [container_id, *project.ancestors(container_id)]
        depth.update({element_id: above for above, element_id in enumerate(reversed(chain))})
    for element_id in sorted(depth, key=lambda i: -depth[i]):
        _arrange(project, element_id)
        if element_id != ROOT_ID:
            _hug(project, element_id)


def _arrange(project: Project, container_id: int) -> None:
    box = project.kind(container_id).box
    children = drawn_children(project, container_id)
    if box.flow == "grid":
        _flow_cells(project, children, box)
    elif box.flow == "stack":
        _flow_stack(project, children, box)
    elif box.flow == "free" and container_id != ROOT_ID:
        _keep_inside(project, children, box)


def _flow_cells(project: Project, children: list[int], box: Box) -> None:
    width, height = box.cell
    columns = columns_for(box, len(children))
    for place, child in enumerate(children):
        row, column = divmod(place, columns)
        x = box.padding + column * (width + box.gap)
        y = box.header + box.padding + row * (height + box.gap)
        _put(project, child, x, y, width, height)


def columns_for(box: Box, count: int) -> int:
    """How many cells stand side by side in a grid of `count` cells: the usual number, more when it gets tall."""
    return max(box.columns, math.ceil(math.sqrt(count * 2.2)) if count > 4 * box.columns else 0)


def _flow_stack(project: Project, children: list[int], box: Box) -> None:
    if not children:
        return
    per_column = math.ceil(len(children) / math.ceil(len(children) / box.rows))
    width = max(_own_width(project, i) for i in children)
    x = box.padding
    for start in range(0, len(children), per_column):
        y = box.header + box.padding
        for child in children[start : start + per_column]:
            height = project.elements[child].h
            _put(project, child, x, y, width, height)
            y += height + box.gap
        x += width + box.gap


def _own_width(project: Project, element_id: int) -> float:
    needed, _ = needed_size(project, element_id)
    here = project.elements[element_id]
    return needed if here.hug else max(needed, here.w)


def _keep_inside(project: Project, children: list[int], box: Box) -> None:
    """Shift the content as a whole where something stands left of or above the padding."""
    if not children:
        return
    left = min(project.elements[i].x for i in children)
    top = min(project.elements[i].y for i in children)
    dx, dy = max(0.0, box.padding - left), max(0.0, box.header + box.padding - top)
    if dx < EPS and dy < EPS:
        return
    for child in children:
        here = project.elements[child]
        project.set(child, x=here.x + dx, y=here.y + dy)


def _put(project: Project, element_id: int, x: float, y: float, w: float, h: float) -> None:
    here = project.elements[element_id].__dict__
    if here["x"] != x or here["y"] != y or here["w"] != w or here["h"] != h:
        project.set(element_id, x=x, y=y, w=w, h=h)


def needed_size(project: Project, container_id: int) -> tuple[float, float]:
    """Width and height that hold the content of a container with its padding."""
    box = project.kind(container_id).box
    width, height = box.min_w, box.min_h
    for child in drawn_children(project, container_id):
        here = rect_of(project, child)
        width, height = max(width, here.right + box.padding), max(height, here.bottom + box.padding)
    return width, height


def _hug(project: Project, element_id: int) -> None:
    here = project.elements[element_id]
    if not project.kind(element_id).container:
        return
    width, height = needed_size(project, element_id)
    if not here.hug:
        width, height = max(width, here.w), max(height, here.h)
    if project.kind(here.parent).box.flow == "stack":
        width = max(width, here.w)
    resize(project, element_id, width, height)


def resize(project: Project, element_id: int, width: float, height: float) -> None:
    """Give an element a size and let its siblings make room."""
    before = rect_of(project, element_id)
    if abs(before.w - width) < EPS and abs(before.h - height) < EPS:
        return
    project.set(element_id, w=width, h=height)
    parent_id = project.elements[element_id].parent
    if project.kind(parent_id).box.flow == "free":
        _make_room(project, parent_id, element_id, before)


def _make_room(project: Project, parent_id: int, element_id: int, before: Rect) -> None:
    """Shift what lies right of (then below) the old box by as much as it grew or shrank, as one block."""
    after = rect_of(project, element_id)
    others = [i for i in drawn_children(project, parent_id) if i != element_id]
    _shift(project, others, before, after.w - before.w, horizontal=True)
    _shift(project, others, before, after.h - before.h, horizontal=False)
    make_way(project, element_id)


def make_way(project: Project, element_id: int) -> None:
    """Let siblings on which an element has come to stand go to the nearest free place."""
    parent_id, here = project.elements[element_id].parent, rect_of(project, element_id)
    if project.kind(parent_id).box.flow != "free":
        return
    others = (i for i in drawn_children(project, parent_id) if i != element_id)
    hit = [i for i in others if rect_of(project, i).overlaps(here)]
    for place, child in enumerate(hit):
        box = rect_of(project, child)
        x, y = free_spot(project, parent_id, (box.w, box.h), (box.x, box.y), frozenset(hit[place:]))
        project.set(child, x=x, y=y)


def _shift(project: Project, others: list[int], before: Rect, by: float, horizontal: bool) -> None:
    if abs(by) < EPS:
        return
    boxes = {i: rect_of(project, i) for i in others}
    if horizontal:
        beyond = [i for i, box in boxes.items() if box.x >= before.right - EPS]
        in_line = any(boxes[i].y < before.bottom - EPS and boxes[i].bottom > before.y + EPS for i in beyond)
    else:
        beyond = [i for i, box in boxes.items() if box.y >= before.bottom - EPS]
        in_line = any(boxes[i].x < before.right - EPS and boxes[i].right > before.x + EPS for i in beyond)
    if not in_line:
        return
    moved = {i: _moved(boxes[i], by, horizontal) for i in beyond}
    stay = [box for i, box in boxes.items() if i not in moved]
    if by < 0 and any(new.overlaps(box) for new in moved.values() for box in stay):
        return
    for i, new in moved.items():
        project.set(i, x=new.x, y=new.y)


def _moved(box: Rect, by: float, horizontal: bool) -> Rect:
    return Rect(box.x + by, box.y, box.w, box.h) if horizontal else Rect(box.x, box.y + by, box.w, box.h)


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
    if wanted is not None and _is_free(Rect(*wanted, *size), taken, 0.0):
        return wanted
    spots = _candidates(taken, origin, box.gap, size)
    if is_root and wanted is None and taken:
        origin = min(r.x for r in taken), min(r.y for r in taken)
    free = [s for s in spots if _is_free(Rect(*s, *size), taken, box.gap)]
    if not is_root:
        free = [s for s in free if s[0] >= origin[0] - EPS and s[1] >= origin[1] - EPS]
    if wanted is not None:
        near = wanted
        return min(free, key=lambda s: (s[0] - near[0]) ** 2 + (s[1] - near[1]) ** 2)
    here = rect_of(project, parent_id)
    return min(free, key=lambda s: (*_growth(s, size, here, box.padding), s[1], s[0]))


def _is_free(spot: Rect, taken: list[Rect], gap: float) -> bool:
    return not any(spot.overlaps(box, gap) for box in taken)


def _candidates(
    taken: list[Rect], origin: tuple[float, float], gap: float, size: tuple[float, float]
) -> list[tuple[float, float]]:
    if not taken:
        return [origin]
    lefts = sorted({origin[0], *(r.x for r in taken), *(r.right + gap for r in taken)})
    tops = sorted({origin[1], *(r.y for r in taken), *(r.bottom + gap for r in taken)})
    if len(lefts) * len(tops) <= 2_500:
        return [(x, y) for y in tops for x in lefts]
    bottom, right = max(r.bottom for r in taken) + gap, max(r.right for r in taken) + gap
    return [(x, bottom) for x in lefts] + [(right, y) for y in tops]


def _growth(spot: tuple[float, float], size: tuple[float, float], here: Rect, padding: float) -> tuple[float, float]:
    """How the container would come out: none is best, then the one nearest to a wide screen's shape."""
    width = max(here.w, spot[0] + size[0] + padding)
    height = max(here.h, spot[1] + size[1] + padding)
    if width <= here.w + EPS and height <= here.h + EPS:
        return 0.0, 0.0
    return max(width / 2.5, height), width * height
