"""How a year may go: how probably its downtime breaks a promise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designer.catalog.failing import REPAIR_SIGMA

YEARS = 20_000
"""Years that are drawn: the chance is right to 0.7 points (95%)."""
_SEED = 13


def downtimes(causes: Sequence[tuple[float, float, str]], horizon_h: float) -> NDArray[np.float64]:
    """The hours of downtime of many horizons, in order: the part of them above a limit is the chance to break it.

    causes: outages an hour, their mean length in hours, and the law of it. Outages come at random (Poisson), which is
    right where they are rare. Equal causes give equal years: two designs share their luck.
    """
    down_h = np.zeros(YEARS)
    for number, (often, mean_h, law) in enumerate(causes):
        chance = np.random.Generator(np.random.Philox(key=[_SEED, number]))
        counts = chance.poisson(often * horizon_h, YEARS)
        lengths = _lengths(chance, law, mean_h, int(counts.sum()))
        down_h += np.bincount(np.repeat(np.arange(YEARS), counts), lengths, YEARS)
    return np.sort(down_h)


def _lengths(chance: np.random.Generator, law: str, mean_h: float, count: int) -> NDArray[np.float64]:
    if law == "fixed":
        return np.full(count, mean_h)
    if law == "exponential":
        return chance.exponential(mean_h, count)
    return chance.lognormal(np.log(mean_h) - REPAIR_SIGMA**2 / 2.0, REPAIR_SIGMA, count)
