"""The result of a run: a sheet of totals and services, tables of the other elements; also in a window of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.engine.result.losses import Losses
from designer.exchange.csv_out import csv_text
from designer.study.isolation.neighbors import Question
from designer.study.isolation.table import LOST, RULE, rows_of
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.parts.background import LARGE_RUN, later
from designer.ui.parts.combo import Combo
from designer.ui.parts.plain_table import keeping, let_sort
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.run.result_models import ResultModel, ResultRows, SheetModel
from designer.ui.shell.session import Session
from designer.words import tr

KINDS = (
    (tr("Totals"), ("design", "service", "database")),
    (tr("Regions and zones"), ("region", "zone")),
    (tr("Data centers, racks, subnets"), ("data_center", "rack", "subnet")),
    (tr("Hosts"), ("host",)),
    (tr("Datastores"), ("datastore",)),
    (tr("Traffic between places"), ("traffic", "nat_gateway")),
    (tr("Latency of users"), ("users",)),
    (tr("VMs"), ("vm",)),
    (tr("Noisy neighbors"), (LOST,)),
)
TABLE = "table"
"""The purpose of questions for the table of noisy neighbors."""
MOST_LOSSES = 1_000
"""Most rows of what VMs lost to others."""
NAME_PX = 130
"""The width of names in a table."""
MEASURED_ROWS = 100
"""Rows that say how wide a column is."""


class ResultTable(QWidget):
    """The figures of one sort of element: totals and services as a sheet, others as a table."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._seen: tuple[Any, ...] = ()
        self.kind = Combo()
        self.kind.setAccessibleName(tr("Elements"))
        for title, kinds in KINDS:
            self.kind.addItem(title, kinds)
        self.kind.currentIndexChanged.connect(lambda _: self.refresh(force=True))
        self._asked = 0
        self.model, self.sheet_model = ResultModel(), SheetModel(theme)
        self.table, self.sheet = _table(self.model, tr("Result")), _table(self.sheet_model, tr("Totals"))
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.clicked.connect(self._go)
        self.sheet.horizontalHeader().hide()
        self.sheet.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.sheet.clicked.connect(self._go_to_line)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(8, 6, 8, 4)
        self.head.setSpacing(6)
        self.head.addWidget(self.kind, 1)
        copy = QPushButton(tr("Copy CSV"))
        copy.setAutoDefault(False)
        copy.clicked.connect(self.copy)
        self.head.addWidget(copy)
        self._empty = QLabel(tr("Press Run to get a result."))
        self._empty.setWordWrap(True)
        self._empty.setProperty("muted", True)
        self._empty.setContentsMargins(12, 4, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.head)
        column.addWidget(self._empty)
        column.addWidget(self.sheet, 1)
        column.addWidget(self.table, 1)
        self.refresh()

    @property
    def shows_sheet(self) -> bool:
        """Whether the sheet is shown, not the table."""
        return self.kind.currentIndex() == 0

    def refresh(self, force: bool = False) -> None:
        """Rebuild the table after the run has advanced (only while visible)."""
        run = self._session.run
        resting = run is not None and run.state in (RunState.PAUSED, RunState.FINISHED, RunState.CANCELLED)
        losses = self._losses(run) if run is not None and resting and self.isVisible() else None
        time_s = round(run.time_s) if run is not None and resting else None
        key = (id(run), time_s, run.state if run else None, id(losses))
        if not force and (key == self._seen or not self.isVisible()):
            return
        self._seen = key
        self._asked += 1
        self.table.setToolTip(tr(RULE) if losses is not None else "")
        why, asked, kinds = self._why_empty(run, losses), self._asked, self.kind.currentData()
        if run is None or losses is not None:
            self._show(asked, why, ResultRows(rows_of(losses, run.view.name, MOST_LOSSES) if run and losses else []))
            return
        read = run.view.summarizer()

        def rows() -> ResultRows:
            return ResultRows(read().of_kinds(kinds))

        if len(run.spec.vms) + len(run.spec.hosts) <= LARGE_RUN:
            self._show(asked, why, rows())
            return
        if force:  # what is shown is of other elements
            self._show(asked, tr("Reading the result …"), ResultRows([]))
        later(self, rows, partial(self._show, asked, why), partial(self._show, asked, found=ResultRows([])))

    def _show(self, asked: int, why_empty: str, found: ResultRows) -> None:
        """Show rows, or the reason why there are none, unless others were asked for meanwhile."""
        if asked != self._asked:
            return
        rows = found.rows
        with keeping(self.table, self.model.keys), keeping(self.sheet, self.sheet_model.keys):
            self.model.show_rows(found)
            self.sheet_model.show_rows(rows if self.shows_sheet else [])
        self.sheet.clearSpans()
        for line, (_, _, value) in enumerate(self.sheet_model.lines):
            if value is None:
                self.sheet.setSpan(line, 0, 1, 2)
        self._set_widths()
        self._empty.setText(why_empty)
        self._empty.setVisible(not rows)
        self.sheet.setVisible(self.shows_sheet and bool(rows))
        self.table.setVisible(not self.shows_sheet and bool(rows))

    def _losses(self, run: Run) -> Losses | None:
        """What VMs lost to others so far; None where another table is shown, or that is not known yet."""
        if LOST not in self.kind.currentData():
            return None
        return run.neighbors.lost(Question(TABLE, 0.0, run.time_s))

    def _why_empty(self, run: Run | None, losses: Losses | None) -> str:
        if run is None:
            return tr("Press Run to get a result.")
        if losses is not None:
            return tr("No VM has lost CPU to others.")
        if LOST in self.kind.currentData():
            return tr("Shown when the run is paused or over: who loses CPU to whom is worked out then.")
        return tr("No figures of this kind yet.")

    def _set_widths(self) -> None:
        """Names keep their width; figures are as wide as their titles, and can be pulled wider."""
        self.table.resizeColumnsToContents()
        if self.model.columnCount():
            self.table.setColumnWidth(0, NAME_PX)
        header = self.sheet.horizontalHeader()
        if header.count():
            header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def _go(self, index: QModelIndex) -> None:
        self._reveal(self.model.rows[index.row()].id)

    def _go_to_line(self, index: QModelIndex) -> None:
        self._reveal(self.sheet_model.lines[index.row()][0].id)

    def _reveal(self, element_id: int) -> None:
        if element_id in self._session.project.elements:
            self._session.select([element_id])
            self._session.reveal.emit([element_id])

    def copy(self) -> None:
        """Copy the table to the clipboard as CSV, numbers in base units."""
        units_of = {title: unit for row in self.model.rows for title, (_, unit) in row.values.items()}
        header = ["name", *(f"{t} [{units_of[t]}]" if units_of[t] else t for t in self.model.titles)]
        values = [[row.values.get(title) for title in self.model.titles] for row in self.model.rows]
        rows = [[row.name, *(v and v[0] for v in cells)] for row, cells in zip(self.model.rows, values)]
        QGuiApplication.clipboard().setText(csv_text(header, rows))
        self._session.told.emit(tr("Copied {0:,} rows as CSV.", len(self.model.rows)))


def _table(model: Any, name: str) -> QTableView:
    table = QTableView()
    table.setTabKeyNavigation(False)
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.horizontalHeader().setResizeContentsPrecision(MEASURED_ROWS)
    table.verticalHeader().setDefaultSectionSize(24)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setAccessibleName(name)
    let_sort(table)
    return table


class ResultWindow(QDialog):
    """The result in a window of its own, which stays open beside the drawing and follows the run."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Result"))
        self.resize(fitting(960, 420))
        self.result_table = ResultTable(session, theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.result_table)


class ResultPanel(ResultTable):
    """The result beside the lanes; a button opens it in a window of its own."""

    window_shown: ResultWindow | None = None

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        open_ = QPushButton(tr("Window"))
        open_.setToolTip(tr("Show the result in a window of its own"))
        open_.clicked.connect(self.open_window)
        self.head.addWidget(open_)

    def open_window(self) -> None:
        """Open the window of the result, or bring it to the front."""
        if self.window_shown is None:
            self.window_shown = ResultWindow(self._session, self._theme, self.window())
        self.window_shown.result_table.kind.setCurrentIndex(self.kind.currentIndex())
        self.window_shown.show()
        self.window_shown.raise_()
        self.window_shown.result_table.refresh(force=True)

    def refresh(self, force: bool = False) -> None:
        """Rebuild the table after the run has advanced, and that of the window."""
        super().refresh(force)
        if self.window_shown is not None:
            self.window_shown.result_table.refresh()
