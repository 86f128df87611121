"""The drawing under a real mouse and real keys: placing, moving, resizing, selecting, naming, zooming."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.errors import DesignerError
from designer.model import layout
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.ui.canvas.paint.content_marks import content_text
from designer.ui.canvas.paint.overlay import handle_boxes
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.canvas.tools.rename import RenameBox
from designer.ui.canvas.view import view as view_module
from designer.ui.canvas.view.camera import LARGEST_SCALE, MARGIN_PX, SMALLEST_SCALE
from designer.ui.canvas.view.view import View
from designer.ui.canvas.world.world import World
from designer.ui.parts.stock import KIND_MIME
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from tests.waiting import turns

NO, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
Key = Qt.Key


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


@dataclass
class Site:
    """A region with two zones: a host with three VMs in the first, a data center with a rack in the second."""

    region: int
    left: int
    right: int
    host: int
    vms: list[int]
    center: int
    rack: int


@pytest.fixture
def site(project: Project) -> Site:
    region = edit.place(project, "region", at=(0.0, 0.0))
    left, right = edit.place(project, "zone", region), edit.place(project, "zone", region, at=(400.0, 44.0))
    host = edit.place(project, "host", left)
    vms = [edit.place(project, "vm", host) for _ in range(3)]
    center = edit.place(project, "data_center", right)
    rack = edit.place(project, "rack", center)
    return Site(region, left, right, host, vms, center, rack)


@pytest.fixture
def view(qtbot: QtBot, session: Session, theme: Theme) -> View:
    made = View(session, theme)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    session.flush()
    made.zoom_to_fit(animated=False)
    turns()
    return made


@pytest.fixture
def drawn(site: Site, view: View) -> Site:
    """The site, shown whole, with empty ground around it."""
    view.zoom_by(0.75)
    return site


def box(view: View, element_id: int) -> QRectF:
    """Where an element is in the window."""
    return view.to_pixels(view.world.rect(view.world.row_of[element_id]))


def head(view: View, element_id: int) -> QPoint:
    """A point of an element that nothing in it covers: near the left of its header."""
    here = box(view, element_id)
    return (here.topLeft() + QPointF(min(12.0, here.width() / 2), min(5.0, here.height() / 2))).toPoint()


def ground(view: View, element_id: int) -> QPoint:
    """A point near the lower left corner of a container, beneath all that stands in it."""
    return (box(view, element_id).bottomLeft() + QPointF(3, -3)).toPoint()


def press(view: View, at: QPoint, keys: Qt.KeyboardModifier = NO, button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(view, button, keys, at)


def go(view: View, at: QPoint, keys: Qt.KeyboardModifier = NO, button: Qt.MouseButton = LEFT) -> None:
    where = QPointF(view.mapToGlobal(at))
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), where, Qt.MouseButton.NoButton, button, keys)
    QApplication.sendEvent(view, event)


def let_go(view: View, at: QPoint, keys: Qt.KeyboardModifier = NO, button: Qt.MouseButton = LEFT) -> None:
    QTest.mouseRelease(view, button, keys, at)


def click(view: View, at: QPoint, keys: Qt.KeyboardModifier = NO) -> None:
    press(view, at, keys)
    let_go(view, at, keys)


def drag(view: View, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NO, button: Qt.MouseButton = LEFT) -> None:
    """Press, go there in three steps, let go."""
    press(view, start, keys, button)
    for part in (0.2, 0.6, 1.0):
        go(view, start + (end - start) * part, keys, button)
    let_go(view, end, keys, button)
    view.session.flush()


def _mime(kind: str) -> QMimeData:
    mime = QMimeData()
    mime.setData(KIND_MIME, kind.encode())
    return mime


def hover(view: View, kind: str, at: QPoint) -> QMimeData:
    """Drag a kind from the palette over a point."""
    mime = _mime(kind)
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at, copy, mime, LEFT, NO)
    QApplication.sendEvent(view, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(view, QDragMoveEvent(at, copy, mime, LEFT, NO))
    return mime


def drop(view: View, kind: str, at: QPoint) -> None:
    """Drag a kind from the palette to a point and let it go there."""
    mime = hover(view, kind, at)
    QApplication.sendEvent(view, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, mime, LEFT, NO))
    view.session.flush()


def said(session: Session) -> list[str]:
    """The sentences of refusals, as they come."""
    heard: list[str] = []
    session.refused.connect(heard.append)
    return heard


def has_color(view: View, name: str, area: QRectF) -> bool:
    """Whether a color of the theme is to be seen in a part of the window."""
    image = view.grab(area.toAlignedRect()).toImage()
    wanted = view.theme.color(name).rgb()
    return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def undo_and_redo(view: View, before: dict[int, Any]) -> None:
    """One step back leads to the state before, one forward to the present one, in the world, too."""
    project = view.session.project
    after = state(project)
    assert after != before
    project.undo()
    view.session.flush()
    assert state(project) == before
    assert_same(view.world, project)
    project.redo()
    view.session.flush()
    assert state(project) == after
    assert_same(view.world, project)


# -- the world


def assert_same(world: World, project: Project) -> None:
    """The rows are the elements: order, boxes, parents, subtrees, names, kinds."""
    drawn = [
        i
        for i in project.subtree(ROOT_ID)
        if i != ROOT_ID and i in layout.drawn_children(project, project.elements[i].parent)
    ]
    assert world.ids.tolist() == drawn
    assert world.row_of == {element_id: row for row, element_id in enumerate(drawn)}
    for row, element_id in enumerate(drawn):
        there = layout.absolute_rect(project, element_id)
        shown = world.x[row], world.y[row], world.w[row], world.h[row]
        assert shown == pytest.approx((there.x, there.y, there.w, there.h), abs=1e-6)
        element = project.elements[element_id]
        assert world.names[row] == element.name
        assert world.kind_name(row) == element.kind
        assert world.parent[row] == world.row_of.get(element.parent, -1)
        assert world.ids[world.subtree(row)].tolist() == [i for i in project.subtree(element_id) if i in drawn]


OPS = ("place", "delete", "move", "into", "resize", "rename", "hug", "undo", "redo")


def any_edit(project: Project, what: str, chance: random.Random) -> None:
    """Do something to the design that may be refused."""
    ids = [i for i in project.elements if i != ROOT_ID]
    one = chance.choice(ids) if ids else ROOT_ID
    by = float(chance.randint(-300, 300)), float(chance.randint(-300, 300))
    if what == "place":
        edit.place_through(project, chance.choice([k for k in KINDS if k != "design"]), chance.choice([ROOT_ID, one]))
    elif what == "undo":
        project.undo()
    elif what == "redo":
        project.redo()
    elif one == ROOT_ID:
        return
    elif what == "delete":
        edit.delete(project, [one])
    elif what == "move":
        edit.move(project, [one], by)
    elif what == "into":
        edit.move(project, [one], by, chance.choice([ROOT_ID, *ids]))
    elif what == "resize" and project.kind(one).container:
        here = project.elements[one]
        edit.resize(project, one, (here.x + by[0], here.y + by[1], here.w + abs(by[0]), here.h + abs(by[1])))
    elif what == "rename":
        edit.rename(project, one, f"name {chance.random()}")
    elif what == "hug":
        edit.hug_content(project, [one])


@given(ops=st.lists(st.sampled_from(OPS), min_size=4, max_size=24), seed=st.integers(0, 2**16), often=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_that_the_world_is_the_design_after_any_edits(
    qapp: QApplication, ops: list[str], seed: int, often: bool
) -> None:
    project, chance = Project(KINDS, LINKS), random.Random(seed)
    for kind in ("zone", "host", "vm", "vm", "rack"):
        edit.place_through(project, kind, ROOT_ID)
    session = Session(project)
    world = World(project)
    session.changed.connect(world.follow)
    for what in ops:
        with contextlib.suppress(DesignerError):
            any_edit(project, what, chance)
        if often:  # several edits in one turn of the event loop come as one set of changes
            session.flush()
    session.flush()
    assert_same(world, project)


def test_that_moving_a_container_is_followed_without_reading_everything_anew(site: Site, view: View) -> None:
    ids = view.world.ids
    edit.move(view.session.project, [site.region], (70.0, -30.0))
    view.session.flush()
    assert view.world.ids is ids
    assert_same(view.world, view.session.project)


def test_that_another_design_is_shown_whole(site: Site, view: View) -> None:
    other = Project(KINDS, LINKS)
    edit.place(other, "region", at=(9000.0, 9000.0))
    view.session.project.replace(other.rows())
    assert_same(view.world, view.session.project)
    seen = QRectF(view.rect())
    assert seen.contains(view.to_pixels(view.world.bounds()))


def test_that_asking_at_a_point_answers_the_innermost(drawn: Site, view: View) -> None:
    for element_id in (drawn.region, drawn.left, drawn.host, drawn.vms[1], drawn.rack):
        at = view.to_drawing(head(view, element_id))
        assert view.world.ids[view.world.at(at.x(), at.y())] == element_id
    assert view.world.at(-5000, -5000) == -1


def test_that_the_frame_beneath_the_mouse_is_never_that_of_an_older_size(drawn: Site, view: View) -> None:
    QTest.mouseMove(view, ground(view, drawn.left))
    assert view.overlay.hover == box(view, drawn.left)
    with view.session.project.edit("Resize"):
        view.session.project.set(drawn.left, w=view.session.project.elements[drawn.left].w + 50)
    view.session.flush()
    assert view.overlay.hover is None
    QTest.mouseMove(view, ground(view, drawn.left) + QPoint(1, 0))
    assert view.overlay.hover == box(view, drawn.left)


# -- drops from the palette


def test_that_a_region_dropped_on_nothing_stands_beneath_the_mouse(view: View) -> None:
    project = view.session.project
    at = QPoint(400, 300)
    drop(view, "region", at)
    (region,) = project.children(ROOT_ID)
    assert project.elements[region].kind == "region"
    assert box(view, region).contains(QPointF(at))
    assert abs(box(view, region).center().x() - at.x()) <= 2
    assert view.session.selection == (region,)
    assert len(project.history.steps) == 1
    project.undo()
    view.session.flush()
    assert (view.session.selection, list(project.elements)) == ((), [ROOT_ID])


def test_that_a_legal_place_lights_up_and_takes_the_element(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    at = ground(view, drawn.left)
    hover(view, "subnet", at)
    assert (view.overlay.allowed, view.overlay.reason) == (True, "")
    assert view.overlay.target == box(view, drawn.left)
    assert has_color(view, "drop.ok", view.overlay.target.adjusted(-2, -2, 2, 2))
    assert state(project) == before
    drop(view, "subnet", at)
    (subnet,) = project.of_kind("subnet")
    assert subnet.parent == drawn.left
    assert view.session.selection == (subnet.id,)
    assert (view.overlay.target, view.overlay.ghost) == (None, None)
    undo_and_redo(view, before)


def test_that_a_vm_stays_one_cell_and_takes_what_stands_in_it(drawn: Site, view: View) -> None:
    project, cell = view.session.project, box(view, drawn.vms[1])
    before, rows = state(project), view.world.ids.tolist()
    at = view.pixel_of(view.world.rect(view.world.row_of[drawn.vms[1]]).center()).toPoint()
    hover(view, "volume", at)
    assert (view.overlay.allowed, view.overlay.reason, view.overlay.target) == (True, "", cell)
    drop(view, "volume", at)
    (volume,) = project.of_kind("volume")
    assert (volume.parent, view.session.selection) == (drawn.vms[1], (volume.id,))
    assert (view.world.ids.tolist(), box(view, drawn.vms[1])) == (rows, cell)
    row = view.world.row_of[drawn.vms[1]]
    edit.place(project, "application", drawn.vms[1])
    view.session.flush()
    assert (content_text(view.world, row), view.world.row_near(volume.id)) == ("1 application, 1 volume", row)
    assert "1 application, 1 volume" in tip_of(view.brush, row)
    project.undo()
    view.session.flush()
    assert content_text(view.world, row) == "1 volume"
    undo_and_redo(view, before)


@pytest.mark.parametrize(
    ("kind", "where", "reason"),
    [
        ("service", "left", "Service can only stand on the drawing itself"),
        ("rack", "host", "Rack needs a data center or a zone"),
        ("zone", "center", "Zone needs a region"),
        ("auto_scaling_group", "right", "Scaling group needs a region"),
        ("subnet", "rack", "Subnet needs a zone"),
    ],
)
def test_that_an_illegal_place_says_why_and_makes_nothing(
    drawn: Site, view: View, kind: str, where: str, reason: str
) -> None:
    session, heard = view.session, said(view.session)
    before, steps = state(session.project), len(session.project.history.steps)
    at, target = head(view, getattr(drawn, where)), box(view, getattr(drawn, where))
    hover(view, kind, at)
    assert (view.overlay.allowed, view.overlay.reason, view.overlay.target) == (False, reason, target)
    assert has_color(view, "drop.refused", target.adjusted(-2, -2, 2, 2))
    assert not has_color(view, "drop.ok", target.adjusted(-2, -2, 2, 2))
    drop(view, kind, at)
    assert heard == [f"{KINDS[kind].label} was not placed: {reason}."]
    assert (state(session.project), len(session.project.history.steps)) == (before, steps)
    assert (view.overlay.target, view.overlay.reason) == (None, "")


def test_that_a_full_subnet_is_red_while_hovering(drawn: Site, view: View) -> None:
    project = view.session.project
    subnet = edit.place(project, "subnet", drawn.left, cidr="10.0.0.0/29")
    for _ in range(3):
        edit.place(project, "vm", subnet)
    view.session.flush()
    hover(view, "vm", ground(view, subnet))
    assert (view.overlay.allowed, view.overlay.reason) == (False, "subnet-1 has 3 addresses and all are taken")


@pytest.mark.parametrize(
    ("kind", "where", "said_first", "chain"),
    [
        ("vm", "rack", "Also creates host here", ["host", "rack"]),
        ("rack", "region", "Also creates zone here", ["zone", "region"]),
        ("subnet", "region", "Also creates zone here", ["zone", "region"]),
    ],
)
def test_that_missing_levels_are_announced_and_made_in_one_step(
    drawn: Site, view: View, kind: str, where: str, said_first: str, chain: list[str]
) -> None:
    project, before = view.session.project, state(view.session.project)
    at = ground(view, getattr(drawn, where))
    hover(view, kind, at)
    assert (view.overlay.allowed, view.overlay.reason) == (True, said_first)
    drop(view, kind, at)
    (made,) = view.session.selection
    above = list(project.ancestors(made))
    assert project.elements[made].kind == kind
    assert [project.elements[i].kind for i in above[: len(chain)]] == chain
    assert getattr(drawn, where) in above
    assert len(state(project)) == len(before) + 2
    undo_and_redo(view, before)


def test_that_a_drop_on_a_vm_goes_into_its_host(drawn: Site, view: View) -> None:
    drop(view, "vm", box(view, drawn.vms[0]).center().toPoint())
    (made,) = view.session.selection
    assert view.session.project.elements[made].parent == drawn.host


@pytest.mark.parametrize("present", [3, 8, 40])
def test_that_the_ghost_in_a_grid_is_where_the_new_one_will_stand(site: Site, view: View, present: int) -> None:
    project = view.session.project
    for _ in range(present - 3):
        edit.place(project, "vm", site.host)
    view.session.flush()
    view.zoom_to_fit(animated=False)
    at = head(view, site.host)
    hover(view, "vm", at)
    ghost, origin = view.overlay.ghost, box(view, site.host).topLeft()
    assert ghost is not None
    drop(view, "vm", at)
    (made,) = view.session.selection
    stands = box(view, made).translated(origin - box(view, site.host).topLeft())
    assert (ghost.x(), ghost.y(), ghost.width()) == pytest.approx((stands.x(), stands.y(), stands.width()), abs=1.0)


def test_that_dragging_out_again_leaves_no_light(drawn: Site, view: View) -> None:
    hover(view, "subnet", ground(view, drawn.left))
    assert view.overlay.target is not None
    QApplication.sendEvent(view, QDragLeaveEvent())
    assert (view.overlay.target, view.overlay.ghost, view.overlay.reason) == (None, None, "")


def test_that_what_is_no_kind_is_not_taken(view: View) -> None:
    mime = QMimeData()
    mime.setText("vm")
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, mime, LEFT, NO)
    QApplication.sendEvent(view, enter)
    assert not enter.isAccepted()


# -- selecting


def test_that_a_click_selects_the_innermost_and_the_empty_ground_nothing(drawn: Site, view: View) -> None:
    for element_id in (drawn.vms[2], drawn.host, drawn.left, drawn.region):
        click(view, head(view, element_id))
        assert view.session.selection == (element_id,)
        assert view.overlay.selected == [box(view, element_id)]
    click(view, QPoint(5, 5))
    assert view.session.selection == ()


def test_that_control_adds_and_takes_away(drawn: Site, view: View) -> None:
    click(view, head(view, drawn.vms[0]))
    click(view, head(view, drawn.vms[1]), CTRL)
    assert view.session.selection == (drawn.vms[0], drawn.vms[1])
    click(view, head(view, drawn.vms[0]), CTRL)
    assert view.session.selection == (drawn.vms[1],)


def test_that_shift_click_adds_and_takes_away(drawn: Site, view: View) -> None:
    click(view, head(view, drawn.vms[0]))
    click(view, head(view, drawn.vms[1]), SHIFT)
    assert set(view.session.selection) == set(drawn.vms[:2])
    click(view, head(view, drawn.vms[1]), SHIFT)
    assert view.session.selection == (drawn.vms[0],)


def test_that_a_click_on_one_of_several_selects_only_it(drawn: Site, view: View) -> None:
    view.session.select(drawn.vms)
    press(view, head(view, drawn.vms[1]))
    assert view.session.selection == tuple(drawn.vms)
    let_go(view, head(view, drawn.vms[1]))
    assert view.session.selection == (drawn.vms[1],)


def test_that_the_right_button_selects_what_it_asks_about(drawn: Site, view: View) -> None:
    view.session.select(drawn.vms)
    press(view, head(view, drawn.vms[1]), button=RIGHT)
    let_go(view, head(view, drawn.vms[1]), button=RIGHT)
    assert view.session.selection == tuple(drawn.vms)
    press(view, head(view, drawn.rack), button=RIGHT)
    let_go(view, head(view, drawn.rack), button=RIGHT)
    assert view.session.selection == (drawn.rack,)


def test_that_a_rubber_band_selects_the_outermost_wholly_inside(drawn: Site, view: View) -> None:
    around = box(view, drawn.region).adjusted(-8, -8, 8, 8).toAlignedRect()
    steps = len(view.session.project.history.steps)
    press(view, around.topLeft())
    go(view, (box(view, drawn.left).bottomRight() + QPointF(2, 2)).toPoint())
    assert view.overlay.band is not None
    assert view.session.selection == (drawn.left,)  # the region reaches beyond the band, its left zone does not
    go(view, around.bottomRight())
    assert view.session.selection == (drawn.region,)
    let_go(view, around.bottomRight())
    assert (view.session.selection, view.overlay.band) == ((drawn.region,), None)
    assert len(view.session.project.history.steps) == steps


def test_that_shift_lets_a_band_begin_on_an_element_and_adds(drawn: Site, view: View) -> None:
    view.session.select([drawn.rack])
    vms = box(view, drawn.vms[0]).united(box(view, drawn.vms[2]))
    begin = (vms.topLeft() + QPointF(-2, -2)).toPoint()
    assert view.world.at(*_scene(view, begin)) >= 0
    drag(view, begin, (vms.bottomRight() + QPointF(2, 2)).toPoint(), SHIFT)
    assert view.session.selection == (drawn.rack, *drawn.vms)


def test_that_escape_gives_back_what_was_selected_before_a_band(drawn: Site, view: View) -> None:
    view.session.select([drawn.rack])
    around = box(view, drawn.region).adjusted(-8, -8, 8, 8).toAlignedRect()
    press(view, around.topLeft(), SHIFT)
    go(view, around.bottomRight(), SHIFT)
    assert view.session.selection == (drawn.rack, drawn.region)
    QTest.keyClick(view, Key.Key_Escape)
    assert (view.session.selection, view.overlay.band) == ((drawn.rack,), None)
    let_go(view, around.bottomRight(), SHIFT)
    assert view.session.selection == (drawn.rack,)


def _scene(view: View, at: QPoint) -> tuple[float, float]:
    there = view.to_drawing(at)
    return there.x(), there.y()


# -- moving


def test_that_a_dragged_element_goes_as_far_as_the_mouse(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    steps = len(project.history.steps)
    start, way = head(view, drawn.region), QPoint(60, 40)
    drag(view, start, start + way)
    moved = project.elements[drawn.region]
    went = (moved.x - before[drawn.region]["x"], moved.y - before[drawn.region]["y"])
    assert went == pytest.approx((60 / view.scale_now, 40 / view.scale_now), abs=1.0 / view.scale_now)
    after = state(project)
    assert {i for i in after if after[i] != before[i]} == {drawn.region}
    assert len(project.history.steps) == steps + 1
    assert view.session.selection == (drawn.region,)
    undo_and_redo(view, before)


def test_that_nothing_is_changed_while_dragging_and_a_picture_goes_along(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    start, there = head(view, drawn.host), head(view, drawn.host) + QPoint(0, 60)
    corner = box(view, drawn.host).topLeft()
    press(view, start)
    go(view, there)
    assert view.overlay.picture is not None
    assert (view.overlay.picture_at - corner - QPointF(0, 60)).manhattanLength() < 2
    assert view.brush.hidden is not None
    assert view.world.ids[view.brush.hidden].tolist() == [drawn.host, *drawn.vms]
    assert state(project) == before
    let_go(view, there)
    assert (view.overlay.picture, view.brush.hidden) == (None, None)


def test_that_a_shaking_hand_does_not_move(drawn: Site, view: View) -> None:
    before = state(view.session.project)
    start = head(view, drawn.host)
    drag(view, start, start + QPoint(2, 2))
    assert state(view.session.project) == before
    assert view.session.selection == (drawn.host,)


def test_that_a_drop_into_another_container_takes_along_what_stands_in_it(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    steps = len(project.history.steps)
    start, end = head(view, drawn.host), ground(view, drawn.right)
    press(view, start)
    go(view, end)
    assert (view.overlay.target, view.overlay.allowed) == (box(view, drawn.right), True)
    let_go(view, end)
    view.session.flush()
    assert project.elements[drawn.host].parent == drawn.right
    assert project.children(drawn.host) == drawn.vms
    assert len(project.history.steps) == steps + 1
    undo_and_redo(view, before)


def test_that_several_are_moved_together_in_one_step(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    subnet = edit.place(project, "subnet", drawn.right)
    before = state(project)
    view.session.flush()
    view.session.select([drawn.vms[0], drawn.vms[2]])
    drag(view, head(view, drawn.vms[0]), ground(view, subnet))
    assert project.children(subnet) == [drawn.vms[0], drawn.vms[2]]
    assert project.children(drawn.host) == [drawn.vms[1]]
    undo_and_redo(view, before)


def test_that_a_refused_drop_moves_nothing_and_says_why(drawn: Site, view: View) -> None:
    project, before, heard = view.session.project, state(view.session.project), said(view.session)
    steps = len(project.history.steps)
    start, end = head(view, drawn.left), head(view, drawn.center)
    press(view, start)
    go(view, end)
    assert (view.overlay.allowed, view.overlay.reason) == (False, "Zone needs a region")
    let_go(view, end)
    assert heard == ["Not moved: Zone needs a region."]
    assert (state(project), len(project.history.steps)) == (before, steps)
    assert view.overlay.target is None


def test_that_a_container_is_refused_while_hovering_for_what_stands_in_it(drawn: Site, view: View) -> None:
    project, heard = view.session.project, said(view.session)
    disk = edit.place(project, "volume", drawn.left)
    edit.connect(project, "attached_to", disk, drawn.vms[1])
    view.session.flush()
    before = state(project)
    start, end = head(view, drawn.host), ground(view, drawn.right)
    press(view, start)
    go(view, end)
    reason = "vm-2: vol-1 is in zone-1 and vm-2 is in zone-2"
    assert (view.overlay.target, view.overlay.allowed) == (box(view, drawn.right), False)
    assert view.overlay.reason == reason
    assert has_color(view, "drop.refused", box(view, drawn.right).adjusted(-2, -2, 2, 2))
    let_go(view, end)
    assert heard == [f"Not moved: {reason}."]
    assert state(project) == before


def test_that_alt_keeps_an_element_in_its_container(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    start, end = head(view, drawn.host), ground(view, drawn.right)
    press(view, start, ALT)
    go(view, end, ALT)
    assert view.overlay.target is None
    let_go(view, end, ALT)
    view.session.flush()
    host = project.elements[drawn.host]
    assert host.parent == drawn.left
    assert host.x > before[drawn.host]["x"] + 50
    assert project.elements[drawn.left].w > before[drawn.left]["w"] + 50  # the zone holds it still
    undo_and_redo(view, before)


def test_that_alt_counts_when_the_mouse_is_let_go(drawn: Site, view: View) -> None:
    press(view, head(view, drawn.host))
    go(view, ground(view, drawn.right))
    assert view.overlay.target is not None
    let_go(view, ground(view, drawn.right), ALT)
    assert view.session.project.elements[drawn.host].parent == drawn.left


def test_that_escape_takes_a_drag_back(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    press(view, head(view, drawn.host))
    go(view, ground(view, drawn.right))
    QTest.keyClick(view, Key.Key_Escape)
    assert (view.overlay.picture, view.overlay.target, view.brush.hidden) == (None, None, None)
    assert view.session.selection == (drawn.host,)
    let_go(view, ground(view, drawn.right))
    assert state(project) == before


@pytest.mark.parametrize("ends", ["undo", "replace"])
def test_that_a_drag_ends_when_what_is_dragged_goes_away(drawn: Site, view: View, ends: str) -> None:
    project = view.session.project
    before = state(project)
    vm = edit.place(project, "vm", drawn.host)
    view.session.flush()
    press(view, head(view, vm))
    go(view, ground(view, drawn.right))
    if ends == "undo":
        project.undo()
        view.session.flush()
    else:
        rows = list(Project(KINDS, LINKS).rows())
        project.replace(rows)
        before = {row.id: values(row) for row in rows}
    assert (view.overlay.picture, view.brush.hidden) == (None, None)
    view.grab()
    go(view, head(view, drawn.rack) if ends == "undo" else QPoint(300, 300))
    let_go(view, QPoint(300, 300))
    assert state(project) == before


# -- resizing


def handle(view: View, name: str) -> QPoint:
    assert view.overlay.handles is not None
    return handle_boxes(view.overlay.handles)[name].center().toPoint()


def test_that_a_corner_pulls_a_container_bigger_in_one_step(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    steps = len(project.history.steps)
    view.session.select([drawn.right])
    start = handle(view, "se")
    drag(view, start, start + QPoint(60, 45))
    zone, was = project.elements[drawn.right], before[drawn.right]
    grown = zone.w - was["w"], zone.h - was["h"]
    assert grown == pytest.approx((60 / view.scale_now, 45 / view.scale_now), abs=1.5 / view.scale_now)
    assert (zone.x, zone.y, zone.hug) == (was["x"], was["y"], False)
    assert len(project.history.steps) == steps + 1
    undo_and_redo(view, before)


@pytest.mark.parametrize(("name", "dx", "dy"), [("n", 0, 1), ("e", 1, 0), ("s", 0, 1), ("w", 1, 0)])
def test_that_an_edge_pulls_one_way_only(drawn: Site, view: View, name: str, dx: int, dy: int) -> None:
    project, was = view.session.project, layout.absolute_rect(view.session.project, drawn.region)
    inside = layout.absolute_rect(project, drawn.rack)
    view.session.select([drawn.region])
    out = {"n": QPoint(0, -40), "e": QPoint(40, 0), "s": QPoint(0, 40), "w": QPoint(-40, 0)}[name]
    start = handle(view, name)
    drag(view, start, start + out + QPoint(7 * dy, 7 * dx))
    now, far = layout.absolute_rect(project, drawn.region), 40 / view.scale_now
    assert (now.w - was.w, now.h - was.h) == pytest.approx((far * dx, far * dy), abs=1.5 / view.scale_now)
    fixed = (was.right, was.bottom) if name in "nw" else (was.x, was.y)
    assert ((now.right, now.bottom) if name in "nw" else (now.x, now.y)) == pytest.approx(fixed, abs=1e-6)
    rack = layout.absolute_rect(project, drawn.rack)
    assert (rack.x, rack.y, rack.w) == pytest.approx((inside.x, inside.y, inside.w), abs=1e-6)


def test_that_a_container_never_gets_smaller_than_its_content(drawn: Site, view: View) -> None:
    project = view.session.project
    view.session.select([drawn.region])
    drag(view, handle(view, "se"), (box(view, drawn.region).topLeft() + QPointF(10, 10)).toPoint())
    outer = layout.absolute_rect(project, drawn.region)
    for zone in (drawn.left, drawn.right):
        inner = layout.absolute_rect(project, zone)
        assert inner.right <= outer.right
        assert inner.bottom <= outer.bottom


def test_that_escape_takes_a_resize_back(drawn: Site, view: View) -> None:
    before = state(view.session.project)
    view.session.select([drawn.right])
    start = handle(view, "se")
    press(view, start)
    go(view, start + QPoint(50, 50))
    assert state(view.session.project) != before
    QTest.keyClick(view, Key.Key_Escape)
    let_go(view, start + QPoint(50, 50))
    assert state(view.session.project) == before
    assert view.session.selection == (drawn.right,)


def test_that_two_resizes_are_two_steps(drawn: Site, view: View) -> None:
    steps = len(view.session.project.history.steps)
    view.session.select([drawn.right])
    for _ in range(2):
        start = handle(view, "se")
        drag(view, start, start + QPoint(20, 20))
    assert len(view.session.project.history.steps) == steps + 2


def test_that_what_holds_nothing_and_several_have_no_handles(drawn: Site, view: View) -> None:
    view.session.select([drawn.vms[0]])
    assert view.overlay.handles is None
    view.session.select([drawn.left])
    assert view.overlay.handles is not None
    view.session.select([drawn.left, drawn.right])
    assert view.overlay.handles is None


def test_that_a_resize_ends_when_its_container_goes_away(drawn: Site, view: View) -> None:
    project = view.session.project
    region = edit.place(project, "region", at=(0.0, -200.0))
    view.session.flush()
    view.session.select([region])
    start = handle(view, "se")
    press(view, start)
    edit.delete(project, [region])
    view.session.flush()
    before = state(project)
    go(view, start + QPoint(40, 40))
    let_go(view, start + QPoint(40, 40))
    assert state(project) == before


# -- names


def rename_box(view: View) -> RenameBox:
    found = view.findChildren(RenameBox)
    assert len(found) == 1
    return found[0]


def begin_rename(qtbot: QtBot, view: View, element_id: int) -> RenameBox:
    """Open the line as F2 does and wait until it takes the keys."""
    view.session.select([element_id])
    view.begin_rename([element_id])
    line = rename_box(view)
    qtbot.waitUntil(line.hasFocus)
    assert line.isVisible()
    assert line.selectedText() == view.session.project.elements[element_id].name
    return line


def test_that_enter_takes_the_typed_name_in_one_step(qtbot: QtBot, drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    line = begin_rename(qtbot, view, drawn.left)
    QTest.keyClicks(line, "Mumbai a")
    QTest.keyClick(line, Key.Key_Return)
    view.session.flush()
    assert project.elements[drawn.left].name == "Mumbai a"
    assert not line.isVisible()
    assert view.hasFocus()
    assert view.session.selection == (drawn.left,)
    assert view.world.names[view.world.row_of[drawn.left]] == "Mumbai a"
    undo_and_redo(view, before)


def test_that_escape_leaves_the_name(qtbot: QtBot, drawn: Site, view: View) -> None:
    before = state(view.session.project)
    line = begin_rename(qtbot, view, drawn.left)
    QTest.keyClicks(line, "nonsense")
    QTest.keyClick(line, Key.Key_Escape)
    assert not line.isVisible()
    assert view.session.selection == (drawn.left,)
    assert state(view.session.project) == before
    begin_rename(qtbot, view, drawn.left)  # and the next time the name is offered again


def test_that_leaving_the_line_takes_the_name(qtbot: QtBot, drawn: Site, view: View) -> None:
    line = begin_rename(qtbot, view, drawn.left)
    QTest.keyClicks(line, "Pune")
    click(view, head(view, drawn.right))
    assert not line.isVisible()
    assert view.session.project.elements[drawn.left].name == "Pune"
    assert view.session.selection == (drawn.right,)


def test_that_an_empty_name_is_refused(qtbot: QtBot, drawn: Site, view: View) -> None:
    before, heard = state(view.session.project), said(view.session)
    line = begin_rename(qtbot, view, drawn.left)
    QTest.keyClick(line, Key.Key_Backspace)
    QTest.keyClick(line, Key.Key_Return)
    assert heard == ["A name needs at least one letter."]
    assert state(view.session.project) == before


@pytest.mark.parametrize("key", [Key.Key_Up, Key.Key_Down, Key.Key_Left, Key.Key_Right])
def test_that_arrows_in_the_name_do_not_move_the_element(qtbot: QtBot, drawn: Site, view: View, key: Key) -> None:
    before = state(view.session.project)
    line = begin_rename(qtbot, view, drawn.left)
    for _ in range(3):
        QTest.keyClick(line, key)
    assert line.isVisible()
    assert state(view.session.project) == before


def test_that_a_double_click_opens_the_line_over_the_element(qtbot: QtBot, drawn: Site, view: View) -> None:
    at = head(view, drawn.right)
    click(view, at)
    QTest.mouseDClick(view, LEFT, NO, at)
    line = rename_box(view)
    assert line.isVisible()
    assert line.text() == "zone-2"
    corner = box(view, drawn.right).topLeft()
    assert (QPointF(line.pos()) - corner).manhattanLength() <= 2
    view.scroll_by(-30, 0)
    assert (QPointF(line.pos()) - corner + QPointF(30, 0)).manhattanLength() <= 2


# -- keys


def test_that_arrows_nudge_and_are_one_step(drawn: Site, view: View) -> None:
    project, before = view.session.project, state(view.session.project)
    steps = len(project.history.steps)
    view.session.select([drawn.region])
    for key, keys in ((Key.Key_Right, NO), (Key.Key_Right, NO), (Key.Key_Down, SHIFT)):
        QTest.keyClick(view, key, keys)
    view.session.flush()
    region, was = project.elements[drawn.region], before[drawn.region]
    assert (region.x - was["x"], region.y - was["y"]) == (16, 40)
    assert len(project.history.steps) == steps + 1
    undo_and_redo(view, before)
    view.session.select([])
    view.session.select([drawn.region])
    QTest.keyClick(view, Key.Key_Up)
    assert len(project.history.steps) == steps + 2


def test_that_arrows_with_nothing_selected_change_nothing(drawn: Site, view: View) -> None:
    before = state(view.session.project)
    for key in (Key.Key_Right, Key.Key_Down):
        QTest.keyClick(view, key)
    assert state(view.session.project) == before


def test_that_control_and_arrows_stay_at_what_has_no_box_of_its_own(drawn: Site, view: View) -> None:
    project, session = view.session.project, view.session
    vm = project.of_kind("vm")[0].id
    for inside in (edit.place(project, "application", vm, ram_mib=1.0), edit.place(project, "volume", vm)):
        session.flush()
        session.select([inside])
        QTest.keyClick(view, Key.Key_Right, CTRL)
        assert list(session.selection) == [inside]


def test_that_control_and_arrows_walk_along_siblings(drawn: Site, view: View) -> None:
    before = state(view.session.project)
    view.session.select([drawn.vms[0]])
    walked = []
    for key in (Key.Key_Right, Key.Key_Down, Key.Key_Right, Key.Key_Left, Key.Key_Up):
        QTest.keyClick(view, key, CTRL)
        walked += view.session.selection
    a, b, c = drawn.vms
    assert walked == [b, c, a, c, b]
    assert state(view.session.project) == before


def test_that_enter_goes_in_and_escape_goes_out(drawn: Site, view: View) -> None:
    way = []
    for _ in range(5):
        QTest.keyClick(view, Key.Key_Return)
        way += view.session.selection
    assert way == [drawn.region, drawn.left, drawn.host, drawn.vms[0], drawn.vms[0]]
    back = []
    for _ in range(4):
        QTest.keyClick(view, Key.Key_Escape)
        back.append(view.session.selection)
    assert back == [(drawn.host,), (drawn.left,), (drawn.region,), ()]


@pytest.mark.parametrize("key", [Key.Key_Escape, Key.Key_Return, Key.Key_Left])
@pytest.mark.parametrize("keys", [NO, CTRL])
def test_that_a_key_right_after_a_removal_finds_no_ghost(
    drawn: Site, view: View, key: Key, keys: Qt.KeyboardModifier
) -> None:
    project = view.session.project
    view.session.select([drawn.host])
    edit.delete(project, [drawn.host])  # the panels are told in the next turn of the event loop
    before = state(project)
    QTest.keyClick(view, key, keys)
    assert all(i in project.elements for i in view.session.selection)
    assert state(project) == before


@pytest.mark.parametrize("undone", [False, True])
def test_that_a_picture_before_the_panels_are_told_is_of_the_new_design(drawn: Site, view: View, undone: bool) -> None:
    project = view.session.project
    service = edit.place(project, "service")
    edit.connect(project, "member", drawn.vms[0], service)
    if undone:
        edit.delete(project, [drawn.host])
    view.session.flush()
    project.undo() if undone else edit.delete(project, [drawn.host, service])
    early = view.grab().toImage()
    view.session.flush()
    assert view.grab().toImage() == early
    assert_same(view.world, project)


# -- zoom and pan


def test_that_zoom_to_fit_shows_all_with_a_margin(site: Site, view: View) -> None:
    edit.place(view.session.project, "region", at=(2600.0, 900.0))
    view.session.flush()
    view.zoom_by(5.0)
    view.zoom_to_fit(animated=False)
    shown, room = view.to_pixels(view.world.bounds()), view.rect()
    assert QRectF(room).adjusted(MARGIN_PX - 2, MARGIN_PX - 2, 2 - MARGIN_PX, 2 - MARGIN_PX).contains(shown)
    assert shown.width() == pytest.approx(room.width() - 2 * MARGIN_PX, abs=2)
    assert (shown.center() - QRectF(room).center()).manhattanLength() < 3


def test_that_animated_fit_comes_to_the_same(qtbot: QtBot, site: Site, view: View) -> None:
    view.zoom_to_fit(animated=False)
    wanted = view.scale_now
    view.zoom_by(3.0)
    view.theme.still = False
    view.zoom_to_fit()
    assert view.animations
    qtbot.waitUntil(lambda: not view.animations)
    assert view.scale_now == pytest.approx(wanted)
    assert QRectF(view.rect()).contains(view.to_pixels(view.world.bounds()))


def test_that_the_fit_is_kept_until_the_drawing_is_moved(qtbot: QtBot, site: Site, view: View) -> None:
    view.scroll_by(-70, -20)
    view.zoom_to_fit(animated=False)
    view.resize(500, 400)
    turns()
    assert QRectF(view.rect()).contains(view.to_pixels(view.world.bounds()))
    view.scroll_by(-50, 0)
    scale = view.scale_now
    view.resize(900, 600)
    turns()
    assert view.scale_now == scale


def wheel(view: View, at: QPoint, dy: int, keys: Qt.KeyboardModifier = NO) -> None:
    where = QPointF(view.mapToGlobal(at))
    event = QWheelEvent(
        QPointF(at), where, QPoint(), QPoint(0, dy), Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(view, event)


def test_that_control_and_wheel_zoom_at_the_mouse(drawn: Site, view: View) -> None:
    at = box(view, drawn.rack).center().toPoint()
    beneath, scale = view.to_drawing(at), view.scale_now
    for _ in range(4):
        wheel(view, at, 120, CTRL)
    assert view.scale_now > scale * 1.8
    assert (view.to_drawing(at) - beneath).manhattanLength() * view.scale_now < 6
    for _ in range(60):
        wheel(view, at, 120, CTRL)
    assert view.scale_now == pytest.approx(LARGEST_SCALE)
    for _ in range(200):
        wheel(view, at, -120, CTRL)
    assert view.scale_now == pytest.approx(SMALLEST_SCALE)


def test_that_the_wheel_scrolls_and_with_shift_sideways(drawn: Site, view: View) -> None:
    was = box(view, drawn.region).topLeft()
    wheel(view, QPoint(300, 300), -120)
    assert (box(view, drawn.region).topLeft() - was) == QPointF(0, -60)
    wheel(view, QPoint(300, 300), -120, SHIFT)
    assert (box(view, drawn.region).topLeft() - was) == QPointF(-60, -60)


@pytest.mark.parametrize("how", ["middle", "space", "hand"])
def test_that_the_drawing_is_dragged_and_nothing_is_selected(drawn: Site, view: View, how: str) -> None:
    before, was = state(view.session.project), box(view, drawn.region).topLeft()
    button = MIDDLE if how == "middle" else LEFT
    if how == "space":
        QTest.keyPress(view, Key.Key_Space)
    elif how == "hand":
        view.tool = "hand"
    start = head(view, drawn.left)
    drag(view, start, start + QPoint(80, -35), button=button)
    if how == "space":
        QTest.keyRelease(view, Key.Key_Space)
    assert (box(view, drawn.region).topLeft() - was - QPointF(80, -35)).manhattanLength() < 2
    assert (view.session.selection, state(view.session.project)) == ((), before)
    view.tool = "select"
    click(view, head(view, drawn.left))
    assert view.session.selection == (drawn.left,)


def test_that_reveal_brings_into_sight(qtbot: QtBot, drawn: Site, view: View) -> None:
    view.zoom_by(4.0)
    view.scroll_by(4000, 3000)
    assert not QRectF(view.rect()).intersects(box(view, drawn.rack))
    view.theme.still = False
    view.session.reveal.emit([drawn.rack])
    qtbot.waitUntil(lambda: QRectF(view.rect()).contains(box(view, drawn.rack)))
    qtbot.waitUntil(lambda: not view.animations)
    assert view.overlay.flashes == []


def test_that_a_tip_is_plain_text(drawn: Site, view: View) -> None:
    edit.rename(view.session.project, drawn.left, "<b>Mumbai</b>")
    view.session.flush()
    tip = tip_of(view.brush, view.world.row_of[drawn.left])
    assert "Mumbai" in tip
    assert "(Zone)" in tip
    assert not QtGui.Qt.mightBeRichText(tip)


def test_that_only_what_is_dragged_is_missing_from_the_picture(drawn: Site, view: View) -> None:
    def pixels() -> np.ndarray:
        image = view.grab(box(view, drawn.center).toAlignedRect()).toImage()
        bits = np.frombuffer(image.constBits(), np.uint8)
        return bits.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 4].copy()

    whole = pixels()
    hidden = np.zeros(view.world.ids.size, np.bool_)
    hidden[view.world.subtree(view.world.row_of[drawn.left])] = True
    view.hide_rows(hidden)
    assert (pixels() == whole).all()
    hidden[view.world.subtree(view.world.row_of[drawn.center])] = True
    view.hide_rows(hidden)
    assert (pixels() != whole).any()
    view.hide_rows(None)
    assert (pixels() == whole).all()


def test_that_a_vm_is_marked_with_the_volume_attached_to_it_wherever_that_stands(view: View, drawn: Site) -> None:
    project, vm = view.session.project, drawn.vms[0]
    zone = next(e.id for e in project.of_kind("zone"))
    volume = edit.place(project, "volume", zone)
    view.session.flush()
    assert content_text(view.world, view.world.row_of[vm]) == ""
    edit.connect(project, "attached_to", volume, vm)
    view.session.flush()
    assert content_text(view.world, view.world.row_of[vm]) == "1 volume"
    project.undo()
    view.session.flush()
    assert content_text(view.world, view.world.row_of[vm]) == ""
    project.redo()
    edit.delete(project, [volume])
    view.session.flush()
    assert content_text(view.world, view.world.row_of[vm]) == ""


def test_that_the_drawing_is_not_painted_again_for_what_lies_above_it_and_is_never_an_old_one(
    drawn: Site, view: View, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted, paint = [], view_module.paint_world
    monkeypatch.setattr(view_module, "paint_world", lambda *given: (painted.append(True), paint(*given)))

    def with_band(left: int) -> QtGui.QImage:
        view.overlay.band = QRectF(left, 20, 60, 50)
        view.repaint_soon()
        return view.grab().toImage()

    project = session.project
    changes = [
        lambda: None,
        lambda: session.select([drawn.vms[0]]),
        lambda: session.do(edit.rename, project, drawn.host, "another name"),  # told to the panels a little later
        lambda: session.do(edit.move, project, [drawn.center], (30.0, 10.0)),
        lambda: session.do(edit.delete, project, [drawn.vms[1]]),
        lambda: view.set_collapsed([drawn.right]),
        lambda: view.theme.set_mode("dark"),
        lambda: view.zoom_by(1.2),
        lambda: view.resize(420, 380),
        lambda: session.do(project.undo),
    ]
    for change in changes:
        change()
        turns()
        painted.clear()
        pictures = [with_band(left) for left in (10, 90, 200)]
        assert len(painted) == 1, change
        view.update()
        assert pictures[-1] == view.grab().toImage()
        assert pictures[-1] != pictures[0]
        with_band(10)
        change()  # and nothing else happens before the next picture
        late = with_band(200)
        view.update()
        assert late == view.grab().toImage(), change
    view.theme.set_mode("light")
