"""The form of users who live somewhere: how long their way takes, and in a run how long they wait for a service."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer import units
from designer.commands import edit
from designer.model.project import Project
from designer.ui.canvas.world.sets import load_text
from designer.ui.form import bars
from designer.ui.form.bars import lines_of
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window


def shown(session: Session, element: int) -> list[tuple[str, str]]:
    return [(title, text) for title, _, text, _ in lines_of(session, [element])]


def test_that_users_see_their_way_to_each_region_the_nearest_first(session: Session, project: Project) -> None:
    for code in ("us-east-1", "eu-central-1", ""):
        edit.place(project, "region", provider="aws" if code else "none", code=code, name=code or "own")
    users = edit.place(project, "user_population", near="eu-central-1", access_s=0.01)
    assert shown(session, users) == [("To eu-central-1", "14 ms"), ("To us-east-1", "103 ms")]
    edit.change(project, [users], {"near": ""})
    assert shown(session, users) == []


def test_that_a_service_says_nothing_of_latency_without_a_run(session: Session, project: Project) -> None:
    shop = edit.place(project, "service")
    edit.connect(project, "uses", edit.place(project, "user_population", near="eu-west-1"), shop)
    assert shown(session, shop) == []


@pytest.mark.parametrize("large", [0, bars.LARGE_RUN])
def test_that_users_and_service_say_how_long_users_wait_once_the_run_rests(
    run_window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(bars, "LARGE_RUN", large)  # of more VMs it is read on another thread
    session, project = run_window.session, run_window.session.project
    region = edit.place(project, "region", provider="aws", code="eu-central-1")
    host = edit.place(project, "host", edit.place(project, "zone", region), cores=8)
    shop = edit.place(project, "service", name="shop")
    edit.connect(project, "member", edit.place(project, "vm", host), shop)
    users = edit.place(project, "user_population", near="eu-central-1", name="people")
    edit.connect(project, "uses", users, shop)
    edit.change(project, [project.root.id], {"until_h": 1.0})
    session.flush()
    session.select([users])
    QTest.mouseClick(run_window.run_bar.play, Qt.MouseButton.LeftButton)
    run = session.run
    assert run is not None
    qtbot.waitUntil(lambda: bool(run.digest))

    def titles() -> list[str]:
        form = run_window.form.form
        return [title for title, *_ in form.bars.lines] if form is not None else []

    qtbot.waitUntil(lambda: titles() == ["Requests", "Latency, shop"])
    assert run.view.frame is not None
    asked_rps = run.view.traffic(run.view.frame.time_s)[users].asked_rps
    assert shown(session, users)[0] == ("Requests", units.text(asked_rps, "req/s", 3))
    view = run_window.canvas.view
    assert load_text(view.brush, view.world.row_of[users]) == units.text(asked_rps, "req/s", 3)
    assert abs(asked_rps - 500.0) > 20.0
    session.select([shop])
    qtbot.waitUntil(lambda: titles()[-1:] == ["Latency, people"])
    assert titles()[0] == "Requests"
    assert run.view.latencies() == run.view.latency_reader()()
