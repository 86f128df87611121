"""A vCPU that is one of two threads of a core, on hosts and on the provider's capacity."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog.reference.threads import thread_frac_of
from designer.engine import (
    Application,
    Constant,
    Credits,
    Domain,
    Host,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
    simulate,
)
from designer.errors import SpecError

ZONE, HALF = 1, 0.625


def vm(n: int, load: float, place: int = ZONE, **more: Any) -> Vm:
    return Vm(n, place, 2, 1000.0, 1.0, Constant(load), thread_frac=HALF, **more)


def world(*vms: Vm, **more: Any) -> Spec:
    return Spec(domains=[Domain(ZONE, 0, "zone")], vms=vms, until_s=600.0, **more)


def test_that_two_vcpus_of_a_core_of_the_provider_share_it() -> None:
    result = simulate(world(vm(10, 1.0), vm(11, 0.5), Vm(12, ZONE, 2, 1000.0, 1.0, Constant(1.0))))
    assert result.vms.mean == pytest.approx([HALF, 0.5, 1.0])
    assert result.vms.overhead == pytest.approx([1.0 - HALF, 0.0, 0.0])
    assert (result.vms.steal.sum(), result.vms.throttled.sum()) == (0.0, 0.0)
    assert result.integral("capacity").sum() / 600.0 == pytest.approx(2 * 1250.0 + 2000.0)
    assert result.used[0, 0] == pytest.approx((1250.0 + 1000.0 + 2000.0) / 4500.0)


def test_that_the_provider_gives_as_much_as_a_host_of_the_same_cores() -> None:
    host = Host(2, 0, 1, 1000.0, 8.0, threads_per_core=2, smt_yield=0.25, sharing="reserved")
    for load in (0.3, 0.625, 0.9, 1.0):
        result = simulate(world(vm(10, load), vm(11, load, 2), hosts=[host]))
        assert result.vms.mean[0] == pytest.approx(result.vms.mean[1]) == pytest.approx(min(load, HALF))
        assert result.vms.overhead[0] == pytest.approx(result.vms.overhead[1])


def test_that_a_limit_is_told_apart_from_the_shared_core() -> None:
    (mean,), (throttled,), (overhead,) = (
        getattr(simulate(world(vm(10, 1.0, limit_mhz=1600.0))).vms, name) for name in ("mean", "throttled", "overhead")
    )
    assert (mean, throttled, overhead) == pytest.approx((HALF, 0.2, 0.8 - HALF))


def test_that_members_of_a_service_serve_what_their_threads_can_and_a_moment_says_so() -> None:
    service = Service(30, Constant(30.0), 100.0, health_check_s=0.0)
    spec = world(vm(10, 0.0, service=30), vm(11, 0.0, service=30), services=[service])
    run = Simulation(spec)
    run.advance(600.0)
    assert run.result().served_rps[:, 0] == pytest.approx([25.0, 25.0])
    assert [entry.what for entry in run.result().log] == ["dropping"]
    moment = run.moment(300.0)
    assert moment.heat[:2] == pytest.approx([0.75, 0.75])
    assert moment.overhead[:2] == pytest.approx([0.125, 0.125])
    enough = simulate(
        world(vm(10, 0.0, service=30), vm(11, 0.0, service=30), services=[Service(30, Constant(25.0), 100.0)])
    )
    assert (enough.served_rps.sum(), enough.log) == (pytest.approx(50.0), [])


def test_that_a_member_left_alone_drops_what_its_core_cannot_do() -> None:
    service = Service(30, Constant(20.0), 100.0, health_check_s=0.0)
    vms = [vm(n, 0.0, service=30) for n in (10, 11)]
    result = simulate(world(*vms, services=[service], events=[TimedEvent(300.0, "fail", 11)]))
    assert result.served_rps[:, 0] == pytest.approx([20.0, 12.5])


def test_that_applications_share_what_the_threads_of_their_vm_give() -> None:
    result = simulate(world(vm(10, 0.5, apps=(Application(20, 2, 1000.0, Constant(0.5)),))))
    assert result.vms.mean == pytest.approx([HALF, HALF / 2])


def test_that_a_vcpu_of_a_type_is_a_thread_or_a_core_as_the_catalog_says() -> None:
    types = ("m5.large", "t3.micro", "m7g.large", "m7a.large", "t2.micro", "of no catalog")
    assert [thread_frac_of(name) for name in types] == [HALF, HALF, 1.0, 1.0, 1.0, 1.0]


def test_that_the_yield_of_the_second_thread_may_be_another() -> None:
    assert [thread_frac_of(name, 0.1) for name in ("m5.large", "m7g.large")] == [0.55, 1.0]


def test_that_credits_are_spent_by_the_time_that_vcpus_are_busy() -> None:
    spec = world(vm(10, 1.0, credits=Credits(6.0, 144.0, balance=144.0)), vm(11, 0.5, credits=Credits(6.0, 144.0)))
    result = simulate(spec)
    assert result.credits.balance[-1] == pytest.approx([144.0 - (120.0 - 6.0) / 6.0, 0.0])
    assert result.vms.mean == pytest.approx([HALF, 0.05])


@pytest.mark.parametrize("part", [0.0, -1.0, 1.5, float("nan")])
def test_that_a_part_without_meaning_is_refused(part: float) -> None:
    with pytest.raises(SpecError, match="VM v"):
        simulate(world(Vm(10, ZONE, 2, 1000.0, 1.0, name="v", thread_frac=part)))
