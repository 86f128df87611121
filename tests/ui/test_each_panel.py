"""The panel that fails each element in turn: it works beside the window, and its rows select, show and play."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.engine.spec import TimedEvent
from designer.study.each.search import AT_S
from designer.study.states import RunState
from designer.ui.run.each_model import TITLES, VALUE_ROLE
from designer.ui.run.each_panel import OUTDATED, EachPanel
from designer.ui.shell.window import Window


def drawn(session: Any) -> dict[str, int]:
    """A cluster of two hosts without room for each other, a VM on each; ids by name."""
    project = session.project
    room = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region"), name="z"))
    cluster, ids = edit.place(project, "cluster", room), {}
    for n in range(2):
        ids[f"h{n}"] = edit.place(project, "host", room, name=f"h{n}", ram_mib=6144.0)
        edit.connect(project, "in_cluster", ids[f"h{n}"], cluster)
        edit.place(project, "vm", ids[f"h{n}"], name=f"v{n}", ram_mib=4096.0, vcpus=1)
    session.flush()
    return ids


def asked(window: Window, qtbot: QtBot) -> EachPanel:
    """The panel, when it has its answer."""
    window.actions["run.each"].trigger()
    panel = window.panels.feet["each"]
    assert isinstance(panel, EachPanel)
    qtbot.waitUntil(lambda: panel.model.answer is not None)
    return panel


def test_that_a_row_tells_why_selects_its_element_and_plays_it(run_window: Window, qtbot: QtBot) -> None:
    window, ids = run_window, drawn(run_window.session)
    panel = asked(window, qtbot)
    answer = panel.model.answer
    assert answer is not None
    assert [answer.names[fall.id] for fall in answer.falls][:1] == ["z"]
    assert panel.said.text() == "4 failures tried"
    assert panel.big.text() == "4 of 4"
    row = next(n for n, fall in enumerate(answer.falls) if fall.id == ids["h0"])
    panel.table.selectRow(row)
    assert "Not back: 1 VM: no host in cluster-1 has enough free memory." in panel.why.text()
    panel.table.clicked.emit(panel.table.currentIndex())
    assert window.session.selection == (ids["h0"],)
    panel.start.click()
    assert window.panels.foot == ""
    run = window.session.run
    assert run is not None
    assert run.requests == (TimedEvent(AT_S, "fail", ids["h0"]),)
    qtbot.waitUntil(lambda: run.state is RunState.FINISHED)
    assert any(row.what == "failed" and row.element_id == ids["h0"] for row in run.view.log())


def test_that_the_panel_says_when_the_design_has_changed_and_closes(run_window: Window, qtbot: QtBot) -> None:
    ids = drawn(run_window.session)
    panel = asked(run_window, qtbot)
    said = panel.said.text()
    edit.change(run_window.session.project, [ids["h0"]], {"ram_mib": 65536.0})
    run_window.session.flush()
    assert panel.said.text() == "The design has changed since; fail each again."
    position = run_window.session.project.history.position
    run_window.session.go_to(position - 1)
    run_window.session.flush()
    assert panel.said.text() == said
    run_window.session.go_to(position)
    run_window.session.flush()
    assert panel.said.text() == OUTDATED
    panel.begin.click()
    edit.change(run_window.session.project, [ids["h0"]], {"ram_mib": 6144.0})
    run_window.session.flush()
    panel.end()
    qtbot.waitUntil(lambda: panel.begin.isVisible())
    assert panel.model.answer is not None and panel.said.text().endswith(OUTDATED)
    panel.begin.click()
    run_window.session.replaced.emit()
    panel.poll()
    assert panel.begin.isVisible() and panel.model.answer is None
    run_window.actions["run.each"].trigger()
    assert run_window.panels.foot == ""


def test_that_the_table_fits_its_window_and_tells_the_worst_of_the_services_without_room(
    run_window: Window, qtbot: QtBot
) -> None:
    window, ids = run_window, drawn(run_window.session)
    project = window.session.project
    for n in range(6):
        service = edit.place(project, "service", name=f"service-{n}", rate_rps=10.0)
        vm = edit.place(project, "vm", ids[f"h{n % 2}"], ram_mib=512.0, vcpus=1)
        edit.connect(project, "member", vm, service)
    window.session.flush()
    panel = asked(window, qtbot)
    header, answer, model = panel.table.horizontalHeader(), panel.model.answer, panel.model
    assert answer is not None and len(answer.services) == 6
    seen = []
    for width in (1024, 1440, 2400):
        window.frame.resize(width, 700)
        QApplication.processEvents()
        assert header.length() == panel.table.viewport().width()
        shown = [n for n in range(len(TITLES), model.more) if not header.isSectionHidden(n)]
        seen.append(len(shown))
        assert header.isSectionHidden(model.more) == (len(shown) == 6)
        if len(shown) < 6:
            title = model.headerData(model.more, Qt.Orientation.Horizontal)
            left = 6 - len(shown)
            assert title == (f"and {left} more,\nlongest down" if shown else "6 services,\nlongest down")
            row = next(n for n, fall in enumerate(answer.falls) if fall.id == ids["h0"])
            told = model.index(row, model.more).data(Qt.ItemDataRole.ToolTipRole)
            assert len(told.splitlines()) == 6 - len(shown)
            longest = max(answer.falls[row].down_s)
            assert model.index(row, model.more).data(VALUE_ROLE) == longest or "–" in told
    assert seen == sorted(seen) and seen[0] < 6 == seen[-1]
