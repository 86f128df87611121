"""The window of plots: which quantity of what, in which view; a key that switches lines, spans and their statistics."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPixmap, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.errors import DesignerError
from designer.study.results.quantities import SERIES, Quantity
from designer.study.results.reading import RunResults
from designer.study.results.spread import SpanStatistics
from designer.study.run import Run
from designer.ui.parts.background import later
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.plots.explore.chart import MOST_LINES, OVER_TIME, VIEWS, Chart, PlottedTable, View
from designer.ui.plots.explore.export import save_plot
from designer.ui.shell.results import Reader, reader_of
from designer.ui.shell.session import Session
from designer.words import tr

KEY_PX, REFRESH_MS = 220, 500
FIRST = ("asked_frac", "host")
FILTERS = {tr("Picture (*.png)"): ".png", tr("Vector drawing (*.svg)"): ".svg", tr("Table (*.csv)"): ".csv"}
PLACE = Qt.ItemDataRole.UserRole


class PlotsWindow(QDialog):
    """Stays open beside the window and follows its run. `scrubbed` carries the time that shall be shown on the
    drawing."""

    scrubbed = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._results: RunResults | None = None
        self._again = self._reading = self._missed = False
        self._table: tuple[RunResults | None, PlottedTable | None] = None, None
        """The table that is shown, and what it is made of."""
        self._choices: list[tuple[Quantity, str]] = []
        self._pointed_s: float | None = None
        self._span: tuple[float, float] | None = None
        self.setWindowTitle(tr("Plots"))
        self.setWindowFlags(self.windowFlags() | Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(fitting(1120, 640))
        self.what, self.view = QComboBox(), QComboBox()
        self.what.setAccessibleName(tr("Quantity"))
        self.view.setAccessibleName(tr("View"))
        self.view.addItems(list(VIEWS.values()))
        self.select = QPushButton(tr("Select Span"))
        self.select.setCheckable(True)
        self.whole = QPushButton(tr("Show All"))
        self.export = QPushButton(tr("Export …"))
        for button in (self.select, self.whole, self.export):
            button.setAutoDefault(False)
        self.chart = Chart(theme)
        self.key = QListWidget()
        self.key.setAccessibleName(tr("What is shown"))
        self.key.setFixedWidth(KEY_PX)
        self.key.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of many differ at the end
        self.key.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self._lay_out()
        self.what.currentIndexChanged.connect(lambda _: self.show_chosen())
        self.view.currentIndexChanged.connect(lambda _: self.show_chosen())
        self.key.itemChanged.connect(self._switched)
        self.select.toggled.connect(self._select)
        self.whole.clicked.connect(self.show_chosen)
        self.export.clicked.connect(self._ask_name)
        self.chart.pointed.connect(self._point)
        self.chart.scrubbed.connect(self.scrubbed)
        self.chart.spanned.connect(self._spanned)
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self.follow)
        session.frame_changed.connect(self._frame)
        session.run_changed.connect(self.refresh)
        theme.changed.connect(self._themed)
        self.refresh()

    def _lay_out(self) -> None:
        row, middle, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        row.addWidget(self.what, 2)
        row.addWidget(self.view, 1)
        row.addStretch(1)
        for button in (self.select, self.whole, self.export):
            row.addWidget(button)
        middle.addWidget(self.chart, 1)
        middle.addWidget(self.key)
        column.setSpacing(8)
        column.addLayout(row)
        column.addLayout(middle, 1)
        column.addWidget(self.said)

    # -- what there is

    def refresh(self) -> None:
        """Read the run that is shown now, beside the window."""
        self._again = True
        self._ask()

    def follow(self) -> None:
        """Read what the run has recorded since, with the same part in sight."""
        self._ask()

    def _ask(self) -> None:
        """Read what the run has recorded; once more after that where it was asked for meanwhile."""
        run, self._missed = self._session.run, self._reading
        if self._reading:
            return
        read = reader_of(run)
        if read is None:
            self._take(None, None, None)
            return
        self._reading = True
        if self._again and self._results is None:
            self.said.setText(tr("Reading the results …"))
        at = self.what.currentIndex()
        chosen = self._choices[at] if 0 <= at < len(self._choices) else None
        known = self._results.edges_s.size if self._results is not None and not self._again else 0
        sight = chosen, frozenset(self.chart.hidden), self._span
        later(self, partial(_read_and_plotted, read, known, *sight), lambda made: self._take(run, *made), self._failed)

    def _failed(self, sentence: str) -> None:
        self._reading = False
        self.said.setText(sentence)
        if self._missed:
            self._ask()

    def _take(self, run: Run | None, results: RunResults | None, table: PlottedTable | None) -> None:
        """Show what was read of a run, unless another one is shown now."""
        self._reading = False
        if run is not self._session.run:
            self._ask()
            return
        if self._again or (self._results is None and results is not None):  # opened before anything was recorded
            self._again, self._results, self._table = False, results, (results, table)
            self._offer()
        elif results is not None and self._results is not None and results.edges_s.size != self._results.edges_s.size:
            self._results, self._table = results, (results, table)
            self._show(keep=True)
        if self._missed:
            self._ask()

    def _offer(self) -> None:
        """Offer the quantities that the run tells, and show the one that was chosen."""
        before = self._choices[self.what.currentIndex()] if 0 <= self.what.currentIndex() < len(self._choices) else None
        self._choices = []
        read = self._results
        for of in read.quantities if read is not None else ():
            if of.kept == SERIES and read is not None:
                self._choices += [(of, kind) for kind in dict.fromkeys(read.owners(of.of).kinds)]
        with QSignalBlocker(self.what):
            self.what.clear()
            kinds = self._session.project.kinds
            for of, kind in self._choices:
                noun = tr(kinds[kind].plural) if kind in kinds and kind != "design" else tr(kind)
                unit = f" [{of.unit}]" if of.unit and of.unit != "fraction" else ""
                self.what.addItem(tr("{0}: {1}", tr(of.title), noun) + unit)
            wanted = before if before in self._choices else None
            names = [(of.name, kind) for of, kind in self._choices]
            place = self._choices.index(wanted) if wanted else names.index(FIRST) if FIRST in names else 0
            self.what.setCurrentIndex(place if self._choices else -1)
        self.show_chosen()

    def _frame(self) -> None:
        run = self._session.run
        if run is not None and self.isVisible():
            self.chart.move_head(run.shown_s)
            if not self._soon.isActive():
                self._soon.start()

    def table(self) -> PlottedTable | None:
        """The chosen quantity of the chosen elements."""
        at, run = self.what.currentIndex(), self._results
        if run is None or not 0 <= at < len(self._choices):
            return None
        of, kind = self._choices[at]
        read, table = self._table
        if read is not run or table is None or (table.quantity, table.kind) != (of, kind):
            table = _table_of(run, of, kind)
            self._table = run, table
        return table

    # -- showing

    def show_chosen(self) -> None:
        """Show the chosen quantity in the chosen view, whole."""
        self.chart.hidden.clear()
        self._show(keep=False)

    @property
    def chosen_view(self) -> View:
        """The view that is chosen."""
        return list(VIEWS)[max(self.view.currentIndex(), 0)]

    def _show(self, keep: bool) -> None:
        table = self.table()
        if self.chosen_view == "stack" and table is not None and not table.adds_up:
            with QSignalBlocker(self.view):
                self.view.setCurrentIndex(0)
        self.chart.show_table(table, self.chosen_view, self.chart.hidden, keep)
        model = self.view.model()
        assert isinstance(model, QStandardItemModel)
        model.item(list(VIEWS).index("stack")).setEnabled(table is not None and table.adds_up)
        self.select.setEnabled(table is not None and self.chosen_view in OVER_TIME)
        known = self.chart.table is not None
        for part in (self.what, self.view, self.export, self.whole):
            part.setEnabled(known)
        for side in ("left", "bottom"):  # no scale of nothing
            self.chart.plot.getAxis(side).setVisible(known)
        if not keep or self.chosen_view not in OVER_TIME:
            self.select.setChecked(False)
            self._span = None
        run = self._session.run
        if run is not None:
            self.chart.move_head(run.shown_s)
        self._fill_key()
        self._tell()

    def _fill_key(self) -> None:
        table, view = self.chart.table, self.chosen_view
        with QSignalBlocker(self.key):
            self.key.clear()
            if table is None:
                return
            many = len(table.names) > MOST_LINES
            places = [-1] * (many and view in ("lines", "stack")) + table.top()
            colors = dict(zip(self._places(), range(MOST_LINES)))
            for place in places:
                item = QListWidgetItem()
                item.setData(PLACE, place)
                if view == "heat":  # it shows all
                    self.key.addItem(item)
                    continue
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Unchecked if place in self.chart.hidden else Qt.CheckState.Checked)
                if view in ("lines", "stack"):
                    square = QPixmap(12, 12)
                    square.fill(self.chart.color_of(colors[place])[0])
                    item.setIcon(QIcon(square))
                self.key.addItem(item)
            self._write_key()

    def _places(self) -> list[int]:
        """The elements in the order of their colors; -1: the mean or all others."""
        table = self.chart.table
        assert table is not None
        rest = [-1] * (len(table.names) > MOST_LINES)
        return [*rest, *table.top()] if self.chosen_view == "lines" else [*table.top(), *rest]

    def _write_key(self) -> None:
        """Write names and, where a time is pointed at, the values then."""
        table = self.chart.table
        if table is None:
            return
        step = -1
        if self._pointed_s is not None and 0.0 <= self._pointed_s < table.edges_s[-1]:
            step = int(np.searchsorted(table.edges_s, self._pointed_s, side="right")) - 1
        for row in range(self.key.count()):
            item = self.key.item(row)
            place = int(item.data(PLACE))
            rest = tr("mean of {0:,}", len(table.names)) if self.chosen_view == "lines" else tr("all others")
            name = table.names[place] if place >= 0 else rest
            value = float(table.values[step, place]) if step >= 0 and place >= 0 else np.nan
            told = "" if np.isnan(value) else f"   {units.text(value, table.quantity.unit, 3)}"
            with QSignalBlocker(self.key):
                item.setText(name + told)
                item.setToolTip(name.replace("<", "‹"))

    def _switched(self, item: QListWidgetItem) -> None:
        place = int(item.data(PLACE))
        hidden = self.chart.hidden
        (hidden.discard if item.checkState() is Qt.CheckState.Checked else hidden.add)(place)
        self.chart.show_table(self.chart.table, self.chosen_view, set(hidden), keep=self.chosen_view in OVER_TIME)
        self.chart.select_span(self.select.isChecked())
        self._tell()

    def _point(self, time_s: float) -> None:
        self._pointed_s = time_s
        self._write_key()

    def _themed(self) -> None:
        self.chart.repaint_theme()
        self._fill_key()

    # -- spans

    def _select(self, on: bool) -> None:
        self.chart.select_span(on)
        self._span = tuple(self.chart.span.getRegion()) if on else None
        self._tell()

    def _spanned(self, span: tuple[float, float]) -> None:
        self._span = span if self.select.isChecked() else None
        self._tell()

    def shown_statistics(self) -> SpanStatistics | None:
        """The statistics of what is shown in the span, or in the whole run."""
        table = self.chart.table
        if table is None or not table.names or table.edges_s.size < 2:
            return None
        return table.statistics(self.chart.hidden, self._span)

    def _tell(self) -> None:
        table, found = self.chart.table, self.shown_statistics()
        if table is None:
            self.said.setText(tr("Press Run to see load over time."))
            return
        if found is None:
            self.said.setText(tr("Nothing is known of it here."))
            return
        begin, end = self._span or (float(table.edges_s[0]), float(table.edges_s[-1]))
        write = partial(units.text, unit=table.quantity.unit, digits=3)
        middle = map(write, (found.mean, found.p50, found.p95, found.p99))
        self.said.setText(
            tr(
                "{0} to {1}: mean {2}, median {3}, 95%: {4}, 99%: {5}, least {6}, most {7}",
                units.clock_text(begin), units.clock_text(end), *middle,
                write(found.least), write(found.most),
            )
        )  # fmt: skip

    # -- export

    def _ask_name(self) -> None:
        folder = self._session.path.parent if self._session.path else Path.home()
        text, chosen = QFileDialog.getSaveFileName(
            self, tr("Export Plot"), str(folder / "plot.png"), ";;".join(FILTERS)
        )
        if not text:
            return
        path = Path(text)
        if path.suffix.lower() not in FILTERS.values():
            path = path.with_name(path.name + FILTERS.get(chosen, ".png"))
        try:
            save_plot(self.chart, path)
        except DesignerError as error:
            self._session.refused.emit(str(error))
        else:
            self._session.told.emit(tr("Wrote {0}.", path.name))


def _table_of(results: RunResults, of: Quantity, kind: str) -> PlottedTable:
    """A quantity of all elements of a kind."""
    owners = results.owners(of.of)
    which, cells = results.table(of)
    columns = [k for k, n in enumerate(which.tolist()) if owners.kinds[n] == kind]
    names = [owners.names[int(which[k])] for k in columns]
    return PlottedTable(of, results.edges_s, names, np.asarray(cells[:, columns]), kind)


def _read_and_plotted(
    read: Reader,
    known: int,
    chosen: tuple[Quantity, str] | None,
    hidden: frozenset[int],
    span: tuple[float, float] | None,
) -> tuple[RunResults | None, PlottedTable | None]:
    """The results of a run, and what will be shown of them (`chosen`; None: what is shown first), worked out; nothing
    of results with as many edges as are `known`, which are shown already."""
    results = read()
    if results is None or results.edges_s.size == known:
        return results, None
    first = ((of, FIRST[1]) for of in results.quantities if of.name == FIRST[0])
    what = chosen or next(first, None)
    if what is None or what[1] not in results.owners(what[0].of).kinds:
        return results, None
    table = _table_of(results, *what)
    if table.names and table.edges_s.size > 1:
        table.prepare(hidden, span)
    return results, table
