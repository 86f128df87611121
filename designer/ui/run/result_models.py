"""The result of a run as models of tables: a row an element, or a sheet to read from top to bottom."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from designer import units
from designer.checks.run import share
from designer.study.summary import SummaryRow, Value
from designer.ui.parts.guard import guarded
from designer.ui.parts.plain_table import in_new_order
from designer.ui.parts.theme import Theme
from designer.words import tr

Index = QModelIndex | QPersistentModelIndex


def shown(value: float, unit: str) -> str:
    """A figure as the table shows it. A share near 1 keeps its nines where rounding would hide them."""
    return share(value) if unit == "fraction" else units.text(value, unit)


class ResultRows:
    """Rows, and the titles of all figures that any of them has."""

    def __init__(self, rows: list[SummaryRow]) -> None:
        self.rows, self.titles = rows, list(dict.fromkeys(title for row in rows for title in row.values))


@guarded
class ResultModel(QAbstractTableModel):
    """A row an element, a column a figure; units are in the cells."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[SummaryRow] = []
        self.titles: list[str] = []
        self._given: list[SummaryRow] = []
        self._by = -1, Qt.SortOrder.AscendingOrder

    def show_rows(self, found: ResultRows) -> None:
        """Show other rows, in the order that was chosen last."""
        self.beginResetModel()
        self._given, self.titles = found.rows, found.titles
        self.rows = self._ordered()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by name or by a figure (column -1: as they were given); what has no figure comes last."""
        self._by = column, order
        in_new_order(self, self.rows, self._arrange)

    def _arrange(self) -> list[SummaryRow]:
        self.rows = self._ordered()
        return self.rows

    def _ordered(self) -> list[SummaryRow]:
        column, falls = self._by[0], self._by[1] == Qt.SortOrder.DescendingOrder
        if column == 0:
            return sorted(self._given, key=lambda row: row.name, reverse=falls)
        if not 0 < column <= len(self.titles):
            return self._given
        title = self.titles[column - 1]
        found = [(row.values[title][0], row) for row in self._given if title in row.values]
        found.sort(key=lambda pair: pair[0], reverse=falls)
        return [row for _, row in found] + [row for row in self._given if title not in row.values]

    def keys(self) -> list[tuple[str, int, str]]:
        """What each row is of."""
        return [(row.kind, row.id, row.name) for row in self.rows]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Elements."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Name and figures."""
        return 0 if parent.isValid() else len(self.titles) + 1

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """Titles."""
        if role == Qt.ItemDataRole.DisplayRole and way == Qt.Orientation.Horizontal:
            return tr("Name") if section == 0 else tr(self.titles[section - 1])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Name or figure."""
        row = self.rows[index.row()]
        if index.column() == 0:
            return row.name if role == Qt.ItemDataRole.DisplayRole else None
        value = row.values.get(self.titles[index.column() - 1])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return shown(*value) if role == Qt.ItemDataRole.DisplayRole and value is not None else None


@guarded
class SheetModel(QAbstractTableModel):
    """Two columns, title and figure, element after element; the name of each stands above its figures."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.lines: list[tuple[SummaryRow, str, Value | None]] = []

    def show_rows(self, rows: list[SummaryRow]) -> None:
        """Show other elements. Figures of which nothing is known are left out."""
        self.beginResetModel()
        self.lines = []
        for row in rows:
            figures = [(row, title, value) for title, value in row.values.items() if value[0] == value[0]]
            if figures:
                self.lines += [(row, row.name, None), *figures]
        self.endResetModel()

    def keys(self) -> list[tuple[str, int, str]]:
        """What each line is of."""
        return [(row.kind, row.id, title) for row, title, _ in self.lines]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Names and figures."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Title and figure."""
        return 0 if parent.isValid() else 2

    def data(self, index: Index, role: int = 0) -> Any:
        """A name, a title or a figure."""
        row, title, value = self.lines[index.row()]
        if role == Qt.ItemDataRole.FontRole and value is None:
            return self._theme.font("title")
        if role == Qt.ItemDataRole.ForegroundRole and value is not None and index.column() == 0:
            return self._theme.color("text.muted")
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            said = title if value is None else tr("{0} of {1}: {2}", tr(title), row.name, shown(*value))
            return said.replace("<", "‹")
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if index.column() == 0:
            return title if value is None else tr(title)
        return shown(*value) if value is not None else ""
