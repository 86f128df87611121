"""Migrations beside the traffic of VMs, in random worlds, beside an independent reference: slow, plain, another
algorithm. It knows when each migration begins and where it goes, and finds by itself what all get and when each ends.
"""

from __future__ import annotations

import math
import os
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import (
    Cluster,
    Domain,
    Flow,
    Host,
    Limit,
    Migration,
    Recorded,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from tests.engine.test_flows_reference import level_rates

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "12"))
ZONE, RACKS, HOSTS, FIRST_VM, TRACE, CLUSTER = 1, (2, 3), (10, 11, 12, 13), 100, 900, 5
STEP_S, STEPS, MBIT_A_MIB = 60.0, 10, 8.388608


def world(seed: int) -> Spec:
    """Four hosts in two racks, of which one or two are drained while VMs send to each other and out."""
    r = random.Random(seed)
    values = np.array([[r.randint(0, 100) for _ in range(STEPS)] for _ in range(3)], np.uint8)
    hosts = [
        Host(i, RACKS[n // 2], 32, 1000.0, 1e6, cluster=CLUSTER,
             migration=Migration("xen", r.uniform(100.0, 3000.0), r.randint(1, 3)))
        for n, i in enumerate(HOSTS)
    ]  # fmt: skip
    vms = [
        Vm(FIRST_VM + n, r.choice(HOSTS), 1, 1000.0, r.choice([512.0, 1024.0, 2048.0]), Recorded(TRACE, r.randrange(3)),
           recovery="none")
        for n in range(r.randint(3, 7))
    ]  # fmt: skip
    limits = [
        Limit(i, "mbps", r.uniform(200.0, 2500.0), way=r.choice(["both", "in", "out"]))  # type: ignore[arg-type]
        for i in (*HOSTS, *RACKS)
        if r.random() < 0.8
    ]
    flows = [
        Flow(vm.id, r.uniform(50.0, 1500.0), r.choice([0, 0, *(other.id for other in vms)]), follows=r.random() < 0.7)
        for vm in vms
        for _ in range(r.randint(0, 2))
    ]
    flows, limits = flows or [Flow(FIRST_VM, 500.0, 0)], limits or [Limit(RACKS[0], "mbps", 300.0)]
    drains = [TimedEvent(r.uniform(1.0, 200.0), "drain", i) for i in r.sample(HOSTS, r.randint(1, 2))]
    return Spec(
        domains=[Domain(ZONE, 0, "zone"), *(Domain(i, ZONE, "rack") for i in RACKS)], hosts=hosts, vms=vms,
        limits=limits, flows=flows, traces=[Trace(TRACE, STEP_S, values)], clusters=[Cluster(CLUSTER)],
        until_s=STEP_S * STEPS, sample_s=STEP_S, events=sorted(drains, key=lambda e: e.time_s),
    )  # fmt: skip


def on_the_way(limit: Limit, start: int, end: int) -> bool:
    """Whether what a host sends another (0: the internet) goes through a limit."""
    sends, gets = ({i, RACKS[HOSTS.index(i) // 2]} if i else set() for i in (start, end))
    return (limit.of in sends - gets and limit.way != "in") or (limit.of in gets - sends and limit.way != "out")


def reference(spec: Spec, begun: list[tuple[float, int, int]]) -> tuple[list[tuple[int, float]], list[float]]:
    """Which VMs arrive and when, and the Mbit that each flow gets; `begun` are time, VM and goal of migrations."""
    host = {h.id: h for h in spec.hosts}
    at, size = {vm.id: vm.place for vm in spec.vms}, {vm.id: vm.ram_mib * MBIT_A_MIB for vm in spec.vms}
    served, now, room = [0.0] * len(spec.flows), 0.0, np.array([limit.rate for limit in spec.limits])
    ends: list[tuple[int, float]] = []
    goal: dict[int, int] = {}
    left: dict[int, float] = {}
    while now < spec.until_s:
        while begun and begun[0][0] <= now:
            _, v, to = begun.pop(0)
            if v in goal:  # it arrives, and goes on at once
                ends.append((v, now))
                at[v] = goal[v]
            goal[v], left[v] = to, size[v]
        cuts = [t for t, *_ in begun] + [spec.until_s, (math.floor(now / STEP_S + 1e-9) + 1) * STEP_S]
        step = min(int(now / STEP_S + 1e-9), STEPS - 1)
        load = {vm.id: spec.traces[0].values[vm.demand.row, step] / 100.0 for vm in spec.vms}  # type: ignore[union-attr]
        ways = [(at[f.vm], at.get(f.to, 0)) for f in spec.flows] + [(at[v], to) for v, to in goal.items()]
        busy = [i for v, to in goal.items() for i in (at[v], to)]
        want: list[Any] = [f.most * (load[f.vm] if f.follows else 1.0) for f in spec.flows]
        want += [min(host[i].migration.mbps / busy.count(i) for i in (at[v], to)) for v, to in goal.items()]  # type: ignore[union-attr]
        costs = np.array([[float(on_the_way(limit, *way)) for way in ways] for limit in spec.limits])
        rate = level_rates(costs, np.array(want, np.float64), room).tolist()
        copied = dict(zip(goal, rate[len(spec.flows) :]))
        over = {v: now + left[v] / mbps for v, mbps in copied.items()}
        then = min([*cuts, *over.values()])
        served = [s + mbit * (then - now) for s, mbit in zip(served, rate)]
        for v, mbps in copied.items():
            left[v] -= mbps * (then - now)
            if over[v] <= then + 1e-9:
                ends.append((v, then))
                at[v] = goal.pop(v)
        now = then
    return ends, served


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_migrations_share_ways_with_traffic_as_the_reference_says(seed: int) -> None:
    spec = world(seed)
    result = simulate(spec)
    begun = [(e.time_s, e.id, e.place) for e in result.log if e.what == "migrating"]
    ends, served = reference(spec, begun)
    arrived = [(e.id, e.time_s) for e in result.log if e.what == "migrated"]
    assert [v for v, _ in sorted(arrived)] == [v for v, _ in sorted(ends)]
    assert [t for _, t in sorted(arrived)] == pytest.approx([t for _, t in sorted(ends)], rel=1e-6)
    told = result._sums.flows["wire_served"][: len(spec.vms)]
    mine = [sum(s for s, f in zip(served, spec.flows) if f.vm == vm.id) for vm in spec.vms]
    assert told.tolist() == pytest.approx(mine, rel=1e-5, abs=1e-3)
    _certify(spec, random.Random(seed), result.digest())


def _certify(spec: Spec, dice: random.Random, digest: str) -> None:
    """Look at a moment of the run: no limit gives more than it has, and who gets less than it asks for goes through one
    that is full and gives nobody more. The run is the same from there, also with events that come while it goes on.
    """
    run = Simulation(replace(spec, events=()))
    for event in spec.events:
        run.advance(event.time_s - 1e-3)
        run.inject(event)
    time_s = dice.uniform(spec.events[-1].time_s, spec.until_s)
    run.advance(time_s)
    assert run.flows is not None
    room, flat = run.flows._room, run.flows._flat
    paths = [flat.limit[a:b] for a, b in zip(flat.first, flat.end)]
    through = [np.array([n in path for path in paths]) for n in range(room.used.size)]
    assert all(room.rate[f].sum() <= full * (1 + 1e-9) for f, full in zip(through, room.capacity))
    for rate, asked, path in zip(room.rate, room.demand, paths):
        full = [n for n in path if room.used[n] >= room.capacity[n] * (1 - 1e-9)]
        assert rate >= asked * (1 - 1e-9) or any(room.rate[through[n]].max() <= rate * (1 + 1e-9) for n in full)
    branch = run.branch(time_s)
    for one in (run, branch):
        one.advance(spec.until_s)
        assert one.result().digest() == digest
