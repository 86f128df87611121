"""The log of services: it counts requests served and nothing else, and does not depend on how a run is carried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from designer.engine import (
    Application,
    Constant,
    Domain,
    Recorded,
    Service,
    Simulation,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)

ZONE, DATABASE, SHOP, MEMBER, AGENT = 1, 2, 5, 21, 22


def shop(load: float) -> Spec:
    """One member VM, an application in it that is no member, and a database that the requests go through."""
    agent = Application(AGENT, 1, 1000.0, Constant(load), "agent")
    return Spec(
        domains=[Domain(ZONE, 0, "zone", "z"), Domain(DATABASE, 0, "database", "db", replicas=(ZONE,))],
        vms=[Vm(MEMBER, ZONE, 2, 1000.0, 1.0, service=SHOP, apps=(agent,))],
        services=[Service(SHOP, Constant(6.0), 100.0, "shop", through=((DATABASE,),))],
        events=(TimedEvent(650.0, "fail", DATABASE),),
        until_s=1800.0,
        sample_s=600.0,
    )


@pytest.mark.parametrize("load", [0.0, 0.3, 0.6, 1.0])
def test_that_what_else_runs_in_a_member_is_not_taken_for_requests_served(load: float) -> None:
    result = simulate(shop(load))
    assert [(e.time_s, e.what, e.id, e.value) for e in result.log] == [
        (650.0, "failed", DATABASE, 0.0),
        (650.0, "dropping", SHOP, 6.0),
    ]


def test_that_applications_of_a_member_that_is_too_busy_let_it_drop_what_they_take() -> None:
    # 6 req/s are 600 MHz; the agent wants 1,000 of the 1,000 MHz that one vCPU has: 600 of 1,600 are served.
    spec = shop(1.0)
    member = Vm(MEMBER, ZONE, 1, 1000.0, 1.0, service=SHOP, apps=spec.vms[0].apps)
    result = simulate(Spec(spec.domains, vms=[member], services=spec.services, until_s=600.0, sample_s=600.0))
    [entry] = result.log
    assert (entry.time_s, entry.what, entry.id) == (0.0, "dropping", SHOP)
    assert entry.value == pytest.approx(6.0 - 6.0 * 1000.0 / 1600.0)
    assert result.dropped_rps[0, 0] == pytest.approx(entry.value)


def two_services() -> Spec:
    """Services A and B with a member each; B is asked for too much from 300 s on, A from 600 s on."""
    asked = Trace(9, 300.0, np.array([[0, 0, 100], [0, 100, 100]], np.uint8))
    return Spec(
        domains=[Domain(ZONE, 0, "zone")],
        vms=[Vm(n, ZONE, 1, 1000.0, 1.0, service=n + 10) for n in (2, 3)],
        services=[Service(12 + n, Recorded(9, n, 0, 300.0), 5.0, "AB"[n]) for n in range(2)],
        traces=[asked],
        until_s=900.0,
    )


@pytest.mark.parametrize("slice_s", [900.0, 450.0, 300.0, 100.0])
def test_that_services_are_told_in_order_of_time_however_the_run_is_cut(slice_s: float) -> None:
    run = Simulation(two_services())
    while not run.done:
        run.advance(run.time_s + slice_s)
    assert [(e.time_s, e.what, e.id) for e in run.result().log] == [(300.0, "dropping", 13), (600.0, "dropping", 12)]
    assert run.result().digest() == simulate(two_services(), on_progress=lambda part: None).digest()


def test_that_a_service_without_members_drops_all_and_the_failing_of_other_vms_does_not_touch_it() -> None:
    # 2,000 VMs fail and boot again. None is a member, so nothing may be noted of what any of them gives the service.
    vms = [Vm(100 + n, ZONE, 1, 1000.0, 1.0, Recorded(9, n % 2, 0)) for n in range(2000)]
    events = [TimedEvent(100.0, "fail", ZONE), TimedEvent(200.0, "recover", ZONE)]
    alone = Spec([Domain(ZONE, 0, "zone")], vms=vms, traces=two_services().traces, events=events, until_s=900.0)
    asked = replace(alone, services=[Service(SHOP, Constant(6.0), 100.0, "shop")])
    told, own = simulate(asked), simulate(alone)
    assert [(e.time_s, e.what, e.value) for e in told.log if e.id == SHOP] == [(0.0, "dropping", 6.0)]
    assert [(e.time_s, e.what, e.id) for e in told.log if e.id != SHOP] == [(e.time_s, e.what, e.id) for e in own.log]
    assert told.integral("allocated").tobytes() == own.integral("allocated").tobytes()
