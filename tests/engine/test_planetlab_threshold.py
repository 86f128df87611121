"""The PlanetLab day with CloudSim's threshold policy: 192.50 kWh, 26,801 migrations, 5,879 host shutdowns."""

from __future__ import annotations

import csv
import lzma

import numpy as np
import pytest

from designer.engine import Balancing, Cluster, Host, Migration, Recorded, Spec, TimedEvent, Trace, Vm, simulate
from tests import cases
from tests.engine.test_planetlab import AFTER_S, RECORDS

pytestmark = cases.needed
TRACE, CLUSTER, FIRST_VM = 9_999, 5_000, 1_000
ENERGY_KWH, MIGRATIONS, SHUTDOWNS = 192.50, 26_801, 5_879
MB = 1e6 / 2**20
ROOMY_MIB = 1e6
"""CloudSim asks for no memory of a VM that runs: in its examples no VM uses any."""


def homes() -> list[int]:
    """The host of each VM at the start of that run."""
    path = cases.FOLDER / "planetlab" / "peer" / "thr_mmt_placements.csv.xz"
    with lzma.open(path, "rt") as stream:
        rows = [row for row in csv.DictReader(stream) if float(row["time_s"]) == 0.0]
    return [int(row["host_id"]) for row in sorted(rows, key=lambda row: int(row["vm_id"]))]


def threshold_day() -> Spec:
    """The day as CloudSim sees it: samples at the instants of its records; a VM that asks for exactly nothing at a
    record is destroyed there for good (its defect, which the figures of that run have).
    """
    percent = cases.planetlab_trace().astype(np.float64)
    following = np.concatenate([percent[:, 1:], percent[:, -1:]], axis=1)
    asked = (percent + (following - percent) * (AFTER_S / cases.STEP_S)) / 100.0
    curves = [tuple(map(float, points.split(","))) for points in (cases.G4_W, cases.G5_W)]
    hosts = [
        Host(1 + n, 0, 2, (1860.0, 2660.0)[n % 2], ROOMY_MIB, sharing="proportional", power_w=curves[n % 2],
             cluster=CLUSTER, migration=Migration("plain", 1000.0))
        for n in range(cases.PLANETLAB_HOSTS)
    ]  # fmt: skip
    vms = [
        Vm(FIRST_VM + n, 1 + home, 1, cases.MHZ_OF_TYPE[n // 263], cases.RAM_OF_TYPE[n // 263] * MB, Recorded(TRACE, n),
           detect_s=0.0)
        for n, home in enumerate(homes())
    ]  # fmt: skip
    dies = [(n, next((k for k in range(1, RECORDS + 1) if row[k] == 0.0), 0)) for n, row in enumerate(asked)]
    balancing = Balancing("threshold", cases.STEP_S, 0.8, power_off=True, wake_s=0.0)
    return Spec(
        hosts=hosts, vms=vms, clusters=[Cluster(CLUSTER, balancing=balancing)], until_s=86_400.0,
        traces=[Trace(TRACE, cases.STEP_S, asked)],
        events=[TimedEvent(cases.STEP_S * k, "fail", FIRST_VM + n) for n, k in dies if k],
    )  # fmt: skip


def test_that_the_day_takes_as_much_energy_and_as_many_migrations_as_in_cloudsim() -> None:
    result = simulate(threshold_day())
    # CloudSim sums up from 300.01 to 86,100.01 s
    energy_kwh = result.integral("energy")[1:RECORDS].sum() / 3.6e6
    what = [entry.what for entry in result.log]
    assert energy_kwh == pytest.approx(ENERGY_KWH, rel=0.01)
    assert what.count("migrating") == pytest.approx(MIGRATIONS, rel=0.02)
    assert what.count("powered_off") == pytest.approx(SHUTDOWNS, rel=0.02)
    assert what.count("migrating") == what.count("migrated") + what.count("unmoved")
