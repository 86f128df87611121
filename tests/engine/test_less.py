"""Events after which places go on with less: bandwidth, launches, the provider's capacity, answers of DNS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import (
    Answer,
    Constant,
    DnsName,
    Domain,
    Flow,
    Group,
    Host,
    Latency,
    Limit,
    Route,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Users,
    Vm,
    simulate,
)
from designer.errors import SpecError
from designer.study.traffic.latency import LatencyTable

REGION, ZONE_A, ZONE_B, LINK, HOST_A, HOST_B, VM_A, VM_B, CLOUD = 1, 2, 3, 4, 10, 11, 20, 21, 22
TEMPLATE, GROUP, SHOP, OTHER, NAME = 41, 40, 50, 51, 60


def world(*events: TimedEvent) -> Spec:
    """A VM in one zone sends 100 Mbit/s over a link of 200 to one in another; a group of two instances over both zones,
    and a VM on the provider's capacity that comes back in its zone; a name that leads users to either of two services.
    """
    own = {"demand": Constant(0.5), "boot_s": 10.0, "detect_s": 5.0}
    regions = [Domain(REGION, 0, "region", "region"), Domain(LINK, 0, "link", "a – b", ends=(ZONE_A, ZONE_B))]
    zones = [Domain(ZONE_A, REGION, "zone", "zone-a"), Domain(ZONE_B, REGION, "zone", "zone-b")]
    vms = [
        Vm(VM_A, HOST_A, 1, 1000.0, 1024.0, name="sender", service=SHOP, **own),  # type: ignore[arg-type]
        Vm(VM_B, HOST_B, 1, 1000.0, 1024.0, name="receiver", service=OTHER, **own),  # type: ignore[arg-type]
        Vm(CLOUD, ZONE_A, 1, 1000.0, 1024.0, name="cloud", recovery="same_zone", **own),  # type: ignore[arg-type]
    ]
    template = Vm(TEMPLATE, 0, 1, 1000.0, 1024.0, group=GROUP, recovery="replace", boot_s=10.0)
    services = [Service(i, Constant(0.0), 1.0, f"shop-{i}", health_check_s=5.0) for i in (SHOP, OTHER)]
    people = Users(70, Constant(60.0), "people")
    return Spec(
        domains=[*regions, *zones],
        hosts=[Host(HOST_A, ZONE_A, 4, 2000.0, 65536.0), Host(HOST_B, ZONE_B, 4, 2000.0, 65536.0)],
        vms=vms,
        services=services,
        groups=(Group(GROUP, 0, 2, 4, (ZONE_A, ZONE_B), template, "web", detect_s=20.0),),
        dns_names=(DnsName(NAME, (people,), (Answer(SHOP), Answer(OTHER)), "shop.example", check_s=30.0, ttl_s=30.0),),
        flows=[Flow(VM_A, 100.0, VM_B)],
        limits=[Limit(LINK, "mbps", 200.0, between=(ZONE_A, ZONE_B), name="a – b")],
        until_s=3600.0,
        sample_s=600.0,
        events=events,
    )


def told(spec: Spec, *kinds: str) -> list[tuple[float, str, int, float]]:
    return [(e.time_s, e.what, e.id, e.value) for e in simulate(spec).log if e.what in kinds and e.time_s > 10.0]


def test_that_a_link_with_less_bandwidth_slows_who_sends_while_it_lasts() -> None:
    spec = world(TimedEvent(100.0, "degrade", LINK, 0.2), TimedEvent(700.0, "degrade", LINK, 1.0))
    kinds = ("narrowed", "slowed", "widened", "unslowed")
    assert told(spec, *kinds) == [
        (100.0, "narrowed", LINK, 0.2), (100.0, "slowed", VM_A, 0.4),
        (700.0, "widened", LINK, 1.0), (700.0, "unslowed", VM_A, 0.0),
    ]  # fmt: skip
    run = Simulation(spec)
    run.advance(3600.0)
    served = float(run.result()._sums.flows["wire_served"][0])
    assert served == pytest.approx(3000.0 * 100.0 + 600.0 * 40.0)
    branch = run.branch(400.0)
    branch.inject(spec.events[1])
    branch.advance(3600.0)
    injected = Simulation(world())
    for event in spec.events:
        injected.inject(event)
    injected.advance(3600.0)
    assert run.result().digest() == branch.result().digest() == injected.result().digest()


def test_that_requests_over_a_delayed_link_are_counted_while_it_lasts_with_how_much_longer_they_took() -> None:
    """A member in each zone serves half of 60 requests a second; each reads from a database in the first zone."""
    data, shop = 80, Service(SHOP, Constant(60.0), 1.0, "shop", health_check_s=5.0)
    later = TimedEvent(100.0, "delay", LINK, 40.0), TimedEvent(250.0, "delay", LINK, 80.0)
    usual, again = TimedEvent(700.0, "delay", LINK, 0.0), TimedEvent(700.0, "delay", LINK, 0.0)
    spec = world(*later, usual, again)
    vms = [replace(vm, service=SHOP) if vm.id == VM_B else vm for vm in spec.vms]
    spec = replace(
        spec,
        domains=[*spec.domains, Domain(data, ZONE_A, "database")],
        vms=vms,
        services=[shop],
        dns_names=(),
        routes=[Route(SHOP, reads=(data,))],
        latencies=[Latency(ZONE_A, ZONE_B, 2.0, LINK), Latency(ZONE_A, ZONE_A, 0.5)],
    )
    assert told(spec, "delayed", "undelayed") == [
        (100.0, "delayed", LINK, 40.0), (250.0, "delayed", LINK, 80.0), (700.0, "undelayed", LINK, 0.0)
    ]  # fmt: skip
    run = Simulation(spec)
    run.advance(3600.0)
    carried = run.result().carried
    far = dict(zip(map(tuple, carried.delayed.keys.tolist()), carried.delayed.amounts.tolist()))
    assert far[SHOP, 1, ZONE_A, ZONE_B, LINK] == pytest.approx(30.0 * (150.0 * 40.0 + 450.0 * 80.0))
    values = LatencyTable(carried, spec)._mean_s(SHOP, 1)
    took = 0.5 * 0.5 + 0.5 * (2.0 + (150.0 * 40.0 + 450.0 * 80.0) / 3600.0)
    assert values * 1000.0 == pytest.approx(took)
    branch = run.branch(400.0)
    branch.inject(usual)
    branch.advance(3600.0)
    assert branch.result().digest() == run.result().digest()
    calm = simulate(spec.with_events(()))
    assert calm.carried.delayed.keys.size == 0
    for name, column in calm.store.arrays.items():
        assert column[: calm.filled].tobytes() == run.result().store.arrays[name][: calm.filled].tobytes(), name


LOST = TimedEvent(60.0, "fail", CLOUD), TimedEvent(60.0, "fail", ZONE_B)
"""The VM asks for a place in its zone after 5 s, the group for one there after 20 s."""


def test_that_launches_are_throttled_and_are_as_usual_again() -> None:
    spec = world(TimedEvent(50.0, "throttle", REGION, 0.5), *LOST, TimedEvent(90.0, "throttle", REGION, 0.0))
    kinds = ("throttled", "unthrottled", "restarting", "queued", "launched")
    assert [(at, what, value) for at, what, _, value in told(spec, *kinds)] == [
        (50.0, "throttled", 0.5), (65.0, "restarting", 0.0), (80.0, "queued", 0.0), (90.0, "unthrottled", 0.0),
        (90.0, "launched", 0.0),
    ]  # fmt: skip


def test_that_nothing_starts_where_the_provider_has_no_capacity_until_it_has() -> None:
    spec = world(TimedEvent(50.0, "sell_out", REGION), *LOST, TimedEvent(400.0, "restock", REGION))
    assert [(e.time_s, e.detail) for e in simulate(spec).log if e.what == "waiting"] == [
        (65.0, "the provider has no capacity left in zone-a"), (80.0, "the provider has no capacity left in its zones"),
    ]  # fmt: skip
    assert [row[:2] for row in told(spec, "restarting", "launched")] == [(400.0, "restarting"), (400.0, "launched")]
    zone = world(TimedEvent(50.0, "sell_out", ZONE_A), TimedEvent(60.0, "fail", ZONE_A))
    launched = [e for e in simulate(zone).log if e.what == "launched" and e.time_s > 60.0]
    assert [e.place for e in launched] == [ZONE_B]  # the other zone has capacity


def test_that_users_stay_where_a_stale_name_led_them() -> None:
    stale = TimedEvent(50.0, "stale", NAME), TimedEvent(500.0, "fresh", NAME)
    spec = world(stale[0], TimedEvent(60.0, "fail", VM_A), stale[1])
    kinds = ("led_away", "dns_stale", "dns_fresh")
    assert told(spec, *kinds) == [
        (50.0, "dns_stale", NAME, 0.0),
        (500.0, "dns_fresh", NAME, 0.0),
        (500.0, "led_away", NAME, 0.0),
    ]
    late = world(TimedEvent(60.0, "fail", VM_A), TimedEvent(100.0, "stale", NAME), stale[1])
    assert told(late, "led_away") == [(500.0, "led_away", NAME, 0.0)]  # it would have been led away at 120 s
    run = Simulation(late)
    run.advance(3600.0)
    branch = run.branch(300.0)
    branch.inject(stale[1])
    branch.advance(3600.0)
    assert branch.result().digest() == run.result().digest()


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (TimedEvent(1.0, "degrade", LINK, 0.0), "a part above 0"),
        (TimedEvent(1.0, "throttle", REGION, -1.0), "a number a minute"),
        (TimedEvent(1.0, "delay", LINK, 50.0), "no round trips are told"),
        (TimedEvent(1.0, "stale", SHOP), "no DNS name"),
    ],
)
def test_that_events_without_meaning_are_refused(event: TimedEvent, why: str) -> None:
    with pytest.raises(SpecError, match=why):
        simulate(world(event))
