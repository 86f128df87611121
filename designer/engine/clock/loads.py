"""What VMs ask for and get at a moment, for rules that look at it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress
from designer.engine.share.arrays import I
from designer.engine.share.kernels import no_rates


class LoadReader:
    """Reads the rates of a run as they are at an instant, before what this instant itself changes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def at(self, time_s: float, units: I) -> NDArray[Any]:
        """Of each VM what it asks for and gets in the tick that begins or goes on at a time (`LOAD_RATES`); of those
        that stand on some units.
        """
        p = self._progress
        rates = no_rates(len(p.tables.vms), p.units.size)
        p.peek(np.sort(units), p.tick_at(time_s), p.now, rates)
        return rates.loads
