"""Groups that scale in a run: tiny worlds, the whole log of the group."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Constant,
    DayCurve,
    Domain,
    Group,
    Recorded,
    Result,
    Scaling,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from designer.engine.state import keyframes
from designer.errors import SpecError
from tests.engine.alike import same

REGION, ZONES, GROUP, SHOP = 1, (2, 3), 40, 50


def world(scaling: Scaling | None, load: Any = 900.0, desired: int = 2, most: int = 12, **more: Any) -> Spec:
    """A group over two zones behind a service: 100 requests a second and instance, which boots for 90 s."""
    demand = Constant(load) if isinstance(load, float) else load
    domains = [Domain(REGION, 0, "region", "region"), *(Domain(z, REGION, "zone", f"zone-{z}") for z in ZONES)]
    template = Vm(41, 0, 1, 1000.0, 1024.0, service=SHOP, group=GROUP, recovery="replace", boot_s=90.0)
    group = Group(GROUP, 1, desired, most, ZONES, template, "web", scaling=scaling)
    service = Service(SHOP, demand, 10.0, "shop", health_check_s=30.0)
    given = {"until_s": 3600.0, "sample_s": 300.0, **more}
    return Spec(domains=domains, services=(service,), groups=(group,), **given)


def told(result: Result) -> list[tuple[float, float]]:
    """When a group scaled, and to how many."""
    return [(entry.time_s, entry.value) for entry in result.log if entry.what == "scaled"]


def test_that_target_tracking_adds_what_brings_the_cpu_to_its_target() -> None:
    run = simulate(world(Scaling(target_frac=0.5), 180.0, until_s=1800.0))
    # From 90 s on both are at 90%: three looks later four are wanted, which are at 45%.
    assert told(run) == [(240.0, 4.0)]
    assert run.log[-1].what == "running"
    assert run.counts[-1, 0] == 4.0
    assert run.used[-1, 0] == pytest.approx(0.45)
    entry = next(e for e in run.log if e.what == "scaled")
    assert (entry.id, entry.detail) == (GROUP, "its mean CPU is 90%, with a target of 50%")
    assert [e.place for e in run.log if e.what == "launched"] == [2, 3, 2, 3]


def test_that_fewer_are_kept_after_the_cpu_was_low_for_a_quarter_of_an_hour() -> None:
    run = simulate(world(Scaling(target_frac=0.5), 100.0, desired=6))
    # Six are at 17%: two would do, but not before fifteen looks said so.
    assert told(run) == [(960.0, 2.0)]
    ended = [e for e in run.log if e.what == "terminated"]
    assert len(ended) == 4
    assert {e.detail for e in ended} == {"its group has more than it wants"}
    assert run.served_rps[-1, 0] == pytest.approx(100.0)


def test_that_scale_in_may_be_switched_off_and_bounds_hold() -> None:
    assert told(simulate(world(Scaling(target_frac=0.5, scale_in=False), 100.0, desired=6))) == []
    assert told(simulate(world(Scaling(target_frac=0.5), 900.0, desired=2, most=3)))[-1] == (240.0, 3.0)
    assert told(simulate(world(Scaling(target_frac=0.5), 0.0, desired=2)))[-1][1] == 1.0


def test_that_a_warming_instance_does_not_count_and_nothing_is_removed_meanwhile() -> None:
    cold, warm = (simulate(world(Scaling(target_frac=0.5, warmup_s=s), 180.0)) for s in (0.0, 300.0))
    assert told(cold)[0][0] == 240.0
    assert told(warm)[0][0] == 540.0


def test_that_simple_scaling_waits_from_the_moment_the_last_instance_is_there() -> None:
    steps = Scaling(threshold_frac=0.1, steps=((0.0, 0.01),), least_change=2, out_periods=1, cooldown_s=300.0)
    run = simulate(world(steps, 5000.0, desired=4, most=20, until_s=1300.0, sample_s=100.0))
    # The first four are there at 90 s; then each two 90 s later, the next look not before 300 s after that.
    assert told(run) == [(120.0, 6.0), (540.0, 8.0), (960.0, 10.0)]


def stepping(*percents: int, desired: int = 10, **more: Any) -> list[tuple[float, float]]:
    """How the group of the manual scales, by steps of 10 and 20 points from 50% on, where each instance has a load of
    its own, in percent of each minute. New ones boot for 90 s and warm up for 180 s.
    """
    steps = ((0.1, 0.1), (0.2, 0.3), (-0.1, -0.1), (-0.2, -0.3))
    scaling = Scaling(threshold_frac=0.5, steps=steps, out_periods=1, in_periods=1, warmup_s=180.0, **more)
    spec = world(scaling, desired=desired, most=40, until_s=60.0 * len(percents), sample_s=60.0)
    load = Trace(90, 60.0, np.array([percents], np.uint8))
    group = spec.groups[0]
    assert group.template is not None
    template = replace(group.template, service=0, demand=Recorded(90, 0))
    members = [replace(template, id=100 + n, place=ZONES[n % 2], name=f"m{n}") for n in range(desired)]
    given: dict[str, Any] = {"vms": members, "traces": [load], "groups": [replace(group, template=template)]}
    return told(simulate(replace(spec, services=(), **given)))


def test_that_steps_go_by_the_instances_that_are_warm() -> None:
    """The manual: at 62%, while the one that was added at 60% warms up, 11 are wanted already; at 70% 13 are, of ten.
    Those run from 510 s on, and are warm from 690 s on: 10% of 13 is one."""
    assert stepping(*[50] * 3, 60, 62, 62, 70, *[50] * 4, 60, 60) == [(240.0, 11.0), (420.0, 13.0), (720.0, 14.0)]
    # with a cool-down it waits until those that it added run, and longer
    assert stepping(*[50] * 3, 60, 62, 62, 70, *[50] * 3, 60, 50, cooldown_s=240.0) == [(240.0, 11.0), (660.0, 12.0)]


def test_that_steps_remove_none_while_some_warm_up() -> None:
    """One is added at 240 s, and warm at 510 s; at 540 s 10% of eleven, one, is removed."""
    assert stepping(*[50] * 3, 60, *[40] * 6) == [(240.0, 11.0), (540.0, 10.0)]


def test_that_a_schedule_sets_the_count_each_day() -> None:
    scaling = Scaling(schedule=((3600.0, 5), (7200.0, 2)))
    run = simulate(world(scaling, 50.0, until_s=2 * 86_400.0, sample_s=3600.0))
    assert told(run) == [(3600.0, 5.0), (7200.0, 2.0), (90_000.0, 5.0), (93_600.0, 2.0)]
    assert {e.detail for e in run.log if e.what == "scaled"} == {"it follows its schedule"}


def test_that_a_schedule_holds_from_the_first_instant_when_the_run_starts_at_its_time() -> None:
    run = simulate(world(Scaling(schedule=((0.0, 5), (3600.0, 2))), 50.0, until_s=90_000.0, sample_s=3600.0))
    assert told(run) == [(0.0, 5.0), (3600.0, 2.0), (86_400.0, 5.0)]
    assert [e.time_s for e in run.log if e.what == "launched"][:5] == [0.0] * 5


def test_that_a_schedule_of_the_start_launches_no_more_than_it_wants() -> None:
    run = simulate(world(Scaling(schedule=((0.0, 1),)), 50.0, desired=4))
    assert told(run) == [(0.0, 1.0)]
    assert [e.what for e in run.log if e.what in ("launched", "terminated")] == ["launched"]


def test_that_the_newest_is_ended_first_though_it_has_the_place_of_an_earlier_one() -> None:
    """The first of two is lost with its zone. Who is launched for it has its place, and is newer than the second."""
    spec = world(Scaling(schedule=((1000.0, 1),)), 50.0, most=2, events=(TimedEvent(500.0, "fail", ZONES[0]),))
    order = [(e.time_s, e.what, e.id) for e in simulate(spec).log if e.what in ("launched", "terminated")]
    (_, _, first), (_, _, second) = order[:2]
    assert first != second
    assert order[2:] == [(560.0, "terminated", first), (560.0, "launched", first), (1000.0, "terminated", first)]


def test_that_a_schedule_between_seconds_is_followed_each_day() -> None:
    scaling = Scaling(schedule=((0.1, 5), (46_801.3, 2)))
    run = simulate(world(scaling, 50.0, until_s=3 * 86_400.0, sample_s=3600.0))
    days = [86_400.0 * day for day in range(3)]
    assert told(run) == [(day + at_s, count) for day in days for at_s, count in ((0.1, 5.0), (46_801.3, 2.0))]


@pytest.mark.parametrize("period_s", [7.3, 33.3, 61.7])
def test_that_a_group_looks_once_in_each_period_whatever_its_length(period_s: float) -> None:
    looks = 500  # in a row must find two instances too many: a look that is missed puts the change off
    scaling = Scaling(threshold_frac=0.9, steps=((-0.5, -0.5),), period_s=period_s, in_periods=looks)
    run = simulate(world(scaling, 1.0, until_s=period_s * (looks + 30), sample_s=3600.0))
    first = int(90.0 // period_s) + 1  # the members boot for 90 s
    assert told(run) == [(pytest.approx(period_s * (first + looks - 1)), 1.0)]


def test_that_a_group_without_policy_is_the_same_as_before() -> None:
    for seed in range(4):
        spec = world(None, 180.0, events=(TimedEvent(500.0 + seed, "fail", 2), TimedEvent(900.0, "recover", 2)))
        same = replace(spec, groups=[replace(spec.groups[0], scaling=Scaling())])
        assert simulate(spec).log == simulate(same).log


def test_that_a_lost_zone_is_made_up_for_at_the_count_that_is_wanted_then() -> None:
    run = simulate(world(Scaling(target_frac=0.5), 180.0, events=(TimedEvent(1000.0, "fail", 2),)))
    assert run.counts[-1, 0] == 4.0
    assert {e.place for e in run.log if e.what == "launched" and e.time_s > 1000.0} == {3}


CURVE = DayCurve(300.0, 250.0, 0.5, 20.0)


@pytest.fixture(params=["target", "steps", "schedule"])
def spec(request: pytest.FixtureRequest) -> Spec:
    scaling = {
        "target": Scaling(target_frac=0.5, warmup_s=120.0, in_periods=5, cooldown_s=60.0),
        "steps": Scaling(
            steps=((0.1, 0.3), (-0.2, -0.2)), least_change=1, out_periods=2, in_periods=2, cooldown_s=100.0
        ),
        "schedule": Scaling(target_frac=0.6, schedule=((1000.0, 7), (4000.0, 3)), in_periods=4),
    }[request.param]
    events = (TimedEvent(2000.0, "fail", 2), TimedEvent(3500.0, "recover", 2))
    return world(scaling, CURVE, until_s=7200.0, events=events)


def test_that_a_run_does_not_depend_on_slices_nor_on_being_looked_at(spec: Spec) -> None:
    dice, run = random.Random(5), Simulation(spec)
    assert told(simulate(spec))
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(15)):
        run.advance(time_s)
        run.moment(dice.uniform(0.0, time_s))
        run.record()
    run.advance(spec.until_s)
    same(run.result(), simulate(spec))


def test_that_a_branch_and_a_saved_run_are_the_run(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    run = Simulation(spec)
    run.advance(spec.until_s)
    for time_s in (700.0, 2500.0, 4100.0):
        branch = run.branch(time_s)
        again = Simulation(spec.with_events([event for event in run.events if event.time_s <= time_s]))
        again.advance(time_s)
        for one in (branch, again):
            one.inject(TimedEvent(time_s + 50.0, "fail", 3))
            one.advance(spec.until_s)
        same(branch.result(), again.result())
    result, columns = run.result(), run.columns()
    same(Simulation.revived(spec, columns, run.events, run.time_s, None).result(), result)


@pytest.mark.parametrize(
    ("scaling", "said"),
    [
        (Scaling(target_frac=-1.0), "target_frac of its scaling must be at least 0"),
        (Scaling(period_s=0.0), "must look at its CPU once in 1 s or longer"),
        (Scaling(schedule=((0.0, 99),)), "its schedule must lie within a day"),
        (Scaling(out_periods=0), "must look at least once"),
        (Scaling(steps=((float("nan"), 1.0),)), "the steps of its scaling must be numbers"),
    ],
)
def test_that_a_policy_without_meaning_is_refused(scaling: Scaling, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(world(scaling))
