"""Starts and controls runs, with the timers that bring their frames to the window."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMenu

from designer.engine.spec import TimedEvent
from designer.errors import DesignerError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.shell.session import Session
from designer.words import tr

VM_SERIES = "vm_series"
"""The setting for whether runs keep the load of each VM in each step."""
FRAME_MS, PLOT_MS, OUTLINE_MS = 33, 100, 500
IDLE_MS, IDLE_AFTER = 500, 45
"""How often a run that rests is asked for news, after this many turns without any."""
AUTO = -1.0
"""In place of a speed: `pace` chooses it for each run."""
PACES = (1.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
LEAST_S = 60.0
"""Least duration of a run at the automatic pace, so there is time to act."""


def pace(until_s: float) -> float:
    """The fastest pace at which a run of this length leaves time to act, simulated seconds a second."""
    return max((speed for speed in PACES if until_s / speed >= LEAST_S), default=PACES[0])


def other_speed(speed: float, until_s: float, steps: int) -> float:
    """The speed that is `steps` paces faster (slower below zero) than `speed` in a run of this length."""
    speeds, now = (*PACES, math.inf), pace(until_s) if speed == AUTO else speed
    place = sum(one <= now for one in speeds) - 1 + steps
    return speeds[min(max(place, 0), len(speeds) - 1)]


class Heartbeat(QObject):
    """Measures how long the window did not handle its events: the longest gap between beats, in seconds."""

    def __init__(self, parent: QObject | None = None, every_ms: int = 5) -> None:
        super().__init__(parent)
        self.longest_s, self._last = 0.0, time.perf_counter()
        self._every_s = every_ms / 1000
        self._timer = QTimer(self, interval=every_ms)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Start measuring again."""
        self.longest_s, self._last = 0.0, time.perf_counter()
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_s = max(self.longest_s, now - self._last - self._every_s)
        self._last = now


class Pulse:
    """The timers that bring a run to the window: frames, plots, the outline. While the run rests they go slowly."""

    def __init__(self, parent: QObject) -> None:
        self.timers = tuple(QTimer(parent, interval=every_ms) for every_ms in (FRAME_MS, PLOT_MS, OUTLINE_MS))
        self._quiet = 0

    @property
    def idle(self) -> bool:
        """Whether they go slowly."""
        return self.timers[0].interval() == IDLE_MS

    def start(self) -> None:
        """Start the timers."""
        for timer in self.timers:
            timer.start()

    def stop(self) -> None:
        """Stop the timers."""
        for timer in self.timers:
            timer.stop()

    def wake(self) -> None:
        """Go fast: there is news, or something was ordered."""
        self._quiet = 0
        self._set(idle=False)

    def turn(self, rests: bool) -> None:
        """Count a turn; go slowly after many in which the run rests and nothing wakes."""
        self._quiet = self._quiet + 1 if rests else 0
        self._set(idle=self._quiet > IDLE_AFTER)

    def _set(self, idle: bool) -> None:
        if idle != self.idle:
            for timer, usual_ms in zip(self.timers, (FRAME_MS, PLOT_MS, OUTLINE_MS)):
                timer.setInterval(IDLE_MS if idle else usual_ms)


class RunControl(QObject):
    """One engine, one run at a time. `plots_due` and `outline_due` say when slower panels refresh. `branch_needed` says
    what should happen to which elements of a finished run, `speed_set` which speed is used from now on.

    `speed` is in simulated seconds per second of the clock; AUTO: the `pace` of each run.
    """

    plots_due = Signal()
    outline_due = Signal()
    branch_needed = Signal(str, object)
    speed_set = Signal(float)

    def __init__(self, session: Session, engine: EngineHost, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._engine = session, engine
        self.speed = float(settings.get("speed", AUTO)) or math.inf
        self._settings = settings
        self.pulse = Pulse(self)
        for timer, due in zip(self.pulse.timers, (self._poll, self.plots_due, self.outline_due)):
            timer.timeout.connect(due)
        self._failed: Run | None = None
        self._goal_s: float | None = None

    @property
    def engine(self) -> EngineHost:
        """The engine's process."""
        return self._engine

    @property
    def going(self) -> bool:
        """Whether a run goes on, or would if no menu were open on it."""
        run = self._session.run
        return run is not None and run.going

    def warm_up(self) -> None:
        """Start the engine's process in advance."""
        self._engine.start()

    def play(self) -> None:
        """Run, or continue a paused run. A finished or stale run starts again."""
        run = self._session.run
        if run is not None and run.state is RunState.PAUSED:
            run.resume()
            self.pulse.wake()
            return
        self.start()

    def _speed_of(self, run: Run) -> float:
        return pace(run.until_s) if self.speed == AUTO else self.speed

    def _mind_menus(self, run: Run) -> None:
        """Pause a playing run while any menu is open, and let it go on after the chosen action."""
        open_menu = isinstance(QApplication.activePopupWidget(), QMenu)
        if open_menu and run.state is RunState.RUNNING and run.scrubbed_s is None:
            run.held = True
            run.pause()
        elif run.held and not open_menu:
            run.held = False
            if run.active:
                run.resume()
            self._tell()

    def play_or_pause(self) -> None:
        """Pause a playing run, else play."""
        run = self._session.run
        if run is not None and run.held:
            run.held = False  # the menu paused it: it stays paused
            self._tell()
            return
        if self.going:
            self.pause()
        else:
            self.play()

    def start(
        self,
        paused: bool = False,
        events: Sequence[TimedEvent] = (),
        design: Project | None = None,
        show_s: float | None = None,
        until_s: float | None = None,
        seed: int | None = None,
    ) -> Run | None:
        """Start a run of the present design (or of a `design` in its place), with events that happen to it; None where
        it is refused, which is said. `show_s`: it goes as fast as it can, and shows this time once it is there.
        """
        self._session.flush()
        if len(self._session.project.elements) == 1:
            self._session.refused.emit(tr("There is nothing to run yet: place an element, or begin with a blueprint."))
            return None
        try:
            keeps = self._settings.get(VM_SERIES, False) is True
            rows = design or self._session.project
            run = Run(rows, self._engine, until_s=until_s, seed=seed, events=events, vm_series=keeps)
            run.speed = self._speed_of(run) if show_s is None else math.inf
            run.start(paused)
        except DesignerError as error:
            self._session.refused.emit(str(error))
            return None
        if run.series_mib:
            self._session.told.emit(tr("Series of all VMs take {0:,.0f} bytes.", run.series_mib * 2**20))
        self._show(run)
        self._goal_s = show_s
        return run

    def show_saved(self, run: Run) -> None:
        """Show a saved run without running it again."""
        try:
            run.speed = self._speed_of(run)
            run.start()
        except DesignerError as error:
            self._session.refused.emit(str(error))
            return
        self._show(run)

    def _show(self, run: Run) -> None:
        before = self._session.run
        if before is not None:
            before.dispose()
        self._session.set_run(run)
        self._failed, self._goal_s = None, None
        self.pulse.wake()
        self.pulse.start()

    def pause(self) -> None:
        """Pause the run."""
        if self._session.run is not None:
            self._session.run.pause()

    def step(self) -> None:
        """Advance by one recording step; without a run, start a paused one."""
        if self._session.run is None or not self._session.run.active:
            self.start(paused=True)
            return
        self._session.run.held = False
        self._session.run.step()
        self.pulse.wake()

    def cancel(self) -> None:
        """Stop the run at once; close a finished run."""
        run = self._session.run
        if run is None:
            return
        if run.active:
            run.cancel()
            self._tell()
        else:
            run.dispose()
            self._session.set_run(None)
            self._session.frame_changed.emit()
            self.outline_due.emit()

    def set_speed(self, speed: float) -> None:
        """Set the simulated seconds per second of this run and the next."""
        self.speed = speed
        self._settings.set("speed", 0.0 if math.isinf(speed) else speed)
        if self._session.run is not None:
            self._session.run.set_speed(self._speed_of(self._session.run))
        self.speed_set.emit(speed)

    def scrub(self, time_s: float | None) -> None:
        """Show a time; None: the newest."""
        run = self._session.run
        if run is not None:
            run.scrub(time_s)
            self._tell()

    def fail(self, ids: Sequence[int]) -> None:
        """Make elements fail at the shown time."""
        self.happen("fail", ids)

    def recover(self, ids: Sequence[int]) -> None:
        """Make elements recover at the shown time."""
        self.happen("recover", ids)

    def happen(self, what: str, ids: Sequence[int]) -> None:
        """Let an event happen to elements at the shown time: fail, recover, drain, open."""
        run = self._session.run
        if run is None or not ids:
            return
        if run.state is RunState.FINISHED and run.scrubbed_s is None:
            self.branch_needed.emit(what, list(ids))
            return
        self._session.do(run.happen, what, [i for i in ids if i != ROOT_ID])
        self.pulse.wake()

    def branch(self, what: str, ids: Sequence[int], time_s: float) -> None:
        """Go back to a moment of a run that is over and let something happen there; the run goes on from there."""
        self.scrub(time_s)
        self.happen(what, ids)

    def _poll(self) -> None:
        run = self._session.run
        if run is None:
            return
        self._mind_menus(run)
        if run.poll():
            self._tell()
            if self._goal_s is not None and run.time_s > self._goal_s:
                goal_s, self._goal_s = self._goal_s, None
                self.scrub(goal_s)
        self.pulse.turn(rests=not run.going)
        if run.refusals:
            self._session.refused.emit(run.refusals.pop(0))
        if run.state is RunState.FAILED and self._failed is not run:
            self._failed = run
            self._session.refused.emit(run.message)
            self._engine.start()

    def _tell(self) -> None:
        self.pulse.wake()
        self._session.frame_changed.emit()

    def close(self) -> None:
        """End the run and the engine."""
        self.pulse.stop()
        if self._session.run is not None:
            self._session.run.dispose()
        self._engine.stop()
