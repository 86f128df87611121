"""What a run knows of memory where a host takes memory back: hosts, what VMs may have, and what they use over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory import hyperv
from designer.engine.share.arrays import Ticks
from designer.engine.spec import Constant, DayCurve, Demand, Host, Spec, Vm
from designer.engine.spec.packed import values_of
from designer.engine.tables.ticks import rates_of

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741
_SHARES = {"configured": 1.0, "esxi": 10.0, "kvm": 1.0, "proxmox": 1000.0, "hyperv": hyperv.WEIGHT}
"""Shares of a VM that has none of its own; those of ESXi count for each MiB (vSphere API: 10 a MB at level normal)."""


@dataclass(frozen=True)
class MemoryTable:
    """Memory of a run. A row a host; a row a VM: what it is guaranteed, its shares (0: its host's default), its buffer,
    its adjustment. What VMs use of their memory is `constant`, or the row `course` of `courses` (x ticks; -1: none),
    which change with the ticks `changes`.
    """

    hosts: tuple[Host, ...]
    shares: F
    buffer: F
    adjust: F
    constant: F
    course: I
    courses: F
    changes: F

    def active_frac(self, rows: I, tick: int) -> F:
        """The part of its memory that each VM uses in a tick."""
        found, of = self.constant[rows], self.course[rows]
        follows = of >= 0
        if follows.any():
            found = np.where(follows, self.courses[np.maximum(of, 0), tick], found)
        return found

    def shares_on(self, host: Host, rows: I, ram_mib: F) -> F:
        """The memory shares of VMs on a host."""
        default = _SHARES[host.memory] * (ram_mib[rows] if host.memory == "esxi" else np.ones(rows.size))
        own = self.shares[rows]
        return np.where(own > 0.0, own, default)


def memory_of(spec: Spec, vms: Sequence[Vm], ids: I, ticks: Ticks, zones: list[str], steps: list[float]) -> (
    MemoryTable | None
):  # fmt: skip
    """The table of a run; None where every host gives VMs all that is configured."""
    if all(host.memory == "configured" for host in spec.hosts):
        return None
    constant, course = np.zeros(len(vms)), np.full(len(vms), -1, np.int64)
    made: dict[tuple[int, Demand], int] = {}
    courses: list[F] = []
    for n, demand in enumerate(values_of(vms, "active")):
        if isinstance(demand, Constant):
            constant[n] = demand.value
            continue
        key = (int(ids[n]) if isinstance(demand, DayCurve) and demand.noise else 0, demand)
        if key not in made:
            made[key] = len(courses)
            courses.append(np.clip(rates_of(spec, int(ids[n]), demand, ticks, zones, steps), 0.0, 1.0))
        course[n] = made[key]
    table = np.stack(courses) if courses else np.zeros((0, ticks.row.size))
    changing = (table[:, 1:] != table[:, :-1]).any(axis=0)
    return MemoryTable(
        hosts=tuple(spec.hosts),
        **{
            name: np.fromiter(values_of(vms, field), np.float64, len(vms))
            for name, field in (("shares", "ram_shares"), ("buffer", "ram_buffer_frac"), ("adjust", "oom_adjust"))
        },
        constant=constant,
        course=course,
        courses=table,
        changes=ticks.edges[1:-1][changing],
    )


def zones_of_memory(spec: Spec) -> set[str]:
    """The time zones that the memory of VMs follows; none where no host takes memory back."""
    if all(host.memory == "configured" for host in spec.hosts):
        return set()
    demands = set(values_of(spec.vms, "active")) | {g.template.active for g in spec.groups if g.template}
    return {demand.time_zone for demand in demands if isinstance(demand, DayCurve)}
