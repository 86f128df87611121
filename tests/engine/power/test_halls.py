"""Halls: what they draw beside IT, how warm they become, hosts that shut down for heat, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from designer.engine import Simulation, TimedEvent, simulate
from designer.engine.power.heat import Course
from designer.engine.spec import CoolingUnit, Draw, Feed, Hall, Power
from designer.errors import SpecError
from tests.engine.power.power_world import COOL, DC, HOST, OTHER_COOL, SWITCH, VM, A, B, told, world

HOUR = {"warming_k_s": 0.05, "tau_s": 3600.0}
"""3 K a minute at full load: 180 K above the set point in the end."""


def hall(*capacities: float, restart_s: float = 0.0, by_hand: bool = False, **fields: Any) -> Power:
    """A hall for 400 W with cooling units of some capacities."""
    units = tuple(CoolingUnit(i, DC, w, restart_s, by_hand) for i, w in zip((COOL, OTHER_COOL), capacities))
    return Power(halls=(Hall(DC, design_w=400.0, **{**HOUR, **fields}),), cooling=units)


def warm_s(kelvin: float, share: float = 1.0) -> float:
    """When a hall at its set point is so much warmer, at a share of the heat for which it is made."""
    return 3600.0 * math.log(180.0 * share / (180.0 * share - kelvin))


def test_that_a_data_center_draws_its_pue_at_the_load_it_is_made_for_and_more_for_each_watt_below() -> None:
    # The surplus is half of 800 W: 280 W for cooling, 120 W lost; of both a fifth at any load. IT draws 400 W.
    made = simulate(world(Power(halls=(Hall(DC, 1.5, 0.2, 0.7, 800.0),))))
    assert made.power.cooling_w[0, 0] == pytest.approx(280 * (0.2 + 0.8 * 0.5))
    assert made.power.lost_w[0, 0] == pytest.approx(120 * (0.2 + 0.8 * 0.5))
    assert made.power.pue[0, 0] == pytest.approx((400.0 + 240.0) / 400.0)
    full = simulate(world(Power(halls=(Hall(DC, 1.5, 0.2, 0.7),)), load=1.0))  # by default: the nameplates, 600 W
    assert full.power.facility_w[:, 0] == pytest.approx(900.0)
    assert full.power.it_w[:, 0] == pytest.approx(full.power_w[:, full.ids.tolist().index(DC)])


def test_that_a_hall_without_cooling_units_has_no_temperature() -> None:
    made = simulate(world(Power(halls=(Hall(DC, 1.5),))))
    assert all(math.isnan(c) for c in made.power.hall_c[:, 0])


def test_that_a_cooled_hall_stays_at_its_set_point_up_to_the_capacity_and_no_further() -> None:
    assert simulate(world(hall(400.0))).power.hall_c_most[:, 0].tolist() == [24.0] * 6
    warms = simulate(world(hall(350.0))).power.hall_c_most[:, 0]
    assert warms[-1] == pytest.approx(24.0 + 180.0 * 0.125 * -math.expm1(-1.0))


def test_that_a_hall_warms_by_the_heat_that_is_left_and_its_hosts_shut_down_at_the_threshold() -> None:
    at_s = 600.0 + warm_s(21.0)
    assert told(world(hall(400.0)), (600.0, "fail", COOL)) == [
        (600.0, "failed", COOL, 0),
        (round(at_s, 3), "overheated", DC, 1),
        (round(at_s, 3), "down", VM, 2),
        (round(at_s, 3), "down", VM + 1, 2),
    ]
    entry = next(
        e for e in simulate(world(hall(400.0), events=(TimedEvent(600.0, "fail", COOL),))).log if e.what == "overheated"
    )
    assert (entry.value, entry.detail) == (45.0, "2 hosts shut down")
    # One of two units left: a quarter of the heat is left, and 21 K are reached later.
    half = told(world(hall(300.0, 300.0)), (600.0, "fail", COOL))
    assert half[1] == (round(600.0 + warm_s(21.0, 0.25), 3), "overheated", DC, 1)


def test_that_one_unit_of_two_is_enough_at_a_low_load_only() -> None:
    for load, falls in ((0.0, False), (1.0, True)):
        rows = told(world(hall(300.0, 300.0, warming_k_s=0.5), load=load), (600.0, "fail", COOL))
        assert ("overheated" in [what for _, what, *_ in rows]) is falls


def test_that_heat_adds_up_over_two_outages_of_cooling() -> None:
    # The unit carries just what is drawn: what came in the first outage of 300 s leaves slowly.
    first = Course(0.0, 400.0, 400.0 / 180.0, 3600.0).after(300.0)
    between = Course(first, 0.0, 400.0 / 180.0, 3600.0).after(300.0)
    left_s = Course(between, 400.0, 400.0 / 180.0, 3600.0).until(21.0)
    rows = told(world(hall(400.0)), (600.0, "fail", COOL), (900.0, "recover", COOL), (1200.0, "fail", COOL))
    assert rows[3] == (round(1200.0 + left_s, 3), "overheated", DC, 3)
    assert left_s < warm_s(21.0) - 200.0


def test_that_a_unit_cools_only_after_its_restart_and_those_by_hand_one_after_the_other() -> None:
    events = (
        (600.0, "fail", COOL),
        (600.0, "fail", OTHER_COOL),
        (700.0, "recover", COOL),
        (720.0, "recover", OTHER_COOL),
    )
    for by_hand, second_s in ((False, 820.0), (True, 900.0)):
        rows = told(world(hall(300.0, 300.0, restart_s=100.0, by_hand=by_hand)), *events)
        started = [(t, i) for t, what, i, _ in rows if what == "started"]
        assert started == [(800.0, COOL), (second_s, OTHER_COOL)]


def test_that_hosts_are_switched_on_in_steps_once_the_hall_is_cool_and_cooled() -> None:
    power = hall(400.0, restart_hosts=1, restart_every_s=60.0, tau_s=600.0, warming_k_s=0.1)
    made = simulate(
        world(power, until_s=7200.0, events=(TimedEvent(600.0, "fail", COOL), TimedEvent(5000.0, "recover", COOL)))
    )
    rows = [(e.time_s, e.what, e.id, e.cause, e.detail) for e in made.log if e.what in ("cooled", "overheated")]
    hot = rows[0]
    assert [row[1] for row in rows] == ["overheated", "cooled", "cooled"]
    # It was cool enough long before, but only the restart of its cooling lets people switch hosts on.
    assert [row[0] for row in rows[1:]] == [5000.0, 5060.0]
    assert {row[3] for row in rows[1:]} == {2}
    assert rows[1][4] == "1 host is switched on"
    assert hot[2] == DC


def test_that_hosts_shut_down_again_where_they_are_switched_on_too_early() -> None:
    # One unit of two is back: it cannot carry all hosts, so these warm the hall again.
    power = hall(150.0, 250.0, restart_c=44.0, warming_k_s=0.5)
    rows = told(
        world(power, load=0.5, until_s=2000.0),
        (600.0, "fail", COOL),
        (600.0, "fail", OTHER_COOL),
        (1500.0, "recover", COOL),
    )
    heat = [what for _, what, *_ in rows if what in ("overheated", "cooled")]
    assert heat[:3] == ["overheated", "cooled", "overheated"]


def test_that_a_host_that_recovers_in_a_hot_hall_stays_down_and_one_that_tests_itself_does_so_when_it_is_cool() -> None:
    power = hall(400.0)
    events = ((600.0, "fail", COOL), (1200.0, "fail", HOST), (1300.0, "recover", HOST), (1400.0, "recover", COOL))
    spec = world(power, until_s=9000.0, post_s=30.0)
    made = simulate(spec.with_events([TimedEvent(t, w, i) for t, w, i in events]))  # type: ignore[arg-type]
    cooled_s = next(e.time_s for e in made.log if e.what == "cooled")
    assert cooled_s > 1400.0
    tests = [(e.time_s, e.what, e.id) for e in made.log if e.what in ("starting", "started") and e.id >= HOST]
    assert tests == [
        (cooled_s, "starting", HOST),
        (cooled_s, "starting", HOST + 1),
        (cooled_s + 30.0, "started", HOST),
        (cooled_s + 30.0, "started", HOST + 1),
    ]


def test_that_cooling_that_is_fed_draws_from_its_feed_and_stops_with_it() -> None:
    power = Power(
        feeds=(Feed(A), Feed(B)),
        halls=(Hall(DC, 1.5, 0.0, 1.0, 400.0, **HOUR),),
        cooling=(CoolingUnit(COOL, DC, 400.0),),
    )
    spec = world(power, cooling_feeds=((A,),), events=(TimedEvent(1200.0, "fail", A),))
    made = simulate(spec)
    assert made.power.feed_w[0].tolist() == [200.0 + 200.0, 200.0]
    assert made.power.hall_c_most[:, 0].tolist()[:2] == [24.0, 24.0]
    assert made.power.hall_c_most[2, 0] > 24.0
    assert made.power.cooling_w[2, 0] == 0.0


def test_that_network_devices_warm_a_hall_too() -> None:
    power = hall(400.0)
    with_switch = Power(halls=power.halls, cooling=power.cooling, draws=(Draw(SWITCH, 100.0),))
    assert simulate(world(with_switch)).power.hall_c_most[-1, 0] > 24.0


def test_that_a_moment_tells_the_temperature_of_a_hall_and_all_that_stands_in_it() -> None:
    run = Simulation(world(hall(400.0), events=(TimedEvent(600.0, "fail", COOL),)))
    run.advance(900.0)
    moment = run.moment()
    rows = [moment.ids.tolist().index(i) for i in (DC, HOST, VM)]
    expected = 24.0 + Course(0.0, 400.0, 400.0 / 180.0, 3600.0).after(300.0)
    assert moment.temperature_c[rows].tolist() == pytest.approx([expected] * 3, rel=1e-6)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"pue": 0.9}, "PUE"),
        ({"cooling_frac": 1.2}, "parts of what it draws"),
        ({"restart_c": 50.0}, "must rise in this order"),
        ({"tau_s": 0.0}, "tau_s"),
    ],
)
def test_that_a_hall_without_a_meaning_is_refused(fields: dict[str, float], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        simulate(world(hall(400.0, **fields)))
