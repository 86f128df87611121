"""Values of places over the steps of a run, kept: a refresh reads and condenses only the steps that are new."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.study.series import Cells
from designer.ui.plots.shape import F, block_means, block_width

FIRST_ROWS = 64


class Kept:
    """The values of some places, steps x places, NaN where there are none; and their means over neighboring steps, so
    that there are no more than pixels. `mean` is that of all places a step, `most` the highest of all."""

    def __init__(self) -> None:
        self._source: object = None
        self._places = np.zeros(0, np.int64)
        self._forget()

    def _forget(self) -> None:
        self.steps, self.most = 0, 0.0
        self._kept = np.zeros((0, self._places.size), np.float32)
        self.mean = np.zeros(0)
        self._sums, self._counts = np.zeros(self._places.size), np.zeros(self._places.size, np.int64)
        self._width, self._condensed = 0, 0
        self._blocks = np.zeros((0, self._places.size))
        self._low = self._high = np.zeros(0)

    def follow(self, source: object, cells: Cells, steps: int, places: np.ndarray, most: int = 0) -> None:
        """Read the new ones of the first `steps` steps; all of them when source or places are others. `most`: how many
        there will be at the most, for which there is room at once (it takes memory once it is written)."""
        same = source is self._source and steps >= self.steps and np.array_equal(places, self._places)
        if not same:
            self._source, self._places = source, places
            self._forget()
        if steps == self.steps:
            return
        new = cells[self.steps : steps, places].astype(np.float64)
        if steps > self._kept.shape[0]:
            grown = np.empty((max(2 * self.steps, steps, FIRST_ROWS, most), places.size), np.float32)
            grown[: self.steps] = self.values
            self._kept = grown
        self._kept[self.steps : steps] = new
        self.steps = steps
        known = ~np.isnan(new)
        held = np.where(known, new, 0.0)
        counts = known.sum(axis=1)
        mean = np.full(counts.size, np.nan)
        np.divide(held.sum(axis=1), counts, out=mean, where=counts > 0)
        self.mean = np.append(self.mean, mean)
        self._sums += held.sum(axis=0)
        self._counts += known.sum(axis=0)
        self.most = max(self.most, float(held.max(initial=0.0)))

    @property
    def values(self) -> NDArray[Any]:
        """All values."""
        return self._kept[: self.steps]

    def top(self, count: int) -> np.ndarray:
        """The columns with the highest mean, highest first; those without values are left out."""
        known = np.flatnonzero(self._counts)
        means = self._sums[known] / self._counts[known]
        found: np.ndarray = known[np.argsort(-means, kind="stable")[:count]]
        return found

    def condensed(self, edges: F, pixels: int) -> tuple[F, F, int]:
        """As `thinned_rows`, and from which row on it differs from the last time. Read them at once: the next call
        writes in their place."""
        width = block_width(self.steps, pixels)
        if width != self._width:
            self._width, self._condensed = width, 0
            self._low = self._high = np.zeros(0)
        first = self._condensed // width  # what was the last block may have grown
        self._condensed = self.steps
        starts = edges[:-1:width]
        if width == 1:
            return edges, self.values, first
        new = block_means(self.values[first * width :], width)
        if self._blocks.shape[0] < starts.size:
            grown = np.empty((max(pixels, starts.size), new.shape[1]))
            grown[:first] = self._blocks[:first]
            self._blocks = grown
        self._blocks[first : starts.size] = new
        return np.append(starts, edges[-1]), self._blocks[: starts.size], first

    def band(self, edges: F, pixels: int) -> tuple[F, F, F]:
        """The corners of the least and the highest value of all places: x, low, high."""
        edges, rows, first = self.condensed(edges, pixels)
        new = rows[first:]
        least = np.where(np.isnan(new), np.inf, new).min(axis=1)
        self._low = np.append(self._low[:first], np.where(np.isinf(least), 0.0, least))
        self._high = np.append(self._high[:first], np.where(np.isnan(new), 0.0, new).max(axis=1))
        return np.repeat(edges, 2)[1:-1], np.repeat(self._low, 2), np.repeat(self._high, 2)
