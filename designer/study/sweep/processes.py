"""The chunks of a sweep on processes of this machine: one that dies costs its chunk, which another does again."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread

from designer.errors import DesignerError, EngineError
from designer.study.engine_process import DYING_S, LOOK_S, WARMING, begun_for_study, hand_over, let_compile
from designer.study.sweep.answer import SweptPoint
from designer.study.sweep.work import SweepWork
from designer.words import tr

Chunk = Sequence[int]
MOST_DEATHS = 3
"""Processes that die of one chunk before it is given up."""


class SweepProcesses:
    """Processes that do chunks, each one at a time, until there are none."""

    def __init__(self, work: SweepWork, chunks: Sequence[Chunk], workers: int) -> None:
        self._work, self._workers = work, workers
        self._waiting = deque(enumerate(chunks))
        self._deaths = [0] * len(chunks)
        self._crew: dict[Connection, BaseProcess] = {}
        self._busy: dict[Connection, tuple[int, Chunk]] = {}
        self._sending: dict[Connection, Thread] = {}

    def run(self, done: Callable[[Sequence[SweptPoint]], bool]) -> None:
        """Do all chunks; `done` is told what each found, again and again nothing, and says whether to go on. Raises
        EngineError where a chunk kills whoever does it.
        """
        try:
            while self._waiting or self._busy:
                while self._waiting and len(self._crew) < self._workers:
                    self._hire()
                if not done(()):
                    return
                for pipe in wait(list(self._crew), LOOK_S):
                    assert isinstance(pipe, Connection)
                    found = self._heard(pipe)
                    if found and not done(found):
                        return
        finally:
            for process in self._crew.values():
                process.kill()
            for pipe in list(self._crew):
                self._dismiss(pipe)

    def _hire(self) -> None:
        process, pipe = begun_for_study(_serve, "sweep")
        self._crew[pipe], self._busy[pipe] = process, self._waiting.popleft()
        self._sending[pipe] = hand_over(pipe, (self._work, tuple(WARMING)), self._busy[pipe][1])

    def _order(self, pipe: Connection) -> None:
        """Give a process the next chunk; without one it goes."""
        if not self._waiting:
            self._dismiss(pipe)
            return
        self._busy[pipe] = self._waiting.popleft()
        try:
            pipe.send(self._busy[pipe][1])
        except OSError:
            self._lost(pipe)

    def _heard(self, pipe: Connection) -> Sequence[SweptPoint]:
        try:
            found = pipe.recv()
        except (EOFError, OSError):
            self._lost(pipe)
            return ()
        if isinstance(found, DesignerError | MemoryError):
            raise found
        del self._busy[pipe]
        self._order(pipe)
        return tuple(found)

    def _lost(self, pipe: Connection) -> None:
        """A process is dead: what it was doing waits again, before all else."""
        if pipe in self._busy:
            number, chunk = self._busy.pop(pipe)
            self._deaths[number] += 1
            if self._deaths[number] >= MOST_DEATHS:
                raise EngineError(tr("Points {0} to {1} of the sweep end the process that does them; is there enough "
                                     "memory?", chunk[0] + 1, chunk[-1] + 1))  # fmt: skip
            self._waiting.appendleft((number, chunk))
        self._dismiss(pipe)

    def _dismiss(self, pipe: Connection) -> None:
        process = self._crew.pop(pipe)
        process.kill()
        process.join(DYING_S)
        self._sending.pop(pipe).join()
        pipe.close()


def _serve(orders: Connection) -> None:
    """Do chunk after chunk; when nobody waits for them any more, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work: SweepWork
        work, engines = orders.recv()
        let_compile(engines, lambda: None)
        while True:
            chunk = orders.recv()
            try:
                found = [work.point(number) for number in chunk]
            except (DesignerError, MemoryError) as error:
                orders.send(error)
                return
            orders.send(found)
    except (EOFError, OSError):
        return
