"""Sweep: one or two things of the design vary over a grid; the nines, the downtime and the cost of each point."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands.varying.knobs import knob_of
from designer.errors import DesignerError
from designer.model.project import ChangeSet
from designer.model.sent import rows_of
from designer.settings import Settings
from designer.study.availability.answer import YEAR_H, nines
from designer.study.availability.words import percent, span
from designer.study.sweep.answer import SweepAxis, Swept, SweptPoint
from designer.study.sweep.sweeping import sweep
from designer.ui.parts.background import PartBar
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.plots.sweep_plot import FIGURES, SweepPlot
from designer.ui.preferences.scheduler_row import SCHEDULER
from designer.ui.run.run_bar import RIGHT_PX
from designer.ui.run.sweep.axis_row import AxisRow
from designer.ui.run.working import AnswerLabel, WorkTask
from designer.ui.shell.session import Session
from designer.words import tr, trn
from designer.words.reasons import told

POLL_MS, LEFT_PX = 50, 300
OUTDATED = tr("The design has changed since; sweep again.")


@guarded
class SweepPanel(QWidget):
    """What varies at the left, the plot in the middle, the chosen point at the right."""

    closed = Signal()

    def __init__(self, session: Session, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self.found: Swept | None = None
        self.current = -1
        self.task: WorkTask[Swept] | None = None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.axes = (AxisRow(session, False), AxisRow(session, True))
        self.service, self.figure = QComboBox(), QComboBox()
        self.service.setAccessibleName(tr("Service"))
        self.figure.setAccessibleName(tr("Figure"))
        self.figure.addItems(list(FIGURES.values()))
        self.plot = SweepPlot(theme)
        self.plot.setAccessibleName(tr("What the sweep found"))
        self.empty = QLabel(tr("Press Sweep to see the figure at each value."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self.said, self.told = AnswerLabel(self._session, OUTDATED), QLabel()
        for label in (self.said, self.told):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.service.currentIndexChanged.connect(self._show)
        self.figure.currentIndexChanged.connect(self._show)
        self.plot.chosen.connect(self.choose)
        session.changed.connect(self._changed)
        session.replaced.connect(self._forget)
        theme.changed.connect(self.plot.repaint_theme)
        self._refresh()

    def _lay_out(self) -> None:
        left, row, form, buttons = QVBoxLayout(), QHBoxLayout(self), QFormLayout(), QHBoxLayout()
        side = QWidget()
        side.setFixedWidth(LEFT_PX)
        side.setLayout(left)
        self.begin, self.stop = QPushButton(tr("Sweep")), QPushButton(tr("Stop"))
        self.bar = PartBar(tr("Part of the points computed"))
        self.begin.setProperty("primary", True)
        self.begin.clicked.connect(self.ask)
        self.stop.setToolTip(tr("Keep what is found"))
        self.stop.clicked.connect(self.end)
        close, copy = QPushButton(tr("Close")), QPushButton(tr("Copy as Command"))
        close.clicked.connect(self.closed)
        copy.clicked.connect(self.copy)
        for axis in self.axes:
            form.addRow(axis)
        form.addRow(tr("Service"), self.service)
        form.addRow(tr("Figure"), self.figure)
        for widget in (self.begin, self.stop, self.bar):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        left.addLayout(form)
        left.addLayout(buttons)
        left.addWidget(self.said)
        left.addStretch(1)
        right, column, top = QWidget(), QVBoxLayout(), QHBoxLayout()
        right.setFixedWidth(RIGHT_PX)
        right.setLayout(column)
        top.addWidget(copy)
        top.addStretch(1)
        top.addWidget(close)
        column.addLayout(top)
        column.addWidget(self.told, 1)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(self.plot, 1)
        row.addWidget(self.empty, 1)
        row.addWidget(right)
        self._show_asking(False)

    # -- asking

    def ask(self) -> None:
        """Compute all points, in the background."""
        if self.task is not None:
            return
        self._session.flush()
        project = self._session.project
        services = [one.id for one in project.of_kind("service")]
        try:
            axes = [SweepAxis(*knob_of(project, axis.text)) for axis in self.axes if axis.text]
        except DesignerError as error:
            self.said.setText(str(error))
            return
        if not services:
            self.said.setText(tr("The design has no service; draw one, and link its members to it."))
            return
        if len({axis.knob for axis in axes}) < len(axes):
            self.said.setText(tr("The same varies twice; give it all its values at once."))
            return
        rows, scheduler = rows_of(project), str(self._settings.get(SCHEDULER, ""))
        self.said.ask()
        self.task = WorkTask(
            lambda tell: sweep(rows, axes, services, tell, scheduler=scheduler), keeps=True, name="sweep"
        )
        self.said.setText(tr("Computing {0} …", tr("on {0}", scheduler) if scheduler else tr("on this machine")))
        self._show_asking(True)
        self._timer.start()

    def end(self) -> None:
        """End the work; the points that are found are kept."""
        if self.task is not None:
            self.task.end()
            self.said.setText(tr("Stopping …"))

    def poll(self) -> None:
        """Show how far it is, and what was found."""
        task = self.task
        if task is None:
            return
        self.bar.show_part(task.far)
        if not task.over:
            return
        self.task = None
        self._timer.stop()
        self._show_asking(False)
        if task.error or task.answer is None:
            self.said.fail(told(task.error))
            return
        count = trn("{0:,} point", "{0:,} points", len(task.answer.points))
        ended = count if task.answer.whole else tr("Ended; kept: {0}", count)
        if task.answer.points or self.found is None:  # else what was found before is still shown
            self.found, self.current = task.answer, -1
            self.said.answer(ended)
        else:
            self.said.fail(ended)
        self._show()

    def _show_asking(self, on: bool) -> None:
        self.begin.setVisible(not on)
        for widget in (self.stop, self.bar):
            widget.setVisible(on)
        self.bar.show_part(0.0)

    # -- what is shown

    @property
    def service_id(self) -> int:
        """The chosen service; 0 without one."""
        return int(self.service.currentData() or 0)

    def choose(self, number: int) -> None:
        """Tell all about a point, and mark it."""
        self.current = number
        self._show()

    def _show(self) -> None:
        figure = list(FIGURES)[self.figure.currentIndex()]
        self.plot.show_sweep(self.found, self.service_id, figure, self.current)
        points = () if self.found is None else self.found.points
        self.plot.setVisible(bool(points))
        self.empty.setVisible(not points)
        point = next((one for one in points if one.number == self.current), None)
        if point is not None and self.found is not None:
            self.told.setText("\n".join(self._lines(self.found, point)))
        elif self.found is None:
            self.told.setText(tr("Vary one thing for a curve, two for a map: a field of a kind, or how many there are. "
                                 "Values are listed (1, 2, 4) or a span (1..4)."))  # fmt: skip
        else:
            self.told.setText(tr("Click a point for its figures."))

    def _lines(self, found: Swept, point: SweptPoint) -> list[str]:
        lines = [f"{title} = {value:g}" for title, value in zip(found.titles, point.values, strict=True)]
        if point.reason:
            return [*lines, "", told(point.reason)]
        usd = tr("unknown") if point.usd_month is None else tr("{0:,.0f} USD a month", point.usd_month)
        unknown = trn("{0:,} price unknown", "{0:,} prices unknown", point.unknown_prices)
        lines += ["", tr("Cost: {0}", f"{usd}, {unknown}" if point.unknown_prices else usd)]
        for one in point.services:
            if one.reason:
                lines += ["", tr("{0}: {1}", one.name, told(one.reason))]
                continue
            missed = tr(", misses its SLO") if one.misses else ""
            lines += [
                "",
                tr("{0}: {1} available, {2:.2f} nines{3}", one.name, percent(one.down), nines(one.down), missed),
                tr("{0} down a year, {1} to {2}", *(span(part * YEAR_H) for part in (one.down, one.low, one.high))),
                tr("{0:.2g} outages a year; {1}", one.outages_h * YEAR_H, tr(one.method)),
            ]
        return lines

    def copy(self) -> None:
        """Copy the command that gives the same figures."""
        path = self._session.path
        words = ["cloud-designer", "sweep", f'"{path}"' if path is not None else "FILE.clouddesign"]
        for axis in self.axes:
            words += ["--vary", f'"{axis.text}"'] if axis.text else []
        scheduler = str(self._settings.get(SCHEDULER, ""))
        QGuiApplication.clipboard().setText(" ".join([*words, *(["--scheduler", scheduler] if scheduler else [])]))

    def _refresh(self) -> None:
        """List the services and kinds of the design as it is."""
        project, chosen = self._session.project, self.service.currentData()
        self.service.blockSignals(True)
        self.service.clear()
        for element in project.of_kind("service"):
            self.service.addItem(project.called(element), str(element.id))
        self.service.setCurrentIndex(max(self.service.findData(chosen), 0) if self.service.count() else -1)
        self.service.blockSignals(False)
        for axis in self.axes:
            axis.refresh()
        self._show()

    def _changed(self, changes: ChangeSet) -> None:
        self._refresh()

    def _forget(self) -> None:
        if self.task is not None:
            self.task.end()
            self.task = None
            self._timer.stop()
            self._show_asking(False)
        self.found, self.current = None, -1
        self.said.forget()
        self._refresh()
