"""Auto scaling groups: they launch missing instances, and rebalance their zones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from designer.engine.rules import placement
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.placement import Placement
from designer.engine.rules.waiting import stocks_of, why_no_launch
from designer.engine.state.state import FREE, LIVE, RUNNING


class Groups:
    """The auto scaling groups of a run. `boot(time, rows, cause, what)` starts booting VMs where they stand;
    `terminate(time, rows, why)` ends them."""

    def __init__(
        self,
        context: RuleContext,
        door: Placement,
        boot: Callable[[float, Rows, int, str], None],
        terminate: Callable[[float, Rows, str], None],
    ) -> None:
        self._context, self._door, self._boot, self._terminate = context, door, boot, terminate
        t = context.tables
        units = {int(i): n for n, i in enumerate(t.unit_ids)} if t.spec.groups else {}
        self._places = [np.array([units[p] for p in g.places if p in units], np.int64) for g in t.spec.groups]
        order = np.argsort(t.group, kind="stable")
        edges = np.searchsorted(t.group[order], np.arange(len(t.spec.groups) + 1))
        self._members = [order[a:b] for a, b in pairwise(edges.tolist())]

    def fill(self, time_s: float, g: int, cause: int) -> None:
        """Launch the missing instances of a group, each where the fewest live; a group that cannot launch is starved
        and waits."""
        t, s = self._context.tables, self._context.state
        group, slots, live = t.spec.groups[g], t.slots[g], self.live(g)
        free = slots[FREE[s.status[slots]]]
        wanted = free[: max(int(s.desired[g]) - live.size, 0)]
        if not wanted.size:
            s.starved[g] = False
            return
        found = self._launch(time_s, g, wanted, live, self._places[g], cause)
        self._note_capacity(time_s, g, found, live, cause)
        stop = np.count_nonzero(found >= 0)
        why = "" if stop == found.size else why_no_launch(self._door, int(found[stop]), int(wanted[stop]))
        if why and not s.starved[g]:
            self._context.log.add(time_s, "waiting", group.id, cause, detail=why)
        s.starved[g] = bool(why)

    def _note_capacity(self, time_s: float, g: int, found: Rows, live: Rows, cause: int) -> None:
        """Note in which zones a group has just found no capacity: full ones in which fewer of it stood than where it
        launched, or any where it launched nowhere."""
        t, s = self._context.tables, self._context.state
        slots = t.slots[g]
        if not t.spec.stocks or not slots.size:
            return
        on = s.unit[live[s.unit[live] >= 0]]
        zones, standing = set(t.zone[self._places[g]].tolist()), Counter(t.zone[on].tolist())
        missed: set[int] = set()
        for unit in found.tolist():
            here = int(t.zone[unit]) if unit >= 0 else -1
            missed |= {z for z in zones if unit < 0 or standing[z] < standing[here]}
            standing[here] += 1
        for n in stocks_of(self._door, int(slots[0])):
            stock = t.spec.stocks[n]
            zone = t.unit_of(stock.zone)
            full = bool(self._door.taken_of_stock(n) >= stock.most)
            if zone in missed and full and not s.dry[g, n]:
                detail = f"the provider has {stock.most:,} {stock.name} there, and all are taken"
                self._context.log.add(time_s, "no_capacity", t.spec.groups[g].id, cause, stock.zone, detail)
            s.dry[g, n] = full and (s.dry[g, n] or zone in missed)

    def _launch(self, time_s: float, g: int, wanted: Rows, live: Rows, places: Rows, cause: int) -> Rows:
        """Launch instances on those of some places where the fewest of `live` are, by zone and then by place, until one
        finds no place; where each went."""
        s, zone = self._context.state, self._context.tables.zone
        count, on = np.zeros(s.up.size), s.unit[live[s.unit[live] >= 0]]
        np.add.at(count, on, 1.0)
        np.add.at(count, zone[on[(zone[on] >= 0) & (zone[on] != on)]], 1.0)
        anywhere = np.full(wanted.size, placement.ANY)
        found = self._door.place(wanted, s.origin, anywhere, places, placement.EVEN, count)
        stop = int(np.argmax(found < 0)) if (found < 0).any() else found.size
        if stop:
            s.stand(wanted[:stop], found[:stop])
            s.asked[wanted[:stop]] = int(s.asked.max()) + 1 + np.arange(stop)
            self._boot(time_s, wanted[:stop], cause, "launched")
        return found[: stop + 1]

    def end_surplus(self, time_s: float) -> None:
        """End what groups have too much since all runs that they launched to rebalance their zones."""
        for g, live in self._uneven():
            if self._context.state.extra[g]:
                self._end_surplus(time_s, g, live)

    def balance(self, time_s: float) -> None:
        """Rebalance the zones of fully running groups: launch where fewer are; `end_surplus` ends as many later."""
        for g, live in self._uneven():
            if not self._context.state.extra[g]:
                self._launch_missing(time_s, g, live)
        self._context.state.unbalanced[:] = False

    def _uneven(self) -> Iterator[tuple[int, Rows]]:
        """Groups to be looked at in this instant that rebalance and all of whose instances run, with those."""
        s = self._context.state
        if not self._places:
            return
        for g in np.flatnonzero(s.unbalanced).tolist():
            live = self.live(g)
            if self._context.tables.spec.groups[g].rebalance and (s.status[live] == RUNNING).all():
                yield g, live

    def _launch_missing(self, time_s: float, g: int, live: Rows) -> None:
        """Launch in zones that are up what must move there until no zone has two fewer than another: as many at a time
        as pass the most of the group by no more than `_beyond`.
        """
        t, s = self._context.tables, self._context.state
        slots, places, most = t.slots[g], self._places[g], t.spec.groups[g].most
        places = places[s.reached[places]]
        counts = Counter(t.zone[s.unit[live]].tolist())
        moved = _moves(counts, sorted(set(t.zone[places].tolist())))[: max(most + _beyond(most) - live.size, 0)]
        wanted, fewer = slots[FREE[s.status[slots]]][: len(moved)], places[np.isin(t.zone[places], moved)]
        if wanted.size:
            found = self._launch(time_s, g, wanted, live, fewer, s.settled_by)
            s.extra[g] = np.count_nonzero(found >= 0)
        elif moved:
            self._move_one(time_s, g, live, fewer)

    def _move_one(self, time_s: float, g: int, live: Rows, places: Rows) -> None:
        """End one instance in the zone with most and launch it in some places: of a group that has as many as it may,
        none designed, there is no other for the run. Where nothing is launched now, none is ended.
        """
        t, s = self._context.tables, self._context.state
        one, anywhere = self._newest(live, 1), np.full(1, placement.ANY)
        if t.slots[g][0] > one[0]:
            return
        unit = int(self._door.place(one, s.origin, anywhere, places)[0])
        if unit >= 0 and not (t.region[unit] >= 0 and s.control_down[t.region[unit]]):
            self._end(time_s, one)
            self._launch(time_s, g, one, live[live != one[0]], places, s.settled_by)

    def _end_surplus(self, time_s: float, g: int, live: Rows) -> None:
        """Terminate instances in the zones with most, as many as were launched for the balance; the newest first."""
        s = self._context.state
        ended = self._newest(live, min(int(s.extra[g]), live.size - int(s.desired[g])))
        s.extra[g] = 0
        self._end(time_s, ended)

    def _end(self, time_s: float, rows: Rows) -> None:
        """Terminate instances as their group rebalances."""
        s = self._context.state
        s.cause[rows] = 0
        s.believe(self._context.tables.with_apps(rows), False)
        self._terminate(time_s, rows, "its group rebalances its zones")

    def _newest(self, live: Rows, count: int) -> Rows:
        """`count` of some instances: the newest first, each from the zone that then has most."""
        s = self._context.state
        live = live[np.argsort(s.asked[live], kind="stable")]  # a slot of one that was ended has the next
        zones = self._context.tables.zone[s.unit[live]]
        here = {int(zone): live[zones == zone].tolist() for zone in np.unique(zones)}
        return np.array(sorted(max(here.values(), key=len).pop() for _ in range(max(count, 0))), np.int64)

    def members(self, g: int) -> Rows:
        """All that a group may have: designed members and slots."""
        return self._members[g]

    def live(self, g: int) -> Rows:
        """The instances that a group counts."""
        members = self._members[g]
        live: Rows = members[LIVE[self._context.state.status[members]]]
        return live

    def shrink(self, time_s: float, g: int, cause: int) -> None:
        """Terminate what a group has beyond what it wants: first who does not run, then in the zones with most."""
        t, s = self._context.tables, self._context.state
        live = self.live(g)
        count = live.size - int(s.desired[g])
        idle = live[s.status[live] != RUNNING][: max(count, 0)]
        runs = live[s.status[live] == RUNNING]
        ended = np.union1d(idle, self._newest(runs, count - idle.size)) if count > 0 else live[:0]
        s.starved[g], s.extra[g], s.cause[ended] = False, 0, cause
        s.believe(t.with_apps(ended), False)
        self._terminate(time_s, ended, "its group has more than it wants")

    def fill_starved(self, time_s: float) -> None:
        """Make groups that could not launch try again."""
        if not self._places:
            return
        for g in np.flatnonzero(self._context.state.starved).tolist():
            self.fill(time_s, g, 0)


def _beyond(most: int) -> int:
    """By how many instances a group may pass its most while it rebalances: 10%, or one where that is more."""
    return max(most // 10, 1)


def _moves(counts: Counter[int], zones: list[int]) -> list[int]:
    """The zone, of `zones`, of each instance that must move there, one at a time from where most are, until no zone has
    two fewer.
    """
    moved = []
    while zones and counts and max(counts.values()) - min(counts[zone] for zone in zones) > 1:
        moved.append(min(zones, key=counts.__getitem__))
        counts[max(counts, key=counts.__getitem__)] -= 1
        counts[moved[-1]] += 1
    return moved
