"""Boxes in boxes as arrays in depth-first order: what is at a point, in an area, in a box."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from designer.model.boxes import EPS

F = NDArray[np.float64]
Rows = NDArray[np.int64]


class Nested:
    """A row a box: left, top, width, height in drawing units, `parent` (-1: none), `end` (the row after what is in
    it). `version` is another number after each change."""

    ids: Rows
    x: F
    y: F
    w: NDArray[np.floating[Any]]
    h: NDArray[np.floating[Any]]
    parent: NDArray[np.int32]
    end: NDArray[np.int32]

    def __init__(self) -> None:
        self.version = 0
        self._sorted_for: NDArray[np.int32] | None = None
        self._sticks_out: tuple[int, bool] = (-1, False)
        self._bounds: tuple[int, QRectF] = (-1, QRectF())

    def rect(self, row: int) -> QRectF:
        """The box of a row in the drawing."""
        return QRectF(self.x[row], self.y[row], float(self.w[row]), float(self.h[row]))

    def bounds(self) -> QRectF:
        """The box around everything; empty when there is nothing."""
        if self._bounds[0] != self.version:
            self._bounds = self.version, self._around(np.flatnonzero(self.parent < 0))
        return QRectF(self._bounds[1])

    def _around(self, rows: Rows) -> QRectF:
        if not rows.size:
            return QRectF()
        x, y = self.x[rows], self.y[rows]
        left, top = float(x.min()), float(y.min())
        return QRectF(left, top, float((x + self.w[rows]).max()) - left, float((y + self.h[rows]).max()) - top)

    def visible(self, area: QRectF) -> NDArray[np.bool_]:
        """Which rows meet an area."""
        if not self._sticking() and area.contains(self.bounds()):
            return np.ones(self.ids.size, np.bool_)
        meets: NDArray[np.bool_] = (
            (self.x < area.right())
            & (self.x + self.w > area.left())
            & (self.y < area.bottom())
            & (self.y + self.h > area.top())
        )
        return meets

    def meets(self, area: QRectF, inside: QRectF) -> bool:
        """Whether a box lies in an area or reaches into it, but for those that hold all of it, or all of `inside`."""
        some = self.visible(area)
        x, y = self.x[some], self.y[some]
        right, bottom = x + self.w[some], y + self.h[some]
        apart = np.zeros(x.size, np.bool_)
        for held in (area, inside):
            apart |= (x <= held.left()) & (right >= held.right()) & (y <= held.top()) & (bottom >= held.bottom())
        return not bool(apart.all())

    def at(self, x: float, y: float, without: NDArray[np.bool_] | None = None) -> int:
        """The innermost row at a point, -1 where there is none."""
        row = -1
        while True:
            rows = self._beneath(row)
            in_line = rows.size > 0 and rows[-1] - rows[0] == rows.size - 1  # as cells are
            some = slice(int(rows[0]), int(rows[-1]) + 1) if in_line else rows
            left, top = self.x[some], self.y[some]
            hit = (left <= x) & (x < left + self.w[some]) & (top <= y) & (y < top + self.h[some])
            if without is not None:
                hit &= ~without[some]
            found = np.flatnonzero(hit)
            if not found.size:
                return row
            row = int(rows[found[-1]])
            if self.end[row] == row + 1 or self._sticking():
                return row

    def _beneath(self, row: int) -> Rows:
        """Where to look for what is at a point in a row: at its children, or at everything."""
        return np.arange(self.ids.size) if row < 0 and self._sticking() else self.children(row)

    def _sticking(self) -> bool:
        """Whether something sticks out of what it stands in."""
        if self._sticks_out[0] != self.version:
            rows = np.flatnonzero(self.parent >= 0)
            above = self.parent[rows]
            out = (self.x[rows] < self.x[above] - EPS) | (self.y[rows] < self.y[above] - EPS)
            out |= self.x[rows] + self.w[rows] > self.x[above] + self.w[above] + EPS
            out |= self.y[rows] + self.h[rows] > self.y[above] + self.h[above] + EPS
            self._sticks_out = self.version, bool(out.any())
        return self._sticks_out[1]

    def inside(self, area: QRectF) -> Rows:
        """The outermost rows that lie wholly in an area."""
        left, top, right, bottom = area.left(), area.top(), area.right(), area.bottom()
        found: list[Rows] = []
        rows = self.children(-1)
        everything = self._sticking()
        if everything:
            rows = np.arange(self.ids.size)
        while rows.size:
            x, y = self.x[rows], self.y[rows]
            x_end, y_end = x + self.w[rows], y + self.h[rows]
            within = (x >= left) & (x_end <= right) & (y >= top) & (y_end <= bottom)
            if everything:
                above = self.parent
                nested = within & (above >= 0) & within[np.maximum(above, 0)]
                return np.flatnonzero(within & ~nested)
            found.append(rows[within])
            meets = ~within & (x <= right) & (x_end >= left) & (y <= bottom) & (y_end >= top)
            rows = self._children_of_all(rows[meets])
        return np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def _children_of_all(self, rows: Rows) -> Rows:
        """The children of some rows, one after the other."""
        self.children(-1)
        starts, stops = self._starts[rows + 1], self._starts[rows + 2]
        counts = stops - starts
        offsets = np.repeat(stops - np.cumsum(counts), counts)
        children: Rows = self._by_parent[offsets + np.arange(offsets.size)]
        return children

    def subtree(self, row: int) -> slice:
        """The rows of an element and all that stands in it."""
        return slice(row, int(self.end[row]))

    def children(self, row: int) -> Rows:
        """The rows of what stands in a row (-1: in the design), in order."""
        if self._sorted_for is not self.parent:
            self._sorted_for = self.parent
            self._by_parent = np.argsort(self.parent, kind="stable")
            self._starts = np.searchsorted(self.parent[self._by_parent], np.arange(-1, self.parent.size + 1))
        return self._by_parent[self._starts[row + 1] : self._starts[row + 2]]

    def relative(self) -> F:
        """The boxes of all rows relative to what they stand in (left, top, width, height), to a millionth."""
        inner, above = self.parent >= 0, self.parent
        left = self.x - np.where(inner, self.x[above], 0.0)
        top = self.y - np.where(inner, self.y[above], 0.0)
        return np.stack([left, top, self.w, self.h], axis=1).round(6)
