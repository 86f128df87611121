"""Laws of a run: it does not depend on how it is cut, events touch only what they touch, sums are exact."""

from __future__ import annotations

import doctest
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import designer.engine
from designer.engine import (
    Constant,
    DayCurve,
    Domain,
    Group,
    Host,
    Recorded,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from designer.engine.result.arrays import SERIES

LENGTH_S = 7200.0
TRACE = Trace(900, 450.0, np.random.Generator(np.random.PCG64(1)).integers(0, 101, (5, 17)).astype(np.uint8))


def world(events: Sequence[TimedEvent] = (), **more: object) -> Spec:
    """Two zones, a rack each with two hosts, eight VMs of every kind of load, a group and a service."""
    domains = [Domain(1, 0, "region"), Domain(2, 1, "zone"), Domain(3, 1, "zone"), Domain(4, 2, "rack")]
    domains += [Domain(5, 3, "rack"), Domain(6, 2, "subnet"), Domain(7, 3, "subnet")]
    hosts = [
        Host(11 + n, 4 + n // 2, 4, 1000.0, 16384.0, overcommit=4.0, power_w=(50.0, 80.0, 100.0)) for n in range(4)
    ]
    loads = [Constant(0.7), DayCurve(0.5, 0.2, 14.0, 0.1, "Asia/Kolkata"), Recorded(900, 2, 3, 0.9), Recorded(900, 4)]
    rules = ["none", "same_zone", "cluster", "same_zone"]
    vms = [
        Vm(20 + n, 11 + n % 4, 2, 1000.0, 1024.0, loads[n % 4], recovery=rules[n % 4], shares=500.0 * (1 + n % 3))  # type: ignore[arg-type]
        for n in range(16)
    ]
    web = Vm(60, 6, 1, 1000.0, 512.0, recovery="replace", service=50, group=40)
    vms += [replace(web, id=61, place=6), replace(web, id=62, place=7), replace(web, id=63, place=11, recovery="none")]
    return Spec(
        domains=domains, hosts=hosts, vms=vms, traces=[TRACE],
        services=[Service(50, DayCurve(20.0, 10.0, 2.0, 1.0), 80.0)],
        groups=[Group(40, 1, 3, 5, (6, 7), web)],
        events=tuple(events), until_s=LENGTH_S, sample_s=300.0, seed=7, **more,
    )  # fmt: skip


ELEMENTS = [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 20, 25, 61]
EVENTS = st.lists(
    st.builds(
        TimedEvent,
        st.one_of(st.integers(0, 7199).map(float), st.floats(0.0, 7199.0)),
        st.sampled_from(["fail", "recover"]),
        st.sampled_from(ELEMENTS),
    ),
    max_size=8,
).map(lambda events: sorted(events, key=lambda e: e.time_s))


@given(events=EVENTS, cuts=st.lists(st.floats(0.0, LENGTH_S), max_size=12))
@example(events=[TimedEvent(2966.0, "fail", 3)], cuts=[3150.0])
def test_that_a_run_does_not_depend_on_how_it_is_cut(events: list[TimedEvent], cuts: list[float]) -> None:
    whole = simulate(world(events))
    run = Simulation(world(events))
    for cut in sorted(cuts):
        run.advance(cut)
        run.moment()
    run.advance(LENGTH_S)
    assert run.result().digest() == whole.digest()


@given(events=EVENTS)
def test_that_events_given_while_it_runs_are_those_given_before(events: list[TimedEvent]) -> None:
    run = Simulation(world())
    for event in events:
        run.advance(event.time_s)
        run.inject(event)
    run.advance(LENGTH_S)
    assert [(e.what, e.id) for e in run.events] == [(e.what, e.id) for e in events]
    assert all(abs(is_at.time_s - asked.time_s) < 1e-9 for is_at, asked in zip(run.events, events))
    assert run.result().digest() == simulate(world(run.events)).digest()


@given(events=EVENTS, at=st.floats(0.0, LENGTH_S))
def test_that_a_branch_is_the_run_up_to_there(events: list[TimedEvent], at: float) -> None:
    run = Simulation(world(events))
    run.advance(LENGTH_S)
    branch = run.branch(at)
    branch.inject(TimedEvent(at, "fail", 3))
    branch.advance(LENGTH_S)
    assert branch.events[:-1] == [e for e in events if e.time_s <= at]
    assert branch.result().digest() == simulate(world(branch.events)).digest()


@given(events=EVENTS)
def test_that_the_sums_hold(events: list[TimedEvent]) -> None:
    spec = world(events)
    result = simulate(spec)
    got, asked, capacity = (result.integral(name) for name in ("allocated", "asked", "capacity"))
    assert (got <= asked * (1 + 1e-9) + 1e-6).all()
    assert (got <= capacity * (1 + 1e-9) + 1e-6).all()
    # the region holds all; what VMs got is what hosts and domains gave
    region = result.ids.tolist().index(1)
    own = result.store.arrays["allocated"][: result.filled].sum()
    assert got[:, region].sum() == pytest.approx(own, rel=1e-9)
    vm_got = np.nansum(result.vms.mean_mhz * result.vms.running_s)
    assert vm_got == pytest.approx(own, rel=1e-9)
    assert result.counts.sum(axis=1) == pytest.approx(np.full(result.filled, len(spec.vms)), abs=3 + 1e-6)
    assert (result.served_rps <= result.asked_rps * (1 + 1e-9)).all()
    served = result.served_rps.sum() * spec.sample_s * 80.0
    members = result.vms.mean_mhz[-8:] * result.vms.running_s[-8:]
    assert served == pytest.approx(np.nansum(members), rel=1e-9)


def test_that_an_event_leaves_what_it_does_not_touch_bit_for_bit_the_same() -> None:
    spec = replace(world(), services=(), groups=(), vms=[vm for vm in world().vms if not vm.service])
    plain = simulate(spec)
    # zone 3 fails and its VMs have nowhere to go: zone 2 does not notice
    hit = simulate(spec.with_events([TimedEvent(1234.5, "fail", 3)]))
    ours = [n for n, i in enumerate(plain.ids.tolist()) if i in (2, 4, 6, 11, 12)]
    for name in SERIES:
        before, after = plain.store.arrays[name][:, ours], hit.store.arrays[name][:, ours]
        assert before.tobytes() == after.tobytes(), name
    assert not np.array_equal(plain.used[:, plain.ids.tolist().index(3)], hit.used[:, plain.ids.tolist().index(3)])


def test_that_another_vm_changes_nobody_s_luck() -> None:
    spec = world()
    lonely = Vm(99, 14, 1, 1000.0, 64.0, DayCurve(0.2, 0.1, 3.0, 0.1))
    more = replace(spec, vms=[lonely, *spec.vms])
    one, two = simulate(spec), simulate(more)
    hosts = [one.ids.tolist().index(i) for i in (11, 12, 13)]
    assert np.array_equal(one.integral("asked")[:, hosts], two.integral("asked")[:, hosts])
    other_seed = simulate(replace(spec, seed=8))
    assert not np.array_equal(one.integral("asked")[:, hosts], other_seed.integral("asked")[:, hosts])


def test_that_a_failure_within_a_step_cuts_it_exactly() -> None:
    spec = Spec(
        hosts=[Host(1, 0, 2, 1000.0, 4096.0, power_w=(100.0, 200.0))],
        vms=[Vm(2, 1, 2, 1000.0, 1024.0, Constant(0.5))],
        events=(TimedEvent(100.0, "fail", 1),),
        until_s=600.0,
        sample_s=300.0,
    )
    result = simulate(spec)
    assert result.total_energy_wh == pytest.approx(150.0 * 100.0 / 3600.0, rel=1e-12)
    assert result.integral("allocated")[:, 0].tolist() == pytest.approx([1000.0 * 100.0, 0.0])
    assert result.used[0, 0] == pytest.approx(0.5)
    assert np.isnan(result.used[1, 0])


def test_that_a_day_curve_follows_the_clock_of_its_place() -> None:
    # In Berlin the clock jumps from 2:00 to 3:00 on 29 March 2026, 1:00 UTC.
    start = datetime(2026, 3, 29, tzinfo=UTC)
    curve = DayCurve(0.5, 0.4, 12.0, 0.0, "Europe/Berlin")
    spec = Spec(hosts=[Host(1, 0, 1, 1000.0, 64.0)], vms=[Vm(2, 1, 1, 1000.0, 1.0, curve)], start_utc=start,
                until_s=86_400.0, sample_s=600.0)  # fmt: skip
    used = simulate(spec).used[:, 0]
    for step in (0, 5, 6, 7, 70, 143):
        moment = datetime.fromtimestamp(start.timestamp() + (step + 0.5) * 600.0, ZoneInfo("Europe/Berlin"))
        hour = moment.hour + moment.minute / 60 + moment.second / 3600
        assert used[step] == pytest.approx(0.5 + 0.4 * np.cos((hour - 12.0) * np.pi / 12.0), rel=1e-9)


def test_that_a_trace_starts_again_after_its_last_sample_and_from_its_shift() -> None:
    trace = Trace(9, 60.0, np.array([[10, 20, 30]], np.uint8))
    spec = Spec(hosts=[Host(1, 0, 1, 1000.0, 64.0)], vms=[Vm(2, 1, 1, 1000.0, 1.0, Recorded(9, 0, 2, 2.0))],
                traces=[trace], until_s=300.0, sample_s=60.0)  # fmt: skip
    assert simulate(spec).used[:, 0].tolist() == pytest.approx([0.6, 0.2, 0.4, 0.6, 0.2])


def test_that_percentiles_are_exact_for_whole_percents() -> None:
    values = np.arange(1, 101, dtype=np.uint8)[None, :]
    spec = Spec(hosts=[Host(1, 0, 1, 1000.0, 64.0)], vms=[Vm(2, 1, 1, 1000.0, 1.0, Recorded(9, 0))],
                traces=[Trace(9, 60.0, values)], until_s=6000.0, sample_s=60.0)  # fmt: skip
    result = simulate(spec)
    assert [float(result.vms.percentile(p)[0]) for p in (0.5, 0.95, 1.0)] == [0.5, 0.95, 1.0]
    assert result.vms.mean[0] == pytest.approx(0.505)


def test_that_provider_capacity_is_never_contended() -> None:
    spec = Spec(domains=[Domain(1, 0, "zone")], until_s=600.0,
                vms=[Vm(10 + n, 1, 64, 3000.0, 1.0, Constant(1.0)) for n in range(500)])  # fmt: skip
    result = simulate(spec)
    assert result.used[:, 0].tolist() == [1.0, 1.0]
    assert np.nanmax(result.vms.steal) == 0.0


def test_that_a_moment_shows_what_the_series_hold() -> None:
    run = Simulation(world([TimedEvent(3000.0, "fail", 2)]))
    run.advance(LENGTH_S)
    past = run.moment(3000.0 + 1.0)
    at = dict(zip(past.ids.tolist(), range(past.ids.size)))
    assert np.isnan(past.used[at[11]])
    assert past.failed_root[at[2]]
    assert not past.failed_root[at[11]]
    assert past.failed_since_s[at[2]] == 3000.0
    constant = replace(world(), vms=[Vm(20, 11, 2, 1000.0, 1.0, Constant(0.7))], services=(), groups=())
    run = Simulation(constant)
    run.advance(600.0)
    moment = run.moment()
    hosts = moment.ids.tolist().index(11)
    assert moment.used[hosts] == pytest.approx(run.result().used[0, 0])
    assert moment.power_w[hosts] == pytest.approx(run.result().power_w[0, 0])


def test_that_the_ten_lines_of_the_door_are_true() -> None:
    assert doctest.testmod(designer.engine).failed == 0
    assert doctest.testmod(designer.engine).attempted >= 7


def test_that_a_run_in_a_folder_is_the_run_in_memory(tmp_path: Path) -> None:
    events = [TimedEvent(1800.0, "fail", 2), TimedEvent(3600.0, "recover", 2)]
    assert simulate(world(events), tmp_path).digest() == simulate(world(events)).digest()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*")) > 0
