"""Placement: the cases with known answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numba import njit

from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.dedicated import fits
from designer.engine import (
    Affinity,
    Constant,
    Domain,
    Group,
    Host,
    PlacementGroup,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
    simulate,
)
from designer.engine.compiled import DoorCompiler
from designer.engine.rules.placement import WEIGHED, Placement, _weight
from designer.engine.spec import capacity
from designer.engine.state.state import RUNNING, WAITING, State
from designer.study.fewest.problem import Bin, Parcel, Problem
from designer.study.fewest.solver import Fewest, fewest
from tests.cases import FOLDER
from tests.scenarios.test_hypervisor_cases import case

pytestmark = pytest.mark.skipif(not (FOLDER / "hypervisor").is_dir(), reason="the shared cases are not here")
INF = float("inf")


def packed(has: tuple[float, float], vms: list[tuple[float, float]]) -> Fewest:
    parcels = tuple(Parcel((n,), ((*need, 0.0),)) for n, need in enumerate(vms))
    return fewest(Problem(parcels, tuple(Bin(100 + n, 0, (*has, INF)) for n in range(len(vms)))))


@njit(pipeline_class=DoorCompiler, _nrt=False)  # type: ignore[untyped-decorator]
def _weighed(u: int, limits: Any, taken: Any, members: Any, most_mib: float, most_vcpus: float) -> float:
    return _weight(WEIGHED, u, limits, taken, members, most_mib, most_vcpus)


def weights(hosts: list[Host]) -> list[float]:
    """What empty hosts weigh, the most first to be taken."""
    run = Simulation(Spec([Domain(1, 0, "zone", "z")], hosts, policy="weighed", until_s=600.0))
    state = State(run.tables)
    door = Placement(run.tables, state)
    taken = door.taken_without(np.zeros(0, np.int64), state.unit)
    most = max(host.ram_mib for host in hosts), float(max(host.cores for host in hosts))
    members = np.zeros(run.tables.unit_ids.size)
    return [-_weighed(u, door.limits, taken, members, *most) for u in range(len(hosts))]


def test_that_hosts_are_weighed_as_openstack_weighs_them() -> None:
    given, expect = case("PLC-01")
    hosts = [Host(9, 1, 4, 1000.0, 65_536.0)] + [
        Host(10 + n, 1, int(vcpus), 1000.0, mib, name, overcommit=1.0)
        for n, (name, mib, vcpus) in enumerate(
            zip(given["hosts"], given["free_ram_mb"], given["free_vcpus"], strict=True)
        )
    ]
    vm = Vm(20, 9, 1, 1000.0, 1.0, Constant(0.5), recovery="same_zone", detect_s=10.0, boot_s=10.0)
    assert weights(hosts[1:]) == pytest.approx(expect["weights"], rel=1e-9)
    # `weights_if_scaled_from_the_smallest` is the mistake that nothing here makes: all four would be alike.
    assert len({round(weight, 9) for weight in expect["weights_if_scaled_from_the_smallest"]}) == 1
    order = []
    while len(hosts) > 1:
        events = [TimedEvent(60.0, "fail", 9)]
        spec = Spec([Domain(1, 0, "zone", "z")], hosts, [vm], events=events, policy="weighed", until_s=600.0)
        (place,) = (entry.place for entry in simulate(spec).log if entry.what == "restarting")
        order.append(given["hosts"][place - 10])
        hosts = [host for host in hosts if host.id != place]
    assert order == expect["order"]


def test_that_the_optimum_is_below_first_fit_decreasing() -> None:
    given, expect = case("PLC-03")
    found = packed((INF, given["host_gib"]), [(1.0, float(gib)) for gib in given["vms_gib"]])
    assert found.proven
    assert (found.best, found.bound_by["memory"]) == (expect["optimum_hosts"], expect["lower_bound"])
    assert found.by_policy["first fit"] == expect["first_fit_decreasing"]
    assert found.by_policy["best fit"] == expect["best_fit_decreasing"]


def test_that_cpu_and_memory_are_packed_together() -> None:
    given, expect = case("PLC-04")
    host: dict[str, Any] = given["host"]
    found = packed((host["vcpus"], host["gib"]), [(float(vcpus), float(gib)) for vcpus, gib in given["vms"]])
    assert (found.bound_by["vCPUs"], found.bound_by["memory"]) == (expect["bound_by_cpu"], expect["bound_by_memory"])
    assert (found.best, found.proven) == (expect["optimum_hosts"], True)


def test_that_replicas_are_kept_apart_strictly_or_as_far_as_it_goes() -> None:
    given, expect = case("PLC-05")
    count, replicas = given["strict"]["hosts"], given["strict"]["replicas"]
    hosts = [Host(9 + n, 1, 64, 1000.0, 65_536.0) for n in range(count + 1)]
    vms = [Vm(20 + n, 9, 1, 1000.0, 1.0, recovery="same_zone", detect_s=10.0, boot_s=10.0) for n in range(replicas)]
    soft = Affinity(50, tuple(vm.id for vm in vms), "apart", "host", False)
    events = [TimedEvent(60.0, "fail", 9)]
    spec = Spec([Domain(1, 0, "zone", "z")], hosts, vms, affinities=[soft], events=events, until_s=600.0)
    places = [entry.place - 10 for entry in simulate(spec).log if entry.what == "restarting"]
    assert sorted(np.bincount(places, minlength=count).tolist()) == expect["soft_per_host_sorted"]


def test_that_a_strict_rule_lets_a_replica_wait_that_has_no_host_of_its_own() -> None:
    given, expect = case("PLC-05")
    count, replicas = given["strict"]["hosts"], given["strict"]["replicas"]
    hosts = [Host(9 + n, 1, 64, 1000.0, 65_536.0) for n in range(count + 1)]
    vms = [Vm(20 + n, 9 + n, 1, 1000.0, 1.0, recovery="same_zone", detect_s=10.0) for n in range(replicas)]
    rule = Affinity(50, tuple(vm.id for vm in vms), "apart", "host")
    run = Simulation(Spec([Domain(1, 0, "zone", "z")], hosts, vms, affinities=[rule],
                          events=[TimedEvent(60.0, "fail", 9)], until_s=600.0))  # fmt: skip
    run.advance(600.0)
    status = run.moment().status[:replicas].tolist()
    assert (status.count(RUNNING), status.count(WAITING)) == (expect["strict_placed"], expect["strict_waiting"])


def test_that_a_spread_group_has_so_many_instances_in_a_zone_at_most() -> None:
    given, expect = case("PLC-05")
    asked = given["spread_group"]["asked"]
    domains = [Domain(n, 0, "zone", f"z{n}") for n in range(1, given["spread_group"]["zones"] + 1)]
    places = tuple(zone.id for zone in domains)
    template = Vm(20, 1, 1, 1000.0, 1.0, recovery="replace", group=30, placement=40)
    group = Group(30, 0, asked, asked, places, template)
    spread = PlacementGroup(40, "pg", "spread", given["spread_group"]["per_zone_at_most"])
    log = simulate(Spec(domains, groups=[group], placements=[spread], until_s=600.0)).log
    assert sum(e.what == "launched" for e in log) == expect["placed_in_group"]
    assert sum(e.what == "waiting" and e.id == 30 for e in log) == expect["refused_in_group"]


@pytest.mark.parametrize("n", range(3))
def test_that_so_many_vms_fit_as_the_ratios_of_a_host_allow(n: int) -> None:
    given, expect = case("PLC-02")
    has, wants, ratio = given["host"], given["flavor"], given["ratios"][n]
    host = Host(
        10, 1, has["vcpus"] - has["reserved_vcpus"], 1000.0, has["ram_mb"], overcommit=ratio["cpu"], memory="kvm",
        ram_reserved_mib=has["reserved_ram_mb"], ram_overcommit=ratio["ram"], swap_mib=1e6,
    )  # fmt: skip
    room = {"vcpus": capacity.vcpu_limit(host), "ram_mb": capacity.room_mib(host)}
    assert room == pytest.approx(expect["capacity"][n], rel=1e-9)
    # All VMs are on a host without a limit, which fails: those that restart fit.
    vms = [
        Vm(20 + v, 9, wants["vcpus"], 1000.0, wants["ram_mb"], recovery="same_zone", detect_s=10.0, boot_s=10.0)
        for v in range(20)
    ]
    hosts, events = [Host(9, 1, 80, 1000.0, 1e6), host], [TimedEvent(60.0, "fail", 9)]
    log = simulate(Spec([Domain(1, 0, "zone", "z")], hosts, vms, events=events, until_s=600.0)).log
    assert sum(entry.what == "restarting" for entry in log) == expect["fit"][n]
    (why,) = {entry.detail for entry in log if entry.what == "waiting"}
    assert {"ram": "memory", "cpu": "vCPUs"}[expect["bound_by"][n]] in why


@pytest.mark.parametrize("n", range(5))
def test_that_instances_of_mixed_sizes_stay_within_the_sockets_of_a_dedicated_host(n: int) -> None:
    given, expect = case("PLC-06")
    host = ec2().dedicated_hosts[given["family"]]
    has = (host.cores, host.sockets, {size: host.capacity[size] for size in expect["capacity"]})
    assert has == (given["cores"], given["sockets"], expect["capacity"])
    needs = [
        (given["cores_of"][size], Fraction(1, host.capacity[size]))
        for size, count in given["mixes"][n].items()
        for _ in range(count)
    ]
    assert fits(host, needs) == expect["mix_fits"][n]
