"""A run in the window: buttons, time line, lanes, events, findings, result, and the drawing that follows."""

from __future__ import annotations

import csv
import itertools
import math
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from designer import units
from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.commands import blueprints as placing
from designer.commands import edit
from designer.model.project import Project
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.study.frames import ElementState
from designer.study.headless import run_headless
from designer.study.states import RunState
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.canvas.world.sets import load_text, shorter
from designer.ui.form.bars import lines_of
from designer.ui.parts.theme import Theme
from designer.ui.plots.lanes import FIRST_SHOWN, LANES, LoadLane
from designer.ui.run.events_panel import as_text
from designer.ui.run.lanes import Lanes
from designer.ui.run.run_control import AUTO, pace
from designer.ui.run.timeline import tick_step_s
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.ui.named import named
from tests.waiting import HUNG_MS, turns, until

# The offscreen platform says of popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
LENGTH_S = 4 * 3600.0
FAIL_S = 2 * 3600.0


@pytest.fixture
def window(run_window: Window, session: Session) -> Window:
    with_demo(run_window)
    return run_window


def with_demo(window: Window) -> None:
    project = window.session.project
    window.files.open_example()
    edit.change(project, [project.root.id], {"until_h": LENGTH_S / 3600.0})
    window.session.flush()


@pytest.fixture(scope="module")
def watched(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window on the demo after `failed_run`, once for all tests that only look at it."""
    theme, engine = Theme("light"), EngineHost()
    theme.still = True
    theme.apply(qapp)
    session, settings = Session(Project(KINDS, LINKS)), Settings(tmp_path_factory.mktemp("watched") / "settings.json")
    frame = MainFrame(theme, settings)
    made = Window(frame, session, theme, settings, engine)
    made.add_lanes(Lanes)
    frame.resize(1440, 900)
    frame.show()
    made.control.speed = math.inf
    with_demo(made)
    failed_run(made)
    yield made
    made.control.pulse.stop()
    assert session.run is not None
    session.run.dispose()
    made.files.close()
    frame.may_close = lambda: True
    frame.close()
    frame.deleteLater()
    session.deleteLater()
    engine.stop()


@pytest.fixture
def ran(watched: Window, qtbot: QtBot) -> Iterator[Window]:
    """The window after `failed_run`, for a test that leaves design and run as they are."""
    run, steps = watched.session.run, len(watched.session.project.history.steps)
    assert run is not None
    digest = run.digest
    with qtbot.waitExposed(watched.frame):
        watched.frame.show()
    watched.frame.activateWindow()
    turns()
    yield watched
    assert watched.session.run is run and run.digest == digest
    assert len(watched.session.project.history.steps) == steps
    watched.panels.lanes.tabs.setCurrentIndex(0)
    watched.panels.lanes.result.kind.setCurrentIndex(0)
    watched.control.scrub(None)
    watched.session.select([])
    watched.canvas.view.zoom_to_fit(animated=False)
    watched.frame.hide()


def finish(window: Window) -> str:
    run = window.session.run
    assert run is not None
    until_shown(lambda: bool(run.digest))
    turns()
    return run.digest


def until_shown(ready: Callable[[], object]) -> None:
    """Wait until something is so, while the window goes on."""
    until(lambda: (turns(1), ready())[1])


def failed_run(window: Window) -> str:
    """Run to the end by the button, look back to 02:00 and let zone b fail there."""
    QTest.mouseClick(window.run_bar.play, Qt.MouseButton.LeftButton)
    first = finish(window)
    window.control.scrub(FAIL_S)
    window.session.select([named(window, "ap-south-1b")])
    window.actions["run.fail"].trigger()
    run = window.session.run
    assert run is not None
    until_shown(lambda: run.digest not in ("", first))
    until_shown(lambda: window.panels.lanes.marks.failures == (FAIL_S,))  # the panel looks at the run at intervals
    turns()
    return run.digest


@pytest.mark.parametrize("days", [0.001, 0.25, 1.0, 7.0, 365.0, 1372.5, 1e6])
def test_that_the_texts_of_the_time_line_never_meet(days: float) -> None:
    for width, text in ((200, 40), (900, 60), (1800, 90)):
        step_s = tick_step_s(days * 86_400, width, text)
        assert step_s / (days * 86_400) * width >= max(70, text)


def test_that_the_clock_is_seen_whole_beside_whatever_is_said_of_the_run(window: Window, qtbot: QtBot) -> None:
    bar = window.run_bar
    for about in ("design changed since", "looking back from 1d 00:00", "preparing the engine … 43%", "of 1d   seed 1"):
        bar.clock.setText("1d 00:00:00")
        bar.about.setText(about)
        turns()
        assert bar.clock.width() >= bar.clock.sizeHint().width()
        assert bar.about.height() >= bar.about.heightForWidth(bar.about.width())


def test_that_the_window_and_the_command_line_give_the_same_numbers(ran: Window) -> None:
    run = ran.session.run
    assert run is not None
    done = run_headless(ran.session.project, events=run.requests)
    assert run.digest == done.digest
    assert run.view.summary() == done.summary


def test_that_a_zone_in_which_nothing_runs_is_not_said_to_have_failed(window: Window, qtbot: QtBot) -> None:
    edit.place(window.session.project, "zone", named(window, "ap-south-1"), name="spare")
    window.session.flush()
    failed_run(window)
    lanes = window.panels.lanes
    assert isinstance(lanes, Lanes)
    lanes.refresh()
    shown = {entry.name: (entry.value, entry.red) for entry in lanes.lanes["used"].legend.entries}
    assert shown["spare"] == ("–", False)
    assert shown["ap-south-1b"] == ("failed", True)


def test_that_lanes_that_follow_a_run_turn_by_turn_show_what_they_show_at_once(ran: Window, qtbot: QtBot) -> None:
    lanes = ran.panels.lanes
    assert isinstance(lanes, Lanes)

    def shown() -> dict[str, list[tuple[str, str]]]:
        return {name: [(e.name, e.value) for e in lane.legend.entries] for name, lane in lanes.lanes.items()}

    ran.control.scrub(FAIL_S - 1800.0)
    lanes.refresh()
    before = shown()
    ran.control.scrub(FAIL_S + 1800.0)
    lanes.refresh()
    after = shown()
    assert after != before
    ran.control.scrub(FAIL_S - 1800.0)
    qtbot.waitUntil(lambda: shown() == before, timeout=HUNG_MS)
    assert ran.session.run is not None
    ran.control.scrub(FAIL_S + 1800.0)
    lanes.follow()
    qtbot.waitUntil(lambda: shown() == after, timeout=HUNG_MS)
    ran.control.scrub(FAIL_S - 1800.0)
    lanes.follow()
    lanes.refresh()  # shows the rest of what `follow` has begun
    assert shown() == before


def test_that_lanes_open_and_agree_with_the_series(window: Window, qtbot: QtBot) -> None:
    assert not window.panels.lanes_box.isVisible()
    failed_run(window)
    assert window.panels.lanes_box.isVisible()
    high = window.panels.lanes_box.height()
    window.frame.resize(1440, 720)
    assert window.panels.lanes_box.height() < high
    window.frame.resize(1440, 900)
    run, lanes = window.session.run, window.panels.lanes
    assert run is not None
    assert isinstance(lanes, Lanes)
    at = FAIL_S + 1800.0
    window.control.scrub(at)
    lanes.refresh()
    series = run.view.series()
    assert series is not None
    step = int(at / run.spec.sample_s)
    zones = series.of_kind("zone")
    shown = {entry.name: entry.value for entry in lanes.lanes["used"].legend.entries}
    for zone in zones:
        value = series["asked_frac"][step, zone]
        assert shown[series.names[zone]] == ("failed" if np.isnan(value) else f"{value * 100:.0f}%")
    counts = {entry.name: entry.value for entry in lanes.lanes["counts"].legend.entries}
    assert counts == {"running": "213", "restarting": "0", "waiting": "96", "lost": "0"}
    requests = {entry.name: entry.value for entry in lanes.lanes["requests"].legend.entries}
    assert requests["dropped"] == "0"
    # the curve of a zone is the series, thinned only where there are more steps than pixels
    x, y = lanes.lanes["used"]._curves._curves[0].getData()
    assert np.nanmax(y) == pytest.approx(np.nanmax(series["asked_frac"][:, zones[0]]), rel=1e-6)
    assert x.max() == pytest.approx(LENGTH_S)


def test_that_events_say_what_the_log_says_and_a_click_goes_there(ran: Window, qtbot: QtBot) -> None:
    run, lanes = ran.session.run, ran.panels.lanes
    assert run is not None
    assert isinstance(lanes, Lanes)
    view = lanes.events.list
    model = view.model()
    qtbot.waitUntil(lambda: model.rowCount() == len(run.view.log()))
    said = [model.index(n, 0).data() for n in range(model.rowCount())]
    assert said == [as_text(row) for row in reversed(run.view.log())]
    assert said[-1].startswith("02:00:00  ap-south-1b failed")
    last = model.index(model.rowCount() - 1, 0)
    view.scrollTo(last)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(last).center())
    assert run.scrubbed_s == FAIL_S
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == FAIL_S)


def test_that_findings_and_result_are_those_of_the_run(window: Window, qtbot: QtBot) -> None:
    project, shop = window.session.project, named(window, "shop")
    edit.change(project, [shop], {"slo_frac": 0.999})
    vpc = edit.place(project, "vpc", project.of_kind("region")[0].id)
    subnet = next(e for e in project.of_kind("subnet") if project.children(e.id))
    edit.connect(project, "in_vpc", subnet.id, vpc)
    edit.change(project, [vpc], {"cidr": subnet.__dict__["cidr"]})
    edit.change(project, project.children(subnet.id)[:2], {"needs_internet": True})
    failed_run(window)
    run, lanes = window.session.run, window.panels.lanes
    assert run is not None
    assert isinstance(lanes, Lanes)
    window.control.scrub(None)
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == LENGTH_S)
    lanes._drawn = ()
    lanes.refresh()
    texts = [lanes.findings.list.item(n).text() for n in range(lanes.findings.list.count())]
    assert lanes.tabs.tabText(1) == f"Findings  {len(texts)}"
    assert any(text.startswith("shop dropped requests") for text in texts)
    assert any(text.startswith("shop missed its SLO") and text.endswith("99.9% promised") for text in texts)
    assert any(text.startswith("2 VMs did not reach the internet") and "no internet gateway" in text for text in texts)
    assert any(text.startswith("96 VMs wait for a place") for text in texts)
    lanes.tabs.setCurrentIndex(2)
    lanes.result.refresh()
    lanes.result.copy()
    rows = list(csv.reader(StringIO(QGuiApplication.clipboard().text())))
    by_name = {row.name: row for row in run.view.summary()}
    energy = next(n for n, title in enumerate(rows[0]) if title.startswith("Energy"))
    assert float(rows[1][energy]) == by_name["Whole design"].values["Energy of hosts"][0]
    lanes.result.model.rows[0] = replace(lanes.result.model.rows[0], name="=cmd|' /C calc'!A0")
    lanes.result.copy()
    assert QGuiApplication.clipboard().text().splitlines()[1].startswith("'=cmd|")


def test_that_findings_of_a_run_say_when_and_a_click_goes_there(ran: Window) -> None:
    run, panel = ran.session.run, ran.panels.lanes.findings
    assert run is not None
    ran.session.findings.look_at(run)
    texts = [panel.list.item(n).text() for n in range(panel.list.count())]
    n = next(n for n, text in enumerate(texts) if text.startswith("shop dropped requests"))
    assert texts[n].splitlines()[1].startswith("From 02:00. ")
    panel.list.itemClicked.emit(panel.list.item(n))
    assert run.scrubbed_s == pytest.approx(FAIL_S, abs=run.spec.sample_s)
    assert ran.session.selection == (named(ran, "shop"),)


def test_that_the_result_is_read_at_its_width_totals_first(
    ran: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = ran.panels.lanes.result
    ran.panels.lanes.tabs.setCurrentWidget(panel)
    qtbot.waitUntil(lambda: panel.sheet.isVisible() and panel.sheet_model.rowCount() > 0)
    lines = [[panel.sheet_model.index(n, k).data() for k in (0, 1)] for n in range(panel.sheet_model.rowCount())]
    assert lines[0] == ["Whole design", ""]
    assert ["Length", "4 h"] in lines
    assert ["shop", ""] in lines
    assert not panel.sheet.horizontalScrollBar().isVisible()
    measures, width = panel.sheet.fontMetrics(), panel.sheet.columnWidth(1)
    assert max(measures.horizontalAdvance(text) for _, text in lines) + 16 <= width
    panel.kind.setCurrentIndex(7)
    names, (title, _) = [row.name for row in panel.model.rows], next(iter(panel.model.rows[0].values.items()))
    monkeypatch.setattr("designer.ui.run.result_panel.LARGE_RUN", 0)  # a large run is read in the background
    panel.refresh(force=True)
    assert panel.model.rows == [] and not panel.table.isVisible()
    qtbot.waitUntil(lambda: panel.table.isVisible())
    assert [row.name for row in panel.model.rows] == names
    monkeypatch.undo()
    panel.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    values = [row.values[title][0] for row in panel.model.rows if title in row.values]
    assert values == sorted(values, reverse=True)
    panel.kind.setCurrentIndex(3)
    assert panel.table.isVisible()
    assert not panel.sheet.isVisible()
    panel.open_window()
    assert panel.window_shown is not None
    assert panel.window_shown.isVisible()
    assert panel.window_shown.result_table.model.rowCount() == 18
    assert not panel.window_shown.isModal()
    panel.window_shown.close()


def test_that_the_tip_of_an_event_has_all_of_it(ran: Window) -> None:
    model = ran.panels.lanes.events.model
    for n in range(model.rowCount()):
        row, tip = model.row(model.index(n)), model.index(n).data(Qt.ItemDataRole.ToolTipRole)
        assert row.text in tip
        assert row.detail in tip


def test_that_the_drawing_and_the_clock_follow_the_time_line(window: Window, qtbot: QtBot) -> None:
    failed_run(window)
    line, run, view = window.run_bar.line, window.session.run, window.canvas.view
    assert run is not None
    x = round(line.x_of(FAIL_S - 600.0))
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(x, line.height() - 10))
    assert run.scrubbed_s == pytest.approx(FAIL_S - 600.0, abs=LENGTH_S / line.width() * 2)
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == run.scrubbed_s)
    turns()
    row = view.world.row_of[named(window, "ap-south-1b")]
    assert view.brush.live is not None
    assert not view.brush.live.down[row]
    assert window.run_bar.clock.text().startswith("01:5") or window.run_bar.clock.text().startswith("01:4")
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: run.scrubbed_s is None)
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == LENGTH_S)
    turns()
    assert view.brush.live.down[row]
    guests = [g for fields in view.brush.live.guests.values() for g in fields if g.run_only]
    assert len(guests) == 7
    assert {g.state for g in guests} == {int(ElementState.RUNNING)}
    # instances that were launched belong to the run: the design has not grown, and they go with the run
    assert len(window.session.project.elements) == 348
    window.actions["run.stop"].trigger()
    assert window.session.run is None
    assert view.brush.live is None


def test_that_pause_step_and_resume_do_what_they_say(window: Window, qtbot: QtBot) -> None:
    window.control.speed = 3600.0
    window.actions["run.run"].trigger()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.time_s > 0)
    assert window.actions["run.run"].text() == "Pause"
    window.actions["run.run"].trigger()
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)
    at = run.time_s
    window.control.scrub(0.0)  # what the engine had said before it said this is heard by then
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == 0.0)
    window.control.scrub(None)
    assert run.time_s == at
    QTest.mouseClick(window.run_bar.step, Qt.MouseButton.LeftButton)
    step_end = (math.floor(at / run.spec.sample_s + 1e-9) + 1) * run.spec.sample_s
    qtbot.waitUntil(lambda: run.time_s == step_end)
    window.actions["run.run"].trigger()
    qtbot.waitUntil(lambda: run.time_s > step_end)
    QTest.mouseClick(window.run_bar.stop, Qt.MouseButton.LeftButton)
    assert run.state is RunState.CANCELLED


def test_that_an_edit_marks_the_run_stale_and_the_next_run_has_it(window: Window, qtbot: QtBot) -> None:
    window.actions["run.run"].trigger()
    finish(window)
    edit.delete(window.session.project, [named(window, "ap-south-1c")])
    window.session.flush()
    assert window.run_bar.about.text() == "design changed since"
    window.actions["run.run"].trigger()
    finish(window)
    assert window.session.run is not None
    assert "ap-south-1c" not in {row.name for row in window.session.run.view.summary()}


def test_that_a_killed_engine_is_a_sentence_and_the_design_is_untouched(
    window: Window, qtbot: QtBot, engine: EngineHost
) -> None:
    edit.change(window.session.project, [window.session.project.root.id], {"until_h": 24.0 * 30})
    window.session.flush()
    before = [dict(e.__dict__) for e in window.session.project.elements.values()]
    window.actions["run.run"].trigger()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.time_s > 0)
    assert engine.pid is not None
    with qtbot.waitSignal(window.session.refused) as refused:
        os.kill(engine.pid, signal.SIGKILL)
    assert refused.args == [
        "The simulation process stopped unexpectedly (signal 9, SIGKILL). "
        "The design is untouched; press Run to start again."
    ]
    assert window.run_bar.about.text() == "engine stopped"
    assert [dict(e.__dict__) for e in window.session.project.elements.values()] == before
    edit.change(window.session.project, [window.session.project.root.id], {"until_h": 1.0})
    window.actions["run.run"].trigger()
    finish(window)


def test_that_what_cannot_be_simulated_is_told_and_nothing_runs(window: Window, qtbot: QtBot) -> None:
    vm = next(e for e in window.session.project.of_kind("vm") if e.name.startswith("db-"))
    edit.change(window.session.project, [vm.id], {"demand": "trace"})
    with qtbot.waitSignal(window.session.refused) as refused:
        window.actions["run.run"].trigger()
    assert refused.args == [f"VM {vm.name}: its trace is missing; choose one, or another kind of load."]
    assert window.session.run is None


def test_that_a_vm_without_a_way_to_the_internet_is_marked_and_its_tip_says_why(window: Window, qtbot: QtBot) -> None:
    blueprint = blueprints()["vpc-public-private"]
    session, view = window.session, window.canvas.view
    placing.place(session.project, blueprint.text, blueprint.title)
    session.flush()
    view.zoom_to_fit(animated=False)
    made = {e.name: e.id for e in session.project.elements.values()}
    QTest.mouseClick(window.run_bar.play, Qt.MouseButton.LeftButton)
    first = finish(window)
    window.control.scrub(FAIL_S)
    window.control.fail([made["nat-a"]])
    qtbot.waitUntil(lambda: session.run is not None and session.run.digest not in ("", first))
    window.control.scrub(FAIL_S + 600.0)
    qtbot.waitUntil(lambda: view.brush.live is not None and bool(view.brush.live.offline))
    live, row_of = view.brush.live, view.world.row_of
    assert live is not None
    assert set(live.offline) == {row_of[made[f"app-a{n}"]] for n in (1, 2, 3)}
    tip = tip_of(view.brush, row_of[made["app-a1"]])
    assert "needs the internet and does not reach it. nat-a is down" in tip
    assert "internet" not in tip_of(view.brush, row_of[made["app-b1"]])
    window.control.scrub(FAIL_S - 600.0)
    qtbot.waitUntil(lambda: view.brush.live is not None and not view.brush.live.offline)


def test_that_what_a_lost_switch_cuts_off_is_marked_and_runs_on(window: Window, qtbot: QtBot) -> None:
    session, view = window.session, window.canvas.view
    zone = edit.place(session.project, "zone", edit.place(session.project, "region"))
    rack = edit.place(session.project, "rack", zone)
    switch = edit.place(session.project, "switch", rack, name="tor")
    edit.connect(session.project, "connects", switch, rack)
    host = edit.place(session.project, "host", rack)
    vm = edit.place(session.project, "vm", host, load_frac=0.5)
    session.flush()
    QTest.mouseClick(window.run_bar.play, Qt.MouseButton.LeftButton)
    first = finish(window)
    window.control.scrub(FAIL_S)
    window.control.fail([switch])
    qtbot.waitUntil(lambda: session.run is not None and session.run.digest not in ("", first))
    window.control.scrub(FAIL_S + 600.0)
    qtbot.waitUntil(lambda: view.brush.live is not None and bool(view.brush.live.unreached))
    live, row_of = view.brush.live, view.world.row_of
    assert live is not None
    assert live.unreached == {row_of[host]: "tor is down", row_of[vm]: "tor is down"}
    assert live.heat[row_of[vm]] == pytest.approx(0.5)
    assert "Cut off from the network; it runs on. tor is down" in tip_of(view.brush, row_of[vm])
    window.control.scrub(FAIL_S - 600.0)
    qtbot.waitUntil(lambda: view.brush.live is not None and not view.brush.live.unreached)


def test_that_the_control_plane_of_a_region_fails_in_a_run_and_recoveries_wait(window: Window, qtbot: QtBot) -> None:
    session = window.session
    region = edit.place(session.project, "region", name="north")
    vm = edit.place(session.project, "vm", edit.place(session.project, "zone", region), name="web")
    session.flush()
    QTest.mouseClick(window.run_bar.play, Qt.MouseButton.LeftButton)
    first = finish(window)
    window.control.scrub(FAIL_S)
    session.select([vm])
    assert not window.actions["run.fail_control"].isEnabled()
    session.select([region])
    window.actions["run.fail_control"].trigger()
    qtbot.waitUntil(lambda: session.run is not None and session.run.digest not in ("", first))
    second = session.run.digest if session.run is not None else ""
    window.control.scrub(FAIL_S + 60.0)
    window.control.fail([vm])
    qtbot.waitUntil(lambda: session.run is not None and session.run.digest not in ("", second))
    assert session.run is not None
    told = [(row.text, row.detail) for row in session.run.view.log() if row.element_id in (region, vm)]
    assert ("The control plane of north failed", "") in told
    assert told[-1] == ("web waits to boot", "The control plane of north is down")


# -- time to act


def test_that_what_is_gone_but_not_yet_told_to_the_panels_harms_none_of_them(window: Window, qtbot: QtBot) -> None:
    session = window.session
    failed_run(window)
    told = (session.frame_changed, session.run_changed, session.library_changed, session.findings.changed)
    signals = (*told, window.theme.changed)
    for kind in ("vm", "host", "zone", "region"):
        gone = [session.project.of_kind(kind)[0].id]
        session.select(gone)
        edit.delete(session.project, gone)
        assert session.pending
        window.frame.grab()
        for one in signals:
            one.emit()
        window.frame.grab()
        assert isinstance(window.panels.lanes, Lanes)
        window.panels.lanes.refresh()
        window.outline.refresh_load()
        for at in (QPoint(200, 200), QPoint(300, 250)):
            QTest.mouseMove(window.canvas.view, at)
        window.frame.grab()
        session.flush()
        assert not set(gone) & set(session.selection)
        session.project.undo()
        session.flush()


def test_that_a_run_starts_at_a_pace_that_leaves_time_to_act(window: Window, qtbot: QtBot) -> None:
    paces = {hours: pace(hours * 3600.0) for hours in (0.01, 1.0, 6.0, 24.0, 24.0 * 365)}
    assert paces == {0.01: 1.0, 1.0: 60.0, 6.0: 300.0, 24.0: 600.0, 24.0 * 365: 3600.0}
    window.control.set_speed(AUTO)
    window.control.start(paused=True)
    run = window.session.run
    assert run is not None
    assert run.speed == pace(run.until_s)
    window.control.set_speed(math.inf)
    assert run.speed == math.inf


def test_that_the_bar_offers_auto_first(window: Window) -> None:
    assert window.run_bar.speed.itemText(0) == "auto"


def test_that_keys_make_a_run_faster_and_slower_between_the_least_and_the_greatest_speed(window: Window) -> None:
    bar, usual = window.run_bar, pace(window.session.project.root.__dict__["until_h"] * 3600.0)
    faster, slower = (window.actions[f"run.{name}"].trigger for name in ("faster", "slower"))
    window.control.set_speed(AUTO)
    slower()
    assert window.control.speed < usual
    assert bar.speed.currentData() == window.control.speed
    for _ in range(20):
        faster()
    assert (window.control.speed, bar.speed.currentText()) == (math.inf, "max")
    for _ in range(20):
        slower()
    assert window.control.speed == bar.speed.currentData() == 1.0


@pytest.mark.parametrize("chosen", ["run.fail", ""])
def test_that_a_run_holds_while_a_menu_is_open_on_it(window: Window, qtbot: QtBot, chosen: str) -> None:
    window.control.set_speed(60.0)
    window.control.play()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    host = named(window, "host-a1")
    window.session.select([host])

    def is_held() -> bool:
        if QApplication.activePopupWidget() is None:  # the system takes a menu away when another window gets the focus
            window.canvas.view.context_menu_requested.emit(window.frame.geometry().center(), host)
        return run.state is RunState.PAUSED and QApplication.activePopupWidget() is not None

    qtbot.waitUntil(is_held)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    if chosen:
        menu.setActiveAction(window.actions[chosen])
        QTest.keyClick(menu, Qt.Key.Key_Return)
    else:
        QTest.keyClick(menu, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    qtbot.waitUntil(lambda: len(run.requests) == (1 if chosen else 0))
    window.control.cancel()


def test_that_a_run_holds_while_the_run_menu_is_open(window: Window, qtbot: QtBot) -> None:
    window.control.set_speed(60.0)
    window.control.play()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    bar, menu = window.menus.bar, window.menus.titled["Run"]

    def is_held() -> bool:
        if not menu.isVisible():
            QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(menu.menuAction()).center())
        return run.state is RunState.PAUSED and menu.isVisible()

    qtbot.waitUntil(is_held)
    turns()
    assert window.actions["run.run"].text() == "Pause"  # what goes on once the menu is closed can be paused
    assert window.run_bar.play.accessibleName() == "Pause"
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    qtbot.waitUntil(is_held)
    menu.setActiveAction(window.actions["run.run"])
    QTest.keyClick(menu, Qt.Key.Key_Return)
    turns()
    assert run.state is RunState.PAUSED
    assert window.actions["run.run"].text() == "Run"
    window.control.cancel()


def test_that_a_run_holds_while_any_menu_is_open_and_from_one_to_the_next(window: Window, qtbot: QtBot) -> None:
    window.control.set_speed(60.0)
    window.control.play()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    bar, layers = window.menus.bar, QMenu(window.frame)
    layers.addAction("Layers")
    menus = {"File": window.menus.titled["File"], "Arrange": window.menus.titled["Arrange"], "": layers}

    def is_held(title: str) -> bool:
        menu = menus[title]
        if not menu.isVisible():
            if title:
                QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(menu.menuAction()).center())
            else:
                menu.popup(window.frame.geometry().center())
        return run.state is RunState.PAUSED and menu.isVisible()

    for title in menus:
        qtbot.waitUntil(lambda name=title: is_held(name))  # type: ignore[misc]
        assert run.held
        QTest.keyClick(menus[title], Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    qtbot.waitUntil(lambda: is_held("File"))
    QTest.keyClick(menus["File"], Qt.Key.Key_Right)  # the next menu opens, and nothing runs between
    edit = window.menus.titled["Edit"]
    qtbot.waitUntil(edit.isVisible)
    time_s = run.time_s
    turns()
    assert (run.held, run.state, run.time_s) == (True, RunState.PAUSED, time_s)
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: run.state is RunState.RUNNING)
    window.control.cancel()


def test_that_a_run_that_rests_is_asked_for_news_at_long_intervals(window: Window, qtbot: QtBot) -> None:
    window.control.play()
    finish(window)
    qtbot.waitUntil(lambda: window.control.pulse.idle)
    window.control.scrub(FAIL_S)
    assert not window.control.pulse.idle


def test_that_a_time_has_the_same_column_of_pixels_on_the_line_and_in_the_lanes(ran: Window) -> None:
    line, marks = ran.run_bar.line, ran.panels.lanes.marks
    for time_s in (FAIL_S, LENGTH_S):
        ran.control.scrub(time_s)
        assert marks.head_s == time_s  # with the knob, not when the plots are drawn again
        turns()
        knob = line.mapTo(ran.frame, QPoint(int(line.x_of(time_s)), line.height() - 2))
        head = marks.mapTo(ran.frame, QPoint(marks.column_of(time_s), marks.height() // 3))
        assert knob.x() == head.x()
        seen, text = ran.frame.grab().toImage(), ran.theme.color("text")
        for point in (knob, head):
            assert seen.pixelColor(point) == text
            assert text not in (seen.pixelColor(point + QPoint(side, 0)) for side in (-1, 1))
    assert marks.failures == (FAIL_S,)
    assert line.rect().contains(QRect(QPoint(int(line.x_of(LENGTH_S)) - 6, 22), QSize(13, 13)))  # the whole knob


def test_that_the_time_under_the_mouse_is_marked_across_the_lanes(ran: Window, qtbot: QtBot) -> None:
    lanes = ran.panels.lanes
    plot, marks = lanes.lanes["used"].plot, lanes.marks
    qtbot.waitUntil(plot.isVisible)
    steps = itertools.cycle((0, 3))  # a mouse that stands still says nothing

    def is_marked() -> bool:
        at = QPoint(plot.width() // 2 + next(steps), plot.height() // 2)
        QTest.mouseMove(plot.viewport(), at)
        turns()
        if marks.hover_s is None:
            return False
        x = marks.mapTo(ran.frame, QPoint(marks.column_of(marks.hover_s), 0)).x()
        return abs(x - plot.viewport().mapTo(ran.frame, at).x()) <= 1

    qtbot.waitUntil(is_marked)
    plot.hovered.emit(None)
    qtbot.waitUntil(lambda: marks.hover_s is None)


def test_that_a_lane_is_made_when_it_is_first_shown_and_stands_in_the_order_of_the_menu(
    window: Window, qtbot: QtBot
) -> None:
    lanes = window.panels.lanes
    assert isinstance(lanes, Lanes)
    assert lanes.lanes == {}
    window.control.play()
    assert list(lanes.lanes) == list(FIRST_SHOWN)
    finish(window)
    lanes.choose(["used", "power", "steal", "hosts"], "host")
    assert list(lanes.lanes) == [name for name in LANES if name in {*FIRST_SHOWN, "power", "steal"}]
    placed = [lanes._column.itemAt(n).widget() for n in range(lanes._column.count())]
    assert placed == list(lanes.lanes.values())
    shown = ["used", "steal", "power", "hosts"]
    assert [name for name, lane in lanes.lanes.items() if not lane.isHidden()] == shown
    assert {lane.by for lane in lanes.lanes.values() if isinstance(lane, LoadLane)} == {"host"}


def test_that_lanes_without_anything_to_show_are_left_out(
    window: Window, qtbot: QtBot, serverless: dict[str, int]
) -> None:
    window.control.play()
    finish(window)
    lanes = window.panels.lanes.lanes
    qtbot.waitUntil(lanes["requests"].isVisible)  # the panel looks at the run at intervals
    assert not {"counts", "hosts"} & lanes.keys()


def test_that_the_colors_of_what_is_selected_stay_visible(ran: Window) -> None:
    view = ran.canvas.view
    vms = [e.id for e in ran.session.project.of_kind("vm")]
    for scale in (0.3, 0.5, 0.8):
        view.show_point(scale, view.world.bounds().center())
        centers = [view.to_pixels(view.world.rect(view.world.row_of[i])).center().toPoint() for i in vms]
        centers = [center for center in centers if view.rect().contains(center)]
        seen = []
        for chosen in ([], vms):
            ran.session.select(chosen)
            view.overlay.hover = None
            seen.append(view.grab().toImage())
        assert len(centers) > 100
        assert [seen[0].pixelColor(c) for c in centers] == [seen[1].pixelColor(c) for c in centers]
        assert seen[0] != seen[1]


def test_that_fail_now_at_the_end_offers_the_branch_in_one_click(window: Window, qtbot: QtBot) -> None:
    window.control.play()
    first = finish(window)
    run = window.session.run
    assert run is not None
    window.session.select([named(window, "ap-south-1b")])
    window.actions["run.fail"].trigger()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions()]
    half = units.clock_text(LENGTH_S / 2)
    assert texts[0] == "The run is over. Go back and run on from there:"
    assert texts[1:] == sorted(texts[1:])
    assert texts.index(f"Fail ap-south-1b at {half}") == 3
    assert menu.activeAction() is menu.actions()[3]  # Enter chooses it
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(menu.actions()[3]).center())
    qtbot.waitUntil(lambda: run.digest not in ("", first))
    assert [(event.time_s, event.what) for event in run.requests] == [(LENGTH_S / 2, "fail")]


def test_that_a_stripe_moves_while_a_run_is_prepared(window: Window, qtbot: QtBot) -> None:
    line = window.run_bar.line
    assert not line.preparing.going
    window.control.start(paused=True)
    assert line.preparing.going
    assert window.canvas.preparing.going
    assert window.canvas.preparing.geometry().topLeft() == QPoint(0, 0)
    assert window.canvas.preparing.width() == window.canvas.view.width()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED)
    turns()
    assert not line.preparing.going
    assert not window.canvas.preparing.isVisible()


class Painted(QObject):
    """Notes what is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.widgets: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.widgets.append(watched)
        return False


def test_that_the_drawing_is_not_painted_while_a_run_is_only_prepared(window: Window, qtbot: QtBot) -> None:
    view, stripe = window.canvas.view, window.canvas.preparing
    window.control.start(paused=True)
    window.control.pulse.stop()  # nobody hears how the preparing goes on
    assert stripe.going
    qtbot.waitUntil(lambda: not view.brush.links.pending and not view.brush.labels.waiting)
    turns()
    painted = Painted()
    for part in (view, stripe):
        part.installEventFilter(painted)
    stripe._move()
    turns()
    window.session.frame_changed.emit()  # the run says how far it is prepared
    turns()
    assert stripe in painted.widgets
    assert view not in painted.widgets


# -- trouble is on the drawing


@pytest.fixture
def serverless(window: Window) -> dict[str, int]:
    """The serverless blueprint with more calls than its function serves, a balancer and users; ids by name."""
    window.session.project.history.mark_clean()
    window.actions["new.serverless-site"].trigger()
    project = window.session.project
    calls = next(e.id for e in project.of_kind("service") if e.name == "calls")
    edit.change(project, [calls], {"demand": "constant", "rate_rps": 3000.0})
    edit.change(project, [project.root.id], {"until_h": 0.5})
    region = project.of_kind("region")[0].id
    edit.connect(project, "balances", edit.place(project, "load_balancer", region, name="lb"), calls)
    users = edit.place(project, "user_population", name="users", mean_rps=3000.0, swing_rps=0.0, noise_rps=0.0)
    edit.connect(project, "uses", users, calls)
    window.session.flush()
    return {e.name: e.id for e in project.elements.values()}


def test_that_what_drops_requests_shows_it_in_box_tip_and_findings(
    window: Window, qtbot: QtBot, serverless: dict[str, int]
) -> None:
    view, brush = window.canvas.view, window.canvas.view.brush
    rows = {name: view.world.row_of[i] for name, i in serverless.items() if i in view.world.row_of}
    assert load_text(brush, rows["calls"]) == "6 kreq/s"
    window.control.play()
    finish(window)
    window.session.findings.look_at(window.session.run)
    view.show_frame()
    live = brush.live
    assert live is not None
    said = {name: load_text(brush, rows[name]) for name in ("calls", "lb", "api", "pictures", "images")}
    assert (said["calls"], said["lb"], said["api"]) == ("drops 2 kreq/s", "drops 2 kreq/s", "100% of limit")
    assert said["pictures"].endswith("req/s")
    assert [name for name in said if live.is_over(rows[name])] == ["calls", "lb", "api"]
    assert "6 kreq/s arrive, 2 kreq/s dropped" in tip_of(brush, rows["calls"])
    assert "Requests, of its limit: 100%" in tip_of(brush, rows["api"])
    for name in ("calls", "lb"):
        told_of = {title: (text, red) for title, _, text, red in lines_of(window.session, [serverless[name]])}
        assert (told_of["Requests"], told_of["Dropped"]) == (("6 kreq/s", False), ("2 kreq/s", True))
        assert "CPU" not in told_of
    measures = brush.font("secondary", 1.0)[1]
    assert shorter(brush, rows["pictures"], said["pictures"], measures, 200.0) == said["pictures"]
    told = {(f.text, f.elements) for f in window.session.findings.run}
    assert ("calls dropped requests", (serverless["calls"],)) in told
    assert ("api is at its limit", (serverless["api"],)) in told
    box = view.to_pixels(view.world.rect(rows["calls"]))
    corner = QPoint(round(box.right()) - 2, round(box.top()) + 2)
    assert view.grab().toImage().pixelColor(corner) == window.theme.color("overload")


def test_that_the_run_bar_tells_how_much_of_the_engine_is_ready(window: Window, qtbot: QtBot) -> None:
    said = list[str]()
    window.session.frame_changed.connect(lambda: said.append(window.run_bar.about.text()))
    window.actions["run.run"].trigger()
    run = window.session.run
    assert run is not None
    said.append(window.run_bar.about.text())
    qtbot.waitUntil(lambda: run.state is not RunState.STARTING)
    told = [text for text in said if text.startswith("preparing")]  # an engine that is ready has nothing to count
    percents = [int(text.rstrip("%").rpartition(" ")[2]) if text.endswith("%") else 100 for text in told]
    assert percents and percents == sorted(percents)
    assert run.prepared > 0


def test_that_a_box_says_a_rounded_figure_rather_than_none(window: Window, qtbot: QtBot) -> None:
    project = window.session.project
    edit.change(project, [project.root.id], {"until_h": 0.5})
    service = edit.place(project, "service", demand="constant", rate_rps=1553.0)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    vm = edit.place(project, "vm", edit.place(project, "host", zone), vcpus=8)
    edit.connect(project, "member", vm, service)
    window.session.flush()
    window.control.play()
    finish(window)
    view = window.canvas.view
    view.show_frame()
    row, measures = view.world.row_of[service], view.brush.font("secondary", 1.0)[1]
    text = load_text(view.brush, row)
    room = measures.horizontalAdvance(text)
    assert text == "1.55 kreq/s"
    assert shorter(view.brush, row, text, measures, room + 1.0) == text
    assert shorter(view.brush, row, text, measures, room - 1.0) == "1.6 kreq/s"


def test_that_only_what_failed_is_offered_to_recover(ran: Window, qtbot: QtBot) -> None:
    def offered(name: str) -> set[str]:
        found: list[set[str]] = []

        def opened() -> bool:  # the system takes a menu away when another window gets the focus
            ran.canvas.view.context_menu_requested.emit(ran.frame.geometry().center(), named(ran, name))
            menu = QApplication.activePopupWidget()
            if isinstance(menu, QMenu):
                found.append({action.objectName() for action in menu.actions()} & {"run.fail", "run.recover"})
                menu.close()
            return bool(found)

        ran.session.select([named(ran, name)])
        qtbot.waitUntil(opened)
        return found[-1]

    run = ran.session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.view.frame is not None and bool(run.view.frame.failed_root.any()))
    assert offered("ap-south-1b") == {"run.recover"}
    assert offered("ap-south-1a") == {"run.fail"}


def test_that_lines_of_lanes_are_switched_by_keys_and_a_span_tells_their_statistics(ran: Window) -> None:
    lanes = ran.panels.lanes
    assert isinstance(lanes, Lanes)
    lanes.refresh()
    lane, panel = lanes.lanes["used"], lanes.span
    legend = lane.legend
    names = [entry.name for entry in legend.entries]
    QTest.keyClick(legend, Qt.Key.Key_Down)
    QTest.keyClick(legend, Qt.Key.Key_Space)
    assert [entry.name for entry, _ in lane.lines()] == [names[0], *names[2:]]
    assert sum(curve.isVisible() for curve in lane._curves._curves) == len(names) - 1
    assert f"{names[1]}: hidden" in legend.accessibleDescription() and legend.accessibleName() == legend.title
    lanes.tabs.setCurrentWidget(panel)
    ran.control.scrub(FAIL_S)
    panel.begin.click()
    begin, end = panel.span or (0.0, 0.0)
    assert (begin, end) == (FAIL_S, ran.session.run.until_s)  # type: ignore[union-attr]
    lane.plot.span.setRegion((FAIL_S - 1800.0, FAIL_S + 1800.0))  # as the mouse drags it
    assert lanes.lanes["counts"].plot.span.getRegion() == panel.span == (FAIL_S - 1800.0, FAIL_S + 1800.0)
    panel.refresh()
    table = panel.table
    rows = [[getattr(table.item(row, n), "text", str)() for n in range(5)] for row in range(table.rowCount())]
    assert names[1] not in [row[0] for row in rows]
    running = next(row for row in rows if row[0] == "running")
    series = ran.session.run.view.series()  # type: ignore[union-attr]
    assert series is not None
    inside = (series.edges_s[1:] > FAIL_S - 1800.0) & (series.edges_s[:-1] < FAIL_S + 1800.0)
    counts = series.counts[inside, 0]
    assert running[2] == f"{counts.min():,.0f}" and running[4] == f"{counts.max():,.0f}" and running[2] != running[4]
    QTest.keyClick(legend, Qt.Key.Key_Space)
    panel.select.click()
    assert panel.span is None and not lane.plot.span.isVisible() and len(lane.lines()) == len(names)
