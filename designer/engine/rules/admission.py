"""Where VMs stand when a run begins: where the design has them, unless there is no room or not what binds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.recorder import Log
from designer.engine.state.world import OFF, REFUSED, RUNNING, World
from designer.engine.tables.tabulate import Tables

Rows = NDArray[np.int64]


def admit(tables: Tables, world: World, log: Log) -> None:
    """Put every VM where the design has it; what does not fit is refused."""
    t, w = tables, world
    rows = np.arange(t.designed)
    on = np.array([vm.powered_on for vm in t.vms[: t.designed]], np.bool_)
    home = t.home[rows]
    w.unit[rows] = home
    w.status[rows] = np.where(on, RUNNING, OFF)
    needed_mib = t.taken_mib(rows, home)
    bound = on & (t.reach[rows] >= 0)
    bound[bound] = ~t.allowed[t.reach[rows[bound]], home[bound]]
    _turn_away(t, w, log, rows[bound])
    on &= ~bound
    _let_in(t, w, log, rows[on & _crowded(t, on, needed_mib)[home]], needed_mib)


def _turn_away(tables: Tables, world: World, log: Log, rows: Rows) -> None:
    """Refuse VMs that stand where what they are bound to is not."""
    t = tables
    world.status[rows] = REFUSED
    for v in rows.tolist():
        does = t.spec.reaches[t.reach[v]].does
        why = f"{t.name(t.home[v])} is no place that {does}"
        log.add(0.0, "refused", t.vm_ids[v], place=t.unit_ids[t.home[v]], detail=why)


def _crowded(tables: Tables, on: NDArray[np.bool_], needed_mib: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which units have more standing on them than they have room for."""
    t = tables
    home, units = t.home[: t.designed][on], t.unit_ids.size
    ram = np.bincount(home, needed_mib[on], units)
    vcpus = np.bincount(home, t.vcpus[: t.designed][on], units)
    reserved = np.zeros(units, np.bool_)
    reserved[: t.hosts] = [host.sharing == "reserved" for host in t.spec.hosts]
    full = (ram > t.unit_ram_mib * (1.0 + 1e-12)) | (reserved & (vcpus > t.unit_vcpus))
    return full & (np.arange(units) < t.hosts)


def _let_in(tables: Tables, world: World, log: Log, rows: Rows, needed_mib: NDArray[np.float64]) -> None:
    """Let VMs onto their hosts one after the other while there is room; the others are refused."""
    t = tables
    used_ram, used_vcpus = np.zeros(t.unit_ids.size), np.zeros(t.unit_ids.size)
    for v in rows.tolist():
        u = int(t.home[v])
        why = _why_refused(t, v, used_ram[u], used_vcpus[u], float(needed_mib[v]))
        if why:
            world.status[v] = REFUSED
            log.add(0.0, "refused", t.vm_ids[v], place=t.unit_ids[u], detail=why)
            continue
        used_ram[u] += needed_mib[v]
        used_vcpus[u] += t.vcpus[v]


def _why_refused(tables: Tables, v: int, used_ram: float, used_vcpus: float, needed_mib: float) -> str:
    """Why a VM does not fit on its host beside what others take there; empty when it does."""
    t, u = tables, int(tables.home[v])
    host, vm = t.spec.hosts[u], t.vms[v]
    name = host.name or "the host"
    room_mib = float(t.unit_ram_mib[u])
    if used_ram + needed_mib > room_mib * (1.0 + 1e-12):
        left = max(room_mib - used_ram, 0.0)
        return f"{name} has {left:,.0f} MiB of {room_mib:,.0f} left and it needs {needed_mib:,.0f}"
    if host.sharing == "reserved" and used_vcpus + vm.vcpus > t.unit_vcpus[u]:
        left = max(t.unit_vcpus[u] - used_vcpus, 0.0)
        return f"{name} has {left:,.0f} of {t.unit_vcpus[u]:,.0f} threads left and it needs {vm.vcpus:,}"
    return ""
