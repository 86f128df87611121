"""What is asked for and not served has names that add up: throttled, overhead, steal; by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.engine import Application, Constant, Domain, Host, Result, Simulation, Spec, TimedEvent, Vm, simulate

ZONE, HOST, VM, OTHER = 1, 10, 20, 21
RULES = ["proportional", "max_min", "weighted_max_min"]


def spec_of(*vms: Vm, events: tuple[TimedEvent, ...] = (), **host: Any) -> Spec:
    """One host of four cores at 1000 MHz in a zone; ten minutes."""
    hosts = [Host(HOST, ZONE, 4, 1000.0, 65_536.0, **host)]
    domains = [Domain(ZONE, 0, "zone", "a")]
    return Spec(domains=domains, hosts=hosts, vms=vms, events=events, until_s=600.0, sample_s=60.0)


def vm(vm_id: int, load: float = 1.0, vcpus: int = 4, **more: Any) -> Vm:
    return Vm(vm_id, HOST, vcpus, 1000.0, 1024.0, Constant(load), **more)


def names(result: Result, of: str = "vm") -> list[list[float]]:
    """Throttled, overhead and steal of each VM and application, or of the host and its zone."""
    if of == "vm":
        found = [result.vms.throttled, result.vms.overhead, result.vms.steal]
    else:
        found = [column.mean(axis=0) for column in (result.throttled, result.overhead, result.steal)]
    return np.round(np.stack(found, axis=1), 12).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("sharing", RULES)
def test_that_a_vm_alone_loses_nothing_to_others(sharing: Any) -> None:
    # Xen takes 5% of 4000 MHz; alone the VM gets 3800 of them.
    result = simulate(spec_of(vm(VM), sharing=sharing, cpu_overhead_frac=0.05))
    assert names(result) == [[0.0, 0.05, 0.0]]
    assert names(result, "units") == [[0.0, 0.05, 0.0], [0.0, 0.05, 0.0]]
    assert result.vms.mean_mhz.tolist() == pytest.approx([3800.0])
    assert result.heat[:, 0].tolist() == pytest.approx([4000 / 3800] * 10)


@pytest.mark.parametrize("sharing", RULES)
def test_that_beside_another_only_what_it_would_get_alone_is_steal(sharing: Any) -> None:
    # Each asks for 4000 MHz and would get 3800 alone; they share 3800.
    result = simulate(spec_of(vm(VM), vm(OTHER), sharing=sharing, cpu_overhead_frac=0.05))
    assert names(result) == [[0.0, 0.05, 0.475], [0.0, 0.05, 0.475]]
    assert names(result, "units") == [[0.0, 0.05, 0.475], [0.0, 0.05, 0.475]]


def test_that_a_small_vm_of_a_host_that_is_not_full_misses_nothing() -> None:
    assert names(simulate(spec_of(vm(VM, vcpus=2), cpu_overhead_frac=0.05))) == [[0.0, 0.0, 0.0]]


def test_that_the_overhead_of_reserved_threads_is_no_steal() -> None:
    # Each of its two threads has 900 of 1000 MHz, whatever stands beside it.
    two = (vm(VM, vcpus=2), vm(OTHER, load=0.5, vcpus=2))
    result = simulate(spec_of(*two, sharing="reserved", cpu_overhead_frac=0.1))
    assert names(result) == [[0.0, 0.1, 0.0], [0.0, 0.0, 0.0]]
    assert names(result, "units") == [[0.0, 0.05, 0.0], [0.0, 0.05, 0.0]]
    assert result.vms.mean_mhz.tolist() == pytest.approx([1800.0, 1000.0])


def two_apps(vcpus: int = 1) -> Vm:
    """A VM that holds two applications that want a whole vCPU each."""
    apps = tuple(Application(30 + n, 1, 1000.0, Constant(1.0)) for n in range(2))
    return vm(VM, load=0.0, vcpus=vcpus, apps=apps)


@pytest.mark.parametrize("sharing", ["reserved", *RULES])
def test_that_what_applications_ask_above_the_vcpus_of_their_vm_is_throttled(sharing: Any) -> None:
    result = simulate(spec_of(two_apps(), sharing=sharing))
    assert names(result) == [[1.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.5, 0.0, 0.0]]
    assert names(result, "units") == [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    assert result.vms.mean_mhz.tolist() == [1000.0, 500.0, 500.0]
    assert result.heat.tolist() == [[0.5, 0.5]] * 10
    assert result.used.tolist() == [[0.25, 0.25]] * 10


def test_that_on_the_provider_s_capacity_it_is_throttled_too() -> None:
    alone = Vm(VM, ZONE, 1, 1000.0, 1024.0, apps=two_apps().apps)
    result = simulate(Spec(domains=[Domain(ZONE, 0, "zone")], vms=[alone], until_s=600.0))
    assert names(result) == [[1.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.5, 0.0, 0.0]]
    assert (result.heat[0, 0], result.used[0, 0]) == (2.0, 1.0)


def test_that_all_three_names_are_told_apart_in_one_vm() -> None:
    # Asked 5000, its four vCPUs have 4000, alone it would get 3800, beside the other 1900.
    big = vm(VM, load=0.75, apps=(Application(30, 2, 1000.0, Constant(1.0)),))
    result = simulate(spec_of(big, vm(OTHER), cpu_overhead_frac=0.05))
    assert names(result)[0] == [0.25, 0.05, 0.475]
    # The application asked for 2000 of the 5000: it misses two fifths of each.
    assert names(result)[2] == [0.2, 0.04, 0.38]
    unserved = np.array([5000.0, 4000.0, 2000.0]) - result.vms.mean_mhz
    assert np.array(names(result)).sum(axis=1) * [4000.0, 4000.0, 2000.0] == pytest.approx(unserved)


def test_that_a_moment_tells_the_names_that_the_result_tells() -> None:
    big = vm(VM, load=0.75, apps=(Application(30, 2, 1000.0, Constant(1.0)),))
    run = Simulation(spec_of(big, vm(OTHER), cpu_overhead_frac=0.05, events=(TimedEvent(300.0, "fail", OTHER),)))
    run.advance(600.0)
    shared, alone = run.moment(299.0), run.moment(301.0)
    for moment, steal in ((shared, 0.475), (alone, 0.0)):
        assert moment.ids[0] == VM
        assert moment.heat[0] == pytest.approx(1.25)
        got = [moment.throttled[0], moment.overhead[0], moment.steal[0]]
        assert got == pytest.approx([0.25, 0.05, steal], abs=1e-7)
    host = shared.ids.tolist().index(HOST)
    assert shared.heat[host] == pytest.approx(9000 / 3800)
    assert [shared.throttled[host], shared.overhead[host], shared.steal[host]] == pytest.approx([0.125, 0.05, 0.475])
    run_only = run.result()
    assert run_only.throttled[0, 0] == pytest.approx(0.125)


def test_that_a_vm_that_does_not_run_misses_nothing() -> None:
    result = simulate(spec_of(two_apps(), events=(TimedEvent(300.0, "fail", HOST),)))
    assert result.store.arrays["throttled"][:, 0].tolist() == [60_000.0] * 5 + [0.0] * 5
