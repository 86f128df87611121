"""The rows of a bill as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush

from designer import units
from designer.model.kind import Kind
from designer.study.cost.bill import USD_MONTH
from designer.study.cost.table import SIGNS, CostRow
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.plain_table import in_new_order
from designer.ui.parts.theme import Theme
from designer.ui.preferences.quantities import currency
from designer.words import tr

Index = QModelIndex | QPersistentModelIndex
LINE, GROUP, QUANTITY, PRICE, SOURCE, USD = range(6)
NOTHING = "–"


def money(usd: float, digits: int = 0) -> str:
    """An amount in the user's currency, without its name."""
    return f"{currency().of(usd):,.{digits}f}"


def price_text(usd: float) -> str:
    """A price of one unit: as many digits as price lists have."""
    amount = currency().of(usd)
    return f"{amount:,.2f}" if amount >= 1.0 else f"{amount:.4f}" if amount >= 0.001 else f"{amount:.3g}"


@guarded
class CostModel(QAbstractTableModel):
    """Rows of a bill; `months` is how many months an amount is for, `group` the title of the second column."""

    def __init__(self, kinds: dict[str, Kind], theme: Theme) -> None:
        super().__init__()
        self._kinds, self._theme = kinds, theme
        self.rows: Sequence[CostRow] = ()
        self.months, self.group = 1.0, ""
        self.order = USD, Qt.SortOrder.DescendingOrder
        """The column that rows are sorted by, and how."""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; what is selected stays so."""
        self.order = column, order
        in_new_order(self, self.rows, self._arrange)

    def _arrange(self) -> Sequence[CostRow]:
        self.rows = in_order(self.rows, *self.order)
        return self.rows

    def keys(self) -> list[tuple[str, str, str]]:
        """What each row is of."""
        return [(row.what, row.group, row.source) for row in self.rows]

    def show_rows(self, rows: Sequence[CostRow], group: str, months: float) -> None:
        """Show other rows, which are in the model's order."""
        self.beginResetModel()
        self.rows, self.group, self.months = rows, group, months
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows of the bill."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Six."""
        return 0 if parent.isValid() else USD + 1

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """Titles; that of the amount says for how long."""
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            amount = tr("{0} a year") if self.months > 1.0 else tr("{0} a month")
            titles = (tr("Line"), self.group, tr("Quantity"), tr("Price"), tr("Source"), amount)
            return titles[section].format(currency().code)
        return _side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = 0) -> Any:
        """A cell as text, its icon and color."""
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.DecorationRole if column == LINE:
                return icon(self._kinds[row.kind].icon.removesuffix(".svg"), self._theme.color("text.muted"))
            case Qt.ItemDataRole.ForegroundRole if column in (GROUP, QUANTITY, SOURCE):
                return self._theme.color("text.muted")
            case Qt.ItemDataRole.BackgroundRole if column == PRICE and row.price is None:
                return self._hatch()
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case Qt.ItemDataRole.ToolTipRole:
                cell = f"{self._text(row, column)}\n".replace("<", "‹") if column in (LINE, GROUP, SOURCE) else ""
                return cell + self._tip(row)
        return None

    def _hatch(self) -> Any:
        return QBrush(self._theme.color("no_data.hatch"), Qt.BrushStyle.BDiagPattern)

    def _text(self, row: CostRow, column: int) -> str:
        sign = SIGNS[row.mark]
        if column == LINE:
            return row.what
        if column == GROUP:
            return row.group
        if column == QUANTITY:
            unit = "" if row.unit == USD_MONTH else f" {row.unit}"
            return f"{row.quantity:,.0f}{unit}" if row.quantity else NOTHING
        if column == PRICE:
            return "" if row.price is None else f"{sign}{price_text(row.price.usd)}".replace("•", "• ")
        if column == SOURCE:
            return row.source
        return NOTHING if row.usd is None else f"{'~' if row.mark == 'derived' else ''}{money(row.usd * self.months)}"

    def _tip(self, row: CostRow) -> str:
        if row.price is None:
            return tr("No price is known. It is not in the total. Set your own to have it counted.")
        count = units.number(len(row.elements))
        between = ""
        if row.sum.low != row.sum.high:
            low, high = money(row.sum.low * self.months), money(row.sum.high * self.months)
            between = tr("; {0} to {1} {2}", low, high, currency().code)
        return tr("{0} elements: {1} {2}", count, money((row.usd or 0.0) * self.months, 2), currency().code) + between


VALUES: tuple[Callable[[CostRow], Any], ...] = (
    lambda row: row.what,
    lambda row: row.group,
    lambda row: row.quantity,
    lambda row: -1.0 if row.price is None else row.price.usd,
    lambda row: row.source,
    lambda row: -1.0 if row.price is None else row.sum.usd,
)
"""What rows are sorted by, by column; what has no price is less than all prices."""


def in_order(rows: Sequence[CostRow], column: int, order: Qt.SortOrder) -> list[CostRow]:
    """Rows sorted by a column; equal ones stay in their order."""
    return sorted(rows, key=VALUES[column], reverse=order == Qt.SortOrder.DescendingOrder)


def _side(column: int) -> int:
    right = column in (QUANTITY, PRICE, USD)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
