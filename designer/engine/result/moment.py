"""The state of a run at one time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress, weights_of
from designer.engine.flow.fills import fills_of
from designer.engine.memory.arrays import ACTIVE, BALLOONED, GRANTED
from designer.engine.power.split import Split
from designer.engine.power.tables import halls_of
from designer.engine.rules.dependence import silenced
from designer.engine.rules.host_memory import HostMemory, memory_at
from designer.engine.share.arrays import OF_LOADS, OF_UNITS, UNKNOWN, Now, Rates, Ticks
from designer.engine.share.kernels import no_rates
from designer.engine.state.history import Seen, StateHistory
from designer.engine.state.members import Members
from designer.engine.state.state import ABSENT, FAILED, MAINTENANCE, OFF, RESTARTING, RUNNING, State
from designer.engine.tables.pools import running_vcpus
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.tree import add_up

_SHOWN = np.array([RUNNING, MAINTENANCE, MAINTENANCE, OFF, RESTARTING], np.uint8)
"""How hosts are shown that are open, drained, maintained, switched off, or boot."""


@dataclass(frozen=True)
class Moment:
    """The state at one time: VMs (designed ones, then slots of groups), then hosts, then domains.

    `heat` demand / capacity (above 1: overload; NaN: nothing there), `used` allocated / capacity; of the demand that is
    not served, fractions of vCPUs x MHz: `throttled`, `waiting`, `overhead`, `steal`. `power_w` watts (NaN: not known),
    `temperature_c` °C of the hall (NaN: not told), `memory_state` the index of a host's state in
    `memory.holding.STATES`,
    `disk` and `wire` how full the fullest limit is that disk operations and traffic go through (NaN: none), `status`
    codes of `designer.study.frames.ElementState`, `place` the id of the unit each VM is on (0: nowhere), `to` that of
    the unit to which it migrates (0: it does not), `run_only` instances that a group launched.
    """

    time_s: float
    ids: NDArray[np.int64]
    vms: int
    heat: NDArray[np.float32]
    used: NDArray[np.float32]
    throttled: NDArray[np.float32]
    waiting: NDArray[np.float32]
    overhead: NDArray[np.float32]
    steal: NDArray[np.float32]
    power_w: NDArray[np.float32]
    disk: NDArray[np.float32]
    wire: NDArray[np.float32]
    granted: NDArray[np.float32]
    active: NDArray[np.float32]
    taken: NDArray[np.float32]
    memory_state: NDArray[np.uint8]
    temperature_c: NDArray[np.float32]
    status: NDArray[np.uint8]
    failed_root: NDArray[np.bool_]
    failed_since_s: NDArray[np.float64]
    place: NDArray[np.int64]
    to: NDArray[np.int64]
    run_only: NDArray[np.bool_]


def moment_of(
    progress: Progress,
    history: StateHistory,
    time_s: float,
    ticks: Ticks,
    memory: HostMemory | None,
    hall_c: NDArray[np.float64] | None = None,
) -> Moment:
    """The state of a run at a time that is not in its future, with the ticks as they were then; `memory` and `hall_c`
    (°C of each hall) where they are known: else the temperature is the mean of its recording step."""
    t = progress.tables
    count = history.count(time_s)
    seen = history.at(count)
    live = count == len(history.changes) and progress.now.last_s.size and np.isfinite(progress.now.last_s[0])
    now = progress.now if live else now_of(progress, seen)
    now = _allowed_at(progress, now, time_s)
    tick = progress.tick_at(time_s)
    rates = no_rates(len(t.vms), t.unit_ids.size)
    progress.peek(progress.units, tick, now, rates, ticks)
    of_vms = _watts_of_vms(t, now, rates)
    draws, watts = t.draws
    rates.units["power_w"][draws] += np.where(now.up[draws], watts, 0.0)
    for name in OF_UNITS:
        add_up(rates.units[name], t.levels)
    vms, status = len(t.vms), seen["status"]
    own, unit = status[t.inside], seen["unit"][t.inside]
    shares = _shares(rates, t.demand.size, own == RUNNING)
    place = np.where(unit >= 0, t.unit_ids[unit] if t.unit_ids.size else 0, 0)
    apps = slice(t.first_app, vms)
    place[apps] = np.where(unit[apps] >= 0, t.vm_ids[t.inside[apps]], place[apps])
    slots = slice(t.designed, apps.start)
    launched = (status[slots] != ABSENT) & (seen["unit"][slots] >= 0)
    place[slots][status[slots] == ABSENT] = 0
    run_only = np.zeros(vms, np.bool_)
    run_only[slots] = launched
    moving = seen["moving"] & ~seen["dark"]
    of_units = np.where(seen["up"], _SHOWN[seen["mode"]], np.where(moving, RESTARTING, FAILED))
    none = np.full(vms, np.nan)
    if memory is None and t.memory is not None:
        memory = memory_at(t, seen["status"], seen["unit"], seen["balloon"], tick)
    disk, wire = fills_of(progress, unit, tick)
    return Moment(
        time_s=time_s,
        ids=np.concatenate([t.vm_ids, t.unit_ids]),
        vms=vms,
        **shares,
        power_w=np.concatenate([of_vms, np.where(t.known_watts, rates.units["power_w"], np.nan)]).astype(np.float32),
        disk=disk,
        wire=wire,
        **_memory(t, seen, memory),
        memory_state=_memory_states(t, memory),
        temperature_c=_temperatures(progress, unit, tick, hall_c),
        status=np.concatenate([np.where(own == ABSENT, OFF, own), of_units]).astype(np.uint8),
        failed_root=np.concatenate([np.zeros(vms, np.bool_), seen["failed"]]),
        failed_since_s=np.concatenate([none, seen["since_s"]]),
        place=place,
        to=np.where(seen["to"] >= 0, t.unit_ids[seen["to"]] if t.unit_ids.size else 0, 0),
        run_only=run_only,
    )


def _watts_of_vms(t: Tables, now: Now, rates: Rates) -> NDArray[np.float64]:
    """What VMs and applications draw; NaN where it is not told."""
    if t.spec.power is None or not t.spec.power.split:
        return np.full(len(t.vms), np.nan)
    split = Split(t, t.spec.power.split)
    split.settle(np.arange(t.hosts), now, rates)
    return np.where(split.on >= 0, split.watts.sum(axis=1), np.nan)


def _temperatures(
    progress: Progress, unit: NDArray[np.int64], tick: int, hall_c: NDArray[np.float64] | None
) -> NDArray[np.float32]:
    """°C of VMs, where they stand, then units; NaN outside of halls whose temperature is told."""
    t = progress.tables
    power = t.spec.power
    found = np.full(t.unit_ids.size, np.nan, np.float32)
    if power is not None and power.cooling:
        if hall_c is None:
            row = t.ticks.row[tick]
            wide = min((row + 1) * t.spec.sample_s, t.spec.until_s) - row * t.spec.sample_s
            cooled = np.isin([hall.id for hall in power.halls], [one.hall for one in power.cooling])
            hall_c = np.where(cooled, progress.store.arrays["hall_c"][row] / wide, np.nan)
        hall = halls_of(t)
        found[hall >= 0] = hall_c[hall[hall >= 0]]
    return np.concatenate([np.where(unit >= 0, found[unit] if found.size else np.nan, np.nan), found]).astype(
        np.float32
    )


def _allowed_at(progress: Progress, now: Now, time_s: float) -> Now:
    """The state with what CPU credits and backlogs let VMs ask for at a time."""
    if now.caps.size:
        now = now._replace(caps=progress.credits.caps_at(time_s))
    return now._replace(behind=progress.backlogs.behind_at(time_s)) if now.behind.size else now


def _memory_states(t: Tables, memory: HostMemory | None) -> NDArray[np.uint8]:
    """The state of each host's memory, as in `STATES`; 0 of all others."""
    found = np.zeros(len(t.vms) + t.unit_ids.size, np.uint8)
    if memory is not None:
        found[len(t.vms) :][: t.hosts] = memory.hosts["state"]
    return found


def _memory(t: Tables, seen: Seen, memory: HostMemory | None) -> dict[str, NDArray[np.float32]]:
    """The memory of VMs, then units; NaN where no host takes memory back."""
    vms, names = len(t.vms), ("granted", "active", "taken")
    found = {name: np.full(vms + t.unit_ids.size, np.nan, np.float32) for name in names}
    if memory is None:
        return found
    of_vms, held = memory.vms, memory.vms[:, GRANTED] > 0.0
    for name, values in zip(names, (of_vms[:, GRANTED], of_vms[:, ACTIVE], of_vms[:, BALLOONED:].sum(axis=1))):
        found[name][:vms][held] = values[held]
    on = seen["unit"][: t.first_app]
    rows = np.flatnonzero(held[: t.first_app] & (on >= 0) & (on < t.hosts))
    active = np.bincount(on[rows], of_vms[rows, ACTIVE], t.hosts)
    for name, values in zip(names, (memory.has - memory.free, active, memory.taken)):
        of_units = np.zeros(t.unit_ids.size)
        of_units[: t.hosts] = values
        add_up(of_units, t.levels)
        found[name][vms:] = np.where(t.holds_hosts, of_units, np.nan)
    return found


def _shares(rates: Rates, vm_size: NDArray[np.float64], running: NDArray[np.bool_]) -> dict[str, NDArray[np.float32]]:
    """What VMs, then units, do as fractions of what they have; NaN where nothing is there."""
    names = {"heat": "asked", "used": "got", **{name: name for name in OF_LOADS[2:]}}
    vms, of_vm = rates.loads.size, np.where(running, vm_size, np.nan)
    shares = {name: np.empty(vms + rates.units.size, np.float32) for name in OF_LOADS}
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, share in shares.items():
            whole = rates.units["capacity" if name in ("asked", "got") else "size"]
            share[:vms] = rates.loads[name] / of_vm
            share[vms:] = rates.units[name] / np.where(whole > 0, whole, np.nan)
    return {name: shares[what] for name, what in names.items()}


def now_of(progress: Progress, seen: Seen) -> Now:
    """The state at a past moment, as the kernels read it."""
    t = progress.tables
    past = State(t, progress.state.links)
    for name, values in seen.items():
        setattr(past, name, values)
    running = Members(np.where(past.status == RUNNING, past.unit, -1), t.unit_ids.size)
    rows = np.arange(len(t.vms))
    idle = past.idle(rows) if t.ways.outward.any() or past.wires is not None else np.zeros(rows.size, np.bool_)
    works = (past.status == RUNNING)[t.inside] & ~idle
    members = np.bincount(t.service[works & (t.service >= 0)], minlength=t.work.size)
    weight = weights_of(t, past.sent, silenced(past, works, members))
    pools = t.pools._replace(vcpus=running_vcpus(t.pools, t.vcpus, (past.status == RUNNING)[t.inside]))
    return Now(
        past.drawing, running.first, running.members, running.vms, progress.now.last_s, weight, t.work, idle, pools,
        past.pace,
        progress.now.caps,
        past.busy,
        past.io_mhz,
        past.sent,
        progress.now.behind,
        past.testing,
        np.full(t.unit_ids.size, UNKNOWN),
    )  # fmt: skip
