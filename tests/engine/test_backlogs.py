"""Work that is not served and kept: it waits, asks for all that its VM may have, and is worked off to the instant."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from designer.engine import (
    Application,
    Constant,
    Credits,
    Demand,
    Domain,
    Flow,
    Host,
    Limit,
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
from tests.engine import test_sharing_reference as reference
from tests.engine.crowded_world import crowded_world
from tests.engine.random_world import random_world

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "15"))
ZONE, HOST, TRACE = 80, 10, 90
BUSY_ONCE = np.array([[100, 0, 0, 0]], np.uint8)
"""All for 300 s, then nothing."""


def vm(vm_id: int, demand: Demand, vcpus: int = 1, keeps: bool = True, **more: object) -> Vm:
    return Vm(vm_id, HOST, vcpus, 1000.0, 1.0, demand, boot_s=0.0, keeps_backlog=keeps, **more)  # type: ignore[arg-type]


def spec(*vms: Vm, events: tuple[TimedEvent, ...] = (), **more: object) -> Spec:
    host = Host(HOST, ZONE, 1, 1000.0, 2.0**20, sharing="max_min", threads_per_core=1)
    given = {"until_s": 1200.0, "sample_s": 300.0, "traces": [Trace(TRACE, 300.0, BUSY_ONCE)]} | more
    return Spec([Domain(ZONE, 0, "zone")], [host], vms, events=events, **given)  # type: ignore[arg-type]


def allocated(result: Result) -> list[float]:
    return (result.vms.mean_mhz * result.vms.running_s).tolist()


def test_that_what_is_not_served_is_worked_off_as_soon_as_there_is_room() -> None:
    """Each of two gets half of what it asks for, 500 of 1,000 MHz; the one that keeps the rest needs 150 s alone."""
    simulation = Simulation(spec(vm(1, Recorded(TRACE, 0)), vm(2, Recorded(TRACE, 0), keeps=False)))
    simulation.advance(1200.0)
    result, kept = simulation.result(), simulation.result().backlogs
    assert allocated(result) == pytest.approx([300e3, 150e3])
    assert kept.ids.tolist() == [1]
    assert kept.series_s[:, 0].tolist() == [150.0, 0.0, 0.0, 0.0]
    assert (kept.most_s.tolist(), kept.now_s.tolist(), kept.waited_s.tolist()) == ([150.0], [0.0], [450.0])
    assert [(c.time_s, c.behind.tolist()) for c in simulation._progress.backlogs.changes] == [
        (0.0, [1000.0]),
        (450.0, [0.0]),
    ]
    assert [simulation.moment(at).heat[0] for at in (100.0, 449.0, 450.0)] == [1.0, 1.0, 0.0]


def test_that_while_work_waits_a_vm_takes_from_others_that_would_have_had_enough() -> None:
    """VM 2 asks for 600 MHz all the time. From 300 s on VM 1 has work for 150 s, of which it does half a second each
    second beside VM 2: 300 s. Meanwhile VM 2 loses 100 MHz."""
    result = simulate(spec(vm(1, Recorded(TRACE, 0)), vm(2, Constant(0.6), keeps=False)))
    assert result.backlogs.series_s[:, 0].tolist() == [150.0, 0.0, 0.0, 0.0]
    assert result.backlogs.waited_s.tolist() == [600.0]
    assert result.vms.steal[1] * 1200.0 == pytest.approx(0.1 * 600.0)
    assert allocated(result) == pytest.approx([300e3, 500.0 * 600.0 + 600.0 * 600.0])


def test_that_a_limit_lets_the_rest_wait_and_what_is_always_short_never_drains() -> None:
    limited = vm(1, Recorded(TRACE, 0), limit_mhz=250.0)
    result = simulate(spec(limited, vm(2, Constant(1.0), keeps=False)))
    assert result.backlogs.series_s[:, 0].tolist() == [225.0, 150.0, 75.0, 0.0]
    never = simulate(spec(vm(1, Constant(0.9)), vm(2, Constant(0.9))))
    assert never.backlogs.series_s.tolist() == [[n * 120.0] * 2 for n in (1, 2, 3, 4)]
    assert np.isinf(never.backlogs.drains_s).all()
    assert simulate(spec(vm(1, Constant(0.5)), vm(2, Constant(0.5)))).backlogs.drains_s.tolist() == [0.0, 0.0]


def test_that_the_time_to_drain_is_that_at_the_present_load() -> None:
    simulation = Simulation(spec(vm(1, Recorded(TRACE, 0)), vm(2, Recorded(TRACE, 0), keeps=False)))
    simulation.advance(300.0)
    assert simulation.result().backlogs.drains_s.tolist() == [150.0]


def test_that_a_vm_that_is_down_keeps_its_work_and_does_it_when_it_is_back() -> None:
    events = TimedEvent(300.0, "fail", HOST), TimedEvent(600.0, "recover", HOST)
    result = simulate(spec(vm(1, Recorded(TRACE, 0)), vm(2, Recorded(TRACE, 0), keeps=False), events=events))
    assert result.backlogs.series_s[:, 0].tolist() == [150.0, 150.0, 0.0, 0.0]
    assert result.vms.mean_mhz[0] * result.vms.running_s[0] == pytest.approx(300e3)


def test_that_work_of_applications_waits_with_their_vm() -> None:
    app = Application(5, 1, 1000.0, Recorded(TRACE, 0))
    result = simulate(spec(vm(1, Constant(0.0), apps=(app,)), vm(2, Recorded(TRACE, 0), keeps=False)))
    assert result.backlogs.series_s[:, 0].tolist() == [150.0, 0.0, 0.0, 0.0]
    assert allocated(result)[:2] == pytest.approx([300e3, 150e3])
    row = result.vm_ids.tolist().index(5)
    assert result.vms.mean_mhz[row] * result.vms.running_s[row] == pytest.approx(300e3), "it works off what waits"


def test_that_work_of_an_application_waits_alone_until_its_vm_has_cpu_to_spare() -> None:
    """Its VM asks for 600 MHz, and it for 900 of the 1,000 that there are: 600 of its 900 MHz are served. From 300 s on
    the VM asks for 600 alone: 400 are left for the 90,000 MHz s that wait, which take 225 s. What the VM was not given
    itself is lost."""
    app, gone = Application(5, 1, 1000.0, Recorded(TRACE, 0, 0, 0.9), keeps_backlog=True), Application(6, 1, 1000.0)
    result = simulate(spec(vm(1, Constant(0.6), keeps=False, apps=(app, gone))))
    kept, own = result.backlogs, result.vm_ids.tolist().index(5)
    assert kept.ids.tolist() == [5]
    assert (kept.series_s[:, 0].tolist(), kept.waited_s.tolist()) == ([90.0, 0.0, 0.0, 0.0], [525.0])
    assert allocated(result) == pytest.approx([300e3 + 225e3 + 675.0 * 600.0, 270e3, 0.0])
    missed = [getattr(result.vms, name)[own] for name in ("throttled", "waiting", "overhead", "steal")]
    assert sum(missed) * 1200.0 == pytest.approx(525.0 - (180.0 + 90.0)), "it asks for all while some waits"


def test_that_work_that_waits_for_a_disk_is_done_as_fast_as_the_disk_lets_it() -> None:
    """Of 1,000 MHz a disk of 300 operations a second lets a VM do 300: 90 of 300 s of work are done in 300 s, the other
    210 take 700, and no operation is lost or done twice. Where it always asks for 400 MHz, 100 wait for ever."""

    def slowed(demand: Demand) -> Result:
        made = spec(vm(1, demand))
        limits, flows = [Limit(3, "iops", 300.0, name="vol")], [Flow(1, 1000.0, 3, 4.0, (3,), follows=True)]
        return simulate(replace(made, domains=[*made.domains, Domain(3, ZONE, "volume")], limits=limits, flows=flows))

    once, always = slowed(Recorded(TRACE, 0)), slowed(Constant(0.4))
    assert once.backlogs.series_s[:, 0] == pytest.approx([210.0, 120.0, 30.0, 0.0], abs=1e-6)
    assert (allocated(once), once.backlogs.waited_s) == (pytest.approx([300e3]), pytest.approx([1000.0]))
    assert once.vms.mean_of("disk_served") * 1200.0 == pytest.approx([300e3])
    assert always.backlogs.series_s[:, 0] == pytest.approx([30.0, 60.0, 90.0, 120.0])
    assert allocated(always) == pytest.approx([360e3])


def test_that_what_waits_takes_cpu_credits_and_is_done_as_they_are_earned() -> None:
    """Of 500 MHz h, credits let the VM have half an hour's; the rest waits, and is done by the 100 MHz of its baseline
    in 4.5 hours. Then it earns again."""
    nano = Credits(6.0, 144.0, balance=27.0)
    one = Vm(1, ZONE, 2, 1000.0, 1.0, Recorded(TRACE, 0), credits=nano, keeps_backlog=True)
    trace = Trace(TRACE, 3600.0, np.array([[0.5] + [0.0] * 5]))
    simulation = Simulation(
        Spec([Domain(ZONE, 0, "zone")], (), [one], traces=[trace], until_s=21600.0, sample_s=3600.0)
    )
    simulation.advance(21600.0)
    result = simulation.result()
    waits = result.backlogs.series_s[:, 0] * 2000.0 / 3600.0
    assert waits == pytest.approx([450.0, 350.0, 250.0, 150.0, 50.0, 0.0], abs=1e-6)
    assert result.credits.balance[:, 0] == pytest.approx([0.0] * 5 + [3.0], abs=1e-6)
    assert result.integral("allocated")[:, 0] / 3600.0 == pytest.approx([550.0, 100.0, 100.0, 100.0, 100.0, 50.0])
    assert simulation.branch(10000.0).branch(5000.0).moment().heat.tolist() == simulation.moment(5000.0).heat.tolist()


def test_that_where_hosts_share_in_proportion_the_load_of_the_moment_goes_first() -> None:
    """At first each has half of the host. From 300 s on VM 2 asks for 600 MHz and has them; what waits has the other
    400 of 1,000 MHz: 375 s."""
    one, two = vm(1, Recorded(TRACE, 0)), vm(2, Recorded(TRACE + 1, 0), keeps=False)
    traces = [Trace(TRACE, 300.0, BUSY_ONCE), Trace(TRACE + 1, 300.0, np.array([[1.0, 0.6, 0.6, 0.6]]))]
    made = spec(one, two, traces=traces)
    result = simulate(replace(made, hosts=[replace(host, sharing="proportional") for host in made.hosts]))
    assert result.backlogs.series_s[:, 0] == pytest.approx([150.0, 30.0, 0.0, 0.0])
    assert result.backlogs.waited_s == pytest.approx([675.0])
    assert allocated(result) == pytest.approx([300e3, 150e3 + 900.0 * 600.0])


def test_that_what_is_not_computed_is_refused() -> None:
    base = spec(vm(1, Constant(0.5)))
    with pytest.raises(SpecError, match="VM 1 serves requests"):
        Simulation(replace(base, vms=[vm(1, Constant(0.5), service=30)], services=[Service(30, Constant(1.0), 1.0)]))


# -- beside a slow reference


def waiting_world(seed: int) -> Spec:
    """A crowded or wide world in which most VMs keep a backlog."""
    made = crowded_world(seed) if seed % 2 else reference.world(seed)
    return replace(made, vms=[keeper(one, one.id % 3 != 0) for one in made.vms])


def keeper(one: Vm, keeps: bool) -> Vm:
    """A VM that keeps what is not served, or of which every other application does."""
    apps = tuple(replace(app, keeps_backlog=app.id % 2 == 0 and not app.service) for app in one.apps)
    return replace(one, keeps_backlog=keeps, apps=apps)


def got_slowly(
    of: Spec, place: Host | Domain, time_s: float, waits: dict[int, float]
) -> dict[int, tuple[float, float]]:
    """Of each VM on a place, and each application in one, what it asks for by itself and what it gets, where some have
    work that waits.
    """
    vms = [one for one in of.vms if one.place == place.id]
    own = isinstance(place, Host)
    thread = place.mhz if isinstance(place, Host) else math.inf
    wants = {row.id: reference.wanted(of, row, time_s, thread) for one in vms for row in (one, *one.apps)}
    fresh = [sum(wants[row.id] for row in (one, *one.apps)) for one in vms]
    late = {row.id for one in vms for row in (one, *one.apps) if waits.get(row.id, 0.0) > 0.0}

    def most(one: Vm) -> dict[int, float]:
        """What the applications in a VM ask for beyond their load."""
        return {app.id: app.vcpus * min(app.mhz, thread) - wants[app.id] for app in one.apps if app.id in late}

    def given() -> list[float]:
        caps = [min(one.vcpus * one.mhz, one.vcpus * thread, one.limit_mhz) for one in vms]
        asked = [f + sum(most(one).values()) for one, f in zip(vms, fresh)]
        may = [cap if one.id in late else min(ask, cap) for one, ask, cap in zip(vms, asked, caps)]
        if not isinstance(place, Host):
            return [min(m, one.vcpus * one.mhz * one.thread_frac) for m, one in zip(may, vms)]
        capacity = reference.capacity_of(place)
        if place.sharing == "reserved":
            vcpu = capacity / (place.cores * place.threads_per_core)
            return [min(m, one.vcpus * vcpu, capacity) for m, one in zip(may, vms)]
        if place.sharing == "proportional":
            own = [min(f, cap) for f, cap in zip(fresh, caps)]
            rest = max(capacity - sum(own), 0.0)
            more = [m - o for m, o in zip(may, own)]
            part = min(rest / sum(more), 1.0) if sum(more) > 0.0 else 0.0
            scale = min(capacity / sum(own), 1.0) if sum(own) > 0.0 else 1.0
            return [o * scale + m * part for o, m in zip(own, more)]
        weights, floors = [reference.weight_of(one, place) for one in vms], [one.reservation_mhz for one in vms]
        return reference.shared(place.sharing, capacity, may, weights, floors)

    assert own or thread == math.inf

    def parts() -> dict[int, tuple[float, float]]:
        found = {}
        for one, whole, got in zip(vms, fresh, given()):
            found[one.id], beyond = (whole, got), most(one)
            for app in (app for app in one.apps if app.id in waits):
                own = wants[app.id] * min(got / whole, 1.0) if whole > 0.0 else 0.0
                spare = max(got - whole, 0.0) * beyond[app.id] / sum(beyond.values()) if beyond.get(app.id) else 0.0
                found[app.id] = wants[app.id], own + spare
        return found

    late |= {i for i, (f, g) in parts().items() if i in waits and f - g > 1e-9 * f}
    return parts()


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
@example(seed=3190)
def test_that_backlogs_agree_with_a_slow_reference(seed: int) -> None:
    world = waiting_world(seed)
    result = simulate(world)
    waits = {one.id: 0.0 for one in world.vms if one.keeps_backlog}
    waits |= {app.id: 0.0 for one in world.vms if not one.keeps_backlog for app in one.apps if app.keeps_backlog}
    served = dict.fromkeys([*(one.id for one in world.vms), *waits], 0.0)
    cuts = {0.0, world.until_s, *(event.time_s for event in world.events)}
    for step_s in (world.sample_s, *(trace.step_s for trace in world.traces)):
        cuts |= {n * step_s for n in range(math.ceil(world.until_s / step_s))}
    for begin, end in pairwise(sorted(cut for cut in cuts if cut <= world.until_s)):
        for place in (*world.hosts, *world.domains):
            if reference.down(world, place.id, begin):
                continue
            at = begin
            while at < end:
                rates = got_slowly(world, place, begin, waits)
                late = {i: waits[i] / (g - f) for i, (f, g) in rates.items() if waits.get(i, 0.0) > 0.0 and g > f}
                dt = min([end - at, *late.values()])
                for i, (f, g) in rates.items():
                    served[i] += g * dt
                    if i in waits:
                        waits[i] = 0.0 if late.get(i) == dt else max(waits[i] + (f - g) * dt, 0.0)
                        waits[i] = 0.0 if waits[i] < 1e-6 else waits[i]
                at = at + dt if dt < end - at else end
    kept, rows = result.backlogs, {i: n for n, i in enumerate(result.vm_ids.tolist())}
    for i, last_s, row in zip(kept.ids.tolist(), kept.series_s[-1].tolist(), kept.rows.tolist()):
        assert last_s * result.tables.demand.size[row] == pytest.approx(waits[i], rel=1e-6, abs=0.1), i
    for i, mhz_s in served.items():
        if result.vms.running_s[rows[i]] > 0.0:
            had = result.vms.mean_mhz[rows[i]] * result.vms.running_s[rows[i]]
            assert had == pytest.approx(mhz_s, rel=1e-6, abs=0.1), i


def keeping(world: Spec) -> Spec:
    """A random world in which VMs keep what is not served wherever they may."""
    return replace(world, vms=[keeper(one, not one.service and one.id % 3 > 0) for one in world.vms])


def with_one_disk(world: Spec) -> Spec:
    """Every second VM waits for the same disk."""
    flows = [Flow(one.id, 800.0 * one.vcpus, 3333, 4.0, (3333,), follows=True) for one in world.vms[::2]]
    disk, limit = Domain(3333, world.domains[0].id, "volume"), Limit(3333, "iops", 900.0, 1500.0, 1e5, name="vol")
    return replace(world, domains=[*world.domains, disk], limits=[limit], flows=flows)


def test_that_backlogs_that_wait_for_each_other_without_an_end_are_refused() -> None:
    late = Simulation(with_one_disk(keeping(random_world(7293))))
    late.advance(1000.0)
    with pytest.raises(SpecError, match=r"keeps a backlog and shares a disk .* does not settle"):
        late.advance(2000.0)
    with pytest.raises(SpecError, match="does not settle"):
        Simulation(with_one_disk(keeping(random_world(1591))))


@settings(max_examples=max(WORLDS // 2, 7))
@given(seed=st.integers(0, 2**31))
@example(seed=441)
@example(seed=2583)
def test_that_all_that_is_asked_for_is_done_or_waits(seed: int) -> None:
    """Also where VMs wait for a disk. What is asked for is told by the same run in which all of it is lost."""
    world = with_one_disk(keeping(random_world(seed) if seed % 2 else waiting_world(seed)))
    lost = [replace(one, keeps_backlog=False, apps=tuple(replace(app, keeps_backlog=False) for app in one.apps))
            for one in world.vms]  # fmt: skip
    try:
        kept = simulate(world)
    except SpecError as error:
        assert "does not settle" in str(error)
        return
    gone = simulate(replace(world, vms=lost))
    t, of = kept.tables, kept.backlogs
    ended = {entry.id for entry in kept.log if entry.what == "terminated"}
    for row, waits_s in zip(of.rows.tolist(), of.series_s[-1].tolist()):
        ran_s, size = gone.vms.running_s[t.inside[row]], t.demand.size[row]
        if ran_s == kept.vms.running_s[t.inside[row]] > 0.0 and int(t.vm_ids[t.inside[row]]) not in ended:
            missed = sum(getattr(gone.vms, name)[row] for name in ("throttled", "waiting", "overhead", "steal"))
            asked = (gone.vms.mean_mhz[row] + missed * size) * ran_s
            done = kept.vms.mean_mhz[row] * ran_s
            assert done + waits_s * size == pytest.approx(asked, rel=1e-6, abs=1.0), t.vm_ids[row]


@settings(max_examples=max(WORLDS // 3, 5))
@given(seed=st.integers(0, 2**31))
def test_that_slices_branches_and_saved_runs_agree(seed: int) -> None:
    world = keeping(random_world(seed))
    whole, sliced = Simulation(world), Simulation(world)
    whole.advance(world.until_s)
    for n in range(1, 8):
        sliced.advance(world.until_s * n / 7.3)
        sliced.record()
    sliced.advance(world.until_s)
    assert sliced.result().digest() == whole.result().digest()
    branch = whole.branch(world.until_s * 0.6)
    for event in world.events:
        if event.time_s > branch.time_s:
            branch.inject(event)
    branch.advance(world.until_s)
    assert branch.result().digest() == whole.result().digest()
    again = Simulation.revived(world, whole.columns(), whole.events, whole.time_s, None)
    for at in (0.3, 0.77):
        shown, first = again.moment(world.until_s * at), whole.moment(world.until_s * at)
        assert np.array_equal(shown.heat, first.heat, equal_nan=True)
    assert again.result().backlogs.most_s.tolist() == whole.result().backlogs.most_s.tolist()


def test_that_the_parts_of_steal_sum_where_work_waits() -> None:
    lost = 0.0
    for seed in range(12):
        simulation = Simulation(waiting_world(seed))
        simulation.advance(simulation.spec.until_s)
        isolation = simulation.isolation()
        list(isolation.work())
        found, result = isolation.losses(), simulation.result()
        lost += float(found.mhz_s.sum())
        for n, vm_id in enumerate(result.vm_ids[: result.tables.first_app].tolist()):
            steal = result.vms.steal[n] * result.vms.running_s[n] * result.tables.demand.size[n]
            parts = found.mhz_s[found.victims == vm_id].sum()
            assert parts == pytest.approx(np.nan_to_num(steal), rel=1e-9, abs=1e-6)
    assert lost > 0.0
