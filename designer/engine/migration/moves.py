"""Live migrations of a run: which VMs are being copied where, how fast, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import ARRIVED, COPIED, GIVEN_UP
from designer.engine.migration.hosts import MovingHosts
from designer.engine.migration.ways import MovingWays
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.placement import Placement
from designer.engine.rules.waiting import no_capacity_text
from designer.engine.spec import precopy
from designer.engine.spec.precopy import Copy
from designer.engine.state.motion import OPEN, WAKING
from designer.engine.state.state import RUNNING

F = NDArray[np.float64]


@dataclass
class LiveMove:
    """The migration of a VM between two units, since `at_s` at `mib_s`; what was planned for it is of number `stamp`.
    `serial` is the entry of the log that tells its begin, `down_s` how long the VM has stood still.
    """

    v: int
    source: int
    target: int
    copy: Copy
    then: Copy
    at_s: float
    mib_s: float
    stamp: int
    serial: int
    mhz: float = 0.0
    down_s: float = 0.0
    spent: tuple[float, float] = (0.0, 0.0)
    """MHz that both ends spend at that speed."""


class MoveRequest(NamedTuple):
    """A migration that waits for a host to boot, or for another migration to end."""

    v: int
    target: int
    cause: int


class Moves:
    """Begins migrations, carries them on and ends them. Whoever moves a running VM moves it by `ask`."""

    def __init__(self, context: RuleContext, door: Placement, asked: Callable[[float, Rows], Any]) -> None:
        t = context.tables
        self._context, self._door, self._asked = context, door, asked
        self.hosts, self.ways = MovingHosts(t), MovingWays(t, lambda: self.under_way.values(), context.state.carried)
        self.able = self.hosts.able
        self.under_way: dict[int, LiveMove] = {}
        self.waiting: list[MoveRequest] = []
        self._count = 0
        self._ends = [0] * t.unit_ids.size
        """How many migrations each unit takes part in."""
        self.freed = False
        """Whether waiting migrations may begin in this instant."""
        self.asks = 0
        """Rises when a migration is asked for, begins to wait or waits no more."""
        self._alive_at = -1, -1
        """When all were seen to go on: what the state counted then."""

    # -- what may begin

    def ask(self, time_s: float, rows: Rows, targets: Rows, cause: int = 0) -> None:
        """Move running VMs to hosts (each VM once). What may not move now is told, or waits; a VM that is on its way
        goes to the new host instead.
        """
        s, t = self._context.state, self._context.tables
        self.asks += 1
        for v in rows[s.to[rows] >= 0].tolist():
            self._end(time_s, self.under_way[v], "it is sent to another host")
        self.waiting = [one for one in self.waiting if one.v not in set(rows.tolist())]
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
        requests = [MoveRequest(v, u, cause) for v, u in zip(rows.tolist(), targets.tolist())]
        self.waiting += [one for one, late in zip(requests, sleeps.tolist()) if late]
        self._enter(time_s, [one for one, late in zip(requests, sleeps.tolist()) if not late])

    def _enter(self, time_s: float, requests: list[MoveRequest]) -> None:
        """Let VMs begin where both ends are reached and have a free slot, and the new one room; the others wait, or are
        told.
        """
        requests = self._reached(time_s, requests)
        while requests:
            free = self._slots(requests)
            now = [one for one, begins in zip(requests, free) if begins]
            requests = [one for one, begins in zip(requests, free) if not begins]
            if not now or not self._try(time_s, now, requests):  # where one is refused, its slot is free again
                self.waiting += requests
                return

    def _reached(self, time_s: float, requests: list[MoveRequest]) -> list[MoveRequest]:
        """The requests of which both ends are reached; the others are told."""
        s = self._context.state
        reached, unit, found = s.reached, s.unit, []
        if reached.all():
            return requests
        for one in requests:
            if reached[unit[one.v]] and reached[one.target]:
                found.append(one)
            else:
                self.tell(time_s, one.v, one.cause, one.target, self._why_cut(int(unit[one.v]), one.target))
        return found

    def _try(self, time_s: float, now: list[MoveRequest], later: list[MoveRequest]) -> bool:
        """Begin the migrations that find room at the other end; whether one is refused. Some follow `later`."""
        rows, targets, causes = (np.array(column, np.int64) for column in zip(*now))
        goals = {one.target for one in now}
        follow = np.array([one.v for one in later if one.target in goals], np.int64)
        found = self._door.fits(rows, targets, follow)
        fits = found >= 0
        if fits.all():
            self._begin(time_s, rows, targets, causes)
            return False
        for one, why in zip(now, found.tolist()):
            if why < 0:
                self.tell(time_s, one.v, one.cause, one.target, self._why_not(one.v, one.target, why))
        self._begin(time_s, rows[fits], targets[fits], causes[fits])
        return True

    def _slots(self, requests: list[MoveRequest]) -> list[bool]:
        """Which requests may begin, by how many migrations each end takes part in at a time."""
        ends, slots, free = self._ends, self.hosts.slots, []
        more: dict[int, int] = {}
        for source, one in zip(self._context.state.unit[[one.v for one in requests]].tolist(), requests):
            own, other = more.get(source, 0), more.get(one.target, 0)
            free.append(ends[source] + own < slots[source] and ends[one.target] + other < slots[one.target])
            if free[-1]:
                more[source], more[one.target] = own + 1, other + 1
        return free

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

    def _begin(self, time_s: float, rows: Rows, targets: Rows, causes: Rows) -> None:
        if not rows.size:
            return
        s, t = self._context.state, self._context.tables
        sources = s.unit[rows].tolist()
        plain = [u for u in sources if self.hosts.stop_of(u).rule == "plain"]
        asked = self._asked(time_s, np.unique(plain))["asked"] if plain else np.zeros(0)
        triples = list(zip(rows.tolist(), sources, targets.tolist()))
        for _, source, target in triples:
            self._ends[source] += 1
            self._ends[target] += 1
            self.ways.begin(source, target)
        s.move_to(rows, targets)
        moves = []
        for v, source, target in triples:
            mib_s, stop = self._mib_s(source, target), self.hosts.stop_of(source)
            copy = precopy.begun(self.hosts.guest_of(v), stop, mib_s)
            cost = precopy.PLAIN_COST * float(asked[v]) if stop.rule == "plain" else 0.0
            spent = self.hosts.mhz(source, target, mib_s, cost)
            moves.append(LiveMove(v, source, target, copy, copy, time_s, mib_s, 0, 0, cost, 0.0, spent))
        told: dict[str, list[int]] = {}
        for n, move in enumerate(moves):
            told.setdefault(self.hosts.why_endless(move.v, move.source, move.mib_s), []).append(n)
        for text, these in told.items():
            some = np.array(these) if len(told) > 1 else slice(None)
            serials = self._context.log.add(time_s, "migrating", t.vm_ids[rows[some]], causes[some],
                                            t.unit_ids[targets[some]], detail=text)  # fmt: skip
            for n, serial in zip(these, serials.tolist()):
                moves[n].serial = serial
        self.under_way |= {move.v: move for move in moves}
        s.slow_by_move(rows, np.array([_pace(move) for move in moves]))
        self._plan(time_s, moves)
        limits = [(self.hosts.limit_s(move.v, move.source), move.v, move.serial) for move in moves]
        late = [limit for limit in limits if limit[0] < np.inf]
        if late:
            limit_s, those, serials = (np.array(column) for column in zip(*late))
            self._context.plan(time_s + limit_s, GIVEN_UP, those, serials)
        self._share(time_s, moves)

    def _mib_s(self, source: int, target: int) -> float:
        """The bandwidth of a migration between two hosts now."""
        return self.ways.at_most(self.hosts.mib_s(self._ends, source, target), source, target)

    def _plan(self, time_s: float, moves: list[LiveMove]) -> None:
        """Plan what comes next for each: its pace changes, or the VM stands still, or it has arrived."""
        plan, ids = self._context.agenda.plan, self._context.tables.vm_ids
        for move in moves:
            self._count += 1
            move.stamp, move.at_s = self._count, time_s
            guest, stop = self.hosts.guest_of(move.v), self.hosts.stop_of(move.source)
            what = ARRIVED if move.copy.stopped else COPIED
            if move.copy.stopped:
                span_s = 0.0 if stop.rule == "plain" else move.copy.left_mib / move.mib_s
            elif precopy.converges(guest, stop, move.mib_s):
                span_s, move.then = precopy.until_change(move.copy, guest, stop, move.mib_s)
            else:
                continue
            plan(time_s + span_s, what, ids[move.v], move.v, move.stamp)

    def _share(self, time_s: float, moves: list[LiveMove]) -> None:
        """Let migrations that share an end with some that begin or end go on at another speed; and let both ends spend
        what all of them take.
        """
        ends = {u for move in moves for u in (move.source, move.target)}
        limits = {n for move in moves for n in self.ways.way(move.source, move.target)}
        self.ways.turn += bool(limits)
        others = [
            m for m in self.under_way.values()
            if m.source in ends or m.target in ends or not limits.isdisjoint(self.ways.way(m.source, m.target))
        ]  # fmt: skip
        again: list[LiveMove] = []
        for move in others:
            mib_s = self._mib_s(move.source, move.target)
            if mib_s != move.mib_s:
                guest, stop, span_s = self.hosts.guest_of(move.v), self.hosts.stop_of(move.source), time_s - move.at_s
                if move.copy.stopped:
                    move.down_s += span_s
                move.copy = precopy.walked(move.copy, guest, stop, move.mib_s, span_s)
                move.mib_s = mib_s
                move.spent = self.hosts.mhz(move.source, move.target, mib_s, move.mhz)
                again.append(move)
        self._plan(time_s, again)
        self._spend(sorted(ends | {u for move in again for u in (move.source, move.target)}))

    def _spend(self, ends: list[int]) -> None:
        """Let units spend the CPU of their migrations, at most all they have."""
        spent = dict.fromkeys(ends, 0.0)
        for v in sorted(self.under_way):
            move = self.under_way[v]
            for u, its_mhz in zip((move.source, move.target), move.spent):
                if u in spent:
                    spent[u] += its_mhz
        mhz = np.array([min(spent[u], self.hosts.capacity[u]) for u in ends])
        self._context.state.work_for_moves(np.array(ends, np.int64), mhz)

    # -- what follows

    def go_on(self, time_s: float, rows: Rows, stamps: Rows) -> bool:
        """The pace of VMs changes, or they stand still for the rest of their memory; False where that holds no more."""
        moves = self._still(rows, stamps)
        for move in moves:
            move.copy = move.then
        if moves:
            self._context.state.slow_by_move(np.array([m.v for m in moves]), np.array([_pace(move) for move in moves]))
            plain = [m for m in moves if m.copy.stopped and self.hosts.stop_of(m.source).rule == "plain"]
            self._land(time_s, plain)
            self._plan(time_s, [move for move in moves if move.v in self.under_way])
        return bool(moves)

    def arrive(self, time_s: float, rows: Rows, stamps: Rows) -> bool:
        """VMs run on the host to which they were copied; False where none is on its way."""
        moves = self._still(rows, stamps)
        for move in moves:
            move.down_s += time_s - move.at_s
        self._land(time_s, moves)
        return bool(moves)

    def _land(self, time_s: float, moves: list[LiveMove]) -> None:
        if not moves:
            return
        s, t = self._context.state, self._context.tables
        rows, targets = np.array([m.v for m in moves], np.int64), np.array([m.target for m in moves], np.int64)
        s.stand(rows, targets)
        s.origin[rows] = targets
        self._context.log.add(time_s, "migrated", t.vm_ids[rows], np.array([m.serial for m in moves]),
                              t.unit_ids[targets], value=np.array([m.down_s for m in moves]))  # fmt: skip
        self._leave(time_s, moves)

    def give_up(self, time_s: float, rows: Rows, serials: Rows) -> bool:
        """Give up migrations that took too long; False where all are over."""
        pairs = zip(map(self.under_way.get, rows.tolist()), serials.tolist())
        late = [move for move, serial in pairs if move is not None and move.serial == serial]
        for move in late:
            self._end(time_s, move, f"it was given up after {self.hosts.limit_s(move.v, move.source):,.0f} s")
        return bool(late)

    def _still(self, rows: Rows, stamps: Rows) -> list[LiveMove]:
        moves = [self.under_way.get(v) for v in rows.tolist()]
        return [m for m, stamp in zip(moves, stamps.tolist()) if m is not None and m.stamp == stamp]

    def _end(self, time_s: float, move: LiveMove, why: str) -> None:
        """End a migration without a move: the VM stays where it is."""
        self.tell(time_s, move.v, move.serial, move.target, why)
        self._leave(time_s, [move])

    def _leave(self, time_s: float, moves: list[LiveMove]) -> None:
        s = self._context.state
        rows = np.array([move.v for move in moves], np.int64)
        self.asks += 1
        for move in moves:
            del self.under_way[move.v]
            self._ends[move.source] -= 1
            self._ends[move.target] -= 1
            self.ways.end(move.source, move.target)
        s.move_to(rows, -1)
        s.slow_by_move(rows, 1.0)
        self._share(time_s, moves)
        self.freed = s.capacity_grew = True

    def look(self, time_s: float) -> None:
        """End the migrations of VMs that died, and those to hosts that are down; begin what has waited."""
        s = self._context.state
        if self.under_way and (s.wires is not None or self._alive_at != (s.housed, s.turned)):
            rows, reached = s.coming, s.reached
            alive = (s.status[rows] == RUNNING) & reached[s.to[rows]] & reached[s.unit[rows]]
            for v in rows[~alive].tolist():
                move = self.under_way[v]
                self._end(time_s, move, self._why_ended(move))
            self._alive_at = s.housed, s.turned
        if self.freed and self.waiting:
            self.asks += 1
            waiting, self.waiting = self.waiting, []
            ready = [one for one in waiting if s.status[one.v] == RUNNING]
            late = [one for one in ready if s.mode[one.target] == WAKING]
            now = [one for one in ready if s.mode[one.target] != WAKING]
            self.waiting = late
            self._enter(time_s, now)
        self.freed = False

    def _why_ended(self, move: LiveMove) -> str:
        if self._context.state.status[move.v] != RUNNING:
            return "it runs no more"
        return self._why_cut(move.source, move.target)

    def _why_cut(self, source: int, target: int) -> str:
        """Which of both ends is down or not reached."""
        s, t = self._context.state, self._context.tables
        lost = source if s.reached[target] else target
        return f"{t.name(lost)} is {'not reached' if s.up[lost] else 'down'}"

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        moves = [
            (m.v, m.source, m.target, *m.copy, *m.then, m.at_s, m.mib_s, m.stamp, m.serial, m.mhz, m.down_s)
            for m in self.under_way.values()
        ]
        waiting = [(one.v, one.target, one.cause) for one in self.waiting]
        return {
            "moves": np.array(moves, np.float64),
            "moves_waiting": np.array(waiting, np.int64).reshape(len(waiting), 3),
            "moves_count": np.array([self._count]),
        }

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self.under_way, self._ends, size = {}, [0] * len(self._ends), len(Copy._fields)
        self.ways.forget()
        for row in saved["moves"].tolist():
            v, source, target = (int(n) for n in row[:3])
            copy, then = (_copy_of(row[3 + k * size : 3 + (k + 1) * size]) for k in range(2))
            at_s, mib_s, stamp, serial, mhz, down_s = row[3 + 2 * size :]
            self.under_way[v] = LiveMove(
                v, source, target, copy, then, at_s, mib_s, int(stamp), int(serial), mhz, down_s,
                self.hosts.mhz(source, target, mib_s, mhz),
            )  # fmt: skip
            self._ends[source] += 1
            self._ends[target] += 1
            self.ways.begin(source, target)
        self.waiting = [MoveRequest(*row) for row in saved["moves_waiting"].tolist()]
        self._count = int(saved["moves_count"][0])


def _pace(move: LiveMove) -> float:
    """The part of its pace that a VM has while it is moved."""
    return 0.0 if move.copy.stopped else move.copy.pace


def _copy_of(row: list[float]) -> Copy:
    copy = Copy(*row)  # type: ignore[arg-type]
    return copy._replace(rounds=int(copy.rounds), high=int(copy.high), last=bool(copy.last), stopped=bool(copy.stopped))
