"""Cells of the drawing: their states are told by shape as well as by color."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QTransform
from PySide6.QtWidgets import QApplication

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.project import Project
from designer.study.frames import ElementState
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.cells import frames, paint_over, paint_state_cells
from designer.ui.canvas.paint.fitting import CARD_ICON_PX, card_name, cell_lines
from designer.ui.canvas.paint.flat import flats
from designer.ui.canvas.paint.flat import picture as picture_of
from designer.ui.canvas.paint.flat.corners import corners
from designer.ui.canvas.paint.flat.picture import FlatPicture
from designer.ui.canvas.paint.glyphs import GRIDS, LOW_GRIDS
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.paint.pixels import edges_of
from designer.ui.canvas.world import sets
from designer.ui.canvas.world.live import live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.sets import paint_box
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from designer.ui.shell.window import Window
from tests.benchmarks.canvas_alive import frames_of
from tests.benchmarks.canvas_paint import design
from tests.ui.heard import Heard

MARKED = [state for state in ElementState if state not in (ElementState.RUNNING, ElementState.REFUSED)]


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


def shape_of(theme: Theme, state: ElementState, width: int, height: int) -> NDArray[np.bool_]:
    """Which pixels of a cell have the color of its state."""
    image = QImage(width + 4, height + 4, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    paint_state_cells(painter, theme, np.array([[2.0, 2.0, width, height]]), state)
    painter.end()
    color = theme.state(state).rgb()
    return np.array([[image.pixel(x, y) == color for x in range(width + 4)] for y in range(height + 4)])


@pytest.mark.parametrize(("width", "height"), [(6, 4), (6, 6), (8, 5), (9, 9), (14, 9), (14, 14), (28, 18)])
def test_that_every_two_states_differ_in_their_shape_from_six_pixels_on(
    qapp: QApplication, theme: Theme, width: int, height: int
) -> None:
    shapes = {state: shape_of(theme, state, width, height) for state in MARKED}
    for one, other in combinations(MARKED, 2):
        if width < 28:
            assert (shapes[one] != shapes[other]).sum() >= 2, (one, other)
    assert all(shape.any() for shape in shapes.values())
    assert not any(shape[[0, 1, -1, -2]].any() or shape[:, [0, 1, -1, -2]].any() for shape in shapes.values())


def test_that_of_the_smallest_cells_a_failed_one_is_full_and_the_others_half(qapp: QApplication, theme: Theme) -> None:
    filled = {state: int(shape_of(theme, state, 4, 2).sum()) for state in MARKED}
    assert filled.pop(ElementState.FAILED) == 8
    assert set(filled.values()) == {4}


def test_that_small_silhouettes_are_all_different() -> None:
    for grids, rows in ((GRIDS, 5), (LOW_GRIDS, 3)):
        assert set(grids) == set(MARKED)
        assert {len(grid) for grid in grids.values()} == {rows}
        assert len(set(grids.values())) == len(MARKED)


def test_that_notches_are_triangles_of_whole_pixels_in_the_upper_right_corner() -> None:
    boxes = np.array([[10.0, 20.0, 8.0, 6.0], [30.0, 20.0, 8.0, 6.0]])
    lines, whose = corners(edges_of(boxes), np.array([2.0, 3.4]))
    assert lines.tolist() == [
        [16, 20, 17, 20], [17, 21, 17, 21], [35, 20, 37, 20], [36, 21, 37, 21], [37, 22, 37, 22],
    ]  # fmt: skip
    assert whose.tolist() == [0, 0, 1, 1, 1]


def test_that_a_frame_covers_the_edge_of_its_box_only(qapp: QApplication) -> None:
    sides = frames(np.array([[1.0, 1.0, 5.0, 4.0]]), 1.0)
    covered = np.zeros((7, 7), np.int64)
    for left, top, width, height in sides.astype(int).tolist():
        covered[top : top + height, left : left + width] += 1
    expected = np.zeros((7, 7), np.bool_)
    expected[1:5, 1:6], expected[2:4, 2:5] = True, False
    assert ((covered > 0) == expected).all()


def test_that_overload_is_a_notch_in_small_cells_and_a_frame_too_in_large_ones(
    qapp: QApplication, theme: Theme
) -> None:
    image = QImage(60, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    paint_over(painter, theme, np.array([[0.0, 0.0, 8.0, 8.0], [20.0, 0.0, 16.0, 12.0]]))
    painter.end()
    color = theme.color("overload").rgb()
    assert image.pixel(7, 0) == color
    assert image.pixel(0, 7) != color
    assert [image.pixel(35, 0), image.pixel(20, 11)] == [color, color]
    assert image.pixel(22, 8) != color


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("room", [20.0, 29.0, 40.0, 80.0, 200.0])
def test_that_names_in_cells_keep_the_end_by_which_neighbors_differ(theme: Theme, most: int, room: float) -> None:
    measures = QFontMetricsF(theme.font("tile"))
    said = {n: tuple(cell_lines(f"shop-frontend-{n}", measures, room, most)) for n in range(10, 100)}
    assert all(measures.horizontalAdvance(line) <= room for lines in said.values() for line in lines)
    if room > 20.0:
        assert len(set(said.values())) == 90
    else:  # room for the last digit, and for the one before where both are narrow
        assert all(str(n).endswith(lines[-1].lstrip("…")) and lines[-1] != "…" for n, lines in said.items())
    assert cell_lines("vm-1", measures, room + 20, most) == ["vm-1"]


def test_that_a_name_takes_both_lines_of_its_cell(theme: Theme) -> None:
    measures = QFontMetricsF(theme.font("tile"))
    room = measures.horizontalAdvance("shop-fro") + 0.5
    assert cell_lines("shop-frontend", measures, room, 2) == ["shop-fro", "ntend"]
    first, second = cell_lines("shop-frontend-of-europe-7", measures, room, 2)
    assert first == "shop-fro"
    assert second.startswith("…")
    assert second.endswith("e-7")


@pytest.mark.parametrize("scale", [6.8, 7.2, 7.5, 9.0])
def test_that_cards_tell_their_load_however_low_they_are(qapp: QApplication, theme: Theme, scale: float) -> None:
    world = World(design(1, 16))
    (frame, *_), brush = frames_of(world), Brush(theme, world)
    brush.live = live_of(world, frame, Mapping(world, frame.ids), "heat")
    image, row = QImage(1000, 400, QImage.Format.Format_RGB32), int(np.flatnonzero(world.is_vm)[0])
    painter, box = QPainter(image), world.rect(row)
    painter.setTransform(QTransform(scale, 0, 0, scale, 20 - box.x() * scale, 20 - box.y() * scale))
    painter.setClipRect(box)
    paint_world(painter, brush)
    painter.end()
    below = range(20 + 28, int(20 + box.height() * scale) - 4)
    inks = {image.pixel(x, y) for y in below for x in range(26, int(16 + box.width() * scale))}
    assert len(inks) > 5, inks


@pytest.mark.parametrize("name", ["db-c1-10", "search-c1-1", "a-name-that-is-long"])
def test_that_a_name_on_a_card_is_whole_before_it_has_an_icon_or_large_letters(theme: Theme, name: str) -> None:
    brush = Brush(theme, World(Project(KINDS, LINKS)))
    shown = [card_name(brush, name, room) for room in range(30, 260)]
    for room, (font, icon_px, text) in zip(range(30, 260), shown, strict=True):
        assert QFontMetricsF(font).horizontalAdvance(text) <= room - icon_px
    whole = [text == name for _, _, text in shown]
    assert whole == sorted(whole)  # from some width on
    assert shown[-1][1:] == (CARD_ICON_PX, name)
    first = whole.index(True)
    assert shown[first][1] == 0.0
    assert shown[first][0].pixelSize() < shown[-1][0].pixelSize()


@pytest.mark.parametrize(("scale", "ratio"), [(0.1, 1), (0.25, 1), (0.8, 1), (0.24, 2), (0.4, 2), (0.3, 3)])
def test_that_a_picture_of_flat_colors_is_what_filling_box_by_box_is(
    qapp: QApplication, theme: Theme, monkeypatch: pytest.MonkeyPatch, scale: float, ratio: int
) -> None:
    monkeypatch.setattr(flats, "MANY", 400)
    monkeypatch.setattr(picture_of, "FEW", 150)
    world = World(design(14, 40))
    world.w[np.flatnonzero(world.is_vm)[:30]] *= 0.7  # too small for cells before the others are
    frame, brush, hosts = frames_of(world)[0], Brush(theme, world), np.flatnonzero(world.is_host)
    frame.state[40:60], frame.state[70:90] = ElementState.FAILED, ElementState.WAITING
    frame.heat[100:] *= 0.5
    mapping, hidden, used = Mapping(world, frame.ids), np.zeros(world.ids.size, np.bool_), []
    hidden[world.subtree(int(hosts[9]))] = hidden[hosts[3] + 1] = True
    corner, one_go = world.bounds().topLeft() * scale, FlatPicture.paint

    def picture(turn: int) -> QImage:
        image = QImage(700, 500, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor("#ffffff"))
        painter = QPainter(image)
        view = QTransform(scale, 0, 0, scale, round(20 - corner.x()) - 9 * turn, round(10 - corner.y()) + 2 * turn)
        painter.setTransform(view)
        painter.setClipRect(view.inverted()[0].mapRect(QRectF(image.rect())))
        paint_world(painter, brush)
        painter.end()
        return image

    monkeypatch.setattr(FlatPicture, "paint", lambda *given: (used.append(True), one_go(*given)))
    states = (None, None, 0), (None, hidden, 0), ("heat", None, 0), ("state", hidden, 0), ("heat", hidden, 9)
    for colors, away, failed in states if ratio == 1 else states[2:]:
        frame.failed_root[frame.ids == world.ids[hosts[failed]]] = failed > 0
        brush.live, brush.hidden = live_of(world, frame, mapping, colors) if colors else None, away
        picture(0)  # in which the levels of detail are found
        at_one_go, box_by_box = [picture(turn) for turn in range(3)], []
        assert used
        used.clear()
        for turn in range(3):
            brush.flat = FlatPicture()  # it is ready when it is asked for twice
            box_by_box.append(picture(turn))
        assert not used
        assert at_one_go == box_by_box


@pytest.mark.parametrize("width", [150, 110, 93, 82])
def test_that_a_narrow_box_shortens_the_name_and_keeps_the_figure(window: Window, width: int) -> None:
    project, view = window.session.project, window.canvas.view
    users = edit.place(project, "user_population", name="people-in-europe", mean_rps=512.0)
    window.session.flush()
    image = QImage(300, 60, QImage.Format.Format_ARGB32)
    painter = Heard(image)
    paint_box(painter, view.brush, view.world.row_of[users], QRectF(4, 4, width, 20), 0.62)
    painter.end()
    figure, name = painter.texts
    assert figure == "512 req/s"
    assert name == "people-in-europe" or (name.startswith("p") and "…" in name)


@pytest.mark.parametrize(
    ("name", "width", "said"),
    [
        ("web", 180, "12–30, 21 desired"), ("web", 132, "12–30 …"), ("web", 80, ""), ("web-servers", 175, "12–30 …"),
        ("web-servers", 125, ""),
    ],
)  # fmt: skip
def test_that_a_sentence_of_several_figures_loses_its_last_parts_and_then_gives_way_to_icon_and_name(
    window: Window, name: str, width: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    icons: list[str] = []
    monkeypatch.setattr(sets, "draw_icon", lambda painter, icon, *_: icons.append(icon))
    project, view = window.session.project, window.canvas.view
    counts = {"min_count": 12, "max_count": 30, "desired_count": 21}
    group = edit.place(project, "auto_scaling_group", edit.place(project, "region"), name=name, **counts)
    window.session.flush()
    image = QImage(300, 60, QImage.Format.Format_ARGB32)
    painter = Heard(image)
    paint_box(painter, view.brush, view.world.row_of[group], QRectF(4, 4, width, 28), 1.0)
    painter.end()
    assert painter.texts == [*([said] if said else []), name]
    assert len(icons) == 1


@pytest.mark.parametrize(("steal", "is_red"), [(0.04, False), (0.08, True)])
def test_that_a_card_is_framed_in_red_where_its_cell_has_a_notch(
    qapp: QApplication, theme: Theme, steal: float, is_red: bool
) -> None:
    world = World(design(1, 16))
    (frame, *_), brush = frames_of(world), Brush(theme, world)
    frame = replace(frame, heat=np.full_like(frame.heat, 0.5), steal=np.full_like(frame.steal, steal))
    brush.live = live_of(world, frame, Mapping(world, frame.ids), "heat")
    box, red = world.rect(int(np.flatnonzero(world.is_vm)[0])), theme.color("overload").rgb()
    for scale, right, below in ((1.0, 1, 0), (9.0, 1, 30)):
        image = QImage(1000, 400, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setTransform(QTransform(scale, 0, 0, scale, 20 - box.x() * scale, 20 - box.y() * scale))
        painter.setClipRect(box)
        paint_world(painter, brush)
        painter.end()
        assert (image.pixel(20 + round(box.width() * scale) - right, 20 + below) == red) == is_red


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_a_host_on_the_canvas_has_a_border(qapp: QApplication, mode: str) -> None:
    theme, project = Theme(mode), Project(KINDS, LINKS)
    edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")))
    edit.place(project, "host")
    world = World(project)
    bounds = world.bounds()
    image = QImage(bounds.size().toSize(), QImage.Format.Format_RGB32)
    image.fill(theme.color("canvas"))
    painter = QPainter(image)
    painter.translate(-bounds.topLeft())
    painter.setClipRect(bounds)
    paint_world(painter, Brush(theme, world))
    painter.end()
    for row in world.rows_of_kind("host").tolist():
        left, middle = int(world.x[row] - bounds.x()), int(world.y[row] + world.h[row] / 2 - bounds.y())
        edge = theme.kind("host").border if world.parent[row] < 0 else theme.color("sunken")
        assert image.pixelColor(left, middle).name() == edge.name()
