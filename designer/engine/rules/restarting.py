"""How dead VMs are detected, and how each restarts: in place, on another unit, by its group, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import BOOTED
from designer.engine.cluster.policy import Policies
from designer.engine.cluster.waves import Waves
from designer.engine.rules import placement
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.groups import Groups
from designer.engine.rules.placement import Placement
from designer.engine.rules.services import HealthChecks
from designer.engine.rules.waiting import why_waiting
from designer.engine.scaling.control_plane import ControlPlanes
from designer.engine.state.motion import OPEN
from designer.engine.state.state import ABSENT, FAILED, LOST, RESTARTING, RUNNING, WAITING
from designer.engine.tables.vms import CLUSTER, NONE, REPLACE, SAME_ZONE

NOBODY: Mapping[int, str] = MappingProxyType({})


class Restarting:
    """Restarts VMs by the recovery rule of each. `policies` are asked about those that someone starts."""

    def __init__(self, context: RuleContext, door: Placement, health: HealthChecks, policies: Policies) -> None:
        self._context, self._door, self._health, self._policies = context, door, health, policies
        t = context.tables
        ha = np.array([True, *(cluster.ha for cluster in t.spec.clusters)])
        self._alone = (t.recovery == CLUSTER) & ~ha[np.maximum(t.cluster[t.home] - t.unit_ids.size + 1, 0)]
        self._ha = ha
        unit_at = {host.id: u for u, host in enumerate(t.spec.hosts)} if t.spec.clusters else {}
        self._failover = {
            n: np.array([unit_at[host] for host in cluster.failover], np.int64)
            for n, cluster in enumerate(t.spec.clusters)
            if cluster.admission == "failover_hosts" and cluster.failover
        }
        self._by_balancer = np.array([*(g.health == "load_balancer" for g in t.spec.groups), False])
        self._scope = np.where(t.recovery == SAME_ZONE, placement.ZONE, placement.HOME)
        self._scope[(t.recovery == CLUSTER) & ~self._alone] = placement.CLUSTER
        self._scope[t.home >= t.hosts] = placement.HOME
        self.waves = Waves(context, lambda time_s, rows: self._begin(time_s, rows, context.state.cause[rows]))
        self.control = ControlPlanes(context, self._boot_in_turn)
        self.groups = Groups(context, door, self.boot, self.terminate)

    def find(self, time_s: float, rows: Rows, stamps: Rows) -> None:
        """Detect VMs that are still dead, and apply the recovery rule of each."""
        t, s = self._context.tables, self._context.state
        rows = rows[s.epoch[rows] == stamps]
        if rows.size > 1:
            rows = rows[np.diff(rows, prepend=-1) != 0]  # one may be found in two ways at one instant
        if not rows.size:
            return
        s.cause[rows] = self._context.log.add(time_s, "detected", t.vm_ids[rows], s.cause[rows])
        rule = t.recovery[rows]
        self._lose(time_s, rows[rule == NONE], "recovery is set to none")
        replaced = rows[rule == REPLACE]
        self._lose(time_s, replaced[t.group[replaced] < 0], "no scaling group replaces it")
        counted = replaced[t.group[replaced] >= 0]
        self.terminate(time_s, counted)
        for group in np.unique(t.group[counted]) if counted.size else ():
            first = counted[t.group[counted] == group][0]
            self.groups.fill(time_s, int(group), int(s.cause[first]))
            s.unbalanced[group] = True
        alone = (rule == CLUSTER) & ~self._ha[np.maximum(t.cluster[s.unit[rows]] - t.unit_ids.size + 1, 0)]
        self._lose(time_s, rows[alone], "HA of its cluster is off")
        self.restart(time_s, rows[(rule == SAME_ZONE) | ((rule == CLUSTER) & ~alone)])

    def replace(self, time_s: float, rows: Rows) -> None:
        """Let groups that go by the checks of a load balancer replace instances (of members `rows`) that these found
        dead, whether they run or not.
        """
        if not (rows.size and self._by_balancer.any()):
            return
        t, s = self._context.tables, self._context.state
        vms = np.unique(t.inside[rows])
        dead = (t.group[vms] >= 0) & self._by_balancer[t.group[vms]] & (t.recovery[vms] == REPLACE)
        vms = vms[dead & np.isin(s.status[vms], (RUNNING, FAILED))]
        if vms.size:
            s.believe(t.with_apps(vms), False)
            self.terminate(time_s, vms, "its load balancer finds it dead")
            for group in np.unique(t.group[vms]).tolist():
                self.groups.fill(time_s, group, int(s.cause[vms[t.group[vms] == group][0]]))
                s.unbalanced[group] = True

    def _lose(self, time_s: float, rows: Rows, why: str) -> None:
        """Leave VMs down where they stand."""
        if not rows.size:
            return
        s = self._context.state
        s.be(rows, LOST)
        s.epoch[rows] += 1
        self._context.log.add(time_s, "lost", self._context.tables.vm_ids[rows], s.cause[rows], detail=why)
        s.capacity_grew = True

    def terminate(self, time_s: float, rows: Rows, why: str = "") -> None:
        """Terminate instances that their group replaces, or has too many of: they stand nowhere, and stay away."""
        if not rows.size:
            return
        s = self._context.state
        s.be(rows, ABSENT)
        s.epoch[rows] += 1
        s.stand(rows, -1)
        self._context.log.add(time_s, "terminated", self._context.tables.vm_ids[rows], s.cause[rows], detail=why)
        s.capacity_grew = True

    def come_back(self, time_s: float, rows: Rows, causes: Rows) -> None:
        """Boot VMs whose unit, or needs, are up again. A failed one still holds its room; a lost one asks for room
        like any other."""
        s = self._context.state
        s.cause[rows] = causes
        lost = s.status[rows] == LOST
        self.boot(time_s, rows[~lost], causes[~lost])
        self._place(time_s, rows[lost])

    def start(self, time_s: float, rows: Rows) -> None:
        """Boot VMs that were off where their rule finds room and their cluster admits them; the others wait, as do
        those that need what is down."""
        s = self._context.state
        s.cause[rows] = 0
        cut = s.missing[rows] > 0
        self._wait(time_s, rows[cut], placement.CUT_OFF)
        self._place(time_s, rows[~cut])

    def is_lost(self, rows: Rows) -> NDArray[np.bool_]:
        """Which VMs stand on a host that is lost to the cluster that restarts them: they do not boot there."""
        t, s = self._context.tables, self._context.state
        if t.judged is None:
            return np.zeros(rows.size, np.bool_)
        on = s.unit[rows]
        lost: NDArray[np.bool_] = (on >= 0) & (self._scope[rows] == placement.CLUSTER) & (s.lost_s[on] >= 0.0)
        return lost & (t.judged.of[on] >= 0)

    def restart(self, time_s: float, rows: Rows) -> None:
        """Boot VMs where they were, if that is up; else on another reachable host; else they wait."""
        if not rows.size:
            return
        s = self._context.state
        cut = s.missing[rows] > 0
        gone = s.unit[rows[cut]]
        s.capacity_grew |= bool(s.up[gone[gone >= 0]].any())
        self._wait(time_s, rows[cut], placement.CUT_OFF)
        rows = rows[~cut]
        on = s.unit[rows]
        at_home = (on >= 0) & s.up[on] & (s.mode[on] == OPEN) & ~s.sold_out[on] & ~self.is_lost(rows)
        self.boot(time_s, rows[at_home], s.cause[rows[at_home]], asks=True)
        self._place(time_s, rows[~at_home])

    def _place(self, time_s: float, rows: Rows) -> None:
        """Boot VMs where their rule finds room; the others wait."""
        if not rows.size:
            return
        s = self._context.state
        rows = self.waves.by_priority(rows)
        s.be(rows, WAITING)
        self._leave(rows)
        policy = placement.POLICIES[self._context.tables.spec.policy]
        found = self._found(rows, policy)
        rows, found = self._before_followers(rows, found, policy)
        refused = self._refused(rows, found)
        placed = found >= 0
        s.stand(rows[placed], found[placed])
        s.origin[rows[placed]] = found[placed]
        s.capacity_grew |= self._is_ruled(rows[placed])
        self.boot(time_s, rows[placed], s.cause[rows[placed]])
        for why in np.unique(found[~placed]):
            self._wait(time_s, rows[found == why], int(why), refused)

    def where(self, rows: Rows, closed: Rows) -> Rows:
        """Which of some hosts that take no VMs now would take each of some VMs that wait (rising rows), or the one to
        which it is bound; below 0: none.
        """
        order = self.waves.by_priority(rows)
        found = self._door.place(order, self._context.state.origin, self._scope[order], closed, opened=closed)
        return found[np.argsort(order)]

    def _before_followers(self, rows: Rows, found: Rows, policy: int) -> tuple[Rows, Rows]:
        """VMs and the places found for them; where one has none, and those that start after it hold the room that it
        would have, with these, which look for a place after it.
        """
        s = self._context.state
        behind = self.waves.followers(rows[(found < 0) & (found != placement.NO_HOST)])
        if not behind.size:
            return rows, found
        held = s.unit[behind].copy()
        every = self.waves.by_priority(np.concatenate([rows, behind]))
        s.be(every, WAITING)
        self._leave(every)
        places = self._found(every, policy)
        if np.isin(every[places >= 0], rows[found < 0]).any():
            s.queued[behind] = False
            return every, places
        s.stand(behind, held)
        s.be(behind, RESTARTING)
        return rows, found

    def _refused(self, rows: Rows, found: Rows) -> dict[int, str]:
        """Why the policies of clusters refuse VMs that someone starts; `found` becomes AGAINST_POLICY for them."""
        asks = (found >= 0) & self._is_started(rows)
        if not (self._policies.rows and asks.any()):
            return {}
        refused = self._policies.why_refused(rows[asks], found[asks])
        found[np.isin(rows, list(refused))] = placement.AGAINST_POLICY
        return refused

    def _is_started(self, rows: Rows) -> NDArray[np.bool_]:
        """Which VMs that wait for a place were started by someone: nothing caused that. The others restart."""
        started: NDArray[np.bool_] = self._context.state.cause[rows] == 0
        return started

    def _found(self, rows: Rows, policy: int) -> Rows:
        """Where VMs find room: of a cluster with failover hosts those that restart there first, others never there."""
        t, s = self._context.tables, self._context.state
        if not self._failover:
            return self._door.place(rows, s.origin, self._scope[rows], policy=policy)
        found, started = np.full(rows.size, placement.NO_HOST), self._is_started(rows)
        in_cluster, others = self._scope[rows] == placement.CLUSTER, np.ones(t.hosts, np.bool_)
        for n, hosts in self._failover.items():
            others[hosts] = False
            theirs = in_cluster & ~started & (t.cluster[s.origin[rows]] == t.unit_ids.size + n)
            self._try(rows, theirs, hosts, policy, found)
        self._try(rows, ~(in_cluster & started), None, policy, found)
        self._try(rows, in_cluster & started, np.flatnonzero(others), policy, found)
        return found

    def _try(self, rows: Rows, which: NDArray[np.bool_], among: Rows | None, policy: int, found: Rows) -> None:
        """Place those of some VMs that `found` no place so far, and count them there."""
        s, these = self._context.state, np.flatnonzero(which & (found < 0))
        if these.size:
            found[these] = self._door.place(rows[these], s.origin, self._scope[rows[these]], among, policy)
            placed = these[found[these] >= 0]
            s.stand(rows[placed], found[placed])
            s.be(rows[placed], RESTARTING)

    def _leave(self, rows: Rows) -> None:
        """Let VMs stand nowhere. What they had by a placement group or an affinity rule is free for its others."""
        t, s = self._context.tables, self._context.state
        stood = rows[s.unit[rows] >= 0]
        s.capacity_grew |= bool((t.placement[stood] >= 0).any()) or self._is_ruled(stood)
        s.stand(rows, -1)

    def _is_ruled(self, rows: Rows) -> bool:
        """Whether others may stand elsewhere, by an affinity rule, when these come or go."""
        rules = self._context.tables.affinity
        return bool(rules.of.size and (rules.first[rows + 1] > rules.first[rows]).any())

    def _wait(self, time_s: float, rows: Rows, why: int, refused: Mapping[int, str] = NOBODY) -> None:
        """Let VMs wait, and tell why where that is new; `refused`: what their cluster says."""
        if not rows.size:
            return
        s = self._context.state
        s.be(rows, WAITING)
        self._leave(rows)
        s.epoch[rows] += 1
        new = rows[s.why[rows] != why]
        s.why[rows] = why
        if why == placement.AGAINST_POLICY:
            told = [(new[n : n + 1], refused[v]) for n, v in enumerate(new.tolist())]
        else:
            told = list(why_waiting(self._door, new, why, s.origin, self._scope[new]))
        for these, text in told:
            self._context.log.add(time_s, "waiting", self._context.tables.vm_ids[these], s.cause[these], detail=text)

    def boot(self, time_s: float, rows: Rows, causes: Any, what: str = "restarting", asks: bool = False) -> None:
        """Start booting VMs on their units; a launch, and one that `asks`, needs the control plane of its region."""
        if not rows.size:
            return
        s = self._context.state
        s.be(rows, RESTARTING)
        s.epoch[rows] += 1
        s.why[rows] = 0
        if asks or what == "launched":
            free = self.control.free(rows, causes, what)
            rows, causes = rows[free], causes if np.ndim(causes) == 0 else causes[free]
        self._boot_in_turn(time_s, rows, causes, what)

    def _boot_in_turn(self, time_s: float, rows: Rows, causes: Any, what: str) -> None:
        if rows.size and (what != "restarting" or not self.waves.queue(rows, causes)):
            self._begin(time_s, rows, causes, what)

    def _begin(self, time_s: float, rows: Rows, causes: Any, what: str = "restarting") -> None:
        """Boot VMs whose turn it is."""
        t, s = self._context.tables, self._context.state
        s.cause[rows] = self._context.log.add(time_s, what, t.vm_ids[rows], causes, t.unit_ids[s.unit[rows]])
        if what == "launched":
            self._health.register(rows)
        self._context.plan(time_s + t.boot_s[rows], BOOTED, rows, s.epoch[rows])

    def booted(self, time_s: float, rows: Rows, stamps: Rows) -> None:
        """Mark VMs that have booted as running."""
        t, s = self._context.tables, self._context.state
        rows = rows[s.epoch[rows] == stamps]
        if not rows.size:
            return
        s.be(rows, RUNNING)
        s.unbalanced[t.group[rows[t.group[rows] >= 0]]] = True
        s.epoch[rows] += 1
        self._health.answer(time_s, rows)
        self._context.log.add(time_s, "running", t.vm_ids[rows], s.cause[rows], t.unit_ids[s.unit[rows]])
