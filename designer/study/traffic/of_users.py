"""What users ask for at a moment of a run, for the drawing: the engine's day curves and surges, without its kernels."""

from __future__ import annotations

import math
from functools import cache, partial

import numpy as np

from designer.engine.local_time import LocalClock, second_of_day
from designer.engine.spec import DayCurve, Spec, Users

SURGE, DEMAND = "surge", 1
"""The event that changes how many requests users make, and the purpose of the random stream of their noise."""
NO_NOISE = 0.0


class UserRates:
    """The requests a second of the users in a spec, by id, as means over recording steps."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        groups = (*(service.users for service in spec.services), *(name.users for name in spec.dns_names))
        self._users = {users.id: users for group in groups for users in group}
        self._surges: dict[int, list[tuple[float, float]]] = {}
        for event in sorted((event for event in spec.events if event.what == SURGE), key=lambda event: event.time_s):
            self._surges.setdefault(event.id, []).append((event.time_s, event.value))
        self._clock = cache(partial(LocalClock.of, spec))
        self._last: tuple[int, dict[int, float]] = (-1, {})

    def in_step(self, step: int) -> dict[int, float]:
        """The rates in a recording step."""
        if self._last[0] != step:
            self._last = step, {i: self._rate(users, step) for i, users in self._users.items()}
        return self._last[1]

    def _rate(self, users: Users, step: int) -> float:
        curve, spec = users.demand, self._spec
        if not isinstance(curve, DayCurve):
            return math.nan
        start_s = step * spec.sample_s
        end_s = min(start_s + spec.sample_s, spec.until_s)
        noise = curve.noise * _normal(users.id, spec.seed, step) if curve.noise else NO_NOISE
        total = 0.0
        for begin_s, stop_s, ahead_s in self._clock(curve.time_zone).parts(start_s, end_s):
            hour = (second_of_day(spec) + start_s + spec.sample_s / 2 + ahead_s) / 3600.0 % 24.0
            rate = curve.mean + curve.swing * math.cos((hour - curve.peak_h) * math.pi / 12.0) + noise
            total += max(rate, 0.0) * self._surge(users.id, begin_s, stop_s) * (stop_s - begin_s)
        return total / (end_s - start_s)

    def _surge(self, of: int, start_s: float, end_s: float) -> float:
        """How many times the usual the requests of users are between two moments, on average."""
        factor, total, at = 1.0, 0.0, start_s
        for time_s, value in self._surges.get(of, ()):
            here = min(max(time_s, start_s), end_s)
            total, at, factor = total + factor * (here - at), here, value
        return (total + factor * (end_s - at)) / (end_s - start_s)


def _normal(stream: int, seed: int, step: int) -> float:
    """The standard normal number of a step: that of `engine.chance.normal`."""
    key = (DEMAND << 32 | seed) % 2**64 << 64 | stream
    raw = np.random.Philox(counter=(step - 1) % 2**256, key=key).random_raw(2)  # it counts on before it draws
    first, second = ((int(word) >> 11) / 2.0**53 for word in raw)
    return math.sqrt(-2.0 * math.log(first + 2.0**-53)) * math.cos(2.0 * math.pi * second)
