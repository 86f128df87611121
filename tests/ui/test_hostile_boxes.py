"""Boxes that overlap, lie far away or are huge, by every door through which rows come: drawn and used without harm."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.assets import asset
from designer.catalog import KINDS, LINKS
from designer.commands import blueprints, clipboard, transfer
from designer.commands.restore import restore
from designer.errors import DesignerError
from designer.model.boxes import BOX_LIMITS
from designer.model.element import ROOT_ID, Element, Link, clone
from designer.model.project import Project
from designer.store.file import project_file
from designer.ui.canvas.view.camera import Camera
from designer.ui.canvas.view.view import View
from designer.ui.files.comparison import CompareView, comparison
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.ui.side.outline import Outline

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Rows = list[Element | Link]
BOXES: dict[str, tuple[str, dict[str, float]]] = {
    "VMs on one point": ("vm", {"x": 0.0, "y": 0.0}),
    "zones on one another": ("zone", {"x": 10.0, "y": 10.0}),
    "hosts outside of their zone": ("host", {"x": -900.0, "y": -900.0}),
    "zones at 1e8": ("zone", {"x": 1e8}),
    "hosts at 1e12": ("host", {"y": 1e12}),
    "regions at 1.7e308": ("region", {"x": 1.7e308, "y": -1.7e308}),
    "VMs at 1.7e308": ("vm", {"x": 1.7e308}),
    "zones 1e12 wide": ("zone", {"w": 1e12}),
    "hosts 1.7e308 high": ("host", {"h": 1.7e308}),
    "VMs 1e12 wide": ("vm", {"w": 1e12, "h": 1e12}),
    "zones without a size": ("zone", {"w": 0.0, "h": 0.0}),
    "VMs 1e-300 wide": ("vm", {"w": 1e-300, "h": 1e-300}),
}
VMS_OF_A_HOST = 3
STEP_PX = int(os.environ.get("DESIGNER_STEP_PX", "300"))
"""The mouse goes over the drawing at points so far from each other."""


@cache
def shop() -> Rows:
    """The web shop, of whose hosts each has only its first VMs, with their links."""
    rows = project_file.load(asset("examples/web-shop.clouddesign")).rows
    by_place: dict[int, list[int]] = {}
    for row in rows:
        if isinstance(row, Element) and row.kind == "vm":
            by_place.setdefault(row.parent, []).append(row.id)
    gone = {i for vms in by_place.values() for i in vms[VMS_OF_A_HOST:]}
    return [row for row in rows if gone.isdisjoint((row.source, row.target) if isinstance(row, Link) else (row.id,))]


def hostile(name: str) -> Rows:
    """The shop with such boxes."""
    kind, box = BOXES[name]
    rows = [clone(row) for row in shop()]
    for row in rows:
        if isinstance(row, Element) and row.kind == kind:
            row.__dict__.update(box)
    return rows


@pytest.fixture(autouse=True)
def faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing may reach the excepthook."""
    found: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: found.append(error))
    yield
    assert found == []


def move(widget: Camera, to: QPointF) -> None:
    """Move the mouse over it; it is painted when the event loop has its turn, as QTest would let it after each move."""
    none, kept = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, to, widget.mapToGlobal(to), none, none, kept))


def use(widget: Camera) -> None:
    """Look at it, near and far, and go over it with the mouse."""
    for look in (partial(widget.zoom_to_fit, animated=False), partial(widget.zoom_by, 3.0)):
        look()
        QApplication.processEvents()
        assert not widget.grab().isNull()
        for x in range(20, widget.width(), STEP_PX):
            for y in range(20, widget.height(), STEP_PX):
                move(widget, QPointF(x, y))
            QApplication.processEvents()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.rect().center())
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, QPoint(3, 3))
    QTest.mouseMove(widget, widget.rect().center())
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, widget.rect().center())
    assert not widget.grab().isNull()


def text_of(rows: Rows) -> str:
    """What a copy of everything drawn would be."""
    other = Project(KINDS, LINKS, rows)
    return clipboard.copy(other, [i for i in other.children(ROOT_ID) if other.kind(i).drawn])


def paste(project: Project, rows: Rows) -> None:
    clipboard.paste(project, text_of(rows), ROOT_ID, (0.0, 0.0))


def insert(project: Project, rows: Rows) -> None:
    transfer.insert(project, rows, "shop", (0.0, 0.0))


def place(project: Project, rows: Rows) -> None:
    copied = json.loads(text_of(rows))
    text = json.dumps({**copied, "title": "Shop"})
    blueprints.why_not_place(project, text, ROOT_ID)
    blueprints.size_of(text)
    blueprints.place(project, text, ROOT_ID, (0.0, 0.0))


DOORS: dict[str, Callable[[Project, Rows], object]] = {
    "opened as they are": lambda project, rows: project.replace(rows),
    "restored or merged": restore,
    "pasted": paste,
    "inserted": insert,
    "a blueprint": place,
}
BOUNDED = ("pasted", "inserted", "a blueprint")
"""Doors behind which no box is beyond the limits: what is drawn is less hostile than behind the others."""


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("door", DOORS)
def test_that_such_boxes_are_drawn_and_used_without_harm(
    door: str, name: str, session: Session, theme: Theme, qtbot: QtBot
) -> None:
    view, outline = View(session, theme), Outline(session, theme)
    for widget in (view, outline):
        qtbot.addWidget(widget)
        widget.resize(700, 500)
        widget.show()
    project = session.project
    try:
        DOORS[door](project, hostile(name))
    except DesignerError as error:
        assert str(error).isprintable()
        assert len(project.elements) == 1
        return
    session.flush()
    session.select(list(project.elements))
    outline.grab()
    if door not in BOUNDED:
        use(view)
    else:
        view.zoom_to_fit(animated=False)
        boxes = [e for e in project.elements.values() if project.kinds[e.kind].drawn and e.id != ROOT_ID]
        assert all(abs(e.__dict__[side]) <= most for e in boxes for side, most in BOX_LIMITS.items())
    project.undo()
    project.redo()
    session.flush()
    assert not view.grab().isNull()
    project.replace([])


@pytest.mark.parametrize("name", BOXES)
def test_that_such_boxes_are_compared_without_harm(name: str, theme: Theme, qtbot: QtBot) -> None:
    rows = hostile(name)
    view = CompareView(theme)
    qtbot.addWidget(view)
    view.resize(1000, 500)
    view.show()
    view.show_comparison(comparison(shop(), rows, lambda part: None), ("before", "after"))
    for viewer in view.viewers:
        use(viewer)
    for _ in range(3):
        view.changes.step(1)
        assert not view.grab().isNull()
