"""Feeds with limits, UPSs and generators, by hand: the watts of a host are 200 at half load."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from designer.engine import Recorded, TimedEvent, Trace, chance, simulate
from designer.engine.spec import Draw, Feed, Generator, Power, Ups
from designer.errors import SpecError
from tests.engine.power.power_world import GENERATOR, SWITCH, UPS, VM, A, B, told, world


def bridged(*ups: Ups, generator: Generator | None = None, limit_w: float = 0.0) -> Power:
    """Feed A alone, with what bridges its outages."""
    return Power(feeds=(Feed(A, limit_w, 10.0, ups, (generator,) if generator else ()), Feed(B)))


def test_that_the_other_feed_carries_all_and_trips_where_that_is_too_much() -> None:
    power = Power(feeds=(Feed(A, 300.0), Feed(B, 300.0, 10.0)))
    made = simulate(world(power).with_events([TimedEvent(900.0, "fail", A)]))
    assert told(world(power), (900.0, "fail", A)) == [
        (900.0, "failed", A, 0),
        (910.0, "tripped", B, 1),
        (910.0, "down", VM, 2),
        (910.0, "down", VM + 1, 2),
    ]
    tripped = made.log[1]
    assert (tripped.value, tripped.detail) == (400.0, "its limit is 300 W")
    # Half of 400 W each for 900 s; then B has all of it for 10 s.
    assert made.power.feed_w.sum(axis=0) * 600.0 == pytest.approx([200 * 900.0, 200 * 900.0 + 400 * 10.0])
    assert made.power.feed_most_w.max(axis=0).tolist() == [200.0, 400.0]


def test_that_a_feed_trips_at_once_or_not_at_all_within_its_limit() -> None:
    at_once = Power(feeds=(Feed(A, 300.0), Feed(B, 399.0)))
    assert told(world(at_once), (900.0, "fail", A))[1] == (900.0, "tripped", B, 1)
    within = Power(feeds=(Feed(A, 400.0), Feed(B, 400.0)))
    assert told(world(within), (900.0, "fail", A)) == [(900.0, "failed", A, 0)]


def test_that_a_feed_that_trips_supplies_nothing_though_its_ups_would_bridge_an_outage() -> None:
    given = world(Power(feeds=(Feed(A), Feed(B, 300.0, 10.0))))
    domains = [replace(d, gaps_s=(600.0,)) if d.id == B else d for d in given.domains]
    rows = told(replace(given, domains=domains), (900.0, "fail", A))
    assert rows == [
        (900.0, "failed", A, 0),
        (910.0, "tripped", B, 1),
        (910.0, "down", VM, 2),
        (910.0, "down", VM + 1, 2),
    ]


def test_that_a_feed_relieved_in_time_does_not_trip_and_the_time_begins_anew() -> None:
    power = Power(feeds=(Feed(A, 300.0), Feed(B, 300.0, 10.0)))
    events = ((900.0, "fail", A), (909.0, "recover", A), (912.0, "fail", A))
    assert [row for row in told(world(power), *events) if row[1] == "tripped"] == [(922.0, "tripped", B, 3)]


def test_that_a_tripped_feed_supplies_again_when_people_reset_it() -> None:
    power = Power(feeds=(Feed(A), Feed(B, 300.0, 10.0)))
    events = ((900.0, "fail", A), (1200.0, "recover", A), (1500.0, "recover", B))
    made = simulate(world(power).with_events([TimedEvent(t, w, i) for t, w, i in events]))  # type: ignore[arg-type]
    # From 1200 s on A carries 200 W while the VMs boot, 10 s, then 400 W; from 1500 s on each has half.
    assert made.power.feed_w[2:4, 0] * 600.0 == pytest.approx([200 * 10.0 + 400 * 290.0 + 200 * 300.0, 200 * 600.0])
    assert made.power.feed_w[3, 1] == 200.0


def test_that_a_battery_is_emptied_by_the_load_and_the_instant_is_exact() -> None:
    # 400 W empty 100 kJ in 250 s; at the half of the load it takes twice as long.
    power = bridged(Ups(UPS, 100_000.0))
    for load, empty_s in ((0.5, 850.0), (0.0, 1100.0)):
        spec = world(power, feeds=((A,),), load=load)
        assert told(spec, (600.0, "fail", A))[:2] == [(600.0, "failed", A, 0), (empty_s, "cut", A, 1)]


def test_that_a_battery_lasts_longer_when_the_load_falls_meanwhile() -> None:
    # 100 s at 400 W leave 60 kJ; one VM less, and its host draws 100 W instead of 200: 200 s more.
    spec = world(bridged(Ups(UPS, 100_000.0)), feeds=((A,),))
    found = told(spec, (600.0, "fail", A), (700.0, "stop", VM))
    assert [row for row in found if row[1] == "cut"] == [(900.0, "cut", A, 1)]


def test_that_two_outages_in_a_row_empty_a_battery_that_recharges_slowly() -> None:
    events = ((600.0, "fail", A), (700.0, "recover", A), (800.0, "fail", A))
    # After 100 s 60 kJ are left; 100 s at 100 W make 70 kJ, which last 175 s.
    slow = world(bridged(Ups(UPS, 100_000.0, 100.0)), feeds=((A,),))
    assert told(slow, *events)[3] == (975.0, "cut", A, 3)
    at_once = world(bridged(Ups(UPS, 100_000.0)), feeds=((A,),))
    assert told(at_once, *events)[3] == (1050.0, "cut", A, 3)


def test_that_each_step_has_its_own_load_whether_anything_but_demand_changes_or_not() -> None:
    values = np.array([[0.2, 0.4, 0.6, 0.8, 1.0, 0.0]])
    follows = world(
        bridged(Ups(UPS, 100_000.0, 20.0)), feeds=((A,),), demand=Recorded(70, 0), traces=(Trace(70, 600.0, values),)
    )  # fmt: skip
    # 280 W for 60 s take 16,800 J, which 20 W bring back in 840 s: the battery is full in the second step.
    made = simulate(follows.with_events([TimedEvent(30.0, "fail", A), TimedEvent(90.0, "recover", A)]))
    loads = [200.0 + 400.0 * u for u in values[0]]
    assert made.power.feed_w[:, 0].tolist() == pytest.approx([280.0, *loads[1:]])
    assert made.power.feed_most_w[:, 0].tolist() == pytest.approx([280.0, *loads[1:]])


def test_that_a_ups_that_fails_alone_passes_the_utility_through_and_bridges_nothing() -> None:
    spec = world(bridged(Ups(UPS, 100_000.0)), feeds=((A,),))
    assert told(spec, (300.0, "fail", UPS), (600.0, "fail", A))[:3] == [
        (300.0, "failed", UPS, 0),
        (600.0, "failed", A, 0),
        (600.0, "cut", A, 2),
    ]


def test_that_a_ups_that_fails_while_it_carries_the_load_cuts_it_off() -> None:
    spec = world(bridged(Ups(UPS, 100_000.0)), feeds=((A,),))
    assert told(spec, (600.0, "fail", A), (700.0, "fail", UPS))[:3] == [
        (600.0, "failed", A, 0),
        (700.0, "failed", UPS, 0),
        (700.0, "cut", A, 2),
    ]


def test_that_several_upss_share_the_load_and_the_rest_takes_over_from_an_empty_one() -> None:
    # 200 W each: the small one is empty after 100 s, then the large one (80 kJ left) has 400 W: 200 s more.
    power = bridged(Ups(UPS, 20_000.0), Ups(A, 100_000.0))
    assert told(world(power, feeds=((A,),)), (600.0, "fail", A))[1] == (900.0, "cut", A, 1)


def test_that_a_ups_of_a_fixed_runtime_does_not_ask_for_the_load() -> None:
    power = bridged(Ups(UPS, lasts_s=50.0))
    assert told(world(power, feeds=((A,),), load=1.0), (600.0, "fail", A))[1] == (650.0, "cut", A, 1)


def test_that_a_generator_takes_over_from_the_battery_which_then_recharges() -> None:
    power = bridged(Ups(UPS, 100_000.0, 1000.0), generator=Generator(GENERATOR, 60.0))
    spec = world(power, feeds=((A,),)).with_events([TimedEvent(600.0, "fail", A)])
    made = simulate(spec)
    assert [(e.time_s, e.what, e.id) for e in made.log] == [(600.0, "failed", A), (660.0, "started", GENERATOR)]
    # 60 s at 400 W, then 24 s at 1000 W: a triangle of 24% for 84 s.
    assert 1.0 - made.power.ups_charged[1, 0] == pytest.approx(0.24 * 84.0 / 2.0 / 600.0)


def test_that_a_gap_between_battery_and_generator_takes_everything_down_for_a_while() -> None:
    power = bridged(Ups(UPS, 4_000.0), generator=Generator(GENERATOR, 60.0, fuel_s=100.0))
    assert told(world(power, feeds=((A,),)), (600.0, "fail", A)) == [
        (600.0, "failed", A, 0),
        (610.0, "cut", A, 1),
        (610.0, "down", VM, 2),
        (610.0, "down", VM + 1, 2),
        (660.0, "started", GENERATOR, 1),
        (660.0, "supplied", A, 1),
        # The battery is full again at once, and lasts another 10 s when the fuel is used up.
        (770.0, "cut", A, 1),
        (770.0, "down", VM, 11),
        (770.0, "down", VM + 1, 11),
    ]


def test_that_a_generator_that_does_not_start_has_failed_and_is_tried_again_when_people_repair_it() -> None:
    power = bridged(Ups(UPS, 1e9), generator=Generator(GENERATOR, 15.0, 0.0))
    events = ((600.0, "fail", A), (900.0, "recover", GENERATOR))
    assert told(world(power, feeds=((A,),)), *events) == [
        (600.0, "failed", A, 0),
        (615.0, "unstarted", GENERATOR, 1),
        (900.0, "recovered", GENERATOR, 2),
        (915.0, "unstarted", GENERATOR, 3),
    ]


def test_that_a_generator_that_is_no_element_of_its_own_is_not_tried_again() -> None:
    power = bridged(Ups(A, 1e9), generator=Generator(A, 15.0, 0.0))
    assert told(world(power, feeds=((A,),)), (600.0, "fail", A)) == [
        (600.0, "failed", A, 0),
        (615.0, "unstarted", A, 1),
    ]


def test_that_generators_start_as_often_as_they_should_each_by_its_own_stream() -> None:
    power = bridged(generator=Generator(GENERATOR, 0.0, 0.25))
    started = [
        any(
            e.what == "started"
            for e in simulate(world(power, feeds=((A,),), seed=s, events=(TimedEvent(1.0, "fail", A),))).log
        )
        for s in range(40)
    ]
    words = [
        chance.draw_words(np.uint64(GENERATOR), chance.key(s, chance.GENERATOR), np.uint64(0), np.uint64(0))
        for s in range(40)
    ]
    assert started == [chance.unit(word[0]) < 0.25 for word in words]
    assert abs(sum(started) - 10) < 4 * math.sqrt(40 * 0.25 * 0.75)


def test_that_one_generator_of_two_feeds_starts_once() -> None:
    generator = (Generator(GENERATOR, 10.0),)
    power = Power(feeds=(Feed(A, generators=generator), Feed(B, generators=generator)))
    rows = told(world(power), (600.0, "fail", A), (601.0, "fail", B))
    assert [row for row in rows if row[1] == "started"] == [(610.0, "started", GENERATOR, 1)]
    assert [(t, what, i) for t, what, i, _ in rows if what == "supplied"] == [
        (610.0, "supplied", A),
        (610.0, "supplied", B),
    ]


def test_that_power_is_taken_from_the_nearest_feeds_and_a_switch_draws_while_it_is_up() -> None:
    power = Power(feeds=(Feed(A), Feed(B)), draws=(Draw(SWITCH, 60.0),))
    made = simulate(world(power, events=(TimedEvent(600.0, "fail", SWITCH),)))
    assert made.power.feed_w[:2].tolist() == [[260.0, 200.0], [200.0, 200.0]]
    column = made.ids.tolist().index(SWITCH)
    assert made.power_w[:2, column].tolist() == [60.0, 0.0]
    assert made.energy_wh[column] == 10.0
    assert made.total_energy_wh == pytest.approx(410.0)


@pytest.mark.parametrize(
    ("power", "words"),
    [
        (Power(feeds=(Feed(77),)), "Power is given for 77"),
        (Power(feeds=(Feed(A), Feed(A))), "given twice"),
        (Power(feeds=(Feed(A, -1.0),)), "limit_w"),
        (bridged(generator=Generator(GENERATOR, 1.0, 1.5)), "probability from 0 to 1"),
        (bridged(generator=Generator(GENERATOR, 1.0, 0.5, 0.0)), "fuel"),
        (bridged(Ups(UPS, math.inf)), "energy_j"),
        (Power(draws=(Draw(SWITCH, -5.0),)), "watts"),
    ],
)
def test_that_power_without_a_meaning_is_refused(power: Power, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        simulate(world(power))
