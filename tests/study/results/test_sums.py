"""Sums over containers follow where VMs stand at that time: against a count of every VM at every instant."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine import Constant, Domain, Flow, Host, Result, Spec, TimedEvent, Vm, simulate
from designer.study.results.reading import RunResults
from designer.study.series import SeriesReader
from designer.study.summary import VmFigures
from tests.engine.moving_world import random_moves
from tests.engine.random_world import random_world

ZONES, RACKS, HOSTS, FIRST_VM = (1, 2), (3, 4, 5), range(10, 15), 20
STEP_S, UNTIL_S = 300.0, 1500.0
EVENTS = st.lists(
    st.tuples(st.floats(0.0, UNTIL_S, exclude_max=True), st.sampled_from(("fail", "recover")), st.sampled_from(
        (*HOSTS, *RACKS, *ZONES)
    )),
    max_size=8,
)  # fmt: skip
VMS = st.lists(
    st.tuples(st.sampled_from(HOSTS), st.sampled_from((1, 2)), st.sampled_from((512.0, 1024.0)), st.floats(0.1, 1.0),
              st.floats(0.0, 300.0)),
    min_size=1, max_size=8,
)  # fmt: skip


def world(vms: list[tuple[int, int, float, float, float]], events: list[tuple[float, str, int]]) -> Spec:
    """Five hosts in three racks of two zones; VMs restart on any host of a cluster, and send to each other."""
    domains = [Domain(zone, 0, "zone", str(zone)) for zone in ZONES]
    domains += [Domain(rack, 1 if rack < 5 else 2, "rack", str(rack)) for rack in RACKS]
    hosts = [
        Host(i, RACKS[n % 3], 4, 1000.0, 8192.0, f"h{i}", overcommit=8.0, power_w=(50.0, 90.0), sharing="max_min")
        for n, i in enumerate(HOSTS)
    ]
    made = [
        Vm(FIRST_VM + n, home, vcpus, 1000.0, mib, Constant(load), f"v{n}", recovery="same_zone", boot_s=40.0)
        for n, (home, vcpus, mib, load, _) in enumerate(vms)
    ]
    flows = [Flow(FIRST_VM + n, mbps, FIRST_VM) for n, (*_, mbps) in enumerate(vms) if n]
    told = tuple(TimedEvent(*event) for event in sorted(events))
    return Spec(domains=domains, hosts=hosts, vms=made, flows=flows, events=told, until_s=UNTIL_S, sample_s=STEP_S)


def stays(spec: Spec, result: Result) -> list[tuple[int, int, float, float]]:
    """Where each VM ran, read from the log alone: VM, unit, from, until."""
    at = {vm.id: (vm.place, 0.0) for vm in spec.vms}
    target: dict[int, int] = {}
    found = []
    for entry in result.log:
        if entry.what in ("down", "failed", "stopped", "killed") and entry.id in at:
            unit, since = at.pop(entry.id)
            found.append((entry.id, unit, since, entry.time_s))
        elif entry.what == "restarting":
            target[entry.id] = entry.place
        elif entry.what == "running":
            at[entry.id] = (entry.place or target[entry.id], entry.time_s)
    return found + [(vm, unit, since, spec.until_s) for vm, (unit, since) in at.items()]


def above(spec: Spec) -> dict[int, list[int]]:
    """Each unit with all that it stands in."""
    parents = {row.id: row.parent for row in (*spec.hosts, *spec.domains)}
    found = {}
    for unit in parents:
        way = [unit]
        while parents.get(way[-1], 0):
            way.append(parents[way[-1]])
        found[unit] = way
    return found


def overlap_s(step: int, since: float, until: float) -> float:
    return max(0.0, min(until, (step + 1) * STEP_S) - max(since, step * STEP_S))


@given(VMS, EVENTS)
def test_that_sums_over_containers_follow_placement_at_that_time(
    vms: list[tuple[int, int, float, float, float]], events: list[tuple[float, str, int]]
) -> None:
    spec = world(vms, events)
    result = simulate(spec)
    run = RunResults(spec, SeriesReader(spec).read(result.store), VmFigures.of(result), {})
    way, by_id = above(spec), {vm.id: vm for vm in spec.vms}
    placed: dict[tuple[int, int], float] = defaultdict(float)
    size: dict[tuple[int, int], float] = defaultdict(float)
    for vm, unit, since, until in stays(spec, result):
        for place in way[unit]:
            for step in range(int(UNTIL_S / STEP_S)):
                seconds = overlap_s(step, since, until)
                placed[place, step] += by_id[vm].ram_mib * seconds / STEP_S
                size[place, step] += by_id[vm].vcpus * 1000.0 * seconds / STEP_S
    for place in way:
        steps = range(int(UNTIL_S / STEP_S))
        assert run.series("placed_mib", place).values == pytest.approx([placed[place, k] for k in steps], abs=1e-6)
        assert run.series("cpu_vms_mhz", place).values == pytest.approx([size[place, k] for k in steps], abs=1e-6)


SUMS = (
    "placed_mib", "cpu_vms_mhz", "cpu_allocated_mhz", "cpu_asked_mhz", "cpu_capacity_mhz", "power_w",
    "wire_asked_mbps", "wire_served_mbps", "disk_asked_iops", "disk_served_iops",
)  # fmt: skip
PARTS = {
    "used_frac": ("cpu_allocated_mhz", "cpu_capacity_mhz"), "asked_frac": ("cpu_asked_mhz", "cpu_capacity_mhz"),
}  # fmt: skip


def check_sums(spec: Spec) -> None:
    """Each container has the sum of what stands directly in it and on it; fractions are parts of such sums."""
    result = simulate(spec)
    run = RunResults(spec, SeriesReader(spec).read(result.store), VmFigures.of(result), {})
    told = {of.name for of in run.quantities}
    rows = {row.id: row.parent for row in (*spec.hosts, *spec.domains)}
    units = result.ids.tolist()
    own = {name: result.store.arrays[part][: result.filled] for name, part in (
        ("placed_mib", "placed_mib"), ("cpu_vms_mhz", "size"), ("cpu_allocated_mhz", "allocated"),
        ("cpu_asked_mhz", "asked"), ("cpu_capacity_mhz", "capacity"), ("power_w", "energy"),
        *((name, name.rpartition("_")[0]) for name in SUMS[6:]),
    ) if name in told}  # fmt: skip
    width = np.diff(result.edges_s)
    for name, integrals in own.items():
        for place in units:
            found = run.series(name, place).values
            inside = [u for u in units if place in ancestors(rows, u)]
            slow = sum(np.array(integrals[:, units.index(u)]) / width for u in inside)
            assert np.isnan(found).all() or found == pytest.approx(slow, rel=1e-9, abs=1e-7), name
    for name, (part, whole) in PARTS.items():
        for place in units:
            values = run.series(name, place).values
            a, b = (run.series(each, place).values for each in (part, whole))
            assert np.array_equal(np.isnan(values), b <= 0.0)
            assert values[b > 0.0] == pytest.approx(a[b > 0.0] / b[b > 0.0], rel=1e-5)


def ancestors(parents: dict[int, int], unit: int) -> list[int]:
    way = [unit]
    while parents.get(way[-1], 0):
        way.append(parents[way[-1]])
    return way


@pytest.mark.parametrize("seed", range(8))
def test_that_every_sum_of_a_random_world_is_that_of_its_parts(seed: int) -> None:
    check_sums(random_world(seed))


@pytest.mark.parametrize("seed", range(4))
def test_that_every_sum_is_that_of_its_parts_where_vms_move(seed: int) -> None:
    check_sums(random_moves(seed))


@given(VMS, EVENTS)
def test_that_what_flows_get_is_the_same_by_host_as_by_vm(
    vms: list[tuple[int, int, float, float, float]], events: list[tuple[float, str, int]]
) -> None:
    spec = world(vms, events)
    result = simulate(spec)
    if not spec.flows:
        return
    for name in ("wire_asked", "wire_served", "disk_asked", "disk_served"):
        by_vm = float((result.vms.mean_of(name) * result.vms.running_s)[result.vms.running_s > 0].sum())
        assert float(np.array(result.store.arrays[name]).sum()) == pytest.approx(by_vm, rel=1e-9, abs=1e-6)
