"""Guides under a real mouse: what is dragged or resized snaps to its neighbors, and the drawing says to what."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.commands.arrange import lock
from designer.model import layout
from designer.model.project import Project
from designer.ui.canvas.paint.overlay import handle_boxes
from designer.ui.canvas.paint.selection import FEW
from designer.ui.canvas.view.view import View
from designer.ui.parts.stock import IDS_MIME
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.ui.side.outline import MARK_ROLE, Outline
from tests.waiting import turns

NO, CTRL, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT = Qt.MouseButton.LeftButton


@dataclass
class Floor:
    """A zone with three data centers in a row and a fourth below."""

    zone: int
    row: list[int]
    below: int


@pytest.fixture
def floor(project: Project) -> Floor:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    row = [edit.place(project, "data_center", zone, at=(20.0 + n * 160, 50.0)) for n in range(2)]
    row.append(edit.place(project, "data_center", zone, at=(560.0, 50.0)))
    return Floor(zone, row, edit.place(project, "data_center", zone, at=(90.0, 260.0)))


@pytest.fixture
def view(qtbot: QtBot, session: Session, theme: Theme, floor: Floor) -> View:
    made = View(session, theme)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    with qtbot.waitExposed(made):
        made.show()
    session.flush()
    made.zoom_to_fit(animated=False)
    turns()
    made.show_point(1.0, QPointF(400, 250))
    return made


def head(view: View, element_id: int) -> QPoint:
    here = view.to_pixels(view.world.rect(view.world.row_of[element_id]))
    return (here.topLeft() + QPointF(12, 6)).toPoint()


def go(view: View, at: QPoint, keys: Qt.KeyboardModifier) -> None:
    where = QPointF(view.mapToGlobal(at))
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), where, Qt.MouseButton.NoButton, LEFT, keys)
    QApplication.sendEvent(view, event)


def hold(view: View, start: QPoint, by: tuple[int, int], keys: Qt.KeyboardModifier = NO) -> QPoint:
    """Press at a point and drag; return where the mouse is."""
    QTest.mousePress(view, LEFT, NO, start)
    end = start + QPoint(*by)
    for part in (0.3, 0.7, 1.0):
        go(view, start + (end - start) * part, keys)
    return end


def let_go(view: View, at: QPoint, keys: Qt.KeyboardModifier = NO) -> None:
    QTest.mouseRelease(view, LEFT, keys, at)
    view.session.flush()


def rect(view: View, element_id: int) -> layout.Rect:
    return layout.rect_of(view.session.project, element_id)


def test_that_a_dragged_box_snaps_to_the_edge_of_a_neighbor_as_one_step(floor: Floor, view: View) -> None:
    project = view.session.project
    before, steps = rect(view, floor.below), len(project.history.steps)
    at = hold(view, head(view, floor.below), (87, 10))  # its left edge comes 3 px before that of the second in the row
    assert any(not gap for _, gap in view.overlay.guides)
    lines = [line for line, gap in view.overlay.guides if not gap and line.dx() == 0]
    edge = view.to_pixels(view.world.rect(view.world.row_of[floor.row[1]])).left()
    assert any(abs(line.x1() - edge) <= 1 for line in lines)
    let_go(view, at)
    assert rect(view, floor.below).x == rect(view, floor.row[1]).x
    assert view.overlay.guides == []
    assert len(project.history.steps) == steps + 1
    project.undo()
    assert rect(view, floor.below) == before


@pytest.mark.parametrize("keys", [CTRL, ALT])
def test_that_ctrl_or_alt_suspends_snapping(floor: Floor, view: View, keys: Qt.KeyboardModifier) -> None:
    before = rect(view, floor.below)
    at = hold(view, head(view, floor.below), (87, 10), keys)
    assert view.overlay.guides == []
    let_go(view, at, keys)
    assert rect(view, floor.below)[:2] == (before.x + 87, before.y + 10)


def test_that_a_box_snaps_to_the_gap_of_its_row(floor: Floor, view: View) -> None:
    one, two, third = (rect(view, i) for i in floor.row)
    gap = two.x - one.right
    at = hold(view, head(view, floor.row[2]), (round(two.right + gap - third.x) + 4, 0))
    assert sum(gap for _, gap in view.overlay.guides) >= 2
    let_go(view, at)
    third = rect(view, floor.row[2])
    assert third.x == two.right + gap
    assert third.y == two.y


def test_that_a_selection_snaps_as_one_box(floor: Floor, view: View) -> None:
    view.session.select([floor.below, floor.row[0]])
    one, two = rect(view, floor.below), rect(view, floor.row[0])
    at = hold(view, head(view, floor.below), (0, 197))
    let_go(view, at)
    moved = rect(view, floor.below), rect(view, floor.row[0])
    assert moved[0].y - one.y == moved[1].y - two.y
    assert moved[0].x - one.x == moved[1].x - two.x


def test_that_the_reach_is_measured_on_the_screen(floor: Floor, view: View) -> None:
    view.show_point(3.0, QPointF(150, 300))
    before = rect(view, floor.below)
    at = hold(view, head(view, floor.below), (201, 30))  # 67 units: 3 units, 9 pixels before the edge
    let_go(view, at)
    assert rect(view, floor.below).x == pytest.approx(before.x + 67)


def test_that_a_resized_edge_snaps_to_that_of_a_neighbor(floor: Floor, view: View) -> None:
    project = view.session.project
    view.session.select([floor.below])
    handle = handle_boxes(view.overlay.handles or QRectF())["se"].center().toPoint()
    here, two = rect(view, floor.below), rect(view, floor.row[1])
    steps = len(project.history.steps)
    at = hold(view, handle, (round(two.right - here.right) - 3, 40))
    assert view.overlay.guides
    let_go(view, at)
    assert rect(view, floor.below).right == pytest.approx(two.right)
    assert view.overlay.guides == []
    assert len(project.history.steps) == steps + 1


def test_that_escape_while_dragging_leaves_no_guides(floor: Floor, view: View) -> None:
    before = rect(view, floor.below)
    hold(view, head(view, floor.below), (87, 10))
    assert view.overlay.guides
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.overlay.guides == []
    assert rect(view, floor.below) == before


def test_that_guides_are_painted(floor: Floor, view: View) -> None:
    at = hold(view, head(view, floor.below), (87, 10))
    line = next(line for line, gap in view.overlay.guides if not gap and line.dx() == 0)
    image = view.grab().toImage()
    wanted = view.theme.color("focus").rgb()
    column = [image.pixel(round(line.x1()), y) for y in range(round(line.y1()) + 1, round(line.y2()) - 1)]
    assert wanted in column
    let_go(view, at)


# -- locked and hidden


def test_that_a_locked_box_is_not_dragged_has_no_handles_and_says_so(floor: Floor, view: View) -> None:
    heard: list[str] = []
    view.session.refused.connect(heard.append)
    lock.set_locked(view.session.project, [floor.below], True)
    view.session.select([floor.below])
    view.session.flush()
    assert view.overlay.handles is None
    assert len(view.overlay.locks) == 1
    before = rect(view, floor.below)
    let_go(view, hold(view, head(view, floor.below), (87, 10)))
    assert rect(view, floor.below) == before
    assert heard == [f"{view.session.project.elements[floor.below].name} is locked and stays in place."]


def test_that_among_many_that_are_selected_the_locked_one_has_its_lock_and_all_lines_go_with_the_drawing(
    floor: Floor, view: View
) -> None:
    project = view.session.project
    region = project.elements[floor.below].parent
    many = [edit.place(project, "note", region) for _ in range(FEW + 1)]
    view.session.flush()
    lock.set_locked(project, [many[-1]], True)
    view.session.select(many)
    view.session.flush()
    view.zoom_to_fit(animated=False)
    (box,) = view.overlay.locks
    assert box.center().toPoint() == view.to_pixels(view.world.rect(view.world.row_of[many[-1]])).center().toPoint()
    before, locked = list(view.overlay.selected), QRectF(box)
    view.scroll_by(7, 0)
    moved = QPointF(view.to_pixels(view.world.rect(view.world.row_of[many[-1]])).center() - locked.center()).toPoint()
    assert [b.translated(moved.x(), 0).toRect() for b in before] == [b.toRect() for b in view.overlay.selected]
    assert [b.toRect() for b in view.overlay.locks] == [locked.translated(moved.x(), 0).toRect()]
    edit.delete(project, [many[0]])
    view.session.flush()
    assert len(view.overlay.selected) == len(before) - 1


def test_that_a_hidden_box_is_not_drawn_nor_hit_and_comes_back_with_undo(floor: Floor, view: View) -> None:
    project, at = view.session.project, view.to_drawing(head(view, floor.below))
    rack = edit.place(project, "rack", floor.below)
    lock.set_hidden(project, [floor.below], True)
    view.session.flush()
    assert floor.below not in view.world.row_of
    assert rack not in view.world.row_of
    assert view.world.ids[view.world.at(at.x(), at.y())] == floor.zone
    assert view.world.row_near(rack) == -1
    project.undo()
    view.session.flush()
    assert view.world.ids[view.world.at(at.x(), at.y())] == floor.below


def test_that_the_outline_shows_hidden_rows_gray_and_marks_locked_ones(
    floor: Floor, session: Session, theme: Theme, qtbot: QtBot
) -> None:
    outline = Outline(session, theme)
    qtbot.addWidget(outline)
    rack = edit.place(session.project, "rack", floor.below)
    lock.set_hidden(session.project, [floor.below], True)
    lock.set_locked(session.project, [floor.zone], True)
    session.flush()
    ink = Qt.ItemDataRole.ForegroundRole
    model = outline.model
    for element_id, gray in ((floor.below, True), (rack, True), (floor.zone, False)):
        shown = model.data(model.index_of(element_id), ink)
        assert (shown == theme.color("text.disabled")) == gray
    marks = [model.data(model.index_of(i, 1), MARK_ROLE) for i in (floor.below, floor.zone, rack)]
    assert marks == ["hidden", "lock", None]
    said = model.data(model.index_of(floor.below), Qt.ItemDataRole.AccessibleTextRole)
    assert said.endswith(", hidden")


# -- from the outline to the drawing


def dragged(view: View, ids: list[int], at: QPoint, drop: bool = True) -> None:
    """Drag elements from the outline over a point of the drawing, and let them go there."""
    held = QMimeData()
    held.setData(IDS_MIME, " ".join(map(str, ids)).encode())
    move = Qt.DropAction.MoveAction
    enter = QDragEnterEvent(at, move, held, LEFT, NO)
    QApplication.sendEvent(view, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(view, QDragMoveEvent(at, move, held, LEFT, NO))
    if drop:
        QApplication.sendEvent(view, QDropEvent(QPointF(at), move, held, LEFT, NO))
        view.session.flush()


def test_that_an_element_dragged_from_the_outline_moves_to_where_it_is_dropped(floor: Floor, view: View) -> None:
    project = view.session.project
    rack = edit.place(project, "rack", floor.row[0])
    view.session.flush()
    before, steps = rect(view, rack), len(project.history.steps)
    dragged(view, [rack], head(view, floor.below) + QPoint(20, 30))
    assert project.elements[rack].parent == floor.below
    assert view.session.selection == (rack,)
    assert len(project.history.steps) == steps + 1
    project.undo()
    assert (project.elements[rack].parent, rect(view, rack)) == (floor.row[0], before)


def test_that_an_element_dragged_from_the_outline_to_where_it_may_not_stand_says_why(floor: Floor, view: View) -> None:
    heard: list[str] = []
    view.session.refused.connect(heard.append)
    rack = edit.place(view.session.project, "rack", floor.row[0])
    view.session.flush()
    dragged(view, [rack], QPoint(5, 5), drop=False)
    assert not view.overlay.allowed
    dragged(view, [rack], QPoint(5, 5))
    assert view.session.project.elements[rack].parent == floor.row[0]
    assert len(heard) == 1
    assert heard[0].startswith("Not moved: Rack needs")
