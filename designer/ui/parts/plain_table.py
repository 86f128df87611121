"""How the tables of the panels look and behave: whole rows are chosen, one at a time, without a grid."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QAbstractItemView, QTableView


def make_plain(table: QTableView, name: str, row_px: int) -> None:
    """Give a table that look, the name that screen readers say, and rows of one height."""
    table.setAccessibleName(name)
    table.setTabKeyNavigation(False)  # Tab leaves it; arrows go through its cells
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_px)


def set_widths(table: QTableView, widths: Iterable[tuple[int, int]]) -> None:
    """Give columns the widths that their values need, or those of their titles where these need more."""
    for column, width in widths:
        table.setColumnWidth(column, max(width, table.horizontalHeader().sectionSizeHint(column)))
