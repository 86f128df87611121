"""How few hosts would do: the policies, the optimum and its bound, searched for in a process of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.study.fewest.answer import rows, sentence
from designer.study.fewest.apart import fewest_apart
from designer.study.fewest.design import hosts_in, problem_of
from designer.study.fewest.problem import Problem
from designer.study.fewest.solver import MOST_S, Fewest, check_each
from designer.ui.parts.background import PartBar, Stopped, later
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr, trn

BAR_MS = 50
"""How often the bar is drawn."""


class FewestDialog(QDialog):
    """Says how few hosts would do for the VMs of the selection, or of the design. *Stop* keeps what is known so far."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("How Few Hosts"))
        self.setMinimumWidth(460)
        self.found: Fewest | None = None
        self._far, self._wanted, self._left = 0.0, True, False
        hosts = hosts_in(session.project, session.selection)
        self._problem: Problem = problem_of(session.project, hosts)
        vms = sum(len(item.vms) for item in self._problem.items)
        on = trn("{0:,} host", "{0:,} hosts", len(hosts))
        self.what = QLabel(trn("{0:,} VM that runs on {1}", "{0:,} VMs that run on {1}", vms, on))
        self.bar = PartBar(tr("Progress of the search"))
        stays = self.bar.sizePolicy()
        stays.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(stays)
        self.stop = QPushButton(tr("Stop"))
        self.table = QTableWidget(0, 1)
        self.table.setTabKeyNavigation(False)
        self.said = QLabel(tr("Searching for the fewest hosts …"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.addButton(self.stop, QDialogButtonBox.ButtonRole.ActionRole)
        self._lay_out()
        self._timer = QTimer(self, interval=BAR_MS)
        self._timer.timeout.connect(lambda: self.bar.show_part(self._far))
        self.stop.clicked.connect(self._stop)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self._leave)
        self._timer.start()
        later(self, self._search, self._arrived, self._failed)

    def _lay_out(self) -> None:
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setMinimumHeight(54)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.table.setHorizontalHeaderLabels([tr("Hosts")])
        self.table.setAccessibleName(tr("Hosts by policy, optimum and bound"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setStyleSheet("QTableCornerButton::section { background: transparent; border: none; }")
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._show([(title, "") for title in (tr("Now"), tr("First fit"), tr("Best fit"), tr("Worst fit"),
                                              tr("Optimum"), tr("Bound"))])  # fmt: skip
        self.table.setFixedHeight(self.table.verticalHeader().length() + 34)
        column = self._column = QVBoxLayout(self)
        for widget in (self.what, self.table, self.bar, self.said, self.buttons):
            column.addWidget(widget)

    def _show(self, figures: list[tuple[str, str]]) -> None:
        self.table.setRowCount(len(figures))
        self.table.setVerticalHeaderLabels([title for title, _ in figures])
        for row, (_, text) in enumerate(figures):
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, 0, item)

    def _search(self) -> Fewest:
        """Wait for the search, on a thread. What it refuses at once is said here, in the user's language."""
        check_each(self._problem)
        return fewest_apart(self._problem, MOST_S, self._tell)

    def _tell(self, part: float) -> bool:
        """Note how far the search is, on the thread that waits for it; whether it is to go on."""
        if self._left:
            raise Stopped
        self._far = part
        return self._wanted

    def _stop(self) -> None:
        """End the search with what is known."""
        self._wanted = False
        self.stop.setEnabled(False)

    def _leave(self) -> None:
        """End the search at once: nobody sees what it finds."""
        self._left = True

    def _arrived(self, found: Fewest) -> None:
        self.found = found
        self._show(rows(found))
        self._ended(sentence(self._problem, found))

    def _failed(self, reason: str) -> None:
        self._ended(reason)

    def _ended(self, told: str) -> None:
        self._timer.stop()
        self.bar.hide()
        self.stop.setEnabled(False)
        self.said.setText(told)
        self.resize(self.width(), max(self.height(), self._column.totalHeightForWidth(self.width())))
