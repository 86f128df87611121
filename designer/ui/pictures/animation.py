"""A run as an animated picture: its frames, painted by the painter of the canvas, one after the other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from PySide6.QtGui import QImage

from designer.engine.spec import TimedEvent
from designer.errors import EngineError
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.canvas.view.run_colors import RunColors
from designer.ui.pictures.encoder import Encoder
from designer.ui.pictures.foot import foot_of
from designer.ui.pictures.formats import image_of
from designer.ui.pictures.picture import Picture, run_picture
from designer.ui.shell.session import Session

NEAR_S = 1e-6
POLL_S = 0.002


class AnimationOrder(Protocol):
    """What is asked of an animation of a run that no window shows."""

    path: Path
    events: Sequence[TimedEvent]
    until_s: float
    span_s: tuple[float, float]
    count: int
    each_ms: int
    zoom: float
    dark: bool


class Animation:
    """Writes a span of a run as a file of `count` images. `advance` does a little of the work and never waits; it is
    called until `over`. Raises RuleError, FileError where that file cannot be.
    """

    def __init__(
        self, run: Run, picture: Picture, colors: RunColors, path: Path, span_s: tuple[float, float], count: int,
        each_ms: int, sharpness: float = 1.0,
    ) -> None:  # fmt: skip
        self._run, self._picture, self._colors, self._sharpness = run, picture, colors, sharpness
        self._title, self._before = picture.title, run.scrubbed_s
        self._times: list[float] = np.linspace(span_s[0], span_s[1], count).tolist()
        colors.update()
        picture.foot = foot_of(picture.brush, self._title, colors.color_by)
        size = picture.size * sharpness
        self._encoder = Encoder(path, size.width(), size.height(), count, each_ms)
        self._pool = ThreadPoolExecutor(1, "animation")
        self._painting: Future[QImage] | None = None
        self._next, self._waits, self.over, self.size = 0, False, False, 0
        """The next image, whether its frame is ordered, whether all is written, the bytes of the file."""

    @property
    def far(self) -> float:
        """The part done."""
        return self._next / (len(self._times) + 1)

    def advance(self) -> None:
        """Go on with what can be done at once. Raises FileError, EngineError, MemoryError."""
        if self._run.state is RunState.FAILED:
            self.drop()
            raise EngineError(self._run.message)
        if self._painting is not None:
            if not self._painting.done() or self._encoder.full:
                return
            self._encoder.add(self._painting.result())
            self._painting = None
            self._next += 1
            if self._next == len(self._times):
                self._encoder.end()
        if self._next == len(self._times):
            if self._encoder.over and not self.over:
                self.size = self._encoder.finish()
                self._end()
            return
        time_s = self._times[self._next]
        if not self._waits:
            self._run.scrub(time_s)
            self._waits = True
        frame = self._run.view.frame
        if frame is None or abs(frame.time_s - time_s) > NEAR_S:
            return
        self._waits = False
        self._colors.update()
        picture = self._picture
        picture.foot = foot_of(picture.brush, self._title, self._colors.color_by)
        self._painting = self._pool.submit(image_of, picture, self._sharpness)

    def drop(self) -> None:
        """End it without a file."""
        self._encoder.drop()
        self._end()

    def _end(self) -> None:
        self.over = True
        self._pool.shutdown(wait=False)
        self._run.scrub(self._before)


def write_run(project: Project, title: str, order: AnimationOrder, tell: Callable[[float], bool]) -> int:
    """Run a design and write a span of it as an animated picture; the bytes of the file. Raises DesignerError, and what
    `tell` raises.
    """
    session, engine = Session(project), EngineHost()
    run = Run(project, engine, until_s=order.until_s, events=order.events)
    run.speed, session.run = math.inf, run
    work: Animation | None = None
    try:
        run.start()
        while work is None or not work.over:
            run.poll()
            if work is not None:
                work.advance()
            elif run.state is RunState.FINISHED and run.view.frame is not None:
                picture, colors = run_picture(session, title, order.zoom, order.dark)
                work = Animation(run, picture, colors, order.path, order.span_s, order.count, order.each_ms)
            elif run.state is RunState.FAILED:
                raise EngineError(run.message)
            tell(0.5 * run.progress if work is None else 0.5 + 0.5 * work.far)
            time.sleep(POLL_S)
    finally:
        if work is not None and not work.over:
            work.drop()
        run.dispose()
        engine.stop()
    return work.size
