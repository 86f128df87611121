"""Work that another process does and a thread waits for, so that the window does not."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

from PySide6.QtWidgets import QLabel, QWidget

from designer.errors import DesignerError
from designer.ui.shell.session import Session

T = TypeVar("T")


class AnswerLabel(QLabel):
    """What a panel says of its work and of its answer; while the design differs from the one that was asked about,
    that."""

    def __init__(self, session: Session, outdated: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._outdated, self._text = session, outdated, ""
        self._asked: object = None
        self._mark: object = None
        self._waits = self._told = False
        session.changed.connect(self._look)

    @property
    def outdated(self) -> bool:
        """Whether there is an answer, and the design has changed since."""
        return self._mark is not None and self._mark is not self._session.studied.now

    def ask(self) -> None:
        """Note that the design as it is now is asked about."""
        self._asked, self._waits = self._session.studied.now, True

    def answer(self, text: str) -> None:
        """Say this of the answer to what was asked."""
        self._mark, self._text, self._waits = self._asked, text, False
        self._tell()

    def fail(self, text: str) -> None:
        """Say why there is no answer; one that was there before stays."""
        self._waits = False
        self._tell()
        self.setText(" ".join([text, *([self._outdated] if self._told else [])]))

    def forget(self) -> None:
        """Say nothing: there is no answer."""
        self._mark, self._waits = None, False
        self.setText("")

    def _look(self) -> None:
        if not self._waits and self.outdated != self._told:
            self._tell()

    def _tell(self) -> None:
        self._told = self.outdated
        self.setText(self._outdated if self._told else self._text)


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
