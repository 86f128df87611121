"""One host under each hypervisor, uncontended and overcommitted: the runs behind two pages of the manual.

Every figure is the result of a run of a design that is filled from the catalog; its confidence is the weakest of the
figures that it rests on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from blueprints import Drawing

from designer.assets import asset
from designer.catalog.presets.shipped import known_preset, presets
from designer.model.element import ROOT_ID
from designer.study.headless import Headless, run_headless

CORES, THREADS, MHZ = 16, 2, 2500.0
BARE = "Bare metal"
HOUR_S = 3600.0
CROWD, CROWD_VCPUS, CROWD_MIB, CROWD_LOAD = 24, 4, 8192.0, 0.6
SMALL_MIB, LARGE_MIB = 131_072.0, 524_288.0
TAKEN_BACK = ("shared", "ballooned", "compressed", "swapped")
SENT_MBPS = 6_250.0
"""What each VM of a busy wire sends: 100 Gbit/s together."""
RESTS_ON = ("cpu_overhead_frac", "host_os_cpu_frac")
"""The fields on which the throughput of an uncontended host rests; with a busy wire also `io_core_frac`."""


@dataclass(frozen=True)
class Uncontended:
    """The CPU that a full host gives to its VMs, as part of what bare metal gives, and how well that is known; the
    same while they send 100 Gbit/s.
    """

    name: str
    part: float
    confidence: str
    source: str
    busy_part: float
    busy_confidence: str


@dataclass(frozen=True)
class Overcommitted:
    """What becomes of the CPU that all VMs ask for, and of the host's memory (parts), and whom it refused."""

    name: str
    running: int
    cpu: Mapping[str, float]
    memory: Mapping[str, float]
    sharing: str
    memory_rule: str


def hypervisors() -> list[str]:
    """All that are shipped, bare metal first."""
    return sorted(presets("host", "hypervisor"), key=lambda name: name != BARE)


def _host(drawing: Drawing, name: str, ram_mib: float) -> int:
    sizes: dict[str, Any] = {"cores": CORES, "threads_per_core": THREADS, "mhz": MHZ, "ram_mib": ram_mib}
    return drawing.place("host", ROOT_ID, name, (0.0, 0.0), presets=[name], **sizes)


def _served_mhz(done: Headless) -> float:
    """The mean MHz that all VMs, or the application of a bare-metal host, get."""
    rows = {row.name: row for row in done.summary if row.kind == "vm"}
    given = {vm.name: vm.vcpus * vm.mhz for vm in done.spec.vms}
    return sum(row.values["CPU, mean"][0] * given[name] for name, row in rows.items())


def _full(name: str, sent_mbps: float = 0.0) -> float:
    """The MHz that VMs get of a host with as many vCPUs as threads, all busy; of bare metal one application, for which
    no hypervisor sends.
    """
    drawing = Drawing()
    host = _host(drawing, name, LARGE_MIB)
    load: dict[str, Any] = {"mhz": MHZ, "load_frac": 1.0}
    if name == BARE:
        drawing.place("application", host, "all", None, (), vcpus=CORES * THREADS, **load)
        return _served_mhz(run_headless(drawing.project, until_s=HOUR_S))
    for n in range(CORES):
        size: dict[str, Any] = {"vcpus": THREADS, "ram_mib": CROWD_MIB, "net_mbps": sent_mbps}
        drawing.place("vm", host, f"vm-{n + 1}", None, (), **size, **load)
    return _served_mhz(run_headless(drawing.project, until_s=HOUR_S))


def uncontended() -> list[Uncontended]:
    """A full host under each hypervisor."""
    bare, made = _full(BARE), []
    for name in hypervisors():
        preset = known_preset("host", "hypervisor", name)
        assert preset is not None
        origins = [preset.origin(field) for field in RESTS_ON if preset.fields[field]] or [preset.origin(RESTS_ON[0])]
        source, confidence = max(origins, key=lambda origin: origin[1])
        busy = max(confidence, preset.origin("io_core_frac")[1])
        made.append(Uncontended(name, _full(name) / bare, confidence, source, _full(name, SENT_MBPS) / bare, busy))
    return made


def coremark() -> tuple[str, list[tuple[str, str, float, float]]]:
    """The source, and of each pair an instance type, a metal type with as many vCPUs, and the score of each."""
    read = json.loads(asset("help/coremark.json").read_text("utf-8"))
    return read["source"], [tuple(pair) for pair in read["pairs"]]


def _crowd(name: str) -> Headless:
    """A run of a host that is asked for more CPU and memory than it has."""
    drawing = Drawing()
    host = _host(drawing, name, SMALL_MIB)
    size: dict[str, Any] = {"vcpus": CROWD_VCPUS, "mhz": MHZ, "ram_mib": CROWD_MIB}
    for n in range(CROWD):
        drawing.place("vm", host, f"vm-{n + 1}", None, (), load_frac=CROWD_LOAD, active_frac=0.4, **size)
    return run_headless(drawing.project, until_s=HOUR_S)


def _ran(done: Headless) -> list[Mapping[str, tuple[float, str]]]:
    """The figures of the VMs that found room."""
    return [row.values for row in done.summary if row.kind == "vm" and "CPU, mean" in row.values]


def _parts(done: Headless) -> Iterator[tuple[str, float]]:
    """What became of the CPU that all VMs ask for."""
    rows, asked = _ran(done), CROWD * CROWD_LOAD
    yield "served", sum(row["CPU, mean"][0] for row in rows) / asked
    for name in ("steal", "overhead", "throttled", "waiting"):
        yield name, sum(row[f"{name.capitalize()}, mean"][0] for row in rows) / asked
    yield "refused", 1.0 - len(rows) / CROWD


def _memory(done: Headless) -> Iterator[tuple[str, float]]:
    """Where the memory of all VMs is, as parts of what is configured."""
    rows, whole = _ran(done), CROWD * CROWD_MIB
    back = {name: sum(row.get(f"Memory {name}, mean", (0.0, ""))[0] for row in rows) / whole for name in TAKEN_BACK}
    yield "kept", len(rows) / CROWD - sum(back.values())
    yield from back.items()
    yield "refused", 1.0 - len(rows) / CROWD


def overcommitted() -> list[Overcommitted]:
    """The same crowd under each hypervisor."""
    made = []
    for name in hypervisors():
        if name == BARE:
            continue
        done = _crowd(name)
        fields = known_preset("host", "hypervisor", name).fields  # type: ignore[union-attr]
        cpu, memory = dict(_parts(done)), dict(_memory(done))
        made.append(Overcommitted(name, len(_ran(done)), cpu, memory, fields["sharing"], fields["memory_rule"]))
    return made


if __name__ == "__main__":
    for row in (*uncontended(), *overcommitted()):
        print(row)
