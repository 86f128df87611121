"""CPU credits of VMs over a run so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store

F = NDArray[np.float64]


class CreditResult:
    """Figures of the VMs that have CPU credits; `rows` are theirs among all VMs."""

    def __init__(self, rows: NDArray[Any], store: Store, vm_ids: NDArray[np.int64]) -> None:
        self._of, self._store = rows, store
        self.rows: NDArray[np.int64] = rows["load"]
        self.ids: NDArray[np.int64] = vm_ids[self.rows]

    @property
    def balance(self) -> F:
        """Credits at the end of each final recording step, launch credits included (steps x VMs)."""
        return np.array(self._store.arrays["credits"][: self._store.filled])

    @property
    def surplus(self) -> F:
        """Surplus credits owed at the end of each final recording step (steps x VMs)."""
        return np.array(self._store.arrays["surplus"][: self._store.filled])

    @property
    def now(self) -> tuple[F, F]:
        """Credits that each VM has, launch credits included, and surplus credits that it owes, as far as recorded."""
        return self._of["balance"] + self._of["launch"], np.array(self._of["surplus"])

    @property
    def charged(self) -> F:
        """Surplus credits of each VM that are charged so far: those beyond the most that may be owed, and what it owed
        when someone stopped it, or it ended.
        """
        return np.array(self._of["charged"])

    @property
    def gone_s(self) -> F:
        """When each VM had used up its credits for the first time, s; NaN: never."""
        return np.array(self._of["gone_s"])

    @property
    def charged_from_s(self) -> F:
        """When surplus credits of each VM were charged for the first time, s; NaN: never."""
        return np.array(self._of["charged_s"])
