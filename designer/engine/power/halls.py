"""Halls: what they draw beside IT, how warm they become, and hosts that shut down for heat."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from designer.engine.power.heat import Course
from designer.engine.power.tables import F, PowerTables
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.failing import Failing

KEPT = ("excess_k", "rise_w", "it_w", "cooling_w", "lost_w", "hot", "shut_s", "cool_s", "back_s", "release_s",
        "step_s", "warmed_by", "shut_by", "ready_s", "was_up")  # fmt: skip
"""The arrays that are the state of halls and cooling units."""


class Halls:
    """The halls of a run. `on` (hosts, up or not) asks the rules to switch hosts on again."""

    def __init__(self, context: RuleContext, tables: PowerTables, failing: Failing) -> None:
        self._context, self._t, self._failing = context, tables, failing
        halls = self._halls = tables.power.halls
        count, units = len(halls), tables.power.cooling
        self._capacity_w = np.array([unit.capacity_w for unit in units], np.float64)
        self._restart_s = np.array([unit.restart_s for unit in units], np.float64)
        self._by_hand = np.array([unit.by_hand for unit in units], np.bool_)
        self.cooled = np.isin(np.arange(count), tables.cools)
        """Halls whose temperature is told."""
        self._rows: list[int] = np.flatnonzero(self.cooled).tolist()
        self._j_k = np.maximum(tables.design_w, 1.0) / np.array([hall.warming_k_s for hall in halls])
        self.set_c = np.array([hall.set_c for hall in halls], np.float64)
        hosts = context.tables.hosts
        self._hosts = [np.flatnonzero(tables.loads.hall[:hosts] == n) for n in range(count)]
        self.excess_k, self.rise_w, self.it_w, self.cooling_w, self.lost_w = (np.zeros(count) for _ in range(5))
        self.hot = np.zeros(count, np.bool_)
        self.shut_s, self.cool_s, self.back_s, self.step_s = (np.full(count, np.inf) for _ in range(4))
        self.release_s = np.zeros(count)
        self.warmed_by, self.shut_by = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.ready_s, self.was_up = np.zeros(len(units)), np.ones(len(units), np.bool_)
        self._all_of = np.bincount(tables.cools, minlength=count)
        surplus_w = np.array([hall.pue - 1.0 for hall in halls]) * tables.design_w
        cooling, self._fixed = (np.array([getattr(h, n) for h in halls]) for n in ("cooling_frac", "fixed_frac"))
        self._most_w, self._rest = (surplus_w * cooling, surplus_w * (1.0 - cooling)), 1.0 - self._fixed
        """What cooling and what else a hall draws beside IT at most."""
        self._whole_w = np.maximum(tables.design_w, 1e-300)
        self._runs, self._among = np.ones(len(units), np.bool_), np.ones(count, np.int64)
        """Which cooling units cool, and among how many what those of a hall draw is divided."""
        self._carried_w, self._part, self._standing = np.zeros(count), np.ones(count), np.zeros(count, np.bool_)
        """Watts that the units of a hall can carry, which part of them cools, and whether the hall is up."""

    # -- time

    def course(self, n: int) -> Course:
        """How warm a hall becomes from the last instant on."""
        tau_s = self._halls[n].tau_s
        return Course(float(self.excess_k[n]), float(self.rise_w[n]), float(self._j_k[n]) / tau_s, tau_s)

    def carry(self, seconds: float, row: int, arrays: Mapping[str, F]) -> None:
        """Add a time in which nothing changes to a recording row, and advance the temperatures."""
        for name, watts in (("hall_it", self.it_w), ("hall_cooling", self.cooling_w), ("hall_lost", self.lost_w)):
            arrays[name][row] += watts * seconds
        for n in self._rows:
            course, before = self.course(n), self.excess_k[n]
            self.excess_k[n] = course.after(seconds)
            arrays["hall_c"][row, n] += self.set_c[n] * seconds + course.integral(seconds)
            most = self.set_c[n] + max(before, self.excess_k[n])
            arrays["hall_c_most"][row, n] = max(arrays["hall_c_most"][row, n], most)

    def next_s(self, time_s: float) -> float:
        """When something changes by itself, after a time."""
        waits = self.ready_s[self.was_up & (self.ready_s > time_s)]
        halls = np.concatenate([self.shut_s, self.cool_s, self.back_s, self.step_s, waits])
        return float(halls.min(initial=np.inf))

    @property
    def calm(self) -> bool:
        """Whether no hall is warmer than its set point, or becomes it at this load."""
        return not bool((self.excess_k > 0.0).any() or (self.rise_w > 0.0).any() or self.hot.any())

    def turn(self, time_s: float, power_on: Callable[[float, int], None]) -> None:
        """Let what is due happen: cooling units cool again, hosts shut down for heat, or are switched on again."""
        begin = self.was_up & (self.ready_s == time_s) & (time_s > 0.0)
        if begin.any():
            self._context.log.add(time_s, "started", self._context.tables.unit_ids[self._t.cooling[begin]])
        for n in self._rows:
            hall = self._halls[n]
            if self.back_s[n] <= time_s:
                self.excess_k[n] = 0.0
            if self.cool_s[n] <= time_s:
                self.excess_k[n] = hall.restart_c - hall.set_c
            if self.shut_s[n] <= time_s:
                self.excess_k[n] = hall.shutdown_c - hall.set_c
                self._shut(time_s, n)
            elif self.step_s[n] <= time_s and self.excess_k[n] <= hall.restart_c - hall.set_c:
                self._switch_on(time_s, n, power_on)
            for times in (self.back_s, self.cool_s, self.shut_s, self.step_s):
                times[n] = np.inf

    # -- hosts

    def _shut(self, time_s: float, n: int) -> None:
        """Let all hosts of a hall shut down; those that are down stay so."""
        s, hosts, t = self._context.state, self._hosts[n], self._context.tables
        falling = int(np.count_nonzero(s.up[hosts]))
        self.hot[n], self.release_s[n] = True, time_s
        detail = "1 host shuts down" if falling == 1 else f"{falling:,} hosts shut down"
        at_c = self._halls[n].shutdown_c
        unit = self._t.halls[n]
        serials = self._context.log.add(
            time_s, "overheated", t.unit_ids[unit], self.warmed_by[n], detail=detail, value=at_c
        )
        self.shut_by[n] = serials[0]
        self._failing.shut_down(time_s, hosts, serials)

    def _switch_on(self, time_s: float, n: int, power_on: Callable[[float, int], None]) -> None:
        """Switch on the next hosts of a hall that is cool again."""
        s, hall = self._context.state, self._halls[n]
        hosts: Rows = self._hosts[n][s.hot[self._hosts[n]]]
        now = hosts[: hall.restart_hosts or hosts.size]
        self.hot[n] = now.size < hosts.size
        self.release_s[n] = time_s + hall.restart_every_s
        detail = "1 host is switched on" if now.size == 1 else f"{now.size:,} hosts are switched on"
        unit, at_c = self._t.halls[n], self.set_c[n] + self.excess_k[n]
        serials = self._context.log.add(
            time_s, "cooled", self._context.tables.unit_ids[unit], self.shut_by[n], detail=detail, value=float(at_c)
        )
        self._failing.switch_on(time_s, now, serials)
        power_on(time_s, int(serials[-1]))

    # -- cooling units

    def look(self, time_s: float, cause: int) -> None:
        """Follow which cooling units are up; one that is up again cools after its restart."""
        up = self._context.state.up[self._t.cooling]
        changed = np.flatnonzero(up != self.was_up)
        self.ready_s[changed[~up[changed]]] = np.inf
        for c in changed[up[changed]].tolist():
            begin_s = time_s
            if self._by_hand[c]:
                others = (self._t.cools == self._t.cools[c]) & self._by_hand & np.isfinite(self.ready_s)
                begin_s = max(time_s, float(self.ready_s[others].max(initial=time_s)))
            self.ready_s[c] = begin_s + self._restart_s[c]
            if self.ready_s[c] > time_s:
                ids = self._context.tables.unit_ids
                self._context.log.add(time_s, "starting", ids[self._t.cooling[c]], cause)
        self.was_up = up

    def running(self, time_s: float) -> NDArray[np.bool_]:
        """The cooling units that cool."""
        runs: NDArray[np.bool_] = self.was_up & (self.ready_s <= time_s)
        return runs

    # -- the load

    def settle(self, time_s: float, it_w: F, cause: int) -> F:
        """Let halls have an IT load from now on; what each cooling unit draws."""
        before = self.rise_w
        self.find_running(time_s)
        drawn = self.draw(it_w)
        self.warmed_by[(self.rise_w > 0.0) & (before <= 0.0)] = cause
        self._plan(time_s, self._carried_w)
        return drawn

    def find_running(self, time_s: float) -> None:
        """Find which cooling units cool from now on, and which halls are up."""
        t, count = self._t, len(self._halls)
        runs = self._runs = self.running(time_s)
        self._carried_w = np.bincount(t.cools[runs], self._capacity_w[runs], count).astype(np.float64)
        running = np.bincount(t.cools[runs], minlength=count)
        self._among = np.maximum(running, 1)
        self._part = np.where(self.cooled, running / np.maximum(self._all_of, 1), 1.0)
        self._standing = self._context.state.up[t.halls]

    def carries(self, it_w: F) -> bool:
        """Whether cooling carries off what IT draws in each hall."""
        return not bool((self.cooled & (it_w > self._carried_w)).any())

    def draw(self, it_w: F) -> F:
        """Let halls have an IT load; what each cooling unit draws."""
        capacity, cooled = self._carried_w, self.cooled
        self.it_w, self.rise_w = it_w, np.where(cooled, it_w - capacity, 0.0)
        carried_w = np.where(cooled & (self.excess_k > 0.0), capacity, np.minimum(it_w, capacity))
        carried_w, part = np.where(cooled, carried_w, it_w), self._part
        (cooling_w, lost_w), fixed, rest, up = self._most_w, self._fixed, self._rest, self._standing
        self.cooling_w = np.where(up, cooling_w * (fixed * part + rest * carried_w / self._whole_w), 0.0)
        self.lost_w = np.where(up, lost_w * (fixed + rest * it_w / self._whole_w), 0.0)
        return np.where(self._runs, (self.cooling_w / self._among)[self._t.cools], 0.0)

    def _plan(self, time_s: float, capacity_w: F) -> None:
        """When temperatures reach what matters."""
        hot = self._context.state.hot
        for n in self._rows:
            hall, course = self._halls[n], self.course(n)
            hosts = self._hosts[n]
            back_s = course.back_s if self.excess_k[n] > 0.0 else np.inf
            self.back_s[n] = time_s + back_s
            warms = hosts.size and not hot[hosts].all()
            self.shut_s[n] = time_s + _reached_s(course, hall.shutdown_c - hall.set_c) if warms else np.inf
            falls = self.hot[n] and self.excess_k[n] > hall.restart_c - hall.set_c
            self.cool_s[n] = time_s + course.until(hall.restart_c - hall.set_c) if falls else np.inf
            steps = self.hot[n] and not falls and capacity_w[n] > 0.0
            self.step_s[n] = max(time_s, self.release_s[n]) if steps else np.inf


def _reached_s(course: Course, level_k: float) -> float:
    """When a hall that warms is at a level. By rounding it may be there just before it was said to be."""
    if course.end_k > level_k and course.start_k >= level_k * (1.0 - 1e-12):
        return 0.0
    return course.until(level_k) if course.end_k > level_k else np.inf
