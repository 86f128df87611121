"""The flows of a run: what VMs get of their disks and the wire, and how far that lets them work.

Time goes from one instant to the next; between two of them nothing changes. An island of flows is solved anew only when
one of its flows asks for another amount or goes another way, or a balance of it is used up or full.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import FLOW, Agenda
from designer.engine.clock.progress import Progress
from designer.engine.flow import balance
from designer.engine.flow.asking import parts_asked
from designer.engine.flow.filling import BY_OWN, fill_up, filling_of, islands_of, paths_of
from designer.engine.flow.overhead import IoOverhead
from designer.engine.flow.tables import INSIDE, NOWHERE, FlowTables
from designer.engine.result.recorder import Log
from designer.engine.share.arrays import B, F, I
from designer.engine.state.state import RUNNING, State
from designer.engine.traffic.sent import Sent

FREE = -9
"""What a VM waits for that waits for nothing: else a limit, or BY_OWN."""
FULL = 1.0 - 1e-12
"""The part of what was asked for above which all of it is served: rounding is no waiting."""
WHAT = {"iops": "the IOPS of {}", "mibps": "the throughput of {}", "mbps": "the network of {}"}
LEFT = {"iops": "{:,.0f} IOPS are left", "mibps": "{:,.4g} MiB/s are left", "mbps": "{:,.0f} Mbit/s are left"}
KEPT = ("demand", "rate", "stopped", "on", "unit", "end", "far", "since_s", "capacity", "used", "asked", "balance",
        "due_s", "limit_s", "waits_for")  # fmt: skip
"""The arrays that are the state of flows, limits and VMs."""


class Flows:
    """What flows do between instants. Without flows in the spec there is none."""

    def __init__(self, progress: Progress, tables: FlowTables, state: State, log: Log, agenda: Agenda) -> None:
        t = progress.tables
        self._progress, self._state, self._log, self._agenda = progress, state, log, agenda
        self.tables, self.sent = tables, Sent(tables)
        flows, limits = len(self.tables.flows), len(self.tables.limits)
        self._room = filling_of(flows, limits)
        self._overhead = IoOverhead(t.spec, tables)
        self._most, self._follows = self.tables.column("most"), self.tables.column("follows", np.bool_)
        self._room.most[:] = self.tables.column("own")
        self._rate, self._burst, self._bucket = (self.tables.of_limits(name) for name in ("rate", "burst", "bucket"))
        self.demand, self.rate, self.stopped = self._room.demand, self._room.rate, self._room.stopped
        self.capacity, self.used, self.asked = self._room.capacity, self._room.used, self._room.asked
        self.on, self.unit, self.end = np.zeros(flows, np.bool_), np.full(flows, -1), np.full(flows, NOWHERE)
        self.far, self.since_s = np.full(flows, INSIDE), np.zeros(flows)
        self.balance, self.due_s, self.limit_s = self._bucket.copy(), np.full(limits, np.inf), np.zeros(limits)
        self.capacity[:] = balance.capacity(self._rate, self._burst, self.balance)
        self.waits_for = np.full(len(t.vms), FREE)
        self._weight = np.zeros(0)
        self._tick, self._next_s, self._done_s = -1, np.inf, 0.0
        self._route(np.zeros(0, np.int64))

    # -- an instant

    def settle(self, time_s: float, works: B, weight: F) -> None:
        """Let flows follow what an instant changed: `works` says which loads work, `weight` is that of services."""
        t, state = self.tables, self._state
        k = self._progress.tick_at(time_s)
        edge = k != self._tick
        vm, peer = t.vm, t.peer
        unit = state.unit[vm]
        end = np.where(peer >= 0, np.where(state.status[peer] == RUNNING, state.unit[peer], NOWHERE), t.target)
        on = works[t.load] & (unit >= 0) & (end != NOWHERE)
        if state.wires is not None:
            state.wires.look(state.up, state.replica)
            on &= ~t.is_traffic | state.wires.same(unit, end)
        moved = np.flatnonzero((on != self.on) | (on & ((unit != self.unit) | (end != self.end))))
        turned = np.flatnonzero(self.due_s <= time_s)
        if edge:
            self._carry(np.arange(on.size), np.arange(self.used.size), time_s)
        vms, sent = state.touched_vms, self._progress.now.sent
        spread = np.array_equal(weight, self._weight) and np.array_equal(sent[vms], state.sent[vms])
        if not (edge or moved.size or turned.size) and spread:
            return
        self._tick, self._weight = k, weight.copy()
        demand = self._ask(k, on, weight)
        self._change(time_s, moved, turned, demand, (on, unit, end))
        self._plan(time_s, k)

    def _ask(self, k: int, on: B, weight: F) -> F:
        """What flows ask for in a tick."""
        p, t = self._progress, self.tables
        part = np.ones(on.size)
        rows = np.flatnonzero(on & self._follows)
        if rows.size:
            now = p.now._replace(weight=weight, idle=np.zeros_like(p.now.idle), sent=self._state.sent)
            out = np.zeros(rows.size)
            parts_asked(t.load[rows], k, p.tables.demand, p.tables.ticks, now, p.tables.key1, np.zeros(1), out)
            part[rows] = out
        asked: F = np.where(on, self._most * part, 0.0)
        return asked

    def _change(self, time_s: float, moved: I, turned: I, demand: F, where: tuple[B, I, I]) -> None:
        """Solve the islands of the flows and limits that change."""
        islands = self._islands
        old = np.zeros(islands.first.size, np.bool_)  # the last one is for limits of no flow
        old[islands.of_flow[moved]] = True
        old[islands.of_flow[demand != self.demand]] = True
        old[islands.of_limit[turned]] = True
        if moved.size:
            begun = self._paths_at(moved, where[0][moved], where[1][moved], where[2][moved])
            old[islands.of_limit[[n for limits, _, _ in begun for n in limits]]] = True
        old[-1] = False
        flows = np.flatnonzero(old[islands.of_flow])
        limits = np.union1d(np.flatnonzero(old[islands.of_limit]), turned)
        self._carry(flows, limits, time_s)
        self._turn(turned, time_s)
        self.sent.leave(moved, self.unit[moved], self.end[moved])
        self.on[moved], self.unit[moved], self.end[moved] = (column[moved] for column in where)
        self.demand[:] = demand
        if moved.size:
            for f, path in zip(moved.tolist(), begun):
                self._paths[f] = path
            self._route(moved)
            limits = np.union1d(limits, [n for here, _, _ in begun for n in here]).astype(np.int64)
        which = np.unique(self._islands.of_flow[flows])
        lonely = limits[self._islands.of_limit[limits] < 0]
        self.used[lonely] = self.asked[lonely] = 0.0
        self.capacity[limits] = balance.capacity(self._rate[limits], self._burst[limits], self.balance[limits])
        fill_up(which, self._islands, self._flat, self._room)
        turn = balance.until_turn(self.balance[limits], self._rate[limits], self.used[limits], self._bucket[limits])
        self.due_s[limits] = time_s + turn
        self._let_work(flows, time_s)
        if self._overhead.any:
            taken, before = self._overhead.taken(self.rate, self.unit, self.end), self._state.io_mhz
            other = np.flatnonzero(taken != before[: taken.size])
            self._state.take_for_io(other, taken[other])

    def _paths_at(self, flows: I, on: B, unit: I, end: I) -> list[tuple[list[int], list[float], int]]:
        """The paths of flows; of those that do not flow, none."""
        at = zip(flows.tolist(), on.tolist(), unit.tolist(), end.tolist())
        return [self.tables.path(f, u, e) if flows_now else ([], [], INSIDE) for f, flows_now, u, e in at]

    def _route(self, moved: I) -> None:
        """Find the islands anew, after some flows go another way."""
        if not hasattr(self, "_paths"):
            self._paths: list[tuple[list[int], list[float], int]] = [([], [], INSIDE)] * self.on.size
        self._flat = paths_of([limits for limits, _, _ in self._paths], [costs for _, costs, _ in self._paths])
        self._islands = islands_of(self._flat, self.used.size)
        self.far[moved] = [self._paths[f][2] for f in moved.tolist()]

    def _turn(self, turned: I, time_s: float) -> None:
        """Set balances that are used up or full exactly so."""
        t = self.tables
        for n in turned.tolist():
            empty = bool(self.used[n] > self._rate[n])
            self.balance[n] = 0.0 if empty else self._bucket[n]
            limit = t.limits[n]
            left = LEFT[limit.counts].format(self._rate[n]) if empty else ""
            what = "emptied" if empty else "refilled"
            self._log.add(time_s, what, limit.of, detail=left, value=float(self._rate[n]))
        self.due_s[turned] = np.inf

    def _let_work(self, flows: I, time_s: float) -> None:
        """Let the VMs of some flows work as far as they are served, and note who begins or ends to wait."""
        state, vm = self._state, self.tables.vm
        vms = np.unique(vm[flows])
        mine = np.flatnonzero(np.isin(vm, vms) & (self.demand > 0.0))
        served = np.minimum(self.rate[mine] / self.demand[mine], 1.0)
        served[served > FULL] = 1.0
        pace, waits_for = np.ones(state.pace.size), np.full(state.pace.size, FREE)
        np.minimum.at(pace, vm[mine], served)
        least = mine[(served < 1.0) & (served == pace[vm[mine]])][::-1]  # the first of several
        waits_for[vm[least]] = self.stopped[least]
        changed = vms[state.io_pace[vms] != pace[vms]]
        if changed.size:
            state.work_at(changed, pace[changed])
        self._note(vms[self.waits_for[vms] != waits_for[vms]], waits_for, pace, time_s)
        self.waits_for[vms] = waits_for[vms]

    def _note(self, vms: I, waits_for: I, pace: F, time_s: float) -> None:
        """Note VMs that begin or end to wait, those together that wait for the same."""
        ids = self._progress.tables.vm_ids
        for limit in dict.fromkeys(waits_for[vms].tolist()):
            these = vms[waits_for[vms] == limit]
            if limit != FREE:
                self._log.add(time_s, "slowed", ids[these], detail=self.words(limit), value=pace[these])
                continue
            runs = these[self._state.status[these] == RUNNING]
            if runs.size:
                self._log.add(time_s, "unslowed", ids[runs])

    def words(self, limit: int) -> str:
        """What is waited for, in words."""
        if limit == BY_OWN:
            return "its connections: each carries only so much"
        found = self.tables.limits[limit]
        return WHAT[found.counts].format(found.name)

    def _plan(self, time_s: float, k: int) -> None:
        """Plan the next instant: the end of the tick, or the first balance that turns."""
        edge_s = float(self._progress.tables.ticks.edges[k + 1])
        at_s = min(edge_s, float(self.due_s.min(initial=np.inf)))
        if at_s != self._next_s or self._next_s <= time_s:
            self._next_s = at_s
            self._agenda.plan(max(at_s, time_s), FLOW, 0, 0)

    # -- figures

    def _carry(self, flows: I, limits: I, time_s: float) -> None:
        """Add what flows got, and what limits gave, since the last time."""
        progress, t = self._progress, self.tables
        if self._tick < 0:
            return
        row, sums = progress.tables.ticks.row[self._tick], progress.sums.vms
        flowing = flows[self.demand[flows] > 0.0]
        asked = self.demand[flowing] * (time_s - self.since_s[flowing])
        got = self.rate[flowing] * (time_s - self.since_s[flowing])
        wire, load = t.is_traffic[flowing], t.load[flowing]
        for name, which in (("disk", ~wire), ("wire", wire)):
            np.add.at(sums[f"{name}_asked"], load[which], asked[which])
            np.add.at(sums[f"{name}_served"], load[which], got[which])
            units = self.unit[flowing[which]]
            np.add.at(progress.store.arrays[f"{name}_asked"][row], units, asked[which])
            np.add.at(progress.store.arrays[f"{name}_served"][row], units, got[which])
        for far, name in enumerate(("to_zones", "to_regions", "to_outside"), 1):
            which = wire & (self.far[flowing] == far)
            np.add.at(sums[name], load[which], got[which])
        self.sent.carry(flowing[wire], got[wire])
        self.since_s[flows] = time_s
        dt = time_s - self.limit_s[limits]
        progress.store.arrays["limit_used"][row, limits] += self.used[limits] * dt
        progress.store.arrays["limit_room"][row, limits] += self.capacity[limits] * dt
        used, rate, bucket = self.used[limits], self._rate[limits], self._bucket[limits]
        self.balance[limits] = balance.after(self.balance[limits], rate, used, bucket, dt)
        self.limit_s[limits] = time_s

    def finish(self, time_s: float) -> None:
        """Add everything up to the end of the run, once it is there."""
        if time_s >= self._progress.tables.spec.until_s:
            self._carry(np.arange(self.on.size), np.arange(self.used.size), time_s)

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        at = np.array([self._tick, self._next_s])
        rest = {"flow_at": at, "flow_weight": self._weight} | self.sent.copy()
        return {f"flow_{name}": getattr(self, name).copy() for name in KEPT} | rest

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        for name in KEPT:
            getattr(self, name)[:] = saved[f"flow_{name}"]
        self._tick, self._next_s = int(saved["flow_at"][0]), float(saved["flow_at"][1])
        self._weight = saved["flow_weight"].copy()
        self.sent.restore(saved)
        every = np.arange(self.on.size)
        self._paths = self._paths_at(every, self.on, self.unit, self.end)
        self._route(every)
