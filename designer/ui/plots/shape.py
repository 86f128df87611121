"""Turning series into few points: steps, decimation to the pixels there are, stacks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]


def tick_text(value: float) -> str:
    """A number at an axis, in few letters: 309, 25k, 1.5M."""
    for size, suffix in ((1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e6 if suffix == 'M' else 1e3):.3g}{suffix}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def count_text(value: float) -> str:
    """A number of elements: whole, or a mean with one decimal."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def percent_text(value: float) -> str:
    """A part as a percentage without decimals; a dash where it is not known."""
    return "–" if np.isnan(value) else f"{value * 100:.0f}%"


def stepped(edges: F, values: F) -> tuple[F, F]:
    """The corners of a step curve: two for each step."""
    return np.repeat(edges, 2)[1:-1], np.repeat(values, 2)


def thinned(edges: F, values: F, pixels: int) -> tuple[F, F]:
    """Points of a curve: steps where there are few, else the least and most of each pixel column, in order."""
    count = values.size
    if count <= 2 * pixels:
        return stepped(edges, values)
    width = int(np.ceil(count / pixels))
    whole = count // width * width
    cut = values[:whole].reshape(-1, width)
    with np.errstate(invalid="ignore"):
        low, high = np.fmin.reduce(cut, axis=1), np.fmax.reduce(cut, axis=1)
    x = np.repeat(edges[:whole:width], 2)
    y = np.stack([low, high], axis=1).ravel()
    return np.append(x, edges[-1]), np.append(y, values[-1])


def block_width(count: int, pixels: int) -> int:
    """How many neighboring steps become one, so that there are at most `pixels`."""
    return max(1, -(-count // pixels))


def block_means(values: F, width: int) -> F:
    """Means of each `width` neighboring steps (rows); the last ones may be fewer."""
    starts = np.arange(0, values.shape[0], width)
    sums = np.add.reduceat(np.nan_to_num(values), starts, axis=0)
    known = np.add.reduceat(~np.isnan(values), starts, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known > 0, sums / known, np.nan)


def thinned_rows(edges: F, values: F, pixels: int) -> tuple[F, F]:
    """Means of neighboring steps (rows) so that there are at most `pixels`; the edges that go with them."""
    width = block_width(values.shape[0], pixels)
    if width == 1:
        return edges, values
    return np.append(edges[:-1:width], edges[-1]), block_means(values, width)


def nice_top(value: float) -> float:
    """A round number at or above a value: 1, 2, 2.5, 5 times a power of ten."""
    if not value > 0 or not np.isfinite(value):
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= value * 0.999))
