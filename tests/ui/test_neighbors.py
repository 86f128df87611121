"""Noisy neighbors in the window: the tip of a VM, its form and that of its host, the table of the result."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.study.isolation.table import LOST, RULE
from designer.study.run import Run
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.waiting import turns


@pytest.fixture
def ids(run_window: Window, session: Session) -> dict[str, int]:
    """A host of 2,000 MHz with two VMs that ask for everything and one that asks for 200 MHz."""
    project = session.project
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, name="h", cores=2, threads_per_core=1, mhz=1000.0, sharing="max_min",
                      cpu_overhead_frac=0.0)  # fmt: skip
    found = {"h": host}
    for name, vcpus, load in (("db", 2, 1.0), ("batch", 2, 1.0), ("quiet", 1, 0.2)):
        found[name] = edit.place(project, "vm", host, name=name, vcpus=vcpus, mhz=1000.0, load_frac=load)
    edit.change(project, [project.root.id], {"until_h": 1.0})
    session.flush()
    return found


def finished(window: Window, qtbot: QtBot) -> Run:
    QTest.mouseClick(window.run_bar.play, Qt.MouseButton.LeftButton)
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: bool(run.digest))
    turns()
    return run


def test_that_the_tip_of_a_vm_with_steal_says_to_whom_it_loses(
    run_window: Window, ids: dict[str, int], qtbot: QtBot
) -> None:
    finished(run_window, qtbot)
    view = run_window.canvas.view

    def tip(name: str) -> str:
        return tip_of(view.brush, view.world.row_of[ids[name]])

    qtbot.waitUntil(lambda: "loses 55% to batch (55%)" in tip("db"))
    qtbot.waitUntil(lambda: "loses 55% to db (55%)" in tip("batch"))
    assert "loses" not in tip("quiet")
    assert "loses" not in tip("h")


def test_that_the_form_of_a_vm_and_of_its_host_show_who_takes(
    run_window: Window, ids: dict[str, int], qtbot: QtBot
) -> None:
    finished(run_window, qtbot)

    def lines(name: str) -> list[tuple[str, str]]:
        run_window.session.select([ids[name]])
        turns()
        form = run_window.form.form
        assert form is not None
        form.show_load()
        assert form.neighbors.toolTip() == RULE
        assert form.neighbors.minimumSizeHint().width() < 200  # a wide line would cut, or squeeze, all others
        return [(title, text) for title, _, text, _ in form.neighbors.bars.lines]

    qtbot.waitUntil(lambda: lines("db") == [("batch", "55%")])
    assert lines("quiet") == []  # in the form that is there
    qtbot.waitUntil(lambda: sorted(lines("h")) == [("batch", "50%"), ("db", "50%")])
    assert lines("quiet") == []
    form = run_window.form.form
    assert form is not None and form.neighbors.isHidden()


def test_that_the_result_has_a_table_of_victims_and_takers(
    run_window: Window, ids: dict[str, int], qtbot: QtBot
) -> None:
    finished(run_window, qtbot)
    lanes = run_window.panels.lanes
    assert lanes is not None
    panel = lanes.result
    lanes.tabs.setCurrentWidget(panel)
    panel.kind.setCurrentIndex(panel.kind.count() - 1)
    assert LOST in panel.kind.currentData()

    qtbot.waitUntil(lambda: sorted(row.name for row in panel.model.rows) == ["batch to db", "db to batch"])
    assert panel.table.toolTip() == RULE
