"""VMs that need the internet: what they do while no way leads there; small worlds by hand, the whole log asserted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import Constant, Domain, Group, Result, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

A, B, OPEN, APP_A, APP_B, NAT, WAY, SHOP, GROUP = 1, 2, 3, 4, 5, 6, 7, 50, 60
VM_A, VM_B = 20, 21
OUT = ((NAT,), (WAY,))
DOMAINS = (
    Domain(A, 0, "zone", "zone-a"),
    Domain(B, 0, "zone", "zone-b"),
    Domain(OPEN, A, "subnet", "open-a", outward=((WAY,),)),
    Domain(APP_A, A, "subnet", "app-a", outward=OUT),
    Domain(APP_B, B, "subnet", "app-b", outward=OUT),
    Domain(NAT, OPEN, "nat_gateway", "nat-a"),
    Domain(WAY, 0, "internet_gateway", "igw"),
)
VMS = tuple(
    Vm(i, place, 1, 1000.0, 1024.0, name=name, service=SHOP, outward=True)
    for i, place, name in ((VM_A, APP_A, "vm-a"), (VM_B, APP_B, "vm-b"))
)
SERVICE = Service(SHOP, Constant(6.0), 100.0, "shop", health_check_s=30.0)

Events = tuple[float, str, int]


def spec(domains: tuple[Domain, ...] = DOMAINS, vms: tuple[Vm, ...] = VMS, **more: object) -> Spec:
    given = {"services": (SERVICE,), "until_s": 1800.0, "sample_s": 600.0, **more}
    return Spec(domains, (), vms, **given)  # type: ignore[arg-type]


def run(given: Spec, *events: Events) -> Result:
    return simulate(given.with_events([TimedEvent(time_s, what, i) for time_s, what, i in events]))  # type: ignore[arg-type]


def told(result: Result) -> list[tuple[float, str, int, int, str]]:
    return [(e.time_s, e.what, e.id, e.cause, e.detail) for e in result.log]


def served(result: Result) -> list[float]:
    return [round(float(rate), 9) for rate in result.served_rps[:, 0]]


def test_that_a_single_nat_gateway_takes_the_other_zone_along_with_its_own() -> None:
    result = run(spec(), (600.0, "fail", A))
    assert told(result) == [
        (600.0, "failed", A, 0, ""),
        (600.0, "down", VM_A, 1, ""),
        (600.0, "offline", VM_B, 1, "nat-a is down"),
        (600.0, "dropping", SHOP, 1, ""),
        (630.0, "noticed", VM_A, 2, ""),
        (630.0, "noticed", VM_B, 3, ""),
        (660.0, "detected", VM_A, 2, ""),
        (660.0, "lost", VM_A, 7, "recovery is set to none"),
    ]
    assert served(result) == [6.0, 0.0, 0.0]
    assert result.vms.running_s.tolist() == [600.0, 1800.0]  # it runs on, idle
    assert result.vms.mean_mhz.tolist() == pytest.approx([300.0, 100.0])


def test_that_a_nat_gateway_in_each_zone_keeps_the_others_at_work() -> None:
    own = (*DOMAINS, Domain(8, B, "nat_gateway", "nat-b"))
    domains = tuple(replace(d, outward=((8,), (WAY,))) if d.id == APP_B else d for d in own)
    result = run(spec(domains), (600.0, "fail", A))
    assert served(result) == [6.0, 6.0 - 3.0 * 30 / 600, 6.0]  # until its health check misses vm-a
    assert "offline" not in [e.what for e in result.log]


def test_that_it_serves_again_at_once_when_the_way_is_back() -> None:
    result = run(spec(), (600.0, "fail", WAY), (1200.0, "recover", WAY))
    assert told(result) == [
        (600.0, "failed", WAY, 0, ""),
        (600.0, "offline", VM_A, 1, "igw is down"),
        (600.0, "offline", VM_B, 1, "igw is down"),
        (600.0, "dropping", SHOP, 1, ""),
        (630.0, "noticed", VM_A, 2, ""),
        (630.0, "noticed", VM_B, 3, ""),
        (1200.0, "recovered", WAY, 1, ""),
        (1200.0, "online", VM_A, 7, ""),
        (1200.0, "online", VM_B, 7, ""),
        (1200.0, "served", SHOP, 7, ""),
    ]
    assert served(result) == [6.0, 0.0, 6.0]


def test_that_a_short_outage_is_over_before_it_is_noticed() -> None:
    result = run(spec(), (600.0, "fail", NAT), (620.0, "recover", NAT))
    assert "noticed" not in [e.what for e in result.log]
    assert served(result) == [6.0, pytest.approx(6.0 - 6.0 * 20 / 600), 6.0]


def test_that_where_no_way_leads_out_it_never_serves_and_the_others_get_the_requests() -> None:
    shut = tuple(replace(d, outward=(), shut="app-b has no way") if d.id == APP_B else d for d in DOMAINS)
    result = run(spec(shut))
    assert told(result) == [(0.0, "offline", VM_B, 0, "app-b has no way")]
    assert served(result) == [6.0, 6.0, 6.0]
    assert result.vms.mean_mhz.tolist() == [pytest.approx(600.0), 0.0]


def test_that_one_that_does_not_need_the_internet_does_not_care() -> None:
    result = run(spec(vms=tuple(replace(vm, outward=False) for vm in VMS)), (600.0, "fail", NAT))
    assert served(result) == [6.0, 6.0, 6.0]
    assert told(result) == [(600.0, "failed", NAT, 0, "")]


def test_that_its_address_counts_and_not_the_place_where_it_stands() -> None:
    result = run(spec(vms=(VMS[0], replace(VMS[1], place=B, address=APP_B))), (600.0, "fail", NAT))
    assert [row for row in told(result) if row[1] == "offline"] == [
        (600.0, "offline", VM_A, 1, "nat-a is down"),
        (600.0, "offline", VM_B, 1, "nat-a is down"),
    ]


def test_that_an_instance_that_is_launched_without_a_way_is_offline_and_gets_no_requests() -> None:
    template = replace(VMS[1], id=30, boot_s=60.0)
    group = Group(GROUP, 2, 2, 3, (APP_B,), template, "asg", detect_s=30.0)
    vms = (replace(VMS[0], group=GROUP, recovery="replace"), replace(VMS[1], group=GROUP))
    result = run(spec(vms=vms, groups=(group,)), (600.0, "fail", A))
    slot = next(e.id for e in result.log if e.what == "launched")
    assert [row for row in told(result) if row[2] == slot] == [
        (630.0, "launched", slot, 7, ""),
        (690.0, "running", slot, 9, ""),
        (690.0, "offline", slot, 0, "nat-a is down"),
    ]
    assert served(result) == [6.0, 0.0, 0.0]


def test_that_a_past_moment_shows_it_idle_and_slices_change_nothing() -> None:
    made = Simulation(spec())
    made.inject(TimedEvent(600.0, "fail", NAT))
    made.advance(1800.0)
    assert [made.moment(t).used[1] for t in (300.0, 610.0)] == [pytest.approx(0.3), 0.0]
    given = spec().with_events([TimedEvent(600.0, "fail", NAT), TimedEvent(1000.0, "recover", NAT)])
    assert simulate(given).digest() == simulate(given, on_progress=lambda _: None, slices=61).digest()


def test_that_ways_without_meaning_are_refused() -> None:
    with pytest.raises(SpecError, match="From app-b the internet is reached through 99, which is not there"):
        run(spec(tuple(replace(d, outward=((99,),)) if d.id == APP_B else d for d in DOMAINS)))
    with pytest.raises(SpecError, match="VM vm-a has its address in 99, which is not there"):
        run(spec(vms=(replace(VMS[0], address=99),)))
