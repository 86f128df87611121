"""Applications in VMs: their load comes on top of the VM's, they share what it gets, and die with it; by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from designer.engine import (
    Application,
    Constant,
    DayCurve,
    Domain,
    Group,
    Host,
    Recorded,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from designer.engine.result.result import Result
from designer.errors import SpecError

ZONE, OTHER, HOST, VM, A, B, SERVICE = 1, 2, 11, 20, 30, 31, 40
DOMAINS = (Domain(ZONE, 0, "zone", "a"), Domain(OTHER, 0, "zone", "b"))
HOSTS = (Host(HOST, ZONE, 4, 1000.0, 8192.0, power_w=(100.0, 200.0)),)
APP = Application(A, 2, 1000.0, Constant(0.5), "app-a")


def run(*vms: Vm, events: tuple[TimedEvent, ...] = (), **more: object) -> Result:
    given = {"domains": DOMAINS, "hosts": HOSTS, "until_s": 3600.0, "sample_s": 600.0, **more}
    return simulate(Spec(vms=vms, events=events, **given))  # type: ignore[arg-type]


def rows(result: Result, figures: np.ndarray) -> dict[int, float]:
    return {i: round(float(value), 9) for i, value in zip(result.vm_ids.tolist(), figures)}


def test_that_the_load_of_applications_comes_on_top_of_the_vms_own() -> None:
    # 0.25 x 4 x 1000 of its own, 0.5 x 2 x 1000 of one, 1 x 1 x 1000 of the other: 3000 of the host's 4000 MHz.
    second = Application(B, 1, 1000.0, Constant(1.0))
    result = run(Vm(VM, HOST, 4, 1000.0, 1024.0, Constant(0.25), apps=(APP, second)))
    assert result.used[:, 0].tolist() == [0.75] * 6
    assert rows(result, result.vms.mean) == {VM: 0.75, A: 0.5, B: 1.0}
    assert rows(result, result.vms.steal) == {VM: 0.0, A: 0.0, B: 0.0}
    assert rows(result, result.vms.running_s) == {VM: 3600.0, A: 3600.0, B: 3600.0}
    assert result.power_w[:, 0].tolist() == [175.0] * 6
    assert result.counts[:, 0].tolist() == [1.0] * 6


def test_that_a_vm_gives_no_more_than_its_vcpus_and_shares_them_by_what_is_asked() -> None:
    # It asks for 1000, its application for 4000, its two vCPUs have 2000: 400 and 1600.
    big = Application(A, 4, 1000.0, Constant(1.0))
    result = run(Vm(VM, HOST, 2, 1000.0, 1024.0, Constant(0.5), apps=(big,)))
    assert rows(result, result.vms.mean_mhz) == {VM: 2000.0, A: 1600.0}
    assert rows(result, result.vms.throttled) == {VM: 1.5, A: 0.6}
    assert rows(result, result.vms.steal) == {VM: 0.0, A: 0.0}
    assert result.used[:, 0].tolist() == [0.5] * 6


def test_that_a_vm_that_is_short_of_cpu_leaves_its_applications_short() -> None:
    # Two VMs ask for 4000 each and get 2000 each; in the first the application asked for half of it.
    first = Vm(VM, HOST, 4, 1000.0, 1024.0, Constant(0.5), apps=(Application(A, 2, 1000.0, Constant(1.0)),))
    result = run(first, Vm(21, HOST, 4, 1000.0, 1024.0, Constant(1.0)))
    assert rows(result, result.vms.mean_mhz) == {VM: 2000.0, 21: 2000.0, A: 1000.0}
    assert rows(result, result.vms.steal) == {VM: 0.5, 21: 0.5, A: 0.5}


def served(*apps: Application, place: int = HOST, **more: object) -> Vm:
    return Vm(VM, place, 4, 1000.0, 1024.0, apps=apps, **more)  # type: ignore[arg-type]


def test_that_an_application_serves_requests_and_its_death_with_the_vm_is_noticed() -> None:
    service = Service(SERVICE, Constant(100.0), 10.0, "shop", health_check_s=30.0)
    members = (replace(APP, service=SERVICE), Application(B, 2, 1000.0, Constant(0.0), "app-b", SERVICE))
    second = Vm(21, ZONE, 4, 1000.0, 1024.0, apps=members[1:])
    result = run(served(members[0]), second, services=(service,), events=(TimedEvent(600.0, "fail", HOST),))
    log = [(e.time_s, e.what, e.id, e.cause, e.detail) for e in result.log]
    assert log == [
        (600.0, "failed", HOST, 0, ""),
        (600.0, "down", VM, 1, ""),
        (600.0, "dropping", SERVICE, 1, ""),
        (630.0, "noticed", A, 2, ""),
        (630.0, "served", SERVICE, 4, ""),
        (660.0, "detected", VM, 2, ""),
        (660.0, "lost", VM, 6, "recovery is set to none"),
    ]
    # 100 requests a second to both until 600 s, half of them lost for 30 s, then all to the second.
    assert result.served_rps[:, 0].tolist() == pytest.approx([100.0, 97.5, 100.0, 100.0, 100.0, 100.0])
    assert rows(result, result.vms.running_s) == {VM: 600.0, 21: 3600.0, A: 600.0, B: 3600.0}
    assert result.vms.mean_mhz[3] == pytest.approx((500 * 630 + 1000 * 2970) / 3600)


def test_that_what_a_group_launches_holds_the_applications_of_its_template() -> None:
    service = Service(SERVICE, Constant(50.0), 10.0, "shop", health_check_s=0.0)
    vm = served(replace(APP, service=SERVICE), place=ZONE, group=50, recovery="replace")
    group = Group(50, 1, 1, 2, (ZONE, OTHER), vm, "asg", detect_s=30.0)
    fail = TimedEvent(600.0, "fail", ZONE)
    result = run(vm, services=(service,), groups=(group,), events=(fail,))
    assert [(e.time_s, e.what) for e in result.log if e.id == SERVICE] == [(600.0, "dropping"), (720.0, "served")]
    assert result.vm_ids[:3].tolist()[0] == VM
    assert result.vm_ids[3] == A
    ran = result.vms.running_s.tolist()
    assert ran == [600.0, 2880.0, 0.0, 600.0, 2880.0, 0.0]
    assert result.vms.mean[4] == pytest.approx(0.25)


def test_that_a_moment_shows_applications_with_their_vm() -> None:
    spec = Spec(DOMAINS, HOSTS, (served(APP),), until_s=3600.0, events=(TimedEvent(600.0, "fail", HOST),))
    simulation = Simulation(spec)
    simulation.advance(900.0)
    early, late = simulation.moment(300.0), simulation.moment(900.0)
    assert (early.ids.tolist(), early.vms) == ([VM, A, HOST, ZONE, OTHER], 2)
    assert (early.place.tolist(), early.status[:2].tolist()) == ([HOST, VM], [0, 0])
    assert (early.heat[:2].tolist(), early.used[:2].tolist()) == ([0.25, 0.5], [0.25, 0.5])
    assert late.status[:2].tolist() == [4, 4]
    assert np.isnan(late.heat[:2]).all()


def test_that_an_application_cannot_fail_alone() -> None:
    with pytest.raises(SpecError, match=f"Element {A} is not in this run or cannot fail"):
        Simulation(Spec(DOMAINS, HOSTS, (served(APP),))).inject(TimedEvent(600.0, "fail", A))


def test_that_a_run_with_applications_does_not_depend_on_its_slices() -> None:
    trace = Trace(60, 300.0, np.array([[10, 90, 40, 70]], np.uint8))
    curve = DayCurve(0.4, 0.2, 14.0, 0.1)
    apps = (replace(APP, demand=Recorded(60, 0)), Application(B, 3, 1000.0, curve))
    vms = (served(*apps), Vm(21, HOST, 4, 1000.0, 1024.0, curve))
    spec = Spec(DOMAINS, HOSTS, vms, traces=(trace,), until_s=86_400.0, events=(TimedEvent(7_777.7, "fail", HOST),))
    whole = simulate(spec)
    assert simulate(spec, on_progress=lambda _: None, slices=37).digest() == whole.digest()
    assert (whole.vms.mean_mhz[2] + whole.vms.mean_mhz[3]) == pytest.approx(whole.vms.mean_mhz[0])


def test_that_an_application_without_a_meaning_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match="Application app-a: mhz must be above 0, not 0"):
        run(served(replace(APP, mhz=0.0)))
    with pytest.raises(SpecError, match="Application app-a is a member of service 99, which is not there"):
        run(served(replace(APP, service=99)))
    with pytest.raises(SpecError, match="Two elements have the id 20"):
        run(served(replace(APP, id=VM)))
    with pytest.raises(SpecError, match=r"Application app-a: its load 1\.5 must be a number"):
        run(served(replace(APP, demand=Constant(1.5))))
