"""CPU credits: what a burstable VM earns, spends, owes, and what it may have without any."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import (
    Application,
    Constant,
    Credits,
    Domain,
    Group,
    Host,
    Recorded,
    Result,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from designer.errors import SpecError

ZONE, VM = 1, 10
HOUR = 3600.0
NANO = Credits(6.0, 144.0)


def world(credits: Credits, load: list[float], step_s: float = HOUR, vcpus: int = 2, **more: Any) -> Spec:
    """A VM with credits on the provider's capacity, which asks for a part of its vCPUs in each step."""
    vm = Vm(VM, ZONE, vcpus, 1000.0, 1.0, Recorded(50, 0), "t", credits=credits)
    trace = Trace(50, step_s, np.array([load]))
    given: dict[str, Any] = {"vms": [vm], "until_s": step_s * len(load), "sample_s": step_s, **more}
    return Spec(domains=[Domain(ZONE, 0, "zone")], traces=[trace], **given)


def log(result: Result) -> list[tuple[float, str, int, str]]:
    return [(entry.time_s, entry.what, entry.id, entry.detail) for entry in result.log]


def got(result: Result, n: int = 0) -> list[float]:
    """MHz h of the zone in each step."""
    return list(result.integral("allocated")[:, n] / HOUR)


def test_that_a_standard_vm_without_credits_is_held_to_its_baseline() -> None:
    result = simulate(world(replace(NANO, balance=27.0), [0.5, 0.5]))  # spends 60, earns 6 an hour: 30 minutes
    assert log(result) == [(1800.0, "spent", VM, "held to its baseline")]
    assert got(result) == pytest.approx([0.5 * 1000.0 + 0.5 * 100.0, 100.0])
    assert result.credits.balance[:, 0].tolist() == [0.0, 0.0]
    assert result.vms.throttled[0] == pytest.approx((0.5 - 0.05) * 0.75)
    assert (result.vms.steal[0], result.vms.overhead[0]) == (0.0, 0.0)
    assert result.credits.gone_s.tolist() == [1800.0]


def test_that_an_unlimited_vm_owes_up_to_the_most_and_is_charged_beyond() -> None:
    result = simulate(world(Credits(6.0, 144.0, balance=114.0, unlimited=True), [1.0, 1.0, 1.0, 0.0]))
    assert log(result) == [(pytest.approx(HOUR), "spent", VM, "surplus credits count from now on")]
    assert got(result) == pytest.approx([2000.0, 2000.0, 2000.0, 0.0])
    assert result.credits.surplus[:, 0] == pytest.approx([0.0, 114.0, 144.0, 138.0])
    assert result.credits.charged[0] == pytest.approx(84.0)
    assert result.credits.charged_from_s[0] == pytest.approx(2 * HOUR + 30.0 / 114.0 * HOUR)
    assert result.vms.throttled[0] == 0.0


def test_that_launch_credits_are_spent_first_and_earned_ones_are_lost_above_the_most() -> None:
    result = simulate(world(Credits(3.0, 4.0, launch=30.0), [0.0, 0.0, 0.5, 0.5], vcpus=1))
    assert result.credits.balance[:, 0] == pytest.approx([33.0, 34.0, 4.0, 0.0])
    assert log(result) == [(3 * HOUR + 4.0 / 27.0 * HOUR, "spent", VM, "held to its baseline")]


def test_that_what_is_earned_below_the_baseline_may_be_spent_above_it() -> None:
    result = simulate(world(NANO, [1.0, 0.0, 0.0, 0.125, 0.5, 0.5]))
    assert result.credits.balance[:, 0] == pytest.approx([0.0, 6.0, 12.0, 3.0, 0.0, 0.0], abs=1e-9)
    assert got(result) == pytest.approx([100.0, 0.0, 0.0, 250.0, 150.0, 100.0])
    begun = 4 * HOUR + 3.0 / 54.0 * HOUR
    assert log(result) == [
        (0.0, "spent", VM, "held to its baseline"),
        (pytest.approx(begun), "spent", VM, "held to its baseline"),
    ]


def test_that_credits_which_do_not_last_for_a_sample_are_spent_evenly_over_it() -> None:
    result = simulate(world(NANO, [1.0, 0.0, 0.5, 0.5]))
    assert result.credits.balance[:, 0] == pytest.approx([0.0, 6.0, 0.0, 0.0], abs=1e-9)
    assert got(result) == pytest.approx([100.0, 0.0, 200.0, 100.0])
    assert log(result) == [(0.0, "spent", VM, "held to its baseline")]


def test_that_a_vm_on_a_host_of_ones_own_has_no_use_for_credits() -> None:
    host = Host(2, ZONE, 2, 1000.0, 64.0)
    spec = world(NANO, [1.0, 1.0], hosts=[host], vms=[Vm(VM, 2, 2, 1000.0, 1.0, Constant(1.0), credits=NANO)])
    result = simulate(spec)
    assert (log(result), result.vms.mean[0], result.credits.gone_s[0]) == (
        [],
        1.0,
        pytest.approx(math.nan, nan_ok=True),
    )
    dedicated = simulate(replace(spec, hosts=[replace(host, sharing="reserved")]))
    assert (log(dedicated), dedicated.vms.mean[0]) == ([(0.0, "spent", VM, "held to its baseline")], 0.05)


def test_that_credits_stand_still_while_a_vm_is_down() -> None:
    events = [TimedEvent(HOUR, "fail", VM), TimedEvent(2 * HOUR, "recover", VM)]
    vm = Vm(VM, ZONE, 2, 1000.0, 1.0, Constant(0.0), boot_s=0.0, detect_s=0.0, credits=NANO)
    result = simulate(world(NANO, [0.0] * 3, vms=[vm], events=events))
    assert result.credits.balance[:, 0] == pytest.approx([6.0, 6.0, 12.0])


def test_that_what_is_owed_is_charged_at_a_stop_and_launch_credits_are_those_of_a_new_start() -> None:
    """2 vCPUs spend 120 credits an hour and earn 24: 96 an hour are owed, or taken of a balance. T2 keeps none, in
    whichever mode, and has its launch credits again; T3 keeps its balance for 7 days: here 30 minutes or an hour."""
    events = [TimedEvent(HOUR, "stop", VM), TimedEvent(2 * HOUR, "start", VM)]
    for credits, charged, balance in (
        (Credits(24.0, 576.0, unlimited=True), [96.0, 1.0 * HOUR], [0.0, 0.0, 0.0]),
        (Credits(24.0, 576.0, 60.0, 50.0, kept_s=0.0), [0.0, math.nan], [14.0, 60.0, 0.0]),
        (Credits(24.0, 576.0, balance=200.0, unlimited=True, kept_s=0.0), [0.0, math.nan], [104.0, 0.0, 0.0]),
        (Credits(24.0, 576.0, balance=200.0, kept_s=1800.0), [0.0, math.nan], [104.0, 104.0, 0.0]),
        (Credits(24.0, 576.0, balance=200.0, kept_s=3600.0), [0.0, math.nan], [104.0, 104.0, 8.0]),
        (Credits(24.0, 576.0, balance=100.0), [0.0, math.nan], [4.0, 4.0, 0.0]),
    ):
        vm = Vm(VM, ZONE, 2, 1000.0, 1.0, Constant(1.0), boot_s=0.0, credits=credits)
        found = simulate(world(credits, [1.0] * 3, vms=[vm], events=events)).credits
        assert [found.charged[0], found.charged_from_s[0]] == pytest.approx(charged, nan_ok=True)
        assert found.balance[:, 0] == pytest.approx(balance, abs=1e-6)


def test_that_a_service_loses_what_its_throttled_member_cannot_serve_from_that_instant_on() -> None:
    vms = [Vm(VM, ZONE, 2, 1000.0, 1.0, service=30, credits=replace(NANO, balance=27.0))]
    result = simulate(world(NANO, [0.0] * 2, vms=vms, services=[Service(30, Constant(10.0), 100.0)]))
    assert log(result) == [(1800.0, "spent", VM, "held to its baseline"), (1800.0, "dropping", 30, "")]
    assert result.served_rps[:, 0] == pytest.approx([5.5, 1.0])


def test_that_members_left_alone_use_up_their_credits_sooner() -> None:
    vms = [Vm(VM + n, ZONE, 2, 1000.0, 1.0, service=30, credits=replace(NANO, balance=27.0)) for n in range(2)]
    spec = world(NANO, [0.0] * 4, vms=vms, services=[Service(30, Constant(10.0), 100.0, health_check_s=0.0)])
    assert log(simulate(spec))[:1] == [(27.0 / 24.0 * HOUR, "spent", VM, "held to its baseline")]
    failed = simulate(replace(spec, events=[TimedEvent(HOUR, "fail", VM + 1)]))
    assert (HOUR + 3.0 / 54.0 * HOUR, "spent", VM, "held to its baseline") in log(failed)


def test_that_a_new_instance_of_a_group_has_launch_credits_again() -> None:
    template = Vm(20, ZONE, 1, 1000.0, 1.0, Constant(1.0), boot_s=0.0, detect_s=0.0, credits=Credits(6.0, 144.0, 30.0))
    events = [TimedEvent(HOUR, "fail", ZONE), TimedEvent(HOUR + 600.0, "recover", ZONE)]
    group = Group(31, 1, 1, 1, (ZONE,), template, detect_s=0.0)
    result = simulate(world(NANO, [0.0] * 2, vms=[], groups=[group], events=events))
    spans = 30.0 + 3.0 / 54.0 * 60.0  # minutes until launch credits, then what was earned meanwhile, are gone
    assert [(time_s, what) for time_s, what, *_ in log(result) if what == "spent"] == [
        (pytest.approx(spans * 60.0), "spent"),
        (pytest.approx(HOUR + 600.0 + spans * 60.0), "spent"),
    ]


def test_that_what_the_applications_of_a_vm_ask_for_spends_its_credits() -> None:
    apps = (Application(11, 2, 1000.0, Constant(0.25)),)
    vm = Vm(VM, ZONE, 2, 1000.0, 1.0, Constant(0.25), apps=apps, credits=replace(NANO, balance=27.0))
    result = simulate(world(NANO, [0.0], vms=[vm]))
    assert log(result) == [(1800.0, "spent", VM, "held to its baseline")]


@pytest.mark.parametrize(
    "credits",
    [
        Credits(0.0, 10.0),
        Credits(121.0, 200.0),
        Credits(6.0, -1.0),
        Credits(6.0, 9.0, balance=10.0),
        Credits(math.nan, 1.0),
    ],
)
def test_that_credits_without_meaning_are_refused(credits: Credits) -> None:
    with pytest.raises(SpecError, match="VM t"):
        simulate(world(credits, [0.5]))


def slow(
    credits: Credits, vcpus: int, load: list[float], step_s: float, ticks: int, keeps: bool
) -> tuple[list[float], list[float]]:
    """Work and balance (less what is owed) at the end of each step, by small ticks: each earns, then spends. One that
    `keeps` does what is left undone when it can.
    """
    dt, earn, waits = step_s / ticks, credits.earned_per_h / HOUR, 0.0
    launch, balance, owed, work, left = credits.launch, credits.balance, 0.0, [], []
    for part in load:
        done = 0.0
        for _ in range(ticks):
            wanted = min(part * vcpus / 60.0 * dt + waits, vcpus / 60.0 * dt)
            new = earn * dt
            room = launch + balance + new if not credits.unlimited else math.inf
            used = min(wanted, max(room, 0.0))
            waits += part * vcpus / 60.0 * dt - used if keeps else 0.0
            done += used
            of_launch = min(launch, used)
            launch -= of_launch
            net = new - (used - of_launch)
            paid = min(owed, max(net, 0.0))
            owed, balance = owed - paid, balance + net - paid
            if balance < 0.0:
                owed, balance = min(owed - balance, credits.most), 0.0
            balance = min(balance, credits.most)
        work.append(done)
        left.append(launch + balance - owed)
    return work, left


LOADS = st.lists(st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.3, 0.7, 1.0]), min_size=1, max_size=12)
CREDITS = st.builds(
    Credits, st.sampled_from([3.0, 6.0, 24.0]), st.sampled_from([20.0, 72.0]), st.sampled_from([0.0, 30.0]),
    st.sampled_from([0.0, 5.0, 20.0]), st.booleans(),
)  # fmt: skip


@given(CREDITS, LOADS, st.sampled_from([1, 2]), st.booleans())
def test_that_work_and_balances_are_those_of_small_steps(
    credits: Credits, load: list[float], vcpus: int, keeps: bool
) -> None:
    made = world(credits, load, vcpus=vcpus)
    result = simulate(replace(made, vms=[replace(vm, keeps_backlog=keeps) for vm in made.vms]))
    work, left = slow(credits, vcpus, load, HOUR, 600, keeps)
    spent = result.integral("allocated")[:, 0] / 1000.0 / 60.0  # vCPU minutes
    owned = result.credits.balance[:, 0] - result.credits.surplus[:, 0]
    assert owned == pytest.approx(left, abs=0.15)
    assert spent == pytest.approx(work, abs=0.15)
    if keeps:
        return
    asked = np.array(load) * vcpus * 60.0
    assert result.vms.throttled[0] * len(load) * vcpus * 60.0 == pytest.approx((asked - spent).sum(), abs=1e-6)


@settings(max_examples=15)
@given(CREDITS, LOADS, st.lists(st.floats(0.01, 0.99), max_size=4))
def test_that_a_run_in_slices_and_a_branch_are_the_run(credits: Credits, load: list[float], cuts: list[float]) -> None:
    spec = world(credits, load, services=[Service(30, Constant(4.0), 100.0)])
    spec = replace(spec, vms=[*spec.vms, Vm(11, ZONE, 1, 1000.0, 1.0, service=30, credits=credits)])
    whole, sliced = Simulation(spec), Simulation(spec)
    whole.advance(spec.until_s)
    for cut in sorted(cuts):
        sliced.advance(cut * spec.until_s)
        sliced.record()
        now = sliced.moment()
        then = whole.moment(now.time_s)
        assert now.throttled.tobytes() == then.throttled.tobytes()
    sliced.advance(spec.until_s)
    digest = whole.result().digest()
    assert sliced.result().digest() == digest
    branch = whole.branch(spec.until_s * 0.6)
    branch.advance(spec.until_s)
    assert branch.result().digest() == digest
    revived = Simulation.revived(spec, whole.columns(), (), spec.until_s, None)
    assert revived.result().digest() == digest
    assert revived.result().credits.charged.tolist() == whole.result().credits.charged.tolist()
    for cut in cuts:
        assert (
            revived.moment(cut * spec.until_s).throttled.tobytes()
            == whole.moment(cut * spec.until_s).throttled.tobytes()
        )
