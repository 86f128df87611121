"""What is constant in one picture: theme, world, live state, fonts, levels of detail."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QStaticText

from designer.ui.canvas.links.links import DrawnLinks
from designer.ui.canvas.paint.flat.picture import FlatPicture
from designer.ui.canvas.paint.labels import Labels
from designer.ui.canvas.paint.pixels import PixelBoxes, edges_of
from designer.ui.canvas.world.findings import FindingMarks
from designer.ui.canvas.world.live import Live
from designer.ui.canvas.world.outlines import Outlines
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme

SMALLEST_FRAME_PX = 2.0
SMALLEST_HEADER_PX, SMALLEST_TITLE_PX, LOWEST_HEADER_PX = 8, 11, 6
"""Headers of hosts and of other containers that are lower have no text; lower than the third, no ground."""
TILE_PX, LABEL_PX, DETAIL_PX = 3.0, 30.0, 80.0
HYSTERESIS = 0.1
SHORTEST_NAME_PX = 28.0
GLYPH_PX = 14.0
WIDEST_SHAPE = 1.6
"""Width of a cell, in heights, above which it shows no more."""
BUCKETS = 64

SMALLEST_TEXT = 0.75
"""At smaller scales letters get no smaller: 8 px, which can be read."""

TILE, CELL, LABEL, DETAIL = range(4)
LAYERS = ("physical", "power", "network", "storage", "service")


def level_of(width_px: float, before: int | None = None) -> int:
    """How much a VM shows at a width: tile, cell, label, detail; the level before is kept within 10% of a mark."""
    level = int(np.searchsorted((TILE_PX, LABEL_PX, DETAIL_PX), width_px, side="right"))
    if before is None or before == level:
        return level
    mark = (TILE_PX, LABEL_PX, DETAIL_PX)[min(before, level)]
    return before if abs(width_px / mark - 1.0) < HYSTERESIS and abs(before - level) == 1 else level


@dataclass(frozen=True)
class FarPlate:
    """The name of a container on a plate over it; `box` and where its text begins in pixels from the drawing's
    origin."""

    row: int
    box: QRectF
    written: QPointF
    text: QStaticText


@dataclass
class Brush:
    """What is constant in one picture. `scale` and `offset` (pixels) are those of the last picture."""

    theme: Theme
    world: World
    live: Live | None = None
    layers: frozenset[str] = frozenset(LAYERS)
    levels: dict[float, int] = field(default_factory=dict)
    hidden: NDArray[np.bool_] | None = None
    running: bool = False
    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)
    shown: QRectF = field(default_factory=QRectF)
    """What of the drawing is in the last picture, in pixels; empty: all."""
    links: DrawnLinks = field(init=False)
    outlines: Outlines = field(init=False)
    names_far: bool = True
    """Whether containers too small for a name in their header have one on a plate."""
    far_plates: list[FarPlate] = field(default_factory=list)
    far_made_for: tuple[object, ...] = ()
    boxes: PixelBoxes = field(default_factory=PixelBoxes)
    flat: FlatPicture = field(default_factory=FlatPicture)
    labels: Labels = field(default_factory=Labels)
    findings: FindingMarks = field(default_factory=FindingMarks)
    _spans_for: tuple[int, int] = (0, -1)
    _spans: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    one_span: float | None = None
    """That of all VMs, where all have the same; it is known when `spans` was asked for."""
    _containers_for: NDArray[np.bool_] | None = None
    _containers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _titles_for: tuple[int, float] = (0, 0.0)
    _titles: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    _metrics: dict[str, tuple[QFont, QFontMetricsF]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.links, self.outlines = DrawnLinks(self.world), Outlines(self.world)

    def font(self, name: str, scale: float) -> tuple[QFont, QFontMetricsF]:
        """A font of the theme and its measures; grows and shrinks a little with the zoom."""
        part = round(min(1.5, max(SMALLEST_TEXT, scale)) * 20) / 20
        key = f"{name}{part}"
        if key not in self._metrics:
            font = self.theme.font(name, part)
            self._metrics[key] = (font, QFontMetricsF(font))
        return self._metrics[key]

    def forget_fonts(self) -> None:
        """Forget the fonts: the theme has changed."""
        self._metrics.clear()

    @property
    def spans(self) -> NDArray[np.float64]:
        """The width of each row by which a cell shows more or less; a low cell shows as much as a narrower one."""
        world = self.world
        made_for = (id(world), world.version)
        if made_for != self._spans_for:
            self._spans_for, self._spans = made_for, np.minimum(world.w, WIDEST_SHAPE * world.h)
            vms = self._spans[world.is_vm]
            self.one_span = float(vms[0]) if vms.size and (vms == vms[0]).all() else None
        return self._spans

    @property
    def containers(self) -> NDArray[np.int64]:
        """The rows of all that is no cell."""
        if self._containers_for is not self.world.is_vm:
            self._containers_for, self._containers = self.world.is_vm, np.flatnonzero(~self.world.is_vm)
        return self._containers

    @property
    def titles(self) -> NDArray[np.float64]:
        """By kind the height of its header in pixels; endless for those that are no plain containers."""
        if self._titles_for != (id(self.world), self.scale):
            kinds = [self.world.project.kinds[name] for name in self.world.kinds]
            plain = [k.container and not k.is_set and k.name not in ("subnet", "host") for k in kinds]
            heights = (round(k.box.header * self.scale) if p else np.inf for k, p in zip(kinds, plain))
            self._titles_for, self._titles = (id(self.world), self.scale), np.fromiter(heights, np.float64)
        return self._titles

    def is_hidden(self, row: int) -> bool:
        """Whether a row is left out of the picture."""
        return self.hidden is not None and self.hidden.size == self.world.ids.size and bool(self.hidden[row])

    def are_hidden(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of some rows are left out of the picture."""
        known = self.hidden is not None and self.hidden.size == self.world.ids.size
        return self.hidden[rows] if known and self.hidden is not None else np.zeros(rows.size, np.bool_)

    def level(self, width: float, scale: float) -> int:
        """The level of VMs of a width (drawing units) at a scale, with a little inertia."""
        level = level_of(width * scale, self.levels.get(width))
        self.levels[width] = level
        return level

    def levels_of(self, rows: NDArray[np.int64]) -> NDArray[np.int8]:
        """The levels of some VMs at this scale; those in hosts that are tiles are tiles, too."""
        spans, world = self.spans, self.world
        if self.one_span is not None:
            return np.full(rows.size, self.level(self.one_span, self.scale), np.int8)
        own, place = np.unique(spans.take(rows), return_inverse=True)
        levels: NDArray[np.int8] = np.array([self.level(span, self.scale) for span in own.tolist()], np.int8)[place]
        if self.level(world.host_cell, self.scale) == TILE:
            levels[np.append(world.is_host, False)[world.parent[rows]]] = TILE
        return levels


def buckets(load: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Which of the colors a load has; all of one color are painted by one call."""
    found: NDArray[np.uint8] = np.clip(load * np.float32(BUCKETS), 0, BUCKETS - 1).astype(np.uint8)
    return found


def heat_brushes(theme: Theme) -> list[QBrush]:
    """The brush of each of the colors."""
    if not _HEAT:
        _HEAT.extend(QBrush(theme.heat((n + 0.5) / BUCKETS)) for n in range(BUCKETS))
    return _HEAT


def heat_pixels(theme: Theme) -> NDArray[np.uint32]:
    """The pixel of each of the colors."""
    if not _PIXELS:
        _PIXELS.append(np.array([fill.color().rgba() for fill in heat_brushes(theme)], np.uint32))
    return _PIXELS[0]


_HEAT: list[QBrush] = []
"""Light and dark have the same colors of heat."""
_PIXELS: list[NDArray[np.uint32]] = []


def mix(one: QColor, other: QColor, part: float) -> QColor:
    """A color between two."""
    a, b = one.getRgbF(), other.getRgbF()
    return QColor.fromRgbF(*(x + (y - x) * part for x, y in zip(a[:3], b[:3])))  # type: ignore[index]


def percent(fraction: float) -> str:
    """A load as a whole percentage."""
    return f"{fraction * 100:.0f}%"


LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextSingleLine


def hatch(theme: Theme) -> QBrush:
    """The 45° lines of elements without data."""
    return QBrush(theme.color("no_data.hatch"), Qt.BrushStyle.BDiagPattern)


def fill_rects(painter: QPainter, boxes: NDArray[np.float64], fill: QColor | QBrush) -> None:
    """Fill many upright rectangles (left, top, width, height), of whole pixels, by one call."""
    fill_edges(painter, edges_of(boxes), fill)


def fill_edges(painter: QPainter, edges: NDArray[np.int32], fill: QColor | QBrush) -> None:
    """Fill rectangles made by `edges_of`, whose rows lie one after the other: a third of the time of fractions."""
    if edges.shape[0]:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRects(shiboken6.wrapInstance(edges.ctypes.data, QRect), edges.shape[0])  # type: ignore[call-overload]


def fill_moved(painter: QPainter, edges: NDArray[np.int32], fill: QColor | QBrush, by: tuple[int, int]) -> None:
    """Fill rectangles made by `edges_of`, moved by whole pixels."""
    painter.translate(*by)
    fill_edges(painter, edges, fill)
    painter.translate(-by[0], -by[1])


def draw_lines(painter: QPainter, ends: NDArray[np.int32], color: QColor) -> None:
    """Draw lines of a pixel (first and last pixel of each) by one call."""
    if ends.shape[0]:
        ends = np.ascontiguousarray(ends)
        painter.setPen(QPen(color, 1))
        painter.drawLines(shiboken6.wrapInstance(ends.ctypes.data, QLine), ends.shape[0])  # type: ignore[call-overload]


def fill_runs(
    painter: QPainter, edges: NDArray[np.int32], marks: list[int], fills: list[QBrush], by: tuple[int, int]
) -> None:
    """Fill rectangles made by `edges_of`, moved by whole pixels, those from each mark to the next with one of the
    brushes."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.translate(*by)
    began, row_bytes = edges.ctypes.data, edges.strides[0]
    for first, end, fill in zip(marks, marks[1:], fills):
        if end > first:
            painter.setBrush(fill)
            painter.drawRects(shiboken6.wrapInstance(began + first * row_bytes, QRect), end - first)  # type: ignore[call-overload]
    painter.translate(-by[0], -by[1])


def draw_rects(painter: QPainter, boxes: NDArray[np.float64]) -> None:
    """Draw rectangles (left, top, width, height) that lie one after the other in memory."""
    numbers = np.ascontiguousarray(boxes, np.float64)
    painter.drawRects(shiboken6.wrapInstance(numbers.ctypes.data, QRectF), numbers.shape[0])  # type: ignore[call-overload]
