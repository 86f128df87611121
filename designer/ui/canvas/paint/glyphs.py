"""The silhouettes of states in cells: as dots on a grid, and from 13 px as they are everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPixmap

from designer.study.frames import ElementState
from designer.ui.canvas.paint.brush import GLYPH_PX, fill_rects
from designer.ui.parts.icons import draw_state

F = NDArray[np.float64]

FRAMED_PX, LARGEST_PX = 9.0, 10.0
"""The narrowest cell with a frame beside its silhouette, and the largest silhouette."""
GRIDS = {
    ElementState.RESTARTING: (". . # . .", ". # # # .", "# . # . #", ". . # . .", ". . # . ."),
    ElementState.WAITING: ("# # # # #", ". # . # .", ". . # . .", ". # . # .", "# # # # #"),
    ElementState.FAILED: (". . # . .", ". # # # .", "# # # # #", ". # # # .", ". . # . ."),
    ElementState.LOST: (". . # . .", ". # . # .", "# . . . #", ". # . # .", ". . # . ."),
    ElementState.MAINTENANCE: (". . . . .", "# # . # #", "# # . # #", "# # . # #", ". . . . ."),
    ElementState.OFF: (". . . . .", ". . . . .", "# # # # #", ". . . . .", ". . . . ."),
}
"""An arrow upward, an hourglass, a full and a hollow diamond, two blocks, a bar: no two have one outline."""
LOW_GRIDS = {
    ElementState.RESTARTING: (". . # . .", ". # # # .", "# # # # #"),
    ElementState.WAITING: ("# # # # #", ". . # . .", "# # # # #"),
    ElementState.FAILED: (". # # # .", "# # # # #", ". # # # ."),
    ElementState.LOST: (". # # # .", "# . . . #", ". # # # ."),
    ElementState.MAINTENANCE: ("# # . # #", "# # . # #", "# # . # #"),
    ElementState.OFF: (". . . . .", "# # # # #", ". . . . ."),
}
"""The same in three rows, for cells that are lower than five pixels."""


def dots_of(grid: tuple[str, ...]) -> F:
    """The dots of a small silhouette (column, row)."""
    dots = [(x, y) for y, line in enumerate(grid) for x, dot in enumerate(line.split()) if dot == "#"]
    return np.array(dots, np.float64).reshape(-1, 2)


def paint_glyphs(painter: QPainter, boxes: F, state: int, color: QColor) -> None:
    """Mark cells with the silhouette of their state, where it can be read; of smaller ones half
    is filled, and all of a failed one."""
    side = np.minimum(boxes[:, 2], boxes[:, 3])
    grid = ElementState(state if state != ElementState.REFUSED else ElementState.LOST)  # they share color and shape
    small = (side >= 5) & (side < GLYPH_PX - 1)
    low = (side < 5) & (boxes[:, 3] >= 3) & (boxes[:, 2] >= 5)
    _paint_dots(painter, boxes[small], GRIDS[grid], color)
    _paint_dots(painter, boxes[low], LOW_GRIDS[grid], color)
    tiny = boxes[(side < 5) & ~low]
    if state != ElementState.FAILED:
        tiny[:, 2] = np.ceil(tiny[:, 2] / 2)
    fill_rects(painter, tiny, color)
    large = boxes[side >= GLYPH_PX - 1]
    for size in np.unique(np.minimum(LARGEST_PX, large[:, 3] - 4)).tolist():
        alike = large[np.minimum(LARGEST_PX, large[:, 3] - 4) == size]
        corners = alike[:, :2] + (alike[:, 2:] - size) / 2
        _paint_stamps(painter, corners, size, state, color)


def _paint_dots(painter: QPainter, boxes: F, grid: tuple[str, ...], color: QColor) -> None:
    """Dots of whole pixels in the middle of each cell."""
    dots = dots_of(grid)
    if not boxes.shape[0] or not len(dots):
        return
    step = np.maximum(np.floor(np.minimum(boxes[:, 2] / 5, boxes[:, 3] / len(grid)) * 0.9), 1.0)[:, None]
    left_top = np.floor(boxes[:, :2] + (boxes[:, 2:] - step * (5, len(grid))) / 2)
    places = left_top[:, None, :] + dots[None, :, :] * step[:, None, :]
    sizes = np.broadcast_to(step[:, None, :], (*places.shape[:2], 2))
    fill_rects(painter, np.concatenate([places, sizes], axis=2).reshape(-1, 4), color)


def _paint_stamps(painter: QPainter, corners: F, size: float, state: int, color: QColor) -> None:
    """The silhouette at many places: on a screen it is drawn once and copied."""
    device = painter.device()
    engine = painter.paintEngine()
    if len(corners) < 20 or device is None or engine is None or engine.type() != QPaintEngine.Type.Raster:
        for left, top in corners.tolist():
            draw_state(painter, QRectF(left, top, size, size), state, color)
        return
    ratio = device.devicePixelRatioF()
    stamp = QPixmap(int(np.ceil(size * ratio)), int(np.ceil(size * ratio)))
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    drawing = QPainter(stamp)
    draw_state(drawing, QRectF(0, 0, size, size), state, color)
    drawing.end()
    for left, top in np.rint(corners).tolist():
        painter.drawPixmap(int(left), int(top), stamp)
