"""Response times of a service whose members stand in queues of their own: a mixture of M/G/c, one for each queue."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO
from designer.engine.service.queue import (
    MEAN,
    P50,
    UTILIZATION_CAP,
    figures_at,
    longer_at,
)

HALVINGS = 60
"""How often the span is halved in which a time is sought."""
QUANTILES = (0.5, 0.95, 0.99)

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741


def lanes_of(part: F, mhz: F, vcpus: F, key: I, work_mhz_s: float) -> F:
    """The queues of members with one key each: the part of the requests that comes to it, requests a second that it can
    serve, and its workers (queue x 3).
    """
    keys, at = np.unique(key, return_inverse=True)
    columns = (np.bincount(at, of, keys.size) for of in (part, mhz / work_mhz_s, vcpus))
    return np.stack(list(columns), axis=1)


def mixed(rate: F, lanes: F, variation: float = 1.0) -> F:
    """Mean, median, 95th and 99th percentile of the response times at each of some rates (rate x 4)."""
    each = [figures_at(rate * part, capacity, int(workers), variation=variation) for part, capacity, workers in lanes]
    parts = lanes[:, 0] / lanes[:, 0].sum()
    found = np.zeros((rate.size, 4))
    found[:, 0] = sum(part * figures[:, MEAN] for part, figures in zip(parts, each))
    tails = [
        _Tail.of(rate * part, capacity, workers, one[:, MEAN], variation)
        for (part, capacity, workers), one in zip(lanes, each)
    ]
    for n, wanted in enumerate(QUANTILES):
        low = np.min([figures[:, P50 + n] for figures in each], axis=0)
        high = np.max([figures[:, P50 + n] for figures in each], axis=0)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            later = sum(part * tail.later(middle) for part, tail in zip(parts, tails)) > 1.0 - wanted
            low, high = np.where(later, middle, low), np.where(later, high, middle)
        found[:, 1 + n] = 0.5 * (low + high)
    return found


class _Tail(NamedTuple):
    """A queue at some rates: how busy it is, the part that waits, its capacity, its workers, how much work varies."""

    busy: F
    waiting: F
    capacity: float
    workers: float
    variation: float

    @classmethod
    def of(cls, rate: F, capacity: float, workers: float, mean_s: F, variation: float) -> _Tail:
        """What the formula of the queue has at some rates, of which it says the mean response times."""
        busy = np.minimum(rate / capacity, UTILIZATION_CAP)
        leaving = capacity * (1.0 - busy) / (0.5 * (1.0 + variation))  # as `queue.wait_factor`
        return cls(busy, (mean_s - 1.0 / (capacity / workers)) * leaving, capacity, workers, variation)

    def later(self, time_s: F) -> F:
        """The part of the answers that take longer than a time (as `queue.longer`)."""
        if self.variation == 1.0:
            return _longer(time_s, self.waiting, self.capacity * (1.0 - self.busy), self.capacity / self.workers)
        found = np.zeros_like(time_s)
        longer_at(time_s, self.busy, self.waiting, self.capacity, ZERO + int(self.workers), self.variation, found)
        return found


def _longer(time_s: F, waiting: F, leaving: F, one: float) -> F:
    """The same where the work takes an exponential time."""
    slow, fast = np.minimum(leaving, one), np.maximum(leaving, one)
    x = (fast - slow) * time_s
    part = np.where(x > 1e-12, -np.expm1(-x) / np.maximum(x, 1e-12), 1.0 - x / 2.0)
    both = np.exp(-slow * time_s) * (1.0 + slow * time_s * part)
    found: F = (1.0 - waiting) * np.exp(-one * time_s) + waiting * both
    return found
