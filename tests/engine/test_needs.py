"""What a VM needs and where it may stand: volumes and datastores that fail, and places it is bound to; by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import Constant, Domain, Group, Host, Reach, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

ZONE_A, ZONE_B, DC, ARRAY_1, ARRAY_2, STORE, DISK = 1, 2, 3, 4, 5, 6, 7
DOMAINS = (
    Domain(ZONE_A, 0, "zone", "zone-a"),
    Domain(ZONE_B, 0, "zone", "zone-b"),
    Domain(DC, ZONE_A, "data_center", "dc"),
    Domain(ARRAY_1, DC, "storage_array", "array-1"),
    Domain(ARRAY_2, DC, "storage_array", "array-2"),
    Domain(STORE, DC, "datastore", "store", feeds=((ARRAY_1, ARRAY_2),)),
    Domain(DISK, STORE, "volume", "disk"),
)
HOSTS = tuple(Host(11 + n, DC, 4, 1000.0, 8192.0, name=f"host-{n + 1}") for n in range(3))
VM = Vm(20, 11, 2, 1000.0, 4096.0, Constant(0.5), recovery="cluster", needs=((DISK,),), reach=0)
SEES = Reach((11, 13), "sees store")

Told = list[tuple[float, str, int, int, int, str]]


def spec(*vms: Vm, **more: object) -> Spec:
    given = {"domains": DOMAINS, "hosts": HOSTS, "reaches": (SEES,), "until_s": 3600.0, "sample_s": 600.0, **more}
    return Spec(vms=vms or (VM,), **given)  # type: ignore[arg-type]


def run(given: Spec, *events: tuple[float, str, int]) -> Told:
    made = simulate(given.with_events([TimedEvent(time_s, what, i) for time_s, what, i in events]))  # type: ignore[arg-type]
    return [(e.time_s, e.what, e.id, e.cause, e.place, e.detail) for e in made.log]


def test_that_a_vm_falls_with_its_volume_and_boots_where_it_is_when_the_volume_is_back_in_time() -> None:
    assert run(spec(), (600.0, "fail", DISK), (630.0, "recover", DISK)) == [
        (600.0, "failed", DISK, 0, 0, ""),
        (600.0, "down", 20, 1, 0, "cut off from disk"),
        (630.0, "recovered", DISK, 1, 0, ""),
        (630.0, "restarting", 20, 3, 11, ""),
        (720.0, "running", 20, 4, 11, ""),
    ]


def test_that_a_vm_whose_volume_stays_down_waits_for_it_and_is_then_placed_anew() -> None:
    assert run(spec(), (600.0, "fail", DISK), (1200.0, "recover", DISK)) == [
        (600.0, "failed", DISK, 0, 0, ""),
        (600.0, "down", 20, 1, 0, "cut off from disk"),
        (660.0, "detected", 20, 2, 0, ""),
        (660.0, "waiting", 20, 3, 0, "it needs disk, which is down"),
        (1200.0, "recovered", DISK, 1, 0, ""),
        (1200.0, "restarting", 20, 3, 11, ""),
        (1290.0, "running", 20, 6, 11, ""),
    ]


def test_that_a_mirrored_datastore_falls_with_the_last_of_its_arrays() -> None:
    assert run(spec(), (600.0, "fail", ARRAY_1), (900.0, "fail", ARRAY_2), (910.0, "recover", ARRAY_1)) == [
        (600.0, "failed", ARRAY_1, 0, 0, ""),
        (900.0, "failed", ARRAY_2, 0, 0, ""),
        (900.0, "down", 20, 2, 0, "cut off from store"),
        (910.0, "recovered", ARRAY_1, 1, 0, ""),
        (910.0, "restarting", 20, 4, 11, ""),
        (1000.0, "running", 20, 5, 11, ""),
    ]


def test_that_a_vm_restarts_only_on_a_host_that_sees_its_datastore() -> None:
    # host-2 is empty, too, and comes first; host-3 sees the datastore.
    assert run(spec(), (600.0, "fail", 11)) == [
        (600.0, "failed", 11, 0, 0, ""),
        (600.0, "down", 20, 1, 0, ""),
        (660.0, "detected", 20, 2, 0, ""),
        (660.0, "restarting", 20, 3, 13, ""),
        (750.0, "running", 20, 4, 13, ""),
    ]


def test_that_without_such_a_host_it_waits_and_the_reason_names_the_datastore() -> None:
    told = run(spec(), (300.0, "fail", 13), (600.0, "fail", 11), (1000.0, "recover", 13))
    assert told[-3:] == [
        (1000.0, "recovered", 13, 1, 0, ""),
        (1000.0, "restarting", 20, 4, 13, ""),
        (1090.0, "running", 20, 7, 13, ""),
    ]
    assert told[4] == (660.0, "waiting", 20, 4, 0, "nothing in dc that sees store that could take it is up")
    full = replace(VM, id=30, place=13, ram_mib=6000.0)
    assert run(spec(VM, full), (600.0, "fail", 11))[-1][5] == "no host in dc that sees store has enough free memory"


def test_that_local_data_binds_a_vm_to_its_host() -> None:
    own = spec(replace(VM, needs=((DISK,),)), reaches=(Reach((11,), "has its data"),))
    told = run(own, (600.0, "fail", 11), (900.0, "recover", 11))
    assert told[3:] == [
        (660.0, "waiting", 20, 3, 0, "nothing in dc that has its data that could take it is up"),
        (900.0, "recovered", 11, 1, 0, ""),
        (900.0, "restarting", 20, 3, 11, ""),
        (990.0, "running", 20, 6, 11, ""),
    ]


def test_that_a_volume_in_a_host_falls_with_it_and_can_fail_alone() -> None:
    domains = (*DOMAINS[:-1], Domain(DISK, 11, "volume", "disk"))
    assert run(spec(domains=domains), (600.0, "fail", 11))[1:3] == [
        (600.0, "down", 20, 1, 0, ""),
        (660.0, "detected", 20, 2, 0, ""),
    ]
    assert run(spec(domains=domains), (600.0, "fail", DISK))[1] == (600.0, "down", 20, 1, 0, "cut off from disk")


def test_that_a_vm_that_stands_where_its_data_is_not_is_refused() -> None:
    assert run(spec(replace(VM, place=12))) == [(0.0, "refused", 20, 0, 12, "host-2 is no place that sees store")]
    assert run(spec(replace(VM, place=12, powered_on=False))) == []


def test_that_one_that_is_lost_comes_back_with_its_volume() -> None:
    lasting = spec(replace(VM, recovery="none"))
    told = run(lasting, (600.0, "fail", DISK), (1200.0, "recover", DISK))
    assert told[3:] == [
        (660.0, "lost", 20, 3, 0, "recovery is set to none"),
        (1200.0, "recovered", DISK, 1, 0, ""),
        (1200.0, "restarting", 20, 5, 11, ""),
        (1290.0, "running", 20, 6, 11, ""),
    ]


def test_that_a_vm_does_not_come_back_with_its_host_while_its_volume_is_down() -> None:
    told = run(spec(), (600.0, "fail", DISK), (605.0, "fail", 11), (610.0, "recover", 11), (615.0, "recover", DISK))
    assert [(time_s, what, cause) for time_s, what, i, cause, *_ in told if i == 20] == [
        (600.0, "down", 1),
        (615.0, "restarting", 5),
        (705.0, "running", 6),
    ]


def test_that_a_vm_on_the_providers_capacity_waits_for_its_volume_and_stays_in_its_zone() -> None:
    domains = (*DOMAINS[:-1], Domain(DISK, ZONE_A, "volume", "disk"))
    cloud = spec(replace(VM, place=ZONE_A, recovery="same_zone", reach=-1), domains=domains)
    assert run(cloud, (600.0, "fail", DISK), (1200.0, "recover", DISK))[3:] == [
        (660.0, "waiting", 20, 3, 0, "it needs disk, which is down"),
        (1200.0, "recovered", DISK, 1, 0, ""),
        (1200.0, "restarting", 20, 3, ZONE_A, ""),
        (1290.0, "running", 20, 6, ZONE_A, ""),
    ]


def test_that_a_group_launches_a_new_instance_elsewhere_without_the_volume_of_the_old_one() -> None:
    domains = (*DOMAINS[:-1], Domain(DISK, ZONE_A, "volume", "disk"))
    old = replace(VM, place=ZONE_A, recovery="replace", group=40, reach=-1)
    group = Group(40, 1, 1, 2, (ZONE_A, ZONE_B), old, "asg", detect_s=30.0)
    told = run(spec(old, domains=domains, groups=(group,)), (600.0, "fail", ZONE_A), (900.0, "fail", DISK))
    assert [(time_s, what, place) for time_s, what, _, _, place, _ in told] == [
        (600.0, "failed", 0),
        (600.0, "down", 0),
        (630.0, "detected", 0),
        (630.0, "terminated", 0),
        (630.0, "launched", ZONE_B),
        (720.0, "running", ZONE_B),
        (900.0, "failed", 0),
    ]


def test_that_needs_and_places_that_are_not_there_are_refused() -> None:
    with pytest.raises(SpecError, match="VM 20 needs 99, which is not there"):
        simulate(spec(replace(VM, needs=((99,),))))
    with pytest.raises(SpecError, match="VM 20 is bound to the places 1, which are not there"):
        simulate(spec(replace(VM, reach=1)))
    with pytest.raises(SpecError, match="Places to which VMs are bound hold 99"):
        simulate(spec(reaches=(Reach((99,), "is nowhere"),)))


@pytest.mark.parametrize("what", ["fail", "recover"])
def test_that_a_dead_vm_is_not_brought_back_by_a_volume_of_which_another_gives_the_same(what: str) -> None:
    both = (ARRAY_1, ARRAY_2)
    vm = replace(VM, recovery="none", reach=-1, needs=(both,))
    before = [(100.0, "fail", ARRAY_1)] if what == "recover" else []
    told = run(spec(vm), *before, (600.0, "fail", 20), (630.0, what, ARRAY_1), (700.0, what, ARRAY_1))
    assert [(time_s, happened) for time_s, happened, element, *_ in told if element == 20] == [
        (600.0, "failed"),
        (660.0, "detected"),
        (660.0, "lost"),
    ]


def test_that_a_vm_comes_back_with_the_first_volume_that_gives_what_it_misses() -> None:
    vm = replace(VM, reach=-1, needs=((ARRAY_1, ARRAY_2),))
    events = ((600.0, "fail", ARRAY_1), (610.0, "fail", ARRAY_2), (620.0, "recover", ARRAY_2))
    assert run(spec(vm), *events, (625.0, "recover", ARRAY_1)) == [
        (600.0, "failed", ARRAY_1, 0, 0, ""),
        (610.0, "failed", ARRAY_2, 0, 0, ""),
        (610.0, "down", 20, 2, 0, "cut off from array-1"),
        (620.0, "recovered", ARRAY_2, 2, 0, ""),
        (620.0, "restarting", 20, 4, 11, ""),
        (625.0, "recovered", ARRAY_1, 1, 0, ""),
        (710.0, "running", 20, 5, 11, ""),
    ]
