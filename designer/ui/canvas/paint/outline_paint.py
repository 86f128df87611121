"""Painting sets: dashed outlines with names on them, badges on cells, members of what is selected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.ui.canvas.paint.brush import Brush, draw_rects
from designer.ui.canvas.paint.labels import bordered, covers, hard_boxes
from designer.ui.canvas.world.outlines import SetOutline

F = NDArray[np.float64]
Hard = tuple[F, F]
"""Boxes in pixels that no name should hide, and what a square pixel of each costs."""

SMALLEST_PX, BADGE_PX, SMALLEST_CELL_PX = 14.0, 5.0, 14.0
PARTS, BETWEEN = (0.0, 0.5, 0.25, 0.75, 1.0), (0.6, 0.5, 0.75, 0.25, 1.0, 0.0)
"""Places on a line that are tried for a name, as parts of its length: where one is free, and where none is."""
OUTSIDE_PX, ON_LINE_PX = 1.0, 4.0
"""How far a name stands outside of its outline; how far it stands in it where there is no room outside."""
BORDER_COST = 4.0
"""So much more than of a header is lost where a name cuts the border of a single thing."""
NAME_SCALE = 0.45
"""Below this scale outlines have no names."""


def paint_outlines(painter: QPainter, brush: Brush, boxes: F) -> None:
    """Paint the outlines and badges of the shown layers; `boxes` are all boxes in pixels."""
    sets = brush.outlines
    sets.plates = []
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    hard = hard_boxes(brush) if sets.outlines else boxes[:0]
    cost = np.where(bordered(brush), BORDER_COST, 1.0) if sets.outlines else hard[:, 0]
    for outline in sets.outlines:
        if outline.layer in brush.layers and not _is_down(brush, outline) and is_here(brush, outline):
            _paint_outline(painter, brush, outline, (hard, cost))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_badges(painter, brush, boxes)
    _mark_members(painter, brush, boxes)


def _is_down(brush: Brush, outline: SetOutline) -> bool:
    return brush.live is not None and outline.holder >= 0 and bool(brush.live.down[outline.holder])


def is_here(brush: Brush, outline: SetOutline) -> bool:
    """Whether most of what an outline goes around is in the picture: it follows what is dragged."""
    return 2 * int(brush.are_hidden(outline.rows).sum()) < outline.rows.size


def _paint_outline(painter: QPainter, brush: Brush, outline: SetOutline, hard: Hard) -> None:
    left, top, right, bottom = outline.box
    dx, dy = brush.offset
    box = QRectF(round(left * brush.scale + dx), round(top * brush.scale + dy), 0, 0)
    box.setRight(round(right * brush.scale + dx))
    box.setBottom(round(bottom * brush.scale + dy))
    if min(box.width(), box.height()) < SMALLEST_PX or not box.intersects(QRectF(painter.viewport())):
        return
    color = ink(brush, outline.row)
    chosen = int(brush.world.ids[outline.row]) in brush.outlines.focus
    pen = QPen(color, 2.0 if chosen else 1.5)
    pen.setDashPattern([3, 2])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    if outline.named and brush.scale >= NAME_SCALE:
        _paint_name(painter, brush, outline, box, hard)


def ink(brush: Brush, row: int) -> QColor:
    """The color of a set's outline."""
    return brush.theme.kind(brush.world.kind_name(row)).ink


def _paint_name(painter: QPainter, brush: Brush, outline: SetOutline, box: QRectF, hard: Hard) -> None:
    """The set's name on a plate in the upper line of its outline."""
    world = brush.world
    element = world.project.elements[int(world.ids[outline.row])]
    font, measures = brush.font("secondary", brush.scale)
    said = world.project.kinds[element.kind].words(world.project, element)
    width = box.width() - 24
    if width < 24:
        return
    text = f"{element.name}  {said}"
    plate = _place(box, QSizeF(measures.horizontalAdvance(text) + 8, measures.height() + 1), hard)
    if not said or measures.horizontalAdvance(text) >= width or covers(plate, hard[0]):  # its box says the rest
        text = measures.elidedText(element.name, Qt.TextElideMode.ElideMiddle, width)
        plate = _place(box, QSizeF(measures.horizontalAdvance(text) + 8, measures.height() + 1), hard)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush.theme.color("container"))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setFont(font)
    painter.setPen(ink(brush, outline.row))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)
    brush.outlines.plates.append((plate, int(world.ids[outline.row])))


def _place(box: QRectF, size: QSizeF, hard: Hard) -> QRectF:
    """Where a name stands at its outline: above or below it, else on its upper line or the lower one, where it hides
    nothing, or least.

    Of places that hide as much those between the beginning and the end of the line come first: headers have their
    names and letters there.
    """
    width = box.width() - size.width() - 20

    def plates(parts: Sequence[float], by: float) -> list[QRectF]:
        lines = round(box.top() - size.height() - by), round(box.bottom() + by)
        return [QRectF(QPointF(box.left() + 10 + width * part, y), size) for y in lines for part in parts]

    for by in (OUTSIDE_PX, -ON_LINE_PX):
        free = next((plate for plate in plates(PARTS, by) if not covers(plate, hard[0])), None)
        if free is not None:
            return free
    return min(plates(BETWEEN, -ON_LINE_PX), key=lambda plate: _hidden(plate, *hard))


def _hidden(plate: QRectF, hard: F, cost: F) -> float:
    """How much of some boxes (left, top, right, bottom) a plate would hide: square pixels at the cost of each box."""
    wide = np.minimum(hard[:, 2], plate.right()) - np.maximum(hard[:, 0], plate.left())
    high = np.minimum(hard[:, 3], plate.bottom()) - np.maximum(hard[:, 1], plate.top())
    return float((np.maximum(wide, 0.0) * np.maximum(high, 0.0) * cost).sum())


def badge_color(brush: Brush, row: int) -> QColor | None:
    """The color of a set's badges, or None when it has none."""
    number = brush.outlines.number.get(row)
    return brush.theme.series(number) if number is not None else None


def paint_badge(painter: QPainter, brush: Brush, box: QRectF, color: QColor) -> None:
    """A small square with a light edge, to be seen on any color."""
    painter.fillRect(box.adjusted(-1, -1, 1, 1), brush.theme.color("container"))
    painter.fillRect(box, color)


def beside_badges(brush: Brush, row: int, line: QRectF, box: QRectF, high: float) -> QRectF:
    """A line of text in a cell, of letters so high: right of the badges of the cell where it is as low as they are."""
    sets = brush.outlines
    count = sum(sets.sets[owner].layer in brush.layers for owner in sets.badges.get(row, ()))
    if not count or line.center().y() + high / 2 <= box.bottom() - BADGE_PX - 3:
        return line
    return line.adjusted(max(box.left() + 3 + count * (BADGE_PX + 2) - line.left(), 0.0), 0, 0, 0)


def _paint_badges(painter: QPainter, brush: Brush, boxes: F) -> None:
    """Squares in the colors of its sets at the lower left of each scattered member that is large enough."""
    sets, view = brush.outlines, painter.viewport()
    if not sets.badges:
        return
    rows = sets.badged
    seen = boxes[rows, 2] >= SMALLEST_CELL_PX
    seen &= (boxes[rows, 0] < view.width()) & (boxes[rows, 0] + boxes[rows, 2] > 0)
    seen &= (boxes[rows, 1] < view.height()) & (boxes[rows, 1] + boxes[rows, 3] > 0)
    for row in rows[seen].tolist():
        if brush.is_hidden(row):
            continue
        left, bottom = boxes[row, 0] + 2, boxes[row, 1] + boxes[row, 3] - BADGE_PX - 2
        for owner in sets.badges[row]:
            if sets.sets[owner].layer in brush.layers:
                color = badge_color(brush, owner)
                assert color is not None
                paint_badge(painter, brush, QRectF(left, bottom, BADGE_PX, BADGE_PX), color)
                left += BADGE_PX + 2


def _mark_members(painter: QPainter, brush: Brush, boxes: F) -> None:
    """A line around each member of a set that is selected."""
    sets, world = brush.outlines, brush.world
    for chosen in sets.sets.values():
        if int(world.ids[chosen.row]) not in sets.focus:
            continue
        painter.setPen(QPen(ink(brush, chosen.row), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        rows = np.array([*chosen.members, *chosen.inner], np.int64)
        rows = rows[(boxes[rows, 2] >= 3) & ~brush.are_hidden(rows)]
        if rows.size:
            draw_rects(painter, boxes[rows] + np.array([0.0, 0.0, -1.0, -1.0]))
