"""Requests to services by the places between which they go, and what is sent for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import (
    Application,
    Balancer,
    Cluster,
    Constant,
    Domain,
    Host,
    Latency,
    Route,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
)
from designer.engine import simulate as run
from designer.engine.result.carried import INTERNET, PREMISES
from designer.errors import SpecError

REGION, ZONE, ZONE_2, NET, NET_2, BALANCER, BALANCER_2, DATA, OTHER, FAR, FAR_NET = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
A, B, C, SERVICE = 20, 21, 22, 30
DOMAINS = (
    Domain(REGION, 0, "region"), Domain(ZONE, REGION, "zone"), Domain(ZONE_2, REGION, "zone"),
    Domain(NET, ZONE, "subnet"), Domain(NET_2, ZONE_2, "subnet"),
    Domain(BALANCER, REGION, "load_balancer"), Domain(BALANCER_2, REGION, "load_balancer"),
    Domain(DATA, REGION, "database", replicas=(NET, NET_2), failover_s=300.0),
    Domain(OTHER, 0, "region"), Domain(FAR, OTHER, "zone"), Domain(FAR_NET, FAR, "subnet"),
)  # fmt: skip
GB_A_KIB = 1024.0 / 1e9
BOTH = ((BALANCER, NET), (BALANCER, NET_2))


def member(vm_id: int, place: int, **more: Any) -> Vm:
    return Vm(vm_id, place, 2, 1000.0, 1024.0, service=SERVICE, boot_s=0.0, **more)


def spec_of(vms: list[Vm], route: Route, rate: float = 100.0, **more: Any) -> Spec:
    service = Service(SERVICE, Constant(rate), 1.0, "shop", health_check_s=0.0)
    sized = {"until_s": 3600.0, "sample_s": 600.0, **more}
    return Spec(domains=DOMAINS, vms=vms, services=[service], routes=[route], **sized)


def requests_of(simulation: Simulation) -> dict[tuple[int, ...], float]:
    counts = simulation.result().carried.requests
    return dict(zip(map(tuple, counts.keys[:, 1:].tolist()), counts.amounts.tolist()))


def sent_of(spec: Spec) -> dict[tuple[int, int], float]:
    return {(one, other): round(gb / GB_A_KIB, 3) for _, one, other, gb in run(spec).sent}


def test_that_requests_come_evenly_from_the_zones_with_a_node_and_go_on_to_members_in_both() -> None:
    simulation = Simulation(spec_of([member(A, NET), member(B, NET_2), member(C, NET_2)], Route(SERVICE, BOTH)))
    simulation.advance(3600.0)
    each = 360_000 / 3 / 2
    assert requests_of(simulation) == pytest.approx(
        {
            (0, ZONE, ZONE): each,
            (0, ZONE, ZONE_2): 2 * each,
            (0, ZONE_2, ZONE): each,
            (0, ZONE_2, ZONE_2): 2 * each,
        }
    )


def test_that_answers_go_back_the_same_way_and_out_to_clients() -> None:
    route = Route(SERVICE, ((BALANCER, NET),), request_kib=1.0, answer_kib=10.0)
    assert sent_of(spec_of([member(A, NET), member(B, NET_2)], route)) == {
        (INTERNET, ZONE): 360_000.0,
        (ZONE, INTERNET): 3_600_000.0,
        (ZONE, ZONE_2): 180_000.0,
        (ZONE_2, ZONE): 1_800_000.0,
    }


def test_that_requests_from_inside_are_not_sent_out() -> None:
    route = Route(SERVICE, ((BALANCER, NET),), open=False, request_kib=1.0, answer_kib=10.0)
    assert set(sent_of(spec_of([member(A, NET), member(B, NET_2)], route))) == {(ZONE, ZONE_2), (ZONE_2, ZONE)}


def test_that_without_a_balancer_clients_reach_members_straight() -> None:
    route = Route(SERVICE, request_kib=1.0, answer_kib=2.0)
    assert sent_of(spec_of([member(A, NET), member(B, FAR_NET)], route)) == {
        (INTERNET, ZONE): 180_000.0,
        (ZONE, INTERNET): 360_000.0,
        (INTERNET, FAR): 180_000.0,
        (FAR, INTERNET): 360_000.0,
    }


def test_that_a_balancer_that_does_not_cross_zones_sends_nothing_to_other_zones() -> None:
    route = Route(SERVICE, BOTH, request_kib=1.0)
    spec = spec_of([member(A, NET), member(B, NET_2), member(C, NET_2)], route)
    balancer = Balancer(BALANCER, nodes=(NET, NET_2), cross_zones=False)
    spec = replace(spec, services=[replace(spec.services[0], balancer=balancer)])
    assert sent_of(spec) == {(INTERNET, ZONE): 180_000.0, (INTERNET, ZONE_2): 180_000.0}


def test_that_hosts_outside_of_regions_are_premises() -> None:
    host = Host(50, 0, 4, 1000.0, 8192.0)
    spec = spec_of([member(A, 50)], Route(SERVICE, open=False, reads=(DATA,), read_kib=1.0), hosts=[host])
    assert sent_of(spec) == {(ZONE, PREMISES): 360_000.0}


def test_that_a_member_that_restarts_in_another_zone_is_counted_where_it_was_and_where_it_is() -> None:
    domains = (*DOMAINS, Domain(40, ZONE, "rack"), Domain(41, ZONE_2, "rack"))
    hosts = [Host(50, 40, 4, 1000.0, 8192.0, cluster=60), Host(51, 41, 4, 1000.0, 8192.0, cluster=60)]
    vm = Vm(A, 50, 2, 1000.0, 1024.0, service=SERVICE, recovery="cluster", detect_s=0.0, boot_s=100.0)
    service = Service(SERVICE, Constant(100.0), 1.0, health_check_s=0.0)
    spec = Spec(
        domains=domains, hosts=hosts, vms=[vm], services=[service], clusters=[Cluster(60, detect_s=100.0)],
        routes=[Route(SERVICE)], until_s=3600.0, sample_s=600.0, events=[TimedEvent(1000.0, "fail", 50)],
    )  # fmt: skip
    simulation = Simulation(spec)
    simulation.advance(3600.0)
    assert requests_of(simulation) == pytest.approx({(0, ZONE, ZONE): 100_000.0, (0, ZONE_2, ZONE_2): 240_000.0})


def test_that_racks_are_places_of_their_own_where_their_uplinks_take_time() -> None:
    domains = (*DOMAINS, Domain(39, ZONE, "data_center"), Domain(40, 39, "rack"), Domain(41, ZONE_2, "rack"))
    hosts = [Host(50 + n, rack, 4, 1000.0, 8192.0, cluster=60) for n, rack in enumerate((40, 41, 39))]
    vms = [Vm(i, on, 1, 1000.0, 1024.0, service=SERVICE, recovery="none") for i, on in ((A, 50), (B, 51), (C, 52))]
    service = Service(SERVICE, Constant(100.0), 1.0, health_check_s=0.0)
    spec = Spec(
        domains=domains, hosts=hosts, vms=vms, services=[service], clusters=[Cluster(60)], until_s=3600.0,
        routes=[Route(SERVICE, ((BALANCER, NET),))], events=[TimedEvent(1000.0, "fail", 50)], sample_s=600.0,
        latencies=[Latency(40, 39, 0.5)],
    )  # fmt: skip
    whole = Simulation(spec)
    whole.advance(3600.0)
    branch = whole.branch(500.0)
    branch.inject(spec.events[0])
    branch.advance(3600.0)
    carried = whole.result().carried.hops
    hops = {tuple(key[2:]): n for key, n in zip(carried.keys.tolist(), carried.amounts.tolist())}
    third, half = 100_000 / 3, 260_000 / 2
    assert hops == pytest.approx({(ZONE, 39): third + half, (ZONE, 40): third, (ZONE, 41): third + half})
    assert requests_of(whole) == pytest.approx({(0, ZONE, ZONE): 2 * third + half, (0, ZONE, ZONE_2): third + half})
    revived = Simulation.revived(spec, whole.columns(), spec.events, 3600.0, None).result().carried.hops
    for other in (branch.result().carried.hops, revived):
        assert np.array_equal(other.amounts, whole.result().carried.hops.amounts)
    assert branch.result().digest() == whole.result().digest()
    without = replace(spec, latencies=[Latency(ZONE, ZONE, 0.5)])
    assert not run(without).carried.hops.keys.size


def test_that_a_node_that_is_down_gets_no_requests_and_a_database_is_read_where_its_replica_is() -> None:
    route = Route(SERVICE, ((BALANCER, NET), (BALANCER_2, NET_2)), reads=(DATA,))
    events = [TimedEvent(600.0, "fail", BALANCER_2), TimedEvent(1200.0, "recover", BALANCER_2)]
    simulation = Simulation(spec_of([member(B, NET_2)], route, events=[*events, TimedEvent(2400.0, "fail", NET)]))
    simulation.advance(3600.0)
    assert requests_of(simulation) == pytest.approx(
        {
            (0, ZONE, ZONE_2): 30_000.0 + 60_000.0 + 60_000.0,
            (0, ZONE_2, ZONE_2): 30_000.0 + 60_000.0 + 120_000.0,
            (1, ZONE, ZONE_2): 270_000.0,  # until the failover ends
            (1, ZONE_2, ZONE_2): 90_000.0,
        }
    )


def test_that_applications_count_apart_from_their_vm() -> None:
    apps = (Application(40, 1, 1000.0, Constant(0.3)), Application(41, 1, 1000.0, service=SERVICE))
    simulation = Simulation(spec_of([member(A, NET, apps=apps), member(B, NET_2)], Route(SERVICE)))
    simulation.advance(3600.0)
    served = simulation.result().served_rps.mean() * 3600.0
    found = requests_of(simulation)
    assert sum(found.values()) == pytest.approx(served)
    assert found[0, ZONE, ZONE] == pytest.approx(360_000.0 * 3 / 5)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Route(99), "A route belongs to service 99"), (Route(SERVICE, answer_kib=-1.0), "answer_kib must be a number"),
        (Route(SERVICE, ((1, 98),)), "come through 98"), (Route(SERVICE, reads=(97,)), "reads from 97"),
    ],
)  # fmt: skip
def test_that_a_route_without_meaning_is_refused(route: Route, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        run(spec_of([member(A, NET)], route))


# -- whatever happens


STEP_S = 300.0
PARTS = (ZONE, ZONE_2, NET, NET_2, BALANCER, BALANCER_2, A, B, C)


@st.composite
def worlds(draw: st.DrawFn) -> Spec:
    """Members over three zones, nodes that may fail; events at whole steps of five minutes."""
    place = st.sampled_from((NET, NET_2, FAR_NET))
    recovery = st.sampled_from(("none", "same_zone"))
    vms = [member(i, draw(place), recovery=draw(recovery), detect_s=STEP_S) for i in (A, B, C)]
    what, step = st.sampled_from(("fail", "recover")), st.integers(0, 11)
    one = st.tuples(step, what, st.sampled_from(PARTS))
    drawn = draw(st.lists(one, max_size=8, unique_by=lambda e: (e[0], e[2])))
    events = [TimedEvent(STEP_S * at, name, element) for at, name, element in drawn]
    entries = draw(st.sampled_from(((), BOTH, ((BALANCER, NET), (BALANCER_2, NET_2)), ((BALANCER, NET),))))
    reads = draw(st.sampled_from(((), (DATA,))))
    rate = draw(st.sampled_from((100.0, 3000.0)))
    return spec_of(vms, Route(SERVICE, entries, reads=reads), rate, events=events)


def slowly(spec: Spec) -> dict[tuple[int, ...], float]:
    """The requests by looking at the run in each step: who serves, where, which nodes are up."""
    simulation, found = Simulation(spec), defaultdict[tuple[int, ...], float](float)
    simulation.advance(3600.0)
    above, route = {domain.id: domain.parent for domain in spec.domains}, spec.routes[0]
    for step in range(12):
        middle_s = STEP_S * (step + 0.5)
        moment = simulation.moment(middle_s)
        at = {int(i): n for n, i in enumerate(moment.ids)}

        def is_up(element: int, moment: Any = moment, at: dict[int, int] = at) -> bool:
            return not element or (not moment.failed_root[at[element]] and is_up(above.get(element, 0)))

        nodes = sorted({above[net] for balancer, net in route.entries if is_up(balancer) and is_up(net)})
        history = simulation._history
        replica = history.at(history.count(middle_s))["replica"] if route.reads else None
        for n, vm in enumerate(spec.vms):
            requests = STEP_S * float(moment.used[n]) * vm.vcpus * vm.mhz
            if not requests > 0.0:  # NaN: it does not run
                continue
            zone = above[int(moment.place[n])]
            for node in nodes or [zone]:
                found[0, node, zone] += requests / max(len(nodes), 1)
            if replica is not None:
                where = replica[[d.id for d in spec.domains].index(DATA)]
                found[1, above[spec.domains[where].id], zone] += requests
    return found


@settings(max_examples=25)
@given(worlds())
def test_that_requests_are_those_that_looking_again_and_again_finds(spec: Spec) -> None:
    simulation = Simulation(spec)
    simulation.advance(3600.0)
    found = requests_of(simulation)
    told = slowly(spec)
    assert found == pytest.approx({key: value for key, value in told.items() if value > 0.0}, rel=1e-5)


@settings(max_examples=12)
@given(worlds(), st.floats(1.0, 3599.0))
def test_that_slices_branches_and_saved_runs_tell_the_same(spec: Spec, cut_s: float) -> None:
    whole, sliced = Simulation(spec), Simulation(spec)
    whole.advance(3600.0)
    for part in (cut_s, 3600.0):
        sliced.advance(part)
        sliced.result()
    branch = whole.branch(cut_s)
    for event in spec.events:
        if event.time_s > cut_s:
            branch.inject(event)
    branch.advance(3600.0)
    columns = whole.columns()
    revived = Simulation.revived(spec, columns, spec.events, 3600.0, None)
    assert requests_of(sliced) == requests_of(branch) == requests_of(revived) == requests_of(whole)
    assert sliced.result().digest() == branch.result().digest() == whole.result().digest()
