"""Power and heat of a run: watts from one instant to the next, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import POWER
from designer.engine.clock.progress import Progress
from designer.engine.power import halls as of_halls
from designer.engine.power import supply as of_supply
from designer.engine.power.halls import Halls
from designer.engine.power.split import Split
from designer.engine.power.supply import Supply
from designer.engine.power.tables import F, I, PowerTables
from designer.engine.rules.context import RuleContext
from designer.engine.rules.failing import Failing
from designer.engine.share.kernels import no_rates


class Powering:
    """Follows watts, feeds and halls. While nothing but demand changes them they are carried ahead from tick to tick;
    else each tick begins with an instant, between which nothing changes.
    """

    def __init__(self, context: RuleContext, tables: PowerTables, failing: Failing) -> None:
        t = context.tables
        self._context, self.tables, self._failing = context, tables, failing
        self.supply, self.halls = Supply(context, tables, failing), Halls(context, tables, failing)
        self.split = Split(t, tables.power.split)
        self.rates = no_rates(len(t.vms), t.unit_ids.size)
        self.watts = np.zeros(tables.loads.unit.size)
        """What each load draws."""
        self._tick, self.at_s, self._next_s = -1, 0.0, np.inf
        self._every = np.arange(t.hosts)
        self._draws = slice(t.hosts, t.hosts + tables.watts.size)
        in_hall = tables.loads.hall[: self._draws.stop]
        self._inside = np.flatnonzero(in_hall >= 0)
        self._hall_of = in_hall[self._inside]
        self._supplied: tuple[I, I, I] = (_NONE, _NONE, _NONE)
        """Loads, the feeds that supply them, and among how many each is divided."""

    # -- what happens

    def turn(self, time_s: float, arrays: Mapping[str, Any]) -> None:
        """Let what is due happen."""
        self.carry(time_s, arrays)
        self.supply.turn(time_s)
        self.halls.turn(time_s, self._failing.power.look)

    def look(self, time_s: float, cause: int) -> None:
        """Follow what fell and rose in this instant."""
        self.supply.look(time_s, cause)
        self.halls.look(time_s, cause)

    # -- watts

    def carry(self, time_s: float, arrays: Mapping[str, Any]) -> None:
        """Add what was drawn since the last instant."""
        seconds = time_s - self.at_s
        if seconds <= 0.0:
            return
        row, draws = int(self._context.tables.ticks.row[max(self._tick, 0)]), self._draws
        arrays["energy"][row, self.tables.loads.unit[draws]] += self.watts[draws] * seconds
        arrays["ups_charge"][row] += self.supply.mean_charge(seconds) * seconds
        self.supply.carry(seconds)
        self.halls.carry(seconds, row, arrays)
        arrays["feed_load"][row] += self.supply.load_w * seconds
        np.maximum(arrays["feed_most"][row], self.supply.load_w, out=arrays["feed_most"][row])
        self.split.carry(seconds)
        self.at_s = time_s

    def settle(self, time_s: float, progress: Progress, touched: I, cause: int) -> None:
        """Take over the watts that are drawn from an instant on; `touched` are the units that it changed."""
        self.carry(time_s, progress.store.arrays)
        t, s, tables, draws = self._context.tables, self._context.state, self.tables, self._draws
        tick = progress.tick_at(time_s)
        which = self._every if tick != self._tick else touched[touched < t.hosts]
        if which.size:
            progress.peek(which, tick, progress.now, self.rates)
            self.split.settle(which, progress.now, self.rates, moved=touched.size > 0)
        self._tick = tick
        self.watts[draws] = np.where(s.up[tables.loads.unit[draws]], tables.watts, 0.0)
        self.watts[draws.stop :] = self.halls.settle(time_s, self._it_w(), cause)
        self._find_supplied()
        self.supply.settle(time_s, self._feed_w(), cause)
        self._plan(time_s, float(t.ticks.edges[tick + 1]))

    def until(self, before_s: float, progress: Progress) -> float:
        """Carry watts through the ticks that begin before a time, while nothing but demand changes them; the tick with
        which something else begins to (inf: none before that time).
        """
        edges = self._context.tables.ticks.edges
        while self.calm and self._tick + 2 < edges.size and (edge_s := float(edges[self._tick + 1])) < before_s:
            self.carry(edge_s, progress.store.arrays)
            progress.peek(self._every, self._tick + 1, progress.now, self.rates)
            it_w = self._it_w()
            if not self.halls.carries(it_w):
                return edge_s
            self.watts[self._draws.stop :] = self.halls.draw(it_w)
            load_w = self._feed_w()
            if not self.supply.carries(load_w):
                return edge_s
            self.supply.load_w = load_w
            self.split.settle(self._every, progress.now, self.rates, moved=False)
            self._tick += 1
        return np.inf

    @property
    def calm(self) -> bool:
        """Whether nothing but demand changes watts."""
        return self._next_s == np.inf and self._tick >= 0

    def _it_w(self) -> F:
        """What IT draws in each hall; takes over what hosts draw."""
        hosts = self._every.size
        self.watts[:hosts] = self.rates.units["power_w"][:hosts]
        return np.bincount(self._hall_of, self.watts[self._inside], len(self.tables.power.halls)).astype(np.float64)

    def _find_supplied(self) -> None:
        """Find which feeds supply which loads: each load takes equal parts from those of its feeds that supply."""
        s, loads, feeds = self._context.state, self.tables.loads, self.tables.feeds
        gives = (s.up[feeds] | (s.tables.holds[feeds] & ~s.dark[feeds]))[loads.feed]
        of = loads.of[gives]
        self._supplied = of, loads.feed[gives], np.bincount(of, minlength=loads.unit.size)[of]

    def _feed_w(self) -> F:
        """What each feed supplies."""
        of, feed, among = self._supplied
        return np.bincount(feed, self.watts[of] / among, self.tables.feeds.size).astype(np.float64)

    def _plan(self, time_s: float, edge_s: float) -> None:
        """Plan the next instant; none where nothing but demand changes watts from now on."""
        at_s = max(time_s, min(self.supply.next_s, self.halls.next_s(time_s)))
        if at_s < np.inf or not (self.supply.calm and self.halls.calm):
            at_s = max(time_s, min(at_s, edge_s))
        if at_s != self._next_s or self._next_s <= time_s:
            self._next_s = at_s
            if at_s < np.inf:
                self._context.agenda.plan(at_s, POWER, 0, 0)

    # -- looking

    def temperature(self, time_s: float) -> F:
        """°C of each hall now, after the last instant; NaN: not told."""
        halls = self.halls
        excess = [halls.course(n).after(time_s - self.at_s) for n in range(halls.excess_k.size)]
        return np.where(halls.cooled, halls.set_c + np.array(excess, np.float64), np.nan)

    # -- copies

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        made = {f"supply_{name}": getattr(self.supply, name).copy() for name in of_supply.KEPT}
        made |= {f"halls_{name}": getattr(self.halls, name).copy() for name in of_halls.KEPT}
        at = np.array([self._tick, self.at_s, self._next_s])
        return made | self.split.copy() | {"power_watts": self.watts.copy(), "power_at": at}

    def restore(self, saved: Mapping[str, NDArray[Any]], progress: Progress) -> None:
        """Continue from what `copy` returned."""
        for part, names, prefix in ((self.supply, of_supply.KEPT, "supply_"), (self.halls, of_halls.KEPT, "halls_")):
            for name in names:
                setattr(part, name, saved[prefix + name].copy())
        self.watts = saved["power_watts"].copy()
        tick, self.at_s, self._next_s = saved["power_at"].tolist()
        self._tick = int(tick)
        self.split.restore(saved)
        if self._tick >= 0:
            hosts = np.arange(self._context.tables.hosts)
            progress.peek(hosts, self._tick, progress.now, self.rates)
            self.split.settle(hosts, progress.now, self.rates)
            self.halls.find_running(self.at_s)
            self._find_supplied()


_NONE = np.zeros(0, np.int64)
