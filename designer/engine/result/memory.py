"""Figures of memory over a run so far: of VMs, and of the hosts that take memory back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory.holding import FIGURES
from designer.engine.result.vms import ratio

F = NDArray[np.float64]


class MemoryTotals(NamedTuple):
    """Of each VM its figures (VM x `FIGURES`, MiB s) and the seconds that it held memory; 0 where every host gives VMs
    all that is configured.
    """

    of_vms: F
    seconds: F

    def mean(self, name: str) -> F:
        """The mean of a figure of each VM while it held memory, MiB; NaN: never, or not known."""
        return ratio(self.of_vms[:, FIGURES.index(name)], self.seconds)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The totals as columns of a saved run."""
        return {"vm_memory": self.of_vms, "vm_memory_s": self.seconds}


def no_totals(vms: int) -> MemoryTotals:
    """The totals of a run whose hosts give VMs all that is configured: nothing is known of any VM. They are one zero,
    seen as a row for each VM, and cannot be written to.
    """
    return MemoryTotals(np.broadcast_to(0.0, (vms, len(FIGURES))), np.broadcast_to(0.0, vms))
