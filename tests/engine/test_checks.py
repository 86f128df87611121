"""What a load balancer believes: by checks at whole intervals, so many in a row; of a new member the first success."""

from __future__ import annotations

import random
from typing import Any

import pytest

from designer.engine import Checks, Constant, Domain, Group, Result, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.state import keyframes
from designer.errors import SpecError

ZONE, WEB, SHOP, GROUP = 1, 10, 30, 40
USUAL = Checks(30.0, 5.0, 2, 5)


def world(*events: tuple[float, str, int], checks: Checks | None = USUAL, **more: Any) -> Spec:
    """Two members of 100 requests a second each, which boot in no time, and 150 requests a second."""
    vms = [Vm(WEB + n, ZONE, 1, 1000.0, 1024.0, name=f"web-{n}", service=SHOP, boot_s=0.0) for n in (0, 1)]
    services = (Service(SHOP, Constant(150.0), 10.0, "shop", health_check_s=77.0, checks=checks),)
    given = {"until_s": 600.0, "sample_s": 100.0, **more}
    timed = tuple(TimedEvent(*event) for event in events)  # type: ignore[arg-type]
    return Spec(domains=(Domain(ZONE, 0, "zone", "zone"),), vms=vms, services=services, events=timed, **given)


def believed(result: Result) -> list[tuple[float, str, int]]:
    return [(e.time_s, e.what, e.id) for e in result.log if e.what in ("noticed", "trusted")]


def test_that_a_member_is_out_after_two_failed_checks_and_in_after_five_good_ones() -> None:
    run = simulate(world((40.0, "fail", WEB), (200.0, "recover", WEB)))
    assert believed(run) == [(95.0, "noticed", WEB), (330.0, "trusted", WEB)]
    # Half of the requests go to the dead one for 55 s; then the other drops what is above its 100 a second.
    assert run.dropped_rps[0, 0] * 100.0 == pytest.approx(55.0 * 75.0 + 5.0 * 50.0)
    assert run.dropped_rps[4, 0] == 0.0


@pytest.mark.parametrize(("fails_s", "out_s"), [(30.0, 65.0), (30.001, 95.0), (59.999, 95.0), (60.0, 95.0)])
def test_that_it_is_noticed_within_one_to_two_intervals_and_the_timeout(fails_s: float, out_s: float) -> None:
    assert believed(simulate(world((fails_s, "fail", WEB)))) == [(out_s, "noticed", WEB)]


def test_that_a_member_that_answers_before_the_last_check_is_never_left() -> None:
    assert believed(simulate(world((40.0, "fail", WEB), (85.0, "recover", WEB)))) == []


def test_that_the_count_begins_anew_where_it_fails_before_its_checks_were_enough() -> None:
    run = simulate(world((40.0, "fail", WEB), (200.0, "recover", WEB), (250.0, "fail", WEB), (290.0, "recover", WEB)))
    assert believed(run) == [(95.0, "noticed", WEB), (420.0, "trusted", WEB)]


def test_that_a_new_member_needs_its_first_success_only() -> None:
    template = Vm(41, 0, 1, 1000.0, 1024.0, service=SHOP, group=GROUP, recovery="replace", boot_s=40.0)
    group = Group(GROUP, 1, 1, 2, (ZONE,), template, "web", detect_s=10.0)
    run = simulate(world((10.0, "fail", WEB), (10.0, "fail", WEB + 1), groups=(group,)))
    new = next(e.id for e in run.log if e.what == "launched")
    assert [row for row in believed(run) if row[2] == new] == [(60.0, "trusted", new)]


def test_that_a_balancer_that_finds_none_healthy_sends_to_all() -> None:
    both = [(40.0, "fail", WEB), (40.0, "fail", WEB + 1), (200.0, "recover", WEB)]
    run = simulate(world(*both))  # type: ignore[arg-type]
    # From 200 s on the first serves its half of the requests, until it is trusted at 330 s and gets all.
    assert believed(run) == [(95.0, "noticed", WEB), (95.0, "noticed", WEB + 1), (330.0, "trusted", WEB)]
    assert run.served_rps[2, 0] == pytest.approx(75.0)
    assert run.served_rps[4, 0] == pytest.approx(100.0)
    back = simulate(world(*both, (200.0, "recover", WEB + 1)))  # type: ignore[arg-type]
    assert back.served_rps[2:, 0] == pytest.approx([150.0] * 4)


def test_that_without_checks_all_is_as_before() -> None:
    assert believed(simulate(world((40.0, "fail", WEB), (200.0, "recover", WEB), checks=None))) == [
        (117.0, "noticed", WEB)
    ]


def test_that_slices_and_branches_are_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    spec = world((40.0, "fail", WEB), (200.0, "recover", WEB), (350.0, "fail", WEB + 1), (360.0, "recover", WEB + 1))
    whole, run, dice = simulate(spec), Simulation(spec), random.Random(1)
    for time_s in sorted(dice.uniform(0.0, 600.0) for _ in range(12)):
        run.advance(time_s)
        run.moment(time_s / 2.0)
    run.advance(600.0)
    assert run.result().digest() == whole.digest()
    for time_s in (60.0, 250.0, 355.0):
        branch = run.branch(time_s)
        for event in spec.events:
            if event.time_s > time_s:
                branch.inject(event)
        branch.advance(600.0)
        assert branch.result().digest() == whole.digest()


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        (Checks(interval_s=0.0), "checks once in more than 0 s"),
        (Checks(timeout_s=-1.0), "must be at least 0 s"),
        (Checks(failures=0), "needs one check at least"),
    ],
)
def test_that_checks_without_meaning_are_refused(checks: Checks, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(world(checks=checks))


def test_that_a_member_serves_nothing_until_enough_of_its_checks_succeeded() -> None:
    """While the one that is back is checked, the other gets all 150 requests a second and serves its 100."""
    run = simulate(world((40.0, "fail", WEB), (200.0, "recover", WEB), sample_s=10.0))
    served, asked = run.served_rps[:, 0], run.asked_rps[:, 0]
    assert (served <= asked * (1.0 + 1e-9)).all()
    assert served[21:33] == pytest.approx([100.0] * 12)
    assert served[33:] == pytest.approx([150.0] * 27)
