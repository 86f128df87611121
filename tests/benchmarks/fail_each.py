"""Failing each element of 40 hosts in turn, beside whole runs of a few of the same failures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from designer.engine import Cluster, Constant, Domain, Host, Migration, Service, Spec, TimedEvent, Vm, simulate
from designer.study.each.failing import elements_of
from designer.study.each.search import AT_S, REPAIR_S, fail_each

HOSTS, VMS, CLUSTERS = 40, 800, 4


def estate(clusters: int = CLUSTERS, primary_more_s: float = 0.0) -> Spec:
    """Two zones with a data center each, two feeds and four racks in each; 20 VMs a host, restarted by clusters, which
    judge their hosts where a dead primary is found later, as it is in designs that are drawn.
    """
    domains = [Domain(1, 0, "region"), Domain(2, 1, "zone", "a"), Domain(3, 1, "zone", "b")]
    domains += [Domain(10 + n, 2 + n, "data_center", f"dc{n}") for n in range(2)]
    domains += [Domain(20 + n, 10 + n // 2, "power_feed", f"feed{n}") for n in range(4)]
    domains += [
        Domain(30 + n, 10 + n // 4, "rack", f"rack{n}", feeds=((20 + n // 4 * 2, 21 + n // 4 * 2),)) for n in range(8)
    ]
    hosts = [
        Host(100 + n, 30 + n // 5, 32, 2500.0, 131_072.0, f"host{n}", overcommit=4.0, migration=Migration(),
             cluster=40 + n // 5% clusters)
        for n in range(HOSTS)
    ]  # fmt: skip
    vms = [
        Vm(1000 + n, 100 + n % HOSTS, 4, 2500.0, 5000.0, Constant(0.2), f"vm{n}", recovery="cluster",
           service=500 + n % 4 if n % 2 else 0)
        for n in range(VMS)
    ]  # fmt: skip
    services = [Service(500 + n, Constant(2000.0), 10.0, f"service{n}") for n in range(4)]
    rows = [Cluster(40 + n, f"cluster{n}", primary_more_s=primary_more_s) for n in range(clusters)]
    return Spec(domains, hosts, vms, services, clusters=rows, sample_s=300.0)


def cpu_s(work: Callable[[], object], times: int = 3) -> float:
    """The least CPU seconds of some tries."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def whole_runs_s(spec: Spec, few: int = 8) -> float:
    """CPU seconds of a whole run for each failure without maintenance, by a few of them."""
    named = elements_of(spec)
    some = named[:: max(len(named) // few, 1)]
    whole = replace(spec, until_s=AT_S + REPAIR_S)
    spent = cpu_s(lambda: [simulate(whole.with_events((TimedEvent(AT_S, "fail", i),))) for i, _ in some])
    return spent / len(some) * len(named)


def run() -> list[dict[str, Any]]:
    """Rows of the table."""
    spec = estate()
    began = time.process_time()
    found = fail_each(spec, ("host",), maintenance=True)
    first_s = time.process_time() - began
    beside_s = whole_runs_s(spec)
    rows = []
    for name, design, maintenance, aim in (
        ("fail each, alone", spec, False, "<= 1/1.2"),
        ("fail each, with maintenance", spec, True, "<= 2 s"),
        ("fail each, with maintenance, clusters judge", estate(primary_more_s=35.0), True, "<= 2 s"),
        ("fail each, with maintenance, one cluster", estate(1), True, ""),
    ):
        value = cpu_s(lambda: fail_each(design, maintenance=maintenance))  # noqa: B023
        rows.append({
            "name": f"{name}, {HOSTS} hosts / {VMS} VMs", "value": value, "unit": "s", "aim": aim,
            "beside": "a whole run for each, alone", "beside_value": beside_s, "ratio": value / beside_s,
            "first_call_s": first_s if found.whole else 0.0,
        })  # fmt: skip
    return rows
