"""Cost against nines: a point a design; those that no other beats in both are filled and joined by a stair."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from designer import units
from designer.report.comparing import Measures, pareto_point, undominated
from designer.report.plots import around
from designer.ui.cost.model import money
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.preferences.quantities import currency
from designer.words import tr

LEFT_PX, RIGHT_PX, TOP_PX, LOW_PX, DOT_PX = 56.0, 24.0, 26.0, 22.0, 5.0
MOST_NAME_PX = 220.0


@guarded
class ParetoPlot(QWidget):
    """The plot of some designs. It is hidden where fewer than two have cost and nines."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.points: list[tuple[str, float, float, bool]] = []
        self.setMinimumHeight(190)
        self.setAccessibleName(tr("Cost against nines"))
        theme.changed.connect(self.update)

    def show_designs(self, titles: Sequence[str], found: Sequence[Measures]) -> None:
        """Show the points of designs by their titles."""
        known = zip(titles, found, undominated(found))
        self.points = [
            (title, *point, bool(best)) for title, one, best in known if (point := pareto_point(one)) is not None
        ]
        self.setVisible(len(self.points) > 1)
        self.setAccessibleDescription("\n".join(map(_told, self.points)))
        self.update()

    @property
    def best(self) -> list[str]:
        """The titles of those that no other beats."""
        return [title for title, _, _, filled in self.points if filled]

    def places(self) -> list[QPointF]:
        """Where the points stand."""
        (left, right, _), (low, top, _) = self._axes()
        area = self._area()
        return [
            QPointF(
                area.left() + (usd - left) / (right - left) * area.width(),
                area.bottom() - (nines - low) / (top - low) * area.height(),
            )
            for _, usd, nines, _ in self.points
        ]

    def _axes(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        return around([one[1] for one in self.points]), around([one[2] for one in self.points])

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(LEFT_PX, TOP_PX, -RIGHT_PX, -LOW_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        if len(self.points) < 2:
            return
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("secondary", figures=True))
        self._paint_axes(painter)
        places, accent = self.places(), theme.color("accent")
        stair = sorted(
            ((place.x(), place.y()) for place, one in zip(places, self.points) if one[3]), key=lambda one: one[0]
        )
        painter.setPen(QPen(accent, 1.0, Qt.PenStyle.DashLine))
        for (x, y), (to_x, to_y) in pairwise(stair):
            painter.drawLines([QLineF(x, y, to_x, y), QLineF(to_x, y, to_x, to_y)])
        painter.setFont(theme.font("secondary"))
        for place, one in zip(places, self.points):
            painter.setPen(QPen(accent, 1.5))
            painter.setBrush(accent if one[3] else theme.color("raised"))
            painter.drawEllipse(place, DOT_PX, DOT_PX)
        for (x, y), (name, above) in self.names().items():
            self._paint_name(painter, QPointF(x, y), name, above)

    def names(self) -> dict[tuple[float, float], tuple[str, bool]]:
        """The names by place, and whether a name stands above it; points at one place have one text."""
        found: dict[tuple[float, float], tuple[str, bool]] = {}
        for place, (title, _, _, best) in zip(self.places(), self.points):
            at = float(round(place.x())), float(round(place.y()))
            found[at] = (tr("{0}, {1}", found[at][0], title) if at in found else title, best)
        return found

    def _paint_axes(self, painter: QPainter) -> None:
        (left, right, x_step), (low, top, y_step) = self._axes()
        area, theme = self._area(), self._theme
        middle = Qt.AlignmentFlag.AlignVCenter
        for number in range(round((top - low) / y_step) + 1):
            y = area.bottom() - number * y_step / (top - low) * area.height()
            painter.setPen(theme.color("hairline"))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(theme.color("text.muted"))
            text = units.number(low + number * y_step)
            painter.drawText(QRectF(0, y - 9, area.left() - 6, 18), Qt.AlignmentFlag.AlignRight | middle, text)
        for number in range(round((right - left) / x_step) + 1):
            x = area.left() + number * x_step / (right - left) * area.width()
            at = QRectF(x - 50, area.bottom() + 2, 100, 18)
            painter.drawText(at, Qt.AlignmentFlag.AlignHCenter | middle, money(left + number * x_step))
        title = tr("Nines of the worst service, by {0} a month", currency().code)
        painter.drawText(QRectF(12, 2, self.width() - 24, 18), Qt.AlignmentFlag.AlignLeft | middle, title)

    def _paint_name(self, painter: QPainter, place: QPointF, name: str, above: bool) -> None:
        """A name beside its point, on the side where there is room."""
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, round(MOST_NAME_PX))
        wide = float(painter.fontMetrics().horizontalAdvance(text))
        right = place.x() + DOT_PX + 4 + wide < self.width()
        x = place.x() + DOT_PX + 4 if right else place.x() - DOT_PX - 4 - wide
        painter.setPen(self._theme.color("text"))
        painter.drawText(QPointF(x, place.y() + (-5 if above else 14)), text)

    def event(self, event: QEvent) -> bool:
        """Tell the point beneath the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            near = [
                one
                for place, one in zip(self.places() if len(self.points) > 1 else (), self.points)
                if (place - QPointF(event.pos())).manhattanLength() <= 3 * DOT_PX
            ]
            QToolTip.showText(event.globalPos(), "\n".join(map(_told, near)).replace("<", "‹"), self)
            return True
        return super().event(event)


def _told(point: tuple[str, float, float, bool]) -> str:
    title, usd, nines, best = point
    text = tr("{0}: {1} nines for {2} {3} a month", title, units.number(nines), money(usd), currency().code)
    return text + tr(", which no other beats") * best
