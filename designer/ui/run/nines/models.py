"""Services and changes as tables whose columns stand below one another, and what takes a service down as a list."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QWidget

from designer.study.availability.answer import YEAR_H, Bought, Contribution, ServiceAvailability
from designer.study.availability.found import NinesFound
from designer.study.availability.words import band, percent, slo_text, span
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.run.nines.axis import NinesAxis, paint_change, paint_service, paint_ticks
from designer.words import tr

Index = QModelIndex | QPersistentModelIndex
NAME, SLO, AXIS, DOWN, BAND, OUTAGES, EACH, MISSED = range(8)
SERVICE_TITLES = (
    tr("Service\nworst first"), tr("SLO"), "", tr("Downtime\na year"), tr("Range\nof the inputs"),
    tr("Outages\na year"), tr("Each\nmean"), tr("Years that\nmiss the SLO"),
)  # fmt: skip
CHANGE, REACH, THEN, GAINED, USD, TRY = range(6)
CHANGE_TITLES = ("", "", tr("Downtime"), tr("Nines"), tr("USD a month"), "")
NOTHING = "–"
BAR_PX = 2.0
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
SPOKEN = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)


@guarded
class ServicesModel(QAbstractTableModel):
    """The services that have an answer, nearest to their SLO first."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.found = NinesFound()
        self.rows: list[ServiceAvailability] = []
        self.axis = NinesAxis()

    def show_found(self, found: NinesFound) -> None:
        """Show what is known by now."""
        rows = found.ordered
        self.axis = NinesAxis.around(rows)
        if found is self.found and [one.id for one in rows] == [one.id for one in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, MISSED))
            return
        self.beginResetModel()
        self.found, self.rows = found, rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Services."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Figures."""
        return 0 if parent.isValid() else len(SERVICE_TITLES)

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """Titles."""
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return SERVICE_TITLES[section]
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if section == NAME else RIGHT
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """A figure as text, and its color."""
        if not 0 <= index.row() < len(self.rows):
            return None
        one, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(one, column)
        if role in SPOKEN and column == AXIS:
            return tr("{0} available; naive {1}", percent(one.down), percent(one.naive))
        if role == Qt.ItemDataRole.DecorationRole and column == NAME:
            color = self._theme.state("failed") if one.misses else self._theme.color("text.muted")
            return icon("service", color)
        if role == Qt.ItemDataRole.ForegroundRole:
            bad = one.misses and column in (NAME, DOWN)
            return self._theme.state("failed") if bad else None
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.font("title" if one.misses and column in (NAME, DOWN) else "base", figures=column > NAME)
        return (LEFT if column == NAME else RIGHT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _text(self, one: ServiceAvailability, column: int) -> str:
        missed = self.found.missed(one.id)
        return {
            NAME: one.name,
            SLO: slo_text(one.slo_frac) or tr("none"),
            DOWN: span(one.downtime_h),
            BAND: band(one) if one.low < one.high else NOTHING,
            OUTAGES: f"{one.outages_h * YEAR_H:.2g}",
            EACH: span(one.mean_outage_h) if one.outages_h else NOTHING,
            MISSED: NOTHING if missed is None else f"{missed.value * 100.0:.2g}%",
        }.get(column, "")


@guarded
class ChangesModel(QAbstractTableModel):
    """What each change would buy one service, the best first."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.service: ServiceAvailability | None = None
        self.axis = NinesAxis()
        self.rows: list[Bought] = []

    def show_service(self, service: ServiceAvailability | None, axis: NinesAxis) -> None:
        """Show the changes for a service."""
        self.axis = axis
        rows = service.helpful if service is not None else []
        if service is self.service and rows == self.rows:
            return
        self.beginResetModel()
        self.service, self.rows = service, rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Changes."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Figures, and the button."""
        return 0 if parent.isValid() else len(CHANGE_TITLES)

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """Titles; the first says whose changes they are."""
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if section == CHANGE:
                name = self.service.name if self.service is not None else ""
                if self.service is not None and self.service.changes and not self.rows:
                    return tr("No change on offer would help {0}", name)
                return tr("What would help {0}", name) if name else tr("What one change would buy")
            return CHANGE_TITLES[section]
        return (LEFT if section == CHANGE else RIGHT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = 0) -> Any:
        """A figure as text."""
        if not 0 <= index.row() < len(self.rows):
            return None
        one, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            usd = tr("unknown") if one.usd_month is None else f"{one.usd_month:+,.0f}" if one.usd_month else "0"
            return {
                CHANGE: one.title, THEN: span(one.down * YEAR_H), GAINED: f"{one.gained:+.2f}", USD: usd,
                TRY: tr("Try It"),
            }.get(column)  # fmt: skip
        if role in SPOKEN and column in (CHANGE, REACH):
            return one.title
        if role == Qt.ItemDataRole.DecorationRole and column == CHANGE:
            return icon(one.kind.replace("_", "-"), self._theme.color("text.muted"))
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.font("base", figures=column > CHANGE)
        return (LEFT if column == CHANGE else RIGHT) if role == Qt.ItemDataRole.TextAlignmentRole else None


@guarded
class CausesModel(QAbstractTableModel):
    """What takes a service down, the most first."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Contribution] = []
        self.whole_h = 0.0

    def show_service(self, service: ServiceAvailability | None) -> None:
        """Show the causes of a service; those of less than a thousandth are left out."""
        rows = service.contributions if service is not None else []
        self.beginResetModel()
        self.whole_h = service.downtime_h if service is not None else 0.0
        self.rows = [one for one in rows if one.hours > self.whole_h / 1000.0]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Causes."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One, which is painted."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = 0) -> Any:
        """The cause and its hours in words."""
        if not 0 <= index.row() < len(self.rows):
            return None
        one = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, *SPOKEN):
            return tr("{0}: {1} a year", one.label, span(one.hours))
        return None


class _Ground(QStyledItemDelegate):
    """Paints the ground of a row as the other columns have it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def ground(self, painter: QPainter, option: Any) -> None:
        """Selected, hovered, or neither."""
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, self._theme.color("selection.row"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, self._theme.color("sunken"))


@guarded
class AxisDelegate(_Ground):
    """The axis column of services and of changes."""

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """Paint a row of the axis."""
        model, box = index.model(), QRectF(option.rect)
        painter.save()
        self.ground(painter, option)
        if isinstance(model, ServicesModel):
            paint_service(painter, self._theme, model.axis, model.rows[index.row()], box)
        elif isinstance(model, ChangesModel) and model.service is not None:
            one = model.rows[index.row()]
            paint_change(painter, self._theme, model.axis, model.service, one.down, one.meets, box)
        painter.restore()


@guarded
class TryDelegate(_Ground):
    """The cell that makes a change, as a button."""

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """Paint the button."""
        painter.save()
        self.ground(painter, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        lit = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(QPen(self._theme.color("accent" if lit else "strong"), 1))
        painter.setBrush(self._theme.color("accent.quiet" if lit else "raised"))
        box = QRectF(option.rect).adjusted(8.5, 3.5, -8.5, -3.5)
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(self._theme.color("link"))
        painter.setFont(self._theme.font("secondary"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(index.data()))
        painter.restore()


@guarded
class CauseDelegate(_Ground):
    """A cause: its rank, what it is, its hours, and below that a bar of its part of the downtime."""

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """Paint a cause."""
        model, box, theme = index.model(), QRectF(option.rect), self._theme
        assert isinstance(model, CausesModel)
        one = model.rows[index.row()]
        painter.save()
        self.ground(painter, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        badge = QRectF(box.left() + 2, box.center().y() - 7, 14, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawEllipse(badge)
        painter.setPen(theme.color("text.on_accent"))
        painter.setFont(theme.font("tile"))
        painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), str(index.row() + 1))
        painter.setFont(theme.font("secondary", figures=True))
        hours = span(one.hours)
        wide = max(painter.fontMetrics().horizontalAdvance(hours), 36)
        painter.setPen(theme.color("text"))
        painter.drawText(box.adjusted(0, 0, -4, 0), RIGHT, hours)
        room = QRectF(badge.right() + 6, box.top(), box.right() - wide - 10 - badge.right() - 6, box.height())
        bar = QRectF(room.left(), box.bottom() - BAR_PX, room.width(), BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("sunken"))
        painter.drawRoundedRect(bar, 1, 1)
        painter.setBrush(theme.color("accent"))
        bar.setWidth(max(bar.width() * one.hours / max(model.whole_h, 1e-300), 2.0))
        painter.drawRoundedRect(bar, 1, 1)
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text"))
        text = painter.fontMetrics().elidedText(one.label, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, LEFT, text)
        painter.restore()


@guarded
class AxisHeader(QHeaderView):
    """A header whose axis column has the labels of the axis."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self.setSectionsClickable(False)

    def paintSection(self, painter: QPainter, rect: Any, section: int) -> None:
        """Paint a title, or the axis."""
        model = self.model()
        if section != AXIS or not isinstance(model, ServicesModel):
            super().paintSection(painter, rect, section)
            return
        painter.save()
        painter.fillRect(rect, self._theme.color("panel"))
        painter.setFont(self._theme.font("secondary", figures=True))
        paint_ticks(painter, self._theme, model.axis, QRectF(rect).adjusted(0, 4, 0, -4), labels=True)
        painter.setPen(QPen(self._theme.color("hairline"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()
