"""What a sample of a VM costs in a run of 10,000 VMs, and of 100,000: it should be the same."""

from __future__ import annotations

import gc
from dataclasses import replace
from statistics import median
from typing import Any

from designer.engine import DayCurve, Spec, simulate
from designer.engine.spec.packed import PackedVms
from tests.benchmarks.engine_events import cloud, cpu_s

SMALL, LARGE = (500, 10_000), (5_000, 100_000)
LENGTH_S, SAMPLE_S = 86_400.0, 300.0
SAMPLES = int(LENGTH_S / SAMPLE_S)
REPEATS = 7


def day(hosts: int, vms: int) -> Spec:
    """A day of VMs with the curve of a day, twenty a host, kept as a design gives them."""
    spec = cloud(hosts, vms)
    load = DayCurve(0.4, 0.2, 12.0, 0.1)
    packed = PackedVms(replace(vm, demand=load) for vm in spec.vms)
    return replace(spec, vms=packed, until_s=LENGTH_S, sample_s=SAMPLE_S)


def _sample_s(spec: Spec) -> float:
    gc.collect()
    return cpu_s(lambda: simulate(spec)) / (len(spec.vms) * SAMPLES)


def run() -> list[dict[str, Any]]:
    """CPU seconds (median) of a VM and sample, in pairs of a small and a large run."""
    small, large = day(*SMALL), day(*LARGE)
    simulate(small)
    pairs = [(_sample_s(small), _sample_s(large)) for _ in range(REPEATS)]
    least, most = (median(times) * 1e9 for times in zip(*pairs, strict=True))
    ratio = median(of_large / of_small for of_small, of_large in pairs)
    return [{"name": f"a sample of one of {LARGE[1]:,} VMs, a day", "value": most, "unit": "ns",
             "beside": f"{SMALL[1]:,} VMs", "beside_value": least, "ratio": ratio, "aim": "<= 1.3x"}]  # fmt: skip
