"""Control planes of regions: tiny worlds, the whole log of what waits for them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from designer.engine import (
    Answer,
    Balancer,
    Checks,
    Constant,
    DnsName,
    Domain,
    Group,
    Host,
    Result,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Users,
    Vm,
    simulate,
)
from designer.engine.state import keyframes

REGION, ZONE_A, ZONE_B, DISK, WEB, TEMPLATE, GROUP, SHOP, NAME = 1, 2, 3, 4, 10, 41, 40, 50, 60


def world(*events: tuple[float, str, int], a_minute: float = 0.0, desired: int = 3, **more: Any) -> Spec:
    """A group over two zones of a region, whose instances boot for 10 s; it notices a dead one after 20 s."""
    domains = [
        Domain(REGION, 0, "region", "region", launches_per_min=a_minute),
        Domain(ZONE_A, REGION, "zone", "zone-a"),
        Domain(ZONE_B, REGION, "zone", "zone-b"),
    ]
    domains += more.pop("places", [])
    template = Vm(TEMPLATE, 0, 1, 1000.0, 1024.0, group=GROUP, recovery="replace", boot_s=10.0)
    group = Group(GROUP, 0, desired, 2 * desired, (ZONE_A, ZONE_B), template, "web", detect_s=20.0)
    given = {"until_s": 1200.0, "sample_s": 100.0, "domains": domains, "groups": (group,), **more}
    return Spec(**given).with_events([TimedEvent(*event) for event in events])  # type: ignore[arg-type]


def told(result: Result, *kinds: str) -> list[tuple[float, str, str]]:
    return [(e.time_s, e.what, e.detail) for e in result.log if e.what in kinds]


BUSY = "the control plane of region starts 2 VMs a minute"
GONE = "the control plane of region is down"


def test_that_launches_go_on_at_the_rate_of_the_control_plane() -> None:
    run = simulate(world(a_minute=2.0))
    assert told(run, "launched", "queued", "running") == [
        (0.0, "launched", ""),
        *[(0.0, "queued", BUSY)] * 2,
        (10.0, "running", ""),
        (30.0, "launched", ""),
        (40.0, "running", ""),
        (60.0, "launched", ""),
        (70.0, "running", ""),
    ]


def test_that_a_control_plane_that_rested_lets_the_next_one_start_at_once() -> None:
    """An instance fails long after: its replacement waits for nobody."""
    run = Simulation(world(a_minute=2.0))
    run.advance(500.0)
    (first, *_) = [e.id for e in run.log.entries() if e.what == "launched"]
    run.inject(TimedEvent(600.0, "fail", first))
    run.advance(1200.0)
    assert told(run.result(), "launched")[-1] == (620.0, "launched", "")
    assert len(told(run.result(), "queued")) == 2


def test_that_launches_wait_while_the_control_plane_is_down() -> None:
    run = simulate(world((50.0, "fail_control", REGION), (100.0, "fail", ZONE_A), (400.0, "recover_control", REGION)))
    what = ("control_failed", "control_recovered", "launched", "queued", "running", "terminated")
    assert [row for row in told(run, *what) if row[0] > 10.0] == [
        (50.0, "control_failed", ""),
        *[(120.0, "terminated", "")] * 2,
        *[(120.0, "queued", GONE)] * 2,
        (400.0, "control_recovered", ""),
        *[(400.0, "launched", "")] * 2,
        *[(410.0, "running", "")] * 2,
    ]
    assert run.counts[3, 0] == 1.0
    recovered = next(e for e in run.log if e.what == "control_recovered")
    assert run.log[recovered.cause - 1].what == "control_failed"


def test_that_who_runs_runs_on_and_who_boots_boots_on() -> None:
    run = simulate(world((5.0, "fail_control", REGION)))
    assert told(run, "running", "queued") == [(10.0, "running", "")] * 3
    assert run.counts[-1, 0] == 3.0


def test_that_what_waited_is_spread_at_the_rate_when_it_works_again() -> None:
    events = ((300.0, "fail_control", REGION), (310.0, "fail", ZONE_A), (600.0, "recover_control", REGION))
    run = simulate(world(*events, a_minute=2.0, desired=6))
    assert [t for t, *_ in told(run, "launched") if t > 150.0] == [600.0, 630.0, 660.0]


def test_that_a_recovery_on_the_providers_capacity_needs_it_and_tells_of_volumes() -> None:
    vms = [
        Vm(WEB, ZONE_A, 1, 1000.0, 1024.0, name="plain", recovery="same_zone", detect_s=20.0, boot_s=10.0),
        Vm(WEB + 1, ZONE_A, 1, 1000.0, 1024.0, name="stored", needs=((DISK,),), recovery="same_zone", detect_s=20.0,
           boot_s=10.0),
    ]  # fmt: skip
    events = ((50.0, "fail_control", REGION), (100.0, "fail", WEB), (100.0, "fail", WEB + 1))
    disk = Domain(DISK, ZONE_A, "volume", "disk")
    run = simulate(world(*events, (300.0, "recover_control", REGION), desired=0, vms=vms, places=[disk]))
    assert told(run, "queued", "restarting", "running") == [
        (120.0, "queued", GONE),
        (120.0, "queued", f"its volumes wait to be attached: {GONE}"),
        *[(300.0, "restarting", "")] * 2,
        *[(310.0, "running", "")] * 2,
    ]


def test_that_vms_of_a_zone_that_is_back_boot_without_it() -> None:
    vms = [Vm(WEB, ZONE_A, 1, 1000.0, 1024.0, recovery="same_zone", detect_s=900.0, boot_s=10.0)]
    run = simulate(
        world((50.0, "fail_control", REGION), (100.0, "fail", ZONE_A), (200.0, "recover", ZONE_A), desired=0, vms=vms)
    )
    assert told(run, "queued", "running") == [(210.0, "running", "")]


def test_that_vms_on_hosts_of_ones_own_do_not_need_it() -> None:
    hosts = [Host(5 + n, ZONE_A, 8, 1000.0, 65_536.0) for n in range(2)]
    vms = [Vm(WEB, 5, 1, 1000.0, 1024.0, recovery="same_zone", detect_s=20.0, boot_s=10.0)]
    run = simulate(world((50.0, "fail_control", REGION), (100.0, "fail", 5), desired=0, vms=vms, hosts=hosts))
    assert told(run, "queued", "running") == [(130.0, "running", "")]


def test_that_one_that_fails_while_it_waits_is_detected_anew() -> None:
    run = Simulation(world((50.0, "fail_control", REGION), (100.0, "fail", ZONE_A), (400.0, "recover_control", REGION)))
    run.advance(200.0)
    waits = [e.id for e in run.log.entries() if e.what == "queued"]
    run.inject(TimedEvent(250.0, "fail", waits[0]))
    run.advance(1200.0)
    assert [(e.time_s, e.what) for e in run.log.entries() if e.id == waits[0] and e.time_s > 200.0][:3] == [
        (250.0, "failed"),
        (270.0, "detected"),
        (270.0, "terminated"),
    ]
    assert run.result().counts[-1, 0] == 3.0


def balanced(*events: tuple[float, str, int]) -> Spec:
    """A service over both zones behind a load balancer that does not cross them."""
    vms = [Vm(WEB + n, (ZONE_A, ZONE_B)[n // 2], 1, 1000.0, 1024.0, service=SHOP) for n in range(4)]
    lb = Balancer(70, "lb", (ZONE_A, ZONE_B), cross_zones=False)
    service = Service(SHOP, Constant(100.0), 10.0, "shop", checks=Checks(), balancer=lb)
    return world(*events, desired=0, vms=vms, services=(service,))


def test_that_a_zone_stays_in_dns_while_the_control_plane_is_down() -> None:
    events = ((50.0, "fail_control", REGION), (100.0, "fail", ZONE_A), (400.0, "recover_control", REGION))
    run = simulate(balanced(*events))
    assert told(run, "dns_waits", "zone_away", "dropping", "served") == [
        (100.0, "dns_waits", GONE),
        (100.0, "dropping", ""),
        (460.0, "zone_away", "it has too few healthy members there"),
        (460.0, "served", ""),
    ]


def test_that_dns_that_was_changed_before_is_followed() -> None:
    run = simulate(balanced((100.0, "fail", ZONE_A), (200.0, "fail_control", REGION)))
    assert [t for t, *_ in told(run, "zone_away")] == [215.0]
    assert told(run, "dns_waits") == []


def named(managed_in: int, *events: tuple[float, str, int]) -> Spec:
    """A DNS name with a target in each zone; it notices a loss after 30 s, and users follow 60 s later."""
    vms = [Vm(WEB + n, (ZONE_A, ZONE_B)[n], 1, 1000.0, 1024.0, service=SHOP + n) for n in range(2)]
    services = tuple(Service(SHOP + n, Constant(0.0), 10.0, f"shop-{n}") for n in range(2))
    answers = (Answer(SHOP), Answer(SHOP + 1))
    name = DnsName(NAME, (Users(61, Constant(50.0)),), answers, "name", "failover", 30.0, 60.0, managed_in)
    return world(*events, desired=0, vms=vms, services=services, dns_names=(name,))


@pytest.mark.parametrize(("managed_in", "led_s"), [(0, 190.0), (REGION, 490.0)])
def test_that_a_name_that_is_managed_in_a_region_changes_only_with_its_control_plane(
    managed_in: int, led_s: float
) -> None:
    events = ((50.0, "fail_control", REGION), (100.0, "fail", ZONE_A), (400.0, "recover_control", REGION))
    run = simulate(named(managed_in, *events))
    assert [t for t, *_ in told(run, "led_away")] == [led_s]
    assert told(run, "dns_waits") == ([(100.0, "dns_waits", GONE)] if managed_in else [])


@pytest.mark.parametrize("spec", ["launches", "balanced", "named"])
def test_that_slices_and_branches_are_the_run(monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    events = [(50.0, "fail_control", REGION), (100.0, "fail", ZONE_A), (400.0, "recover_control", REGION)]
    events += [(600.0, "recover", ZONE_A)]
    made = {"launches": world(*events, a_minute=3.0), "balanced": balanced(*events), "named": named(REGION, *events)}[
        spec
    ]
    whole, run, dice = simulate(made), Simulation(made), random.Random(1)
    for time_s in sorted(dice.uniform(0.0, 1200.0) for _ in range(9)):
        run.advance(time_s)
    run.advance(1200.0)
    assert run.result().digest() == whole.digest()
    for time_s in (75.0, 150.0, 405.0, 650.0):
        branch = run.branch(time_s)
        for event in made.events:
            if event.time_s > time_s:
                branch.inject(event)
        branch.advance(1200.0)
        assert branch.result().digest() == whole.digest()
