"""Runs kept with the design, in the window: after opening the file they are there again, without running."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from designer.assets import asset
from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.settings import Settings
from designer.store.file import project_file
from designer.study.curves import curves_of
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.canvas.view.camera import Look
from designer.ui.parts.theme import Theme
from designer.ui.run.lanes import Lanes
from designer.ui.run.runs_dialog import RunsDialog
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.store.designs import spoil
from tests.ui.named import named
from tests.ui.test_window import answering

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, engine: EngineHost, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Opens windows, one after the other, as a program that is started again."""
    made: list[Window] = []

    def make(path: Path | None = None) -> Window:
        close()
        settings = Settings(tmp_path / "settings.json")
        frame = MainFrame(theme, settings)
        window = Window(frame, Session(Project(KINDS, LINKS)), theme, settings, engine)
        qtbot.addWidget(frame, before_close_func=lambda f: setattr(f, "may_close", lambda: True))
        with qtbot.waitExposed(frame):
            frame.show()
        made.append(window)
        if path is not None:
            assert window.files.open(path)
        window.add_lanes(Lanes)
        return window

    def close() -> None:
        for window in made:
            if window.session.run is not None:
                window.session.run.dispose()
            for timer in window.control.findChildren(QTimer):
                timer.stop()
            window.files.close()
            window.frame.hide()
        made.clear()

    yield make
    close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.clouddesign"
    rows = project_file.load(asset("examples/web-shop.clouddesign")).rows
    design = Project(KINDS, LINKS, rows)
    edit.change(design, [ROOT_ID], {"until_h": 4.0})
    project_file.save(path, design.rows())
    return path


def shown(window: Window) -> Run:
    run = window.session.run
    assert run is not None
    return run


def finish(qtbot: QtBot, window: Window, fail: str = "") -> Run:
    """Run the design to its end at full speed, with a failure at first when one is named."""
    window.control.speed = math.inf
    window.control.start(paused=True)
    run = shown(window)
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)
    if fail:
        window.control.step()
        qtbot.waitUntil(lambda: run.time_s > 0)
        window.control.fail([named(window, fail)])
        qtbot.waitUntil(lambda: len(run.requests) == 1)
    window.control.play()
    qtbot.waitUntil(lambda: bool(run.digest))
    return run


def kept(qtbot: QtBot, window: Window, count: int = 1) -> None:
    qtbot.waitUntil(lambda: len(window.runs.aside.runs) == count and all(
        run.design_sha256 for run in window.runs.aside.runs))  # fmt: skip


def looked_at(qtbot: QtBot, window: Window) -> Run:
    """The saved run that is shown."""
    qtbot.waitUntil(lambda: window.session.run is not None)
    run = shown(window)
    qtbot.waitUntil(lambda: bool(run.digest or run.message))
    assert run.message == ""
    return run


def test_that_opening_the_file_shows_the_last_run_without_running_again(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    run = finish(qtbot, window, "ap-south-1b")
    kept(qtbot, window)
    assert not window.session.modified
    assert window.files.save()
    series, rows, figures = run.view.series(), [row.text for row in run.view.log()], run.view.summary()
    assert series is not None
    window.control.scrub(7200.0)
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == 7200.0)
    frame, digest, requests = run.view.frame, run.digest, run.requests
    again = opened(shop)
    given = looked_at(qtbot, again)
    assert (given.digest, given.requests, given.stale) == (digest, requests, False)
    assert given.state is RunState.FINISHED
    assert [row.text for row in given.view.log()] == rows
    assert given.view.summary() == figures
    reread = given.view.series()
    assert reread is not None
    assert np.array_equal(reread["asked_frac"], series["asked_frac"], equal_nan=True)
    again.control.scrub(7200.0)
    qtbot.waitUntil(lambda: given.view.frame is not None and given.view.frame.time_s == 7200.0)
    assert frame is not None and given.view.frame is not None
    assert np.array_equal(given.view.frame.heat, frame.heat, equal_nan=True)
    assert np.array_equal(given.view.frame.state, frame.state)
    qtbot.waitUntil(lambda: again.canvas.view.brush.live is not None)
    lanes = again.panels.lanes
    assert isinstance(lanes, Lanes)
    lanes.refresh()
    assert lanes.isVisible()
    assert not again.session.modified


def test_that_fail_now_in_the_reopened_run_is_a_branch_that_is_kept_in_its_turn(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    finish(qtbot, window)
    kept(qtbot, window)
    window.files.save()
    again = opened(shop)
    given = looked_at(qtbot, again)
    first = given.digest
    again.control.set_speed(math.inf)
    again.control.scrub(7200.0)
    again.control.fail([named(again, "host-a1")])
    qtbot.waitUntil(lambda: given.digest not in ("", first) and given.state is RunState.FINISHED)
    qtbot.waitUntil(lambda: [run.digest for run in again.runs.aside.runs] == [given.digest])
    assert len(given.requests) == 1


def test_that_the_lanes_say_that_a_saved_run_is_being_opened(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    said: list[str] = []

    def note(window: Window) -> None:
        lanes = window.panels.lanes
        assert isinstance(lanes, Lanes)
        said.extend((lanes.empty.text(), window.run_bar.about.text(), window.status.advice.whole))
        assert lanes.button.isHidden()

    window.session.run_changed.connect(lambda: note(window))
    finish(qtbot, window)
    assert said[0] == "Preparing the run …"
    kept(qtbot, window)
    window.files.save()
    said.clear()
    again = opened(shop)
    again.session.run_changed.connect(lambda: note(again))
    looked_at(qtbot, again)
    opens = "Opening the saved run"
    assert said == [f"{opens} …", "opening the saved run …", f"{opens}; it does not run again"]


def test_that_the_runs_say_which_of_them_the_file_holds(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    finish(qtbot, window)
    kept(qtbot, window)
    dialog = RunsDialog(window.runs, window.frame)
    qtbot.addWidget(dialog)
    assert "; saving the design writes it to the file." in dialog.said.text()
    window.runs.save("calm")
    assert window.files.save()
    assert " in the file." in dialog.said.text()
    finish(qtbot, window, "ap-south-1b")
    kept(qtbot, window, 2)
    assert "; saving the design writes 1 of them to the file." in dialog.said.text()
    assert window.files.save()
    assert " in the file." in dialog.said.text()
    again = opened(shop)
    looked_at(qtbot, again)
    assert again.runs.unwritten == 0


def test_that_a_run_of_an_older_design_is_marked_stale(qtbot: QtBot, opened: Callable[..., Window], shop: Path) -> None:
    window = opened(shop)
    finish(qtbot, window)
    kept(qtbot, window)
    project, run = window.session.project, window.session.run
    edit.move(project, project.children(ROOT_ID)[:1], (8.0, 0.0))
    assert run is not None and not run.stale  # the same would come of it
    edit.rename(project, named(window, "host-a1"), "another")
    assert run.stale
    project.undo()
    assert not run.stale
    window.session.flush()
    assert window.run_bar.about.text() != "design changed since"
    project.redo()
    assert run.stale
    window.session.flush()
    window.files.save()
    again = opened(shop)
    given = looked_at(qtbot, again)
    assert given.stale
    assert given.view.name(named(again, "another")) == "host-a1"
    again.run_bar.refresh()
    assert again.run_bar.about.text() == "design changed since"


def test_that_a_saved_run_is_named_compared_shown_and_deleted(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened(shop)
    dialog = RunsDialog(window.runs, window.frame)
    qtbot.addWidget(dialog)
    dialog.show()
    assert "No saved run yet" in dialog.said.text()
    assert not dialog.buttons["Show"].isEnabled()
    finish(qtbot, window)
    kept(qtbot, window)
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("<b>calm</b>", True))
    dialog._fill()
    QTest.mouseClick(dialog.buttons["Save This Run …"], Qt.MouseButton.LeftButton)
    assert [run.label for run in window.runs.aside.runs] == ["<b>calm</b>"]
    assert window.session.modified
    finish(qtbot, window, "ap-south-1b")
    kept(qtbot, window, 2)
    assert dialog.list.count() == 2
    assert dialog.list.item(1).text().startswith("<b>calm</b>\n04:00, seed ")
    dialog.list.selectAll()
    headers = [dialog.figures.horizontalHeaderItem(n).text() for n in range(dialog.figures.columnCount())]
    assert headers[:3] == ["Element", "Figure", "<b>calm</b>"]  # the oldest first
    assert headers[4] == "Difference"

    def texts() -> list[list[str]]:
        return [[dialog.figures.item(row, n).text() for n in range(5)] for row in range(dialog.figures.rowCount())]

    assert dialog.only_different.isChecked()
    different = texts()
    assert different
    assert all(line[1] != "Length" and line[2] != line[3] and line[4][:1] in ("+", "−", "") for line in different)
    energy = next(line for line in different if line[:2] == ["Whole design", "Energy of hosts"])
    assert energy[4].startswith("−")  # a zone is down
    assert energy[4].endswith("kWh")
    assert not dialog.caution.isVisible()
    dialog.only_different.setChecked(False)
    assert ["Whole design", "Length", "4 h", "4 h", ""] in texts()
    assert len(texts()) > len(different)
    before = shown(window)
    dialog.list.clearSelection()
    dialog.list.item(1).setSelected(True)
    QTest.mouseClick(dialog.buttons["Show"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.run is not before)
    given = looked_at(qtbot, window)
    assert given.requests == ()
    dialog.show()
    dialog.list.item(1).setSelected(True)
    QTest.mouseClick(dialog.buttons["Delete"], Qt.MouseButton.LeftButton)
    assert all(not run.label for run in window.runs.aside.runs)


def test_that_runs_are_laid_over_each_other_and_different_lengths_are_told(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    runs = []
    for hours in (0.5, 1.0):
        edit.change(window.session.project, [ROOT_ID], {"until_h": hours})
        window.session.flush()
        finish(qtbot, window)
        kept(qtbot, window, len(runs) + 1)
        runs.append(window.runs.aside.runs[-1])
        window.runs.set_label(runs[-1].id, f"{hours} h")
    curves = [curves_of(run) for run in runs]
    assert [one.edges_s[-1] for one in curves] == [1800.0, 3600.0]
    assert [set(one.running) for one in curves] == [{309.0}, {309.0}]
    assert 0.4 < curves[1].used.mean() < 0.6
    assert not curves[0].dropped_rps.any()
    window.actions["run.runs"].trigger()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, RunsDialog)
    dialog.list.selectAll()
    assert dialog.caution.text().startswith("The runs differ in length (30 min and 1 h): totals")
    assert dialog.caution.isVisible()
    used, dropped, running = dialog._overlay.lanes
    assert [entry.name for entry in used.legend.entries] == ["0.5 h", "1.0 h"]
    assert used.isVisible()
    assert not dropped.isVisible()  # neither run drops any
    assert [entry.value for entry in running.legend.entries] == ["309", "309"]
    (x0, _), (x1, _) = (curve.getData() for curve in used._curves._curves)
    assert (x0[-1], x1[-1]) == (1800.0, 3600.0)
    dialog.close()


def test_that_a_held_run_can_be_kept_and_goes_on_after_opening(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    window.control.start(paused=True)
    run = shown(window)
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)
    assert not window.runs.can_save
    window.control.step()
    qtbot.waitUntil(lambda: run.time_s > 0)
    window.runs.save("half way")
    kept(qtbot, window)
    window.files.save()
    time_s = run.time_s
    again = opened(shop)
    given = looked_at(qtbot, again)
    assert (given.state, given.time_s) == (RunState.PAUSED, time_s)
    again.control.set_speed(math.inf)
    again.control.play()
    qtbot.waitUntil(lambda: given.state is RunState.FINISHED)
    whole = finish(qtbot, again)
    assert given.digest == whole.digest


def test_that_no_run_is_kept_unasked_where_that_is_not_wanted(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    dialog = RunsDialog(window.runs, window.frame)
    qtbot.addWidget(dialog)
    dialog.limit.setValue(0)
    finish(qtbot, window)
    dialog.limit.setValue(20)
    second = finish(qtbot, window, "ap-south-1b")
    kept(qtbot, window)
    assert [run.digest for run in window.runs.aside.runs] == [second.digest]


def test_that_the_file_remembers_how_the_design_was_looked_at(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    host = named(window, "host-a1")
    view = window.canvas.view
    at, middle = view.world.rect(view.world.row_of[host]).center(), view.rect().center()
    view._take(Look(1.75, middle.x() - 1.75 * at.x(), middle.y() - 1.75 * at.y()))
    window.strip.layers.actions_of["network"].setChecked(False)
    window.strip.color_by.setCurrentIndex(window.strip.color_by.findData("steal"))
    window.canvas.set_color_by("steal")
    window.session.select([host])
    window.outline.set_expanded([named(window, "ap-south-1")])
    assert isinstance(window.panels.lanes, Lanes)
    window.panels.lanes.choose(["power", "steal"], "host")
    assert not window.session.modified
    assert window.files.save()
    place = window.canvas.view_state()
    window.strip.layers.actions_of["network"].setChecked(True)
    window.panels.lanes.choose(["load"], "zone")
    again = opened(shop)
    qtbot.waitUntil(lambda: again.session.selection == (host,))
    assert again.canvas.view_state() == pytest.approx(place, abs=2.0)
    assert "network" not in again.strip.layers.shown()
    assert (again.strip.color_by.currentData(), again.canvas.view.colors.color_by) == ("steal", "steal")
    assert again.outline.expanded() == [named(again, "ap-south-1")]
    assert isinstance(again.panels.lanes, Lanes)
    assert (set(again.panels.lanes.choice()[0]), again.panels.lanes.choice()[1]) == ({"steal", "power"}, "host")


def test_that_a_smaller_window_shows_at_least_what_was_seen(opened: Callable[..., Window], shop: Path) -> None:
    window = opened(shop)
    view = window.canvas.view
    window.frame.resize(1440, 900)
    QApplication.processEvents()
    view.show_point(1.5, view.world.bounds().center())
    seen, place = view.to_drawing(QPoint(0, 0)), window.canvas.view_state()
    assert window.files.save()
    again = opened(shop)
    QApplication.processEvents()
    for width, height in ((1024, 700), (1100, 620), (1440, 900)):
        again.frame.resize(width, height)
        QApplication.processEvents()
        inner = again.canvas.view.rect().adjusted(-1, -1, 1, 1)
        assert inner.contains(again.canvas.view.pixel_of(seen).toPoint()), width
        assert again.canvas.view_state() == place  # which a larger window shows as it was
    assert again.canvas.view.scale_now == pytest.approx(1.5, rel=0.01)
    again.canvas.view.zoom_by(1.25)
    again.frame.resize(1024, 700)
    QApplication.processEvents()
    assert again.canvas.view.scale_now == pytest.approx(1.875, rel=0.01)
    assert not again.session.modified


def test_that_leaving_without_saving_asks_when_a_run_was_named(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path
) -> None:
    window = opened(shop)
    finish(qtbot, window)
    kept(qtbot, window)
    assert window.files.may_leave()
    window.runs.save("for the review")
    asked = answering(QMessageBox.StandardButton.Cancel)
    assert not window.files.may_leave()
    assert asked.over() == ["shop has changes that are not saved."]
    window.files.save()
    assert window.files.may_leave()


def test_that_a_damaged_run_is_told_and_the_design_is_there(
    qtbot: QtBot, opened: Callable[..., Window], shop: Path, tmp_path: Path
) -> None:
    window = opened(shop)
    finish(qtbot, window)
    kept(qtbot, window)
    window.files.save()
    copy = tmp_path / "spoiled.clouddesign"
    copy.write_bytes(shop.read_bytes())
    spoil(copy, "UPDATE run_block SET data = x'00' WHERE name = 'allocated'")
    again = opened()
    said: list[Any] = []
    again.session.told.connect(said.append)
    assert again.files.open(copy)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].startswith("A saved run in the file is damaged")
    assert named(again, "host-a1")
    assert again.session.run is None


def test_that_lane_and_form_show_the_credits_of_a_t_type(
    qtbot: QtBot, opened: Callable[..., Window], tmp_path: Path
) -> None:
    path, design = tmp_path / "burst.clouddesign", Project(KINDS, LINKS)
    zone = edit.place(design, "zone", edit.place(design, "region"))
    given = {"instance_type": "t2.nano", "vcpus": 1, "load_frac": 0.5, "name": "burst"}
    edit.place(design, "vm", zone, **given, credits_at_start=24.0)  # 54 credits, 27 less each hour
    edit.change(design, [ROOT_ID], {"until_h": 4.0})
    project_file.save(path, design.rows())
    window = opened(path)
    lanes = window.panels.lanes
    assert isinstance(lanes, Lanes)
    lanes.choose(["credits"], "zone")
    window.session.select([named(window, "burst")])
    run = finish(qtbot, window)
    window.control.scrub(3600.0)
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == 3600.0)
    lanes.refresh()
    assert [(e.name, e.value, e.red) for e in lanes.lanes["credits"].legend.entries] == [("burst", "27", False)]
    assert run.view.credits(named(window, "burst"), 3600.0) == pytest.approx((27.0, 0.0))
    assert [row.text for row in run.view.log()] == ["burst used up its CPU credits"]
