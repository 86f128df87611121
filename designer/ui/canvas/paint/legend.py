"""The key of the colors: the heat scale and the marks of cells, below the drawing and in pictures."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPen

from designer.study.frames import ElementState
from designer.ui.canvas.paint.brush import hatch
from designer.ui.parts.icons import draw_state
from designer.ui.parts.theme import Theme

BAR_PX, STOPS = 160, 32
MARKS = (("over", "overloaded"), ("restarting", "restarting"), ("waiting", "waiting"), ("no", "no data"))


def paint_legend(painter: QPainter, theme: Theme, title: str, room: QRectF) -> None:
    """Paint what the colors show, the scale, and as many marks as fit into a line; nothing where the scale does not."""
    painter.setFont(theme.font("secondary"))
    measures, middle = painter.fontMetrics(), room.center().y()
    if measures.horizontalAdvance(f"{title}0%100%") + 30 + BAR_PX > room.width():
        return
    x = _text(painter, theme, room, room.left(), title) + 14
    x = _text(painter, theme, room, x, "0%") + 8
    bar = QRectF(x, middle - 5, BAR_PX, 10)
    colors = QLinearGradient(bar.topLeft(), bar.topRight())
    for n in range(STOPS + 1):
        colors.setColorAt(n / STOPS, theme.heat(n / STOPS))
    painter.fillRect(bar, colors)
    x = _text(painter, theme, room, bar.right() + 8, "100%") + 20
    for name, label in MARKS:
        if x + measures.horizontalAdvance(label) + 24 > room.right():
            return
        _mark(painter, theme, QRectF(x, middle - 6, 15, 12), name)
        x = _text(painter, theme, room, x + 23, label) + 18


def _text(painter: QPainter, theme: Theme, room: QRectF, x: float, text: str) -> float:
    """Write a text in the line from x on; return where it ends."""
    painter.setPen(theme.color("text.muted"))
    width = painter.fontMetrics().horizontalAdvance(text)
    painter.drawText(QRectF(x, room.top(), width + 2, room.height()), Qt.AlignmentFlag.AlignVCenter, text)
    return x + width


def _mark(painter: QPainter, theme: Theme, box: QRectF, name: str) -> None:
    if name == "over":
        painter.fillRect(box, theme.heat(1.0))
        painter.setPen(QPen(theme.color("overload"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        painter.setBrush(theme.color("overload"))
        painter.drawPolygon([box.topRight(), box.topRight() - QPointF(6, 0), box.topRight() + QPointF(0, 6)])
        painter.setBrush(Qt.BrushStyle.NoBrush)
    elif name == "no":
        painter.fillRect(box, theme.color("no_data"))
        painter.fillRect(box, hatch(theme))
    else:
        color = theme.state(name)
        pen = QPen(color, 1)
        if name == "waiting":
            pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        state = ElementState.RESTARTING if name == "restarting" else ElementState.WAITING
        draw_state(painter, QRectF(box.center().x() - 4.5, box.center().y() - 4.5, 9, 9), state, color)
