"""Where DNS names lead users: to the old answer until a health check and the TTL are over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import LED
from designer.engine.result.arrays import told_services
from designer.engine.result.dropped import fluid_services, most_rps
from designer.engine.result.log import LogEntry
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.share.arrays import Ticks
from designer.engine.spec import DnsName
from designer.engine.tables.base_limits import BaseLimits

B = NDArray[np.bool_]
F = NDArray[np.float64]
LED_AWAY, LED_BACK = "led_away", "led_back"
Noted = tuple[float, int, int, int]
"""From when on which replica of a database (-1: none) takes writes, and which (bits) are read."""


class Names:
    """The DNS names of a run. Rows are answers, those of a name together.

    `share[s, n]` is the part of the requests of name n that service s gets. The rates of services hold what names lead
    to them, in the ticks to come.
    """

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        t = context.tables
        self.names = list(t.spec.dns_names)
        at = {service.id: s for s, service in enumerate(t.spec.services)}
        self._of = np.array([n for n, name in enumerate(self.names) for _ in name.answers], np.int64)
        self._service = np.array([at[a.service] for name in self.names for a in name.answers], np.int64)
        self._healthy = np.ones(self._of.size, np.bool_)
        self._seen = np.ones(self._of.size, np.bool_)
        self._stamp = np.zeros(self._of.size, np.int64)
        self.most = most_rps(t.spec)
        """Requests a second that the load balancer of each service passes."""
        self.limited = np.isfinite(self.most) & ~fluid_services(t.spec)
        self.over: F = np.zeros(t.ticks.rate.shape if self.limited.any() else (0, 0))
        """Requests a second that it drops in each tick."""
        self.bases = BaseLimits(t.spec)
        self.held: F = np.zeros(t.ticks.rate.shape if self.bases.ways else (0, 0))
        """Requests a second that databases do not serve in each tick."""
        self._own = t.ticks.rate
        if self.names or told_services(t.spec) or self.limited.any() or self.bases.ways:
            self._own = t.ticks.rate.copy()
        self._held = np.zeros(self._of.size, np.bool_)
        """Answers that cannot be changed now."""
        self._stale = np.zeros(len(self.names), np.bool_)
        """Names whose answers nobody asks for anew."""
        units = {int(i): n for n, i in enumerate(t.unit_ids)} if any(n.managed_in for n in self.names) else {}
        self._managed = np.array([units.get(name.managed_in, -1) for name in self.names], np.int64)
        """The region whose control plane each name needs to change."""
        self._past: list[tuple[float, int, F]] = []
        self.share = np.zeros((len(t.spec.services), len(self.names)))
        self.led = np.zeros(len(t.spec.services), np.bool_)
        """Services that get another part of the users from this instant on."""
        self.apart = np.zeros(self.led.size, np.bool_)
        """Services whose requests are counted elsewhere."""
        for n in range(len(self.names)):
            self._lead(n)
        self._spread(0)

    def look(self, time_s: float, serves: B) -> None:
        """Compare what health checks see (which services serve) with what they saw, and plan the consequences."""
        changed = np.flatnonzero(self._seen != serves[self._service])
        self._seen[changed] = serves[self._service[changed]]
        self._stamp[changed] += 1
        self._held[changed] = False
        rows = np.union1d(changed, np.flatnonzero(self._held))
        rows = rows[self._seen[rows] != self._healthy[rows]]
        for row in rows[~self._hold(time_s, rows)].tolist():
            name = self.names[self._of[row]]
            at_s = time_s + name.check_s + name.ttl_s
            self._context.agenda.plan(at_s, LED, name.id, row, self._stamp[row])

    def _hold(self, time_s: float, rows: Rows) -> B:
        """Which answers cannot be changed, for want of a control plane."""
        t, s = self._context.tables, self._context.state
        region = self._managed[self._of[rows]]
        down: B = (region >= 0) & (s.control_down[region] | ~s.up[region])
        for row, unit in zip(rows[down & ~self._held[rows]].tolist(), region[down & ~self._held[rows]].tolist()):
            self._context.log.add(
                time_s, "dns_waits", self.names[self._of[row]].id, s.control_failure[unit], t.unit_ids[unit],
                f"the control plane of {t.name(unit)} is down",
            )  # fmt: skip
        held: B = down | self._stale[self._of[rows]]
        self._held[rows] = held
        return held

    def go_stale(self, time_s: float, names: Rows, stale: bool) -> None:
        """Let users of names stay where they were led, or follow what the names say at once."""
        for n in names[self._stale[names] != stale].tolist():
            self._stale[n] = stale
            self._context.log.add(time_s, "dns_stale" if stale else "dns_fresh", self.names[n].id)
            rows = np.flatnonzero((self._of == n) & self._held & (self._seen != self._healthy))
            rows = rows[:0] if stale else rows[~self._hold(time_s, rows)]
            for row in rows.tolist():
                self._context.agenda.plan(time_s, LED, self.names[n].id, row, self._stamp[row])

    def turn(self, time_s: float, rows: Rows, stamps: Rows) -> None:
        """A health check and its TTL are over: lead users elsewhere, where the finding still holds."""
        t = self._context.tables
        rows = rows[stamps == self._stamp[rows]]
        self._held[rows[self._stale[self._of[rows]]]] = True
        for row in rows[~self._stale[self._of[rows]]].tolist():
            self._take(row, bool(self._seen[row]))
            n = int(self._of[row])
            to = [t.spec.services[s].name for s in np.flatnonzero(self.share[:, n]).tolist()]
            what = LED_BACK if self._healthy[row] else LED_AWAY
            place = t.spec.services[self._service[row]].id
            self._context.log.add(time_s, what, self.names[n].id, place=place, detail=f"users go to {' and '.join(to)}")

    def lead(self, time_s: float, k: int, arrays: Mapping[str, Any] | None = None) -> None:
        """Let services get from an instant in tick k on what names lead to them; what was requested (`arrays` of a run)
        is made good for the part of the tick that is over, where they are given.
        """
        ticks = self._context.tables.ticks
        before, over = ticks.rate[:, k].copy(), self.over[:, k].copy() if self.over.size else 0.0
        held = self.held[:, k].copy() if self.held.size else 0.0
        self._past.append((time_s, k, before))
        self._spread(k)
        self.led[:] = False
        if arrays is not None:
            dt, change = time_s - ticks.edges[k], before - ticks.rate[:, k]
            change[self.apart] = 0.0
            if self.over.size:
                less = over - self.over[:, k]
                change += less
                arrays["balancer_dropped"][ticks.row[k]] += less * dt
            if self.held.size:
                change += held - self.held[:, k]
            arrays["requested"][ticks.row[k]] += change * dt

    def hold(self, ways: Mapping[int, tuple[int, int]]) -> None:
        """Let databases serve by their replicas: which takes writes, and the bits of those that are read."""
        changed = self.bases.hold({**self.bases.ways, **ways})
        if changed is not None:
            self.led |= changed

    def replay(self, log: Iterable[LogEntry], noted: Iterable[Noted], tick: Callable[[float], int]) -> None:
        """Follow the log of a run, and what was noted of its databases, for a look back."""
        told: list[tuple[float, LogEntry | Noted]] = [(one[0], one) for one in noted if one[1] in self.bases.ways]
        told += [(entry.time_s, entry) for entry in log if entry.what in (LED_AWAY, LED_BACK)]
        for time_s, one in sorted(told, key=lambda pair: pair[0]):
            if isinstance(one, LogEntry):
                named = [(self.names[n].id, self._context.tables.spec.services[s].id) for n, s in self._ends()]
                self._take(named.index((one.id, one.place)), one.what == LED_BACK)
            else:
                self.hold({one[1]: one[2:]})
            if self.led.any():
                self.lead(time_s, tick(time_s))

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What `restore` needs beside the log of a run: what health checks saw, and what was planned."""
        return {"names_seen": self._seen.copy(), "names_stamp": self._stamp.copy(), "names_held": self._held.copy(),
                "names_stale": self._stale.copy()}  # fmt: skip

    def restore(
        self, saved: Mapping[str, NDArray[Any]], log: Iterable[LogEntry], noted: Iterable[Noted],
        tick: Callable[[float], int],
    ) -> None:  # fmt: skip
        """Take over what `state` held, and the log of the run until then and what was noted of its databases say."""
        self.replay(log, noted, tick)
        if self.names:
            self._seen[:], self._stamp[:] = saved["names_seen"], saved["names_stamp"]
            self._held[:], self._stale[:] = saved["names_held"], saved["names_stale"]

    @property
    def own_rates(self) -> F:
        """The rates that services have without any name."""
        return self._own

    def rates(self, k: int) -> F:
        """Requests a second of services in a tick, by what names lead to them now."""
        own: F = self._own[:, k]
        return own + self.share @ self._context.tables.named[:, k] if self.names else own

    def own_ticks(self) -> Ticks:
        """The ticks of a run that begins on the same tables: with the rates that services have without any name."""
        ticks = self._context.tables.ticks
        return ticks._replace(rate=self._own.copy()) if self.names or self.over.size or self.held.size else ticks

    @property
    def led_at(self) -> list[float]:
        """When users were led elsewhere within a tick."""
        return [time_s for time_s, _, _ in self._past]

    def ticks_at(self, time_s: float, k: int) -> Ticks:
        """The ticks as they were at an instant in tick k: users may have been led elsewhere later in it."""
        ticks = self._context.tables.ticks
        later = next((before for at_s, tick, before in self._past if tick == k and time_s < at_s), None)
        if later is None:
            return ticks
        rate = ticks.rate.copy()
        rate[:, k] = later
        return ticks._replace(rate=rate)

    def _ends(self) -> list[tuple[int, int]]:
        return list(zip(self._of.tolist(), self._service.tolist()))

    def _take(self, row: int, healthy: bool) -> None:
        """Count an answer as healthy or not from now on."""
        before = self.share.copy()
        self._healthy[row] = healthy
        self._lead(int(self._of[row]))
        self.led |= (before != self.share).any(axis=1)

    def _lead(self, n: int) -> None:
        """Share the users of a name among its answers."""
        rows = np.flatnonzero(self._of == n)
        self.share[:, n] = 0.0
        self.share[self._service[rows], n] = shares(self.names[n], self._healthy[rows])

    def _spread(self, k: int) -> None:
        if self.names or self.over.size or self.held.size:
            t = self._context.tables
            led = self._own[:, k:] + self.share @ t.named[:, k:] if self.names else self._own[:, k:].copy()
            if self.over.size:
                self.over[:, k:] = np.where(self.limited[:, None], np.maximum(led - self.most[:, None], 0.0), 0.0)
                led -= self.over[:, k:]
            if self.held.size:
                served = self.bases.through(led)
                self.held[:, k:] = led - served
                led = served
            t.ticks.rate[:, k:] = np.where(self.apart[:, None], t.ticks.rate[:, k:], led)


def shares(name: DnsName, healthy: B) -> F:
    """The part of the users of a name that each answer gets; where none is healthy, all count as healthy."""
    there = healthy if healthy.any() else np.ones(healthy.size, np.bool_)
    if name.routing == "failover":
        first: F = np.zeros(healthy.size)
        first[int(np.argmax(there))] = 1.0
        return first
    spread: F = np.where(there, np.array([answer.weight for answer in name.answers], np.float64), 0.0)
    spread /= spread.sum()
    return spread
