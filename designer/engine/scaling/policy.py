"""How many instances a scaling policy wants: Amazon EC2 Auto Scaling user guide, as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

Steps = Sequence[tuple[float, float]]
"""From which distance to the threshold on (a part of the CPU, above 0 or below), and the change, a part of the
instances."""
ROUNDING = 1e-9


def tracked(count: int, metric: float, target: float) -> int:
    """Instances that bring a metric to its target: `count metric / target`, rounded up, so it adds rather more and
    removes rather less."""
    return math.ceil(count * metric / target - ROUNDING)


def whole(change: float) -> int:
    """A change as instances: toward zero beyond 1, away from zero below it."""
    if abs(change) < 1.0:
        return int(math.copysign(math.ceil(abs(change) - ROUNDING), change))
    return int(change + math.copysign(ROUNDING, change))


def stepped(count: int, metric: float, threshold: float, steps: Steps, least: int = 0) -> int:
    """The change by steps, a part of `count` instances each: the one farthest from the threshold that the metric
    reaches (a step above the threshold begins at its bound, one below ends there). `least`: instances at least, where
    there is any change.
    """
    distance = metric - threshold
    above = [(bound, part) for bound, part in steps if bound >= 0.0 and distance >= bound - ROUNDING]
    below = [(bound, part) for bound, part in steps if bound < 0.0 and distance <= bound + ROUNDING]
    if distance >= 0.0 and above:
        part = max(above)[1]
    elif distance < 0.0 and below:
        part = min(below)[1]
    else:
        return 0
    change = whole(part * count)
    return int(math.copysign(max(abs(change), least), part)) if part != 0.0 else 0
