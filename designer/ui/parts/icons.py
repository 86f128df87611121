"""Our own icons, recolored and sharp at any size, and the silhouettes of states."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QByteArray, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtSvg import QSvgRenderer

from designer.assets import asset
from designer.ui.parts.guard import guarded

STROKES = ((16, 1.25 * 24 / 16), (20, 1.5 * 24 / 20), (24, 1.5), (64, 2.5 * 24 / 64), (128, 4.0 * 24 / 128))
"""Stroke width in the 24 grid by the size at which the icon is drawn (px)."""


def _stroke(size: float) -> float:
    for limit, width in STROKES:
        if size <= limit:
            return min(width, 1.9)
    return STROKES[-1][1]


@lru_cache(maxsize=512)
def _renderer(name: str, color: str, size: int) -> QSvgRenderer:
    text = asset(f"icons/{name}.svg").read_text("utf-8")
    text = text.replace("currentColor", color).replace('stroke-width="1.5"', f'stroke-width="{_stroke(size):.3f}"')
    return QSvgRenderer(QByteArray(text.encode()))


@lru_cache(maxsize=1024)
def _pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, color, size).render(painter, QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def pixmap(name: str, color: QColor, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """An icon in a color as a picture of `size` device-independent pixels."""
    return _pixmap(name, color.name(), size, ratio)


def icon(name: str, color: QColor, size: int = 16) -> QIcon:
    """An icon in a color, for 1x and 2x screens; drawn when it is first seen, which most in menus never are."""
    return _icon(name, color.name(), size)


@lru_cache(maxsize=512)
def _icon(name: str, color: str, size: int) -> QIcon:
    return QIcon(LateIcon(name, color, size))


@lru_cache(maxsize=512)
def _drawn(name: str, color: str, size: int) -> QIcon:
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(_pixmap(name, color, size, ratio))
    return made


@guarded
class LateIcon(QIconEngine):
    """What draws an icon, once it is asked for."""

    def __init__(self, *which: Any) -> None:
        super().__init__()
        self._which = which

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint the icon."""
        _drawn(*self._which).paint(painter, rect, Qt.AlignmentFlag.AlignCenter, mode, state)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """The icon as a picture of at most `size` pixels of the screen."""
        return _drawn(*self._which).pixmap(size, scale, mode, state)

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        """The size at which the icon is shown where it has that much room."""
        return _drawn(*self._which).actualSize(size, mode, state)

    def clone(self) -> QIconEngine:
        """The same for an icon that is about to be changed."""
        _CLONES.append(LateIcon(*self._which))
        return _CLONES[-1]


_CLONES: list[QIconEngine] = []
"""Qt owns them and does not say so."""


def draw_icon(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Paint an icon into a square."""
    _renderer(name, color.name(), max(1, round(rect.width()))).render(painter, rect)


def draw_state(painter: QPainter, rect: QRectF, state: int, color: QColor) -> None:
    """Paint the silhouette of a state (see `designer.study.frames.ElementState`) into a square."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = max(1.2, rect.width() / 8)
    painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = rect.adjusted(width, width, -width, -width)
    _SHAPES[min(state, len(_SHAPES) - 1)](painter, inner, color)
    painter.restore()


def _disc(painter: QPainter, rect: QRectF, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(rect.adjusted(rect.width() * 0.1, rect.width() * 0.1, -rect.width() * 0.1, -rect.width() * 0.1))


def _ring_with_arrow(painter: QPainter, rect: QRectF, color: QColor) -> None:
    painter.drawArc(rect, 40 * 16, 290 * 16)
    tip = rect.center() + QPointF(math.cos(math.radians(40)), -math.sin(math.radians(40))) * (rect.width() / 2)
    reach = rect.width() * 0.34
    painter.drawPolyline(QPolygonF([tip + QPointF(0, -reach), tip, tip + QPointF(-reach, 0)]))


def _clock(painter: QPainter, rect: QRectF, color: QColor) -> None:
    painter.drawEllipse(rect)
    middle, reach = rect.center(), rect.width() * 0.28
    painter.drawPolyline(QPolygonF([middle - QPointF(0, reach), middle, middle + QPointF(reach * 0.9, reach * 0.35)]))


def _diamond(rect: QRectF) -> QPolygonF:
    c = rect.center()
    top, bottom = QPointF(c.x(), rect.top()), QPointF(c.x(), rect.bottom())
    return QPolygonF([top, QPointF(rect.right(), c.y()), bottom, QPointF(rect.left(), c.y())])


def _diamond_with_cross(painter: QPainter, rect: QRectF, color: QColor) -> None:
    painter.setBrush(color)
    painter.drawPolygon(_diamond(rect))
    pen = QPen(painter.pen())
    pen.setColor(QColor("#FFFFFF") if color.lightnessF() < 0.6 else QColor("#1B1E25"))
    painter.setPen(pen)
    c, reach = rect.center(), rect.width() * 0.15
    painter.drawLine(c - QPointF(reach, reach), c + QPointF(reach, reach))
    painter.drawLine(c + QPointF(reach, -reach), c - QPointF(reach, -reach))


def _diamond_with_bar(painter: QPainter, rect: QRectF, color: QColor) -> None:
    painter.drawPolygon(_diamond(rect))
    c, reach = rect.center(), rect.width() * 0.18
    painter.drawLine(c - QPointF(reach, 0), c + QPointF(reach, 0))


def _square_with_bars(painter: QPainter, rect: QRectF, color: QColor) -> None:
    painter.setBrush(color)
    painter.drawRoundedRect(rect, 1.5, 1.5)
    painter.setPen(QPen(QColor("#FFFFFF"), painter.pen().widthF()))
    for part in (0.36, 0.64):
        x = rect.left() + rect.width() * part
        painter.drawLine(QPointF(x, rect.top() + rect.height() * 0.3), QPointF(x, rect.bottom() - rect.height() * 0.3))


def _ring_with_bar(painter: QPainter, rect: QRectF, color: QColor) -> None:
    painter.drawEllipse(rect)
    c, reach = rect.center(), rect.width() * 0.22
    painter.drawLine(c - QPointF(reach, 0), c + QPointF(reach, 0))


_SHAPES = (
    _disc,
    _ring_with_arrow,
    _clock,
    _diamond_with_cross,
    _diamond_with_bar,
    _square_with_bars,
    _ring_with_bar,
    _diamond_with_bar,
)
