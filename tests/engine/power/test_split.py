"""Watts of VMs: idle watts by size, the rest by use; the parts of VMs are what their host draws."""

from __future__ import annotations

import numpy as np
import pytest

from designer.engine import Application, Constant, Domain, Host, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.spec import Power
from tests.engine.power.power_world import random_power

HOST, OTHER, SMALL, LARGE, APP, SERVICE = 10, 11, 20, 21, 30, 40


def spec(split: str = "vcpus", load: float = 1.0, **more: object) -> Spec:
    """A host of 100 to 300 W with a VM of one vCPU and 3 GiB, which is busy, and one of three vCPUs and 1 GiB."""
    vms = (
        Vm(SMALL, HOST, 1, 1000.0, 3072.0, Constant(load), service=0),
        Vm(LARGE, HOST, 3, 1000.0, 1024.0, apps=(Application(APP, 2, 1000.0, Constant(load / 2.0)),)),
    )
    hosts = (
        Host(HOST, 1, 4, 1000.0, 8192.0, power_w=(100.0, 300.0)),
        Host(OTHER, 1, 4, 1000.0, 8192.0, power_w=(50.0, 60.0)),
    )
    domains = (Domain(1, 0, "data_center"),)
    return Spec(domains, hosts, vms, until_s=3600.0, sample_s=600.0, power=Power(split=split), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("split", "idle"), [("vcpus", (25.0, 75.0)), ("memory", (75.0, 25.0))])
def test_that_idle_watts_go_by_size_and_the_rest_by_use(split: str, idle: tuple[float, float]) -> None:
    # Both get 1,000 of 4,000 MHz: the host is half busy and draws 200 W, 100 W of them for what they use.
    made = simulate(spec(split))
    of = dict(zip(made.vm_ids.tolist(), made.power.energy_j / 3600.0))
    assert of[SMALL] == pytest.approx([idle[0], 50.0])
    assert of[LARGE] == pytest.approx([idle[1], 50.0])
    assert of[APP] == pytest.approx(of[LARGE])  # it alone works in that VM
    assert made.power.vm_energy_wh[:2].sum() == pytest.approx(200.0)


def test_that_a_service_has_the_energy_of_its_members_and_nobody_that_of_a_host_without_vms() -> None:
    service = Service(SERVICE, Constant(100.0), 5.0)
    given = spec()
    vms = (Vm(SMALL, HOST, 1, 1000.0, 3072.0, service=SERVICE), given.vms[1])
    made = simulate(
        Spec(given.domains, given.hosts, vms, (service,), power=given.power, until_s=3600.0, sample_s=600.0)
    )
    assert made.power.service_energy_wh == pytest.approx(made.power.vm_energy_wh[:1])
    hosts = made.energy_wh[: made.tables.hosts]
    assert made.power.vm_energy_wh[:2].sum() == pytest.approx(hosts[0])
    assert hosts[1] == 50.0


def test_that_energy_follows_a_vm_that_restarts_and_what_is_down_draws_nothing() -> None:
    made = simulate(spec(events=(TimedEvent(900.0, "fail", SMALL),)))
    small, large = made.power.vm_energy_wh[:2].tolist()
    assert small == pytest.approx(75.0 * 900.0 / 3600.0)
    # Alone it has all idle watts, and 50 W for a quarter of the host.
    assert large == pytest.approx((125.0 * 900.0 + 150.0 * 2700.0) / 3600.0)


def test_that_the_energy_of_what_runs_on_no_host_of_known_watts_is_not_known() -> None:
    given = spec()
    rented = (Vm(50, 2, 1, 1000.0, 64.0, Constant(1.0), service=SERVICE), Vm(51, 12, 1, 1000.0, 64.0, Constant(1.0)))
    off = Vm(52, HOST, 1, 1000.0, 64.0, powered_on=False)
    made = simulate(
        Spec(
            (*given.domains, Domain(2, 0, "zone")), (*given.hosts, Host(12, 2, 4, 1000.0, 8192.0)),
            (*given.vms, *rented, off), (Service(SERVICE, Constant(1.0), 5.0),), power=given.power, until_s=3600.0,
            sample_s=600.0,
        )
    )  # fmt: skip
    of = dict(zip(made.vm_ids.tolist(), made.power.vm_energy_wh.tolist()))
    assert np.isnan([of[50], of[51]]).all() and of[52] == 0.0
    assert of[SMALL] + of[LARGE] == pytest.approx(200.0)
    assert np.isnan(made.power.service_energy_wh).all()


def test_that_nothing_is_told_of_vms_unless_it_is_asked_for() -> None:
    made = simulate(spec(""))
    assert made.power.vm_energy_wh.size == made.power.service_energy_wh.size == 0


SPLIT = [seed for seed in range(40) if random_power(seed).power.split]  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", SPLIT[:20])
def test_that_at_any_moment_the_parts_of_vms_are_what_their_host_draws(seed: int) -> None:
    run = Simulation(random_power(seed))
    power = run._rules.power
    assert power is not None
    for time_s in np.linspace(50.0, 3550.0, 8):
        run.advance(float(time_s))
        split, drawn = power.split, power.rates.units["power_w"][: run.tables.hosts]
        on = split.on[: run.tables.first_app]
        told = np.bincount(on[on >= 0], split.watts.sum(axis=1)[: on.size][on >= 0], run.tables.hosts)
        with_vms = np.isin(np.arange(run.tables.hosts), on)
        assert told[with_vms] == pytest.approx(drawn[with_vms], rel=1e-12)
        moment = run.moment()
        vms = moment.power_w[: on.size][on >= 0]
        assert vms == pytest.approx(split.watts.sum(axis=1)[: on.size][on >= 0], rel=1e-6)
