"""What a sweep found, as a plot: a curve over one axis, a map over two, or cost against nines; points are clicked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor

from designer import units
from designer.study.availability.answer import YEAR_H, nines
from designer.study.availability.words import span
from designer.study.sweep.answer import Swept, SweptPoint, pareto
from designer.ui.parts.theme import Theme
from designer.ui.plots.explore.chart import UnitAxis
from designer.words import tr

Figure = Literal["nines", "down", "usd", "pareto"]
FIGURES: dict[Figure, str] = {
    "nines": tr("Nines"), "down": tr("Downtime a year"), "usd": tr("USD a month"), "pareto": tr("Cost against nines"),
}  # fmt: skip
DOT_PX, NEAR_PX = 9, 12.0


class SweepPlot(pg.PlotWidget):  # type: ignore[misc]
    """Shows a figure of a service at the points of a grid. `chosen` carries the number of the point that is clicked."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.below, self.left = UnitAxis("bottom", theme, units.number), UnitAxis("left", theme, units.number)
        super().__init__(
            background=theme.color("panel"), enableMenu=False, axisItems={"bottom": self.below, "left": self.left}
        )
        self.setFrameShape(self.Shape.NoFrame)
        self.getPlotItem().hideButtons()
        self.found: Swept | None = None
        self.figure: Figure = "nines"
        self.service, self.current = 0, -1
        self.places: dict[int, tuple[float, float]] = {}
        """Where each point is, in the coordinates of the plot."""
        self.scene().sigMouseClicked.connect(self._clicked)

    def show_sweep(self, found: Swept | None, service: int, figure: Figure, current: int = -1) -> None:
        """Show a figure of a service; `current` is the number of the point that is marked."""
        self.found, self.service, self.figure, self.current = found, service, figure, current
        self.clear()
        self.places = {}
        if found is None or not found.points:
            return
        self.getViewBox().invertY(False)
        if figure == "pareto":
            self._pareto(found)
        elif self.is_map:
            self._map(found)
        else:
            self._curve(found)
        if current in self.places:
            self._mark(*self.places[current])
        self.getViewBox().autoRange(padding=0.06)

    def _mark(self, x: float, y: float) -> None:
        """Mark the current point: a ring around a dot, a frame around a cell of a map."""
        pen = pg.mkPen(self.theme.color("text"), width=2)
        if self.is_map:
            frame = pg.QtWidgets.QGraphicsRectItem(QRectF(x - 0.5, y - 0.5, 1.0, 1.0))
            frame.setPen(pen)
            self.addItem(frame)
        else:
            self.addItem(pg.ScatterPlotItem([x], [y], size=DOT_PX + 7, pen=pen, brush=None))

    @property
    def is_map(self) -> bool:
        """Whether two axes span a map."""
        return self.figure != "pareto" and self.found is not None and len(self.found.titles) > 1

    def value(self, point: SweptPoint) -> float:
        """The shown figure of a point; NaN where it has none."""
        if self.figure == "usd":
            return point.usd_month if point.usd_month is not None else np.nan
        one = point.of(self.service)
        if one is None or one.reason:
            return np.nan
        return one.down * YEAR_H if self.figure == "down" else nines(one.down)

    def words(self, value: float) -> str:
        """A value of the shown figure, as text."""
        if not np.isfinite(value):
            return tr("none")
        return span(value) if self.figure == "down" else units.number(value, 4)

    # -- the views

    def _curve(self, found: Swept) -> None:
        points = sorted(found.points, key=lambda point: point.values[0])
        xs, ys = [point.values[0] for point in points], [self.value(point) for point in points]
        self.below.write, self.left.write = units.number, self.words
        self.setLabels(bottom=found.titles[0], left=FIGURES[self.figure])
        ends = list(ys)
        band = [point.of(self.service) for point in points]
        if self.figure in ("nines", "down") and all(one is not None and not one.reason for one in band):
            low, high = ([self._of(end) for end in ends] for ends in (
                [one.low for one in band if one], [one.high for one in band if one]))  # fmt: skip
            ends += low + high
            faded = QColor(self.theme.series(0))
            faded.setAlphaF(0.16)
            area = pg.FillBetweenItem(pg.PlotCurveItem(xs, low), pg.PlotCurveItem(xs, high), brush=pg.mkBrush(faded))
            self.addItem(area)
        if self.figure != "down":
            self.left.write = partial(units.number, digits=_digits(ends))
        line = pg.PlotCurveItem(np.array(xs), np.array(ys), connect="finite")
        line.setPen(pg.mkPen(self.theme.series(0), width=1))
        self.addItem(line)
        self._dots(points, xs, ys, [self.theme.series(0)] * len(points))

    def _of(self, down: float) -> float:
        return down * YEAR_H if self.figure == "down" else nines(down)

    def _map(self, found: Swept) -> None:
        axes = [sorted({point.values[n] for point in found.points}) for n in (1, 0)]
        self.below.write, self.left.write = (_at(axis) for axis in axes)
        self.setLabels(bottom=found.titles[1], left=found.titles[0])
        points = [point for point in found.points if point.values[2:] == found.points[0].values[2:]]
        known = [value for point in points if np.isfinite(value := self._shade(self.value(point)))]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        for point in points:
            x, y = (float(axes[n].index(point.values[1 - n])) for n in (0, 1))
            value = self.value(point)
            part = (self._shade(value) - low) / (high - low) if high > low else 0.5
            color = self.theme.heat(part) if np.isfinite(part) else self.theme.color("no_data")
            box = pg.QtWidgets.QGraphicsRectItem(QRectF(x - 0.5, y - 0.5, 1.0, 1.0))
            box.setPen(pg.mkPen(self.theme.color("panel")))
            box.setBrush(pg.mkBrush(color))
            self.addItem(box)
            text = pg.TextItem(self.words(value), color="white" if color.lightnessF() < 0.55 else "black",
                               anchor=(0.5, 0.5))  # fmt: skip
            text.setFont(self.theme.font("secondary", figures=True))
            text.setPos(x, y)
            self.addItem(text)
            self.places[point.number] = (x, y)

    def _shade(self, value: float) -> float:
        """Where a value stands among colors: times by their powers of ten."""
        return float(np.log10(max(value, 1e-9))) if self.figure == "down" else value

    def _pareto(self, found: Swept) -> None:
        self.below.write, self.left.write = (lambda value: f"{value:,.0f}"), units.number
        self.setLabels(bottom=FIGURES["usd"], left=FIGURES["nines"])
        points = [point for point in found.points if point.usd_month is not None and np.isfinite(self.value(point))]
        best = pareto(points, self.service)
        front = [point for point in points if point.number in best]
        front.sort(key=lambda point: point.usd_month or 0.0)
        xs, ys = [point.usd_month or 0.0 for point in front], [self.value(point) for point in front]
        line = pg.PlotCurveItem(np.array(xs), np.array(ys))
        line.setPen(pg.mkPen(self.theme.color("accent"), width=1))
        self.addItem(line)
        colors = [self.theme.color("accent" if point.number in best else "text.muted") for point in points]
        self._dots(points, [point.usd_month or 0.0 for point in points], [self.value(point) for point in points],
                   colors)  # fmt: skip

    def _dots(self, points: Sequence[SweptPoint], xs: list[float], ys: list[float], colors: list[QColor]) -> None:
        known = [n for n, y in enumerate(ys) if np.isfinite(y)]
        self.places = {points[n].number: (xs[n], ys[n]) for n in known}
        self.addItem(pg.ScatterPlotItem([xs[n] for n in known], [ys[n] for n in known], size=DOT_PX, pen=None,
                                        brush=[pg.mkBrush(colors[n]) for n in known]))  # fmt: skip

    # -- the mouse

    def _clicked(self, event: Any) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            found = self.nearest(event.scenePos())
            if found >= 0:
                self.chosen.emit(found)

    def nearest(self, at: QPointF) -> int:
        """The number of the point at a place of the scene; -1 where there is none."""
        box, found, best = self.getViewBox(), -1, np.inf
        if self.is_map:
            place = box.mapSceneToView(at)
            here = (float(round(place.x())), float(round(place.y())))
            return next((number for number, one in self.places.items() if one == here), -1)
        for number, (x, y) in self.places.items():
            place = box.mapViewToScene(QPointF(x, y))
            far = float(np.hypot(place.x() - at.x(), place.y() - at.y()))
            if far < min(best, NEAR_PX):
                found, best = number, far
        return found

    def repaint_theme(self) -> None:
        """Take the colors of the theme again."""
        self.setBackground(self.theme.color("panel"))
        for axis in (self.below, self.left):
            axis.recolor(self.theme)
        self.show_sweep(self.found, self.service, self.figure, self.current)


def _digits(values: list[float]) -> int:
    """The significant digits by which marks on an axis over these values differ; at least four."""
    known = [value for value in values if np.isfinite(value)]
    apart = max(known) - min(known) if known else 0.0
    return max(4, min(math.ceil(math.log10(max(map(abs, known)) / apart)) + 2, 12)) if apart > 0.0 else 4


def _at(values: list[float]) -> Callable[[float], str]:
    """What writes the n-th of some values at mark n."""
    return lambda mark: units.number(values[int(mark)]) if mark == int(mark) and 0 <= mark < len(values) else ""
