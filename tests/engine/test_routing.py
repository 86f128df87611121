"""Load balancers that divide requests by a rule of their own: tiny worlds, all that is logged and served."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Answer,
    Balancer,
    Checks,
    Constant,
    DnsName,
    Domain,
    Host,
    Queueing,
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
from designer.errors import SpecError

REGION, ZONE_A, ZONE_B, SHOP, WEB, LB = 1, 2, 3, 30, 100, 70
NET_A, NET_B = 4, 5
CHECKS = Checks(30.0, 5.0, 2, 5)


def world(
    *events: tuple[float, str, int], a: int = 2, b: int = 8, rps: float = 1000.0, each: float = 200.0, **more: Any
) -> Spec:
    """A service with `a` members in one zone and `b` in another, of `each` requests a second; nodes in both."""
    domains = (
        Domain(REGION, 0, "region", "region"),
        *(Domain(z, REGION, "zone", name) for z, name in ((ZONE_A, "zone-a"), (ZONE_B, "zone-b"))),
        *(Domain(n, z, "subnet", name) for n, z, name in ((NET_A, ZONE_A, "net-a"), (NET_B, ZONE_B, "net-b"))),
    )
    balancer = more.pop("balancer", Balancer(LB, "lb", (NET_A, NET_B), cross_zones=False))
    services = more.pop("services", (Service(SHOP, Constant(rps), 10.0, "shop", checks=CHECKS, balancer=balancer),))
    vms = [
        Vm(WEB + n, ZONE_A if n < a else ZONE_B, 1, 10.0 * each, 1024.0, name=f"web-{n}", service=SHOP, boot_s=0.0)
        for n in range(a + b)
    ]
    given = {"until_s": 600.0, "sample_s": 100.0, "domains": domains, "vms": vms, "services": services, **more}
    return Spec(**given).with_events([TimedEvent(*event) for event in events])  # type: ignore[arg-type]


def told(result: Result, *kinds: str) -> list[tuple[float, str, int, int]]:
    """What is logged of some kinds (without any: of the service)."""
    return [(e.time_s, e.what, e.id, e.place) for e in result.log if (e.what in kinds if kinds else e.id == SHOP)]


def shares(result: Result) -> list[float]:
    """The part of its MHz that each member is asked for on average."""
    return [float(m) for m in result.vms.mean]


def test_that_across_zones_all_members_get_the_same_and_nothing_is_dropped() -> None:
    run = simulate(world(balancer=Balancer(LB, "lb", (NET_A, NET_B), algorithm="round_robin")))
    assert shares(run) == pytest.approx([0.5] * 10)
    assert run.dropped_rps.max() == 0.0
    assert not run.log


def test_that_each_zone_gets_half_where_zones_are_not_crossed() -> None:
    run = simulate(world())
    # Two members get a quarter of 1,000 each and serve 200; eight get a sixteenth.
    assert shares(run) == pytest.approx([1.0] * 2 + [62.5 / 200.0] * 8)
    assert run.dropped_rps[:, 0] == pytest.approx([100.0] * 6)
    assert [(e.time_s, e.what, e.detail) for e in run.log] == [
        (
            0.0,
            "dropping",
            "its load balancer does not cross zones, and zone-a gets more than its members serve",
        )
    ]
    full = simulate(world(rps=2100.0))
    assert [(e.what, e.detail) for e in full.log] == [("dropping", "")]


def test_that_round_robin_gives_a_small_member_as_many_as_a_large_one() -> None:
    spec = world(a=2, b=0, rps=300.0, balancer=Balancer(LB, "lb", (NET_A,), algorithm="round_robin"))
    small = Vm(WEB, ZONE_A, 1, 1000.0, 1024.0, name="small", service=SHOP)
    vms = [small, spec.vms[1]]
    run = simulate(world(a=2, b=0, rps=300.0, vms=vms, balancer=Balancer(LB, "lb", (NET_A,), algorithm="round_robin")))
    assert shares(run) == pytest.approx([1.0, 0.75])
    assert run.served_rps[:, 0] == pytest.approx([250.0] * 6)
    even = simulate(world(a=2, b=0, rps=300.0, vms=vms, balancer=None))
    assert shares(even) == pytest.approx([1.0, 1.0])
    assert even.served_rps[:, 0] == pytest.approx([300.0] * 6)


def test_that_a_lost_zone_leaves_dns_after_the_checks_and_the_ttl() -> None:
    run = simulate(world((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), a=5, b=5, rps=900.0, sample_s=50.0))
    # Checks at 120 and 150 s fail, the second after 5 s; the TTL is 60 s. Back at 300 s: checks until 420 s, and 60 s.
    assert told(run) == [
        (100.0, "dropping", SHOP, 0),
        (215.0, "zone_away", SHOP, ZONE_A),
        (215.0, "served", SHOP, 0),
        (480.0, "zone_back", SHOP, ZONE_A),
    ]
    assert run.dropped_rps[2:6, 0] == pytest.approx([450.0, 450.0, 450.0 * 15.0 / 50.0, 0.0])


def test_that_a_zone_without_members_is_in_dns_at_no_time() -> None:
    run = simulate(world(a=0, b=8))
    assert run.dropped_rps.max() == 0.0
    assert not run.log


def failing(count: int, first: int = 0, at_s: float = 100.0) -> list[tuple[float, str, int]]:
    return [(at_s, "fail", WEB + first + n) for n in range(count)]


def test_that_a_zone_with_too_few_healthy_members_leaves_dns_and_its_node_sends_to_all_of_them() -> None:
    """Six of ten in the second zone fail: below half, it leaves DNS, and meanwhile its node sends to all ten."""
    half = Balancer(LB, "lb", (NET_A, NET_B), False, dns_min_frac=0.5, routing_min_frac=0.5)
    run = simulate(world(*failing(6, 10), a=10, b=10, balancer=half, sample_s=5.0))
    assert told(run) == [
        (100.0, "dropping", SHOP, 0),
        (155.0, "all_sent", SHOP, 0),
        (215.0, "zone_away", SHOP, ZONE_B),
        (215.0, "some_sent", SHOP, 0),
        (215.0, "served", SHOP, 0),
    ]
    # Half of 1,000 arrive in the second zone, and six of its ten members are dead, believed or not.
    assert run.dropped_rps[20:43, 0] == pytest.approx([300.0] * 23)
    assert run.dropped_rps[43:, 0] == pytest.approx([0.0] * 77)


def test_that_across_zones_the_healthy_ones_of_all_count() -> None:
    half = Balancer(LB, "lb", (NET_A, NET_B), dns_min_frac=0.5, routing_min_frac=0.5)
    run = Simulation(world(*failing(6, 10), a=10, b=10, balancer=half, sample_s=5.0))
    run.advance(600.0)
    assert told(run.result()) == [(100.0, "dropping", SHOP, 0), (155.0, "served", SHOP, 0)]
    # 14 healthy members get 1/14 of 1,000 each.
    assert np.nanmax(run.moment().heat[:20]) == pytest.approx(1000.0 / 14.0 / 200.0)


@pytest.mark.parametrize("crosses", [True, False])
def test_that_all_members_get_requests_when_none_is_healthy(crosses: bool) -> None:
    both = Balancer(LB, "lb", (NET_A, NET_B), crosses, dns_min_frac=0.5, routing_min_frac=0.5)
    back = (400.0, "recover", WEB)
    run = simulate(world(*failing(20), back, a=10, b=10, balancer=both, sample_s=10.0))
    assert told(run, "all_sent", "some_sent", "zone_away")[:1] == [(155.0, "all_sent", SHOP, 0)]
    # One of twenty answers from 400 s on, before it is trusted: it serves its twentieth of 1,000.
    assert run.served_rps[41, 0] == pytest.approx(50.0)


def test_that_what_arrives_at_a_node_that_is_down_is_lost_until_the_ttl_is_over() -> None:
    run = simulate(world((100.0, "fail", NET_A), a=5, b=5, rps=900.0, sample_s=20.0))
    assert told(run) == [
        (100.0, "dropping", SHOP, 0),
        (215.0, "zone_away", SHOP, ZONE_A),
        (215.0, "served", SHOP, 0),
    ]
    assert run.dropped_rps[5:12, 0] == pytest.approx([450.0] * 5 + [450.0 * 15.0 / 20.0, 0.0])


def test_that_what_stands_in_no_zone_takes_part_in_each() -> None:
    """A function of the region serves beside two members of one zone and one of the other."""
    vms = [*world(a=2, b=1, rps=600.0).vms, Vm(WEB + 9, REGION, 1, 2000.0, 1.0, service=SHOP, counted=False)]
    run = simulate(world(a=2, b=1, rps=600.0, vms=vms))
    # 300 over two and it, 300 over one and it.
    assert shares(run) == pytest.approx([0.5, 0.5, 0.75, 1.0])
    assert run.dropped_rps[0, 0] == pytest.approx(50.0)


def test_that_a_dns_name_leads_away_from_a_target_with_too_few_healthy_members() -> None:
    """Three of four members fail; the fourth serves on, but below half are healthy."""
    half = Balancer(LB, "lb", (NET_A,), dns_min_frac=0.5)
    first = Service(SHOP, Constant(0.0), 10.0, "shop", checks=CHECKS, balancer=half)
    spare = Service(SHOP + 1, Constant(0.0), 10.0, "spare")
    name = DnsName(
        80, (Users(81, Constant(100.0)),), (Answer(SHOP), Answer(SHOP + 1)), "name", check_s=30.0, ttl_s=60.0
    )
    vms = [*world(a=4, b=0).vms, Vm(WEB + 9, ZONE_B, 1, 2000.0, 1024.0, service=SHOP + 1)]
    given: dict[str, Any] = {"vms": vms, "services": (first, spare), "dns_names": (name,), "sample_s": 5.0}
    run = simulate(world(*failing(3), a=4, b=0, **given))
    assert told(run, "led_away", "noticed") == [
        *((155.0, "noticed", WEB + n, 0) for n in range(3)),
        (245.0, "led_away", 80, SHOP),
    ]
    assert run.served_rps[31:49, 0] == pytest.approx([100.0] * 18)
    assert run.served_rps[49:, 1] == pytest.approx([100.0] * 71)
    two = simulate(world(*failing(2), a=4, b=0, **given))
    assert told(two, "led_away") == []


def test_that_slices_and_branches_are_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    half = Balancer(LB, "lb", (NET_A, NET_B), False, "round_robin", 0.5, 0.5)
    events = [*failing(3, 2), (110.0, "fail", NET_A), (210.0, "recover", NET_A), (300.0, "recover", WEB + 2)]
    spec = world(*events, a=4, b=4, balancer=half)
    whole, run, dice = simulate(spec), Simulation(spec), random.Random(1)
    for time_s in sorted(dice.uniform(0.0, 600.0) for _ in range(12)):
        run.advance(time_s)
        run.moment(time_s / 2.0)
    run.advance(600.0)
    assert run.result().digest() == whole.digest()
    for time_s in (60.0, 150.0, 172.0, 250.0, 355.0):
        branch = run.branch(time_s)
        for event in spec.events:
            if event.time_s > time_s:
                branch.inject(event)
        branch.advance(600.0)
        assert branch.result().digest() == whole.digest()


def test_that_a_look_back_shows_what_members_were_asked_for() -> None:
    run = Simulation(world((100.0, "fail", ZONE_A), a=5, b=5, rps=900.0))
    run.advance(600.0)
    heats = [float(run.moment(time_s).heat[9]) for time_s in (50.0, 160.0, 214.0, 216.0)]
    assert heats == pytest.approx([0.45, 0.45, 0.45, 0.9])


@pytest.mark.parametrize(
    ("balancer", "said"),
    [
        (Balancer(LB, nodes=(77,)), "has a node in 77, which is not there"),
        (Balancer(LB, algorithm="by_chance"), "must be one of least_outstanding, round_robin"),  # type: ignore[arg-type]
        (Balancer(LB, dns_min_frac=1.5), "at most 1, not 1.5"),
        (Balancer(LB, routing_min_frac=-0.1), "at least 0, not -0.1"),
        (Balancer(LB, ttl_s=-1.0), "at least 0, not -1.0"),
    ],
)
def test_that_a_balancer_without_meaning_is_refused(balancer: Balancer, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(world(balancer=balancer))


def with_queue(spec: Spec) -> Spec:
    """The same with clients who give up."""
    (service,) = spec.services
    return replace(spec, services=(replace(service, queueing=Queueing(timeout_s=1.0)),))


def test_that_queues_of_zones_of_their_own_are_refused_and_those_of_all_are_not() -> None:
    with pytest.raises(SpecError, match="does not cross zones, and requests that wait, time out or are tried again"):
        simulate(with_queue(world()))
    simulate(with_queue(world(balancer=Balancer(LB, algorithm="round_robin"))))
    sizes = [replace(vm, mhz=1000.0) if vm.id == WEB else vm for vm in world().vms]
    with pytest.raises(SpecError, match="sends as many to a small member as to a large one"):
        simulate(with_queue(world(vms=sizes, balancer=Balancer(LB, algorithm="round_robin"))))


LIMITED = Balancer(LB, "lb", most_rps=600.0)


def test_that_a_balancer_drops_what_is_above_its_limit_as_its_own() -> None:
    run = simulate(world(a=5, b=5, balancer=LIMITED))
    assert [(e.time_s, e.what, e.detail, e.value) for e in run.log] == [
        (0.0, "dropping", "its load balancer passes 600 a second at most", 400.0)
    ]
    assert run.asked_rps[:, 0] == pytest.approx([1000.0] * 6)
    assert run.served_rps[:, 0] == pytest.approx([600.0] * 6)
    assert run.balancer_dropped_rps[:, 0] == pytest.approx([400.0] * 6)
    assert shares(run) == pytest.approx([0.3] * 10)


def test_that_members_drop_of_what_a_balancer_passes_and_below_the_limit_nothing_is_dropped() -> None:
    run = simulate(world(a=2, b=0, balancer=LIMITED))
    assert run.dropped_rps[:, 0] == pytest.approx([600.0] * 6)
    assert run.balancer_dropped_rps[:, 0] == pytest.approx([400.0] * 6)
    idle = simulate(world(a=5, b=5, rps=599.0, balancer=LIMITED))
    assert (idle.dropped_rps.max(), idle.balancer_dropped_rps.max(), len(idle.log)) == (0.0, 0.0, 0)


def test_that_a_limit_holds_for_the_users_whom_a_name_leads_there() -> None:
    """The first target is lost at 100 s; from 190 s on its 700 users go to a balancer that passes 600."""
    first = Service(SHOP + 1, Constant(0.0), 10.0, "first")
    spare = Service(SHOP, Constant(0.0), 10.0, "shop", checks=CHECKS, balancer=LIMITED)
    users = (Users(81, Constant(700.0)),)
    name = DnsName(80, users, (Answer(SHOP + 1), Answer(SHOP)), "name", check_s=30.0, ttl_s=60.0)
    vms = [*world(a=5, b=0).vms, Vm(WEB + 9, ZONE_B, 4, 2000.0, 1024.0, service=SHOP + 1)]
    given: dict[str, Any] = {"vms": vms, "services": (spare, first), "dns_names": (name,), "sample_s": 100.0}
    run = simulate(world((100.0, "fail", WEB + 9), a=5, b=0, **given))
    assert run.asked_rps[:, 0] == pytest.approx([0.0, 70.0, *[700.0] * 4])
    assert run.served_rps[:, 0] == pytest.approx([0.0, 60.0, *[600.0] * 4])
    assert run.balancer_dropped_rps[:, 0] == pytest.approx([0.0, 10.0, *[100.0] * 4])
    assert run.asked_rps[:, 1] == pytest.approx([700.0, 630.0, *[0.0] * 4])


def test_that_a_limit_drops_retries_as_well() -> None:
    """Of A attempts a second 600 pass, and each request comes again once: A = 1,000 + 1,000 (1 - 600 / A)."""
    queue = Queueing(retries=1, backoff_s=0.0, jitter=False)
    service = Service(SHOP, Constant(1000.0), 10.0, "shop", checks=CHECKS, balancer=LIMITED, queueing=queue)
    run = simulate(world(a=5, b=5, services=(service,)))
    attempts = run.store.arrays["service_attempts"][-1, 0] / 100.0
    assert attempts == pytest.approx(1000.0 + 400_000.0**0.5, rel=1e-3)  # a little is refused by chance (M/M/c)
    assert run.balancer_dropped_rps[-1, 0] == pytest.approx(attempts - 600.0, rel=1e-6)
    assert run.served_rps[-1, 0] == pytest.approx(600.0, rel=1e-3)
    assert run.log[0].detail == "its load balancer passes 600 a second at most"


def test_that_a_run_with_a_limit_may_be_sliced_and_looked_back_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    users = (Users(81, Constant(700.0)),)
    name = DnsName(80, users, (Answer(SHOP + 1), Answer(SHOP)), "name", check_s=30.0, ttl_s=60.0)
    services = (
        Service(SHOP, Constant(100.0), 10.0, "shop", checks=CHECKS, balancer=LIMITED),
        Service(SHOP + 1, Constant(0.0), 10.0, "first"),
    )
    vms = [*world(a=5, b=0).vms, Vm(WEB + 9, ZONE_B, 4, 2000.0, 1024.0, service=SHOP + 1)]
    spec = world((100.0, "fail", WEB + 9), (300.0, "fail", WEB), services=services, dns_names=(name,), vms=vms)
    whole, run = simulate(spec), Simulation(spec)
    for time_s in (50.0, 111.0, 195.0, 222.0, 420.0, 600.0):
        run.advance(time_s)
    assert run.result().digest() == whole.digest()
    branch = run.branch(250.0)
    branch.inject(spec.events[1])
    branch.advance(600.0)
    assert branch.result().digest() == whole.digest()
    assert float(run.moment(150.0).heat[4]) == pytest.approx(20.0 / 200.0)
    assert float(run.moment(250.0).heat[4]) == pytest.approx(120.0 / 200.0)


def test_that_members_on_hosts_of_a_data_center_stand_in_its_zone() -> None:
    spec = world(a=1, b=1, rps=300.0)
    places = (*spec.domains, Domain(6, ZONE_B, "data_center", "dc"))
    hosts = [Host(7, 6, 8, 2000.0, 65_536.0)]
    vms = [spec.vms[0], replace(spec.vms[1], place=7)]
    run = simulate(world(a=1, b=1, rps=300.0, domains=places, hosts=hosts, vms=vms))
    assert shares(run) == pytest.approx([0.75, 0.75])
    assert not run.log
