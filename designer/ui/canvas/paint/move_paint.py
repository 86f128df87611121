"""Paints VMs that migrate: an arrow from where each stands to the host to which its memory is copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from designer.study.frames import ElementState
from designer.ui.canvas.paint.brush import Brush
from designer.ui.parts.theme import Theme

F = NDArray[np.float64]

MOST_HEADS = 400
"""Arrows with heads; of more only the lines are painted, which are too dense to be followed one by one."""
HEAD_PX, SMALL_HEAD_PX = 11.0, 6.0
WIDE_PX = 14.0
"""Boxes from this width on have the larger heads, and a ring where an arrow begins."""
INSIDE_PX = 3.0
"""How far an arrow ends inside the box to which it leads."""


def paint_moves(painter: QPainter, brush: Brush, boxes: F) -> None:
    """Paint all migrations under way; many between the same boxes as one arrow."""
    live = brush.live
    if live is None or not live.moves:
        return
    hidden = brush.hidden if brush.hidden is not None and brush.hidden.size == brush.world.ids.size else None
    pairs = dict.fromkeys((move.source, move.target) for move in live.moves.values())
    shown = [pair for pair in pairs if hidden is None or not (hidden[pair[0]] or hidden[pair[1]])]
    lines = [way_of(QRectF(*boxes[a, :4].tolist()), QRectF(*boxes[b, :4].tolist())) for a, b in shown]
    area = QRectF(painter.viewport())
    seen = [(line, pair) for line, pair in zip(lines, shown) if _box_of(line).intersects(area)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    color, halo = brush.theme.state(ElementState.RESTARTING), brush.theme.color("container")
    for pen in (QPen(halo, 4.0), QPen(color, 1.75)):  # an edge: it crosses cells of any color
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLines([line for line, _ in seen])
    for line, (source, target) in seen[:MOST_HEADS]:
        large = min(boxes[source, 2], boxes[target, 2]) >= WIDE_PX
        _paint_ends(painter, brush.theme, line, large)
    painter.restore()


def way_of(source: QRectF, target: QRectF) -> QLineF:
    """The line from the middle of a box to the edge of another."""
    line = QLineF(source.center(), target.center())
    dx, dy = abs(line.dx()), abs(line.dy())
    if target.contains(source.center()) or not (dx or dy):
        return line
    part = min(target.width() / 2 / dx if dx else np.inf, target.height() / 2 / dy if dy else np.inf)
    part = max(part - INSIDE_PX / line.length(), 0.0)
    return QLineF(line.p1(), line.pointAt(1.0 - min(part, 1.0)))


def _box_of(line: QLineF) -> QRectF:
    return QRectF(line.p1(), line.p2()).normalized().adjusted(-4, -4, 4, 4)


def paint_sample(painter: QPainter, theme: Theme, box: QRectF) -> None:
    """An arrow in the key of the colors."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    line = QLineF(box.left(), box.center().y(), box.right(), box.center().y())
    painter.setPen(QPen(theme.state(ElementState.RESTARTING), 1.75))
    painter.drawLine(line)
    _paint_ends(painter, theme, line, False)
    painter.restore()


def _paint_ends(painter: QPainter, theme: Theme, line: QLineF, large: bool) -> None:
    """A head at the end of an arrow, and a ring at its begin."""
    color, halo = theme.state(ElementState.RESTARTING), theme.color("container")
    reach = HEAD_PX if large else SMALL_HEAD_PX
    if line.length() < reach:
        return
    back = QLineF(line.p2(), line.p1())
    back.setLength(reach)
    wings = []
    for turn in (22.0, -22.0):
        wing = QLineF(back)
        wing.setAngle(back.angle() + turn)
        wings.append(wing.p2())
    painter.setPen(QPen(halo, 1.0))
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([line.p2(), *wings]))
    if large:
        painter.setPen(QPen(color, 1.75))
        painter.setBrush(halo)
        painter.drawEllipse(QPointF(line.p1()), 3.5, 3.5)
