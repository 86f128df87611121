"""Placement groups during a run: who may restart where, who waits and why; small worlds by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import Cluster, Domain, Group, Host, PlacementGroup, Result, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

A, B, RACK_1, RACK_2, H1, H2, H3, PG, CLUSTER, GROUP = 1, 2, 3, 4, 11, 12, 13, 40, 41, 42
DOMAINS = (Domain(A, 0, "zone", "zone-a"), Domain(RACK_1, A, "rack", "rack-1"), Domain(RACK_2, A, "rack", "rack-2"))
ROOM = {"cores": 4, "mhz": 1000.0, "ram_mib": 8192.0}
HOSTS = (Host(H1, RACK_1, name="h1", **ROOM), Host(H2, RACK_2, name="h2", **ROOM))  # type: ignore[arg-type]
VMS = tuple(
    Vm(20 + n, host, 1, 1000.0, 1024.0, name=f"vm-{n}", recovery="same_zone", boot_s=10.0, placement=PG)
    for n, host in enumerate((H1, H2))
)


def run(strategy: str, *failed: int, **more: object) -> Result:
    given = {"domains": DOMAINS, "hosts": HOSTS, "vms": VMS, "until_s": 1800.0, **more}
    events = [TimedEvent(600.0 + n, "fail", i) for n, i in enumerate(failed)]
    group = PlacementGroup(PG, "pg", strategy)  # type: ignore[arg-type]
    return simulate(Spec(placements=(group,), events=events, **given))  # type: ignore[arg-type]


def told(result: Result, vm: int) -> list[tuple[float, str, int, str]]:
    return [(e.time_s, e.what, e.place, e.detail) for e in result.log if e.id == vm]


def test_that_a_spread_vm_waits_rather_than_restart_on_the_rack_of_another() -> None:
    assert told(run("spread", H1), 20) == [
        (600.0, "down", 0, ""),
        (660.0, "detected", 0, ""),
        (660.0, "waiting", 0, "pg allows no host in zone-a with room"),
    ]


def test_that_it_restarts_on_a_free_rack_and_on_another_host_of_its_own() -> None:
    free = (*HOSTS, Host(H3, A, name="h3", **ROOM))  # type: ignore[arg-type]
    assert told(run("spread", H1, hosts=free), 20)[-1] == (670.0, "running", H3, "")
    own = (*HOSTS, Host(H3, RACK_1, name="h3", **ROOM))  # type: ignore[arg-type]
    assert told(run("spread", H1, hosts=own), 20)[-1] == (670.0, "running", H3, "")


def test_that_two_that_restart_at_once_do_not_meet() -> None:
    hosts = (*HOSTS, Host(H3, A, name="h3", **ROOM))  # type: ignore[arg-type]
    both = run("spread", RACK_1, RACK_2, hosts=hosts)
    assert told(both, 20)[-1] == (670.0, "running", H3, "")
    assert told(both, 21)[-1] == (661.0, "waiting", 0, "pg allows no host in zone-a with room")


def test_that_one_that_waits_gets_the_rack_that_comes_back() -> None:
    events = [TimedEvent(600.0, "fail", H1), TimedEvent(900.0, "recover", H1)]
    spec = Spec(DOMAINS, HOSTS, VMS, placements=(PlacementGroup(PG, "pg"),), events=events, until_s=1800.0)
    result = simulate(spec)
    assert told(result, 20)[-2:] == [(900.0, "restarting", H1, ""), (910.0, "running", H1, "")]
    assert result.digest() == simulate(spec, on_progress=lambda _: None, slices=43).digest()


def test_that_one_that_waits_gets_the_rack_that_another_of_its_group_leaves() -> None:
    small, beside = Host(H3, A, 4, 1000.0, 2048.0, "h3"), Host(14, RACK_1, name="h4", **ROOM)  # type: ignore[arg-type]
    vms = (VMS[0], replace(VMS[1], ram_mib=4096.0))
    result = run("spread", H2, H1, hosts=(*HOSTS, small, beside), vms=vms)
    assert told(result, 20)[-2:] == [(661.0, "restarting", H3, ""), (671.0, "running", H3, "")]
    assert told(result, 21) == [
        (600.0, "down", 0, ""),
        (660.0, "detected", 0, ""),
        (660.0, "waiting", 0, "pg allows no host in zone-a with room"),
        (661.0, "restarting", 14, ""),
        (671.0, "running", 14, ""),
    ]


def test_that_partitions_share_no_rack_and_one_partition_does() -> None:
    other = (VMS[0], replace(VMS[1], partition=2))
    assert told(run("partition", H1, vms=other), 20)[-1][1] == "waiting"
    assert told(run("partition", H1), 20)[-1] == (670.0, "running", H2, "")


def test_that_a_cluster_group_stays_in_its_zone_though_the_cluster_of_hosts_spans_two() -> None:
    domains = (*DOMAINS, Domain(B, 0, "zone", "zone-b"))
    hosts = (replace(HOSTS[0], cluster=CLUSTER), Host(H3, B, name="h3", cluster=CLUSTER, **ROOM))  # type: ignore[arg-type]
    vms = (replace(VMS[0], recovery="cluster"),)
    world = {"domains": domains, "hosts": hosts, "clusters": (Cluster(CLUSTER, "cl"),)}
    stays = told(run("cluster", H1, vms=vms, **world), 20)
    assert stays[-1] == (615.0, "waiting", 0, "pg allows no host in cl with room")
    free = told(run("cluster", H1, vms=(replace(vms[0], placement=0),), **world), 20)
    assert free[-1] == (625.0, "running", H3, "")


def test_that_of_a_cluster_group_drawn_in_two_zones_the_first_vm_stands_and_those_elsewhere_are_refused() -> None:
    domains = (*DOMAINS, Domain(B, 0, "zone", "zone-b"))
    hosts = (*HOSTS, Host(H3, B, name="h3", **ROOM))  # type: ignore[arg-type]
    vms = (*VMS, replace(VMS[0], id=22, place=H3))
    result = run("cluster", vms=vms, hosts=hosts, domains=domains)
    assert [(e.what, e.id, e.detail) for e in result.log] == [("refused", 22, "h3 is not where pg allows it")]
    too_large = (replace(vms[2], ram_mib=9000.0), *VMS)  # it never stood, so it binds nobody
    result = run("cluster", vms=too_large, hosts=hosts, domains=domains)
    assert [(e.what, e.id) for e in result.log] == [("refused", 22)]


def test_that_a_group_launches_no_eighth_of_a_spread_in_a_zone_and_says_why() -> None:
    template = Vm(30, A, 1, 1000.0, 1024.0, boot_s=10.0, placement=PG)
    group = Group(GROUP, 0, 9, 9, (A,), template, "asg")
    result = run("spread", hosts=(), vms=(), groups=(group,))
    assert [e.what for e in result.log].count("launched") == 7
    assert told(result, GROUP) == [(0.0, "waiting", 0, "pg allows no more in its subnets")]
    two = run(
        "spread", hosts=(), vms=(), groups=(replace(group, places=(A, B)),), domains=(*DOMAINS, Domain(B, 0, "zone"))
    )
    assert [e.what for e in two.log].count("launched") == 9
    one = run(
        "cluster", hosts=(), vms=(), groups=(replace(group, places=(A, B)),), domains=(*DOMAINS, Domain(B, 0, "zone"))
    )
    assert {e.place for e in one.log if e.what == "launched"} == {A}


def test_that_a_placement_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(SpecError, match="VM vm-0 is in the placement group 99, which is not there"):
        run("spread", vms=(replace(VMS[0], placement=99),))
