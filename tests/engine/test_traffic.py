"""What lets requests through, and who sends them: small services, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import (
    Constant,
    DayCurve,
    Domain,
    Recorded,
    Result,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Users,
    Vm,
    simulate,
)  # fmt: skip
from designer.errors import SpecError

ZONE_A, ZONE_B, LB_1, LB_2, WAY, SHOP = 1, 2, 3, 4, 5, 50
DOMAINS = (
    Domain(ZONE_A, 0, "zone"),
    Domain(ZONE_B, 0, "zone"),
    Domain(LB_1, 0, "load_balancer", "lb-1", ((ZONE_A, ZONE_B),)),
    Domain(LB_2, 0, "load_balancer", "lb-2", ((ZONE_A,),)),
    Domain(WAY, 0, "internet_gateway", "way"),
)
VMS = tuple(Vm(20 + n, place, 1, 1000.0, 1024.0, service=SHOP) for n, place in enumerate((ZONE_A, ZONE_B)))
SERVICE = Service(SHOP, Constant(6.0), 100.0, "shop", health_check_s=10.0)


def run(service: Service, *events: tuple[float, str, int]) -> Result:
    made = [TimedEvent(time_s, what, i) for time_s, what, i in events]  # type: ignore[arg-type]
    return simulate(Spec(DOMAINS, (), VMS, (service,), events=made, until_s=3600.0, sample_s=600.0))


def served(result: Result) -> list[float]:
    return [round(float(rate), 9) for rate in result.served_rps[:, 0]]


def told(result: Result) -> list[tuple[float, str, int, float]]:
    return [(e.time_s, e.what, e.cause, round(e.value, 6)) for e in result.log if e.id == SHOP]


def test_that_while_the_only_way_is_down_no_request_arrives() -> None:
    result = run(replace(SERVICE, through=((LB_1,),)), (600.0, "fail", LB_1), (1500.0, "recover", LB_1))
    assert served(result) == [6.0, 0.0, 3.0, 6.0, 6.0, 6.0]
    assert told(result) == [(600.0, "dropping", 1, 6.0), (1500.0, "served", 3, 0.0)]
    assert result.vms.mean_mhz.tolist() == pytest.approx([6 * 100 / 2 * 2700 / 3600] * 2)  # they ran idle meanwhile


def test_that_one_way_of_several_is_enough_and_of_each_group_one_is_needed() -> None:
    service = replace(SERVICE, through=((LB_1, LB_2), (WAY,)))
    assert served(run(service, (600.0, "fail", LB_1))) == [6.0] * 6
    assert served(run(service, (600.0, "fail", LB_1), (1200.0, "fail", LB_2))) == [6.0, 6.0, 0.0, 0.0, 0.0, 0.0]
    assert served(run(service, (1200.0, "fail", WAY))) == [6.0, 6.0, 0.0, 0.0, 0.0, 0.0]


def test_that_a_balancer_of_one_zone_takes_the_service_along_and_one_of_two_does_not() -> None:
    # With zone A one of two members dies: 3 requests a second are lost for 10 s until that is noticed.
    both = run(replace(SERVICE, through=((LB_1,),)), (600.0, "fail", ZONE_A))
    assert served(both) == [6.0, 6.0 - 3.0 * 10 / 600, 6.0, 6.0, 6.0, 6.0]
    one = run(replace(SERVICE, through=((LB_2,),)), (600.0, "fail", ZONE_A))
    assert served(one) == [6.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_that_a_past_moment_shows_what_arrived_then() -> None:
    service = replace(SERVICE, through=((LB_1,),))
    made = Simulation(Spec(DOMAINS, (), VMS, (service,), until_s=3600.0, sample_s=600.0))
    made.inject(TimedEvent(600.0, "fail", LB_1))
    made.advance(3600.0)
    assert [made.moment(t).used[:2].tolist() for t in (300.0, 900.0)] == [pytest.approx([0.3, 0.3]), [0.0, 0.0]]


def test_that_users_come_on_top_of_what_the_service_is_asked_for() -> None:
    night = Users(60, DayCurve(4.0, 2.0, 0.5, 0.0, "UTC"))
    trace = Users(61, Constant(1.0))
    asked = run(replace(SERVICE, users=(night, trace))).asked_rps[:, 0]
    plain = run(replace(SERVICE, demand=night.demand)).asked_rps[:, 0]
    assert asked.tolist() == pytest.approx((plain + 7.0).tolist())
    assert plain[2] > plain[0] and plain[3] > plain[5]


def test_that_each_population_has_its_own_chance() -> None:
    noisy = DayCurve(4.0, 0.0, 0.0, 1.0, "UTC")
    one, other = (run(replace(SERVICE, users=(Users(i, noisy),))).asked_rps[:, 0] for i in (60, 61))
    both = run(replace(SERVICE, users=(Users(60, noisy), Users(61, noisy)))).asked_rps[:, 0]
    assert (one != other).all()
    assert both.tolist() == pytest.approx((one + other - 6.0).tolist())


def test_that_ways_and_users_without_meaning_are_refused() -> None:
    with pytest.raises(SpecError, match="Service shop is reached through 99, which is not there"):
        run(replace(SERVICE, through=((99,),)))
    with pytest.raises(SpecError, match="Users crowd: its trace is missing"):
        run(replace(SERVICE, users=(Users(60, Recorded(7, 0), "crowd"),)))
    with pytest.raises(SpecError, match="Two elements have the id 20"):
        run(replace(SERVICE, users=(Users(20, Constant(1.0)),)))
