"""Plays on every example and blueprint, light and dark, while runs go on.

At the end of each the drawing, the outline, the findings and the model must agree, and the run must have advanced. The
seed of each part is printed; the same seed gives the same choices (a run is as fast as the machine).
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QModelIndex, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from designer.catalog.presets.blueprints import blueprints
from designer.model.element import ROOT_ID, values
from designer.model.project import ChangeSet, Project
from designer.store.working import recovery, steps
from designer.ui.canvas.world.room import RoomForGuests
from designer.ui.canvas.world.world import World
from designer.ui.shell.live_findings import LiveFindings
from designer.ui.shell.window import Window
from tests.ui.monkey.answers import Answers
from tests.ui.monkey.hands import Hands

MOST_ELEMENTS = 3_000
"""Above these the design is taken back: pasting into itself doubles it again and again."""
LONGEST_S = 1.0
"""The window answers within this time (seconds of CPU of its thread: a busy machine is no fault)."""
START_S = 300.0
"""A run that has not advanced by then does not advance."""


@dataclass
class Played:
    """What came of playing: the longest time without an answer, in seconds of CPU of the window's thread, and what was
    done then; how often each way of acting was taken, answers given, steps of undo seen, steps that a kill would leave,
    moments of runs seen, the first word of each edit."""

    longest_s: float = 0.0
    longest: str = ""
    acts: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    steps: int = 0
    kept: int = 0
    words: Counter[str] = field(default_factory=Counter)
    moments: set[tuple[int, float]] = field(default_factory=set)


class Monkey:
    """Presses and types at random."""

    def __init__(self, window: Window, seed: int, folder: Path) -> None:
        self.window, self.played = window, Played()
        self._beat_s = 0.0
        chance = random.Random(seed)
        self._hands, self._answers = Hands(window, chance), Answers(chance, folder)
        window.session.frame_changed.connect(self._look)
        window.session.project.changed.connect(self._count)

    def play(self, events: int) -> Played:
        """Make so many events; what opens and waits is answered before the next one."""
        played, heart = self.played, QTimer(interval=1)
        heart.timeout.connect(self._beat)
        heart.start()
        self._answers.start()
        self._beat_s = time.thread_time()
        for _ in range(events):
            self._one()
            if len(self.window.session.project.elements) > MOST_ELEMENTS:
                self.window.session.project.undo()
        self._answers.stop()
        heart.stop()
        self.window.session.frame_changed.disconnect(self._look)
        self.window.session.project.changed.disconnect(self._count)
        played.answers = self._answers.count
        return played

    def _one(self) -> None:
        what = self._hands.one()
        QApplication.processEvents()
        self.played.acts[what] += 1
        while self._answers.waiting() is not None:
            QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as between two events of a running program

    def _beat(self) -> None:
        """Note how long the window did not answer: it beats also within the event loops of menus and dialogs."""
        now_s = time.thread_time()
        if now_s - self._beat_s > self.played.longest_s:
            self.played.longest_s = now_s - self._beat_s
            self.played.longest = f"{self._hands.what}, {self._answers.what or 'nothing'} answered last"
        self._beat_s = now_s

    def _look(self) -> None:
        run = self.window.session.run
        if run is not None and run.view.frame is not None:
            self.played.moments.add((id(run), run.view.frame.time_s))

    def _count(self, changes: ChangeSet) -> None:
        self.played.steps += 1
        self.played.words[changes.text.partition(" ")[0]] += 1


def check(window: Window) -> None:
    """Drawing, outline, findings, selection and model agree. Raises AssertionError where they do not."""
    window.session.flush()
    project, shown, fresh = window.session.project, window.canvas.view.world, World(window.session.project)
    fresh.collapsed = set(shown.collapsed)
    fresh.rebuild()
    live = window.canvas.view.brush.live
    RoomForGuests(fresh).give({row: len(guests) for row, guests in live.guests.items()} if live is not None else {})
    assert shown.ids.tolist() == fresh.ids.tolist()
    for name in ("x", "y", "w", "h", "parent", "end", "kind"):
        assert np.allclose(getattr(shown, name), getattr(fresh, name)), name
    assert list(shown.names) == list(fresh.names)
    model = window.outline.model
    assert list(walk(model)) == [i for i in order(project) if i != ROOT_ID]
    assert set(window.session.selection) <= project.elements.keys() | project.links.keys()
    again = LiveFindings(project)
    for findings in (window.session.findings, again):
        findings.finish()
    shown_now, wanted = window.session.findings.design, again.design
    assert shown_now == wanted, ([f for f in shown_now if f not in wanted], [f for f in wanted if f not in shown_now])


def check_kept(window: Window) -> int:
    """After a kill, the design would be the same, and so would its steps; how many of them are kept. The kept design is
    undone and redone whole. Raises AssertionError where it differs."""
    project, document = window.session.project, window.files.document
    assert document.flush()
    assert document._session is not None
    kept = recovery.read_folder(document._session.path)
    rows = {row.id: values(row) for row in project.rows()}
    assert {row.id: values(row) for row in kept.rows} == rows
    history = steps.history_of(kept.rows, kept.steps)
    assert history is not None
    texts = [step.text for step in project.history.steps]
    assert [step.text for step in history.steps] == texts[len(texts) - len(history.steps) :]
    assert len(history.steps) - history.position == len(texts) - project.history.position
    again = Project(project.kinds, project.link_kinds)
    again.replace(kept.rows, history)
    for there in (0, len(history.steps), history.position):
        again.go_to(there)
    assert {row.id: values(row) for row in again.rows()} == rows
    return len(history.steps)


def walk(model: Any, parent: QModelIndex | None = None) -> Iterator[int]:
    """Yield the ids of all rows of the outline, depth first."""
    above = parent if parent is not None else QModelIndex()
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        yield int(index.internalId())
        yield from walk(model, index)


def order(project: Any, above: int = ROOT_ID) -> Iterator[int]:
    """Yield the ids of all elements, depth first."""
    yield above
    for element_id in project.children(above):
        yield from order(project, element_id)


def openings(window: Window) -> dict[str, Callable[[], object]]:
    """Return what opens each example and blueprint, by name."""
    found: dict[str, Callable[[], object]] = {
        name: (lambda n=name: window.files.open_example(n)) for name in ("web-shop", "web-shop-tight")
    }
    found |= {name: window.actions[f"new.{name}"].trigger for name in blueprints()}
    return found


def begin(window: Window, name: str, theme: str, folder: Path) -> None:
    """Open a design, give it a file and let it run until it has advanced."""
    window.theme.set_mode(theme)
    window.session.project.history.mark_clean()
    window.session.unsaved = False
    openings(window)[name]()
    window.session.flush()
    assert window.files._save(folder / f"{name}.clouddesign", overwrite=True)
    window.control.set_speed(600.0)
    window.control.play()
    run, until = window.session.run, time.perf_counter() + START_S
    assert run is not None
    while run.view.frame is None or not run.view.frame.time_s:
        assert time.perf_counter() < until, f"the run does not advance: {run.state}, {run.view.frame}, {run.message}"
        QApplication.processEvents()


def play(window: Window, name: str, theme: str, events: int, seed: int, folder: Path) -> Played:
    """Open a design, play and check; end the other windows that were opened meanwhile."""
    begin(window, name, theme, folder)
    try:
        played = Monkey(window, seed, folder).play(events)
    finally:
        end_other_windows()
    check(window)
    played.kept = check_kept(window)
    window.control.cancel()
    return played


def end_other_windows() -> None:
    """End the programs of this home that were started beside this one (Linux)."""
    home = f"HOME={os.environ['HOME']}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or belongs to somebody else
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[1:3] == [b"-m", b"designer"] and home in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)


def main(events: int, seed: int, name: str) -> int:
    """Play on one design, light and dark; 1 when something failed or took too long."""
    from designer.app import App

    faults: list[BaseException] = []
    app = App(time.perf_counter())
    faulthandler.enable()
    app.show(None, demo=True)
    app.wait(lambda: "plots" in app.marks)
    reported = sys.excepthook
    sys.excepthook = lambda kind, error, trace: (faults.append(error), reported(kind, error, trace))[1]  # type: ignore[func-returns-value]
    total, words, longest_s = Counter[str](), Counter[str](), 0.0
    for number, theme in enumerate(("light", "dark")):
        with tempfile.TemporaryDirectory() as folder:
            one = play(app.window, name, theme, events // 2, seed + number, Path(folder))
        total, words, longest_s = total + one.acts, words + one.words, max(longest_s, one.longest_s)
        print(
            f"{name:24} {theme:5} seed {seed + number}: longest {one.longest_s:.2f} s ({one.longest}), "
            f"{one.answers} answers, {one.steps} edits, "
            f"{one.kept} steps kept, {len(one.moments)} moments of runs, faults {len(faults)}",
            flush=True,
        )
    print(f"{sum(total.values()):,} events: {dict(total)}; edits: {dict(words)}", flush=True)
    QGuiApplication.clipboard().clear()  # it would outlive the interpreter, which then ends with a segmentation fault
    app.close()
    return int(bool(faults) or longest_s > LONGEST_S)


def main_of_all(events: int, seed: int) -> int:
    """Play on every design, each in a process of its own; 1 when one of them failed."""
    names = ["web-shop", "web-shop-tight", *blueprints()]
    failed = []
    for number, name in enumerate(names):
        each = [sys.executable, "-m", "tests.ui.monkey", str(-(-events // len(names))), str(seed + 2 * number), name]
        if subprocess.run(each).returncode:
            failed.append(name)
    print(f"{len(names)} designs, failed: {', '.join(failed) or 'none'}", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    given = [*sys.argv[1:], *("20000", "1")[len(sys.argv) - 1 :]]
    if len(given) < 3:
        sys.exit(main_of_all(int(given[0]), int(given[1])))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(sys.prefix) / "cache" / "numba"))  # else all is compiled anew
    home = Path(tempfile.mkdtemp(prefix="designer-monkey-"))
    os.environ["HOME"] = str(home)
    for folder in ("CONFIG", "CACHE", "DATA", "STATE"):
        os.environ[f"XDG_{folder}_HOME"] = str(home / folder.lower())
    sys.exit(main(int(given[0]), int(given[1]), given[2]))
