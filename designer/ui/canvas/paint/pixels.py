"""The boxes of a world in whole pixels, kept from one picture to the next."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QTransform

from designer.ui.canvas.world.world import World

F = NDArray[np.float64]


def pixels(world: World, view: QTransform) -> F:
    """All boxes in whole pixels (left, top, width, height), so that edges are sharp and gaps even."""
    return _sides(world, view).T


def _sides(world: World, view: QTransform) -> F:
    """The same, all left edges first, then all tops, widths and heights."""
    scale = view.m11()
    left, top = np.rint(world.x * scale + view.dx()), np.rint(world.y * scale + view.dy())
    right = np.rint((world.x + world.w) * scale + view.dx())
    bottom = np.rint((world.y + world.h) * scale + view.dy())
    return np.array([left, top, np.maximum(right - left, 1), np.maximum(bottom - top, 1)])


def boxes_at(left: F, top: F, width: F | float, height: F | float) -> F:
    """Boxes (left, top, width, height) of their sides; a number is that of all."""
    boxes = np.empty((left.size, 4))
    for n, side in enumerate((left, top, width, height)):
        boxes[:, n] = side
    return boxes


def edges_of(boxes: NDArray[np.float64]) -> NDArray[np.int32]:
    """Rectangles of whole pixels as Qt has them in memory: first and last pixels."""
    edges = np.empty((boxes.shape[0], 4), np.int32)
    edges[:, :2] = boxes[:, :2]
    edges[:, 2:] = boxes[:, :2] + boxes[:, 2:] - 1
    return edges


def _around(sides: F) -> QRect:
    """What is around all boxes (left edges, tops, widths, heights); of none it is empty."""
    left, top, width, height = sides
    first = QPoint(*(int(side.min(initial=2**30)) for side in (left, top)))
    ends = (left + width, top + height)
    return QRect(first, QPoint(*(int(side.max(initial=1 - 2**30)) - 1 for side in ends)))


class PixelBoxes:
    """Boxes in pixels: computed once for a scale, and moved along while the drawing is panned."""

    def __init__(self) -> None:
        self.made_for: tuple[object, ...] = ()
        """What differs when the boxes are others, or lie elsewhere by parts of a pixel."""
        self.moved: tuple[int, int] = (0, 0)
        """By how many pixels the boxes last asked for lie to the right of, and below, their edges."""
        self._home = self._boxes = np.zeros((4, 0))
        self.edges = np.zeros((0, 4), np.int32)
        """The boxes as Qt has rectangles of whole pixels in memory, first and last pixels; panning leaves them."""
        self.around = QRect()
        """What is around all edges."""

    def of(self, world: World, view: QTransform) -> F:
        """All boxes of a world as a transform shows them. Read them at once: the next picture moves them."""
        by = math.floor(view.dx()), math.floor(view.dy())
        rest = view.dx() - by[0], view.dy() - by[1]
        made_for = (id(world), id(world.project), world.version, view.m11(), rest)
        if made_for != self.made_for:
            self.made_for, self.moved = made_for, (0, 0)
            self._home = _sides(world, QTransform(view.m11(), 0, 0, view.m22(), *rest))
            self._boxes = self._home.copy()
            self.edges = edges_of(self._home.T)
            self.around = _around(self._home)
        if by != self.moved:
            self.moved = by
            for side, distance in enumerate(by):
                np.add(self._home[side], distance, out=self._boxes[side])
        return self._boxes.T
