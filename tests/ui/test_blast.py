"""The blast radius on the drawing: switched by a key, drawn for what is hovered or selected."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.ui.shell.window import Window


def test_that_hovering_draws_what_would_fall_while_it_is_on(window: Window) -> None:
    session, view = window.session, window.canvas.view
    zone = edit.place(session.project, "zone", edit.place(session.project, "region"))
    room = edit.place(session.project, "data_center", zone, name="room")
    host = edit.place(session.project, "host", room)
    edit.place(session.project, "vm", host)
    session.flush()
    row, where = view.world.row_of[room], QPointF(40, 40)
    view.blast.look(row, where)
    assert view.overlay.blast is None
    window.actions["view.blast"].trigger()
    view.blast.look(row, where)
    shown = view.overlay.blast
    assert shown is not None
    assert shown.title == "If room fails"
    assert shown.lines == [("Falls", "1 host, 1 VM"), ("Stay down", "1 VM")]
    assert shown.falls == [view.to_pixels(view.world.rect(row))]
    pointed = view.to_pixels(view.world.rect(row)).center().toPoint()
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, pointed, view.mapToGlobal(pointed)))
    assert QToolTip.text() == ""  # the card says it
    view.zoom_by(2.0)
    assert view.overlay.blast is not None
    assert view.overlay.blast.falls == [view.to_pixels(view.world.rect(row))]
    view.blast.look(-1, where)
    assert view.overlay.blast is None
    session.select([host])
    assert view.overlay.blast is not None
    edit.rename(session.project, host, "other")
    session.flush()
    assert view.overlay.blast is not None and view.overlay.blast.title == "If other fails"
    edit.change(session.project, [host], {"ram_mib": 4096.0})
    session.flush()
    assert view.overlay.blast is None
    window.actions["view.blast"].trigger()
    session.select([room])
    assert view.overlay.blast is None
    window.actions["view.blast"].trigger()
    assert view.overlay.blast is not None
    window.actions["tool.select"].trigger()  # another tool ends it, and Escape
    assert view.overlay.blast is None and not window.actions["view.blast"].isChecked()
    window.actions["view.blast"].trigger()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.overlay.blast is None and session.selection == (room,)


def test_that_the_index_of_a_large_design_is_made_beside_the_window(
    window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("designer.ui.canvas.view.blast.FEW", 0)
    session, view = window.session, window.canvas.view
    zone = edit.place(session.project, "zone", edit.place(session.project, "region"))
    host = edit.place(session.project, "host", edit.place(session.project, "data_center", zone))
    session.flush()
    window.actions["view.blast"].trigger()
    session.select([host])
    assert view.overlay.blast is None
    vm = edit.place(session.project, "vm", host)
    session.flush()
    session.select([])
    session.select([host])
    qtbot.waitUntil(lambda: view.overlay.blast is not None)
    assert view.overlay.blast is not None and view.overlay.blast.lines == [
        ("Falls", "1 host, 1 VM"),
        ("Stay down", "1 VM"),
    ]
    assert vm in session.project.elements
