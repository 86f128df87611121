"""What VMs send, by the places between which it goes, and through NAT gateways."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import Cluster, Constant, Domain, Flow, Host, Simulation, Spec, TimedEvent, Vm
from designer.engine.result.carried import INTERNET, through_gb

REGION, ZONE, ZONE_2, NET, NET_2, NAT, GATEWAY, FAR, FAR_NET, RACK, RACK_2 = range(1, 12)
DOMAINS = (
    Domain(REGION, 0, "region"), Domain(ZONE, REGION, "zone"), Domain(ZONE_2, REGION, "zone"),
    Domain(NAT, NET, "nat_gateway"), Domain(GATEWAY, REGION, "internet_gateway"), Domain(RACK, ZONE, "rack"),
    Domain(NET, ZONE, "subnet", outward=((GATEWAY,),)), Domain(RACK_2, ZONE_2, "rack"),
    Domain(NET_2, ZONE_2, "subnet", outward=((NAT,), (GATEWAY,))), Domain(FAR, 0, "region"),
    Domain(FAR_NET, FAR, "subnet"),
)  # fmt: skip
A, B, C, HOST, HOST_2, CLUSTER = 20, 21, 22, 30, 31, 40
GB_AN_HOUR = 3600.0 / 8000.0
"""GB in an hour at 1 Mbit/s."""


def vm(vm_id: int, place: int, **more: object) -> Vm:
    return Vm(vm_id, place, 2, 1000.0, 1024.0, Constant(0.5), boot_s=0.0, **more)  # type: ignore[arg-type]


def finished(vms: list[Vm], flows: list[Flow], **more: object) -> Simulation:
    spec = Spec(domains=DOMAINS, vms=vms, flows=flows, until_s=3600.0, sample_s=600.0, **more)  # type: ignore[arg-type]
    simulation = Simulation(spec)
    simulation.advance(3600.0)
    return simulation


def sent(simulation: Simulation) -> dict[tuple[int, int], float]:
    return {(one, other): gb for _, one, other, gb in simulation.result().sent}


def test_that_traffic_is_counted_by_the_zones_and_regions_between_which_it_goes() -> None:
    flows = [Flow(A, 8.0, B), Flow(A, 4.0, C), Flow(C, 2.0, A), Flow(A, 1.0, 23), Flow(A, 16.0)]
    found = sent(finished([vm(A, NET), vm(B, NET_2), vm(C, FAR_NET), vm(23, NET)], flows))
    assert found == pytest.approx(
        {
            (ZONE, ZONE_2): 8 * GB_AN_HOUR,
            (ZONE, FAR): 4 * GB_AN_HOUR,
            (FAR, ZONE): 2 * GB_AN_HOUR,
            (ZONE, INTERNET): 16 * GB_AN_HOUR,
        }
    )


def test_that_a_private_subnet_sends_through_its_nat_gateway_which_may_stand_in_another_zone() -> None:
    done = finished([vm(A, NET), vm(B, NET_2)], [Flow(A, 4.0), Flow(B, 8.0)])
    assert through_gb(done.result().carried) == pytest.approx({NAT: 8 * GB_AN_HOUR})
    assert sent(done) == pytest.approx({(ZONE_2, ZONE): 8 * GB_AN_HOUR, (ZONE, INTERNET): 12 * GB_AN_HOUR})


def test_that_a_vm_on_a_host_goes_out_by_its_address() -> None:
    done = finished([vm(A, HOST_2, address=NET_2)], [Flow(A, 8.0)], hosts=[Host(HOST_2, RACK_2, 4, 1000.0, 8192.0)])
    assert through_gb(done.result().carried) == pytest.approx({NAT: 8 * GB_AN_HOUR})


def test_that_a_vm_that_restarts_in_another_zone_sends_from_there() -> None:
    sized = {"cores": 4, "mhz": 1000.0, "ram_mib": 8192.0, "cluster": CLUSTER}
    hosts = [Host(HOST, RACK, **sized), Host(HOST_2, RACK_2, **sized)]
    done = finished(
        [vm(A, HOST, recovery="cluster"), vm(B, NET)], [Flow(A, 8.0, B)], hosts=hosts,
        clusters=[Cluster(CLUSTER, detect_s=200.0)], events=[TimedEvent(1000.0, "fail", HOST)],
    )  # fmt: skip
    assert sent(done) == pytest.approx({(ZONE_2, ZONE): 8.0 * 2400.0 / 8000.0})


# -- whatever happens


PLACE = {NET: ZONE, NET_2: ZONE_2, FAR_NET: FAR}
STEP_S = 300.0


@st.composite
def worlds(draw: st.DrawFn) -> Spec:
    """VMs in three places that send to each other and out, some of which fail and recover at whole steps."""
    vms = [vm(i, draw(st.sampled_from((NET, NET_2, FAR_NET))), detect_s=0.0, recovery="none") for i in (A, B, C)]
    ends = st.tuples(st.sampled_from((A, B, C)), st.sampled_from((0, A, B, C)))
    flows = [Flow(one, draw(st.sampled_from((1.0, 3.0))), other) for one, other in draw(st.lists(ends, max_size=6))]
    one = st.tuples(st.integers(0, 11), st.sampled_from(("fail", "recover")), st.sampled_from((A, B, C, ZONE, NET_2)))
    drawn = draw(st.lists(one, max_size=8, unique_by=lambda e: (e[0], e[2])))
    events = [TimedEvent(STEP_S * at, what, element) for at, what, element in drawn]
    return Spec(domains=DOMAINS, vms=vms, flows=flows, events=events, until_s=3600.0, sample_s=600.0)


@settings(max_examples=25)
@given(worlds(), st.floats(1.0, 3599.0))
def test_that_traffic_is_what_looking_again_and_again_finds(spec: Spec, cut_s: float) -> None:
    whole, sliced = Simulation(spec), Simulation(spec)
    whole.advance(3600.0)
    for part in (cut_s, 3600.0):
        sliced.advance(part)
        sliced.result()
    found = defaultdict[tuple[int, int], float](float)
    for step in range(12):
        moment = whole.moment(STEP_S * (step + 0.5))
        at = {int(i): int(place) for i, place in zip(moment.ids, moment.place)}
        runs = {int(i) for i, status in zip(moment.ids, moment.status) if status == 0}
        for flow in spec.flows:
            if flow.vm not in runs or (flow.to and flow.to not in runs):
                continue
            start, end = PLACE[at[flow.vm]], PLACE[at[flow.to]] if flow.to else INTERNET
            way = [start, ZONE, end] if not flow.to and at[flow.vm] == NET_2 else [start, end]
            for one, other in pairwise(way):
                if one != other:
                    found[one, other] += flow.most * STEP_S / 8000.0
    assert sent(whole) == pytest.approx(dict(found))
    branch = whole.branch(cut_s)
    for event in spec.events:
        if event.time_s > cut_s:
            branch.inject(event)
    branch.advance(3600.0)
    revived = Simulation.revived(spec, whole.columns(), spec.events, 3600.0, None)
    assert sent(sliced) == sent(branch) == sent(revived) == sent(whole)
