"""The program itself on a real display, which also answers where things are; every input comes from outside.

Started as a process by the tests. A line on standard input asks (JSON), a line on standard output answers.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget

from designer.app import App
from designer.model.element import ROOT_ID, values
from designer.ui.canvas.view.camera import ZOOM_MS
from tests.waiting import HUNG_S

NOT_ACTIVE = "a dialog that is not active yet"


class Answers:
    """What the tests may ask; all points are on the screen."""

    def __init__(self, app: App) -> None:
        self.app = app

    def ready(self) -> bool:
        """True when the window is complete."""
        return "plots" in self.app.marks

    def kind(self, name: str) -> list[int]:
        """The middle of a kind in the palette."""
        button = next(b for b in self.app.window.palette.buttons if b.kind == name)
        self.app.window.palette.reveal(button)
        return _point(button, button.rect().center())

    def entry(self, title: str) -> list[int]:
        """The middle of what is called so in the palette, brought into sight: a kind, preset or blueprint."""
        button = next(b for b in self.app.window.palette.items() if b.item.title == title)
        self.app.window.palette.reveal(button)
        return _point(button, button.rect().center())

    def element(self, name: str, part: str = "header") -> list[int]:
        """A point of an element: its header, or the middle of its body."""
        view = self.app.window.canvas.view
        found = next(e.id for e in self.app.session.project.elements.values() if e.name == name)
        box = view.to_pixels(view.world.rect(view.world.row_of[found]))
        y = box.top() + min(10.0, box.height() / 3) if part == "header" else box.center().y()
        return _point(view, QPoint(round(box.left() + min(40.0, box.width() / 3)), round(y)))

    def button(self, text: str) -> list[int]:
        """The middle of a button that is seen."""
        buttons = self.app.frame.findChildren(QAbstractButton)
        found = next(b for b in buttons if b.text() == text and b.isVisible())
        return _point(found, QPoint(min(found.width() // 2, 12), found.height() // 2))

    def each(self) -> list[Any]:
        """How many failures *Fail Each* has tried, whether with hosts in maintenance, and the name of the worst."""
        panel = self.app.window.panels.feet.get("each")
        answer = None if panel is None or panel._asked is not None else panel.model.answer
        return [] if answer is None else [answer.tried, answer.maintenance, answer.names[answer.falls[0].id]]

    def row(self, name: str) -> list[int]:
        """The middle of an element's row in the outline, brought into sight."""
        outline = self.app.window.outline
        found = next(e.id for e in self.app.session.project.elements.values() if e.name == name)
        index = outline.model.index_of(found)
        outline.tree.scrollTo(index)
        return _point(outline.tree.viewport(), outline.tree.visualRect(index).center())

    def empty(self) -> list[int]:
        """A point of the drawing with nothing there."""
        view = self.app.window.canvas.view
        return _point(view, QPoint(view.width() - 60, view.height() - 60))

    def beside(self, name: str) -> list[int]:
        """A point of the drawing with nothing there, right of an element or below it, where there is more room."""
        view = self.app.window.canvas.view
        found = next(e.id for e in self.app.session.project.elements.values() if e.name == name)
        box = view.to_pixels(view.world.rect(view.world.row_of[found]))
        right, below = view.width() - box.right(), view.height() - box.bottom()
        if right > below:
            return _point(view, QPoint(round(box.right() + right / 2), round(box.center().y())))
        return _point(view, QPoint(round(box.center().x()), round(box.bottom() + below / 2)))

    def corner(self) -> list[int]:
        """A point near the left top of the drawing."""
        return _point(self.app.window.canvas.view, QPoint(130, 60))

    def reason(self) -> str:
        """What is said at the pointer while something is dragged."""
        overlay = self.app.window.canvas.view.overlay
        return overlay.reason if not overlay.allowed else ""

    def toast(self) -> str:
        """The sentence that was shown last; it does not matter whether its time is over."""
        return self.app.window.message.last

    def still(self) -> bool:
        """True, said after some turns of the event loop."""
        return True

    def moves(self) -> bool:
        """True while the drawing is zoomed or scrolled by itself; what flashes stays where it is."""
        moving = self.app.frame.findChildren(QVariantAnimation)
        return any(a.duration() == ZOOM_MS and a.state() == QVariantAnimation.State.Running for a in moving)

    def selected(self) -> list[str]:
        """Names of what is selected."""
        elements = self.app.session.project.elements
        return [elements[i].name for i in self.app.session.selection]

    def project(self) -> dict[str, Any]:
        """Every element as plain values by its way of names, and the state of the history."""
        project = self.app.session.project
        rows = {}
        for element in project.elements.values():
            if element.id != ROOT_ID:
                way = [project.elements[i].name for i in (*reversed(list(project.ancestors(element.id))), element.id)][
                    1:
                ]
                rows["/".join(way)] = [element.kind, {k: v for k, v in values(element).items() if k != "data"}]
        history = project.history
        return {"rows": rows, "undo": history.position, "steps": len(history.steps), "modified": history.modified}

    def kinds(self) -> dict[str, int]:
        """How many elements there are of each kind, and links of each kind."""
        project = self.app.session.project
        rows = [*(e.kind for e in project.elements.values()), *(link.kind for link in project.links.values())]
        return {kind: rows.count(kind) for kind in set(rows)}

    def menu(self) -> list[str]:
        """The lines of an open menu."""
        menu = self.app.qt.activePopupWidget()
        return [action.text() for action in menu.actions()] if isinstance(menu, QMenu) else []

    def run(self) -> str:
        """The state of the run in a word; empty without one."""
        run = self.app.session.run
        return run.state.name.lower() if run is not None else ""

    def failed(self) -> list[str]:
        """What the user let fail in the run."""
        run, elements = self.app.session.run, self.app.session.project.elements
        return [elements[r.id].name for r in run.requests if r.what == "fail"] if run is not None else []

    def title(self) -> str:
        """The window's title as it is shown."""
        frame = self.app.frame
        return frame.windowTitle().replace("[*]", "*" if frame.isWindowModified() else "")

    def focus(self) -> str:
        """The name of what has the focus."""
        widget = self.app.qt.focusWidget()
        return widget.accessibleName() if widget is not None else ""

    def dialog(self) -> str:
        """The title of an open dialog; until what is typed goes to it, that it is not active."""
        window = self.app.qt.activeModalWidget()
        if window is None:
            return ""
        return window.windowTitle() if window.isActiveWindow() else NOT_ACTIVE


class Questions(QObject):
    """The lines of standard input, read on a thread: a drag that is going on does not keep them waiting."""

    asked = Signal(str)

    def read(self) -> None:
        """Tell each line; an empty one at the end."""
        for line in sys.stdin:
            self.asked.emit(line)
        self.asked.emit("")


def _point(widget: QWidget, at: QPoint) -> list[int]:
    where = widget.mapToGlobal(at)
    return [where.x(), where.y()]


def main() -> None:
    """Run the program and answer."""
    app = App(time.perf_counter())
    app.theme.still = True  # each zoom would be waited for; that they move is tried by the tests of the drawing
    answers = Answers(app)
    app.show(Path(sys.argv[1]) if len(sys.argv) > 1 else None, demo=False)

    def answer(line: str) -> None:
        if not line:
            app.frame.close()
            return
        name, *given = json.loads(line)
        ask: Callable[..., Any] | None = getattr(answers, name, None)
        if ask is None:  # who waits for an answer must not wait for ever
            print(f"nobody here answers: {name}", file=sys.stderr, flush=True)
            os._exit(2)

        end = time.monotonic() + HUNG_S

        def say(rounds: int = 3) -> None:
            # What was done before must have had its effect, and what that posted.
            if app.qt.focusWindow() is None and app.qt.activeModalWidget() is None:
                app.frame.activateWindow()  # what a window manager does when a dialog closes; there is none
            if rounds and answers.moves():
                QTimer.singleShot(10, say)
            elif rounds:
                QTimer.singleShot(0, lambda: say(rounds - 1))
            else:
                try:
                    found = ask(*given)
                except (KeyError, StopIteration):  # what is asked about is not there yet
                    if time.monotonic() > end:
                        print(f"not there: {line}", file=sys.stderr, flush=True)
                        os._exit(3)
                    QTimer.singleShot(10, say)
                    return
                except Exception:
                    traceback.print_exc()
                    os._exit(4)
                print(json.dumps(found), flush=True)

        say()

    questions = Questions()
    questions.asked.connect(answer, Qt.ConnectionType.QueuedConnection)
    threading.Thread(target=questions.read, daemon=True).start()
    raise SystemExit(app.run())


if __name__ == "__main__":
    main()
