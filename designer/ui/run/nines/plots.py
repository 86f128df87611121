"""How sure an answer is: the interval that narrows while years are drawn, and how the years of a service are spread."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from designer.engine.reliability.answer import Interval
from designer.study.availability.answer import YEAR_H, ServiceAvailability
from designer.study.availability.histogram import EDGES_H, PER_DECADE, ServiceYears
from designer.study.availability.words import span
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.words import tr

LEFT_PX, FOOT_PX, HEIGHT_PX = 52.0, 16.0, 84
MOST_POINTS = 400
SHOWN = 4
"""Ticks of downtime under the histogram, at most."""


class _Plot(QWidget):
    """A small plot: room for numbers at the left and below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setMinimumHeight(HEIGHT_PX)

    def _area(self) -> QRectF:
        return QRectF(LEFT_PX, 4, self.width() - LEFT_PX - 8, self.height() - FOOT_PX - 6)

    def _frame(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(self._theme.color("hairline"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())

    def _say(self, painter: QPainter, box: QRectF, flags: Qt.AlignmentFlag, text: str) -> None:
        painter.setPen(self._theme.color("text.muted"))
        painter.setFont(self._theme.font("tile", figures=True))
        painter.drawText(box, int(flags | Qt.AlignmentFlag.AlignVCenter), text)


@guarded
class ConvergingPlot(_Plot):
    """The mean downtime of a year with its interval, against the years drawn; the SLO and the exact figure as lines."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.trace: list[tuple[int, Interval]] = []
        self.service: ServiceAvailability | None = None

    def sizeHint(self) -> QSize:
        """A strip."""
        return QSize(200, HEIGHT_PX)

    def show_trace(self, service: ServiceAvailability | None, trace: list[tuple[int, Interval]]) -> None:
        """Show how the interval of a service has narrowed by now."""
        step = max(1, len(trace) // MOST_POINTS)
        self.service, self.trace = service, [*trace[:-1:step], *trace[-1:]]
        if trace:
            years, last = trace[-1]
            self.setAccessibleName(
                tr("{0:,} years drawn: {1} to {2} down a year", years, span(last.low), span(last.high))
            )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the band and the line in it."""
        shown = [(years, one) for years, one in self.trace if one.value > 0.0]
        if not shown or self.service is None:
            return
        painter, area = QPainter(self), self._area()
        last = shown[-1][1]
        marks = [self.service.downtime_h] if self.service.method == "exact" else []
        slo_h = self.service.allowed * YEAR_H if self.service.slo_frac else 0.0
        near = [slo_h] if slo_h and last.value / 3.0 < slo_h < last.value * 3.0 else []
        low = min(last.low, *marks, *near, last.value) * 0.9
        high = max(last.high, *marks, *near, last.value) * 1.1
        first, end = math.log(shown[0][0]), math.log(max(shown[-1][0], shown[0][0] * 1.01))

        def at(years: int, value: float) -> QPointF:
            x = area.left() + (math.log(years) - first) / (end - first) * area.width()
            part = (min(max(value, low), high) - low) / (high - low)
            return QPointF(x, area.bottom() - part * area.height())

        self._frame(painter, area)
        band = [at(years, one.high) for years, one in shown]
        band += [at(years, one.low) for years, one in reversed(shown)]
        fill = QColor(self._theme.color("accent"))
        fill.setAlphaF(0.2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(band))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.color("accent"), 1))
        painter.drawPolyline(QPolygonF([at(years, one.value) for years, one in shown]))
        right = Qt.AlignmentFlag.AlignRight
        for value, style in ((marks, Qt.PenStyle.SolidLine), (near, Qt.PenStyle.DashLine)):
            for one in value:
                y = at(shown[0][0], one).y()
                painter.setPen(QPen(self._theme.color("text"), 1, style))
                painter.drawLine(QLineF(area.left(), y, area.right(), y))
        for value_h, y in ((high, area.top() + 4), (low, area.bottom() - 4)):
            self._say(painter, QRectF(0, y - 8, LEFT_PX - 6, 16), right, span(value_h))
        foot = QRectF(area.left(), area.bottom() + 2, area.width(), FOOT_PX)
        self._say(painter, foot, Qt.AlignmentFlag.AlignLeft, tr("{0:,} years", shown[0][0]))
        self._say(painter, foot, right, tr("{0:,} years", shown[-1][0]))
        painter.end()


@guarded
class YearsPlot(_Plot):
    """How many years had how much downtime; those that miss the SLO are red."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.years: ServiceYears | None = None
        self.slo_h = math.inf

    def sizeHint(self) -> QSize:
        """A strip."""
        return QSize(200, HEIGHT_PX)

    def show_years(self, service: ServiceAvailability | None, years: ServiceYears | None) -> None:
        """Show the years of a service that are drawn by now."""
        self.years = years
        self.slo_h = service.allowed * YEAR_H if service is not None and service.slo_frac else math.inf
        if years is not None:
            whole = sum(years.counts)
            self.setAccessibleName(tr("{0:.0%} of {1:,} years without downtime", years.counts[0] / whole, whole))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars, by their part of the years that have any downtime."""
        years = self.years
        counts = years.counts[1:] if years is not None else ()
        if years is None or not any(counts):
            return
        painter, area = QPainter(self), self._area()
        first = next(n for n, count in enumerate(counts) if count)
        last = max(n for n, count in enumerate(counts) if count)
        first, last = max(first - 1, 0), min(max(last + 1, first + 6), len(counts) - 1)
        width, most = area.width() / (last - first + 1), max(counts)
        self._frame(painter, area)
        for n in range(first, last + 1):
            high = counts[n] / most * (area.height() - 2)
            box = QRectF(area.left() + (n - first) * width, area.bottom() - high, max(width - 1, 1), high)
            missed = EDGES_H[n] >= self.slo_h
            painter.fillRect(box, self._theme.state("failed") if missed else self._theme.color("accent"))
        right = Qt.AlignmentFlag.AlignRight
        top = QRectF(0, area.top() - 4, LEFT_PX - 6, 16)
        self._say(painter, top, right, f"{most / sum(years.counts):.2g}" if most < sum(years.counts) / 100 else
                  f"{most / sum(years.counts):.0%}")  # fmt: skip
        ticks = [n for n in range(first, last + 1) if n % PER_DECADE == 0]
        every = max(1, math.ceil(len(ticks) / SHOWN))
        for n in ticks[::every]:
            x = area.left() + (n - first) * width
            painter.setPen(QPen(self._theme.color("strong"), 1))
            painter.drawLine(QLineF(x, area.bottom(), x, area.bottom() + 3))
            self._say(painter, QRectF(x - 26, area.bottom() + 2, 60, FOOT_PX), Qt.AlignmentFlag.AlignHCenter,
                      span(EDGES_H[n]))  # fmt: skip
        painter.end()
