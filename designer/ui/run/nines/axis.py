"""The axis of nines: from 99% to the right, a step a nine; bands, figures and changes of services stand on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.study.availability.answer import YEAR_H, ServiceAvailability, nines
from designer.study.availability.words import MOST_NAIVE, span, too_good
from designer.ui.parts.theme import Theme
from designer.words import tr

INSET_PX, LABEL_PX = 14.0, 58.0
MOST_NINES, LEAST_STEPS = 9, 3
BAND_PX, MARK_PX, NAIVE_PX = 14.0, 4.0, 4.0


@dataclass(frozen=True)
class NinesAxis:
    """The least and most nines shown, both whole."""

    first: int = 2
    last: int = 6

    @classmethod
    def around(cls, services: Iterable[ServiceAvailability]) -> NinesAxis:
        """An axis for the bands and SLOs of services, and for what changes would buy; naive figures may be off it."""
        shown = []
        for one in services:
            shown += [nines(one.low), nines(one.high), *(nines(change.down) for change in one.helpful)]
            shown += [nines(one.allowed)] if one.slo_frac else []
        if not shown:
            return cls()
        first = max(math.floor(min(shown)), 0)
        last = max(math.ceil(min(max(shown), MOST_NINES)), first + LEAST_STEPS)
        return cls(first, last)

    def x(self, down: float, box: QRectF) -> float:
        """Where an unavailability stands in a box; what is off the axis stands at its end."""
        part = (nines(down) - self.first) / (self.last - self.first)
        return box.left() + INSET_PX + min(max(part, 0.0), 1.0) * (box.width() - 2 * INSET_PX)

    def holds(self, down: float) -> bool:
        """Whether an unavailability is on the axis."""
        return self.first <= nines(down) <= self.last

    @property
    def ticks(self) -> list[float]:
        """The unavailability at each whole nine."""
        return [10.0**-n for n in range(self.first, self.last + 1)]


def tick_texts(down: float) -> tuple[str, str]:
    """A tick in percent, and as downtime a year."""
    digits = max(round(-math.log10(down)) - 2, 0)
    return f"{100.0 * (1.0 - down):.{digits}f}%", span(down * YEAR_H)


def paint_ticks(painter: QPainter, theme: Theme, axis: NinesAxis, box: QRectF, labels: bool) -> None:
    """The lines of the axis through a row, or its labels in the header."""
    texts = axis.ticks
    label_px = LABEL_PX * theme.text_scale
    every = max(1, math.ceil(label_px * len(texts) / max(box.width(), 1.0)))
    for n, down in enumerate(texts):
        x = round(axis.x(down, box)) + 0.5
        if not labels:
            painter.setPen(QPen(theme.color("hairline"), 1))
            painter.drawLine(QLineF(x, box.top(), x, box.bottom()))
            continue
        if n % every:
            continue
        width = 2 * min(x - box.left() + 4, box.right() - x + 4, label_px / 2)
        place = QRectF(x - width / 2, box.top(), width, box.height() / 2)
        flag = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextDontClip
        if n == 0:
            place, flag = QRectF(box.left() + 6, place.top(), label_px, place.height()), Qt.AlignmentFlag.AlignLeft
        elif n == len(texts) - 1:
            place = QRectF(box.right() - 6 - label_px, place.top(), label_px, place.height())
            flag = Qt.AlignmentFlag.AlignRight
        for text, color in zip(tick_texts(down), ("text", "text.muted"), strict=True):
            painter.setPen(theme.color(color))
            painter.drawText(place, int(flag | Qt.AlignmentFlag.AlignVCenter), text)
            place = place.translated(0, place.height() - 3)


def paint_service(painter: QPainter, theme: Theme, axis: NinesAxis, one: ServiceAvailability, box: QRectF) -> None:
    """The band of the inputs, the figure in it, the SLO as a bar and the naive figure as a ring."""
    paint_ticks(painter, theme, axis, box, labels=False)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    middle, color = box.center().y(), theme.state("failed") if one.misses else theme.color("accent")
    here, naive = axis.x(one.down, box), axis.x(one.naive, box)
    band = QColor(color)
    band.setAlphaF(0.25 if theme.dark else 0.18)
    left, right = axis.x(one.high, box), axis.x(one.low, box)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(band)
    painter.drawRoundedRect(QRectF(left - 2, middle - BAND_PX / 2, right - left + 4, BAND_PX), 3, 3)
    if naive > right + 14:
        painter.setPen(QPen(theme.color("text.muted"), 1.25, Qt.PenStyle.DotLine))
        painter.drawLine(QLineF(right + 6, middle, naive - NAIVE_PX - 2, middle))
        _between(painter, theme, one, QRectF(right + 8, box.top(), naive - right - 18, box.height()))
    painter.setPen(QPen(theme.color("text.muted"), 1.5))
    painter.setBrush(theme.color("panel"))
    painter.drawEllipse(QPointF(naive, middle), NAIVE_PX, NAIVE_PX)
    if not axis.holds(one.naive):
        arrow = ((6, -3), (9, 0), (6, 3))
        painter.drawPolyline([QPointF(naive + x, middle + y) for x, y in arrow])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(here - MARK_PX / 2, middle - BAND_PX / 2, MARK_PX, BAND_PX), 1, 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    paint_slo(painter, theme, axis, one, box)


def _between(painter: QPainter, theme: Theme, one: ServiceAvailability, room: QRectF) -> None:
    """By how much the naive figure is too good, where there is room for the words."""
    by = too_good(one)
    text = tr("naive is over a million times too good")
    if by < MOST_NAIVE:
        text = tr("naive is {0:,.2g} times too good", by)
    painter.setFont(theme.font("secondary"))
    width = painter.fontMetrics().horizontalAdvance(text) + 12
    if by < 1.5 or width > room.width():
        return
    plate = QRectF(room.center().x() - width / 2, room.center().y() - 8, width, 16)
    painter.fillRect(plate, theme.color("panel"))
    painter.setPen(theme.color("text.muted"))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)


def paint_slo(painter: QPainter, theme: Theme, axis: NinesAxis, one: ServiceAvailability, box: QRectF) -> None:
    """The SLO as a bar through a row."""
    if one.slo_frac and one.allowed > 0.0:
        x = round(axis.x(one.allowed, box))
        painter.fillRect(QRectF(x - 1, box.center().y() - 9, 2, 18), theme.color("text"))


def paint_change(
    painter: QPainter, theme: Theme, axis: NinesAxis, one: ServiceAvailability, down: float, meets: bool, box: QRectF
) -> None:
    """How far a change takes a service: a line from where it is to where it would be."""
    paint_ticks(painter, theme, axis, box, labels=False)
    paint_slo(painter, theme, axis, one, box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    middle, here, there = box.center().y(), axis.x(one.down, box), axis.x(down, box)
    color = theme.color("accent") if abs(there - here) > 6 else theme.color("text.muted")
    painter.setPen(QPen(color, 2))
    painter.drawLine(QLineF(here, middle, there, middle))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(there, middle), 4, 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if meets and one.misses:
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text"))
        text = tr("meets the SLO")
        width = painter.fontMetrics().horizontalAdvance(text)
        left = there + 10 if there + 12 + width < box.right() else there - 10 - width
        painter.drawText(QRectF(left, box.top(), width + 2, box.height()), int(Qt.AlignmentFlag.AlignVCenter), text)
