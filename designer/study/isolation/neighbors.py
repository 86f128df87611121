"""The window's side of noisy neighbors: asks the engine's process what VMs lose to whom, and keeps the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from designer.engine.result.losses import Losses


class Question(NamedTuple):
    """What VMs lost to others from a time until another (the same: at that moment): VMs, or those on hosts, by id; all
    without any. Each `purpose` has one answer at a time.
    """

    purpose: str
    begin_s: float
    end_s: float
    ids: tuple[int, ...] = ()


class Neighbors:
    """Asks by `order` and takes what is reported. At most one question of a purpose is on its way."""

    def __init__(self, order: Callable[..., bool]) -> None:
        self._order = order
        self._asked: dict[str, Question] = {}
        self._answers: dict[str, tuple[Question, Losses]] = {}

    def lost(self, question: Question) -> Losses | None:
        """The newest answer to a question about the same VMs, which may be of a time that is over; it is asked again
        where that differs. None while it is not known.
        """
        asked, answered = self._asked.get(question.purpose), self._answers.get(question.purpose)
        if (answered is None or answered[0] != question) and (asked is None or asked.ids != question.ids):
            self._asked[question.purpose] = question
            self._order("isolation", question)
        return answered[1] if answered is not None and answered[0].ids == question.ids else None

    def newest(self, purpose: str) -> Losses | None:
        """The newest answer of a purpose, whatever it is about."""
        found = self._answers.get(purpose)
        return None if found is None else found[1]

    def take(self, question: Question, losses: Losses) -> None:
        """Take an answer."""
        self._answers[question.purpose] = question, losses
        if self._asked.get(question.purpose) == question:
            del self._asked[question.purpose]

    def forget(self) -> None:
        """Forget all answers and questions: another run is shown."""
        self._asked.clear()
        self._answers.clear()
