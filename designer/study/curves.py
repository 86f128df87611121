"""Curves of a saved run over time, read from its blocks: what two runs are laid over each other by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.blocks import SavedRun, columns_of
from designer.errors import EngineError
from designer.words import tr

F = NDArray[np.float64]
COLUMNS = ("asked", "capacity", "requested", "served", "counts", "filled")
"""The columns of a saved run that the curves are made of."""


@dataclass(frozen=True)
class RunCurves:
    """Means of the whole design over n recording steps (`edges_s`, n + 1): CPU demand as a fraction of the capacity
    (NaN without capacity), requests dropped a second, VMs that run."""

    edges_s: F
    used: F
    dropped_rps: F
    running: F


def curves_of(saved: SavedRun) -> RunCurves:
    """The curves of a saved run. Raises EngineError where a block is damaged or missing."""
    columns = columns_of(block for block in saved.blocks if block.name in COLUMNS)
    try:
        filled = int(columns["filled"][0])
        edges = np.minimum(np.arange(filled + 1) * saved.sample_s, saved.until_s)
        seconds = np.diff(edges)
        asked, capacity, requested, served = (
            columns[name][:filled].sum(axis=1) for name in ("asked", "capacity", "requested", "served")
        )
        dropped, running = (requested - served) / seconds, columns["counts"][:filled, 0] / seconds
    except (KeyError, IndexError, ValueError):
        raise EngineError(tr("The saved run has no curves that can be read. Run the design again.")) from None
    dropped[np.abs(dropped) <= 1e-12 * requested] = 0.0
    used = np.full(filled, np.nan)
    np.divide(asked, capacity, out=used, where=capacity > 0)
    return RunCurves(edges, used, dropped, running)
