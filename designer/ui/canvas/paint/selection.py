"""Which outlines show a large selection so that the colors of the selected stay visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QTransform

from designer.commands.arrange import group
from designer.ui.canvas.paint.pixels import pixels
from designer.ui.canvas.world.world import World

FEW = 50
"""Most selected elements that have an outline each, however small they are."""
LEAST_PX, THIN_PX, NEAR_PX = 6.0, 14.0, 30.0
"""Of many, boxes narrower than the first share an outline; narrower than the second they have a thin one, and narrower
than the third one that lies close."""


@dataclass
class Selected:
    """What of the selection a world shows, wherever one looks: rows, those of them that are locked, and groups by
    name; `beside`: the ids of the world's rows."""

    beside: NDArray[np.int64]
    rows: NDArray[np.int64]
    locked: NDArray[np.int64]
    groups: list[tuple[str, list[int]]]

    @property
    def only(self) -> int | None:
        """The row, where there is one."""
        return int(self.rows[0]) if self.rows.size == 1 else None


def selected_in(world: World, ids: Sequence[int]) -> Selected:
    """What a world shows of some elements; the rows and the selection may hear of a change later than the design."""
    elements = world.project.elements
    chosen = [i for i in ids if i in elements]
    rows = world.rows_of(np.array(chosen, np.int64))
    locked = np.array([elements[i].__dict__["locked"] for i in chosen], np.bool_)
    return Selected(world.ids, rows[rows >= 0], rows[(rows >= 0) & locked], group.groups_in(world.project, chosen))


def outlines_of(world: World, rows: NDArray[np.int64], view: QTransform, area: QRectF) -> list[QRectF]:
    """The boxes in a window to outline for selected rows, `area` is what of it is seen where there are many."""
    if rows.size > FEW:
        return outlines_of_many(world, rows, view, area)
    return [view.mapRect(world.rect(row)) for row in rows.tolist()]


def outlines_of_many(world: World, rows: NDArray[np.int64], view: QTransform, area: QRectF) -> list[QRectF]:
    """The boxes in an area of the window to outline for a selection of many; those too small for a line of their own
    have one around all that are selected in the same container."""
    boxes = pixels(world, view)[rows]
    ends = boxes[:, :2] + boxes[:, 2:]
    seen = (boxes[:, 0] <= area.right()) & (ends[:, 0] >= area.left())
    seen &= (boxes[:, 1] <= area.bottom()) & (ends[:, 1] >= area.top())
    small = seen & (world.w[rows] * view.m11() < LEAST_PX)  # not rounded: cells side by side are outlined alike
    large = boxes[seen & ~small]
    parents = world.parent[rows[small]]
    order = np.argsort(parents, kind="stable")
    first = np.flatnonzero(np.diff(parents[order], prepend=-2))
    if not first.size:
        return [QRectF(*box) for box in large.tolist()]
    low = np.minimum.reduceat(boxes[small, :2][order], first)
    high = np.maximum.reduceat(ends[small][order], first)
    return [QRectF(*box) for box in (*large.tolist(), *np.hstack([low, high - low]).tolist())]


def selection_line(width_px: float) -> tuple[int, float]:
    """How wide the line is around a selected box of a width on the screen, and how far outside of it the line lies."""
    return 1 if width_px < THIN_PX else 2, 3.0 if width_px > NEAR_PX else 1.0
