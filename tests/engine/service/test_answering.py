"""How services of a run answer: response times, queues, clients that give up and try again; tiny worlds, whole logs."""

from __future__ import annotations

import math
import os
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Constant,
    Credits,
    Domain,
    Flow,
    Host,
    Limit,
    Queueing,
    Result,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
    simulate,
)
from designer.engine.result.arrays import SERVICE_SERIES
from designer.engine.service.queue import response
from designer.engine.spec import Answer, DnsName, Users
from designer.engine.state import keyframes
from tests.engine.alike import same
from tests.engine.random_world import random_world

ZONE, DOOR, WEB, SHOP = 1, 2, 10, 30
PAUSE = (TimedEvent(100.0, "fail", DOOR), TimedEvent(101.0, "recover", DOOR))
AGAIN = Queueing(math.inf, 0.5, 3, jitter=False)


def world(queueing: Queueing | None, load: float = 700.0, vms: int = 1, **more: Any) -> Spec:
    """A service of 1,000 requests a second and member, behind a load balancer."""
    members = [Vm(WEB + n, ZONE, 1, 1000.0, 1024.0, name=f"web-{n}", service=SHOP) for n in range(vms)]
    shop = Service(SHOP, Constant(load), 1.0, "shop", 60.0, through=((DOOR,),), queueing=queueing)
    domains = (Domain(ZONE, 0, "zone", "zone"), Domain(DOOR, 0, "load_balancer", "lb"))
    given = {"until_s": 600.0, "sample_s": 60.0, "events": PAUSE, **more}
    return Spec(domains=domains, vms=members, services=(shop,), **given)


def told(result: Result) -> list[tuple[float, str]]:
    return [(round(entry.time_s, 2), entry.what) for entry in result.log if entry.id == SHOP]


def about(time_s: float, abs_s: float = 0.07) -> Any:
    """A time that is noted at the next look."""
    return pytest.approx(time_s, abs=abs_s)


def figure(result: Result, name: str) -> list[float]:
    column: list[float] = result.store.arrays[f"service_{name}"][:, 0].tolist()
    return column


def mean(result: Result, name: str) -> list[float]:
    return [value / known for value, known in zip(figure(result, name), figure(result, "known_s"), strict=True)]


def test_that_response_times_are_those_of_a_queue_with_a_worker_for_each_vcpu() -> None:
    run = simulate(world(Queueing(), 2100.0, 3, events=()))
    exact = response(2100.0, 1000.0, 3)
    for name, value in zip(("mean_s", "p50_s", "p95_s", "p99_s"), exact[:4], strict=True):
        assert mean(run, name) == pytest.approx([value] * 10)
    assert figure(run, "p99_most") == pytest.approx([exact.p99_s] * 10)


def test_that_telling_response_times_changes_no_other_figure() -> None:
    for spec in (world(None), world(None, 1300.0, 2), *(random_world(seed) for seed in range(8))):
        plain = simulate(spec)
        seen = simulate(replace(spec, services=[replace(row, queueing=Queueing()) for row in spec.services]))
        assert seen.log == plain.log
        for name, column in plain.store.arrays.items():
            if name not in SERVICE_SERIES:
                assert column[: plain.filled].tobytes() == seen.store.arrays[name][: seen.filled].tobytes(), name


def test_that_a_member_that_is_lost_makes_answers_slower_from_then_on() -> None:
    run = simulate(world(Queueing(), 900.0, 2, events=(TimedEvent(90.0, "fail", WEB),)))
    both, half = response(900.0, 1000.0, 2).mean_s, response(450.0, 1000.0).mean_s
    # For 60 s half of the requests go to the dead one; then the other gets all.
    alone = response(900.0, 1000.0).mean_s
    assert mean(run, "mean_s")[:4] == pytest.approx([both, (both + half) / 2, (half + alone) / 2, alone])


def test_that_a_pause_that_clients_wait_out_is_over_soon() -> None:
    run = simulate(world(Queueing(math.inf, 1.2, 3, jitter=False)))
    assert [(e.time_s, e.what) for e in run.log if e.id == DOOR] == [(100.0, "failed"), (101.0, "recovered")]
    assert told(run) == [(100.12, "backlogged"), (about(103.33), "drained")]
    assert figure(run, "backlog_s")[1] == pytest.approx(1166.67, abs=0.1)
    assert run.dropped_rps.max() == 0.0
    assert run.served_rps[:, 0] == pytest.approx([700.0] * 10)


def test_that_late_answers_are_lost_where_nobody_tries_again() -> None:
    run = simulate(world(Queueing(math.inf, 0.5)))
    assert told(run) == [
        (100.05, "backlogged"),
        (about(100.55), "dropping"),
        (about(102.8, 0.3), "served"),
        (about(103.33), "drained"),
    ]
    assert figure(run, "lost")[1] == pytest.approx(1166.67, abs=10.0)
    assert run.dropped_rps[:, 0] == pytest.approx([0.0, figure(run, "lost")[1] / 60.0] + [0.0] * 8)
    # The work of what was late was done all the same.
    assert run.integral("allocated")[:, 0] == pytest.approx([42_000.0] * 10)


def test_that_a_retry_storm_stays_after_its_cause_is_gone() -> None:
    run = simulate(world(AGAIN))
    assert told(run) == [(100.05, "backlogged"), (100.61, "dropping")]
    assert figure(run, "attempts")[-1] / 60.0 == pytest.approx(2800.0, rel=0.01)
    assert run.served_rps[2:].tolist() == [[0.0]] * 8
    assert run.dropped_rps[3:, 0] == pytest.approx([700.0] * 7)
    assert run.used[3:, 0] == pytest.approx([1.0] * 7)  # busy with answers that nobody waits for


def test_that_a_budget_or_patience_or_a_lower_load_lets_the_same_pause_end() -> None:
    for queueing, load in ((replace(AGAIN, budget=0.1), 700.0), (replace(AGAIN, timeout_s=1.2), 700.0), (AGAIN, 200.0)):
        run = simulate(world(queueing, load))
        assert told(run)[-1][1] == "drained"
        assert run.served_rps[-1, 0] == pytest.approx(load)


def test_that_a_short_queue_refuses_the_surplus_and_retries_multiply_attempts() -> None:
    run = simulate(world(Queueing(30.0, retries=2), 1250.0, events=()))
    assert figure(run, "attempts")[-1] / 60.0 == pytest.approx(2408.498, rel=1e-3)
    assert run.dropped_rps[-1, 0] == pytest.approx(250.0, rel=1e-3)
    assert run.served_rps[-1, 0] == pytest.approx(1000.0, rel=1e-3)


@pytest.mark.parametrize("clients", [{}, {"timeout_s": 1.0}, {"retries": 2}, {"timeout_s": 1.0, "retries": 2}])
def test_that_without_a_queue_only_the_surplus_is_refused_whatever_clients_do(clients: dict[str, Any]) -> None:
    calm = simulate(world(Queueing(**clients), 700.0, events=()))
    assert calm.dropped_rps[:, 0].tolist() == [0.0] * 10
    assert figure(calm, "mean_s")[-1] / figure(calm, "known_s")[-1] == pytest.approx(1.0 / 300.0)  # M/M/1


def test_that_retries_of_the_surplus_multiply_attempts_and_serve_no_more() -> None:
    """An attempt is refused with f: f³ = 1 - 1,000 / 1,250, so 1,000 / (1 - f) attempts a second."""
    run = simulate(world(Queueing(retries=2), 1250.0, events=()))
    assert figure(run, "attempts")[-1] / 60.0 == pytest.approx(1000.0 / (1.0 - 0.2 ** (1.0 / 3.0)))
    assert (run.served_rps[-1, 0], run.dropped_rps[-1, 0]) == (pytest.approx(1000.0), pytest.approx(250.0))


def test_that_requests_to_a_member_that_is_not_known_to_be_dead_fail_and_come_again() -> None:
    events = (TimedEvent(120.0, "fail", WEB),)
    run = simulate(world(Queueing(100.0, 2.0, 2, backoff_s=0.1, jitter=False), 400.0, 2, events=events))
    assert told(run) == [(120.2, "dropping"), (180.2, "served")]
    assert figure(run, "attempts")[2] == pytest.approx(400.0 * 60.0 * 1.75, rel=0.01)
    assert run.dropped_rps[2, 0] == pytest.approx(400.0 / 8.0, rel=0.02)


def test_that_the_work_of_members_is_the_work_of_the_requests() -> None:
    for queueing in (AGAIN, Queueing(math.inf, 0.5), Queueing(300.0, 0.3, 2, backoff_s=0.4, budget=0.5)):
        run = simulate(world(queueing, 650.0))
        assert run.integral("allocated")[:, 0].sum() == pytest.approx(sum(figure(run, "worked")), rel=2e-3)


def test_that_a_neighbor_takes_capacity_and_so_makes_a_queue() -> None:
    host = Host(5, ZONE, 1, 1000.0, 8192.0, power_w=(100.0, 200.0), overcommit=4.0, threads_per_core=1)
    noisy = Vm(20, 5, 1, 1000.0, 1024.0, Constant(1.0), "noisy", powered_on=True)
    spec = world(Queueing(math.inf), 700.0, events=(TimedEvent(200.0, "fail", 20),))
    spec = replace(spec, hosts=(host,), vms=(replace(spec.vms[0], place=5), noisy))
    run = simulate(spec)
    # Half of the host is 500 a second: 200 a second pile up until the neighbor is gone, then 300 a second go.
    assert told(run)[0][1] == "backlogged"
    assert told(run)[1] == (pytest.approx(200.0 + 40_000.0 / 300.0, abs=0.1), "drained")
    assert figure(run, "backlog_s")[0] == pytest.approx(200.0 * 60.0**2 / 2.0, rel=1e-3)


def random_queueing(dice: random.Random) -> Queueing | None:
    if dice.random() < 0.25:
        return None
    return Queueing(
        dice.choice([0.0, 30.0, math.inf]), dice.choice([0.7, 20.0, math.inf]), dice.randint(0, 3),
        dice.choice([0.0, 3.0]), jitter=dice.random() < 0.5, budget=dice.choice([0.2, math.inf]),
    )  # fmt: skip


def random_services(seed: int) -> Spec:
    """A random world whose services have queues."""
    dice = random.Random(seed)
    spec = random_world(seed)
    services = [replace(row, queueing=random_queueing(dice)) for row in spec.services]
    return replace(spec, services=services or [Service(99_001, Constant(5.0), 10.0, queueing=AGAIN)])


WORLDS = min(int(os.environ.get("DESIGNER_WORLDS", "3")), 40)
"""Random worlds that are tried; a service that stays collapsed takes seconds, so never thousands."""


@pytest.fixture(params=range(WORLDS))
def spec(request: pytest.FixtureRequest) -> Spec:
    return random_services(request.param) if request.param else world(AGAIN)


def test_that_a_run_does_not_depend_on_slices_nor_on_being_looked_at(spec: Spec) -> None:
    dice, run = random.Random(spec.seed), Simulation(spec)
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(12)):
        run.advance(time_s)
        run.moment(dice.uniform(0.0, time_s))
        if dice.random() < 0.5:
            run.record()
    run.advance(spec.until_s)
    same(run.result(), simulate(spec))


def test_that_a_branch_is_the_run_with_the_same_events(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    dice, run = random.Random(spec.seed), Simulation(spec)
    run.advance(spec.until_s)
    time_s = dice.uniform(0.0, spec.until_s)
    branch = run.branch(time_s)
    again = Simulation(spec.with_events([event for event in run.events if event.time_s <= time_s]))
    again.advance(time_s)
    same(branch.result(), again.result())
    what = TimedEvent(time_s, "fail", dice.choice([row.id for row in (*spec.domains, *spec.hosts)]))
    for one in (branch, again):
        one.inject(what)
        one.advance(spec.until_s)
    same(branch.result(), again.result())


def test_that_a_past_moment_is_the_moment_as_it_was(spec: Spec) -> None:
    dice, run, seen = random.Random(spec.seed), Simulation(spec), []
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(6)):
        run.advance(time_s)
        seen.append(run.moment())
    run.advance(spec.until_s)
    for moment in seen:
        for name, found in vars(run.moment(moment.time_s)).items():
            assert np.array_equal(found, vars(moment)[name], equal_nan=name not in ("ids", "vms")), name


def test_that_a_saved_run_is_the_run(spec: Spec) -> None:
    run = Simulation(spec)
    run.advance(spec.until_s)
    result, columns = run.result(), run.columns()
    revived = Simulation.revived(spec, columns, run.events, run.time_s, None)
    same(revived.result(), result)


def test_that_requests_that_a_name_leads_wait_where_they_are_led() -> None:
    spec = world(None, 0.0, events=(TimedEvent(100.0, "fail", DOOR),), until_s=1200.0)
    other = Service(31, Constant(0.0), 1.0, "other", queueing=Queueing(math.inf, 0.5, 1, jitter=False))
    here = replace(spec.services[0], queueing=AGAIN)
    name = DnsName(
        40, (Users(41, Constant(600.0)),), (Answer(SHOP), Answer(31)), "shop.example", check_s=90.0, ttl_s=60.0
    )
    spec = replace(
        spec, services=(here, other), dns_names=(name,), vms=(*spec.vms, replace(spec.vms[0], id=11, service=31))
    )
    run = simulate(spec)
    assert [(e.time_s, e.what, e.id) for e in run.log if e.what.startswith("led")] == [(250.0, "led_away", 40)]
    assert run.asked_rps[:, 0] == pytest.approx([600.0] * 4 + [100.0] + [0.0] * 15)
    assert run.asked_rps[:, 1] == pytest.approx([0.0] * 4 + [500.0] + [600.0] * 15)
    assert run.served_rps[5:, 1] == pytest.approx([600.0] * 15)
    assert run.dropped_rps[2, 0] == pytest.approx(600.0, rel=0.05)


def test_that_a_queue_grows_from_the_instant_on_at_which_a_member_has_no_credits_or_its_disk_is_too_slow() -> None:
    """Ten requests of 100 MHz s a second. Without CPU credits, after half an hour, a member does 100 of 2,000 MHz; a
    disk of 300 operations a second, of 1,000 at full load, lets it do 600 from the first second on."""
    queued = Service(30, Constant(10.0), 100.0, queueing=Queueing(waiting=1e6))
    one = Vm(10, 1, 2, 1000.0, 1.0, service=30, boot_s=0.0)
    spent = Spec([Domain(1, 0, "zone")], (), [replace(one, credits=Credits(6.0, 144.0, balance=27.0))], [queued],
                 until_s=3600.0, sample_s=600.0)  # fmt: skip
    slow = replace(spent, domains=[Domain(1, 0, "zone"), Domain(3, 1, "volume")], vms=[one],
                   limits=[Limit(3, "iops", 300.0, name="vol")],
                   flows=[Flow(10, 1000.0, 3, 4.0, (3,), follows=True)])  # fmt: skip
    cases = (spent, (1000.0, 100.0), 1800.0, 9.0 * 1800.0), (slow, (600.0, 600.0), 0.0, 4.0 * 3600.0)
    for spec, mhz, begun_s, waiting in cases:
        run = Simulation(spec)
        run.advance(3600.0)
        result = run.result()
        assert (result.integral("allocated")[[2, -1], 0] / 600.0).tolist() == pytest.approx(mhz, rel=1e-3)
        (told,) = (e for e in result.log if e.what == "backlogged")
        assert begun_s < told.time_s < begun_s + 10.0
        assert float(run.answering._lines[0].now["backlog"][0]) == pytest.approx(waiting, rel=0.01)  # type: ignore[union-attr]
