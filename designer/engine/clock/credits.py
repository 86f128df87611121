"""CPU credits over a run: brought forward by what touches a VM, and the next instant at which a balance is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store
from designer.engine.share.arrays import PROVIDER, RESERVED, F, I, Now
from designer.engine.share.credits import AHEAD, follow, no_credits
from designer.engine.state.state import ABSENT, FREE, OFF, RUNNING, State
from designer.engine.tables.tabulate import Tables

SECONDS_A_CREDIT = 60.0
"""A credit is one vCPU at full load for this time."""
_NONE: I = np.zeros(0, np.int64)
_BALANCES = ("balance", "launch", "surplus", "charged", "gone_s", "charged_s")


class Caps(NamedTuple):
    """What some VMs (rows) may have from an instant on, MHz."""

    time_s: float
    vms: I
    mhz: F


class Balances:
    """The credits of the VMs that have some: a record of `CREDIT` each."""

    def __init__(self, tables: Tables, store: Store) -> None:
        self._tables, self._store = tables, store
        self.rows = tables.credits.copy()
        self.next_s = np.inf
        """When the next balance is empty, or is to be looked at again."""
        self.changes: list[Caps] = []
        self._of = np.full(len(tables.vms) if self.rows.size else 0, -1, np.int64)
        self._of[self.rows["load"]] = np.arange(self.rows.size)
        self._apps = np.flatnonzero(tables.service >= 0) if self.rows.size else np.zeros(0, np.int64)
        """Members of services: VMs and applications."""
        self._room: Any = (no_credits(), np.empty(AHEAD), np.empty(AHEAD))

    def due(self, time_s: float) -> I:
        """Those that are to be looked at by a time."""
        return np.flatnonzero(self.rows["when_s"] <= time_s) if self.rows.size else _NONE

    def touched(self, vms: tuple[I, ...], services: NDArray[np.bool_]) -> I:
        """Those of some VMs or applications (rows), and those in which something serves one of some `services`."""
        if not self.rows.size:
            return _NONE
        t = self._tables
        serving = self._apps[services[t.service[self._apps]]]
        found = self._of[t.inside[np.concatenate([*vms, serving])]]
        return np.unique(found[found >= 0])

    def until(self, which: I, time_s: float, now: Now) -> None:
        """Bring some forward to a time, with the state until then."""
        self._follow(which, time_s, False, now)

    def everything(self, time_s: float, now: Now) -> None:
        """Bring all forward to a time."""
        if self.rows.size:
            self.until(np.arange(self.rows.size), time_s, now)

    def stand(self, which: I, state: State) -> None:
        """Take over where some run: credits count on the provider's capacity and on its hosts."""
        if not which.size:
            return
        rows, t = self.rows, self._tables
        vms = rows["load"][which]
        on = np.where(state.status[vms] == RUNNING, state.unit[vms], -1)
        units = t.units.rows[on]
        on[~np.isin(units["rule"], (PROVIDER, RESERVED))] = -1
        load = t.demand.rows[vms]
        rows["unit"][which] = on
        busy = np.minimum(load["size"], load["vcpus"] * units["thread_mhz"])
        rows["a_mhz"][which] = load["vcpus"] / SECONDS_A_CREDIT / busy
        launched = vms >= t.designed
        gone = which[FREE[state.status[vms]] & ((state.status[vms] == ABSENT) | launched)]
        if gone.size:
            self._charge(gone)
            for name in ("balance", "launch"):
                rows[name][gone] = t.credits[name][gone]
        self._keep(which, state.status[vms] == OFF)

    def _keep(self, which: I, off: NDArray[np.bool_]) -> None:
        """What those owe that someone stopped (`off`) is charged. They keep their balance for a time (T2 keeps none),
        and have launch credits again (Amazon EC2 user guide, burstable performance instances).
        """
        rows = self.rows
        was = ~np.isnan(rows["off_s"][which])
        began, over = which[off & ~was], which[was & ~off]
        if began.size:
            self._charge(began)
            rows["off_s"][began] = rows["at_s"][began]
            rows["launch"][began] = self._tables.credits["launch"][began]
            rows["balance"][began[rows["kept_s"][began] == 0.0]] = 0.0
        if over.size:
            rows["balance"][over[rows["at_s"][over] - rows["off_s"][over] > rows["kept_s"][over]]] = 0.0
            rows["off_s"][over] = np.nan

    def _charge(self, which: I) -> None:
        """Charge what instances owe."""
        rows = self.rows
        owes = which[rows["surplus"][which] > 0.0]
        first = owes[np.isnan(rows["charged_s"][owes])]
        rows["charged_s"][first] = rows["at_s"][first]
        rows["charged"][owes] += rows["surplus"][owes]
        rows["surplus"][owes] = 0.0

    def look(self, which: I, time_s: float, now: Now) -> tuple[I, F, I]:
        """What some may have from now on: the VMs (rows) for which that changes, what it is, and those which have used
        up their credits now.
        """
        before = self.rows["cap"][which].copy()
        self._follow(which, time_s, True, now)
        rows = self.rows[which]
        self.next_s = float(self.rows["when_s"].min())
        began = np.isfinite(rows["cap"]) & np.isinf(before)
        gone = which[began | (rows["unlimited"] > 0) & (rows["told"] == 0) & ~np.isnan(rows["gone_s"])]
        self.rows["told"][gone] = 1
        changed = np.flatnonzero(rows["cap"] != before)
        vms, caps = rows["load"][changed], rows["cap"][changed].copy()
        if changed.size:
            self.changes.append(Caps(time_s, vms, caps))
        return vms, caps, gone

    def _follow(self, which: I, time_s: float, ahead: bool, now: Now) -> None:
        t, arrays = self._tables, self._store.arrays
        if which.size:
            follow(
                which, time_s, ahead, self.rows, t.demand, t.ticks, t.units, now, t.key1, arrays["credits"],
                arrays["surplus"], *self._room,
            )  # fmt: skip

    def is_unlimited(self, vms: I) -> NDArray[np.bool_]:
        """Which of some VMs with credits go on without."""
        unlimited: NDArray[np.bool_] = self.rows["unlimited"][self._of[vms]] > 0
        return unlimited

    def caps_at(self, time_s: float) -> F:
        """What each load may have at a time that is past; empty where none has credits."""
        caps = np.full(self._of.size, np.inf)
        for change in self.changes:
            if change.time_s > time_s:
                break
            caps[change.vms] = change.mhz
        return caps

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        return {"credit_rows": self.rows.copy()} if self.rows.size else {}

    def restore(self, saved: dict[str, NDArray[Any]], parent: Balances, time_s: float) -> None:
        """Continue from what `copy` returned, with the changes of another run until then."""
        if "credit_rows" in saved:
            self.rows[:] = saved["credit_rows"]
            self.next_s = float(self.rows["when_s"].min())
            self.changes = [change for change in parent.changes if change.time_s <= time_s]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Balances and changes as columns of a saved run, for `put`; none where none has credits."""
        if not self.rows.size:
            return {}
        none = Caps(0.0, np.zeros(0, np.int64), np.zeros(0))
        every = [none, *self.changes]
        return {
            **{f"credit_{name}": self.rows[name].copy() for name in _BALANCES},
            "cap_time_s": np.concatenate([np.full(change.vms.size, change.time_s) for change in every]),
            "cap_vm": np.concatenate([change.vms for change in every]),
            "cap_mhz": np.concatenate([change.mhz for change in every]),
        }

    def put(self, columns: Mapping[str, NDArray[Any]]) -> bool:
        """Take over what `columns` returned; False where it does not fit this run."""
        if not self.rows.size:
            return True
        try:
            self.rows["at_s"] = np.inf  # it is not brought forward
            for name in _BALANCES:
                self.rows[name] = columns[f"credit_{name}"]
            times, vms, mhz = (columns[f"cap_{name}"] for name in ("time_s", "vm", "mhz"))
            starts = np.flatnonzero(np.diff(times, prepend=-1.0))
            parts = (np.split(column, starts[1:]) for column in (times, vms, mhz))
            self.changes = [Caps(float(at[0]), rows, caps) for at, rows, caps in zip(*parts, strict=True) if at.size]
        except (KeyError, ValueError):
            return False
        return bool((vms >= 0).all() and (vms < self._of.size).all() and times.size == vms.size == mhz.size)
