"""What users ask for at a moment of a run, for the drawing: the engine's day curves and surges, without its kernels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from designer.engine.spec import DayCurve, Spec, Users

SURGE, DEMAND = "surge", 1
"""The event that changes how many requests users make, and the purpose of the random stream of their noise."""
NO_NOISE = 0.0
MOMENT_S = 1e-4
"""How exactly the instant is found at which a clock changes."""


class UserRates:
    """The requests a second of the users in a spec, by id, as means over recording steps."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        groups = (*(service.users for service in spec.services), *(name.users for name in spec.dns_names))
        self._users = {users.id: users for group in groups for users in group}
        self._surges: dict[int, list[tuple[float, float]]] = {}
        for event in sorted((event for event in spec.events if event.what == SURGE), key=lambda event: event.time_s):
            self._surges.setdefault(event.id, []).append((event.time_s, event.value))
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
        day_s = (spec.start_utc.hour * 60 + spec.start_utc.minute) * 60 + spec.start_utc.second
        noise = curve.noise * _normal(users.id, spec.seed, step) if curve.noise else NO_NOISE
        total = 0.0
        for begin_s, stop_s, ahead_s in self._clocks(ZoneInfo(curve.time_zone), start_s, end_s):
            hour = (day_s + start_s + spec.sample_s / 2 + ahead_s) / 3600.0 % 24.0
            rate = curve.mean + curve.swing * math.cos((hour - curve.peak_h) * math.pi / 12.0) + noise
            total += max(rate, 0.0) * self._surge(users.id, begin_s, stop_s) * (stop_s - begin_s)
        return total / (end_s - start_s)

    def _clocks(self, zone: ZoneInfo, start_s: float, end_s: float) -> Iterator[tuple[float, float, float]]:
        """The parts of a step in which the clock of a zone does not change: begin, end, seconds ahead of UTC."""

        def ahead_s(at_s: float) -> float:
            offset = (self._spec.start_utc + timedelta(seconds=at_s)).astimezone(zone).utcoffset()
            return offset.total_seconds() if offset else 0.0

        first, last = ahead_s(start_s), ahead_s(end_s - MOMENT_S)
        if first == last:
            yield start_s, end_s, first
            return
        low, high = start_s, end_s
        while high - low > MOMENT_S:
            middle = (low + high) / 2
            low, high = (middle, high) if ahead_s(middle) == first else (low, middle)
        changes_s = round(high, 3)
        yield start_s, changes_s, first
        yield changes_s, end_s, last

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
