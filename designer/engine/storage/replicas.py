"""Datastores spread over hosts: who has copies, what is rebuilt after a loss, and when data is out of reach.

Every piece of data has its copies on different hosts, each with as much as its disks are of all disks. Data is out of
reach while more hosts are gone than tolerated whose data was not made again on others. What a host missed while it was
away is not copied to it: it is whole as soon as it is back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import OVERDUE, REBUILT
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.spec import Replicated
from designer.engine.state.state import UpDown

MBIT_A_MIB = 8.388608
MIB_A_GIB = 1024.0
EXCESS = 1.0 + 1e-9
KEPT = ("since_s", "safe", "left_gib", "cause")
"""The arrays of a store that change."""
F = NDArray[np.float64]


class SpreadStore:
    """A datastore and its hosts: since when each is gone (`since_s`, -1: it is not), whether what it held is made again
    on others (`safe`), how much of that is left to do (`left_gib`; NaN: it has not begun), and the entry of the log
    that took it (`cause`).
    """

    def __init__(self, of: Replicated, unit: int, hosts: Rows) -> None:
        self.of, self.unit, self.hosts = of, unit, hosts
        gib = np.array(of.host_gib, np.float64)
        self.gib = gib if gib.sum() > 0.0 else np.ones(hosts.size)
        self.since_s, self.safe = np.full(hosts.size, -1.0), np.zeros(hosts.size, np.bool_)
        self.left_gib, self.cause = np.full(hosts.size, np.nan), np.zeros(hosts.size, np.int64)
        self.at_s, self.working, self.stamp = 0.0, -1, 0
        """Until when the work is counted, the host whose data is being made again (-1: none), and the stamp of its
        end.
        """
        self.blocked = ""

    @property
    def gone(self) -> NDArray[np.bool_]:
        """Which hosts are gone."""
        return self.since_s >= 0.0

    @property
    def exposed(self) -> int:
        """How many hosts are gone whose data was not made again."""
        return int((self.gone & ~self.safe).sum())

    @property
    def rate_gib(self) -> float:
        """GiB a second that are made again."""
        return self.of.rebuild_mibps * int((~self.gone).sum()) / MIB_A_GIB

    def share_gib(self, n: int) -> float:
        """What a host holds."""
        return float(self.of.used_gib * self.of.copies * self.gib[n] / self.gib[~self.safe].sum())

    def why_not(self, n: int) -> str:
        """Why what a host held cannot be made again now; empty where it can."""
        there = int((~self.gone).sum())
        if self.exposed > self.of.tolerates:
            return "some data has too few copies left to be copied"
        if there < self.of.rebuild_hosts:
            return f"its policy needs {self.of.rebuild_hosts} hosts, {there} are left"
        room = float(self.gib[~self.gone].sum())
        held = sum(self.share_gib(k) for k in np.flatnonzero(~self.gone).tolist())
        wanted = held + self.share_gib(n)
        if any(self.of.host_gib) and wanted > room * EXCESS:
            return f"the hosts that are left have {room:,.0f} GiB, and {wanted:,.0f} are needed"
        return ""


class Stores:
    """The datastores of a run that are spread over hosts. `turn` rises when hosts of one go or come back, or NICs carry
    other traffic of a rebuild.
    """

    WHAT = (OVERDUE, REBUILT)

    def __init__(self, context: RuleContext, settle: Callable[[float, UpDown, Rows], None]) -> None:
        self._context, self._settle = context, settle
        t = context.tables
        at = {int(i): n for n, i in enumerate(t.unit_ids)}
        self.stores = [
            SpreadStore(one, at[one.id], np.array([at[host] for host in one.hosts], np.int64))
            for one in t.spec.replicated
        ]
        self.turn = 0

    # -- what happens

    def look(self, time_s: float, serial: int) -> None:
        """Follow hosts that went or came back."""
        for store in self.stores:
            there = self._there(store)
            if np.array_equal(there, ~store.gone):
                continue
            self._carry(store, time_s)
            exposed = store.exposed
            lost, back = np.flatnonzero(there < ~store.gone), np.flatnonzero(there & store.gone)
            store.since_s[lost], store.cause[lost] = time_s, serial
            store.since_s[back], store.safe[back], store.left_gib[back] = -1.0, False, np.nan
            self.turn += 1
            self._tell(store, time_s, serial, lost, exposed)
            if lost.size:
                self._context.plan_unit(time_s + store.of.delay_s, OVERDUE, store.unit, cause=serial)
            self._reach(store, time_s, serial)
            self._go_on(store, time_s, serial)

    def act(self, time_s: float, what: int, units: Rows, stamps: Rows, causes: Rows) -> None:
        """Begin to make data again when a host is gone for long enough, or go on when that of one is made."""
        for unit, stamp, cause in zip(units.tolist(), stamps.tolist(), causes.tolist()):
            store = next(one for one in self.stores if one.unit == unit)
            if what == REBUILT and stamp != store.stamp:
                continue
            self._carry(store, time_s)
            if what == REBUILT and store.working >= 0:
                n = store.working
                cause = int(store.cause[n])
                made, store.left_gib[n], store.safe[n] = store.share_gib(n), 0.0, True
                place = self._context.tables.unit_ids[store.hosts[n]]
                self._context.log.add(time_s, "rebuilt", store.of.id, cause, place, value=made)
                if not store.exposed:
                    self._context.log.add(time_s, "whole", store.of.id, cause)
                self._reach(store, time_s, cause)
            self._go_on(store, time_s, cause)

    def _there(self, store: SpreadStore) -> NDArray[np.bool_]:
        """Which hosts are up and reach each other: the largest part of those that do."""
        s = self._context.state
        reached, there = s.reached, s.up[store.hosts].copy()  # a look at who is reached brings the wires forward
        if s.wires is not None and reached.size and there.any():
            parts = s.wires.inner[store.hosts]
            names, counts = np.unique(parts[there], return_counts=True)
            there &= parts == names[np.argmax(counts)]
        return there

    def _tell(self, store: SpreadStore, time_s: float, serial: int, lost: Rows, before: int) -> None:
        gone, count = store.exposed, store.hosts.size
        if lost.size:
            detail = f"{gone} of {count} hosts are gone, {store.of.tolerates} may be"
            self._context.log.add(time_s, "degraded", store.of.id, serial, detail=detail, value=float(gone))
        elif before and not gone:
            self._context.log.add(time_s, "whole", store.of.id, serial)

    def _reach(self, store: SpreadStore, time_s: float, serial: int) -> None:
        """Take the datastore down when its data is out of reach, and bring it back when it is not."""
        s, one = self._context.state, np.array([store.unit])
        lost = store.exposed > store.of.tolerates
        if lost == bool(s.moving[store.unit]):
            return
        s.moving[one] = lost
        s.touch_units(one)
        told = self._context.log.add(time_s, "unavailable" if lost else "available", store.of.id, serial)
        failed = bool(s.failed[store.unit])
        changed = s.stop(one) if lost else s.rise(one[:0] if failed else one, recovered=True)
        self._settle(time_s, changed, told)

    # -- making data again

    def _go_on(self, store: SpreadStore, time_s: float, serial: int) -> None:
        """Make the data of the next host again whose delay is over, if that can be done."""
        late = store.gone & ~store.safe & (time_s >= store.since_s + store.of.delay_s - 1e-9)
        waits = np.flatnonzero(late)
        before, store.working = store.working, -1
        store.stamp += 1
        why = ""
        if waits.size:
            n = int(waits[0])
            why = store.why_not(n)
            if not why and store.rate_gib > 0.0:
                self._work_on(store, n, time_s, told=n != before)
        if why and why != store.blocked:
            self._context.log.add(time_s, "unrebuilt", store.of.id, serial, detail=why)
        store.blocked = why
        self.turn += before != store.working

    def _work_on(self, store: SpreadStore, n: int, time_s: float, told: bool) -> None:
        if np.isnan(store.left_gib[n]):
            store.left_gib[n] = store.share_gib(n)
        store.working = n
        if told:
            place = self._context.tables.unit_ids[store.hosts[n]]
            self._context.log.add(
                time_s, "rebuilding", store.of.id, store.cause[n], place, value=float(store.left_gib[n])
            )
        ends_s = time_s + float(store.left_gib[n]) / store.rate_gib
        self._context.plan_unit(ends_s, REBUILT, store.unit, store.stamp, int(store.cause[n]))

    def _carry(self, store: SpreadStore, time_s: float) -> None:
        """Count what was made again since the last time."""
        if store.working >= 0:
            done = store.rate_gib * (time_s - store.at_s)
            store.left_gib[store.working] = max(store.left_gib[store.working] - done, 0.0)
        store.at_s = time_s

    # -- for flows

    def there(self, element: int) -> tuple[int, ...]:
        """The hosts (units) of a datastore that are not gone."""
        store = next(one for one in self.stores if one.of.id == element)
        return tuple(store.hosts[~store.gone].tolist())

    def taken_mbps(self) -> dict[int, float]:
        """What making data again takes of the NICs of hosts (ids), in each direction."""
        found: dict[int, float] = {}
        for store in self.stores:
            if store.working >= 0:
                for n in np.flatnonzero(~store.gone).tolist():
                    host = store.of.hosts[n]
                    found[host] = found.get(host, 0.0) + store.of.rebuild_mibps * MBIT_A_MIB
        return found

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        found: dict[str, NDArray[Any]] = {}
        for n, store in enumerate(self.stores):
            found |= {f"store_{n}_{name}": getattr(store, name).copy() for name in KEPT}
            found[f"store_{n}_at"] = np.array([store.at_s, store.working, store.stamp])
            found[f"store_{n}_blocked"] = np.array([store.blocked])
        return found

    def restore(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        for n, store in enumerate(self.stores):
            for name in KEPT:
                getattr(store, name)[:] = saved[f"store_{n}_{name}"]
            at_s, working, stamp = saved[f"store_{n}_at"].tolist()
            store.at_s, store.working, store.stamp = at_s, int(working), int(stamp)
            store.blocked = str(saved[f"store_{n}_blocked"][0])
        self.turn += 1
