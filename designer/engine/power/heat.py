"""The temperature of a hall while nothing changes: the exact solution of `C dT/dt = P_it - P_cool(T)`.

Cooling carries all heat up to its capacity and holds the hall at its set point. What it does not carry (`rise_w`,
negative: cooling to spare) warms the hall; the building carries off `w_k` for each kelvin above the set point. So the
temperature nears `rise_w / w_k` above it by an exponential with the one time constant `C / w_k`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Course:
    """How the temperature of a hall goes on from `start_k` kelvin above its set point."""

    start_k: float
    rise_w: float
    w_k: float
    tau_s: float

    @property
    def end_k(self) -> float:
        """What it would near, kelvin above the set point, if that did not hold it."""
        return self.rise_w / self.w_k

    @property
    def stays(self) -> bool:
        """Whether it stays at its set point."""
        return self.start_k <= 0.0 and self.end_k <= 0.0

    def after(self, seconds: float) -> float:
        """Kelvin above the set point after a time."""
        if self.stays or seconds >= self.back_s:
            return 0.0
        return max(self.start_k + (self.end_k - self.start_k) * -math.expm1(-seconds / self.tau_s), 0.0)

    @property
    def back_s(self) -> float:
        """When it is back at its set point; inf: never."""
        if self.stays:
            return 0.0
        if self.end_k >= 0.0:
            return math.inf
        return self.tau_s * math.log1p(-self.start_k / self.end_k)

    def until(self, level_k: float) -> float:
        """When it reaches a level that it is not at, above the set point; inf: never."""
        if self.stays or (level_k - self.start_k) * (self.end_k - level_k) <= 0.0:
            return math.inf
        return self.tau_s * math.log((self.end_k - self.start_k) / (self.end_k - level_k))

    def integral(self, seconds: float) -> float:
        """Kelvin seconds above the set point over a time."""
        if self.stays:
            return 0.0
        warm_s = min(seconds, self.back_s)
        return self.end_k * warm_s + (self.start_k - self.end_k) * self.tau_s * -math.expm1(-warm_s / self.tau_s)
