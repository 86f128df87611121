"""Lose each region in turn, in runs: when each service is back, with which data, and what it wants."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.model.sent import rows_of
from designer.study.scenarios.apart import region_losses_apart
from designer.study.scenarios.region_loss import COLUMNS, LOST_S, RegionLoss, cells_of, told_of
from designer.ui.parts.background import PartBar
from designer.ui.parts.guard import guarded
from designer.ui.parts.plain_table import Rest, make_plain, set_widths, shrunk
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.ui.run.verdict_side import VerdictSide
from designer.ui.run.working import AnswerLabel, WorkTask
from designer.ui.shell.session import Session
from designer.words import mark, tr
from designer.words.reasons import told

POLL_MS, ROW_PX = 50, 24
WIDTHS_PX, VERDICT_PX, NAME_PX = (124, 150, 110, 92, 130, 92, 92), 150, 84
"""Widths of the columns but the last, which takes the rest, and the least one of a name."""
SERVICE, BACK, DATA, VERDICT = 1, 4, 6, 7
NO_REGION = mark("The design has no region.")
OUTDATED = tr("The design has changed since; lose each region again.")


@guarded
class RegionsPanel(QWidget):
    """The table of services when each region is lost, and what is to be said about the chosen one. `play_requested`
    carries the id of a region that shall fail in a run, and when."""

    play_requested = Signal(object, float)
    closed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._asked: WorkTask[list[RegionLoss]] | None = None
        self.answer: list[RegionLoss] | None = None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.table = self._table()
        left, row = QVBoxLayout(), QHBoxLayout(self)
        left.addWidget(self._head())
        left.addWidget(self.table, 1)
        left.setSpacing(0)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self._side())
        session.replaced.connect(self._forget)
        theme.changed.connect(self._fill)
        self._explain()

    def _head(self) -> WrappedRow:
        self.begin = QPushButton(tr("Lose Each Region"))
        self.begin.setProperty("primary", True)
        self.begin.clicked.connect(self.ask)
        self.bar, self.said = PartBar(tr("Regions lost")), AnswerLabel(self._session, OUTDATED)
        self.bar.setFixedWidth(110)
        self.bar.hide()
        self.said.setProperty("muted", True)
        self.stop, close = QPushButton(tr("Stop")), QPushButton(tr("Close"))
        self.stop.clicked.connect(self.end)
        self.stop.hide()
        close.clicked.connect(self.closed)
        return WrappedRow((self.begin, self.bar, self.stop, close, self.said), (12, 6))

    def _table(self) -> QTableWidget:
        table = QTableWidget(0, len(COLUMNS))
        for column, title in enumerate(COLUMNS):
            head = QTableWidgetItem(tr(title).replace(" ", "\n"))
            head.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            table.setHorizontalHeaderItem(column, head)
        make_plain(table, tr("Services, by the region that is lost"), ROW_PX)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        Rest(table, VERDICT, VERDICT_PX, self._set_widths)
        table.currentCellChanged.connect(lambda *_: self._explain())
        table.clicked.connect(self._go)
        table.activated.connect(lambda _: self.play())
        return table

    def _side(self) -> VerdictSide:
        side = VerdictSide(self._theme, tr("Start a run in which this region fails (Enter)"))
        self.big, self.why, self.start = side.big, side.why, side.start
        side.start.clicked.connect(self.play)
        side.copy.clicked.connect(self.copy)
        return side

    # -- asking

    def ask(self) -> None:
        """Lose each region of the present design in turn, in the background."""
        if self._asked is not None:
            return
        self._session.flush()
        if not self._session.project.of_kind("region"):
            self.said.setText(tr(NO_REGION))
            return
        rows = rows_of(self._session.project)
        self.said.ask()
        self._asked = WorkTask(lambda tell: region_losses_apart(rows, tell), False, "region-loss")
        self._show_asking(True)
        self._timer.start()

    def end(self) -> None:
        """End the work; nothing of it is kept."""
        if self._asked is not None:
            self._asked.end()

    def poll(self) -> None:
        """Show how far the work is, and its answer when it has one."""
        asked = self._asked
        if asked is None:
            return
        self.bar.show_part(asked.far)
        if not asked.over:
            return
        self._asked = None
        self._timer.stop()
        self._show_asking(False)
        if asked.answer is None:
            self.said.fail(told(asked.error))
            return
        self.said.answer("")
        self.answer = asked.answer
        self._fill()

    def _show_asking(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.stop.setVisible(on)
        self.begin.setVisible(not on)
        if on:
            self.bar.show_part(0.0)
            self.said.setText(tr("Losing one region after the other …"))

    def _forget(self) -> None:
        self.end()
        self._asked = None  # what it answers is about another design
        self._timer.stop()
        self._show_asking(False)
        self.answer = None
        self.said.forget()
        self._fill()

    # -- what is shown

    def _set_widths(self) -> None:
        """Give names less room where there is little, and figures what they need."""
        needs = [NAME_PX if column <= SERVICE else self.table.sizeHintForColumn(column) for column in range(VERDICT)]
        least = [max(few, self.table.horizontalHeader().sectionSizeHint(n)) for n, few in enumerate(needs)]
        wanted = [max(most, few) for most, few in zip(WIDTHS_PX, least)]
        set_widths(self.table, enumerate(shrunk(wanted, least, self.table.viewport().width() - VERDICT_PX)))

    def _fill(self) -> None:
        found, before = self.answer or [], self.table.currentRow()
        self.table.setRowCount(len(found))
        for n, row in enumerate(found):
            bad = {BACK: row.misses_rto, DATA: row.misses_rpo, VERDICT: row.misses}
            for column, text in enumerate(cells_of(row)):
                item = QTableWidgetItem(text)
                if bad.get(column):
                    item.setForeground(self._theme.state("failed"))
                self.table.setItem(n, column, item)
        self._set_widths()
        worst = next((n for n, row in enumerate(found) if row.misses), 0)
        if found:
            self.table.selectRow(before if 0 <= before < len(found) else worst)
        self._explain()

    @property
    def chosen(self) -> RegionLoss | None:
        """The service of the current row, with the region that is lost."""
        row, found = self.table.currentRow(), self.answer or []
        return found[row] if 0 <= row < len(found) else None

    def _go(self, index: QModelIndex) -> None:
        row = self.chosen
        if row is not None and row.service_id in self._session.project.elements:
            self._session.select([row.service_id])
            self._session.reveal.emit([row.service_id])

    def play(self) -> None:
        """Start a run in which the chosen region fails."""
        row = self.chosen
        if row is not None and row.region_id in self._session.project.elements:
            until_s = float(self._session.project.root.__dict__["until_h"]) * 3600.0
            self.play_requested.emit(row.region_id, LOST_S if until_s > LOST_S else until_s / 2.0)

    def copy(self) -> None:
        """Copy the command that gives the same table."""
        path = self._session.path
        QGuiApplication.clipboard().setText(
            " ".join(["cloud-designer", "region-loss", f'"{path}"' if path is not None else "FILE.clouddesign"])
        )

    def _explain(self) -> None:
        row = self.chosen
        self.start.setEnabled(row is not None)
        if self.answer is None:
            self.big.setText("")
            self.why.setText(tr("Each region is lost in a run, for good. The list says when each service is back, how "
                                "old its data is then, and whether that is what its form wants: Strategy, RTO and "
                                "RPO."))  # fmt: skip
            return
        missed = sum(one.misses for one in self.answer)
        self.big.setText(tr("{0:,} of {1:,}", missed, len(self.answer)))
        parts = [tr("miss their RTO or RPO") if self.answer else tr("No service is served or has data in a region.")]
        self.why.setText("\n\n".join([*parts, *(told_of(row) if row is not None else ())]))
