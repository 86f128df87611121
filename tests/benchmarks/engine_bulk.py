"""5,000 hosts and 100,000 VMs, a day of 288 samples: from the design to all figures of a run, and the memory for it."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from designer.catalog import KINDS, LINKS
from designer.commands.imports import import_machines
from designer.engine import Spec
from designer.engine.simulation import Simulation
from designer.engine.warm import warm
from designer.exchange.traces_csv import Traces
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.build import build
from designer.study.series import SeriesReader
from designer.study.story import Story
from designer.study.summary import VmFigures, summarize
from tests.benchmarks.engine_utilisation import status_kb

HOSTS, VMS, ROWS, SAMPLES, DAY_S = 5_000, 100_000, 1_000, 288, 86_400.0
REPEATS = 3


def save_design(path: Path) -> None:
    """Save the design as it is imported; each VM follows a row of a trace."""
    hosts = [{"name": f"host-{n}", "cores": 32, "mhz": 2500.0, "ram_mib": 262_144.0} for n in range(HOSTS)]
    vms: list[dict[str, Any]] = [
        {"name": f"vm-{n}", "host": f"host-{n % HOSTS}", "vcpus": 2 + 2 * (n % 3 == 0), "mhz": 2500.0,
         "ram_mib": 4096.0, "trace_row": n % ROWS} for n in range(VMS)
    ]  # fmt: skip
    trace = np.random.default_rng(1).integers(0, 101, (ROWS, SAMPLES)).astype(np.uint8)
    project = Project(KINDS, LINKS)
    traces = Traces(trace, [str(n) for n in range(ROWS)], DAY_S / SAMPLES, "trace", named=False)
    import_machines(project, hosts, vms, traces, "bulk")
    project_file.save(path, project.rows())


def opened(path: Path) -> Project:
    """The design of a file."""
    return Project(KINDS, LINKS, project_file.load(path).rows)


@njit(error_model="numpy")
def bare(
    first: np.ndarray, vms: np.ndarray, offset: np.ndarray, size: np.ndarray, trace: np.ndarray, samples: int,
    capacity: float, got: np.ndarray, used: np.ndarray,
) -> None:  # fmt: skip
    """Host after host, sample after sample: what its VMs ask for, cut to what it has. No sharing, no figures of VMs."""
    for u in range(first.size - 1):
        for k in range(samples):
            total = 0.0
            for i in range(first[u], first[u + 1]):
                v = vms[i]
                demand = trace[offset[v] + k] * size[v] / 100.0
                total += demand
                got[v] += demand
            used[k, u] = min(total, capacity)


def bare_pass(spec: Spec) -> Callable[[], None]:
    """The bare pass over the rows of a spec, with its inputs ready."""
    home = np.array([vm.place for vm in spec.vms])
    order = np.argsort(home, kind="stable")
    first = np.searchsorted(home[order], np.unique(home))
    rows = np.array([vm.demand.row for vm in spec.vms])  # type: ignore[union-attr]
    size = np.array([vm.vcpus * vm.mhz for vm in spec.vms])
    got, used = np.zeros(VMS), np.zeros((SAMPLES, HOSTS))
    trace = np.ascontiguousarray(spec.traces[0].values).reshape(-1).copy()
    edges = np.append(first, VMS)
    return lambda: bare(edges, order, rows * SAMPLES, size, trace, SAMPLES, 80_000.0, got, used)


def cpu_s(work: Callable[[], Any]) -> float:
    """The least CPU seconds of some repeats."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def all_figures(spec: Spec) -> int:
    """Run a spec to its end and make all that is shown of it; how many rows the result table has."""
    simulation = Simulation(spec)
    simulation.advance(spec.until_s)
    result = simulation.result()
    vms = VmFigures.of(result)
    series = SeriesReader(spec).read(result.store)
    summary = summarize(series, spec, vms, Story(spec).names)
    result.digest()
    return len(summary.of_kinds(("design", "host"))) + len(summary)


def memory_mb(path: Path) -> float:
    """MB above the design of a file, the spec included, that a run with all figures takes at its peak (Linux).

    It is measured in a process of its own: what an import leaves free in this one would be used again unseen.
    """
    command = [sys.executable, "-m", "tests.benchmarks.engine_bulk", str(path)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def grown_mb(path: Path) -> float:
    """What `memory_mb` gives, measured in this process."""
    project = opened(path)
    warm()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = status_kb("VmRSS")
    all_figures(build(project, until_s=DAY_S))
    return (status_kb("VmHWM") - before) / 1e3


def run() -> list[dict[str, Any]]:
    """Spec from the design, the first simulation, the run, each beside the least that would have to be done."""
    warm()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bulk.clouddesign"
        save_design(path)
        project, grown = opened(path), memory_mb(path)
    spec = build(project, until_s=DAY_S)
    loop = bare_pass(spec)
    loop()
    names = ("id", "place", "vcpus", "mhz", "ram_mib", "shares", "demand")
    elements = [element.__dict__ for element in project.of_kind("vm")]
    fields = ("id", "parent", "vcpus", "mhz", "ram_mib", "shares", "trace_row")
    least = {
        "spec": cpu_s(lambda: [tuple(found[name] for name in fields) for found in elements]),
        "simulation": cpu_s(lambda: list(map(attrgetter(*names), spec.vms))),
        "run": cpu_s(loop),
    }
    rows = (
        ("spec", "spec from the design", lambda: build(project, until_s=DAY_S), "seven fields of each VM", "<= 0.6 s"),
        ("simulation", "first Simulation", lambda: Simulation(spec), "seven fields of each record", "<= 0.3 s"),
        ("run", f"run with all figures (peak memory + {grown:,.0f} MB, aim 150)", lambda: all_figures(spec),
         "bare pass over all samples", "<= 2 s"),
    )  # fmt: skip
    made = []
    for key, name, work, beside, aim in rows:
        took = cpu_s(work)
        made.append(
            {"name": f"{HOSTS:,} hosts, {VMS:,} VMs: {name}", "value": took, "unit": "s", "beside": beside,
             "beside_value": least[key], "ratio": took / least[key], "aim": aim}
        )  # fmt: skip
    return made


if __name__ == "__main__":
    print(grown_mb(Path(sys.argv[1])))
