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
    """Follows watts, feeds and halls. Between two instants nothing changes; each tick begins with one."""

    def __init__(self, context: RuleContext, tables: PowerTables, failing: Failing) -> None:
        t = context.tables
        self._context, self.tables, self._failing = context, tables, failing
        self.supply, self.halls = Supply(context, tables, failing), Halls(context, tables, failing)
        self.split = Split(t, tables.power.split)
        self.rates = no_rates(len(t.vms), t.unit_ids.size)
        self.watts = np.zeros(tables.loads.unit.size)
        """What each load draws."""
        self._tick, self.at_s, self._next_s = -1, 0.0, np.inf

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
        t, hosts = self._context.tables, self._context.tables.hosts
        row = int(t.ticks.row[max(self._tick, 0)])
        draws = slice(hosts, hosts + self.tables.watts.size)
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
        t, s, tables = self._context.tables, self._context.state, self.tables
        tick = progress.tick_at(time_s)
        which = np.arange(t.hosts) if tick != self._tick else touched[touched < t.hosts]
        if which.size:
            progress.peek(which, tick, progress.now, self.rates)
            self.split.settle(which, progress.now, self.rates, moved=touched.size > 0)
        self._tick = tick
        loads, draws = tables.loads, slice(t.hosts, t.hosts + tables.watts.size)
        self.watts[: t.hosts] = self.rates.units["power_w"][: t.hosts]
        self.watts[draws] = np.where(s.up[loads.unit[draws]], tables.watts, 0.0)
        it, inside = slice(0, draws.stop), loads.hall[: draws.stop] >= 0
        it_w = np.bincount(loads.hall[it][inside], self.watts[it][inside], len(tables.power.halls)).astype(np.float64)
        self.watts[draws.stop :] = self.halls.settle(time_s, it_w, cause)
        self.supply.settle(time_s, self._feed_w(), cause)
        self._plan(time_s, float(t.ticks.edges[tick + 1]))

    def _feed_w(self) -> F:
        """What each feed supplies: each load takes equal parts from those of its feeds that supply."""
        s, loads, feeds = self._context.state, self.tables.loads, self.tables.feeds
        gives = (s.up[feeds] | (s.tables.holds[feeds] & ~s.dark[feeds]))[loads.feed]
        among = np.bincount(loads.of[gives], minlength=loads.unit.size)
        part = self.watts[loads.of[gives]] / among[loads.of[gives]]
        return np.bincount(loads.feed[gives], part, feeds.size).astype(np.float64)

    def _plan(self, time_s: float, edge_s: float) -> None:
        at_s = max(time_s, min(edge_s, self.supply.next_s, self.halls.next_s(time_s)))
        if at_s != self._next_s or self._next_s <= time_s:
            self._next_s = at_s
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
