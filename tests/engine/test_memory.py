"""Memory in a run: what VMs hold as they come, go and use more or less; by hand, on tiny worlds."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Cluster,
    Constant,
    DayCurve,
    Domain,
    Host,
    Recorded,
    Result,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from designer.engine.memory import esxi
from designer.engine.memory.holding import STATES
from designer.engine.spec import Demand
from designer.errors import SpecError

HOST, OTHER, TRACE = 1, 2, 90
RAM = 16_384.0


QUARTER = Constant(0.25)


def vm(n: int, ram_mib: float = 8192.0, active: Demand = QUARTER, **more: Any) -> Vm:
    return Vm(10 + n, more.pop("place", HOST), 1, 1000.0, ram_mib, Constant(0.5), f"vm-{n}", active=active, **more)


def spec_of(vms: list[Vm], rule: Any, events: tuple[TimedEvent, ...] = (), **more: Any) -> Spec:
    """One host of 16 GiB in a zone; an hour, in steps of five minutes."""
    host = Host(HOST, 3, 16, 1000.0, RAM, "host", memory=rule, **more)
    trace = Trace(TRACE, 600.0, np.array([[10, 90, 10, 10, 10, 10]], np.uint8))
    domains = [Domain(3, 0, "zone", "zone")]
    return Spec(domains=domains, hosts=[host], vms=vms, traces=[trace], events=events, until_s=3600.0)


def told(result: Result) -> list[tuple[float, str, int, str]]:
    return [(entry.time_s, entry.what, entry.id, entry.detail) for entry in result.log]


def test_that_a_host_that_takes_nothing_back_refuses_what_does_not_fit() -> None:
    assert [entry[1:] for entry in told(simulate(spec_of([vm(0), vm(1), vm(2)], "configured")))] == [
        ("refused", 12, "host has 0 of 16,384 MiB left; it needs 8,192")
    ]


def test_that_esxi_takes_vms_as_long_as_it_can_keep_their_reservations() -> None:
    kept = [vm(n, ram_floor_mib=6000.0) for n in range(3)]
    assert told(simulate(spec_of(kept, "esxi"))) == [
        (0.0, "refused", 12, "host has 4,384 of 16,384 MiB left; it needs 6,000"),
        (0.0, "memory_state", HOST, "soft"),
    ]
    result = simulate(spec_of([vm(n) for n in range(3)], "esxi"))
    assert told(result) == [(0.0, "memory_state", HOST, "soft")]
    least = esxi.min_free_mib(RAM)
    assert result.memory.mean("granted").sum() == pytest.approx(RAM - 0.64 * least)
    assert result.memory.mean("ballooned").tolist() == pytest.approx([(8192 * 3 - RAM + 0.64 * least) / 3] * 3)
    assert result.memory.mean("active").tolist() == [2048.0] * 3
    assert result.vms.waiting.tolist() == [0.0] * 3
    assert result.memory_used[:, 0].tolist() == pytest.approx([(RAM - 0.64 * least) / RAM] * 12)


def test_that_what_one_vm_gives_back_when_it_dies_the_others_have_at_once() -> None:
    run = Simulation(spec_of([vm(n) for n in range(3)], "esxi", (TimedEvent(1000.0, "fail", 12),)))
    run.advance(3600.0)
    assert run.moment(999.0).taken[:3].tolist() == pytest.approx([2870.3 + 0.0] * 3, abs=1.0)
    after = run.moment(1000.0)
    # 16 GiB for 16 GiB: only what ESXi keeps free is missing.
    assert after.granted[:2].tolist() == pytest.approx([(RAM - 0.64 * esxi.min_free_mib(RAM)) / 2.0] * 2)
    assert np.isnan(after.granted[2])
    held = run.result().memory
    assert held.seconds.tolist() == [3600.0, 3600.0, 1000.0]


def test_that_a_trace_of_used_memory_slows_a_vm_while_it_uses_much() -> None:
    vms = [vm(0, 16_000.0, Recorded(TRACE, 0)), vm(1, 16_000.0, Constant(0.9))]
    result = simulate(spec_of(vms, "kvm", ram_overcommit=2.0, swap_mib=65_536.0))
    # Idle memory goes to disk first: 25,600 MiB are used in the second sample, 16,000 in the others.
    missing = (14_400 * 2 - RAM) / (14_400 * 2)
    waits = 1.0 - 1.0 / (1.0 + 100.0 * missing)
    assert result.vms.waiting[0] == pytest.approx(0.5 * waits / 6.0)
    assert result.memory.mean("active")[0] == pytest.approx(16_000 * (0.1 * 5 + 0.9) / 6)
    assert result.memory.mean("swapped").sum() == pytest.approx(32_000 - RAM)
    steps = np.round(result.waiting[:, 0], 9).tolist()
    assert [n for n, value in enumerate(steps) if value > 0] == [2, 3]


def test_that_linux_kills_the_largest_where_nothing_is_left_and_it_restarts_by_its_rule() -> None:
    vms = [vm(0, 10_000.0), vm(1, 8000.0, recovery="same_zone", detect_s=30.0, boot_s=60.0)]
    spec = spec_of(vms, "kvm", ram_overcommit=2.0, swap_mib=1000.0)
    assert told(simulate(spec)) == [
        (0.0, "memory_state", HOST, "swapping"),
        (0.0, "killed", 10, "its host host has no memory and no swap left"),
        (0.0, "memory_state", HOST, ""),
        (60.0, "detected", 10, ""),
        (60.0, "lost", 10, "recovery is set to none"),
    ]
    spared = [vm(0, 10_000.0, oom_adjust=-1000.0), vms[1]]
    log = told(simulate(spec_of(spared, "kvm", ram_overcommit=2.0, swap_mib=1000.0)))
    assert log[:7] == [
        (0.0, "memory_state", HOST, "swapping"),
        (0.0, "killed", 11, "its host host has no memory and no swap left"),
        (0.0, "memory_state", HOST, ""),
        (30.0, "detected", 11, ""),
        (30.0, "restarting", 11, ""),
        (30.0, "memory_state", HOST, "swapping"),
        (30.0, "killed", 11, "its host host has no memory and no swap left"),
    ]


def test_that_a_kill_has_the_cause_that_filled_the_host() -> None:
    domains = [Domain(3, 0, "zone", "zone")]
    hosts = [
        Host(HOST, 3, 16, 1000.0, RAM, "host", memory="kvm", ram_overcommit=2.0, cluster=5),
        Host(OTHER, 3, 16, 1000.0, RAM, "other", memory="kvm", ram_overcommit=2.0, cluster=5),
    ]
    more: dict[str, Any] = {"recovery": "cluster", "boot_s": 10.0}
    vms = [vm(0, 10_000.0, **more), vm(1, 12_000.0, place=OTHER, oom_adjust=-500.0)]
    spec = Spec(domains=domains, hosts=hosts, clusters=[Cluster(5, "cluster", 15.0)], vms=vms,
                events=[TimedEvent(100.0, "fail", HOST)], until_s=200.0)  # fmt: skip
    log = simulate(spec).log
    assert [(e.time_s, e.what, e.id) for e in log[:5]] == [
        (100.0, "failed", HOST), (100.0, "down", 10), (115.0, "detected", 10), (115.0, "restarting", 10),
        (115.0, "killed", 10),
    ]  # fmt: skip
    assert log[4].place == OTHER


def test_that_proxmox_takes_100_mib_every_ten_seconds_down_to_the_target() -> None:
    vms = [vm(n, ram_floor_mib=1024.0) for n in range(2)]
    run = Simulation(spec_of(vms, "proxmox"))
    run.advance(3600.0)
    at = [run.moment(time_s).granted[:2].tolist() for time_s in (5.0, 10.0, 15.0, 25.0)]
    assert at == [[8192.0, 8192.0], [8092.0, 8092.0], [8092.0, 8092.0], [7992.0, 7992.0]]
    end = run.moment().granted[:2]
    assert end.sum() == pytest.approx(0.8 * RAM, abs=10.0)
    assert told(run.result()) == [(10.0, "memory_state", HOST, "ballooning")]
    static = simulate(spec_of([vm(n) for n in range(2)], "proxmox"))
    assert static.memory.mean("granted").tolist() == [8192.0, 8192.0]


def test_that_hyper_v_gives_a_vm_what_it_uses_and_a_buffer() -> None:
    vms = [vm(0, ram_floor_mib=512.0), vm(1, ram_floor_mib=4096.0), vm(2)]
    result = simulate(spec_of(vms, "hyperv"))
    assert result.memory.mean("granted").tolist() == pytest.approx([2048 * 1.2, 4096.0, 8192.0])
    refused = simulate(spec_of([*vms, vm(3)], "hyperv"))
    assert told(refused) == [(0.0, "refused", 13, "host has 3,584 of 16,384 MiB left; it needs 8,192")]


RULES: list[tuple[Any, dict[str, Any]]] = [
    ("esxi", {"sharable_frac": 0.1, "vm_ram_base_mib": 30.0}),
    ("kvm", {"ram_overcommit": 3.0, "swap_mib": 40_000.0, "sharable_frac": 0.05}),
    ("kvm", {"ram_overcommit": 3.0, "swap_mib": 4000.0}),
    ("proxmox", {"ram_overcommit": 2.0, "swap_mib": 8000.0}),
    ("hyperv", {}),
]


def busy(rule: Any, more: dict[str, Any], seed: int = 3) -> Spec:
    """Four VMs whose use of memory changes, some of which fail and come back."""
    vms = [
        vm(0, 8000.0, DayCurve(0.5, 0.4, 0.5, 0.2), ram_floor_mib=1000.0, recovery="same_zone", boot_s=20.0),
        vm(1, 6000.0, Recorded(TRACE, 0), ram_floor_mib=500.0, ram_shares=5000.0),
        vm(2, 7000.0, Constant(0.9), ram_floor_mib=2000.0, recovery="same_zone", detect_s=7.0),
        vm(3, 3000.0, Recorded(TRACE, 0, 3)),
    ]
    dice = random.Random(seed)
    times = sorted(round(dice.uniform(0.0, 3600.0), 1) for _ in range(6))
    events = tuple(TimedEvent(time_s, dice.choice(["fail", "recover"]), 10 + dice.randrange(4)) for time_s in times)  # type: ignore[arg-type]
    return spec_of(vms, rule, events, **more)


@pytest.mark.parametrize(("rule", "more"), RULES)
def test_that_a_run_does_not_depend_on_how_it_is_sliced_or_looked_at(rule: Any, more: dict[str, Any]) -> None:
    spec = busy(rule, more)
    whole = simulate(spec)
    sliced = Simulation(spec)
    for time_s in (1.0, 299.0, 300.0, 777.7, 1200.0, 2000.0, 3599.0, 3600.0):
        sliced.advance(time_s)
        sliced.record()
        sliced.moment(time_s / 2.0)
    assert sliced.result().digest() == whole.digest()


@pytest.mark.parametrize(("rule", "more"), RULES)
@pytest.mark.parametrize("time_s", [500.0, 1800.0, 3000.0])
def test_that_a_branch_is_the_run_with_the_same_events(rule: Any, more: dict[str, Any], time_s: float) -> None:
    run = Simulation(busy(rule, more))
    run.advance(3600.0)
    branch = run.branch(time_s)
    branch.inject(TimedEvent(time_s + 50.0, "fail", 11))
    branch.advance(3600.0)
    kept = tuple(event for event in run.events if event.time_s <= time_s)
    again = simulate(run.spec.with_events((*kept, TimedEvent(time_s + 50.0, "fail", 11))))
    assert branch.result().digest() == again.digest()


@pytest.mark.parametrize(("rule", "more"), RULES)
def test_that_a_look_back_and_a_saved_run_show_what_was(rule: Any, more: dict[str, Any]) -> None:
    run, seen = Simulation(busy(rule, more)), {}
    for time_s in (0.0, 250.0, 610.0, 1500.0, 2222.0, 3600.0):
        run.advance(time_s)
        seen[time_s] = run.moment()
    revived = Simulation.revived(run.spec, run.columns(), run.events, run.time_s, None)
    for time_s, then in seen.items():
        for name in ("granted", "active", "taken", "waiting", "used"):
            for other in (run.moment(time_s), revived.moment(time_s)):
                assert np.array_equal(getattr(then, name), getattr(other, name), equal_nan=True), (time_s, name)
    assert revived.result().digest() == run.result().digest()


@pytest.mark.parametrize(("rule", "more"), RULES)
def test_that_figures_are_the_integral_of_what_is_seen(rule: Any, more: dict[str, Any]) -> None:
    run = Simulation(busy(rule, more))
    sums, held_s = np.zeros(4), np.zeros(4)
    cuts = np.unique([*np.arange(0.0, 3600.1, 2.5), *(event.time_s for event in run.spec.events)])
    for begin_s, end_s in zip(cuts[:-1].tolist(), cuts[1:].tolist()):
        run.advance(begin_s)
        granted = run.moment().granted[:4].astype(np.float64)
        there = ~np.isnan(granted)
        sums[there] += granted[there] * (end_s - begin_s)
        held_s[there] += end_s - begin_s
    run.advance(3600.0)
    of = run.result().memory
    changes = sorted({entry.time_s for entry in run.log.entries()})
    assert of.seconds == pytest.approx(held_s, abs=2.5 * len(changes))
    assert of.of_vms[:, 1] == pytest.approx(sums, rel=0.01, abs=2.5 * 8000.0 * len(changes))


def test_that_hosts_without_a_rule_of_their_own_know_of_no_memory() -> None:
    run = Simulation(spec_of([vm(0)], "configured"))
    run.advance(3600.0)
    assert np.isnan(run.moment().granted).all()
    assert np.isnan(run.result().memory_used).all()
    assert np.isnan(run.result().memory.mean("granted")).all()


def test_that_a_host_beside_one_that_takes_memory_back_gives_all() -> None:
    hosts = [Host(HOST, 0, 16, 1000.0, RAM, memory="esxi"), Host(OTHER, 0, 16, 1000.0, RAM)]
    result = simulate(Spec(hosts=hosts, vms=[vm(0), vm(1), vm(2), vm(3, place=OTHER)], until_s=600.0))
    assert result.memory.mean("granted")[3] == 8192.0
    assert result.memory_used[:, 1].tolist() == [0.5, 0.5]


def cluster_of(rule: Any, **more: Any) -> Spec:
    """Two hosts of 16 GiB in a cluster, each with two VMs of 8 GiB; the first fails."""
    hosts = [Host(n, 3, 16, 1000.0, RAM, name, memory=rule, cluster=4, **more) for n, name in ((1, "a"), (2, "b"))]
    vms = [vm(n, place=HOST if n < 2 else OTHER, recovery="cluster", boot_s=90.0) for n in range(4)]
    events = (TimedEvent(600.0, "fail", HOST),)
    zone = [Domain(3, 0, "zone", "zone")]
    return Spec(zone, hosts, vms, clusters=[Cluster(4, "ha", 15.0)], events=events, until_s=1800.0, sample_s=600.0)


def test_that_ha_restarts_vms_onto_an_esxi_host_that_is_then_overcommitted() -> None:
    result = simulate(cluster_of("esxi"))
    assert told(result) == [
        (0.0, "memory_state", HOST, "soft"),  # two VMs of 8 GiB on 16 GiB leave ESXi nothing to keep free
        (0.0, "memory_state", OTHER, "soft"),
        (600.0, "failed", HOST, ""),
        (600.0, "down", 10, ""),
        (600.0, "down", 11, ""),
        (615.0, "detected", 10, ""),
        (615.0, "detected", 11, ""),
        (615.0, "restarting", 10, ""),
        (615.0, "restarting", 11, ""),
        (705.0, "running", 10, ""),
        (705.0, "running", 11, ""),
    ]
    run = Simulation(cluster_of("esxi"))
    run.advance(1800.0)
    held = run.moment(1000.0)
    least = esxi.min_free_mib(RAM)
    # four VMs of 8 GiB on 16 GiB: what is above the soft threshold has been taken from all alike
    assert held.granted[:4].tolist() == pytest.approx([(RAM - 0.64 * least) / 4.0] * 4)
    assert held.taken[:4].tolist() == pytest.approx([8192.0 - (RAM - 0.64 * least) / 4.0] * 4)
    assert held.taken[4:6].tolist() == pytest.approx([0.0, 32768.0 - (RAM - 0.64 * least)])


def test_that_ha_waits_where_an_esxi_host_could_not_keep_the_reservations() -> None:
    spec = cluster_of("esxi")
    kept = replace(spec, vms=[replace(vm, ram_floor_mib=6000.0) for vm in spec.vms])
    assert [entry for entry in told(simulate(kept)) if entry[1] == "waiting"] == [
        (615.0, "waiting", n, "no host in ha has enough free memory") for n in (10, 11)
    ]


@pytest.mark.parametrize(("overcommit", "waits"), [(1.0, [10, 11]), (1.5, [11]), (2.0, [])])
def test_that_ha_fills_a_host_under_linux_as_far_as_its_overcommit_goes(overcommit: float, waits: list[int]) -> None:
    result = simulate(cluster_of("kvm", ram_overcommit=overcommit, swap_mib=RAM))
    assert [entry[2] for entry in told(result) if entry[1] == "waiting"] == waits


def test_that_a_spec_whose_figures_of_memory_have_no_meaning_is_refused() -> None:
    with pytest.raises(SpecError, match="Host host: its memory overcommit must be above 0, not 0"):
        simulate(spec_of([vm(0)], "kvm", ram_overcommit=0.0))
    with pytest.raises(SpecError, match=r"VM vm-0: its memory use 2\.0 must be a number of at least 0 and 1"):
        simulate(spec_of([vm(0, active=Constant(2.0))], "esxi"))


@pytest.mark.parametrize(
    ("rule", "states", "short"),
    [
        ("esxi", [(0.0, "soft")], [1.0] * 6),
        ("kvm", [(0.0, "swapping")], [1.0] * 6),
        ("hyperv", [(600.0, "short"), (1200.0, "")], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
        ("configured", [], [np.nan] * 6),
    ],
)
def test_that_a_run_tells_how_a_host_takes_memory_back_and_how_long_it_does(
    rule: Any, states: list[tuple[float, str]], short: list[float]
) -> None:
    size = 8000.0 if rule == "configured" else 18_000.0
    busy = vm(0, size, Recorded(TRACE, 0), ram_floor_mib=1000.0)
    spec = spec_of([busy, vm(1, 8000.0, Constant(0.3), ram_floor_mib=1000.0)], rule, ram_overcommit=2.0, swap_mib=RAM)
    run = Simulation(replace(spec, sample_s=600.0))
    run.advance(3600.0)
    result = run.result()
    assert [(e.time_s, e.detail) for e in result.log if e.what == "memory_state"] == states
    assert result.memory_short[:, 0].tolist() == pytest.approx(short, nan_ok=True)
    assert result.memory_short[:, 1].tolist() == pytest.approx(short, nan_ok=True)  # its zone has no other host
    for time_s in (0.0, 700.0, 1300.0):
        last = [state for since_s, state in states if since_s <= time_s]
        assert STATES[run.moment(time_s).memory_state[2]] == (last[-1] if last else "")


def test_that_the_state_of_memory_does_not_depend_on_how_a_run_is_cut() -> None:
    vms = [vm(n, 8000.0, DayCurve(0.5, 0.4, 0.5)) for n in range(3)]
    spec = spec_of(vms, "kvm", ram_overcommit=2.0, swap_mib=RAM)
    whole = simulate(spec)
    for step in (60.0, 777.0):
        run = Simulation(spec)
        for until_s in np.arange(step, spec.until_s + step, step):
            run.advance(min(until_s, spec.until_s))
            run.moment(until_s / 2.0)
        assert run.result().digest() == whole.digest()


def test_that_a_host_that_fails_tells_no_state_of_its_memory() -> None:
    spec = spec_of([vm(0), vm(1)], "esxi", (TimedEvent(600.0, "fail", HOST), TimedEvent(900.0, "recover", HOST)))
    states = [(e.time_s, e.detail) for e in simulate(spec).log if e.what == "memory_state"]
    assert states == [(0.0, "soft"), (900.0, "soft")]
