"""Feeds: what is fed goes down when all feeds of one sort are down; batteries and generators bridge; by hand."""

from __future__ import annotations

from typing import Any

import pytest

from designer.engine import Constant, Domain, Host, Simulation, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

ZONE, RACK, A, B, COOL = 1, 2, 3, 4, 5
HOST, OTHER, VM = 11, 12, 20


def spec(
    feeds: tuple[tuple[int, ...], ...] = ((A, B),), gaps: dict[int, tuple[float, ...]] | None = None, **more: Any
) -> Spec:
    """A rack with one host and one VM; two power feeds and a cooling unit stand beside it."""
    gaps = gaps or {}
    domains = (
        Domain(ZONE, 0, "zone", "zone"),
        Domain(RACK, ZONE, "rack", "rack", feeds),
        *(Domain(i, ZONE, "power_feed", f"feed-{i}", gaps_s=gaps.get(i, (0.0,))) for i in (A, B)),
        Domain(COOL, ZONE, "cooling", "cooling", ((A,),), gaps.get(COOL, (0.0,))),
    )
    hosts = (Host(HOST, RACK, 4, 1000.0, 8192.0), Host(OTHER, ZONE, 4, 1000.0, 8192.0, feeds=more.pop("other", ())))
    vms = (Vm(VM, HOST, 2, 1000.0, 1024.0, Constant(0.5), boot_s=10.0),)
    return Spec(domains, hosts, vms, until_s=3600.0, sample_s=600.0, **more)


def run(given: Spec, *events: tuple[float, str, int]) -> list[tuple[float, str, int, int]]:
    made = simulate(given.with_events([TimedEvent(time_s, what, i) for time_s, what, i in events]))  # type: ignore[arg-type]
    return [(e.time_s, e.what, e.id, e.cause) for e in made.log if e.what not in ("detected", "lost")]


def test_that_one_feed_of_two_is_enough_and_none_is_not() -> None:
    assert run(spec(), (600.0, "fail", A), (900.0, "fail", B), (1200.0, "recover", A)) == [
        (600.0, "failed", A, 0),
        (900.0, "failed", B, 0),
        (900.0, "down", VM, 2),
        (1200.0, "recovered", A, 1),
        (1200.0, "restarting", VM, 6),
        (1210.0, "running", VM, 7),
    ]


def test_that_of_each_sort_one_is_needed() -> None:
    given = spec(((A, B), (COOL,)))
    assert (600.0, "down", VM, 1) in run(given, (600.0, "fail", COOL))
    assert "down" not in [what for _, what, *_ in run(given, (600.0, "fail", B))]


def test_that_what_feeds_a_feed_is_missed_down_the_line() -> None:
    # The cooling is fed by A alone: without A the rack is too hot, though B still gives power.
    given = spec(((A, B), (COOL,)), gaps={COOL: (120.0,)})
    assert run(given, (600.0, "fail", A)) == [
        (600.0, "failed", A, 0),
        (720.0, "cut", COOL, 1),
        (720.0, "down", VM, 2),
    ]


def test_that_a_battery_bridges_a_short_outage_and_not_a_long_one() -> None:
    given = spec(((A,),), gaps={A: (300.0,)})
    assert run(given, (600.0, "fail", A), (899.0, "recover", A)) == [
        (600.0, "failed", A, 0),
        (899.0, "recovered", A, 1),
    ]
    assert run(given, (600.0, "fail", A), (1500.0, "recover", A)) == [
        (600.0, "failed", A, 0),
        (900.0, "cut", A, 1),
        (900.0, "down", VM, 2),
        (1500.0, "recovered", A, 1),
        (1500.0, "restarting", VM, 6),
        (1510.0, "running", VM, 7),
    ]


def test_that_a_generator_takes_over_until_its_fuel_is_used_up() -> None:
    given = spec(((A,),), gaps={A: (0.0, 30.0, 1830.0)})
    assert run(given, (600.0, "fail", A)) == [
        (600.0, "failed", A, 0),
        (600.0, "cut", A, 1),
        (600.0, "down", VM, 2),
        (630.0, "supplied", A, 1),
        (630.0, "restarting", VM, 4),
        (640.0, "running", VM, 5),
        (2430.0, "cut", A, 1),
        (2430.0, "down", VM, 7),
    ]


def test_that_a_feed_that_was_back_begins_anew() -> None:
    given = spec(((A,),), gaps={A: (300.0,)})
    told = run(given, (600.0, "fail", A), (700.0, "recover", A), (800.0, "fail", A))
    assert [(time_s, what) for time_s, what, *_ in told] == [
        (600.0, "failed"),
        (700.0, "recovered"),
        (800.0, "failed"),
        (1100.0, "cut"),
        (1100.0, "down"),
    ]


def test_that_what_falls_with_its_zone_needs_no_feed_to_fall() -> None:
    told = run(spec(), (600.0, "fail", ZONE), (900.0, "recover", ZONE))
    assert [(time_s, what) for time_s, what, *_ in told] == [
        (600.0, "failed"),
        (600.0, "down"),
        (900.0, "recovered"),
        (900.0, "restarting"),
        (910.0, "running"),
    ]


def test_that_two_that_feed_each_other_are_up_until_one_fails() -> None:
    domains = (Domain(A, 0, "power_feed", feeds=((B,),)), Domain(B, 0, "cooling", feeds=((A,),)))
    made = Simulation(Spec(domains, until_s=3600.0, sample_s=600.0))
    assert made.moment().status.tolist() == [0, 0]
    made.inject(TimedEvent(600.0, "fail", A))
    made.inject(TimedEvent(1200.0, "recover", A))
    made.advance(900.0)
    assert made.moment().status.tolist() == [3, 3]
    made.advance(1800.0)
    assert made.moment().status.tolist() == [0, 0]


def test_that_a_past_moment_shows_who_was_without_power_then() -> None:
    given = spec(((A,),), gaps={A: (300.0,)}, events=(TimedEvent(600.0, "fail", A), TimedEvent(1500.0, "recover", A)))
    made = Simulation(given)
    made.advance(3600.0)
    columns = made.moment().ids.tolist()
    for time_s, feed, rack in ((500.0, 0, 0), (700.0, 3, 0), (1000.0, 3, 3), (1600.0, 0, 0)):
        status = made.moment(time_s).status.tolist()
        assert (status[columns.index(A)], status[columns.index(RACK)]) == (feed, rack), time_s


def test_that_a_host_can_be_fed_too_and_its_capacity_goes_with_the_power() -> None:
    result = simulate(spec((), other=((A,), (B,)), events=(TimedEvent(1200.0, "fail", B),)))
    capacity = result.integral("capacity")[:, 1]
    assert capacity.tolist() == pytest.approx([4000.0 * 600] * 2 + [0.0] * 4)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"feeds": ((A, 99),)}, "rack is fed by 99, which is not there"),
        ({"feeds": ((HOST,),)}, "rack is fed by 11, which is not there"),
        ({"gaps": {A: (5.0, 5.0)}}, "feed-3: the times at which it gives or not must rise"),
        ({"gaps": {A: (5.0, 1.0)}}, "feed-3: the times at which it gives or not must rise"),
        ({"gaps": {A: (-1.0,)}}, "feed-3: the times at which it gives or not must rise"),
        ({"gaps": {A: ()}}, "feed-3: the times at which it gives or not must rise"),
        ({"gaps": {A: (float("nan"),)}}, "feed-3: the times at which it gives or not must rise"),
    ],
)
def test_that_feeds_without_meaning_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(spec(**given))
