"""One door for room: whatever puts a VM onto a unit asks the same question. Small worlds by hand, and random ones."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Cluster,
    Constant,
    Domain,
    Group,
    Host,
    PlacementGroup,
    Reach,
    Result,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
    simulate,
)
from designer.engine.spec.capacity import configured_mib, memory_mib, vcpu_limit
from designer.engine.state.state import FAILED, RESTARTING, RUNNING
from designer.errors import SpecError

GIB = 1024.0
ZONE, VOLUME, NET, NET_B, A, B, ONE, TWO, GROUP = 1, 2, 3, 4, 10, 11, 20, 21, 30
WORLDS = int(os.environ.get("DESIGNER_WORLDS", "20"))
"""Random worlds that are tried: dozens with every change, thousands by `make torture`."""


def host(host_id: int, name: str, **more: Any) -> Host:
    return Host(host_id, ZONE, cores=4, mhz=1000.0, ram_mib=16 * GIB, name=name, **more)


def vm(vm_id: int, place: int, **more: Any) -> Vm:
    given = {"vcpus": 4, "mhz": 1000.0, "ram_mib": 12 * GIB, "demand": Constant(1.0), "boot_s": 90.0, **more}
    return Vm(vm_id, place, name=f"vm-{vm_id}", **given)


def told(result: Result, element: int) -> list[tuple[float, str, int, str]]:
    return [(e.time_s, e.what, e.place, e.detail) for e in result.log if e.id == element]


def carried(spec: Spec, *events: tuple[float, str, int]) -> Result:
    return simulate(spec.with_events([TimedEvent(*event) for event in events]))  # type: ignore[arg-type]


# -- what comes back


def given_away(sharing: str = "weighted_max_min", **first: Any) -> Spec:
    """A is lost, B's VM moves to it, and then what was on A comes back."""
    hosts = [host(A, "A", sharing=sharing), host(B, "B", sharing=sharing)]
    vms = [vm(ONE, A, **{"recovery": "none", **first}), vm(TWO, B, recovery="cluster")]
    domains = [Domain(ZONE, 0, "zone", "z"), Domain(VOLUME, ZONE, "volume", "vol")]
    return Spec(domains=domains, hosts=hosts, vms=vms, until_s=3600.0, sample_s=60.0)


NO_MEMORY = "A has 4,096 of 16,384 MiB left; it needs 12,288"


@pytest.mark.parametrize("sharing", ["weighted_max_min", "reserved"])
@pytest.mark.parametrize(
    ("needs", "lost"), [((), ONE), (((VOLUME,),), VOLUME)], ids=["recovered by hand", "its volume returns"]
)
def test_that_what_comes_back_waits_while_its_place_is_given_away(sharing: str, needs: Any, lost: int) -> None:
    result = carried(given_away(sharing, needs=needs), (100, "fail", lost), (200, "fail", B), (900, "recover", lost))
    assert told(result, ONE)[-1] == (900.0, "waiting", 0, NO_MEMORY)
    assert told(result, TWO)[-1] == (350.0, "running", A, "")
    assert float(np.nanmax(result.used[:, 0])) <= 1.0 + 1e-9


def test_that_it_boots_as_soon_as_its_place_is_free_again_and_goes_nowhere_else() -> None:
    result = carried(
        given_away(), (100, "fail", ONE), (200, "fail", B), (900, "recover", ONE), (1000, "recover", B),
        (1200, "fail", A), (1300, "recover", A),
    )  # fmt: skip
    # B is up and empty from 1000 on: the rule `none` waits for A, which TWO leaves when it is found dead there.
    assert told(result, ONE)[3:] == [
        (900.0, "recovered", 0, ""),
        (900.0, "waiting", 0, NO_MEMORY),
        (1300.0, "restarting", A, ""),
        (1390.0, "running", A, ""),
    ]
    assert told(result, TWO)[-1][1:3] == ("running", B)


def test_that_ha_that_is_off_asks_for_room_at_home_alone() -> None:
    spec = given_away(recovery="cluster")
    hosts = [replace(spec.hosts[0], cluster=40), spec.hosts[1], replace(spec.hosts[1], id=12, name="C", cluster=40)]
    off = replace(spec, hosts=hosts, clusters=[Cluster(40, "cl", ha=False)])
    other = replace(off, vms=[off.vms[0], replace(off.vms[1], recovery="same_zone")])
    result = carried(other, (100, "fail", ONE), (150, "fail", 12), (200, "fail", B), (900, "recover", ONE))
    assert told(result, ONE)[-1] == (900.0, "waiting", 0, NO_MEMORY)


def test_that_one_that_failed_holds_its_room_until_it_is_found_dead() -> None:
    events = (190, "fail", ONE), (200, "fail", B), (255, "recover", ONE)
    result = carried(given_away(recovery="cluster", detect_s=100.0), *events)
    assert told(result, ONE)[-1] == (345.0, "running", A, "")
    assert told(result, TWO)[-1] == (260.0, "waiting", 0, "no host in z has enough free memory")


def test_that_the_room_of_one_that_waits_for_its_data_is_given_to_one_that_waits_for_room() -> None:
    spec = given_away(recovery="same_zone", needs=((VOLUME,),))
    result = carried(spec, (100, "fail", B), (600, "fail", VOLUME))
    assert told(result, TWO)[-3:] == [
        (160.0, "waiting", 0, "no host in z has enough free memory"),
        (660.0, "restarting", A, ""),
        (750.0, "running", A, ""),
    ]


# -- the start


def test_that_overcommit_is_asked_at_the_start_as_it_is_at_a_restart() -> None:
    hosts = [host(A, "A", overcommit=1.0), host(B, "B", overcommit=1.0)]
    small = {"ram_mib": GIB, "vcpus": 3, "recovery": "same_zone"}
    spec = Spec([Domain(ZONE, 0, "zone", "z")], hosts, [vm(ONE, A, **small), vm(TWO, A, **small)], until_s=600.0)
    assert told(simulate(spec), TWO) == [(0.0, "refused", A, "A has 1 of 4 vCPUs left; it needs 3")]
    apart = replace(spec, vms=[spec.vms[0], replace(spec.vms[1], place=B)])
    assert told(carried(apart, (60, "fail", B)), TWO)[-1] == (120.0, "waiting", 0, "no host in z has enough free vCPUs")


def test_that_a_host_without_a_limit_takes_any_number_of_vcpus_but_under_reserved() -> None:
    vms = [vm(20 + n, A, ram_mib=64.0) for n in range(6)]
    spec = Spec([Domain(ZONE, 0, "zone")], [host(A, "A")], vms, until_s=600.0)
    assert not simulate(spec).log
    strict = replace(spec, hosts=[host(A, "A", sharing="reserved")])
    assert [e.detail for e in simulate(strict).log] == ["A has 0 of 4 threads left; it needs 4"] * 5


def test_that_a_small_vm_finds_room_though_larger_ones_before_it_and_after_it_found_none() -> None:
    sizes = (12, 12, 2, 12, 2)
    vms = [vm(ONE + n, A, vcpus=1, ram_mib=gib * GIB, recovery="cluster") for n, gib in enumerate(sizes)]
    domains = [Domain(ZONE, 0, "zone", "z")]
    hosts = [host(A, "A"), host(B, "B")]
    hosts[0] = replace(hosts[0], ram_mib=64 * GIB)
    full = vm(50, B, vcpus=1, ram_mib=12 * GIB)
    result = carried(Spec(domains, hosts, [*vms, full], until_s=3600.0, sample_s=60.0), (100, "fail", A))
    ends = [told(result, ONE + n)[-1][1:3] for n in range(len(sizes))]
    assert ends == [("waiting", 0), ("waiting", 0), ("running", B), ("waiting", 0), ("running", B)]


def test_that_the_emptiest_host_is_found_by_vcpus_a_core_also_without_a_limit() -> None:
    small = {"ram_mib": 64.0, "recovery": "same_zone"}
    vms = [vm(20, A, **small), *(vm(21 + n, B, ram_mib=64.0) for n in range(2)), vm(24, 12, ram_mib=64.0)]
    hosts = [host(A, "A"), host(B, "B"), host(12, "C")]
    result = carried(Spec([Domain(ZONE, 0, "zone")], hosts, vms, until_s=600.0), (60, "fail", A))
    assert told(result, 20)[-1][1:3] == ("running", 12)


def test_that_the_placement_group_is_asked_at_the_start_too() -> None:
    vms = [vm(ONE, A, ram_mib=GIB, vcpus=1, placement=50), vm(TWO, A, ram_mib=GIB, vcpus=1, placement=50)]
    spec = Spec([Domain(ZONE, 0, "zone")], [host(A, "A")], vms, placements=[PlacementGroup(50, "pg")], until_s=60.0)
    assert told(simulate(spec), TWO) == [(0.0, "refused", A, "A is not where pg allows it")]


# -- addresses


def subnet(addresses: int | None, *vms: Vm, group: Group | None = None, **more: Any) -> Spec:
    domains = [Domain(ZONE, 0, "zone", "z"), Domain(NET, ZONE, "subnet", "net", addresses=addresses)]
    return Spec(domains, more.pop("hosts", ()), vms, groups=[group] if group else [], until_s=3600.0, **more)


def asg(desired: int, *places: int, **template: Any) -> Group:
    return Group(GROUP, 0, desired, desired + 10, places or (NET,), vm(99, NET, boot_s=60.0, **template), "asg")


def test_that_a_group_launches_as_many_as_the_subnet_has_addresses_and_says_why_no_more() -> None:
    result = simulate(subnet(11, group=asg(20)))
    assert [e.what for e in result.log].count("running") == 11
    assert told(result, GROUP) == [(0.0, "waiting", 0, "its subnets have no free address")]


def test_that_an_address_that_is_free_again_is_given_to_the_next() -> None:
    result = carried(subnet(2, vm(ONE, NET, recovery="none"), vm(TWO, NET), group=asg(1)), (600, "fail", ONE))
    assert "launched" not in [e.what for e in result.log]  # the dead one is not gone: its address is its own
    member = vm(ONE, NET, recovery="replace", group=GROUP)
    result = carried(subnet(1, member, group=asg(1)), (600, "fail", ONE))
    assert [(e.time_s, e.what) for e in result.log][-2:] == [(660.0, "launched"), (720.0, "running")]


def test_that_an_instance_goes_to_a_subnet_that_has_an_address() -> None:
    spec = subnet(2, group=asg(6, NET, NET_B))
    spec = replace(spec, domains=[*spec.domains, Domain(NET_B, ZONE, "subnet", "b", addresses=9)])
    places = [e.place for e in simulate(spec).log if e.what == "launched"]
    assert (places.count(NET), places.count(NET_B)) == (2, 4)


def test_that_a_vm_that_is_off_or_down_keeps_its_address_and_one_on_a_host_takes_one_where_it_is_attached() -> None:
    off = vm(ONE, NET, powered_on=False)
    attached = vm(TWO, A, address=NET)
    result = carried(subnet(3, off, attached, group=asg(2), hosts=[host(A, "A")]), (60, "fail", A))
    assert [e.what for e in result.log].count("launched") == 1


def test_that_a_vm_for_which_there_is_no_address_is_refused_at_the_start() -> None:
    result = simulate(subnet(1, vm(ONE, NET), vm(TWO, NET)))
    assert told(result, TWO) == [(0.0, "refused", NET, "net has 1 addresses and all are taken")]


# -- where a type is offered


def offers(*vms: Vm, group: Group | None = None, places: tuple[int, ...] = (NET_B,), **more: Any) -> Spec:
    domains = [Domain(ZONE, 0, "zone", "a"), Domain(5, 0, "zone", "b"), Domain(NET, ZONE, "subnet", "net-a"),
               Domain(NET_B, 5, "subnet", "net-b")]  # fmt: skip
    reaches = [Reach(places, "offers m7g.large"), Reach((NET, NET_B), "sees vol")]
    return Spec(domains, (), vms, groups=[group] if group else [], reaches=reaches, until_s=600.0, **more)


def test_that_a_group_launches_only_where_its_type_is_offered() -> None:
    result = simulate(offers(group=asg(3, NET, NET_B, offered=0)))
    assert {e.place for e in result.log if e.what == "launched"} == {NET_B}
    nowhere = simulate(offers(group=asg(3, NET, offered=0)))
    assert told(nowhere, GROUP) == [(0.0, "waiting", 0, "none of its subnets that are up offers m7g.large")]
    down = carried(offers(group=asg(3, NET, offered=0)), (0, "fail", NET))
    assert told(down, GROUP)[0][3] == "none of its subnets that are up offers m7g.large"


def test_that_a_vm_is_refused_where_its_type_is_not_offered_whatever_else_binds_it() -> None:
    result = simulate(offers(vm(ONE, NET, offered=0), vm(TWO, NET, offered=0, reach=1)))
    assert told(result, ONE)[0][1:] == ("refused", NET, "net-a is no place that offers m7g.large")
    assert told(result, TWO)[0][3] == "net-a is no place that sees vol and offers m7g.large"
    with pytest.raises(SpecError, match="bound to the places 7"):
        simulate(offers(vm(ONE, NET, offered=7)))


# -- at no instant


ZONES, SUBNETS, RACKS, VOL = (1, 2), (5, 6, 7), (8, 9), 3


class Draw:
    """Numbers of chance for one world; the same seed draws the same world."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high."""
        return int(self.rng.integers(low, high + 1))

    def one(self, *of: Any) -> Any:
        """One of some values."""
        return of[self.number(0, len(of) - 1)]


def random_host(draw: Draw, host_id: int) -> Host:
    return Host(
        host_id,
        draw.one(1, 1, 2, *RACKS),
        cores=draw.number(2, 5),
        mhz=1000.0,
        ram_mib=900.0 + 200.0 * draw.number(0, 3),
        threads_per_core=draw.one(1, 2),
        overcommit=draw.one(None, 1.0, 1.5),
        sharing=draw.one("reserved", "weighted_max_min", "max_min"),
        ram_reserved_mib=64.0 * draw.number(0, 2),
        vm_ram_base_mib=10.0 * draw.number(0, 2),
        vm_ram_frac=draw.number(0, 2) / 20,
        cluster=draw.one(0, 400),
    )


def random_vm(draw: Draw, vm_id: int, place: int) -> Vm:
    return Vm(
        vm_id,
        place,
        vcpus=draw.number(1, 2),
        mhz=1000.0,
        ram_mib=200.0 + 100.0 * draw.number(0, 2),
        demand=Constant(0.5),
        recovery=draw.one("none", "same_zone", "same_zone", "cluster", "replace"),
        detect_s=draw.one(0.0, 60.0),
        boot_s=draw.one(0.0, 90.0),
        powered_on=draw.number(0, 9) > 0,
        needs=draw.one((), (), ((VOL,),)),
        group=draw.one(0, 0, 300),
        placement=draw.one(0, 0, 0, 0, 500, 501),
        address=draw.one(0, 0, 0, 5),
        partition=draw.number(1, 3),
        offered=draw.one(-1, -1, -1, -1, 0),
    )


def random_world(seed: int) -> Spec:
    """A few hosts that are nearly full, racks, zones, subnets, VMs of every rule, two groups, and what fails when."""
    draw = Draw(seed)
    domains = [Domain(1, 0, "zone", "a"), Domain(2, 0, "zone", "b"), Domain(VOL, 1, "volume", "vol")]
    domains += [Domain(i, ZONES[n % 2], "subnet", addresses=draw.one(None, 1, 3)) for n, i in enumerate(SUBNETS)]
    domains += [Domain(i, 1, "rack") for i in RACKS]
    hosts = [random_host(draw, 100 + n) for n in range(draw.number(2, 4))]
    stands = [h.id for h in hosts]
    places = [*ZONES, *SUBNETS, *stands]
    vms = [random_vm(draw, 200 + n, draw.one(*places, *stands, *stands)) for n in range(draw.number(6, 16))]
    events = []
    for _ in range(draw.number(4, 12)):
        at_s, down_s, part = 60.0 * draw.number(0, 20), 30.0 * draw.number(1, 30), draw.one(*stands, *places, VOL)
        part = draw.one(part, draw.one(*(v.id for v in vms)))
        events += [TimedEvent(at_s, "fail", part), TimedEvent(at_s + down_s, "recover", part)]
    template = replace(random_vm(draw, 299, 5), powered_on=True)
    groups = [Group(300 + n, 0, draw.number(0, 4), 6, draw.one((5,), (5, 6), (6, 7)), template) for n in range(2)]
    return Spec(
        domains,
        hosts,
        vms,
        groups=groups,
        clusters=[Cluster(400, ha=draw.one(True, True, False))],
        reaches=[Reach(tuple(place for place in places if draw.number(0, 3)), "offers it")],
        placements=[
            PlacementGroup(500, strategy=draw.one("spread", "cluster", "partition"), most=2),
            PlacementGroup(501, strategy="spread", most=1),
        ],
        events=events,
        until_s=2400.0,
        sample_s=600.0,
        policy=draw.one("spread", "first_fit"),
    )


def overfull(run: Simulation) -> list[str]:
    """Units that hold more than they have at the present moment of a run: counted by hand, VM by VM."""
    spec, moment = run.spec, run.moment()
    rows = {v.id: v for v in run.tables.vms}
    standing = [
        (rows[int(i)], int(place))
        for i, place, status in zip(moment.ids[: moment.vms], moment.place, moment.status[: moment.vms])
        if place and status in HOLDING
    ]
    found = []
    for h in spec.hosts:
        here = [v for v, place in standing if place == h.id]
        mib, vcpus = sum(configured_mib(h, v.vcpus, v.ram_mib) for v in here), sum(v.vcpus for v in here)
        if mib > memory_mib(h) * (1 + 1e-9) or vcpus > vcpu_limit(h):
            found.append(f"{moment.time_s}: {h.id} has {vcpus} vCPUs, {mib} MiB")
    for d in spec.domains:
        taken = sum(1 for v, place in standing if (v.address or place) == d.id)
        if d.addresses is not None and taken > d.addresses:
            found.append(f"{moment.time_s}: {d.id} has {taken} VMs, {d.addresses} addresses")
    offering = spec.reaches[0].places
    return found + [f"{v.id} on {place}" for v, place in standing if v.offered == 0 and place not in offering]


HOLDING = (RUNNING, RESTARTING, FAILED)


def test_that_at_no_instant_a_unit_holds_more_than_it_has() -> None:
    """Whatever fails and returns. All that happens in these worlds falls on whole half minutes."""
    wrong = {}
    for seed in range(WORLDS):
        run = Simulation(random_world(seed))
        found, entries = overfull(run), -1
        for time_s in np.arange(15.0, 2400.0, 30.0).tolist():
            run.advance(time_s)
            found += overfull(run) if run.log.count > entries else []
            entries = run.log.count
        if found:
            wrong[seed] = found
    assert wrong == {}
