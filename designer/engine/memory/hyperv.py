"""Hyper-V dynamic memory: each VM has its demand and a buffer above it, within its minimum and maximum."""

from __future__ import annotations

import numpy as np

from designer.engine.memory.holding import Asking, F, Held, missing_of

BUFFER = 0.20
"""The buffer of a VM, a fraction of its demand (a book on Hyper-V, issuhub.com; confidence B)."""
WEIGHT = 5000.0
"""The memory weight of a VM (general knowledge; confidence C)."""


def target(demand: F, buffer: F, least: F, most: F) -> F:
    """The memory of each VM while the host has enough."""
    found: F = np.clip(demand * (1.0 + buffer), least, most)
    return found


def divide(room: float, least: F, targets: F, weights: F) -> F:
    """The memory of each VM where the targets are more than there is: above its minimum, one level by weight.

    Microsoft publishes no formula for a shortage; this one is an assumption (confidence C).
    """
    if targets.sum() <= room:
        return targets.copy()
    above, left = targets - least, max(room - float(least.sum()), 0.0)
    order = np.argsort(above / weights, kind="stable")
    given, weight = np.zeros(above.size), float(weights.sum())
    for v in order:
        given[v] = min(above[v], left * weights[v] / weight) if weight > 0.0 else 0.0
        left, weight = left - given[v], weight - weights[v]
    found: F = least + given
    return found


def settle(asking: Asking, has_mib: float) -> Held:
    """What the VMs of a host hold. A VM that may give nothing back (its floor is all it has) has static memory."""
    least, most = np.minimum(asking.floor, asking.configured), asking.configured
    room = has_mib - float(asking.overhead.sum())
    wanted = target(asking.active, asking.buffer, least, most)
    size = divide(room, least, wanted, asking.shares)
    state = "short" if float(wanted.sum()) > room else ""
    nothing = np.zeros(size.size)
    missing = missing_of(asking.active, size)
    return Held(size, nothing, most - size, nothing, nothing, missing, nothing, room - float(size.sum()), state)
