"""Alignment as plain geometry: aligned edges, equal gaps, and where a dragged box snaps. Lengths are drawing units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from designer.model.boxes import EPS, Rect, around

Edge = Literal["left", "center", "right", "top", "middle", "bottom"]
LEVEL: frozenset[str] = frozenset(("left", "center", "right"))
"""The edges that lie on a vertical line: boxes move sideways to share it."""
AT = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}
"""Where on its side a box has each edge, as a part of the side."""


@dataclass(frozen=True)
class Line:
    """A guide from one point to another; `gap`: it measures one of several equal gaps."""

    x1: float
    y1: float
    x2: float
    y2: float
    gap: bool = False


@dataclass(frozen=True)
class Snap:
    """How far a box moves to snap, and the guides that say to what."""

    dx: float = 0.0
    dy: float = 0.0
    lines: tuple[Line, ...] = ()


def flipped(box: Rect) -> Rect:
    """The box with its axes exchanged."""
    return Rect(box.y, box.x, box.h, box.w)


def aligned(boxes: Sequence[Rect], edge: Edge, gap: float) -> list[Rect]:
    """Boxes that share an edge or center, in the given order. Boxes that would overlap then move on along the line."""
    if not boxes:
        return []
    if edge not in LEVEL:
        turned: dict[str, Edge] = {"top": "left", "middle": "center", "bottom": "right"}
        return [flipped(b) for b in aligned([flipped(b) for b in boxes], turned[edge], gap)]
    whole, part = around(boxes), AT[edge]
    line = whole.x + whole.w * part
    placed: dict[int, Rect] = {}
    y = whole.y
    for n in sorted(range(len(boxes)), key=lambda n: (boxes[n].y, boxes[n].x, n)):
        box = boxes[n]
        top = box.y if not placed or box.y >= y - gap - EPS else y
        placed[n] = Rect(line - box.w * part, top, box.w, box.h)
        y = max(y, placed[n].bottom + gap)
    return [placed[n] for n in range(len(boxes))]


def distributed(boxes: Sequence[Rect], across: bool, gap: float) -> list[Rect]:
    """Boxes with equal gaps from the first to the last along one axis (`across`: horizontal), in the given order.

    Where there is too little room for gaps of `gap`, the last ones move on.
    """
    if not across:
        return [flipped(b) for b in distributed([flipped(b) for b in boxes], True, gap)]
    if len(boxes) < 3:
        return list(boxes)
    order = sorted(range(len(boxes)), key=lambda n: (boxes[n].x + boxes[n].w / 2, boxes[n].y, n))
    first, last = boxes[order[0]], boxes[order[-1]]
    room = last.right - first.x - sum(b.w for b in boxes)
    between = max(room / (len(boxes) - 1), gap)
    placed, x = list(boxes), first.x
    for n in order:
        placed[n] = Rect(x, boxes[n].y, boxes[n].w, boxes[n].h)
        x += boxes[n].w + between
    return placed


# -- snapping


@dataclass
class _Best:
    """The nearest snap along one axis: how far, and what it meets."""

    reach: float
    by: float = 0.0
    found: bool = False
    lines: list[Line] = field(default_factory=list)

    def offer(self, by: float, line: Line | None) -> None:
        """Take a snap that is nearer than the best one; keep its guide beside those of equal ones."""
        if abs(by) > self.reach + EPS:
            return
        if not self.found or abs(by) < abs(self.by) - EPS:
            self.by, self.found, self.lines = by, True, []
        if line is not None and abs(by - self.by) < EPS:
            self.lines.append(line)


def snap(box: Rect, others: Sequence[Rect], reach: float) -> Snap:
    """How far a dragged box moves so that an edge, a center or a gap equals that of its neighbors; at most `reach`."""
    dx, across = _snapped(box, others, reach, tuple(AT[e] for e in ("left", "center", "right")))
    turned = [flipped(b) for b in others]
    dy, upward = _snapped(flipped(box), turned, reach, (0.0, 0.5, 1.0))
    there = box.moved(dx, dy)
    lines = [*_touching(across, there), *(_turned(line) for line in _touching(upward, flipped(there)))]
    return Snap(dx, dy, tuple(dict.fromkeys(lines)))


def snap_edges(box: Rect, handle: str, others: Sequence[Rect], reach: float) -> Snap:
    """How far the dragged edges of a box (`handle`: letters of n, e, s, w) move to snap, and the guides."""
    dx, across = _snapped_side(box, others, reach, "w" in handle, "e" in handle)
    turned = [flipped(b) for b in others]
    dy, upward = _snapped_side(flipped(box), turned, reach, "n" in handle, "s" in handle)
    left, right = box.x + dx * ("w" in handle), box.right + dx * ("e" in handle)
    top, bottom = box.y + dy * ("n" in handle), box.bottom + dy * ("s" in handle)
    there = Rect(left, top, right - left, bottom - top)
    lines = [*_touching(across, there), *(_turned(line) for line in _touching(upward, flipped(there)))]
    return Snap(dx, dy, tuple(dict.fromkeys(lines)))


def _snapped_side(box: Rect, others: Sequence[Rect], reach: float, low: bool, high: bool) -> tuple[float, list[Line]]:
    """Snap one dragged side to the sides of others, or so that the box is as wide as another."""
    best = _Best(reach)
    if low == high:
        return 0.0, []
    edge = box.x if low else box.right
    for other in others:
        for at in (other.x, other.right):
            best.offer(at - edge, _upright(at, box, other))
        by = box.right - other.w - edge if low else box.x + other.w - edge
        best.offer(by, Line(other.x, other.y + other.h / 2, other.right, other.y + other.h / 2, True))
    return best.by, best.lines


def _snapped(box: Rect, others: Sequence[Rect], reach: float, parts: Sequence[float]) -> tuple[float, list[Line]]:
    """Snap a box sideways: to an edge or center of another, or to an equal gap in its row."""
    best = _Best(reach)
    for other in others:
        for part in parts:
            at = other.x + other.w * part
            for own in parts if part != 0.5 else (0.5,):
                if own != 0.5 or part == 0.5:
                    best.offer(at - box.x - box.w * own, _upright(at, box, other))
    for by, lines in _equal_gaps(box, others):
        best.offer(by, None)
        if best.found and abs(by - best.by) < EPS:
            best.lines += lines
    return best.by, _without_center(best.lines, box.x + best.by, box.w)


def _without_center(lines: list[Line], left: float, width: float) -> list[Line]:
    """Guides without those through the center of a box where both its edges have one: they would only cross out its
    name."""
    upright = [line.x1 for line in lines if line.x1 == line.x2]
    both = all(any(abs(x - edge) < EPS for x in upright) for edge in (left, left + width))
    middle = left + width / 2
    return [line for line in lines if not (both and line.x1 == line.x2 and abs(line.x1 - middle) < EPS)]


def _upright(x: float, box: Rect, other: Rect) -> Line:
    return Line(x, min(box.y, other.y), x, max(box.bottom, other.bottom))


def _equal_gaps(box: Rect, others: Sequence[Rect]) -> Iterator[tuple[float, list[Line]]]:
    """How far a box would move for a gap that its row has already, with the gaps as guides."""
    row = sorted((b for b in others if b.y < box.bottom - EPS and box.y < b.bottom - EPS), key=lambda b: b.x)
    middle = box.x + box.w / 2
    left = [b for b in row if b.right <= middle]
    right = [b for b in row if b.x >= middle]
    if left and right:
        one, two = max(left, key=lambda b: b.right), right[0]
        gap = (two.x - one.right - box.w) / 2
        if gap > EPS:
            yield one.right + gap - box.x, _measured(box, [(one.right, one.right + gap), (two.x - gap, two.x)])
    if len(left) > 1:
        one, two = left[-2], left[-1]
        gap = two.x - one.right
        if gap > EPS:
            yield two.right + gap - box.x, _measured(box, [(one.right, two.x), (two.right, two.right + gap)])
    if len(right) > 1:
        one, two = right[0], right[1]
        gap = two.x - one.right
        if gap > EPS:
            yield one.x - gap - box.right, _measured(box, [(one.right, two.x), (one.x - gap, one.x)])


def _measured(box: Rect, gaps: Sequence[tuple[float, float]]) -> list[Line]:
    y = box.y + box.h / 2
    return [Line(x1, y, x2, y, True) for x1, x2 in gaps]


def _touching(lines: Sequence[Line], box: Rect) -> Iterator[Line]:
    """The guides of one axis, made to reach the box where it now stands; one a line."""
    longest: dict[float, Line] = {}
    for line in lines:
        if line.gap:
            yield line
            continue
        known = longest.get(line.x1, line)
        low = min(known.y1, line.y1, box.y)
        longest[line.x1] = Line(line.x1, low, line.x1, max(known.y2, line.y2, box.bottom))
    yield from longest.values()


def _turned(line: Line) -> Line:
    return Line(line.y1, line.x1, line.y2, line.x2, line.gap)
