"""What memory, disk, network and power cost: 100 hosts with 1,000 VMs for a day, beside the same run without them."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import Any

from designer.engine import DayCurve, Domain, Flow, Host, Limit, Spec, Vm, simulate
from designer.engine.spec import CoolingUnit, Feed, Hall, Power, Ups
from tests.benchmarks.engine_events import cpu_s

HOSTS, VMS, PAIRS = 100, 1_000, 5
DAY = DayCurve(0.4, 0.2, 14.0, 0.05)


def plain() -> Spec:
    """Hosts in racks, VMs with a day curve and noise of their own: demand changes in each of 288 steps."""
    domains = [Domain(1, 0, "zone", "z"), *(Domain(10 + n, 1, "rack", f"r-{n}") for n in range(HOSTS // 10))]
    hosts = [Host(1_000 + n, 10 + n // 10, 32, 2500.0, 131_072.0, power_w=(100.0, 200.0)) for n in range(HOSTS)]
    vms = [Vm(10_000 + n, 1_000 + n % HOSTS, 4, 2500.0, 12_000.0, DAY, f"vm-{n}") for n in range(VMS)]
    return Spec(domains, hosts, vms, until_s=86_400.0, sample_s=300.0)


def with_memory(spec: Spec, ram_mib: float) -> Spec:
    """The same under ESXi, with VMs of so much memory, of which they use a part by a day curve."""
    hosts, use = [replace(row, memory="esxi") for row in spec.hosts], DayCurve(0.3, 0.2, 15.0)
    return replace(spec, hosts=hosts, vms=[replace(vm, active=use, ram_mib=ram_mib) for vm in spec.vms])


def with_flows(spec: Spec, nic_mbps: float, iops: float) -> Spec:
    """The same with a volume for each VM, and traffic to a VM on another host; NICs and volumes give so much."""
    volumes = [Domain(100_000 + n, 1, "volume") for n in range(VMS)]
    flows = [Flow(10_000 + n, 1_000.0, 100_000 + n, 16.0, (100_000 + n,), follows=True) for n in range(VMS)]
    flows += [Flow(10_000 + n, 500.0, 10_000 + (n + 1) % VMS, follows=True) for n in range(VMS)]
    limits = [Limit(100_000 + n, "iops", iops, name=f"disk-{n}") for n in range(VMS)]
    limits += [Limit(host.id, "mbps", nic_mbps, way=way, name="nic") for host in spec.hosts for way in ("out", "in")]  # type: ignore[arg-type]
    return replace(spec, domains=[*spec.domains, *volumes], flows=flows, limits=limits)


def with_power(spec: Spec) -> Spec:
    """The same in a data center with two feeds, their UPSs, two cooling units; watts are split among VMs."""
    feeds = [Domain(3, 2, "power_feed", gaps_s=()), Domain(4, 2, "power_feed", gaps_s=())]
    units = [Domain(5, 2, "cooling", feeds=((3, 4),)), Domain(6, 2, "cooling", feeds=((3, 4),))]
    racks = [replace(row, parent=2) if row.kind == "rack" else row for row in spec.domains]
    power = Power(
        feeds=(Feed(3, 40_000.0, 10.0, (Ups(3, 1e7, 1_000.0),)), Feed(4, 40_000.0, 10.0, (Ups(4, 1e7, 1_000.0),))),
        halls=(Hall(2, 1.4, 0.3, 0.8),),
        cooling=(CoolingUnit(5, 2, 15_000.0, 60.0), CoolingUnit(6, 2, 15_000.0, 60.0)), split="vcpus",
    )  # fmt: skip
    hosts = [replace(row, feeds=((3, 4),)) for row in spec.hosts]
    return replace(spec, domains=[racks[0], Domain(2, 1, "data_center"), *feeds, *units, *racks[1:]], hosts=hosts,
                   power=power)  # fmt: skip


def pairs(spec: Spec, beside: Spec) -> tuple[float, float, float]:
    """CPU seconds (medians) of two runs, one after the other in turn, and the median of their ratios."""
    found = [(cpu_s(lambda: simulate(spec)), cpu_s(lambda: simulate(beside))) for _ in range(PAIRS)]
    return median(a for a, _ in found), median(b for _, b in found), median(a / b for a, b in found)


def run() -> list[dict[str, Any]]:
    """Memory and flows, with and without a shortage, all three, and power."""
    base, rows = plain(), []
    cases = {
        "memory, enough of it": with_memory(base, 12_000.0),
        "memory, a half more than there is": with_memory(base, 19_661.0),
        "disk and network, enough of both": with_flows(base, 25_000.0, 3_000.0),
        "disk and network, both short by day": with_flows(base, 1_500.0, 450.0),
        "memory, disk and network active": with_flows(with_memory(base, 12_000.0), 25_000.0, 3_000.0),
        "power, heat and watts of VMs": with_power(base),
    }
    for spec in (base, *cases.values()):
        simulate(replace(spec, until_s=3600.0))
    for name, spec in cases.items():
        value_s, beside_s, ratio = pairs(spec, base)
        rows.append({
            "name": f"a day of {HOSTS} hosts and {VMS:,} VMs with {name}", "value": value_s * 1000, "unit": "ms",
            "beside": "without", "beside_value": beside_s * 1000, "ratio": ratio, "aim": "<= 3x",
        })  # fmt: skip
    return rows
