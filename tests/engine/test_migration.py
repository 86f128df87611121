"""Live migrations in a run: whole logs of tiny worlds, and the same run however it is cut."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import Affinity, Balancing, Constant, Domain, Migration, PlacementGroup, Simulation, Spec, simulate
from designer.engine.migration.tries import Tries
from designer.engine.result.result import Result
from designer.engine.state.state import HOLDING, STANDING
from designer.errors import SpecError
from tests.engine.moving_world import MBPS, host, random_moves, told, vm, world

WORLDS = min(int(os.environ.get("DESIGNER_WORLDS", "16")), 300)
"""How many worlds of moves at random are tried (`make torture`: hundreds)."""
OFF = "unmoved"


def test_that_a_drained_host_gives_its_vms_away_and_is_in_maintenance_until_it_is_opened() -> None:
    hosts = [host(n) for n in range(3)]
    spec = world(hosts, [vm(n, n % 2) for n in range(4)], (600.0, "drain", 10), (1800.0, "open", 10))
    run = Simulation(spec)
    run.advance(3600.0)
    result = run.result()
    # both share the 1,024 MiB/s of h0: 512 for each, so 32 + 16 + 8 + 4 + 2 + 1 + 0.5 s, then 128 MiB in 0.25 s
    assert told(result) == [
        (600.0, "draining", 10, 0),
        (600.0, "migrating", 100, 12),
        (600.0, "migrating", 102, 12),
        (663.75, "migrated", 100, 12),
        (663.75, "migrated", 102, 12),
        (663.75, "maintained", 10, 0),
        (1800.0, "opened", 10, 0),
    ]
    assert [e.cause for e in result.log] == [0, 1, 1, 2, 3, 1, 1]
    assert [e.value for e in result.log if e.what == "migrated"] == [0.25, 0.25]
    at = list(run.moment(0.0).ids).index
    assert [int(run.moment(t).status[at(10)]) for t in (0.0, 620.0, 700.0, 1900.0)] == [0, 5, 5, 0]
    assert [int(run.moment(t).place[at(100)]) for t in (0.0, 660.0, 664.0)] == [10, 10, 12]


def test_that_a_moved_vm_goes_to_another_host_while_its_own_stays_open_and_one_without_a_place_stays() -> None:
    hosts = [host(0), host(1, ram_mib=20000.0)]
    vms = [vm(0, 0), vm(1, 0)]
    spec = world(hosts, vms, (600.0, "move", 100), (900.0, "move", 101), (1200.0, "move", 101))
    result = simulate(spec)
    assert told(result) == [
        (600.0, "migrating", 100, 11),
        (621.25, "migrated", 100, 11),
        (900.0, "unmoved", 101, 10),
        (1200.0, "unmoved", 101, 10),
    ]
    assert {e.detail for e in result.log if e.what == "unmoved"} == {"no host in c has enough free memory"}
    with pytest.raises(SpecError, match="is no VM"):
        simulate(world(hosts, vms, (600.0, "move", 10)))


def test_that_a_vm_does_nothing_while_it_stands_still_and_all_else_of_the_time_its_work() -> None:
    result = simulate(world([host(0), host(1)], [vm(0, 0)], (600.0, "drain", 10)))
    assert told(result, "migrated") == [(621.25, "migrated", 100, 11)]  # 16, 4 and 1 s live, 256 MiB in 0.25 s
    assert result.vms.mean_mhz[0] * 3600.0 == pytest.approx(2000.0 * (3600.0 - 0.25))
    assert result.vms.waiting[0] * 4000.0 * 3600.0 == pytest.approx(2000.0 * 0.25)
    assert result.vms.running_s[0] == 3600.0


def test_that_both_hosts_spend_cpu_and_watts_on_a_migration() -> None:
    spec = world([host(0), host(1)], [vm(0, 0)], (600.0, "drain", 10))
    busy, calm = (simulate(replace(spec, hosts=[host(n, Migration("kvm", MBPS, core_per_gbps=c)) for n in (0, 1)]))
                  for c in (0.1, 0.0))  # fmt: skip
    mhz = 0.1 * MBPS / 1000 * 2000.0  # a tenth of a core for each Gbit/s, on each host, for 21.25 s
    more_w = mhz / 16_000.0 * 100.0
    assert (busy.integral("energy") - calm.integral("energy")).sum(axis=0)[:2] == pytest.approx([more_w * 21.25] * 2)
    assert busy.vms.steal.tolist() == [0.0]


def test_that_a_migration_takes_cpu_from_vms_of_a_full_host() -> None:
    vms = [vm(n, 0, vcpus=4, demand=Constant(1.0), ram_mib=4096.0) for n in range(2)]
    result = simulate(world([host(0), host(1)], vms, (600.0, "drain", 10)))
    assert (result.vms.steal > 0).all()
    assert result.used.max() <= 1.0


def test_that_room_is_taken_at_both_ends_until_a_migration_is_over() -> None:
    hosts = [host(0), host(1, ram_mib=20_000.0), host(2, ram_mib=20_000.0)]
    spec = world(hosts, [vm(n, 0) for n in range(3)], (600.0, "drain", 10))
    result = simulate(spec)
    assert told(result, "migrating", OFF) == [
        (600.0, "unmoved", 102, 10),
        (600.0, "migrating", 100, 11),
        (600.0, "migrating", 101, 12),
    ]
    assert [e.detail for e in result.log if e.what == OFF] == ["no host in c has enough free memory"]
    assert told(result, "maintained") == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"affinities": [Affinity(50, (100, 101), "apart", name="rule")]}, "rule allows no host in c with room"),
        ({"placements": [PlacementGroup(50, "group")]}, "group allows no host in c with room"),
    ],
)
def test_that_a_vm_that_moves_is_apart_from_others_at_both_ends(rule: dict[str, Any], said: str) -> None:
    placement = 50 if "placements" in rule else 0
    vms = [vm(0, 0, placement=placement), vm(1, 2, placement=placement, recovery="cluster", detect_s=1.0)]
    result = simulate(world([host(0), host(1), host(2)], vms, (600.0, "drain", 10), (601.0, "fail", 12), **rule))
    assert told(result, "migrating", "migrated") == [(600.0, "migrating", 100, 11), (621.25, "migrated", 100, 11)]
    assert [(e.time_s, e.detail) for e in result.log if e.what == "waiting"] == [(616.0, said)]
    assert told(result, "restarting") == []


def test_that_a_host_takes_part_in_so_many_migrations_at_a_time_and_others_wait() -> None:
    hosts = [host(n, Migration("kvm", MBPS, at_once=1)) for n in range(3)]
    result = simulate(world(hosts, [vm(n, 0) for n in range(3)], (600.0, "drain", 10)))
    assert [(time_s, what, i) for time_s, what, i, _ in told(result, "migrating", "migrated")] == [
        (600.0, "migrating", 100),
        (621.25, "migrated", 100),
        (621.25, "migrating", 101),
        (642.5, "migrated", 101),
        (642.5, "migrating", 102),
        (663.75, "migrated", 102),
    ]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_that_vms_kept_together_leave_a_drained_host_one_after_the_other(at_once: int) -> None:
    hosts = [host(n, Migration("kvm", MBPS, at_once=at_once)) for n in range(3)]
    rule = Affinity(50, (100, 101, 102), "together")
    result = simulate(world(hosts, [vm(n, 0) for n in range(3)], (600.0, "drain", 10), affinities=[rule]))
    assert [(i, on) for _, _, i, on in told(result, "migrated")] == [(100, 11), (101, 11), (102, 11)]
    assert [i for _, _, i, _ in told(result, OFF, "maintained")] == [10]


def test_that_a_balancer_does_not_part_vms_that_are_kept_together() -> None:
    vms = [vm(n, 0, vcpus=4, demand=Constant(0.45), ram_mib=1024.0, dirty_mib_s=0.0) for n in range(2)]
    rule = Affinity(50, (100, 101), "together")
    spec = world([host(0), host(1)], vms, balancing=Balancing("drs", 300.0, 0.1))
    assert [i for _, _, i, _ in told(simulate(spec), "migrating")][:1] == [100]
    assert told(simulate(replace(spec, affinities=[rule])), "migrating") == []


def test_that_a_refused_vm_leaves_its_slot_to_the_next_that_waits() -> None:
    hosts = [
        host(0, Migration("kvm", MBPS, at_once=1)), host(1, ram_mib=48_000.0), host(2, ram_mib=17_000.0)
    ]  # fmt: skip
    vms = [vm(0, 0), vm(1, 0), vm(2, 0, ram_mib=1024.0), vm(9, 2, recovery="cluster", detect_s=1.0)]
    result = simulate(world(hosts, vms, (600.0, "drain", 10), (601.0, "fail", 12)))
    # the VM of h2 restarts on h1 meanwhile, in the room that 101 was to have
    assert told(result, "restarting", "migrating", "migrated", OFF) == [
        (600.0, "migrating", 100, 11),
        (616.0, "restarting", 109, 11),
        (621.25, "migrated", 100, 11),
        (621.25, "unmoved", 101, 11),
        (621.25, "migrating", 102, 11),
        (621.25, "unmoved", 101, 10),
        (622.5, "migrated", 102, 11),
    ]


def test_that_a_vm_that_waits_restarts_in_the_room_of_a_migration_that_is_given_up() -> None:
    hosts = [host(0, Migration("kvm", MBPS, timeout_s_gib=10.0)), host(1, ram_mib=20_000.0), host(2)]
    vms = [vm(0, 0, dirty_mib_s=2000.0), vm(1, 2, recovery="cluster", detect_s=1.0)]
    result = simulate(world(hosts, vms, (600.0, "drain", 10), (610.0, "fail", 12)))
    assert told(result, "waiting", "restarting", "migrating", OFF) == [
        (600.0, "migrating", 100, 11),
        (625.0, "waiting", 101, 0),
        (760.0, "unmoved", 100, 11),
        (760.0, "restarting", 101, 11),
        (760.0, "unmoved", 100, 10),
    ]


def test_that_a_migration_goes_faster_once_another_is_over() -> None:
    hosts = [host(n) for n in range(3)]
    result = simulate(world(hosts, [vm(0, 0, dirty_mib_s=0.0), vm(1, 0, dirty_mib_s=0.0, ram_mib=4096.0)],
                            (600.0, "drain", 10)))  # fmt: skip
    # 512 MiB/s each: the small one is there after 8 s; the other has 12,288 MiB left then, at 1,024 MiB/s
    assert [(e.time_s, e.id) for e in result.log if e.what == "migrated"] == [(608.0, 101), (620.0, 100)]


def test_that_a_migration_that_does_not_converge_says_so_and_is_given_up() -> None:
    writes = vm(0, 0, dirty_mib_s=2000.0)
    result = simulate(
        world([host(0, Migration("kvm", MBPS, timeout_s_gib=10.0)), host(1)], [writes], (600.0, "drain", 10))
    )
    assert [(e.time_s, e.what, e.detail) for e in result.log][1:3] == [
        (600.0, "migrating",
         "it does not converge: it writes 2,000 MiB/s and 1,024 are sent; it is given up after 160 s"),
        (760.0, "unmoved", "it was given up after 160 s"),
    ]  # fmt: skip


def test_that_a_drained_host_waits_for_a_vm_whose_migrations_were_given_up_until_something_changes() -> None:
    hosts = [host(0, Migration("kvm", MBPS, timeout_s_gib=10.0)), host(1)]  # 160 s for 16 GiB
    spec = world(hosts, [vm(0, 0, dirty_mib_s=2000.0)], (600.0, "drain", 10), (2000.0, "degrade", 11, 0.5),
                 (3000.0, "open", 10), (3100.0, "drain", 10))  # fmt: skip
    result = simulate(replace(spec, until_s=7200.0))
    tries = [600.0, 760.0, 920.0, 2000.0, 2160.0, 2320.0, 3100.0, 3260.0, 3420.0]
    assert [e.time_s for e in result.log if e.what == "migrating"] == tries
    assert [e.time_s for e in result.log if e.what == OFF and e.detail.startswith("it was")] == [t + 160 for t in tries]
    told_once = [(e.time_s, e.detail, e.place) for e in result.log if e.what == OFF and e.detail.startswith("h0")]
    why = "h0 waits for it: 3 of its migrations were given up"
    assert told_once == [(1080.0, why, 10), (2480.0, why, 10), (3580.0, why, 10)]


def test_that_a_vm_is_tried_again_when_another_has_left_its_drained_host() -> None:
    migration = Migration("kvm", MBPS, timeout_s_gib=10.0, at_once=1)
    vms = [vm(0, 0, dirty_mib_s=2000.0), vm(1, 0)]  # the second waits for the slot, and leaves after the first try
    result = simulate(world([host(0, migration), host(1)], vms, (600.0, "drain", 10)))
    assert [(e.time_s, e.id) for e in result.log if e.what == "migrating"] == [
        (600.0, 100), (760.0, 101), (781.25, 100), (941.25, 100), (1101.25, 100),
    ]  # fmt: skip


def test_that_a_bandwidth_that_comes_and_goes_is_nothing_new_the_second_time() -> None:
    migration = Migration("kvm", MBPS, timeout_s_gib=1.0)  # 16 s for 16 GiB
    turns = [(1000.0 * n, "degrade", 11, 0.5 if n % 2 else 1.0) for n in range(1, 40)]
    vms = [vm(0, 0, dirty_mib_s=2000.0)]
    spec = world([host(0, migration), host(1, migration)], vms, (600.0, "drain", 10), *turns)  # type: ignore[arg-type]
    result = simulate(replace(spec, until_s=40_000.0))
    assert [e.time_s for e in result.log if e.what == "migrating"] == [600.0, 616.0, 632.0, 1000.0, 1016.0, 1032.0]


def test_that_a_vm_that_comes_and_goes_is_nothing_new_the_second_time() -> None:
    """Two VMs on a host, then one, then two again: one by one each number is tried three times, and more than the
    fewest not again."""
    state = Simulation(world([host(0), host(1)], [vm(0, 0), vm(1, 0)]))._state
    tries, one, given_up = Tries(state), np.array([0]), 0
    for turn in range(10):
        state.stand(np.array([1]), np.array([turn % 2]))
        while tries.left(one)[0]:
            tries.note(0)
            given_up += 1
    assert given_up == 6
    copied = Tries(state)
    copied.restore(tries.copy())
    assert not copied.left(one)[0]
    copied.forget(one)
    assert copied.left(one)[0]


@pytest.mark.parametrize(
    ("rule", "ends_s", "down_s", "waits"),
    [
        ("kvm", None, None, True),
        ("xen", 80.0, 16.0, False),
        ("hyperv", 80.0, 16.0, False),
        ("vmotion", None, None, True),
    ],
)
def test_that_each_hypervisor_ends_it_in_its_way(
    rule: str, ends_s: float | None, down_s: float | None, waits: bool
) -> None:
    migration = Migration(rule, MBPS, converge=True)  # type: ignore[arg-type]
    result = simulate(world([host(0, migration), host(1)], [vm(0, 0, dirty_mib_s=2000.0)], (600.0, "drain", 10)))
    moved = next(e for e in result.log if e.what == "migrated")
    if ends_s is not None:
        assert (moved.time_s - 600.0, moved.value) == (ends_s + 16.0, down_s)
    else:
        assert moved.value < 1.0
    # kvm and vmotion slow the VM down before, so that it waits for more than its standstill
    assert (result.vms.waiting[0] * 4000.0 * 3600.0 > 2000.0 * moved.value * 1.01) == waits


def test_that_the_plain_model_is_cloudsims() -> None:
    hosts = [host(n, Migration("plain", 1000.0)) for n in range(2)]
    result = simulate(world(hosts, [vm(0, 0, ram_mib=870e6 / 2**20, demand=Constant(1.0))], (600.0, "drain", 10)))
    assert told(result, "migrated") == [(pytest.approx(613.92), "migrated", 100, 11)]
    assert result.vms.mean_mhz[0] * 3600.0 == pytest.approx(4000.0 * (3600.0 - 0.1 * 13.92))
    energy = result.integral("energy").sum(axis=0)
    away = 3600.0 - 613.92
    spent_w = 0.1 * 4000.0 / 16_000.0 * 100.0  # the target spends a tenth of what the VM asks for
    assert energy[1] == pytest.approx(100.0 * 3600.0 + 25.0 * away + spent_w * 13.92)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([(605.0, "fail", 11)], "h1 is down"),
        ([(605.0, "fail", 10)], "it runs no more"),
        ([(605.0, "fail", 100)], "it runs no more"),
    ],
)
def test_that_a_failure_ends_a_migration(events: list[tuple[float, str, int]], why: str) -> None:
    result = simulate(world([host(0), host(1)], [vm(0, 0)], (600.0, "drain", 10), *events))
    assert next((e.time_s, e.detail) for e in result.log if e.what == OFF) == (605.0, why)
    assert result.vms.running_s[0] == (3600.0 if why == "h1 is down" else 605.0)


def wired(cluster: int, *events: tuple[float, str, int]) -> Result:
    """Two hosts, each on a switch of its own (50 and 51), in a cluster or in none; h0 is drained, one VM at a time."""
    one = Migration("kvm", MBPS, at_once=1)
    hosts = [host(n, one, network=((50 + n,),), cluster=cluster) for n in range(2)]
    spec = world(hosts, [vm(0, 0), vm(1, 0)], (600.0, "drain", 10), *events)
    domains = [*spec.domains, Domain(50, 2, "switch", "s0"), Domain(51, 2, "switch", "s1")]
    return simulate(replace(spec, domains=domains, clusters=spec.clusters if cluster else []))


@pytest.mark.parametrize("cluster", [0, 1])
def test_that_no_vm_moves_to_a_host_that_is_cut_off(cluster: int) -> None:
    result = wired(cluster, (605.0, "fail", 51), (900.0, "recover", 51))
    assert told(result, "migrating", "migrated", OFF) == [
        (600.0, "migrating", 100, 11),
        (605.0, "unmoved", 100, 11),
        (605.0, "unmoved", 101, 11),
        (605.0, "unmoved", 100, 10),
        (605.0, "unmoved", 101, 10),
        (900.0, "migrating", 100, 11),
        (921.25, "migrated", 100, 11),
        (921.25, "migrating", 101, 11),
        (942.5, "migrated", 101, 11),
    ]
    assert [e.detail for e in result.log if e.what == OFF][:2] == ["h1 is not reached"] * 2


@pytest.mark.parametrize("cluster", [0, 1])
def test_that_no_vm_moves_off_a_host_that_is_cut_off(cluster: int) -> None:
    result = wired(cluster, (500.0, "fail", 50), (900.0, "recover", 50))
    assert [(e.time_s, e.what, e.id, e.detail) for e in result.log if e.what in (OFF, "migrating")][:3] == [
        (600.0, "unmoved", 100, "h0 is not reached"),
        (600.0, "unmoved", 101, "h0 is not reached"),
        (900.0, "migrating", 100, ""),
    ]


def test_that_a_vm_that_fails_on_a_drained_host_and_may_go_nowhere_else_says_why_it_waits() -> None:
    events: list[tuple[float, Any, int]] = [(600.0, "drain", 10), (610.0, "fail", 100), (1000.0, "recover", 100)]
    result = simulate(world([host(0), host(1)], [vm(0, 0)], *events))
    assert [(e.time_s, e.detail) for e in result.log if e.what == "waiting"] == [(1000.0, "h0 takes no VMs")]


def test_that_hosts_without_live_migration_keep_their_vms() -> None:
    bare = replace(host(0), migration=None)
    result = simulate(world([bare, host(1)], [vm(0, 0)], (600.0, "drain", 10)))
    assert [(e.what, e.detail) for e in result.log] == [("draining", ""), (OFF, "h0 has no live migration")]


def test_that_each_drain_tells_why_a_vm_stays() -> None:
    spec = world([host(0), host(1, Migration("kvm", MBPS), ram_mib=1024.0)], [vm(0, 0)],
                 (600.0, "drain", 10), (700.0, "open", 10), (800.0, "drain", 10))  # fmt: skip
    assert told(simulate(spec), OFF) == [(600.0, "unmoved", 100, 10), (800.0, "unmoved", 100, 10)]


def test_that_a_drained_host_takes_no_restarts() -> None:
    vms = [vm(0, 1, recovery="cluster", detect_s=10.0, boot_s=10.0)]
    spec = world([host(0), host(1)], vms, (600.0, "drain", 10), (700.0, "fail", 11), (1000.0, "open", 10))
    assert told(simulate(spec), "waiting", "restarting") == [
        (715.0, "waiting", 100, 0),
        (1000.0, "restarting", 100, 10),
    ]


@pytest.mark.parametrize("seed", range(WORLDS))
def test_that_a_run_with_moves_is_the_same_in_slices_in_branches_and_saved(seed: int) -> None:
    dice, spec = random.Random(seed), random_moves(seed)
    whole = simulate(spec)
    run, until_s = Simulation(spec.with_events([])), 0.0
    for event in sorted(spec.events, key=lambda e: e.time_s):
        while until_s < event.time_s - 1.0 and dice.random() < 0.7:
            until_s = dice.uniform(until_s, event.time_s - 1.0)
            run.advance(until_s)
            run.moment()
        run.inject(event)
    run.advance(spec.until_s)
    assert run.result().log == whole.log
    assert run.result().digest() == whole.digest()
    at_s = dice.uniform(0.0, spec.until_s)
    branch = run.branch(at_s)
    for event in spec.events:
        if event.time_s > at_s:
            branch.inject(event)
    branch.advance(spec.until_s)
    assert branch.result().log == whole.log
    assert branch.result().digest() == whole.digest()
    back = Simulation.revived(spec, run.columns(), run.events, run.time_s, None)
    assert back.result().digest() == whole.digest()
    was, now = run.moment(at_s), back.moment(at_s)
    for name in ("status", "place", "power_w", "used"):
        assert getattr(was, name).tolist() == pytest.approx(getattr(now, name).tolist(), nan_ok=True), name


@pytest.mark.parametrize("seed", range(WORLDS))
def test_that_no_vm_is_lost_and_no_host_is_too_full_whatever_moves(seed: int) -> None:
    spec = random_moves(seed)
    run = Simulation(spec)
    for n in range(1, 121):
        run.advance(spec.until_s * n / 120)
        _fits(run)
    result = run.result()
    _moves_end(result)


def parted_moves(seed: int) -> Spec:
    """Moves at random of VMs of which one of each host is kept apart from the others."""
    spec = random_moves(seed)
    firsts = {one.place: one.id for one in reversed(spec.vms)}
    return replace(spec, affinities=[Affinity(50, tuple(firsts.values()))], until_s=1800.0)


@pytest.mark.parametrize("seed", range(15, 35))
def test_that_vms_kept_apart_never_meet_whatever_moves(seed: int) -> None:
    spec = parted_moves(seed)
    run, apart = Simulation(spec), set(spec.affinities[0].vms)
    for n in range(1, 61):
        run.advance(spec.until_s * n / 60)
        state = run._state
        on = [
            unit
            for v, i in enumerate(run.tables.vm_ids.tolist()) if i in apart and STANDING[state.status[v]]
            for unit in {int(state.unit[v]), int(state.to[v])} - {-1}
        ]  # fmt: skip
        assert len(on) == len(set(on))


def _fits(run: Simulation) -> None:
    state = run._state
    for n, one in enumerate(run.spec.hosts):
        holds = (HOLDING[state.status] & (state.unit == n)) | (state.to == n)
        assert sum(v.ram_mib for v, on in zip(run.spec.vms, holds.tolist()) if on) <= one.ram_mib


def _moves_end(result: Result) -> None:
    """Each migration that began ends once, on its host or not at all, or is under way at the end."""
    open_moves: dict[int, int] = {}
    for e in result.log:
        if e.what == "migrating":
            assert e.id not in open_moves
            open_moves[e.id] = e.serial
        elif e.what in ("migrated", "unmoved") and e.cause in open_moves.values():
            assert open_moves.pop(e.id) == e.cause
