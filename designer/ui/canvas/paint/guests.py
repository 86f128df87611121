"""Cells of VMs that a run has placed where the design has none of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.model import layout
from designer.model.kind import Box
from designer.study.frames import ElementState
from designer.ui.canvas.paint.brush import TILE, Brush, hatch
from designer.ui.canvas.paint.cells import paint_over, paint_state_cells, running_color
from designer.ui.canvas.paint.glyphs import FRAMED_PX
from designer.ui.canvas.world.live import Guest
from designer.ui.canvas.world.world import World

F = NDArray[np.float64]


def paint_guests(painter: QPainter, brush: Brush, shown: NDArray[np.bool_], boxes: F) -> None:
    """The guests of all containers that are shown and not collapsed."""
    live, world = brush.live, brush.world
    for row, guests in live.guests.items() if live is not None else ():
        box = world.project.kinds[world.kind_name(row)].box
        seen = shown[row] and row not in world.folded and box.flow == "grid"
        if seen and brush.level(box.cell[0], brush.scale) != TILE:
            _paint_in(painter, brush, row, QRectF(*boxes[row].tolist()), box, guests)


def _paint_in(painter: QPainter, brush: Brush, row: int, box: QRectF, grid: Box, guests: list[Guest]) -> None:
    """After the drawn cells, dashed. VMs without room are counted."""
    world, scale = brush.world, brush.scale
    cells, used = cells_beside(world, row, grid, len(guests))
    bottom = float(world.h[row]) - grid.padding + layout.EPS
    hidden = 0
    for guest, cell in zip(guests, cells[used:]):
        if cell.bottom > bottom:
            hidden += 1
            continue
        place = round(box.left() + cell.x * scale), round(box.top() + cell.y * scale)
        _paint_guest(painter, brush, QRectF(*place, round(cell.w * scale), round(cell.h * scale)), guest)
    if hidden:
        painter.setFont(brush.font("tile", scale)[0])
        painter.setPen(brush.theme.state("restarting"))
        corner = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        painter.drawText(box.adjusted(0, 0, -4, -2), corner, f"+{hidden}")


def cells_beside(world: World, row: int, grid: Box, more: int) -> tuple[list[layout.Rect], int]:
    """The cells of a container with more than are drawn in it, and how many are drawn: as many side by side as its
    width holds, unless those drawn have made room for the others."""
    drawn = world.children(row)
    used = drawn.size
    columns, cell = layout.grid_of(grid, used + more)
    if used and (float(world.w[drawn[0]]), float(world.h[drawn[0]])) != cell:
        cell = grid.cell
    if cell == grid.cell:
        columns = max(1, int((float(world.w[row]) - 2 * grid.padding + grid.gap) / (cell[0] + grid.gap)))
    return layout.cells_in(grid, used + more, columns, cell), used


def _paint_guest(painter: QPainter, brush: Brush, cell: QRectF, guest: Guest) -> None:
    theme, by_state = brush.theme, brush.live is not None and brush.live.shown.by_state
    place = np.array([[cell.left(), cell.top(), cell.width(), cell.height()]])
    if guest.state != ElementState.RUNNING:
        paint_state_cells(painter, theme, place, guest.state)
        return
    painter.fillRect(cell, running_color(theme) if by_state else theme.heat(guest.load))
    if np.isnan(guest.load) and not by_state:
        painter.fillRect(cell, hatch(theme))
    if min(cell.width(), cell.height()) >= FRAMED_PX:  # in a smaller one there is nothing but dashes
        pen = QPen(theme.color("text"), 1.0)
        pen.setDashPattern([2, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(cell.adjusted(0, 0, -1, -1))
    if guest.load > 1.0:
        paint_over(painter, theme, place)
