"""What falls on one instant: the order is (time, priority, element id, what), never that of planning."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from designer.engine import Constant, Domain, Host, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.clock.agenda import BOOTED, CUT, EVENT_FAIL, EVENT_RECOVER, FIND, NOTICE, Agenda

ZONE, FEED, NAT, NET_A, NET_B, SHOP = 1, 2, 3, 4, 5, 50
HARDWARE: dict[str, Any] = {"cores": 2, "mhz": 1000.0, "ram_mib": 1024.0}


def event(time_s: float, what: Any, element: int) -> TimedEvent:
    return TimedEvent(time_s, what, element)


def battery(*events: TimedEvent) -> Spec:
    """A feed with 300 s of battery, a host on it and one that is not."""
    return Spec(
        domains=[Domain(ZONE, 0, "zone", "z"), Domain(FEED, ZONE, "power_feed", "f", gaps_s=(300.0,))],
        hosts=[Host(11, ZONE, feeds=((FEED,),), **HARDWARE), Host(12, ZONE, **HARDWARE)],
        vms=[Vm(21, 11, 1, 1000.0, 1.0, Constant(0.5))],
        events=events,
        until_s=1200.0,
    )


@pytest.mark.parametrize("what", ["fail", "recover"])
def test_that_an_event_at_the_instant_a_battery_is_empty_is_the_same_scripted_or_injected(what: Any) -> None:
    first, second = event(300.0, "fail", FEED), event(600.0, what, 12 if what == "fail" else FEED)
    scripted = simulate(battery(first, second))
    run = Simulation(battery())
    run.inject(first)
    run.advance(500.0)
    run.inject(second)
    run.advance(1200.0)
    assert run.result().log == scripted.log
    assert run.result().digest() == scripted.digest()
    at_600 = [(e.what, e.id) for e in scripted.log if e.time_s == 600.0]
    # the feed has the smaller id: it is cut before host 12 fails; a recovery comes before everything
    assert at_600[:3] == ([("cut", FEED), ("down", 21), ("failed", 12)] if what == "fail" else [("recovered", FEED)])


def test_that_the_order_of_events_of_one_instant_does_not_matter() -> None:
    events = [event(300.0, "fail", 12), event(300.0, "fail", 11), event(300.0, "fail", 21)]
    digests = {simulate(battery(*order)).digest() for order in permutations(events)}
    assert len(digests) == 1


def test_that_what_fails_together_is_settled_once() -> None:
    vms = [Vm(20 + n, 11 + n % 2, 1, 1000.0, 1.0, recovery="cluster") for n in range(4)]
    spec = Spec([Domain(ZONE, 0, "zone")], [Host(11 + n, ZONE, **HARDWARE) for n in range(2)], vms, until_s=1200.0)
    result = simulate(spec.with_events([event(300.0, "fail", 12), event(300.0, "fail", 11)]))
    assert [(e.what, e.id, e.cause) for e in result.log if e.time_s == 300.0] == [
        ("failed", 11, 0),
        ("failed", 12, 0),
        ("down", 20, 1),
        ("down", 21, 2),
        ("down", 22, 1),
        ("down", 23, 2),
    ]


def flapping(*events: TimedEvent) -> Spec:
    """Two members of a service; one reaches the internet through a NAT gateway."""
    domains = [
        Domain(ZONE, 0, "zone", "z"),
        Domain(NAT, 0, "nat_gateway", "nat"),
        Domain(NET_A, ZONE, "subnet", "a", outward=((NAT,),)),
        Domain(NET_B, ZONE, "subnet", "b"),
    ]
    vms = [
        Vm(21, NET_A, 1, 1000.0, 1.0, service=SHOP, outward=True, detect_s=20.0, boot_s=10.0, recovery="same_zone"),
        Vm(22, NET_B, 1, 1000.0, 1.0, service=SHOP),
    ]
    service = Service(SHOP, Constant(100.0), 5.0, "s", health_check_s=60.0)
    return Spec(domains, [], vms, [service], events=events, until_s=600.0, sample_s=60.0)


def noticed(*events: TimedEvent) -> list[float]:
    return [e.time_s for e in simulate(flapping(*events)).log if e.what == "noticed"]


def test_that_a_member_that_is_lost_twice_is_noticed_once_after_the_second_time() -> None:
    events = (event(100, "fail", NAT), event(101, "recover", NAT), event(155, "fail", NAT))
    assert noticed(*events) == [215.0]


def test_that_a_member_that_falls_silent_in_two_ways_is_noticed_after_the_first() -> None:
    # no way out at 100 s, dead at 130 s: it answers nothing from 100 s on
    assert noticed(event(100, "fail", NAT), event(130, "fail", 21)) == [160.0]
    # dead at 100 s, found at 120 s, dead again while it boots at 125 s
    assert noticed(event(100, "fail", 21), event(125, "fail", 21)) == []  # it runs again at 155 s
    assert noticed(event(100, "fail", 21), event(129, "fail", 21), event(158, "fail", 21)) == [160.0]


def test_that_a_member_that_answers_again_in_time_is_not_noticed() -> None:
    assert noticed(event(100, "fail", NAT), event(159, "recover", NAT)) == []


def test_that_the_agenda_gives_rows_in_order_whatever_the_order_of_planning() -> None:
    random = np.random.default_rng(3)
    rows = [
        (float(random.integers(0, 4)), what, int(random.integers(0, 9)))
        for what in (EVENT_RECOVER, EVENT_FAIL, CUT, NOTICE, FIND, BOOTED)
        for _ in range(20)
    ]
    taken = []
    for order in (rows, rows[::-1]):
        agenda, found = Agenda(), []
        for time_s, what, element in order:
            agenda.plan(time_s, what, element, element, stamp=what)
        while agenda.size:
            time_s, batch = agenda.next_s, agenda.take()
            found += [(time_s, *row) for row in zip(*(column.tolist() for column in batch))]
        taken.append(found)
    assert taken[0] == taken[1]
    assert [time_s for time_s, *_ in taken[0]] == sorted(time_s for time_s, _, _ in rows)
    first = [row for row in taken[0] if row[0] == 0.0]
    priority = {EVENT_RECOVER: 0, EVENT_FAIL: 1, CUT: 1, NOTICE: 2, FIND: 2, BOOTED: 3}
    assert first == sorted(first, key=lambda row: (priority[row[1]], row[2], row[1]))
