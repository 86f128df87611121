"""Auto scaling groups: they launch what they miss, and balance their zones again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from designer.engine.rules import placement
from designer.engine.rules.context import Context, Rows
from designer.engine.rules.placement import Placement
from designer.engine.rules.waiting import why_no_launch
from designer.engine.state.state import ABSENT, FAILED, LOST, RESTARTING, RUNNING, WAITING


class Groups:
    """The auto scaling groups of a run. `boot(time, rows, cause, what)` begins to boot VMs where they stand."""

    def __init__(self, context: Context, door: Placement, boot: Callable[[float, Rows, int, str], None]) -> None:
        self._context, self._door, self._boot = context, door, boot
        t = context.tables
        units = {int(i): n for n, i in enumerate(t.unit_ids)} if t.spec.groups else {}
        self._places = [np.array([units[p] for p in g.places if p in units], np.int64) for g in t.spec.groups]
        order = np.argsort(t.group, kind="stable")
        edges = np.searchsorted(t.group[order], np.arange(len(t.spec.groups) + 1))
        self._members = [order[a:b] for a, b in pairwise(edges.tolist())]

    def fill(self, time_s: float, g: int, cause: int) -> None:
        """Launch what a group misses, each where the fewest of it live; a group that cannot is starved and waits."""
        t, s = self._context.tables, self._context.state
        group, members, slots = t.spec.groups[g], self._members[g], t.slots[g]
        live = members[np.isin(s.status[members], (RUNNING, RESTARTING, FAILED, WAITING))]
        free = slots[np.isin(s.status[slots], (ABSENT, LOST))]
        wanted = free[: max(group.desired - live.size, 0)]
        if not wanted.size:
            s.starved[g] = False
            return
        count = np.zeros(t.unit_ids.size)
        np.add.at(count, s.unit[live[s.unit[live] >= 0]], 1.0)
        anywhere = np.full(wanted.size, placement.ANY)
        found = self._door.place(wanted, s.origin, anywhere, self._places[g], placement.EVEN, count)
        stop = int(np.argmax(found < 0)) if (found < 0).any() else found.size
        if stop:
            s.stand(wanted[:stop], found[:stop])
            self._boot(time_s, wanted[:stop], cause, "launched")
        why = "" if stop == found.size else why_no_launch(self._door, int(found[stop]), int(wanted[stop]))
        if why and not s.starved[g]:
            self._context.log.add(time_s, "waiting", group.id, cause, detail=why)
        s.starved[g] = bool(why)

    def fill_starved(self, time_s: float) -> None:
        """Let groups that could not launch try again."""
        for g in np.flatnonzero(self._context.state.starved).tolist():
            self.fill(time_s, g, 0)
