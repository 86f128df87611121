"""Balancers at work: whole logs of tiny clusters, one for each, and hosts that are switched off and on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Affinity,
    Balancing,
    Cluster,
    Constant,
    Domain,
    Migration,
    PlacementGroup,
    Recorded,
    Trace,
    simulate,
)
from designer.engine.balance.threshold import FALLBACK, LEAST, limits_by
from tests.engine.moving_world import CLUSTER, MBPS, host, told, vm, world

MOVES = ("migrating", "migrated", "powered_off", "powered_on")
CALM = {"dirty_mib_s": 0.0, "ram_mib": 1024.0}


def busy(n: int, on: int, load: float, **more: Any) -> Any:
    return vm(n, on, **{**CALM, "vcpus": 4, "demand": Constant(load), **more})


def test_that_no_balancer_moves_nothing() -> None:
    vms = [busy(n, 0, 0.9) for n in range(4)]
    assert told(simulate(world([host(0), host(1)], vms))) == []
    assert told(simulate(world([host(0), host(1)], vms, balancing=Balancing("none")))) == []


def test_that_drs_moves_vms_until_the_loads_deviate_little() -> None:
    # 4 x 3.6 GHz of 16 on h0: loads 0.9 and 0, deviation 0.45; one move 0.675 and 0.225, two 0.45 each
    vms = [busy(n, 0, 0.45) for n in range(4)]
    result = simulate(world([host(0), host(1)], vms, balancing=Balancing("drs", 300.0, 0.2)))
    assert told(result, "migrating") == [(300.0, "migrating", 100, 11), (300.0, "migrating", 101, 11)]
    more = simulate(world([host(0), host(1)], vms, balancing=Balancing("drs", 300.0, 0.3)))
    assert told(more, "migrating") == [(300.0, "migrating", 100, 11)]  # 0.225 is enough


def test_that_proxmox_holds_for_three_looks_and_moves_one_vm() -> None:
    vms = [busy(n, 0, 0.45, ram_mib=16384.0) for n in range(4)]
    result = simulate(world([host(0), host(1)], vms, balancing=Balancing("proxmox", 60.0, 0.3, 3, 0.1), until_s=900.0))
    # CPU and memory 0.9 and 1, imbalance 1; a move leaves 0.5, the next one 0
    assert [time_s for time_s, *_ in told(result, "migrating")] == [180.0, 360.0]


def test_that_proxmox_leaves_a_move_that_improves_too_little() -> None:
    vms = [busy(n, 0, 0.45, ram_mib=16384.0) for n in range(4)]
    result = simulate(world([host(0), host(1)], vms, balancing=Balancing("proxmox", 60.0, 0.3, 3, 0.6), until_s=900.0))
    assert told(result, "migrating") == []


def overloaded() -> list[Any]:
    """h0 asks for 0.9 of itself (VMs of 1, 2 and 3 GiB), h1 for 0.3."""
    loads, sizes = (0.6, 0.6, 0.6), (3072.0, 1024.0, 2048.0)
    return [busy(n, 0, loads[n], ram_mib=sizes[n]) for n in range(3)] + [busy(3, 1, 0.6)]


@pytest.mark.parametrize(("choice", "first"), [("mmt", 101), ("mu", 100)])
def test_that_threshold_relieves_a_host_of_the_vm_of_its_choice(choice: Any, first: int) -> None:
    result = simulate(
        world([host(0), host(1)], overloaded(), balancing=Balancing("threshold", 300.0, 0.8, choice=choice))
    )
    assert told(result, "migrating") == [(300.0, "migrating", first, 11)]


@pytest.mark.parametrize(
    "balancing",
    [Balancing("drs", 300.0, 0.05), Balancing("proxmox", 300.0, 0.1, 1, 0.01), Balancing("threshold", 300.0, 0.3)],
)
def test_that_a_balancer_leaves_a_vm_whose_migrations_were_given_up_until_something_changes(balancing: Any) -> None:
    hosts = [host(n, Migration("kvm", MBPS, timeout_s_gib=10.0)) for n in range(2)]  # 160 s for 16 GiB
    vms = [vm(0, 0, dirty_mib_s=2000.0, demand=Constant(1.0)), vm(1, 0, demand=Constant(1.0), dirty_mib_s=2000.0)]
    result = simulate(world(hosts, vms, (4000.0, "degrade", 11, 0.5), balancing=balancing, until_s=8000.0))
    for one in vms:
        tries = [e.time_s for e in result.log if e.what == "migrating" and e.id == one.id]
        assert len(tries) == 6 and sum(at < 4000.0 for at in tries) == 3
        why = "its balancer leaves it on h0: 3 of its migrations were given up"
        leaves = [(e.time_s, e.place) for e in result.log if e.detail == why and e.id == one.id]
        assert leaves == [(tries[2] + 160.0, 10), (tries[5] + 160.0, 10)]


def test_that_a_balancer_moves_another_vm_where_the_first_cannot_be_moved() -> None:
    hosts = [host(n, Migration("kvm", MBPS, timeout_s_gib=10.0)) for n in range(2)]
    vms = [busy(0, 0, 0.45, dirty_mib_s=2000.0), *(busy(n, 0, 0.45) for n in range(1, 4))]
    result = simulate(world(hosts, vms, balancing=Balancing("proxmox", 300.0, 0.1, 1, 0.01)))
    assert told(result, "migrating") == [
        (300.0, "migrating", 100, 11), (600.0, "migrating", 100, 11), (900.0, "migrating", 100, 11),
        (1200.0, "migrating", 101, 11), (1500.0, "migrating", 100, 11), (1800.0, "migrating", 100, 11),
        (2100.0, "migrating", 100, 11), (2400.0, "migrating", 102, 11),
    ]  # fmt: skip


def test_that_threshold_empties_the_host_with_the_least_load_and_it_is_switched_off() -> None:
    vms = [busy(0, 0, 0.5), busy(1, 1, 0.25), busy(2, 2, 0.5)]
    hosts = [host(n) for n in range(3)]
    result = simulate(world(hosts, vms, balancing=Balancing("threshold", 300.0, 0.8, power_off=True)))
    # h0 takes the VMs of both, 512 MiB/s each
    assert told(result) == [
        (300.0, "migrating", 101, 10),
        (300.0, "migrating", 102, 10),
        (302.0, "migrated", 101, 10),
        (302.0, "migrated", 102, 10),
        (302.0, "powered_off", 11, 0),
        (302.0, "powered_off", 12, 0),
    ]
    energy = result.integral("energy").sum(axis=0)
    spent = 0.1 * MBPS / 1000 * 2000.0 / 16_000.0 * 100.0  # as for a second at full speed
    assert energy[1] == pytest.approx((100.0 + 100.0 * 2000.0 / 16_000.0) * 302.0 + spent)
    assert np.isnan(result.used[-1][1])


def test_that_the_last_host_stays_on() -> None:
    result = simulate(world([host(0), host(1)], [], balancing=Balancing("none", power_off=True)))
    assert told(result) == [(0.0, "powered_off", 11, 0)]


def test_that_a_host_is_switched_on_for_a_vm_that_waits_and_takes_it_once_it_has_booted() -> None:
    vms = [busy(0, 0, 0.5, recovery="cluster", detect_s=10.0, boot_s=30.0)]
    spec = world(
        [host(0), host(1)], vms, (600.0, "fail", 10), balancing=Balancing("none", power_off=True, wake_s=120.0)
    )
    result = simulate(spec)
    assert [(e.time_s, e.what, e.id) for e in result.log if e.what in (*MOVES, "waiting", "restarting", "running")] == [
        (0.0, "powered_off", 11),
        (615.0, "waiting", 100),
        (615.0, "powered_on", 11),
        (735.0, "restarting", 100),
        (765.0, "running", 100),
    ]


SLEEPS = Balancing("none", power_off=True, wake_s=120.0)


def test_that_a_vm_that_is_bound_to_a_host_wakes_that_one_and_no_other() -> None:
    """It is started at 600 s, its host is on after 120 s, and it boots 30 s."""
    vms = [busy(0, 0, 0.5), busy(1, 4, 0.5, powered_on=False, recovery="none", boot_s=30.0)]
    spec = world([host(n) for n in range(5)], vms, (600.0, "start", 101), balancing=SLEEPS)
    assert told(simulate(spec), "powered_on", "restarting", "running") == [
        (600.0, "powered_on", 14, 0),
        (720.0, "restarting", 101, 14),
        (750.0, "running", 101, 14),
    ]


def test_that_a_vm_that_no_sleeping_host_helps_wakes_none_and_keeps_none_on() -> None:
    """One waits for its disk, one has more memory than any host that sleeps; h1 is empty from 900 s on."""
    of_cluster: dict[str, Any] = {"recovery": "cluster", "detect_s": 10.0, "boot_s": 30.0}
    vms = [busy(0, 0, 0.1, needs=((3,),), **of_cluster), busy(1, 3, 0.1, ram_mib=65536.0 * 1.5, **of_cluster)]
    vms += [busy(2, 0, 0.1), busy(3, 1, 0.1)]
    hosts = [host(0), host(1), host(2), host(3, ram_mib=131072.0)]
    events: tuple[Any, ...] = ((600.0, "fail", 3), (600.0, "fail", 13), (900.0, "stop", 103))
    spec = world(hosts, vms, *events, balancing=SLEEPS)
    result = simulate(replace(spec, domains=[*spec.domains, Domain(3, 2, "volume", "disk")]))
    assert [entry[2] for entry in told(result, "waiting")] == [100, 101]
    assert told(result, "powered_on", "powered_off") == [(0.0, "powered_off", 12, 0), (900.0, "powered_off", 11, 0)]


def test_that_as_many_hosts_wake_at_once_as_take_the_vms_that_wait() -> None:
    """h0 held five VMs of 24 GiB, and h1 holds one of 60: of two on each of the others three hosts are needed."""
    of_cluster: dict[str, Any] = {"recovery": "cluster", "detect_s": 10.0, "boot_s": 30.0}
    vms = [busy(n, 0, 0.1, ram_mib=24576.0, **of_cluster) for n in range(5)] + [busy(5, 1, 0.1, ram_mib=61440.0)]
    hosts = [host(0, ram_mib=131072.0), *(host(n) for n in range(1, 6))]
    result = simulate(world(hosts, vms, (600.0, "fail", 10), balancing=SLEEPS))
    assert told(result, "powered_on") == [(615.0, "powered_on", 12 + n, 0) for n in range(3)]
    assert {(e.time_s, e.id) for e in result.log if e.what == "running"} == {(765.0, 100 + n) for n in range(5)}


@pytest.mark.parametrize(
    ("hosts", "more", "off"),
    [(4, {}, 1), (4, {"witness": 3}, 2), (3, {}, 1), (2, {}, 0), (2, {"witness": 3}, 1), (4, {"rule": "hyperv"}, 3)],
)
def test_that_under_proxmox_as_many_stay_on_as_have_the_majority_of_votes(
    hosts: int, more: dict[str, Any], off: int
) -> None:
    """Of 4 votes 3 are needed, of 5 with a device 3, of 3 two. One that fails is made up for by one that was off."""
    kept = Cluster(CLUSTER, "c", 120.0, **{"rule": "proxmox", "response_s": 60.0, "balancing": SLEEPS, **more})
    spec = world([host(n) for n in range(hosts)], [busy(0, 0, 0.1)], (600.0, "fail", 11))
    spec = replace(spec, clusters=[kept], domains=[*spec.domains, Domain(3, 2, "witness")])
    found = told(simulate(spec), "powered_off", "powered_on")
    assert found[:off] == [(0.0, "powered_off", 10 + hosts - off + n, 0) for n in range(off)]
    wakes = kept.rule == "proxmox" and 0 < off < hosts - 1
    assert found[off : off + 1] == [(600.0, "powered_on", 10 + hosts - off, 0)] * wakes


def test_that_a_drain_wakes_the_hosts_that_take_its_vms() -> None:
    """Each of the two VMs of 40 GiB needs a host; a VM that a drain leaves as it is too large wakes none."""
    vms = [busy(n, 0, 0.1, ram_mib=40960.0) for n in range(2)] + [busy(2, 0, 0.1, ram_mib=98304.0)]
    hosts = [host(0, ram_mib=262144.0), *(host(n) for n in range(1, 5))]
    result = simulate(world(hosts, vms, (600.0, "drain", 10), (2000.0, "stop", 102), balancing=SLEEPS))
    assert told(result, "powered_on", "migrating", "maintained") == [
        (600.0, "powered_on", 11, 0), (600.0, "powered_on", 12, 0),
        (720.0, "migrating", 100, 11), (720.0, "migrating", 101, 12),
        (2000.0, "maintained", 10, 0),
    ]  # fmt: skip
    causes = {e.cause for e in result.log if e.what == "powered_on"}
    assert causes == {e.serial for e in result.log if e.what == "draining"}


@pytest.mark.parametrize(
    ("balancing", "moves"), [(Balancing("drs", 300.0, 0.2), 3), (Balancing("proxmox", 300.0, 0.3, 1, 0.1), 1)]
)
def test_that_a_balancer_that_evens_out_loads_wakes_a_host_when_one_is_asked_for_more_than_it_has(
    balancing: Balancing, moves: int
) -> None:
    """h0 has 16 GHz, and its eight VMs ask for 2.4 GHz each, or 1.92. With h1 the deviation is 0.6, and 0.15 less by
    each move."""
    sleeps = replace(balancing, power_off=True, wake_s=120.0)
    over, fits = (
        simulate(
            world([host(n) for n in range(3)], [busy(n, 0, load) for n in range(8)], balancing=sleeps, until_s=590.0)
        )
        for load in (0.3, 0.24)
    )
    assert told(fits, "powered_on", "migrating") == []
    assert told(over, "powered_on") == [(300.0, "powered_on", 11, 0)]
    assert [(entry[0] >= 420.0, entry[3]) for entry in told(over, "migrating")] == [(True, 11)] * moves


def test_that_a_host_that_is_drained_while_it_boots_takes_no_vm() -> None:
    vms = [busy(0, 0, 0.5, recovery="cluster", detect_s=10.0, boot_s=30.0)]
    balancing = Balancing("none", power_off=True, wake_s=120.0)
    spec = world([host(0), host(1)], vms, (600.0, "fail", 10), (700.0, "drain", 11), balancing=balancing)
    assert told(simulate(spec), "powered_on", "draining", "maintained", "restarting") == [
        (615.0, "powered_on", 11, 0),
        (700.0, "draining", 11, 0),
        (700.0, "maintained", 11, 0),
    ]


def test_that_a_host_with_too_much_load_wakes_another_and_its_vm_goes_there_once_it_has_booted() -> None:
    rises = Trace(900, 300.0, np.array([[20, 90, 90]], np.uint8))
    vms = [busy(n, 0, 0.0, demand=Recorded(900, 0)) for n in range(4)]
    balancing = Balancing("threshold", 300.0, 0.8, power_off=True, wake_s=60.0)
    result = simulate(world([host(0), host(1)], vms, balancing=balancing, traces=[rises], until_s=600.0))
    assert [(e.time_s, e.what, e.id) for e in result.log][:4] == [
        (0.0, "powered_off", 11),
        (300.0, "powered_on", 11),
        (360.0, "migrating", 100),
        (361.0, "migrated", 100),
    ]


SUBNET, RULE = 50, 60
LIMITED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a subnet that is full": ({"address": SUBNET}, {}),
    "the one of its placement group in its zone": ({"placement": RULE}, {"placements": [PlacementGroup(RULE, most=1)]}),
    "apart from others by zone": ({}, {"affinities": [Affinity(RULE, (100,), "apart", "zone")]}),
    "together with others that are not there": ({}, {"affinities": [Affinity(RULE, (100,), "together")]}),
}


@pytest.mark.parametrize("limit", LIMITED)
@pytest.mark.parametrize(
    "balancing",
    [Balancing("drs", 300.0, 0.2), Balancing("proxmox", 60.0, 0.3, 3, 0.1), Balancing("threshold", 300.0, 0.8)],
    ids=lambda rule: rule.rule,
)
def test_that_a_vm_that_is_moved_is_not_in_its_own_way(balancing: Balancing, limit: str) -> None:
    of_first, of_all = LIMITED[limit]
    vms = [busy(n, 0, 0.45 + 0.15 * (balancing.rule == "threshold")) for n in range(4)]
    free = world([host(0), host(1)], vms, balancing=balancing, until_s=900.0)
    some = vms if limit == "a subnet that is full" else vms[:1]
    held = replace(free, vms=[*(replace(one, **of_first) for one in some), *vms[len(some) :]], **of_all)
    held = replace(held, domains=[*free.domains, Domain(SUBNET, 2, "subnet", addresses=4)])
    moves = told(simulate(free), "migrating")
    assert [i for _, _, i, _ in moves] == [100, 101]
    assert told(simulate(held), "migrating") == moves


def test_that_a_vm_that_was_moved_stays_for_the_cool_down() -> None:
    turns = Trace(900, 300.0, np.array([[60, 60, 60, 5, 60, 60, 5, 60, 60, 5, 60, 60]], np.uint8))
    vms = [busy(n, n // 3, 0.0, demand=Recorded(900, 0)) for n in range(4)]
    moves = [
        told(simulate(world([host(0), host(1)], vms, traces=[turns],
                            balancing=Balancing("threshold", 300.0, 0.8, cooldown_s=cooldown_s))), "migrating")
        for cooldown_s in (0.0, 3600.0)
    ]  # fmt: skip
    assert len(moves[0]) > len(moves[1]) > 0
    ids = [i for _, _, i, _ in moves[1]]
    assert len(ids) == len(set(ids))


def test_that_moves_by_chance_follow_the_seed() -> None:
    vms = [busy(n, 0, 0.45) for n in range(4)] + [busy(4, 1, 0.1)]
    chosen = {
        seed: told(simulate(world([host(0), host(1)], vms, balancing=Balancing("threshold", 300.0, 0.8, choice="rs"),
                                  seed=seed)), "migrating")[0][2]
        for seed in range(12)
    }  # fmt: skip
    assert len(set(chosen.values())) > 1


def test_that_a_host_without_live_migration_is_left_alone() -> None:
    hosts = [replace(host(0), migration=None), host(1, Migration("kvm", MBPS))]
    assert told(simulate(world(hosts, overloaded(), balancing=Balancing("threshold", 300.0, 0.8)))) == []


def test_that_a_failover_host_takes_no_migration_and_stays_on() -> None:
    hosts = [host(n) for n in range(3)]
    kept = Cluster(
        CLUSTER, "c", admission="failover_hosts", failover=(12,), balancing=Balancing("none", power_off=True)
    )
    spec = replace(world(hosts, [busy(0, 0, 0.5), busy(1, 1, 0.5)], (600.0, "drain", 10)), clusters=[kept])
    assert told(simulate(spec), *MOVES)[0] == (600.0, "migrating", 100, 11)
    full = [host(0), host(1, ram_mib=1500.0), host(2)]
    stays = simulate(replace(spec, hosts=full))
    assert [(e.what, e.id) for e in stays.log] == [("draining", 10), ("unmoved", 100)]


# -- limits that follow from the past


def test_that_adaptive_limits_follow_the_spread_of_the_past_and_fall_back_while_it_is_short() -> None:
    steady, shaky = np.full(12, 0.5), np.array([0.4, 0.6] * 6)
    past = np.stack([steady, shaky], axis=1)
    assert limits_by("thr", 0.8, past).tolist() == [0.8, 0.8]
    assert limits_by("mad", 2.5, past) == pytest.approx([1.0, 1.0 - 2.5 * 0.1])
    assert limits_by("iqr", 1.5, past) == pytest.approx([1.0, 1.0 - 1.5 * 0.2])
    assert limits_by("mad", 2.5, past[: LEAST - 1]).tolist() == [FALLBACK, FALLBACK]


def test_that_local_regression_looks_one_look_ahead() -> None:
    rising, falling = np.linspace(0.1, 0.65, 12), np.linspace(0.65, 0.1, 12)
    found = limits_by("lr", 1.2, np.stack([rising, falling], axis=1))
    assert found == pytest.approx([1.0 / 1.2 - 0.05, 1.0 / 1.2])  # a line goes on as it did
