"""A fault of ours in what Qt calls is reported; the frame is drawn without that part and the program goes on."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from designer.assets import asset
from designer.commands import edit
from designer.model.element import Element
from designer.store.file import project_file
from designer.ui.canvas.paint import paint
from designer.ui.canvas.view.view import View
from designer.ui.parts.guard import guarded

NO = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


class BrokenError(Exception):
    """What our parts raise here."""


def broken(*_: Any) -> Any:
    """Fail."""
    raise BrokenError


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """The faults that reached the excepthook."""
    faults: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: faults.append(kind))
    return faults


@pytest.fixture
def view(session: Any, theme: Any, qtbot: QtBot) -> View:
    region = edit.place(session.project, "region")
    host = edit.place(session.project, "host", edit.place(session.project, "zone", region))
    edit.place(session.project, "vm", host)
    made = View(session, theme)
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    session.flush()
    session.select([host])
    made.zoom_to_fit(animated=False)
    return made


PARTS = ["_paint_containers", "paint_tiles", "_paint_vms", "paint_outlines", "paint_links", "paint_findings"]


@pytest.mark.parametrize("part", PARTS)
def test_that_a_frame_is_drawn_without_the_part_that_fails(
    view: View, reported: list[type[BaseException]], monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def half(painter: QPainter, *_: Any) -> None:
        painter.setClipRect(0, 0, 1, 1)
        painter.translate(9000, 9000)
        raise BrokenError

    view.overlay.band = view.rect().toRectF().adjusted(100, 100, -100, -100)
    whole = view.grab().toImage()
    monkeypatch.setattr(paint, part, half)
    picture = view.grab().toImage()
    assert reported
    assert set(reported) == {BrokenError}
    assert picture.pixel(100, 200) == whole.pixel(100, 200)  # what is painted after it is in its place
    monkeypatch.undo()
    assert view.grab().toImage() == whole


@pytest.mark.parametrize("name", ["look", "overlay", "links", "session"])
def test_that_a_paint_that_fails_outside_the_parts_ends_its_painter(
    view: View, reported: list[type[BaseException]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole = view.grab().toImage()
    with monkeypatch.context() as within:
        within.setattr(view, name, None)
        for _ in range(3):
            view.repaint()
    assert len(reported) >= 3
    assert view.grab().toImage() == whole


def events() -> dict[str, QEvent]:
    at, where = QPointF(50, 50), QPointF(50, 50)
    kind = QEvent.Type
    return {
        "mousePressEvent": QMouseEvent(kind.MouseButtonPress, at, where, LEFT, LEFT, NO),
        "mouseMoveEvent": QMouseEvent(kind.MouseMove, at, where, LEFT, LEFT, NO),
        "mouseReleaseEvent": QMouseEvent(kind.MouseButtonRelease, at, where, LEFT, LEFT, NO),
        "mouseDoubleClickEvent": QMouseEvent(kind.MouseButtonDblClick, at, where, LEFT, LEFT, NO),
        "wheelEvent": QWheelEvent(at, where, QPoint(), QPoint(0, 120), LEFT, NO, Qt.ScrollPhase.NoScrollPhase, False),
        "keyPressEvent": QKeyEvent(kind.KeyPress, Qt.Key.Key_A, NO, "a"),
        "keyReleaseEvent": QKeyEvent(kind.KeyRelease, Qt.Key.Key_A, NO, "a"),
        "focusOutEvent": QFocusEvent(kind.FocusOut),
        "contextMenuEvent": QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5)),
        "leaveEvent": QEvent(kind.Leave),
        "resizeEvent": QResizeEvent(QSize(500, 400), QSize(400, 300)),
        "event": QHelpEvent(kind.ToolTip, QPoint(5, 5), QPoint(5, 5)),
        "dragEnterEvent": QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, QMimeData(), LEFT, NO),
    }


EVENTS = [
    "mousePressEvent", "mouseMoveEvent", "mouseReleaseEvent", "mouseDoubleClickEvent", "wheelEvent", "keyPressEvent",
    "keyReleaseEvent", "focusOutEvent", "contextMenuEvent", "leaveEvent", "resizeEvent", "event", "dragEnterEvent",
]  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_that_the_program_lives_when_an_event_fails(
    qtbot: QtBot, reported: list[type[BaseException]], name: str
) -> None:
    sent, heard = events()[name], list[str]()

    def fail(self: QWidget, event: QEvent) -> bool:
        if event is not sent:
            return False
        heard.append(name)
        raise BrokenError

    made = guarded(type("Broken", (QWidget,), {name: fail}))()
    qtbot.addWidget(made)
    made.setAcceptDrops(True)
    QApplication.sendEvent(made, sent)
    assert heard
    assert reported == [BrokenError] * len(heard)


def test_that_a_painter_of_a_paint_event_that_fails_is_ended(qtbot: QtBot, reported: list[type[BaseException]]) -> None:
    painters: list[QPainter] = []

    @guarded
    class Half(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            painter = QPainter(self)
            painters.append(painter)
            raise BrokenError

    made = Half()
    qtbot.addWidget(made)
    made.show()
    made.grab()
    assert painters
    assert not any(painter.isActive() for painter in painters)
    assert set(reported) == {BrokenError}


def test_that_a_drawing_whose_vms_all_lie_on_one_point_is_shown_and_used(
    session: Any, theme: Any, qtbot: QtBot
) -> None:
    loaded = project_file.load(asset("examples/web-shop.clouddesign"))
    for row in loaded.rows:
        if isinstance(row, Element) and row.kind == "vm":
            row.__dict__.update(x=0.0, y=0.0)
    view = View(session, theme)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    session.project.replace(loaded.rows)
    session.select([session.project.of_kind("region")[0].id])
    assert not view.grab().isNull()
    for x in range(20, 900, 60):
        for y in range(20, 600, 60):
            QTest.mouseMove(view, QPoint(x, y))
    session.project.replace([])
    session.flush()
