"""What the provider has of an instance type in a zone: tiny worlds, the whole log."""

from __future__ import annotations

import random
from typing import Any

import pytest

from designer.engine import Domain, Group, Host, Result, Simulation, Spec, Stock, TimedEvent, Vm, simulate
from designer.engine.state import keyframes
from designer.errors import SpecError

REGION, ZONE_A, ZONE_B, WEB, TEMPLATE, GROUP = 1, 2, 3, 10, 41, 40


def world(*events: tuple[float, str, int], stocks: tuple[Stock, ...] = (), desired: int = 4, **more: Any) -> Spec:
    """A group over two zones that launches for 10 s; it notices a dead instance after 20 s."""
    domains = [Domain(REGION, 0, "region", "region")]
    domains += [Domain(z, REGION, "zone", name) for z, name in ((ZONE_A, "zone-a"), (ZONE_B, "zone-b"))]
    template = Vm(TEMPLATE, 0, 1, 1000.0, 1024.0, group=GROUP, recovery="replace", boot_s=10.0)
    group = Group(GROUP, 0, desired, 2 * desired, (ZONE_A, ZONE_B), template, "web", detect_s=20.0)
    given = {"until_s": 600.0, "sample_s": 100.0, "domains": domains, "groups": (group,), "stocks": stocks, **more}
    return Spec(**given).with_events([TimedEvent(*event) for event in events])  # type: ignore[arg-type]


def stock(most: int, zone: int = ZONE_A, **more: Any) -> Stock:
    return Stock(zone, "m5.large", most, **{"vms": (TEMPLATE,), **more})


def told(result: Result) -> list[tuple[float, str, int, int]]:
    """The log without its details; instances are all 0."""
    return [(e.time_s, e.what, e.id if e.id in (ZONE_A, ZONE_B, GROUP, WEB) else 0, e.place) for e in result.log]


def launched(result: Result) -> list[int]:
    return [e.place for e in result.log if e.what == "launched"]


def test_that_a_launch_that_finds_no_capacity_is_tried_in_the_other_zone() -> None:
    run = simulate(world(stocks=(stock(1),)))
    assert told(run)[:5] == [
        *((0.0, "launched", 0, place) for place in (ZONE_A, ZONE_B, ZONE_B, ZONE_B)),
        (0.0, "no_capacity", GROUP, ZONE_A),
    ]
    assert [e.detail for e in run.log if e.what == "no_capacity"] == [
        "the provider has 1 m5.large there, and all are taken"
    ]
    assert run.counts[-1, 0] == 4.0


def test_that_nothing_is_said_where_there_is_room_enough() -> None:
    run = simulate(world(stocks=(stock(2), stock(2, ZONE_B))))
    assert launched(run) == [ZONE_A, ZONE_B, ZONE_A, ZONE_B]
    assert {e.what for e in run.log} == {"launched", "running"}


def test_that_what_nobody_has_waits_and_is_launched_when_there_is_room_again() -> None:
    """Three of four run; when one is dead, its place goes to the next, and the fourth still waits."""
    run = simulate(world(stocks=(stock(1), stock(2, ZONE_B))))
    assert launched(run) == [ZONE_A, ZONE_B, ZONE_B]
    waits = [e for e in run.log if e.what == "waiting"]
    assert [(e.time_s, e.id, e.detail) for e in waits] == [
        (0.0, GROUP, "the provider has no m5.large left in its zones")
    ]
    assert run.counts[-1, 0] == 3.0
    (first, *_) = [e.id for e in run.log if e.what == "launched"]
    again = Simulation(world(stocks=(stock(1), stock(2, ZONE_B))))
    again.inject(TimedEvent(100.0, "fail", first))
    again.advance(600.0)
    assert [(e.time_s, e.place) for e in again.log.entries() if e.what == "launched"][3:] == [(120.0, ZONE_A)]
    assert again.result().counts[-1, 0] == 3.0


def test_that_a_lost_zone_is_made_up_for_only_as_far_as_the_other_has_capacity() -> None:
    run = simulate(world((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), stocks=(stock(3, ZONE_B),)))
    assert [(e.time_s, e.place) for e in run.log if e.what == "launched"][4:] == [
        (120.0, ZONE_B),
        *[(300.0, ZONE_A)] * 1,
        (310.0, ZONE_A),
    ]
    assert [(e.time_s, e.place) for e in run.log if e.what == "no_capacity"] == [(120.0, ZONE_B)]
    assert run.counts_least[1:3, 0].tolist() == [2.0, 3.0]
    assert run.counts[-1, 0] == 4.0


def test_that_vms_of_the_design_take_part_and_those_beyond_are_refused() -> None:
    vms = [Vm(WEB + n, ZONE_A, 1, 1000.0, 1024.0, name=f"web-{n}") for n in range(3)]
    run = simulate(world(desired=0, vms=vms, stocks=(stock(2, vms=(WEB, WEB + 1, WEB + 2)),)))
    assert [(e.what, e.id, e.detail) for e in run.log] == [
        ("refused", WEB + 2, "the provider has 2 m5.large in zone-a, and all are taken")
    ]


def test_that_vms_on_hosts_of_the_zone_do_not_count() -> None:
    hosts = [Host(5, ZONE_A, 8, 1000.0, 65_536.0)]
    vms = [Vm(WEB + n, 5 if n < 2 else ZONE_A, 1, 1000.0, 1024.0) for n in range(3)]
    run = simulate(world(desired=0, vms=vms, hosts=hosts, stocks=(stock(1, vms=(WEB, WEB + 1, WEB + 2)),)))
    assert not run.log


def test_that_a_zone_without_any_takes_none() -> None:
    assert launched(simulate(world(stocks=(stock(0),)))) == [ZONE_B] * 4


def test_that_slices_and_branches_are_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    spec = world((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), stocks=(stock(3), stock(3, ZONE_B)), desired=5)
    whole, run, dice = simulate(spec), Simulation(spec), random.Random(1)
    for time_s in sorted(dice.uniform(0.0, 600.0) for _ in range(9)):
        run.advance(time_s)
    run.advance(600.0)
    assert run.result().digest() == whole.digest()
    branch = run.branch(150.0)
    branch.inject(spec.events[1])
    branch.advance(600.0)
    assert branch.result().digest() == whole.digest()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (stock(1, REGION), "which is no zone"),
        (stock(-1), "at least 0 m5.large"),
        (stock(1, vms=(99,)), "for 99, which is no VM"),
    ],
)
def test_that_a_stock_without_meaning_is_refused(wrong: Stock, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(world(stocks=(wrong,)))
