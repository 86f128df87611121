"""The plot of one quantity of many elements in five views. It pans and zooms; a line marks the shown time."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QFontMetricsF

from designer import units
from designer.study.results.quantities import SUM, Quantity
from designer.study.results.spread import SpanStatistics, histogram, shares, statistics
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import area_item, between
from designer.ui.plots.shape import F, block_means, block_width, stepped, thinned
from designer.ui.plots.span import Span, middle_third
from designer.words import tr

View = Literal["lines", "heat", "stack", "histogram", "shares"]
VIEWS: dict[View, str] = {
    "lines": tr("Over time"), "heat": tr("Heat map"), "stack": tr("Stacked"), "histogram": tr("Histogram"),
    "shares": tr("Not exceeded"),
}  # fmt: skip
MOST_LINES, BINS, MOST_WIDE = 8, 40, 2_000
OVER_TIME = ("lines", "heat", "stack")
SPANS_S = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000)
LEFT_PX, NAME_LETTERS, MARK_PX = 84, 12, 80.0
"""Room for the words at the left, and for names there; the least room between two marks of time."""


@dataclass(frozen=True)
class PlottedTable:
    """A quantity of several elements: `values` (steps x elements) hold from edge to edge."""

    quantity: Quantity
    edges_s: F
    names: list[str]
    values: NDArray[np.floating]
    kind: str = ""
    """Of what kind all elements are."""
    _told: dict[object, SpanStatistics | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def prepare(self, hidden: Collection[int], span: tuple[float, float] | None) -> None:
        """Work out what lines and their statistics are made of; each is kept. It may be called on any thread."""
        self.top()
        self.statistics(hidden, span)
        for one in (self.ends, self.mean, self.between):
            assert one is not None

    @property
    def adds_up(self) -> bool:
        """Whether the values of several elements make a sum that says something."""
        return self.quantity.sums == SUM or self.quantity.unit == "req/s"

    def top(self) -> list[int]:
        """The elements that have a line of their own: all, or of many those with the highest mean."""
        return list(self._top)

    @cached_property
    def _top(self) -> list[int]:
        if len(self.names) <= MOST_LINES:
            return list(range(len(self.names)))
        known = np.isfinite(self.values)
        sums = np.where(known, self.values, 0.0).sum(axis=0, dtype=np.float64)
        means = np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), -np.inf)
        return [int(n) for n in np.argsort(-means, kind="stable")[: MOST_LINES - 1]]

    @cached_property
    def mean(self) -> F:
        """The mean of all elements over time."""
        with np.errstate(invalid="ignore"):
            known = np.isfinite(self.values).sum(axis=1)
            mean: F = np.nansum(self.values, axis=1, dtype=np.float64) / np.where(known > 0, known, np.nan)
        return mean

    @cached_property
    def ends(self) -> list[tuple[F, F]]:
        """The least and the most of all elements over time, in no more steps than there are pixels."""
        width = block_width(self.values.shape[0], MOST_WIDE)
        starts = np.arange(0, self.values.shape[0], width)
        known = np.isfinite(self.values)
        low = np.minimum.reduceat(np.where(known, self.values, np.inf).min(axis=1), starts)
        high = np.maximum.reduceat(np.where(known, self.values, -np.inf).max(axis=1), starts)
        edges = np.append(self.edges_s[starts], self.edges_s[-1])
        return [(edges, np.where(np.isfinite(one), one, 0.0)) for one in (low, high)]

    @cached_property
    def between(self) -> tuple[float, float]:
        """The ends of the axis: from 0 to a little above the highest value."""
        finite = np.isfinite(self.values)
        high = float(self.values.max(where=finite, initial=0.0))
        low = float(self.values.min(where=finite, initial=0.0))
        return min(low, 0.0), high * 1.05 if high > 0.0 else 1.0

    def statistics(self, hidden: Collection[int], span: tuple[float, float] | None) -> SpanStatistics | None:
        """The statistics of all elements that are not hidden in a span of time, or in all; None where nothing is
        known. Those asked for last are kept."""
        asked = span, frozenset(hidden)
        if asked not in self._told:
            begin, end = span or (float(self.edges_s[0]), float(self.edges_s[-1]))
            chosen = [n for n in range(len(self.names)) if n not in hidden]
            values = self.values if len(chosen) == len(self.names) else self.values[:, chosen]
            found = statistics(self.edges_s, values, begin, end)
            self._told.clear()
            self._told[asked] = found
            return found
        return self._told[asked]


class UnitAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose marks are written as in the forms: with the unit, or as times."""

    def __init__(self, side: str, theme: Theme, write: Callable[[float], str]) -> None:
        super().__init__(side)
        self.write = write
        self.enableAutoSIPrefix(False)
        self.setTickFont(theme.font("secondary"))
        self.setStyle(tickLength=-4, autoExpandTextSpace=False)
        if side == "left":
            self.setWidth(LEFT_PX)
        self.recolor(theme)

    def recolor(self, theme: Theme) -> None:
        """Take the colors of a theme."""
        self.setPen(pg.mkPen(theme.color("hairline")))
        self.setTextPen(pg.mkPen(theme.color("text.muted")))

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """How far marks are apart: spans of time that people count in, or round numbers."""
        if self.write is not units.clock_text:
            return super().tickSpacing(low, high, size)  # type: ignore[no-any-return]
        most = max(size / MARK_PX, 1.0)
        return [(float(next((one for one in SPANS_S if (high - low) / one <= most), SPANS_S[-1])), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The words at some marks."""
        return [self.write(value * scale) for value in values]


class Chart(pg.PlotWidget):  # type: ignore[misc]
    """Shows a table in a view. `pointed` carries the time under the mouse, `scrubbed` where the line was dragged to,
    `spanned` the span that is selected."""

    pointed = Signal(object)
    scrubbed = Signal(object)
    spanned = Signal(object)

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.view: View = "lines"
        self.table: PlottedTable | None = None
        self.below = UnitAxis("bottom", theme, units.clock_text)
        self.left = UnitAxis("left", theme, units.number)
        super().__init__(
            background=theme.color("panel"), enableMenu=False, axisItems={"bottom": self.below, "left": self.left}
        )
        self.hidden: set[int] = set()
        self.plot = self.getPlotItem()
        self.plot.hideButtons()
        half = math.ceil(QFontMetricsF(theme.font("secondary")).height() / 2)
        self.plot.layout.setContentsMargins(0, half, 2 * half, 0)  # room for half of the words at the end of an axis
        self.setFrameShape(self.Shape.NoFrame)
        self._own: list[Any] = []
        self._curves: list[tuple[Any, NDArray[np.floating]]] = []
        self.head = pg.InfiniteLine(0.0, angle=90, movable=True)
        self.head.setZValue(50)
        self.head.sigDragged.connect(lambda line: self.scrubbed.emit(float(line.value())))
        self.span = Span(theme)
        self.span.sigRegionChangeFinished.connect(lambda span: self.spanned.emit(span.getRegion()))
        self.scene().sigMouseMoved.connect(self._moved)
        self.getViewBox().sigXRangeChanged.connect(lambda *_: self._thin())

    def _moved(self, place: Any) -> None:
        if self.view in OVER_TIME:
            self.pointed.emit(float(self.getViewBox().mapSceneToView(place).x()))

    def show_table(
        self, table: PlottedTable | None, view: View, hidden: Collection[int] = (), keep: bool = False
    ) -> None:
        """Show a table in a view, without the lines of some elements. `keep`: with the same part in sight."""
        self.table, self.view, self.hidden = table, view, set(hidden)
        seen = self.getViewBox().viewRange()
        for item in self._own:
            self.removeItem(item)
        self._own, self._curves = [], []
        for item in (self.head, self.span):
            if item.scene() is not None:
                self.removeItem(item)
        if table is None or not table.names or table.edges_s.size < 2:
            return
        unit = table.quantity.unit
        over_time = view in OVER_TIME
        self.below.write = units.clock_text if over_time else (lambda value: units.text(value, unit, 3))
        self.left.write = self._left_words(table, view)
        self.plot.setMouseEnabled(x=True, y=False)
        {"lines": self._lines, "heat": self._heat, "stack": self._stack, "histogram": self._bars,
         "shares": self._shares}[view](table)  # fmt: skip
        if over_time:
            self.head.setPen(pg.mkPen(self.theme.color("accent"), width=1))
            self.addItem(self.head, ignoreBounds=True)
        if keep:
            self.getViewBox().setRange(xRange=seen[0], padding=0)
        self._thin()

    def _left_words(self, table: PlottedTable, view: View) -> Callable[[float], str]:
        unit = table.quantity.unit
        if view == "heat":
            return lambda value: (
                short(table.names[int(value)]) if 0 <= value < len(table.names) and not value % 1 else ""
            )
        if view in ("histogram", "shares"):
            return lambda value: units.text(value, "fraction", 3)
        return lambda value: units.text(value, unit, 3)

    def _range(self, right: float, low: float, high: float, left: float = 0.0) -> None:
        self.getViewBox().setLimits(xMin=left, xMax=right, yMin=low, yMax=high)
        self.getViewBox().setRange(xRange=(left, right), yRange=(low, high), padding=0)

    # -- the views

    def color_of(self, place: int) -> tuple[QColor, bool]:
        """The color of the n-th line, and whether it is dashed."""
        return self.theme.series(place), place >= MOST_LINES // 2

    def _curve(self, values: NDArray[np.floating], place: int, width: int = 1) -> None:
        color, dashed = self.color_of(place)
        curve = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False)
        curve.setPen(pg.mkPen(color, width=width, dash=[8, 3] if dashed else None))
        self.addItem(curve)
        self._own.append(curve)
        self._curves.append((curve, values))

    def _area(self, edges: F, low: F, high: F, color: QColor) -> None:
        """Fill what is between two lines of steps."""
        area, (x, below) = area_item(), stepped(edges, low)
        area.setPath(between(x, below, stepped(edges, high)[1]))
        area.setBrush(color)
        self.addItem(area)
        self._own.append(area)

    def _lines(self, table: PlottedTable) -> None:
        many = len(table.names) > MOST_LINES
        if many and -1 not in self.hidden:
            faded = QColor(self.theme.series(0))
            faded.setAlphaF(0.16)
            (edges, low), (_, high) = table.ends
            self._area(edges, low, high, faded)
            self._curve(table.mean, 0)
        for place, n in enumerate(table.top()):
            if n not in self.hidden:
                self._curve(table.values[:, n], place + many)
        self._range(float(table.edges_s[-1]), *table.between)

    def _heat(self, table: PlottedTable) -> None:
        width = block_width(table.values.shape[0], MOST_WIDE)
        rows = table.values if width == 1 else block_means(np.asarray(table.values, np.float64), width)
        _, high = (0.0, 1.0) if table.quantity.unit == "fraction" else table.between
        cells = np.clip(np.nan_to_num(rows, nan=0.0) * np.float32(254.0 / high), 0, 254).astype(np.uint8)
        cells[~np.isfinite(rows)] = 255
        colors, gray = self.theme.heat_rgb(), self.theme.color("no_data")
        colors[255] = (gray.red(), gray.green(), gray.blue())
        image = pg.ImageItem(axisOrder="row-major")
        image.setImage(np.ascontiguousarray(cells.T), levels=(0, 255), autoLevels=False, lut=colors)
        image.setRect(QRectF(0, -0.5, float(table.edges_s[-1]), float(len(table.names))))
        self.addItem(image)
        self._own.append(image)
        self._range(float(table.edges_s[-1]), -0.5, len(table.names) - 0.5)

    def _stack(self, table: PlottedTable) -> None:
        """The elements with a line of their own, one on the other, the others as one above."""
        width = block_width(table.values.shape[0], MOST_WIDE)
        values = np.nan_to_num(np.asarray(table.values, np.float64))
        if width > 1:
            values = block_means(values, width)
        edges = np.append(table.edges_s[:-1:width], table.edges_s[-1])
        top = table.top()
        parts = [(place, values[:, n]) for place, n in enumerate(top) if n not in self.hidden]
        if len(top) < len(table.names) and -1 not in self.hidden:
            parts.append((MOST_LINES - 1, values.sum(axis=1) - values[:, top].sum(axis=1)))
        below = np.zeros(edges.size - 1)
        for place, part in parts:
            above = below + part
            self._area(edges, below, above, self.theme.series(place))
            below = above
        self._range(float(table.edges_s[-1]), 0.0, max(float(below.max(initial=0.0)) * 1.05, 1e-9))

    def _shown_values(self, table: PlottedTable) -> NDArray[np.floating]:
        """The values of all elements that are not switched off."""
        chosen = [n for n in range(len(table.names)) if n not in self.hidden]
        return table.values if len(chosen) == len(table.names) else table.values[:, chosen]

    def _bars(self, table: PlottedTable) -> None:
        places, parts = histogram(table.edges_s, self._shown_values(table), BINS)
        if places.size:
            bars = pg.BarGraphItem(
                x0=places[:-1], x1=places[1:], height=parts, brush=self.theme.series(0),
                pen=pg.mkPen(self.theme.color("panel")),
            )  # fmt: skip
            self.addItem(bars)
            self._own.append(bars)
            self._range(float(places[-1]), 0.0, float(parts.max()) * 1.05, float(places[0]))

    def _shares(self, table: PlottedTable) -> None:
        places, parts = shares(table.edges_s, self._shown_values(table))
        if places.size:
            curve = pg.PlotCurveItem(places, parts, pen=pg.mkPen(self.theme.series(0), width=1))
            self.addItem(curve)
            self._own.append(curve)
            self._range(float(places[-1]), 0.0, 1.02, float(places[0]))

    def _thin(self) -> None:
        """Give each line the points that the part in sight has pixels for."""
        if self.table is None or not self._curves:
            return
        (begin, end), _ = self.getViewBox().viewRange()
        edges = self.table.edges_s
        first = max(int(np.searchsorted(edges, begin, side="right")) - 1, 0)
        last = min(int(np.searchsorted(edges, end)), edges.size - 1)
        if last <= first:
            return
        pixels = max(int(self.getViewBox().width()), 50)
        for curve, values in self._curves:
            curve.setData(*thinned(edges[first : last + 1], np.asarray(values[first:last], np.float64), pixels))

    # -- span and time

    def select_span(self, on: bool) -> None:
        """Show the span that can be dragged, over the middle of what is in sight, or hide it."""
        shown = self.span.scene() is not None
        if on and not shown and self.view in OVER_TIME:
            (begin, end), _ = self.getViewBox().viewRange()
            self.span.setRegion(middle_third(begin, end))
            self.addItem(self.span, ignoreBounds=True)
        elif shown and not on:
            self.removeItem(self.span)

    def move_head(self, time_s: float) -> None:
        """Show another time."""
        if not self.head.moving:
            self.head.setValue(time_s)

    def repaint_theme(self) -> None:
        """Take the colors of the theme again."""
        self.setBackground(self.theme.color("panel"))
        self.span.recolor()
        for axis in (self.below, self.left):
            axis.recolor(self.theme)
        self.show_table(self.table, self.view, self.hidden, keep=True)

    def title_text(self) -> str:
        """What is shown, as plain text."""
        return "" if self.table is None else f"{tr(self.table.quantity.title)}, {VIEWS[self.view]}"


def short(name: str) -> str:
    """A name that finds room at an axis; its end tells it from others."""
    return name if len(name) <= NAME_LETTERS else f"{name[:3]}…{name[4 - NAME_LETTERS :]}"
