"""A backlog of a VM where it is seen: the lane, the form, the table of a run."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.trace import pack
from designer.commands import edit
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.headless import Headless, run_headless
from designer.study.run import Run
from designer.ui.parts.theme import Theme
from designer.ui.plots.backlog_lane import BacklogLane
from designer.ui.run.lanes import _silent
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.waiting import turns


def drawn(project: Project, unserved: str = "backlog") -> int:
    """A host of 1,000 MHz for two VMs that ask for all of it for five minutes; the id of the first, which keeps what
    it is not given: work of 150 s, done by 450 s.
    """
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, cores=1, threads_per_core=1, mhz=1000.0, sharing="max_min",
                      cpu_overhead_frac=0.0)  # fmt: skip
    trace = edit.place(project, "trace", **pack(np.array([[100, 0, 0, 0]], np.uint8)), step_s=300.0)
    vms = [
        edit.place(project, "vm", host, name=name, vcpus=1, mhz=1000.0, demand="trace", trace=trace, unserved=kept)
        for name, kept in (("db", unserved), ("batch", "lost"))
    ]
    edit.change(project, [project.root.id], {"until_h": 1 / 3})
    return vms[0]


@pytest.fixture
def done() -> Headless:
    project = Project(KINDS, LINKS)
    drawn(project)
    return run_headless(project)


def test_that_the_table_tells_what_waits_the_most_and_for_how_long(done: Headless) -> None:
    db, batch = done.summary.of_kinds(("vm",))
    told = {title: value for title, value in db.values.items() if "acklog" in title}
    assert told == {
        "Backlog, work at full speed": (0.0, "s"), "Backlog, most": (150.0, "s"),
        "Time with a backlog": (450.0, "s"), "Backlog drains in": (0.0, "s"),
    }  # fmt: skip
    assert not [title for title in batch.values if "acklog" in title]
    assert done.series.backlogs_s[:, 0].tolist() == [150.0, 0.0, 0.0, 0.0]


def test_that_the_lane_draws_what_waits_and_is_silent_where_nothing_is_kept(
    done: Headless, theme: Theme, qtbot: QtBot
) -> None:
    project, lost = Project(KINDS, LINKS), Project(KINDS, LINKS)
    drawn(project)
    drawn(lost, "lost")
    run = Run(project, EngineHost())
    assert "backlog" not in _silent(run)
    assert "backlog" in _silent(Run(lost, EngineHost()))
    lane = BacklogLane(theme)
    qtbot.addWidget(lane)
    lane.show_run(run, done.series, 100.0)
    assert [(entry.name, entry.value) for entry in lane.legend.entries] == [("db", "2.5 min")]
    lane.show_run(run, done.series, None)
    assert [entry.value for entry in lane.legend.entries] == ["0 s"]


def test_that_the_form_tells_what_waits_at_the_shown_time(run_window: Window, session: Session, qtbot: QtBot) -> None:
    vm = drawn(session.project)
    session.flush()
    QTest.mouseClick(run_window.run_bar.play, Qt.MouseButton.LeftButton)
    run = session.run
    assert run is not None
    qtbot.waitUntil(lambda: bool(run.digest))
    session.select([vm])

    def line() -> list[str]:
        turns()
        form = run_window.form.form
        assert form is not None
        form.show_load()
        return [text for title, _, text, _ in form.bars.lines if title == "Backlog"]

    qtbot.waitUntil(lambda: line() == ["none"])
    run_window.control.scrub(310.0)
    qtbot.waitUntil(lambda: line() == ["2.5 min"])
