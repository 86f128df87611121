"""Wrapped items are as high as their text in the width that there is."""

from __future__ import annotations

from PySide6.QtWidgets import QListWidget, QTableWidget, QTableWidgetItem
from pytestqt.qtbot import QtBot

from designer.ui.parts.wrapped import WrappedText


def test_that_a_row_of_a_list_has_room_for_all_its_lines(qtbot: QtBot, theme: object) -> None:
    rows = QListWidget()
    qtbot.addWidget(rows)
    rows.setWordWrap(True)
    rows.setItemDelegate(WrappedText(rows, (12, 4)))
    rows.resize(220, 300)
    rows.addItems(["short", "shop missed its SLO\n99.20% of the requests served, 99.9% promised in all that time"])
    rows.show()
    line = rows.fontMetrics().lineSpacing()
    short, long = (rows.visualItemRect(rows.item(n)).height() for n in (0, 1))
    assert line <= short < 2 * line + 12
    assert long >= 3 * line


def test_that_a_row_of_a_table_grows_when_its_column_is_made_narrow(qtbot: QtBot, theme: object) -> None:
    table = QTableWidget(1, 1)
    qtbot.addWidget(table)
    table.setWordWrap(True)
    table.setItemDelegate(WrappedText(table, (6, 4)))
    table.setItem(0, 0, QTableWidgetItem("a host takes the VMs of the others when one of them fails"))
    heights = []
    for width in (600, 200, 100):
        table.setColumnWidth(0, width)
        table.resizeRowsToContents()
        heights.append(table.rowHeight(0))
    assert heights == sorted(set(heights))
