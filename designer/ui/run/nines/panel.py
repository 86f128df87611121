"""Nines: how often each service fails, why, how sure that is, and what one change would buy. It is worked out beside
the window, and shown while it grows.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.commands.scenarios.saving import save_scenario
from designer.commands.strengthen import strengthen, strengthenings
from designer.model.sent import rows_of
from designer.study.availability.answer import AUTOMATIC, EXACT, METHODS, MONTE_CARLO, RARE, ServiceAvailability
from designer.study.availability.bad_years import BadYear
from designer.study.availability.found import NinesFound
from designer.study.availability.playing import year_name
from designer.ui.parts.background import PartBar
from designer.ui.parts.guard import guarded
from designer.ui.parts.plain_table import make_plain, shrunk
from designer.ui.parts.theme import Theme
from designer.ui.run.nines.models import (
    AXIS,
    REACH,
    TRY,
    AxisDelegate,
    AxisHeader,
    ChangesModel,
    ServicesModel,
    TryDelegate,
)
from designer.ui.run.nines.side import NinesSide
from designer.ui.run.nines.task import NinesTask
from designer.ui.run.working import AnswerLabel
from designer.ui.shell.session import Session
from designer.words import mark, tr, trn
from designer.words.reasons import told

POLL_MS, ROW_PX, OFFER_PX, HEAD_PX, MOST_ROWS = 50, 32, 28, 40, 6
SERVICE_PX, LEAST_SERVICE_PX = (190, 78, 220, 82, 132, 72, 66, 98), (120, 56, 136, 82, 118, 72, 58, 98)
"""Widths of the columns of services, and the least ones; the axis takes the rest."""
CHANGE_PX, LEAST_CHANGE_PX = (82, 132, 138, 98), (82, 80, 104, 72)
"""Those of changes behind their axis, which stands below that of the services."""
METHOD_TITLES = {
    AUTOMATIC: mark("Best method"), EXACT: mark("Exact"), MONTE_CARLO: mark("Monte Carlo"), RARE: mark("Rare events"),
}  # fmt: skip
OUTDATED = tr("The design has changed since; work it out again.")


@guarded
class NinesPanel(QWidget):
    """The services of the design with their nines, and what is to be said about the chosen one. `play_requested`
    carries a bad year that shall be played.
    """

    play_requested = Signal(object)
    closed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.task: NinesTask | None = None
        self.found = NinesFound()
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.services, self.changes = ServicesModel(theme), ChangesModel(theme)
        self.table = self._table(self.services, ROW_PX, tr("Services, nearest to their SLO first"))
        self.offers = self._table(self.changes, OFFER_PX, tr("What one change would buy, the best first"))
        self.offers.setItemDelegateForColumn(TRY, TryDelegate(theme, self.offers))
        self.side = NinesSide(session, theme)
        self.legend = QLabel(tr("Colored bar: downtime · band: range of the inputs · ring: as if nothing were shared · "
                                "upright line: SLO"))  # fmt: skip
        self.legend.setProperty("muted", True)
        self.legend.setFont(theme.font("secondary"))
        self.legend.setContentsMargins(12, 2, 12, 6)
        one, other = self.table.horizontalScrollBar(), self.offers.horizontalScrollBar()
        one.valueChanged.connect(other.setValue)
        other.valueChanged.connect(one.setValue)
        self._lay_out()
        self._show_found()
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._explain())
        self.table.clicked.connect(lambda _: self._go([self.chosen.id] if self.chosen is not None else []))
        self.offers.clicked.connect(self._pressed)
        self.offers.activated.connect(lambda index: self.try_change(index.row()))
        self.side.chosen.connect(self._go)
        self.side.play_requested.connect(self.play_requested)
        self.side.save_requested.connect(self.save_year)
        session.replaced.connect(self._forget)
        theme.changed.connect(self.update)

    def _lay_out(self) -> None:
        left, row = QVBoxLayout(), QHBoxLayout(self)
        left.addLayout(self._head())
        left.addWidget(self.table)
        left.addWidget(self.offers, 1)
        left.addWidget(self.legend)
        left.setSpacing(0)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self.side)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 12, 6)
        head.setSpacing(8)
        self.begin = QPushButton(tr("Work Out"))
        self.begin.setProperty("primary", True)
        self.begin.clicked.connect(self.ask)
        self.method = QComboBox()
        self.method.setAccessibleName(tr("Method"))
        self.method.setToolTip(tr("How it is computed: exact where the structure allows, else drawn"))
        for method in METHODS:
            self.method.addItem(tr(METHOD_TITLES[method]), method)
        self.bar, self.said = PartBar(tr("Part worked out")), AnswerLabel(self._session, OUTDATED)
        self.bar.setFixedWidth(110)
        self.bar.hide()
        self.said.setProperty("muted", True)
        self.stop = QPushButton(tr("Stop"))
        self.stop.setToolTip(tr("Keep what is found"))
        self.stop.clicked.connect(self.end)
        self.stop.hide()
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.closed)
        for widget in (self.begin, self.method, self.bar, self.stop):
            head.addWidget(widget)
        head.addWidget(self.said, 1)
        head.addWidget(close)
        return head

    def _table(self, model: ServicesModel | ChangesModel, row_px: int, name: str) -> QTableView:
        table = QTableView()
        table.setHorizontalHeader(AxisHeader(self._theme, table))
        table.setModel(model)
        make_plain(table, name, row_px)
        table.setItemDelegateForColumn(AXIS if isinstance(model, ServicesModel) else REACH,
                                       AxisDelegate(self._theme, table))  # fmt: skip
        table.setMouseTracking(True)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        if isinstance(model, ServicesModel):
            table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # it follows that of the changes
        else:
            table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)  # the name of a service
        return table

    def _head_px(self) -> int:
        """The height that titles of two lines need."""
        return max(HEAD_PX, self.table.horizontalHeader().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the axes the width that the figures leave, the same in both tables."""
        super().resizeEvent(event)
        self._set_widths()

    def _set_widths(self) -> None:
        room = min(table.viewport().width() for table in (self.table, self.offers))
        services = self._fitting(SERVICE_PX, LEAST_SERVICE_PX, room)
        services[AXIS] += max(room - sum(services), 0)
        left, right = services[:AXIS], services[AXIS + 1 :]
        behind = self._fitting(CHANGE_PX, LEAST_CHANGE_PX, sum(right))
        behind[-1] += sum(right) - sum(behind)
        for table, widths in ((self.table, services), (self.offers, [sum(left), services[AXIS], *behind])):
            for column, width in enumerate(widths):
                table.setColumnWidth(column, width)

    def _fitting(self, wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
        scale = self._theme.text_scale
        return shrunk([round(scale * width) for width in wanted], [round(scale * width) for width in least], room)

    # -- asking

    def ask(self) -> None:
        """Work out the nines of the present design, in the background."""
        if self.task is not None:
            return
        self._session.flush()
        if not self._session.project.of_kind("service"):
            self.said.setText(tr("The design has no service; draw one, and link its members to it."))
            return
        self.found = NinesFound()
        self.said.forget()
        self.said.ask()
        method = self.method.currentData()
        self.side.ask_by(method)
        self.task = NinesTask(rows_of(self._session.project), strengthenings, method)
        self._show_asking(True)
        self.said.setText(tr("Working out the services …"))
        self._timer.start()

    def end(self) -> None:
        """End the work; what was found is kept."""
        if self.task is not None:
            self._take(self.task)
            self.task.end()
            self._over(tr("Ended; what was found is kept."))

    def poll(self) -> None:
        """Show what was found since, and how far the work is."""
        task = self.task
        if task is None:
            return
        self.bar.show_part(task.far)
        over = task.over
        self._take(task)
        if over:
            self._over(told(task.error) if task.error else self._summary())

    def _take(self, task: NinesTask) -> None:
        news = task.news()
        for one in news:
            self.found.take(one)
        if news:
            self._show_found()
            if self.task is not None and self.found.years is not None:
                self.said.setText(tr("Drawing years: {0:,}", self.found.years.years))

    def _over(self, said: str) -> None:
        self.task = None
        self._timer.stop()
        self._show_asking(False)
        if self.services.rows:
            self.said.answer(said)
        else:
            self.said.fail(said)

    def _summary(self) -> str:
        rows = self.found.ordered
        missing = sum(one.misses for one in rows)
        counted = trn("{0:,} service", "{0:,} services", len(rows))
        none = sum(bool(one.id) for one in self.found.refused)
        if none and not rows:
            return trn("{0:,} service has no answer", "{0:,} services have no answer", none)
        parts = [counted]
        if any(one.slo_frac for one in rows):
            parts.append(trn("{0:,} misses its SLO", "{0:,} miss their SLO", missing))
        if none:
            parts.append(trn("{0:,} more has no answer", "{0:,} more have no answer", none))
        return "; ".join(parts)

    def _show_asking(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.stop.setVisible(on)
        self.begin.setVisible(not on)
        self.method.setEnabled(not on)
        if on:
            self.bar.show_part(0.0)

    def _show_found(self) -> None:
        chosen = self.chosen
        self.services.show_found(self.found)
        rows = self.services.rows
        self.table.horizontalHeader().setFixedHeight(self._head_px())
        self.table.setFixedHeight(self._head_px() + min(max(len(rows), 1), MOST_ROWS) * ROW_PX + 2)
        row = next((n for n, one in enumerate(rows) if chosen is not None and one.id == chosen.id), 0)
        if rows and self.table.currentIndex().row() != row:
            self.table.selectRow(row)
        self.table.horizontalHeader().viewport().update()
        self._set_widths()
        self._explain()

    def _forget(self) -> None:
        self.end()
        self.found = NinesFound()
        self._show_found()
        self.said.forget()

    # -- the chosen service

    @property
    def chosen(self) -> ServiceAvailability | None:
        """The service of the current row."""
        row = self.table.currentIndex().row()
        return self.services.rows[row] if 0 <= row < len(self.services.rows) else None

    def _explain(self) -> None:
        one = self.chosen
        self.changes.show_service(one, self.services.axis)
        self.side.show_service(self.found, one)

    def _go(self, ids: list[int]) -> None:
        """Select elements and bring them to the middle of the drawing."""
        known = [i for i in ids if i in self._session.project.elements]
        if known:
            self._session.select(known)
            self._session.reveal.emit(known)

    def save_year(self, year: BadYear) -> None:
        """Save what fails in a bad year as a scenario of the design."""
        note = tr("{0} drawn with seed {1}: {2}.", year_name(year), year.seed, year.told)
        made = self._session.do_large(tr("Changing …"), 1, save_scenario, "", year.events, note)
        if made:
            self._session.flush()
            self._session.told.emit(tr("{0} is in the list of scenarios.", self._session.project.elements[made].name))

    def _pressed(self, index: QModelIndex) -> None:
        if index.column() == TRY:
            self.try_change(index.row())
        else:
            self._go(list(self.changes.rows[index.row()].ids))

    def try_change(self, row: int) -> None:
        """Make a change in the design, as one step of undo, and work out the nines again."""
        one = self.chosen
        if one is None or not 0 <= row < len(self.changes.rows):
            return
        change, project = self.changes.rows[row], self._session.project
        position = project.history.position
        count = len(project.elements) if change.kind == "zone" else len(change.ids)
        self.end()
        self._session.do_large(tr("Changing the design …"), count, strengthen, one.id, change.title, change.ids)
        if project.history.position != position:
            self.ask()
