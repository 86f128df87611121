"""The collapse map: a cell says what a run of such a service does."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from designer.engine import Application, Constant, Domain, Group, Queueing, Service, Spec, TimedEvent, Vm, simulate
from designer.errors import RuleError
from designer.study.collapse import Serves, collapse_map, recovery_s, serves

ZONE, DOOR, SHOP = 1, 2, 30
PLAIN = Queueing(math.inf, 0.5, 3, jitter=False)


def world(load: float, queueing: Queueing | None) -> Spec:
    """A service of 1,000 requests a second behind a balancer that is down for a second."""
    return Spec(
        domains=(Domain(ZONE, 0, "zone"), Domain(DOOR, 0, "load_balancer")),
        vms=(Vm(10, ZONE, 1, 1000.0, 1024.0, service=SHOP),),
        services=(Service(SHOP, Constant(load), 1.0, "shop", through=((DOOR,),), queueing=queueing),),
        events=(TimedEvent(60.0, "fail", DOOR), TimedEvent(61.0, "recover", DOOR)),
        until_s=360.0, sample_s=60.0,
    )  # fmt: skip


def test_that_a_pause_of_a_second_at_70_percent_is_over_or_not_as_clients_behave() -> None:
    has = Serves(1000.0, 1)
    patient = Queueing(math.inf, 1.2, 3, jitter=False)
    assert recovery_s(patient, 0.7, has, 1.0) == pytest.approx(10.0 / 3.0 - 1.0, abs=0.15)
    assert recovery_s(Queueing(math.inf, 0.5, 0), 0.7, has, 1.0) == pytest.approx(10.0 / 3.0 - 1.0, abs=0.15)
    assert recovery_s(PLAIN, 0.7, has, 1.0) == math.inf


@pytest.mark.parametrize("queueing", [PLAIN, Queueing(math.inf, 0.5, 2, 0.2, budget=0.3), Queueing(400.0, 0.5, 3, 0.1)])
def test_that_runs_recover_where_the_map_says_so(queueing: Queueing) -> None:
    loads, retries = (0.2, 0.4, 0.7, 0.9), (0, 1, 3)
    spec = world(700.0, queueing)
    found = collapse_map(spec, SHOP, 1.0, loads, retries)
    for n, count in enumerate(retries):
        for k, load in enumerate(loads):
            rule = Queueing(**{name: getattr(queueing, name) for name in queueing.__slots__} | {"retries": count})
            run = simulate(world(load * 1000.0, rule))
            recovered = run.served_rps[-1, 0] >= 0.99 * load * 1000.0
            assert recovered == (found.recovery_s[n, k] < math.inf), (count, load)


def test_that_more_load_and_more_retries_never_make_recovery_sooner() -> None:
    found = collapse_map(world(700.0, PLAIN), SHOP, 1.0, (0.1, 0.3, 0.5, 0.7), (0, 1, 2, 3)).recovery_s
    assert (found[1:] >= found[:-1] - 0.2).all()
    assert (found[:, 1:] >= found[:, :-1] - 0.2).all()
    assert (found[0] < math.inf).all()
    assert found[3, 3] == math.inf


@pytest.mark.parametrize("load", [0.5, 0.8, 0.95, 0.99])
def test_that_without_retries_it_takes_until_what_has_waited_is_served_however_long(load: float) -> None:
    queueing = Queueing(waiting=1e6, timeout_s=1.0, backoff_s=0.1)
    found = recovery_s(queueing, load, Serves(1000.0, 10), 10.0)
    assert found == pytest.approx(10.0 * load / (1.0 - load), rel=0.03)  # pause x load / (1 - load): 990 s at 99%


@pytest.mark.parametrize("retries", [1, 2, 3, 4, 5])
def test_that_a_long_pause_is_never_over_where_all_requests_with_their_retries_are_the_capacity(retries: int) -> None:
    queueing = Queueing(waiting=1e6, timeout_s=1.0, backoff_s=0.1, retries=retries)
    full = 1.0 / (1.0 + retries)
    found = [recovery_s(queueing, full * part, Serves(1000.0, 10), 10.0) < math.inf for part in (0.9, 1.0, 1.1)]
    assert found == [True, False, False]


def test_that_work_is_told_and_may_be_ended() -> None:
    told: list[float] = []
    collapse_map(world(700.0, PLAIN), SHOP, 1.0, (0.2, 0.7), (0, 3), told.append)
    assert told == [0.0, 0.25, 0.5, 0.75, 1.0]

    def enough(part: float) -> None:
        if part > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collapse_map(world(700.0, PLAIN), SHOP, 1.0, (0.2, 0.7), (0, 3), enough)


APART = """
import sys
from math import inf
from designer.engine.spec import *
from designer.study.collapse import collapse_map
shop = Service(30, Constant(700.0), 1.0, "shop", queueing=Queueing(inf, 0.5, 3, jitter=False))
spec = Spec(domains=(Domain(1, 0, "zone"),), vms=(Vm(10, 1, 1, 1000.0, 1024.0, service=30),), services=(shop,))
told = []
print(collapse_map(spec, 30, 1.0, (0.2, 0.7), (0, 3), told.append, apart=True).recovery_s.tolist())
print(told == sorted(told), told[0], told[-1], "numba" in sys.modules)
"""


def test_that_a_map_that_is_worked_out_apart_is_the_same_and_the_compiler_stays_away(
    fresh_python: Callable[[str], str],
) -> None:
    said = fresh_python(APART)
    here = collapse_map(world(700.0, PLAIN), SHOP, 1.0, (0.2, 0.7), (0, 3)).recovery_s.tolist()
    assert said.splitlines() == [str(here), "True 0.0 1.0 False"]


def test_that_all_members_count_those_of_groups_and_applications_too() -> None:
    template = Vm(50, ZONE, 2, 1000.0, 1.0, service=SHOP, group=60)
    app = Application(70, 1, 500.0, service=SHOP)
    spec = Spec(
        domains=(Domain(ZONE, 0, "zone"),),
        vms=(
            Vm(10, ZONE, 1, 1000.0, 1.0, service=SHOP), Vm(11, ZONE, 1, 1000.0, 1.0, service=SHOP, powered_on=False),
            Vm(12, ZONE, 1, 1000.0, 1.0, service=SHOP, cut_off="closed"), Vm(13, ZONE, 4, 1000.0, 1.0, apps=(app,)),
        ),
        services=(Service(SHOP, Constant(1.0), 2.0, "shop"),),
        groups=(Group(60, 1, 2, 3, (ZONE,), template),),
    )  # fmt: skip
    assert serves(spec, SHOP) == Serves((1000.0 + 2 * 2000.0 + 500.0) / 2.0, 6)


def test_that_an_application_is_a_member_while_its_vm_runs_an_instance_of_a_group_too() -> None:
    off, on = Application(70, 1, 500.0, service=SHOP), Application(71, 1, 500.0, service=SHOP)
    template = Vm(50, ZONE, 2, 1000.0, 1.0, group=60, apps=(Application(72, 1, 400.0, service=SHOP),))
    closed = Vm(51, ZONE, 2, 1000.0, 1.0, service=SHOP, group=61, cut_off="closed")
    spec = Spec(
        domains=(Domain(ZONE, 0, "zone"),),
        vms=(
            Vm(10, ZONE, 4, 1000.0, 1.0, powered_on=False, apps=(off,)), Vm(11, ZONE, 4, 1000.0, 1.0, apps=(on,)),
        ),
        services=(Service(SHOP, Constant(1.0), 1.0, "shop"),),
        groups=(Group(60, 1, 2, 3, (ZONE,), template), Group(61, 1, 2, 3, (ZONE,), closed)),
    )  # fmt: skip
    assert serves(spec, SHOP) == Serves(500.0 + 2 * 400.0, 3)


def test_that_what_has_no_map_is_refused_with_the_reason() -> None:
    with pytest.raises(RuleError, match="Clients of shop never give up"):
        collapse_map(world(1.0, None), SHOP)
    with pytest.raises(RuleError, match="no such service"):
        collapse_map(world(1.0, PLAIN), 99)
    with pytest.raises(RuleError, match="longer than 0 s"):
        collapse_map(world(1.0, PLAIN), SHOP, 0.0)
    with pytest.raises(RuleError, match="at most 1 h"):
        collapse_map(world(1.0, PLAIN), SHOP, 1e12)
    with pytest.raises(RuleError, match="shop has no member that runs"):
        collapse_map(Spec(services=world(1.0, PLAIN).services, domains=world(1.0, PLAIN).domains), SHOP)
