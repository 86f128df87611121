"""Which outlines show a large selection so that the colors of the selected stay visible."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPen, QTransform

from designer.ui.canvas.paint.pixels import pixels
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme

FEW = 50
"""Up to so many selected elements have an outline each, however small they are."""
LEAST_PX, THIN_PX, NEAR_PX = 6.0, 14.0, 30.0
"""Of many, boxes narrower than the first share an outline; narrower than the second they have a thin one, and narrower
than the third one that lies close."""


def outlines_of_many(world: World, rows: Sequence[int], view: QTransform, area: QRectF) -> list[QRectF]:
    """The boxes in an area of the window to outline for a selection of many; those too small for a line of their own
    have one around all that are selected in the same container."""
    chosen = np.array(rows, np.int64)
    boxes = pixels(world, view)[chosen]
    ends = boxes[:, :2] + boxes[:, 2:]
    seen = (boxes[:, 0] <= area.right()) & (ends[:, 0] >= area.left())
    seen &= (boxes[:, 1] <= area.bottom()) & (ends[:, 1] >= area.top())
    small = seen & (world.w[chosen] * view.m11() < LEAST_PX)  # not rounded: cells side by side are outlined alike
    parents, group = np.unique(world.parent[chosen[small]], return_inverse=True)
    low, high = np.full((parents.size, 2), np.inf), np.full((parents.size, 2), -np.inf)
    np.minimum.at(low, group, boxes[small, :2])
    np.maximum.at(high, group, ends[small])
    large = boxes[seen & ~small]
    return [QRectF(*box) for box in (*large.tolist(), *np.hstack([low, high - low]).tolist())]


def selection_pen(theme: Theme, width_px: float) -> tuple[QPen, float]:
    """The line around a selected box of a width on the screen, and how far outside of it the line lies."""
    thin = width_px < THIN_PX
    return QPen(theme.color("selection"), 1 if thin else 2), 3.0 if width_px > NEAR_PX else 1.0
