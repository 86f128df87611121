"""The demo without a display: its result as a table, and pictures of the window and the plots."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

from designer.cli_terminal import say, say_lines

ZONE = "ap-south-1b"
FAIL_S, LOOK_S = 2 * 3600.0, 2 * 3600.0 + 40 * 60.0


def run(out: Path) -> int:
    """Run the demo, print its table and write pictures into a folder; the exit code."""
    from designer.assets import asset
    from designer.catalog import KINDS, LINKS
    from designer.cli_simulate import find, table_text
    from designer.engine.spec import TimedEvent
    from designer.model.project import Project
    from designer.store.file import project_file
    from designer.study.headless import run_headless

    project = Project(KINDS, LINKS, project_file.load(asset("examples/web-shop.clouddesign")).rows)
    say(f"The web shop runs for {project.root.until_h:g} h; {ZONE} fails after 2 h.")  # type: ignore[attr-defined]
    done = run_headless(project, events=[TimedEvent(FAIL_S, "fail", find(project, ZONE))])
    say_lines(["", *table_text(done).split("\n")])
    for path in take_pictures(out):
        say(f"Wrote {path}")
    return 0


def take_pictures(out: Path) -> list[Path]:
    """Pictures of the window during the run and of the plots alone, light and dark."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from designer.app import App

    out.mkdir(parents=True, exist_ok=True)
    app = App(time.perf_counter())
    app.show(None, demo=True)
    written = []
    if app.wait(lambda: "plots" in app.marks):
        perform(app)
        for mode in ("light", "dark"):
            app.theme.set_mode(mode)
            settle(app)
            for name, widget in (("window", app.frame), ("plots", app.window.panels.lanes)):
                path = out / f"{name}-{mode}.png"
                widget.grab().save(str(path))
                written.append(path)
    app.close()
    return written


def perform(app: object, zone: str = ZONE) -> None:
    """Run the open design to its end with a zone failing after two hours; show it 40 minutes later."""
    window = app.window  # type: ignore[attr-defined]
    wait = app.wait  # type: ignore[attr-defined]
    session, control = window.session, window.control
    control.speed = math.inf
    control.start()
    wait(lambda: session.run.time_s > LOOK_S and (session.run.digest or not session.run.active), 120)
    first = session.run.digest
    control.scrub(FAIL_S)
    failing = next(e.id for e in session.project.elements.values() if e.name == zone)
    control.fail([failing])
    wait(lambda: session.run.time_s > LOOK_S and session.run.digest not in ("", first), 120)
    control.scrub(LOOK_S)
    settle(app)


def settle(app: object, seconds: float = 0.6) -> None:
    """Let timers paint what is due."""
    app.wait(lambda: False, seconds)  # type: ignore[attr-defined]
