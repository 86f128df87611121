"""The whole window while a run of 20,000 or 100,000 VMs plays at 30 Hz and the drawing is panned: what each tick takes
on the window's thread, and how far ticks lie apart."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer

from designer.app import App
from designer.model.element import ROOT_ID
from designer.study.states import RunState
from designer.ui.run.run_control import FRAME_MS
from tests.benchmarks._aims import beside_a_pass
from tests.benchmarks._window import opened, restless, settle
from tests.pace import now_s

TICKS, FIRST = 200, 30
SPEED, LENGTH_H = 3600.0, 720.0


class Ticks:
    """Of each tick the CPU seconds of the window's thread until the next one, and the seconds between them; waiting
    for processors that others have is left out. The drawing is panned by a pixel at each."""

    def __init__(self, app: App) -> None:
        self._view, self._last = app.window.canvas.view, (time.thread_time(), now_s())
        self.cpu_s: list[float] = []
        self.apart_s: list[float] = []
        self._timer: QTimer = app.window.control.pulse.timers[0]
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now = time.thread_time(), now_s()
        self.cpu_s.append(now[0] - self._last[0])
        self.apart_s.append(now[1] - self._last[1])
        self._last = now
        self._view.scroll_by(1 if len(self.cpu_s) % 2 else -1, 0)


def live_rows(hosts: int, each: int, most_ms: int) -> list[dict[str, Any]]:
    """The rows of a run of so many VMs."""
    project = restless(hosts, each)
    with project.edit("A long run"):
        project.set(ROOT_ID, until_h=LENGTH_H)
    app = opened(project)
    window, session, frames = app.window, app.session, set[float]()
    window.control.speed = SPEED
    window.control.start()
    assert app.wait(lambda: session.run.state is RunState.RUNNING and session.run.time_s > 0, 300)
    settle(app)
    session.frame_changed.connect(lambda: frames.add(session.run.time_s))
    ticks = Ticks(app)
    assert app.wait(lambda: len(ticks.cpu_s) >= TICKS + FIRST, 300)
    state = session.run.state
    app.close()
    cpu, apart = (np.array(found[FIRST:]) * 1000 for found in (ticks.cpu_s, ticks.apart_s))
    what = f"{hosts * each:,} VMs"
    beside = {"unit": "ms", "beside": "between two ticks", "beside_value": FRAME_MS}
    figures = (
        (f"window live at {what}, a tick (p99)", float(np.percentile(cpu, 99)), f"<= {most_ms} ms"),
        (f"window live at {what}, a tick (median)", float(np.median(cpu)), ""),
        (f"window live at {what}, ticks apart (p95)", float(np.percentile(apart, 95)), "<= 40 ms"),
        (f"window live at {what}, ticks apart (longest)", float(apart.max()), "<= 100 ms"),
    )
    rows = [{**beside, "name": name, "value": value, "ratio": value / FRAME_MS, "aim": aim}
            for name, value, aim in figures]  # fmt: skip
    beside_a_pass(rows[:1])  # work; how far ticks lie apart is waiting, too
    told = f"window live at {what}, frames in {TICKS} ticks ({state.name.lower()})"
    return [*rows, {"name": told, "value": len(frames), "unit": ""}]


def run() -> list[dict[str, Any]]:
    """Runs of 20,000 and 100,000 VMs."""
    return [*live_rows(1000, 20, 12), *live_rows(5000, 20, 16)]
