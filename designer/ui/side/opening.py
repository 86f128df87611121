"""Opens the rows of a large tree by and by: a view asks the model thrice for each row that comes in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from PySide6.QtCore import QObject, QTimer

from designer.model.element import ROOT_ID

OPENED_AT_ONCE = 500
"""Rows that come in sight at once; more follow between the events of the window."""


def holders(children: Mapping[int, list[int]]) -> Iterator[tuple[int, int]]:
    """The ids of what has children, without the design, from top to bottom, with how many; `children` by id, in
    order."""
    left = children.get(ROOT_ID, [])[::-1]
    while left:
        here = left.pop()
        if inside := children.get(here):
            yield here, len(inside)
            left += inside[::-1]


class Opening(QObject):
    """Opens rows that have others in them, from top to bottom; `expand` opens rows by their ids."""

    def __init__(self, expand: Callable[[list[int]], None], parent: QObject) -> None:
        super().__init__(parent)
        self._expand = expand
        self._closed: Iterator[tuple[int, int]] = iter(())
        self._more = QTimer(self, singleShot=True, interval=0)
        self._more.timeout.connect(self._open_some)

    @property
    def goes_on(self) -> bool:
        """Whether there are rows left to open."""
        return self._more.isActive()

    def begin(self, rows: Iterator[tuple[int, int]], until: int = 0) -> None:
        """Open rows, given by their ids with how many stand in each: those up to one of them at once, and as
        many after it as usual."""
        self._closed = rows
        self._open_some(until)

    def stop(self) -> None:
        """Open no more."""
        self._closed = iter(())
        self._more.stop()

    def _open_some(self, until: int = 0) -> None:
        ids, count = list[int](), 0
        self._more.stop()
        for element_id, inside in self._closed:
            ids.append(element_id)
            count += inside
            if element_id == until:
                until, count = 0, inside
            if count >= OPENED_AT_ONCE and not until:
                self._more.start()
                break
        self._expand(ids)
