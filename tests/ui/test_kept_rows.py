"""What is selected and in sight of a table, list or tree stays so when rows are sorted, filtered or others."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtWidgets import QListWidget, QTableView
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.project import Project
from designer.study.summary import SummaryRow
from designer.ui.parts.plain_table import ColumnWidths, Rest, keeping, let_sort, make_plain
from designer.ui.parts.theme import Theme
from designer.ui.pickers.catalog_picker import RowsModel
from designer.ui.run.result_models import ResultModel, ResultRows
from designer.ui.shell.session import Session
from designer.ui.side.outline import Outline

DOWN, UP = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
MANY = 80


class Numbers(RowsModel):
    """A catalog of numbers."""

    titles = ("Number",)

    def text(self, row: Any, column: int) -> str:
        return str(row[0])

    def key(self, row: Any, column: int) -> Any:
        return row[0]


def results() -> ResultRows:
    return ResultRows([SummaryRow(n, "vm", f"v{n:02}", {"Load": (float(n), "")}) for n in range(1, MANY)])


def a_result() -> QAbstractTableModel:
    model = ResultModel()
    model.show_rows(results())
    return model


def a_catalog() -> QAbstractTableModel:
    model = Numbers()
    model.show_rows([(n,) for n in range(1, MANY)])
    return model


@pytest.mark.parametrize("made", [a_result, a_catalog])
def test_that_a_sorted_table_keeps_its_selection_in_sight(qtbot: QtBot, made: Any) -> None:
    model, table = made(), QTableView()
    qtbot.addWidget(table)
    table.setModel(model)
    make_plain(table, "Rows", 24)
    table.resize(200, 200)
    table.show()
    table.selectRow(2)
    before = model.rows[2]
    for order in (DOWN, UP, DOWN):
        model.sort(0, order)
        here = table.currentIndex()
        assert model.rows[here.row()] is before
        assert [index.row() for index in table.selectionModel().selectedRows()] == [here.row()]
        assert table.viewport().rect().contains(table.visualRect(here))


def test_that_a_column_takes_the_rest_and_never_less_than_it_needs(qtbot: QtBot) -> None:
    table = QTableView()
    qtbot.addWidget(table)
    table.setModel(a_result())
    table.setColumnWidth(1, 150)
    Rest(table, 0, 120)
    table.show()
    for width in (600, 200):
        table.resize(width, 200)
        assert table.columnWidth(0) == max(table.viewport().width() - 150, 120)
    table.setColumnWidth(1, 20)
    assert table.columnWidth(0) == table.viewport().width() - table.columnWidth(1)


def test_that_columns_give_up_what_they_can_spare_and_keep_what_was_chosen(qtbot: QtBot) -> None:
    table = QTableView()
    qtbot.addWidget(table)
    table.setModel(a_result())
    count = table.model().columnCount()
    ColumnWidths(table, 0, [200] * count, [60] * count)
    table.show()
    for width in (200 * count + 150, 200 * count - 170, 60 * count + 40):
        table.resize(width, 200)
        assert table.horizontalHeader().length() <= table.viewport().width() < width
        assert all(60 <= table.columnWidth(n) <= 200 for n in range(1, count))
    table.resize(200 * count + 150, 200)
    assert all(table.columnWidth(n) == 200 for n in range(1, count))
    table.setColumnWidth(1, 90)
    table.resize(200 * count + 250, 200)
    assert table.columnWidth(1) == 90


def test_that_newer_figures_keep_what_is_selected_and_in_sight(qtbot: QtBot) -> None:
    model, table = ResultModel(), QTableView()
    qtbot.addWidget(table)
    table.setModel(model)
    let_sort(table)
    table.resize(200, 200)
    table.show()
    model.show_rows(results())
    table.selectRow(40)
    place, told = table.verticalScrollBar().value(), list[object]()
    table.selectionModel().selectionChanged.connect(lambda *_: told.append(1))
    newer = results()
    for row in newer.rows:
        row.values["Load"] = (-row.values["Load"][0], "")
    with keeping(table, model.keys):
        model.show_rows(newer)
    assert place > 0 and table.verticalScrollBar().value() == place
    assert [index.row() for index in table.selectionModel().selectedRows()] == [40] == [table.currentIndex().row()]
    with keeping(table, model.keys):
        model.show_rows(ResultRows(newer.rows[30:]))
    assert [index.row() for index in table.selectionModel().selectedRows()] == [10] and not told
    with keeping(table, model.keys):
        model.show_rows(ResultRows([SummaryRow(9, "host", "h", {})]))
    assert not table.selectionModel().hasSelection()
    alike = ResultRows([SummaryRow(9, "host", "h", {})] * 3)
    model.show_rows(alike)
    table.selectRow(1)
    with keeping(table, model.keys):
        model.show_rows(alike)
    assert table.currentIndex().row() == 1


def test_that_a_list_filled_anew_keeps_its_row_and_place(qtbot: QtBot) -> None:
    shown = QListWidget()
    qtbot.addWidget(shown)
    shown.resize(200, 120)
    shown.show()
    shown.addItems([str(n) for n in range(MANY)])
    shown.setCurrentRow(60)
    place = shown.verticalScrollBar().value()
    with keeping(shown, lambda: [shown.item(n).text() for n in range(shown.count())]):
        shown.clear()
        shown.addItems([str(n) for n in range(1, MANY)])
    current = shown.currentItem()
    assert current is not None and current.text() == "60" and current.isSelected()
    assert place > 0 and shown.verticalScrollBar().value() == place


def test_that_the_outline_stays_where_it_is_through_edits_and_a_filter(
    qtbot: QtBot, theme: Theme, project: Project
) -> None:
    for n in range(MANY):
        edit.place(project, "region", name=f"r{n:02}")
    session = Session(project)
    outline = Outline(session, theme)
    qtbot.addWidget(outline)
    outline.resize(220, 260)
    outline.show()
    bar = outline.tree.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    place = bar.value()
    edit.place(project, "region", name="later")
    session.flush()
    assert place > 0 and bar.value() == place
    outline.filter.setText("r7")
    outline.filter.setText("")
    assert bar.value() == place
