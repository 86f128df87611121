"""VMs that run, cut off from the network: for how long."""

from __future__ import annotations

import pytest

from designer.engine import Constant, Domain, Host, Result, Simulation, Spec, TimedEvent, Vm, simulate
from designer.study.series import SeriesReader

SITE, SWITCH, HOST, OTHER, A, B, C = 1, 2, 10, 11, 20, 21, 22


def run(*events: tuple[float, str, int], until_s: float = 3600.0) -> Result:
    """Two VMs on a host behind a switch, one on another that needs none."""
    domains = (Domain(SITE, 0, "data_center"), Domain(SWITCH, SITE, "switch"))
    hosts = [Host(HOST, SITE, 4, 1000.0, 8192.0, network=((SWITCH,),)), Host(OTHER, SITE, 4, 1000.0, 8192.0)]
    vms = [
        Vm(i, place, 1, 1000.0, 512.0, Constant(0.5), recovery="none")
        for i, place in ((A, HOST), (B, HOST), (C, OTHER))
    ]
    told = [TimedEvent(*event) for event in events]  # type: ignore[arg-type]
    return simulate(Spec(domains=domains, hosts=hosts, vms=vms, events=told, until_s=until_s, sample_s=600.0))


def test_that_vms_run_unreached_until_the_switch_is_back_or_they_die() -> None:
    result = run((600.0, "fail", SWITCH), (1000.0, "fail", B), (1500.0, "recover", SWITCH), (2000.0, "fail", HOST))
    assert result.unreached_s.tolist() == [900.0, 400.0, 0.0]


def test_that_the_number_of_unreached_vms_is_told_step_by_step_however_a_run_goes_on() -> None:
    """Two VMs from 900 s to 1,500 s, one of them from 2,000 s to 2,100 s; C needs no switch."""
    events = [(900.0, "fail", SWITCH), (1500.0, "recover", SWITCH), (1700.0, "fail", B), (2000.0, "fail", SWITCH),
              (2100.0, "recover", SWITCH)]  # fmt: skip
    result = run(*events)
    told = SeriesReader(result.spec).read(result.store).unreached
    assert told.tolist() == [0.0, 2 * 300 / 600, 2 * 300 / 600, 100 / 600, 0.0, 0.0]
    assert float(told.sum() * 600.0) == pytest.approx(result.unreached_s.sum())
    whole = Simulation(result.spec)
    for time_s in range(0, 3601, 450):
        whole.advance(float(time_s))
    branch = whole.branch(1200.0)
    for event in result.spec.events:
        if event.time_s > 1200.0:
            branch.inject(event)
    branch.advance(3600.0)
    assert branch.result().digest() == whole.result().digest() == result.digest()


def test_that_what_is_not_over_counts_until_the_end_and_what_comes_again_adds_up() -> None:
    result = run((100.0, "fail", SWITCH), (200.0, "recover", SWITCH), (3000.0, "fail", SWITCH))
    assert result.unreached_s.tolist() == [700.0, 700.0, 0.0]


def test_that_a_vm_that_goes_down_with_its_host_is_not_unreached_any_more() -> None:
    result = run((600.0, "fail", SWITCH), (900.0, "fail", HOST), (1200.0, "recover", HOST))
    assert [e.what for e in result.log if e.id == A][:2] == ["unreached", "down"]
    assert result.unreached_s[0] == 300.0
