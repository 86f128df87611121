"""The few moves of VMs that help most after a run, what each is for, and one button that makes them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLabel, QWidget

from designer.commands.sizing.applying import rebalance
from designer.errors import RuleError
from designer.model.sent import rows_of
from designer.study.sizing.advice import asked_of
from designer.study.sizing.apart import rebalance_apart
from designer.study.sizing.moves import FEW, Rebalance
from designer.ui.cost.advice_table import AskingDialog, fill, lay_out, on_chosen, table_of
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.shell.results import reader_of
from designer.ui.shell.session import Session
from designer.words import tr, trn

GAP = 8
NOT_RUN = tr("Run the design first; moves go by what its VMs ask for.")


@guarded
class RebalanceDialog(AskingDialog):
    """Looks for moves by the finished run that is shown, in the background. A click on a row selects its VM."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Rebalance"))
        self.resize(fitting(760, 360))
        self.found = Rebalance()
        self.table = table_of((tr("VM"), tr("From"), tr("To"), tr("What for")), tr("Moves that help most"), right=())
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setWordWrap(True)
        on_chosen(self.table, self._select)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.apply = lay_out(self, (self.table, self.said), tr("Move All"))
        self.apply.setEnabled(False)
        self.apply.clicked.connect(self._apply)
        self._look()

    def _look(self) -> None:
        """Begin to look for moves."""
        rows, read = rows_of(self._session.project), reader_of(self._session.run, finished=True)
        if read is None:
            self.said.setText(NOT_RUN)
            return

        def work(tell: Callable[[float], bool]) -> Rebalance:
            results = read()
            if results is None:
                raise RuleError(NOT_RUN)
            return rebalance_apart(rows, asked_of(results)[0], FEW, tell)

        self.ask(work, "rebalance")
        self.said.setText(tr("Looking for the moves that help most …"))

    def answered(self, answer: Rebalance | None, error: str) -> None:
        """Show the moves."""
        if answer is None:
            self.said.setText(error)
            return
        self.found = answer
        self._show()
        self.said.setText(self._sentence())
        self.apply.setEnabled(bool(self.found.moves))

    def _show(self) -> None:
        """Fill the table; names that are long leave room for what a move is for, and stand whole in a hint."""
        table = self.table
        fill(table, [(one.name, one.source.name, one.target.name, one.why) for one in self.found.moves])
        for column in range(table.columnCount()):
            for row in range(table.rowCount()):
                item = table.item(row, column)
                if item is not None:
                    item.setToolTip(item.text())
        self._fit()

    def _fit(self) -> None:
        table = self.table
        for _ in range(2):  # rows that are taller may bring a scroll bar, which leaves texts less room
            most = table.viewport().width() // 5
            for column in range(table.columnCount() - 1):
                title = table.horizontalHeader().sectionSizeHint(column)
                table.setColumnWidth(column, max(min(table.sizeHintForColumn(column) + GAP, most), title))
            table.resizeRowsToContents()
            for row in range(table.rowCount()):
                table.setRowHeight(row, table.rowHeight(row) + GAP)
            table.doItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the table again."""
        super().resizeEvent(event)
        self._fit()

    def _sentence(self) -> str:
        moves, looked = self.found.moves, self.found.looked
        only = " " + tr("Only the {0:,} worst hosts of each cluster were examined.", looked) if looked else ""
        if not moves:
            return tr("No move that rules and room allow would help.") + only
        text = trn("{0:,} move, by what VMs ask for 95% of the time.",
                   "{0:,} moves, one after the other, by what VMs ask for 95% of the time.", len(moves))  # fmt: skip
        more = tr("More moves would help: run again after these.") if self.found.more else tr("No other move helps.")
        return f"{text} {more}{only}"

    def _select(self, row: int) -> None:
        if 0 <= row < len(self.found.moves):
            vm = self.found.moves[row].vm
            self._session.select((vm,))
            self._session.reveal.emit([vm])

    def _apply(self) -> None:
        places = self.found.places
        if self._session.do_large(tr("Moving …"), len(places), rebalance, places) is not None:
            self.accept()
