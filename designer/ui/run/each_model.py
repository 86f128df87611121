"""Failures in turn as a table: a row an element, the worst first; behind its figures the downtime of each service, the
worst first; the last column is for the services that have no room."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from designer import units
from designer.study.each.answer import EachAnswer, Fall
from designer.study.each.printed import up_text
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.words import tr, trn

Index = QModelIndex | QPersistentModelIndex
VALUE_ROLE = Qt.ItemDataRole.UserRole
NAME, FALL, STAY, MEANWHILE, BELOW, HOTTEST, UP = range(7)
TITLES = (
    tr("What fails"), tr("VMs\nthat fall"), tr("Do not\ncome back"), tr("With one\nin maintenance"),
    tr("Services\nbelow SLO"), tr("Hottest\nsurvivor"), tr("Up\nagain"),
)  # fmt: skip
NOTHING = "–"


@guarded
class FallsModel(QAbstractTableModel):
    """The failures of an answer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.answer: EachAnswer | None = None
        self._order: list[int] = []
        self._shown = 0

    def show_answer(self, answer: EachAnswer | None) -> None:
        """Show another answer, or none."""
        self.beginResetModel()
        self.answer = answer
        self._order = _worst_first(answer) if answer is not None else []
        self._shown = len(self._order)
        self.endResetModel()

    @property
    def more(self) -> int:
        """The column of the services that have no column in sight; those of services are before it."""
        return len(TITLES) + len(self._order)

    def show_services(self, count: int) -> None:
        """Show the first `count` services in columns of their own, the others in the last."""
        if count != self._shown:
            self._shown = count
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, self.more, self.more)
            self.dataChanged.emit(self.index(0, self.more), self.index(max(self.rowCount() - 1, 0), self.more))

    def _services(self, column: int) -> list[int]:
        """The services of a column, as places in the answer; none of a figure."""
        n = column - len(TITLES)
        return self._order[self._shown :] if column == self.more else [self._order[n]] if n >= 0 else []

    def fall(self, row: int) -> Fall | None:
        """The failure of a row."""
        if self.answer is None or not 0 <= row < len(self.answer.falls):
            return None
        return self.answer.falls[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Elements."""
        return 0 if parent.isValid() or self.answer is None else len(self.answer.falls)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Figures, then services, then the rest of these."""
        return 0 if parent.isValid() else self.more + 1

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """Titles; those of services say what their objective allows in a month."""
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if section < len(TITLES):
                return TITLES[section]
            if section == self.more:
                return self._rest_title(len(self._services(section)))
            assert self.answer is not None
            service, allowed_s = self.answer.services[self._order[section - len(TITLES)]]
            return tr("{0} down,\nof {1} a month", self.answer.names.get(service, ""), units.text(allowed_s, "s", 3))
        if role == Qt.ItemDataRole.ToolTipRole and section == self.more:
            return tr("The longest downtime of the services that have no column; the tip of a value lists them all")
        if role == Qt.ItemDataRole.ToolTipRole and section >= len(TITLES):
            return tr("For how long this takes the service down, of what its SLO (99.9% without one) allows in a month")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """A figure as text, its value to sort by, its color."""
        fall, column = self.fall(index.row()), index.column()
        if fall is None or self.answer is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(fall, column)
            case Qt.ItemDataRole.DecorationRole if column == NAME:
                return icon(fall.kind.replace("_", "-"), self._theme.color("text.muted"))
            case Qt.ItemDataRole.ForegroundRole if self._is_bad(fall, column):
                return self._theme.state("failed")
            case Qt.ItemDataRole.BackgroundRole if column >= len(TITLES) and self._is_bad(fall, column):
                return self._theme.color("failed.ground")
            case Qt.ItemDataRole.ToolTipRole if column == self.more:
                return "\n".join(self._down(fall, n) for n in self._services(column))
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
            case _ if role == VALUE_ROLE:
                return self._value(fall, column, index.row())
        return None

    def _text(self, fall: Fall, column: int) -> str:
        assert self.answer is not None
        if column == NAME:
            return self.answer.names.get(fall.id, "")
        if column == UP:
            return tr("not before repair") if math.isinf(fall.up_s) else up_text(fall)
        value = self._value(fall, column, 0)
        if math.isnan(value) or value <= 0.0:
            return NOTHING
        if column == HOTTEST:
            return f"{value:.0%}"
        return units.text(value, "s", 3) if column >= len(TITLES) else f"{value:,.0f}"

    def _value(self, fall: Fall, column: int, row: int) -> float:
        if column >= len(TITLES):
            return max((fall.down_s[n] for n in self._services(column)), default=0.0)
        meanwhile = math.nan if fall.meanwhile is None else float(len(fall.meanwhile.stays))
        return (row, fall.fell, len(fall.stays), meanwhile, len(fall.below), fall.hottest, fall.up_s)[column]

    def _is_bad(self, fall: Fall, column: int) -> bool:
        if column >= len(TITLES):
            return not set(self._services(column)).isdisjoint(fall.below)
        if column == HOTTEST:
            return fall.hottest > 1.0
        return column in (STAY, MEANWHILE, BELOW, UP) and self._value(fall, column, 0) > (0.0 if column != UP else 1e12)

    def _rest_title(self, count: int) -> str:
        if not self._shown:
            return trn("{0} service,\nlongest down", "{0} services,\nlongest down", count)
        return tr("and {0} more,\nlongest down", count)

    def _down(self, fall: Fall, n: int) -> str:
        """A service and for how long it is down."""
        assert self.answer is not None
        name = self.answer.names.get(self.answer.services[n][0], "")
        return tr("{0}: {1}", name, units.text(fall.down_s[n], "s", 3) if fall.down_s[n] > 0.0 else NOTHING)


def _worst_first(answer: EachAnswer) -> list[int]:
    """The places of services, first those that most failures take below their SLO, then those that are down longest."""

    def rank(n: int) -> tuple[float, ...]:
        return -sum(n in fall.below for fall in answer.falls), -sum(fall.down_s[n] for fall in answer.falls), n

    return sorted(range(len(answer.services)), key=rank)
