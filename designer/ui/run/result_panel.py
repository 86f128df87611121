"""The result of a run as a table."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.checks.run import share
from designer.exchange.csv_out import csv_text
from designer.study.states import RunState
from designer.study.summary import SummaryRow
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session

KINDS = (
    ("Total and services", ("design", "service")),
    ("Regions and zones", ("region", "zone")),
    ("Data centers, racks, subnets", ("data_center", "rack", "subnet")),
    ("Hosts", ("host",)),
    ("VMs", ("vm",)),
)
VALUE_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


@guarded
class ResultModel(QAbstractTableModel):
    """A row an element, a column a figure; units are in the cells."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[SummaryRow] = []
        self.titles: list[str] = []

    def show_rows(self, rows: list[SummaryRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = rows
        self.titles = list(dict.fromkeys(title for row in rows for title in row.values))
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Elements."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Name and figures."""
        return 0 if parent.isValid() else len(self.titles) + 1

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """Titles."""
        if role == Qt.ItemDataRole.DisplayRole and way == Qt.Orientation.Horizontal:
            return "Name" if section == 0 else self.titles[section - 1]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Name or figure."""
        row = self.rows[index.row()]
        if index.column() == 0:
            return row.name if role in (Qt.ItemDataRole.DisplayRole, VALUE_ROLE) else None
        value = row.values.get(self.titles[index.column() - 1])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if value is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(*value)
        return value[0] if role == VALUE_ROLE else None


def shown(value: float, unit: str) -> str:
    """A figure as the table shows it. A share near 1 keeps its nines where rounding would hide them."""
    return share(value) if unit == "fraction" else units.text(value, unit)


class ResultPanel(QWidget):
    """The table of one sort of element."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._seen: tuple[Any, ...] = ()
        self.kind = QComboBox()
        self.kind.setAccessibleName("Elements")
        for title, kinds in KINDS:
            self.kind.addItem(title, kinds)
        self.kind.currentIndexChanged.connect(lambda _: self.refresh(force=True))
        copy = QPushButton("Copy CSV")
        copy.clicked.connect(self.copy)
        self.model, self.sorted = ResultModel(), QSortFilterProxyModel()
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(VALUE_ROLE)
        self.table = QTableView()
        self.table.setModel(self.sorted)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Result")
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.clicked.connect(self._go)
        head = QHBoxLayout()
        head.setContentsMargins(8, 6, 8, 4)
        head.addWidget(self.kind, 1)
        head.addWidget(copy)
        self._empty = QLabel("Press Run to get a result.")
        self._empty.setProperty("muted", True)
        self._empty.setContentsMargins(12, 4, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._empty)
        column.addWidget(self.table, 1)
        self.refresh()

    def refresh(self, force: bool = False) -> None:
        """Rebuild the table after the run has advanced (only while visible)."""
        run = self._session.run
        resting = run is not None and run.state in (RunState.PAUSED, RunState.FINISHED, RunState.CANCELLED)
        key = (id(run), round(run.time_s) if run is not None and resting else None, run.state if run else None)
        if not force and (key == self._seen or not self.isVisible()):
            return
        self._seen = key
        kinds = self.kind.currentData()
        rows = run.view.summary().of_kinds(kinds) if run is not None else []
        self.model.show_rows(rows)
        self._empty.setText("Press Run to get a result." if run is None else "No figures of this kind yet.")
        self._empty.setVisible(not rows)

    def _go(self, index: QModelIndex) -> None:
        row = self.model.rows[self.sorted.mapToSource(index).row()]
        if row.id in self._session.project.elements:
            self._session.select([row.id])
            self._session.reveal.emit([row.id])

    def copy(self) -> None:
        """Copy the table to the clipboard as CSV, numbers in base units."""
        units_of = {title: unit for row in self.model.rows for title, (_, unit) in row.values.items()}
        header = ["name", *(f"{t} [{units_of[t]}]" if units_of[t] else t for t in self.model.titles)]
        values = [[row.values.get(title) for title in self.model.titles] for row in self.model.rows]
        rows = [[row.name, *(v and v[0] for v in cells)] for row, cells in zip(self.model.rows, values)]
        QGuiApplication.clipboard().setText(csv_text(header, rows))
        self._session.told.emit(f"Copied {len(self.model.rows):,} rows as CSV.")
