"""Memory that hosts take back, as a run shows it in the window: lanes, form, colors, events, table."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.ui.run.lanes import Lanes
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.ui.named import named
from tests.waiting import turns

# The offscreen platform says of popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def window(run_window: Window, session: Session) -> Window:
    """A window on two hosts of 32 GiB under ESXi: one with VMs of 48 GiB, one with none."""
    project = session.project
    zone = edit.place(project, "zone", edit.place(project, "region"))
    for name in ("full", "empty"):
        host = edit.place(project, "host", zone, name=name, ram_mib=32_768.0, memory_rule="esxi")
        for n in range(3 if name == "full" else 0):
            edit.place(project, "vm", host, name=f"vm-{n}", ram_mib=16_384.0, active_frac=0.5)
    edit.change(project, [ROOT_ID], {"until_h": 1.0})
    session.flush()
    return run_window


def lines(window: Window, name: str) -> dict[str, tuple[str, bool]]:
    """The bars at the top of the form of an element: text, and whether it is red."""
    window.session.select([named(window, name)])
    turns()
    form = window.form.form
    assert form is not None
    return {title: (text, red) for title, _, text, red in form.bars.lines}


def test_that_a_host_that_takes_memory_back_is_seen_everywhere(window: Window, qtbot: QtBot) -> None:
    assert lines(window, "full") == {"Configured": ("150%", False)}
    assert lines(window, "empty") == {}
    window.actions["run.run"].trigger()
    run = window.session.run
    assert run is not None
    qtbot.waitUntil(lambda: bool(run.digest))
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == 3600.0)
    turns()
    shown = lines(window, "full")
    assert shown["Configured"] == ("150%", False)
    assert shown["Reclaim"] == ("soft: balloon", True)
    assert lines(window, "empty")["Reclaim"] == ("high", False)
    lanes = window.panels.lanes
    assert isinstance(lanes, Lanes)
    legends = {}
    for name in ("memory", "taken", "short"):
        lane = lanes.lane(name)
        lane.by = "host"
        lane.show_run(run, run.view.series(), None)
        legends[name] = {entry.name: entry.value for entry in lane.legend.entries}
    assert legends["short"] == {"full": "100%", "empty": "0%"}
    assert legends["memory"] == {"full": "98%", "empty": "0%"}
    assert legends["taken"] == {"full": "44%", "empty": "0%"}
    assert [(row.text, row.detail) for row in run.view.log()] == [("full inflates balloons", "Memory state soft")]
    table = {row.name: row.values for row in run.view.summary()}
    assert table["full"]["Short of memory"] == (1.0, "fraction")
    assert table["empty"]["Short of memory"] == (0.0, "fraction")
    window.canvas.set_color_by("memory")
    turns()
    live = window.canvas.view.brush.live
    assert live is not None
    world = window.canvas.view.brush.world
    says = live.shown.says(world, world.row_of[named(window, "vm-0")])
    assert says == "10 GiB"
    first = run.digest
    window.control.branch("fail", [named(window, "empty")], 1800.0)
    qtbot.waitUntil(lambda: run.digest not in ("", first))
    window.control.scrub(None)
    qtbot.waitUntil(lambda: run.view.frame is not None and run.view.frame.time_s == 3600.0)
    turns()
    assert "Reclaim" not in lines(window, "empty")
    assert lines(window, "full")["Reclaim"] == ("soft: balloon", True)


def test_that_the_form_follows_what_the_vms_of_a_host_have(window: Window) -> None:
    assert lines(window, "full")["Configured"] == ("150%", False)
    edit.change(window.session.project, [named(window, "full")], {"memory_rule": "configured"})
    window.session.flush()
    turns()
    assert lines(window, "full")["Configured"] == ("150%", True)
    edit.change(window.session.project, [named(window, "vm-0")], {"ram_mib": 8192.0})
    window.session.flush()
    turns()
    form = window.form.form
    assert form is not None
    assert [text for _, _, text, _ in form.bars.lines] == ["125%"]
