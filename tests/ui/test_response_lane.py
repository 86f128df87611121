"""The lane of response times: it shows those of the recording step in which the time is that one points at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import simulate
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.study.series import RunSeries, SeriesReader
from designer.ui.parts.theme import Theme
from designer.ui.plots.response_lane import ResponseLane


@pytest.fixture
def run() -> Run:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    vm = edit.place(project, "vm", zone, vcpus=1, mhz=1000.0)
    service = edit.place(project, "service", rate_rps=500.0, work_mhz_s=1.0)
    edit.connect(project, "member", vm, service)
    return Run(project, EngineHost(), until_s=1200.0)


@pytest.fixture
def series(run: Run) -> RunSeries:
    """The series of a run of 1,200 s, with answers that take a second longer in each step."""
    read = SeriesReader(run.spec).read(simulate(run.spec).store)
    assert read.edges_s.tolist() == [0.0, 300.0, 600.0, 900.0, 1200.0]
    longer = np.arange(1.0, 5.0)[:, None]
    return replace(read, answers=dict.fromkeys(("p50_s", "p95_s", "p99_s"), longer))


@pytest.mark.parametrize(
    ("time_s", "said"),
    [(None, "4 s"), (0.0, "1 s"), (299.0, "1 s"), (300.0, "2 s"), (899.0, "3 s"), (1200.0, "4 s"), (9999.0, "4 s")],
)
def test_that_the_times_are_those_of_the_step_that_one_points_at(
    run: Run, series: RunSeries, theme: Theme, qtbot: QtBot, time_s: float | None, said: str
) -> None:
    lane = ResponseLane(theme)
    qtbot.addWidget(lane)
    lane.show_run(run, series, time_s)
    shown = {entry.name: entry.value for entry in lane.legend.entries}
    assert shown == {"median": said, "95%": said, "99%": said}
