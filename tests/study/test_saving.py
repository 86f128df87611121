"""A saved run of an older program is looked at again."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.engine.result.blocks import SavedRun
from designer.engine.spec import Spec
from designer.errors import EngineError
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.run_design import design_of
from designer.study.build import build
from designer.study.saving import revive

FILE = Path(__file__).parent.parent / "files" / "v3-run.clouddesign"


def saved() -> tuple[SavedRun, Spec]:
    """The run of result version 1 in the file of version 3, and the input it was made of."""
    (run,) = project_file.load(FILE).aside.runs
    return run, build(Project(KINDS, LINKS, design_of(run)), until_s=run.until_s, seed=run.seed)


def packed(run: SavedRun, folder: Path) -> Path:
    path = folder / "run.pickle"
    path.write_bytes(pickle.dumps(run))
    return path


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


def test_that_a_run_of_a_newer_program_is_refused_in_a_sentence(tmp_path: Path) -> None:
    run, spec = saved()
    with pytest.raises(EngineError, match="made by another version of the program"):
        revive(spec, replace(run, result_version=99), tmp_path / "series")
