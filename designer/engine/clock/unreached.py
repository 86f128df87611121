"""How many VMs run cut off from the network, over time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import UNREACHED, Store
from designer.engine.spec import Spec


class Unreached:
    """Adds up the seconds that VMs run unreached; without a network there is no column to add them to."""

    def __init__(self, spec: Spec, store: Store) -> None:
        self._spec, self._series = spec, store.arrays[UNREACHED]
        self.count, self._since_s = 0, 0.0

    def change(self, time_s: float, count: int) -> None:
        """Note that another number of VMs is unreached from now on."""
        self.until(time_s)
        self.count = count

    def until(self, time_s: float) -> None:
        """Add what was up to a time: an instant at which the number changes, or the end of a recording step."""
        step_s, begin_s = self._spec.sample_s, self._since_s
        if self.count and time_s > begin_s:
            first, stop = int(begin_s / step_s + 1e-9), min(math.ceil(time_s / step_s - 1e-9), len(self._series))
            edges_s = np.minimum(np.maximum(np.arange(first, stop + 1) * step_s, begin_s), time_s)
            self._series[first:stop, 0] += self.count * np.diff(edges_s)
        self._since_s = max(begin_s, time_s)

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        return {"unreached_at": np.array([self.count, self._since_s])}

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        count, self._since_s = saved["unreached_at"].tolist()
        self.count = int(count)
