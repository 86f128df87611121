"""How far the figures of each unit are: the state between instants, integrals, and who runs.

Each unit has its own clock. A unit that nothing touches is not advanced until somebody reads its figures. Units with
members of services are advanced to the edge of each finished tick, because services are told tick by tick.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.backlogs import Backlogs
from designer.engine.clock.credits import Balances
from designer.engine.clock.following import Known, Ruled, VmCounts, find_touched, take_over
from designer.engine.clock.placed import Placed
from designer.engine.clock.unreached import Unreached
from designer.engine.compiled import NONE, Entrance, door
from designer.engine.flow.tables import flow_tables
from designer.engine.result.arrays import Store
from designer.engine.result.recorder import sums_of
from designer.engine.share import kernels, peaks
from designer.engine.share.arrays import MEMBER, UNKNOWN, UNLIKE, B, F, I, Now, Rates, Shifts, Ticks
from designer.engine.share.kernels import no_rates
from designer.engine.share.sparse import close_rows
from designer.engine.state.members import Members, rising
from designer.engine.state.state import RUNNING, State
from designer.engine.tables.pools import running_vcpus
from designer.engine.tables.tabulate import Tables

SHIFTS = 256
"""Most instants for which figures are put off."""
_NONE, _UNCHANGED = np.zeros(0, np.int64), np.zeros(0, np.bool_)


@door
def _add_served(rows: I, service: I, work: F, own: F, status: NDArray[np.uint8], inside: I, served: F) -> None:
    last, total, mhz = NONE, 0.0, 1.0
    for v in rows:
        s = service[v]
        if s != last:  # the sum of members that follow one another stays out of memory
            if last >= 0:
                served[last] = total
            last, total, mhz = s, served[s], work[s]
        if status[inside[v]] == 0:
            total += own[v] / mhz
    if last >= 0:
        served[last] = total


@door
def _add_weights(members: I, service: I, size: F, sent: F, out: B, weight: F) -> None:
    last, total = NONE, 0.0
    for n in range(members.size):
        v = members[n]
        if sent[v] > 0.0:
            s = service[v]
            if s != last:
                if last >= 0:
                    weight[last] = total
                last, total = s, weight[s]
            total += size[n]
    if last >= 0:
        weight[last] = total
    for s in range(out.size):
        if out[s]:
            weight[s] = 0.0


def _members_of(t: Tables) -> tuple[I, F]:
    """The rows that are members of services, and their MHz."""
    members = np.flatnonzero(t.demand.kind == MEMBER)
    return members, t.demand.size[members]


def weights_of(t: Tables, sent: F, out: B) -> F:
    """MHz of the members that each service sends requests to; 0 for those that are `out`."""
    members, size = t.once(_members_of)
    weight = np.zeros(out.size)
    _add_weights(members, t.service, size, sent, out, weight)
    return weight


class Progress:
    """The figures of a run so far, and the state since the last instant."""

    def __init__(self, state: State, store: Store) -> None:
        t = state.tables
        self.tables, self.state, self.store = t, state, store
        self.flows = flow_tables(t) if t.spec.flows else None
        self.sums = sums_of(t, store)
        self.units = np.arange(t.unit_ids.size)
        self.credits = Balances(t, store)
        self.backlogs = Backlogs(t, store)
        self.placed, self.unreached = Placed(t, store), Unreached(t.spec, store)
        self.running = Members(np.full(len(t.vms), -1, np.int64), self.units.size)
        self._kept = kernels.KeptScratch()
        self._find_touched, self._take = Entrance(find_touched), Entrance(take_over)
        self.ticks_done = self._over = 0
        self.counted_s = 0.0
        self.peaked = 0
        """Recording steps in which the most that each unit is asked for is final."""
        self.counts = np.zeros(9, np.int64)
        store.arrays["counts_least"][:] = np.inf
        self._status, self._pooled = state.status.copy(), t.pools.above.size > 0
        self.members, _ = t.once(_members_of)
        self._rates = no_rates(len(t.vms), self.units.size) if self.members.size else no_rates(0, 0)
        self._rates_tick = -1
        self._served: F | None = None
        self._has_members = np.zeros(self.units.size, np.int64)
        self._is_member = np.zeros(len(t.vms), np.bool_)
        self._member_vms, self._member_services = t.inside[self.members], t.service[self.members]
        self._is_member[self._member_vms] = True
        self.now = Now(
            np.ones(self.units.size, np.bool_), self.running.first, self.running.members, self.running.vms,
            np.zeros(self.units.size), np.zeros(t.work.size), t.work,
            np.zeros(len(t.vms), np.bool_), t.pools._replace(vcpus=np.zeros(t.pools.above.size)),
            np.ones(len(t.vms)),
            np.full(len(t.vms) if t.credits.size else 0, np.inf),
            np.zeros(self.units.size),
            np.zeros(self.units.size),
            np.zeros(len(t.vms)),
            np.zeros(len(t.vms) if t.keeps.size else 0),
            np.zeros(self.units.size, np.bool_),
            np.full(self.units.size, UNKNOWN),
        )  # fmt: skip
        s, now = state, self.now
        self._ruled = Ruled(s.status, s.unit, s.pace, s.sent, s.up, s.mode, s.moving, s.dark, s.busy, s.io_mhz)
        self._known = Known(self._status, self.running.on, now.pace, now.sent, now.up, now.tests, now.busy, now.io_mhz)
        self._marked, of = np.zeros(self.units.size, np.bool_), store.arrays
        self._counted = VmCounts(of["counts"], of["counts_least"], of["counts_most"], np.zeros(6))
        rows = SHIFTS if self.members.size else 0
        self._shifts = Shifts(
            np.zeros(rows), np.zeros((rows + 1, t.work.size)), np.zeros(1, np.int64), np.zeros(self.units.size)
        )

    # -- from one instant to the next

    def integrate(self, which: I, end_s: float, later: B | None = None) -> None:
        """Advance units to a time; `later` says which of them need only count what they serve until then."""
        if which.size:
            t, shifts = self.tables, self._shifts
            behind = int(np.count_nonzero(self.now.last_s[which] < shifts.served_s[which])) if shifts.noted[0] else 0
            room, had = which.size + behind * int(shifts.noted[0]), self.sums.peaks
            if (has := peaks.room_for(had, room)) is not had:
                self.sums = self.sums._replace(peaks=has)
            put_off = np.zeros(which.size, np.bool_) if later is None else later
            kernels.integrate(
                which, end_s, put_off, t.demand, t.ticks, t.units, self.now, t.key1, self.sums, shifts, self._kept
            )

    def hold(self, vms: I, ups: I, idle_rows: I, idle: B, weight: F, time_s: float) -> tuple[I, I]:
        """Advance the units that an instant touched, and keep the state after it from there; return those units, and
        the VMs with CPU credits (rows of `credits`) whose load changes.

        `vms` and the units `ups` are what it changed, `idle_rows` those that may become `idle` or work again.
        """
        s, now, on = self.state, self.now, np.empty(vms.size, np.int64)
        other = idle_rows[now.idle[idle_rows] != idle] if idle_rows.size else idle_rows
        touched = self._touched(vms, on, ups, other)
        which, changed, later = touched, now.weight != weight if weight.size else _UNCHANGED, None
        if changed.size and changed.any():  # other parts of the requests go to members of these services
            served = self._has_members > 0
            if not changed.all():
                served = np.zeros(self.units.size + 1, np.bool_)
                served[self.running.on[self._member_vms[changed[self._member_services]]]] = True
                served = served[:-1]
            served[touched], later = True, np.ones(self.units.size, np.bool_)
            later[touched] = False
            which = served.nonzero()[0]
        self.integrate(which, time_s, None if later is None else later[which])
        spending = self.credits.touched((vms, other), changed)
        self.credits.until(spending, time_s, now)
        if changed.size and changed.any():
            self._note_shift(time_s)
        self._take_over(vms, on, other, weight, ups, time_s)
        now.alike[touched] = UNKNOWN
        if int(self._shifts.noted[0]) == SHIFTS:
            self.catch_up()
        self.credits.stand(spending, s)
        return which, spending

    def _touched(self, vms: I, on: I, ups: I, other: I) -> I:
        """The units, rising, that are touched by what changed of VMs (`on` becomes the unit on which each runs), of the
        units `ups`, and by rows that work or idle from now on.
        """
        t, s, found = self.tables, self.state, np.empty(min(self.units.size, 2 * vms.size + ups.size), np.int64)
        n: int = self._find_touched(
            vms, ups, self._ruled, self._known, t.inside, self.members.size > 0, on, self._marked, found
        )  # fmt: skip
        touched = found[:n]
        touched.sort()
        parts = []
        if other.size:
            inside = t.inside[other]
            parts.append(np.where(s.status[inside] == RUNNING, s.unit[inside], -1))
        if self._pooled:
            parts.append(self.running.on[self._repooled()])
        return rising([touched, *parts]) if parts else touched

    def draw(self, which: I, time_s: float) -> tuple[I, I]:
        """Let VMs with CPU credits (rows of `credits`) have what they may from now on; the units on which that changes,
        and the VMs that have used up their credits.
        """
        self.credits.until(which, time_s, self.now)
        vms, caps, gone = self.credits.look(which, time_s, self.now)
        on = self.running.on[vms]
        units = np.unique(on[on >= 0])
        self.integrate(units, time_s)
        self.now.caps[vms] = caps
        return units, self.credits.rows["load"][gone]

    def _note_shift(self, time_s: float) -> None:
        """Note that services send their members other parts of the requests from now on."""
        shifts = self._shifts
        n = int(shifts.noted[0])
        shifts.at_s[n], shifts.weight[n] = time_s, self.now.weight
        shifts.noted[0] = n + 1

    def catch_up(self) -> None:
        """Work out all figures that are put off."""
        self.integrate(self.units, 0.0)
        self._shifts.noted[0] = 0

    def _pool_vcpus(self) -> F:
        t, s = self.tables, self.state
        return running_vcpus(t.pools, t.vcpus, (s.status == RUNNING)[t.inside])

    def _repooled(self) -> I:
        """The VMs in pools of which another part is on their unit than before: VMs of the pool began or ended to
        run.
        """
        pools = self.now.pools
        changed = self._pool_vcpus() != pools.vcpus
        for g in range(changed.size):
            changed[g] |= pools.above[g] >= 0 and changed[pools.above[g]]
        rows = np.flatnonzero(pools.of >= 0)
        found: I = rows[changed[pools.of[rows]]]
        return found

    def _take_over(self, vms: I, on: I, other: I, weight: F, ups: I, time_s: float | None = None) -> None:
        """Copy the state of the rules; `time_s`: it is so from then on."""
        now = self.now
        moved = self.count_until(self.counted_s if time_s is None else time_s, vms, on, ups)
        if other.size:
            now.idle[other] = ~now.idle[other]
        now.weight[:] = weight
        if self._pooled:
            now.pools.vcpus[:] = self._pool_vcpus()
        if moved:
            before = self.running.on[vms]
            changed = before != on
            vms, on = vms[changed], on[changed]
            if time_s is not None:
                self.placed.move(vms, before[changed], on, time_s)
            self._run_on(vms, on)

    def _run_on(self, vms: I, on: I) -> None:
        """Let VMs (rising) run on other units than before; -1: on none."""
        shown, self._served = self.running.vms, None
        if self.members.size:
            members = self._is_member[vms]
            left, came = self.running.on[vms[members]], on[members]
        self.running.move(vms, on)
        if self.running.vms is not shown:
            self.now = self.now._replace(vms=self.running.vms)
        if self.members.size:
            np.subtract.at(self._has_members, left[left >= 0], 1)
            np.add.at(self._has_members, came[came >= 0], 1)
            self._rates.vm_own[self.tables.with_apps(vms[on < 0])] = 0.0

    def begin(self) -> None:
        """Count the VMs as they are before the first instant."""
        self.counts = np.bincount(self._status[self.tables.counted], minlength=9)

    def restore(self, rows: I, idle: B, weight: F) -> None:
        """Continue from a restored state; `idle` says which of `rows` (all) are idle."""
        s = self.state
        vms = np.arange(self._status.size)
        on = np.where(s.status == RUNNING, s.unit, -1)
        self._status[:] = s.status
        self.begin()
        self._take_over(vms, on, rows[self.now.idle[rows] != idle], weight, self.units)
        self.now.alike[:] = UNKNOWN
        self.now.caps[self.credits.rows["load"]] = self.credits.rows["cap"]
        if self.now.behind.size:
            self.now.behind[:] = self.backlogs.behind_at(np.inf)

    # -- figures

    def ticks_over(self, time_s: float) -> int:
        """How many ticks are over by a time."""
        edges, over = self.tables.ticks.edges, self._over
        if not (over + 1 < edges.size and edges[over] <= time_s < edges[over + 1]):
            over = self._over = max(int(edges.searchsorted(time_s, side="right")) - 1, 0)
        return over

    def tick_at(self, time_s: float) -> int:
        """The tick in which an instant lies; the last one at the end."""
        return min(self.ticks_over(time_s), self.tables.ticks.row.size - 1)

    def serve_until(self, tick: int) -> None:
        """Advance the units with members of services to the beginning of a tick."""
        self.integrate(np.flatnonzero(self._has_members), float(self.tables.ticks.edges[tick]))
        self._shifts.noted[0] = 0

    def start_from(self, last_s: F | float) -> None:
        """Take the figures of the units to be worked out until a time each."""
        self.now.last_s[:] = self._shifts.served_s[:] = last_s

    def record(self, time_s: float) -> None:
        """Advance all units to the last tick that is over by a time, and make the finished recording steps final."""
        t = self.tables
        done = self.ticks_over(time_s)
        self.integrate(self.units, float(t.ticks.edges[done]))
        self.credits.everything(float(t.ticks.edges[done]), self.now)
        self.backlogs.observe(float(t.ticks.edges[done]))
        filled = t.rows if done >= t.ticks.row.size else int(t.ticks.row[done])
        if filled > self.store.filled:
            self.count_until(min(filled * t.spec.sample_s, t.spec.until_s))
            self.peak_until(filled)
            self.placed.until(filled)
            self.unreached.until(min(filled * t.spec.sample_s, t.spec.until_s))
            close_rows(self.sums.sparse, self.sums.allocated, filled)
            self.store.arrays["filled"][0] = filled

    def count_until(self, time_s: float, vms: I = _NONE, on: I = _NONE, ups: I = _NONE) -> int:
        """Add the VMs by state up to a time (whole rows, or an instant at which they change), then know what the rules
        say of some VMs, which run `on` these units, and of units; how many run elsewhere from now on.
        """
        t, begin_s = self.tables, self.counted_s
        self.counted_s = max(begin_s, time_s)
        moved: int = self._take(
            vms, on, ups, self._ruled, self._known, t.counted, self.counts, self._counted, begin_s, time_s,
            t.spec.sample_s,
        )  # fmt: skip
        return moved

    def peak_until(self, row: int) -> None:
        """Work out the most that domains are asked for in the recording steps before one; all units are there."""
        if row > self.peaked:
            peaks.settle_rows(self.peaked, row, self.tables.ticks, self.tables.units, self.sums.peaks)
            self.peaked = row

    # -- rates

    def peek(self, which: I, tick: int, now: Now, rates: Rates, ticks: Ticks | None = None) -> None:
        """Compute the rates of some units and their VMs in a tick (of other `ticks` than those of the run)."""
        t = self.tables
        kernels.rates_now(which, tick, t.demand, ticks or t.ticks, t.units, now, t.key1, rates, self._kept)

    def members_of(self, services: B) -> I:
        """The units on which members of some services run."""
        on = self.running.on[self._member_vms[services[self._member_services]]]
        return np.unique(on[on >= 0])

    def work(self, vms: I, time_s: float) -> tuple[F, F]:
        """MHz s that VMs got, and seconds that they ran, until the present instant."""
        on = self.running.on[vms]
        self.integrate(np.unique(on[on >= 0]), time_s)
        return self.sums.vms["allocated"][vms], self.sums.vms["running"][vms]

    def capacity(self, service: int, tick: int, weight: float) -> tuple[float, float]:
        """Requests a second that the members of a service could serve in a tick, if it asked for all that they have and
        others for what they ask now; and if they waited for no disk and no wire. The rates of their units are to be
        worked out anew.
        """
        t, one, now = self.tables, np.zeros(self.tables.work.size, np.bool_), self.now
        one[service] = True
        units, could = self.members_of(one), []
        vms = np.unique(self._member_vms[self._member_services == service])
        slow = vms[self.state.io_pace[vms] < 1.0]
        if slow.size:  # what disks let them do is a part of what they ask for now
            self.peek(units, tick, now, self._rates)
            behind = now.behind.copy() if now.behind.size else np.zeros(len(t.vms))
            behind[slow] = np.where(behind[slow] > 0.0, behind[slow], self._rates.loads["asked"][slow])
            pace = now.pace.copy()
            pace[slow] = 1.0
        ways = [now._replace(behind=behind), now._replace(pace=pace)] if slow.size else [now]
        if slow.size:  # none is as long as its disks let it
            ways = [way._replace(alike=np.full(self.units.size, UNLIKE)) for way in ways]
        self._served = None
        before, t.ticks.rate[service, tick] = t.ticks.rate[service, tick], weight / t.work[service]
        for way in ways:
            served = np.zeros(t.work.size)
            kernels.rates_now(units, tick, t.demand, t.ticks, t.units, way, t.key1, self._rates, self._kept, True)
            _add_served(self.members, t.service, t.work, self._rates.vm_own, self._status, t.inside, served)
            could.append(float(served[service]))
        t.ticks.rate[service, tick] = before
        return could[0], could[-1]

    def served(self, tick: int, touched: I | None = None) -> F:
        """Requests a second that each service serves in a tick; `touched` are the units that changed since the last."""
        t = self.tables
        if tick != self._rates_tick:
            self._rates.vm_own[:] = 0.0
            self._rates_tick, touched = tick, self.units
        if touched is not None:  # without members there are no rates, and no room for any
            touched = touched[self._has_members[touched] > 0]
        if touched is not None and touched.size:
            kernels.rates_now(
                touched, tick, t.demand, t.ticks, t.units, self.now, t.key1, self._rates, self._kept, True
            )
            self._served = None
        if self._served is None:
            self._served = np.zeros(t.work.size)
            _add_served(self.members, t.service, t.work, self._rates.vm_own, self._status, t.inside, self._served)
        return self._served
