"""Histories of what is coupled: crews with queues, shocks, and fleets with spares, coverage and crews; any laws.

Each unit has a clock with what is left of its time, which runs at a speed: 1, the dormancy of a spare, or 0 for what
waits for a crew or for a manual switch. The least of what is left is the next event.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.chance import key, words
from designer.engine.compiled import NONE, ZERO, part
from designer.engine.reliability.kernels import draw, kernel, uniform
from designer.engine.reliability.laws import Law
from designer.engine.reliability.sampling import FAILURES, Floats, cycle_h, ziggurats
from designer.engine.reliability.system import AtLeast, Component, Node, Running, System, Unit
from designer.engine.reliability.tables import Ints, Laws, key_of_id, laws_of

CHUNK_EVENTS = 200_000


class Coupling(NamedTuple):
    """Clocks: units, then shocks, then switches of fleets. Which crew, fleet and shock each has to do with."""

    crew: Ints
    fleet: Ints
    crew_size: Ints
    fleet_first: Ints
    fleet_running: Ints
    dormancy: Floats
    coverage: Floats
    hit_first: Ints
    hits: Ints
    lethal: Floats
    shock_fleet: Ints
    part_first: Ints
    parts: Ints
    k: Ints


class Clocks(NamedTuple):
    """What changes: up or not, what is left, speed, place in a queue, whether it is a unit that runs."""

    state: NDArray[np.uint64]
    up: Ints
    left: Floats
    speed: Floats
    queue: Ints
    active: Ints
    busy: Ints
    switching: Ints
    holds: Ints


@part
def _settle(f: Any, world: Any, clocks: Any) -> None:
    """Let as many units of a fleet run as are needed; the others are spares."""
    running = 0
    for u in range(world.fleet_first[f], world.fleet_first[f + 1]):
        running += clocks.up[u] * clocks.active[u]
    for u in range(world.fleet_first[f], world.fleet_first[f + 1]):
        if clocks.up[u]:
            if not clocks.active[u] and running < world.fleet_running[f]:
                clocks.active[u] = 1
                running += 1
            clocks.speed[u] = 1.0 if clocks.active[u] else world.dormancy[f]


@part
def _fail(u: Any, serial: Any, world: Any, clocks: Any, laws: Any, floats: Any, bounds: Any) -> None:
    clocks.up[u] = 0
    clocks.active[u] = 0
    clocks.left[u], clocks.state[u] = draw(
        laws.down_code[u],
        laws.down[u, 0],
        laws.down[u, 1],
        laws.down[u, 2],
        clocks.state[u],
        floats,
        bounds,
        laws.recorded,
    )
    clocks.speed[u] = 1.0
    crew = world.crew[u]
    if crew >= 0:
        if clocks.busy[crew] < world.crew_size[crew]:
            clocks.busy[crew] += 1
            clocks.queue[u] = -1
        else:
            clocks.speed[u] = 0.0
            clocks.queue[u] = serial


@part
def _mend(u: Any, world: Any, clocks: Any, laws: Any, floats: Any, bounds: Any) -> None:
    clocks.up[u] = 1
    clocks.left[u], clocks.state[u] = draw(
        laws.up_code[u], laws.up[u, 0], laws.up[u, 1], laws.up[u, 2], clocks.state[u], floats, bounds, laws.recorded
    )
    clocks.speed[u] = 1.0
    crew = world.crew[u]
    if crew >= 0:
        clocks.busy[crew] -= 1
        best = -1
        for v in range(world.crew.size):
            if world.crew[v] == crew and clocks.queue[v] >= 0 and (best < 0 or clocks.queue[v] < clocks.queue[best]):
                best = v
        if best >= 0:
            clocks.queue[best] = -1
            clocks.speed[best] = 1.0
            clocks.busy[crew] += 1


@part
def _is_up(world: Any, clocks: Any) -> Any:
    """Follow the gates, parts before wholes; a part is a unit, a gate, or the least running units of a fleet."""
    for g in range(world.k.size):
        count = 0
        for i in range(world.part_first[g], world.part_first[g + 1]):
            kind, number = world.parts[i, 0], world.parts[i, 1]
            if kind == 0:
                count += clocks.up[number]
            elif kind == 1:
                count += clocks.holds[number]
            elif not clocks.switching[number]:
                running = 0
                for u in range(world.fleet_first[number], world.fleet_first[number + 1]):
                    running += clocks.up[u] * clocks.active[u]
                count += 1 if running >= world.parts[i, 2] else 0
        clocks.holds[g] = 1 if count >= world.k[g] else 0
    return clocks.holds[world.k.size - 1] == 1


@kernel
def follow(
    first: Any, count: Any, begin: Any, end: Any, keys: Any, seed: Any, laws: Any, world: Any, clocks: Any, floats: Any,
    bounds: Any, totals: Any,
) -> Any:  # fmt: skip
    """Fill `totals[r, 0] = (downtime, outages)` from `begin` to `end` of replicas that are all up and new at 0."""
    units, shocks, fleets = world.crew.size, world.lethal.size, world.dormancy.size
    events = 0
    for r in range(count):
        clocks.queue[:] = -1
        clocks.busy[:] = 0
        clocks.switching[:] = 0
        clocks.active[:] = 0
        for i in range(keys.size):
            clocks.state[i] = words(keys[i], seed, np.uint64(first + r), np.uint64(1))[0]
            clocks.speed[i] = 1.0
            clocks.up[i] = 1
            clocks.left[i], clocks.state[i] = draw(
                laws.up_code[i], laws.up[i, 0], laws.up[i, 1], laws.up[i, 2], clocks.state[i], floats, bounds,
                laws.recorded,
            )  # fmt: skip
        for f in range(fleets):
            clocks.speed[units + shocks + f] = 0.0
            _settle(f, world, clocks)
        now = 0.0
        serial = ZERO
        was_up = _is_up(world, clocks)
        while True:
            soonest, which = 1e308, NONE
            for i in range(keys.size):
                fleet = world.fleet[i]
                if clocks.speed[i] > 0.0 and not (fleet >= 0 and clocks.switching[fleet]):
                    at = clocks.left[i] / clocks.speed[i]
                    if at < soonest:
                        soonest, which = at, i
            step = min(soonest, end - now)
            if not was_up:
                totals[r, 0, 0] += max(0.0, now + step - max(now, begin))
            now += step
            if now >= end or which < 0:
                break
            for i in range(keys.size):
                fleet = world.fleet[i]
                if not (fleet >= 0 and clocks.switching[fleet]):
                    clocks.left[i] -= clocks.speed[i] * step
            events += 1
            serial = _happen(which, serial, world, clocks, laws, floats, bounds)
            is_up = _is_up(world, clocks)
            if was_up and not is_up and now > begin:
                totals[r, 0, 1] += 1.0
            was_up = is_up
    return events


@part
def _happen(i: Any, serial: Any, world: Any, clocks: Any, laws: Any, floats: Any, bounds: Any) -> Any:
    """The event of a clock; the next place in a queue."""
    units, shocks = world.crew.size, world.lethal.size
    if i < units:
        f = world.fleet[i]
        if not clocks.up[i]:
            _mend(i, world, clocks, laws, floats, bounds)
        else:
            ran = clocks.active[i]
            _fail(i, serial, world, clocks, laws, floats, bounds)
            serial += 1
            others = 0
            if f >= 0 and ran and world.coverage[f] < 1.0:
                for u in range(world.fleet_first[f], world.fleet_first[f + 1]):
                    others += clocks.up[u]
                u, clocks.state[i] = uniform(clocks.state[i])
                if others and u >= world.coverage[f]:
                    switch = units + shocks + f
                    clocks.switching[f] = 1
                    clocks.speed[switch] = 1.0
                    clocks.left[switch], clocks.state[switch] = draw(
                        laws.up_code[switch], laws.up[switch, 0], laws.up[switch, 1], laws.up[switch, 2],
                        clocks.state[switch], floats, bounds, laws.recorded,
                    )  # fmt: skip
        if f >= 0:
            _settle(f, world, clocks)
        return serial
    if i >= units + shocks:
        clocks.switching[i - units - shocks] = 0
        clocks.speed[i] = 0.0
        return serial
    s = i - units
    for n in range(world.hit_first[s], world.hit_first[s + 1]):
        unit = world.hits[n]
        u, clocks.state[i] = uniform(clocks.state[i])
        if clocks.up[unit] and u < world.lethal[s]:
            _fail(unit, serial, world, clocks, laws, floats, bounds)
            serial += 1
    if world.shock_fleet[s] >= 0:
        _settle(world.shock_fleet[s], world, clocks)
    clocks.left[i], clocks.state[i] = draw(
        laws.up_code[i], laws.up[i, 0], laws.up[i, 1], laws.up[i, 2], clocks.state[i], floats, bounds, laws.recorded
    )
    return serial


class Coupled:
    """Draws replicas of one service of a system with crews, shocks or fleets."""

    def __init__(self, system: System, service: str, horizon_h: float, fresh: bool, seed: int) -> None:
        """fresh: from all up and new; else after a time in which that is forgotten."""
        self.horizon_h, self.fresh = horizon_h, fresh
        rows = [(c, c.id) for c in system.components]
        for fleet in system.fleets:
            rows += [(Component("", fleet.up, fleet.down), f"{fleet.id}\0{n}") for n in range(fleet.units)]
        shocks: list[tuple[Law, str]] = [(s.law, f"{s.id}\0shock") for s in system.shocks]
        shocks += [(f.shock, f"{f.id}\0shock") for f in system.fleets if f.shock is not None]
        rows += [(Component("", law, None), one) for law, one in shocks]
        rows += [(Component("", f.switch, None), f"{f.id}\0switch") for f in system.fleets]
        self.laws: Laws = laws_of([component for component, _ in rows])
        self.keys = np.array([key_of_id(one) for _, one in rows], np.uint64)
        self.seed = key(seed, FAILURES)
        self.world = _world(system, system.services[service], len(rows))
        means = [c.down.mean_h for c, _ in rows if c.down is not None]
        crowded = bool(system.crews) or any(f.crews for f in system.fleets)
        memory = 40.0 * max(means, default=0.0) * (5.0 if crowded else 1.0)
        self.begin = 0.0 if fresh else memory
        expected = sum((self.begin + horizon_h) / cycle_h(c.up, c.down) for c, _ in rows) * 2.0
        self.chunk = max(4, min(20000, round(CHUNK_EVENTS / max(1.0, expected * (1.0 + len(rows) / 50.0)))))

    def draw(self, first: int, count: int) -> Floats:
        """Downtime and outages of each replica from `first` on (replica x 1 x 2)."""
        n, gates = len(self.keys), len(self.world.k)
        clocks = Clocks(
            np.zeros(n, np.uint64), np.ones(n, np.int64), np.zeros(n), np.zeros(n), np.zeros(n, np.int64),
            np.zeros(n, np.int64), np.zeros(len(self.world.crew_size), np.int64),
            np.zeros(len(self.world.dormancy), np.int64), np.zeros(gates, np.int64),
        )  # fmt: skip
        totals = np.zeros((count, 1, 2))
        end = self.begin + self.horizon_h
        follow(first, count, self.begin, end, self.keys, self.seed, self.laws, self.world, clocks, *ziggurats(), totals)
        return totals


def _world(system: System, node: Node, clocks: int) -> Coupling:
    number = {c.id: n for n, c in enumerate(system.components)}
    crews = {c.id: n for n, c in enumerate(system.crews)}
    sizes = [c.size for c in system.crews]
    crew = [crews[c.crew] if c.crew != "" else -1 for c in system.components]
    fleet_of = [-1] * len(crew)
    starts = [len(crew)]
    for n, fleet in enumerate(system.fleets):
        if fleet.crews:
            sizes.append(fleet.crews)
        crew += [len(sizes) - 1 if fleet.crews else -1] * fleet.units
        fleet_of += [n] * fleet.units
        starts.append(len(crew))
    hits = [[number[one] for one in s.hits] for s in system.shocks]
    lethal = [s.lethal for s in system.shocks]
    shock_fleet = [-1] * len(hits)
    for n, fleet in enumerate(system.fleets):
        if fleet.shock is not None:
            hits.append(list(range(starts[n], starts[n + 1])))
            lethal.append(1.0)
            shock_fleet.append(n)
    fleet_of += [*shock_fleet, *([-1] * len(system.fleets))]
    gates = _gates(node, number, {f.id: n for n, f in enumerate(system.fleets)})
    assert len(fleet_of) == clocks
    return Coupling(
        np.array(crew, np.int64), np.array(fleet_of, np.int64), np.array(sizes, np.int64), np.array(starts, np.int64),
        np.array([f.running for f in system.fleets], np.int64), np.array([f.dormancy for f in system.fleets], float),
        np.array([f.coverage for f in system.fleets], float),
        np.cumsum([0, *map(len, hits)]).astype(np.int64), np.array([one for row in hits for one in row], np.int64),
        np.array(lethal, float), np.array(shock_fleet, np.int64),
        np.cumsum([0, *(len(parts) for _, parts in gates)]).astype(np.int64),
        np.array([one for _, parts in gates for one in parts], np.int64).reshape(-1, 3),
        np.array([k for k, _ in gates], np.int64),
    )  # fmt: skip


def _gates(node: Node, number: dict[Any, int], fleets: dict[Any, int]) -> list[tuple[int, list[tuple[int, int, int]]]]:
    gates: list[tuple[int, list[tuple[int, int, int]]]] = []
    known: dict[Node, int] = {}

    def coded(part: Node) -> tuple[int, int, int]:
        if isinstance(part, Unit):
            return 0, number[part.id], 0
        if isinstance(part, Running):
            return 2, fleets[part.fleet], part.k
        if part not in known:
            parts = [coded(one) for one in part.of]
            gates.append((part.k, parts))
            known[part] = len(gates) - 1
        return 1, known[part], 0

    top = coded(node)
    if not isinstance(node, AtLeast):
        gates.append((1, [top]))
    return gates
