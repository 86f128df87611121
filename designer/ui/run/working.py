"""Work that another process does and a thread waits for, so that the window does not."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

from designer.checks.view import LAYOUT
from designer.errors import DesignerError
from designer.model.project import ChangeSet, Project

T = TypeVar("T")


def concerns(project: Project, changes: ChangeSet) -> bool:
    """Whether changes may change what a study of the design finds: they are of more than scenarios, and of more than
    where elements stand."""

    def is_scenario(row_id: int) -> bool:
        row = project.elements.get(row_id)
        return row is not None and row.kind == "scenario"

    edited = {row_id for row_id, fields in changes.changed.items() if not fields <= LAYOUT}
    return bool(changes.removed) or not all(is_scenario(row_id) for row_id in changes.added | edited)


class Left(Exception):
    """The work was ended from outside, and nothing of it is kept."""


class WorkTask(Generic[T]):
    """Work with an answer, or the sentence of an error. `far` is the part done; `outdated`: whether the design has
    changed since the work began, for the panel to note and to tell."""

    def __init__(self, work: Callable[[Callable[[float], bool]], T], keeps: bool, name: str) -> None:
        """`keeps`: after `end`, the work answers with what there is by then; else it is dropped at once."""
        self.far, self.error, self.outdated = 0.0, "", False
        self.answer: T | None = None
        self._work, self._keeps, self._wanted = work, keeps, True
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def end(self) -> None:
        """End it soon."""
        self._wanted = False

    def _tell(self, part: float) -> bool:
        self.far = part
        if not (self._wanted or self._keeps):
            raise Left
        return self._wanted

    def _run(self) -> None:
        try:
            self.answer = self._work(self._tell)
        except Left:
            return
        except (DesignerError, MemoryError) as error:
            self.error = str(error)
