"""In random worlds: however a run is carried, interfered with, branched or looked at, it is the same run bit for bit.

DESIGNER_WORLDS says how many worlds are tried (`make torture` asks for thousands).
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Constant,
    Domain,
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
from designer.engine.clock import progress
from designer.engine.share import kernels
from designer.engine.state import history, keyframes
from designer.engine.state.state import State
from tests.engine.alike import same, same_moment
from tests.engine.random_world import random_world

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "10"))


@pytest.fixture(params=range(WORLDS))
def spec(request: pytest.FixtureRequest) -> Spec:
    return random_world(request.param)


@pytest.fixture
def dice(spec: Spec) -> random.Random:
    return random.Random(spec.seed)


def test_that_a_run_does_not_depend_on_slices_nor_on_being_looked_at(spec: Spec, dice: random.Random) -> None:
    run = Simulation(spec)
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(8)):
        run.advance(time_s)
        if dice.random() < 0.5:
            run.moment(dice.uniform(0.0, time_s))
        if dice.random() < 0.5:
            run.record()
        run.moment()
        run.advance(time_s + dice.choice((0.5, 60.0)))  # within the tick, or after it
        kept, run._newest = run.moment(), None
        same_moment(kept, run.moment())
    run.advance(spec.until_s)
    same(run.result(), simulate(spec))


def many_ticks(watts: tuple[float, ...], clock: float) -> Spec:
    """A host that is short now and then, and one with a VM that is limited; a VM asks for the same all the time."""
    dice = np.random.default_rng(3)
    percents = dice.integers(0, 101, (6, 500)).astype(np.uint8)
    percents[:3] //= 3
    loads = (*(Recorded(9, n) for n in range(6)), Constant(0.25))
    vms = [Vm(20 + n, 10, 1 + n % 2, clock, 64.0, load, recovery="same_zone") for n, load in enumerate(loads)]
    return Spec(
        domains=[Domain(1, 0, "zone")],
        hosts=[Host(10, 1, 4, 1000.0, 4096.0, power_w=watts), Host(11, 1, 8, 1000.0, 4096.0, power_w=watts)],
        vms=[*vms, Vm(30, 11, 2, clock, 64.0, Recorded(9, 5), limit_mhz=700.0)],
        traces=[Trace(9, 60.0, percents)], until_s=60.0 * 1500, sample_s=60.0,
        events=[TimedEvent(60.0 * 700 + 7.0, "fail", 10), TimedEvent(60.0 * 900, "recover", 10)],
    )  # fmt: skip


@pytest.mark.parametrize("ticks", [1, 3, 31, 32, 33, 290])
@pytest.mark.parametrize("watts", [(100.0, 250.0), (80.0, 120.0, 240.0)])
@pytest.mark.parametrize("clock", [1000.0, 999.0])
def test_that_ticks_worked_out_at_once_are_those_worked_out_one_after_the_other(
    ticks: int, watts: tuple[float, ...], clock: float
) -> None:
    given = many_ticks(watts, clock)
    run = Simulation(given)
    for k in range(0, 1500, ticks):
        run.advance(60.0 * k)
        run.record()
    run.advance(given.until_s)
    whole = simulate(given)
    assert (whole.heat > 1.0).any()
    assert (whole.steal > 0.0).any()
    same(run.result(), whole)


def test_that_an_event_injected_is_the_event_scripted(spec: Spec, dice: random.Random) -> None:
    run = Simulation(spec.with_events(()))
    events = list(spec.events)
    while events:
        # any number of them may be injected early, in any order
        now = [events.pop(0)]
        while events and dice.random() < 0.5:
            now.append(events.pop(0))
        if now[0].time_s > run.time_s:
            run.advance(dice.uniform(run.time_s, np.nextafter(now[0].time_s, -1.0)))
        dice.shuffle(now)
        for event in now:
            run.inject(event)
    run.advance(spec.until_s)
    same(run.result(), simulate(spec))


@pytest.mark.parametrize("stride", [1, 7])
def test_that_a_branch_from_a_keyframe_is_the_run_with_the_same_events(
    spec: Spec, dice: random.Random, stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", stride)
    run = Simulation(spec)
    run.advance(spec.until_s)
    time_s = dice.choice([dice.uniform(0.0, spec.until_s), 0.0, *(event.time_s for event in spec.events)])
    branch = run.branch(time_s)
    again = Simulation(spec.with_events([event for event in run.events if event.time_s <= time_s]))
    again.advance(time_s)
    same(branch.result(), again.result())
    same_moment(branch.moment(), again.moment())
    what = TimedEvent(time_s, "fail", dice.choice([row.id for row in (*spec.domains, *spec.hosts)]))
    for one in (branch, again):
        one.inject(what)
        one.advance(spec.until_s)
    same(branch.result(), again.result())
    if time_s > 0.0:
        same(branch.branch(time_s / 2).result(), run.branch(time_s / 2).result())


def test_that_a_keyframe_keeps_one_value_where_nothing_differs_and_parts_that_are_sent_where_they_do() -> None:
    run = Simulation(shifting(random.Random(1)))
    run.advance(500.0)
    frame, vms = run._keyframe(500.0), len(run.tables.vms)
    believed = run._state.believed
    assert 0 < np.count_nonzero(believed) < vms  # some members get all, others nothing
    assert frame.state["sent"].size == frame.state["sent_at"].size == 0
    assert frame.figures["row_throttled"].size == frame.figures["row_waiting"].size == 1
    parts = believed.astype(float)
    parts[[3, 8]] = 0.25, 1.5
    run._state.send(np.array([3, 8]), parts[[3, 8]])
    saved = run._state.copy()
    assert saved["sent_at"].tolist() == [3, 8]
    again = State(run.tables)
    again.restore(saved)
    assert again.sent.tolist() == parts.tolist()
    assert again.believed.tolist() == believed.tolist()


def test_that_what_is_the_same_for_all_of_many_vms_takes_no_memory_in_what_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = shifting(random.Random(2))
    usual = Simulation(spec)
    usual.advance(spec.until_s)
    monkeypatch.setattr(history, "_MANY", 2)
    run = Simulation(spec)
    first = run._history.changes[0]
    assert (first.pace.strides, first.to.strides, first.balloon.strides) == ((0,), (0,), (0,))
    run.advance(spec.until_s)
    same(run.result(), usual.result())
    columns, expected = run.columns(), usual.columns()
    assert all(np.asarray(columns[name]).tobytes() == np.asarray(expected[name]).tobytes() for name in expected)
    for time_s in (0.0, 250.0, 901.0):
        same_moment(run.moment(time_s), usual.moment(time_s))
        same(run.branch(time_s).result(), usual.branch(time_s).result())


def test_that_a_past_moment_is_the_moment_as_it_was(spec: Spec, dice: random.Random) -> None:
    run, seen = Simulation(spec), []
    for time_s in sorted(dice.uniform(0.0, spec.until_s) for _ in range(5)):
        run.advance(time_s)
        seen.append(run.moment())
    run.advance(spec.until_s)
    for moment in seen:
        same_moment(run.moment(moment.time_s), moment)


def test_that_who_is_up_is_what_working_it_out_anew_gives(spec: Spec) -> None:
    run, anew = Simulation(spec), None
    run.advance(spec.until_s)
    for count in range(len(run._history.changes) + 1):
        seen = run._history.at(count)
        anew = State(run.tables, run._state.links)
        for name in ("failed", "dark", "replica", "moving"):
            getattr(anew, name)[:] = seen[name]
        anew.settle_anew()
        assert np.array_equal(anew.up, seen["up"])


def shifting(dice: random.Random) -> Spec:
    """Members of two services that fail all the time within few recording steps, some beside VMs that ask for much."""
    hosts = [Host(10 + n, 1, dice.choice([2, 16]), 1000.3, 1e6, overcommit=99.0, power_w=(1.0, 2.0)) for n in range(5)]
    loads: list[dict[str, Any]] = [{"service": 2}, {"service": 3}, {"demand": Constant(0.7)}]
    vms = [
        Vm(20 + n, dice.choice([1, *(host.id for host in hosts)]), 1, 333.3, 1.0, recovery="same_zone",
           detect_s=20.0, boot_s=dice.uniform(0.0, 60.0), **dice.choice(loads))
        for n in range(30)
    ]  # fmt: skip
    services = [Service(2 + n, Constant(dice.uniform(5.0, 60.0)), 83.3, health_check_s=n * 10.0) for n in range(2)]
    events = [TimedEvent(dice.uniform(0.0, 900.0), "fail", dice.choice([*hosts, *vms]).id) for _ in range(30)]
    events += [TimedEvent(event.time_s + dice.uniform(1.0, 300.0), "recover", event.id) for event in events]
    ordered = sorted(events, key=lambda event: event.time_s)
    return Spec([Domain(1, 0, "zone")], hosts, vms, services, events=ordered, until_s=1300.0, sample_s=450.0)


@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize("seed", range(4))
def test_that_figures_that_are_put_off_are_those_that_are_worked_out_at_once(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = shifting(random.Random(seed))
    put_off = simulate(spec)
    monkeypatch.setattr(progress, "SHIFTS", most)
    at_once = simulate(spec)
    same(put_off, at_once)
    assert put_off.vms.steal.tobytes() == at_once.vms.steal.tobytes()


def test_that_figures_that_are_put_off_do_not_depend_on_how_many_are_worked_out_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = shifting(random.Random(6))
    at_once = simulate(spec)
    monkeypatch.setattr(kernels, "_CELLS", 1)
    monkeypatch.setattr(kernels, "_LEAST_TICKS", 2)
    same(at_once, simulate(spec))


@pytest.mark.parametrize("seed", range(4))
def test_that_vms_of_a_unit_of_which_one_is_asked_for_all_are_alike(seed: int) -> None:
    spec = shifting(random.Random(seed))
    member = next(vm for vm in spec.vms if vm.service and not vm.apps)
    vms = [replace(member, id=vm.id, place=vm.place, boot_s=vm.boot_s, service=2 + vm.place % 2) for vm in spec.vms]
    run, seen = Simulation(replace(spec, vms=vms)), 0
    loads = run.tables.demand.rows[["service", "size", "vcpus", "kind", "parts"]]
    for time_s in np.arange(10.0, 1300.0, 10.0):
        run.advance(time_s)
        now = run._progress.now
        for u in np.flatnonzero(now.alike >= 0):
            vms = now.vms[now.first[u] : now.first[u] + now.members[u]]
            assert now.alike[u] in vms
            assert {(*loads[v].tolist(), now.sent[v], now.idle[v], now.pace[v]) for v in vms} == {
                (*loads[now.alike[u]].tolist(), now.sent[vms[0]], now.idle[vms[0]], 1.0)
            }
            seen += vms.size > 1
    assert seen


def test_that_a_run_read_amid_figures_that_are_put_off_has_them_all() -> None:
    spec = shifting(random.Random(5))
    run, read = Simulation(spec), Simulation(spec)
    for time_s in (333.3, 700.0, 701.0, 1300.0):
        run.advance(time_s)
        read.advance(time_s)
        read.result()
        assert (read._progress.now.last_s >= read._progress._shifts.served_s).all()
    same(run.result(), read.result())


def test_that_keyframes_stay_within_their_bytes_evenly_and_the_newest_of_before_is_found() -> None:
    frames = keyframes.Keyframes(1, most_bytes=800)
    for n in range(1000):
        if frames.due(wide=True):
            at = np.full(1, n)
            frames.add(keyframes.Keyframe(float(n), float(n), {"at": at}, (np.zeros(0), at[:0]), {}, 0, 0, n))
            assert frames.nbytes <= 800
    times = [frame.time_s for frame in frames._frames]
    gaps = np.diff([*times, 999.0])
    assert (times[0], len(times)) == (0.0, 63)
    assert max(gaps) <= 3 * keyframes.LEAST_STRIDE
    assert all(frames.before(time_s + 0.5).time_s == time_s for time_s in times)  # type: ignore[union-attr]
