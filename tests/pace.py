"""Limits of work that hold on any machine: CPU seconds, measured against a fixed piece of work when they are passed."""

from __future__ import annotations

import time

NOMINAL_S = 0.0112
"""CPU seconds of `_work` on the machine on which the limits were set."""


def _work() -> int:
    total = 0
    for number in range(300_000):
        total += number * number % 7
    return total


def within(took_s: float, limit_s: float) -> bool:
    """Whether work took less than so many CPU seconds of the machine on which the limits were set."""
    return took_s < limit_s or took_s < limit_s * slowness()


def slowness() -> float:
    """How many times as much CPU a fixed piece of work takes here and now as it took there; at least 1."""
    took_s = []
    for _ in range(5):
        began_s = time.process_time()
        _work()
        took_s.append(time.process_time() - began_s)
    return max(1.0, sorted(took_s)[2] / NOMINAL_S)
