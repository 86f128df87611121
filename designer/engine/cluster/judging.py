"""Judging: what clusters do about hosts that they lost, or that lost them: isolation, majority, fencing.

A host is lost to its cluster while it is down, or not among those that go on. Its VMs with the recovery rule `cluster`
restart there, where its cluster goes on; a host that runs without its cluster answers by the rule of its type.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import ABANDON, ISOLATED, RESPOND
from designer.engine.cluster.fencing import Fencing
from designer.engine.cluster.tables import Judged
from designer.engine.cluster.verdict import Hosts, Verdict, judge
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.failing import Failing
from designer.engine.rules.placement import Placement
from designer.engine.rules.restarting import Restarting
from designer.engine.state.state import ALIVE, FAILED, State
from designer.engine.tables.vms import CLUSTER

NOWHERE = -9
"""The place of VMs whose cluster goes on nowhere."""
MOST_KNOWN = 1000
"""Verdicts that are kept: the same ones come again and again where failures are tried in turn."""
B = NDArray[np.bool_]


class Judging:
    """Follows the clusters that judge their hosts."""

    def __init__(self, context: RuleContext, door: Placement, failing: Failing, restarting: Restarting) -> None:
        self._context, self._door, self._failing, self._restarting = context, door, failing, restarting
        self.fencing = Fencing(context, failing)
        t = context.tables
        self._rows = () if t.judged is None else t.judged.rows
        self._known: dict[int, bytes] = {}
        self._verdicts: dict[tuple[int, bytes], Verdict] = {}
        self._led: dict[int, tuple[int, bytes]] = {}
        """By what verdict VMs of each cluster restart now."""

    def look(self, time_s: float, cause: int) -> None:
        """Judge the hosts of clusters of which one fell, rose, or is reached otherwise than before."""
        for row in self._rows:
            hosts = _seen(self._context.state, row)
            known = _told(hosts[:4])
            if self._known.get(row.n) != known:
                self._known[row.n] = known
                self._judge(time_s, cause, row, hosts)
        self.fencing.look(time_s, cause)

    def restore(self) -> None:
        """Restore where VMs of each cluster restart."""
        s = self._context.state
        for row in self._rows:
            hosts = _seen(s, row)
            self._known[row.n] = _told(hosts[:4])
            self._lead(row, hosts._replace(voting=s.voted[row.hosts]))

    def _judge(self, time_s: float, cause: int, row: Judged, hosts: Hosts) -> None:
        s, units = self._context.state, row.hosts
        found = self._lead(row, hosts)
        s.voted[units], s.votes[units] = hosts.voting, found.voting
        primary, lost = int(s.primary[row.n]), s.lost_s[units] >= 0.0
        s.lost_s[units[~found.on & ~lost]] = time_s
        s.lost_s[units[found.on]] = -1.0
        s.was_primary[units] = ~found.on & (s.was_primary[units] | (units == primary))
        self.fencing.follow(time_s, cause, row, found.on)
        alone = hosts.up & ~found.on
        other = s.cast_out[units] != alone
        s.cast_out[units], s.turn[units] = alone, s.turn[units] + other
        if primary < 0 or s.lost_s[primary] >= 0.0:
            s.primary[row.n] = int(units[found.on][0]) if found.on.any() else -1
        out, back = units[other & alone], units[lost & found.on]
        if out.size:
            self._cast_out(time_s, cause, row, found, out)
        if back.size:
            self._take_back(time_s, cause, back)

    def _lead(self, row: Judged, hosts: Hosts) -> Verdict:
        """Judge a cluster, and let its VMs restart only where it goes on."""
        key = row.n, _told(hosts)
        found = self._verdicts.get(key)
        if found is None:
            if len(self._verdicts) >= MOST_KNOWN:
                self._verdicts.clear()
            found = self._verdicts[key] = judge(row.record.rule, hosts, row.record.two_node)
        if self._led.get(row.n) == key:
            return found
        self._led[row.n] = key
        base = self._context.tables.unit_ids.size + len(self._context.tables.spec.clusters)
        base += row.n * (self._context.tables.unit_ids.size + 2)
        self._door.lead(row.hosts, np.where(found.on, base + hosts.part, NOWHERE),
                        np.where(found.goes_to >= 0, base + found.goes_to, NOWHERE - 1))  # fmt: skip
        name = row.record.name or "its cluster"
        short = found.needs and not found.on.any()
        told = f"{name} has no majority: {found.votes} of the {found.needs} votes that it needs" if short else ""
        self._door.without_majority[row.n] = told
        return found

    def _cast_out(self, time_s: float, cause: int, row: Judged, found: Verdict, out: Rows) -> None:
        """Plan what hosts do that run without their cluster."""
        t, s, record = self._context.tables, self._context.state, row.record
        if record.rule != "vsphere":
            told = f"{found.votes} of the {found.needs} votes that {record.name or 'its cluster'} needs"
            if found.on.any():
                told = f"{record.name or 'its cluster'} goes on without it"
            self._context.log.add(time_s, "no_majority", t.unit_ids[out], cause, detail=told)
        for u in out.tolist():
            turn = int(s.turn[u])
            if record.rule == "vsphere":
                first = bool(s.was_primary[u])
                at_s = record.primary_isolated_s if first else record.isolated_s
                self._context.plan_unit(time_s + at_s, ISOLATED, u, turn, cause)
                dead_s = record.detect_s + record.primary_more_s * first
                self._context.plan_unit(time_s + dead_s, ABANDON, u, turn, cause)
            elif record.fencing == "watchdog":
                self._context.plan_unit(time_s + record.response_s, RESPOND, u, turn, cause)

    def _take_back(self, time_s: float, cause: int, back: Rows) -> None:
        """Take hosts back that are with their cluster again; VMs that failed there and were not yet found boot."""
        t, s = self._context.tables, self._context.state
        s.capacity_grew = True
        if time_s > 0.0:
            self._context.log.add(time_s, "rejoined", t.unit_ids[back], cause)
        rows = s.standing_on(back)
        rows = rows[(s.status[rows] == FAILED) & (t.recovery[rows] == CLUSTER) & (s.missing[rows] == 0)]
        if rows.size:
            self._restarting.come_back(time_s, rows, s.cause[rows])

    def isolated(self, time_s: float, units: Rows, stamps: Rows, causes: Rows) -> None:
        """Declare hosts isolated that are still alone, and plan the isolation response of each."""
        t, s = self._context.tables, self._context.state
        assert t.judged is not None
        for u, cause in _still(s, units, stamps, causes):
            row = t.judged.rows[int(t.judged.of[u])]
            serial = int(self._context.log.add(time_s, "isolated", t.unit_ids[u], cause)[0])
            if row.record.isolation == "power_off":
                self._context.plan_unit(time_s + row.record.response_s, RESPOND, u, int(s.turn[u]), serial)

    def abandon(self, time_s: float, units: Rows, stamps: Rows, causes: Rows) -> None:
        """Let VMs restart elsewhere that cannot reach their disk from a host that is still alone: nothing locks it."""
        t, s = self._context.tables, self._context.state
        for u, cause in _still(s, units, stamps, causes):
            rows = self._protected(u)
            rows = rows[s.stalled()[rows]]
            if rows.size:
                why = "its disk is not locked any more"
                told = self._context.log.add(time_s, "stopped", t.vm_ids[rows], cause, t.unit_ids[u], why)
                self._failing.kill(time_s, rows, told)

    def _protected(self, u: int) -> Rows:
        """The living VMs on a host that its cluster restarts."""
        t, s = self._context.tables, self._context.state
        rows = s.standing_on(np.array([u]))
        found: Rows = rows[ALIVE[s.status[rows]] & (t.recovery[rows] == CLUSTER)]
        return found

    def respond(self, time_s: float, units: Rows, stamps: Rows, causes: Rows) -> None:
        """Let hosts that are still without their cluster answer: stop its VMs, or reset themselves."""
        t, s = self._context.tables, self._context.state
        assert t.judged is not None
        for u, cause in _still(s, units, stamps, causes):
            rows = self._protected(u)
            if not rows.size:
                continue
            record = t.judged.rows[int(t.judged.of[u])].record
            if record.rule == "proxmox":
                serials = self._context.log.add(time_s, "fenced", t.unit_ids[u], cause)
                self._failing.reset(time_s, np.array([u]), serials)
            else:
                why = "isolation response" if record.rule == "vsphere" else "its host has no majority"
                told = self._context.log.add(time_s, "stopped", t.vm_ids[rows], cause, t.unit_ids[u], why)
                self._failing.kill(time_s, rows, told)


def _told(columns: Iterable[NDArray[Any] | None]) -> bytes:
    """All that is known of hosts, as one value."""
    return b"".join(b"-" if column is None else column.tobytes() for column in columns)


def _seen(state: State, row: Judged) -> Hosts:
    """How a cluster's hosts are now."""
    s, units = state, row.hosts
    reached = s.reached[units]
    part = np.zeros(units.size, np.int64) if s.wires is None else s.wires.inner[units]
    if row.addresses.size:
        there = row.addresses[s.up[row.addresses]]
        reached = np.isin(
            part, [0] if s.wires is None and there.size else [] if s.wires is None else s.wires.inner[there]
        )
    witness: B | None = None
    if row.witness >= 0:
        w = row.witness
        sees = np.ones(units.size, np.bool_)
        if s.wires is not None:
            sees = (part == s.wires.inner[w]) | (reached & bool(s.reached[w]))
        witness = sees & bool(s.up[w])
    return Hosts(s.up[units], part, reached, witness, s.votes[units])


def _still(state: State, units: Rows, stamps: Rows, causes: Rows) -> list[tuple[int, int]]:
    """Units for which holds what was planned for them, with the cause."""
    rows = np.flatnonzero((state.turn[units] == stamps) & state.cast_out[units])
    return [(int(units[n]), int(causes[n])) for n in rows]
