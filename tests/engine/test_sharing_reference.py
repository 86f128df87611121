"""Runs of random worlds beside an independent reference of the four sharing rules: slow, plain, another algorithm.

The reference knows neither blocks of ticks nor running sums. It cuts time at every sample, step and failure, asks each
VM what it wants, finds the water level by bisection, and adds up with exact sums. DESIGNER_WORLDS says how many worlds
are tried (`make torture`: thousands).
"""

from __future__ import annotations

import math
import os
import random
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import (
    Application,
    Constant,
    DayCurve,
    Demand,
    Domain,
    Host,
    Recorded,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "20"))
RULES = ("reserved", "proportional", "max_min", "weighted_max_min")
NAMES = ("allocated", "asked", "throttled", "overhead", "steal")


def world(seed: int) -> Spec:
    """A zone with hosts of any rule, some of which fail for a while; VMs with and without applications; every load."""
    r = random.Random(seed)
    traces = [
        Trace(901, r.choice([60.0, 97.0, 450.0]), np.array([[r.randint(0, 100) for _ in range(7)]] * 3, np.uint8)),
        Trace(902, 300.0, np.array([[r.random() for _ in range(5)] for _ in range(2)])),
    ]

    def demand() -> Demand:
        kind = r.randrange(4)
        if kind == 0:
            return Constant(r.random())
        if kind == 1:
            return DayCurve(r.random(), r.random() / 2, 24 * r.random(), 0.0, r.choice(["UTC", "Europe/Berlin"]))
        return Recorded(901, r.randrange(3), r.randrange(9), r.choice([1.0, 0.6])) if kind == 2 else Recorded(902, 1, 2)

    hosts = [
        Host(10 + n, 1, r.randint(1, 6), r.choice([1000.0, 2100.0]), 2.0**20, sharing=r.choice(RULES),  # type: ignore[arg-type]
             threads_per_core=r.choice([1, 2]), cpu_overhead_frac=r.choice([0.0, 0.05, 0.3]),
             default_shares=r.choice([100.0, 1000.0]), shares_per=r.choice(["vm", "vcpu", "level"]))  # type: ignore[arg-type]
        for n in range(r.randint(1, 4))
    ]  # fmt: skip
    to_reserve = {host.id: capacity_of(host) for host in hosts if host.sharing == "weighted_max_min"}
    free = {host.id: host.cores * host.threads_per_core for host in hosts if host.sharing == "reserved"}
    vms: list[Vm] = []
    for n in range(r.randint(1, 12)):
        place, vcpus = r.choice([*hosts, Domain(1, 0, "zone")]).id, r.choice([1, 2, 4])
        if free.get(place, vcpus) < vcpus:
            continue
        free[place] = free.get(place, 0) - vcpus if place in free else free.get(place, 0)
        apps = tuple(
            Application(1000 + 10 * n + k, r.randint(1, 3), r.choice([800.0, 2500.0]), demand())
            for k in range(r.choice([0, 0, 1, 2]))
        )
        mhz, shares = r.choice([1000.0, 2500.0]), r.choice([0.0, 0.0, 500.0, 1000.0, 3000.0])
        reserved = r.choice([0.0, 0.0, r.uniform(0.0, 1.0) * min(vcpus * mhz, to_reserve.get(place, math.inf))])
        to_reserve[place] = to_reserve.get(place, math.inf) - reserved
        limit = r.choice([math.inf, math.inf, reserved + 1.0 + r.random() * vcpus * mhz])
        vms.append(
            Vm(
                100 + n,
                place,
                vcpus,
                mhz,
                1.0,
                demand(),
                shares=shares,
                apps=apps,
                boot_s=0.0,
                detect_s=9999.0,
                level=r.choice(["low", "normal", "high"]),
                reservation_mhz=reserved,
                thread_frac=r.choice([1.0, 0.625]),
                limit_mhz=limit,
            )
        )  # type: ignore[arg-type]
    events = []
    for host in hosts:
        if r.random() < 0.4:
            down_s = r.uniform(0.0, 1500.0)
            events += [
                TimedEvent(down_s, "fail", host.id),
                TimedEvent(down_s + r.uniform(1.0, 400.0), "recover", host.id),
            ]
    return Spec(domains=[Domain(1, 0, "zone")], hosts=hosts, vms=vms, traces=traces, until_s=1830.0,
                events=sorted(events, key=lambda e: e.time_s), sample_s=r.choice([60.0, 300.0]), seed=seed)  # fmt: skip


def wanted(spec: Spec, row: Vm | Application, time_s: float, thread_mhz: float) -> float:
    """MHz that a VM or application asks for by itself at a time."""
    size, demand = row.vcpus * row.mhz, row.demand
    if isinstance(demand, Constant):
        load = demand.value
    elif isinstance(demand, DayCurve):
        step = math.floor(time_s / spec.sample_s + 1e-9)
        hour = (step + 0.5) * spec.sample_s / 3600.0 + (
            demand.time_zone == "Europe/Berlin"
        )  # winter, from midnight UTC
        load = demand.mean + demand.swing * math.cos(2.0 * math.pi * (hour - demand.peak_h) / 24.0)
        load = min(max(load, 0.0), 1.0)
    else:
        trace = next(t for t in spec.traces if t.id == demand.trace)
        at = (math.floor(time_s / trace.step_s + 1e-9) + demand.shift) % trace.values.shape[1]
        load = float(trace.values[demand.row, at]) * demand.scale / (100.0 if trace.values.dtype == np.uint8 else 1.0)
    return min(load * size, size, row.vcpus * thread_mhz)


def capacity_of(host: Host) -> float:
    """MHz that a host has for VMs."""
    smt = 1.0 + (host.smt_yield if host.threads_per_core > 1 else 0.0)
    return host.cores * smt * host.mhz * (1.0 - host.cpu_overhead_frac)


def weight_of(vm: Vm, host: Host) -> float:
    """The shares of a VM on a host."""
    if vm.shares:
        return vm.shares * (vm.vcpus if host.shares_per == "vcpu" else 1)
    level = {"low": 0.5, "normal": 1.0, "high": 2.0}[vm.level]
    return level * host.default_shares * (1 if host.shares_per == "vm" else vm.vcpus)


def shared(rule: str, capacity: float, demands: list[float], weights: list[float], floors: list[float]) -> list[float]:
    """What each gets: a water level found by bisection."""
    if sum(demands) <= capacity or rule == "reserved":
        return demands
    if rule == "proportional":
        return [demand * capacity / sum(demands) for demand in demands]
    if rule == "max_min":
        weights, floors = [1.0] * len(demands), [0.0] * len(demands)

    def at(level: float) -> list[float]:
        return [min(d, max(level * w, f)) for d, w, f in zip(demands, weights, floors)]

    low, high = 0.0, max(d / w for d, w in zip(demands, weights))
    for _ in range(200):
        level = (low + high) / 2
        if sum(at(level)) > capacity:
            high = level
        else:
            low = level
    return at(low)


def down(spec: Spec, host_id: int, time_s: float) -> bool:
    """Whether a host is down just after a time."""
    last = [event for event in spec.events if event.id == host_id and event.time_s <= time_s]
    return bool(last) and last[-1].what == "fail"


def rates(spec: Spec, place: Host | Domain, time_s: float) -> dict[int, tuple[float, ...]]:
    """For the place (id 0: their sum) and each VM: MHz by name, in the order of NAMES."""
    vms = [vm for vm in spec.vms if vm.place == place.id]
    if isinstance(place, Domain):
        thread = vcpu = math.inf
        rule, capacity = "reserved", math.inf
    else:
        rule = place.sharing
        thread = place.mhz
        vcpu = capacity_of(place) / (place.cores * place.threads_per_core) if rule == "reserved" else place.mhz
        capacity = capacity_of(place)
    asked = [sum(wanted(spec, row, time_s, thread) for row in (vm, *vm.apps)) for vm in vms]
    may = [min(a, vm.vcpus * vm.mhz, vm.vcpus * thread, vm.limit_mhz) for a, vm in zip(asked, vms)]
    alone = [min(m, vm.vcpus * vcpu, capacity) for m, vm in zip(may, vms)]
    if isinstance(place, Domain):
        alone = [min(m, vm.vcpus * vm.mhz * vm.thread_frac) for m, vm in zip(may, vms)]
    weights = [1.0 if isinstance(place, Domain) else weight_of(vm, place) for vm in vms]
    floors = [vm.reservation_mhz for vm in vms]
    got = shared(rule, capacity, alone if rule == "reserved" else may, weights, floors)
    found = {
        vm.id: (g, a, a - m, m - one, one - g) for vm, g, a, m, one in zip(vms, got, asked, may, alone, strict=True)
    }
    found[0] = tuple(math.fsum(row[n] for row in found.values()) for n in range(len(NAMES)))
    return found


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_a_run_agrees_with_the_reference(seed: int) -> None:
    spec = world(seed)
    result = simulate(spec)
    ids, rows = result.ids.tolist(), {i: n for n, i in enumerate(result.vm_ids.tolist())}
    cuts = {0.0, spec.until_s, *(event.time_s for event in spec.events)}
    for step_s in (spec.sample_s, *(trace.step_s for trace in spec.traces)):
        cuts |= {n * step_s for n in range(math.ceil(spec.until_s / step_s))}
    edges = sorted(cut for cut in cuts if cut <= spec.until_s)
    series: dict[tuple[int, int, int], list[float]] = defaultdict(list)
    of_vm: dict[tuple[int, int], list[float]] = defaultdict(list)
    for begin, end in pairwise(edges):
        step = min(math.floor(begin / spec.sample_s + 1e-9), result.filled - 1)
        for place in (*spec.hosts, *spec.domains):
            if down(spec, place.id, begin):
                continue
            for vm_id, values in rates(spec, place, begin).items():
                for n, value in enumerate(values):
                    if vm_id:
                        of_vm[vm_id, n].append(value * (end - begin))
                    else:
                        series[place.id, n, step].append(value * (end - begin))
    for (place_id, n, step), parts in series.items():
        content = result.store.arrays[NAMES[n]][step, ids.index(place_id)]
        assert content == pytest.approx(math.fsum(parts), rel=1e-9, abs=1e-5), (NAMES[n], place_id, step)
    told = (result.vms.mean_mhz, None, result.vms.throttled, result.vms.overhead, result.vms.steal)
    for (vm_id, n), parts in of_vm.items():
        figures, v = told[n], rows[vm_id]
        if figures is not None and result.vms.running_s[v] > 0:
            size = 1.0 if n == 0 else result.tables.demand.size[v]
            assert figures[v] * size == pytest.approx(math.fsum(parts) / result.vms.running_s[v], rel=1e-9, abs=1e-6)
