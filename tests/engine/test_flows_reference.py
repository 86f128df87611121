"""Runs of random worlds with flows beside an independent reference: slow, plain, another algorithm.

The reference keeps no islands and no balances in arrays. It cuts time at every sample and event, finds the rates of all
flows together by raising one level bit by bit, and goes on to the next cut or to the first balance that ends.
DESIGNER_WORLDS says how many worlds are tried (`make torture`: thousands).
"""

from __future__ import annotations

import math
import os
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from designer.engine import Domain, Flow, Limit, Recorded, Spec, TimedEvent, Trace, Vm, simulate

F = NDArray[np.float64]
WORLDS = int(os.environ.get("DESIGNER_WORLDS", "15"))
ZONE, FIRST_DISK, FIRST_VM, TRACE = 1, 10, 100, 900
STEP_S, STEPS = 300.0, 6


def world(seed: int) -> Spec:
    """VMs that ask for volumes behind an array, by a trace or always; some volumes and VMs have balances, some fail."""
    r = random.Random(seed)
    disks, vms = r.randint(1, 4), r.randint(1, 6)
    domains = [Domain(ZONE, 0, "zone"), *(Domain(FIRST_DISK + n, ZONE, "volume") for n in range(disks + 1))]
    trace = Trace(TRACE, STEP_S, np.array([[r.randint(0, 100) for _ in range(STEPS)] for _ in range(3)], np.uint8))
    limits = []
    for n in range(disks + 1):
        rate = r.uniform(50.0, 600.0)
        burst = r.choice([0.0, rate * r.uniform(1.1, 3.0)])
        bucket = r.uniform(1e3, 2e5) if burst else 0.0
        counts = r.choice(["iops", "mibps"])
        scale = 1.0 if counts == "iops" else 1.0 / 32.0
        limits.append(
            Limit(FIRST_DISK + n, counts, rate * scale, burst * scale, bucket * scale, r.choice([0.0, 16.0]))  # type: ignore[arg-type]
        )
    machines = [
        Vm(FIRST_VM + n, ZONE, 2, 1000.0, 64.0, Recorded(TRACE, r.randrange(3)), recovery="none", boot_s=0.0)
        for n in range(vms)
    ]
    flows = []
    for vm in machines:
        for disk in r.sample(range(disks), r.randint(1, min(2, disks))):
            behind = (FIRST_DISK + disk, FIRST_DISK + disks) if r.random() < 0.7 else (FIRST_DISK + disk,)
            own = r.choice([math.inf, math.inf, r.uniform(20.0, 300.0)])
            flows.append(
                Flow(vm.id, r.uniform(20.0, 900.0), behind[0], r.choice([4.0, 40.0]), behind, r.random() < 0.6, own)
            )
    events = [TimedEvent(r.uniform(1.0, 1700.0), "fail", vm.id) for vm in machines if r.random() < 0.3]
    return Spec(
        domains=domains, vms=machines, limits=limits, flows=flows, traces=[trace], until_s=STEP_S * STEPS,
        sample_s=STEP_S, events=sorted(events, key=lambda e: e.time_s),
    )  # fmt: skip


def cost(limit: Limit, flow: Flow) -> float:
    """What an operation of a flow takes of a limit; 0 where it does not go through it."""
    if limit.of not in flow.through:
        return 0.0
    if limit.counts == "mibps":
        return flow.io_kib / 1024.0
    return math.ceil(flow.io_kib / limit.unit_kib) if limit.unit_kib else 1.0


def level_rates(costs: F, want: F, room: F) -> F:
    """The rates of all flows: each rises with the level until it has what it wants or meets a limit that is full."""
    rate, stays = np.zeros(want.size), want <= 0.0

    def at(level: float) -> F:
        return np.where(stays, rate, np.minimum(want, level))

    def over(level: float) -> F:
        return costs @ at(level) > room * (1.0 + 1e-13)

    while not stays.all():
        low = high = float(want.max())
        if over(high).any():
            low = 0.0
            for _ in range(60):
                middle = (low + high) / 2.0
                low, high = (low, middle) if over(middle).any() else (middle, high)
        full = over(low * (1.0 + 1e-9) + 1e-9)
        new = ~stays & ((want <= low) | (costs[full] > 0.0).any(axis=0))
        rate, stays = np.where(new, at(low), rate), stays | new
    return rate


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_a_run_with_flows_agrees_with_the_reference(seed: int) -> None:
    spec = world(seed)
    result = simulate(spec)
    values = spec.traces[0].values
    gone = {event.id: event.time_s for event in spec.events}
    cuts = sorted({n * STEP_S for n in range(STEPS + 1)} | set(gone.values()))
    costs = np.array([[cost(limit, flow) for flow in spec.flows] for limit in spec.limits])
    balance = [limit.bucket for limit in spec.limits]
    served = {vm.id: 0.0 for vm in spec.vms}
    waited = {vm.id: 0.0 for vm in spec.vms}
    used_s = [0.0] * len(spec.limits)
    now = 0.0
    while now < spec.until_s:
        end = next(cut for cut in cuts if cut > now)
        step = min(int(now / STEP_S + 1e-9), STEPS - 1)
        load = {vm.id: values[vm.demand.row, step] / 100.0 for vm in spec.vms}  # type: ignore[union-attr]
        runs = {vm.id: gone.get(vm.id, math.inf) > now for vm in spec.vms}
        asked = [f.most * (load[f.vm] if f.follows else 1.0) * runs[f.vm] for f in spec.flows]
        room = [max(limit.burst, limit.rate) if b > 0 else limit.rate for limit, b in zip(spec.limits, balance)]
        want = np.array([min(a, f.own) for a, f in zip(asked, spec.flows)])
        rate = level_rates(costs, want, np.array(room)).tolist()
        used = (costs @ np.array(rate)).tolist()
        spent = [u - limit.rate for u, limit in zip(used, spec.limits)]
        ends = [b / s for b, s in zip(balance, spent) if b > 0 and s > 1e-9]
        dt = min([end - now, *ends])
        for f, r in zip(spec.flows, rate):
            served[f.vm] += r * dt
        for vm in spec.vms:
            parts = [r / a for f, r, a in zip(spec.flows, rate, asked) if f.vm == vm.id and a > 0]
            waited[vm.id] += (1.0 - min([1.0, *parts])) * load[vm.id] * runs[vm.id] * dt
        for n, (limit, s) in enumerate(zip(spec.limits, spent)):
            used_s[n] += used[n] * dt
            balance[n] = min(max(balance[n] - s * dt, 0.0), limit.bucket)
            if balance[n] < 1e-6 * limit.bucket and s > 0:
                balance[n] = 0.0
        now = end if dt == end - now else now + dt
    ran = result.vms.running_s
    told = result.vms.mean_of("disk_served") * ran
    assert told.tolist() == pytest.approx(list(served.values()), rel=1e-5, abs=1e-3)
    assert (result.vms.waiting * ran).tolist() == pytest.approx(list(waited.values()), rel=1e-5, abs=1e-3)
    assert result.store.arrays["limit_used"].sum(axis=0).tolist() == pytest.approx(used_s, rel=1e-5, abs=1e-3)
