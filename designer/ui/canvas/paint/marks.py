"""Marks of differences between two designs: a color, a shape in a badge and a line style, never color alone."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from designer.ui.parts.theme import Theme
from designer.words import tr

BADGE_PX = 14.0


@dataclass(frozen=True)
class Mark:
    """One sort of mark: the state of the theme whose color it has, its word, its sign, its line (empty: unbroken)."""

    state: str
    word: str
    sign: str
    dashes: tuple[float, ...] = ()


MARKS = {
    "added": Mark("running", tr("Added"), "+"),
    "removed": Mark("failed", tr("Removed"), "−", (4, 3)),
    "changed": Mark("waiting", tr("Changed"), "~"),
    "moved": Mark("restarting", tr("Moved"), "↔", (1.5, 2)),
}
"""In the order of lists. Where boxes overlap, the first is painted last."""


def mark_color(theme: Theme, name: str) -> QColor:
    """The color of a mark."""
    return theme.state(MARKS[name].state)


def mark_pen(theme: Theme, name: str, width: float = 2.0) -> QPen:
    """The line of a mark."""
    pen = QPen(mark_color(theme, name), width)
    if MARKS[name].dashes:
        pen.setDashPattern(list(MARKS[name].dashes))
    return pen


def draw_badge(painter: QPainter, box: QRectF, name: str, theme: Theme) -> None:
    """A disc with the sign of a mark; a square where something was removed."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    color = mark_color(theme, name)
    painter.setPen(QPen(theme.color("canvas"), 1))
    painter.setBrush(color)
    if name == "removed":
        painter.drawRoundedRect(box, 3, 3)
    else:
        painter.drawEllipse(box)
    ink = QColor("#FFFFFF" if color.lightnessF() < 0.55 else "#101216")
    painter.setPen(QPen(ink, max(1.4, box.width() / 8), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.translate(box.center())
    _draw_sign(painter, name, box.width() * 0.26)
    painter.restore()


def _draw_sign(painter: QPainter, name: str, reach: float) -> None:
    if name in ("added", "removed"):
        painter.drawLine(QPointF(-reach, 0), QPointF(reach, 0))
        if name == "added":
            painter.drawLine(QPointF(0, -reach), QPointF(0, reach))
    elif name == "changed":
        start, end = QPointF(-reach, reach * 0.35), QPointF(reach, -reach * 0.35)
        wave = QPainterPath(start)
        wave.cubicTo(QPointF(-reach * 0.3, -reach * 1.2), QPointF(reach * 0.3, reach * 1.2), end)
        painter.drawPath(wave)
    else:
        painter.drawLine(QPointF(-reach, 0), QPointF(reach, 0))
        tip = reach * 0.55
        for side in (-1, 1):
            end = QPointF(side * reach, 0)
            painter.drawLine(end, end + QPointF(-side * tip, -tip))
            painter.drawLine(end, end + QPointF(-side * tip, tip))
