"""How tests wait: for a condition, never for a time. Nothing here says how fast a machine must be."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

HUNG_S = 120.0
"""A condition that is not true after so long never will be: the test hangs. No measure of speed."""
HUNG_MS = round(HUNG_S * 1000)
TURNS = 12


def turns(count: int = TURNS) -> None:
    """Let what was posted have its effect, and what that posts: so many turns of the event loop."""
    from PySide6.QtWidgets import QApplication

    for _ in range(count):
        QApplication.processEvents()


def until(ready: Callable[[], object], said: Callable[[], object] = str, pause_s: float = 0.002) -> None:
    """Ask again and again until something is so; `said` tells what was there instead."""
    end = time.monotonic() + HUNG_S
    while not ready():
        assert time.monotonic() < end, said()
        time.sleep(pause_s)


def let_run(chance: Random, most_s: float) -> None:
    """Let another process run on to a moment of chance, at which it is killed; no outcome may depend on the moment."""
    time.sleep(chance.random() * most_s)
