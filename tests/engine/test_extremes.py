"""Least and most within a recording step are exact, beside its mean."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Constant,
    Domain,
    Host,
    Recorded,
    Result,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from designer.engine.result.log import EXTREMES
from designer.engine.result.older import lifted
from designer.study.measure import measure
from designer.study.series import SeriesReader
from designer.study.summary import summarize
from tests.engine.random_world import random_world

SHOP = 50


def shop(*events: tuple[float, Any, int], **more: Any) -> Spec:
    """Ten VMs on five hosts; two of them on host 11 serve 100 requests a second each of 200."""
    hosts = [Host(11 + n, 1, 4, 1000.0, 64.0, power_w=(1.0, 2.0)) for n in range(5)]
    vms = [Vm(20 + n, 11 + n // 2, 1, 1000.0, 1.0, Constant(0.1), detect_s=5.0, boot_s=7.0) for n in range(10)]
    vms[:2] = [replace(vm, service=SHOP) for vm in vms[:2]]
    service = Service(SHOP, Constant(200.0), 10.0, "shop", health_check_s=1000.0)
    return Spec([Domain(1, 0, "zone")], hosts, vms, [service], events=tuple(TimedEvent(*e) for e in events),
                until_s=1800.0, sample_s=600.0, **more)  # fmt: skip


def column(values: np.ndarray, name: str) -> list[float]:  # type: ignore[type-arg]
    return [float(value) for value in values[:, EXTREMES.index(name)]]


def test_that_a_loss_of_seconds_is_the_least_of_its_step_and_hardly_changes_the_mean() -> None:
    result = simulate(shop((700.0, "fail", 11), (703.0, "recover", 11)))
    assert column(result.counts_least, "running") == [10.0, 8.0, 10.0]
    assert column(result.counts_most, "running") == [10.0, 10.0, 10.0]
    assert column(result.counts_most, "lost") == [0.0, 2.0, 0.0]
    assert column(result.counts_most, "restarting") == [0.0, 2.0, 0.0]
    assert column(result.counts_most, "not running") == [0.0, 2.0, 0.0]
    assert result.counts[1, 0] == pytest.approx(10.0 - 2.0 * 10.0 / 600.0)
    assert result.dropped_most_rps[:, 0].tolist() == [0.0, 200.0, 0.0]
    assert result.dropped_rps[1, 0] == pytest.approx(200.0 * 10.0 / 600.0)


def test_that_the_most_of_a_sum_is_not_the_sum_of_the_most() -> None:
    # two wait dead and two boot, never four at once
    result = simulate(shop((700.0, "fail", 11), (710.0, "recover", 11), (720.0, "fail", 12), (730.0, "recover", 12)))
    assert column(result.counts_most, "not running")[1] == 2.0


def test_that_what_lasts_no_time_counts_for_nothing() -> None:
    result = simulate(shop((700.0, "fail", 11), (700.0, "recover", 11)))
    assert column(result.counts_least, "running") == [10.0, 8.0, 8.0]  # recovery comes first: it stays down
    spec = shop((700.0, "fail", 11))
    spec = replace(spec, vms=[replace(vm, recovery="cluster", detect_s=0.0, boot_s=0.0) for vm in spec.vms])
    result = simulate(spec)  # found at once, booted at once on another host
    assert column(result.counts_least, "running") == [10.0] * 3
    assert result.dropped_most_rps[:, 0].tolist() == [0.0] * 3


def test_that_the_table_of_a_run_shows_them() -> None:
    spec = shop((700.0, "fail", 11), (703.0, "recover", 11))
    rows = {row.id: row.values for row in summarize(SeriesReader(spec).read(simulate(spec).store), spec, None, {})}
    assert rows[11]["CPU asked for, most"] == (0.5, "fraction")
    assert rows[1]["CPU asked for, most"] == (pytest.approx(2800 / 20000), "fraction")
    assert rows[0]["VMs running, least"] == (8.0, "")
    assert rows[0]["VMs not running, most"] == (2.0, "")
    assert rows[SHOP]["Dropped, most"] == (200.0, "req/s")


def test_that_a_run_of_an_older_version_shows_its_means() -> None:
    spec = shop((700.0, "fail", 11), (1300.0, "recover", 11))
    run = Simulation(spec)
    run.advance(spec.until_s)
    columns = {name: found for name, found in run.columns().items() if not name.endswith(("_least", "_most"))}
    old = Simulation.revived(spec, lifted(columns, 2), run.events, run.time_s, None)
    assert np.isnan(old.result().counts_least).all()
    series = SeriesReader(spec).read(old.store)
    assert series["asked_most_frac"][:].tolist() == series["asked_frac"][:].tolist()
    assert old.result().vms.percentile(1.0) == pytest.approx(run.result().vms.percentile(1.0), abs=0.005)
    assert series.running_least.tolist() == series.counts[:, 0].tolist()
    assert series.dropped_most_rps.tolist() == series.dropped_rps.tolist()


def test_that_a_place_is_asked_for_most_while_a_part_of_it_is_down() -> None:
    # five hosts of 4,000 MHz: four ask for 200 MHz each, one for 2,000; without two of the four it is 2,400 of 12,000
    spec = shop((700.0, "fail", 13), (700.0, "fail", 14), (703.0, "recover", 13), (703.0, "recover", 14))
    spec = replace(spec, services=(), vms=[replace(vm, service=0) for vm in spec.vms])
    spec.vms[9] = replace(spec.vms[9], vcpus=2, demand=Constant(0.95))
    result = simulate(spec)
    zone = result.ids.tolist().index(1)
    assert result.heat_most[:, zone].tolist() == pytest.approx([2800 / 20000, 2400 / 12000, 2800 / 20000])
    assert result.heat[1, zone] == pytest.approx(2800 / 20000, abs=0.001)
    assert result.heat_most[:, 0].tolist() == result.heat[:, 0].tolist()  # host 11: nothing changes there


@pytest.mark.parametrize("step_s", [300.0, 600.0, 900.0])
def test_that_the_most_of_a_place_is_at_one_moment(step_s: float) -> None:
    # two hosts are busy one after the other, 100 s each: each is full once, the zone never more than half
    trace = Trace(9, 100.0, np.array([[100, 0, 0, 0, 0, 0], [0, 100, 0, 0, 0, 0]], np.uint8))
    hosts = [Host(11 + n, 1, 1, 1000.0, 64.0, overcommit=2.0) for n in range(2)]
    vms = [Vm(20 + n, 11 + n, 1, 1000.0, 1.0, Recorded(9, n)) for n in range(2)]
    vms += [Vm(30 + n, 11 + n, 1, 1000.0, 1.0, Recorded(9, n)) for n in range(2)]
    spec = Spec([Domain(1, 0, "zone")], hosts, vms, traces=(trace,), until_s=1800.0, sample_s=step_s)
    result = simulate(spec)
    assert result.heat_most[0].tolist() == [2.0, 2.0, 1.0]
    assert result.heat_most[1].tolist() == ([2.0, 2.0, 1.0] if step_s != 300.0 else [0.0, 0.0, 0.0])
    assert result.used_most.tolist()[:2] == [1.0, 1.0]
    assert result.vms.percentile(1.0).tolist() == [0.5] * 4
    measured = measure(spec, [11, 12])
    assert (measured.peak_frac, measured.mean_frac) == (1.0, pytest.approx(1 / 6))


@pytest.mark.parametrize("seed", range(12))
def test_that_they_are_what_moments_between_all_instants_show(seed: int) -> None:
    spec = random_world(seed)
    run = Simulation(spec)
    run.advance(spec.until_s)
    result = run.result()
    edges = result.edges_s.tolist()
    times = sorted({0.0, *edges, *(change.time_s for change in run._history.changes)})
    least = np.full(result.filled, np.inf)
    most = np.zeros(result.filled)
    for begin, end in pairwise(times):
        if begin < spec.until_s and end > begin + 1e-9:
            row = min(int(np.searchsorted(edges, (begin + end) / 2.0) - 1), result.filled - 1)
            status = run.moment((begin + end) / 2.0).status[: len(run.tables.vms)]
            running = int((status[run.tables.counted] == 0).sum())
            least[row], most[row] = min(least[row], running), max(most[row], running)
    assert column(result.counts_least, "running") == least.tolist()
    assert column(result.counts_most, "running") == most.tolist()
    between(result)


@pytest.mark.parametrize("seed", range(12))
def test_that_the_most_of_each_place_is_what_some_moment_shows(seed: int) -> None:
    spec = random_world(seed)
    run = Simulation(spec)
    run.advance(spec.until_s)
    result = run.result()
    edges, ticks = result.edges_s.tolist(), run.tables.ticks.edges.tolist()
    times = sorted({*edges, *ticks, *(c.time_s for c in run._history.changes), *named_instants(run)})
    most = np.zeros(result.heat.shape)
    vm_most, used_most = np.zeros(len(run.tables.vms)), np.zeros(run.tables.hosts)
    for begin, end in pairwise(times):
        if end > begin + 1e-9:
            row = min(int(np.searchsorted(edges, (begin + end) / 2.0) - 1), result.filled - 1)
            moment = run.moment((begin + end) / 2.0)
            loads = moment.vms
            most[row] = np.fmax(most[row], moment.heat[loads:])
            vm_most = np.fmax(vm_most, moment.used[:loads])
            used_most = np.fmax(used_most, moment.used[loads : loads + run.tables.hosts])
    known = ~np.isnan(result.heat)
    assert result.heat_most[known] == pytest.approx(most[known], rel=1e-6, abs=1e-6)
    assert np.nan_to_num(result.vms.percentile(1.0)) == pytest.approx(vm_most, rel=1e-6, abs=1e-6)
    assert result.used_most[: run.tables.hosts] == pytest.approx(used_most, rel=1e-6, abs=1e-6)


def named_instants(run: Simulation) -> list[float]:
    """When users of DNS names go elsewhere: no VM changes then, but what services are asked for."""
    return [entry.time_s for entry in run.log.entries()] if run.spec.dns_names else []


def between(result: Result) -> None:
    """The means lie between the extremes."""
    assert (np.isnan(result.heat) | (result.heat_most >= result.heat)).all()
    assert (result.counts >= result.counts_least[:, :5] - 1e-9).all()
    assert (result.counts <= result.counts_most[:, :5] + 1e-9).all()
    assert (result.dropped_rps <= result.dropped_most_rps * (1 + 1e-9) + 1e-9).all()
