"""Disk operations and traffic in a run: who gets what, who waits for what, and balances that end at exact instants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from designer.engine import (
    Application,
    Cluster,
    Constant,
    DayCurve,
    Domain,
    Flow,
    Group,
    Host,
    Limit,
    Migration,
    Recorded,
    Result,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)

REGION, ZONE, OTHER_ZONE, RACK, RACK_2, DISK, DISK_2, ARRAY = 1, 2, 3, 4, 5, 6, 7, 8
HOST, HOST_2, HOST_3 = 10, 11, 12
A, B, C, LINK = 20, 21, 22, 90
DOMAINS = (
    Domain(REGION, 0, "region"), Domain(ZONE, REGION, "zone"), Domain(OTHER_ZONE, REGION, "zone"),
    Domain(RACK, ZONE, "rack"), Domain(RACK_2, ZONE, "rack"), Domain(DISK, ZONE, "volume"),
    Domain(DISK_2, ZONE, "volume"), Domain(ARRAY, ZONE, "storage_array"),
)  # fmt: skip
HOSTS = (
    Host(HOST, RACK, 4, 1000.0, 65_536.0), Host(HOST_2, RACK_2, 4, 1000.0, 65_536.0),
    Host(HOST_3, OTHER_ZONE, 4, 1000.0, 65_536.0),
)  # fmt: skip


def vm(vm_id: int, place: int = HOST, load: float = 0.5, **more: object) -> Vm:
    return Vm(vm_id, place, 2, 1000.0, 1024.0, Constant(load), recovery="none", boot_s=0.0, **more)  # type: ignore[arg-type]


def spec_of(vms: list[Vm], limits: list[Limit], flows: list[Flow], **more: object) -> Spec:
    given = {"until_s": 3600.0, "sample_s": 600.0, **more}
    return Spec(domains=DOMAINS, hosts=HOSTS, vms=vms, limits=limits, flows=flows, **given)  # type: ignore[arg-type]


def told(result: Result) -> list[tuple[float, str, int, str]]:
    kinds = ("slowed", "unslowed", "emptied", "refilled")
    return [(round(e.time_s, 6), e.what, e.id, e.detail) for e in result.log if e.what in kinds]


def served(result: Result, name: str = "disk_served") -> list[float]:
    return [float(round(n, 6)) for n in result._sums.flows[name][: len(result.spec.vms)] / result.spec.until_s]


# -- who gets what


def test_that_two_vms_share_an_array_and_wait_for_it() -> None:
    limits = [Limit(ARRAY, "iops", 1000.0, name="san"), Limit(DISK, "iops", 300.0, name="small")]
    flows = [Flow(A, 500.0, DISK, 16.0, (DISK, ARRAY)), Flow(B, 900.0, DISK_2, 16.0, (DISK_2, ARRAY))]
    result = simulate(spec_of([vm(A), vm(B, HOST_2)], limits, flows))
    assert served(result) == [300.0, 700.0]
    assert told(result) == [(0.0, "slowed", A, "the IOPS of small"), (0.0, "slowed", B, "the IOPS of san")]
    # A does 3/5 of its work, B 7/9: both ask for half of their vCPUs.
    assert result.vms.mean.tolist() == pytest.approx([0.3, 0.5 * 7 / 9])
    assert result.vms.waiting.tolist() == pytest.approx([0.2, 0.5 * 2 / 9])
    assert result.vms.steal.tolist() == [0.0, 0.0]
    used = result.store.arrays["limit_used"].sum(axis=0) / result.store.arrays["limit_room"].sum(axis=0)
    assert used.tolist() == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("io_kib", "unit_kib", "rate"), [(16.0, 256.0, 1000.0), (512.0, 256.0, 500.0), (1024.0, 0.0, 250.0)]
)
def test_that_large_operations_count_more_than_once_and_in_mib(io_kib: float, unit_kib: float, rate: float) -> None:
    limits = [Limit(DISK, "iops", 1000.0, unit_kib=unit_kib), Limit(DISK, "mibps", 250.0)]
    result = simulate(spec_of([vm(A)], limits, [Flow(A, 5000.0, DISK, io_kib, (DISK,))]))
    assert served(result) == [rate]


def test_that_traffic_goes_over_what_lies_between() -> None:
    limits = [
        Limit(HOST, "mbps", 1000.0, way="out", name="nic"), Limit(RACK, "mbps", 400.0, way="out", name="uplink"),
        Limit(RACK_2, "mbps", 300.0, way="in", name="downlink"), Limit(LINK, "mbps", 50.0, between=(ZONE, OTHER_ZONE)),
        Limit(ARRAY, "iops", 1.0),
    ]  # fmt: skip

    def sent(*to: int) -> list[float]:
        flows = [Flow(A, 2000.0 / len(to), end) for end in to]
        result = simulate(spec_of([vm(A), vm(B, HOST_2), vm(C, HOST_3), vm(23)], limits, flows))
        return [
            float(round(result._sums.flows[name][0] / 3600.0, 6))
            for name in ("wire_served", "to_zones", "to_regions", "to_outside")
        ]

    assert sent(23) == [2000.0, 0.0, 0.0, 0.0]  # on the same host: no wire
    assert sent(B) == [300.0, 0.0, 0.0, 0.0]
    assert sent(C) == [50.0, 50.0, 0.0, 0.0]
    assert sent(0) == [400.0, 0.0, 0.0, 400.0]
    assert sent(B, C, 0) == [400.0, 50.0, 0.0, 175.0]  # 400 of the uplink: 50, and half of the rest each


def test_that_a_migration_takes_its_part_of_nics_and_uplinks_while_it_copies() -> None:
    """A sends 800 Mbit/s over an uplink of 1,000 while B moves from its rack to the other: 1 GiB over that uplink."""
    limits = [Limit(RACK, "mbps", 1000.0, way="out", name="uplink"), Limit(HOST_2, "mbps", 400.0, way="in", name="nic")]

    def world(nic: float, mbps: float, *more: TimedEvent) -> Spec:
        spec = spec_of([vm(A), vm(B)], [limits[0], replace(limits[1], rate=nic)], [Flow(A, 800.0, 0)])
        hosts = [replace(host, migration=Migration("xen", mbps), cluster=95) for host in HOSTS[:2]]
        events = [TimedEvent(600.0, "drain", HOST), *more]
        vms = [replace(spec.vms[0], place=HOST_3, recovery="none"), spec.vms[1]]
        staying = Host(HOST_3, RACK, 4, 1000.0, 65_536.0)  # in the same rack, without live migration
        return replace(spec, hosts=[*hosts, staying], vms=vms, clusters=[Cluster(95)], events=events)

    for nic, mbps, sends in ((10_000.0, 300.0, 700.0), (400.0, 500.0, 600.0), (10_000.0, 5000.0, 500.0)):
        result = simulate(world(nic, mbps))
        span_s = 8.589934592 * 1000.0 / (1000.0 - sends)  # nothing is written meanwhile
        assert [(e.time_s, e.id) for e in result.log if e.what == "migrated"] == [(pytest.approx(600.0 + span_s), B)]
        assert served(result, "wire_served")[0] == pytest.approx(800.0 - (800.0 - sends) * span_s / 3600.0, rel=1e-6)
        waits = [(round(t, 3), what) for t, what, *_ in told(result)]
        assert waits == [(600.0, "slowed"), (round(600.0 + span_s, 3), "unslowed")]
    alone = simulate(world(10_000.0, 5000.0, TimedEvent(604.0, "fail", A)))  # 2,000 Mbit until then
    assert [e.time_s for e in alone.log if e.what == "migrated"] == [pytest.approx(604.0 + 6.589934592, rel=1e-6)]
    written = world(10_000.0, 5000.0)
    hosts = [replace(host, migration=Migration("kvm", 5000.0)) for host in written.hosts[:2]]
    written = replace(written, hosts=[*hosts, written.hosts[2]], vms=[written.vms[0], vm(B, dirty_mib_s=100.0)])
    assert {e.detail for e in simulate(written).log if e.what == "migrating"} == {
        "it does not converge: it writes 100 MiB/s and 60 are sent; it is given up after 800 s"
    }
    whole, run = simulate(world(400.0, 500.0)), Simulation(world(400.0, 500.0))
    for time_s in (601.0, 611.0, 619.5, 3600.0):
        run.advance(time_s)
    branch = run.branch(610.0)
    branch.advance(3600.0)
    assert run.result().digest() == branch.result().digest() == whole.digest()


def test_that_a_single_connection_carries_only_so_much() -> None:
    result = simulate(spec_of([vm(A)], [], [Flow(A, 10_000.0, 0, own=5000.0)]))
    assert served(result, "wire_served") == [5000.0]
    assert told(result) == [(0.0, "slowed", A, "its connections: what each carries is limited")]


def test_that_nothing_is_sent_to_a_vm_that_is_down_and_nobody_waits_for_it() -> None:
    events = [TimedEvent(600.0, "fail", HOST_2), TimedEvent(1800.0, "recover", HOST_2)]
    limits, flows = [Limit(HOST, "mbps", 100.0, name="nic")], [Flow(A, 400.0, B)]
    result = simulate(spec_of([vm(A), vm(B, HOST_2)], limits, flows, events=events))
    assert told(result) == [
        (0.0, "slowed", A, "the network of nic"),
        (600.0, "unslowed", A, ""),
        (1800.0, "slowed", A, "the network of nic"),
    ]
    assert served(result, "wire_served") == pytest.approx([100.0 * 2400.0 / 3600.0, 0.0], abs=1e-5)


def test_that_a_vm_that_moves_takes_its_traffic_along() -> None:
    vms = [
        Vm(A, HOST, 2, 1000.0, 1024.0, Constant(0.5), recovery="same_zone", detect_s=60.0, boot_s=40.0),
        vm(B, HOST),
    ]
    limits = [Limit(HOST, "mbps", 100.0, way="out", name="slow"), Limit(HOST_2, "mbps", 800.0, way="out", name="fast")]
    events = [TimedEvent(500.0, "fail", HOST)]
    run = Simulation(spec_of(vms, limits, [Flow(A, 200.0), Flow(B, 200.0)], events=events))
    run.advance(3600.0)
    result = run.result()
    assert told(result) == [
        (0.0, "slowed", A, "the network of slow"), (0.0, "slowed", B, "the network of slow"),
    ]  # fmt: skip
    assert served(result, "wire_served") == pytest.approx([(50 * 500 + 200 * 3000) / 3600, 50 * 500 / 3600], abs=1e-5)
    assert [round(float(run.moment(at_s).waiting[0]), 6) for at_s in (499.0, 601.0)] == [0.375, 0.0]


# -- with the load


def test_that_flows_follow_the_load_or_not() -> None:
    trace = Trace(50, 600.0, np.array([[100, 50, 0, 25, 100, 100]], np.uint8))
    vms = [Vm(A + n, HOST, 2, 1000.0, 1024.0, Recorded(50, 0)) for n in range(2)]
    flows = [Flow(A, 400.0, DISK, 4.0, (DISK,), follows=True), Flow(B, 400.0, DISK_2, 4.0, (DISK_2,))]
    limits = [Limit(DISK, "iops", 150.0, name="d"), Limit(DISK_2, "iops", 500.0)]
    result = simulate(spec_of(vms, limits, flows, traces=[trace]))
    assert served(result) == pytest.approx([(150 + 150 + 0 + 100 + 150 + 150) / 6, 400.0], abs=1e-5)
    assert told(result) == [
        (0.0, "slowed", A, "the IOPS of d"), (1200.0, "unslowed", A, ""), (2400.0, "slowed", A, "the IOPS of d"),
    ]  # fmt: skip
    assert result.waiting[:, 3].tolist() == pytest.approx([n / 2 for n in (0.625, 0.125, 0.0, 0.0, 0.625, 0.625)])


def test_that_members_of_a_service_ask_as_their_requests_do_and_drop_what_they_wait_for() -> None:
    vms = [vm(A, service=40), vm(B, service=40)]
    flows = [Flow(A, 1000.0, DISK, 4.0, (DISK,), follows=True)]
    services = [Service(40, Constant(200.0), 10.0, health_check_s=0.0)]
    events = [TimedEvent(1800.0, "fail", B)]
    limits = [Limit(DISK, "iops", 600.0, name="d")]
    result = simulate(spec_of(vms, limits, flows, services=services, events=events))
    # Each serves 100 requests a second with half of its vCPUs; alone A is asked for 200 and all of them.
    assert result.asked_rps[:, 0].tolist() == pytest.approx([200.0] * 6)
    assert result.served_rps[:, 0].tolist() == pytest.approx([200.0] * 3 + [120.0] * 3)
    assert [(e.time_s, e.what) for e in result.log if e.what in ("slowed", "dropping")] == [
        (1800.0, "slowed"), (1800.0, "dropping"),
    ]  # fmt: skip


def test_that_instances_of_a_group_have_flows_of_their_own() -> None:
    template = Vm(60, ZONE, 2, 1000.0, 1024.0, Constant(0.5), recovery="replace")
    group = Group(61, 2, 2, 3, (ZONE,), template)
    limits = [Limit(ZONE, "mbps", 300.0, way="out", name="gate")]
    result = simulate(spec_of([], limits, [Flow(60, 200.0)], groups=[group]))
    slots = result._sums.flows["wire_served"]
    assert slots[:2].tolist() == pytest.approx([150.0 * (3600.0 - 90.0)] * 2)
    assert slots[2] == 0.0


# -- balances


def test_that_instances_of_a_group_share_no_limit_of_their_template_nor_its_volume() -> None:
    """Each has 100 Mbit/s, 50 MiB/s and a volume of 200 operations of 1 MiB; the array they share."""
    template = Vm(
        A, ZONE, 2, 1000.0, 1024.0, Constant(0.5), "web", boot_s=0.0, apps=(Application(B, 1, 500.0, name="x"),)
    )
    limits = [Limit(A, "mbps", 100.0, way="out", name="web"), Limit(A, "mibps", 50.0, name="web"),
              Limit(DISK, "iops", 200.0, name="disk"), Limit(ARRAY, "iops", 60.0, name="array")]  # fmt: skip
    flows = [Flow(A, 300.0), Flow(B, 300.0), Flow(A, 100.0, DISK, 1024.0, (DISK, A)), Flow(A, 40.0, 0, 4.0, (ARRAY,))]
    spec = spec_of([], limits, flows, groups=[Group(40, 2, 2, 3, (ZONE,), template)])
    run = Simulation(spec)
    run.advance(1800.0)
    assert run.flows is not None
    one, other = (run.flows.rate[n::3].tolist() for n in (0, 1))
    assert one == other == [50.0, 50.0, 50.0, 30.0]
    run.advance(3600.0)
    result = run.result()
    assert (run.store.arrays["limit_used"][0] / 600.0).tolist() == [200.0, 100.0, 100.0, 60.0]
    assert (run.store.arrays["limit_room"][0] / 600.0).tolist() == [200.0, 100.0, 400.0, 60.0]
    assert {e.detail for e in result.log if e.what == "slowed"} == {"the network of web"}


def test_that_a_balance_of_an_instance_is_its_own_and_of_its_volume_is_told_by_the_volume() -> None:
    template = Vm(A, ZONE, 2, 1000.0, 1024.0, Constant(0.5), "web", boot_s=0.0)
    limits = [Limit(A, "mbps", 10.0, 20.0, 6000.0, way="out", name="web"), Limit(DISK, "iops", 100.0, 200.0, 120_000.0)]
    flows = [Flow(A, 20.0), Flow(A, 200.0, DISK, 4.0, (DISK,))]
    result = simulate(spec_of([], limits, flows, groups=[Group(40, 2, 2, 2, (ZONE,), template)]))
    ids = result.vm_ids.tolist()
    assert [(e.time_s, e.id) for e in result.log if e.what == "emptied"] == [
        *((600.0, i) for i in ids), (1200.0, DISK), (1200.0, DISK),
    ]  # fmt: skip


def test_that_a_new_instance_in_the_place_of_one_begins_with_a_full_balance() -> None:
    template = Vm(A, ZONE, 2, 1000.0, 1024.0, Constant(0.5), "web", recovery="replace", boot_s=0.0, detect_s=0.0)
    limits = [Limit(A, "mbps", 10.0, 20.0, 6000.0, way="out", name="web")]
    spec = spec_of([], limits, [Flow(A, 20.0)], groups=[Group(40, 1, 1, 1, (ZONE,), template)])
    events = [TimedEvent(1000.0, "fail", ZONE), TimedEvent(1100.0, "recover", ZONE)]
    result = simulate(spec.with_events(events))
    assert [e.time_s for e in result.log if e.what == "emptied"] == [600.0, 1700.0]


def test_that_what_an_application_sends_goes_through_the_network_of_its_vm() -> None:
    asks = vm(A, apps=(Application(B, 1, 500.0, name="x"),))
    spec = spec_of([asks], [Limit(A, "mbps", 100.0, way="out", name="web")], [Flow(B, 1000.0), Flow(A, 20.0)])
    assert simulate(spec)._sums.flows["wire_served"].tolist() == [20.0 * 3600.0, 80.0 * 3600.0]


def test_that_a_balance_ends_at_its_instant_and_fills_again() -> None:
    # gp2 of 100 GiB: 300 IOPS, 3,000 in bursts, 5.4 million credits.
    gp2 = Limit(DISK, "iops", 300.0, 3000.0, 5_400_000.0, name="gp2")
    trace = Trace(50, 1000.0, np.array([[100, 100, 100, 0, 0, 100]], np.uint8))
    vms = [Vm(A, HOST, 2, 1000.0, 1024.0, Recorded(50, 0))]
    flows = [Flow(A, 3000.0, DISK, 4.0, (DISK,), follows=True)]
    result = simulate(spec_of(vms, [gp2], flows, traces=[trace], until_s=6000.0, sample_s=500.0))
    # Emptied after 5.4 M / 2,700 s; 2,000 idle seconds earn 600,000, which last 600,000 / 2,700 s.
    assert told(result) == [
        (2000.0, "emptied", DISK, "300 IOPS are left"),
        (2000.0, "slowed", A, "the IOPS of gp2"),
        (3000.0, "unslowed", A, ""),
        (round(5000.0 + 600_000 / 2700, 6), "emptied", DISK, "300 IOPS are left"),
        (round(5000.0 + 600_000 / 2700, 6), "slowed", A, "the IOPS of gp2"),
    ]
    want = 3000.0 * 2000 + 300.0 * 1000 + 3000.0 * 600_000 / 2700 + 300.0 * (1000.0 - 600_000 / 2700)
    assert served(result)[0] * 6000.0 == pytest.approx(want)


def test_that_a_balance_that_is_full_again_says_so() -> None:
    limit = Limit(DISK, "iops", 100.0, 200.0, 1000.0, name="d")
    trace = Trace(50, 100.0, np.array([[100, 0, 0, 0, 0, 0]], np.uint8))
    vms = [Vm(A, HOST, 2, 1000.0, 1024.0, Recorded(50, 0))]
    flows = [Flow(A, 105.0, DISK, 4.0, (DISK,), follows=True)]
    result = simulate(spec_of(vms, [limit], flows, traces=[trace], until_s=600.0, sample_s=300.0))
    assert told(result) == [(105.0, "refilled", DISK, "")]


# -- ways of running


def busy(seed: int, events: tuple[TimedEvent, ...] = ()) -> Spec:
    """A world with everything: traces, balances, failures, traffic between zones, an array that is shared."""
    chance = np.random.Generator(np.random.PCG64(seed))
    traces = [Trace(50, 450.0, chance.integers(0, 101, (4, 9)).astype(np.uint8))]
    vms = [
        Vm(A + n, (HOST, HOST_2, HOST_3, ZONE)[n % 4], 2, 1000.0, 512.0, Recorded(50, n % 4), recovery="same_zone",
           detect_s=30.0, boot_s=30.0)
        for n in range(8)
    ]  # fmt: skip
    limits = [
        Limit(ARRAY, "iops", 900.0), Limit(DISK, "iops", 200.0, 800.0, 100_000.0),
        Limit(HOST, "mbps", 300.0, way="out"),
        Limit(RACK_2, "mbps", 250.0, 500.0, 50_000.0, way="in"), Limit(LINK, "mbps", 90.0, between=(ZONE, OTHER_ZONE)),
        Limit(A, "mibps", 3.0, 6.0, 900.0),
    ]  # fmt: skip
    flows = [Flow(A + n, 500.0, DISK, 16.0, (A + n, DISK, ARRAY), follows=n % 3 > 0) for n in range(8)]
    flows += [Flow(A + n, 200.0, A + (n * 3 + 1) % 8, follows=n % 2 == 0) for n in range(8)]
    return spec_of(vms, limits, flows, traces=traces, seed=seed, events=events)


EVENTS = (TimedEvent(700.0, "fail", HOST), TimedEvent(1333.3, "fail", A + 3), TimedEvent(2000.0, "recover", HOST))


def short_of_memory(spec: Spec) -> Spec:
    """The same where hosts swap what their VMs use more of, by a trace of their own."""
    hosts = [replace(h, memory="kvm", ram_mib=900.0, ram_overcommit=9.0, swap_mib=9000.0) for h in spec.hosts]
    vms = [replace(vm, active=Recorded(50, n % 4)) for n, vm in enumerate(spec.vms)]
    return replace(spec, hosts=hosts, vms=vms)


@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize("slices", [36, 37])  # with the ticks, and between them
@pytest.mark.parametrize("seed", range(3))
def test_that_slices_looks_and_branches_change_nothing(seed: int, slices: int, memory: bool) -> None:
    spec = short_of_memory(busy(seed, EVENTS)) if memory else busy(seed, EVENTS)
    whole = simulate(spec)
    assert any(e.what == "slowed" for e in whole.log)
    assert memory == any(e.what == "memory_state" for e in whole.log)
    sliced = Simulation(spec)
    for n in range(1, slices + 1):
        sliced.advance(3600.0 * n / slices)
        sliced.moment()
        sliced.record()
    assert sliced.result().digest() == whole.digest()
    for at_s in (0.0, 450.0, 1000.0, 2100.0):
        branch = sliced.branch(at_s)
        for event in EVENTS:
            if event.time_s > at_s:
                branch.inject(event)
        branch.advance(3600.0)
        assert branch.result().digest() == whole.digest(), at_s


def test_that_a_saved_run_is_the_same() -> None:
    run = Simulation(busy(1, EVENTS))
    run.advance(3600.0)
    again = Simulation.revived(run.spec, run.columns(), run.events, 3600.0, None)
    assert again.result().digest() == run.result().digest()
    assert np.array_equal(again.moment(1000.0).waiting, run.moment(1000.0).waiting, equal_nan=True)


def test_that_limits_without_flows_and_flows_without_limits_change_no_figure_of_the_cpu() -> None:
    spec = busy(2)
    plain, limited, free = (
        simulate(s).vms.mean_mhz.tolist()
        for s in (
            spec_of(list(spec.vms), [], [], traces=spec.traces, seed=2),
            spec_of(list(spec.vms), list(spec.limits), [], traces=spec.traces, seed=2),
            spec_of(list(spec.vms), [], list(spec.flows), traces=spec.traces, seed=2),
        )
    )
    assert plain == limited
    assert free == pytest.approx(plain, rel=1e-12)


def test_that_what_loads_ask_for_is_the_same_kept_or_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = DayCurve(0.5, 0.3, 14.0, 0.1)
    hosts = [Host(10 + n, 0, 8, 1000.0, 65_536.0) for n in range(2)]
    vms = [Vm(20 + n, 10 + n % 2, 4, 1000.0, 4096.0, curve) for n in range(6)]
    flows = [Flow(20 + n, 100.0, 20 + (n + 1) % 6, follows=True) for n in range(6)]
    limits = [Limit(host.id, "mbps", 150.0, way="out", name="nic") for host in hosts]
    events = (TimedEvent(20_000.0, "fail", 21), TimedEvent(30_000.0, "recover", 21))
    spec = Spec(hosts=hosts, vms=vms, flows=flows, limits=limits, events=events, until_s=86_400.0, sample_s=300.0)
    kept = simulate(spec)
    monkeypatch.setattr("designer.engine.tables.demand._MOST_KEPT", 0)
    assert kept.tables.demand.kept.any()
    assert kept.digest() == simulate(spec).digest()
