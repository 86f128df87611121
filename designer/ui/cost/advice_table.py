"""A table of advice, the button that takes it, and work that is asked for, as the dialogs after a run have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
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

from designer.ui.run.working import WorkTask
from designer.words.reasons import told

POLL_MS = 100


class AskingDialog(QDialog):
    """A dialog that has work done in the background and shows what it answers, while it is open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._asked: WorkTask[Any] | None = None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.finished.connect(self.end)

    def ask(self, work: Callable[[Callable[[float], bool]], Any], name: str) -> None:
        """Begin some work; what was begun before ends."""
        self.end()
        self._asked = WorkTask(work, False, name)
        self._timer.start()

    def poll(self) -> None:
        """Show the answer when it is there."""
        asked = self._asked
        if asked is not None and asked.over:
            self.end()
            self.answered(asked.answer, told(asked.error))

    def answered(self, answer: Any, error: str) -> None:
        """Show an answer; None: there is none, because of an error."""

    def end(self, *_: object) -> None:
        """End what was begun."""
        self._timer.stop()
        if self._asked is not None:
            self._asked.end()
        self._asked = None


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


def on_chosen(table: QTableWidget, chosen: Callable[[int], None]) -> None:
    """Call `chosen` with the row that the user clicks or goes to; that the table gets the focus chooses none."""
    for signal in (table.cellClicked, table.cellActivated):
        signal.connect(lambda row, _: chosen(row))
    table.currentCellChanged.connect(lambda row, _, before, __: chosen(row) if before >= 0 else None)


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
