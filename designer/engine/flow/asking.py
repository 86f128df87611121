"""The part of its CPU load that a load asks for at a moment: flows that follow the load ask for as much."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import door
from designer.engine.share.arrays import Demand, F, I, Now, Ticks
from designer.engine.share.demand import fill


@door
def parts_asked(rows: I, k: int, demand: Demand, ticks: Ticks, now: Now, key1: np.uint64, one: Any, out: F) -> None:
    """Fill `out` with the part (0..1) of its vCPUs that each load asks for in tick `k`; `one` is scratch."""
    for n in range(rows.size):
        fill(rows[n], k, one.size, demand, ticks, now, key1, np.inf, one)
        out[n] = one[0] / demand.rows[rows[n]].size
