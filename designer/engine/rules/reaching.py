"""Reaching: which hosts and running VMs are cut off from the network, and reached again. They run on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.egress import are_down
from designer.engine.rules.services import HealthChecks
from designer.engine.state.state import RUNNING, State

B = NDArray[np.bool_]


class Reaching:
    """Follows who is reached. Without a network in the spec nothing is ever cut off."""

    def __init__(self, context: RuleContext, health: HealthChecks) -> None:
        t = context.tables
        self._context, self._health = context, health
        self._wired = t.wiring is not None
        self._hosts, self._vms = np.arange(t.hosts), np.arange(t.first_app)
        self._cut_hosts: B = np.zeros(t.hosts, np.bool_)
        self._cut_vms: B = np.zeros(t.first_app, np.bool_)
        self.count = 0
        """How many VMs run cut off."""

    def look(self, time_s: float, cause: int) -> None:
        """Note which hosts and running VMs are cut off, and which are reached again."""
        if not self._wired:
            return
        t, s = self._context.tables, self._context.state
        hosts, vms = self._cut()
        log, running = self._context.log, s.status[self._vms] == RUNNING
        back = np.flatnonzero(self._cut_hosts & ~hosts & s.up[: t.hosts])
        log.add(time_s, "reached", t.unit_ids[back], cause)
        for units, why in self._alike(np.flatnonzero(hosts & ~self._cut_hosts)):
            log.add(time_s, "unreached", t.unit_ids[units], cause, detail=why)
        rows = np.flatnonzero(self._cut_vms & ~vms & running)
        if rows.size:
            self._health.answer(time_s, rows)
            log.add(time_s, "reached", t.vm_ids[rows], cause)
        self._lose(time_s, np.flatnonzero(vms & ~self._cut_vms), cause)
        self._cut_hosts, self._cut_vms = hosts, vms
        self.count = int(np.count_nonzero(vms & t.counted[self._vms]))

    def _lose(self, time_s: float, rows: Rows, cause: int) -> None:
        t, s = self._context.tables, self._context.state
        stalled = ~s.unreached(rows)
        units, there = s.unit[rows[~stalled]], s.address(rows[~stalled])
        for these, why in self._alike(rows[~stalled], np.where(s.reached[units], there, units)):
            s.cause[these] = self._context.log.add(time_s, "unreached", t.vm_ids[these], cause, detail=why)
        for v, why in self._missed(rows[stalled]):
            s.cause[v] = self._context.log.add(time_s, "unreached", t.vm_ids[v], cause, detail=why)[0]
        if rows.size:
            self._health.fell_silent(time_s, rows)

    def _missed(self, rows: Rows) -> Iterator[tuple[int, str]]:
        """VMs, each with the first of its needs over the network that is not reached, in words."""
        t, s = self._context.tables, self._context.state
        assert s.wires is not None
        w, needs = s.wires.wiring, t.needs
        vm, feed = needs.needs[needs.group], needs.feed
        reached = np.where(w.stores[feed], s.wires.same(feed, s.unit[vm]), s.reached[feed])
        edges = np.flatnonzero(w.via[feed] & s.up[feed] & ~reached)
        missed = dict(zip(vm[edges[::-1]].tolist(), feed[edges[::-1]].tolist()))  # the first of each VM stays
        for v in rows.tolist():
            yield v, f"it does not reach {t.name(missed[v]) if v in missed else 'its data'}"

    def _alike(self, rows: Rows, units: Rows | None = None) -> Iterator[tuple[Rows, str]]:
        """Rows that stand on `units` (by default: are units), with why they are not reached; equal reasons together."""
        units = rows if units is None else units
        why = {int(u): why_unreached(self._context.state, int(u)) for u in np.unique(units)}
        told = np.array([why[int(u)] for u in units], np.object_)
        for text in sorted(set(why.values())):
            yield rows[told == text], text

    def _cut(self) -> tuple[B, B]:
        s = self._context.state
        hosts = s.up[self._hosts] & ~s.reached[self._hosts]
        return hosts, s.cut_off(self._vms) & (s.status[self._vms] == RUNNING)

    def restore(self) -> None:
        """Restore who is cut off."""
        if self._wired:
            self._cut_hosts, self._cut_vms = self._cut()
            self.count = int(np.count_nonzero(self._cut_vms & self._context.tables.counted[self._vms]))


def why_unreached(state: State, unit: int) -> str:
    """Why a unit that is up is not reached, in words."""
    devices = state.wires.cut_at(unit, state.up) if state.wires is not None else []
    if not devices:
        return "no way leads there"
    return are_down([state.tables.name(device) for device in devices])
