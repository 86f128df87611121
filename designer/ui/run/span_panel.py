"""A selected span of the run's time, and the statistics of each line of the lanes in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.study.results.spread import statistics
from designer.study.run import Run
from designer.ui.parts.guard import guarded
from designer.ui.parts.plain_table import make_plain
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.ui.plots.lane import DrawnLine, Entry, Lane
from designer.ui.plots.span import middle_third
from designer.ui.shell.session import Session
from designer.words import tr

ROW_PX, KEY_PX, LEAST_PX, PAUSE_MS = 18, 8, 32, 60
"""Heights and widths; the least width of a column; how long an end of the span must rest before the figures follow."""
COLUMNS = (tr("Line"), tr("Mean"), tr("Least"), tr("95%"), tr("Most"))


@guarded
class SpanPanel(QWidget):
    """Buttons that select a span, and a table: mean, least, 95% and most of each line that `lanes` show. Without a span
    it tells those of all that is recorded."""

    def __init__(self, session: Session, theme: Theme, lanes: Callable[[], Iterable[Lane]]) -> None:
        super().__init__()
        self._session, self._theme, self._lanes = session, theme, lanes
        self.span: tuple[float, float] | None = None
        self._seen: tuple[Any, ...] = ()
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self.refresh)
        self.select = QPushButton(tr("Select Span"))
        self.select.setCheckable(True)
        self.select.setToolTip(tr("Select a span in the lanes; drag it or its ends"))
        self.begin, self.end = QPushButton(tr("Begin Here")), QPushButton(tr("End Here"))
        self.begin.setToolTip(tr("Let the span begin at the shown time"))
        self.end.setToolTip(tr("Let the span end at the shown time"))
        for button in (self.select, self.begin, self.end):
            button.setAutoDefault(False)
            button.setAccessibleDescription(button.toolTip())
        self.said = QLabel()
        self.said.setProperty("muted", True)
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setObjectName("narrow")
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names differ at the end
        make_plain(self.table, tr("Statistics of the lines"), ROW_PX)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(LEAST_PX)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setFont(theme.font("secondary", figures=True))
        self.table.setIconSize(QSize(KEY_PX, KEY_PX))
        for n, title in enumerate(COLUMNS):
            head, side = QTableWidgetItem(title), Qt.AlignmentFlag.AlignRight if n else Qt.AlignmentFlag.AlignLeft
            head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            head.setFont(theme.font("secondary"))
            self.table.setHorizontalHeaderItem(n, head)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 6, 0, 0)
        self.said.setContentsMargins(6, 0, 8, 0)
        column.setSpacing(4)
        column.addWidget(WrappedRow((self.select, self.begin, self.end), (6, 0), 4))
        column.addWidget(self.said)
        column.addWidget(self.table, 1)
        self.select.toggled.connect(self._select)
        self.begin.clicked.connect(lambda: self._set_end(0))
        self.end.clicked.connect(lambda: self._set_end(1))
        session.run_changed.connect(self._new_run)
        self._new_run()

    def join(self, lane: Lane) -> None:
        """Show the span in a lane, and follow its ends."""
        lane.plot.spanned.connect(self.choose)
        self._show_in((lane,))

    def choose(self, span: tuple[float, float] | None) -> None:
        """Select a span of seconds, or none."""
        self.span = span
        with QSignalBlocker(self.select):
            self.select.setChecked(span is not None)
        self._show_in(self._lanes())
        self._soon.start()

    def _show_in(self, lanes: Iterable[Lane]) -> None:
        run = self._session.run
        for lane in lanes:
            lane.plot.show_span(self.span, run.until_s if run is not None else 1.0)

    def _select(self, on: bool) -> None:
        run = self._session.run
        self.choose(middle_third(0.0, run.time_s or run.until_s) if on and run is not None else None)

    def _set_end(self, end: int) -> None:
        """Move an end of the span to the shown time; the other is where it was, or at the end of the run."""
        run = self._session.run
        if run is not None:
            ends = list(self.span or (0.0, run.until_s))
            ends[end] = run.shown_s
            self.choose((min(ends), max(ends)))

    def _new_run(self) -> None:
        run = self._session.run
        for button in (self.select, self.begin, self.end):
            button.setEnabled(run is not None)
        length = run.until_s if run is not None else 0.0
        self.choose(self.span if self.span is not None and self.span[1] <= length else None)

    def showEvent(self, event: object) -> None:
        """Follow what has changed while it was hidden."""
        self._soon.start()

    def refresh(self) -> None:
        """Tell the statistics of what the lanes show now (only while visible)."""
        run, lanes = self._session.run, [lane for lane in self._lanes() if lane.lines()]
        if not self.isVisible():
            return
        names = [(lane.legend.title, entry.name) for lane in lanes for entry, _ in lane.lines()]
        ends = [drawn.edges_s[-1] for lane in lanes for _, drawn in lane.lines() if drawn.edges_s.size]
        seen = (id(run), self.span, names, ends, self._theme.color("panel").rgb())
        if seen != self._seen:
            self._seen = seen
            self._tell(run, lanes, max(ends, default=0.0))

    def _tell(self, run: Run | None, lanes: list[Lane], recorded_s: float) -> None:
        begin, end = self.span or (0.0, recorded_s)
        times = tr("{0} to {1}", units.clock_text(begin), units.clock_text(end))
        self.said.setText("" if run is None else times if self.span else tr("All that is recorded: {0}", times))
        self.table.clearSpans()
        self.table.clearContents()
        self.table.setRowCount(sum(1 + len(lane.lines()) for lane in lanes) if run is not None else 0)
        at = 0
        for lane in lanes if run is not None else ():
            head = QTableWidgetItem(lane.legend.title)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setForeground(self._theme.color("text.muted"))
            self.table.setItem(at, 0, head)
            self.table.setSpan(at, 0, 1, len(COLUMNS))
            for n, (entry, drawn) in enumerate(lane.lines(), at + 1):
                self._write(n, entry, told(drawn, begin, end))
            at += 1 + len(lane.lines())
        self._fit()

    def _fit(self) -> None:
        """Give each column of figures the width of its longest text; names have the rest."""
        for column in range(1, len(COLUMNS)):
            self.table.resizeColumnToContents(column)

    def _write(self, row: int, entry: Entry, figures: list[str]) -> None:
        square = QPixmap(KEY_PX, KEY_PX)
        square.fill(entry.color)
        words = ", ".join(f"{title}: {text}" for title, text in zip(COLUMNS[1:], figures))
        for place, text in enumerate((entry.name, *figures)):
            item = QTableWidgetItem(text)
            item.setToolTip(f"{entry.name}: {words}".replace("<", "‹"))
            if place:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            else:
                item.setIcon(QIcon(square))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.name}: {words}")
            self.table.setItem(row, place, item)


def told(drawn: DrawnLine, begin_s: float, end_s: float) -> list[str]:
    """Mean, least, 95% and most of a line in a span; dashes where nothing is known."""
    known = min(drawn.values.size, drawn.edges_s.size - 1)
    found = statistics(drawn.edges_s[: known + 1], drawn.values[:known, None], begin_s, end_s)
    if found is None:
        return ["–"] * 4
    return [drawn.write(value) for value in (found.mean, found.least, found.p95, found.most)]
