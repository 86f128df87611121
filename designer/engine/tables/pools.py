"""Resource pools, those first in which others are, and which VMs are in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designer.engine.share.arrays import POOL, Pools
from designer.engine.spec import Pool, Spec
from designer.engine.spec.fields import at_ids


def pools_of(spec: Spec, pool: NDArray[np.int64]) -> Pools:
    """The pools of a checked spec; `pool` is the id of the one that each row is in (0: none)."""
    order = _from_the_top(spec.pools)
    at = {row.id: n for n, row in enumerate(order)}
    rows = np.zeros(len(order), POOL)
    for n, row in enumerate(order):
        rows[n] = (row.shares, row.reservation_mhz, row.limit_mhz, at.get(row.above, -1))
    return Pools(rows, np.zeros(len(order)), at_ids(at, pool))


def _from_the_top(pools: Sequence[Pool]) -> list[Pool]:
    """The pools in an order in which each comes after the one that it is in."""
    above = {row.id: row.above for row in pools}

    def depth(row: Pool) -> int:
        steps, here = 0, row.above
        while here:
            steps, here = steps + 1, above[here]
        return steps

    return sorted(pools, key=depth)


def running_vcpus(pools: Pools, vcpus: NDArray[np.float64], running: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The vCPUs of the running VMs (rows) in each pool, those in pools in it included."""
    rows = np.flatnonzero(running & (pools.of >= 0))
    found = np.bincount(pools.of[rows], vcpus[rows], pools.above.size).astype(np.float64)
    for g in range(pools.above.size - 1, -1, -1):
        if pools.above[g] >= 0:
            found[pools.above[g]] += found[g]
    return found
