"""Groups under a real mouse and keys: one click selects all of a group, the next one element of it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.commands.arrange import group
from designer.ui.canvas.view.camera import Look
from designer.ui.canvas.view.view import View
from designer.ui.shell.window import Window
from tests.waiting import turns

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
NO = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


@pytest.fixture
def centers(qtbot: QtBot, window: Window) -> list[int]:
    """Four data centers in a zone."""
    project = window.session.project
    zone = edit.place(project, "zone", edit.place(project, "region"))
    made = [edit.place(project, "data_center", zone, at=(20.0 + n * 160, 50.0)) for n in range(4)]
    window.session.flush()
    window.frame.resize(1440, 900)
    window.canvas.view.zoom_to_fit(animated=False)
    window.frame.activateWindow()
    window.canvas.view.setFocus()
    turns()
    return made


def point(view: View, element_id: int) -> QPoint:
    box = view.to_pixels(view.world.rect(view.world.row_of[element_id]))
    return (box.topLeft() + QPointF(14, 8)).toPoint()


def click(window: Window, element_id: int, keys: Qt.KeyboardModifier = NO) -> set[int]:
    view = window.canvas.view
    QTest.mouseClick(view, LEFT, keys, point(view, element_id))
    turns()
    return set(window.session.selection)


def test_that_the_name_of_a_group_leaves_what_stands_below_it_readable_and_is_not_left_behind(
    window: Window, centers: list[int]
) -> None:
    session, view = window.session, window.canvas.view
    under = session.project.elements[centers[0]]
    zone, below = under.parent, under.y + under.h
    edit.place(session.project, "data_center", zone, at=(20.0, below + 12.0))
    session.select(centers[:3])
    window.actions["arrange.group"].trigger()
    session.flush()
    view.set_look(Look(1.0, 10.0, 10.0))
    assert [frame.above for frame in view.overlay.groups] == [True]
    view.hide_rows(np.zeros(view.world.ids.size, np.bool_))  # they are dragged
    assert view.overlay.groups == []
    view.hide_rows(None)
    assert len(view.overlay.groups) == 1
    window.actions["arrange.hide"].trigger()
    session.flush()
    assert view.overlay.groups == []  # its name stood in the corner


def test_that_a_click_selects_the_group_the_next_one_of_it_and_shift_adds_all(
    window: Window, centers: list[int]
) -> None:
    window.session.select(centers[:3])
    window.actions["arrange.group"].trigger()
    window.session.select([])
    assert click(window, centers[1]) == set(centers[:3])
    assert [(frame.name, frame.above) for frame in window.canvas.view.overlay.groups] == [("group-1", False)]
    assert click(window, centers[1]) == {centers[1]}
    assert window.canvas.view.overlay.groups == []
    assert click(window, centers[3]) == {centers[3]}
    assert click(window, centers[0], SHIFT) == set(centers)
    assert click(window, centers[2], SHIFT) == {centers[3]}


def test_that_a_dragged_element_takes_its_group_along(window: Window, centers: list[int]) -> None:
    project, view = window.session.project, window.canvas.view
    group.group(project, centers[2:])
    window.session.flush()
    before = {i: (project.elements[i].x, project.elements[i].y) for i in centers}
    start = point(view, centers[2])
    QTest.mousePress(view, LEFT, NO, start)
    for step in range(1, 5):
        QTest.mouseMove(view, start + QPoint(0, 30 * step))
    QTest.mouseRelease(view, LEFT, NO, start + QPoint(0, 120))
    window.session.flush()
    after = {i: (project.elements[i].x, project.elements[i].y) for i in centers}
    moved = {i: (after[i][0] - before[i][0], after[i][1] - before[i][1]) for i in centers}
    assert moved[centers[2]] == moved[centers[3]] != (0.0, 0.0)
    assert moved[centers[0]] == moved[centers[1]]


def test_that_a_rubber_band_takes_the_whole_group(window: Window, centers: list[int]) -> None:
    project, view = window.session.project, window.canvas.view
    group.group(project, [centers[0], centers[3]])
    window.session.flush()
    box = view.to_pixels(view.world.rect(view.world.row_of[centers[0]])).adjusted(-6, -6, 6, 6)
    start, end = box.topLeft().toPoint(), box.bottomRight().toPoint()
    QTest.mousePress(view, LEFT, SHIFT, start)
    QTest.mouseMove(view, end - QPoint(2, 2))
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, LEFT, SHIFT, end)
    assert set(window.session.selection) == {centers[0], centers[3]}


def test_that_f2_names_a_group_and_the_form_does_too(window: Window, centers: list[int]) -> None:
    project, view = window.session.project, window.canvas.view
    window.session.select(centers[:2])
    QTest.keyClick(view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    turns()
    assert group.name_of(project, centers[:2]) == "group-1"
    window.actions["edit.rename"].trigger()
    line = next(edit for edit in view.findChildren(QLineEdit) if edit.isVisible())
    assert line.text() == "group-1"
    line.setText("front")
    QTest.keyClick(line, Qt.Key.Key_Return)
    turns()
    assert group.name_of(project, centers[:2]) == "front"
    assert project.history.undo_text == "Rename group"
    panel = window.form
    assert panel._name.text() == "front"
    panel._name.setText("back")
    panel._name.editingFinished.emit()
    assert group.name_of(project, centers[:2]) == "back"
    QTest.keyClick(view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier | SHIFT)
    assert group.name_of(project, centers[:2]) == ""
    assert window.session.selection == tuple(centers[:2])
