"""One moment of a run for the drawing: arrays by element id, ready to paint."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory.holding import STATES as MEMORY_STATES
from designer.engine.memory.holding import TAKING_BACK as TAKING_BACK


class ElementState(IntEnum):
    """The state of an element; the order is that of the legend."""

    RUNNING = 0
    RESTARTING = 1
    WAITING = 2
    FAILED = 3
    LOST = 4
    MAINTENANCE = 5
    OFF = 6
    REFUSED = 7


STEAL_MARKS = (0.05, 0.10)
"""Steal from which a VM is slow, and from which it suffers, fractions of vCPUs x MHz (guidance for CPU ready a vCPU,
xormon.com; confidence B)."""


SMALLEST_SHOWN = 0.005
"""Overhead and throttled demand are shown from half a percent of a VM's vCPUs."""


def steal_above(steal_frac: float) -> float:
    """The highest mark that steal is above; 0 where it is above none."""
    return max((mark for mark in STEAL_MARKS if steal_frac > mark), default=0.0)


def steal_mark(steal_frac: float) -> str:
    """How much steal it is, as data has it: above 5 %, above 10 %, or nothing to mark (empty)."""
    above = steal_above(steal_frac)
    return " ".join(("above", f"{above * 100:.0f}", "%")) if above else ""


@dataclass(frozen=True)
class Frame:
    """The state of a run at `time_s` (seconds since its start).

    `ids` (n, int64) names VMs first (`vms` of them), then everything else that can fail, in the order of the spec;
    all other arrays of length n go with it. `heat` is demand ÷ capacity (NaN: no data; above 1: overload), `used`
    allocated ÷ capacity. Of what was asked for and not served, fractions of vCPUs × MHz: `throttled` (a VM could not
    have it even on an idle host), `waiting` (for its disks or the wire), `overhead` (alone on its host it would miss
    it), `steal` (others took it). `power_w` is in watts (NaN: not known, as for VMs and where no host stands). `disk`
    and `wire` say how full the fullest limit is that disk operations or traffic go through (NaN: none has one).
    `failed_root` marks what failed itself, not only because of what it stands on; `failed_since_s` is the moment.
    `place` (vms, int64) is the id of the element each VM stands in now, 0 when it stands nowhere; `to`, of the host to
    which it migrates, 0 when it does not. `run_only` (vms, bool) marks instances that were launched by a group during
    the run: they are not in the design.
    Where a host takes memory back, in MiB: `granted` to a VM, or in use on a host; `active`; `taken` back; and the
    state of its memory, the index of a word in `MEMORY_STATES`.
    """

    time_s: float
    ids: NDArray[np.int64]
    vms: int
    heat: NDArray[np.float32]
    used: NDArray[np.float32]
    throttled: NDArray[np.float32]
    waiting: NDArray[np.float32]
    overhead: NDArray[np.float32]
    steal: NDArray[np.float32]
    power_w: NDArray[np.float32]
    disk: NDArray[np.float32]
    wire: NDArray[np.float32]
    state: NDArray[np.uint8]
    failed_root: NDArray[np.bool_]
    failed_since_s: NDArray[np.float64]
    place: NDArray[np.int64]
    run_only: NDArray[np.bool_]
    granted: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    active: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    taken: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    temperature_c: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """°C of the hall in which each element stands; NaN: not told."""
    memory_state: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    to: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def state_of_memory(self, row: int) -> str:
        """The state of the memory of an element; empty where it has none."""
        return MEMORY_STATES[int(self.memory_state[row])] if self.memory_state.size else ""

    def memory(self, name: str) -> NDArray[np.float32]:
        """`granted`, `active` or `taken`; NaN where it is not known."""
        values: NDArray[np.float32] = getattr(self, name)
        return values if values.size else np.full(self.ids.size, np.nan, np.float32)

    @property
    def warmth_c(self) -> NDArray[np.float32]:
        """°C of each element; NaN where it is not told."""
        values = self.temperature_c
        return values if values.size else np.full(self.ids.size, np.nan, np.float32)

    def row_of(self, element_id: int) -> int | None:
        """The row of an element in the arrays, or None when it is not in the run."""
        found = np.flatnonzero(self.ids == element_id)
        return int(found[0]) if found.size else None
