"""The pace of a simulation against the clock."""

from __future__ import annotations

import math
import time

from designer.engine.simulation import Simulation

SLICE_S = 0.012
"""How long the engine computes before it checks its orders again."""


class Pace:
    """Advances a simulation at `speed`: simulated seconds per real second; inf: as fast as possible."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._base = (time.monotonic(), 0.0)
        self._slice_s = 60.0

    def start(self, from_s: float) -> None:
        """Start counting from now and from a simulated time."""
        self._base = (time.monotonic(), from_s)

    def play(self, simulation: Simulation) -> None:
        """Advance to where the simulation should be by now; where it is too slow, count again from where it is."""
        began, from_s = self._base
        wanted = math.inf if math.isinf(self.speed) else from_s + (time.monotonic() - began) * self.speed
        self.advance(simulation, wanted)
        if not math.isinf(wanted) and simulation.time_s < wanted - self.speed:
            self.start(simulation.time_s)

    def advance(self, simulation: Simulation, until_s: float) -> None:
        """Advance towards a time, no longer than a slice of wall time."""
        began, from_s = time.monotonic(), simulation.time_s
        simulation.advance(min(until_s, from_s + self._slice_s))
        took = time.monotonic() - began
        if simulation.time_s >= from_s + self._slice_s - 1e-9:
            self._slice_s *= min(2.0, max(0.5, SLICE_S / max(took, 1e-6)))
