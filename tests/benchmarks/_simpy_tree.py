"""The tree of three zones, four racks and ten hosts in SimPy: a process a component, counters of what is up."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import simpy


def failures(replications: int) -> float:
    """Failures of so many times ten years, of which the downtime of ten services is followed."""
    count = 0
    for seed in range(replications):
        env, rng = simpy.Environment(), random.Random(seed)
        down, lost, since, spent = [0] * 120, [0] * 10, [0.0] * 10, [0.0]

        def component(
            first: int, size: int, mtbf: float, mttr: float, env: Any = env, rng: Any = rng, down: list[int] = down,
            lost: list[int] = lost, since: list[float] = since, spent: list[float] = spent,
        ) -> Iterator[Any]:  # fmt: skip
            nonlocal count
            while True:
                yield env.timeout(rng.expovariate(1.0 / mtbf))
                count += 1
                for p in range(first, first + size):
                    down[p] += 1
                    if down[p] == 1:
                        lost[p % 10] += 1
                        if lost[p % 10] == 5:
                            since[p % 10] = env.now
                yield env.timeout(rng.expovariate(1.0 / mttr))
                for p in range(first, first + size):
                    down[p] -= 1
                    if down[p] == 0:
                        if lost[p % 10] == 5:
                            spent[0] += env.now - since[p % 10]
                        lost[p % 10] -= 1

        for z in range(3):
            env.process(component(40 * z, 40, 26280.0, 6.0))
        for r in range(12):
            env.process(component(10 * r, 10, 43800.0, 12.0))
        for h in range(120):
            env.process(component(h, 1, 8760.0, 8.0))
        env.run(87600.0)
    return float(count)


if __name__ == "__main__":
    start = time.process_time()
    count = failures(60)
    print(count / (time.process_time() - start))
