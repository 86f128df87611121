"""The palette under a real mouse and real keys: what it offers, placing by keyboard, dragging onto the drawing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS
from designer.commands import edit
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.settings import Settings
from designer.study.run import EngineHost
from designer.ui.frame import Frame
from designer.ui.palette import KIND_MIME, KindButton, Palette
from designer.ui.session import Session
from designer.ui.theme import Theme
from designer.ui.window import Window

# The offscreen platform says of windows and popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
NO = Qt.KeyboardModifier.NoModifier


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


def _let_close(frame: Frame) -> None:
    """The test is over: nobody is there to answer."""
    frame.may_close = lambda: True


@pytest.fixture
def window(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> Iterator[Window]:
    settings = Settings(tmp_path / "settings.json")
    frame = Frame(theme, settings)
    made = Window(frame, session, theme, settings, EngineHost())
    qtbot.addWidget(frame, before_close_func=_let_close)
    with qtbot.waitExposed(frame):
        frame.show()
    frame.activateWindow()
    qtbot.waitUntil(frame.isActiveWindow)
    yield made
    made.control.close()


def button(window: Window, kind: str) -> KindButton:
    (found,) = [b for b in window.palette.buttons if b.kind == kind]
    return found


def press_enter(window: Window, kind: str) -> None:
    """Go to a kind and press Enter."""
    button(window, kind).setFocus()
    QTest.keyClick(button(window, kind), Key.Key_Return)
    window.session.flush()


def chain(project: Project, element_id: int) -> list[str]:
    """The kinds from an element up to the design."""
    return [project.elements[i].kind for i in (element_id, *project.ancestors(element_id))]


# -- what it offers


def test_that_every_kind_is_offered_with_words_icon_and_help(window: Window) -> None:
    offered = [kind for kind in KINDS.values() if kind.in_palette]
    assert [b.kind for b in window.palette.buttons] == [kind.name for kind in offered]
    for shown, kind in zip(window.palette.buttons, offered, strict=True):
        assert (shown.text(), shown.accessibleName()) == (kind.label, f"Place {kind.label}")
        assert kind.help in shown.toolTip()
        assert not shown.icon().isNull()
        assert shown.focusPolicy() is Qt.FocusPolicy.StrongFocus
        assert shown.width() >= shown.fontMetrics().horizontalAdvance(kind.label) + 16  # nothing is cut off


def test_that_a_compact_palette_shows_icons_only_and_is_narrower(qtbot: QtBot, session: Session, theme: Theme) -> None:
    palette = Palette(session, theme)
    qtbot.addWidget(palette)
    palette.show()
    full = palette.minimumSizeHint().width()
    palette.set_compact(True)
    qtbot.wait(1)
    assert {b.toolButtonStyle() for b in palette.buttons} == {Qt.ToolButtonStyle.ToolButtonIconOnly}
    assert palette.minimumSizeHint().width() < full
    assert [b.accessibleName() for b in palette.buttons] == [f"Place {KINDS[b.kind].label}" for b in palette.buttons]
    palette.set_compact(False)
    qtbot.wait(1)
    assert palette.minimumSizeHint().width() == full


def test_that_icons_follow_the_theme(window: Window) -> None:
    def pictures() -> list[Any]:
        return [b.icon().pixmap(16, 16).toImage() for b in window.palette.buttons]

    light = pictures()
    window.theme.set_mode("dark")
    assert all(one != other for one, other in zip(light, pictures(), strict=True))
    window.theme.set_mode("light")
    assert pictures() == light


# -- by keyboard


def test_that_enter_places_in_the_selected_container_and_selects_it(window: Window) -> None:
    session = window.session
    project = session.project
    zone = edit.place_through(project, "zone", ROOT_ID)
    session.flush()
    session.select([zone])
    before, steps = state(project), len(project.history.steps)
    press_enter(window, "host")
    (host,) = session.selection
    assert (project.elements[host].kind, project.elements[host].parent) == ("host", zone)
    assert len(project.history.steps) == steps + 1
    press_enter(window, "vm")
    (vm,) = session.selection
    assert chain(project, vm) == ["vm", "host", "zone", "region", "design"]
    project.undo()
    project.undo()
    assert state(project) == before


def test_that_the_nearest_legal_container_above_takes_it(window: Window) -> None:
    session = window.session
    vm = edit.place_through(session.project, "vm", edit.place_through(session.project, "host", ROOT_ID))
    session.flush()
    session.select([vm])
    press_enter(window, "vm")
    assert session.project.elements[session.selection[0]].parent == session.project.elements[vm].parent
    session.select([vm])
    press_enter(window, "service")
    assert session.project.elements[session.selection[0]].parent == ROOT_ID


def test_that_missing_levels_are_made_where_nothing_is_selected(window: Window) -> None:
    session = window.session
    press_enter(window, "subnet")
    assert chain(session.project, session.selection[0]) == ["subnet", "zone", "region", "design"]
    assert len(session.project.history.steps) == 1
    session.project.undo()
    session.flush()
    assert (list(session.project.elements), session.selection) == ([ROOT_ID], ())


def test_that_a_refused_place_is_told_and_changes_nothing(window: Window) -> None:
    session, heard = window.session, []
    session.refused.connect(heard.append)
    service = edit.place(session.project, "service")
    session.flush()
    session.select([service])
    before = state(session.project)
    press_enter(window, "zone")
    assert heard == ["Zone cannot stand in service-1."]
    assert (state(session.project), session.selection) == (before, (service,))
    assert window._toast.isVisible()
    assert window._toast.text() == heard[0]


def test_that_arrows_walk_through_all_kinds(window: Window) -> None:
    first, *rest = window.palette.buttons
    first.setFocus()
    walked = []
    for _ in rest:
        QTest.keyClick(QApplication.focusWidget(), Key.Key_Down)
        walked.append(QApplication.focusWidget())
    assert walked == rest
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Up)
    assert QApplication.focusWidget() is rest[-2]
    assert list(window.session.project.elements) == [ROOT_ID]


# -- by mouse


def test_that_a_click_alone_places_nothing_and_a_double_click_does(window: Window) -> None:
    session = window.session
    QTest.mouseClick(button(window, "region"), LEFT)
    assert list(session.project.elements) == [ROOT_ID]
    QTest.mouseDClick(button(window, "region"), LEFT)
    session.flush()
    assert [session.project.elements[i].kind for i in session.project.children(ROOT_ID)] == ["region"]


@pytest.mark.parametrize("kind", ["region", "vm", "service"])
def test_that_drawing_a_kind_away_drags_it_by_the_name_the_drawing_takes(window: Window, kind: str) -> None:
    # The offscreen platform ends every drag at once; its drops are tested with the drawing, whole drags on a real X.
    source = button(window, kind)
    at = source.rect().center()
    QTest.mousePress(source, LEFT, pos=at)
    assert source.isDown()
    QTest.mouseMove(source, at + QPoint(2, 2))
    assert source.findChildren(QDrag) == []  # a shaking hand is no drag
    QTest.mouseMove(source, at + QPoint(QApplication.startDragDistance() + 2, 0))
    (drag,) = source.findChildren(QDrag)
    assert drag.mimeData().formats() == [KIND_MIME]
    assert bytes(drag.mimeData().data(KIND_MIME).data()).decode() == kind
    assert not drag.pixmap().isNull()
    assert not source.isDown()
    enter = QDragEnterEvent(QPoint(300, 200), Qt.DropAction.CopyAction, drag.mimeData(), LEFT, NO)
    QApplication.sendEvent(window.canvas.view.viewport(), enter)
    assert enter.isAccepted()
    QTest.mouseRelease(source, LEFT, pos=at)
    assert list(window.session.project.elements) == [ROOT_ID]
