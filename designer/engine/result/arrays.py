"""The arrays of a run, in memory or as mapped files that another process reads while they are written."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.columns import Column, HostsFirst, sparse_shapes, zeros
from designer.engine.share.arrays import ASKED, SPARSE, Sparse
from designer.engine.spec import Spec

HEADER = "series.json"
SERIES = ("allocated", "asked", "throttled", "waiting", "overhead", "steal", "capacity", "size", "energy")
"""Integrals over each recording step: MHz s, energy W s."""
MEMORY_SERIES = ("memory_used", "memory_taken", "memory_short")
"""Integrals of hosts that take memory back, MiB s: what is not free, what VMs gave back, and all memory while the host
takes some back; no columns without.
"""
SERVICE_SERIES = tuple(
    f"service_{name}"
    for name in (
        "attempts", "late", "refused", "lost", "worked", "backlog_s", "mean_s", "p50_s", "p95_s", "p99_s", "known_s",
        "p99_most",
    )
)  # fmt: skip
"""Integrals of services whose response times are told: attempts, those that were late and refused, requests of which
all attempts failed, work done; the requests that wait; response times, over the seconds in which they are known; and
the longest p99 of the step. No columns without such services.
"""
POWER_SERIES = ("hall_it", "hall_cooling", "hall_lost", "hall_c", "hall_c_most", "feed_load", "feed_most", "ups_charge")
"""Integrals of halls: watts of IT, cooling and losses, °C; the highest °C of a step; integrals of feeds: watts, and the
most of a step; of UPSs: the part that is charged. No columns where the spec says nothing of power.
"""
FLOW_SERIES = ("disk_asked", "disk_served", "wire_asked", "wire_served")
"""Integrals of what VMs on each unit ask of disks and the wire, and get: operations, Mbit. No columns without flows."""
PLACED = "placed_mib"
"""The integral of the configured memory of the VMs that run on each unit, MiB s."""
UNREACHED = "unreached"
"""The integral of the number of VMs that run cut off from the network; no column without a network."""
VM_SERIES = "vm_series"
_KINDS = {"filled": "<i8", VM_SERIES: "<f4"}
_EACH_STEP = ("allocated", "energy", "heat_most", "counts", "counts_least", "counts_most")
"""What a host, and a run, has of each recording step."""
_HOSTS_FIRST = (*MEMORY_SERIES, *FLOW_SERIES)
"""What few but hosts have."""
_PARTS = "sparse_"
"""Before the names of the files of what is kept sparsely."""


def told_services(spec: Spec) -> bool:
    """Whether response times of some services are told."""
    return any(service.queueing is not None for service in spec.services)


@dataclass
class Store:
    """Named float64 arrays: `rows` x units (some of them a `Column`, or `HostsFirst`), `rows` x services, `rows` x
    counts; `filled` (one int64) counts rows.
    """

    arrays: dict[str, Any]
    sparse: Sparse
    vm_series: NDArray[np.float32]
    """What each VM got in each step, MHz s (load x row); empty where a run does not keep it."""
    folder: Path | None = None

    @property
    def filled(self) -> int:
        """How many rows are final."""
        return int(self.arrays["filled"][0])


def create(shapes: dict[str, tuple[int, ...]], folder: Path | None, hosts: int = 0) -> Store:
    """Zeroed arrays, in memory or as files in a folder that another process may open; the first `hosts` units are
    hosts. Where nearly all units are, nearly all cells of the integrals are written to.
    """
    kinds = {name: _KINDS.get(name, "<f8") for name in shapes if name not in SPARSE}
    plan = {name: (shapes[name], kind) for name, kind in kinds.items()}
    rows, units = shapes[SPARSE[0]]
    plan |= {name: ((math.prod(shapes[name]),), "<f8") for name in _HOSTS_FIRST if name in shapes}
    plan |= {_PARTS + name: planned for name, planned in sparse_shapes(len(SPARSE), rows, units).items()}
    if folder is None:
        each_step = {name: plan[name] for name in _EACH_STEP if name in plan}
        rest = {name: planned for name, planned in plan.items() if name not in each_step}
        made = zeros(each_step, hosts * 10 >= units * 9) | zeros(rest, whole=False)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        made = {name: _mapped(folder / f"{name}.bin", kind, shape, "w+") for name, (shape, kind) in plan.items()}
        (folder / HEADER).write_text(json.dumps({"version": 3, "rows": rows, "hosts": hosts, "arrays": plan}), "utf-8")
    made[f"{_PARTS}open_row"][:] = -1
    return _store(made, rows, hosts, folder)


def open_store(folder: Path) -> Store:
    """The arrays of a run that another process writes, for reading."""
    header = json.loads((folder / HEADER).read_text("utf-8"))
    arrays = {
        name: _mapped(folder / f"{name}.bin", kind, tuple(shape), "r")
        for name, (shape, kind) in header["arrays"].items()
    }
    return _store(arrays, header["rows"], header["hosts"], folder)


def _store(made: dict[str, Any], rows: int, hosts: int, folder: Path | None) -> Store:
    sparse = Sparse(*(made.pop(_PARTS + name) for name in Sparse._fields))
    got = made["allocated"]
    columns = {name: Column(sparse, n, rows, got if n == ASKED else None) for n, name in enumerate(SPARSE)}
    of_vms = made.pop(VM_SERIES)
    made |= {name: HostsFirst(made[name], rows, hosts) for name in _HOSTS_FIRST if name in made}
    return Store(made | columns, sparse, of_vms, folder)


def _mapped(path: Path, dtype: str, shape: tuple[int, ...], mode: Any) -> NDArray[Any]:
    if 0 in shape:
        return np.zeros(shape, dtype)
    return np.memmap(path, dtype=dtype, mode=mode, shape=shape)
