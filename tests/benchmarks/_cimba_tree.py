"""Three zones, four racks and ten hosts as a model of cimba: a process a component, counters of what is down."""

from __future__ import annotations

import math
import sys
import time

import cimba as cb
from cimba import random


class Tree(cb.Model):
    """Ten services of twelve VMs; a service is down where fewer than eight paths are up."""

    weibull: cb.Param[int] = 0
    down: cb.Array[int] = cb.Array(120)
    lost: cb.Array[int] = cb.Array(10)
    since: cb.Array[float] = cb.Array([0.0] * 10)
    started: int = 0
    count: float = 0.0
    spent: float = 0.0
    failures: cb.Output[float]
    downtime: cb.Output[float]

    @cb.function
    def change(self, first: int, size: int, step: int) -> None:
        """Paths go down or come up again."""
        for p in range(first, first + size):
            before = self.down[p]
            self.down[p] = before + step
            s = p % 10
            if step > 0 and before == 0:
                self.lost[s] += 1
                if self.lost[s] == 5:
                    self.since[s] = cb.now()
            elif step < 0 and before == 1:
                if self.lost[s] == 5:
                    self.spent += cb.now() - self.since[s]
                self.lost[s] -= 1

    @cb.process(copies=135)
    def component(self):
        """The life of a component: the first three are zones, then racks, then hosts."""
        me = self.started
        self.started += 1
        if me < 3:
            first, size, mtbf, mttr = me * 40, 40, 26280.0, 6.0
        elif me < 15:
            first, size, mtbf, mttr = (me - 3) * 10, 10, 43800.0, 12.0
        else:
            first, size, mtbf, mttr = me - 15, 1, 8760.0, 8.0
        scale = mtbf / 1.1330030963193471
        mu = math.log(mttr) - 0.5
        while True:
            if self.weibull == 1:
                cb.hold(random.weibull(0.8, scale))
            else:
                cb.hold(random.exponential(mtbf))
            self.count += 1.0
            self.change(first, size, 1)
            if self.weibull == 1:
                cb.hold(random.lognormal(mu, 1.0))
            else:
                cb.hold(random.exponential(mttr))
            self.change(first, size, -1)

    @cb.on_end
    def measure(self):
        """What was counted."""
        self.failures = self.count
        self.downtime = self.spent


def failures(replications: int, weibull: bool, seed: int) -> float:
    """Failures of so many times ten years."""
    model = Tree()
    model.weibull = int(weibull)
    done = cb.Experiment(model, replications=replications, window=cb.Window(warmup=0, duration=87600), seed=seed).run()
    return float(done[model].failures.values.sum())


if __name__ == "__main__":
    aging = sys.argv[1] == "weibull"
    failures(8, aging, 3)
    rates = []
    for seed in range(5):
        start = time.process_time()
        count = failures(200, aging, seed)
        rates.append(count / (time.process_time() - start))
    print(max(rates))
