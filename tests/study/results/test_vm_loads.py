"""Series of each VM, on request: bounded, and spread over the VMs of a place as a count of each VM says."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.engine import Application, Constant, Host, Spec, Vm, simulate
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.results import open_run, run_file, saved_runs
from designer.store.file import project_file
from designer.study.results.vm_loads import VmLoads, must_fit, series_mib
from tests.study.results.test_sums import EVENTS, STEP_S, VMS, above, stays, world


def nearest_rank(values: list[float], share: float) -> float:
    return sorted(values)[max(math.ceil(share * len(values) - 1e-9), 1) - 1] if values else math.nan


@given(VMS, EVENTS)
def test_that_the_spread_is_that_of_the_vms_that_run_there_as_the_step_ends(
    vms: list[tuple[int, int, float, float, float]], events: list[tuple[float, str, int]]
) -> None:
    spec = world(vms, events)
    plain = simulate(spec)
    result = simulate(replace(spec, keep_vm_series=True))
    assert result.digest() == plain.digest()
    loads = VmLoads.of(result)
    assert loads is not None
    rows = {int(i): n for n, i in enumerate(result.vm_ids)}
    ran, way = stays(spec, result), above(spec)
    for step in range(result.filled):
        end_s = (step + 1) * STEP_S
        for n, place in enumerate(result.ids.tolist()):
            here = [vm for vm, unit, since, until in ran if since < end_s <= until and place in way[unit]]
            given_loads = [float(result.vms.series[rows[vm], step]) for vm in here]
            for k, share in enumerate((0.5, 0.95, 1.0)):
                found = loads.spread[k, step, n]
                assert found == pytest.approx(nearest_rank(given_loads, share), rel=1e-6, nan_ok=True)


def test_that_series_take_as_many_bytes_as_was_said_before_the_run() -> None:
    vms = [
        Vm(20 + n, 10, 1, 1000.0, 64.0, Constant(0.5), apps=(Application(90 + n, 1, 1000.0, Constant(0.1)),))
        for n in (0, 1)
    ]
    spec = Spec(hosts=[Host(10, 0, 8, 1000.0, 4096.0)], vms=vms, until_s=1000.0, keep_vm_series=True)
    assert must_fit(spec) * 2**20 == simulate(spec).store.vm_series.nbytes == 4 * 4 * 4


def test_that_more_than_is_allowed_is_refused_with_the_step_that_fits() -> None:
    vms = [Vm(20 + n, 10, 1, 1000.0, 64.0, Constant(0.5)) for n in range(1000)]
    spec = Spec(hosts=[Host(10, 0, 8, 1000.0, 4096.0)], vms=vms, until_s=1e6, sample_s=10.0)
    with pytest.raises(RuleError) as refusal:
        must_fit(spec)
    assert str(refusal.value) == (
        "Series of all VMs would take 381.5 MiB, more than 256 MiB. Record steps of 20 s, or run without them: each VM "
        "has its mean, median, 95% and most all the same."
    )
    spec = replace(spec, sample_s=20.0)
    assert must_fit(spec) == series_mib(spec) == 1000 * 50_000 * 4 / 2**20


@pytest.fixture
def design(tmp_path: Path) -> Path:
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region"), name="z"), name="h")
    for n in range(3):
        edit.place(project, "vm", host, name=f"v{n}", load_frac=0.2 + 0.3 * n)
    edit.change(project, [ROOT_ID], {"until_h": 0.25})
    path = tmp_path / "design.clouddesign"
    project_file.save(path, project.rows())
    return path


def test_that_series_of_vms_are_told_when_they_are_asked_for_and_saved_with_the_run(design: Path) -> None:
    assert "load_frac" not in {of.name for of in run_file(design).quantities}
    fresh = run_file(design, vm_series=True)
    assert fresh.series("load_frac", "v1").values == pytest.approx([0.5] * 3)
    told = CliRunner().invoke(main, ["simulate", str(design), "--vm-series", "--save", "all", "--quiet"])
    assert (told.exit_code, told.stderr) == (0, "Series of all VMs take 36 bytes.\n")
    assert [saved.keeps_vm_series for saved in saved_runs(design)] == [True]
    again = open_run(design)
    for name, element, values in (
        ("load_frac", "v2", 0.8), ("vms_p50_frac", "z", 0.5), ("vms_p95_frac", "h", 0.8), ("vms_most_frac", "z", 0.8)
    ):  # fmt: skip
        assert again.series(name, element).values == pytest.approx([values] * 3, rel=1e-6), name
        assert np.array_equal(again.series(name, element).values, fresh.series(name, element).values), name
