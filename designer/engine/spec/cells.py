"""In which cells of time the clients of a service are followed, and how much memory that takes."""

from __future__ import annotations

import math
from typing import NamedTuple

CELLS_OF_TIMEOUT, CELLS_OF_DELAY = 50, 4000
"""In how many cells a timeout is cut, and the longest delay at most, where a cell is no longer than the timeout."""
CELL_S = 0.25
"""The length of a cell where nothing is ever late, s."""
LEAST_RING, MORE = 256, 4
"""Cells that are looked back on at least: who waits longer is told by backlog / capacity. Cells beyond the delay."""


class FluidCells(NamedTuple):
    """The length of a cell, s; how many a timeout is (0: nothing is ever late); the delay before each retry, cells."""

    cell_s: float
    of_timeout: int
    delays: tuple[int, ...]

    @property
    def ring(self) -> int:
        """How many cells are kept."""
        return max(self.of_timeout + max(self.delays, default=0) + MORE, LEAST_RING)

    @property
    def kept(self) -> int:
        """How many numbers are kept of what comes, and as many of what comes again."""
        return self.ring * (len(self.delays) + 1)


def cells(timeout_s: float, retries: int, backoff_s: float, most_backoff_s: float) -> FluidCells:
    """The cells of clients who give up, and try again after twice the delay before."""
    delays = [min(backoff_s * 2.0**n, most_backoff_s) for n in range(retries)]
    cell_s = timeout_s / CELLS_OF_TIMEOUT if timeout_s < math.inf else CELL_S
    cell_s = max(cell_s, max(delays, default=0.0) / CELLS_OF_DELAY)
    of_timeout = max(round(timeout_s / cell_s), 1) if timeout_s < math.inf else 0
    if of_timeout:
        cell_s = timeout_s / of_timeout
    return FluidCells(cell_s, of_timeout, tuple(round(delay / cell_s) for delay in delays))
