"""The area below the run bar: plots on one time axis, with events, findings and result at the side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedLayout,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.engine.result.arrays import told_services
from designer.engine.spec.packed import values_of
from designer.engine.tables.backlogs import vms_with_backlogs
from designer.engine.tables.credits import vms_with_credits
from designer.settings import Settings
from designer.study.results.quantities import OF_PLACES, has_feeds, has_halls, has_network, has_temperatures
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.plots.lanes import BY, FIRST_SHOWN, LANES, LoadLane
from designer.ui.plots.overlay import OverlayLanes
from designer.ui.run.events_panel import EventsPanel
from designer.ui.run.findings_panel import FindingsPanel
from designer.ui.run.result_panel import TABLE, ResultPanel
from designer.ui.run.run_bar import RIGHT_PX
from designer.ui.run.run_control import FRAME_MS
from designer.ui.run.span_panel import SpanPanel
from designer.ui.run.time_marks import TimeMarks
from designer.ui.shell.session import Session
from designer.words import tr

PRESS_RUN = tr("Press Run to see load over time.")
PREPARED = tr("Preparing the run …")
OPENED = tr("Opening the saved run …")
BEGUN = tr("The run has started; the first step is not recorded yet.")


def _silent(run: Run) -> frozenset[str]:
    """The lanes that a run has nothing for."""
    spec = run.spec
    empty = {
        "requests": not spec.services,
        "response": not told_services(spec),
        "counts": not spec.groups and not any(values_of(spec.vms, "counted")),
        "hosts": not spec.hosts,
        "credits": not vms_with_credits(spec),
        "backlog": not vms_with_backlogs(spec),
        "limits": not (spec.flows and spec.limits),
        "unreached": not has_network(spec),
        "moves": all(host.migration is None for host in spec.hosts),
        "facility": not has_halls(spec),
        "feeds": not has_feeds(spec),
        "temperature": not has_temperatures(spec),
        **{of.lane: not of.when(spec) for of in OF_PLACES if of.lane},
    }
    return frozenset(name for name, nothing in empty.items() if nothing)


TURN_S = 0.002
"""Time after which a turn leaves the other parts of a moment to the next turn, one a frame of the drawing."""


class Lanes(QWidget):
    """The lower part of the window. `follow` is called ten times a second; nothing else polls."""

    run_requested = Signal()
    scrubbed = Signal(object)

    def __init__(self, session: Session, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme, self._settings = session, theme, settings
        self._hover_s: float | None = None
        self._most = len(LANES)
        self._drawn: tuple[Any, ...] = ()
        self._left: list[Callable[[], None]] = []
        """What is still to be shown of the moment that `follow` began with."""
        self._turns = QTimer(self, interval=FRAME_MS)
        self._turns.timeout.connect(self._take_turn)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        self.lanes: dict[str, Any] = {}
        """The lanes that were shown so far, in order: a plot takes long to make."""
        self.events = EventsPanel(session, theme)
        self.findings = FindingsPanel(session, theme)
        self.result = ResultPanel(session, theme)
        self.span = SpanPanel(session, theme, lambda: [lane for lane in self.lanes.values() if lane.isVisible()])
        self.events.scrubbed.connect(self.scrubbed)
        self.findings.scrubbed.connect(self.scrubbed)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty_page())
        self._stack.addWidget(self._plots_page())
        self.tabs = QTabWidget()
        self.tabs.setFixedWidth(RIGHT_PX)
        self.tabs.setObjectName("run_tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(tr("What happens in the run"))
        self.tabs.tabBar().setAccessibleName(tr("Events, findings, result, span"))
        panels = self.events, self.findings, self.result, self.span
        for title, panel in zip((tr("Events"), tr("Findings"), tr("Result"), tr("Span")), panels):
            self.tabs.addTab(panel, title)
        self.tabs.currentChanged.connect(lambda _: self.result.refresh())
        self.menu_button = self._menu_button()
        self.tabs.setCornerWidget(self.menu_button)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._stack, 1)
        row.addWidget(self.tabs)
        session.run_changed.connect(self._new_run)
        session.frame_changed.connect(self._move_head)
        session.findings.changed.connect(self._title_findings)
        theme.changed.connect(self._themed)
        self._themed()
        self._show_lanes()
        self._title_findings()

    def _empty_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        self.empty, self.button = QLabel(), QPushButton(tr("Run"))
        self.empty.setProperty("muted", True)
        self.button.setProperty("primary", True)
        self.button.clicked.connect(self.run_requested)
        for widget in (self.empty, self.button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    def _tell_empty(self, run: Run | None) -> None:
        """The message while there is nothing to plot, and whether Run can be pressed."""
        words = PRESS_RUN
        if run is not None and run.state is RunState.STARTING:
            words = PREPARED if run.revives is None else OPENED
        elif run is not None and run.state is RunState.RUNNING:
            words = BEGUN
        self.empty.setText(words)
        self.button.setVisible(words == PRESS_RUN)

    def _plots_page(self) -> QWidget:
        page, plots = QWidget(), QWidget()
        self.marks = TimeMarks(self._theme, page)
        layers = QStackedLayout(page)
        layers.setStackingMode(QStackedLayout.StackingMode.StackAll)
        for layer in (plots, self.marks):
            layers.addWidget(layer)
        layers.setCurrentWidget(self.marks)
        self._column = QVBoxLayout(plots)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        return page

    def lane(self, name: str) -> Any:
        """A lane by its name, made when it is first asked for."""
        if name not in self.lanes:
            made = self.lanes[name] = LANES[name][1](self._theme)
            self.lanes = {other: self.lanes[other] for other in LANES if other in self.lanes}
            self._column.insertWidget(list(self.lanes).index(name), made, 4 if isinstance(made, LoadLane) else 3)
            if isinstance(made, LoadLane):
                made.by = self.choice()[1]
            made.plot.hovered.connect(self._hovered)
            made.legend.switched.connect(self._redraw)
            self.span.join(made)
        return self.lanes[name]

    def _menu_button(self) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tr("Which lanes are shown, and by what"))
        button.setAccessibleName(tr("Which lanes are shown"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        shown = self._settings.get("lanes", list(FIRST_SHOWN))
        self._shown: dict[str, QAction] = {}
        for name, (title, _) in LANES.items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(name in shown)
            action.toggled.connect(self._show_lanes)
            self._shown[name] = action
        menu.addSeparator()
        by = self._settings.get("lanes_by", "zone")
        self._by: dict[str, QAction] = {}
        for name in BY:
            action = menu.addAction(tr("By {0}", name))
            action.setCheckable(True)
            action.setChecked(name == by)
            action.triggered.connect(lambda _, n=name: self.set_by(n))
            self._by[name] = action
        button.setMenu(menu)
        return button

    def set_by(self, by: str) -> None:
        """Show utilization, steal and power by zone, host or region."""
        for name, action in self._by.items():
            action.setChecked(name == by)
        for lane in self.lanes.values():
            if isinstance(lane, LoadLane):
                lane.by = by
        self._settings.set("lanes_by", by)
        self._redraw()

    def _show_lanes(self) -> None:
        for lane in self.lanes.values():
            if isinstance(lane, LoadLane):
                lane.by = next((n for n, a in self._by.items() if a.isChecked()), "zone")
        self._choose_lanes()
        self._settings.set("lanes", [name for name, action in self._shown.items() if action.isChecked()])
        self._redraw()

    def choice(self) -> tuple[list[str], str]:
        """The wanted lanes, and their grouping."""
        by = next((name for name, action in self._by.items() if action.isChecked()), "zone")
        return [name for name, action in self._shown.items() if action.isChecked()], by

    def choose(self, lanes: Iterable[str], by: str) -> None:
        """Choose lanes and their grouping; unknown names are skipped."""
        for name, action in self._shown.items():
            action.setChecked(name in lanes)
        if by in self._by:
            self.set_by(by)

    def limit(self, count: int) -> None:
        """Show at most this many lanes (a low window)."""
        self._most = count
        self._choose_lanes()

    def _choose_lanes(self) -> None:
        """Show the wanted lanes that have data and find room."""
        run = self._session.run
        if run is None and not self.lanes:
            return  # a plot takes long to make, and there is nothing to plot yet
        silent = _silent(run) if run is not None else frozenset()
        shown = [name for name, action in self._shown.items() if action.isChecked() and name not in silent]
        for name in LANES:
            if name in shown[: self._most]:
                self.lane(name).show()
            elif name in self.lanes:
                self.lanes[name].hide()

    def _themed(self) -> None:
        self.menu_button.setIcon(icon("settings", self._theme.color("text.muted")))
        for lane in self.lanes.values():
            lane.plot.repaint_theme()
        self._redraw()

    def _new_run(self) -> None:
        self._choose_lanes()
        self._redraw()

    def _hovered(self, time_s: float | None) -> None:
        self._hover_s = time_s
        self._drawn = ()
        self._soon.start()

    def _redraw(self) -> None:
        """Draw the lanes again, though nothing has been recorded since."""
        self._drawn = ()
        self.refresh()

    def _move_head(self) -> None:
        """Keep the line of the shown time under the knob of the time line, which moves with each frame."""
        run = self._session.run
        if run is not None and self._stack.currentIndex():
            self.marks.move_head(run.shown_s)

    def refresh(self) -> None:
        """Show what the run has recorded since."""
        self._left = self._parts() or self._left  # what `follow` has begun is still to be shown
        while self._left:
            self._take_turn()

    def follow(self) -> None:
        """Show what the run has recorded since, a little a turn, so that no frame of the drawing waits for all. Reading
        it is a turn of its own."""
        if not self._left:
            self._left = self._parts()
        if self._left and not self._turns.isActive():
            self._turns.start()

    def _take_turn(self) -> None:
        until = time.perf_counter() + TURN_S
        while self._left and time.perf_counter() < until:
            self._left.pop(0)()
        if not self._left:
            self._turns.stop()

    def _parts(self) -> list[Callable[[], None]]:
        """What shows this moment of the run; nothing when it is shown."""
        run = self._session.run
        series = run.view.series() if run is not None else None
        plain = series is None or not series.steps
        self._stack.setCurrentIndex(0 if plain else 1)
        if plain:
            self._tell_empty(run)
        self.events.refresh()
        if run is None or series is None:
            return []
        answer = id(run.neighbors.newest(TABLE))
        key = (id(run), series.steps, len(run.view.log()), round(run.shown_s, 3), self.width(), answer)
        if key == self._drawn:
            return []
        self._drawn = key
        about: list[Callable[[], None]] = [
            partial(self._session.findings.look_at, run),
            self.result.refresh,
            self.span.refresh,
        ]
        if not series.steps:
            return about
        failures = sorted({row.time_s for row in run.view.log() if row.what == "failed"})
        self.marks.show_times(run.until_s, run.shown_s, failures, self._hover_s)
        at = self._hover_s if self._hover_s is not None else run.scrubbed_s
        shown = [partial(lane.show_run, run, series, at) for lane in self.lanes.values() if lane.isVisible()]
        return [*shown, *about]

    def overlay(self) -> OverlayLanes:
        """New lanes for the curves of several runs."""
        return OverlayLanes(self._theme)

    @property
    def shows_findings(self) -> bool:
        """Whether the list of findings is in front."""
        return self.tabs.currentWidget() is self.findings

    def show_findings(self) -> None:
        """Bring the list of findings to the front."""
        self.tabs.setCurrentWidget(self.findings)

    def _title_findings(self) -> None:
        count = self.findings.count
        self.tabs.setTabText(1, tr("Findings  {0}", count) if count else tr("Findings"))
