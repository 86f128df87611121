"""Areas that are as large as what they cost: a column for each group, in it what it costs for what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.study.cost.bill import ADDRESSES, DATABASES, DEDICATED_HOSTS, ENERGY, INSTANCES, LICENSES, STORED, VOLUMES
from designer.study.cost.counted import REGIONS, SENT, ZONES
from designer.study.cost.lines import CostSum
from designer.study.cost.table import CostRow
from designer.ui.cost.model import money
from designer.ui.cost.squares import columns, squares
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.words import tr

HEAD_PX, GAP_PX, PAD_PX, SPACE_PX = 24, 12, 6, 2
NOTHING = tr("Nothing here has a known price. Choose instance types for VMs, or enter the prices of hosts and energy.")
MOST_COLUMNS = 12
"""Most groups that have a column; the others share one."""
MOST_CELLS = 200
"""Most rows of a group that have an area; the others share one."""
LEAST_W, LEAST_H = 26, 18
"""A smaller cell has no text."""
LOOKS = {
    tr(ENERGY): "power_feed", tr(INSTANCES): "auto_scaling_group", tr(DEDICATED_HOSTS): "auto_scaling_group",
    tr(ADDRESSES): "public_subnet", tr(LICENSES): "cluster", tr(SENT): "private_subnet", tr(ZONES): "zone",
    tr(REGIONS): "region", tr(VOLUMES): "data_center", tr(DATABASES): "vpc", tr(STORED): "data_center",
}  # fmt: skip
"""What has the colors of another kind than its elements, to be told from what stands beside it."""


Areas = list[tuple[str, list[CostRow]]]
"""Names of groups and their rows, the dearest first."""


def areas_of(rows: Iterable[CostRow]) -> Areas:
    """The rows that have a price by group, as many as there are areas for; works on any thread."""
    groups: dict[str, list[CostRow]] = {}
    for row in rows:
        if row.price is not None and row.sum.usd > 0.0:
            groups.setdefault(row.group, []).append(row)
    ranked = sorted(groups.items(), key=lambda group: -sum(row.sum.usd for row in group[1]))
    if len(ranked) > MOST_COLUMNS:
        rest = [row for _, some in ranked[MOST_COLUMNS - 1 :] for row in some]
        ranked = [*ranked[: MOST_COLUMNS - 1], (tr("{0:,} others", len(ranked) - MOST_COLUMNS + 1), rest)]
    return [(name, _as_areas(some)) for name, some in ranked]


def _as_areas(rows: Sequence[CostRow]) -> list[CostRow]:
    """The dearest rows, and one for all others."""
    ordered = sorted(rows, key=lambda row: -row.sum.usd)
    shown, rest = ordered[:MOST_CELLS], ordered[MOST_CELLS:]
    if len(rest) < 2:
        return ordered
    sums = [row.sum for row in rest]
    whole = CostSum(*(sum(getattr(one, name) for one in sums) for name in ("usd", "low", "high", "unknown")))
    elements = tuple(i for row in rest for i in row.elements)
    return [
        *shown,
        replace(rest[0], what=tr("{0:,} others", len(rest)), quantity=len(rest), sum=whole, elements=elements),
    ]


@dataclass(frozen=True)
class Cell:
    """A row of the bill and where it is painted."""

    row: CostRow
    box: QRectF


@guarded
class Treemap(QWidget):
    """`chosen` carries a row that was clicked. `is_marked` says of a row whether it is outlined."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, is_marked: Callable[[CostRow], bool]) -> None:
        super().__init__()
        self._theme, self._is_marked = theme, is_marked
        self._shown = False
        self._groups: Areas = []
        self._months = 1.0
        self.cells: list[Cell] = []
        self._heads: list[tuple[str, float, QRectF]] = []
        self.setMinimumWidth(200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("What the parts of the design cost, as areas"))
        self.setMouseTracking(True)

    def show_areas(self, areas: Areas, months: float) -> None:
        """Show what `areas_of` found."""
        self._groups, self._months, self._shown = areas, months, True
        self._place()

    def sizeHint(self) -> QSize:
        """Wide enough for a few columns."""
        return QSize(520, 300)

    def resizeEvent(self, event: QEvent) -> None:
        """Place the cells anew."""
        self._place()

    def _place(self) -> None:
        whole = [sum(row.sum.usd for row in rows) for _, rows in self._groups]
        box = (12.0, HEAD_PX + 4.0, max(self.width() - 24.0, 0.0), max(self.height() - HEAD_PX - 10.0, 0.0))
        self.cells, self._heads = [], []
        for (name, given), usd, (x, y, w, h) in zip(self._groups, whole, columns(whole, box, GAP_PX), strict=True):
            self._heads.append((name, usd, QRectF(x, 4.0, w, HEAD_PX)))
            rows = sorted(given, key=lambda row: -row.sum.usd)  # all others together may be the dearest
            boxes = squares([row.sum.usd for row in rows], (x, y, w, h))
            self.cells += [Cell(row, QRectF(*one)) for row, one in zip(rows, boxes, strict=True)]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the heads of the columns and the cells."""
        painter, theme = QPainter(self), self._theme
        painter.setFont(theme.font("secondary"))
        if self._shown and not self.cells:
            painter.setPen(theme.color("text.muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(24, 0, -24, 0), int(flags), NOTHING)
        for name, usd, box in self._heads:
            amount = money(usd * self._months)
            wide = painter.fontMetrics().horizontalAdvance(amount)
            if box.width() > wide + 30:
                painter.setPen(theme.color("text"))
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, amount)
                box = box.adjusted(0, 0, -wide - 6, 0)
            elif box.width() < 24:
                continue
            name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(box.width()))
            painter.setPen(theme.color("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        marked = [cell for cell in self.cells if self._is_marked(cell.row)]
        for cell in self.cells:
            self._paint(painter, cell)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("selection"), 2))
        for cell in marked:
            painter.drawRect(cell.box.adjusted(1, 1, -SPACE_PX, -SPACE_PX))

    def _paint(self, painter: QPainter, cell: Cell) -> None:
        box = cell.box.adjusted(0, 0, -SPACE_PX, -SPACE_PX)
        if box.width() < 1.0 or box.height() < 1.0:
            return
        colors = self._theme.kind(LOOKS.get(cell.row.what, cell.row.kind))
        painter.setPen(colors.border)
        painter.setBrush(colors.header)
        painter.drawRect(box)
        if box.width() < LEAST_W or box.height() < LEAST_H:
            return
        inner = box.adjusted(PAD_PX, 3, -3, -3)
        metrics = painter.fontMetrics()
        sign = "~" if cell.row.mark == "derived" else ""
        amount, two = f"{sign}{money(cell.row.sum.usd * self._months)}", inner.height() >= 2 * metrics.height()
        painter.setPen(colors.ink)
        if two and inner.width() > metrics.averageCharWidth() * 5:
            what = metrics.elidedText(cell.row.what, Qt.TextElideMode.ElideMiddle, int(inner.width()))
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, what)
            painter.setPen(self._theme.color("text"))
            inner = inner.adjusted(0, metrics.height() + 1, 0, 0)
        if metrics.horizontalAdvance(amount) <= inner.width():
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, amount)

    def row_at(self, at: QPointF) -> CostRow | None:
        """The row that is painted at a place."""
        return next((cell.row for cell in self.cells if cell.box.contains(at)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the row under the mouse."""
        row = self.row_at(event.position())
        if row is not None:
            self.chosen.emit(row)

    def event(self, event: QEvent) -> bool:
        """Say what a cell is that has no room for its text."""
        if isinstance(event, QHelpEvent):
            row = self.row_at(QPointF(event.pos()))
            if row is None:
                QToolTip.hideText()
            else:
                text = tr("{0}, {1}: {2}", row.what, row.group, money(row.sum.usd * self._months, 2))
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)
