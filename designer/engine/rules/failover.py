"""How databases move to a standby when they lose the place of their primary."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from designer.engine.result.recorder import Log
from designer.engine.state.world import World
from designer.engine.tables.tabulate import Tables

RECOVER = 0
"""The first priority of what happens at the same instant."""


class Databases:
    """The databases of a run: each is where its `replica` in the world says, or between two places while it moves.

    `plan(time, priority, action)` lets something happen later; `settle(time, serial)` works out what follows from it.
    """

    def __init__(
        self,
        tables: Tables,
        world: World,
        log: Log,
        plan: Callable[[float, int, Callable[[float], None]], None],
        settle: Callable[[float, int], None],
    ) -> None:
        self.tables, self.world, self.log = tables, world, log
        self._plan, self._settle = plan, settle

    def fail_over(self, time_s: float, serial: int) -> None:
        """Begin to move each database that is down to a standby, when one is up."""
        w, t = self.world, self.tables
        for u, places in t.replicas.items():
            here = t.parent[u]
            if w.up[u] or w.moving[u] or (here >= 0 and not w.up[here]):
                continue
            if not (w.up[places] & (places != w.replica[u])).any():
                continue
            w.moving[u] = True
            begun = int(self.log.add(time_s, "moving", t.unit_ids[u], serial, t.unit_ids[w.replica[u]])[0])
            self._plan(time_s + t.spec.domains[u - t.hosts].failover_s, RECOVER, self._land(u, begun))

    def _land(self, u: int, begun: int) -> Callable[[float], None]:
        """The action that puts a database on its first standby that is up then; none is: where it was."""

        def action(time_s: float) -> None:
            w, t = self.world, self.tables
            w.moving[u] = False
            standbys = [int(place) for place in t.replicas[u] if w.up[place] and place != w.replica[u]]
            serial = begun
            if standbys:
                w.replica[u], w.failed[u], w.since_s[u] = standbys[0], False, np.nan
                serial = int(self.log.add(time_s, "moved", t.unit_ids[u], begun, t.unit_ids[standbys[0]])[0])
            self._settle(time_s, serial)

        return action
