"""What becomes of VMs when something fails: the whole log of small runs, written down by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    COUNTS,
    Constant,
    Domain,
    Group,
    Host,
    Result,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
    simulate,
)
from designer.engine.state.state import OFF
from designer.errors import SpecError

ZONE_A, ZONE_B, DC, RACK, SUBNET_A, SUBNET_B = 1, 2, 3, 4, 5, 6
HOST_1, HOST_2, HOST_3 = 11, 12, 13
DOMAINS = (
    Domain(ZONE_A, 0, "zone", "zone-a"),
    Domain(ZONE_B, 0, "zone", "zone-b"),
    Domain(DC, ZONE_A, "data_center", "dc"),
    Domain(RACK, DC, "rack", "rack"),
    Domain(SUBNET_A, ZONE_A, "subnet", "net-a"),
    Domain(SUBNET_B, ZONE_B, "subnet", "net-b"),
)


def host(host_id: int, parent: int, **more: Any) -> Host:
    return Host(host_id, parent, 4, 1000.0, 8192.0, name=f"host-{host_id}", overcommit=2.0, **more)


HOSTS = (host(HOST_1, RACK), host(HOST_2, RACK), host(HOST_3, ZONE_A))


def vm(vm_id: int, place: int, **more: Any) -> Vm:
    return Vm(vm_id, place, 2, 1000.0, 2048.0, Constant(0.5), f"vm-{vm_id}", **more)


def run(*vms: Vm, events: tuple[TimedEvent, ...], **more: Any) -> Result:
    return simulate(Spec(domains=DOMAINS, hosts=HOSTS, vms=vms, events=events, until_s=3600.0, sample_s=60.0, **more))


def told(result: Result) -> list[tuple[float, str, int, int, int]]:
    return [(e.time_s, e.what, e.id, e.cause, e.place) for e in result.log]


def fail(element: int, at_s: float = 600.0) -> TimedEvent:
    return TimedEvent(at_s, "fail", element)


def recover(element: int, at_s: float) -> TimedEvent:
    return TimedEvent(at_s, "recover", element)


def test_that_a_vm_without_a_rule_stays_down_until_its_host_is_back() -> None:
    result = run(vm(20, HOST_1), events=(fail(HOST_1), recover(HOST_1, 1200.0)))
    assert told(result) == [
        (600.0, "failed", HOST_1, 0, 0),
        (600.0, "down", 20, 1, 0),
        (660.0, "detected", 20, 2, 0),
        (660.0, "lost", 20, 3, 0),
        (1200.0, "recovered", HOST_1, 1, 0),
        (1200.0, "restarting", 20, 5, HOST_1),
        (1290.0, "running", 20, 6, HOST_1),
    ]
    assert result.vms.running_s.tolist() == [3600.0 - 690.0]


def test_that_ha_restarts_on_another_host_of_the_data_center() -> None:
    result = run(vm(20, HOST_1, recovery="cluster"), events=(fail(HOST_1),))
    assert told(result) == [
        (600.0, "failed", HOST_1, 0, 0),
        (600.0, "down", 20, 1, 0),
        (660.0, "detected", 20, 2, 0),
        (660.0, "restarting", 20, 3, HOST_2),
        (750.0, "running", 20, 4, HOST_2),
    ]
    used = result.used[:, :3]
    assert used[5].tolist() == pytest.approx([0.25, 0.0, 0.0])
    assert used[-1].tolist() == pytest.approx([np.nan, 0.25, 0.0], nan_ok=True)


def test_that_the_rule_same_zone_reaches_beyond_the_data_center_and_cluster_does_not() -> None:
    both = (fail(HOST_1), fail(HOST_2))
    free = run(vm(20, HOST_1, recovery="same_zone"), events=both)
    assert [(e.what, e.place) for e in free.log if e.id == 20][-2:] == [("restarting", HOST_3), ("running", HOST_3)]
    bound = run(vm(20, HOST_1, recovery="cluster"), events=both)
    last = [e for e in bound.log if e.id == 20][-1]
    assert (last.what, last.detail) == ("waiting", "nothing in dc that could take it is up")


def test_that_who_waits_gets_its_place_when_there_is_room_again() -> None:
    events = (fail(RACK), recover(RACK, 1800.0))
    result = run(vm(20, HOST_1, recovery="cluster"), events=events)
    assert told(result) == [
        (600.0, "failed", RACK, 0, 0),
        (600.0, "down", 20, 1, 0),
        (660.0, "detected", 20, 2, 0),
        (660.0, "waiting", 20, 3, 0),
        (1800.0, "recovered", RACK, 1, 0),
        (1800.0, "restarting", 20, 3, HOST_1),
        (1890.0, "running", 20, 6, HOST_1),
    ]


def test_that_memory_and_vcpus_are_reasons_to_wait() -> None:
    full = [vm(30 + n, HOST_2) for n in range(4)]  # 8 GiB: full
    result = run(vm(20, HOST_1, recovery="cluster"), *full, events=(fail(HOST_1),))
    assert [e.detail for e in result.log if e.what == "waiting"] == ["no host in dc has enough free memory"]
    busy = [replace(vm(30 + n, HOST_2), ram_mib=512.0) for n in range(4)]  # 8 vCPUs on 4 cores: overcommit 2 is full
    result = run(vm(20, HOST_1, recovery="cluster"), *busy, events=(fail(HOST_1),))
    assert [e.detail for e in result.log if e.what == "waiting"] == ["no host in dc has enough free vCPUs"]


def test_that_first_fit_takes_the_first_and_spread_the_emptiest() -> None:
    vms = (vm(20, HOST_1, recovery="same_zone"), vm(21, HOST_2))
    for policy, place in (("first_fit", HOST_2), ("spread", HOST_3)):
        result = run(*vms, events=(fail(HOST_1),), policy=policy)
        assert [e.place for e in result.log if e.what == "restarting"] == [place]


def test_that_a_vm_can_fail_alone_and_restarts_where_it_was() -> None:
    result = run(vm(20, HOST_1, recovery="same_zone"), events=(fail(20),))
    assert told(result) == [
        (600.0, "failed", 20, 0, 0),
        (660.0, "detected", 20, 1, 0),
        (660.0, "restarting", 20, 2, HOST_1),
        (750.0, "running", 20, 3, HOST_1),
    ]


def test_that_a_recovery_before_detection_leaves_nothing_to_detect() -> None:
    result = run(vm(20, HOST_1, recovery="cluster"), events=(fail(HOST_1), recover(HOST_1, 630.0)))
    assert told(result) == [
        (600.0, "failed", HOST_1, 0, 0),
        (600.0, "down", 20, 1, 0),
        (630.0, "recovered", HOST_1, 1, 0),
        (630.0, "restarting", 20, 3, HOST_1),
        (720.0, "running", 20, 4, HOST_1),
    ]


def test_that_what_stands_in_two_failed_places_is_up_only_when_both_are_back() -> None:
    events = (fail(ZONE_A), fail(RACK, 900.0), recover(ZONE_A, 1200.0), recover(RACK, 1500.0))
    result = run(vm(20, HOST_1), vm(21, HOST_3), events=events)
    running = {e.id: e.time_s for e in result.log if e.what == "running"}
    assert running == {20: 1590.0, 21: 1290.0}
    assert [e.id for e in result.log if e.what == "down"] == [20, 21]


def test_that_at_one_instant_recovery_comes_before_failure() -> None:
    events = (fail(HOST_1, 600.0), fail(HOST_2, 900.0), recover(HOST_1, 900.0))
    result = run(vm(20, HOST_1), events=events)
    assert [(e.what, e.id) for e in result.log if e.time_s == 900.0] == [
        ("recovered", HOST_1),
        ("restarting", 20),
        ("failed", HOST_2),
    ]


GROUP, SERVICE = 40, 50
TEMPLATE = Vm(
    60, SUBNET_A, 1, 1000.0, 1024.0, name="web", recovery="replace", boot_s=120.0, service=SERVICE, group=GROUP
)


def web(**more: Any) -> Spec:
    """Two members over two zones' subnets; each serves up to 10 requests a second, 12 come."""
    members = tuple(replace(TEMPLATE, id=61 + n, place=place) for n, place in enumerate((SUBNET_A, SUBNET_B)))
    group = Group(GROUP, 1, 2, 4, (SUBNET_A, SUBNET_B), TEMPLATE, "asg", detect_s=30.0)
    service = Service(SERVICE, Constant(12.0), 100.0, "shop", health_check_s=10.0)
    return Spec(
        domains=DOMAINS, hosts=HOSTS, vms=members, groups=(group,), services=(service,),
        until_s=3600.0, sample_s=60.0, **more,
    )  # fmt: skip


def test_that_a_group_launches_a_replacement_in_the_zone_that_lives() -> None:
    result = simulate(web(events=(fail(ZONE_A),)))
    launched = int(result.vm_ids[2])
    assert [(e.time_s, e.what, e.id, e.cause, e.place) for e in result.log] == [
        (600.0, "failed", ZONE_A, 0, 0),
        (600.0, "down", 61, 1, 0),
        (600.0, "dropping", SERVICE, 1, 0),
        (610.0, "noticed", 61, 2, 0),
        (630.0, "detected", 61, 2, 0),
        (630.0, "terminated", 61, 5, 0),
        (630.0, "launched", launched, 5, SUBNET_B),
        (750.0, "running", launched, 7, SUBNET_B),
        (750.0, "served", SERVICE, 8, 0),
    ]
    # 6/s go to the dead one for 10 s; then 12 come to one that serves 10, until the new one has booted.
    assert result.dropped_rps[:, 0].sum() * 60 == pytest.approx(6 * 10 + 2 * 140)
    assert result.served_rps[-1, 0] == pytest.approx(12.0)


def test_that_a_replaced_instance_is_gone_neither_lost_nor_brought_back() -> None:
    events = (fail(ZONE_A), recover(ZONE_A, 1200.0), recover(61, 1500.0))
    run = Simulation(web(events=events))
    run.advance(3600.0)
    result = run.result()
    assert [(e.time_s, e.what) for e in result.log if e.id == 61][-1] == (630.0, "terminated")
    column = {name: result.counts[:, n] for n, name in enumerate(COUNTS)}
    assert column["lost"].sum() * 60 == pytest.approx(30.0)  # until it is found dead
    assert column["running"][-1] == 2.0
    assert column["off"].sum() == 0.0
    now = run.moment(3600.0)
    row = now.ids.tolist().index(61)
    assert (now.status[row], now.place[row], now.run_only[row]) == (OFF, 0, False)


def test_that_a_group_without_a_living_subnet_waits_and_launches_when_one_is_back() -> None:
    result = simulate(web(events=(fail(ZONE_A), fail(ZONE_B), recover(ZONE_B, 1200.0))))
    group = [(e.time_s, e.what, e.detail) for e in result.log if e.id == GROUP]
    assert group == [(630.0, "waiting", "none of its subnets is up")]
    assert next((e.time_s, e.place) for e in result.log if e.what == "launched") == (1200.0, SUBNET_B)


def test_that_a_group_below_its_wish_fills_up_at_the_start_over_zones() -> None:
    spec = web()
    spec = replace(spec, groups=(replace(spec.groups[0], desired=4),))
    result = simulate(spec)
    assert sorted(e.place for e in result.log if e.what == "launched") == [SUBNET_A, SUBNET_B]
    assert [e.time_s for e in result.log if e.what == "running"] == [120.0, 120.0]


def test_that_what_fits_nowhere_at_the_start_is_refused_with_the_reason() -> None:
    result = run(replace(vm(20, HOST_1), ram_mib=9000.0), events=())
    [entry] = result.log
    assert (entry.what, entry.detail) == ("refused", "host-11 has 8,192 of 8,192 MiB left; it needs 9,000")
    assert result.counts[:, 0].tolist() == [0.0] * 60


def test_that_a_vm_that_is_off_has_no_load_and_no_fate() -> None:
    result = run(replace(vm(20, HOST_1), powered_on=False), events=(fail(HOST_1),))
    assert told(result) == [(600.0, "failed", HOST_1, 0, 0)]
    assert np.nansum(result.used[:, 0]) == 0.0


def test_that_counts_follow_the_log() -> None:
    result = run(vm(20, HOST_1), vm(21, HOST_1, recovery="cluster"), vm(22, HOST_3), events=(fail(HOST_1),))
    assert result.counts.sum(axis=1).tolist() == pytest.approx([3.0] * 60)
    assert result.counts[9].tolist() == [3.0, 0.0, 0.0, 0.0, 0.0]
    assert result.counts[10].tolist() == [1.0, 0.0, 0.0, 2.0, 0.0]
    assert result.counts[11].tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]
    assert result.counts[12].tolist() == pytest.approx([1.5, 0.5, 0.0, 1.0, 0.0])


def does(what: Any, element: int, at_s: float) -> TimedEvent:
    return TimedEvent(at_s, what, element)


def test_that_a_stopped_vm_stays_off_gives_its_room_away_and_is_started_where_there_is_room() -> None:
    """The host has memory for one of both; the second waits until the first is off, and the first is started in vain
    until the second is gone for good."""
    first, second = vm(21, HOST_1, recovery="cluster", boot_s=30.0), vm(22, HOST_2, recovery="same_zone", boot_s=30.0)
    done = run(
        replace(first, ram_mib=5000.0), replace(second, ram_mib=5000.0),
        events=(does("stop", 21, 600.0), does("reboot", 22, 700.0), does("start", 21, 800.0), does("start", 21, 850.0)),
    )  # fmt: skip
    assert [row[:3] for row in told(done)] == [
        (600.0, "stopped", 21), (700.0, "stopped", 22), (700.0, "restarting", 22), (730.0, "running", 22),
        (800.0, "restarting", 21), (830.0, "running", 21),
    ]  # fmt: skip
    last = run(first, events=(does("stop", 21, 600.0), fail(HOST_1, 700.0), does("start", 21, 800.0)))
    assert [(row[1], row[4]) for row in told(last) if row[2] == 21] == [
        ("stopped", 0), ("restarting", HOST_2), ("running", HOST_2)
    ]  # fmt: skip


def test_that_a_terminated_vm_is_gone_and_a_group_replaces_its_own() -> None:
    gone = run(vm(21, HOST_1, recovery="cluster"), events=(does("terminate", 21, 600.0), does("start", 21, 700.0)))
    assert [row[:3] for row in told(gone)] == [(600.0, "terminated", 21)]
    spec = web()
    member = spec.vms[0].id
    with pytest.raises(SpecError, match="replaces it: terminate it instead"):
        simulate(spec.with_events((does("stop", member, 600.0),)))
    log = [row[1] for row in told(simulate(spec.with_events((does("terminate", member, 600.0),)))) if row[0] >= 600.0]
    assert [what for what in log if what in ("failed", "detected", "terminated", "launched")] == [
        "failed", "detected", "terminated", "launched"
    ]  # fmt: skip
    with pytest.raises(SpecError, match="only VMs are stopped"):
        run(vm(21, HOST_1), events=(does("stop", HOST_1, 600.0),))


def test_that_a_vm_that_is_started_waits_for_what_it_needs() -> None:
    """Its disk is down: it boots when that is back, not before."""
    store = Domain(90, ZONE_A, "datastore", "ds")
    events = (does("stop", 21, 600.0), fail(90, 650.0), does("start", 21, 700.0), recover(90, 1000.0))
    needy = vm(21, HOST_1, boot_s=60.0, needs=((90,),))
    result = simulate(Spec((*DOMAINS, store), HOSTS, (needy,), events=events, until_s=3600.0, sample_s=60.0))
    assert [(e.time_s, e.what, e.detail) for e in result.log if e.id == 21] == [
        (600.0, "stopped", ""),
        (700.0, "waiting", "it needs ds, which is down"),
        (1000.0, "restarting", ""),
        (1060.0, "running", ""),
    ]
