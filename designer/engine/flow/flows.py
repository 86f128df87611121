"""The flows of a run: what VMs get of their disks and the wire, and how far that lets them work.

An island of flows is solved anew only when one of its flows asks for another amount or goes another way, or a balance
of it is used up or full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress
from designer.engine.compiled import Entrance
from designer.engine.flow import balance
from designer.engine.flow.ends import Ends, EndsOf, find_moved
from designer.engine.flow.filling import (
    BY_OWN,
    Paths,
    copy_paths,
    filling_of,
    find_islands,
    islands_of,
    paths_of,
    rerouted,
    room_for,
    with_room,
)
from designer.engine.flow.following import (
    AHEAD,
    ASK,
    BLOCK,
    COUNT,
    COUNT_OLD,
    FREE,
    SOLVE,
    FlowArrays,
    FlowLoads,
    FlowSeries,
    LimitArrays,
    follow_flows,
)
from designer.engine.flow.moving import MovingFlows, MovingPlaces
from designer.engine.flow.overhead import IoOverhead
from designer.engine.flow.tables import INSIDE, NOWHERE, FlowTables
from designer.engine.result.arrays import FLOW_SERIES
from designer.engine.result.recorder import Log
from designer.engine.share.arrays import B, F, I
from designer.engine.state.state import ABSENT, RUNNING, State
from designer.engine.storage.replicas import Stores
from designer.engine.traffic.sent import Sent

WHAT = {"iops": "the IOPS of {}", "mibps": "the throughput of {}", "mbps": "the network of {}"}
LEFT = {"iops": "{:,.0f} IOPS are left", "mibps": "{:,.4g} MiB/s are left", "mbps": "{:,.0f} Mbit/s are left"}
KEPT = ("demand", "rate", "stopped", "on", "unit", "end", "far", "since_s", "capacity", "used", "balance",
        "due_s", "limit_s", "waits_for")  # fmt: skip
"""The arrays that are the state of flows, limits and VMs."""


class Flows:
    """What flows do between instants. Without flows in the spec there is none. Migrations share limits with them.

    They are carried ahead, up to the next instant, until a balance turns or something of a VM is to be told.
    """

    def __init__(
        self, progress: Progress, tables: FlowTables, state: State, log: Log, stores: Stores | None = None,
        moves: MovingFlows | None = None,
    ) -> None:  # fmt: skip
        t = progress.tables
        self._progress, self._state, self._log = progress, state, log
        self.tables, self.sent = tables if stores is None else replace(tables, there=stores.there), Sent(tables)
        flows, limits = len(self.tables.flows), len(self.tables.limits)
        self._room, self._copies = filling_of(flows, limits), None if moves is None else MovingPlaces(moves)
        self._overhead = IoOverhead(t.spec, tables)
        self._room.most[:] = self.tables.column("own")
        self._count = flows
        self._rate, self._burst, self._bucket = (self.tables.of_limits(name) for name in ("rate", "burst", "bucket"))
        self._show_room()
        self.on, self.unit, self.end = np.zeros(flows, np.bool_), np.full(flows, -1), np.full(flows, NOWHERE)
        self.far, self.since_s = np.full(flows, INSIDE), np.zeros(flows)
        self.balance, self.due_s, self.limit_s = self._bucket.copy(), np.full(limits, np.inf), np.zeros(limits)
        self.capacity[:] = balance.capacity(self._rate, self._burst, self.balance)
        self.waits_for = np.full(len(t.vms), FREE)
        self._stores, self._stores_turn, self._full = stores, 0, self._rate.copy()
        self._carried_turn = 0
        units = dict(zip(t.unit_ids.tolist(), range(t.unit_ids.size), strict=True))
        self._at = np.array([units.get(limit.of, -1) for limit in self.tables.limits], np.int64)
        """The unit of each limit (-1: none)."""
        self._spread = self.tables.column("spread", np.int64) > 0
        self._weight, self._old = np.zeros(t.work.size), np.zeros(flows + 1, np.bool_)
        self._idle = np.zeros(len(t.vms), np.bool_)
        self._thread_mhz: F = np.ascontiguousarray(t.units.rows["thread_mhz"])
        self._of_flows, self._of_limits = self._flow_arrays(), self._limit_arrays()
        series = [progress.store.arrays[name].flat for name in FLOW_SERIES]
        self._series = FlowSeries._make([*series, np.int64(t.hosts), np.int64(t.rows)])
        self._words = {BY_OWN: "its connections: what each carries is limited"}
        self._tick, self._settled_s, self._to_tell = -1, 0.0, False
        self._any_owner = bool((self.tables.owner >= 0).any())
        self._through, self._loads_of = Entrance(follow_flows), progress.now
        self._find_islands, self._find_moved = Entrance(find_islands), Entrance(find_moved)
        self._ends = (
            EndsOf(tables.load, tables.vm, tables.peer, tables.target, tables.is_traffic, state.status, state.unit),
            Ends(self.on, self.unit, self.end), Ends(self.on.copy(), self.unit.copy(), self.end.copy()),
        )  # fmt: skip
        self._moved_rows = np.zeros(flows, np.int64)
        self._loads: FlowLoads | None = None
        self._flat = room_for(np.zeros(flows, np.int64))
        self._islands = islands_of(self._flat, limits)

    def _flow_arrays(self) -> FlowArrays:
        t, vms = self.tables, self.waits_for.size
        follows = t.column("follows", np.bool_)
        followed = np.unique(t.load[follows])
        slot = np.where(follows, np.searchsorted(followed, t.load), -1)
        of_vm = np.argsort(t.vm, kind="stable").astype(np.int64)
        return FlowArrays(
            load=t.load, slot=slot, vm=t.vm, wire=t.is_traffic, most=t.column("most"), on=self.on, unit=self.unit,
            far=self.far, since_s=self.since_s, mbit=self.sent.mbit, wanted=np.zeros(slot.size),
            first_of=np.searchsorted(t.vm[of_vm], np.arange(vms + 1)).astype(np.int64), of_vm=of_vm,
            pace=np.ones(vms), waits_for=np.full(vms, FREE), known_pace=self._state.io_pace,
            known_waits=self.waits_for, touched=np.zeros(vms, np.bool_), followed=followed,
            parts=np.zeros((followed.size, BLOCK)), begin=np.full(1, -BLOCK), inside=self._progress.tables.inside,
            one=np.zeros(1), keeps=self._keeping(), copied=np.zeros(0),
        )  # fmt: skip

    def _show_room(self) -> None:
        """Let flows and limits be seen where they are filled up."""
        room, flows = self._room, slice(self._count)
        self.demand, self.rate, self.stopped = room.demand[flows], room.rate[flows], room.stopped[flows]
        self.capacity, self.used = room.capacity, room.used

    def _make_room(self, copies: int) -> None:
        """Make room for `copies` migrations behind the flows."""
        before, count = self._room, self._count + copies
        room = self._room = filling_of(count, self.used.size)
        for old, new in zip(before[:4], room[:4]):
            new[: old.size] = old[:count]
        room.capacity[:], room.used[:] = before.capacity, before.used
        self._show_room()
        self._old = np.zeros(count + 1, np.bool_)
        self._of_flows = self._of_flows._replace(copied=room.rate[self._count :].copy())
        self._flat = with_room(self._flat, count)
        self._islands = islands_of(self._flat, self.used.size)

    def _limit_arrays(self) -> LimitArrays:
        arrays = self._progress.store.arrays
        return LimitArrays(
            self._rate, self._burst, self._bucket, self.balance, self.due_s, self.limit_s, arrays["limit_used"],
            arrays["limit_room"], self.tables.original, np.full(1, -1),
        )  # fmt: skip

    def _follow(self, what: int, k: int, stop: int, time_s: float) -> int:
        p = self._progress
        if self._loads is None or self._loads_of is not p.now or self._loads.old is not self._old:
            now = p.now._replace(weight=self._weight, idle=self._idle, sent=self._state.sent)
            self._loads_of, self._loads = p.now, FlowLoads(
                p.tables.demand, p.tables.ticks, now, p.tables.key1, p.sums.flows, self._series, self._old,
                self._thread_mhz,
            )  # fmt: skip
        done: int = self._through(
            what, k, stop, time_s, self._overhead.any, self._of_flows, self._of_limits, self._flat, self._islands,
            self._room, self._loads,
        )  # fmt: skip
        return done

    # -- between instants

    def until(self, before_s: float) -> float:
        """Carry flows through the ticks that begin before a time, until something is to be told or a balance turns;
        when that is (inf: not before that time)."""
        edges = self._progress.tables.ticks.edges
        stop = min(int(np.searchsorted(edges, before_s, side="left")), edges.size - 1)
        if self._tick + 1 < stop:
            done = self._follow(AHEAD, self._tick + 1, stop, 0.0)
            self._to_tell = done < 0
            self._tick = (-1 - done if self._to_tell else done) - 1
            if self._to_tell:
                return float(edges[self._tick])
        due_s = float(self.due_s.min(initial=np.inf))
        return max(due_s, self._settled_s) if due_s < before_s else np.inf

    # -- an instant

    def settle(self, time_s: float, works: B, weight: F) -> None:
        """Let flows follow what an instant changed: `works` says which loads work, `weight` is that of services."""
        state = self._state
        k, vms, begun = self._progress.tick_at(time_s), state.touched_vms, self._tick >= 0
        moved, where = self._moved(works) if vms.size or state.touched_units.size or not begun else _NOTHING
        turned = _NONE if self._to_tell else np.flatnonzero(self.due_s <= time_s)  # else they were none before the tick
        edge, stores, taken = k != self._tick, self._stores, _NONE
        lost = stores is not None and stores.turn != self._stores_turn
        carried = int(state.carried_turn[0]) != self._carried_turn
        if (edge or lost or carried) and begun:
            self._follow(COUNT, self._tick, 0, time_s)
        if stores is not None and lost:
            moved, where = self._moved(works)
            moved = np.union1d(moved, np.flatnonzero(where.on & self._spread))
        if lost or carried:
            taken = self._take()
        moving = self._copies if self._copies is not None and self._copies.turned else None
        copies = _NONE if moving is None else self._follow_moves(moving)
        sent = self._progress.now.sent
        same = np.array_equal(weight, self._weight) and np.array_equal(sent[vms], state.sent[vms])
        self._tick, self._settled_s = k, time_s
        if edge or moved.size or turned.size or taken.size or copies.size or not same:
            self._weight[:] = weight
            self._change(time_s, k, moved, (turned, taken), where, copies)
            self._to_tell = True
        if self._to_tell or moving is not None:
            self._tell(time_s, moving is not None)
        if self._any_owner and vms.size:
            self._refill(vms[state.status[vms] == ABSENT])

    def _refill(self, gone: I) -> None:
        """Let who has the place of instances that are gone begin with full balances (Amazon EC2 user guide, network
        bandwidth: full at launch)."""
        own = np.flatnonzero(np.isin(self.tables.owner, gone))
        self.balance[own], self.due_s[own] = self._bucket[own], np.inf

    def _keeping(self) -> B:
        """Which loads are in VMs that keep a backlog; empty where none does."""
        t = self._progress.tables
        vms = t.keeps[t.keeps < t.first_app]
        return np.isin(t.inside, vms) if vms.size else np.zeros(0, np.bool_)

    def again(self, time_s: float) -> None:
        """Let flows follow what loads work off from now on, at an instant that is settled otherwise."""
        self._change(time_s, self._tick, _NONE, (_NONE, _NONE), _NOTHING[1], _NONE)
        self._tell(time_s)

    def _moved(self, works: B) -> tuple[I, Ends]:
        """The flows that begin or end to flow, or go another way; how all flow now."""
        state, inner = self._state, _NONE
        if state.wires is not None:
            state.wires.look(state.up, state.replica)
            inner = state.wires.inner
        count = self._find_moved(works, inner, *self._ends, self._moved_rows)
        return self._moved_rows[:count].copy(), self._ends[2]

    def _take(self) -> I:
        """Follow what making lost copies again takes of NICs and uplinks, and what these carry; the limits of which
        something else is left. VMs and migrations share what is left.
        """
        self._carried_turn = int(self._state.carried_turn[0])
        rate = self._full * np.where(self._at >= 0, self._state.carried[self._at], 1.0)
        if self._stores is not None:
            self._stores_turn = self._stores.turn
            rate -= self.tables.on_nics(self._stores.taken_mbps())
        rate = np.maximum(rate, 0.0)
        changed = np.flatnonzero(rate != self._rate)
        self._rate[changed] = self.capacity[changed] = rate[changed]
        return changed

    def _follow_moves(self, copies: MovingPlaces) -> I:
        """The flows of migrations that begin or end, or ask for another amount."""
        changed = copies.look()
        if copies.of.size > self._of_flows.copied.size:
            self._make_room(copies.of.size)
        return self._count + changed

    def _change(
        self, time_s: float, k: int, moved: I, of_limits: tuple[I, I], where: Ends, copies: I
    ) -> None:  # fmt: skip
        """Solve the islands of the flows and limits that change: balances that turned, what takes of limits, and
        migrations (`copies`).
        """
        turned = of_limits[0]
        islands, old = self._islands, self._old
        old[:] = False
        old[islands.of_flow[moved]] = old[islands.of_flow[copies]] = True
        through = np.union1d(*of_limits) if of_limits[1].size else turned
        begun, far = _NO_PATHS, _NONE
        if moved.size:
            begun, far = self.tables.paths_at(moved, where.on[moved], where.unit[moved], where.end[moved])
            self.on[moved] = where.on[moved]
            through = np.union1d(through, begun.limit)
        ways = [] if self._copies is None else [self._copies.ways[n] for n in (copies - self._count).tolist()]
        if copies.size:
            through = np.union1d(through, [n for way in ways for n in way]).astype(np.int64)
        shared = islands.of_limit[through]
        old[shared[shared >= 0]] = True
        self._follow(ASK, k, 0, time_s)
        old[islands.of_flow[np.flatnonzero(self._of_flows.wanted != self.demand)]] = True
        flows = np.flatnonzero(old[islands.of_flow])
        through = np.union1d(through, np.flatnonzero((islands.of_limit >= 0) & old[islands.of_limit]))
        self._follow(COUNT_OLD, k, 0, time_s)
        self._turn(turned, time_s)
        self.demand[:] = self._of_flows.wanted
        if moved.size:
            self.sent.leave(moved, self.unit[moved], self.end[moved])
            self.unit[moved], self.end[moved] = where.unit[moved], where.end[moved]
            self.far[moved] = far
        if self._copies is not None:
            self._room.demand[self._count :] = self._copies.asks
        if moved.size or copies.size:
            self._route(np.concatenate([moved, copies]), begun, ways)
        old[:] = False
        old[self._islands.of_flow[flows]] = True
        self._leave_alone(through[self._islands.of_limit[through] < 0], time_s)
        self._follow(SOLVE, k, 0, time_s)

    def _leave_alone(self, lonely: I, time_s: float) -> None:
        """Let nothing go through some limits: their balances only fill."""
        self.used[lonely] = 0.0
        of = self._rate[lonely], self._burst[lonely], self._bucket[lonely]
        self.capacity[lonely] = balance.capacity(of[0], of[1], self.balance[lonely])
        self.due_s[lonely] = time_s + balance.until_turn(self.balance[lonely], of[0], self.used[lonely], of[2])

    def _tell(self, time_s: float, moves: bool = False) -> None:
        """Let VMs work, and migrations go on, as far as they are served; note who begins or ends to wait, and what
        hypervisors take for it. `moves`: some migrations began or ended.
        """
        state, pace, waits_for = self._state, self._of_flows.pace, self._of_flows.waits_for
        changed = np.flatnonzero(state.io_pace != pace)
        if changed.size:
            state.work_at(changed, pace[changed])
        other = np.flatnonzero(self.waits_for != waits_for)
        self._note(other, waits_for, pace, time_s)
        self.waits_for[other] = waits_for[other]
        if self._overhead.any:
            taken, before = self._overhead.taken(self.rate, self.unit, self.end), state.io_mhz
            other = np.flatnonzero(taken != before[: taken.size])
            state.take_for_io(other, taken[other])
        rate, copied = self._room.rate[self._count :], self._of_flows.copied
        if self._copies is not None and (moves or not np.array_equal(rate, copied)):
            self._copies.let(time_s, rate)
            copied[:] = rate
        self._to_tell = False

    def _route(self, rows: I, paths: Paths, ways: Sequence[tuple[int, ...]]) -> None:
        """Find the islands anew, after some flows (rows) go another way, and after them migrations."""
        if ways:
            of_ways = paths_of([[*way] for way in ways], [[1.0] * len(way) for way in ways])
            before, every = paths, np.arange(paths.end.size)
            paths = room_for(np.concatenate([np.diff(before.first), np.diff(of_ways.first)]))
            copy_paths(paths, every, before, every)
            copy_paths(paths, every.size + np.arange(len(ways)), of_ways, np.arange(len(ways)))
        before, self._flat = self._flat, rerouted(self._flat, rows, paths)
        if self._flat is before:
            self._find_islands(self._flat, self._islands)
        else:
            self._islands = islands_of(self._flat, self.used.size)

    def _turn(self, turned: I, time_s: float) -> None:
        """Set balances that are used up or full exactly so."""
        t = self.tables
        for n in turned.tolist():
            empty = bool(self.used[n] > self._rate[n])
            self.balance[n] = 0.0 if empty else self._bucket[n]
            limit = t.limits[n]
            left = LEFT[limit.counts].format(self._rate[n]) if empty else ""
            what = "emptied" if empty else "refilled"
            own = t.owner[n] < 0 or t.tables.vm_ids[t.owner[n]] == limit.of  # a volume of an instance has no id
            of = limit.of if own else t.limits[t.original[n]].of
            self._log.add(time_s, what, of, detail=left, value=float(self._rate[n]))
        self.due_s[turned] = np.inf

    def _note(self, vms: I, waits_for: I, pace: F, time_s: float) -> None:
        """Note VMs that begin or end to wait, those together that wait for the same."""
        if not vms.size:
            return
        ids = self._progress.tables.vm_ids
        limits, first, of = np.unique(waits_for[vms], return_index=True, return_inverse=True)
        limits, rank = limits[np.argsort(first)], np.argsort(np.argsort(first))  # as they come
        order = np.argsort(rank[of], kind="stable")
        vms, of = vms[order], rank[of][order]
        words = ["" if limit == FREE else self.words(limit) for limit in limits.tolist()]
        free = np.flatnonzero(limits[of] == FREE)
        begin, end = (int(free[0]), int(free[-1]) + 1) if free.size else (vms.size, vms.size)
        for part in (slice(begin), slice(begin, end), slice(end, None)):
            these = vms[part]
            if these.size and waits_for[these[0]] == FREE:
                runs = these[self._state.status[these] == RUNNING]
                if runs.size:
                    self._log.add(time_s, "unslowed", ids[runs])
            elif these.size:
                self._log.add(time_s, "slowed", ids[these], detail=words, which=of[part], value=pace[these])

    def words(self, limit: int) -> str:
        """What is waited for, in words."""
        if limit not in self._words:
            found = self.tables.limits[limit]
            self._words[limit] = WHAT[found.counts].format(found.name)
        return self._words[limit]

    # -- the end, copies

    def finish(self, time_s: float) -> None:
        """Add everything up to the end of the run, once it is there."""
        if time_s >= self._progress.tables.spec.until_s:
            self._follow(COUNT, self._tick, 0, time_s)

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        rest = {"flow_tick": np.array([self._tick]), "flow_weight": self._weight.copy()} | self.sent.copy()
        if self._copies is not None:
            rest |= {"flow_copies": self._copies.of.copy(), "flow_copied": self._of_flows.copied.copy()}
        return {f"flow_{name}": getattr(self, name).copy() for name in KEPT} | rest

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        for name in KEPT:
            getattr(self, name)[:] = saved[f"flow_{name}"]
        self._of_flows.pace[:], self._of_flows.waits_for[:] = self._state.io_pace, self.waits_for
        self._tick = int(saved["flow_tick"][0])
        self._of_limits.begun[0] = self._progress.tables.ticks.row[self._tick]
        self._weight[:] = saved["flow_weight"]
        self.sent.restore(saved)
        if self._stores is not None or self._state.carried_turn[0]:
            self._take()
        every = np.arange(self.on.size)
        (paths, self.far[:]), ways = self.tables.paths_at(every, self.on, self.unit, self.end), []
        self._flat = room_for(np.zeros(every.size, np.int64))
        if self._copies is not None:
            self._copies.restore(saved["flow_copies"])
            ways = self._copies.ways
            self._make_room(self._copies.of.size)
            self._room.demand[self._count :], copies = self._copies.asks, saved["flow_copied"]
            self._room.rate[self._count :] = self._of_flows.copied[:] = copies
        self._route(np.arange(self._flat.first.size - 1), paths, ways)


_NONE = np.zeros(0, np.int64)
_NO_PATHS = room_for(_NONE)
_NOTHING: tuple[I, Ends] = _NONE, Ends(np.zeros(0, np.bool_), _NONE, _NONE)
