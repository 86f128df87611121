"""Work that VMs could not do in time and keep: how much waits, and when it is worked off.

A VM that keeps what it is not given asks, while something waits, for all that its vCPUs, its limit and the pace of its
disks let it have. So the backlog grows by the load that is not served and shrinks by what is served beyond the load;
the moment at which it is empty is an instant of its own. An application that keeps its own work in a VM that does not
has that done with what its VM gets beyond all that is asked for in it at that moment, while it waits for nothing else.
What a VM works off takes CPU credits, disk and wire, as all that it does. Whoever is short gets no more by asking for
more: under the rules by shares that holds by itself; where VMs get parts in proportion to what they ask for, the load
of the moment goes first, and what waits has its part of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store
from designer.engine.share.arrays import B, F, I, Now
from designer.engine.share.kernels import KeptScratch, no_rates, rates_now
from designer.engine.state.state import ABSENT, FREE, State
from designer.engine.tables.tabulate import Tables

NOTHING = 1e-9
"""Seconds of work at full speed, and parts of the load, that are nothing: rounding."""
KEPT_WORK = np.dtype(
    [
        ("load", "i8"),  # the VM, or the application in one
        ("mhz_s", "f8"),  # the work that waits at `at_s`
        ("rate", "f8"),  # MHz by which it grows
        ("at_s", "f8"),
        ("when_s", "f8"),  # when it is to be looked at again
        ("most", "f8"),  # MHz s
        ("long_s", "f8"),  # how long some has waited, in all
    ],
    align=True,
)


class Behind(NamedTuple):
    """What some loads (rows) of which work waits would do from an instant on if they waited for nothing but CPU, MHz;
    0: none waits.
    """

    time_s: float
    vms: I
    behind: F


class Backlogs:
    """The work that waits of the VMs and applications that keep it: a record of `KEPT_WORK` each."""

    def __init__(self, tables: Tables, store: Store) -> None:
        self._tables, self._store = tables, store
        self.rows = np.zeros(tables.keeps.size, KEPT_WORK)
        self.rows["load"], self._inside = tables.keeps, tables.inside[tables.keeps]
        self.next_s = np.inf
        """When one is to be looked at: as a tick begins, and when it is empty."""
        self.changes: list[Behind] = []
        self._room = KeptScratch()
        self._rates = no_rates(len(tables.vms), tables.unit_ids.size) if tables.keeps.size else no_rates(0, 0)

    def look(self, time_s: float, tick: int, now: Now, on: I, units: I, state: State) -> tuple[I, F]:
        """Follow what an instant changed on `units`; `on` is the unit of each VM. Return the loads (rows) of which work
        waits from now on, or no more, and what they would do without other waiting.
        """
        rows, vms = self.rows, self.rows["load"]
        here = on[self._inside]
        due = np.unique(here[(rows["when_s"] <= time_s) & (here >= 0)])
        which = np.flatnonzero(np.isin(here, np.union1d(units, due)) | (np.isfinite(rows["when_s"]) & (here < 0)))
        status = state.status[self._inside]
        gone = np.flatnonzero(FREE[status] & ((status == ABSENT) | (self._inside >= self._tables.designed)))
        which = np.union1d(which, gone[rows["mhz_s"][gone] > 0.0])
        self._carry(which, time_s)
        rows["mhz_s"][gone] = 0.0
        runs = which[here[which] >= 0]
        rows["rate"][which], rows["when_s"][which] = 0.0, np.inf
        behind = now.behind.copy()
        behind[vms[which]] = 0.0
        if runs.size:
            behind[vms[runs]] = self._decide(runs, np.unique(here[runs]), time_s, tick, now, state.io_pace)
        self.next_s = float(rows["when_s"].min(initial=np.inf))
        changed = vms[which][behind[vms[which]] != now.behind[vms[which]]]
        if changed.size:
            self.changes.append(Behind(time_s, changed, behind[changed]))
        return changed, behind[changed]

    def _decide(self, runs: I, units: I, time_s: float, tick: int, now: Now, io_pace: F) -> F:
        """Work out how the work that waits changes from now on, and until when; return what each of which some waits
        would do without other waiting.
        """
        t, rows, vms, inside = self._tables, self.rows, self.rows["load"][runs], self._inside[runs]
        waits, behind = rows["mhz_s"][runs] > 0.0, now.behind.copy()
        behind[vms] = 0.0
        fresh = self._rates_of(units, tick, now, behind)["asked"][vms].copy()
        behind[vms] = np.where(waits, t.demand.size[vms], 0.0)
        asked = np.where(waits, t.demand.size[vms], fresh)
        got = self._rates_of(units, tick, self._without(vms, inside, asked, now), behind)["got"][vms]
        found: B = waits | (fresh - got > NOTHING * fresh)
        behind[vms] = np.where(found, t.demand.size[vms], 0.0)
        whole = found & (vms == inside)
        if whole.any() and (t.spec.flows or (now.pace[vms[whole]] < 1.0).any()):
            self._look_ahead(units, tick, now, behind, vms[whole])
            got = self._rates_of(units, tick, now, behind)["got"][vms]
            slow = whole & ~waits & (got > fresh) & (io_pace[inside] == 1.0) & (now.pace[inside] < 1.0)
            if slow.any():  # waiting for memory it does its load by asking for more than that
                behind[vms[slow]] = fresh[slow] / now.pace[inside[slow]]
                got = np.where(slow, fresh, got)
        grows = np.where(found, fresh - got, 0.0)
        rows["rate"][runs] = grows
        empty_s = np.full(runs.size, np.inf)
        np.divide(rows["mhz_s"][runs], -grows, out=empty_s, where=waits & (grows < 0.0))
        rows["when_s"][runs] = np.minimum(t.ticks.edges[tick + 1], time_s + empty_s)
        does: F = behind[vms]
        return does

    def _without(self, vms: I, inside: I, asked: F, now: Now) -> Now:
        """The pace at which VMs would do what is `asked` for: what lets them do a part of more now lets them do more
        of less.
        """
        held = (now.behind[vms] > 0.0) & (now.pace[inside] < 1.0) & (vms == inside)
        if not held.any():
            return now
        pace, of = now.pace.copy(), inside[held]
        pace[of] = 1.0
        does = np.full(of.size, np.inf)
        np.divide(now.pace[of] * now.behind[vms[held]], asked[held], out=does, where=asked[held] > 0.0)
        np.minimum.at(pace, of, does)
        return now._replace(pace=pace)

    def _rates_of(self, units: I, tick: int, now: Now, behind: F) -> NDArray[Any]:
        """What loads ask for and get where some are behind."""
        t, now = self._tables, now._replace(behind=behind)
        rates_now(units, tick, t.demand, t.ticks, t.units, now, t.key1, self._rates, self._room)
        return self._rates.loads

    def _look_ahead(self, units: I, tick: int, now: Now, behind: F, vms: I) -> None:
        """Fill in what some VMs that are behind would do if they waited for nothing but CPU."""
        pace = now.pace.copy()
        pace[vms] = 1.0
        got = self._rates_of(units, tick, now._replace(pace=pace), behind)["got"][vms]
        behind[vms] = np.maximum(got, NOTHING * behind[vms])

    def _carry(self, which: I, time_s: float) -> None:
        """Count what waits of some until a time."""
        for c in which.tolist():
            self._record(c, time_s)
            row = self.rows[c]
            at_s, before = float(row["at_s"]), float(row["mhz_s"])
            after = before + float(row["rate"]) * (time_s - at_s)
            if after <= NOTHING * self._tables.demand.size[row["load"]]:
                after = 0.0
            row["most"] = max(row["most"], after)
            row["long_s"] += time_s - at_s if before > 0.0 or after > 0.0 else 0.0
            row["mhz_s"], row["at_s"] = after, time_s

    def _record(self, c: int, time_s: float) -> None:
        """Record what waits of one at the end of each recording step since it was looked at."""
        t, row = self._tables, self.rows[c]
        step_s, until_s, at_s = t.spec.sample_s, t.spec.until_s, float(row["at_s"])
        last = t.rows if time_s >= until_s else int(time_s / step_s + 1e-9)
        for k in range(int(at_s / step_s + 1e-9), last):
            waits = float(row["mhz_s"]) + float(row["rate"]) * (min((k + 1) * step_s, until_s) - at_s)
            self._store.arrays["backlog"][k, c] = max(waits, 0.0)

    def observe(self, time_s: float) -> None:
        """Record what waits until a time: the last tick that is over, or the end of the run."""
        if not self.rows.size:
            return
        which = np.flatnonzero(self.rows["at_s"] < time_s)
        if time_s >= self._tables.spec.until_s:
            self._carry(which, time_s)
        for c in which.tolist():
            self._record(c, time_s)

    def behind_at(self, time_s: float) -> F:
        """What loads of which work waited at a time that is past would have done; empty where none keeps any."""
        behind = np.zeros(len(self._tables.vms) if self.rows.size else 0)
        for change in self.changes:
            if change.time_s > time_s:
                break
            behind[change.vms] = change.behind
        return behind

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        return {"kept_work": self.rows.copy()} if self.rows.size else {}

    def restore(self, saved: Mapping[str, NDArray[Any]], parent: Backlogs, time_s: float) -> None:
        """Continue from what `copy` returned, with the changes of another run until then."""
        if "kept_work" in saved:
            self.rows[:] = saved["kept_work"]
            self.next_s = float(self.rows["when_s"].min())
            self.changes = [change for change in parent.changes if change.time_s <= time_s]

    def columns(self) -> dict[str, NDArray[Any]]:
        """What waits, and the changes, as columns of a saved run, for `put`; none where nothing is kept."""
        if not self.rows.size:
            return {}
        every = [Behind(0.0, np.zeros(0, np.int64), np.zeros(0)), *self.changes]
        return {
            **{f"kept_{name}": self.rows[name].copy() for name in ("mhz_s", "rate", "most", "long_s")},
            "behind_time_s": np.concatenate([np.full(change.vms.size, change.time_s) for change in every]),
            "behind_vm": np.concatenate([change.vms for change in every]),
            "behind": np.concatenate([change.behind for change in every]),
        }

    def put(self, columns: Mapping[str, NDArray[Any]]) -> bool:
        """Take over what `columns` returned; False where it does not fit this run."""
        if not self.rows.size:
            return True
        try:
            for name in ("mhz_s", "rate", "most", "long_s"):
                self.rows[name] = columns[f"kept_{name}"]
            self.rows["at_s"] = np.inf  # nothing is carried on
            times, vms, behind = (columns[name] for name in ("behind_time_s", "behind_vm", "behind"))
            starts = np.flatnonzero(np.diff(times, prepend=-1.0))
            mhz = np.where(behind, self._tables.demand.size[vms], 0.0) if behind.dtype == np.bool_ else behind
            parts = (np.split(column, starts[1:]) for column in (times, vms, mhz))
            self.changes = [
                Behind(float(at[0]), rows, flags) for at, rows, flags in zip(*parts, strict=True) if at.size
            ]
        except (KeyError, ValueError):
            return False
        whole = times.size == vms.size == behind.size and behind.dtype in (np.bool_, np.float64)
        return bool(whole and (vms >= 0).all() and (vms < len(self._tables.vms)).all())
