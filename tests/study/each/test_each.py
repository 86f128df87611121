"""Fail each in turn: designs worked out by hand, and random ones against whole runs."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from designer.engine import Cluster, Constant, Domain, Host, Migration, Service, Simulation, Spec, TimedEvent, Vm
from designer.engine.state.state import RUNNING
from designer.engine.trial import Trials, covers
from designer.study.each.answer import EachAnswer
from designer.study.each.failing import elements_of, left_behind
from designer.study.each.scopes import Scopes
from designer.study.each.search import AT_S, DRAIN_S, fail_each
from tests.engine.moving_world import MBPS
from tests.engine.random_world import random_world

REGION, ZONE, HALL, FEED_A, FEED_B, RACK_1, RACK_2, SHOP, CLUSTER = 1, 2, 3, 4, 5, 6, 7, 30, 40
MOVES = Migration("kvm", MBPS)


def hall(rooms: tuple[int, ...] = (8, 8, 8, 8), vms: int = 6, both: bool = True, **more: float) -> Spec:
    """Four hosts in two racks, the first fed by A only unless `both`; each VM takes 4 GiB, hosts have so many GiB."""
    feeds = ((FEED_A,), (FEED_B,))
    domains = [
        Domain(REGION, 0, "region", "r"), Domain(ZONE, REGION, "zone", "z"), Domain(HALL, ZONE, "data_center", "d"),
        Domain(FEED_A, HALL, "power_feed", "A"), Domain(FEED_B, HALL, "power_feed", "B"),
        Domain(RACK_1, HALL, "rack", "r1", feeds=(tuple(sum(feeds, ())),) if both else feeds[:1]),
        Domain(RACK_2, HALL, "rack", "r2", feeds=(tuple(sum(feeds, ())),)),
    ]  # fmt: skip
    hosts = [
        Host(10 + n, RACK_1 if n < 2 else RACK_2, 8, 1000.0, 1024.0 * room, f"h{n}", cluster=CLUSTER, migration=MOVES)
        for n, room in enumerate(rooms)
    ]
    loads = [
        Vm(100 + n, 10 + n % 4, 1, 1000.0, 4096.0, Constant(0.5), f"v{n}", recovery="cluster", service=SHOP)
        for n in range(vms)
    ]
    services = [Service(SHOP, Constant(more.get("rps", 0.0)), 100.0, "shop", slo_frac=more.get("slo", 0.0))]
    return Spec(domains, hosts, loads, services, clusters=[Cluster(CLUSTER, "c", detect_s=15.0)], sample_s=300.0)


def fallen(answer: EachAnswer) -> dict[int, tuple[int, int]]:
    """Of each element how many VMs fall, and how many do not come back."""
    return {fall.id: (fall.fell, len(fall.stays)) for fall in answer.falls}


def test_that_two_hosts_of_room_hold_one_host_and_no_rack() -> None:
    answer = fail_each(hall())
    assert fallen(answer) == {
        ZONE: (6, 6), HALL: (6, 6), FEED_A: (0, 0), FEED_B: (0, 0), RACK_1: (4, 2), RACK_2: (2, 2),
        10: (2, 0), 11: (2, 0), 12: (1, 0), 13: (1, 0),
    }  # fmt: skip
    assert [fall.id for fall in answer.falls[:3]] == [ZONE, HALL, RACK_1]
    rack = answer.falls[2]
    assert rack.why == (("no host in c has enough free memory", 2),)
    assert rack.way == (("host", 2),)
    assert rack.up_s == math.inf
    host = next(fall for fall in answer.falls if fall.id == 10)
    assert host.up_s == pytest.approx(15.0 + 90.0)
    levels = {(v.place, v.of): v.level for v in answer.verdicts}
    assert levels == {
        (CLUSTER, "host"): "N+1", (REGION, "zone"): "N+0", (ZONE, "data_center"): "N+0", (ZONE, "power_feed"): "N+1",
        (ZONE, "rack"): "N+0", (ZONE, "host"): "N+1",
    }  # fmt: skip


def test_that_a_rack_on_one_feed_falls_with_it_and_says_so() -> None:
    answer = fail_each(hall(both=False), ("power_feed",))
    first, other = answer.falls
    assert (first.id, first.fell, len(first.stays)) == (FEED_A, 4, 2)
    assert first.way == (("rack", 1), ("host", 2))
    assert (other.id, other.fell) == (FEED_B, 0)


def test_that_maintenance_takes_the_room_of_a_failure_away() -> None:
    """Two free places in all: one host more is missed when another is in maintenance and both of its VMs moved."""
    answer = fail_each(hall(), ("host",), maintenance=True)
    assert (answer.of, answer.tried) == (4 * 5, 4 * 5)
    by_id = {fall.id: fall.meanwhile for fall in answer.falls}
    worst = {i: (len(one.stays), one.breaks, one.tried) for i, one in by_id.items() if one is not None}
    assert worst == {10: (2, 3, 3), 11: (2, 3, 3), 12: (2, 3, 3), 13: (2, 3, 3)}
    assert {(v.place, v.level) for v in answer.verdicts if v.of == "host"} == {(CLUSTER, "N+1"), (ZONE, "N+1")}
    roomy = fail_each(hall((16, 16, 16, 16)), ("host",), maintenance=True)
    assert {v.level for v in roomy.verdicts} == {"N+2"}


def test_that_downtime_of_a_service_is_what_it_drops() -> None:
    """Six members of 10 requests a second each serve 40; without four of them 20 are dropped until two are back."""
    answer = fail_each(hall(rps=40.0, slo=0.999), ("rack", "host"))
    rack = next(fall for fall in answer.falls if fall.id == RACK_1)
    seen = 60.0  # the dead members get their part of the requests until the health check finds them
    unserved = 40.0 * 4 / 6 * seen + 20.0 * (15.0 + 90.0 - seen)
    assert rack.down_s[0] == pytest.approx(unserved / 40.0, rel=1e-6)
    assert rack.below == ()
    strict = fail_each(hall(rps=40.0, slo=0.99999), ("rack",))
    assert next(fall for fall in strict.falls if fall.id == RACK_1).below == (0,)


def test_that_work_may_be_ended_and_keeps_what_is_there() -> None:
    told: list[float] = []

    def enough(part: float) -> bool:
        told.append(part)
        return len(told) < 3

    answer = fail_each(hall(), maintenance=True, on_progress=enough)
    assert (answer.tried, answer.whole, len(answer.falls)) == (3, False, 3)
    assert {v.of for v in answer.verdicts} == {"zone", "data_center"}
    assert told == sorted(told)
    seen: list[EachAnswer] = []
    whole = fail_each(hall(), maintenance=True, on_found=lambda so_far: seen.append(so_far()))
    assert (seen[2], seen[-1]) == (answer, whole)
    assert whole == fail_each(hall(), maintenance=True)  # to ask on the way changes nothing
    roomy = fail_each(hall((16, 16, 16, 16)), ("host",), True, on_progress=lambda part: part < 0.5)
    assert roomy.tried < roomy.of
    assert {v.level for v in roomy.verdicts} == {"N+1"}  # it is N+2, but not all of that was tried


@pytest.mark.parametrize("seed", range(3))
def test_that_each_failure_ends_as_a_whole_run_with_it(seed: int) -> None:
    spec = replace(random_world(seed).with_events(()), until_s=4200.0, sample_s=300.0)
    trials = Trials(spec, AT_S)
    assert covers(spec, trials.tables)
    kept, answer = trials.keep(), fail_each(spec, at_s=AT_S, repair_s=3600.0)
    stays = {fall.id: set(fall.stays) for fall in answer.falls}
    for element_id, _ in elements_of(spec):
        run = Simulation(spec.with_events((TimedEvent(AT_S, "fail", element_id),)))
        run.advance(AT_S)
        before = np.array(run.branch(AT_S - 1.0).moment().status[: run.tables.first_app] == RUNNING)
        run.advance(spec.until_s)
        end = run.moment()
        trials.restore(kept)
        trials.happen("fail", [element_id], 3600.0)
        assert (end.status[: run.tables.first_app] == RUNNING).tolist() == trials.runs.tolist(), element_id
        rows = left_behind(run.tables, before, trials.runs)
        assert stays[element_id] == set(run.tables.vm_ids[rows].tolist()), element_id


def clusters(seed: int) -> Spec:
    """Two clusters whose VMs move and restart, with little room; a failure in one may meet maintenance in it."""
    dice = random.Random(seed)
    domains = [Domain(ZONE, 0, "zone", "z"), Domain(RACK_1, ZONE, "rack", "r1"), Domain(RACK_2, ZONE, "rack", "r2")]
    hosts = [
        Host(10 + n, dice.choice([RACK_1, RACK_2]), 8, 1000.0, 1024.0 * dice.choice([8, 12]), f"h{n}", overcommit=2.0,
             cluster=CLUSTER + n % 2, migration=MOVES if dice.random() < 0.9 else None)
        for n in range(6)
    ]  # fmt: skip
    vms = [
        Vm(100 + n, 10 + n % 6, dice.choice([1, 2]), 1000.0, dice.choice([1024.0, 2048.0, 4096.0]), Constant(0.1),
           f"v{n}", recovery=dice.choice(["cluster", "cluster", "none"]), dirty_mib_s=0.0)
        for n in range(dice.randint(6, 14))
    ]  # fmt: skip
    return Spec(domains, hosts, vms, clusters=[Cluster(CLUSTER, "c"), Cluster(CLUSTER + 1, "d")], sample_s=600.0)


@pytest.mark.parametrize("seed", range(2))
def test_that_a_failure_during_maintenance_ends_as_a_whole_run_of_drain_and_failure(seed: int) -> None:
    spec = clusters(seed)
    answer = fail_each(spec, maintenance=True, repair_s=3600.0)
    for fall in answer.falls:
        found: dict[int, set[int]] = {}
        for host in spec.hosts:
            if host.id == fall.id:
                continue
            fails_s = AT_S + DRAIN_S
            events = (TimedEvent(AT_S, "drain", host.id), TimedEvent(fails_s, "fail", fall.id))
            run = Simulation(replace(spec.with_events(events), until_s=fails_s + 3600.0))
            run.advance(AT_S - 1.0)
            before = np.array(run.moment().status[: run.tables.first_app] == RUNNING)
            run.advance(run.spec.until_s)
            after = np.array(run.moment().status[: run.tables.first_app] == RUNNING)
            found[host.id] = set(run.tables.vm_ids[left_behind(run.tables, before, after)].tolist())
        assert fall.meanwhile is not None
        assert fall.meanwhile.breaks == sum(bool(stays) for stays in found.values()), fall.id
        assert len(fall.meanwhile.stays) == max(map(len, found.values())), fall.id
        assert set(fall.meanwhile.stays) == found[fall.meanwhile.host_id], fall.id


def two_clusters(witness: int) -> Spec:
    """Two clusters of three hosts, each in a zone of its own, that go by majority; the second has a witness."""
    domains = [Domain(REGION, 0, "region", "r"), Domain(ZONE, REGION, "zone", "a"), Domain(HALL, REGION, "zone", "b")]
    domains += [Domain(RACK_1, ZONE, "rack", "r1"), Domain(RACK_2, HALL, "rack", "r2")]
    hosts = [Host(10 + n, (RACK_1, RACK_2)[n // 3], 8, 1000.0, 8192.0, f"h{n}", cluster=CLUSTER + n // 3,
                  migration=MOVES) for n in range(6)]  # fmt: skip
    loads = [Vm(100 + n, 10 + n, 1, 1000.0, 4096.0, Constant(0.5), f"v{n}", recovery="cluster") for n in range(6)]
    clusters = [
        Cluster(CLUSTER, "c", rule="proxmox", detect_s=120.0),
        Cluster(CLUSTER + 1, "d", rule="hyperv", witness=witness),
    ]
    return Spec(domains, hosts, loads, clusters=clusters, sample_s=300.0)


def test_that_pairs_that_do_not_meet_are_not_tried_and_would_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = two_clusters(witness=RACK_1)
    scopes = Scopes(spec, Trials(spec).tables)
    assert scopes.independent(10, 13) and scopes.independent(RACK_2, 10)
    assert not scopes.independent(RACK_1, 13)  # the witness of its cluster stands there
    found = fail_each(spec, maintenance=True, repair_s=3600.0)
    assert any(fall.meanwhile and fall.meanwhile.breaks for fall in found.falls if fall.kind == "host")
    monkeypatch.setattr(Scopes, "independent", lambda self, element_id, host_id: False)
    assert fail_each(spec, maintenance=True, repair_s=3600.0) == found
