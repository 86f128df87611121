"""Finding the way: jumps back and forward, breadcrumbs at deep zoom, the minimap."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.ui.canvas.paint.paint import in_sight
from designer.ui.canvas.view.crumbs import AROUND_PX, ICON_PX
from designer.ui.canvas.view.jumps import MOST, Jumps, Spot
from designer.ui.canvas.view.view import View
from designer.ui.shell.window import Window
from tests.waiting import HUNG_MS, turns

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


@pytest.fixture
def site(window: Window) -> dict[str, int]:
    project = window.session.project
    region = edit.place(project, "region", name="mumbai")
    for z in "ab":
        zone = edit.place(project, "zone", region, name=f"zone-{z}")
        center = edit.place(project, "data_center", zone, name=f"dc-{z}")
        rack = edit.place(project, "rack", center, name=f"rack-{z}")
        host = edit.place(project, "host", rack, name=f"host-{z}")
        edit.place(project, "vm", host, name=f"vm-{z}")
    window.session.flush()
    window.canvas.view.zoom_to_fit(animated=False)
    turns()
    return {e.name: e.id for e in project.elements.values()}


def settled(qtbot: QtBot, view: View) -> tuple[float, float, float]:
    """Scale and middle once nothing moves."""
    qtbot.waitUntil(lambda: not view.animations, timeout=HUNG_MS)
    return view.spot.scale, view.spot.middle.x(), view.spot.middle.y()


# -- jumps


def test_that_spots_are_gone_through_in_both_ways() -> None:
    jumps = Jumps()
    a, b, c = (Spot(1.0, QPointF(n, 0)) for n in range(3))
    jumps.note(a)
    jumps.note(b)
    assert jumps.back(c) == b
    assert jumps.back(b) == a
    assert jumps.back(a) is None
    assert jumps.forward(a) == b
    assert jumps.forward(b) == c
    assert jumps.forward(c) is None
    jumps.back(c)
    jumps.note(b)  # another way is taken
    assert jumps.forward(b) is None


def test_that_only_so_many_spots_are_remembered() -> None:
    jumps = Jumps()
    for n in range(MOST + 50):
        jumps.note(Spot(1.0, QPointF(n, 0)))
    count, here = 0, Spot(9.0, QPointF())
    while (spot := jumps.back(here)) is not None:
        here, count = spot, count + 1
    assert count == MOST


def test_that_alt_left_goes_back_to_where_one_was_and_alt_right_forward(
    qtbot: QtBot, window: Window, site: dict[str, int]
) -> None:
    view = window.canvas.view
    whole = settled(qtbot, view)
    window.session.select([site["host-a"]])
    view.zoom_to_selection()
    deep = settled(qtbot, view)
    window.search.open("vm-b")
    QTest.keyClick(window.search.line, Qt.Key.Key_Return)
    far = settled(qtbot, view)
    assert far != deep
    window.frame.activateWindow()
    view.setFocus()
    turns()
    for key, spot in ((Qt.Key.Key_Left, deep), (Qt.Key.Key_Left, whole), (Qt.Key.Key_Right, deep),
                      (Qt.Key.Key_Right, far)):  # fmt: skip
        QTest.keyClick(view, key, Qt.KeyboardModifier.AltModifier)
        assert settled(qtbot, view) == pytest.approx(spot, abs=1.0)


def test_that_going_back_to_the_whole_drawing_fits_it_again(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    window.session.select([site["vm-a"]])
    view.zoom_to_selection()
    settled(qtbot, view)
    assert not view.keeps_fit
    window.actions["view.back"].trigger()
    settled(qtbot, view)
    assert view.keeps_fit


# -- in and out


def test_that_keys_go_into_an_element_and_out_again(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    window.session.select([site["zone-a"]])
    window.actions["view.inside"].trigger()
    settled(qtbot, view)
    assert window.session.selection == (site["dc-a"],)
    zone = view.to_pixels(view.world.rect(view.world.row_of[site["zone-a"]]))
    assert QRectF(view.rect()).contains(zone)
    window.actions["view.outside"].trigger()
    settled(qtbot, view)
    assert window.session.selection == (site["zone-a"],)
    for _ in range(2):
        window.actions["view.outside"].trigger()
        settled(qtbot, view)
    assert window.session.selection == ()
    assert view.keeps_fit


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Right])
def test_that_the_view_goes_to_what_a_key_selects(
    qtbot: QtBot, window: Window, site: dict[str, int], key: Qt.Key
) -> None:
    view = window.canvas.view
    start = {Qt.Key.Key_Escape: "host-a", Qt.Key.Key_Return: "zone-b", Qt.Key.Key_Right: "zone-a"}[key]
    window.session.select([site[start]])
    view.show_point(10.0, view.world.rect(view.world.row_of[site["vm-a"]]).center())
    deep = settled(qtbot, view)
    arrow = Qt.KeyboardModifier.ControlModifier if key == Qt.Key.Key_Right else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(view, key, arrow)
    settled(qtbot, view)
    assert view.sees(view.box_of(window.session.selection))
    shown = settled(qtbot, view)
    for _ in range(3):  # what is in sight already moves nothing
        window.session.select([site[start]])
        QTest.keyClick(view, key, arrow)
        assert settled(qtbot, view) == shown
    window.actions["view.back"].trigger()
    assert settled(qtbot, view) == pytest.approx(deep, abs=1.0)


# -- breadcrumbs


def names(window: Window) -> list[str]:
    return [button.toolTip() for button in window.canvas.crumbs.buttons]


def test_that_containers_whose_headers_are_out_of_sight_are_named(
    qtbot: QtBot, window: Window, site: dict[str, int]
) -> None:
    view = window.canvas.view
    assert not window.canvas.crumbs.isVisible()
    box = view.world.rect(view.world.row_of[site["vm-b"]])
    view.show_point(10.0, box.center())
    assert names(window)[:2] == ["mumbai", "zone-b"]
    assert window.canvas.crumbs.isVisible()
    turns()
    for button in window.canvas.crumbs.buttons:
        assert button.width() == ICON_PX + QFontMetrics(button.font()).horizontalAdvance(button.text()) + AROUND_PX
        assert button.width() > 40
        assert window.canvas.crumbs.rect().contains(button.geometry())
    assert (
        window.canvas.crumbs.geometry().topRight() == view.rect().topRight()
    )  # a bar, which cuts no word in the middle
    edit.rename(window.session.project, site["zone-b"], "zone-c")
    window.session.flush()
    assert names(window)[1] == "zone-c"


def test_that_a_click_on_a_crumb_shows_that_container_whole(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    view.show_point(10.0, view.world.rect(view.world.row_of[site["vm-b"]]).center())
    QTest.mouseClick(window.canvas.crumbs.buttons[1], LEFT)
    settled(qtbot, view)
    assert window.session.selection == (site["zone-b"],)
    assert QRectF(view.rect()).contains(view.to_pixels(view.world.rect(view.world.row_of[site["zone-b"]])))
    assert "zone-b" not in names(window)


def test_that_the_words_of_a_header_stay_in_sight_at_the_side_of_the_view(window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    box = view.world.rect(view.world.row_of[site["rack-b"]])
    view.show_point(10.0, QPointF(box.right() - 5.0, box.top()))
    view.grab()
    header = in_sight(view.brush, view.to_pixels(box))
    assert view.to_pixels(box).left() < header.left() == view.rect().left()
    assert header.right() == view.to_pixels(box).right()


# -- the minimap


def test_that_the_map_is_there_while_the_drawing_overflows(window: Window, site: dict[str, int]) -> None:
    view, small = window.canvas.view, window.canvas.minimap
    assert not small.isVisible()
    view.show_point(6.0, view.world.bounds().center())
    assert small.isVisible()
    view.zoom_to_fit(animated=False)
    assert not small.isVisible()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
def test_that_what_is_shown_large_does_not_lie_under_the_map(
    window: Window, site: dict[str, int], size: tuple[int, int]
) -> None:
    window.frame.resize(*size)
    turns()
    view, small = window.canvas.view, window.canvas.minimap
    for name in ("vm-a", "host-a"):
        box = view.box_of([site[name]])
        view.show_box(box, False, 12.0)
        shown = view.to_pixels(box)
        assert small.isVisible()
        assert QRectF(view.rect()).contains(shown)
        assert not QRectF(small.geometry()).intersects(shown)


def test_that_a_press_on_the_map_shows_that_place_and_can_be_taken_back(
    qtbot: QtBot, window: Window, site: dict[str, int]
) -> None:
    view, small = window.canvas.view, window.canvas.minimap
    view.show_point(4.0, view.world.rect(view.world.row_of[site["vm-a"]]).center())
    before = settled(qtbot, view)
    inside = small.in_view()
    QTest.mouseClick(small, LEFT, pos=QPoint(small.width() // 2, small.height() // 2))
    middle = view.world.bounds().center()
    assert (view.spot.middle - middle).manhattanLength() < 8
    assert small.in_view().center() != inside.center()
    window.actions["view.back"].trigger()
    assert settled(qtbot, view) == pytest.approx(before, abs=1.0)


def test_that_the_map_shows_the_drawing(window: Window, site: dict[str, int]) -> None:
    view, small = window.canvas.view, window.canvas.minimap
    view.show_point(6.0, view.world.bounds().center())
    image = small.grab().toImage()
    colors = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert len(colors) > 3
