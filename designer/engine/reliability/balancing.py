"""Requests behind a load balancer that fail because a dead member still gets its share until it is detected."""

from __future__ import annotations

import math
from dataclasses import dataclass

from designer.engine.reliability.laws import Exponential, Fixed, Gamma, Law, Resampled, Uniform
from designer.errors import SpecError


@dataclass(frozen=True)
class BackEnds:
    """Back-ends alike; who comes back is trusted at once. Requests go to those that are believed healthy, alike."""

    count: int
    up: Law
    down: Exponential
    detection: Law


@dataclass(frozen=True)
class FailingRequests:
    """Long-run probabilities: that a request fails, and of the three states of a member."""

    request_fails: float
    up: float
    undetected: float
    detected: float


def failing_requests(members: BackEnds) -> FailingRequests:
    """Exact, for exponential repair times."""
    if members.count < 1:
        raise SpecError("A load balancer without members answers nothing.")
    for law in (members.up, members.down, members.detection):
        law.check("Member")
    cycle = members.up.mean_h + members.down.mean_h
    up = members.up.mean_h / cycle
    # E[min(detection, repair)] of an exponential repair time follows from the transform of the detection time.
    undetected = members.down.mean_h * (1.0 - _transform(members.detection, 1.0 / members.down.mean_h)) / cycle
    detected = members.down.mean_h / cycle - undetected
    n, fails = members.count, detected**members.count
    for believed in range(1, n + 1):
        for dead in range(1, believed + 1):
            ways = math.comb(n, believed) * math.comb(believed, dead)
            chance = ways * up ** (believed - dead) * undetected**dead * detected ** (n - believed)
            fails += chance * dead / believed
    return FailingRequests(fails, up, undetected, detected)


def _transform(law: Law, rate: float) -> float:
    """E[exp(-rate x time)]."""
    if isinstance(law, Exponential):
        return 1.0 / (1.0 + rate * law.mean)
    if isinstance(law, Fixed):
        return math.exp(-rate * law.value)
    if isinstance(law, Gamma):
        return float((1.0 + rate * law.scale) ** -law.shape)
    if isinstance(law, Uniform):
        width = law.high - law.low
        return math.exp(-rate * law.low) * (-math.expm1(-rate * width) / (rate * width) if width else 1.0)
    if isinstance(law, Resampled):
        return sum(math.exp(-rate * value) for value in law.values) / len(law.values)
    raise SpecError("A detection time is fixed, exponential, uniform, gamma or recorded.")
