"""Sets and single things on the drawing as small boxes; members of sets as outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.study.frames import State
from designer.ui.canvas.brush import LEFT, RIGHT, SHORTEST_NAME_PX, Brush
from designer.ui.canvas.live import Live
from designer.ui.canvas.world import World
from designer.ui.icons import draw_icon
from designer.ui.theme import Theme


def paint_box(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> None:
    """The box of a set or of a thing that holds nothing: icon, name, what it is about, whether it is down or moves."""
    theme, world, live = brush.theme, brush.world, brush.live
    kind = world.project.kinds[world.kind_name(row)]
    colors = theme.kind(kind.name)
    down = live is not None and bool(live.down[row])
    root = live is not None and bool(live.root[row])
    moving = live is not None and live.state[row] == State.RESTARTING
    edge = theme.state("restarting" if moving else "failed") if down or moving else colors.border
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(edge, 1.5 if root or moving else 1.0))
    painter.setBrush(theme.color("failed.header" if root else "failed.ground" if down else "raised"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if box.height() < 12:
        return
    inner = box.adjusted(9 * min(scale, 1.2), 0, -9 * min(scale, 1.2), 0)
    size = min(16.0 * min(scale, 1.3), inner.height() - 4)
    draw_icon(
        painter,
        kind.icon.removesuffix(".svg"),
        QRectF(inner.left(), inner.center().y() - size / 2, size, size),
        theme.state("failed") if down else colors.ink,
    )
    inner.setLeft(inner.left() + size + 7)
    font, measures = brush.font("secondary", scale)
    text = "fails over" if moving else "failed" if root else "down" if down else _about(world, row)
    name_font, name_measures = brush.font("base", scale)
    if measures.horizontalAdvance(text) + 50 < inner.width():
        painter.setFont(font)
        painter.setPen(theme.color("text.muted"))
        painter.drawText(inner, RIGHT, text)
        inner.setRight(inner.right() - measures.horizontalAdvance(text) - 8)
    if inner.width() >= SHORTEST_NAME_PX:
        painter.setFont(name_font)
        painter.setPen(theme.color("text"))
        name = name_measures.elidedText(world.names[row], Qt.TextElideMode.ElideMiddle, inner.width())
        painter.drawText(inner, LEFT, name)


def paint_note(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> None:
    """The text of a note, or its name while it has none."""
    theme, world = brush.theme, brush.world
    colors = theme.kind("note")
    painter.setPen(QPen(colors.border, 1.0))
    painter.setBrush(colors.header)
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
    inner = box.adjusted(8 * scale, 6 * scale, -8 * scale, -6 * scale)
    if inner.height() < 12:
        return
    text = world.project.elements[int(world.ids[row])].note.strip()
    painter.setFont(brush.font("secondary", scale)[0])
    painter.setPen(theme.color("text" if text else "text.muted"))
    wrapped = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
    painter.drawText(inner, wrapped, text or world.names[row])


def _about(world: World, row: int) -> str:
    element = world.project.elements[int(world.ids[row])]
    about = world.project.kinds[element.kind].about
    return about(element) if about is not None else ""


def groups_in(world: World, subnet_id: int) -> list[int]:
    """Ids of the groups that launch in a subnet."""
    return world.project.sources(subnet_id, "spans")


def paint_group_name(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> float:
    """The names of a subnet's groups at the right of its header, and the outline of their instances."""
    if "service" not in brush.layers:
        return 0.0
    world, theme = brush.world, brush.theme
    groups = groups_in(world, int(world.ids[row]))
    if not groups:
        return 0.0
    elements = world.project.elements
    text = "asg " + ", ".join(elements[g].name for g in groups)
    font, measures = brush.font("secondary", scale)
    down = brush.live is not None and bool(brush.live.down[row])
    painter.setFont(font)
    painter.setPen(theme.color("text.muted") if down else theme.kind("auto_scaling_group").ink)
    if measures.horizontalAdvance(text) < box.width() - 30:
        painter.drawText(box, RIGHT, text)
        return measures.horizontalAdvance(text) + 8
    return 0.0


def paint_links(
    painter: QPainter,
    world: World,
    theme: Theme,
    live: Live | None,
    layers: frozenset[str],
    boxes: NDArray[np.float64],
    scale: float,
) -> None:
    """Outlines of groups in their subnets and of clusters."""
    if "service" not in layers:
        return
    for row in world.rows_of_kind("subnet"):
        if groups_in(world, int(world.ids[row])) and boxes[row, 3] > 24:
            _outline_members(painter, world, theme, live, int(row), boxes, scale)
    for row in world.rows_of_kind("cluster"):
        _outline_hosts(painter, world, theme, int(row), boxes)


def _outline_members(
    painter: QPainter, world: World, theme: Theme, live: Live | None, row: int, boxes: NDArray[np.float64], scale: float
) -> None:
    if live is not None and live.down[row]:
        return
    header = world.project.kinds["subnet"].box.header * scale
    box = QRectF(*boxes[row]).adjusted(4 * scale, header + 4 * scale, -4 * scale, -4 * scale)
    pen = QPen(theme.kind("auto_scaling_group").ink, 1.5)
    pen.setDashPattern([3, 2])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 4, 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _outline_hosts(painter: QPainter, world: World, theme: Theme, row: int, boxes: NDArray[np.float64]) -> None:
    """A dashed line around each host of a cluster, and around the cluster's own box."""
    hosts = [world.row_of[i] for i in world.project.sources(int(world.ids[row]), "in_cluster") if i in world.row_of]
    pen = QPen(theme.kind("cluster").ink, 1.5)
    pen.setDashPattern([3, 2])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for host in [row, *hosts]:
        if boxes[host, 2] >= 12:
            painter.drawRect(QRectF(*boxes[host]).adjusted(0.5, 0.5, -0.5, -0.5))
