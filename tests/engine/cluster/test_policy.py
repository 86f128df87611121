"""Admission control: what a cluster keeps free, whom it refuses, and when it says that its policy is broken."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from designer.engine import Balancing, Cluster, Domain, Host, Result, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.cluster.slots import Size, left_of, slots_of, why_broken
from designer.engine.spec import capacity
from designer.errors import SpecError
from tests.engine import moving_world

ZONE, CLUSTER, HOST, VM = 1, 5, 10, 100
HOSTS = [Size(9000.0, 9.0), Size(9000.0, 6.0), Size(6000.0, 6.0)]
VMS = [Size(2000.0, 1.0), Size(2000.0, 1.0), Size(1000.0, 2.0), Size(1000.0, 1.0), Size(1000.0, 1.0)]


def test_that_slots_are_those_of_the_manual() -> None:
    """Hosts of 9 GHz and 9 GB, 9 and 6, 6 and 6; VMs of 2/1, 2/1, 1/2, 1/1, 1/1 (vSphere Availability)."""
    found = slots_of(HOSTS, VMS)
    assert found.size == Size(2000.0, 2.0)
    assert found.hosts == (4, 3, 3)
    assert (found.used, found.may_fail, found.free(1)) == (5, 1, 1)
    more = Size(1000.0, 1.0)
    assert [slots_of(HOSTS, [*VMS, *[more] * n]).may_fail >= 1 for n in (1, 2)] == [True, False]


def test_that_one_large_reservation_makes_all_slots_large_unless_they_are_set() -> None:
    hosts, small, large = [Size(20_000.0, 65_536.0)] * 3, [Size(0.0, 100.0)] * 40, Size(4000.0, 8292.0)
    runs = [slots_of(hosts, small), slots_of(hosts, [*small, large]), slots_of(hosts, [*small, large], 500.0, 1024.0)]
    assert [run.size for run in runs] == [Size(32.0, 100.0), Size(4000.0, 8292.0), Size(500.0, 1024.0)]
    assert [run.hosts[0] for run in runs] == [625, 5, 40]
    assert [run.used for run in runs] == [40, 41, 49]
    assert [run.may_fail for run in runs] == [2, 0, 1]
    assert [sum(run.hosts) >= run.used for run in runs] == [True, False, True]


def test_that_a_percentage_counts_what_no_vm_reserves() -> None:
    left = left_of(HOSTS, VMS)
    assert (left.mhz * 100, left.mib * 100) == pytest.approx((70.8333333333, 71.4285714286), rel=1e-9)


def cluster(hosts: int, vms: list[tuple[int, float]], *events: TimedEvent, **more: Any) -> Spec:
    """Hosts of 10 GiB that give VMs all their memory; VMs by host and GiB."""
    machines = [Host(HOST + n, ZONE, 8, 1000.0, 10_240.0, f"h{n}", cluster=CLUSTER) for n in range(hosts)]
    some = [
        Vm(VM + n, HOST + host, 1, 1000.0, 1024.0 * gib, name=f"vm{n}", recovery="cluster", boot_s=0.0)
        for n, (host, gib) in enumerate(vms)
    ]
    return Spec(
        [Domain(ZONE, 0, "zone", "zone")], machines, some, clusters=[Cluster(CLUSTER, "c", 15.0, **more)],
        events=events, until_s=1200.0, sample_s=600.0,
    )  # fmt: skip


def told(result: Result, *whats: str) -> list[tuple[float, str, int, str]]:
    return [(e.time_s, e.what, e.id, e.detail) for e in result.log if e.what in whats]


def test_that_a_vm_is_refused_that_would_break_the_policy() -> None:
    spec = cluster(2, [(n % 2, 2.0) for n in range(7)], admission="slots")
    why = "c would break its policy: 6 slots are used, and 5 are left when it loses one host"
    assert told(simulate(spec), "refused") == [(0.0, "refused", VM + n, why) for n in (5, 6)]
    spec = cluster(2, [(0, 4.0), (1, 4.0), (0, 4.0)], admission="percentage", reserve_ram_frac=0.5)
    why = "c would break its policy: 40% of its memory are not reserved, and it keeps 50% free"
    assert told(simulate(spec), "refused") == [(0.0, "refused", VM + 2, why)]


@pytest.mark.parametrize("seed", range(20))
def test_that_those_are_refused_who_break_the_policy_beside_those_powered_on_before(seed: int) -> None:
    dice = random.Random(seed)
    more = dice.choice([{"admission": "slots"}, {"admission": "slots", "slot_mib": 900.0}, {"admission": "percentage"}])
    spec = cluster(3, [(n % 3, dice.choice([0.5, 1.0, 3.0])) for n in range(dice.randint(2, 12))], **more)
    hosts, on, refused = [Size(capacity.cpu_mhz(host), 10_240.0) for host in spec.hosts], [], []
    for vm in spec.vms:
        if why_broken(spec.clusters[0], hosts, [*on, Size(0.0, vm.ram_mib)]):
            refused.append(vm.id)
        else:
            on.append(Size(0.0, vm.ram_mib))
    assert [e.id for e in simulate(spec).log if e.what == "refused"] == refused


def test_that_a_restart_is_never_refused_and_the_cluster_says_that_its_policy_is_broken() -> None:
    lost, back = TimedEvent(100.0, "fail", HOST), TimedEvent(600.0, "recover", HOST)
    result = simulate(cluster(3, [(0, 3.0), (1, 3.0), (2, 3.0)], lost, back, admission="slots", tolerate_hosts=2))
    assert told(result, "refused", "policy_broken", "policy_kept", "running") == [
        (100.0, "policy_broken", CLUSTER, "3 slots are used, and 0 are left when it loses 2 hosts"),
        (115.0, "running", VM, ""),
        (600.0, "policy_kept", CLUSTER, ""),
    ]


def test_that_restarts_go_to_the_failover_host_first_then_anywhere() -> None:
    """Three hosts with room for 10 VMs and 8 on each, and a failover host: the second failure leaves 4 waiting."""
    events = [TimedEvent(100.0, "fail", HOST), TimedEvent(300.0, "fail", HOST + 1)]
    vms = [(n % 3, 1.0) for n in range(24)]
    spec = cluster(4, [*vms, (3, 1.0)], *events, admission="failover_hosts", failover=(HOST + 3,))
    run = Simulation(spec)
    run.advance(299.0)

    def on() -> list[int]:
        units, states = run._state.unit, run._state.status
        return [int(((units == n) & (states == 0)).sum()) for n in range(4)]

    assert on() == [0, 8, 8, 8]
    run.advance(1200.0)
    assert on() == [0, 0, 10, 10]
    result = run.result()
    assert told(result, "refused") == [(0.0, "refused", VM + 24, "h3 is a failover host of c")]
    assert len({e.id for e in result.log if e.what == "waiting"}) == 4
    assert told(result, "policy_broken") == [(115.0, "policy_broken", CLUSTER, "its failover host h3 runs VMs")]


def test_that_nothing_is_moved_to_a_failover_host() -> None:
    """A drained host's VMs go to the other host, though the failover host is empty; a balancer looks past it, too."""
    hosts = [moving_world.host(n) for n in range(3)]
    vms = [moving_world.vm(n, 0, ram_mib=4096.0) for n in range(3)]
    kept = {"admission": "failover_hosts", "failover": (12,)}
    drained = moving_world.world(hosts, vms, (100.0, "drain", 10))
    drained = replace(drained, clusters=[Cluster(moving_world.CLUSTER, "c", **kept)])  # type: ignore[arg-type]
    run = Simulation(drained)
    run.advance(3000.0)
    assert run._state.unit[:3].tolist() == [1, 1, 1]
    balancing = Balancing("threshold", every_s=60.0)
    spread = replace(drained, events=(), clusters=[Cluster(moving_world.CLUSTER, "c", balancing=balancing, **kept)])  # type: ignore[arg-type]
    run = Simulation(spread)
    run.advance(3000.0)
    assert 2 not in run._state.unit[:3].tolist()


def test_that_admission_does_not_depend_on_slices_and_branches() -> None:
    events = [TimedEvent(100.0, "fail", HOST), TimedEvent(600.0, "recover", HOST)]
    spec = cluster(3, [(n % 3, 2.0) for n in range(9)], *events, admission="slots")
    whole, run = simulate(spec), Simulation(spec.with_events(()))
    for one in events:
        run.inject(one)
    for time_s in range(0, 1201, 11):
        run.advance(float(time_s))
    run.advance(1200.0)
    assert run.result().digest() == whole.digest()
    branch = run.branch(200.0)
    branch.inject(events[1])
    branch.advance(1200.0)
    assert branch.result().digest() == whole.digest()


@pytest.mark.parametrize("wrong", [{"reserve_cpu_frac": 1.5}, {"slot_mib": -1.0}, {"failover": (99,)}])
def test_that_a_policy_without_meaning_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="Cluster c"):
        simulate(cluster(1, [], **wrong))


def test_that_a_start_is_asked_and_waits_until_the_policy_allows_it() -> None:
    """Two hosts of 10 GiB keep one free: 5 slots of 2 GiB. Of 7 VMs two are refused; one that was stopped starts again,
    one that was off waits until another is stopped."""
    vms = [(n % 2, 2.0) for n in range(5)]
    on = cluster(2, vms, admission="slots")
    off = replace(on.vms[0], id=VM + 9, name="late", powered_on=False)
    events = [TimedEvent(100.0, "stop", VM), TimedEvent(200.0, "start", VM), TimedEvent(300.0, "start", VM + 9)]
    result = simulate(replace(on, vms=[*on.vms, off], events=(*events, TimedEvent(500.0, "stop", VM + 1))))
    why = "c would break its policy: 6 slots are used, and 5 are left when it loses one host"
    assert told(result, "refused", "waiting", "running", "policy_broken") == [
        (200.0, "running", VM, ""),
        (300.0, "waiting", VM + 9, why),
        (500.0, "running", VM + 9, ""),
    ]


def test_that_starts_at_one_instant_are_asked_one_after_the_other() -> None:
    on = cluster(2, [(n % 2, 2.0) for n in range(7)], admission="slots")
    spec = replace(on, vms=[replace(vm, powered_on=False) for vm in on.vms])
    starts = [TimedEvent(100.0, "start", vm.id) for vm in spec.vms]
    result = simulate(spec.with_events(starts))
    assert [i for _, _, i, _ in told(result, "waiting")] == [VM + 5, VM + 6]
    assert not told(result, "policy_broken")


def test_that_a_start_goes_past_failover_hosts_and_a_restart_there() -> None:
    kept: dict[str, Any] = {"admission": "failover_hosts", "failover": (HOST + 1,)}
    spec = cluster(2, [(0, 2.0), (0, 2.0)], **kept)
    spec = replace(spec, vms=[replace(spec.vms[0], powered_on=False), spec.vms[1]])
    run = Simulation(spec.with_events([TimedEvent(100.0, "start", VM), TimedEvent(200.0, "fail", HOST)]))
    run.advance(150.0)
    assert run._state.unit[:2].tolist() == [0, 0]
    run.advance(1000.0)
    assert run._state.unit[:2].tolist() == [1, 1]
    home = replace(spec, vms=[Vm(VM, HOST + 1, 1, 1000.0, 1024.0, name="own", powered_on=False, boot_s=0.0)])
    result = simulate(home.with_events([TimedEvent(100.0, "start", VM)]))
    assert told(result, "waiting") == [(100.0, "waiting", VM, "h1 is a failover host of c")]


def test_that_a_host_in_maintenance_is_no_host_that_the_policy_counts() -> None:
    """vSphere Availability: only hosts that are connected and not in maintenance mode are counted."""
    hosts = [moving_world.host(n) for n in range(2)]
    spec = moving_world.world(hosts, [moving_world.vm(0, 0)], (100.0, "drain", 10), (1000.0, "open", 10))
    spec = replace(spec, clusters=[Cluster(moving_world.CLUSTER, "c", admission="slots")])
    found = told(simulate(spec), "maintained", "policy_broken", "policy_kept")
    assert [what for _, what, _, _ in found] == ["maintained", "policy_broken", "policy_kept"]
    assert found[0][0] == found[1][0] and found[2][0] == 1000.0


def test_that_a_host_without_vms_stays_on_where_the_policy_needs_it() -> None:
    """Of four hosts one runs a VM; a policy of one failure keeps a second one on."""
    for admission, off in (("none", 3), ("slots", 2)):
        hosts = [moving_world.host(n) for n in range(4)]
        spec = moving_world.world(hosts, [moving_world.vm(0, 0)])
        balancing = Balancing("none", power_off=True)
        kept = Cluster(moving_world.CLUSTER, "c", balancing=balancing, admission=admission)  # type: ignore[arg-type]
        result = simulate(replace(spec, clusters=[kept]))
        assert len(told(result, "powered_off")) == off
        assert not told(result, "policy_broken")


def test_that_a_failover_host_that_fails_in_maintenance_is_down_when_that_ends() -> None:
    events = [
        TimedEvent(100.0, "drain", HOST + 1), TimedEvent(200.0, "fail", HOST + 1), TimedEvent(300.0, "open", HOST + 1),
        TimedEvent(400.0, "recover", HOST + 1),
    ]  # fmt: skip
    result = simulate(cluster(2, [(0, 1.0)], *events, admission="failover_hosts", failover=(HOST + 1,)))
    assert told(result, "policy_broken", "policy_kept") == [
        (100.0, "policy_broken", CLUSTER, "its failover host h1 is in maintenance"),
        (400.0, "policy_kept", CLUSTER, ""),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_that_no_start_breaks_a_policy(seed: int) -> None:
    dice = random.Random(seed)
    kept = dice.choice([{"admission": "slots"}, {"admission": "percentage"}, {"admission": "failover_hosts"}])
    more: dict[str, Any] = {
        **kept,
        "failover": (HOST + 2,),
        "balancing": dice.choice([None, Balancing("none", power_off=True)]),
    }
    vms = [(dice.randrange(3), dice.choice([0.5, 1.0, 3.0])) for _ in range(12)]
    spec = cluster(3, vms, **more)
    spec = replace(spec, vms=[replace(vm, powered_on=dice.random() < 0.5) for vm in spec.vms])
    events = []
    for n in range(100):
        what: Any = dice.choice(["start", "start", "stop", "fail", "recover", "drain", "open"])
        of = VM + dice.randrange(12) if what in ("start", "stop") else HOST + dice.randrange(3)
        events.append(TimedEvent(10.0 * n + 5.0, what, of))
    result = simulate(spec.with_events(events))
    starts = {event.time_s for event in events if event.what == "start"}
    assert not [entry for entry in told(result, "policy_broken") if entry[0] in starts]
    assert told(result, "restarting")


def test_that_a_host_is_switched_on_again_where_the_policy_needs_it() -> None:
    """Of four hosts two are on, as one may fail. One of them fails: a third one boots for the policy."""
    hosts, balancing = [moving_world.host(n) for n in range(4)], Balancing("none", power_off=True, wake_s=60.0)
    spec = moving_world.world(hosts, [moving_world.vm(0, 0)], (600.0, "fail", 13))
    kept = Cluster(moving_world.CLUSTER, "c", balancing=balancing, admission="slots")
    found = told(simulate(replace(spec, clusters=[kept])), "powered_off", "powered_on", "policy_broken", "policy_kept")
    assert [entry[:3] for entry in found] == [
        (0.0, "powered_off", 11), (0.0, "powered_off", 12),
        (600.0, "powered_on", 11), (600.0, "policy_broken", moving_world.CLUSTER),
        (660.0, "policy_kept", moving_world.CLUSTER),
    ]  # fmt: skip
