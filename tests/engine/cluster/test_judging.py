"""What clusters do about hosts that they lost, or that lost them, by their type."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import Cluster, Constant, Domain, Host, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.cluster.verdict import Hosts, judge
from designer.engine.cluster.votes import device_votes, majority, may_fail, quorate_side
from designer.engine.result.result import Result
from designer.engine.state.state import RUNNING
from designer.engine.tables.vms import CLUSTER as PROTECTED
from designer.errors import SpecError

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "40"))
ZONE, CLUSTER, SWITCH, HOST, VM = 1, 5, 20, 10, 100
HARDWARE: dict[str, Any] = {"cores": 64, "mhz": 1000.0, "ram_mib": 65536.0, "cluster": CLUSTER}
PROXMOX = {"rule": "proxmox", "detect_s": 120.0, "response_s": 60.0, "primary_more_s": 60.0}
HYPERV = {"rule": "hyperv", "detect_s": 10.0, "response_s": 240.0}
VSPHERE = {"rule": "vsphere", "detect_s": 15.0, "primary_more_s": 35.0, "store_more_s": 3.0}


def event(time_s: float, what: Any, element: int) -> TimedEvent:
    return TimedEvent(time_s, what, element)


def world(hosts: int, rule: dict[str, Any], *events: TimedEvent, vms: int | None = None, **more: Any) -> Spec:
    """Hosts with a switch each (SWITCH + n) and a VM each, in a cluster; datastores are seen by ways of their own."""
    domains = [Domain(ZONE, 0, "zone", "zone"), Domain(2, 0, "zone", "far")]
    domains += [Domain(SWITCH + n, ZONE, "switch", f"sw{n}") for n in range(hosts)]
    machines = [Host(HOST + n, ZONE, name=f"h{n}", network=((SWITCH + n,),), **HARDWARE) for n in range(hosts)]
    some = range(hosts if vms is None else vms)
    return Spec(
        domains, machines,
        [Vm(VM + n, HOST + n, 1, 1000.0, 512.0, Constant(0.5), f"vm{n}", recovery="cluster", boot_s=0.0) for n in some],
        clusters=[Cluster(CLUSTER, "c", **{**rule, **more})], events=events, until_s=1200.0, sample_s=600.0,
    )  # fmt: skip


def told(result: Result, *whats: str) -> list[tuple[float, str, int]]:
    return [(e.time_s, e.what, e.id) for e in result.log if not whats or e.what in whats]


def running(result: Result, vm: int) -> list[tuple[float, int]]:
    return [(e.time_s, e.place) for e in result.log if e.what == "running" and e.id == vm]


# -- votes


@pytest.mark.parametrize(
    ("nodes", "device", "votes", "needs", "may", "without"),
    [
        (2, False, 2, 2, 0, 0), (2, True, 3, 2, 1, 0), (3, False, 3, 2, 1, 1), (3, True, 5, 3, 2, 0),
        (4, False, 4, 3, 1, 1), (4, True, 5, 3, 2, 1), (5, False, 5, 3, 2, 2), (5, True, 9, 5, 4, 0),
        (15, False, 15, 8, 7, 7), (15, True, 29, 15, 14, 0),
    ],
)  # fmt: skip
def test_that_so_many_nodes_may_fail_with_and_without_a_device(
    nodes: int, device: bool, votes: int, needs: int, may: int, without: int
) -> None:
    own = device_votes(nodes) if device else 0
    assert (nodes + own, majority(nodes + own)) == (votes, needs)
    assert (may_fail(nodes, own), may_fail(nodes, own, device_up=False)) == (may, without)


def test_that_the_side_with_the_majority_goes_on() -> None:
    cases = [([2, 2], 0, None), ([2, 2], 1, 0), ([3, 2], 0, None), ([4, 1], 4, 1), ([1, 1], 1, 1)]
    assert [quorate_side(sides, sum(sides) + device, device, where) for sides, device, where in cases] == [
        None, 0, 0, 1, 1,
    ]  # fmt: skip


# -- Proxmox


def test_that_a_proxmox_node_cut_off_resets_itself_before_its_vms_restart_elsewhere() -> None:
    result = simulate(world(3, PROXMOX, event(120.0, "fail", SWITCH + 2)))
    assert told(result) == [
        (120.0, "failed", SWITCH + 2), (120.0, "no_majority", HOST + 2), (120.0, "unreached", HOST + 2),
        (120.0, "unreached", VM + 2), (180.0, "fenced", HOST + 2), (180.0, "down", VM + 2),
        (240.0, "detected", VM + 2), (240.0, "restarting", VM + 2), (240.0, "running", VM + 2),
    ]  # fmt: skip
    assert running(result, VM + 2)[0][1] in (HOST, HOST + 1)


def test_that_a_lost_master_costs_its_own_lock_first() -> None:
    result = simulate(world(3, PROXMOX, event(120.0, "fail", SWITCH)))
    assert told(result, "fenced", "detected", "running") == [
        (180.0, "fenced", HOST), (300.0, "detected", VM), (300.0, "running", VM),
    ]  # fmt: skip


def test_that_one_of_three_nodes_runs_nothing_and_all_comes_back_with_the_second() -> None:
    events = [event(100.0, "fail", HOST), event(100.0, "fail", HOST + 1), event(600.0, "recover", HOST + 1)]
    result = simulate(world(3, PROXMOX, *events))
    assert told(result, "no_majority", "fenced") == [(100.0, "no_majority", HOST + 2), (160.0, "fenced", HOST + 2)]
    waits = {(e.time_s, e.id): e.detail for e in result.log if e.what == "waiting"}
    why = "c has no majority: 1 of the 2 votes that it needs"
    assert waits == {(280.0, VM): why, (220.0, VM + 1): why, (220.0, VM + 2): why}
    assert {vm: running(result, vm)[0][0] for vm in (VM, VM + 1, VM + 2)} == {VM: 600.0, VM + 1: 600.0, VM + 2: 600.0}


def test_that_a_node_without_protected_vms_is_not_fenced() -> None:
    spec = world(3, PROXMOX, event(120.0, "fail", SWITCH + 2), event(400.0, "recover", SWITCH + 2))
    spec = replace(spec, vms=[*spec.vms[:2], replace(spec.vms[2], recovery="none")])
    result = simulate(spec)
    assert told(result, "fenced", "down", "rejoined") == [(400.0, "rejoined", HOST + 2)]


def test_that_two_nodes_need_a_witness() -> None:
    cut = event(100.0, "fail", HOST + 1)
    assert told(simulate(world(2, PROXMOX, cut)), "fenced") == [(160.0, "fenced", HOST)]
    with_device = simulate(world(2, PROXMOX, cut, witness=2))
    assert told(with_device, "fenced", "no_majority") == []
    assert running(with_device, VM + 1) == [(220.0, HOST)]


def test_that_a_lock_shorter_than_the_watchdog_is_refused() -> None:
    with pytest.raises(SpecError, match="c: a node resets itself after 60 s, but its VMs restart elsewhere after 30 s"):
        simulate(world(3, {**PROXMOX, "detect_s": 30.0}))


# -- vSphere


def test_that_vsphere_finds_a_dead_host_by_its_role_and_its_datastore() -> None:
    def found(host: int, **more: Any) -> list[float]:
        result = simulate(world(3, VSPHERE, event(100.0, "fail", host), **more))
        return [e.time_s - 100.0 for e in result.log if e.what == "detected"]

    assert found(HOST + 1) == [15.0]
    assert found(HOST + 1, by_store=(HOST + 1, HOST + 2)) == [18.0]
    assert found(HOST) == [50.0]


@pytest.mark.parametrize(("host", "isolated", "response", "up"), [(1, 30.0, 60.0, 60.0), (0, 5.0, 35.0, 50.0)])
def test_that_an_isolated_host_powers_its_vms_off_where_its_response_says_so(
    host: int, isolated: float, response: float, up: float
) -> None:
    """Where it was the primary, the others first choose another, which takes them 50 s."""
    spec = world(3, VSPHERE, event(100.0, "fail", SWITCH + host), isolation="power_off")
    result = simulate(spec)
    assert told(result, "isolated", "stopped", "running") == [
        (100.0 + isolated, "isolated", HOST + host), (100.0 + response, "stopped", VM + host),
        (100.0 + up, "running", VM + host),
    ]  # fmt: skip
    left_on = simulate(replace(spec, clusters=[replace(spec.clusters[0], isolation="leave_on")]))
    assert told(left_on, "stopped", "down", "running") == []


def test_that_a_host_that_is_reached_again_before_its_response_keeps_its_vms() -> None:
    events = [event(100.0, "fail", SWITCH + 1), event(159.0, "recover", SWITCH + 1)]
    result = simulate(world(3, VSPHERE, *events, isolation="power_off"))
    assert told(result, "isolated", "rejoined", "stopped") == [
        (130.0, "isolated", HOST + 1),
        (159.0, "rejoined", HOST + 1),
    ]


def racks(rule: dict[str, Any], *events: TimedEvent, **more: Any) -> Spec:
    """Two hosts in each of two racks on a switch each."""
    domains = [Domain(ZONE, 0, "zone", "zone"), Domain(2, 0, "zone", "far")]
    domains += [Domain(3 + n, ZONE, "rack", network=((SWITCH + n,),)) for n in range(2)]
    domains += [Domain(SWITCH + n, ZONE, "switch") for n in range(2)]
    hosts = [Host(HOST + n, 3 + n // 2, name=f"h{n}", **HARDWARE) for n in range(4)]
    vms = [Vm(VM + n, HOST + n, 1, 1000.0, 512.0, name=f"vm{n}", recovery="cluster", boot_s=0.0) for n in range(4)]
    cluster = Cluster(CLUSTER, "c", **{**rule, **more})
    return Spec(domains, hosts, vms, clusters=[cluster], events=events, until_s=1200.0, sample_s=600.0)


def test_that_partitions_of_vsphere_run_on_and_restart_what_is_lost_in_each() -> None:
    cut = [event(100.0, "fail", SWITCH), event(200.0, "fail", HOST), event(200.0, "fail", HOST + 3)]
    result = simulate(racks(VSPHERE, *cut, isolation="power_off"))
    # h1 is then alone in its rack, and nobody outside reaches it; the other rack has the VMs that are lost
    assert told(result, "isolated", "no_majority") == [(230.0, "isolated", HOST + 1)]
    assert running(result, VM + 3) == [(215.0, HOST + 2)]


def test_that_of_two_equal_halves_none_has_the_majority_and_a_device_decides() -> None:
    cut = event(100.0, "fail", SWITCH)
    tied = simulate(racks(PROXMOX, cut))
    assert [e.id for e in tied.log if e.what == "fenced"] == [HOST, HOST + 1, HOST + 2, HOST + 3]
    decided = simulate(racks(PROXMOX, cut, witness=2))
    assert [e.id for e in decided.log if e.what == "fenced"] == [HOST, HOST + 1]
    assert {vm: running(decided, vm)[0] for vm in (VM, VM + 1)} == {VM: (280.0, HOST + 3), VM + 1: (220.0, HOST + 2)}


def test_that_a_vm_whose_disk_nothing_locks_restarts_from_an_isolated_host() -> None:
    domains = [
        Domain(ZONE, 0, "zone", "zone"), Domain(SWITCH, ZONE, "switch", "sw"),
        Domain(30, ZONE, "switch", "core"), Domain(31, ZONE, "storage_array", network=((30,),)),
        Domain(32, ZONE, "datastore", "ds", feeds=((31,),), network=((31,),)), Domain(33, 32, "volume", "disk"),
    ]  # fmt: skip
    hosts = [Host(HOST, ZONE, name="h0", **HARDWARE), Host(HOST + 1, ZONE, name="h1", network=((SWITCH,),), **HARDWARE)]
    vm = Vm(VM, HOST + 1, 1, 1000.0, 512.0, name="db", recovery="cluster", boot_s=0.0, needs=((33,),))
    spec = Spec(domains, hosts, [vm], clusters=[Cluster(CLUSTER, "c", **VSPHERE)], until_s=600.0,
                events=[event(100.0, "fail", SWITCH)])  # fmt: skip
    result = simulate(spec)
    assert told(result, "stopped", "running", "isolated") == [
        (115.0, "stopped", VM), (115.0, "running", VM), (130.0, "isolated", HOST + 1),
    ]  # fmt: skip
    assert running(result, VM) == [(115.0, HOST)]


def test_that_a_host_that_is_left_alone_pings_its_isolation_addresses() -> None:
    """The other host dies while the gateway is down: by default both sides stop, with an address nearby one goes on."""

    def stopped(**more: Any) -> list[tuple[float, str, int]]:
        spec = world(2, VSPHERE, event(90.0, "fail", 40), event(100.0, "fail", HOST + 1), isolation="power_off", **more)
        ways = [Domain(40, ZONE, "router", "gw"), Domain(41, ZONE, "switch", "near", network=((40,),))]
        hosts = [replace(host, network=((41,),)) for host in spec.hosts]
        return told(
            simulate(replace(spec, domains=[*spec.domains, *ways], hosts=hosts)), "isolated", "stopped", "running"
        )

    # the gateway takes the primary 5 s and 30 s more to stop its VM when the other host does not answer either
    assert stopped() == [(105.0, "isolated", HOST), (135.0, "stopped", VM)]
    assert stopped(isolation_addresses=(41,)) == [(115.0, "running", VM + 1)]


def test_that_a_datastore_that_is_down_tells_nobody_that_a_host_lives() -> None:
    def found(*stores: int) -> list[float]:
        own = {"by_store": (HOST + 1, HOST + 2), "heartbeats": (stores, stores)}
        spec = world(3, VSPHERE, event(90.0, "fail", 30), event(100.0, "fail", HOST + 1), **own)
        spec = replace(spec, domains=[*spec.domains, *(Domain(n, ZONE, "datastore") for n in (30, 31))])
        return [e.time_s - 100.0 for e in simulate(spec).log if e.what == "detected"]

    assert (found(30), found(30, 31)) == ([15.0], [18.0])


# -- fencing by power

POWER = {**PROXMOX, "fencing": "power", "fence_after_s": 60.0, "primary_fence_after_s": 180.0, "fence_s": 20.0}
PAIR = {**POWER, "two_node": True, "primary_fence_after_s": 60.0}
FEED = 50


def fed(spec: Spec) -> Spec:
    """Each host hangs on a feed of its own (FEED + n)."""
    hosts = [replace(host, feeds=((FEED + n,),)) for n, host in enumerate(spec.hosts)]
    feeds = [Domain(FEED + n, ZONE, "power_feed", f"feed{n}") for n in range(len(hosts))]
    return replace(spec, domains=[*spec.domains, *feeds], hosts=hosts)


def test_that_a_lost_node_is_switched_off_before_its_vms_restart() -> None:
    cut = simulate(fed(world(3, POWER, event(120.0, "fail", SWITCH + 2))))
    assert told(cut)[:9] == [
        (120.0, "failed", SWITCH + 2), (120.0, "no_majority", HOST + 2), (120.0, "unreached", HOST + 2),
        (120.0, "unreached", VM + 2), (200.0, "fenced_off", HOST + 2), (200.0, "down", VM + 2),
        (200.0, "detected", VM + 2), (200.0, "restarting", VM + 2), (200.0, "running", VM + 2),
    ]  # fmt: skip
    assert running(cut, VM + 2)[0][1] in (HOST, HOST + 1)
    dead = simulate(fed(world(3, POWER, event(120.0, "fail", HOST))))  # the master: its lock runs out first
    assert told(dead, "fenced_off", "running") == [(320.0, "fenced_off", HOST), (320.0, "running", VM)]


def test_that_a_board_without_power_keeps_the_vms_waiting_until_it_has_some() -> None:
    """A node whose feed is dead is surely off, but nobody can say so; by its watchdog its VMs would run at 220 s."""
    events = [event(100.0, "fail", FEED + 2), event(150.0, "fail", HOST + 2), event(700.0, "recover", FEED + 2)]
    result = simulate(fed(world(3, POWER, *events)))
    assert told(result, "unfenced", "fenced_off", "running") == [
        (180.0, "unfenced", HOST + 2), (720.0, "fenced_off", HOST + 2), (720.0, "running", VM + 2),
    ]  # fmt: skip
    back = simulate(fed(world(3, POWER, events[0], events[2])))  # the node itself is back: its VM boots there
    assert told(back, "unfenced", "fenced_off") == [(180.0, "unfenced", HOST + 2)]
    assert running(back, VM + 2) == [(700.0, HOST + 2)]


def test_that_of_two_nodes_that_lost_each_other_the_first_goes_on() -> None:
    cut = simulate(fed(world(2, PAIR, event(100.0, "fail", SWITCH + 1))))
    assert told(cut, "fenced_off", "down", "running") == [
        (180.0, "fenced_off", HOST + 1), (180.0, "down", VM + 1), (180.0, "running", VM + 1),
    ]  # fmt: skip
    assert running(cut, VM + 1) == [(180.0, HOST)]
    events = [event(100.0, "fail", SWITCH + 1), event(300.0, "fail", HOST), event(900.0, "recover", SWITCH + 1),
              event(1000.0, "recover", HOST)]  # fmt: skip
    waits = simulate(fed(world(2, PAIR, *events)))  # the second came up alone, and waits for the first
    assert {vm: running(waits, vm)[-1][0] for vm in (VM, VM + 1)} == {VM: 1000.0, VM + 1: 1000.0}
    tie = simulate(fed(world(2, POWER, event(100.0, "fail", HOST + 1))))
    assert told(tie, "fenced_off", "running") == []


@pytest.mark.parametrize(
    ("rule", "hosts", "why"),
    [
        ({**PAIR, "fencing": "watchdog"}, 2, "one must switch the other off"),
        (PAIR, 3, "a cluster of two nodes by votes, not of 3"),
        ({**PAIR, "witness": 2}, 2, "it has a witness"),
        ({**VSPHERE, "fencing": "power"}, 2, "only a cluster of the type “proxmox” fences by power"),
    ],
)
def test_that_votes_that_let_vms_run_twice_are_refused(rule: dict[str, Any], hosts: int, why: str) -> None:
    with pytest.raises(SpecError, match=why):
        simulate(world(hosts, rule))


# -- Hyper-V


def test_that_hyperv_stops_the_vms_of_a_node_without_majority_and_restarts_them() -> None:
    result = simulate(world(3, HYPERV, event(100.0, "fail", SWITCH + 1)))
    assert told(result, "no_majority", "stopped", "running", "fenced") == [
        (100.0, "no_majority", HOST + 1), (340.0, "stopped", VM + 1), (340.0, "running", VM + 1),
    ]  # fmt: skip


def test_that_hyperv_takes_the_votes_of_those_who_left_one_after_the_other() -> None:
    one_by_one = [event(100.0 * (n + 1), "fail", HOST + 3 - n) for n in range(3)]
    result = simulate(world(4, HYPERV, *one_by_one))
    assert told(result, "no_majority") == []
    assert {vm: running(result, vm)[-1][1] for vm in (VM + 1, VM + 2, VM + 3)} == dict.fromkeys((101, 102, 103), HOST)
    at_once = simulate(world(4, HYPERV, *(event(100.0, "fail", HOST + n) for n in (1, 2, 3))))
    assert told(at_once, "no_majority") == [(100.0, "no_majority", HOST)]
    assert told(at_once, "stopped") == [(340.0, "stopped", VM)]


# -- any


@pytest.mark.parametrize("rule", [VSPHERE, {**VSPHERE, "isolation": "power_off"}, PROXMOX, HYPERV, POWER])
def test_that_judging_does_not_depend_on_slices_branches_and_the_order_of_events(rule: dict[str, Any]) -> None:
    events = [event(50.0, "fail", SWITCH), event(50.0, "fail", SWITCH + 3), event(140.0, "fail", HOST + 2)]
    events += [event(130.0, "fail", FEED + 2), event(400.0, "recover", FEED + 2)] if "fencing" in rule else []
    events += [event(300.0, "recover", SWITCH), event(700.0, "recover", HOST + 2), event(900.0, "recover", SWITCH + 3)]
    spec = fed(world(4, rule, *events, witness=2))
    whole = simulate(spec)
    assert simulate(spec.with_events(events[::-1])).digest() == whole.digest()
    run = Simulation(spec.with_events(()))
    for one in reversed(events):
        run.inject(one)
    for time_s in range(0, 1201, 13):
        run.advance(float(time_s))
    run.advance(1200.0)
    assert run.result().digest() == whole.digest()
    for at_s in (60.0, 150.0, 299.0, 650.0):
        branch = run.branch(at_s)
        for one in events:
            if one.time_s > at_s:
                branch.inject(one)
        branch.advance(1200.0)
        assert branch.result().digest() == whole.digest()
    assert Simulation.revived(spec, run.columns(), run.events, 1200.0, None).result().digest() == whole.digest()


# -- a slow, plain reference


def plain(
    rule: str, up: list[bool], part: list[int], reached: list[bool], witness: list[bool] | None, voting: list[bool]
) -> Any:
    """Who goes on, and from where to where VMs restart, counted out one by one; votes are those of all nodes, with
    Hyper-V of those that vote.
    """
    n = len(up)
    living = [h for h in range(n) if up[h]]
    together = {h: [o for o in living if part[o] == part[h]] for h in range(n)}
    if rule == "vsphere":
        on = [up[h] and (len(together[h]) > 1 or n == 1 or reached[h]) for h in range(n)]
    else:
        votes, device = [True] * n, 0 if witness is None else 1 if n % 2 == 0 else n - 1
        if rule == "hyperv":
            votes, device = list(voting), 0
            if sum(votes) % 2 == 0 and witness is not None and any(witness[h] for h in living):
                device = 1
            elif any(votes) and sum(votes) % 2 == 0:
                votes[max(h for h in range(n) if votes[h])] = False
        needed = (sum(votes) + device) / 2
        with_device: list[int] = []
        for h in living:
            group = together[h]
            if witness is not None and any(witness[o] for o in group) and len(group) > len(with_device):
                with_device = group
        on = [
            up[h] and sum(votes[o] for o in together[h]) + device * (together[h] == with_device) > needed
            for h in range(n)
        ]
    going = [h for h in range(n) if on[h]]
    if not going:
        return on, [-1] * n
    largest = max(going, key=lambda h: (len(together[h]), -h))
    return on, [part[h] if any(part[o] == part[h] for o in going) else part[largest] for h in range(n)]


@settings(max_examples=WORLDS, deadline=None)
@given(st.integers(0, 2**32))
def test_that_a_verdict_is_what_counting_one_by_one_says(seed: int) -> None:
    r = random.Random(seed)
    n, rule = r.randint(1, 9), r.choice(["vsphere", "proxmox", "hyperv"])
    up, part = [r.random() < 0.8 for _ in range(n)], [r.randrange(r.choice([1, 2, 3])) for _ in range(n)]
    out = {p: r.random() < 0.5 for p in set(part)}
    reached = [up[h] and out[part[h]] for h in range(n)]
    sees = {p: r.random() < 0.6 for p in set(part)}
    witness = [sees[part[h]] for h in range(n)] if rule != "vsphere" and r.random() < 0.5 else None
    voting = [rule != "hyperv" or r.random() < 0.7 for _ in range(n)]
    hosts = Hosts(
        np.array(up),
        np.array(part),
        np.array(reached),
        None if witness is None else np.array(witness),
        np.array(voting),
    )
    found = judge(rule, hosts)  # type: ignore[arg-type]
    on, goes_to = plain(rule, up, part, reached, witness, voting)
    assert found.on.tolist() == on
    assert found.goes_to.tolist() == goes_to


def random_cluster(seed: int) -> Spec:
    """A cluster of any type on a few switches that fail and come back."""
    r = random.Random(seed)
    n, switches = r.randint(1, 6), r.randint(1, 4)
    domains = [Domain(ZONE, 0, "zone"), Domain(2, 0, "zone")]
    domains += [Domain(SWITCH + k, ZONE, "switch") for k in range(switches)]
    hosts = [
        Host(
            HOST + k,
            ZONE,
            name=f"h{k}",
            network=((SWITCH + r.randrange(switches),),),
            post_s=r.choice([0.0, 40.0]),
            **HARDWARE,
        )
        for k in range(n)
    ]
    vms = [
        Vm(
            VM + k,
            HOST + r.randrange(n),
            1,
            1000.0,
            512.0,
            recovery=r.choice(["cluster", "cluster", "none"]),
            boot_s=10.0,
        )
        for k in range(r.randint(1, 8))
    ]
    rule = r.choice([VSPHERE, {**VSPHERE, "isolation": "power_off"}, PROXMOX, HYPERV])
    cluster = Cluster(CLUSTER, "c", witness=r.choice([0, 2]), **rule)
    ids = [*(SWITCH + k for k in range(switches)), *(HOST + k for k in range(n)), 2]
    events = [
        event(
            r.choice([10.0 * r.randrange(90), r.uniform(0, 900)]), r.choice(["fail", "fail", "recover"]), r.choice(ids)
        )
        for _ in range(r.randint(1, 10))
    ]
    return Spec(domains, hosts, vms, clusters=[cluster], until_s=1200.0, sample_s=600.0,
                events=sorted(events, key=lambda e: e.time_s))  # fmt: skip


@settings(max_examples=max(WORLDS // 5, 1), deadline=None)
@given(st.integers(0, 2**32))
def test_that_random_clusters_keep_what_their_type_promises(seed: int) -> None:
    """No protected VM runs on a host that was without its cluster for longer than the type allows; slices are equal."""
    spec = random_cluster(seed)
    run = Simulation(spec)
    s, t = run._state, run.tables
    votes, since = spec.clusters[0].rule != "vsphere", {}
    for time_s in range(0, 1201, 5):
        run.advance(float(time_s))
        since = {u: since.get(u, float(time_s)) for u in np.flatnonzero(s.cast_out).tolist()}
        for u, begun_s in since.items():
            rows = np.flatnonzero((s.unit == u) & (s.status == RUNNING) & (t.recovery == PROTECTED))
            assert not (votes and rows.size and time_s > begun_s + spec.clusters[0].response_s)
        boots = [e for e in run.log.entries() if e.what == "restarting" and e.time_s == run.time_s]
        assert all(not s.cast_out[t.unit_of(e.place)] for e in boots if t.recovery[e.id - VM] == PROTECTED)
    whole = simulate(spec).digest()
    assert run.result().digest() == whole
    branch = run.branch(float(seed % 1200))
    for one in spec.events:
        if one.time_s > seed % 1200:
            branch.inject(one)
    branch.advance(1200.0)
    assert branch.result().digest() == whole
