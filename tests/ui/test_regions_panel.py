"""The panel that loses each region: what each service wants, when it is back in a run, and a run of the loss."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.engine.spec import TimedEvent
from designer.study.scenarios.region_loss import LOST_S
from designer.ui.run.scenarios.regions_panel import RegionsPanel
from designer.ui.shell.window import Window


def test_that_a_service_that_is_not_back_misses_its_rto_and_its_loss_is_played(
    run_window: Window, qtbot: QtBot
) -> None:
    window, project = run_window, run_window.session.project
    window.actions["run.regions"].trigger()
    panel = window.panels.feet["regions"]
    assert isinstance(panel, RegionsPanel)
    assert panel.said.text() == "The design has no region." and not panel.start.isEnabled()
    region = edit.place(project, "region", name="home")
    vm = edit.place(project, "vm", edit.place(project, "zone", region), name="v")
    service = edit.place(project, "service", name="app", strategy="warm_standby", rto_s=600.0)
    edit.connect(project, "member", vm, service)
    panel.ask()
    assert panel.bar.isVisibleTo(panel) and panel.stop.isVisibleTo(panel)
    qtbot.waitUntil(lambda: panel.answer is not None)
    texts = [panel.table.item(0, n).text() for n in range(panel.table.columnCount())]  # type: ignore[union-attr]
    assert texts == ["home", "app", "warm standby", "10 min", "never", "none", "–", "misses its RTO"]
    assert panel.big.text() == "1 of 1" and "app does not serve all again by itself" in panel.why.text()
    panel.table.clicked.emit(panel.table.currentIndex())
    assert window.session.selection == (service,)
    for width in (1024, 1440, 1024):
        window.frame.resize(width, 700)
        QApplication.processEvents()
        assert panel.table.horizontalHeader().length() == panel.table.viewport().width()
    panel.copy()
    assert QGuiApplication.clipboard().text() == "cloud-designer region-loss FILE.clouddesign"
    edit.change(project, [service], {"rto_s": 60.0})
    window.session.flush()
    assert "has changed since" in panel.said.text()
    project.undo()
    window.session.flush()
    assert panel.said.text() == ""
    panel.start.click()
    run = window.session.run
    assert window.panels.foot == "" and run is not None
    assert run.requests == (TimedEvent(LOST_S, "fail", region),)
