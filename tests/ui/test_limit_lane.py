"""The lane of limits: which of them it shows, what it calls them, and what of a run."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Limit, simulate
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.study.series import SeriesReader
from designer.ui.parts.theme import Theme
from designer.ui.plots.lanes import HeatLane
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


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_marked_heights_are_hairlines_and_ends_of_a_plot_have_none(qtbot: QtBot, mode: str) -> None:
    theme = Theme(mode)
    lane = LimitLane(theme)
    qtbot.addWidget(lane)
    lane.resize(600, 80)
    lane.axis.show_labels(0.0, 1.1, [(0.0, "0"), (0.5, "50%"), (1.0, "100%"), (1.1, "110%")])
    plot = lane.plot
    image, hairline = plot.viewport().grab().toImage(), theme.color("hairline").rgb()
    column = [image.pixel(image.width() // 2, y) == hairline for y in range(image.height())]
    assert column.count(True) == 2
    assert [column[round((1.0 - part / 1.1) * plot.viewport().height())] for part in (0.5, 1.0)] == [True, True]


def test_that_hosts_without_data_are_hatched_over_time(qtbot: QtBot) -> None:
    theme = Theme("light")
    lane = HeatLane(theme)
    qtbot.addWidget(lane)
    lane.resize(600, 80)
    lane.plot.set_time(10.0, 0.0, 2.0)
    cells = np.array([[255, 255], [100, 200]], np.uint8)
    lane._image.setImage(cells, levels=(0, 255), autoLevels=False, lut=lane._lookup())
    lane._image.setRect(QRectF(0, 0, 10.0, 2.0))
    lane._ground.setRect(QRectF(0, 0, 10.0, 2.0))
    image = lane.plot.viewport().grab().toImage()
    half = image.height() // 2
    seen = [
        {image.pixelColor(x, y).name() for x in range(2, image.width() - 2) for y in rows}
        for rows in (range(2, half - 2), range(half + 2, image.height() - 2))
    ]
    hatched = {theme.color("no_data").name(), theme.color("no_data.hatch").name()}
    assert sorted(map(hatched.__eq__, seen)) == [False, True]
    assert not any(hatched & some for some in seen if some != hatched)
