"""One lane: a legend with present values at the left, a plot on the run's time axis, marks across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QGraphicsPathItem, QHBoxLayout, QSizePolicy, QWidget

from designer.ui.parts.guard import guard_library, guarded
from designer.ui.parts.icons import draw_state
from designer.ui.parts.room import told_apart
from designer.ui.parts.theme import Theme
from designer.ui.plots.shape import F
from designer.ui.plots.span import Span
from designer.words import tr

LEGEND_PX, AXIS_PX, RIGHT_PX, LINE_PX = 200, 52, 12, 14
"""The plot begins where the time line begins: LEGEND_PX + AXIS_PX from the left."""

END_PART = 0.02
"""Marks of heights that are nearer to an end of a plot are its own edge."""

guard_library("pyqtgraph")


KEY_PX, TAKEN_PX, COLUMN_GAP_PX = 13, 18, 10
"""What an entry of a legend needs for its key, and with the space before its value; what stands between two columns."""


T = TypeVar("T")
LineKey = tuple[str, int]
"""Which line of a lane: its name, and how many lines of this name stand before it."""


@dataclass(frozen=True)
class DrawnLine:
    """What a line shows: `values` hold from edge to edge; `write` makes one a text."""

    edges_s: F
    values: F
    write: Callable[[float], str]


@dataclass(frozen=True)
class Entry:
    """One line of a legend: its key (a color, or a state's silhouette), name, value. What is `drawn` can be switched
    off."""

    name: str
    color: QColor
    value: str
    key: str = "line"
    state: int = -1
    red: bool = False
    drawn: DrawnLine | None = field(default=None, compare=False)


def keys_of(entries: Sequence[Entry]) -> list[LineKey]:
    """The keys of the lines of some entries."""
    seen: Counter[str] = Counter()
    keys = []
    for entry in entries:
        keys.append((entry.name, seen[entry.name]))
        seen[entry.name] += 1
    return keys


@guarded
class LaneLegend(QWidget):
    """Title and entries; in two columns where they would not fit. A click switches a line off and on; so does the space
    bar, at the entry that the arrow keys have chosen. `switched` says that the lane is to be drawn again."""

    switched = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.title = ""
        self.entries: list[Entry] = []
        self.hidden: set[LineKey] = set()
        self.current = 0
        self._named: tuple[tuple[str, tuple[str, ...], tuple[float, ...]], list[str]] | None = None
        self.setFixedWidth(LEGEND_PX)

    def show_entries(self, title: str, entries: Sequence[Entry]) -> None:
        """Show new values."""
        same = title == self.title and list(entries) == self.entries
        self.title, self.entries = title, list(entries)
        if not same:
            self.current = min(self.current, max(len(entries) - 1, 0))
            switches = any(entry.drawn is not None for entry in entries)
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus if switches else Qt.FocusPolicy.NoFocus)
            self._tell()
            self.update()

    def _tell(self) -> None:
        """Say to screen readers and in the tip what is shown."""
        words = [self._words(n) for n in range(len(self.entries))]
        about = words[self.current : self.current + 1] if self.hasFocus() else words
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(", ".join(about))
        hint = [tr("Click a line to hide or show it.")] if self.focusPolicy() != Qt.FocusPolicy.NoFocus else []
        self.setToolTip("\n".join(words + hint).replace("<", "‹"))

    def _words(self, at: int) -> str:
        entry = self.entries[at]
        return tr("{0}: hidden", entry.name) if self.is_hidden(at) else f"{entry.name}: {entry.value}"

    def is_hidden(self, at: int) -> bool:
        """Whether the line of the n-th entry is switched off."""
        return keys_of(self.entries)[at] in self.hidden

    def switch(self, at: int) -> None:
        """Switch the line of the n-th entry off or on."""
        if 0 <= at < len(self.entries) and self.entries[at].drawn is not None:
            self.hidden ^= {keys_of(self.entries)[at]}
            self.current = at
            self._tell()
            self.update()
            self.switched.emit()

    def _room(self) -> int:
        return max(1, int((self.height() - 18) // LINE_PX))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Switch the line under the mouse."""
        at = next((n for n, (_, box) in enumerate(self.places(self._room())) if box.contains(event.position())), -1)
        if event.button() == Qt.MouseButton.LeftButton:
            self.switch(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose an entry with the arrow keys; switch it with the space bar."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1}.get(
            Qt.Key(event.key())
        )
        if step is not None:
            self.current = min(max(self.current + step, 0), max(len(self.places(self._room())) - 1, 0))
            self._tell()
            self.update()
        elif event.key() == Qt.Key.Key_Space:
            self.switch(self.current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say which entry is chosen."""
        super().focusInEvent(event)
        self._tell()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say all entries again."""
        super().focusOutEvent(event)
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        painter, theme = QPainter(self), self._theme
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text"))
        line = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideMiddle, self.width() - 16)
        painter.drawText(QRectF(12, 1, self.width() - 16, 16), line, title)
        placed = self.places(self._room())
        names = self.shown_names(placed)
        for n, (entry, box) in enumerate(placed):
            self._paint_entry(painter, entry, box, line, names[n], self.is_hidden(n))
            if n == self.current and self.hasFocus():
                painter.setPen(QPen(theme.color("accent"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(-3.5, 0.5, 2.5, -0.5))

    def places(self, lines: int) -> list[tuple[Entry, QRectF]]:
        """Where entries stand in some lines: below each other, or where they do not fit in two columns, as wide as
        their entries ask; one that asks for more than there is leaves the other what that asks, or half."""
        whole = self.width() - 20.0
        if len(self.entries) <= lines:
            return [(e, QRectF(12, 18 + n * LINE_PX, whole, LINE_PX)) for n, e in enumerate(self.entries)]
        measures = QFontMetricsF(self._theme.font("secondary", figures=True))
        count = min(lines, (len(self.entries) + 1) // 2)
        columns = self.entries[:count], self.entries[count : 2 * count]
        asked = [max(measures.horizontalAdvance(e.name + e.value) for e in column) + TAKEN_PX for column in columns]
        both = whole - COLUMN_GAP_PX
        small = min(*asked, both / 2)
        part = both * asked[0] / sum(asked) if sum(asked) <= both else small if asked[0] <= asked[1] else both - small
        widths = part, both - part
        lefts = 12.0, 12.0 + widths[0] + COLUMN_GAP_PX
        return [
            (entry, QRectF(left, 18 + n * LINE_PX, width, LINE_PX))
            for column, left, width in zip(columns, lefts, widths)
            for n, entry in enumerate(column)
        ]

    def shown_names(self, placed: Sequence[tuple[Entry, QRectF]]) -> list[str]:
        """The names of entries as they fit beside their values; two names are never shortened to the same."""
        font = self._theme.font("secondary")
        name, value = QFontMetricsF(font), QFontMetricsF(self._theme.font("secondary", figures=True))
        rooms: list[float] = []
        for entry, box in placed:
            keyed = entry.state >= 0 or entry.key == "area" or entry.color.alpha()
            taken = 0.0 if self.is_hidden(len(rooms)) else value.horizontalAdvance(entry.value) + 4
            rooms.append(box.width() - taken - (KEY_PX if keyed else 0))
        asked = (font.key(), tuple(entry.name for entry, _ in placed), tuple(rooms))
        if self._named is None or self._named[0] != asked:
            self._named = asked, told_apart(asked[1], rooms, name.horizontalAdvance)
        return self._named[1]

    def _paint_entry(self, painter: QPainter, entry: Entry, box: QRectF, line: Any, name: str, hidden: bool) -> None:
        theme = self._theme
        if hidden:  # crossed out, without a key
            font = theme.font("secondary")
            font.setStrikeOut(True)
            painter.setFont(font)
            painter.setPen(theme.color("text.muted"))
            box = box.adjusted(KEY_PX, 0, 0, 0)
            painter.drawText(box, line, name)
            return
        if entry.state >= 0:
            draw_state(painter, QRectF(box.left(), box.center().y() - 4, 9, 9), entry.state, entry.color)
        elif entry.key == "area":
            painter.fillRect(QRectF(box.left() + 1, box.center().y() - 4, 8, 8), entry.color)
        elif entry.color.alpha():
            painter.fillRect(QRectF(box.left(), box.center().y() - 1, 10, 2), entry.color)
        else:
            box = box.adjusted(-KEY_PX, 0, 0, 0)  # words without a key begin below the title
        painter.setPen(theme.color("overload") if entry.red else theme.color("text"))
        painter.setFont(theme.font("secondary", figures=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | line, entry.value)
        taken = painter.fontMetrics().horizontalAdvance(entry.value) + 4
        painter.setFont(theme.font("secondary"))
        name_box = box.adjusted(KEY_PX, 0, -taken, 0)
        painter.setPen(theme.color("text.muted"))
        painter.drawText(name_box, line, name)


def _unmarked(parts: list[float]) -> None:
    """Mark nothing."""


@guarded
class Axis(QWidget):
    """Labels of the plot's heights, right-aligned beside it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.labels: list[tuple[float, str]] = []
        self.low, self.high = 0.0, 1.0
        self.marks: Callable[[list[float]], None] = _unmarked
        """Is told the heights of the labels, as parts of the height of the plot."""
        self.setFixedWidth(AXIS_PX)

    def show_labels(self, low: float, high: float, labels: list[tuple[float, str]]) -> None:
        """Show labels at their heights."""
        if (low, high, labels) != (self.low, self.high, self.labels):
            self.low, self.high, self.labels = low, high, labels
            self.marks([self._part(value) for value, _ in labels])
            self.update()

    def _part(self, value: float) -> float:
        return (value - self.low) / max(self.high - self.low, 1e-12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the labels."""
        painter = QPainter(self)
        painter.setFont(self._theme.font("secondary"))
        painter.setPen(self._theme.color("text.muted"))
        for value, text in self.labels:
            y = (1.0 - self._part(value)) * self.height()
            top = min(max(y - 7, 0), self.height() - 15)
            box = QRectF(0, top, self.width() - 8, 14)
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(box.width()) - 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


@guarded
class Plot(pg.GraphicsView):  # type: ignore[misc]
    """A bare plot: no axes, no zoom; reports the time under the mouse, and in `spanned` where the ends of the selected
    span were dragged to. It holds a view box alone: what the library adds to one (axes, a title, a menu of many parts)
    is made and kept up to date also where it is hidden."""

    hovered = Signal(object)
    spanned = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(background=theme.color("panel"))
        self._theme = theme
        self.span: Span | None = None
        self.heights: list[float] = []
        """Where hairlines lie beneath the curves, as parts of the height."""
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.enableMouse(False)
        self.setCentralItem(self._box)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setContentsMargins(0, 0, 0, 0)
        self.setFrameShape(self.Shape.NoFrame)
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(20)

    def mark_heights(self, parts: list[float]) -> None:
        """Mark heights by hairlines, but for those at both ends."""
        self.heights = [part for part in parts if END_PART < part < 1.0 - END_PART]
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Fill the ground and draw the hairlines."""
        super().drawBackground(painter, rect)
        high, wide = self.viewport().height(), self.viewport().width()
        painter.save()
        painter.resetTransform()
        for part in self.heights:
            painter.fillRect(QRect(0, round((1.0 - part) * high), wide, 1), self._theme.color("hairline"))
        painter.restore()

    def getViewBox(self) -> Any:
        """Its view box, by the name that the library has for it."""
        return self._box

    def addItem(self, item: Any, ignoreBounds: bool = False) -> None:
        """Add something to be drawn in time and values."""
        self._box.addItem(item, ignoreBounds)

    def set_time(self, until_s: float, low: float, high: float) -> None:
        """Set the length of the run and the range of values."""
        self.getViewBox().setRange(xRange=(0, until_s), yRange=(low, high), padding=0, update=True)

    def repaint_theme(self) -> None:
        """Take the colors of the theme again."""
        self.setBackground(self._theme.color("panel"))
        if self.span is not None:
            self.span.recolor()

    def show_span(self, span: tuple[float, float] | None, until_s: float) -> None:
        """Show a selected span of a run of some length, or none."""
        if span is None:
            if self.span is not None:
                self.span.hide()
            return
        if self.span is None:
            self.span = Span(self._theme)
            self.addItem(self.span, ignoreBounds=True)
            self.span.sigRegionChanged.connect(lambda item: self.spanned.emit(item.getRegion()))
        self.span.blockSignals(True)
        self.span.setBounds((0.0, until_s))
        self.span.setRegion(span)
        self.span.blockSignals(False)
        self.span.show()

    def mouseMoveEvent(self, event: Any) -> None:
        """Report the time under the mouse."""
        at = self.getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint()))
        self.hovered.emit(float(at.x()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: Any) -> None:
        """Handle that the mouse has left."""
        self.hovered.emit(None)
        super().leaveEvent(event)

    def sizeHint(self) -> QSize:
        """As the lanes share the height."""
        return QSize(300, 60)


@guarded
class Lane(QWidget):
    """Legend, axis and plot in a row."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.legend, self.axis, self.plot = LaneLegend(theme), Axis(theme), Plot(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, RIGHT_PX, 3)
        row.setSpacing(0)
        row.addWidget(self.legend)
        row.addWidget(self.axis)
        row.addWidget(self.plot, 1)
        self.axis.marks = self.plot.mark_heights
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def seen(self, parts: Sequence[T], entries: Sequence[Entry]) -> list[T]:
        """Those of some parts, one an entry, whose entries are not switched off."""
        hidden = self.legend.hidden
        return [part for part, key in zip(parts, keys_of(entries)) if key not in hidden]

    def is_on(self, name: str) -> bool:
        """Whether the first line of a name is not switched off."""
        return (name, 0) not in self.legend.hidden

    def lines(self) -> list[tuple[Entry, DrawnLine]]:
        """The lines that are drawn now."""
        return [(e, e.drawn) for e in self.seen(self.legend.entries, self.legend.entries) if e.drawn is not None]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a hairline above, but for the first lane: what is around all has its own."""
        if self.y() > 0:
            painter = QPainter(self)
            painter.setPen(QPen(self.theme.color("hairline"), 1))
            painter.drawLine(0, 0, self.width(), 0)


class Curves:
    """A few curves of a plot, made once and given new points."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._curves: list[Any] = []

    def show(self, lines: Sequence[tuple[np.ndarray, np.ndarray, QColor, bool]]) -> None:
        """Set points, color and dashes of each curve."""
        while len(self._curves) < len(lines):
            curve = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False)
            curve.setZValue(20)
            self._plot.addItem(curve)
            self._curves.append(curve)
        for curve, (x, y, color, dashed) in zip(self._curves, lines):
            curve.setData(x, y)
            curve.setPen(pg.mkPen(color, width=1, dash=[8, 3] if dashed else None))
            curve.show()
        for curve in self._curves[len(lines) :]:
            curve.hide()


def between(x: F, low: F, high: F) -> QPainterPath:
    """What is between two lines; 0 where one has no value."""
    around = np.nan_to_num(np.concatenate([low, high[::-1]]), copy=False)
    path: QPainterPath = pg.arrayToQPath(np.concatenate([x, x[::-1]]), around)
    return path


def area_item() -> QGraphicsPathItem:
    """An area without an outline, behind the lines."""
    area = QGraphicsPathItem()
    area.setPen(QPen(Qt.PenStyle.NoPen))
    area.setZValue(-1)
    return area


class Areas:
    """Filled spans between two lines, one color each."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._areas: list[QGraphicsPathItem] = []

    def show(self, spans: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, QColor]]) -> None:
        """x, lower line, upper line, color."""
        while len(self._areas) < len(spans):
            area = area_item()
            self._plot.addItem(area)
            self._areas.append(area)
        for area, (x, y0, y1, color) in zip(self._areas, spans):
            area.setPath(between(x, y0, y1))
            area.setBrush(color)
            area.show()
        for area in self._areas[len(spans) :]:
            area.hide()
