"""A table of advice and the button that takes it, as the dialogs after a run have them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)


def table_of(heads: Sequence[str], name: str, right: Sequence[int]) -> QTableWidget:
    """A table whose titles stand over their values: on the right in the columns `right`."""
    table = QTableWidget(0, len(heads))
    table.setTabKeyNavigation(False)
    for column, text in enumerate(heads):
        head = QTableWidgetItem(text)
        side = Qt.AlignmentFlag.AlignRight if column in right else Qt.AlignmentFlag.AlignLeft
        head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        table.setHorizontalHeaderItem(column, head)
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table


def fill(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Show rows, each text on the side of its title."""
    table.setRowCount(len(rows))
    for n, row in enumerate(rows):
        for column, text in enumerate(row):
            item, role = QTableWidgetItem(text), Qt.ItemDataRole.TextAlignmentRole
            item.setData(role, table.model().headerData(column, Qt.Orientation.Horizontal, role))
            table.setItem(n, column, item)


def lay_out(dialog: QDialog, parts: Sequence[QWidget], word: str) -> QPushButton:
    """Put parts above the buttons; return the button that applies."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    apply = QPushButton(word)
    apply.setProperty("primary", True)
    buttons.addButton(apply, QDialogButtonBox.ButtonRole.ActionRole)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    for part in parts:
        column.addWidget(part, 1 if isinstance(part, QTableWidget) else 0)
    column.addWidget(buttons)
    return apply
