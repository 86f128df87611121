"""The engine's own process: warm kernels, one run at a time, orders over a pipe, frames in a mapped file.

Orders (window -> engine): ("run", number, folder, speed, playing), ("speed", x), ("pause",), ("resume",), ("step",),
("event", what, ids), ("branch", time_s, what, ids), ("look", time_s | None), ("keep", bytes), ("cancel",), ("stop",).
Reports (engine -> window): ("warm", protocol, seconds), and with the run's number in second place ("begun", folder),
("log", entries), ("event", TimedEvent), ("branched", folder), ("finished", digest), ("refused", sentence),
("kept", file), ("unkept", sentence), ("failed", sentence).
"""

from __future__ import annotations

import math
import pickle
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from designer.engine.result.blocks import KEPT, REVIVED, SavedRun
from designer.engine.result.result import Result
from designer.engine.simulation import Simulation
from designer.engine.spec import Spec, TimedEvent
from designer.engine.warm import warm
from designer.errors import DesignerError
from designer.study.frame_file import FrameFile, ids_of
from designer.study.keep import keep, revive
from designer.study.states import RunState

PROTOCOL = 1
FRAME_S = 1.0 / 30.0
SLICE_S = 0.012
"""How long the engine computes before it looks at its orders again."""
LOOK_S = 0.02
"""How often the process looks whether its kernels are compiled, while they are."""
LOG_CHUNK = 4_000


class Driver:
    """Drives one simulation by the clock and by orders."""

    def __init__(self, reports: Connection, number: int, folder: Path, speed: float, playing: bool) -> None:
        self.reports, self.number, self.folder = reports, number, folder
        self.spec: Spec = pickle.loads((folder / "spec.pickle").read_bytes())
        self.state = RunState.RUNNING if playing else RunState.PAUSED
        self.speed = speed
        self._look: float | None = None
        self._shown: float | None = -1.0
        self._branches = 0
        self._catch_up: tuple[float, list[TimedEvent]] | None = None
        self._slice_s = 60.0
        self._frame_at = 0.0
        self._keeper: Iterator[SavedRun | None] | None = None
        ids, vms = ids_of(self.spec)
        self.frames = FrameFile(folder / "frames.bin", ids, vms, create=True)
        self._revived = (folder / REVIVED).exists()
        self.simulation = self._revive() if self._revived else self._simulate(self.spec, folder / "series")
        self._rebase()
        self._report("begun", str(self._series))
        self._show(force=True)
        if self._revived:
            self._report("finished", self.simulation.result().digest())

    def _revive(self) -> Simulation:
        """Take up a saved run where it ended or was held."""
        self._series, self._told = self.folder / "series", 0
        simulation = revive(self.spec, self.folder / REVIVED, self._series)
        self.state = RunState.FINISHED if simulation.done else RunState.PAUSED
        keep_figures(simulation.result(), self._series)
        return simulation

    def _replay(self) -> None:
        """Make a saved run one that can go on: it is simulated again up to where it was held."""
        if self._revived:
            self._revived = False
            until_s, events = self.simulation.time_s, self.simulation.events
            self._branches += 1
            spec = self.spec.with_events(events)
            self.simulation = self._simulate(spec, self.folder / f"branch-{self._branches}")
            self.simulation.advance(until_s)
            self._report("branched", str(self._series))

    def _simulate(self, spec: Spec, folder: Path) -> Simulation:
        self._series, self._told = folder, 0
        return Simulation(spec, folder)

    def _report(self, what: str, *content: Any) -> None:
        self.reports.send((what, self.number, *content))

    def _rebase(self) -> None:
        self._base = (time.monotonic(), self.simulation.time_s)

    # -- orders

    def obey(self, order: tuple[Any, ...]) -> None:
        """Carry out one order. What is being kept is given up when the run goes on."""
        if self._keeper is not None and order[0] in ("resume", "step", "event", "branch", "cancel"):
            self._keeper = None
            self._report("unkept", "The run went on before it was kept.")
        getattr(self, f"_order_{order[0]}")(*order[1:])

    def _order_speed(self, speed: float) -> None:
        self.speed = speed
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
            kept = tuple(e for e in self.simulation.events if e.time_s <= time_s)
            self.simulation = self._simulate(self.spec.with_events(kept), folder)
        else:
            self._series, self._told = folder, 0
            self.simulation = self.simulation.branch(time_s, folder)
        self._look, self._revived = None, False
        self._catch_up = (time_s, [TimedEvent(time_s, what, element_id) for element_id in ids])
        self.state = RunState.RUNNING
        self._report("branched", str(self._series))

    def _order_look(self, time_s: float | None) -> None:
        self._look = time_s
        self._show(force=True)

    def _order_keep(self, limit: int) -> None:
        if self.state in (RunState.PAUSED, RunState.FINISHED, RunState.CANCELLED):
            self._keeper = keep(self.simulation, self.state, limit)

    def _order_cancel(self) -> None:
        self.state, self._catch_up = RunState.CANCELLED, None

    def _keep_a_piece(self, keeper: Iterator[SavedRun | None]) -> None:
        path = self.folder / KEPT
        try:
            kept = next(keeper)
            if kept is not None:
                path.write_bytes(pickle.dumps(kept, pickle.HIGHEST_PROTOCOL))
        except (DesignerError, OSError) as error:
            self._keeper = None
            if self.folder.exists():  # else the run was put away, and nobody asks for it any more
                self._report("unkept", str(error))
            return
        if kept is not None:
            self._keeper = None
            self._report("kept", str(path))

    def _inject(self, event: TimedEvent) -> float:
        """Plan an event; when it will happen."""
        try:
            event = self.simulation.inject(event)
        except DesignerError as error:
            self._report("refused", str(error))
        else:
            self._report("event", event)
        return event.time_s

    # -- the clock

    @property
    def wait_s(self) -> float | None:
        """How long the process may sleep until there is something to do; None: until the next order."""
        if self._keeper is not None:
            return 0.0
        if self.state is not RunState.RUNNING:
            return None
        return 0.0 if math.isinf(self.speed) or self._catch_up else FRAME_S / 2

    def turn(self) -> None:
        """Carry the run a little further and show it."""
        if self.state is RunState.RUNNING:
            self._catch_up_a_little() if self._catch_up else self._play_a_little()
        if self._keeper is not None:
            self._keep_a_piece(self._keeper)
        self._show()

    def _play_a_little(self) -> None:
        began, from_s = self._base
        wanted = math.inf if math.isinf(self.speed) else from_s + (time.monotonic() - began) * self.speed
        self._advance(wanted)
        if not math.isinf(wanted) and self.simulation.time_s < wanted - self.speed:
            self._rebase()  # too slow for this speed: go on from here instead of running after
        self._end_if_done()

    def _catch_up_a_little(self) -> None:
        assert self._catch_up is not None
        until_s, events = self._catch_up
        self._advance(until_s)
        if self.simulation.time_s >= until_s:
            self._catch_up = None
            for event in events:
                self._inject(event)
            self._rebase()

    def _advance(self, until_s: float) -> None:
        """Advance towards a time, no longer than a slice of wall time."""
        began, from_s = time.monotonic(), self.simulation.time_s
        self.simulation.advance(min(until_s, from_s + self._slice_s))
        took = time.monotonic() - began
        if self.simulation.time_s >= from_s + self._slice_s - 1e-9:
            self._slice_s *= min(2.0, max(0.5, SLICE_S / max(took, 1e-6)))

    def _end_if_done(self) -> None:
        if self.simulation.done and self.state is not RunState.FINISHED:
            self.state = RunState.FINISHED
            self._keep_figures()
            self._show(force=True)
            self._report("finished", self.simulation.result().digest())

    def _show(self, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._frame_at < FRAME_S:
            return
        self._frame_at = now
        self.simulation.record()
        at = self.simulation.time_s if self._look is None else self._look
        if not self._catch_up and (force or at != self._shown):
            self.frames.write(self.simulation.moment(at))
            self._shown = at
        self._tell_log()
        self.frames.tell(int(self.state), self.simulation.time_s, self._told)

    def _tell_log(self) -> None:
        if self.simulation.log.count > self._told:
            entries = self.simulation.log.entries(self._told)
            for first in range(0, len(entries), LOG_CHUNK):
                self._report("log", entries[first : first + LOG_CHUNK])
            self._told = self.simulation.log.count

    def _keep_figures(self) -> None:
        keep_figures(self.simulation.result(), self._series)


def keep_figures(result: Result, folder: Path) -> None:
    """Write the figures of the VMs so far into the run's folder (whole: temp file and rename)."""
    partial = folder / "vms.new.npz"
    np.savez(
        partial,
        ids=result.vm_ids,
        mean=result.vm_mean,
        p50=result.vm_percentile(0.5),
        p95=result.vm_percentile(0.95),
        highest=result.vm_percentile(1.0),
        throttled=result.vm_throttled,
        overhead=result.vm_overhead,
        steal=result.vm_steal,
        running_s=result.vm_running_s,
        mean_mhz=result.vm_mean_mhz,
    )
    partial.replace(folder / "vms.npz")


def serve(orders: Connection) -> None:
    """Run until the window says stop or is gone.

    Kernels are compiled on a thread: a run that is asked for meanwhile shows its first frame before all are there.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    began, warm_told = time.monotonic(), False
    warming = Thread(target=warm, name="warm", daemon=True)
    warming.start()
    driver: Driver | None = None
    try:
        while True:
            if not warm_told and not warming.is_alive():
                warm_told = True
                orders.send(("warm", PROTOCOL, time.monotonic() - began))
            wait_s = driver.wait_s if driver else None
            if orders.poll(wait_s if warm_told or wait_s is not None else LOOK_S):
                order = orders.recv()
                if order[0] == "stop":
                    return
                driver = _obey(orders, driver, order)
            if driver is not None:
                driver.turn()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _obey(orders: Connection, driver: Driver | None, order: tuple[Any, ...]) -> Driver | None:
    if order[0] == "run":
        _, number, folder, speed, playing = order
        try:
            return Driver(orders, number, Path(folder), speed, playing)
        except (DesignerError, OSError) as error:
            orders.send(("failed", number, str(error)))
            return None
    if driver is None:
        return None
    driver.obey(order)
    return driver
