"""How hosts give memory to their VMs: settled for each host that an instant touches, and as what VMs use changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import BALLOON, MEMORY
from designer.engine.memory import proxmox
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.host_memory import ACTIVE, HostMemory, hosts_of
from designer.engine.rules.memory_spans import MemorySpans
from designer.engine.spec.capacity import guaranteed_mib
from designer.engine.state.members import Members

_DEAD_MIB = 1e-6
"""A balloon of less is rounding."""


class Memory:
    """Follows the memory of all hosts. `kill` makes VMs die, with the log's entries."""

    def __init__(self, context: RuleContext, kill: Callable[[float, Rows, Rows], None], arrays: dict[str, Any]) -> None:
        t = context.tables
        self._context, self._kill = context, kill
        self.hosts = HostMemory(t)
        self._on = Members(np.full(t.first_app, -1, np.int64), t.hosts)
        self._changing: Rows = np.zeros(0, np.int64)
        """Hosts whose memory is to be settled again in this instant."""
        self.spans = MemorySpans(t, self.hosts, arrays)

    # -- what happens

    def begin(self) -> None:
        """Plan the first time at which VMs use another part of their memory."""
        self._plan_next(0.0)

    def _plan_next(self, time_s: float) -> None:
        assert self._context.tables.memory is not None
        changes = self._context.tables.memory.changes
        n = int(np.searchsorted(changes, time_s, side="right"))
        if n < changes.size:
            self._context.agenda.plan(float(changes[n]), MEMORY, 0, 0)

    def use(self, time_s: float) -> None:
        """Let VMs use what they do from a tick on."""
        of = self._context.tables.memory
        assert of is not None
        now, before = self._tick(time_s), max(self._tick(time_s) - 1, 0)
        other = of.courses[:, now] != of.courses[:, before] if of.courses.size else np.zeros(0, np.bool_)
        rows = np.flatnonzero(self._on.on >= 0)
        rows = rows[of.course[rows] >= 0]
        self._touch(self._on.on[rows[other[of.course[rows]]]])
        self._plan_next(time_s)

    def inflate(self, units: Rows) -> None:
        """Let the daemon of Proxmox look at hosts."""
        t, s = self._context.tables, self._context.state
        for u in np.unique(units).tolist():
            host, rows = t.spec.hosts[u], self._on.of(np.array([u]))
            least = np.array([guaranteed_mib(host, *pair) for pair in zip(t.ram_mib[rows], t.floor_mib[rows])])
            size, active = t.ram_mib[rows] - s.balloon[rows], self.hosts.vms[rows, ACTIVE]
            goal = proxmox.goal_mib(host.ram_mib, host.ram_mib - self.hosts.free[u])
            assert t.memory is not None
            shares = t.memory.shares_on(host, rows, t.ram_mib)
            pressed = proxmox.under_pressure(size, active, least)
            s.fill_balloon(rows, t.ram_mib[rows] - proxmox.cycle(goal, size, least, t.ram_mib[rows], shares, pressed))
            self._touch(np.array([u]))

    def _touch(self, units: Rows) -> None:
        self._changing = np.union1d(self._changing, units)

    # -- what follows

    def look(self, time_s: float, cause: int) -> bool:
        """Settle the memory of the hosts that this instant touched; whether VMs were killed."""
        t, s = self._context.tables, self._context.state
        rows = s.touched_vms
        rows = rows[rows < t.first_app]
        on = hosts_of(t, s.status[rows], s.unit[rows])
        other = self._on.on[rows] != on
        moved = rows[other]
        if moved.size:
            self.spans.until(self._on.on[moved], moved, time_s)
            self.hosts.vms[moved] = 0.0
            s.fill_balloon(moved, np.zeros(moved.size))
            left = moved[on[other] < 0]
            s.slow_by_memory(left, np.ones(left.size))
            self._touch(self._on.move(moved, on[other]))
        changing, self._changing = self._changing, self._changing[:0]
        self.spans.until(changing, self._on.of(changing), time_s)
        victims = [self._settle(time_s, u, cause) for u in changing.tolist()]
        killed = np.array([v for v in victims if v >= 0], np.int64)
        for v in killed.tolist():
            told = f"its host {t.name(int(s.unit[v]))} has no memory and no swap left"
            serial = self._context.log.add(time_s, "killed", t.vm_ids[v], cause, t.unit_ids[s.unit[v]], detail=told)
            self._kill(time_s, np.array([v]), serial)
        return bool(killed.size)

    def _settle(self, time_s: float, u: int, cause: int) -> int:
        """Settle the memory of a host; the VM that is killed (-1: none)."""
        s, rows = self._context.state, self._on.of(np.array([u]))
        before = self.hosts.state[u]
        pace, victim = self.hosts.settle(u, rows, self._tick(time_s), s.balloon)
        if self.hosts.state[u] != before and s.up[u]:
            host = self._context.tables.unit_ids[u]
            self._context.log.add(time_s, "memory_state", host, cause, detail=self.hosts.state[u])
        changed = s.memory_pace[rows] != pace
        s.slow_by_memory(rows[changed], pace[changed])
        if self._context.tables.spec.hosts[u].memory == "proxmox" and rows.size:
            self._plan_look(time_s, u, rows)
        return victim

    def _plan_look(self, time_s: float, u: int, rows: Rows) -> None:
        """Plan the daemon's next look at a host, where it would change something."""
        t, s = self._context.tables, self._context.state
        host = t.spec.hosts[u]
        goal = proxmox.goal_mib(host.ram_mib, host.ram_mib - self.hosts.free[u])
        may_give = t.ram_mib[rows] - s.balloon[rows] > np.maximum(t.floor_mib[rows], _DEAD_MIB) + _DEAD_MIB
        may_give &= t.floor_mib[rows] > 0.0
        if (goal < -proxmox.DEAD_MIB and may_give.any()) or (goal > proxmox.DEAD_MIB and s.balloon[rows].any()):
            look = int(time_s / proxmox.CYCLE_S + 1e-9) + 1
            self._context.plan_unit(look * proxmox.CYCLE_S, BALLOON, u)

    def _tick(self, time_s: float) -> int:
        edges = self._context.tables.ticks.edges
        return min(int(np.searchsorted(edges, time_s, side="right")) - 1, edges.size - 2)

    def restore(self, time_s: float, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from a restored state."""
        s, t = self._context.state, self._context.tables
        rows = np.arange(t.first_app)
        self._on.move(rows, hosts_of(t, s.status[rows], s.unit[rows]))
        for u in range(t.hosts):
            self.hosts.settle(u, self._on.of(np.array([u])), self._tick(time_s), s.balloon)
        self.spans.restore(saved)
