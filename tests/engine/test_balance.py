"""A group balances its zones again when one is back: the whole log by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from designer.engine import Constant, Domain, Group, Result, Service, Simulation, Spec, TimedEvent, Vm, simulate

ZONE_A, ZONE_B, NET_A, NET_B, GROUP, SHOP = 1, 2, 11, 12, 50, 70
TEMPLATE = Vm(60, NET_A, 1, 1000.0, 64.0, name="t", recovery="replace", group=GROUP, service=SHOP, boot_s=30.0)


def spec(*events: tuple[float, Any, int], desired: int = 2, most: int = 4, **more: Any) -> Spec:
    zones = [Domain(ZONE_A, 0, "zone", "a"), Domain(ZONE_B, 0, "zone", "b")]
    nets = [Domain(NET_A, ZONE_A, "subnet", "net-a"), Domain(NET_B, ZONE_B, "subnet", "net-b")]
    vms = [replace(TEMPLATE, id=61 + n, place=(NET_A, NET_B)[n % 2]) for n in range(desired)]
    group = Group(GROUP, 0, desired, most, (NET_A, NET_B), TEMPLATE, "asg", detect_s=20.0, **more)
    return Spec(
        zones + nets, [], vms, [Service(SHOP, Constant(1.0), 1.0, "shop", health_check_s=10.0)], groups=[group],
        events=tuple(TimedEvent(*event) for event in events), until_s=1200.0, sample_s=60.0,
    )  # fmt: skip


def told(result: Result, after_s: float) -> list[tuple[float, str, int, int, int, str]]:
    return [(e.time_s, e.what, e.id, e.cause, e.place, e.detail) for e in result.log if e.time_s >= after_s]


def by_zone(run: Simulation, time_s: float) -> list[int]:
    moment = run.moment(time_s)
    return [sum(s == 0 and p == net for s, p in zip(moment.status, moment.place)) for net in (NET_A, NET_B)]


def test_that_it_launches_where_fewer_live_and_then_ends_as_many_elsewhere() -> None:
    result = simulate(spec((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A)))
    first, second = (int(i) for i in result.vm_ids[2:4])
    assert [(e.what, e.id) for e in result.log if e.what == "launched"] == [("launched", first), ("launched", second)]
    assert told(result, 300.0) == [
        (300.0, "recovered", ZONE_A, 1, 0, ""),
        (300.0, "launched", second, 10, NET_A, ""),
        (330.0, "running", second, 11, NET_A, ""),
        (330.0, "terminated", first, 0, 0, "its group rebalances its zones"),
    ]
    # nothing is dropped meanwhile: what is ended gets no requests any more
    assert result.dropped_rps[5:].max() == 0.0


def test_that_a_second_loss_takes_no_more_than_the_first() -> None:
    run = Simulation(spec((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), desired=6, most=12))
    run.advance(1200.0)
    assert [by_zone(run, time_s) for time_s in (50.0, 200.0, 500.0)] == [[3, 3], [0, 6], [3, 3]]


def test_that_one_that_is_not_to_balance_stays_where_it_is() -> None:
    run = Simulation(spec((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), desired=6, most=12, rebalance=False))
    run.advance(1200.0)
    assert by_zone(run, 1200.0) == [0, 6]


def test_that_a_group_passes_its_most_by_one_or_a_tenth_while_it_balances() -> None:
    events = ((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A))
    for most, steps in ((6, [300.0, 330.0, 360.0]), (20, [300.0] * 3), (7, [300.0, 300.0, 330.0])):
        run = Simulation(spec(*events, desired=6, most=most))
        run.advance(1200.0)
        launched = [e.time_s for e in run.result().log if e.what == "launched" and e.time_s >= 300.0]
        assert (launched, by_zone(run, 1200.0)) == (steps, [3, 3])


def test_that_a_group_whose_instances_are_all_launched_and_as_many_as_it_may_have_moves_one_at_a_time() -> None:
    """The run has as many instances for it as its most: there is none more, so one is ended first."""
    given = spec((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), desired=4, most=4)
    run = Simulation(replace(given, vms=[]))
    run.advance(1200.0)
    assert [by_zone(run, time_s) for time_s in (299.0, 329.0, 359.0, 1200.0)] == [[0, 4], [0, 3], [1, 2], [2, 2]]
    after = [(e.time_s, e.what, e.place) for e in run.result().log if e.time_s >= 300.0 and e.id != SHOP]
    assert after == [
        (300.0, "recovered", 0), (300.0, "terminated", 0), (300.0, "launched", NET_A), (330.0, "running", NET_A),
        (330.0, "terminated", 0), (330.0, "launched", NET_A), (360.0, "running", NET_A),
    ]  # fmt: skip


def test_that_none_is_ended_for_the_balance_while_the_control_plane_is_down() -> None:
    times = (
        (100.0, "fail", ZONE_A),
        (250.0, "fail_control", 5),
        (300.0, "recover", ZONE_A),
        (600.0, "recover_control", 5),
    )
    given = spec(*times, desired=4, most=4)
    domains = [Domain(5, 0, "region"), *(replace(one, parent=one.parent or 5) for one in given.domains)]
    run = Simulation(replace(given, vms=[], domains=domains))
    run.advance(1200.0)
    assert [by_zone(run, time_s) for time_s in (299.0, 599.0, 601.0, 1200.0)] == [[0, 4], [0, 4], [0, 3], [2, 2]]


def test_that_a_group_balances_again_when_the_provider_has_capacity_again() -> None:
    events = ((100.0, "sell_out", ZONE_A), (200.0, "fail", 61), (600.0, "restock", ZONE_A))
    run = Simulation(spec(*events, desired=4, most=8))
    run.advance(1200.0)
    assert [by_zone(run, time_s) for time_s in (50.0, 500.0, 1200.0)] == [[2, 2], [1, 3], [2, 2]]
    assert [e.time_s for e in run.result().log if e.what == "launched"] == [220.0, 600.0]


def test_that_a_group_launches_what_is_missing_before_it_balances() -> None:
    given = spec((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), desired=8, most=9)
    full = [replace(domain, addresses=6 if domain.id == NET_B else None) for domain in given.domains]
    run = Simulation(replace(given, domains=full))
    run.advance(1200.0)
    assert [by_zone(run, time_s) for time_s in (299.0, 335.0, 1200.0)] == [[0, 6], [2, 6], [4, 4]]
    launched = [e.time_s for e in run.result().log if e.what == "launched" and e.time_s >= 300.0]
    assert launched == [300.0, 300.0, 330.0, 330.0]


def test_that_a_difference_of_one_is_balance() -> None:
    run = Simulation(spec((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), desired=1))
    run.advance(1200.0)
    assert [by_zone(run, time_s) for time_s in (50.0, 1200.0)] == [[1, 0], [0, 1]]


def test_that_a_zone_that_is_lost_while_it_is_filled_costs_nothing_elsewhere() -> None:
    events = ((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), (310.0, "fail", ZONE_A), (600.0, "recover", ZONE_A))
    run = Simulation(spec(*events, desired=6, most=12))
    run.advance(1200.0)
    assert [by_zone(run, time_s) for time_s in (299.0, 400.0, 800.0)] == [[0, 6], [0, 6], [3, 3]]


def test_that_an_instance_is_down_only_while_it_exists() -> None:
    result = simulate(spec((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A)))
    # 61 dies at 100 s and is terminated when that is noticed; its replacement boots for 30 s, runs, and is ended at
    # 330 s; the next one is launched at 300 s; two slots are never used
    assert result.down_s.tolist() == [20.0, 0.0, 30.0, 30.0, 0.0, 0.0]
    assert result.vms.running_s.tolist() == [100.0, 1200.0, 180.0, 870.0, 0.0, 0.0]


def test_that_a_slot_that_is_used_again_is_down_in_each_of_its_lives() -> None:
    events = ((100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A), (600.0, "fail", ZONE_B))
    result = simulate(spec(*events, desired=1, most=1))
    launched = [(e.time_s, e.id) for e in result.log if e.what == "launched"]
    ended = [(e.time_s, e.id) for e in result.log if e.what == "terminated"]
    assert len(launched) > 1 and len({i for _, i in launched}) == 1
    assert len(ended) == 2
    assert result.down_s.tolist() == [20.0, 30.0 + 20.0 + 30.0]


def test_that_it_counts_by_zone_not_by_subnet() -> None:
    given = spec(desired=0)
    nets = [Domain(13 + n, ZONE_B, "subnet", f"net-b{n}") for n in range(2)]
    group = replace(given.groups[0], desired=6, most=9, places=(NET_A, NET_B, 13, 14))
    result = simulate(replace(given, domains=[*given.domains, *nets], vms=[], groups=[group]))
    assert [e.what for e in result.log if e.id != SHOP] == ["launched"] * 6 + ["running"] * 6
    where = [e.place for e in result.log if e.what == "launched"]
    assert (where.count(NET_A), where.count(NET_B), where.count(13), where.count(14)) == (3, 1, 1, 1)


def test_that_it_launches_nothing_for_the_balance_where_the_other_zone_takes_none() -> None:
    # Two are to move to zone A when it is back, but only one finds an address there; the other stays where it is.
    full = [replace(domain, addresses=1 if domain.id == NET_A else None) for domain in spec().domains]
    events = (100.0, "fail", ZONE_A), (300.0, "recover", ZONE_A)
    result = simulate(replace(spec(*events, desired=4, most=8), domains=full))
    assert [(e.time_s, e.what, e.place) for e in result.log if e.what in ("refused", "launched", "terminated")] == [
        (0.0, "refused", NET_A),
        (0.0, "launched", NET_B),
        (120.0, "terminated", 0),
        (120.0, "launched", NET_B),
        (300.0, "launched", NET_A),
        (330.0, "terminated", 0),
    ]
