"""A saved run of an older program is looked at again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.engine.result.blocks import SavedRun
from designer.engine.result.result import RESULT_VERSION
from designer.engine.spec import Spec
from designer.errors import EngineError
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.run_design import design_of
from designer.study.build import build
from designer.study.saving import revive

FILES = Path(__file__).parent.parent / "files"


def saved(name: str = "v3-run") -> tuple[SavedRun, Spec]:
    """The run in a file of an older version, and the input it was made of."""
    (run,) = project_file.load(FILES / f"{name}.clouddesign").aside.runs
    return run, build(Project(KINDS, LINKS, design_of(run)), until_s=run.until_s, seed=run.seed)


def test_that_a_run_of_result_version_1_is_shown_with_what_it_recorded(tmp_path: Path) -> None:
    run, spec = saved()
    assert run.result_version == 1
    simulation = revive(spec, run, tmp_path / "series")
    result = simulation.result()
    assert result.total_energy_wh == pytest.approx(177.8515625)
    assert [entry.what for entry in result.log][:2] == ["failed", "down"]
    missing = result.integral("asked") - result.integral("allocated")
    assert np.array_equal(result.integral("steal"), missing)
    assert simulation.time_s == run.time_s


def test_that_a_run_of_result_version_5_is_shown_with_what_it_recorded(tmp_path: Path) -> None:
    run, spec = saved("v5-run")
    assert run.result_version == 5
    result = revive(spec, run, tmp_path / "series").result()
    assert (len(result.log), result.log[0].what, result.log[0].time_s) == (33, "failed", 3600.0)
    assert (result.served_rps.sum(), result.dropped_rps.sum()) == (430_200.0, 1_800.0)
    assert result.integral("allocated").sum() == pytest.approx(1_209_937_499.9999998, rel=1e-15)


@pytest.mark.parametrize("version", range(6, RESULT_VERSION))
def test_that_a_run_of_a_later_result_version_is_shown_with_what_it_recorded(version: int, tmp_path: Path) -> None:
    run, spec = saved(f"v{version}-run")
    assert run.result_version == version
    result = revive(spec, run, tmp_path / "series").result()
    assert (len(result.log), result.log[0].what, result.log[0].time_s) == (77, "failed", 3600.0)
    assert result.served_rps.sum() == pytest.approx(3_820_149.083873447, rel=1e-15)
    assert result.dropped_rps.sum() == pytest.approx(582.9987037056544, rel=1e-12)
    assert result.integral("allocated").sum() == pytest.approx(78_972_931_663.54291, rel=1e-15)


def test_that_a_run_of_a_newer_program_is_refused_in_a_sentence(tmp_path: Path) -> None:
    run, spec = saved()
    with pytest.raises(EngineError, match="made by another version of the program"):
        revive(spec, replace(run, result_version=99), tmp_path / "series")
