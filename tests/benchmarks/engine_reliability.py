"""How fast availability is told: component failures a CPU second beside SimPy and cimba, and CPU time to an error.

Three zones of four racks of ten hosts, ten services of twelve VMs, eight of which each needs. SimPy and cimba are
measured where they are installed (`pip install cloud-designer[bench]`); a row says what it is beside.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from designer.engine.reliability import (
    Ask,
    AtLeast,
    Component,
    Exponential,
    Law,
    Lognormal,
    Node,
    System,
    Unit,
    Weibull,
    series,
    solve,
)
from designer.engine.reliability.cluster import PlacedVm, Restarts, VmHost
from designer.engine.reliability.restarting import Restarted
from designer.engine.reliability.sampling import Histories

ZONE, RACK, HOST = (26280.0, 6.0), (43800.0, 12.0), (8760.0, 8.0)
SHAPE, SIGMA = 0.8, 1.0
HORIZON_H = 87600.0
TIMES = 5


def exponential(mtbf: float, mttr: float) -> tuple[Law, Law]:
    """Laws without memory."""
    return Exponential(mtbf), Exponential(mttr)


def aging(mtbf: float, mttr: float) -> tuple[Law, Law]:
    """Weibull up times, lognormal repairs."""
    return Weibull.of_mean(mtbf, SHAPE), Lognormal.of_mean(mttr, SIGMA)


def tree(laws: Callable[[float, float], tuple[Law, Law]], k: int = 8) -> tuple[System, list[list[Node]]]:
    """The system, and what the hosts of each zone need."""
    parts = [Component(f"z{z}", *laws(*ZONE)) for z in range(3)]
    parts += [Component(f"r{z}.{r}", *laws(*RACK)) for z in range(3) for r in range(4)]
    parts += [Component(f"h{z}.{r}.{h}", *laws(*HOST)) for z in range(3) for r in range(4) for h in range(10)]
    needs = [[series(Unit(f"z{z}"), Unit(f"r{z}.{r}"), Unit(f"h{z}.{r}.{h}")) for r in range(4) for h in range(10)]
             for z in range(3)]  # fmt: skip
    services = {f"s{j}": AtLeast(k, tuple(needs[z][r * 10 + j] for z in range(3) for r in range(4))) for j in range(10)}
    return System(tuple(parts), services), needs


def restarts() -> Restarts:
    """720 VMs of 60 services on the same hosts, eight slots each; restarted within their zone after five minutes."""
    system, needs = tree(exponential)
    hosts = tuple(VmHost(f"{z} {n}", node, 8, z) for z in range(3) for n, node in enumerate(needs[z]))
    vms = tuple(PlacedVm(f"{s} {z} {n}", f"{z} {(4 * s + n) % 40}", f"s{s}")
                for s in range(60) for z in range(3) for n in range(4))  # fmt: skip
    return Restarts(system.components, hosts, vms, {f"s{s}": 8 for s in range(60)})


def best(work: Callable[[], float]) -> float:
    """The most units of work a CPU second of several runs."""
    rates = []
    for _ in range(TIMES):
        start = time.process_time()
        done = work()
        rates.append(done / (time.process_time() - start))
    return max(rates)


def other_rate(model: str, *arguments: str) -> float | None:
    """Component failures a CPU second of a model of another program, in a process of its own; None where that is not
    installed."""
    program = model.split("_")[0]
    if importlib.util.find_spec(program) is None:
        return None
    command = [sys.executable, "-m", f"tests.benchmarks._{model}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[-1])


def histories(laws: Callable[[float, float], tuple[Law, Law]]) -> tuple[float, float]:
    """Component failures a CPU second here, and the time of the first call."""
    system, _ = tree(laws)
    start = time.process_time()
    sampler = Histories(system, list(system.services), HORIZON_H, True, 1)
    sampler.draw(0, 4)
    first = time.process_time() - start

    def work() -> float:
        before = sampler.drawn
        sampler.draw(0, 2000)
        return float(sampler.drawn - before)

    return best(work), first


def beside(row: dict[str, Any], name: str, other: float | None, least: float | None = None) -> dict[str, Any]:
    """A row of a rate beside another program's; the aim is of the other's by ours."""
    if other is not None:
        row |= {"beside": name, "beside_value": other, "ratio": other / row["value"]}
        row |= {"aim": f"<= 1/{least:g}"} if least else {}
    return row


def run() -> list[dict[str, Any]]:
    """Rates and times."""
    rate, first = histories(exponential)
    aged, _ = histories(aging)
    unit = "failures/CPU s"
    rows = [
        beside({"name": "tree, exponential laws", "value": rate, "unit": unit, "first_call_s": first}, "cimba",
               other_rate("cimba_tree", "exponential"), 9),
        beside({"name": "tree, exponential laws", "value": rate, "unit": unit}, "SimPy", other_rate("simpy_tree")),
        beside({"name": "tree, Weibull and lognormal laws", "value": aged, "unit": unit}, "cimba",
               other_rate("cimba_tree", "weibull"), 4),
    ]  # fmt: skip
    cluster = Restarted(restarts(), HORIZON_H, 1)
    start = time.process_time()
    cluster.draw_all(0, 2)
    first = time.process_time() - start
    restart = best(lambda: float(cluster.draw_all(0, 300)[1][:, 2].sum()))
    row = {"name": "restarts with capacity", "value": restart, "unit": unit, "first_call_s": first}
    rows.append(beside(row, "cimba", other_rate("cimba_restart"), 5))
    return rows + errors()


def errors() -> list[dict[str, Any]]:
    """CPU time to a relative error of the unavailability of one service."""
    rows = []
    for name, k, method, error, aim in (
        ("1% of an unavailability of 6.6e-6, histories", 8, "monte carlo", 0.0196, "<= 1.6 s"),
        ("1% of an unavailability of 6.6e-6, weighed", 8, "rare event", 0.0196, "<= 0.1 s"),
        ("10% half width of an unavailability of 7.5e-10, weighed", 4, "rare event", 0.1, "<= 1 s"),
    ):
        system, _ = tree(exponential, k)
        solve(system, Ask("s0"), 0.5, method)
        rate = best(lambda system=system, method=method, error=error: bool(solve(system, Ask("s0"), error, method)))
        rows.append({"name": name, "value": 1.0 / rate, "unit": "CPU s", "aim": aim})
    return rows
