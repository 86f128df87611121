"""The ground of the drawing: what containers fill is not filled twice, and nothing is left unfilled."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QTransform
from PySide6.QtWidgets import QApplication

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.project import Project
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_ground, paint_world
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme

BEFORE = QColor("magenta")


@pytest.fixture
def project() -> Project:
    """Two regions with what stands in them, a note, a service, and a collapsed data center."""
    project = Project(KINDS, LINKS)
    for _ in range(2):
        zone = edit.place(project, "zone", edit.place(project, "region"))
        center = edit.place(project, "data_center", zone)
        for _ in range(3):
            edit.place(project, "vm", edit.place(project, "host", center))
        edit.place(project, "vm", edit.place(project, "subnet", zone))
    edit.place(project, "note")
    edit.place(project, "service")
    return project


def painted(brush: Brush, view: QTransform, whole: bool) -> QImage:
    """The drawing over a picture of something else, upon its ground, or upon one that was filled as a whole."""
    image = QImage(600, 400, QImage.Format.Format_RGB32)
    image.fill(BEFORE)
    painter = QPainter(image)
    if whole:
        painter.fillRect(image.rect(), brush.theme.color("canvas"))
    else:
        paint_ground(painter, brush, view, image.rect())
    painter.setTransform(view)
    painter.setClipRect(view.inverted()[0].mapRect(QRectF(image.rect())))
    paint_world(painter, brush)
    painter.end()
    return image


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("scale", [0.05, 0.31, 1.0, 1.77, 9.3])
def test_that_every_pixel_is_as_upon_a_ground_filled_whole(
    qapp: QApplication, theme: Theme, project: Project, mode: str, folded: bool, scale: float
) -> None:
    brush = Brush(theme, World(project))
    if folded:
        brush.world.collapsed.add(project.of_kind("region")[0].id)
        brush.world.rebuild()
    middle = brush.world.bounds().center()
    for x, y in ((300, 200), (20, 350), (611.4, -7.7)):
        view = QTransform(scale, 0, 0, scale, x - middle.x() * scale, y - middle.y() * scale)
        assert painted(brush, view, False) == painted(brush, view, True)


def test_that_what_a_container_fills_has_no_ground_beneath(qapp: QApplication, theme: Theme, project: Project) -> None:
    brush = Brush(theme, World(project))
    image = QImage(600, 400, QImage.Format.Format_RGB32)
    image.fill(BEFORE)
    zone = brush.world.rect(brush.world.row_of[project.of_kind("zone")[0].id])
    view = QTransform.fromTranslate(-zone.x(), -zone.y())
    painter = QPainter(image)
    paint_ground(painter, brush, view, image.rect())
    painter.end()
    assert image.pixelColor(QPoint(5, 5)) == BEFORE
