"""The work behind the panel: another process does it, a thread waits for it, and news arrive as they are found."""

from __future__ import annotations

from collections import deque
from threading import Thread

from designer.errors import DesignerError
from designer.model.sent import Row
from designer.study.availability.answer import AUTOMATIC, Ended
from designer.study.availability.apart import Offers, nines_apart
from designer.study.availability.found import News


class NinesTask:
    """Works out the nines of a design. `far`: the part done; `error`: why there is no more."""

    def __init__(self, rows: list[Row], offers: Offers, method: str = AUTOMATIC) -> None:
        self.far, self.error, self.ended = 0.0, "", False
        self._news: deque[News] = deque()
        self._thread = Thread(target=self._run, args=(rows, offers, method), name="nines", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it has ended and all its news are fetched."""
        return self.ended or not (self._thread.is_alive() or self._news)

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def end(self) -> None:
        """End it: nothing more is told, and its process is killed."""
        self.ended = True
        self._news.clear()

    def news(self) -> list[News]:
        """What was found since the last time."""
        found: list[News] = []
        while self._news:
            found.append(self._news.popleft())
        return found

    def _run(self, rows: list[Row], offers: Offers, method: str) -> None:
        try:
            nines_apart(rows, offers, self._going, self._take, method)
        except Ended:
            return
        except (DesignerError, MemoryError) as error:
            self.error = str(error)

    def _going(self, part: float) -> None:
        self.far = part
        if self.ended:
            raise Ended

    def _take(self, news: News) -> None:
        self._going(self.far)
        self._news.append(news)
