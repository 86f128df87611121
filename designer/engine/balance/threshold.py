"""CloudSim's threshold policies: relieve hosts above a load, then empty those with the least.

Beloglazov and Buyya, "Optimal online deterministic algorithms and adaptive heuristics for energy and performance
efficient dynamic consolidation of virtual machines" (2012), as CloudSim does it (PowerVmAllocationPolicyMigration...):
a host's power is compared with that of its load before anything is moved, and a host that takes a VM in is not yet at
another load. A VM that was chosen for one host may be sent on to another when that host is emptied.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine import capacity
from designer.engine.capacity import FITS, Limits, Needs, Taken
from designer.engine.compiled import NONE, ZERO, brief_door, part
from designer.engine.share.arrays import B, F, I, Units
from designer.engine.share.cpu import power_w


class Relief(NamedTuple):
    """Where a plan is worked out. Of VMs of the cluster (`rows`): the unit each is on, and is planned to be on, what it
    asks for and gets (MHz), the metric by which it is chosen (the least first), and whether it may be moved. Of units:
    MHz asked for and got, part of its capacity in use before anything is moved, and the load above which a host is to
    be relieved.
    """

    rows: I
    came: I
    at: I
    asked: F
    got: F
    metric: F
    movable: B
    unit_asked: F
    unit_got: F
    used: F
    over: B
    limit: F


class ReliefScratch(NamedTuple):
    """Scratch: VMs to be placed, hosts left out for them, and hosts that are no longer looked at; what is taken before
    a host is emptied; and the plan: which VM (of `Relief.rows`) goes to which unit.
    """

    some: I
    skip: B
    done: B
    before: F  # 3 x unit
    vms: I
    units: I


@part
def _add(n: int, u: int, sign: float, plan: Relief, needs: Needs, limits: Limits, taken: Taken) -> None:
    """Plan a VM on a unit, or take it back."""
    plan.unit_asked[u] += sign * plan.asked[n]
    plan.unit_got[u] += sign * plan.asked[n]
    v = plan.rows[n]
    if sign > 0.0:
        capacity.take(v, u, needs, limits, taken)
        return
    capacity.count(v, u, -1.0, needs, limits, taken)


@part
def _find(
    n: int, came: int, hosts: I, skip: B, plan: Relief, units: Units, needs: Needs, limits: Limits, taken: Taken
) -> int:
    """The host whose power rises least when a VM comes onto it; -1: none takes it, and it still counts where it was."""
    best, least, v = -1, np.inf, plan.rows[n]
    capacity.count(v, came, -1.0, needs, limits, taken)
    for k in range(hosts.size):
        u = hosts[k]
        if skip[u]:
            continue
        unit = units.rows[u]
        after, limit = plan.unit_asked[u] + plan.asked[n], plan.limit[u] * unit.capacity
        if plan.asked[n] > needs.vcpus[v] * unit.thread_mhz or plan.unit_got[u] + plan.asked[n] > unit.capacity:
            continue
        if plan.unit_got[u] != 0.0 and after > limit:
            continue
        if capacity.why_not(v, u, needs, limits, taken) != FITS:
            continue
        now = plan.used[u]
        watts = power_w(u, (plan.unit_got[u] + plan.asked[n]) / unit.capacity, units) - power_w(u, now, units)
        if watts < least:
            best, least = u, watts
    if best < 0:
        capacity.count(v, came, 1.0, needs, limits, taken)
    return best


@part
def _sort(some: I, count: int, asked: F) -> None:
    """Sort VMs by what they ask for, the most first; among equals the first stays first."""
    for i in range(1, count):
        n, j = some[i], i
        while j > 0 and asked[some[j - 1]] < asked[n]:
            some[j] = some[j - 1]
            j -= 1
        some[j] = n


@brief_door
def relieve(
    hosts: I, plan: Relief, units: Units, needs: Needs, limits: Limits, taken: Taken, room: ReliefScratch
) -> int:
    """Plan VMs away from hosts above their limit; how many."""
    count, size = ZERO, 0
    for k in range(hosts.size):
        u = hosts[k]
        room.skip[u] |= plan.over[u]
        while plan.over[u]:
            best = NONE
            for n in range(plan.rows.size):
                better = best < 0 or plan.metric[n] < plan.metric[best]
                if plan.at[n] == u and plan.movable[n] and better:
                    best = n
            if best < 0:
                break
            room.some[count] = best
            count += 1
            plan.at[best] = -1
            plan.unit_asked[u] -= plan.asked[best]
            plan.unit_got[u] -= plan.got[best]
            if plan.unit_asked[u] <= plan.limit[u] * units.rows[u].capacity:
                break
    _sort(room.some, count, plan.asked)
    for i in range(count):
        n = room.some[i]
        u = _find(n, plan.came[n], hosts, room.skip, plan, units, needs, limits, taken)
        if u >= 0:
            plan.at[n] = u
            _add(n, u, 1.0, plan, needs, limits, taken)
            room.vms[size], room.units[size] = n, u
            size += 1
    return size


@part
def _keep(hosts: I, taken: Taken, before: F) -> None:
    for k in range(hosts.size):
        u = hosts[k]
        before[0, u], before[1, u], before[2, u] = taken.vcpus[u], taken.ram_mib[u], taken.mhz[u]


@part
def _put_back(hosts: I, taken: Taken, before: F) -> None:
    for k in range(hosts.size):
        u = hosts[k]
        taken.vcpus[u], taken.ram_mib[u], taken.mhz[u] = before[0, u], before[1, u], before[2, u]


@part
def _least_used(hosts: I, plan: Relief, done: B) -> int:
    """The host with the least load of those that are left and do something; -1: none."""
    best, least = -1, 1.0
    for k in range(hosts.size):
        u = hosts[k]
        if not done[u] and 0.0 < plan.used[u] < least:
            best, least = u, plan.used[u]
    return best


@brief_door
def empty(
    hosts: I, plan: Relief, units: Units, needs: Needs, limits: Limits, taken: Taken, room: ReliefScratch, size: int
) -> int:
    """Plan hosts empty, the one with the least load first, where others that do something take all VMs of one; how
    many VMs are planned, with `size` before.
    """
    for k in range(hosts.size):
        u = hosts[k]
        room.done[u] = room.skip[u] = plan.over[u] or plan.used[u] == 0.0
    while True:
        u = _least_used(hosts, plan, room.done)
        if u < 0:
            return size
        room.done[u] = room.skip[u] = True
        count, stays = ZERO, False
        for n in range(plan.rows.size):
            if plan.at[n] == u:
                room.some[count] = n
                count += 1
                stays |= not plan.movable[n]
        if count == 0 or stays or size + count > room.vms.size:
            continue
        _sort(room.some, count, plan.asked)
        _keep(hosts, taken, room.before)
        placed = 0
        while placed < count:
            n = room.some[placed]
            to = _find(n, u, hosts, room.skip, plan, units, needs, limits, taken)
            if to < 0:
                break
            _add(n, to, 1.0, plan, needs, limits, taken)
            room.vms[size + placed], room.units[size + placed] = n, to
            placed += 1
        if placed < count:
            for i in range(placed):
                _add(room.some[i], room.units[size + i], -1.0, plan, needs, limits, taken)
                capacity.count(plan.rows[room.some[i]], u, 1.0, needs, limits, taken)
            _put_back(hosts, taken, room.before)
            continue
        for i in range(count):
            plan.at[room.some[i]] = room.units[size + i]
            room.done[room.units[size + i]] = True
        size += count


def planned(
    hosts: I, plan: Relief, units: Units, needs: Needs, limits: Limits, taken: Taken, awake: B
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """VMs and where they go, one batch after the other; each VM is in a batch once. `hosts` that are not `awake` take
    VMs of hosts above their limit only.
    """
    most = 4 * plan.rows.size
    none = np.zeros(units.rows.size, np.bool_)
    room = ReliefScratch(np.zeros(plan.rows.size, np.int64), none.copy(), none.copy(), np.zeros((3, none.size)),
                np.zeros(most, np.int64), np.zeros(most, np.int64))  # fmt: skip
    first = relieve(hosts, plan, units, needs, limits, taken, room)
    count = empty(hosts[awake[hosts]], plan, units, needs, limits, taken, room, first)
    batches: list[list[int]] = []
    seen: dict[int, int] = {}
    for i, n in enumerate(room.vms[:count].tolist()):
        nth = seen[n] = seen.get(n, -1) + 1
        if nth == len(batches):
            batches.append([])
        batches[nth].append(i)
    return [(plan.rows[room.vms[some]], room.units[some].copy()) for some in map(np.array, batches)]


HISTORY, LEAST = 30, 12
"""Looks that a host's load is remembered for, and how many an adaptive limit needs (CloudSim's)."""
FALLBACK = 0.7
"""The limit of an adaptive policy that knows too little yet (CloudSim's)."""
FITTED = 10
"""Looks that local regression is fitted to."""


def limits_by(rule: str, parameter: float, past: NDArray[np.float64]) -> NDArray[np.float64]:
    """The load above which each host is to be relieved, from its `past` (looks x hosts, the newest last): `thr` the
    parameter itself, `mad` and `iqr` 1 less `parameter` times the median absolute deviation or the range of the
    quartiles. `lr`: as high that the load that a local regression predicts for the next look, times the parameter, is
    1.
    """
    if rule == "thr":
        return np.full(past.shape[1], parameter)
    if len(past) < LEAST:
        return np.full(past.shape[1], FALLBACK)
    if rule == "mad":
        spread = np.median(np.abs(past - np.median(past, axis=0)), axis=0)
    elif rule == "iqr":
        low, high = np.quantile(past, (0.25, 0.75), axis=0)
        spread = high - low
    else:
        ahead = _predicted(past[-FITTED:]) - past[-1]
        return np.asarray(1.0 / parameter - np.maximum(ahead, 0.0))
    return np.asarray(np.maximum(1.0 - parameter * spread, 0.0))


def _predicted(past: NDArray[np.float64]) -> NDArray[np.float64]:
    """The next load by a line through the past, in which the newest counts most (tricube weights)."""
    x = np.arange(1.0, len(past) + 1)
    w = (1.0 - ((x[-1] - x) / len(past)) ** 3) ** 3
    mean_x, mean = np.average(x, weights=w), np.average(past, axis=0, weights=w)
    slope = (w * (x - mean_x)) @ (past - mean) / float(w @ (x - mean_x) ** 2)
    return np.asarray(mean + slope * (x[-1] + 1 - mean_x))
