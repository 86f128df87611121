"""The column at the right: the service's downtime, what takes it down, how it was computed, how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QLabel, QPushButton, QScrollArea, QTableView, QVBoxLayout, QWidget

from designer.model.kind import Kinds
from designer.study.availability.answer import AUTOMATIC, YEAR_H, ServiceAvailability, Unknown
from designer.study.availability.found import NinesFound
from designer.study.availability.words import MOST_NAIVE, credit_text, percent, slo_text, span, too_good
from designer.ui.parts.theme import Theme
from designer.ui.run.nines.models import CauseDelegate, CausesModel
from designer.ui.run.nines.plots import ConvergingPlot, YearsPlot
from designer.ui.run.nines.worst import WorstYears
from designer.ui.run.run_bar import RIGHT_PX
from designer.ui.shell.session import Session
from designer.words import tr
from designer.words.reasons import told

CAUSE_PX, MOST_CAUSES, UNKNOWNS = 22, 6, 2
SECOND_H = 1.0 / 3600.0


class NinesSide(QWidget):
    """What is to be said of one service. `chosen` carries the ids of the elements of a cause; the others carry a bad
    year that shall be played, or saved as a scenario.
    """

    chosen = Signal(list)
    play_requested = Signal(object)
    save_requested = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme, self._method = session, theme, AUTOMATIC
        self.setFixedWidth(RIGHT_PX)
        self.big, self.about = QLabel(), QLabel()
        self.big.setFont(theme.font("clock", figures=True))
        self.causes_title, self.how_title = QLabel(), QLabel(tr("How it was computed"))
        for title in (self.causes_title, self.how_title):
            title.setFont(theme.font("title"))
        self.causes = CausesModel()
        self.list = self._list()
        self.why, self.sure = QLabel(), QLabel()
        for label in (self.about, self.why, self.sure):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFont(theme.font("secondary"))
            label.setProperty("muted", True)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.converging, self.years = ConvergingPlot(theme), YearsPlot(theme)
        self.worst = WorstYears(theme)
        self.worst.play_requested.connect(self.play_requested)
        self.worst.save_requested.connect(self.save_requested)
        self.worst.chosen.connect(self.chosen)
        copy = QPushButton(tr("Copy as Command"))
        copy.clicked.connect(self.copy)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        for widget in (self.big, self.about, self.causes_title, self.list, self.sure, self.converging, self.years,
                       self.worst, self.how_title, self.why):  # fmt: skip
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        theme.changed.connect(inside.update)
        self.show_service(NinesFound(), None)

    def ask_by(self, method: str) -> None:
        """Copy a command that asks by a method, that of the figures which are shown, from now on."""
        self._method = method

    def _list(self) -> QTableView:
        table = QTableView()
        table.setTabKeyNavigation(False)
        table.setModel(self.causes)
        table.setAccessibleName(tr("What takes the service down"))
        table.setItemDelegate(CauseDelegate(self._theme, table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setMouseTracking(True)
        table.horizontalHeader().hide()
        table.horizontalHeader().setStretchLastSection(True)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(CAUSE_PX)
        table.verticalHeader().setDefaultSectionSize(max(CAUSE_PX, table.fontMetrics().height() + 2))
        table.clicked.connect(self._go)
        table.activated.connect(self._go)
        return table

    def _go(self, index: QModelIndex) -> None:
        self.chosen.emit(list(self.causes.rows[index.row()].ids))

    def show_service(self, found: NinesFound, one: ServiceAvailability | None) -> None:
        """Show what is known of a service by now."""
        self.causes.show_service(one)
        rows = min(len(self.causes.rows), MOST_CAUSES)
        self.list.setFixedHeight(rows * self.list.verticalHeader().defaultSectionSize() + 2 * self.list.frameWidth())
        self.causes_title.setVisible(rows > 0)
        self.list.setVisible(rows > 0)
        self.how_title.setVisible(one is not None)
        self.why.setVisible(one is not None)
        drawn = found.years.of(one.id) if one is not None and found.years is not None else None
        self.sure.setVisible(drawn is not None)
        self.converging.setVisible(drawn is not None)
        self.years.setVisible(drawn is not None and any(drawn.counts[1:]))
        self.worst.show_years(drawn.worst if drawn is not None else ())
        if one is None:
            self.big.setText("")
            self.about.setText("\n\n".join(_refusals(found)) or tr(
                "The availability of each service, from the MTBF and MTTR of all it stands on: why it fails, how sure "
                "that is, and what one change would buy."))  # fmt: skip
            return
        self.big.setText(tr("{0} a year", span(one.downtime_h)))
        allowed = tr("{0}, of {1} allowed", one.name, span(one.allowed * YEAR_H)) if one.slo_frac else one.name
        self.about.setText(tr("{0}. {1} available", allowed, percent(one.down)))
        self.causes_title.setText(tr("What takes {0} down", one.name))
        self.why.setText("\n".join([*_how(one), *self._measure(one.unknowns), *_refusals(found)]))
        self.converging.show_trace(one, found.trace.get(one.id, []))
        self.years.show_years(one, drawn)
        self.sure.setText(_years_text(found, one))

    def _measure(self, unknowns: Sequence[Unknown]) -> list[str]:
        kinds: Kinds = self._session.project.kinds
        lines = []
        for n, one in enumerate(unknowns[:UNKNOWNS]):
            what = tr("MTBF of {0}", kinds[one.kind].plural)
            if one.field == "mttr_h":
                what = tr("MTTR of {0}", kinds[one.kind].plural)
            ends = (span(one.low * YEAR_H), span(one.high * YEAR_H))
            text = tr("Measure first: {0}, known within a factor of {1:g}, makes {2} to {3} a year.", what, one.factor,
                      *ends)  # fmt: skip
            lines.append(text if n == 0 else tr("Then: {0}, {1} to {2}.", what, *ends))
        return lines

    def copy(self) -> None:
        """Copy the command that gives the same figures."""
        path = self._session.path
        words = ["cloud-designer", "availability", f'"{path}"' if path is not None else "FILE.clouddesign"]
        words += ["--method", self._method.replace(" ", "-")] if self._method else []
        QGuiApplication.clipboard().setText(" ".join(words))


def _how(one: ServiceAvailability) -> list[str]:
    """By which method and why, how many members are needed, and what the naive figure leaves out."""
    lines = [
        tr("{0:,} of {1:,} members carry its peak. {2}", one.needed, one.members, told(one.why)),
        *map(told, one.notes),
    ]
    if one.credit is not None:
        lines.append(credit_text(one.credit))
    by = too_good(one)
    if by >= 1.05:
        times = tr("{0:,.2g} times", by) if by < MOST_NAIVE else tr("over a million times")
        naive = span(one.naive * YEAR_H) if one.naive * YEAR_H > SECOND_H else tr("less than a second")
        lines.append(tr("As if nothing were shared it would be {0} a year, {1} too good.", naive, times))
    return lines


def _years_text(found: NinesFound, one: ServiceAvailability) -> str:
    """What the drawn years say of the SLO, or why they do not."""
    if found.years is None:
        return ""
    drawn = found.years.of(one.id)
    if drawn is None:
        return ""
    width = tr("±{0:.1%}", drawn.mean_h.rel_error) if drawn.mean_h.value > 0.0 else tr("no outage yet")
    begun = tr("Monte Carlo: {0:,} years of histories, {1}", found.years.years, width)
    if not one.slo_frac:
        return tr("{0}. The service has no SLO that a year could miss.", begun)
    missed = found.missed(one.id)
    if missed is None:
        return tr("{0}. Too few outages ({1:,}) to say how often a year misses the SLO.", begun, drawn.seen)
    parts = (missed.value, max(missed.low, 0.0), missed.high)
    chance, low, high = (f"{part * 100.0:.2g}%" for part in parts)
    return tr("{0}. {1} of years miss {2} ({3} to {4}).", begun, chance, slo_text(one.slo_frac), low, high)


def _refusals(found: NinesFound) -> list[str]:
    """Why services have no answer."""
    return [tr("{0}: {1}", one.name, told(one.why)) for one in found.refused]
