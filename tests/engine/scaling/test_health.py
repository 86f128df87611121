"""What a group takes for dead: instances that do not run, or what the checks of its load balancer say."""

from __future__ import annotations

import random
from typing import Any

import pytest

from designer.engine import Checks, Constant, Domain, Group, Result, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.state import keyframes
from designer.errors import SpecError

REGION, ZONE_A, ZONE_B, ROUTER, TEMPLATE, GROUP, SHOP = 1, 2, 3, 4, 41, 40, 50
FIRST = 10


def world(*events: tuple[float, str, int], health: str = "load_balancer", **more: Any) -> Spec:
    """Two instances in each of two zones behind a load balancer; a router connects the first zone. A group finds what
    does not run after 300 s, a balancer after 35 to 65 s; instances boot for 10 s.
    """
    domains = [
        Domain(REGION, 0, "region", "region"),
        Domain(ZONE_A, REGION, "zone", "zone-a", network=((ROUTER,),)),
        Domain(ZONE_B, REGION, "zone", "zone-b"),
        Domain(ROUTER, REGION, "router", "router"),
    ]
    own: dict[str, Any] = {"service": SHOP, "group": GROUP, "recovery": "replace", "boot_s": 10.0}
    vms = [Vm(FIRST + n, (ZONE_A, ZONE_B)[n // 2], 1, 1000.0, 1024.0, name=f"web-{n}", **own) for n in range(4)]
    template = Vm(TEMPLATE, 0, 1, 1000.0, 1024.0, **own)
    group = Group(GROUP, 0, 4, 8, (ZONE_A, ZONE_B), template, "web", detect_s=300.0, health=health)  # type: ignore[arg-type]
    service = Service(SHOP, Constant(100.0), 10.0, "shop", checks=more.pop("checks", Checks()))
    given = {"until_s": 1200.0, "sample_s": 100.0, "domains": domains, "vms": vms, "groups": (group,), **more}
    return Spec(services=(service,), **given).with_events([TimedEvent(*event) for event in events])  # type: ignore[arg-type]


def told(result: Result, *kinds: str) -> list[tuple[float, str, int]]:
    return [(e.time_s, e.what, e.place if e.what == "launched" else e.id) for e in result.log if e.what in kinds]


def test_that_what_runs_unreached_is_replaced_by_the_checks_of_the_balancer() -> None:
    run = simulate(world((100.0, "fail", ROUTER)))
    assert told(run, "unreached", "noticed", "terminated", "launched", "lost") == [
        *((100.0, "unreached", FIRST + n) for n in (0, 1)),
        *((155.0, "noticed", FIRST + n) for n in (0, 1)),
        *((155.0, "terminated", FIRST + n) for n in (0, 1)),
        *[(155.0, "launched", ZONE_B)] * 2,
    ]
    assert {e.detail for e in run.log if e.what == "terminated"} == {"its load balancer finds it dead"}
    assert run.counts[-1, 0] == 4.0


def test_that_by_the_health_of_instances_alone_they_run_on() -> None:
    run = simulate(world((100.0, "fail", ROUTER), health="instance"))
    assert told(run, "terminated", "launched") == []
    assert run.counts[-1, 0] == 4.0


@pytest.mark.parametrize(("health", "found_s"), [("load_balancer", 155.0), ("instance", 400.0)])
def test_that_a_dead_instance_is_replaced_by_whoever_finds_it_first(health: str, found_s: float) -> None:
    run = simulate(world((100.0, "fail", FIRST), health=health))
    assert told(run, "terminated", "launched", "detected")[-2:] == [
        (found_s, "terminated", FIRST),
        (found_s, "launched", ZONE_A),
    ]


def test_that_the_groups_own_check_still_finds_what_no_balancer_looks_at() -> None:
    run = simulate(world((100.0, "fail", FIRST), checks=None))
    assert told(run, "terminated") == [(400.0, "terminated", FIRST)]


def test_that_one_that_answers_again_in_time_is_kept() -> None:
    run = simulate(world((100.0, "fail", ROUTER), (140.0, "recover", ROUTER)))
    assert told(run, "terminated", "launched", "noticed") == []


def test_that_slices_and_branches_are_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    spec = world((100.0, "fail", ROUTER), (400.0, "recover", ROUTER), (600.0, "fail", FIRST + 2))
    whole, run, dice = simulate(spec), Simulation(spec), random.Random(1)
    for time_s in sorted(dice.uniform(0.0, 1200.0) for _ in range(9)):
        run.advance(time_s)
    run.advance(1200.0)
    assert run.result().digest() == whole.digest()
    for time_s in (120.0, 200.0, 500.0):
        branch = run.branch(time_s)
        for event in spec.events:
            if event.time_s > time_s:
                branch.inject(event)
        branch.advance(1200.0)
        assert branch.result().digest() == whole.digest()


def test_that_health_without_meaning_is_refused() -> None:
    with pytest.raises(SpecError, match="must be one of instance, load_balancer"):
        simulate(world(health="guess"))
