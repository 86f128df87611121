"""Load balancers with a rule of their own: who gets which part of the requests, and which zones are in DNS."""

from __future__ import annotations

import numpy as np

from designer.engine.clock.agenda import ZONED
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.services import checked_s
from designer.engine.service.division import NOWHERE, B, F, divided, enough
from designer.engine.state.state import ABSENT, OFF, REFUSED
from designer.engine.tables.balancers import Balanced

CHANGE = 1e-12
"""The least change of a part that is one: less is rounding."""


class Routing:
    """The balancers of a run that do not just send to all healthy members by their capacity."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self.balanced = context.tables.balanced
        self.enough = np.ones(len(context.tables.spec.services), np.bool_)
        """Of which services enough members are healthy for DNS."""

    def begin(self) -> None:
        """Let zones be in DNS that have healthy members at the start."""
        for one in self.balanced:
            s, lanes = self._context.state, self._lanes(one)
            s.zone_seen[lanes] = s.zone_in[lanes] = self._fit(one)
        self.look(0.0, 0)

    def look(self, time_s: float, cause: int) -> None:
        """Follow what an instant changed: who gets which part from now on, and which zones leave DNS, or come back."""
        s = self._context.state
        if not self.balanced or not (s.touched_vms.size or s.touched_units.size or s.zones_turned):
            return
        s.zones_turned = False
        for one in self.balanced:
            self._follow_zones(time_s, one)
            self._divide(time_s, one, cause)

    def turn(self, time_s: float, rows: Rows, stamps: Rows) -> None:
        """Let the users of a balancer follow what its name says of a zone, where that still holds."""
        t, s = self._context.tables, self._context.state
        for lane in rows[stamps == s.zone_turn[rows]].tolist():
            one = next(b for b in self.balanced if b.first <= lane < b.first + b.zones.size)
            s.zone_in[lane] = s.zone_seen[lane]
            s.zones_turned = True
            zone = int(one.zones[lane - one.first])
            self._context.log.add(
                time_s, "zone_back" if s.zone_in[lane] else "zone_away", t.spec.services[one.service].id,
                place=int(t.unit_ids[zone]) if zone >= 0 else 0,
                detail="" if s.zone_in[lane] else "it has too few healthy members there",
            )  # fmt: skip

    def why_full(self, service: int, rps: float) -> str:
        """Why members drop requests though all together could serve these: a zone gets more than its members can."""
        one = next((one for one in self.balanced if one.service == service), None)
        if one is None or one.zones.size < 2:
            return ""
        t, s = self._context.tables, self._context.state
        rows = one.rows[s.sent[one.rows] > 0.0]
        size, on = t.demand.size[rows], s.unit[t.inside[rows]]
        asked = rps * float(t.work[service]) * s.sent[rows] * size / float(size.sum()) if rows.size else size
        if asked.sum() > size.sum():
            return ""
        zone, size = np.where(on >= 0, t.zone[on], -1), size * (1.0 + CHANGE)
        full = [z for z in one.zones.tolist() if z >= 0 and asked[zone == z].sum() > size[zone == z].sum()]
        names = " and ".join(t.name(z) for z in full)
        return f"its load balancer does not cross zones, and {names} gets more than its members serve" if full else ""

    def restore(self) -> None:
        """Restore what follows from the state."""
        for one in self.balanced:
            self.enough[one.service] = self._fit(one).any()

    # -- what is seen

    def _lanes(self, one: Balanced) -> slice:
        return slice(one.first, one.first + one.zones.size)

    def _members(self, one: Balanced) -> tuple[B, B, Rows]:
        """Which members are registered, which of these are healthy, and the zone of each."""
        t, s = self._context.tables, self._context.state
        vms = t.inside[one.rows]
        there = ~np.isin(s.status[vms], (ABSENT, OFF, REFUSED))
        on = np.where(s.unit[vms] >= 0, s.unit[vms], s.origin[vms])
        return there, there & s.believed[one.rows], np.where(on >= 0, t.zone[on], -1)

    def _fit(self, one: Balanced) -> B:
        """Whether enough members are healthy for DNS, in each zone; one value where zones are crossed."""
        there, healthy, zone = self._members(one)
        least = one.balancer.dns_min_frac
        if not one.zones.size:
            return np.array([enough(int(healthy.sum()), int(there.sum()), least)])
        alive = self._alive(one)
        here = [(zone == z) | (zone < 0) for z in one.zones.tolist()]
        found = [enough(int((healthy & at).sum()), int((there & at).sum()), least) for at in here]
        return np.array(found, np.bool_) & alive

    def _alive(self, one: Balanced) -> B:
        """In which zones a node is up and reached; where no nodes are given, in all."""
        reached = self._context.state.reached
        return np.array([not nodes.size or bool(reached[nodes].any()) for nodes in one.nodes], np.bool_)

    # -- what is done

    def _follow_zones(self, time_s: float, one: Balanced) -> None:
        s, fit = self._context.state, self._fit(one)
        self.enough[one.service] = fit.any()
        if not one.zones.size:
            return
        changed = one.first + np.flatnonzero(fit != s.zone_seen[self._lanes(one)])
        s.zone_found_s[changed] = self._found_s(time_s, one)[changed - one.first]
        s.zone_seen[self._lanes(one)] = fit
        s.zone_turn[changed] += 1
        lanes = np.union1d(changed, one.first + np.flatnonzero(s.zone_held[self._lanes(one)]))
        lanes = lanes[s.zone_seen[lanes] != s.zone_in[lanes]]
        s.zone_held[changed] = False
        if self._is_held(time_s, one, lanes):
            return
        service = self._context.tables.spec.services[one.service].id
        for lane in lanes.tolist():
            at_s = max(float(s.zone_found_s[lane]), time_s) + one.balancer.ttl_s
            self._context.agenda.plan(at_s, ZONED, service, lane, int(s.zone_turn[lane]))

    def _is_held(self, time_s: float, one: Balanced, lanes: Rows) -> bool:
        """Whether what DNS says of zones cannot be changed now, for want of the control plane of their region."""
        t, s = self._context.tables, self._context.state
        regions = t.region[one.zones[one.zones >= 0]]
        down = regions[(regions >= 0) & s.control_down[regions]]
        new = lanes[~s.zone_held[lanes]]
        s.zone_held[lanes] = bool(down.size)
        if down.size and new.size:
            self._context.log.add(
                time_s, "dns_waits", t.spec.services[one.service].id, s.control_failure[down[0]], t.unit_ids[down[0]],
                f"the control plane of {t.name(int(down[0]))} is down",
            )  # fmt: skip
        return bool(down.size)

    def _found_s(self, time_s: float, one: Balanced) -> F:
        """When it is known of each zone how it is: at once of its members, by checks of a node that is down."""
        found, checks = np.full(one.zones.size, time_s), self._context.tables.spec.services[one.service].checks
        if checks is not None:
            failed_s = float(checked_s(time_s, checks.interval_s, checks.failures)) + checks.timeout_s
            found[~self._alive(one)] = failed_s
        return found

    def _divide(self, time_s: float, one: Balanced, cause: int) -> None:
        """Send each member its part; note where all get some for want of healthy ones."""
        t, s = self._context.tables, self._context.state
        part, all_sent = self._parts(one)
        size = t.demand.size[one.rows]
        sent: F = part * float(size[part > 0.0].sum()) / size
        changed = np.abs(sent - s.sent[one.rows]) > CHANGE
        s.send(one.rows[changed], sent[changed])
        if all_sent != s.all_sent[one.service]:
            s.all_sent[one.service] = all_sent
            what = "all_sent" if all_sent else "some_sent"
            why = "it has too few healthy members" if all_sent else ""
            self._context.log.add(time_s, what, t.spec.services[one.service].id, cause, detail=why)

    def _parts(self, one: Balanced) -> tuple[F, bool]:
        t, s = self._context.tables, self._context.state
        there, healthy, zone = self._members(one)
        zones = one.zones
        if zones.size:
            in_dns = s.zone_in[self._lanes(one)]
            zones = np.where(self._alive(one), zones, NOWHERE)[in_dns if in_dns.any() else ~in_dns]
        return divided(one.balancer, t.demand.size[one.rows], healthy, there, zone, zones)
