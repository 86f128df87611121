"""What fails, what that takes down, who notices when, and how each VM comes back: the rules of recovery."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.recorder import Log
from designer.engine.rules import placement
from designer.engine.rules.admission import admit
from designer.engine.rules.failover import RECOVER, Databases
from designer.engine.rules.outlook import Outlook
from designer.engine.rules.placement import Placement
from designer.engine.rules.waiting import why_no_launch, why_waiting
from designer.engine.state.world import ABSENT, FAILED, LOST, RESTARTING, RUNNING, WAITING, World
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.vms import CLUSTER, NONE, REPLACE, SAME_ZONE

FAIL, DETECT, BOOT = 1, 2, 3
"""Priorities of what happens at the same instant, after `RECOVER`."""

Rows = NDArray[np.int64]


class Fate:
    """Applies what happens to a world and plans what follows. One queue of (time, priority, serial, action)."""

    def __init__(self, tables: Tables, world: World, log: Log) -> None:
        self.tables, self.world, self.log = tables, world, log
        self._queue: list[tuple[float, int, int, Callable[[float], None]]] = []
        self._serial = 0
        vms = len(tables.vms)
        self._epoch = np.zeros(vms, np.int64)
        self._deaths = np.zeros(vms, np.int64)
        self._origin = tables.home.copy()
        self._cause = np.zeros(vms, np.int64)
        self._why = np.zeros(vms, np.int64)
        self._failure = np.zeros(tables.unit_ids.size, np.int64)
        self._held = np.zeros(tables.unit_ids.size, np.int64)
        self._cut = np.zeros(vms, np.bool_)
        self._starved = [False] * len(tables.spec.groups)
        self._door = Placement(tables, world)
        self._scope = self._scopes()
        self._room_grew = False
        self._settled_by = 0
        self._databases = Databases(tables, world, log, self.plan, self._settle)
        self._outlook = Outlook(tables, world, log, self._miss)

    # -- the queue

    def plan(self, time_s: float, priority: int, action: Callable[[float], None]) -> None:
        """Let something happen at a time."""
        self._serial += 1
        heapq.heappush(self._queue, (time_s, priority, self._serial, action))

    def next_s(self) -> float:
        """When the next thing happens; inf when nothing is planned."""
        return self._queue[0][0] if self._queue else np.inf

    def happen(self, time_s: float) -> None:
        """Let all that is planned for this instant happen, in order, and what follows from it at once."""
        while self._queue and self._queue[0][0] <= time_s:
            heapq.heappop(self._queue)[3](time_s)
        settled_by, self._settled_by = self._settled_by, 0
        if settled_by:
            self._databases.fail_over(time_s, settled_by)
        if self._room_grew:
            self._room_grew = False
            self._restart(time_s, np.flatnonzero((self.world.status == WAITING) & (self.tables.home >= 0)))
        for group in range(len(self.tables.spec.groups)):
            if self._starved[group]:
                self._fill(time_s, group, 0)
        self._outlook.look(time_s, settled_by)

    # -- the start

    def start(self) -> None:
        """Put every VM where the design has it; what does not fit is refused."""
        t, w = self.tables, self.world
        admit(self._door, self.log)
        running = t.with_apps(np.flatnonzero(w.status[: t.designed] == RUNNING))
        w.believed[running] = t.service[running] >= 0
        for v in running.tolist():
            if t.vms[v].cut_off and t.vms[v].service:
                self.log.add(0.0, "blocked", t.vm_ids[v], detail=t.vms[v].cut_off)
        for group in range(len(t.spec.groups)):
            self._fill(0.0, group, 0)
        w.believed[w.idle()] = False
        self._outlook.look(0.0, 0)

    # -- failing and recovering

    def fail(self, element_id: int) -> Callable[[float], None]:
        """The action that makes an element fail."""
        return lambda time_s: self._fail(time_s, element_id)

    def recover(self, element_id: int) -> Callable[[float], None]:
        """The action that brings an element back."""
        return lambda time_s: self._recover(time_s, element_id)

    def _fail(self, time_s: float, element_id: int) -> None:
        w = self.world
        u = self.tables.unit_of(element_id)
        if u is None:
            v = self.tables.vm_of(element_id)
            if v is not None and w.status[v] in (RUNNING, RESTARTING):
                serials = self.log.add(time_s, "failed", element_id)
                self._die(time_s, np.array([v]), serials)
            return
        if w.failed[u]:
            return
        serial = int(self.log.add(time_s, "failed", element_id)[0])
        w.failed[u], w.since_s[u], self._failure[u] = True, time_s, serial
        self._settle(time_s, serial)

    def _settle(self, time_s: float, serial: int) -> None:
        """Work out what is up after something changed (entry `serial`): what fell takes its VMs along, what came back
        boots them.
        """
        w = self.world
        before, cut_before = w.up, self._cut
        w.settle()
        self._cut = w.cut_off()
        fell, came = before & ~w.up, w.up & ~before
        for u in np.flatnonzero((fell | came) & self.tables.holds):
            self._hold(time_s, int(u), serial)
        alive, dead = ((w.unit >= 0) & np.isin(w.status, how) for how in ((RUNNING, RESTARTING), (FAILED, LOST)))
        hit = np.flatnonzero(alive & fell[w.unit])
        if hit.size:
            self._die(time_s, hit, self.log.add(time_s, "down", self.tables.vm_ids[hit], serial))
        self._cut_down(time_s, np.flatnonzero(alive & self._cut & ~fell[w.unit]), serial)
        back = np.flatnonzero(dead & (came[w.unit] | (cut_before & w.up[w.unit])) & ~self._cut)
        self._room_grew |= bool(came.any())
        self._come_back(time_s, back, serial)
        self._settled_by = serial

    def _cut_down(self, time_s: float, rows: Rows, serial: int) -> None:
        """Let VMs die whose place is up but not what they need."""
        t = self.tables
        missed = self.world.missed(rows)
        for u in np.unique(missed):
            these = rows[missed == u]
            detail = f"cut off from {t.name(u)}"
            self._die(time_s, these, self.log.add(time_s, "down", t.vm_ids[these], serial, detail=detail))

    def _hold(self, time_s: float, u: int, serial: int) -> None:
        """A feed fell or came back: plan when it gives no more, and again; or forget what was planned."""
        w, t = self.world, self.tables
        w.dark[u] = False
        self._held[u] += 1
        if w.up[u]:
            return
        held = self._held[u]
        for n, gap_s in enumerate(t.spec.domains[u - t.hosts].gaps_s):
            self.plan(time_s + gap_s, RECOVER if n % 2 else FAIL, self._supply(u, int(held), n % 2 == 0, serial))

    def _supply(self, u: int, held: int, dark: bool, cause: int) -> Callable[[float], None]:
        def action(time_s: float) -> None:
            if self._held[u] == held:
                what = "cut" if dark else "supplied"
                serial = int(self.log.add(time_s, what, self.tables.unit_ids[u], cause)[0])
                self.world.dark[u] = dark
                self._settle(time_s, serial)

        return action

    def _die(self, time_s: float, rows: Rows, causes: Rows) -> None:
        t, w = self.tables, self.world
        w.status[rows] = FAILED
        self._epoch[rows] += 1
        self._deaths[t.with_apps(rows)] += 1
        self._why[rows] = 0
        self._miss(time_s, rows, causes)
        by_group = (t.recovery[rows] == REPLACE) & (t.group[rows] >= 0)
        group_s = np.array([g.detect_s for g in t.spec.groups] or [0.0])
        delay = np.where(by_group, group_s[t.group[rows]], t.detect_s[rows])
        cluster = np.where(t.recovery[rows] == CLUSTER, t.cluster[w.unit[rows]] - t.unit_ids.size, -1)
        for n in np.unique(cluster[cluster >= 0]):
            delay[cluster == n] = t.spec.clusters[n].detect_s
        self._each(time_s, rows, delay, DETECT, self._detect, self._epoch)

    def _miss(self, time_s: float, rows: Rows, causes: Rows) -> None:
        """Let services find out that members of theirs answer no more."""
        t = self.tables
        self._cause[rows] = causes
        rows = t.with_apps(rows)
        member = rows[(t.service[rows] >= 0) & self.world.believed[rows]]
        health = np.array([s.health_check_s for s in t.spec.services])
        if member.size:
            self._each(time_s, member, health[t.service[member]], DETECT, self._notice, self._deaths)

    def _each(
        self,
        time_s: float,
        rows: Rows,
        delay_s: NDArray[np.float64],
        priority: int,
        act: Callable[[float, Rows], None],
        stamp: Rows,
    ) -> None:
        """Plan an act for rows after their delays; rows whose stamp changed by then are left out."""
        for delay in np.unique(delay_s):
            these = rows[delay_s == delay]
            stamps = stamp[these].copy()
            self.plan(time_s + float(delay), priority, _later(act, these, stamps, stamp))

    def _recover(self, time_s: float, element_id: int) -> None:
        t, w = self.tables, self.world
        u = t.unit_of(element_id)
        if u is None:
            v = t.vm_of(element_id)
            if (
                v is not None
                and w.status[v] in (FAILED, LOST)
                and w.unit[v] >= 0
                and w.up[w.unit[v]]
                and not self._cut[v]
            ):
                self._come_back(time_s, np.array([v]), int(self.log.add(time_s, "recovered", element_id)[0]))
            return
        if not w.failed[u]:
            return
        serial = int(self.log.add(time_s, "recovered", element_id, int(self._failure[u]))[0])
        w.failed[u], w.since_s[u] = False, np.nan
        self._room_grew = True
        self._settle(time_s, serial)

    # -- coming back

    def _come_back(self, time_s: float, rows: Rows, serial: int) -> None:
        """Boot VMs whose unit, or what they need, is there again. One that failed holds its room still; one that was
        lost asks for it like any other.
        """
        if rows.size:
            self._cause[rows] = serial
            lost = self.world.status[rows] == LOST
            self._boot_at(time_s, rows[~lost], serial)
            self._place(time_s, rows[lost])

    def _notice(self, time_s: float, rows: Rows) -> None:
        dead = rows[~self.world.working()[rows]]
        if dead.size:
            self.world.believed[dead] = False
            self.log.add(time_s, "noticed", self.tables.vm_ids[dead], self._cause[self.tables.inside[dead]])

    def _detect(self, time_s: float, rows: Rows) -> None:
        t = self.tables
        self._cause[rows] = self.log.add(time_s, "detected", t.vm_ids[rows], self._cause[rows])
        rule = t.recovery[rows]
        self._lose(time_s, rows[rule == NONE], "its recovery rule is none", keep=True)
        replaced = rows[rule == REPLACE]
        orphans = replaced[t.group[replaced] < 0]
        self._lose(time_s, orphans, "no scaling group replaces it", keep=True)
        counted = replaced[t.group[replaced] >= 0]
        self._lose(time_s, counted, "its group replaces it", keep=False)
        for group in np.unique(t.group[counted]):
            first = counted[t.group[counted] == group][0]
            self._fill(time_s, int(group), int(self._cause[first]))
        ha = np.array([True, *(cluster.ha for cluster in t.spec.clusters)])
        alone = (rule == CLUSTER) & ~ha[np.maximum(t.cluster[self.world.unit[rows]] - t.unit_ids.size + 1, 0)]
        self._lose(time_s, rows[alone], "HA of its cluster is off", keep=True)
        self._restart(time_s, rows[(rule == SAME_ZONE) | ((rule == CLUSTER) & ~alone)])

    def _lose(self, time_s: float, rows: Rows, why: str, keep: bool) -> None:
        if not rows.size:
            return
        self.world.status[rows] = LOST
        self._epoch[rows] += 1
        if not keep:
            self.world.unit[rows] = -1
        self.log.add(time_s, "lost", self.tables.vm_ids[rows], self._cause[rows], detail=why)
        self._room_grew = True

    def _restart(self, time_s: float, rows: Rows) -> None:
        """Boot VMs where they were, if that is up; else on another host in reach; else let them wait."""
        if not rows.size:
            return
        w = self.world
        gone = w.unit[rows[self._cut[rows]]]
        self._room_grew |= bool(w.up[gone[gone >= 0]].any())
        self._wait(time_s, rows[self._cut[rows]], placement.CUT_OFF)
        rows = rows[~self._cut[rows]]
        at_home = (w.unit[rows] >= 0) & w.up[w.unit[rows]]
        self._boot_at(time_s, rows[at_home], self._cause[rows[at_home]])
        self._place(time_s, rows[~at_home])

    def _scopes(self) -> Rows:
        """Where each VM may go when it restarts: its zone, its cluster, or only where it was."""
        t = self.tables
        ha = np.array([True, *(cluster.ha for cluster in t.spec.clusters)])
        alone = ~ha[np.maximum(t.cluster[t.home] - t.unit_ids.size + 1, 0)]
        scope = np.where(t.recovery == SAME_ZONE, placement.ZONE, placement.HOME)
        scope[(t.recovery == CLUSTER) & ~alone] = placement.CLUSTER
        scope[t.home >= t.hosts] = placement.HOME
        return scope

    def _place(self, time_s: float, rows: Rows) -> None:
        """Boot VMs where there is room for them by their rule; those for which there is none wait."""
        if not rows.size:
            return
        w = self.world
        w.status[rows], w.unit[rows] = WAITING, -1
        policy = placement.POLICIES[self.tables.spec.policy]
        found = self._door.place(rows, self._origin, self._scope[rows], policy=policy)
        placed = found >= 0
        w.unit[rows[placed]] = self._origin[rows[placed]] = found[placed]
        self._boot_at(time_s, rows[placed], self._cause[rows[placed]])
        for why in np.unique(found[~placed]):
            self._wait(time_s, rows[found == why], int(why))

    def _wait(self, time_s: float, rows: Rows, why: int) -> None:
        t, w = self.tables, self.world
        w.status[rows], w.unit[rows] = WAITING, -1
        self._epoch[rows] += 1
        new = rows[self._why[rows] != why]
        self._why[rows] = why
        for these, told in why_waiting(self._door, new, why, self._origin, self._scope[new]):
            self.log.add(time_s, "waiting", t.vm_ids[these], self._cause[these], detail=told)

    def _boot_at(self, time_s: float, rows: Rows, causes: Any, what: str = "restarting") -> None:
        """Begin to boot VMs on their units."""
        if not rows.size:
            return
        t, w = self.tables, self.world
        w.status[rows] = RESTARTING
        self._epoch[rows] += 1
        self._why[rows] = 0
        self._cause[rows] = self.log.add(time_s, what, t.vm_ids[rows], causes, t.unit_ids[w.unit[rows]])
        self._each(time_s, rows, t.boot_s[rows], BOOT, self._booted, self._epoch)

    def _booted(self, time_s: float, rows: Rows) -> None:
        t, w = self.tables, self.world
        w.status[rows] = RUNNING
        self._epoch[rows] += 1
        held = t.with_apps(rows)
        w.believed[held] = (t.service[held] >= 0) & ~w.idle()[held]
        self.log.add(time_s, "running", t.vm_ids[rows], self._cause[rows], t.unit_ids[w.unit[rows]])

    # -- auto scaling groups

    def _fill(self, time_s: float, g: int, cause: int) -> None:
        """Launch what a group misses, each where the fewest of it live; a group that cannot is starved and waits."""
        t, w = self.tables, self.world
        group = t.spec.groups[g]
        members = np.flatnonzero(t.group == g)
        live = members[np.isin(w.status[members], (RUNNING, RESTARTING, FAILED, WAITING))]
        free = t.slots[g][np.isin(w.status[t.slots[g]], (ABSENT, LOST))]
        wanted = free[: max(group.desired - live.size, 0)]
        if not wanted.size:
            self._starved[g] = False
            return
        places = np.array([u for u in (t.unit_of(p) for p in group.places) if u is not None], np.int64)
        count = np.zeros(t.unit_ids.size)
        np.add.at(count, w.unit[live[w.unit[live] >= 0]], 1.0)
        anywhere = np.full(wanted.size, placement.ANY)
        found = self._door.place(wanted, self._origin, anywhere, places, placement.EVEN, count)
        why = ""
        for slot, unit in zip(wanted.tolist(), found.tolist()):
            if unit < 0:
                why = why_no_launch(self._door, unit, slot)
                break
            w.unit[slot] = unit
            self._boot_at(time_s, np.array([slot]), cause, "launched")
        if why and not self._starved[g]:
            self.log.add(time_s, "waiting", group.id, cause, detail=why)
        self._starved[g] = bool(why)


def _later(act: Callable[[float, Rows], None], rows: Rows, stamps: Rows, stamp: Rows) -> Callable[[float], None]:
    def action(time_s: float) -> None:
        still = rows[stamp[rows] == stamps]
        if still.size:
            act(time_s, still)

    return action
