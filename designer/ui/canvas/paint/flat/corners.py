"""Corners and edges of boxes as rectangles of whole pixels: notches, and the marks of hosts seen from afar."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Edges = NDArray[np.int32]
Rows = NDArray[np.int64]

TILE_CORNER_PX, SMALL_CORNER_PX = 6.0, 8.0
"""Tiles from this width on show their hottest VM in a corner; a corner smaller than the second is a square."""


def corners(edges: Edges, sizes: NDArray[np.float64]) -> tuple[Edges, Rows]:
    """Triangles in the upper right corners of rectangles (see `edges_of`), as lines of a pixel's height, and whose
    each line is."""
    found = [(whose, lines) for whose, lines in triangles(edges, sizes)]
    parts = [edges[:0], *(lines.reshape(-1, 4) for _, lines in found)]
    owners = [np.zeros(0, np.int64), *(np.repeat(whose, lines.shape[1]) for whose, lines in found)]
    return np.concatenate(parts), np.concatenate(owners)


def triangles(edges: Edges, sizes: NDArray[np.float64]) -> Iterator[tuple[Rows, Edges]]:
    """Those of one size after the other: whose they are, and the lines of each, the longest first."""
    counts = np.maximum(np.rint(sizes), 1).astype(np.int64)
    for count in np.flatnonzero(np.bincount(counts)).tolist():
        whose, line = np.flatnonzero(counts == count), np.arange(count)
        right, top = edges[whose, 2, None], edges[whose, 1, None]
        lines = np.empty((whose.size, count, 4), np.int32)
        lines[..., 0], lines[..., 2] = right + (line - count + 1), right
        lines[..., 1] = lines[..., 3] = top + line
        yield whose, lines


def tile_corners(edges: Edges) -> tuple[Edges, Rows]:
    """The corners of tiles that are wide enough for one, squares and triangles, and whose each rectangle is."""
    sides = edges[:, 2:] - edges[:, :2] + 1
    whose = np.flatnonzero(sides[:, 0] >= TILE_CORNER_PX)
    size = np.maximum(np.floor(sides[whose].min(axis=1, initial=2**30) * 0.6), 1)
    small, left = size < SMALL_CORNER_PX, whose[size >= SMALL_CORNER_PX]
    squares = edges[whose[small]]
    squares[:, 0], squares[:, 3] = squares[:, 2] - size[small] + 1, squares[:, 1] + size[small] - 1
    large, owner = corners(edges[left], size[~small])
    return np.concatenate([squares, large]), np.concatenate([whose[small], left[owner]])


def tile_bars(edges: Edges) -> Edges:
    """The bars at the left of tiles."""
    bars = edges.copy()
    bars[:, 2] = bars[:, 0] + np.maximum(2, np.rint((edges[:, 2] - edges[:, 0] + 1) * 0.06)) - 1
    return bars
