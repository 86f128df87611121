"""Limits that hold on a slow or busy machine: measured beside a fixed piece of work, and by a clock of our own."""

from __future__ import annotations

import time
from pathlib import Path

NOMINAL_S = 0.0112
"""CPU seconds of `_work` on the machine on which the limits were set."""


def _work() -> int:
    total = 0
    for number in range(300_000):
        total += number * number % 7
    return total


def within(took_s: float, limit_s: float) -> bool:
    """Whether work took less than so many seconds of the machine on which the limits were set."""
    return took_s < limit_s or took_s < limit_s * slowness()


def slowness() -> float:
    """How many times as much CPU a fixed piece of work takes here and now as it took there; at least 1."""
    took_s = []
    for _ in range(5):
        began_s = time.process_time()
        _work()
        took_s.append(time.process_time() - began_s)
    return max(1.0, sorted(took_s)[2] / NOMINAL_S)


def now_s() -> float:
    """A clock of the thread that asks: it stands still while the thread waits for a processor that others have, and
    goes on while it works, sleeps or waits for anything else. Where the system does not tell, a common clock."""
    return time.perf_counter() - waited_s()


def waited_s() -> float:
    """How long the thread that asks has waited for a processor, seconds; 0 where the system does not tell."""
    told = Path("/proc/thread-self/schedstat")
    return int(told.read_text().split()[1]) / 1e9 if told.exists() else 0.0
