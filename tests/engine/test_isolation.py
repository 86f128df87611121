"""Who takes the CPU that VMs lose: tiny worlds with the whole table, a slow reference beside it, sums that hold."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import (
    Cluster,
    Constant,
    Demand,
    Domain,
    Host,
    Pool,
    Queueing,
    Recorded,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
)
from designer.engine.result.losses import Losses
from tests.engine import test_sharing_reference as reference
from tests.engine.crowded_world import crowded_world
from tests.engine.moving_world import random_moves
from tests.engine.random_world import random_world

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "12"))
ZONE, HOST = 80, 10
LATER = np.array([[0, 0, 100, 100]], np.uint8)


def vm(vm_id: int, demand: Demand, vcpus: int = 1, place: int = HOST, **more: object) -> Vm:
    return Vm(vm_id, place, vcpus, 1000.0, 1.0, demand, boot_s=0.0, **more)  # type: ignore[arg-type]


def spec(*vms: Vm, host: Host | None = None, **more: object) -> Spec:
    host = host or Host(HOST, ZONE, 2, 1000.0, 2.0**20, sharing="max_min", threads_per_core=1)
    return Spec([Domain(ZONE, 0, "zone")], [host], vms, traces=[Trace(90, 300.0, LATER)], until_s=1200.0, **more)  # type: ignore[arg-type]


def lost(run: Simulation, begin_s: float = 0.0, end_s: float | None = None, ids: tuple[int, ...] = ()) -> Losses:
    work = run.isolation(begin_s, end_s, ids)
    done = list(work.work())
    assert done == sorted(done)
    return work.losses()


def table(found: Losses) -> list[tuple[int, int, int, float]]:
    mhz_s = np.round(found.mhz_s, 6).tolist()
    return list(zip(found.victims.tolist(), found.takers.tolist(), found.hosts.tolist(), mhz_s))


def run(of: Spec) -> Simulation:
    made = Simulation(of)
    made.advance(of.until_s)
    return made


def test_that_a_vm_loses_to_those_above_their_entitlement_in_proportion() -> None:
    """All ask for 4,000 MHz, of which there are 2,000: entitled to 1,000, 500 and 500; they get 1143, 571 and 286."""
    host = Host(HOST, ZONE, 2, 1000.0, 2.0**20, sharing="proportional", threads_per_core=1)
    made = run(spec(vm(1, Constant(1.0), 2), vm(2, Constant(1.0)), vm(3, Constant(0.5)), host=host))
    a, b, c = 2000.0 / 3.5, 1000.0 / 3.5, 500.0 / 3.5
    found = lost(made, 0.0, 1.0)
    assert (found.victims.tolist(), found.takers.tolist()) == ([1, 2, 3, 3], [2, 1, 1, 2])
    steal = [2000.0 - 2 * a, 1000.0 - 2 * b, 500.0 - 2 * c]
    assert found.mhz_s == pytest.approx([steal[0], steal[1], steal[2] * 2 / 3, steal[2] / 3])
    assert found.frac == pytest.approx([steal[0] / 2000, steal[1] / 1000, steal[2] / 1500, steal[2] / 3000])
    assert found.vcpu_s == pytest.approx([steal[0] / 1000, steal[1] / 1000, steal[2] / 1500, steal[2] / 3000])
    assert found.of(3) == [(1, pytest.approx(steal[2] / 1500)), (2, pytest.approx(steal[2] / 3000))]
    assert [who for who, _ in found.by(HOST)] == [2, 1]


def test_that_a_quiet_vm_takes_nothing_and_who_gets_more_than_its_part_takes_all() -> None:
    """Each of three is entitled to 667 MHz; one asks for 200, so the others get 900 and lose to each other only."""
    made = run(spec(vm(1, Constant(1.0), 2), vm(2, Constant(1.0), 2), vm(3, Constant(0.2))))
    assert table(lost(made, 0.0, 1.0)) == [(1, 2, HOST, 1100.0), (2, 1, HOST, 1100.0)]


def test_that_where_all_have_what_they_are_entitled_to_their_allocations_split_the_steal() -> None:
    host = Host(HOST, ZONE, 2, 1000.0, 2.0**20, sharing="weighted_max_min", threads_per_core=1)
    three = (vm(n, Constant(1.0), shares=100.0 * n) for n in (1, 2, 3))
    made = run(spec(*three, host=host))  # 333, 667 and 1,000 MHz: the last loses nothing
    third = 2000.0 / 6.0
    found = lost(made, 0.0, 1.0)
    assert list(zip(found.victims, found.takers)) == [(1, 2), (1, 3), (2, 1), (2, 3)]
    lose = [1000.0 - third, 1000.0 - 2 * third]
    assert found.mhz_s == pytest.approx([lose[0] * 2 / 5, lose[0] * 3 / 5, lose[1] / 4, lose[1] * 3 / 4])


def test_that_reservations_and_limits_count_for_what_a_vm_is_entitled_to() -> None:
    """The reserved 900 MHz are its own; a limit of 300 leaves the rest to others. So nobody is above but VM 3."""
    host = Host(HOST, ZONE, 2, 1000.0, 2.0**20, sharing="weighted_max_min", threads_per_core=1, default_shares=100.0)
    reserved = vm(1, Constant(1.0), reservation_mhz=900.0)
    made = run(
        spec(reserved, vm(2, Constant(0.1)), vm(3, Constant(1.0)), vm(4, Constant(1.0), limit_mhz=300.0), host=host)
    )
    got = {1: 900.0, 2: 100.0, 3: 700.0, 4: 300.0}  # entitled to 900, 400, 400 and 300
    assert made.moment(1.0).used[:4] == pytest.approx(np.array([*got.values()]) / 1000.0)
    assert table(lost(made, 0.0, 1.0)) == [(1, 3, HOST, 100.0), (3, 1, HOST, pytest.approx(300.0 * 900 / 1300)),
                                           (3, 2, HOST, pytest.approx(300.0 * 100 / 1300)),
                                           (3, 4, HOST, pytest.approx(300.0 * 300 / 1300))]  # fmt: skip


def test_that_a_window_holds_what_was_lost_in_it_and_a_moment_what_is_lost_then() -> None:
    made = run(spec(vm(1, Constant(0.8)), vm(2, Constant(0.8)), vm(3, Recorded(90, 0), 2)))
    once = lost(made, 599.0, 601.0)
    assert (once.mhz_s.sum(), lost(made, 0.0, 600.0).mhz_s.size) == (pytest.approx(1600.0 + 2000.0 - 2000.0), 0)
    assert lost(made, 700.0, 700.0).mhz_s == pytest.approx(once.mhz_s)
    assert lost(made).mhz_s == pytest.approx(600.0 * once.mhz_s)
    assert lost(made).frac == pytest.approx(once.frac), "of the time that it ran in the window"
    assert lost(made, 300.0, 900.0).mhz_s == pytest.approx(300.0 * once.mhz_s)


def test_that_only_those_who_are_asked_for_are_told_and_others_still_take() -> None:
    made = run(spec(vm(1, Constant(0.8)), vm(2, Constant(0.8)), vm(3, Constant(0.8))))
    every, one = lost(made), lost(made, ids=(2,))
    assert table(one) == [row for row in table(every) if row[0] == 2] and table(one)


def test_that_a_vm_that_moves_loses_to_its_neighbors_of_that_time() -> None:
    """VM 1 fails with host 10 and restarts on 11 after 15 s, where it loses to VM 4."""
    hosts = [Host(h, ZONE, 1, 1000.0, 2.0**20, sharing="max_min", threads_per_core=1, cluster=5) for h in (10, 11)]
    vms = [
        vm(1, Constant(1.0), recovery="cluster"), vm(2, Constant(1.0)),
        vm(4, Constant(0.8), place=11),
    ]  # fmt: skip
    made = run(Spec([Domain(ZONE, 0, "zone")], hosts, vms, clusters=[Cluster(5, "c")], until_s=1200.0,
                    events=[TimedEvent(600.0, "fail", 10)]))  # fmt: skip
    found = lost(made)
    assert [row[:3] for row in table(found)] == [(1, 2, 10), (1, 4, 11), (2, 1, 10), (4, 1, 11)]
    assert found.mhz_s == pytest.approx([300e3, 500.0 * 585.0, 300e3, 300.0 * 585.0])
    assert found.frac == pytest.approx([300.0 / 1185.0, 500.0 * 585.0 / 1185e3, 0.5, 300.0 * 585.0 / 1200e3])


def test_that_a_host_that_spends_cpu_on_migrations_takes_under_its_own_name() -> None:
    worlds = (run(random_moves(seed)) for seed in range(30))
    hosts = {int(h) for made in worlds for h in np.intersect1d(lost(made).takers, made.tables.unit_ids)}
    assert hosts, "in some of thirty worlds a migration takes from VMs"


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_the_parts_sum_to_the_steal(seed: int) -> None:
    for world in (random_world(seed), random_moves(seed)):
        made = run(world)
        result = made.result()
        tables = result.tables
        found = lost(made)
        for n, vm_id in enumerate(result.vm_ids[: tables.first_app].tolist()):
            steal = float(np.nan_to_num(result.vms.steal[n] * result.vms.running_s[n] * tables.demand.size[n]))
            parts = found.mhz_s[found.victims == vm_id]
            assert math.fsum(parts.tolist()) == pytest.approx(steal, rel=1e-9, abs=1e-6)
            assert math.fsum(found.frac[found.victims == vm_id].tolist()) == pytest.approx(
                float(np.nan_to_num(result.vms.steal[n])), rel=1e-9, abs=1e-9
            )


def split_slowly(of: Spec, time_s: float) -> dict[tuple[int, int], float]:
    """MHz that VMs lose to others at a time: by the plain rules of the reference of sharing."""
    found = {}
    for host in of.hosts:
        vms = [one for one in of.vms if one.place == host.id]
        if reference.down(of, host.id, time_s) or host.sharing == "reserved" or not vms:
            continue
        rates = reference.rates(of, host, time_s)
        all_ask = [min(one.vcpus * one.mhz, one.vcpus * host.mhz, one.limit_mhz) for one in vms]
        weights, floors = [reference.weight_of(one, host) for one in vms], [one.reservation_mhz for one in vms]
        entitled = reference.shared(host.sharing, reference.capacity_of(host), all_ask, weights, floors)
        got = [rates[one.id][0] for one in vms]
        excess = [g - e if g - e > 1e-6 * g else 0.0 for g, e in zip(got, entitled)]
        for i, one in enumerate(vms):
            steal = rates[one.id][-1]
            others = [j for j in range(len(vms)) if j != i]
            by = excess if any(excess[j] for j in others) else got
            for j in others:
                if steal > 1e-6 and by[j] > 0.0:
                    found[one.id, vms[j].id] = steal * by[j] / math.fsum(by[k] for k in others)
    return found


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_the_parts_are_those_of_a_slow_reference(seed: int) -> None:
    world = crowded_world(seed)
    expected: dict[tuple[int, int], list[float]] = defaultdict(list)
    cuts = {0.0, world.until_s, *(event.time_s for event in world.events)}
    for step_s in (world.sample_s, *(trace.step_s for trace in world.traces)):
        cuts |= {n * step_s for n in range(math.ceil(world.until_s / step_s))}
    for begin, end in pairwise(sorted(cut for cut in cuts if cut <= world.until_s)):
        for pair, mhz in split_slowly(world, begin).items():
            expected[pair].append(mhz * (end - begin))
    found = lost(run(world))
    told = {(v, t): mhz_s for v, t, mhz_s in zip(found.victims.tolist(), found.takers.tolist(), found.mhz_s.tolist())}
    for pair in told.keys() | expected.keys():
        assert told.get(pair, 0.0) == pytest.approx(math.fsum(expected[pair]), rel=1e-6, abs=0.1), pair


def test_that_the_parts_sum_in_pools_and_while_requests_queue() -> None:
    pools = [Pool(70, limit_mhz=1500.0), Pool(71, shares=1000.0)]
    host = Host(HOST, ZONE, 2, 1000.0, 2.0**20, sharing="weighted_max_min", threads_per_core=1)
    queueing = Queueing(timeout_s=5.0)
    made = run(spec(
        vm(1, Constant(0.0), 2, service=30), vm(2, Recorded(90, 0), 2, pool=70), vm(3, Constant(0.7), pool=71),
        host=host, pools=pools, services=[Service(30, Constant(700.0), 2.0, queueing=queueing)],
    ))  # fmt: skip
    result, found = made.result(), lost(made)
    for n, vm_id in enumerate((1, 2, 3)):
        steal = result.vms.steal[n] * result.vms.running_s[n] * result.tables.demand.size[n]
        assert found.mhz_s[found.victims == vm_id].sum() == pytest.approx(steal, rel=1e-9)
    assert found.mhz_s.size >= 4


def test_that_a_branch_and_a_saved_run_tell_the_same_parts() -> None:
    made = run(spec(vm(1, Constant(0.8)), vm(2, Constant(0.8)), vm(3, Recorded(90, 0), 2)))
    other = made.branch(900.0)
    assert table(lost(other)) == table(lost(made, 0.0, 900.0)) and table(lost(other))
    again = Simulation.revived(made.spec, made.columns(), made.events, made.time_s, None)
    assert table(lost(again)) == table(lost(made))


def test_that_asking_changes_nothing_of_a_run() -> None:
    world = random_moves(3)
    asked, plain = Simulation(world), run(world)
    for time_s in (700.0, 1950.0, world.until_s):
        asked.advance(time_s)
        lost(asked)
        lost(asked, time_s, time_s)
    assert asked.result().digest() == plain.result().digest()
