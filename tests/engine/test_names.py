"""DNS names: users go to the old answer until its health check and the TTL are over, then to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.engine import (
    Answer,
    Constant,
    DnsName,
    Domain,
    Group,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Users,
    Vm,
    simulate,
)
from designer.errors import SpecError

NORTH, SOUTH, NAME = 1, 2, 70
ANSWERS = (Answer(51), Answer(52))
SENT = 60.0
"""Requests a second of the users of the name."""


def world(routing: str = "failover", answers: tuple[Answer, ...] = ANSWERS, **fields: object) -> Spec:
    """A service with one VM in each of two regions, and a name that leads users to one of them."""
    regions = [Domain(NORTH, 0, "region", "north"), Domain(SOUTH, 0, "region", "south")]
    own = {"demand": Constant(0.0), "recovery": "none", "boot_s": 10.0}
    vms = [
        Vm(30 + n, place, 1, 1000.0, 1024.0, name=f"web-{n}", service=50 + n, **own)  # type: ignore[arg-type]
        for n, place in ((1, NORTH), (2, SOUTH))
    ]
    services = [Service(50 + n, Constant(0.0), 10.0, f"shop-{n}", health_check_s=5.0) for n in (1, 2)]
    users = (Users(60, Constant(SENT), "people"),)
    name = DnsName(NAME, users, answers, "shop.example", routing, check_s=90.0, ttl_s=60.0)  # type: ignore[arg-type]
    given = {"dns_names": (name,), "until_s": 1200.0, "sample_s": 300.0, **fields}
    return Spec(domains=regions, vms=vms, services=services, **given)  # type: ignore[arg-type]


def lost(spec: Spec, *events: tuple[float, str, int]) -> Spec:
    return spec.with_events([TimedEvent(*event) for event in events])  # type: ignore[arg-type]


def told(spec: Spec) -> list[tuple[float, str, int, int]]:
    """The log of names and services."""
    return [(e.time_s, e.what, e.id, e.place) for e in simulate(spec).log if e.id in (NAME, 51, 52)]


def test_that_users_go_to_the_first_answer_while_it_serves() -> None:
    run = simulate(world())
    assert run.asked_rps.tolist() == [[SENT, 0.0]] * 4
    assert run.served_rps == pytest.approx(run.asked_rps)
    assert not run.log


def test_that_requests_are_dropped_until_check_and_ttl_are_over_and_then_go_to_the_next() -> None:
    spec = lost(world(), (100.0, "fail", NORTH))
    assert told(spec) == [
        (100.0, "dropping", 51, 0),
        (250.0, "led_away", NAME, 51),
        (250.0, "served", 51, 0),
    ]
    run = simulate(spec)
    assert run.asked_rps[0].tolist() == pytest.approx([SENT * 250 / 300, SENT * 50 / 300])
    assert run.served_rps[0].tolist() == pytest.approx([SENT * 100 / 300, SENT * 50 / 300])
    assert run.asked_rps[1:].tolist() == [[0.0, SENT]] * 3
    assert run.served_rps[1:] == pytest.approx(run.asked_rps[1:])


def test_that_users_come_back_when_the_first_is_healthy_for_as_long() -> None:
    spec = lost(world(), (100.0, "fail", NORTH), (400.0, "recover", NORTH))
    assert told(spec)[1:] == [
        (250.0, "led_away", NAME, 51),
        (250.0, "served", 51, 0),
        (560.0, "led_back", NAME, 51),  # booted at 410
    ]
    assert simulate(spec).asked_rps[2].tolist() == [SENT, 0.0]


def test_that_an_answer_that_is_back_before_its_check_is_over_is_never_left() -> None:
    spec = lost(world(), (100.0, "fail", NORTH), (150.0, "recover", NORTH))
    assert [what for _, what, *_ in told(spec)] == ["dropping", "served"]
    assert simulate(spec).asked_rps.tolist() == [[SENT, 0.0]] * 4


def test_that_the_count_begins_anew_with_each_loss() -> None:
    spec = lost(world(), (100.0, "fail", NORTH), (150.0, "recover", NORTH), (200.0, "fail", NORTH))
    assert [(time_s, what) for time_s, what, i, _ in told(spec) if i == NAME] == [(350.0, "led_away")]


def test_that_weights_share_users_and_the_healthy_take_over() -> None:
    answers = Answer(51, 3.0), Answer(52, 1.0)
    spec = world("weighted", answers)
    assert simulate(spec).asked_rps[0].tolist() == [SENT * 0.75, SENT * 0.25]
    run = simulate(lost(spec, (300.0, "fail", NORTH)))
    assert run.asked_rps[1].tolist() == pytest.approx([SENT * 0.75 / 2, SENT * 0.25 / 2 + SENT / 2])
    assert run.served_rps[1].tolist() == pytest.approx([0.0, SENT * 0.25 / 2 + SENT / 2])


def test_that_users_are_led_to_all_as_before_where_none_is_healthy() -> None:
    spec = lost(world(), (100.0, "fail", NORTH), (100.0, "fail", SOUTH))
    run = simulate(spec)
    assert run.asked_rps[3].tolist() == [SENT, 0.0]
    assert run.served_rps[3].tolist() == [0.0, 0.0]


def test_that_what_a_service_is_asked_straight_stays_with_it() -> None:
    spec = world()
    services = [Service(51, Constant(7.0), 10.0, "shop-1"), Service(52, Constant(3.0), 10.0, "shop-2")]
    run = simulate(lost(Spec(**{**vars(spec), "services": services}), (300.0, "fail", NORTH)))
    assert run.asked_rps[0].tolist() == [SENT + 7.0, 3.0]
    assert run.asked_rps[2].tolist() == [7.0, SENT + 3.0]


def test_that_a_way_that_is_shut_is_a_loss_too() -> None:
    spec = world()
    regions = [*spec.domains, Domain(3, NORTH, "load_balancer", "lb")]
    services = [Service(51, Constant(0.0), 10.0, "shop-1", through=((3,),)), spec.services[1]]
    given = Spec(**{**vars(spec), "domains": regions, "services": services})
    assert [(t, what) for t, what, i, _ in told(lost(given, (100.0, "fail", 3))) if i == NAME] == [(250.0, "led_away")]


def test_that_a_run_does_not_depend_on_how_it_is_cut_and_an_injected_event_is_a_scripted_one() -> None:
    spec = lost(world(), (100.0, "fail", NORTH), (700.0, "recover", NORTH))
    whole = simulate(spec).digest()
    for steps in ((37.0, 1200.0), (100.0, 250.0, 251.0, 860.0, 1200.0), tuple(float(n) for n in range(1, 1201, 13))):
        run = Simulation(spec)
        for until_s in (*steps, 1200.0):
            run.advance(until_s)
        assert run.result().digest() == whole
    run = Simulation(world())
    for event in spec.events:
        run.advance(event.time_s)
        run.inject(event)
    run.advance(1200.0)
    scripted = simulate(lost(world(), *((e.time_s + 1e-9, e.what, e.id) for e in spec.events)))
    assert run.result().asked_rps == pytest.approx(scripted.asked_rps)


def test_that_a_look_back_shows_where_users_went_then(tmp_path: Path) -> None:
    spec = lost(world(), (100.0, "fail", SOUTH), (100.0, "fail", NORTH), (200.0, "recover", SOUTH))
    run = Simulation(spec)
    run.advance(1200.0)
    south = 1  # the row of web-2
    seen = {time_s: float(run.moment(time_s).heat[south]) for time_s in (50.0, 240.0, 340.0, 361.0, 900.0)}
    assert [round(heat, 6) for heat in seen.values() if heat == heat] == [0.0, 0.0, 0.6, 0.6, 0.6]
    again = Simulation.revived(spec, run.columns(), run.events, 1200.0, tmp_path)
    for time_s, heat in seen.items():
        assert float(again.moment(time_s).heat[south]) == heat
    assert again.result().digest() == run.result().digest()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((), "DNS name shop.example answers with nothing"),
        ((Answer(99),), "answers with 99, which is no service"),
        ((Answer(51), Answer(51)), "answers with one service twice"),
        ((Answer(51, 0.0),), "weight must be above 0, not 0.0"),
    ],
)
def test_that_a_name_that_leads_nowhere_is_refused(answers: tuple[Answer, ...], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(world(answers=answers))


# -- groups


def test_that_a_group_over_two_regions_is_refused() -> None:
    spec = world()
    template = Vm(90, NORTH, 1, 1000.0, 1024.0, Constant(0.5), recovery="replace")
    group = Group(80, 1, 1, 2, (NORTH, SOUTH), template, "web")
    with pytest.raises(SpecError, match="Group web launches in 2 regions; a group belongs to one"):
        simulate(Spec(**{**vars(spec), "groups": (group,)}))
