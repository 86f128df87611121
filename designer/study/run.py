"""A run of a design: in the engine's process for the window, or in this one for the command line and tests."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from designer.engine.result.arrays import Store, open_store
from designer.engine.result.blocks import REVIVED, SavedRun
from designer.engine.spec import Spec, TimedEvent
from designer.engine.spec.check import check
from designer.errors import EngineError, RuleError
from designer.model.project import Project, snapshot
from designer.settings import alive, cache_dir, runs_dir
from designer.study.build import build
from designer.study.frame_file import FrameFile, ids_of
from designer.study.frames import Frame
from designer.study.series import RunSeries, SeriesReader
from designer.study.states import RunState
from designer.study.story import LogRow, Story
from designer.study.summary import Summary, SummaryRow, VmFigures, summarize

if TYPE_CHECKING:
    from designer.engine.result.result import Result

__all__ = [
    "EngineHost",
    "Headless",
    "LogRow",
    "Run",
    "RunSeries",
    "RunState",
    "SummaryRow",
    "TimedEvent",
    "run_headless",
]

_RUN_NUMBERS = count(1)
DRAIN_S = 0.006
"""Longest time `poll` spends on reports; the rest waits for the next call."""
DYING_S = 2.0
"""Longest wait for the end of a process that closed its pipe or was killed; on a busy machine it takes a while."""


def clean_up() -> None:
    """Remove what runs of ended programs have left."""
    for folder in runs_dir().iterdir():
        pid = folder.name.partition("-")[0]
        if pid.isdigit() and not alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


class EngineHost:
    """The one warm engine process of a window. It is restarted when it dies."""

    def __init__(self) -> None:
        self.warm = False
        self.warm_s = 0.0
        self.deaths = 0
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None when it does not run."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start to warm up the process; returns at once."""
        if self._process is not None and self._process.is_alive():
            return
        self.stop()
        clean_up()
        os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs,), name="cloud-designer-engine", daemon=True)
        self._process.start()
        theirs.close()

    def stop(self) -> None:
        """End the process."""
        self.order("stop")
        if self._process is not None:
            self._process.join(0.2)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(DYING_S)
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process, self._pipe, self.warm = None, None, False

    def order(self, *order: Any) -> bool:
        """Send a (small) order; False without a process."""
        if self._pipe is None:
            return False
        try:
            self._pipe.send(order)
        except OSError:
            return False
        return True

    def reports(self) -> list[tuple[Any, ...]]:
        """New reports of the process; ends with ("died", sentence) when it has ended. Never waits."""
        found: list[tuple[Any, ...]] = []
        if self._pipe is None or self._process is None:
            return found
        until = time.monotonic() + DRAIN_S
        try:
            while self._pipe.poll() and time.monotonic() < until:
                report = self._pipe.recv()
                if report[0] == "warm":
                    self.warm, self.warm_s = True, report[2]
                else:
                    found.append(report)
        except (EOFError, OSError):
            found.append(("died", self._obituary()))
        return found

    def _obituary(self) -> str:
        assert self._process is not None
        self._process.join(DYING_S)
        code = self._process.exitcode
        how = f"exit code {code}"
        if code is not None and code < 0:
            how = f"signal {-code}, {signal.Signals(-code).name}"
        self.deaths += 1
        self._process, self.warm = None, False
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None
        return (
            f"The simulation process stopped unexpectedly ({how}). The design is untouched; press Run to start again."
        )


def _serve(orders: Connection) -> None:
    """The engine process: its modules and the compiler are loaded only there."""
    from designer.study.worker import serve

    serve(orders)


class Run:
    """One run of an immutable snapshot of a design, in the engine's process. Raises SpecError when the design cannot
    be simulated. `poll` is called by a timer and never waits.

    Raises SpecError when the design has no meaning as a simulation. `poll` is called by a timer and never waits.
    """

    def __init__(
        self,
        project: Project,
        engine: EngineHost,
        *,
        until_s: float | None = None,
        seed: int | None = None,
        events: Sequence[TimedEvent] = (),
        kept: SavedRun | None = None,
    ) -> None:
        self.revives = kept
        self.design = snapshot(project) if kept is None else project
        self.spec = build(self.design, until_s=until_s, seed=seed, events=events)
        check(self.spec)
        self.state = RunState.READY
        self.message = ""
        self.stale = False
        self.speed = 60.0
        self.time_s = 0.0
        self.scrubbed_s: float | None = None
        self.frame: Frame | None = None
        self.digest = ""
        self.requests: tuple[TimedEvent, ...] = tuple(events)
        self.refusals: list[str] = []
        self.kept_at: Path | None = None
        self.unkept = ""
        self._engine = engine
        self._number = next(_RUN_NUMBERS)
        self.folder: Path | None = None
        self._frames: FrameFile | None = None
        self._seen = 0
        self._rows: list[LogRow] = []
        self._story = Story(self.spec)
        self._reader = SeriesReader(self.spec)
        self._store: Store | None = None
        self._changed = False

    # -- what it is about

    @property
    def until_s(self) -> float:
        """Its length in seconds."""
        return self.spec.until_s

    @property
    def sample_s(self) -> float:
        """Its recording step in seconds."""
        return self.spec.sample_s

    @property
    def seed(self) -> int:
        """Its seed."""
        return self.spec.seed

    @property
    def start_utc(self) -> datetime:
        """The time at which it begins."""
        return self.spec.start_utc

    @property
    def progress(self) -> float:
        """The fraction done, 0..1."""
        return min(1.0, self.time_s / self.spec.until_s)

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return self.state in (RunState.STARTING, RunState.RUNNING, RunState.PAUSED)

    @property
    def shown_s(self) -> float:
        """The shown time."""
        return self.time_s if self.scrubbed_s is None else self.scrubbed_s

    def mark_stale(self) -> None:
        """Note that the design has changed since."""
        self.stale = True

    # -- orders

    def prepare(self) -> None:
        """Write the engine's input. Raises EngineError when the run's folder cannot be written."""
        folder = runs_dir() / f"{os.getpid()}-{self._number}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "spec.pickle").write_bytes(pickle.dumps(self.spec, pickle.HIGHEST_PROTOCOL))
            if self.revives is not None:
                (folder / REVIVED).write_bytes(pickle.dumps(self.revives, pickle.HIGHEST_PROTOCOL))
        except OSError as error:
            raise EngineError(f"The run cannot begin: {folder} cannot be written ({error.strerror}).") from None
        self.folder = folder

    def start(self, paused: bool = False) -> None:
        """Start. Raises EngineError when the run's folder cannot be written."""
        if self.folder is None:
            self.prepare()
        folder = self.folder
        self.state = RunState.STARTING
        self._engine.start()
        if not self._engine.order("run", self._number, str(folder), self.speed, not paused):
            self._fail("The simulation process could not be started; press Run to try again.")

    def pause(self) -> None:
        """Pause."""
        self._engine.order("pause")

    def resume(self) -> None:
        """Continue from the newest time."""
        self._go_on()
        self._engine.order("resume")

    def step(self) -> None:
        """Advance by one recording step, then pause."""
        self._go_on()
        self._engine.order("step")

    def _go_on(self) -> None:
        """What was held is not the end: another digest will come, and until then there is none."""
        self.scrubbed_s = None
        if self.state is not RunState.FINISHED:
            self.digest = ""

    def set_speed(self, speed: float) -> None:
        """Simulated seconds per second of the clock; inf: as fast as it goes."""
        self.speed = speed
        if self.active:
            self._engine.order("speed", speed)

    def cancel(self) -> None:
        """Stop now; the recorded part stays visible until another run begins."""
        if self.active:
            self._engine.order("cancel")
            self.state, self._changed = RunState.CANCELLED, True

    def keep(self, most_bytes: int) -> None:
        """Have the run packed, to save it with the design: `kept_at` says where, `unkept` why not."""
        self.kept_at, self.unkept = None, ""
        self._engine.order("keep", most_bytes)

    def scrub(self, time_s: float | None) -> None:
        """Show a past time; None: the newest."""
        if self.state in (RunState.CANCELLED, RunState.FAILED, RunState.READY):
            return
        self.scrubbed_s = None if time_s is None else min(max(time_s, 0.0), self.time_s)
        self._engine.order("look", self.scrubbed_s)

    def fail_now(self, ids: Iterable[int]) -> None:
        """Make elements fail at the shown time; in the past that starts a branch. Raises RuleError."""
        self._happen("fail", list(ids))

    def recover(self, ids: Iterable[int]) -> None:
        """Make elements recover at the shown time; in the past that starts a branch. Raises RuleError."""
        self._happen("recover", list(ids))

    def _happen(self, what: str, ids: list[int]) -> None:
        known = set(ids_of(self.spec)[0].tolist())
        if not set(ids) <= known:
            raise RuleError("That element is not in this run; run the design again to include it.")
        if self.scrubbed_s is not None and self.scrubbed_s < self.time_s:
            self._engine.order("branch", self.scrubbed_s, what, ids)
            self.requests = tuple(e for e in self.requests if e.time_s <= (self.scrubbed_s or 0.0))
            self.state = RunState.RUNNING
            self._go_on()
        elif self.state in (RunState.RUNNING, RunState.PAUSED):
            self._go_on()
            self._engine.order("event", what, ids)
        else:
            raise RuleError("The run is over. Drag the time line back to the time at which it should happen.")

    # -- what is seen

    def poll(self) -> bool:
        """Take new reports; return True when there is something new to show. Never waits."""
        for report in self._engine.reports():
            self._take(report)
        if self.active or self.scrubbed_s is not None or self.state is RunState.FINISHED:
            self._look()
        changed, self._changed = self._changed, False
        return changed

    def _take(self, report: tuple[Any, ...]) -> None:
        if report[0] == "died":
            if self.active:
                self._fail(report[1])
            return
        what, number, *content = report
        if number != self._number:
            return
        self._changed = True
        if what in ("begun", "branched"):
            self._store = open_store(Path(content[0]))
            self._rows.clear()
            self._story = Story(self.spec)
            self.digest = ""
        elif what == "log":
            self._rows.extend(self._story.tell(content[0]))
        elif what == "event":
            self.requests = (*self.requests, content[0])
        elif what == "finished":
            self.digest = content[0]
        elif what == "kept":
            self.kept_at = Path(content[0])
        elif what == "unkept":
            self.unkept = content[0]
        elif what == "refused":
            self.refusals.append(content[0])
        elif what == "failed":
            self._fail(content[0])

    def _look(self) -> None:
        if self._frames is None:
            path = self.folder / "frames.bin" if self.folder else None
            if path is None or not path.exists():
                return
            ids, vms = ids_of(self.spec)
            self._frames = FrameFile(path, ids, vms)
        frames = self._frames
        if frames.newest != self._seen:
            frame = frames.read()
            if frame is not None:
                self.frame, self._seen, self._changed = frame, frames.newest, True
        state = RunState(frames.state)
        if state is RunState.FINISHED and not self.digest:
            return  # its digest is still on its way, as may be the last of its log
        ended = self.state in (RunState.CANCELLED, RunState.FAILED)
        if state is not self.state and not ended and state is not RunState.READY:
            self.state, self._changed = state, True
        if frames.run_s != self.time_s and self.state is not RunState.CANCELLED:
            self.time_s, self._changed = frames.run_s, True

    def _fail(self, sentence: str) -> None:
        self.state, self.message, self._changed = RunState.FAILED, sentence, True

    def series(self) -> RunSeries | None:
        """The recorded series so far, None before the run has begun."""
        return None if self._store is None else self._reader.read(self._store)

    def log(self) -> list[LogRow]:
        """The log so far; do not change it."""
        return self._rows

    def summary(self) -> Summary:
        """The result table of what was recorded so far; no rows before the run has begun."""
        return summarize(self.series(), self.spec, _figures(self._store), self._story.names)

    def name(self, element_id: int) -> str:
        """The name of an element of this run, launched instances too."""
        return self._story.name(element_id)

    def dispose(self) -> None:
        """Close the run and remove what it recorded."""
        self.cancel()
        self._frames = self._store = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _figures(store: Store | None) -> VmFigures | None:
    path = store.folder / "vms.npz" if store is not None and store.folder is not None else None
    if path is None or not path.exists():
        return None
    with np.load(path) as columns:
        return VmFigures(**{name: columns[name] for name in columns.files})


def run_of_kept(design: Project, kept: SavedRun, engine: EngineHost) -> Run:
    """A saved run of a design, which is its own from now on; `start` shows it without running again.

    Raises SpecError when the design has no meaning, EngineError when the run's folder cannot be written. It may
    take long and touches nothing that is shared: it can be made on any thread.
    """
    run = Run(design, engine, until_s=kept.until_s, seed=kept.seed, kept=kept)
    run.requests = kept.events
    run.prepare()
    return run


@dataclass(frozen=True)
class Headless:
    """The result of a run without a window: the same series, log and table."""

    result: Result
    series: RunSeries
    log: list[LogRow]
    summary: Summary
    vms: VmFigures
    spec: Spec
    names: dict[int, str]

    def name(self, element_id: int) -> str:
        """The name of an element, launched instances too."""
        return self.names.get(element_id, str(element_id))

    @property
    def digest(self) -> str:
        """The fingerprint of the result, the same as the window's for the same events."""
        return self.result.digest()


def run_headless(
    project: Project,
    *,
    until_s: float | None = None,
    seed: int | None = None,
    events: Sequence[TimedEvent] = (),
    on_progress: Callable[[float], None] | None = None,
) -> Headless:
    """Run a design to its end in this process. Raises SpecError."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
    from designer.engine.simulation import simulate
    from designer.study.worker import keep_figures

    spec = build(project, until_s=until_s, seed=seed, events=events)
    with tempfile.TemporaryDirectory(prefix="cloud-designer-") as folder:
        result = simulate(spec, on_progress=on_progress)
        keep_figures(result, Path(folder))
        with np.load(Path(folder) / "vms.npz") as columns:
            vms = VmFigures(**{name: columns[name] for name in columns.files})
    story = Story(spec)
    series = SeriesReader(spec).read(result.store)
    rows = list(story.tell(result.log))
    return Headless(result, series, rows, summarize(series, spec, vms, story.names), vms, spec, story.names)
