"""Work that another process does and a thread waits for, so that the window does not."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

from designer.errors import DesignerError

T = TypeVar("T")


class Left(Exception):
    """The work was ended from outside, and nothing of it is kept."""


class WorkTask(Generic[T]):
    """Work with an answer, or the sentence of an error. `far` is the part done."""

    def __init__(self, work: Callable[[Callable[[float], bool]], T], keeps: bool, name: str) -> None:
        """`keeps`: after `end`, the work answers with what there is by then; else it is dropped at once."""
        self.far, self.error = 0.0, ""
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
