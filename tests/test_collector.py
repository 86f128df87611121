"""The cyclic collector beside other work: what was made lately is collected, and very many rows are not visited."""

from __future__ import annotations

import gc
import weakref

from designer.collector import MOST_VISITED, collect_new


class Circle:
    """Holds itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def made(count: int) -> weakref.ref[Circle]:
    """A circle that nobody holds any more; and so many rows that are held meanwhile."""
    seen = weakref.ref(Circle())
    KEPT[:] = [[] for _ in range(count)]
    return seen


KEPT: list[list[int]] = []


def test_that_what_was_made_lately_is_collected() -> None:
    gc.collect(1)
    seen = made(10)
    collect_new()
    assert seen() is None


def test_that_very_many_new_rows_are_taken_for_old_and_not_visited() -> None:
    gc.collect(1)
    seen = made(MOST_VISITED + 10)
    collect_new()
    assert (seen() is None) is bool(gc.get_freeze_count())  # what is frozen stays so: all the rest is visited there
    assert gc.get_count()[0] < MOST_VISITED
    KEPT.clear()
    gc.collect()
    assert seen() is None
