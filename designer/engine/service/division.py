"""How load balancers divide the requests of a service among its members."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Balancer

ROUNDING = 1e-9
NOWHERE = -2
"""In place of a zone: whose node is down, so that what arrives there is lost."""

B = NDArray[np.bool_]
F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741


def enough(healthy: int, members: int, least_frac: float) -> bool:
    """Whether enough members are healthy: one at least, and the part `least_frac` of all."""
    return healthy > 0 and healthy >= least_frac * members * (1.0 - ROUNDING)


def divided(balancer: Balancer, size: F, healthy: B, there: B, zone: I, zones: I) -> tuple[F, bool]:
    """The part of the requests that each member gets, and whether all members get some for want of healthy ones.

    `size` is the capacity of each member, `there` says which are registered, `zone` where each stands (-1: in no zone).
    Without `zones` all are one; else each zone gets an equal part, and one that is NOWHERE loses it.
    """
    weight = size if balancer.algorithm == "least_outstanding" else np.ones(size.size)
    part, all_sent = np.zeros(size.size), False
    groups = [there & ((zone == z) | (zone < 0)) & (z != NOWHERE) for z in zones.tolist()] if zones.size else [there]
    for here in groups:
        good = here & healthy
        if not enough(int(good.sum()), int(here.sum()), balancer.routing_min_frac):
            all_sent |= bool((here & ~healthy).any())
            good = here
        whole = float(weight[good].sum())
        if whole > 0.0:
            part[good] += weight[good] / whole / len(groups)
    return part, all_sent
