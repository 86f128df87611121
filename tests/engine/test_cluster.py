"""Clusters: VMs of the rule `cluster` restart on hosts of the same cluster, wherever they stand; by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import Cluster, Constant, Domain, Host, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

ZONE_A, ZONE_B, DC, CLUSTER = 1, 2, 3, 9
DOMAINS = (Domain(ZONE_A, 0, "zone", "a"), Domain(ZONE_B, 0, "zone", "b"), Domain(DC, ZONE_A, "data_center", "dc"))
HOSTS = (
    Host(11, DC, 4, 1000.0, 8192.0, cluster=CLUSTER),
    Host(12, DC, 4, 1000.0, 8192.0),
    Host(13, ZONE_B, 4, 1000.0, 8192.0, cluster=CLUSTER),
)
VM = Vm(20, 11, 2, 1000.0, 4096.0, Constant(0.5), recovery="cluster", detect_s=60.0, boot_s=90.0)


def run(spec: Spec, *events: TimedEvent) -> list[tuple[float, str, int, str]]:
    log = simulate(spec.with_events(events)).log
    return [(e.time_s, e.what, e.place, e.detail) for e in log if e.id in (20, 21)]


def spec(hosts: tuple[Host, ...] = HOSTS, *vms: Vm) -> Spec:
    return Spec(DOMAINS, hosts, vms or (VM,), clusters=(Cluster(CLUSTER, "ha", 15.0),), until_s=3600.0, sample_s=600.0)


def test_that_a_vm_restarts_in_its_cluster_over_zones_and_not_beside_it_in_the_data_center() -> None:
    assert run(spec(), TimedEvent(600.0, "fail", 11)) == [
        (600.0, "down", 0, ""),
        (615.0, "detected", 0, ""),
        (615.0, "restarting", 13, ""),
        (705.0, "running", 13, ""),
    ]


def test_that_without_another_host_of_the_cluster_it_waits_for_one() -> None:
    told = run(spec(), TimedEvent(300.0, "fail", 13), TimedEvent(600.0, "fail", 11), TimedEvent(900.0, "recover", 13))
    assert told[2:] == [
        (615.0, "waiting", 0, "nothing in ha that could take it is up"),
        (900.0, "restarting", 13, ""),
        (990.0, "running", 13, ""),
    ]


def test_that_the_memory_of_the_cluster_is_what_counts() -> None:
    full = replace(VM, id=30, place=13, ram_mib=6000.0)
    told = run(spec(HOSTS, VM, full), TimedEvent(600.0, "fail", 11))
    assert told[-1] == (615.0, "waiting", 0, "no host in ha has enough free memory")


def test_that_hosts_in_no_cluster_take_over_each_others_vms_and_never_those_of_a_cluster() -> None:
    alone = replace(VM, place=12)
    told = run(spec(HOSTS, alone), TimedEvent(600.0, "fail", 12))
    assert told[1:] == [
        (660.0, "detected", 0, ""),
        (660.0, "waiting", 0, "nothing in dc that could take it is up"),
    ]
    free = (HOSTS[0], HOSTS[1], replace(HOSTS[2], parent=DC, cluster=0))
    assert (660.0, "restarting", 13, "") in run(spec(free, alone), TimedEvent(600.0, "fail", 12))


def test_that_without_ha_a_vm_stays_down_until_its_host_is_back() -> None:
    off = replace(spec(), clusters=(Cluster(CLUSTER, "ha", 15.0, ha=False),))
    assert run(off, TimedEvent(600.0, "fail", 11), TimedEvent(900.0, "recover", 11)) == [
        (600.0, "down", 0, ""),
        (615.0, "detected", 0, ""),
        (615.0, "lost", 0, "HA of its cluster is off"),
        (900.0, "restarting", 11, ""),
        (990.0, "running", 11, ""),
    ]
    alone = replace(VM, place=12)  # in no cluster: that its HA is off is of no matter
    assert run(replace(off, vms=(alone,)), TimedEvent(600.0, "fail", 12))[-1][1] == "waiting"


def test_that_other_rules_do_not_see_the_cluster() -> None:
    told = run(spec(HOSTS, replace(VM, recovery="same_zone")), TimedEvent(600.0, "fail", 11))
    assert told[1:3] == [(660.0, "detected", 0, ""), (660.0, "restarting", 12, "")]


def test_that_a_cluster_that_is_not_there_is_refused() -> None:
    with pytest.raises(SpecError, match="Host 11 is in the cluster 9, which is not there"):
        simulate(replace(spec(), clusters=()))
    with pytest.raises(SpecError, match="Cluster ha: detect_s must be at least 0"):
        simulate(replace(spec(), clusters=(Cluster(CLUSTER, "ha", -1.0),)))
