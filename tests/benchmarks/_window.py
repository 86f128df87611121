"""The real window on a design of hosts with VMs, in a home of its own, and what its thread has to do for it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer

from designer.app import App
from designer.catalog import KINDS, LINKS
from designer.commands.imports import import_machines
from designer.model.project import Project
from designer.store.file import project_file
from tests.pace import now_s

SIZE = (1600, 1000)
BEAT_MS = 2


def restless(hosts: int, vms_per_host: int) -> Project:
    """Hosts in racks with VMs whose load is another one at each step of a run."""
    project = Project(KINDS, LINKS)
    import_machines(
        project,
        [{"name": str(n), "cores": 64, "mhz": 2500.0, "ram_mib": 2**20} for n in range(hosts)],
        [
            {"name": str(n), "host": str(n // vms_per_host), "vcpus": 2, "mhz": 2500.0, "ram_mib": 1024.0,
             "demand": "day_curve", "day_mean_frac": 0.05 + 0.9 * (n * 7% 100) / 100, "day_noise_frac": 0.3}
            for n in range(hosts * vms_per_host)
        ],
    )  # fmt: skip
    return project


def opened(project: Project) -> App:
    """The program, shown on a design, with its engine warm."""
    home = Path(tempfile.mkdtemp(prefix="designer-bench-"))
    os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # where the kernels are compiled
    os.environ["HOME"] = str(home)
    for name in ("CONFIG", "DATA", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    path = home / "large.clouddesign"
    project_file.save(path, project.rows())
    app = App(time.perf_counter())
    app.theme.set_mode("light")
    app.frame.resize(*SIZE)
    app.show(path, demo=False)
    assert app.wait(lambda: "plots" in app.marks, 300)
    assert app.wait(lambda: app.engine.reports() is None or app.engine.warm, 300)
    settle(app)
    return app


def settle(app: App) -> None:
    """Let the window finish what it does a little later."""
    quiet = time.perf_counter() + 0.5
    app.wait(lambda: time.perf_counter() > quiet)
    app.wait(lambda: app.session.findings.done, 120)


class Beats:
    """How long the window does not handle its events. `longest_s` is the longest of the work measured, in seconds of a
    free machine: no more than the CPU seconds of the process, which count threads that work beside the window, too,
    and no more than the time without waiting for processors that others have, which counts waiting for a thread that
    itself waits for one."""

    def __init__(self, app: App) -> None:
        self._app, self._last, self.longest_s = app, (time.process_time(), now_s()), 0.0
        self._timer = QTimer(app.frame, interval=BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def _beat(self) -> None:
        now = time.process_time(), now_s()
        held_s = min(after - before for before, after in zip(self._last, now))
        self.longest_s, self._last = max(self.longest_s, held_s), now

    def during(self, work: Callable[[], Any]) -> float:
        """Do something, and wait for what follows of it; return its CPU seconds without that."""
        began = time.process_time()
        self._last, self.longest_s = (began, now_s()), 0.0
        self._timer.start()
        work()
        self._beat()
        took = time.process_time() - began
        settle(self._app)
        self._beat()
        self._timer.stop()
        return took
