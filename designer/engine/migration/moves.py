"""Live migrations of a run: which VMs are being copied where, how fast, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.migration import carrying
from designer.engine.migration.carrying import COPY, MOVE, MoveTable, Told
from designer.engine.migration.hosts import MovingHosts
from designer.engine.migration.ways import MovingWays
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.placement import Placement
from designer.engine.rules.waiting import no_capacity_text
from designer.engine.state.motion import OPEN, WAKING
from designer.engine.state.state import RUNNING

F = NDArray[np.float64]
_NONE, _NO_MHZ = np.zeros(0, np.int64), np.zeros(0)


class MoveRequests:
    """Migrations that wait for a host to boot, or for another migration to end: VMs, where they go, why."""

    def __init__(self, rows: NDArray[np.int64]) -> None:
        self.rows = rows
        self.v, self.target, self.cause = rows

    def some(self, which: NDArray[np.bool_]) -> MoveRequests:
        """Those of some rows."""
        return MoveRequests(self.rows.compress(which, axis=1))

    def and_then(self, others: MoveRequests) -> MoveRequests:
        """These, then others."""
        if not (self.v.size and others.v.size):
            return self if self.v.size else others
        return MoveRequests(np.concatenate([self.rows, others.rows], axis=1))

    def each(self) -> list[list[int]]:
        """Lists of numbers, one for each."""
        return self.rows.T.tolist()  # type: ignore[no-any-return]


_NOBODY = MoveRequests(np.zeros((3, 0), np.int64))


class Moves:
    """Begins migrations, carries them on and ends them. Whoever moves a running VM moves it by `ask`."""

    def __init__(self, context: RuleContext, door: Placement, asked: Callable[[float, Rows], Any]) -> None:
        t, s = context.tables, context.state
        self._context, self._door, self._asked = context, door, asked
        self.hosts = t.once(MovingHosts)
        self.able = self.hosts.able
        units = t.unit_ids.size
        ends, marks, marked = (np.zeros(units, np.int64) for _ in range(3))
        self._table = MoveTable(
            np.zeros(0, MOVE), np.zeros(0, COPY), np.zeros(0, COPY), _NONE, np.zeros(2, np.int64),
            np.zeros(1, np.int64), ends, marks, marked,
        )  # fmt: skip
        self._told = Told(_NONE, np.zeros(units, np.int64), _NONE, np.zeros(0, np.bool_), np.zeros(5, np.int64),
                          np.zeros(units))  # fmt: skip
        self._through, self._moved = carrying.through(), s.moved
        self.ways = MovingWays(t, self._all, self.hosts.of, ends, self._go_on_at)
        self.waiting, self.asked = _NOBODY, np.zeros(len(t.vms), np.bool_)
        """Who waits; and of each VM whether it does."""
        self.freed = False
        """Whether waiting migrations may begin in this instant."""
        self.asks = 0
        """Rises when a migration is asked for, begins to wait or waits no more."""
        self._alive_at = -1, -1
        """When all were seen to go on: what the state counted then."""

    def _all(self) -> Any:
        """The migrations under way, by VM."""
        return self._table.rows[self._table.order[: self._table.counts[0]]]

    def _carry(self, what: int, time_s: float, rows: Rows, by: Rows, mhz: F = _NO_MHZ) -> Rows:
        """Carry the migrations of VMs on; the rows of those that are over."""
        moves, told, agenda = self._table, self._told, self._context.agenda
        room = int(moves.counts[0]) + 2 * rows.size
        if room > min(moves.order.size, told.vms.size):
            moves, told = self._grow(2 * room)
        heap = agenda.room(room)
        self._through(
            what, time_s, rows, by, mhz, self.ways.wired, self._context.log.count + 1, moves, self.hosts.of,
            self._moved, heap, agenda.size, told,
        )  # fmt: skip
        vms, units, over, planned, _ = told.counts.tolist()
        agenda.size += planned
        ended = told.over[:over].copy() if over else _NONE
        if vms or units:
            begun = rows if what == carrying.BEGIN else _NONE
            gone = moves.rows["v"][ended] if over else _NONE
            self._context.state.note_moves(told.vms[:vms].copy(), told.units[:units].copy(), begun, gone)
        return ended

    def _grow(self, room: int) -> tuple[MoveTable, Told]:
        """Make room for more migrations: `room` in all."""
        old, more = self._table, room - self._table.order.size
        columns = (np.concatenate([column, np.zeros(max(more, 0), column.dtype)]) for column in old[:3])
        order = np.concatenate([old.order, np.arange(old.order.size, max(room, old.order.size))])
        self._table = MoveTable._make((*columns, order, *old[4:]))
        vms, over = (np.zeros(self._table.order.size, np.int64) for _ in range(2))
        self._told = self._told._replace(vms=vms, over=over, flags=np.zeros(vms.size, np.bool_))
        return self._table, self._told

    # -- what may begin

    def ask(self, time_s: float, rows: Rows, targets: Rows, cause: int = 0) -> None:
        """Move running VMs to hosts (each VM once). What may not move now is told, or waits; a VM that is on its way
        goes to the new host instead.
        """
        s, t = self._context.state, self._context.tables
        self.asks += 1
        for v in rows[s.to[rows] >= 0].tolist():
            self._end(time_s, v, "it is sent to another host")
        if self.asked[rows].any():
            self.asked[rows] = False
            self.waiting = self.waiting.some(self.asked[self.waiting.v])
        runs = (s.status[rows] == RUNNING) & (s.unit[rows] != targets) & (targets < t.hosts) & (s.unit[rows] < t.hosts)
        rows, targets = rows[runs], targets[runs]
        able = self.able[s.unit[rows]] & self.able[targets]
        for v, u in zip(rows[~able].tolist(), targets[~able].tolist()):
            fixed = u if self.able[s.unit[v]] else int(s.unit[v])
            self.tell(time_s, v, cause, u, f"{t.name(fixed)} has no live migration")
        rows, targets = rows[able], targets[able]
        kept = self.hosts.kept[targets]
        for v, u in zip(rows[kept].tolist(), targets[kept].tolist()):
            self.tell(time_s, v, cause, u, f"{t.name(u)} is a failover host")
        rows, targets = rows[~kept], targets[~kept]
        sleeps = s.mode[targets] == WAKING
        requests = MoveRequests(np.stack([rows, targets, np.full(rows.size, cause)]))
        if sleeps.any():
            self._wait(requests.some(sleeps))
            requests = requests.some(~sleeps)
        self._enter(time_s, requests)

    def _wait(self, those: MoveRequests) -> None:
        """Let these wait, too."""
        self.waiting = self.waiting.and_then(those)
        self.asked[those.v] = True

    def _enter(self, time_s: float, requests: MoveRequests) -> None:
        """Let VMs begin where both ends are reached and have a free slot, and the new one room; the others wait, or are
        told.
        """
        requests = self._reached(time_s, requests)
        while requests.v.size:
            self._carry(carrying.CHOOSE, time_s, requests.v, requests.target)
            if not self._told.counts[4]:
                break
            free = self._told.flags[: requests.v.size].copy()
            now, requests = (requests, _NOBODY) if free.all() else (requests.some(free), requests.some(~free))
            if not self._try(time_s, now, requests):  # where one is refused, its slot is free again
                break
        self._wait(requests)

    def _reached(self, time_s: float, requests: MoveRequests) -> MoveRequests:
        """The requests of which both ends are reached; the others are told."""
        s = self._context.state
        reached, unit = s.reached, s.unit
        if reached.all():
            return requests
        both = reached[unit[requests.v]] & reached[requests.target]
        for v, target, cause in requests.some(~both).each():
            self.tell(time_s, v, cause, target, self._why_cut(int(unit[v]), target))
        return requests.some(both)

    def _try(self, time_s: float, now: MoveRequests, later: MoveRequests) -> bool:
        """Begin the migrations that find room at the other end; whether one is refused. Some follow `later`."""
        ruled = self._door.limits.rules.level.size
        follow = later.v[np.isin(later.target, now.target)] if ruled and later.v.size else _NONE
        found = self._door.fits(now.v, now.target, follow)
        fits = found >= 0
        if fits.all():
            self._begin(time_s, now)
            return False
        for (v, target, cause), why in zip(now.each(), found.tolist()):
            if why < 0:
                self.tell(time_s, v, cause, target, self._why_not(v, target, why))
        self._begin(time_s, now.some(fits))
        return True

    def _why_not(self, v: int, u: int, why: int) -> str:
        t, s = self._context.tables, self._context.state
        if s.mode[u] != OPEN:
            return f"{t.name(u)} takes no VMs"
        taken = self._door.taken_without(np.array([v]), s.unit)
        figures = float(taken.ram_mib[u]), float(taken.vcpus[u]), float(taken.mhz[u])
        return no_capacity_text(self._door, int(why), int(v), int(u), figures)

    def tell(self, time_s: float, v: int, cause: int, target: int, why: str) -> None:
        """Tell that a VM is not moved."""
        t = self._context.tables
        self._context.log.add(time_s, "unmoved", t.vm_ids[v], cause, t.unit_ids[target], detail=why)

    # -- under way

    def _begin(self, time_s: float, those: MoveRequests) -> None:
        rows, targets, causes = those.v, those.target, those.cause
        if not rows.size:
            return
        t, sources = self._context.tables, self._context.state.unit[rows]
        plain = sources[self.hosts.plain(sources)] if self.hosts.any_plain else _NONE
        asked = self._asked(time_s, np.unique(plain))["asked"][rows] if plain.size else np.zeros(rows.size)
        self._carry(carrying.BEGIN, time_s, rows, targets, asked)
        self.ways.turn += 1
        texts: str | list[str] = ""
        if not self.ways.wired and self._told.flags[: rows.size].any():
            mib_s = self._table.rows["mib_s"][self._told.over[: rows.size]]
            texts = list(map(self.hosts.why_endless, rows.tolist(), sources.tolist(), mib_s.tolist()))
        ids, places = t.vm_ids[rows], t.unit_ids[targets]
        self._context.log.add(time_s, "migrating", ids, causes, places, detail=texts)

    def _go_on_at(self, time_s: float, mib_s: F) -> None:
        """Limit the MiB/s of each migration that shares its way with others. Those that began
        in this instant are told of if they do not converge.
        """
        rows, live = self._table.rows, self._table.order[: self._table.counts[0]]
        rows["most_mib_s"][live] = mib_s
        new = live[rows["fresh"][live]]
        self._carry(carrying.SHARE, time_s, _NONE, _NONE)
        for move in rows[new]:
            text = self.hosts.why_endless(int(move["v"]), int(move["source"]), float(move["mib_s"]))
            if text:
                self._context.log.detail(int(move["serial"]), text)

    # -- what follows

    def go_on(self, time_s: float, rows: Rows, stamps: Rows) -> bool:
        """The pace of VMs changes, or they stand still for the rest of their memory; False where that holds no more."""
        return self._follow(carrying.GO_ON, time_s, rows, stamps)

    def arrive(self, time_s: float, rows: Rows, stamps: Rows) -> bool:
        """VMs run on the host to which they were copied; False where none is on its way."""
        return self._follow(carrying.ARRIVE, time_s, rows, stamps)

    def _follow(self, what: int, time_s: float, rows: Rows, stamps: Rows) -> bool:
        """Carry migrations on; those that are over have arrived."""
        over, t = self._carry(what, time_s, rows, stamps), self._context.tables
        done = bool(self._told.counts[4])
        if over.size:
            moves = self._table.rows[over]
            self._context.state.stood(moves["v"])
            self._context.log.add(time_s, "migrated", t.vm_ids[moves["v"]], moves["serial"],
                                  t.unit_ids[moves["target"]], value=moves["down_s"])  # fmt: skip
            self._left()
        return done

    def _left(self) -> None:
        """Follow that migrations are over."""
        self.asks += 1
        self.freed = self._context.state.capacity_grew = True
        self.ways.turn += 1

    def give_up(self, time_s: float, rows: Rows, serials: Rows) -> Rows:
        """Give up migrations that took too long; the VMs (rows) of those that were not over."""
        over = self._carry(carrying.GIVE_UP, time_s, rows, serials)
        moves = self._table.rows[over]
        for v, source, target, serial in moves[["v", "source", "target", "serial"]].tolist():
            self.tell(time_s, v, serial, target, f"it was given up after {self.hosts.limit_s(v, source):,.0f} s")
        if over.size:
            self._left()
        vms: Rows = moves["v"].astype(np.int64)
        return vms

    def _end(self, time_s: float, v: int, why: str) -> None:
        """End the migration of a VM without a move: it stays where it is."""
        over = self._carry(carrying.END, time_s, np.array([v]), _NONE)
        moves = self._table.rows[over]
        self.tell(time_s, v, int(moves["serial"][0]), int(moves["target"][0]), why)
        self._left()

    def look(self, time_s: float) -> None:
        """End the migrations of VMs that died, and those to hosts that are down; begin what has waited."""
        s = self._context.state
        if s.moving_vms and (s.wires is not None or self._alive_at != (s.became, s.turned)):
            rows, reached = s.coming, s.reached
            alive = (s.status[rows] == RUNNING) & reached[s.to[rows]] & reached[s.unit[rows]]
            for v in rows[~alive].tolist():
                self._end(time_s, v, self._why_ended(v))
            self._alive_at = s.became, s.turned
        if self.freed and self.waiting.v.size:
            self.asks += 1
            ready, self.waiting = self.waiting, _NOBODY
            self.asked[ready.v] = False
            if not (runs := s.status[ready.v] == RUNNING).all():
                ready = ready.some(runs)
            if (late := s.mode[ready.target] == WAKING).any():
                self._wait(ready.some(late))
                ready = ready.some(~late)
            self._enter(time_s, ready)
        self.freed = False

    def _why_ended(self, v: int) -> str:
        s = self._context.state
        return "it runs no more" if s.status[v] != RUNNING else self._why_cut(int(s.unit[v]), int(s.to[v]))

    def _why_cut(self, source: int, target: int) -> str:
        """Which of both ends is down or not reached."""
        s, t = self._context.state, self._context.tables
        lost = source if s.reached[target] else target
        return f"{t.name(lost)} is {'not reached' if s.up[lost] else 'down'}"

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        moves = self._table
        live = moves.order[: moves.counts[0]]
        return {
            "moves": moves.rows[live], "moves_copy": moves.copies[live], "moves_then": moves.thens[live],
            "moves_waiting": self.waiting.rows, "moves_count": moves.stamp.copy(),
        }  # fmt: skip

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        rows, moves = saved["moves"], self._table
        if rows.size > moves.order.size:
            moves, _ = self._grow(rows.size)
        moves.rows[: rows.size], moves.copies[: rows.size] = rows, saved["moves_copy"]
        moves.thens[: rows.size], moves.order[:] = saved["moves_then"], np.arange(moves.order.size)
        moves.counts[:], moves.stamp[:], moves.ends[:] = (rows.size, 0), saved["moves_count"], 0
        for end in ("source", "target"):
            np.add.at(moves.ends, rows[end], 1)
        self._wait(MoveRequests(saved["moves_waiting"]))
