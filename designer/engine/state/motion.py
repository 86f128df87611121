"""At what pace VMs work and where they move, and which hosts take VMs: written to the arrays of a state."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

OPEN, DRAINING, MAINTAINED, ASLEEP, WAKING = range(5)
"""Whether a host takes VMs: it does; its VMs are moved away; it is in maintenance; it is switched off, or boots."""

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]
B = NDArray[np.bool_]


class MovedState(NamedTuple):
    """What migrations change of the state of a run."""

    unit: I
    origin: I
    to: I
    pace: F
    io_pace: F
    memory_pace: F
    move_pace: F
    busy: F
    rehoused: B
    resized: B


class Motion:
    """The part of a state that says how fast VMs work, where they move, and what hosts do about it."""

    pace: F
    io_pace: F
    memory_pace: F
    move_pace: F
    to: I
    mode: NDArray[np.uint8]
    busy: F
    io_mhz: F
    up: B
    moving: B
    dark: B
    _vms: list[I]
    _units: list[I]
    _moving: set[int]
    _coming: I | None
    housed: int
    _rehoused: B
    _resized: B
    _unplaced: list[I]
    _stalled: B | None
    unit: I
    origin: I

    @property
    def moved(self) -> MovedState:
        """What migrations change of it."""
        return MovedState(
            self.unit, self.origin, self.to, self.pace, self.io_pace, self.memory_pace, self.move_pace, self.busy,
            self._rehoused, self._resized,
        )  # fmt: skip

    def work_at(self, rows: I, pace: F) -> None:
        """Let VMs do a part of the work that they are asked for (0..1), while they wait for disk or wire."""
        self.io_pace[rows] = pace
        self._set_pace(rows)

    def take_for_io(self, units: I, mhz: F) -> None:
        """Let the hypervisors of hosts take CPU for disks and the network."""
        self.io_mhz[units] = mhz
        self._units.append(units)

    def slow_by_memory(self, rows: I, pace: F) -> None:
        """Let VMs do a part of that (0..1), while they wait for memory that is not there."""
        self.memory_pace[rows] = pace
        self._set_pace(rows)

    def _set_pace(self, rows: I) -> None:
        self.pace[rows] = self.io_pace[rows] * self.memory_pace[rows] * self.move_pace[rows]
        self._vms.append(rows)

    def note_moves(self, rows: I, units: I, begun: I, over: I) -> None:
        """Note VMs and units that migrations changed, and of the VMs those that begin to move, or move no more."""
        self._vms.append(rows)
        self._units.append(units)
        if begun.size or over.size:
            self.housed += 1
            self._moving.update(begun.tolist())
            self._moving.difference_update(over.tolist())
            self._coming = None

    def stood(self, rows: I) -> None:
        """Note that VMs stand on other units than before."""
        self._unplaced.append(rows)
        self._stalled = None

    @property
    def moving_vms(self) -> bool:
        """Whether any VM is moved."""
        return bool(self._moving)

    @property
    def coming(self) -> I:
        """The VMs that are moved, rising."""
        if self._coming is None:
            self._coming = np.array(sorted(self._moving), np.int64)
        return self._coming

    @property
    def touches(self) -> int:
        """How often this instant touched VMs or units so far."""
        return len(self._vms) + len(self._units)

    # -- who takes room anew

    def _rehouse(self, rows: I, units: I) -> None:
        """Note that VMs take other room than before, on units (-1: none)."""
        self.housed += 1
        self._rehoused[rows] = self._resized[units] = True

    def _rehouse_all(self) -> None:
        """Note that all may take other room than before."""
        self.housed += 1
        self._moving, self._coming = set(np.flatnonzero(self.to >= 0).tolist()), None
        self._rehoused[:] = self._resized[:] = True

    def take_rehoused(self) -> I:
        """The VMs that take other room than when this was last asked."""
        vms: I = self._rehoused.nonzero()[0]
        self._rehoused[vms] = False
        return vms

    def set_mode(self, units: I, mode: int) -> None:
        """Let hosts take VMs, or not, by one of their modes."""
        self.mode[units] = mode
        self._units.append(units)

    @property
    def drawing(self) -> B:
        """Which units are up and not switched off."""
        drawing: B = self.up & (self.mode != ASLEEP)
        return drawing

    @property
    def testing(self) -> B:
        """Which units have power and are in their self-test."""
        testing: B = self.moving & ~self.dark & ~self.up
        return testing
