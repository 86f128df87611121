"""How many requests of services databases let through, by what each of their replicas serves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.engine.tables.needs import database_users

B = NDArray[np.bool_]
F = NDArray[np.float64]


class BaseLimits:
    """The databases with a limit: writes go to one replica, reads in equal parts to those that are read. Where that is
    too much, the same part of the requests of all services passes; one database after the other, in their order.
    """

    def __init__(self, spec: Spec) -> None:
        users = database_users(spec)
        self._limited = [(d, *users[d.id]) for d in spec.domains if d.replica_rps > 0.0 and d.id in users]
        self.ways = {d.id: (0, (1 << len(d.replicas)) - 2 or 1) for d, _, _ in self._limited}
        """Of each database the replica that takes writes (-1: none), and the bits of those that are read."""

    def hold(self, ways: dict[int, tuple[int, int]]) -> B | None:
        """Let replicas take writes and reads; the services for which that changes something, None: for none."""
        changed = [(d, w | r) for d, w, r in self._limited if self.ways[d.id] != ways[d.id]]
        for d, _ in changed:
            self.ways[d.id] = ways[d.id]
        return np.logical_or.reduce([users for _, users in changed]) if changed else None

    def through(self, asked: F) -> F:
        """Of requests a second (services x ticks) those that databases serve."""
        passes = asked.copy()
        for d, writes, reads in self._limited:
            writer, readers = self.ways[d.id]
            if writer >= 0 and readers == 1 << writer:
                passes[writes | reads] *= _part(d.replica_rps, passes[writes].sum(axis=0) + passes[reads].sum(axis=0))
                continue
            if writer >= 0:
                passes[writes] *= _part(d.replica_rps, passes[writes].sum(axis=0))
            if readers:
                passes[reads] *= _part(readers.bit_count() * d.replica_rps, passes[reads].sum(axis=0))
        return passes

    def why(self, service: int) -> str:
        """Why databases do not serve all requests of a service, in words."""
        used = [d for d, writes, reads in self._limited if writes[service] or reads[service]]
        told = [f"a replica of {d.name or d.id} serves {d.replica_rps:,.10g} a second at most" for d in used]
        return " and ".join(told)


def _part(most: float, asked: F) -> F:
    """The part of what is asked that passes."""
    return np.divide(most, asked, out=np.ones_like(asked), where=asked > most)
