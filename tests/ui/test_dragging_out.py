"""Dragging from the drawing to the outline: a drop on a row moves into it, by the rule that every move asks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model import layout
from designer.model.element import ROOT_ID
from designer.ui.shell.window import Window
from tests.waiting import turns

LEFT, NO = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


@pytest.fixture
def site(window: Window) -> dict[str, int]:
    project = window.session.project
    zone = edit.place(project, "zone", edit.place(project, "region", name="mumbai"), name="zone-a")
    for n in "ab":
        edit.place(project, "data_center", zone, name=f"dc-{n}")
    ids = {e.name: e.id for e in project.elements.values()}
    edit.place(project, "rack", ids["dc-a"], name="rack-1")
    window.session.flush()
    window.frame.resize(1440, 900)
    window.outline.tree.expandAll()
    window.canvas.view.zoom_to_fit(animated=False)
    turns()
    return {e.name: e.id for e in project.elements.values()}


def drag(window: Window, what: int, row: int | None, drop: bool = True) -> None:
    """Drag an element of the drawing to the row of another in the outline; None: below all rows."""
    view, tree = window.canvas.view, window.outline.tree
    box = view.to_pixels(view.world.rect(view.world.row_of[what]))
    start = (box.topLeft() + QPointF(12, 6)).toPoint()
    place = QPoint(20, tree.viewport().height() - 3)
    if row is not None:
        place = tree.visualRect(window.outline.model.index_of(row)).center()
    end = view.mapFromGlobal(tree.viewport().mapToGlobal(place))
    QTest.mousePress(view, LEFT, NO, start)
    for part in (0.2, 0.6, 1.0):
        QTest.mouseMove(view, start + (end - start) * part)
    turns()
    if drop:
        QTest.mouseRelease(view, LEFT, NO, end)
        window.session.flush()


def test_that_a_drop_on_a_row_moves_into_it_as_one_step(window: Window, site: dict[str, int]) -> None:
    project, steps = window.session.project, len(window.session.project.history.steps)
    drag(window, site["rack-1"], site["dc-b"], drop=False)
    overlay = window.canvas.view.overlay
    assert (overlay.allowed, overlay.reason) == (True, "Into dc-b")
    drag(window, site["rack-1"], site["dc-b"])
    assert project.elements[site["rack-1"]].parent == site["dc-b"]
    assert len(project.history.steps) == steps + 1
    inner, outer = layout.absolute_rect(project, site["rack-1"]), layout.absolute_rect(project, site["dc-b"])
    assert outer.x <= inner.x and inner.right <= outer.right and outer.y <= inner.y and inner.bottom <= outer.bottom
    project.undo()
    assert project.elements[site["rack-1"]].parent == site["dc-a"]


@pytest.mark.parametrize(
    ("row", "why"),
    [("dc-a", "It already stands in dc-a"), ("rack-1", "An element cannot stand in itself"), ("mumbai", "Rack needs")],
)
def test_that_a_row_that_does_not_take_it_says_why(window: Window, site: dict[str, int], row: str, why: str) -> None:
    heard: list[str] = []
    window.session.refused.connect(heard.append)
    before = layout.absolute_rect(window.session.project, site["rack-1"])
    drag(window, site["rack-1"], site[row])
    assert [said.startswith(f"Not moved: {why}") for said in heard] == [True]
    assert layout.absolute_rect(window.session.project, site["rack-1"]) == before


def test_that_below_all_rows_is_the_design(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    drag(window, site["dc-a"], None)
    assert project.elements[site["dc-a"]].parent == ROOT_ID


def test_that_the_outline_stays_where_it_is_until_what_is_dragged_is_let_go(
    qtbot: QtBot, window: Window, site: dict[str, int]
) -> None:
    project, outline = window.session.project, window.outline
    for n in range(60):
        edit.place(project, "rack", site["dc-b"], name=f"more-{n:02}")
    window.session.flush()
    outline.tree.expandAll()
    window.canvas.view.zoom_to_fit(animated=False)
    turns()
    bar = outline.tree.verticalScrollBar()
    bar.setValue(bar.maximum())
    at = bar.value()
    more = next(e.id for e in project.elements.values() if e.name == "more-59")
    drag(window, site["rack-1"], more, drop=False)
    assert window.session.selection == (site["rack-1"],)
    assert bar.value() == at > 0
    QTest.keyClick(window.canvas.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(window.canvas.view, LEFT, NO, QPoint(5, 5))
    index = outline.model.index_of(site["rack-1"])
    qtbot.waitUntil(lambda: outline.tree.viewport().rect().contains(outline.tree.visualRect(index)))
