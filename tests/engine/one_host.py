"""One host and its VMs, settled by the engine's kernels: what `memory_reference` says in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import door
from designer.engine.memory.arrays import HOST, RULES, VM, MemoryArrays
from designer.engine.memory.esxi import min_free_mib
from designer.engine.memory.holding import STATES, F
from designer.engine.memory.settling import MISSING, PACKED, scratch_for, settle_ticks
from designer.engine.memory.sharing import STACK, divide
from tests.engine.memory_reference import Asking, Held


def settle(rule: str, asking: Asking, has_mib: float, host_mib: float, **more: Any) -> Held:
    """What the VMs of a host hold by a rule; `more`: `sharable`, `swap`, `balloon` (of each VM)."""
    count = asking.configured.size
    hosts, vms = np.zeros(1, HOST), np.zeros(count, VM)
    hosts["has"], hosts["ram"], hosts["least"], hosts["rule"] = has_mib, host_mib, min_free_mib(host_mib), RULES[rule]
    hosts["sharable"], hosts["swap"], hosts["slowdown"] = more.get("sharable", 0.0), more.get("swap", 0.0), 100.0
    hosts["vms_s"] = hosts["series_s"] = np.inf
    vms["size"], vms["vcpus"], vms["shares"], vms["floor"] = asking.configured, 1.0, asking.shares, asking.floor
    vms["buffer"], vms["adjust"], vms["course"] = asking.buffer, asking.adjust, np.arange(count)
    # Overheads are those of a host, for each vCPU: VMs of one MiB more have one MiB more of them.
    hosts["per_vcpu"], vms["vcpus"] = 1.0, asking.overhead
    courses = np.zeros((count, 1))
    np.divide(asking.active, asking.configured, out=courses[:, 0], where=asking.configured > 0.0)
    room, one = scratch_for(count), np.zeros(1, np.int64)
    memory = MemoryArrays(
        hosts, vms, np.zeros((count, 6)), np.zeros((count, 6)), np.ones(count), np.ones(count),
        np.broadcast_to(more.get("balloon", 0.0), count).copy(), courses, np.array([0.0, 1.0]), one,
        *(np.zeros((0, 0)) for _ in range(3)), one, one + count, np.arange(count),
    )  # fmt: skip
    settle_ticks(one, 1, True, memory, room)
    columns = [memory.now[:, n].copy() for n in range(1, 6)]
    missing, packed = room[MISSING, :count].copy(), room[PACKED, :count].copy()
    return Held(*columns, missing, packed, float(hosts["free"][0]), STATES[hosts["state"][0]], int(hosts["victim"][0]))


@door
def _divide(available: float, n: int, k: float, columns: F, found: F) -> None:
    divide(available, n, k, columns[0], columns[1], columns[2], columns[3], columns[4], found)


def targets(available: float, wants: F, active: F, shares: F, floors: F, tax: float = 0.75) -> F:
    """Memory of each VM of an ESXi host where they want more than is available."""
    columns, found = np.zeros((5, 3 * wants.size + STACK)), np.zeros(wants.size + STACK)
    for column, values in zip(columns, (wants, active, shares, floors)):
        column[: wants.size] = values
    _divide(available, wants.size, 1.0 / (1.0 - tax), columns, found)
    return found[: wants.size]
