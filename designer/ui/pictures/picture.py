"""A part of the drawing as a picture, painted by the painter of the canvas onto whatever Qt can paint on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QTransform

from designer.errors import RuleError
from designer.model.project import Project
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.view.run_colors import RunColors
from designer.ui.canvas.view.view import Painted
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from designer.ui.pictures.foot import Foot, foot_of
from designer.ui.shell.session import Session
from designer.words import tr

Part = Literal["all", "view", "selection"]
MARGIN = 16.0
"""How much of the ground is shown around what is drawn, drawing units."""


class Picture:
    """An area of a drawing (drawing units) at a zoom (pixels per drawing unit), with the key of its colors below.

    `size` is in pixels of a usual screen; `title` names the design.
    """

    def __init__(self, brush: Brush, area: QRectF, zoom: float, title: str, foot: Foot | None = None) -> None:
        self.brush, self.area, self.zoom, self.title, self.foot = brush, area, zoom, title, foot

    @property
    def size(self) -> QSize:
        """Width and height."""
        width, height = math.ceil(self.area.width() * self.zoom), math.ceil(self.area.height() * self.zoom)
        return QSize(max(width, 1), max(height, 1) + (self.foot.height if self.foot is not None else 0))

    def paint(self, painter: QPainter) -> None:
        """Paint it at the origin of a painter without a transform."""
        whole = QRectF(0, 0, self.size.width(), self.size.height())
        painter.fillRect(whole, self.brush.theme.color("canvas"))
        painter.save()
        zoom = self.zoom
        painter.setTransform(QTransform(zoom, 0, 0, zoom, -self.area.left() * zoom, -self.area.top() * zoom))
        painter.setClipRect(self.area)
        paint_world(painter, self.brush)
        painter.setClipping(False)
        painter.restore()
        if self.foot is not None:
            self.foot.paint(painter, whole)


def picture_of(
    session: Session, view: Painted, part: Part = "all", zoom: float | None = None, dark: bool = False
) -> Picture:
    """A picture of all, of what a view shows, or of the selection alone, with the layers, collapsed containers and
    colors of the view. `zoom`: None for that of the view. Raises RuleError where there is nothing to show."""
    return colored_picture(session, view, part, zoom, dark)[0]


def colored_picture(
    session: Session, view: Painted, part: Part = "all", zoom: float | None = None, dark: bool = False
) -> tuple[Picture, RunColors]:
    """A picture as `picture_of`, and what colors it by each further frame of the run. Raises RuleError."""
    world = _world_like(view.world)
    brush = Brush(Theme("dark" if dark else "light"), world, layers=view.brush.layers)
    colors = RunColors(session, brush)
    colors.color_by = view.colors.color_by
    colors.update()
    if part == "selection":
        area = _alone(brush, session.selection)
    elif part == "view":
        area = view.to_drawing_box(QRectF(view.rect()))
    else:
        area = _with_margin(world.bounds())
    scale = view.scale_now if zoom is None else zoom
    return Picture(brush, area, scale, session.title, foot_of(brush, session.title, colors.color_by)), colors


def picture_of_ids(project: Project, ids: Iterable[int], title: str, zoom: float, dark: bool) -> Picture:
    """A picture of a design that no window shows: of some elements and what stands in them, or of all where none are
    given. Raises RuleError where there is nothing to show."""
    brush = Brush(Theme("dark" if dark else "light"), World(project))
    chosen = tuple(ids)
    area = _alone(brush, chosen) if chosen else _with_margin(brush.world.bounds())
    return Picture(brush, area, zoom, title)


def run_picture(session: Session, title: str, zoom: float, dark: bool) -> tuple[Picture, RunColors]:
    """A picture of all of a design whose run no window shows, and what colors it by each frame. Raises RuleError."""
    brush = Brush(Theme("dark" if dark else "light"), World(session.project))
    colors = RunColors(session, brush)
    return Picture(brush, _with_margin(brush.world.bounds()), zoom, title), colors


def _world_like(shown: World) -> World:
    """The rows that another world has, in one of its own: a picture is painted on another thread."""
    world = World(shown.project)
    if shown.collapsed:
        world.collapsed = set(shown.collapsed)
        world.rebuild()
    return world


def _with_margin(box: QRectF) -> QRectF:
    if box.isEmpty():
        raise RuleError(tr("The drawing is empty. Draw something first."))
    return box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def _alone(brush: Brush, ids: Iterable[int]) -> QRectF:
    """Hide all but some elements and what stands in them; return the area that they take."""
    world, box = brush.world, QRectF()
    brush.hidden = np.ones(world.ids.size, np.bool_)
    for element_id in ids:
        row = world.row_near(element_id)
        if row >= 0:
            brush.hidden[world.subtree(row)] = False
            box = box.united(world.rect(row))
    if box.isEmpty():
        raise RuleError(tr("Nothing of the selection is drawn. Select what the picture should show."))
    return _with_margin(box)
