"""The window of plots on a real run: views, a key that switches lines, spans with statistics, times, exports."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from pathlib import Path
from threading import Event, Thread, current_thread
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands.imports import import_machines
from designer.errors import ExportFileError, FileError
from designer.model.project import Project
from designer.study.headless import run_headless
from designer.study.results.reading import RunResults
from designer.study.results.spread import histogram, quantiles, shares, statistics
from designer.ui.parts.theme import Theme
from designer.ui.plots.explore.export import save_plot
from designer.ui.plots.explore.window import PlotsWindow
from designer.ui.shell.session import Session
from tests.waiting import HUNG_S

HOSTS = 12


@pytest.fixture(scope="module")
def ran() -> tuple[Project, RunResults]:
    """Twelve hosts with one VM each, the n-th asks for n + 1 twentieths of its host; and their run of two hours."""
    project = Project(KINDS, LINKS)
    hosts = [{"name": f"h{n}", "cores": 20, "mhz": 1000.0, "ram_mib": 65536.0} for n in range(HOSTS)]
    vms = [{"name": f"v{n}", "host": f"h{n}", "vcpus": n + 1, "mhz": 1000.0, "ram_mib": 1024.0, "demand": "constant",
            "load_frac": 1.0} for n in range(HOSTS)]  # fmt: skip
    import_machines(project, hosts, vms)
    return project, run_headless(project, until_s=7200.0).results


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme, ran: tuple[Project, RunResults]) -> Iterator[PlotsWindow]:
    """The window on the run, which is paused at its half."""
    session: Any = Session(ran[0])
    session.run = SimpleNamespace(view=SimpleNamespace(reader=lambda: lambda: ran[1]), shown_s=3600.0)
    made = PlotsWindow(session, theme)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: made.table() is not None)
    yield made


def key_texts(window: PlotsWindow) -> list[str]:
    return [window.key.item(n).text() for n in range(window.key.count())]


def test_that_many_elements_are_a_mean_a_band_and_the_highest_which_the_key_switches(shown: PlotsWindow) -> None:
    assert shown.what.currentText() == "CPU utilization: hosts"
    assert key_texts(shown) == [f"mean of {HOSTS}", *(f"h{n}" for n in range(11, 4, -1))]
    assert len(shown.chart._curves) == 8
    shown.key.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert len(shown.chart._curves) == 7 and shown.chart.hidden == {11}
    found = shown.shown_statistics()
    assert found is not None and found.most == pytest.approx(0.55, abs=0.01)
    shown.key.item(1).setCheckState(Qt.CheckState.Checked)
    found = shown.shown_statistics()
    assert found is not None and (found.least, found.most) == pytest.approx((0.05, 0.6), abs=0.01)
    assert "mean 32.5%" in shown.said.text() and "00:00 to 02:00" in shown.said.text()


def test_that_words_at_the_ends_of_axes_have_room(shown: PlotsWindow) -> None:
    chart = shown.chart
    area, high = chart.getViewBox().mapRectToScene(chart.getViewBox().boundingRect()), chart.fontMetrics().height()
    assert area.top() >= high / 2 - 3
    assert chart.sceneRect().right() - area.right() >= high / 2


def test_that_a_time_is_pointed_at_and_dragged_and_a_span_has_its_own_statistics(shown: PlotsWindow) -> None:
    moved: list[float] = []
    shown.scrubbed.connect(moved.append)
    assert shown.chart.head.value() == 3600.0
    shown.chart.head.setValue(1800.0)
    shown.chart.head.sigDragged.emit(shown.chart.head)
    assert moved == [1800.0]
    shown.chart.pointed.emit(600.0)
    assert key_texts(shown)[1] == "h11   60%"
    shown.select.setChecked(True)
    shown.chart.span.setRegion((1800.0, 3600.0))
    assert "00:30 to 01:00" in shown.said.text()
    shown.select.setChecked(False)
    assert "00:00 to 02:00" in shown.said.text()


@pytest.mark.parametrize("place", [1, 3])
def test_that_each_view_is_exported_light_with_title_and_key_and_as_a_table(
    shown: PlotsWindow, place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.view.setCurrentIndex(place)
    for end in ("png", "svg", "csv"):
        target = str(tmp_path / f"p.{end}")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, named=target: (named, ""))
        shown.export.click()
    image = QImage(str(tmp_path / "p.png"))
    assert image.width() == 2400 and image.pixelColor(1, 1).lightness() > 200
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(1280, 2400)[130:1200, 200:]
    drawn = np.flatnonzero((pixels != pixels[0, 0]).any(axis=0))
    assert drawn[-1] - drawn[0] > 1800  # the plot takes the whole width
    root = ElementTree.fromstring((tmp_path / "p.svg").read_bytes())
    texts = [node.text for node in root.iter() if node.tag.endswith("}text")]
    assert f"CPU utilization, {shown.view.currentText()}" in texts
    rows = (tmp_path / "p.csv").read_text("utf-8").splitlines()
    assert rows[0].split(",")[:2] == ["time_s", "h0 asked_frac"] and len(rows) == shown.chart.table.edges_s.size  # type: ignore[union-attr]
    assert float(rows[1].split(",")[1]) == pytest.approx(0.05, abs=0.01)
    with pytest.raises(ExportFileError):
        save_plot(shown.chart, tmp_path / "p.gif")


def test_that_only_what_adds_up_is_stacked_and_marks_of_time_are_round(shown: PlotsWindow) -> None:
    shown.view.setCurrentIndex(2)
    assert shown.chosen_view == "lines"  # percents do not add up
    shown.what.setCurrentText("Power: hosts [W]")
    shown.view.setCurrentIndex(2)
    assert shown.chosen_view == "stack" and key_texts(shown)[0] == "all others"
    low, high = shown.chart.getViewBox().viewRange()[1]
    total = float(np.asarray(shown.table().values).sum(axis=1).max())  # type: ignore[union-attr]
    assert low == 0.0 and high == pytest.approx(total * 1.05)
    assert shown.chart.below.tickSpacing(0.0, 7200.0, 800.0)[0][0] == 900.0


def test_that_statistics_histograms_and_shares_weigh_values_by_time() -> None:
    edges, values = np.array([0.0, 10.0, 20.0, 50.0]), np.array([[1.0], [np.nan], [3.0]])
    found = statistics(edges, values, 5.0, 30.0)
    assert found is not None
    assert (found.mean, found.integral, found.p50, found.most) == (pytest.approx(35.0 / 15.0), 35.0, 3.0, 3.0)
    assert statistics(edges, values, 10.0, 20.0) is None and statistics(edges, values, 60.0, 70.0) is None
    places, parts = histogram(edges, values, 2)
    assert places.tolist() == [1.0, 2.0, 3.0] and parts.tolist() == [0.25, 0.75]
    assert shares(edges, values, 2)[1].tolist() == [0.0, 0.25, 1.0]
    flat = np.arange(100.0)
    assert quantiles(flat, np.ones(100)) == quantiles(np.append(flat, -1.0), np.append(np.ones(100), 1e-9))
    assert quantiles(flat, np.ones(100)) == (49.0, 94.0, 98.0)


def test_that_a_window_opened_before_anything_is_recorded_shows_what_comes(
    qtbot: QtBot, theme: Theme, ran: tuple[Project, RunResults]
) -> None:
    session: Any = Session(ran[0])
    recorded: list[RunResults | None] = [None]
    read_by: list[Thread] = []

    def read() -> RunResults | None:
        read_by.append(current_thread())
        return recorded[0]

    session.run = SimpleNamespace(view=SimpleNamespace(reader=lambda: read), shown_s=0.0)
    made = PlotsWindow(session, theme)
    qtbot.addWidget(made)
    qtbot.waitUntil(lambda: made.said.text() == "Press Run to see load over time.")
    recorded[0] = ran[1]
    made.follow()
    made.follow()  # asked for while it is read
    qtbot.waitUntil(lambda: made.what.currentText() == "CPU utilization: hosts")
    qtbot.waitUntil(lambda: len(read_by) == 3)
    assert current_thread() not in read_by
    assert len(key_texts(made)) == 8
    shown = made.table()
    recorded[0] = copy(ran[1])
    made.follow()
    qtbot.waitUntil(lambda: len(read_by) == 4)
    qtbot.waitUntil(lambda: not made._reading)
    assert made.table() is shown  # nothing is worked out anew, least of all by the window


def test_that_what_is_asked_for_while_a_reading_fails_is_read_after_it(
    qtbot: QtBot, theme: Theme, ran: tuple[Project, RunResults]
) -> None:
    session: Any = Session(ran[0])
    asked, reads = Event(), [0]

    def read() -> RunResults | None:
        reads[0] += 1
        if reads[0] > 1:
            return ran[1]
        asked.wait(HUNG_S)
        raise FileError("The results cannot be read now.")

    session.run = SimpleNamespace(view=SimpleNamespace(reader=lambda: read), shown_s=0.0)
    made = PlotsWindow(session, theme)
    qtbot.addWidget(made)
    made.follow()
    asked.set()
    qtbot.waitUntil(lambda: made.what.currentText() == "CPU utilization: hosts")
    assert reads == [2]
