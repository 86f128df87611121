"""Control planes of regions: launches and recoveries on the provider's capacity, and changes of DNS, need them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import CONTROL
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.state.state import RESTARTING

LAUNCHED, RESTARTED = 1, 2
"""What is held for a control plane: a launch, or a restart by a recovery rule."""
_WORDS = {LAUNCHED: "launched", RESTARTED: "restarting"}
DOWN, BUSY = -22, -23
"""Why a VM does not boot yet: the control plane of its region is down, or starts others first."""


class ControlPlanes:
    """The control planes of a run. `begin(time, rows, causes, what)` lets VMs boot whose turn it is."""

    def __init__(self, context: RuleContext, begin: Callable[[float, Rows, Rows, str], None]) -> None:
        self._context, self._begin = context, begin
        t = context.tables
        self._any = bool((t.region >= 0).any())
        """Whether there are regions."""
        self._usual_s = np.zeros(t.unit_ids.size)
        """Seconds from one launch to the next of each region, as designed."""
        for n, domain in enumerate(t.spec.domains):
            if domain.launches_per_min > 0.0:
                self._usual_s[t.hosts + n] = 60.0 / domain.launches_per_min
        context.state.launch_s[:] = self._usual_s

    def fail(self, time_s: float, units: Rows) -> None:
        """Make the control planes of regions fail."""
        t, s = self._context.tables, self._context.state
        units = np.unique(units[~s.control_down[units]])
        if units.size:
            s.control_down[units] = True
            s.control_failure[units] = self._context.log.add(time_s, "control_failed", t.unit_ids[units])

    def recover(self, time_s: float, units: Rows) -> None:
        """Make them work again: what waits goes on."""
        t, s = self._context.tables, self._context.state
        units = np.unique(units[s.control_down[units]])
        if units.size:
            s.control_down[units], s.zones_turned, s.unbalanced[:] = False, True, True
            self._context.log.add(time_s, "control_recovered", t.unit_ids[units], s.control_failure[units])

    def throttle(self, time_s: float, units: Rows, per_min: NDArray[np.float64]) -> None:
        """Limit how many VMs of regions boot a minute from now on; 0: as many as usual."""
        t, s = self._context.tables, self._context.state
        for unit, rate in zip(units.tolist(), per_min.tolist()):
            s.launch_s[unit] = 60.0 / rate if rate > 0.0 else self._usual_s[unit]
            s.control_s[unit] = min(s.control_s[unit], time_s + s.launch_s[unit])
            what = "throttled" if rate > 0.0 else "unthrottled"
            self._context.log.add(time_s, what, t.unit_ids[unit], value=rate)
            busy = (s.held > 0) & (s.why == BUSY)
            s.why[busy] = 0  # how many boot a minute is told anew

    def free(self, rows: Rows, causes: Rows | int, what: str) -> NDArray[np.bool_]:
        """Which VMs boot at once where they stand; the others are held until `run` lets them boot."""
        s = self._context.state
        region = self._region(rows)
        held: NDArray[np.bool_] = (region >= 0) & (s.control_down[region] | (s.launch_s[region] > 0.0))
        if held.any():
            s.cause[rows] = causes
            s.held[rows[held]] = LAUNCHED if what == "launched" else RESTARTED
            s.asked[rows[held]] = int(s.asked.max()) + 1 + np.arange(int(held.sum()))
        return ~held

    def _region(self, rows: Rows) -> Rows:
        """The region (a unit) on whose capacity VMs stand; -1: on a host, or in none."""
        t, s = self._context.tables, self._context.state
        on = s.unit[rows]
        region: Rows = np.where((on >= t.hosts), t.region[on], -1)
        return region

    def run(self, time_s: float) -> None:
        """Let VMs boot whose turn it is; note who has to wait."""
        s = self._context.state
        if not (self._any and s.held.any()):
            return
        s.held[s.status != RESTARTING] = 0
        rows = np.flatnonzero(s.held)
        rows = rows[np.argsort(s.asked[rows], kind="stable")]
        region = self._region(rows)
        for unit in np.unique(region).tolist():
            mine = rows[region == unit]
            if s.control_down[unit]:
                self._wait(time_s, mine, unit, DOWN)
                continue
            count = mine.size if s.launch_s[unit] == 0.0 else int(s.control_s[unit] <= time_s)
            self._let_boot(time_s, mine[:count])
            if s.launch_s[unit] > 0.0:
                if count:
                    s.control_s[unit] = time_s + s.launch_s[unit]
                if mine.size > count and s.control_due[unit] != s.control_s[unit]:
                    s.control_due[unit] = s.control_s[unit]
                    self._context.plan_unit(float(s.control_s[unit]), CONTROL, unit)
            self._wait(time_s, mine[count:], unit, BUSY)

    def _let_boot(self, time_s: float, rows: Rows) -> None:
        s = self._context.state
        for code, what in _WORDS.items():
            these = np.sort(rows[s.held[rows] == code])
            if these.size:
                s.held[these], s.why[these] = 0, 0
                self._begin(time_s, these, s.cause[these], what)

    def _wait(self, time_s: float, rows: Rows, unit: int, why: int) -> None:
        """Note VMs that wait for a control plane, and why, where it is news."""
        t, s = self._context.tables, self._context.state
        new = rows[s.why[rows] != why]
        s.why[new] = why
        if not new.size:
            return
        told = f"the control plane of {t.name(unit)} is down"
        if why == BUSY:
            told = f"the control plane of {t.name(unit)} starts {60.0 / s.launch_s[unit]:,.10g} VMs a minute"
        attaches = np.isin(new, t.needs.needs) & (s.held[new] == RESTARTED)
        for these, detail in ((new[~attaches], told), (new[attaches], f"its volumes wait to be attached: {told}")):
            if these.size:
                these = np.sort(these)
                self._context.log.add(time_s, "queued", t.vm_ids[these], s.cause[these], t.unit_ids[unit], detail)
