"""What instants cost: each row beside a bare compiled pass over the rows that it touches, in the same run.

The gate of a row is its ratio: it says how much more than reading and adding up those rows the engine does for them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
from numba import njit

from designer.engine import Constant, Domain, Group, Host, Service, Simulation, Spec, TimedEvent, Vm

SERVICE, GROUP = 5_000, 60


def cloud(hosts: int, vms: int, services: int = 0) -> Spec:
    """Three zones; VMs evenly over hosts in racks, restarted by their cluster; all are members of the services."""
    domains = [Domain(1, 0, "region"), *(Domain(2 + n, 1, "zone", f"zone-{n}") for n in range(3))]
    racks = max(1, hosts // 20)
    domains += [Domain(100 + n, 2 + n % 3, "rack", f"rack-{n}") for n in range(racks)]
    rows = [
        Host(10_000 + n, 100 + n % racks, 64, 2500.0, 262_144.0, f"host-{n}", overcommit=4.0, power_w=(100.0, 200.0))
        for n in range(hosts)
    ]
    asked = [
        Service(SERVICE + n, Constant(vms * 2.0 / services), 100.0, f"service-{n}") for n in range(services)
    ]  # a twenty-fifth of what the members have
    loads = [
        Vm(1_000_000 + n, 10_000 + n % hosts, 2, 2500.0, 4096.0, Constant(0.3), recovery="cluster",
           service=SERVICE + n % services if services else 0)
        for n in range(vms)
    ]  # fmt: skip
    return Spec(domains, rows, loads, asked, until_s=7200.0, sample_s=60.0)


def in_a_group(spec: Spec) -> Spec:
    """The same VMs on the provider's capacity, as instances of one group over three subnets."""
    nets = [Domain(50 + n, 2 + n, "subnet", f"net-{n}") for n in range(3)]
    template = Vm(9_000_000, 50, 2, 2500.0, 4096.0, service=SERVICE, recovery="replace", group=GROUP)
    count = len(spec.vms)
    vms = [replace(template, id=1_000_000 + n, place=50 + n % 3) for n in range(count)]
    group = Group(GROUP, 0, count, count * 7 // 5, (50, 51, 52), template, "web")
    return replace(spec, domains=[*spec.domains, *nets], vms=vms, groups=[group])


def scripted(spec: Spec, hosts: int = 450, length_s: float = 3600.0) -> Spec:
    """Hosts fail at random times of an hour and come back within minutes."""
    dice, events = random.Random(2), []
    for _ in range(hosts):
        time_s, host = dice.uniform(0.0, 3000.0), dice.choice(spec.hosts).id
        events += [TimedEvent(time_s, "fail", host), TimedEvent(time_s + dice.uniform(10.0, 500.0), "recover", host)]
    return replace(spec.with_events(sorted(events, key=lambda event: event.time_s)), until_s=length_s)


@njit(cache=True)
def _bare(rows: Any, own: Any, total: Any) -> float:
    """Read what a VM asks for and add it to a sum of its own: the least that touching a VM can be."""
    found = 0.0
    for v in range(own.size):
        own[v] = rows[v].mean * rows[v].size
        total[v] += own[v] * 0.5
        found += own[v]
    return found


def bare_s(run: Simulation, vms: int) -> float:
    """CPU seconds of a bare pass over so many VMs of a run."""
    rows, own, total = run.tables.demand.rows, np.zeros(vms), np.zeros(vms)
    _bare(rows, own, total)
    began, times = time.process_time(), 200
    for _ in range(times):
        _bare(rows, own, total)
    return (time.process_time() - began) / times


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def row(name: str, value_s: float, aim: str, beside: str = "", beside_s: float = 0.0) -> dict[str, Any]:
    """A row of the table, in ms."""
    made = {"name": name, "value": value_s * 1000, "unit": "ms", "aim": aim}
    return made | ({"beside": beside, "beside_value": beside_s * 1000, "ratio": value_s / beside_s} if beside else {})


def one_host(spec: Spec, times: int = 9) -> tuple[float, float, Simulation]:
    """CPU seconds (median) of the instant at which a host fails, and of that at which it is back."""
    run, dice, time_s = Simulation(spec), random.Random(1), 600.0
    found: dict[str, list[float]] = {"fail": [], "recover": []}
    run.advance(time_s)
    for _ in range(times):
        host = dice.choice(spec.hosts).id
        for what, wait_s in (("fail", 61.0), ("recover", 5.0)):
            time_s += wait_s
            run.advance(time_s)
            run.inject(TimedEvent(time_s, what, host))  # type: ignore[arg-type]
            found[what].append(cpu_s(lambda: run.advance(time_s)))  # noqa: B023
        time_s += 95.0
        run.advance(time_s)
    return median(found["fail"]), median(found["recover"]), run


def zone_s(spec: Spec) -> float:
    """CPU seconds from the loss of a zone to the last consequence."""
    run = Simulation(spec)
    run.advance(1800.0)
    run.inject(TimedEvent(1800.0, "fail", 2))
    return cpu_s(lambda: run.advance(2000.0))


def together_s(spec: Spec, hosts: int) -> float:
    """CPU seconds of an instant at which many hosts fail."""
    run = Simulation(spec)
    run.advance(600.0)
    for host in spec.hosts[:hosts]:
        run.inject(TimedEvent(600.0, "fail", host.id))
    return cpu_s(lambda: run.advance(600.0))


def frame_s(run: Simulation, wait_s: float, times: int = 5) -> float:
    """CPU seconds (median) of a look at a run so many seconds after the one before."""
    found = []
    for _ in range(times):
        run.advance(run.time_s + wait_s)
        found.append(cpu_s(run.moment))
    return median(found)


def _one_host_rows() -> list[dict[str, Any]]:
    rows = []
    for title, spec, touched in (
        ("20,000 VMs, five services", cloud(2_000, 20_000, 5), 20_000),
        ("100,000 VMs", cloud(5_000, 100_000), 100_000),
    ):
        fail_s, recover_s, run = one_host(spec)
        least_s = bare_s(run, touched)
        for what, value_s in (("fails", fail_s), ("is back", recover_s)):
            rows.append(row(f"a host {what}, {title}", value_s, "<= 1 ms", "bare pass, all VMs once", least_s))
    least_s = bare_s(run, 100_000)
    for when, wait_s in (("in a new tick", run.spec.sample_s), ("within a tick", 1.0)):
        rows.append(row(f"a frame {when}, 100,000 VMs", frame_s(run, wait_s), "<= 15 ms", "bare pass", least_s))
    return rows


def _hour_rows() -> list[dict[str, Any]]:
    run = Simulation(scripted(cloud(2_000, 20_000, 1)))
    run.advance(60.0)
    hour_s = cpu_s(lambda: run.advance(3600.0))
    instants = len(run._history.changes)
    title = "900 events in an hour, 20,000 VMs, one service"
    rows = [row(title, hour_s, "<= 2 s", f"bare pass x {instants:,} instants", bare_s(run, 20_000) * instants)]
    dice = random.Random(3)
    run.moment(30.0)
    looks = [cpu_s(lambda: run.moment(dice.uniform(0.0, 3600.0))) for _ in range(9)]
    branches = [cpu_s(lambda: run.branch(dice.uniform(0.0, 3600.0))) for _ in range(7)]
    bare = bare_s(run, 20_000)
    rows.append(row(f"look back, {instants:,} instants", median(looks), "<= 5 ms", "bare pass", bare))
    rows.append(row(f"branch, {instants:,} instants", median(branches), "<= 50 ms", "bare pass", bare))
    megabytes = run._keyframes.nbytes / 1e6
    rows.append({"name": "keyframes of that run", "value": megabytes, "unit": "MB", "aim": "<= 100 MB"})
    return rows


def _loss_rows() -> list[dict[str, Any]]:
    zone = cloud(1_500, 30_000, 1)
    rows = []
    for title, spec, aim in (("a service", zone, "<= 50 ms"), ("a group", in_a_group(zone), "<= 60 ms")):
        zone_s(spec)
        value_s, least_s = median(zone_s(spec) for _ in range(3)), bare_s(Simulation(spec), 30_000)
        rows.append(row(f"lose a zone of 10,000 of 30,000 VMs of {title}", value_s, aim, "bare pass", least_s))
    hosts = cloud(2_000, 20_000)
    value_s, least_s = median(together_s(hosts, 500) for _ in range(5)), bare_s(Simulation(hosts), 5_000)
    return [*rows, row("500 hosts with 5,000 VMs fail at one instant", value_s, "<= 20 ms", "bare pass", least_s)]


def run() -> list[dict[str, Any]]:
    """All rows."""
    zone_s(cloud(30, 300, 1))  # kernels are compiled or loaded
    return [*_one_host_rows(), *_hour_rows(), *_loss_rows()]
