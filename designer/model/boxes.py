"""Boxes as plain geometry: cells of a grid, rows of unequal boxes, free places, room for what grew.

Lengths are drawing units; every function costs at most n log n for n boxes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

EPS = 1e-6
FEW = 2_500
"""Most places between boxes that are tried for a new box; beyond them only those right of and below all boxes are."""

BOX_LIMITS = {"x": 1e6, "y": 1e6, "w": 1e6, "h": 1e6}
"""Farthest place and largest size of a box, drawing units: a design of 100,000 VMs takes some 20,000."""


def within(value: float, most: float) -> float:
    """The nearest number from minus to plus a limit."""
    return min(max(float(value), -most), most)


class Rect(NamedTuple):
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
        """Whether the two come closer than `gap`."""
        return (
            self.x < other.right + gap - EPS
            and other.x < self.right + gap - EPS
            and self.y < other.bottom + gap - EPS
            and other.y < self.bottom + gap - EPS
        )

    def moved(self, dx: float, dy: float) -> Rect:
        """The box elsewhere."""
        return Rect(self.x + dx, self.y + dy, self.w, self.h)


def around(boxes: Iterable[Rect]) -> Rect:
    """The smallest box that holds all of some (at least one)."""
    known = list(boxes)
    x, y = min(b.x for b in known), min(b.y for b in known)
    return Rect(x, y, max(b.right for b in known) - x, max(b.bottom for b in known) - y)


class Bins:
    """Boxes by the part of the plane they are in: only a few are compared with a new box."""

    MOST = 64
    """A box over more parts than this is always compared."""

    def __init__(self, boxes: Iterable[Rect], later: Sequence[Rect] = ()) -> None:
        """`later`: boxes like those that will be added or asked for, which say how large a part should be."""
        known = list(boxes)
        sides = sorted(max(b.w, b.h) for b in (*known, *later))
        self._side = max(sides[len(sides) // 2] if sides else 0.0, 1.0) * 2.0
        self._bins: dict[tuple[int, int], list[Rect]] = {}
        self._large: list[Rect] = []
        for box in known:
            self.add(box)

    def add(self, box: Rect) -> None:
        """Add a box."""
        bins = self._over(box)
        if bins is None:
            self._large.append(box)
            return
        for place in bins:
            self._bins.setdefault(place, []).append(box)

    def free(self, box: Rect) -> bool:
        """Whether no box overlaps this one."""
        bins = self._over(box)
        near = (b for place in bins for b in self._bins.get(place, ())) if bins is not None else self._all()
        return not any(box.overlaps(b) for b in near) and not any(box.overlaps(b) for b in self._large)

    def _all(self) -> Iterable[Rect]:
        return (b for known in self._bins.values() for b in known)

    def _over(self, box: Rect) -> list[tuple[int, int]] | None:
        left, right = math.floor(box.x / self._side), math.floor(box.right / self._side)
        top, bottom = math.floor(box.y / self._side), math.floor(box.bottom / self._side)
        if (right - left + 1) * (bottom - top + 1) > self.MOST:
            return None
        return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def cells(count: int, columns: int, cell: tuple[float, float], gap: float) -> list[tuple[float, float]]:
    """Left and top of each of `count` equal cells, row by row from (0, 0)."""
    wide, high = cell[0] + gap, cell[1] + gap
    return [(n % columns * wide, n // columns * high) for n in range(count)]


def in_rows(sizes: Sequence[tuple[float, float]], gap: float, shape: float) -> list[tuple[float, float]]:
    """Left and top of boxes set in rows from (0, 0), in their order; together about `shape` times as wide as high."""
    wide = math.sqrt(sum((w + gap) * (h + gap) for w, h in sizes) * shape)
    spots, x, y, high = [], 0.0, 0.0, 0.0
    for w, h in sizes:
        if x and x + w > wide:
            x, y, high = 0.0, y + high + gap, 0.0
        spots.append((x, y))
        x, high = x + w + gap, max(high, h)
    return spots


def all_free(boxes: Sequence[Rect], taken: Iterable[Rect]) -> bool:
    """Whether no box overlaps a taken one, nor another of them."""
    bins = Bins(taken, boxes)
    for box in boxes:
        if not bins.free(box):
            return False
        bins.add(box)
    return True


def free_way(boxes: Sequence[Rect], taken: Sequence[Rect], by: tuple[float, float]) -> float:
    """How far boxes can move together along one axis, up to all of a distance, until one touches a taken box."""
    axis, other = (0, 1) if by[0] else (1, 0)
    here, there = np.array(boxes)[:, None], np.array(taken).reshape(-1, 4)[None]  # each box with each taken one
    starts, ends = np.maximum(here, there), np.minimum(here + np.roll(here, -2, -1), there + np.roll(there, -2, -1))
    back, front = (there, here) if by[axis] > 0 else (here, there)
    gaps = back[..., axis] - front[..., axis] - front[..., axis + 2]
    ahead = gaps[(starts[..., other] < ends[..., other] - EPS) & (gaps > -EPS)]
    return min(max(float(ahead.min(initial=np.inf)), 0.0), abs(by[axis]))


def free_spots(taken: Sequence[Rect], origin: tuple[float, float], gap: float, size: tuple[float, float]) -> np.ndarray:
    """Places (n x 2: left, top) for a box of a size where it keeps the gap to all taken ones; never none."""
    if not taken:
        return np.array([origin])
    edges = np.array(taken)
    right, bottom = edges[:, 0] + edges[:, 2], edges[:, 1] + edges[:, 3]
    lefts = np.unique(np.concatenate(([origin[0]], edges[:, 0], right + gap)))
    tops = np.unique(np.concatenate(([origin[1]], edges[:, 1], bottom + gap)))
    beyond = np.concatenate(
        (
            np.column_stack((lefts, np.full(lefts.size, bottom.max() + gap))),
            np.column_stack((np.full(tops.size, right.max() + gap), tops)),
        )
    )
    if lefts.size * tops.size > FEW:
        return beyond  # further than the gap from everything
    x, y = (side.ravel() for side in np.meshgrid(lefts, tops))
    hit = np.zeros(x.size, np.bool_)
    for left, top, wide, high in taken:
        hit |= (
            (x < left + wide + gap - EPS)
            & (left < x + size[0] + gap - EPS)
            & (y < top + high + gap - EPS)
            & (top < y + size[1] + gap - EPS)
        )
    return np.concatenate((np.column_stack((x, y))[~hit], beyond))


def making_room(before: Mapping[int, Rect], sizes: Mapping[int, tuple[float, float]]) -> dict[int, Rect]:
    """All boxes (by id) after some got another size: what lies beyond a grown box moves on by as much, what lies
    beyond an emptied strip moves up. Boxes that did not overlap do not overlap then."""
    grown = {i: (sizes[i][0] - box.w, sizes[i][1] - box.h) if i in sizes else (0.0, 0.0) for i, box in before.items()}
    ids = list(before)
    dx = _shifts([(before[i].x, before[i].right, grown[i][0]) for i in ids])
    dy = _shifts([(before[i].y, before[i].bottom, grown[i][1]) for i in ids])
    return {
        i: Rect(before[i].x + dx[n], before[i].y + dy[n], before[i].w + grown[i][0], before[i].h + grown[i][1])
        for n, i in enumerate(ids)
    }


def _shifts(spans: Sequence[tuple[float, float, float]]) -> list[float]:
    """How far each span (from, to, growth) moves along its axis."""
    order = sorted(range(len(spans)), key=lambda n: spans[n][0])
    ends = sorted(range(len(spans)), key=lambda n: spans[n][1])
    shift, most, done = [0.0] * len(spans), 0.0, 0
    for n in order:
        while done < len(ends) and spans[ends[done]][1] <= spans[n][0] + EPS and ends[done] != n:
            most = max(most, shift[ends[done]] + max(spans[ends[done]][2], 0.0))
            done += 1
        shift[n] = most
    return _closed(spans, shift, order)


def _closed(spans: Sequence[tuple[float, float, float]], shift: list[float], order: Sequence[int]) -> list[float]:
    """The shifts, less the width of each strip that shrinking has emptied and nothing else covers."""
    closing, closed = 0.0, [0.0] * len(spans)
    before = after = spans[order[0]][0] + shift[order[0]] if order else 0.0  # how far the axis is covered
    for n in order:
        start, end, growth = spans[n][0] + shift[n], spans[n][1] + shift[n], spans[n][2]
        closing += max(0.0, start - after) - max(0.0, start - before)
        closed[n] = shift[n] - closing
        before, after = max(before, start, end + max(growth, 0.0)), max(after, start, end + growth)
    return closed
