"""Failures in turn as a table: a row an element, the worst first; behind its figures the downtime of each service."""

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
from designer.words import tr

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

    def show_answer(self, answer: EachAnswer | None) -> None:
        """Show another answer, or none."""
        self.beginResetModel()
        self.answer = answer
        self.endResetModel()

    def fall(self, row: int) -> Fall | None:
        """The failure of a row."""
        if self.answer is None or not 0 <= row < len(self.answer.falls):
            return None
        return self.answer.falls[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Elements."""
        return 0 if parent.isValid() or self.answer is None else len(self.answer.falls)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Figures, then services."""
        return 0 if parent.isValid() else len(TITLES) + (len(self.answer.services) if self.answer is not None else 0)

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """Titles; those of services say what their objective allows in a month."""
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if section < len(TITLES):
                return TITLES[section]
            assert self.answer is not None
            service, allowed_s = self.answer.services[section - len(TITLES)]
            return tr("{0} down,\nof {1} a month", self.answer.names.get(service, ""), units.text(allowed_s, "s", 3))
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
            return fall.down_s[column - len(TITLES)]
        meanwhile = math.nan if fall.meanwhile is None else float(len(fall.meanwhile.stays))
        return (row, fall.fell, len(fall.stays), meanwhile, len(fall.below), fall.hottest, fall.up_s)[column]

    def _is_bad(self, fall: Fall, column: int) -> bool:
        if column >= len(TITLES):
            return column - len(TITLES) in fall.below
        if column == HOTTEST:
            return fall.hottest > 1.0
        return column in (STAY, MEANWHILE, BELOW, UP) and self._value(fall, column, 0) > (0.0 if column != UP else 1e12)
