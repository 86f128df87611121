"""Who is reached, who reaches the internet, and so who works: asked of the arrays of a state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.tables.tabulate import Tables
from designer.engine.wiring.wires import Wires

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


class Reached:
    """The part of a state that says who is reached. `wires` is None where nothing can be cut off."""

    tables: Tables
    wires: Wires | None
    unit: I
    replica: I
    up: B
    ups_changed: bool
    turned: int
    _stalled: B | None
    _closed: B

    @property
    def reached(self) -> B:
        """Which units are up and reached from outside."""
        return self.up if self.wires is None else self.wires.look(self.up, self.replica)

    def stalled(self) -> B:
        """Which VMs cannot reach what they need, though it is up. Only where there is a network."""
        if self._stalled is None and self.wires is not None:
            self.wires.look(self.up, self.replica)
            self._stalled = self.wires.stalled(self.up, self.tables.needs, self.unit)
        return np.zeros(self.unit.size, np.bool_) if self._stalled is None else self._stalled

    def cut_off(self, rows: I) -> B:
        """Which VMs stand where nobody outside reaches them, or cannot reach what they need."""
        if self.wires is None:
            return np.zeros(rows.size, np.bool_)
        return self.unreached(rows) | self.stalled()[rows]

    def unreached(self, rows: I) -> B:
        """Which VMs nobody outside reaches: where they stand, or where they have their address."""
        on, reached = self.unit[rows], self.reached
        unreached: B = (on >= 0) & ~(reached[on] & reached[self.address(rows)])
        return unreached

    def closed(self) -> B:
        """From which units no way leads to the internet."""
        if self.ups_changed:
            self._closed = self.tables.ways.shut.copy()
            self._closed[self.tables.ways.out.missing(self.reached)] = True
            self.ups_changed = False
        return self._closed

    def address(self, rows: I) -> I:
        """The unit from which VMs go out."""
        own = self.tables.ways.address[rows]
        address: I = np.where(own >= 0, own, self.unit[rows])
        return address

    def offline(self, rows: I) -> B:
        """Which rows do nothing, because their VM needs the internet and no way leads there."""
        vms = self.tables.inside[rows]
        idle: B = self.tables.ways.outward[vms] & (self.unit[vms] >= 0)
        if idle.any():
            idle[idle] = self.closed()[self.address(vms[idle])]
        return idle

    def idle(self, rows: I) -> B:
        """Which rows do nothing: what they need is not reached, or they would serve requests and none arrives."""
        idle = self.offline(rows)
        if self.wires is None:
            return idle
        vms = self.tables.inside[rows]
        wants = (self.tables.service[rows] >= 0) | self.tables.ways.outward[vms]
        idle |= (wants & self.unreached(vms)) | self.stalled()[vms]
        return idle
