"""One door: the utilization case as a saved project gives the same numbers through window and command line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from tests import cases, copies
from tests.engine.test_utilisation import ENERGY_KWH, MEAN_USED
from tests.waiting import until

pytestmark = [cases.needed, pytest.mark.usefixtures("copied_engines")]


def test_that_the_command_line_and_the_window_s_run_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "small.clouddesign"
    project_file.save(path, cases.utilisation_project("small", "weighted_max_min").rows())
    done = copies.run("-m", "designer", "simulate", path, "--json", "-")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)

    engine = EngineHost()
    run = Run(Project(KINDS, LINKS, project_file.load(path).rows), engine)
    run.speed = math.inf
    run.start()
    until(lambda: (run.poll(), run.digest)[1], lambda: run.message)
    series, summary = run.view.series(), {row.name: row.values for row in run.view.summary() if row.kind == "design"}
    assert series is not None
    hosts = series.of_kind("host")

    assert answer["digest"] == run.digest
    assert summary["Whole design"]["Energy"][0] / 1000 == pytest.approx(ENERGY_KWH["small"], rel=1e-9)
    assert series["used_frac"][:, hosts].astype(np.float64).mean() == pytest.approx(MEAN_USED, abs=1e-7)
    said = next(row for row in answer["summary"] if row["kind"] == "design")
    assert said["values"]["Energy [Wh]"] == summary["Whole design"]["Energy"][0]
    run.dispose()
    engine.stop()
