"""Reservation, limit and shares of VMs on small hosts, by hand: who gets what, and what it is called."""

from __future__ import annotations

import math
from typing import Any

import pytest

from designer.engine import Application, Constant, Domain, Host, Result, Simulation, Spec, TimedEvent, Vm, simulate

ZONE, FIRST, SECOND = 1, 11, 12


def host(host_id: int = FIRST, **more: Any) -> Host:
    return Host(host_id, ZONE, more.pop("cores", 8), 1000.0, 8192.0, name=f"host-{host_id}", **more)


def vm(vm_id: int, vcpus: int = 4, load: float = 1.0, **more: Any) -> Vm:
    return Vm(vm_id, more.pop("place", FIRST), vcpus, 1000.0, 64.0, Constant(load), name=f"vm-{vm_id}", **more)


def spec(hosts: tuple[Host, ...], vms: tuple[Vm, ...], events: tuple[TimedEvent, ...] = ()) -> Spec:
    return Spec(domains=(Domain(ZONE, 0, "zone", "zone"),), hosts=hosts, vms=vms, events=events, until_s=3600.0)


def run(hosts: tuple[Host, ...], vms: tuple[Vm, ...], *events: TimedEvent) -> Result:
    return simulate(spec(hosts, vms, events))


def told(result: Result) -> list[tuple[float, str, int, str]]:
    return [(entry.time_s, entry.what, entry.id, entry.detail) for entry in result.log]


@pytest.mark.parametrize(
    ("per", "given"),
    [
        ("vm", [3000.0, 3000.0, 2000.0]),  # one level for all, the small one has enough
        ("vcpu", [2857.142857, 3714.285714, 1428.571429]),  # by 4 : 8 * 0.65 : 2
        ("level", [4000.0, 2600.0, 1400.0]),  # its own 1300 count for the VM
    ],
)
def test_that_shares_count_for_vms_or_for_vcpus(per: Any, given: list[float]) -> None:
    own = {"vm": 1000.0, "vcpu": 650.0, "level": 1300.0}[per]
    vms = (vm(20), vm(21, 8, shares=own), vm(22, 2, shares=0.0 if per != "level" else 700.0))
    vms = (vm(20, shares=0.0), *vms[1:])
    assert run((host(shares_per=per),), vms).vms.mean_mhz.tolist() == pytest.approx(given)


def test_that_a_level_is_half_or_twice_the_default_of_the_host() -> None:
    vms = tuple(vm(20 + n, 8, shares=0.0, level=level) for n, level in enumerate(("low", "normal", "high")))  # type: ignore[arg-type]
    for default in (256.0, 100.0):
        got = run((host(cores=7, default_shares=default),), vms).vms.mean_mhz
        assert got.tolist() == pytest.approx([1000.0, 2000.0, 4000.0])


def test_that_a_vm_has_the_default_shares_of_the_host_it_is_on() -> None:
    # Beside a VM with 300 shares of its own it counts 100 on the first host, 300 on the second.
    hosts = (host(cores=4, default_shares=100.0), host(SECOND, cores=4, default_shares=300.0))
    vms = (
        vm(20, shares=0.0, recovery="same_zone", detect_s=0.0, boot_s=0.0), vm(21, shares=300.0),
        vm(22, shares=300.0, place=SECOND),
    )  # fmt: skip
    simulation = Simulation(spec(hosts, vms, (TimedEvent(1800.0, "fail", FIRST),)))
    simulation.advance(1000.0)
    assert simulation.moment().used[:3].tolist() == pytest.approx([1000 / 4000, 3000 / 4000, 1.0])
    simulation.advance(3000.0)
    assert simulation.moment().used[[0, 2]].tolist() == pytest.approx([0.5, 0.5])


def test_that_a_reservation_is_a_floor_of_the_level_not_a_part_given_first() -> None:
    both = run((host(cores=4),), (vm(20, reservation_mhz=1500.0), vm(21)))
    assert both.vms.mean_mhz.tolist() == pytest.approx([2000.0, 2000.0])
    found = run((host(cores=4),), (vm(20, reservation_mhz=3000.0), vm(21)))
    assert found.vms.mean_mhz.tolist() == pytest.approx([3000.0, 1000.0])
    asks_less = run((host(cores=4),), (vm(20, load=0.25, reservation_mhz=3000.0), vm(21)))
    assert asks_less.vms.mean_mhz.tolist() == pytest.approx([1000.0, 3000.0])


@pytest.mark.parametrize("sharing", ["reserved", "proportional", "max_min", "weighted_max_min"])
def test_that_what_a_limit_keeps_from_a_vm_is_throttled_on_an_idle_host_too(sharing: Any) -> None:
    result = run((host(sharing=sharing),), (vm(20, limit_mhz=1000.0), vm(21, load=0.2, limit_mhz=1000.0)))
    assert result.vms.mean_mhz.tolist() == pytest.approx([1000.0, 800.0])
    assert result.vms.throttled.tolist() == pytest.approx([0.75, 0.0])
    assert result.vms.steal.tolist() == [0.0, 0.0]
    assert result.throttled[0, 0] == pytest.approx(3000 / 8000)


def test_that_a_vm_may_be_throttled_and_lose_to_others_at_once() -> None:
    result = run((host(cores=4, cpu_overhead_frac=0.25),), (vm(20, limit_mhz=2400.0), vm(21)))
    # 3000 MHz: 1500 each. The second alone would get 3000 of its 4000.
    assert result.vms.mean_mhz.tolist() == pytest.approx([1500.0, 1500.0])
    assert result.vms.throttled.tolist() == pytest.approx([1600 / 4000, 0.0])
    assert result.vms.overhead.tolist() == pytest.approx([0.0, 1000 / 4000])
    assert result.vms.steal.tolist() == pytest.approx([900 / 4000, 1500 / 4000])
    moment = Simulation(result.spec).moment()
    assert moment.throttled[:2].tolist() == pytest.approx([1600 / 4000, 0.0])
    assert moment.steal[:2].tolist() == pytest.approx([900 / 4000, 1500 / 4000])


def test_that_a_limit_holds_for_a_vm_and_all_in_it_and_on_the_provider_s_capacity() -> None:
    apps = (Application(30, 2, 1000.0, Constant(0.5)), Application(31, 1, 1000.0, Constant(1.0)))
    result = run((), (vm(20, load=0.5, apps=apps, limit_mhz=1000.0, place=ZONE),))
    assert result.vms.mean_mhz.tolist() == pytest.approx([1000.0, 250.0, 250.0])  # a quarter of 2000 + 1000 + 1000
    assert result.vms.throttled.tolist() == pytest.approx([3000 / 4000, 750 / 2000, 750 / 1000])


def test_that_a_host_takes_vms_as_far_as_it_keeps_their_reservations() -> None:
    hosts = (host(cores=4, cpu_overhead_frac=0.1),)
    result = run(
        hosts, (vm(20, reservation_mhz=2000.0), vm(21, reservation_mhz=1601.0), vm(22, reservation_mhz=1600.0))
    )
    why = "host-11 has 1,600 of 3,600 MHz left to reserve; it reserves 1,601"
    assert told(result) == [(0.0, "refused", 21, why)]
    alone = run(hosts, (vm(20, reservation_mhz=3601.0),))
    assert told(alone) == [(0.0, "refused", 20, "host-11 has 3,600 of 3,600 MHz left to reserve; it reserves 3,601")]


def test_that_a_restart_waits_until_a_host_can_keep_its_reservation() -> None:
    hosts = (host(), host(SECOND))
    vms = (
        vm(20, reservation_mhz=4001.0, recovery="same_zone", detect_s=10.0, boot_s=5.0),
        vm(21, reservation_mhz=4000.0, place=SECOND),
    )
    result = run(hosts, vms, TimedEvent(60.0, "fail", FIRST))
    assert told(result) == [
        (60.0, "failed", FIRST, ""), (60.0, "down", 20, ""), (70.0, "detected", 20, ""),
        (70.0, "waiting", 20, "no host in zone can reserve 4,001 MHz"),
    ]  # fmt: skip


@pytest.mark.parametrize("sharing", ["reserved", "proportional", "max_min"])
def test_that_reservations_and_shares_do_nothing_where_vms_do_not_share_by_weight(sharing: Any) -> None:
    plain, asked = (vm(20), vm(21)), (vm(20, shares=9.0, reservation_mhz=4000.0), vm(21, reservation_mhz=4000.0))
    one, other = (run((host(cores=4 if sharing != "reserved" else 8, sharing=sharing),), vms) for vms in (plain, asked))
    assert other.vms.mean_mhz.tolist() == one.vms.mean_mhz.tolist()
    assert told(other) == []


def test_that_a_run_with_floors_and_limits_does_not_depend_on_its_slices() -> None:
    vms = tuple(vm(20 + n, limit_mhz=[math.inf, 2500.0][n % 2], reservation_mhz=400.0 * n) for n in range(4))
    whole = run((host(),), vms)
    sliced = Simulation(whole.spec)
    for time_s in (1.0, 299.0, 301.5, 2000.0, 3600.0):
        sliced.advance(time_s)
    assert sliced.result().digest() == whole.digest()
