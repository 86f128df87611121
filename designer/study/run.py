"""A run of a design in the engine's process: what it is about, orders to it, what it answers."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from designer.engine.result.blocks import REVIVED, SavedRun
from designer.engine.spec import TimedEvent
from designer.engine.spec.check import check
from designer.errors import EngineError, RuleError
from designer.model.project import Project, snapshot
from designer.settings import runs_dir
from designer.study.build import build
from designer.study.engine_process import EngineHost
from designer.study.frame_file import ids_of
from designer.study.headless import run_headless as run_headless  # the name that scripts know
from designer.study.isolation.neighbors import Neighbors
from designer.study.results.vm_loads import must_fit
from designer.study.run_view import RunView
from designer.study.states import RunState
from designer.words import tr

_RUN_NUMBERS = count(1)


class Run:
    """One run of an immutable snapshot of a design, in the engine's process.

    `vm_series`: keep the load of each VM in each step. Raises SpecError when the design cannot be simulated, and
    RuleError where those series would take too much memory. `poll` is called by a timer and never waits. `prepared`:
    the part of the engine that is ready for it, 0 to 1.
    """

    def __init__(
        self,
        project: Project,
        engine: EngineHost,
        *,
        until_s: float | None = None,
        seed: int | None = None,
        events: Sequence[TimedEvent] = (),
        saved: SavedRun | None = None,
        vm_series: bool = False,
    ) -> None:
        self.revives = saved
        self.design = snapshot(project) if saved is None else project
        keep = vm_series if saved is None else saved.keeps_vm_series
        self.spec = build(self.design, until_s=until_s, seed=seed, events=events, keep_vm_series=keep)
        check(self.spec)
        self.series_mib = must_fit(self.spec) if keep and saved is None else 0.0
        """What the series of each VM take, MiB; 0: they are not kept."""
        self.view = RunView(self.spec)
        self.state = RunState.READY
        self.message = ""
        self.stale = False
        """Whether the design has changed since it was run."""
        self.held = False
        """Whether it was paused for a while only (a menu is open on it)."""
        self.speed = 60.0
        self.time_s = 0.0
        self.scrubbed_s: float | None = None
        self.digest = ""
        self.requests: tuple[TimedEvent, ...] = tuple(events)
        self.refusals: list[str] = []
        self.saved_at: Path | None = None
        self.not_saved = ""
        self._engine = engine
        self.neighbors = Neighbors(engine.order)
        self._number = next(_RUN_NUMBERS)
        self.folder: Path | None = None
        self.prepared = 0.0
        self._changed = False

    # -- what it is about

    @property
    def until_s(self) -> float:
        """Its length in seconds."""
        return self.spec.until_s

    @property
    def progress(self) -> float:
        """The fraction done, 0..1."""
        return min(1.0, self.time_s / self.spec.until_s)

    @property
    def going(self) -> bool:
        """Whether it goes on, or is held for a while only."""
        return self.held or self.state in (RunState.STARTING, RunState.RUNNING)

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return self.state in (RunState.STARTING, RunState.RUNNING, RunState.PAUSED)

    @property
    def shown_s(self) -> float:
        """The shown time."""
        return self.time_s if self.scrubbed_s is None else self.scrubbed_s

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
            raise EngineError(
                tr("The run cannot begin: {0} cannot be written ({1}).", folder, error.strerror)
            ) from None
        self.folder = folder

    def start(self, paused: bool = False) -> None:
        """Start. Raises EngineError when the run's folder cannot be written."""
        if self.folder is None:
            self.prepare()
        folder = self.folder
        self.state = RunState.STARTING
        self._engine.start()
        self.prepared = self._engine.ready
        if not self._engine.order("run", self._number, str(folder), self.speed, not paused):
            self._fail(tr("The simulation process could not be started; press Run to try again."))

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
        if self.active or self.state is RunState.FINISHED:  # a branch of a run that is over goes on at it
            self._engine.order("speed", speed)

    def cancel(self) -> None:
        """Stop now; the recorded part stays visible until another run begins."""
        if self.active:
            self._engine.order("cancel")
            self.state, self._changed = RunState.CANCELLED, True

    def save(self, most_bytes: int) -> None:
        """Have the run packed, to save it with the design: `saved_at` says where, `not_saved` why not."""
        self.saved_at, self.not_saved = None, ""
        self._engine.order("save", most_bytes)

    def scrub(self, time_s: float | None) -> None:
        """Show a past time; None: the newest."""
        if self.state in (RunState.CANCELLED, RunState.FAILED, RunState.READY):
            return
        self.scrubbed_s = None if time_s is None else min(max(time_s, 0.0), self.time_s)
        self._engine.order("look", self.scrubbed_s)

    def fail_now(self, ids: Iterable[int]) -> None:
        """Make elements fail at the shown time; in the past that starts a branch. Raises RuleError."""
        self.happen("fail", list(ids))

    def recover(self, ids: Iterable[int]) -> None:
        """Make elements recover at the shown time; in the past that starts a branch. Raises RuleError."""
        self.happen("recover", list(ids))

    def happen(self, what: str, ids: list[int]) -> None:
        """Let an event happen to elements at the shown time (fail, recover, drain, open); in the past that starts a
        branch. Raises RuleError.
        """
        known = set(ids_of(self.spec)[0].tolist())
        if not set(ids) <= known:
            raise RuleError(tr("That element is not in this run; run the design again to include it."))
        if self.scrubbed_s is not None and self.scrubbed_s < self.time_s:
            self._engine.order("branch", self.scrubbed_s, what, ids)
            until_s = self.scrubbed_s or 0.0
            self.requests = tuple(e for e in self.requests if e.time_s <= until_s or e.what == "surge")
            self.state = RunState.RUNNING
            self._go_on()
        elif self.active:  # while it is prepared it happens at its start
            self._go_on()
            self._engine.order("event", what, ids)
        else:
            raise RuleError(tr("The run is over. Drag the time line back to the time at which it should happen."))

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
        if report[0] == "warming":
            self.prepared = self._engine.ready
            self._changed |= self.state is RunState.STARTING
            return
        what, number, *content = report
        if number != self._number:
            return
        self._changed = True
        if what in ("begun", "branched"):
            self.view.begin(Path(content[0]))
            self.neighbors.forget()
            self.digest = ""
        elif what == "log":
            self.view.add(content[0])
        elif what == "event":
            self.requests = (*self.requests, content[0])
        elif what == "finished":
            self.digest = content[0]
        elif what == "saved":
            self.saved_at = Path(content[0])
        elif what == "not_saved":
            self.not_saved = content[0]
        elif what == "lost":
            self.neighbors.take(*content)
        elif what == "refused":
            self.refusals.append(content[0])
        elif what == "failed":
            self._fail(content[0])

    def _look(self) -> None:
        self._changed |= self.view.look(self.folder)
        if self.view.told is None:
            return
        state, run_s = self.view.told
        if state is RunState.FINISHED and not self.digest:
            return  # its digest is still on its way, as may be the last of its log
        ended = self.state in (RunState.CANCELLED, RunState.FAILED)
        if state is not self.state and not ended and state is not RunState.READY:
            self.state, self._changed = state, True
        if run_s != self.time_s and self.state is not RunState.CANCELLED:
            self.time_s, self._changed = run_s, True

    def _fail(self, sentence: str) -> None:
        self.state, self.message, self._changed = RunState.FAILED, sentence, True

    def dispose(self) -> None:
        """Close the run and remove what it recorded."""
        self.cancel()
        self.view.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def run_of_saved(design: Project, saved: SavedRun, engine: EngineHost) -> Run:
    """A saved run of a design, which is its own from now on; `start` shows it without running again.

    Raises SpecError when the design has no meaning, EngineError when the run's folder cannot be written. It may
    take long and touches nothing that is shared: it can be made on any thread.
    """
    run = Run(design, engine, until_s=saved.until_s, seed=saved.seed, saved=saved)
    run.requests = saved.events
    run.prepare()
    return run
