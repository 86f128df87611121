"""What a run knows of memory where a host takes memory back: hosts, what VMs may have, and what they use over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory import hyperv
from designer.engine.memory.arrays import HOST, RULES, VM
from designer.engine.memory.esxi import min_free_mib
from designer.engine.memory.holding import STATES
from designer.engine.share.arrays import Ticks
from designer.engine.spec import Constant, DayCurve, Demand, Host, Spec
from designer.engine.spec.capacity import memory_mib, overheads
from designer.engine.spec.packed import values_of
from designer.engine.tables.ticks import rates_of
from designer.engine.tables.vms import Columns, Rows

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741
_SHARES = {"configured": 1.0, "esxi": 10.0, "kvm": 1.0, "proxmox": 1000.0, "hyperv": hyperv.WEIGHT}
"""Shares of a VM that has none of its own; those of ESXi count for each MiB (vSphere API: 10 a MB at level normal)."""


@dataclass(frozen=True)
class MemoryTable:
    """Memory of a run: a record of `memory.arrays.HOST` a host, of `memory.arrays.VM` a VM; and what VMs use of their
    memory where that changes, a row a course (x ticks).
    """

    hosts: NDArray[Any]
    vms: NDArray[Any]
    courses: F


def memory_of(
    spec: Spec, rows: Rows, columns: Columns, ticks: Ticks, zones: list[str], steps: list[float]
) -> MemoryTable | None:
    """The table of a run; None where every host gives VMs all that is configured."""
    if all(host.memory == "configured" for host in spec.hosts):
        return None
    vms = np.zeros(len(rows.vms), VM)
    vms["size"], vms["vcpus"], vms["floor"] = columns.ram_mib, columns.vcpus, columns.ram_floor_mib
    for name, field in (("shares", "ram_shares"), ("buffer", "ram_buffer_frac"), ("adjust", "oom_adjust")):
        vms[name] = np.fromiter(values_of(rows.vms, field), np.float64, vms.size)
    ids, made, courses = columns.vm_ids.tolist(), dict[tuple[int, Demand], int](), list[F]()
    vms["course"], before, shared = -1, None, -1
    for n, demand in enumerate(values_of(rows.vms, "active")):
        if isinstance(demand, Constant):
            vms["constant"][n] = demand.value
            continue
        if demand is before and shared >= 0:  # most are as the one before
            vms["course"][n] = shared
            continue
        key = (ids[n] if isinstance(demand, DayCurve) and demand.noise else 0, demand)
        if key not in made:
            made[key] = len(courses)
            courses.append(np.clip(rates_of(spec, ids[n], demand, ticks, zones, steps), 0.0, 1.0))
        vms["course"][n] = made[key]
        before, shared = demand, -1 if key[0] else made[key]
    return MemoryTable(_hosts(spec.hosts), vms, np.stack(courses) if courses else np.zeros((0, ticks.row.size)))


def _hosts(hosts: Sequence[Host]) -> NDArray[Any]:
    """A record of each host, without VMs."""
    found = np.zeros(len(hosts), HOST)
    for record, host in zip(found, hosts):
        record["has"], record["ram"], record["least"] = memory_mib(host), host.ram_mib, min_free_mib(host.ram_mib)
        record["sharable"], record["swap"], record["slowdown"] = host.sharable_frac, host.swap_mib, host.swap_slowdown
        _, record["base"], record["per_vcpu"], record["per_mib"] = overheads(host)
        record["rule"], record["shares"] = RULES[host.memory], _SHARES[host.memory]
        record["state"] = record["told"] = STATES.index("high" if host.memory == "esxi" else "")
    found["free"], found["calm"], found["victim"] = found["has"], 1, -1
    return found


def zones_of_memory(spec: Spec) -> set[str]:
    """The time zones that the memory of VMs follows; none where no host takes memory back."""
    if all(host.memory == "configured" for host in spec.hosts):
        return set()
    each = {id(demand): demand for demand in values_of(spec.vms, "active")}
    demands = [*each.values(), *(group.template.active for group in spec.groups if group.template)]
    return {demand.time_zone for demand in demands if isinstance(demand, DayCurve)}
