"""Maintenance mode: the VMs of a host are moved away, then it is in maintenance until it is opened again. Single VMs
that someone moves go the same way."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import Entrance, brief_door
from designer.engine.migration.moves import Moves
from designer.engine.migration.tries import TRIES, Tries
from designer.engine.rules import placement
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.placement import Placement
from designer.engine.rules.waiting import why_waiting
from designer.engine.state.motion import DRAINING, MAINTAINED, OPEN
from designer.engine.state.state import ALIVE, RUNNING

_NOBODY, _ALL_GO, _SOME_STAY = range(3)
"""Who is on a drained host: none; all are on their way, or wait; some stay."""


class Leaving(NamedTuple):
    """Of VMs how each is, where it goes, whether it waits to; which states are `alive`."""

    status: NDArray[np.uint8]
    to: Rows
    asked: NDArray[np.bool_]
    alive: NDArray[np.bool_]


@brief_door
def _look(rows: Rows, coming: Rows, u: int, of: Leaving) -> int:
    """Who is on a drained unit of those that stand there (`rows`) and those that are moved (`coming`)."""
    found = _NOBODY
    for v in rows:
        if of.status[v] == RUNNING and of.to[v] < 0 and not of.asked[v]:
            return _SOME_STAY
        if of.alive[of.status[v]]:
            found = _ALL_GO
    for v in coming:
        if of.to[v] == u:
            found = _ALL_GO
    return found


class Drains:
    """Drains hosts. A VM that finds no place stays where it is, with the reason, and is tried again."""

    def __init__(self, context: RuleContext, door: Placement, moves: Moves, tries: Tries) -> None:
        self._context, self._door, self._moves, self._tries = context, door, moves, tries
        self._serial: dict[int, int] = {}
        """The entry of the log with which the drain of each unit began."""
        self._told: dict[int, int] = {}
        """The last reason that was told of each VM that stays."""
        self._idle: set[int] = set()
        """Drained units whose VMs all were on their way, or waiting, when state and migrations counted so far."""
        self._seen = -1, -1, -1, -1
        s = context.state
        self._look, self._leaving = Entrance(_look), Leaving(s.status, s.to, moves.asked, ALIVE)

    def drain(self, time_s: float, units: Rows) -> None:
        """Begin to move the VMs of hosts away; until they are opened they take none."""
        t, s = self._context.tables, self._context.state
        units = units[(units >= 0) & (units < t.hosts)]
        units = units[(s.mode[units] != DRAINING) & (s.mode[units] != MAINTAINED)]
        units = np.unique(units) if units.size > 1 else units
        if units.size:
            vms = s.standing_on(units)
            self._tries.forget(vms)
            for v in vms.tolist():
                self._told.pop(v, None)
            self._idle -= set(units.tolist())
            s.set_mode(units, DRAINING)
            serials = self._context.log.add(time_s, "draining", t.unit_ids[units])
            self._serial |= dict(zip(units.tolist(), serials.tolist()))

    def open(self, time_s: float, units: Rows) -> None:
        """Let hosts take VMs again."""
        t, s = self._context.tables, self._context.state
        units = np.unique(units[[u in self._serial for u in units.tolist()]])
        if units.size:
            s.set_mode(units, OPEN)
            causes = np.array([self._serial.pop(u) for u in units.tolist()])
            self._context.log.add(time_s, "opened", t.unit_ids[units], causes)
            s.capacity_grew = True

    def move(self, time_s: float, vms: Rows) -> None:
        """Move running VMs (rows) off their hosts, which stay open; one that finds no place stays, with the reason."""
        t, s = self._context.tables, self._context.state
        vms = np.unique(vms)
        vms = vms[(s.status[vms] == RUNNING) & (s.to[vms] < 0) & (s.unit[vms] < t.hosts)]
        for u in np.unique(s.unit[vms]).tolist():
            rows = vms[s.unit[vms] == u]
            for v in rows.tolist():
                self._told.pop(v, None)
            self._send(time_s, u, rows)

    def given_up(self, time_s: float, vms: Rows) -> None:
        """Count migrations off drained hosts that were given up; tell once which VMs are not tried again for now."""
        t, s = self._context.tables, self._context.state
        for v in vms[s.mode[s.unit[vms]] == DRAINING].tolist():
            if self._tries.note(v):
                u = int(s.unit[v])
                why = f"{t.name(u)} waits for it: {TRIES} of its migrations were given up"
                self._context.log.add(time_s, "unmoved", t.vm_ids[v], self._serial.get(u, 0), t.unit_ids[u], why)

    def look(self, time_s: float) -> None:
        """Move what can be moved off hosts that are drained; those without VMs are in maintenance."""
        if not self._serial:
            return
        s = self._context.state
        if self._seen != (seen := (s.housed, s.turned, self._moves.asks, int(s.carried_turn[0]))):
            self._idle.clear()
            self._seen = seen
        for u in sorted(self._serial):
            if u not in self._idle and s.mode[u] == DRAINING:
                self._empty(time_s, u)

    def _empty(self, time_s: float, u: int) -> None:
        t, s = self._context.tables, self._context.state
        rows = s.standing.on_one(u)
        left = self._look(rows, s.coming, u, self._leaving)
        if left == _SOME_STAY:
            rows = rows[(s.status[rows] == RUNNING) & (s.to[rows] < 0) & ~self._moves.asked[rows]]
            rows = rows[self._tries.left(rows)]
            if rows.size:
                self._send(time_s, u, rows)
            else:
                self._idle.add(u)
        elif left == _ALL_GO:
            self._idle.add(u)
        else:
            s.set_mode(np.array([u]), MAINTAINED)
            self._context.log.add(time_s, "maintained", t.unit_ids[u], self._serial[u])

    @property
    def drained(self) -> bool:
        """Whether any host is drained, or in maintenance."""
        return bool(self._serial)

    def where(self, hosts: Rows, closed: Rows) -> tuple[Rows, Rows]:
        """For VMs that found no place as some hosts are drained: the entry of the drain in the log, and which of others
        that take no VMs now would take each (below 0: none).
        """
        s, parts = self._context.state, [np.zeros(0, np.int64)]
        for u in sorted(self._serial) if closed.size else ():
            if s.mode[u] == DRAINING and u in hosts and not self._why_none(u):
                rows = s.standing.on_one(u)
                rows = rows[(s.status[rows] == RUNNING) & (s.to[rows] < 0) & ~self._moves.asked[rows]]
                parts.append(rows[self._tries.left(rows)])
        left = np.concatenate(parts)
        if not left.size:
            return left, left
        closed = closed[self._moves.able[closed]]
        scope, causes = np.full(left.size, placement.CLUSTER), [self._serial[u] for u in s.unit[left].tolist()]
        return np.array(causes, np.int64), self._door.place(
            left, s.unit, scope, closed, placement.FIRST_FIT, opened=closed
        )

    def _send(self, time_s: float, u: int, rows: Rows) -> None:
        """Move VMs of a host to others of its cluster; those that find no place stay."""
        t, s = self._context.tables, self._context.state
        among = np.flatnonzero((self._moves.able & ~self._moves.hosts.kept & s.reached)[: t.hosts])
        among = among[among != u]
        scope = np.full(rows.size, placement.CLUSTER)
        found = np.full(rows.size, placement.NO_HOST) if self._why_none(u) else \
            self._door.place(rows, s.unit, scope, among, placement.SPREAD)  # fmt: skip
        goes = found >= 0
        self._stay(time_s, u, rows[~goes], found[~goes])
        for v in rows[goes].tolist():
            self._told.pop(v, None)
        if goes.any():
            self._moves.ask(time_s, rows[goes], found[goes], self._serial.get(u, 0))

    def _why_none(self, u: int) -> str:
        """Why no VM of a host moves; empty where they do."""
        name = self._context.tables.name(u)
        if not self._moves.able[u]:
            return f"{name} has no live migration"
        return "" if self._context.state.reached[u] else f"{name} is not reached"

    def _stay(self, time_s: float, u: int, rows: Rows, why: Rows) -> None:
        """Tell once in a drain, and in each move, why VMs stay."""
        t, s = self._context.tables, self._context.state
        cause = self._serial.get(u, 0)
        new = np.array([self._told.get(v) != w for v, w in zip(rows.tolist(), why.tolist())], np.bool_)
        rows, why = rows[new], why[new]
        self._told |= dict(zip(rows.tolist(), why.tolist()))
        for reason in np.unique(why):
            these = rows[why == reason]
            if self._why_none(u):
                told = [(these, self._why_none(u))]
            else:
                told = list(why_waiting(self._door, these, int(reason), s.unit, np.full(these.size, placement.CLUSTER)))
            for some, text in told:
                self._context.log.add(time_s, "unmoved", t.vm_ids[some], cause, t.unit_ids[u], detail=text)

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        pairs = {"drains": self._serial, "drains_told": self._told}
        return {name: np.array(list(of.items()), np.int64).reshape(-1, 2) for name, of in pairs.items()}

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self._serial, self._told = (dict(saved[name].tolist()) for name in ("drains", "drains_told"))
