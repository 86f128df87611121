"""How far the reading of files is: told to a callback, which may raise to end it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
Going = Callable[[float], None]
"""Hears which part of the work is done, 0 to 1; what it raises ends the work."""
EACH = 500
"""Rows that are read between two calls."""


def unheard(_: float) -> None:
    """Nobody wants to know."""


def part_of(going: Going, begin: float, end: float) -> Going:
    """The callback of one part of the work, by where that part begins and ends."""
    return lambda done: going(begin + (end - begin) * min(done, 1.0))


def told(rows: Iterable[T], going: Going, count: float) -> Iterator[T]:
    """Yield the rows; tell progress every few hundred of about `count`."""
    for number, row in enumerate(rows):
        if number % EACH == 0:
            going(number / max(count, 1.0))
        yield row
