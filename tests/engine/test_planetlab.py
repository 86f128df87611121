"""The PlanetLab day without migration, sampled as CloudSim samples it: 927.9897621 kWh."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from designer.engine import Spec, simulate
from designer.study.build import build
from tests import cases

pytestmark = cases.needed
RECORDS = 287
AFTER_S = 0.01
"""CloudSim records at 300 k + 0.01 s."""
ENERGY_KWH = 927.9897621


@cache
def sampled() -> np.ndarray:
    """Demand as CloudSim sees it: samples interpolated at the instants of its records (a fraction, VM x record)."""
    percent = cases.planetlab_trace().astype(np.float64)
    following = np.concatenate([percent[:, 1:], percent[:, -1:]], axis=1)
    instants = percent + (following - percent) * (AFTER_S / cases.STEP_S)
    return np.ascontiguousarray(instants[:, 1 : RECORDS + 1] / 100.0)


@cache
def sampled_spec() -> Spec:
    """The case with those samples, from a saved design."""
    return build(cases.planetlab_project(sampled()))


def whole_mips(asked: np.ndarray, capacity: np.ndarray, spec: Spec) -> np.ndarray:
    """What hosts give when a contended VM's share is cut to whole MIPS (hosts x records)."""
    given = np.minimum(asked, capacity[:, None])
    host_at = {host.id: n for n, host in enumerate(spec.hosts)}
    home = np.array([host_at[vm.place] for vm in spec.vms])
    rows = np.array([vm.demand.row for vm in spec.vms])  # type: ignore[union-attr]
    one_core = np.array([spec.hosts[h].mhz for h in home])
    size = np.array([vm.mhz for vm in spec.vms])
    wanted = np.minimum(sampled()[rows] * size[:, None], one_core[:, None])
    for host, record in np.argwhere(asked > capacity[:, None]):
        own = wanted[home == host, record]
        given[host, record] = np.floor(own * capacity[host] / own.sum() + 1e-9).sum()
    return given


def power_w(used: np.ndarray, spec: Spec) -> np.ndarray:
    """Watts of hosts (rows) at loads, linear between the points of their curves."""
    return np.stack([np.interp(u, np.linspace(0, 1, 11), h.power_w) for u, h in zip(used, spec.hosts, strict=True)])


def trapezoid_kwh(used: np.ndarray, watts: np.ndarray) -> float:
    """CloudSim's sum over intervals; one whose earlier record is 0 counts nothing."""
    spans = (watts[:, :-1] + watts[:, 1:]) / 2 * (used[:, :-1] > 0)
    return float(spans.sum() * cases.STEP_S / 3.6e6)


def test_that_the_day_takes_as_much_energy_as_in_cloudsim() -> None:
    spec = sampled_spec()
    result = simulate(spec)
    hosts = len(spec.hosts)
    capacity = np.array([host.cores * host.mhz for host in spec.hosts])
    asked = (result.heat[:, :hosts] * capacity).T
    used = whole_mips(asked, capacity, spec) / capacity[:, None]
    assert trapezoid_kwh(used, power_w(used, spec)) == pytest.approx(ENERGY_KWH, rel=1e-6)


def test_that_the_product_s_own_meaning_is_the_sum_of_its_steps() -> None:
    # Sample k holds in [300 k, 300 (k + 1)): what the window shows of the same day, worked out by hand.
    spec = build(cases.planetlab_project())
    host_at = {host.id: n for n, host in enumerate(spec.hosts)}
    asked = np.zeros((len(spec.hosts), 288))
    for vm in spec.vms:
        host = spec.hosts[host_at[vm.place]]
        samples = cases.planetlab_trace()[vm.demand.row] / 100.0  # type: ignore[union-attr]
        asked[host_at[vm.place]] += np.minimum(samples * vm.mhz, host.mhz)
    capacity = np.array([host.cores * host.mhz for host in spec.hosts])[:, None]
    result = simulate(spec)
    used = np.minimum(asked / capacity, 1.0)
    assert np.allclose(result.used[:, : len(spec.hosts)].T, used, rtol=1e-12, atol=1e-15)
    expected = power_w(used, spec).sum() * cases.STEP_S / 3.6e6
    assert result.total_energy_wh / 1000 == pytest.approx(expected, rel=1e-12)
