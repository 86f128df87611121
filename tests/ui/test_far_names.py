"""Names of containers seen from afar: legible, on plates that do not cover each other."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QApplication

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.element import Element, Link, clone
from designer.model.project import Project
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.far_names import ABOVE_PX, BESIDE_PX
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme


@pytest.fixture(scope="module")
def rows() -> list[Element | Link]:
    """Two zones, in each two racks of twelve hosts with eight VMs."""
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region")
    with project.edit("Build"):
        for _ in range(2):
            center = edit.place(project, "data_center", edit.place(project, "zone", region))
            for _ in range(2):
                rack = edit.place(project, "rack", center)
                for _ in range(12):
                    host = edit.place(project, "host", rack)
                    for _ in range(8):
                        edit.place(project, "vm", host)
    return list(project.rows())


@pytest.fixture
def brush(rows: list[Element | Link], theme: Theme, qapp: QApplication) -> Brush:
    """A design of its own with these rows."""
    return Brush(theme, World(Project(KINDS, LINKS, map(clone, rows))))


def painted(brush: Brush, scale: float, x: float = 20.0) -> QImage:
    image = QImage(1200, 800, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    corner = brush.world.bounds().topLeft()
    painter.setTransform(QTransform(scale, 0, 0, scale, round(x - corner.x() * scale), round(20 - corner.y() * scale)))
    painter.setClipRect(brush.world.bounds().adjusted(-100, -100, 2000, 2000))
    paint_world(painter, brush)
    painter.end()
    return image


def named(brush: Brush) -> dict[str, list[str]]:
    """The texts of all plates by kind."""
    found: dict[str, list[str]] = {}
    for plate in brush.far_plates:
        found.setdefault(brush.world.kind_name(plate.row), []).append(plate.text.text())
    return found


def test_that_a_rack_has_its_name_at_22_percent(brush: Brush) -> None:
    painted(brush, 0.22)
    names = sorted(e.name for e in brush.world.project.of_kind("rack"))
    assert sorted(named(brush)["rack"]) == names


def test_that_at_full_size_names_stand_in_headers_and_nowhere_else(brush: Brush) -> None:
    painted(brush, 1.0)
    assert named(brush) == {}


@pytest.mark.parametrize("scale", [0.08, 0.15, 0.22, 0.3, 0.4, 0.5])
def test_that_plates_meet_no_other_and_stay_at_their_container(brush: Brush, scale: float) -> None:
    painted(brush, scale)
    world = brush.world
    boxes = np.array([[p.box.left(), p.box.top(), p.box.right(), p.box.bottom()] for p in brush.far_plates])
    for n, plate in enumerate(brush.far_plates):
        left, top = round(world.x[plate.row] * scale), round(world.y[plate.row] * scale)
        assert plate.box.left() >= left - BESIDE_PX / 2 - 1
        assert plate.box.top() >= top - ABOVE_PX - 1
        assert plate.box.right() <= round((world.x + world.w)[plate.row] * scale) + BESIDE_PX / 2 + 2
        assert plate.box.bottom() <= round((world.y + world.h)[plate.row] * scale) + 1
        others = np.delete(boxes, n, axis=0)
        meets = (others[:, 0] < plate.box.right()) & (others[:, 2] > plate.box.left())
        meets &= (others[:, 1] < plate.box.bottom()) & (others[:, 3] > plate.box.top())
        assert not meets.any()


def test_that_a_long_name_loses_its_middle(brush: Brush) -> None:
    rack = brush.world.project.of_kind("rack")[0]
    edit.rename(brush.world.project, rack.id, "building-seven-row-four-rack-twelve")
    brush.world.rebuild()
    painted(brush, 0.22)
    text = next(t for t in named(brush)["rack"] if "…" in t)
    assert text.startswith("bu")
    assert text.endswith("e")


@pytest.mark.parametrize("scale", [0.25, 0.3, 0.35])
def test_that_a_collapsed_container_has_its_name_too(brush: Brush, scale: float) -> None:
    zones = brush.world.project.of_kind("zone")
    brush.world.collapsed = {zones[0].id}
    brush.world.rebuild()
    painted(brush, scale)
    assert sorted(named(brush)["zone"]) == sorted(zone.name for zone in zones)
    row = brush.world.row_of[zones[0].id]
    (plate,) = [p.box for p in brush.far_plates if p.row == row]
    assert plate.bottom() <= round((brush.world.y + brush.world.h)[row] * scale) + 1


def test_that_a_low_box_has_its_name(theme: Theme, qapp: QApplication) -> None:
    project = Project(KINDS, LINKS)
    shop = edit.place(project, "service", name="shop")
    brush = Brush(theme, World(project))
    for scale, has_name in ((0.2, False), (9 / 32, True), (11 / 32, True)):
        pictures = []
        for name in ("shop", "mmmm"):
            edit.change(project, [shop], {"name": name})
            pictures.append(painted(brush, scale))
        assert (pictures[0] != pictures[1]) == has_name, scale


def test_that_panning_moves_the_plates_and_finds_no_new_places(brush: Brush) -> None:
    painted(brush, 0.22)
    plates = brush.far_plates
    near = painted(brush, 0.22, 20.0)
    far = painted(brush, 0.22, 57.0)
    assert brush.far_plates is plates
    assert near.copy(20, 0, 300, 300) == far.copy(57, 0, 300, 300)


def test_that_a_picture_can_do_without(brush: Brush) -> None:
    brush.names_far = False
    painted(brush, 0.22)
    assert named(brush) == {}
