"""What wakes the scaling policies of groups in a run: each looks at the CPU of its members once a period."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import SCALE
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.groups import Groups
from designer.engine.scaling.policy import stepped, tracked
from designer.engine.spec import Group, Scaling
from designer.engine.state.state import RUNNING

DAY_S = 86_400.0
ROUNDING_S = 1e-6
"""What a time may miss of the planned one: rounding of sums of periods."""
LOW = 0.9
"""The part of its target below which a metric counts as low (Amazon EC2 Auto Scaling: alarms of target tracking)."""
SEEN = np.dtype(
    [
        ("cooled_s", "f8"),  # until when a group does not scale again; inf: its last launch is not there yet
        ("high", "i8"),  # periods in a row in which more instances were wanted
        ("low", "i8"),  # and fewer
    ],
    align=True,
)


class Autoscaling:
    """The scaling policies of a run. `work(rows, time)` gives MHz s that VMs (rows) got and seconds that they ran until
    then."""

    def __init__(self, context: RuleContext, groups: Groups) -> None:
        t = context.tables
        self._context, self._groups = context, groups
        self.work: Callable[[Rows, float], tuple[NDArray[Any], NDArray[Any]]]
        self.scaled = [g for g, group in enumerate(t.spec.groups) if group.scaling is not None]
        self._seen = np.zeros(len(t.spec.groups), SEEN)
        vms = len(t.vms) if self.scaled else 0
        self._got, self._ran, self._first = np.zeros(vms), np.zeros(vms), np.zeros(vms)
        """MHz s that each VM had got, and seconds it had run, at the last look; seconds when it was launched."""

    def begin(self) -> None:
        """Follow what a schedule says of the start; plan the first looks."""
        for g in self.scaled:
            group = self._context.tables.spec.groups[g]
            assert group.scaling is not None
            self._follow(0.0, g, group, group.scaling)
            self._plan(0.0, g)

    def _plan(self, time_s: float, g: int) -> None:
        group = self._context.tables.spec.groups[g]
        assert group.scaling is not None
        next_s = (np.floor(time_s / group.scaling.period_s + 1e-9) + 1.0) * group.scaling.period_s
        due = [at + DAY_S * np.ceil(max(time_s - at + 1e-6, 0.0) / DAY_S) for at, _ in group.scaling.schedule]
        self._context.agenda.plan(min([float(next_s), *due]), SCALE, group.id, g)

    def look(self, time_s: float, rows: Rows) -> None:
        """Let groups decide how many instances they want from now on."""
        for g in rows.tolist():
            group = self._context.tables.spec.groups[g]
            if group.scaling is not None:
                self._look(time_s, g, group, group.scaling)
                self._plan(time_s, g)

    def _follow(self, time_s: float, g: int, group: Group, scaling: Scaling) -> None:
        """Let a group want what its schedule says of this time of the day."""
        for at, count in scaling.schedule:
            if _is_due(time_s - at, DAY_S):
                self._want(time_s, g, group, count, "it follows its schedule")

    def _look(self, time_s: float, g: int, group: Group, scaling: Scaling) -> None:
        self._follow(time_s, g, group, scaling)
        if not _is_due(time_s, scaling.period_s) or (scaling.target_frac == 0.0 and not scaling.steps):
            return
        warm, metric, newest_s = self._measure(time_s, g, scaling)
        if not warm:
            return
        seen, desired = self._seen[g], int(self._context.state.desired[g])
        wanted = self._wanted(desired, warm, metric, scaling, int(self._groups.live(g).size))
        seen["high"] = seen["high"] + 1 if wanted > desired else 0
        seen["low"] = seen["low"] + 1 if wanted < desired and scaling.scale_in else 0
        if not self._cooled(time_s, g, scaling, newest_s):
            return
        if seen["high"] >= scaling.out_periods or seen["low"] >= scaling.in_periods:
            aim = f"a target of {scaling.target_frac * 100:.0f}%" if not scaling.steps else "steps"
            if self._want(time_s, g, group, wanted, f"its mean CPU is {metric * 100:.0f}%, with {aim}"):
                waits = wanted > desired and scaling.cooldown_s > 0.0
                seen["cooled_s"] = np.inf if waits else time_s + scaling.cooldown_s
                seen["high"] = seen["low"] = 0

    def _wanted(self, desired: int, warm: int, metric: float, scaling: Scaling, live: int) -> int:
        """How many instances the policy wants. Steps go by those that it has without those that boot or warm up; while
        some do, there are none fewer (Amazon EC2 Auto Scaling user guide, step scaling: instance warm-up).
        """
        if scaling.steps:
            has = desired - (live - warm)
            change = stepped(has, metric, scaling.threshold_frac, scaling.steps, scaling.least_change)
            return max(has + change, desired) if change > 0 or live > warm else desired + change
        wanted = max(tracked(warm, metric, scaling.target_frac), 1)
        if wanted < desired and (live > warm or metric > LOW * scaling.target_frac):
            return desired  # it waits for what boots, and until the metric is clearly low
        return wanted

    def _measure(self, time_s: float, g: int, scaling: Scaling) -> tuple[int, float, float]:
        """How many instances run and are warm, the mean CPU of those in this period, and when the newest began to run
        (inf: some do not run yet).
        """
        t, s = self._context.tables, self._context.state
        members = self._groups.members(g)
        got, ran = self.work(members, time_s)
        up = s.status[members] == RUNNING
        self._first[members[~up]] = ran[~up]
        since, used, age = ran - self._ran[members], got - self._got[members], ran - self._first[members]
        self._ran[members], self._got[members] = ran, got
        warm = up & (age >= scaling.warmup_s) & (since > 0.0)
        room = float((t.demand.size[members] * since)[warm].sum())
        metric = float(used[warm].sum()) / room if room > 0.0 else 0.0
        booting = bool((s.status[self._groups.live(g)] != RUNNING).any())
        return int(np.count_nonzero(warm)), metric, np.inf if booting else time_s - float(age[up].min(initial=time_s))

    def _cooled(self, time_s: float, g: int, scaling: Scaling, newest_s: float) -> bool:
        """Whether the cool-down is over: it begins when the last launched instance runs."""
        seen = self._seen[g]
        if np.isinf(seen["cooled_s"]) and np.isfinite(newest_s):
            seen["cooled_s"] = newest_s + scaling.cooldown_s
        return bool(time_s >= seen["cooled_s"])

    def _want(self, time_s: float, g: int, group: Group, wanted: int, why: str) -> bool:
        """Set how many instances a group wants, within its bounds; False where that changes nothing."""
        s = self._context.state
        wanted = min(max(wanted, group.least), group.most)
        if wanted == s.desired[g]:
            return False
        more = wanted > s.desired[g]
        cause = int(self._context.log.add(time_s, "scaled", group.id, detail=why, value=float(wanted))[0])
        s.desired[g] = wanted
        if more:
            self._groups.fill(time_s, g, cause)
        else:
            self._groups.shrink(time_s, g, cause)
        return True

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        if not self.scaled:
            return {}
        return {"scaling": self._seen.copy()} | {f"scaling_{n}": getattr(self, f"_{n}").copy() for n in _KEPT}

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        if self.scaled:
            self._seen[:] = saved["scaling"]
            for name in _KEPT:
                getattr(self, f"_{name}")[:] = saved[f"scaling_{name}"]


_KEPT = ("got", "ran", "first")


def _is_due(time_s: float, period_s: float) -> bool:
    """Whether a whole number of periods is over, but for rounding to either side."""
    return abs(time_s - round(time_s / period_s) * period_s) < ROUNDING_S
