"""The utilization case through a saved design and the engine, beside a bare loop and beside reading the trace."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from designer.engine import Recorded, Spec, simulate
from designer.exchange.questions import Answers
from designer.exchange.traces_csv import read_traces
from tests import cases

REPEATS = 7
AIMS = {"small": "<= 15 ms, <= 3x", "large": "<= 90 ms"}


@njit(error_model="numpy")
def bare(
    first: np.ndarray, row: np.ndarray, shift: np.ndarray, vcpus: np.ndarray, trace: np.ndarray, capacity: float,
    mhz: float, rule: int, watts: np.ndarray, got_vm: np.ndarray, used: np.ndarray, energy: np.ndarray,
) -> tuple[int, float]:  # fmt: skip
    """Host after host, sample after sample: what each VM gets, and the energy. No time, no events, no records."""
    demand, given = np.empty(64), np.empty(64)
    samples, contended, short = trace.shape[1], 0, 0.0
    for host in range(first.size - 1):
        low, m = first[host], first[host + 1] - first[host]
        for k in range(samples):
            total = 0.0
            for i in range(m):
                at = k + shift[low + i]
                if at >= samples:
                    at -= samples
                demand[i] = trace[row[low + i], at] * vcpus[low + i] * mhz / 100.0
                total += demand[i]
            if total > capacity:
                contended += 1
                short += total - capacity
                if rule == 0:
                    for i in range(m):
                        given[i] = demand[i] * capacity / total
                else:
                    left, weight = capacity, 0.0
                    for i in range(m):
                        given[i] = -1.0
                        weight += vcpus[low + i] if rule == 2 else 1.0
                    settled = True
                    while settled and weight > 0.0:
                        settled, level = False, left / weight
                        for i in range(m):
                            w = vcpus[low + i] if rule == 2 else 1.0
                            if given[i] < 0.0 and demand[i] <= level * w:
                                given[i] = demand[i]
                                left -= demand[i]
                                weight -= w
                                settled = True
                    for i in range(m):
                        if given[i] < 0.0:
                            given[i] = left / weight * (vcpus[low + i] if rule == 2 else 1.0)
                total = capacity
                for i in range(m):
                    got_vm[low + i] += given[i]
            else:
                for i in range(m):
                    got_vm[low + i] += demand[i]
            used[host, k] = total / capacity
            energy[host] += (watts[0] + (watts[1] - watts[0]) * total / capacity) * 300.0
    return contended, short


def cpu_s(work: Callable[[], Any]) -> float:
    """The least CPU seconds of some repeats."""
    best = np.inf
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return float(best)


def peak_gb(work: Callable[[], Any]) -> float:
    """How much more memory than before a piece of work takes at its peak, in GB (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = status_kb("VmRSS")
    work()
    return (status_kb("VmHWM") - before) / 1e6


def status_kb(name: str) -> int:
    """A line of the kernel's account of this process, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def figures(spec: Spec) -> tuple[float, Any, Any]:
    """A whole run and what the case has answers for: energy, mean utilization of each host, what each VM got."""
    result = simulate(spec)
    assert result.filled == result.tables.rows  # integration is lazy: what nobody reads may not have been worked out
    return result.total_energy_wh, result.used.mean(axis=0), result.vms.mean_mhz


def bare_of(size: str, rule: str) -> Callable[[], tuple[int, float]]:
    """The bare loop on the same input."""
    vms = cases.utilisation_spec(size, rule).vms
    demands = [vm.demand for vm in vms if isinstance(vm.demand, Recorded)]
    hosts = len(vms) // 10
    row, shift = (np.array([getattr(d, name) for d in demands]) for name in ("row", "shift"))
    vcpus = np.array([float(vm.vcpus) for vm in vms])
    first, trace = np.arange(0, len(vms) + 1, 10), cases.utilisation_trace()

    def work() -> tuple[int, float]:
        outputs = np.zeros(len(vms)), np.zeros((hosts, trace.shape[1])), np.zeros(hosts)
        watts = np.array([175.0, 250.0])
        done: tuple[int, float] = bare(
            first, row, shift, vcpus, trace, 40_000.0, 2500.0, cases.RULES.index(rule), watts, *outputs
        )
        return done

    return work


def run() -> list[dict[str, Any]]:
    """Small and large, three rules."""
    if not cases.FOLDER.is_dir():
        return [{"name": "utilization case: its files are not here"}]
    path = cases.FOLDER / "utilisation" / "trace.csv.xz"
    read_s = cpu_s(lambda: read_traces(path, Answers(step_s=cases.STEP_S, cells="percent")))
    rows: list[dict[str, Any]] = [{"name": "utilization: read the trace's CSV (xz)", "value": read_s, "unit": "s"}]
    began = time.process_time()
    figures(cases.utilisation_spec("small", cases.RULES[0]))
    first_s = time.process_time() - began
    for size in ("small", "large"):
        for rule in cases.RULES:
            spec, loop = cases.utilisation_spec(size, rule), bare_of(size, rule)
            loop()
            grown = peak_gb(partial(figures, spec))
            ours, theirs = cpu_s(partial(figures, spec)), cpu_s(loop)
            name = f"utilization {size}, {rule} (peak memory + {grown:.2f} GB)"
            rows.append({
                "name": name, "value": ours * 1000, "unit": "ms", "beside": "bare loop", "beside_value": theirs * 1000,
                "ratio": ours / theirs, "aim": AIMS[size], "first_call_s": first_s,
            })  # fmt: skip
            first_s = 0.0
    return [{**row, "first_call_s": row.get("first_call_s") or None} for row in rows]
