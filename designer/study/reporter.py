"""What the engine's process reports of its run: frames and state in the mapped file, everything else over the pipe."""

from __future__ import annotations

import time
from multiprocessing.connection import Connection
from typing import Any

from designer.engine.simulation import Simulation
from designer.study.frame_file import FrameFile
from designer.study.states import RunState

FRAME_S = 1.0 / 30.0
LOG_CHUNK = 20_000
"""Entries of the log in each part in which it is told; a part ends with an instant."""


class Reporter:
    """Reports on the run of a number to the window."""

    def __init__(self, pipe: Connection, number: int, frames: FrameFile) -> None:
        self._pipe, self._number, self._frames = pipe, number, frames
        self._shown: float | None = -1.0
        self._frame_at = 0.0
        self._told = 0

    def say(self, what: str, *content: Any) -> None:
        """Send one report."""
        self._pipe.send((what, self._number, *content))

    def begin(self, what: str, series: str) -> None:
        """Report that the run, or a branch of it, now records into a folder; its log is told from the start."""
        self._told = 0
        self.say(what, series)

    def show(self, simulation: Simulation, state: RunState, look: float | None, force: bool, frames: bool) -> None:
        """Write the frame of an instant (None: the newest) and tell the log; not more often than `FRAME_S`, unless
        forced. `frames`: without it the frame stays as it is."""
        now = time.monotonic()
        if not force and now - self._frame_at < FRAME_S:
            return
        self._frame_at = now
        simulation.record()
        at = simulation.time_s if look is None else look
        if frames and (force or at != self._shown):
            self._frames.write(simulation.moment(at))
            self._shown = at
        self._tell_log(simulation)
        self._frames.tell(int(state), simulation.time_s, self._told)

    def _tell_log(self, simulation: Simulation) -> None:
        if simulation.log.count > self._told:
            for part in simulation.log.since(self._told).parts(LOG_CHUNK):
                self.say("log", part)
            self._told = simulation.log.count
