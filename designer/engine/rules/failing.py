"""Failure rules: what fails and recovers, what that takes down or brings back, and how long a failed feed still
supplies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import CUT, FIND, SUPPLY
from designer.engine.cluster.finding import found_s
from designer.engine.cluster.post import PowerOn
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.restarting import Restarting
from designer.engine.rules.services import HealthChecks
from designer.engine.state.state import ALIVE, DEAD, FAILED, RUNNING, UpDown
from designer.engine.tables.vms import CLUSTER, REPLACE


class Failing:
    """Makes elements fail and recover. What fails at one instant is settled once."""

    def __init__(self, context: RuleContext, restarting: Restarting, health: HealthChecks) -> None:
        self._context, self._restarting, self._health = context, restarting, health
        self.power = PowerOn(context, self.settle)
        t = context.tables
        self._group_s = np.array([g.detect_s for g in t.spec.groups] or [0.0])
        self._cluster_s = np.array([c.detect_s for c in t.spec.clusters] or [0.0])

    # -- what happens

    def fail(self, time_s: float, units: Rows) -> None:
        """Make units fail themselves."""
        t, s = self._context.tables, self._context.state
        units = _first_of_each(units[~s.failed[units]])
        if units.size:
            serials = self._context.log.add(time_s, "failed", t.unit_ids[units])
            s.since_s[units], s.failure[units] = time_s, serials
            self.settle(time_s, s.fall(units, failed=True), serials)

    def recover(self, time_s: float, units: Rows) -> None:
        """Make units that failed themselves recover."""
        t, s = self._context.tables, self._context.state
        units = _first_of_each(units[s.failed[units]])
        if units.size:
            serials = self._context.log.add(time_s, "recovered", t.unit_ids[units], s.failure[units])
            s.since_s[units], s.capacity_grew = np.nan, True
            self.settle(time_s, s.rise(units, recovered=True), serials)

    def fail_vms(self, time_s: float, vms: Rows) -> None:
        """Make single VMs fail, where they stand."""
        s = self._context.state
        vms = _first_of_each(vms[ALIVE[s.status[vms]]])
        if vms.size:
            self._die(time_s, vms, self._context.log.add(time_s, "failed", self._context.tables.vm_ids[vms]))

    def recover_vms(self, time_s: float, vms: Rows) -> None:
        """Make VMs that failed alone, or were lost, recover where they stand, if that is up."""
        s = self._context.state
        vms = _first_of_each(vms[DEAD[s.status[vms]] & (s.unit[vms] >= 0)])
        vms = vms[s.up[s.unit[vms]] & (s.missing[vms] == 0)]
        if vms.size:
            serials = self._context.log.add(time_s, "recovered", self._context.tables.vm_ids[vms])
            self._restarting.come_back(time_s, vms, serials)

    def supply(self, time_s: float, units: Rows, stamps: Rows, causes: Rows, gives: bool) -> None:
        """Make failed feeds supply again (a generator runs), or stop (a battery is empty)."""
        t, s = self._context.tables, self._context.state
        still = s.supply[units] == stamps
        units, causes = units[still], causes[still]
        if units.size:
            serials = self._context.log.add(time_s, "supplied" if gives else "cut", t.unit_ids[units], causes)
            changed = s.rise(units, recovered=False) if gives else s.fall(units, failed=False)
            self.settle(time_s, changed, serials)

    def reset(self, time_s: float, hosts: Rows, serials: Rows) -> None:
        """Make hosts reset themselves: they go down, and come up again after their POST time."""
        s = self._context.state
        self.settle(time_s, s.stop(hosts), serials)
        self.settle(time_s, s.rise(hosts[~s.moving[hosts]], recovered=True), serials)

    def kill(self, time_s: float, vms: Rows, serials: Rows) -> None:
        """Make VMs die because their host has no memory left; `serials` are the entries of the log that say so."""
        self._die(time_s, vms, serials)

    # -- power and heat

    def trip(self, time_s: float, feed: int, serials: Rows) -> None:
        """Make a feed fail that carried too much: it supplies nothing from now on. `serials`: one entry."""
        s, one = self._context.state, np.array([feed])
        self.break_down(time_s, feed, serials)
        s.supply[one] += 1  # what its domain bridges an outage with comes before the breaker
        if self._context.tables.holds[feed]:
            self.settle(time_s, s.fall(one, failed=False), serials)

    def break_down(self, time_s: float, unit: int, serials: Rows) -> None:
        """Make a unit fail of itself."""
        s, one = self._context.state, np.array([unit])
        s.since_s[one], s.failure[one] = time_s, serials
        self.settle(time_s, s.fall(one, failed=True), serials)

    def bridge(self, time_s: float, feed: int, cause: int, gives: bool) -> None:
        """Make a feed without its utility supply again (a generator runs), or stop (a UPS is empty)."""
        s, one = self._context.state, np.array([feed])
        what = "supplied" if gives else "cut"
        serials = self._context.log.add(time_s, what, self._context.tables.unit_ids[one], cause)
        self.settle(time_s, (s.rise if gives else s.fall)(one, **{"recovered" if gives else "failed": False}), serials)

    def shut_down(self, time_s: float, hosts: Rows, serials: Rows) -> None:
        """Make hosts shut themselves down for heat; they stay down until they are switched on. `serials`: one entry."""
        s = self._context.state
        s.hot[hosts] = s.moving[hosts] = s.dark[hosts] = True
        s.supply[hosts] += 1
        self.settle(time_s, s.stop(hosts), np.repeat(serials, max(hosts.size, 1)))

    def switch_on(self, time_s: float, hosts: Rows, serials: Rows) -> None:
        """Let hosts come up again that shut down for heat, once they have power; some test themselves first."""
        s = self._context.state
        s.hot[hosts] = False
        s.touch_units(hosts)
        ready = hosts[~self.power.is_slow(hosts)]
        s.moving[ready] = s.dark[ready] = False
        well = ready[~s.failed[ready]]
        self.settle(time_s, s.rise(well, recovered=True), np.repeat(serials, max(well.size, 1)))

    # -- what follows

    def settle(self, time_s: float, changed: UpDown, serials: Rows) -> None:
        """Derive the consequences of units that fell or rose: a fallen unit takes its VMs along, a returned one
        boots them.

        `serials` are the log entries of the causes.
        """
        s = self._context.state
        s.settled_by = int(serials[-1])
        if not changed.units.size:
            return
        up = s.up[changed.units]
        self._plan_supply(time_s, changed, serials)
        fell, came = changed.units[~up], changed.units[up]
        self.power.fell(fell)
        whose = np.zeros(s.up.size, np.int64)
        whose[changed.units] = serials[changed.by]
        hit = s.standing_on(fell) if fell.size else fell
        hit = hit[ALIVE[s.status[hit]]]
        needy, needy_by = _last_of_each(changed.vms, serials[changed.vms_by])
        cut = s.missing[needy] > 0
        alive = ALIVE[s.status[needy]] & ~_among(s.unit[needy], fell, s.up.size)
        if hit.size:
            causes = whose[s.unit[hit]]
            self._die(time_s, hit, self._context.log.add(time_s, "down", self._context.tables.vm_ids[hit], causes))
        self._cut_off(time_s, needy[cut & alive], needy_by[cut & alive])
        if came.size:
            s.capacity_grew = True
            s.unbalanced[:] = True
        self._bring_back(time_s, came, whose, needy[~cut], needy_by[~cut])

    def _bring_back(self, time_s: float, came: Rows, whose: Rows, healed: Rows, healed_by: Rows) -> None:
        """Boot the VMs on returned units, and those whose needs are complete again."""
        s = self._context.state
        stood = s.standing_on(came) if came.size else came
        rows, causes = _last_of_each(np.concatenate([healed, stood]), np.concatenate([healed_by, whose[s.unit[stood]]]))
        back = DEAD[s.status[rows]] & (s.unit[rows] >= 0) & (s.missing[rows] == 0) & ~self._restarting.is_lost(rows)
        rows, causes = rows[back], causes[back]
        up = s.up[s.unit[rows]]
        if up.any():
            self._restarting.come_back(time_s, rows[up], causes[up])

    def _cut_off(self, time_s: float, rows: Rows, causes: Rows) -> None:
        """Make VMs die whose place is up but not what they need."""
        t, s = self._context.tables, self._context.state
        missed = s.missed(rows)
        for u in np.unique(missed):
            these = missed == u
            detail = f"cut off from {t.name(u)}"
            told = self._context.log.add(time_s, "down", t.vm_ids[rows[these]], causes[these], detail=detail)
            self._die(time_s, rows[these], told)

    def _plan_supply(self, time_s: float, changed: UpDown, serials: Rows) -> None:
        """Feeds failed or returned: plan when they stop supplying and start again; or drop what was planned."""
        t, s = self._context.tables, self._context.state
        holding = np.flatnonzero(t.holds[changed.units])
        for n in holding[np.argsort(changed.units[holding])].tolist():
            u, serial = int(changed.units[n]), int(serials[changed.by[n]])
            s.dark[u] = False
            s.supply[u] += 1
            if not s.up[u]:
                for k, gap_s in enumerate(t.spec.domains[u - t.hosts].gaps_s):
                    self._context.plan_unit(time_s + gap_s, SUPPLY if k % 2 else CUT, u, int(s.supply[u]), serial)

    def _die(self, time_s: float, rows: Rows, causes: Rows) -> None:
        """Mark VMs dead where they stand, and plan their detection."""
        t, s = self._context.tables, self._context.state
        answered = s.status[rows] == RUNNING
        s.be(rows, FAILED)
        s.epoch[rows] += 1
        s.why[rows] = 0
        s.cause[rows] = causes
        self._health.fell_silent(time_s, rows[answered])
        delay: NDArray[np.float64] = t.detect_s[rows].copy()
        by_group = (t.recovery[rows] == REPLACE) & (t.group[rows] >= 0)
        delay[by_group] = self._group_s[t.group[rows[by_group]]]
        cluster = np.where(t.recovery[rows] == CLUSTER, t.cluster[s.unit[rows]] - t.unit_ids.size, -1)
        delay[cluster >= 0] = self._cluster_s[cluster[cluster >= 0]]
        at_s = time_s + delay
        if t.judged is not None:
            judged = np.flatnonzero((cluster >= 0) & (t.judged.of[s.unit[rows]] >= 0))
            hosts, each = np.unique(s.unit[rows[judged]], return_inverse=True)
            at_s[judged] = found_s(s, t.judged, time_s, hosts)[each]
            if np.isinf(at_s).any():  # found when a management board has said that their host is off
                rows, at_s = rows[np.isfinite(at_s)], at_s[np.isfinite(at_s)]
        self._context.plan(at_s, FIND, rows, s.epoch[rows])


def _first_of_each(rows: Rows) -> Rows:
    """Rows without repeated ones."""
    if rows.size < 2:
        return rows
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]


def _last_of_each(rows: Rows, values: Rows) -> tuple[Rows, Rows]:
    """Rows, rising, each once, with the last of its values."""
    if rows.size < 2:
        return rows, values
    found, last = np.unique(rows[::-1], return_index=True)
    return found, values[::-1][last]


def _among(rows: Rows, some: Rows, size: int) -> NDArray[np.bool_]:
    """Which rows (-1: none) are among some."""
    marked = np.zeros(size + 1, np.bool_)
    marked[some] = True
    found: NDArray[np.bool_] = marked[rows]
    return found
