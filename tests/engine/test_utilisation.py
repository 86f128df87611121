"""The utilization case: what CloudSim, OpenDC and SimGrid agree on, from saved designs."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest

from designer.engine import Spec, simulate
from designer.engine.result.result import Result
from tests import cases

pytestmark = cases.needed
CONTENDED = {"small": 9_340, "large": 46_700}
SHORTFALL_MHZ = {"small": 30_606_100.0, "large": 153_030_500.0}
ENERGY_KWH = {"small": 3742.8538046875, "large": 18714.2690234375}
MEAN_USED = 0.63718556


def ran(size: str, rule: str) -> tuple[Spec, Result]:
    spec = cases.utilisation_spec(size, rule)
    return spec, simulate(spec)


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("rule", cases.RULES)
def test_that_hosts_and_energy_come_out_as_known(size: str, rule: str) -> None:
    spec, result = ran(size, rule)
    hosts = len(spec.hosts)
    assert (result.heat[:, :hosts] > 1.0).sum() == CONTENDED[size]
    assert result.used[:, :hosts].mean() == pytest.approx(MEAN_USED, abs=1e-7)
    short = (result.integral("asked") - result.integral("allocated"))[:, :hosts].sum() / cases.STEP_S
    assert short == pytest.approx(SHORTFALL_MHZ[size], rel=1e-12)
    assert result.total_energy_wh / 1000 == pytest.approx(ENERGY_KWH[size], rel=1e-9)


COLUMNS = {
    "proportional": "alloc_proportional",
    "max_min": "alloc_maxmin_equal",
    "weighted_max_min": "alloc_maxmin_by_vcpu",
}


def reference(rule: str) -> np.ndarray:
    """Mean MHz of each VM of the small case."""
    with gzip.open(cases.FOLDER / "utilisation" / "ref_small_vms_all_policies.csv.gz", "rt") as stream:
        rows = sorted(csv.DictReader(stream), key=lambda row: int(row["vm_id"]))
    return np.array([float(row[COLUMNS[rule]]) for row in rows])


@pytest.mark.parametrize("rule", cases.RULES)
def test_that_each_vm_gets_what_the_reference_says(rule: str) -> None:
    spec, result = ran("small", rule)
    order = np.argsort([int(vm.name.rpartition("-")[2]) for vm in spec.vms])
    assert np.abs(result.vms.mean_mhz[order] - reference(rule)).max() <= 1e-5


def test_that_reserved_refuses_what_exceeds_the_threads() -> None:
    spec, result = ran("small", "reserved")
    refused = {entry.id for entry in result.log if entry.what == "refused"}
    kept = sum(vm.vcpus for vm in spec.vms if vm.id not in refused)
    assert sum(vm.vcpus for vm in spec.vms) == 2 * kept == 2 * 16 * len(spec.hosts)
    assert np.nanmax(result.steal) == 0.0
