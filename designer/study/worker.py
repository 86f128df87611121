"""The engine's own process: warm kernels, one run at a time, orders over a pipe, frames in a mapped file.

Orders (window -> engine): ("run", number, folder, speed, playing), ("speed", x), ("pause",), ("resume",), ("step",),
("event", what, ids), ("branch", time_s, what, ids), ("look", time_s | None), ("save", bytes),
("isolation", question), ("cancel",), ("stop",).
Reports (engine -> window): ("warming", doors ready, doors), ("warm", protocol, seconds), and with the run's number in
second place ("begun", folder), ("log", entries), ("event", TimedEvent), ("branched", folder), ("finished", digest),
("refused", sentence), ("saved", file), ("not_saved", sentence), ("lost", question, losses), ("failed", sentence).
"""

from __future__ import annotations

import math
import pickle
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread
from typing import Any

from designer.engine.result.blocks import REVIVED
from designer.engine.simulation import Simulation
from designer.engine.spec import Spec, TimedEvent
from designer.engine.warm import doors_ready, warm_in_steps
from designer.errors import NO_MEMORY, DesignerError
from designer.study.frame_file import FrameFile, ids_of
from designer.study.isolation.loss_work import LossWork
from designer.study.isolation.neighbors import Question
from designer.study.pace import Pace
from designer.study.reporter import FRAME_S, Reporter
from designer.study.saving import Packing, revive
from designer.study.states import RunState
from designer.study.summary import VmFigures

PROTOCOL = 1
LOOK_S = 0.02
"""How often the process looks whether its kernels are compiled, while they are."""
FAIR_S = 0.0005
"""How long the compiler may compute, while it is at work, before the rest of the process has its turn."""


class Driver:
    """Drives one simulation by the clock and by orders."""

    def __init__(self, reports: Connection, number: int, folder: Path, speed: float, playing: bool) -> None:
        self.folder = folder
        self.spec: Spec = pickle.loads((folder / "spec.pickle").read_bytes())
        self.state = RunState.RUNNING if playing else RunState.PAUSED
        self.pace = Pace(speed)
        self._look: float | None = None
        self._branches = 0
        self._catch_up: tuple[float, list[TimedEvent]] | None = None
        ids, vms = ids_of(self.spec)
        self.reporter = Reporter(reports, number, FrameFile(folder / "frames.bin", ids, vms, create=True))
        self.packing = Packing(folder, self.reporter.say)
        self.losses = LossWork(self.reporter.say)
        self._revived = (folder / REVIVED).exists()
        self.simulation = self._revive() if self._revived else self._simulate(self.spec, folder / "series")
        self._rebase()
        self.reporter.begin("begun", str(self._series))
        self._show(force=True)
        if self._revived:
            self.reporter.say("finished", self.simulation.result().digest())

    def _revive(self) -> Simulation:
        """Take up a saved run where it ended or was paused."""
        self._series = self.folder / "series"
        simulation = revive(self.spec, pickle.loads((self.folder / REVIVED).read_bytes()), self._series)
        self.state = RunState.FINISHED if simulation.done else RunState.PAUSED
        VmFigures.of(simulation.result()).write(self._series)
        return simulation

    def _replay(self) -> None:
        """Make a saved run one that can go on: it is simulated again up to where it was paused."""
        if self._revived:
            self._revived = False
            until_s, events = self.simulation.time_s, self.simulation.events
            self._branches += 1
            spec = self.spec.with_events(events)
            self.simulation = self._simulate(spec, self.folder / f"branch-{self._branches}")
            self.simulation.advance(until_s)
            self._begin_branch()

    def _begin_branch(self) -> None:
        self.losses.forget()
        self.reporter.begin("branched", str(self._series))

    def _simulate(self, spec: Spec, folder: Path) -> Simulation:
        self._series = folder
        return Simulation(spec, folder)

    def _rebase(self) -> None:
        self.pace.start(self.simulation.time_s)

    # -- orders

    def obey(self, order: tuple[Any, ...]) -> None:
        """Carry out one order. What is being saved is given up when the run goes on."""
        if order[0] in ("resume", "step", "event", "branch", "cancel"):
            self.packing.give_up()
        getattr(self, f"_order_{order[0]}")(*order[1:])

    def _order_speed(self, speed: float) -> None:
        self.pace.speed = speed
        self._rebase()

    def _order_pause(self) -> None:
        if self.state is RunState.RUNNING:
            self.state = RunState.PAUSED
            self._keep_figures()
            self._show(force=True)

    def _order_resume(self) -> None:
        if self.state is RunState.PAUSED:
            self._replay()
            self.state = RunState.RUNNING
            self._look = None
            self._rebase()

    def _order_step(self) -> None:
        if self.state in (RunState.PAUSED, RunState.RUNNING) and self._catch_up is None:
            self._replay()
            self.state, self._look = RunState.PAUSED, None
            step = self.spec.sample_s
            self.simulation.advance((math.floor(self.simulation.time_s / step + 1e-9) + 1) * step)
            self._end_if_done()
            self._keep_figures()
            self._show(force=True)

    def _order_event(self, what: Any, ids: list[int]) -> None:
        self._replay()
        now_s = self.simulation.time_s
        self.simulation.advance(max(self._inject(TimedEvent(now_s, what, element_id)) for element_id in ids))
        self._show(force=True)

    def _order_branch(self, time_s: float, what: Any, ids: list[int]) -> None:
        self._branches += 1
        folder = self.folder / f"branch-{self._branches}"
        if self._revived:
            kept = tuple(e for e in self.simulation.events if e.time_s <= time_s or e.what == "surge")
            self.simulation = self._simulate(self.spec.with_events(kept), folder)
        else:
            self._series = folder
            self.simulation = self.simulation.branch(time_s, folder)
        self._look, self._revived = None, False
        self._catch_up = (time_s, [TimedEvent(time_s, what, element_id) for element_id in ids])
        self.state = RunState.RUNNING
        self._begin_branch()

    def _order_look(self, time_s: float | None) -> None:
        self._look = time_s
        self._show(force=True)

    def _order_save(self, limit: int) -> None:
        if self.state in (RunState.PAUSED, RunState.FINISHED, RunState.CANCELLED):
            self.packing.begin(self.simulation, self.state, limit)

    def _order_isolation(self, question: Question) -> None:
        self.losses.ask(self.simulation, question)

    def _order_cancel(self) -> None:
        self.state, self._catch_up = RunState.CANCELLED, None

    def _inject(self, event: TimedEvent) -> float:
        """Plan an event; when it will happen."""
        try:
            event = self.simulation.inject(event)
        except DesignerError as error:
            self.reporter.say("refused", str(error))
        else:
            self.reporter.say("event", event)
        return event.time_s

    # -- the clock

    @property
    def wait_s(self) -> float | None:
        """How long the process may sleep until there is something to do; None: until the next order."""
        if self.packing.busy or self.losses.busy:
            return 0.0
        if self.state is not RunState.RUNNING:
            return None
        return 0.0 if math.isinf(self.pace.speed) or self._catch_up else FRAME_S / 2

    def turn(self) -> None:
        """Carry the run a little further and show it."""
        if self.state is RunState.RUNNING:
            self._catch_up_a_little() if self._catch_up else self._play_a_little()
        self.packing.go_on()
        self.losses.go_on()
        self._show()

    def _play_a_little(self) -> None:
        self.pace.play(self.simulation)
        self._end_if_done()

    def _catch_up_a_little(self) -> None:
        assert self._catch_up is not None
        until_s, events = self._catch_up
        self.pace.advance(self.simulation, until_s)
        if self.simulation.time_s >= until_s:
            self._catch_up = None
            for event in events:
                self._inject(event)
            self._rebase()

    def _end_if_done(self) -> None:
        if self.simulation.done and self.state is not RunState.FINISHED:
            self.state = RunState.FINISHED
            self._keep_figures()
            self._show(force=True)
            self.reporter.say("finished", self.simulation.result().digest())

    def _show(self, force: bool = False) -> None:
        self.reporter.show(self.simulation, self.state, self._look, force, frames=not self._catch_up)

    def _keep_figures(self) -> None:
        VmFigures.of(self.simulation.result()).write(self._series)


def serve(orders: Connection) -> None:
    """Run until the window says stop or is gone.

    Kernels are compiled on a thread: a run that is asked for meanwhile shows its first frame as soon as those for a
    frame are there, and goes on when all are.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    began, warm_told, framed, ready = time.monotonic(), False, Event(), (0, 1)
    warming = Thread(target=_warm, args=(framed,), name="warm", daemon=True)
    warming.start()
    driver: Driver | None = None
    try:
        while True:
            if not warm_told and not warming.is_alive():
                warm_told = True
                orders.send(("warm", PROTOCOL, time.monotonic() - began))
            ready = ready if warm_told else _tell_ready(orders, ready)
            if orders.poll((driver.wait_s if driver else None) if warm_told else LOOK_S):
                order = orders.recv()
                if order[0] == "stop":
                    return
                while not framed.wait(LOOK_S):
                    ready = _tell_ready(orders, ready)
                driver = _obey(orders, driver, order)
            if driver is not None and warm_told:
                driver = _carried(driver)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _carried(driver: Driver) -> Driver | None:
    """Carry a run a little further; None where the engine refuses to go on, which is told."""
    try:
        driver.turn()
    except DesignerError as error:
        driver.reporter.say("failed", str(error))
        return None
    return driver


def _tell_ready(orders: Connection, before: tuple[int, int]) -> tuple[int, int]:
    """Report how much of the engine is ready when it is more than before; return it."""
    ready = doors_ready()
    if ready != before:
        orders.send(("warming", *ready))
    return ready


def _warm(framed: Event) -> None:
    """Compile the kernels; `framed` is set when those for a frame are there."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(FAIR_S)
    try:
        for _ in warm_in_steps():
            framed.set()
    finally:
        framed.set()
        sys.setswitchinterval(usual_s)


def _obey(orders: Connection, driver: Driver | None, order: tuple[Any, ...]) -> Driver | None:
    if order[0] == "run":
        _, number, folder, speed, playing = order
        try:
            return Driver(orders, number, Path(folder), speed, playing)
        except (DesignerError, OSError) as error:
            orders.send(("failed", number, str(error)))
            return None
        except MemoryError:
            orders.send(("failed", number, NO_MEMORY))
            return None
    if driver is None:
        return None
    driver.obey(order)
    return driver
