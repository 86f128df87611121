"""The lane of limits: which of them it shows, what it calls them, and what of a run."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Limit, simulate
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.study.series import SeriesReader
from designer.ui.parts.theme import Theme
from designer.ui.plots.limit_lane import MOST_LINES, LimitLane, limit_name, shown_limits


def test_that_few_limits_are_all_shown_and_of_many_the_fullest() -> None:
    assert shown_limits(np.zeros((5, 3))) == [0, 1, 2]
    fill = np.zeros((5, 20))
    fill[2, [4, 19, 7]] = 1.0, 0.5, 0.9
    shown = shown_limits(fill)
    assert len(shown) == MOST_LINES
    assert {4, 7, 19} <= set(shown)
    assert shown == sorted(shown)
    assert shown_limits(np.zeros((0, 0))) == []


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        (Limit(1, "iops", 3000.0, name="data"), "data IOPS"),
        (Limit(1, "mibps", 125.0, name="data"), "data throughput"),
        (Limit(1, "mbps", 1000.0, way="out", name="host-1"), "host-1 network out"),
        (Limit(1, "mbps", 1000.0, between=(2, 3), name="a – b"), "a – b network"),
    ],
)
def test_that_a_limit_is_called_by_its_element_and_what_it_counts(limit: Limit, name: str) -> None:
    assert limit_name(limit) == name


def test_that_the_lane_shows_how_full_the_limits_of_a_run_are(theme: Theme, qtbot: QtBot) -> None:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, name="h", nic_mbps=100.0)
    edit.place(project, "vm", host, net_mbps=400.0, load_frac=0.5)
    run = Run(project, EngineHost(), until_s=1200.0)
    lane = LimitLane(theme)
    qtbot.addWidget(lane)
    lane.show_run(run, SeriesReader(run.spec).read(simulate(run.spec).store), None)
    shown = [(entry.name, entry.value, entry.red) for entry in lane.legend.entries]
    assert shown == [("h network out", "100%", True), ("h network in", "0%", False)]
