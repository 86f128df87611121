"""Fail each in turn: what each failure takes down and does not bring back, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.model.sent import rows_of
from designer.study.each.answer import KINDS, EachAnswer, Fall
from designer.study.each.apart import fail_each_apart
from designer.study.each.printed import MANY, summary, up_text, verdict_text, why_text
from designer.ui.parts.background import PartBar
from designer.ui.parts.guard import guarded
from designer.ui.parts.plain_table import Rest, make_plain, shrunk
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.ui.run.each_model import MEANWHILE, NAME, UP, VALUE_ROLE, FallsModel
from designer.ui.run.verdict_side import VerdictSide
from designer.ui.run.working import AnswerLabel, WorkTask
from designer.ui.shell.session import Session
from designer.words import tr, trn
from designer.words.reasons import told

POLL_MS, ROW_PX = 50, 24
OUTDATED = tr("The design has changed since; fail each again.")
PAD_PX = 20
WIDTHS_PX, NAME_PX = (170, 66, 86, 122, 80, 76, 134), 104
"""Widths of the columns of figures, and the least one of the element, which takes the rest."""
TITLES = {
    "zone": tr("Zones"), "data_center": tr("Data centers"), "power_feed": tr("Feeds"), "rack": tr("Racks"),
    "host": tr("Hosts"),
}  # fmt: skip


@guarded
class EachPanel(QWidget):
    """The table of failures, and what is to be said about the chosen one. `play_requested` carries the id of an element
    that shall fail in a run, and when."""

    play_requested = Signal(object, float)
    closed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._asked: WorkTask[EachAnswer] | None = None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.model, self.sorted = FallsModel(theme), QSortFilterProxyModel()
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(VALUE_ROLE)
        self.table = self._table()
        self._maintenance = False
        Rest(self.table, NAME, NAME_PX, self._fit)
        self._fit()
        left, row = QVBoxLayout(), QHBoxLayout(self)
        left.addWidget(self._head())
        left.addWidget(self.table, 1)
        left.setSpacing(0)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self._side())
        session.replaced.connect(self._forget)
        theme.changed.connect(self.table.viewport().update)
        self._explain()

    def _head(self) -> WrappedRow:
        self.kinds: dict[str, QToolButton] = {}
        for kind in KINDS:
            button = QToolButton()
            button.setText(TITLES[kind])
            button.setCheckable(True)
            button.setChecked(True)
            self.kinds[kind] = button
        self.maintenance = QCheckBox(tr("One host in maintenance meanwhile"))
        self.begin = QPushButton(tr("Fail Each"))
        self.begin.setProperty("primary", True)
        self.begin.clicked.connect(self.ask)
        self.bar, self.said = PartBar(tr("Failures tried")), AnswerLabel(self._session, OUTDATED)
        self.bar.setFixedWidth(110)
        self.bar.hide()
        self.said.setProperty("muted", True)
        self.stop = QPushButton(tr("Stop"))
        self.stop.clicked.connect(self.end)
        self.stop.hide()
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.closed)
        rest = (self.maintenance, self.begin, self.bar, self.stop, close, self.said)
        return WrappedRow((*self.kinds.values(), *rest), (12, 6))

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.sorted)
        make_plain(table, tr("Failures, the worst first"), ROW_PX)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names differ by their ends
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.selectionModel().currentRowChanged.connect(self._chosen)
        table.clicked.connect(self._go)
        table.activated.connect(lambda _: self.play())
        return table

    def _side(self) -> VerdictSide:
        side = VerdictSide(self._theme, tr("Start a run in which this element fails (Enter)"))
        self.big, self.why, self.start = side.big, side.why, side.start
        side.start.clicked.connect(self.play)
        side.copy.clicked.connect(self.copy)
        return side

    # -- asking

    @property
    def chosen_kinds(self) -> tuple[str, ...]:
        """The kinds of elements that shall fail."""
        return tuple(kind for kind, button in self.kinds.items() if button.isChecked())

    def ask(self) -> None:
        """Fail each element of the present design in turn, in the background."""
        if self._asked is not None:
            return
        self._session.flush()
        kinds, maintenance = self.chosen_kinds, self.maintenance.isChecked()
        rows = rows_of(self._session.project)
        self.said.ask()
        self._asked = WorkTask(lambda tell: fail_each_apart(rows, kinds, maintenance, tell), True, "fail-each")
        self._show_asking(True)
        self._timer.start()

    def end(self) -> None:
        """End the work; what was tried is shown."""
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
        if asked.answer is not None:
            self.show_answer(asked.answer)
        else:
            self.said.fail(told(asked.error))

    def _show_asking(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.stop.setVisible(on)
        self.begin.setVisible(not on)
        if on:
            self.bar.show_part(0.0)
            self.said.setText(tr("Failing one after the other …"))

    def show_answer(self, answer: EachAnswer) -> None:
        """Show an answer; the worst failure is chosen."""
        self.model.show_answer(answer)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._maintenance = answer.maintenance
        self._fit()
        self.said.answer(_tried(answer))
        self.said.setToolTip(summary(answer))
        if answer.falls:
            self.table.selectRow(0)
        self._explain()

    def _fit(self) -> None:
        """Give the columns their widths, and hide those of services that have no room: the last one tells the worst of
        them. The column of hosts in maintenance is there where it was asked for."""
        header, more, room = self.table.horizontalHeader(), self.model.more, self.table.viewport().width()
        figures = [n for n in range(len(WIDTHS_PX)) if n != MEANWHILE or self._maintenance]
        least = [NAME_PX if n == NAME else self._title_px(n) for n in figures]
        services = [self._title_px(n) for n in range(len(WIDTHS_PX), more)]
        shown = _fitting(services, self._title_px(more), room - sum(least))
        self.model.show_services(shown)
        widths = dict(enumerate(services[:shown], len(WIDTHS_PX)))
        if shown < len(services):
            widths[more] = self._title_px(more)
        wanted = [max(WIDTHS_PX[n], few) for n, few in zip(figures, least)]
        widths.update(zip(figures, shrunk(wanted, least, room - sum(widths.values()))))
        for n in range(more + 1):
            header.setSectionHidden(n, n not in widths)
        for n, width in widths.items():
            header.resizeSection(n, width)

    def _title_px(self, column: int) -> int:
        """The width that the title of a column needs, and that of the last moment its longest value."""
        lines = str(self.model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)).splitlines()
        lines += [tr("not before repair")] if column == UP else []
        return max(map(self.table.horizontalHeader().fontMetrics().horizontalAdvance, lines)) + PAD_PX

    def _forget(self) -> None:
        self.end()
        self._asked = None  # what it answers is about another design
        self._timer.stop()
        self._show_asking(False)
        self.model.show_answer(None)
        self.said.forget()
        self._explain()

    # -- the chosen failure

    @property
    def chosen(self) -> Fall | None:
        """The failure of the current row."""
        return self.model.fall(self.sorted.mapToSource(self.table.currentIndex()).row())

    def _chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        self._explain()

    def _go(self, index: QModelIndex) -> None:
        fall = self.chosen
        if fall is not None and fall.id in self._session.project.elements:
            self._session.select([fall.id])
            self._session.reveal.emit([fall.id])

    def play(self) -> None:
        """Start a run in which the chosen element fails."""
        fall, answer = self.chosen, self.model.answer
        if fall is not None and answer is not None:
            self.play_requested.emit(fall.id, answer.at_s)

    def copy(self) -> None:
        """Copy the command that gives the same table."""
        path = self._session.path
        words = ["cloud-designer", "fail-each", f'"{path}"' if path is not None else "FILE.clouddesign"]
        words += ["--maintenance"] if self.maintenance.isChecked() else []
        if self.chosen_kinds != KINDS:
            words += [word for kind in self.chosen_kinds for word in ("--kind", kind)]
        QGuiApplication.clipboard().setText(" ".join(words))

    def _explain(self) -> None:
        answer, fall = self.model.answer, self.chosen
        self.start.setEnabled(fall is not None)
        if answer is None:
            self.big.setText("")
            self.why.setText(tr("Each zone, data center, power feed, rack and host fails once, by the rules of a run. "
                                "The list says what does not come back."))  # fmt: skip
            return
        if not answer.of:
            self.big.setText("")
            self.why.setText(tr("Nothing of the chosen kinds is in the design."))
            return
        self.big.setText(tr("{0:,} of {1:,}", answer.left_behind, len(answer.falls)))
        parts = [tr("leave VMs behind")]
        if fall is not None:
            parts.append(_words(answer, fall))
        parts += [verdict_text(verdict, answer.names) for verdict in answer.verdicts]
        self.why.setText("\n\n".join(parts))


def _fitting(widths: Sequence[int], more: int, room: int) -> int:
    """How many of some columns fit in some room, with one for the rest where not all do."""
    sums = list(accumulate(widths))
    if not sums or sums[-1] <= room:
        return len(sums)
    return sum(total + more <= room for total in sums[:-1])


def _tried(answer: EachAnswer) -> str:
    """How many failures were tried."""
    if answer.whole:
        return trn("{0:,} failure tried", "{0:,} failures tried", answer.tried)
    return tr("{0:,} of {1:,} failures tried", answer.tried, answer.of)


def _words(answer: EachAnswer, fall: Fall) -> str:
    """Why an element takes VMs down, and why some do not come back."""
    way = ", ".join(trn(*MANY[kind], count) for kind, count in fall.way)
    name = answer.names.get(fall.id, "")
    vms = trn("{0:,} VM", "{0:,} VMs", fall.fell)
    lines = [tr("{0} fails; with it {1} and {2}.", name, way, vms) if way else tr("{0} fails; with it {1}.", name, vms)]
    if fall.why:
        lines.append(tr("Not back: {0}.", why_text(fall.why)))
    elif fall.fell:
        lines.append(tr("All are back after {0}.", up_text(fall)))
    one = fall.meanwhile
    if one is not None and one.breaks:
        lines.append(tr("With {0} in maintenance: {1}.", answer.names.get(one.host_id, ""), why_text(one.why)))
    return "\n".join(lines)
