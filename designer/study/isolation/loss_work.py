"""What is asked about losses of VMs to others, and the answer by piecewise work beside a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from designer.engine.result.isolation import Isolation
from designer.engine.simulation import Simulation
from designer.study.isolation.neighbors import Question

TURN_S = 0.01
"""Longest time that one turn works."""


class Task(NamedTuple):
    """A question that is worked on."""

    question: Question
    isolation: Isolation
    pieces: Iterator[float]


class LossWork:
    """Works out what VMs lose to others, a little in each turn, and reports it: "lost", question, `Losses`. The newest
    question of a purpose takes the place of the one before.
    """

    def __init__(self, say: Callable[..., None]) -> None:
        self._say = say
        self._tasks: dict[str, Task] = {}

    @property
    def busy(self) -> bool:
        """Whether questions are left."""
        return bool(self._tasks)

    def ask(self, simulation: Simulation, question: Question) -> None:
        """Begin to answer a question about a run as it is now."""
        isolation = simulation.isolation(question.begin_s, question.end_s, question.ids)
        self._tasks[question.purpose] = Task(question, isolation, isolation.work())

    def forget(self) -> None:
        """Drop all questions: another run is shown."""
        self._tasks.clear()

    def go_on(self) -> None:
        """Work for a turn."""
        until = time.monotonic() + TURN_S
        while self._tasks and time.monotonic() < until:
            task = self._tasks[next(iter(self._tasks))]
            if next(task.pieces, None) is None:
                del self._tasks[task.question.purpose]
                self._say("lost", task.question, task.isolation.losses())
