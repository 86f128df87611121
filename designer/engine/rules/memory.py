"""How hosts give memory to their VMs: settled for each host that an instant touches, and as what VMs use changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import BALLOON
from designer.engine.memory import proxmox
from designer.engine.memory.arrays import ACTIVE
from designer.engine.memory.holding import STATES
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.host_memory import HostMemory, hosts_of
from designer.engine.spec.capacity import guaranteed_mib

_DEAD_MIB = 1e-6
"""A balloon of less is rounding."""


class Memory:
    """Follows the memory of all hosts. `kill` makes VMs die, with the log's entries.

    A host that is calm is settled when somebody reads it: what its VMs use decides nothing. The `short` ones are
    settled ahead, up to the next instant, until something of them is to be told.
    """

    def __init__(self, context: RuleContext, kill: Callable[[float, Rows, Rows], None], arrays: dict[str, Any]) -> None:
        t, s = context.tables, context.state
        self._context, self._kill = context, kill
        self.hosts = HostMemory(t, s.memory_pace, s.balloon, arrays)
        self._changing: Rows = np.zeros(0, np.int64)
        """Hosts whose memory is to be settled again in this instant."""
        self.short: Rows = np.zeros(0, np.int64)
        self._tick, self._to_tell = 0, False

    # -- between instants

    def until(self, before_s: float) -> float:
        """Settle short hosts in the ticks that begin before a time, until something of them is to be told; when that is
        (inf: never)."""
        if not self.short.size:
            return np.inf
        edges = self._context.tables.ticks.edges
        stop = min(int(np.searchsorted(edges, before_s, side="left")), edges.size - 1)
        if stop <= self._tick + 1:
            return np.inf
        tick = self.hosts.follow(self.short, stop)
        self._to_tell = tick < stop
        self._tick = tick if self._to_tell else stop - 1
        return float(edges[tick]) if self._to_tell else np.inf

    def due(self, time_s: float) -> bool:
        """Whether an instant looks at memory though nothing is planned for it."""
        return self._to_tell or bool(self.short.size and self._tick_at(time_s) > self._tick)

    def use(self, time_s: float) -> None:
        """Let VMs use what they do at a time that is settled."""
        self.hosts.follow(np.arange(self._context.tables.hosts), self._tick_at(time_s) + 1)

    # -- what happens

    def inflate(self, time_s: float, units: Rows) -> None:
        """Let the daemon of Proxmox look at hosts."""
        t, s = self._context.tables, self._context.state
        units = np.unique(units)
        self.hosts.follow(units, self._first_tick(time_s))
        for u in units.tolist():
            host, rows = t.spec.hosts[u], self.hosts.on.of(np.array([u]))
            least = np.array([guaranteed_mib(host, *pair) for pair in zip(t.ram_mib[rows], t.floor_mib[rows])])
            size, active = t.ram_mib[rows] - s.balloon[rows], self.hosts.vms[rows, ACTIVE]
            goal = proxmox.goal_mib(host.ram_mib, host.ram_mib - self.hosts.free[u])
            assert t.memory is not None
            own = t.memory.vms["shares"][rows]
            shares = np.where(own > 0.0, own, t.memory.hosts["shares"][u])
            pressed = proxmox.under_pressure(size, active, least)
            s.fill_balloon(rows, t.ram_mib[rows] - proxmox.cycle(goal, size, least, t.ram_mib[rows], shares, pressed))
        self._touch(units)

    def _touch(self, units: Rows) -> None:
        self._changing = np.union1d(self._changing, units)

    # -- what follows

    def look(self, time_s: float, cause: int) -> bool:
        """Settle the memory of the hosts that this instant touched; whether VMs were killed."""
        t, s, tick = self._context.tables, self._context.state, self._tick_at(time_s)
        rows = s.touched_vms
        rows = rows[rows < t.first_app]
        before, on = self.hosts.on.on[rows], hosts_of(t, s.status[rows], s.unit[rows])
        moved, to = rows[before != on], on[before != on]
        if moved.size:
            units = np.concatenate([self.hosts.on.on[moved], to])
            self._touch(units[units >= 0])
        if tick > self._tick:
            self._touch(self.hosts.use_other(self.short, tick))
        changing, self._changing = self._changing, self._changing[:0]
        self.hosts.follow(changing, self._first_tick(time_s))
        self.hosts.until(changing, time_s)
        if moved.size:
            self.hosts.vms[moved] = 0.0
            s.fill_balloon(moved, np.zeros(moved.size))
            left = moved[to < 0]
            s.slow_by_memory(left, np.ones(left.size))
            self.hosts.move(moved, to)
        self.hosts.settle(changing, tick)
        told = np.union1d(changing, self.short) if self._to_tell else changing
        self._tick, self._to_tell = tick, False
        if changing.size:
            self.short = np.flatnonzero((self.hosts.hosts["calm"] == 0) & (self.hosts.on.members > 0))
            self._plan_looks(time_s, changing)
        return bool(told.size) and self._tell(time_s, told, cause)

    def _tell(self, time_s: float, units: Rows, cause: int) -> bool:
        """Note how hosts are from now on, and slow their VMs; whether some were killed."""
        t, s, hosts = self._context.tables, self._context.state, self.hosts.hosts
        other = units[hosts["state"][units] != hosts["told"][units]]
        for u in other[s.up[other]].tolist():
            state = STATES[int(hosts["state"][u])]
            self._context.log.add(time_s, "memory_state", t.unit_ids[u], cause, detail=state)
        hosts["told"][units] = hosts["state"][units]
        rows = self.hosts.on.of(units)
        pace = self.hosts.kernel.pace[rows]
        changed = s.memory_pace[rows] != pace
        s.slow_by_memory(rows[changed], pace[changed])
        killed = hosts["victim"][units]
        hosts["victim"][units] = -1
        killed = killed[killed >= 0]
        for v in killed.tolist():
            told = f"its host {t.name(int(s.unit[v]))} has no memory and no swap left"
            serial = self._context.log.add(time_s, "killed", t.vm_ids[v], cause, t.unit_ids[s.unit[v]], detail=told)
            self._kill(time_s, np.array([v]), serial)
        return bool(killed.size)

    def _plan_looks(self, time_s: float, units: Rows) -> None:
        """Plan the daemon's next look at hosts of Proxmox, where it would change something."""
        t, s = self._context.tables, self._context.state
        for u in units.tolist():
            host, rows = t.spec.hosts[u], self.hosts.on.of(np.array([u]))
            if host.memory != "proxmox" or not rows.size:
                continue
            goal = proxmox.goal_mib(host.ram_mib, host.ram_mib - self.hosts.free[u])
            may_give = t.ram_mib[rows] - s.balloon[rows] > np.maximum(t.floor_mib[rows], _DEAD_MIB) + _DEAD_MIB
            may_give &= t.floor_mib[rows] > 0.0
            if (goal < -proxmox.DEAD_MIB and may_give.any()) or (goal > proxmox.DEAD_MIB and s.balloon[rows].any()):
                look = int(time_s / proxmox.CYCLE_S + 1e-9) + 1
                self._context.plan_unit(look * proxmox.CYCLE_S, BALLOON, u)

    def _tick_at(self, time_s: float) -> int:
        edges = self._context.tables.ticks.edges
        return min(int(np.searchsorted(edges, time_s, side="right")) - 1, edges.size - 2)

    def _first_tick(self, time_s: float) -> int:
        """The first tick that does not begin before a time."""
        edges = self._context.tables.ticks.edges
        return min(int(np.searchsorted(edges, time_s, side="left")), edges.size - 1)

    # -- copies

    def record(self, edge_s: float) -> None:
        """Add what all hosts held until the edge of a tick that is over."""
        self.hosts.record(edge_s)

    def totals(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Figures of VMs (MiB s) and the seconds that they held memory, until a time that is settled."""
        self.use(time_s)
        return self.hosts.totals(time_s)

    def copy(self, time_s: float) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        self.use(time_s)
        return self.hosts.copy()

    def restore(self, time_s: float, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from a restored state."""
        s, t = self._context.state, self._context.tables
        rows = np.arange(t.first_app)
        self._tick = self._tick_at(time_s)
        self.hosts.restore(saved, hosts_of(t, s.status[rows], s.unit[rows]), self._tick)
        self.short = np.flatnonzero((self.hosts.hosts["calm"] == 0) & (self.hosts.on.members > 0))
