"""The panel of scenarios: built on the time line and by clicks, each change an undo step; its answer, and its run."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.catalog.kinds.saved.scenario import scenario_events
from designer.catalog.scenarios.events import ScenarioEvent, events_of_run
from designer.catalog.scenarios.library import shipped_scenarios
from designer.commands import edit
from designer.commands.scenarios.saving import save_scenario
from designer.engine.spec import TimedEvent
from designer.study.scenarios.answer import ScenarioAnswer, answer_of
from designer.study.scenarios.play import play
from designer.ui.run.scenarios.panel import ScenariosPanel
from designer.ui.shell.window import Window


@pytest.fixture
def ids(window: Window) -> dict[str, int]:
    """A host with a VM in a zone, and a second host that is empty."""
    project, found = window.session.project, {}
    edit.change(project, [project.root.id], {"until_h": 3.0})
    found["zone"] = edit.place(project, "zone", edit.place(project, "region"), name="zone-a")
    room = edit.place(project, "data_center", found["zone"])
    for name in ("h0", "h1"):
        found[name] = edit.place(project, "host", room, name=name)
    found["vm"] = edit.place(project, "vm", found["h0"], name="v", recovery="none")
    window.session.flush()
    return found


def shown(window: Window) -> ScenariosPanel:
    window.actions["run.scenarios"].trigger()
    panel = window.panels.feet["scenarios"]
    assert isinstance(panel, ScenariosPanel)
    return panel


def events_in(window: Window) -> list[tuple[ScenarioEvent, ...]]:
    """The events of all scenarios of the design."""
    return [scenario_events(row) for row in window.session.project.of_kind("scenario")]


def test_that_a_scenario_is_built_by_clicks_and_each_change_is_undone(window: Window, ids: dict[str, int]) -> None:
    panel, session = shown(window), window.session
    session.select([ids["h0"]])
    panel.add.click()
    assert events_in(window) == [(ScenarioEvent(3600.0, "fail", ids["h0"]),)]
    panel.editor.pick.click()
    session.select([ids["zone"]])
    assert events_in(window) == [(ScenarioEvent(3600.0, "fail", ids["zone"]),)]
    panel.editor.lasts.setText("30 min")
    panel.editor.lasts.editingFinished.emit()
    line, x = panel.line, round(panel.line.x_of(3600.0))
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=_at(x))
    QTest.mouseMove(line, _at(round(line.x_of(7200.0))))
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=_at(round(line.x_of(7200.0))))
    (made,) = events_in(window)[0]
    assert (made.target, made.for_s, made.at_s % 60.0) == (ids["zone"], 1800.0, 0.0)
    assert made.at_s == pytest.approx(7200.0, abs=120.0)
    panel.name.setText("Zone lost")
    panel.name.editingFinished.emit()
    panel.copy_it.click()
    assert [row.__dict__["name"] for row in session.project.of_kind("scenario")] == ["Zone lost", "Zone lost (2)"]
    panel.remove_it.click()
    panel.take(shipped_scenarios()["A zone goes dark"])
    assert events_in(window)[1] == shipped_scenarios()["A zone goes dark"].events
    steps = session.project.history.position
    panel.remove_event()
    assert len(events_in(window)[1]) == 1 and session.project.history.position == steps + 1
    session.go_to(steps)
    session.flush()
    assert len(panel.events) == 2
    session.do_large("", 1, edit.delete, [ids["zone"]])
    session.flush()
    assert panel.list.item(1).toolTip() == "It cannot happen: what it hits is no longer in the design."


def _at(x: int) -> QPoint:
    """A point of the line."""
    return QPoint(x, 34)


def test_that_the_answer_is_that_of_the_command_and_a_run_is_saved_as_a_scenario(
    window: Window, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    panel, session = shown(window), window.session
    session.select([ids["h0"]])
    panel.add.click()
    before = answer_of(play(session.project, panel.side.name, panel.events), {})
    monkeypatch.setattr(
        "designer.ui.run.scenarios.answer.what_if_apart", lambda rows, name, events, tell: before
    )  # the process is tested by the command line and by the other panels
    panel.side.ask()
    qtbot.waitUntil(lambda: panel.side.answer is not None)
    assert isinstance(panel.side.answer, ScenarioAnswer)
    text = panel.side.told.text()
    panel.name.setText("Other")
    panel.name.editingFinished.emit()
    assert panel.side.told.text() == text
    edit.change(session.project, [ids["h1"]], {"ram_mib": 2048.0})
    session.flush()
    assert panel.side.told.text() == f"The design has changed since; ask again.\n\n{text}"
    session.project.undo()
    session.flush()
    assert panel.side.told.text() == text
    assert "01:00:00  h0 fails" in text and "h0: lost: recovery is set to none" in text.replace("h0 -> v", "h0")
    asked: list[list[TimedEvent]] = []
    panel.play_requested.connect(asked.append)
    monkeypatch.setattr(window.control, "start", lambda events: None)
    panel.side.play_run()
    assert asked == [[TimedEvent(3600.0, "fail", ids["h0"])]]
    happened = [(3600.0, "fail", ids["h0"], 0.0), (4000.0, "recover", 77, 0.0)]
    assert events_of_run(session.project, happened) == ([ScenarioEvent(3600.0, "fail", ids["h0"])], 1)


def test_that_a_change_is_rehearsed_beside_the_window_and_stops_at_once(
    window: Window, ids: dict[str, int], qtbot: QtBot
) -> None:
    panel, side = shown(window), shown(window).side
    window.session.do_large("", 1, save_scenario, "Change", [ScenarioEvent(3600.0, "drain", ids["h1"])])
    window.session.flush()
    side.rehearse.click()
    task = side.task
    assert task is not None and side.stop.isVisibleTo(panel) and not side.rehearse.isVisibleTo(panel)
    side.stop.click()
    qtbot.waitUntil(lambda: task.over)
    assert side.task is None and side.answer is None and side.rehearse.isVisibleTo(panel)
    side.rehearse.click()
    qtbot.waitUntil(lambda: side.answer is not None)
    assert "Change: rehearsal\n   N+1 does not hold before the change; no step makes it worse." in side.told.text()
    assert "h0 fails, not back: v (1 VM: recovery is set to none) (as before the change)" in side.told.text()
    side.copy_command()
    assert QGuiApplication.clipboard().text() == 'cloud-designer rehearse FILE.clouddesign --scenario "Change"'
