"""Random mouse and key events on the whole window, while runs go on: `python -m tests.ui.monkey [events] [seed]`.

It opens every example and blueprint, light and dark. At the end of each the drawing, the outline and the model must
agree. The seed of each part is printed; the same seed gives the same events.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from designer.catalog.presets.blueprints import blueprints
from designer.model.element import ROOT_ID
from designer.ui.canvas.world.world import World
from designer.ui.shell.window import Window

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NO, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEYS: tuple[tuple[Qt.Key, Qt.KeyboardModifier], ...] = (
    *[(key, keys) for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
      for keys in (NO, SHIFT, CTRL)],
    *[(key, NO) for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Tab, Qt.Key.Key_F2,
                            Qt.Key.Key_Space, Qt.Key.Key_V, Qt.Key.Key_H, Qt.Key.Key_C, Qt.Key.Key_X)],
    *[(key, CTRL) for key in (Qt.Key.Key_Z, Qt.Key.Key_D, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_A, Qt.Key.Key_0,
                              Qt.Key.Key_G, Qt.Key.Key_J, Qt.Key.Key_L)],
    (Qt.Key.Key_Z, CTRL | SHIFT), (Qt.Key.Key_F, CTRL | SHIFT), (Qt.Key.Key_R, CTRL | SHIFT),
    (Qt.Key.Key_F5, NO), (Qt.Key.Key_F6, NO), (Qt.Key.Key_F5, SHIFT),
)  # fmt: skip
MOST_ELEMENTS = 3_000
"""Above these the design is taken back to its beginning: pasting into itself doubles it again and again."""


class Monkey:
    """Presses and types at random. `longest_s` is the longest time that the program took for one event (CPU)."""

    def __init__(self, window: Window, seed: int) -> None:
        self.window, self.random, self.longest_s = window, random.Random(seed), 0.0
        self._closing = QTimer(window.frame, interval=0)
        self._closing.timeout.connect(self._close_what_waits)

    def play(self, events: int) -> None:
        """Make so many events; what opens and waits for an answer is closed."""
        self._closing.start()
        for _ in range(events):
            began_s = time.process_time()
            self.random.choice((self._key, self._key, self._click, self._drag, self._wheel))()
            QApplication.processEvents()
            self.longest_s = max(self.longest_s, time.process_time() - began_s)
            if len(self.window.session.project.elements) > MOST_ELEMENTS:
                self.window.session.project.undo()
        self._closing.stop()
        self._close_what_waits()

    def _close_what_waits(self) -> None:
        for waiting in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
            if isinstance(waiting, QDialog):
                waiting.reject()
            elif isinstance(waiting, QMenu):
                waiting.close()

    def _widget(self) -> QWidget:
        window = self.window
        view = window.canvas.view
        return self.random.choice((view, view, view, view, window.outline.tree.viewport(), window.run_bar.line))

    def _point(self, widget: QWidget) -> QPoint:
        return QPoint(self.random.randrange(max(widget.width(), 1)), self.random.randrange(max(widget.height(), 1)))

    def _key(self) -> None:
        key, keys = self.random.choice(KEYS)
        QTest.keyClick(self.random.choice((self.window.canvas.view, self.window.outline.tree)), key, keys)

    def _click(self) -> None:
        widget = self._widget()
        act: Callable[..., None] = self.random.choice((QTest.mouseClick, QTest.mouseClick, QTest.mouseDClick))
        act(widget, self.random.choice((LEFT, LEFT, RIGHT)), self.random.choice((NO, SHIFT, CTRL)), self._point(widget))

    def _drag(self) -> None:
        view, button = self.window.canvas.view, self.random.choice((LEFT, LEFT, LEFT, MIDDLE))
        keys = self.random.choice((NO, NO, SHIFT, ALT))
        QTest.mousePress(view, button, keys, self._point(view))
        for _ in range(self.random.randrange(1, 4)):
            QTest.mouseMove(view, self._point(view))
            if self.random.random() < 0.1:
                QTest.keyClick(view, Qt.Key.Key_Escape)
        QTest.mouseRelease(view, button, keys, self._point(view))

    def _wheel(self) -> None:
        view = self.window.canvas.view
        at, turn = QPointF(self._point(view)), QPoint(0, self.random.choice((-240, -120, 120, 240)))
        keys, begin = self.random.choice((NO, SHIFT, CTRL)), Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(at, QPointF(view.mapToGlobal(at.toPoint())), QPoint(), turn, Qt.MouseButton.NoButton, keys,
                            begin, False)  # fmt: skip
        QApplication.sendEvent(view, event)


def check(window: Window) -> None:
    """Drawing, outline and model agree. Raises AssertionError where they do not."""
    window.session.flush()
    project, shown, fresh = window.session.project, window.canvas.view.world, World(window.session.project)
    assert shown.ids.tolist() == fresh.ids.tolist()
    for name in ("x", "y", "w", "h", "parent", "end", "kind"):
        assert np.allclose(getattr(shown, name), getattr(fresh, name)), name
    assert shown.names == fresh.names
    model = window.outline.model
    assert list(walk(model)) == [i for i in order(project) if i != ROOT_ID]


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


def play(window: Window, name: str, theme: str, events: int, seed: int) -> float:
    """Open a design, play and check; return the longest time of an event, seconds of CPU."""
    window.theme.set_mode(theme)
    window.session.project.history.mark_clean()
    window.session.unsaved = False
    openings(window)[name]()
    window.session.flush()
    window.control.play()
    monkey = Monkey(window, seed)
    monkey.play(events)
    check(window)
    window.control.cancel()
    return monkey.longest_s


def main(events: int, seed: int) -> int:
    """Play over everything; 1 when something failed."""
    from designer.app import App

    faults: list[BaseException] = []
    app = App(time.perf_counter())
    app.show(None, demo=True)
    app.wait(lambda: "plots" in app.marks)
    reported = sys.excepthook
    sys.excepthook = lambda kind, error, trace: (faults.append(error), reported(kind, error, trace))[1]  # type: ignore[func-returns-value]
    parts = [(name, theme) for name in openings(app.window) for theme in ("light", "dark")]
    for number, (name, theme) in enumerate(parts):
        longest_s = play(app.window, name, theme, events // len(parts) + 1, seed + number)
        print(
            f"{name:24} {theme:5} seed {seed + number}: longest event {longest_s:.2f} s, faults {len(faults)}",
            flush=True,
        )
    app.close()
    return int(bool(faults))


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    home = Path(tempfile.mkdtemp(prefix="designer-monkey-"))
    for part in ("CONFIG", "CACHE", "DATA", "STATE"):
        os.environ[f"XDG_{part}_HOME"] = str(home / part.lower())
    given = [int(text) for text in sys.argv[1:]]
    sys.exit(main(given[0] if given else 20_000, given[1] if len(given) > 1 else random.randrange(10**6)))
