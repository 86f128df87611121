"""Painting sets: dashed outlines with names on them, badges on cells, members of what is selected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.ui.canvas.paint.brush import DETAIL, Brush, draw_rects
from designer.ui.canvas.paint.labels import bordered, covers, hard_boxes, lower_borders
from designer.ui.canvas.world.outlines import SetOutline

F = NDArray[np.float64]
Hard = tuple[F, F, int]
"""Boxes in pixels that no name should hide, what a square pixel of each costs, and how many are no borders."""

SMALLEST_PX, BADGE_PX, SMALLEST_CELL_PX = 14.0, 5.0, 14.0
PARTS, BETWEEN = (0.0, 0.5, 0.25, 0.75, 1.0), (0.6, 0.5, 0.75, 0.25, 1.0, 0.0)
"""Places on a line that are tried for a name, as parts of its length: where one is free, and where none is."""
OUTSIDE_PX, ON_LINE_PX = 1.0, 4.0
"""How far a name stands outside of its outline; how far it stands in it where there is no room outside."""
BORDER_COST = 4.0
"""How much more a cut through the border of a single thing costs than one through a header."""
INKED = 0.78
"""The part of a line of text that letters fill."""
NAME_SCALE = 0.45
"""Below this scale outlines have no names."""


def paint_outlines(painter: QPainter, brush: Brush, boxes: F) -> None:
    """Paint the outlines and badges of the shown layers; `boxes` are all boxes in pixels."""
    sets = brush.outlines
    sets.plates = []
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    hard = _hard(brush) if sets.outlines else (boxes[:0], boxes[:0, 0], 0)
    for outline in sets.outlines:
        if outline.layer in brush.layers and not _is_down(brush, outline) and is_here(brush, outline):
            _paint_outline(painter, brush, outline, hard)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_badges(painter, brush, boxes)
    _mark_members(painter, brush, boxes)


def _hard(brush: Brush) -> Hard:
    """What no name should hide."""
    boxes, lines = hard_boxes(brush), lower_borders(brush)
    cost = np.where(bordered(brush), BORDER_COST, 1.0)
    return np.concatenate([boxes, lines]), np.concatenate([cost, np.full(len(lines), BORDER_COST)]), len(boxes)


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
    pen = QPen(color, 2.0 if chosen else 1.5 if brush.scale >= NAME_SCALE else 1.0)
    pen.setDashPattern([3, 2])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    round_px = min(4.0, box.height() / 4)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), round_px, round_px)
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
    high = round(measures.height() * INKED)
    plate = _place(box, QSizeF(measures.horizontalAdvance(text) + 8, high), hard)
    if not said or measures.horizontalAdvance(text) >= width or covers(plate, hard[0]):  # its box says the rest
        text = measures.elidedText(element.name, Qt.TextElideMode.ElideMiddle, width)
        plate = _place(box, QSizeF(measures.horizontalAdvance(text) + 8, high), hard)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush.theme.color("container"))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setFont(font)
    painter.setPen(ink(brush, outline.row))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip
    painter.drawText(plate, flags, text)
    brush.outlines.plates.append((plate, int(world.ids[outline.row])))


def _place(box: QRectF, size: QSizeF, hard: Hard) -> QRectF:
    """Where a name stands at its outline: above or below it, else in the middle of its upper line or the lower one,
    else within it at one of both, where it hides nothing, or least.

    Of places that hide as much those between the beginning and the end of the line come first: headers have their
    names and letters there.
    """
    width, middle = box.width() - size.width() - 20, -size.height() / 2

    def plates(parts: Sequence[float], by: float) -> list[QRectF]:
        lines = round(box.top() - size.height() - by), round(box.bottom() + by)
        lines = lines if by != middle else lines[::-1]  # links come from above
        return [QRectF(QPointF(box.left() + 10 + width * part, y), size) for y in lines for part in parts]

    boxes, cost, firm = hard
    for count in (len(boxes), firm):  # rather cuts a border than hides a thing
        for by in (OUTSIDE_PX, middle, -ON_LINE_PX):
            free = next((plate for plate in plates(PARTS, by) if not covers(plate, boxes[:count])), None)
            if free is not None:
                return free
    return min(plates(BETWEEN, -ON_LINE_PX), key=lambda plate: _hidden(plate, boxes, cost))


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
    """Squares in the colors of its sets at the lower left of each scattered member that is large enough; on cards,
    which have lines of text there, below the strip at the right."""
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
        box = QRectF(*boxes[row].tolist())
        x, y, step = box.left() + 2, box.bottom() - BADGE_PX - 2, BADGE_PX + 2
        if brush.world.is_vm[row] and brush.level(float(brush.spans[row]), brush.scale) == DETAIL:
            x, y, step = box.right() - BADGE_PX - 3, box.top() + 7, -step
        for owner in sets.badges[row]:
            if sets.sets[owner].layer in brush.layers:
                color = badge_color(brush, owner)
                assert color is not None
                paint_badge(painter, brush, QRectF(x, y, BADGE_PX, BADGE_PX), color)
                x += step


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
