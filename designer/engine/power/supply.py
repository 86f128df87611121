"""What supplies each feed while its utility is lost: UPSs by the load they carry, generators that may not start; and
when a feed that carries too much trips."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine import chance
from designer.engine.power.tables import F, PowerTables
from designer.engine.rules.context import RuleContext
from designer.engine.rules.failing import Failing

OFF, STARTING, RUNNING, DEAD = range(4)
"""How a generator is; DEAD: it did not start, or has no fuel left, until no feed needs it."""
KEPT = ("charge", "drain", "turn_s", "mode", "due_s", "fuel_s", "starts", "over_s", "over_by", "tripped", "load_w",
        "needed_by")  # fmt: skip
"""The arrays that are the state of feeds, UPSs and generators."""
ROUNDING = 1.0 + 1e-9
"""A load above its limit by less is rounding."""


class Supply:
    """The feeds of a run and what bridges their outages. Seconds, watts; charges in J (of a UPS with a fixed runtime:
    in s)."""

    def __init__(self, context: RuleContext, tables: PowerTables, failing: Failing) -> None:
        self._context, self._t, self._failing = context, tables, failing
        feeds, generators = tables.power.feeds, tables.generators
        self.limit_w = np.array([feed.limit_w or np.inf for feed in feeds], np.float64)
        self.trip_s = np.array([feed.trip_s for feed in feeds], np.float64)
        self.full = np.array([ups.energy_j or ups.lasts_s for ups in tables.ups], np.float64)
        self.charge, self.drain, self.turn_s = (
            self.full.copy(),
            np.zeros_like(self.full),
            np.full_like(self.full, np.inf),
        )
        self._fixed = np.array([ups.energy_j == 0.0 for ups in tables.ups], np.bool_)
        self._recharge_w = np.array([ups.recharge_w for ups in tables.ups], np.float64)
        self._ups_of_feed = np.isin(tables.ups_unit, tables.feeds)
        """UPSs that are no elements of their own, and cannot fail."""
        self.mode, self.starts = np.zeros(len(generators), np.int64), np.zeros(len(generators), np.int64)
        self.due_s, self.fuel_s = np.full(len(generators), np.inf), np.array([g.fuel_s for g in generators])
        self.needed_by = np.zeros(len(generators), np.int64)
        """The entry of the log for which each generator was started last."""
        self.over_s, self.over_by = np.full(len(feeds), np.inf), np.zeros(len(feeds), np.int64)
        self._spent_s = np.inf
        """When a UPS was found empty; by rounding that may be just before it was said to be."""
        self.tripped, self.load_w = np.zeros(len(feeds), np.bool_), np.zeros(len(feeds))

    # -- time

    def carry(self, seconds: float) -> None:
        """Advance charges and fuel by a time in which nothing changes."""
        self.charge = self._charge_after(seconds)
        runs = self.mode == RUNNING
        if runs.any():
            self.fuel_s = self.fuel_s - np.where(runs, seconds, 0.0)

    def _charge_after(self, seconds: float) -> F:
        if not self.drain.any():
            return self.charge
        return np.clip(self.charge - self.drain * seconds, 0.0, self.full)

    def mean_charge(self, seconds: float) -> F:
        """The mean of the part of each UPS that is charged over a time in which nothing changes."""
        after, full = self._charge_after(seconds), self.full
        return np.divide((self.charge + after) / 2.0, full, out=np.zeros_like(full), where=full > 0.0)

    @property
    def next_s(self) -> float:
        """When something changes by itself."""
        return min(
            float(self.turn_s.min(initial=np.inf)), float(self.due_s.min(initial=np.inf)),
            float((self.over_s + self.trip_s).min(initial=np.inf)), self._spent_s,
        )  # fmt: skip

    @property
    def calm(self) -> bool:
        """Whether every feed has its utility and carries what it may."""
        return bool(self._context.state.up[self._t.feeds].all()) and bool(np.isinf(self.over_s).all())

    def carries(self, load_w: F) -> bool:
        """Whether no load is above the limit of its feed."""
        return not bool((load_w > self.limit_w * ROUNDING).any())

    def turn(self, time_s: float) -> None:
        """Let what is due happen: UPSs are empty or full, feeds trip."""
        due = self.turn_s <= time_s
        self.charge = np.where(due, np.where(self.drain > 0.0, 0.0, self.full), self.charge)
        self.turn_s[due] = np.inf
        for f in np.flatnonzero(self.over_s + self.trip_s <= time_s).tolist():
            self._trip(time_s, f)

    def _trip(self, time_s: float, f: int) -> None:
        unit, limit = int(self._t.feeds[f]), self.limit_w[f]
        self.over_s[f], self.tripped[f] = np.inf, True
        ids, log = self._context.tables.unit_ids, self._context.log
        detail = f"its limit is {limit:,.0f} W"
        serials = log.add(time_s, "tripped", ids[unit], self.over_by[f], detail=detail, value=self.load_w[f])
        self._failing.trip(time_s, unit, serials)

    # -- who supplies

    def look(self, time_s: float, cause: int) -> None:
        """Start and stop generators, and let feeds that lost their utility supply or not."""
        s, t = self._context.state, self._t
        up = s.up[t.feeds]
        self.tripped &= ~up
        needed = t.bridged & ~up & ~self.tripped
        for g in range(self.mode.size):
            self._run(time_s, g, bool(needed[t.starts[g]].any()), cause)
        gives = self._bridges() & needed
        for f in np.flatnonzero(t.bridged & ~up).tolist():
            unit = int(t.feeds[f])
            if bool(s.dark[unit]) == bool(gives[f]):
                self._failing.bridge(time_s, unit, cause or int(s.failure[unit]), bool(gives[f]))

    def _run(self, time_s: float, g: int, needed: bool, cause: int) -> None:
        """Let a generator start, run or stop."""
        t, part, unit = self._t, self._t.generators[g], int(self._t.generator_unit[g])
        if not needed or not self._has_part(unit):
            self.mode[g], self.due_s[g] = OFF, np.inf
            if not needed:
                self.fuel_s[g] = part.fuel_s
            return
        if self.mode[g] == OFF:
            self.mode[g], self.due_s[g] = STARTING, time_s + part.start_s
            self.needed_by[g] = cause or int(self._context.state.failure[t.feeds[t.starts[g]]].max())
        if self.due_s[g] > time_s:
            return
        if self.mode[g] == RUNNING or not self._starts(g):
            started = self.mode[g] == RUNNING
            self.mode[g], self.due_s[g] = DEAD, np.inf
            if not started:
                ids = self._context.tables.unit_ids
                serials = self._context.log.add(time_s, "unstarted", ids[unit], self.needed_by[g])
                if unit not in t.feeds:
                    self.mode[g] = OFF
                    self._failing.break_down(time_s, unit, serials)
            return
        self.mode[g], self.due_s[g] = RUNNING, time_s + self.fuel_s[g]
        if unit not in t.feeds:
            self._context.log.add(time_s, "started", self._context.tables.unit_ids[unit], self.needed_by[g])

    def _starts(self, g: int) -> bool:
        """Whether a generator starts this time, by its own stream."""
        part, count = self._t.generators[g], int(self.starts[g])
        self.starts[g] += 1
        key1 = chance.key(self._context.tables.spec.seed, chance.GENERATOR)
        word = chance.draw_words(np.uint64(part.id), key1, np.uint64(count), np.uint64(0))[0]
        return bool(chance.unit(word) < part.start_probability)

    def _has_part(self, unit: int) -> bool:
        """Whether a part of a feed has not failed; one that is no element cannot."""
        return bool(self._context.state.up[unit]) or unit in self._t.feeds

    def _alive(self) -> NDArray[np.bool_]:
        alive: NDArray[np.bool_] = self._context.state.up[self._t.ups_unit] | self._ups_of_feed
        return alive

    def _generated(self) -> NDArray[np.bool_]:
        """Feeds that a generator supplies."""
        found = np.zeros(self.load_w.size, np.bool_)
        for g in np.flatnonzero(self.mode == RUNNING).tolist():
            found[self._t.starts[g]] = True
        return found

    def _bridges(self) -> NDArray[np.bool_]:
        """Feeds that a generator or a charged UPS could supply."""
        found = self._generated()
        found[self._t.ups_feed[self._alive() & (self.charge > 0.0)]] = True
        return found

    # -- the load

    def settle(self, time_s: float, load_w: F, cause: int) -> None:
        """Let feeds carry a load from now on."""
        self.load_w = load_w
        over = load_w > self.limit_w * ROUNDING
        begins = over & np.isinf(self.over_s)
        self.over_by[begins] = cause
        self.over_s = np.where(over, np.minimum(self.over_s, time_s), np.inf)
        self._drain(time_s)
        s, feeds = self._context.state, self._t.feeds
        lost = self._t.bridged & ~s.up[feeds] & ~self.tripped & ~s.dark[feeds]
        self._spent_s = time_s if (lost & ~self._bridges()).any() else np.inf

    def _drain(self, time_s: float) -> None:
        """How fast UPSs are emptied or filled from now on, and until when."""
        t, state = self._t, self._context.state
        if not t.ups:
            return
        up, alive, generated = state.up[t.feeds], self._alive(), self._generated()
        has_power = (up | generated)[t.ups_feed] & ~self.tripped[t.ups_feed]
        carries = alive & ~has_power & ~self.tripped[t.ups_feed] & (self.charge > 0.0)
        among = np.bincount(t.ups_feed[carries], minlength=up.size)[t.ups_feed]
        fixed, recharge = self._fixed, self._recharge_w
        self.charge = np.where(alive & has_power & (fixed | (recharge == 0.0)), self.full, self.charge)
        taken = np.where(fixed, 1.0, self.load_w[t.ups_feed] / np.maximum(among, 1))
        fills = alive & has_power & (self.charge < self.full)
        self.drain = np.where(carries, taken, np.where(fills, -recharge, 0.0))
        left = np.where(self.drain > 0.0, self.charge, self.full - self.charge)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.turn_s = np.where(self.drain != 0.0, time_s + left / np.abs(self.drain), np.inf)
