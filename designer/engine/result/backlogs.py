"""Work that VMs could not do in time and kept, over a run so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store

F = NDArray[np.float64]


class BacklogResult:
    """Figures of the VMs that keep a backlog; `rows` are theirs among all VMs, `size` vCPUs x MHz of each. A backlog is
    told in seconds of work at full speed.
    """

    def __init__(self, rows: NDArray[Any], store: Store, vm_ids: NDArray[np.int64], size: F) -> None:
        self._of, self._store = rows, store
        self.rows: NDArray[np.int64] = rows["load"]
        self.ids: NDArray[np.int64] = vm_ids[self.rows]
        self._size: F = size[self.rows]

    @property
    def series_s(self) -> F:
        """What waits at the end of each final recording step (steps x VMs)."""
        if not self.rows.size:
            return np.zeros((self._store.filled, 0))
        waits: F = np.array(self._store.arrays["backlog"][: self._store.filled]) / self._size
        return waits

    @property
    def now_s(self) -> F:
        """What waits, as of the last instant at which that began to change in another way."""
        waits: F = self._of["mhz_s"] / self._size
        return waits

    @property
    def most_s(self) -> F:
        """The most that waited at any moment."""
        most: F = self._of["most"] / self._size
        return most

    @property
    def waited_s(self) -> F:
        """For how long some waited."""
        return np.array(self._of["long_s"])

    @property
    def drains_s(self) -> F:
        """After how long nothing waits any more, at the present load; inf: never; 0: nothing waits."""
        waits, rate = self._of["mhz_s"], self._of["rate"]
        drains: F = np.full(waits.size, np.inf)
        np.divide(waits, -rate, out=drains, where=rate < 0.0)
        return np.where(waits > 0.0, drains, 0.0)
