"""Large commands: they run on a copy of the design in the background, and are taken over whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QApplication

from designer.collector import call_old
from designer.errors import RuleError
from designer.memory import must_have
from designer.model.project import Project, snapshot
from designer.model.replay import Adoption, Replay
from designer.ui.parts.background import run_with_progress
from designer.words import tr

T = TypeVar("T")
LARGE = 1_000
"""A command that touches more elements than this may take longer than a fifth of a second."""
LARGE_REPLAY = 10_000
"""More operations than this may take longer to undo: nothing is checked and nothing made."""
ROW_BYTES, MADE_BYTES, INDEX_BYTES = 1_300, 6_000, 200
"""About how much memory a copied row takes (1,189 bytes measured), a row that is made and recorded (5,246, its text on
the clipboard included), and a row or operation in the index of what is prepared (20 and 43; more with links)."""
CHANGED = tr("The design has changed since; nothing was done.")


def perform(project: Project, text: str, count: int, command: Callable[[Project], T]) -> T:
    """Run a command on a project; return its result. `count`: about how many elements it touches.

    A large one runs on a copy, on a thread; after a fifth of a second a dialog shows `text`, how far it is, and
    *Cancel*. The design changes only when all is done, as one step of undo. Raises what the command raises, Stopped
    when it was canceled, and DesignerError where there is not enough memory for it; then nothing is done.
    """
    if count <= LARGE:
        return command(project)
    must_have(
        (ROW_BYTES + INDEX_BYTES) * (len(project.elements) + len(project.links)) + (MADE_BYTES + INDEX_BYTES) * count
    )
    began = _state(project)

    def work(going: Callable[[float], None]) -> tuple[Project, T, Adoption | None]:
        copied = snapshot(project)
        copied.noted = lambda done: going(min(done / count, 1.0))
        result = command(copied)
        return copied, result, Adoption(project, copied) if len(copied.history.steps) == 1 else None

    copied, result, ready = run_with_progress(QApplication.activeWindow(), text, work)
    if _state(project) != began:
        raise RuleError(CHANGED)
    call_old()  # a look at each new row would hold the window
    project.adopt(copied, (ready.step, ready.finish) if ready is not None else None)
    return result


def go_to(project: Project, position: int) -> str | None:
    """Undo or redo until `position` steps are done; return the text of the last, None where there is none.

    What is large is prepared on a thread, behind a dialog as in `perform`. Raises Stopped when it was canceled, and
    DesignerError where there is not enough memory for it; then nothing is done.
    """
    history = project.history
    far = sorted((history.position, position))
    count = sum(len(step.ops) for step in history.steps[far[0] : far[1]])
    if count <= LARGE_REPLAY:
        return project.go_to(position)
    must_have(INDEX_BYTES * (len(project.elements) + len(project.links) + count))
    began = _state(project)

    def work(going: Callable[[float], None]) -> Replay:
        return Replay(project, position, lambda done: going(done / count))

    title = tr("Undoing …") if position < history.position else tr("Redoing …")
    replay = run_with_progress(QApplication.activeWindow(), title, work)
    if _state(project) != began:
        raise RuleError(CHANGED)
    return project.go_to(position, replay.finish)


def _state(project: Project) -> tuple[int, int, int]:
    """What differs after each edit, undo or opening."""
    history = project.history
    return id(history), history.position, sum(len(step.ops) for step in history.steps[-1:])
