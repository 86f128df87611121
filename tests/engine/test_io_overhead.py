"""I/O overhead: what a hypervisor takes of its host for disks and the network, apart from its share of all CPU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from designer.engine import Constant, Domain, Flow, Host, Limit, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.spec.capacity import IO_MOST
from designer.errors import SpecError
from tests.engine.random_world import random_world

ZONE, A, B, DISK, WEB, FAR = 1, 10, 11, 5, 20, 21


def host(n: int = A, **more: Any) -> Host:
    given = {"io_core_frac": 0.5, "power_w": (100.0, 200.0), **more}
    return Host(n, ZONE, 4, 1000.0, 4096.0, f"h{n}", **given)


def vm(n: int = WEB, place: int = A, load: float = 1.0, **more: Any) -> Vm:
    return Vm(n, place, 4, 1000.0, 64.0, Constant(load), f"vm-{n}", **more)


def world(hosts: list[Host], vms: list[Vm], *flows: Flow, **more: Any) -> Spec:
    domains = [Domain(ZONE, 0, "zone", "z"), Domain(DISK, ZONE, "volume", "disk")]
    return Spec(domains, hosts, vms, flows=flows, until_s=1200.0, sample_s=600.0, **more)


def test_that_10_gbit_a_second_take_the_part_of_a_core() -> None:
    result = simulate(world([host()], [vm()], Flow(WEB, 10_000.0)))
    # half a core of 1000 MHz: 3500 of 4000 are left, and the host is full
    assert result.vms.mean_mhz.tolist() == pytest.approx([3500.0])
    assert result.vms.overhead.tolist() == pytest.approx([500.0 / 4000.0])
    assert result.vms.steal.tolist() == [0.0]
    assert result.used[:, 0].tolist() == pytest.approx([1.0, 1.0])
    assert result.total_energy_wh == pytest.approx(200.0 / 3.0)


def test_that_100_000_operations_a_second_take_as_much_and_both_add_up() -> None:
    disk = Flow(WEB, 100_000.0, DISK, 4.0, (DISK,))
    assert simulate(world([host()], [vm()], disk)).vms.mean_mhz.tolist() == pytest.approx([3500.0])
    both = simulate(world([host()], [vm()], disk, Flow(WEB, 5_000.0)))
    assert both.vms.mean_mhz.tolist() == pytest.approx([3250.0])


def test_that_it_is_apart_from_the_overhead_of_the_cpu_and_costs_nothing_where_cards_do_it() -> None:
    flow = Flow(WEB, 10_000.0)
    assert simulate(world([host(cpu_overhead_frac=0.1)], [vm()], flow)).vms.mean_mhz.tolist() == pytest.approx([3100.0])
    offloaded = host(io_core_frac=0.0, cpu_overhead_frac=0.01)
    assert simulate(world([offloaded], [vm()], flow)).vms.mean_mhz.tolist() == pytest.approx([3960.0])


def test_that_a_host_with_room_left_serves_its_vms_whole() -> None:
    result = simulate(world([host()], [vm(load=0.5)], Flow(WEB, 10_000.0)))
    assert result.vms.mean_mhz.tolist() == pytest.approx([2000.0])
    assert result.used[:, 0].tolist() == pytest.approx([2000.0 / 3500.0] * 2)


def test_that_the_host_that_gets_traffic_works_for_it_too_and_one_host_for_both_ends_once() -> None:
    result = simulate(world([host(), host(B)], [vm(), vm(FAR, B)], Flow(WEB, 10_000.0, FAR)))
    assert result.vms.mean_mhz.tolist() == pytest.approx([3500.0, 3500.0])
    near = simulate(world([host(), host(B)], [vm(), vm(FAR)], Flow(WEB, 10_000.0, FAR)))
    assert near.vms.mean_mhz.tolist() == pytest.approx([1750.0, 1750.0])


def test_that_only_what_is_served_costs_and_it_follows_the_load() -> None:
    limit = Limit(A, "mbps", 4_000.0, way="out", name="h")
    result = simulate(world([host()], [vm()], Flow(WEB, 8_000.0), limits=[limit]))
    # 4 of 8 Gbit/s: it does half of its work, and there are 3800 MHz for it
    assert result.vms.mean_mhz.tolist() == pytest.approx([2000.0])
    run = Simulation(world([host()], [vm(load=0.25)], Flow(WEB, 8_000.0, follows=True)))
    run.advance(600.0)
    assert run.moment().used[1] == pytest.approx(1000.0 / 3900.0)


def test_that_it_ends_with_the_traffic_and_begins_with_it() -> None:
    events = [TimedEvent(300.0, "fail", FAR), TimedEvent(900.0, "recover", FAR)]
    spec = world([host(), host(B)], [vm(), vm(FAR, B, boot_s=0.0)], Flow(WEB, 10_000.0, FAR), events=events)
    result = simulate(spec)
    assert result.vms.mean_mhz[0] == pytest.approx((300 * 3500.0 + 600 * 4000.0 + 300 * 3500.0) / 1200.0)
    run = Simulation(spec)
    run.advance(1200.0)
    assert [run.moment(time_s).used[2] * 1.0 for time_s in (100.0, 400.0)] == pytest.approx([1.0, 1.0])
    assert [run.moment(time_s).heat[2] for time_s in (100.0, 400.0)] == pytest.approx([4000.0 / 3500.0, 1.0])


def test_that_no_traffic_takes_a_whole_host() -> None:
    result = simulate(world([host()], [vm()], Flow(WEB, 1e9)))
    assert result.vms.mean_mhz.tolist() == pytest.approx([4000.0 * (1.0 - IO_MOST)])


def test_that_a_part_below_zero_is_refused() -> None:
    with pytest.raises(SpecError, match="Host h10: io_core_frac must be at least 0"):
        simulate(world([host(io_core_frac=-0.1)], [vm()]))


@pytest.mark.parametrize("seed", range(6))
def test_that_it_does_not_depend_on_how_a_run_is_cut_and_a_saved_state_goes_on(seed: int) -> None:
    spec = random_world(seed)
    ids = [row.id for row in spec.vms][:8]
    flows = [Flow(one, 3_000.0 + 500.0 * n, ids[-1 - n] if n % 2 else 0, follows=True) for n, one in enumerate(ids)]
    hosts = [replace(row, io_core_frac=0.4) for row in spec.hosts]
    spec = replace(spec, hosts=hosts, flows=flows)
    whole = simulate(spec).digest()
    run = Simulation(spec)
    for part in range(1, 10):
        run.advance(spec.until_s * part / 9.0)
        run.moment(spec.until_s * part / 11.0)
    assert run.result().digest() == whole
    assert simulate(replace(spec, hosts=[replace(row, io_core_frac=0.0) for row in hosts])).digest() != whole
