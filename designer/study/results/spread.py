"""How values of a run are spread: statistics of a span, histograms and shares, weighted by the time of each step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]
QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class SpanStatistics:
    """What values are like in a span: mean, median, 95%, 99%, least, most; and their sum over time, value x s."""

    mean: float
    p50: float
    p95: float
    p99: float
    least: float
    most: float
    integral: float


def statistics(edges_s: F, values: NDArray[np.floating], begin_s: float, end_s: float) -> SpanStatistics | None:
    """The statistics of values (steps x series) between two times, with parts of steps; None where nothing is known."""
    seconds = np.minimum(edges_s[1:], end_s) - np.maximum(edges_s[:-1], begin_s)
    rows = np.flatnonzero(seconds > 0.0)
    if not rows.size:
        return None
    cut = np.asarray(values[rows[0] : rows[-1] + 1], np.float64)
    known = np.isfinite(cut)
    flat = cut[known]
    if not flat.size:
        return None
    weights = np.broadcast_to(seconds[rows[0] : rows[-1] + 1, None], cut.shape)[known]
    total, summed = float(weights.sum()), float((flat * weights).sum())
    p50, p95, p99 = quantiles(flat, weights)
    return SpanStatistics(summed / total, p50, p95, p99, float(flat.min()), float(flat.max()), summed)


def quantiles(flat: F, weights: F) -> tuple[float, float, float]:
    """The median, 95% and 99% of values: the least value that this part of the weight does not exceed."""
    if weights.min() == weights.max():  # a part of them is put in order, not all
        found = np.quantile(flat, QUANTILES, method="inverted_cdf")
    else:
        order = np.argsort(flat, kind="stable")
        shares = np.cumsum(weights[order])
        at = np.searchsorted(shares, np.array(QUANTILES) * shares[-1] * (1.0 - 1e-12))
        found = flat[order[np.minimum(at, flat.size - 1)]]
    return float(found[0]), float(found[1]), float(found[2])


def histogram(edges_s: F, values: NDArray[np.floating], bins: int) -> tuple[F, F]:
    """Edges of bins of equal width, and the part of the time that values are in each. Empty where nothing is known."""
    known = np.isfinite(values)
    flat = values[known]
    if not flat.size:
        return np.zeros(0), np.zeros(0)
    weights = np.broadcast_to(np.diff(edges_s)[:, None], values.shape)[known]
    counts, places = np.histogram(flat, bins=bins, weights=weights)
    return np.asarray(places, np.float64), np.asarray(counts / counts.sum(), np.float64)


def shares(edges_s: F, values: NDArray[np.floating], bins: int = 1000) -> tuple[F, F]:
    """Values and the part of the time in which they are not exceeded, in a thousand steps of their range."""
    places, parts = histogram(edges_s, values, bins)
    return places, np.concatenate([np.zeros(1), np.cumsum(parts)]) if places.size else parts
