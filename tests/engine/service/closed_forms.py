"""Queues of textbooks in closed form, to compare with: few places (M/M/c/K), work that varies (Pollaczek-Khinchine)."""

from __future__ import annotations

import math
from typing import NamedTuple


class Limited(NamedTuple):
    """A queue with few places: the part of the requests that is lost, served a second, mean time of those let in."""

    lost: float
    served: float
    mean_s: float
    busy: float


def limited(arriving: float, one: float, workers: int, places: int) -> Limited:
    """M/M/c/K in its steady state; `places` count those that are worked on."""
    weight = [1.0]
    for n in range(1, places + 1):
        weight.append(weight[-1] * arriving / (one * min(n, workers)))
        if weight[-1] > 1e200:
            weight = [w * 1e-200 for w in weight]
    total = math.fsum(weight)
    lost = weight[-1] / total
    inside = math.fsum(n * w for n, w in enumerate(weight)) / total
    served = arriving * (1.0 - lost)
    return Limited(lost, served, inside / served, served / (one * workers))


def one_worker(arriving: float, one: float, variation: float = 1.0) -> tuple[float, float]:
    """Mean wait and mean response of one worker whose work has a squared coefficient of variation (0: always the same,
    1: exponential); Pollaczek-Khinchine.
    """
    busy = arriving / one
    wait_s = busy / one * (1.0 + variation) / (2.0 * (1.0 - busy))
    return wait_s, wait_s + 1.0 / one
