"""The cyclic garbage collector, switched off for work that makes many objects and no garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MOST_VISITED = 50_000
"""How many new objects a pass beside other work visits at most: some milliseconds."""


@contextmanager
def collector_off() -> Iterator[None]:
    """Switch the collector off within a block, and on again afterward if it was on.

    Each of its passes visits all live objects: for 100,000 new rows that costs more than making them.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        call_old()
        gc.enable()


def collect_new() -> None:
    """Collect what was made lately; where it is very much, it is rows and no garbage, and is taken for old."""
    if gc.get_count()[0] > MOST_VISITED and not gc.get_freeze_count():
        call_old()
    else:
        gc.collect(1)


def call_old() -> None:
    """Take all that was made for old at once, without a look at each object: the next pass visits what comes after."""
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
