"""Marks of what stands in a VM: a dot from afar, icons when there is room, words on the card and in the tip."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from designer.ui.canvas.paint.brush import CELL, LEFT, Brush
from designer.ui.canvas.world.world import World
from designer.ui.parts.icons import draw_icon

ICON_PX, DOT_PX, GAP_PX = 11.0, 3.0, 2.0


def content_text(world: World, row: int) -> str:
    """What stands in a row that holds no boxes: "1 application, 2 volumes"."""
    parts = []
    for name, count in sorted(world.contents.get(int(world.ids[row]), {}).items()):
        kind = world.project.kinds[name]
        parts.append(kind.counted(count))
    return ", ".join(parts)


def content_width(brush: Brush, row: int) -> float:
    """How wide the icons of what stands in a row are."""
    return (ICON_PX + GAP_PX) * len(brush.world.contents.get(int(brush.world.ids[row]), {}))


def paint_content(painter: QPainter, brush: Brush, row: int, box: QRectF, level: int, ink: QColor) -> None:
    """Mark a cell that holds something, in its lower right corner."""
    kinds = sorted(brush.world.contents.get(int(brush.world.ids[row]), {}))
    if not kinds:
        return
    corner = box.bottomRight()
    if level == CELL:
        side = DOT_PX + GAP_PX
        soft = QColor(ink)
        soft.setAlphaF(0.6)
        size = min(DOT_PX, round(box.height() / 4))
        painter.fillRect(QRectF(corner.x() - side, corner.y() - side, size, size), soft)
        return
    left = corner.x() - GAP_PX
    for name in reversed(kinds):
        left -= ICON_PX
        if left < box.left() or box.height() < 2 * ICON_PX:
            return
        place = QRectF(left, corner.y() - ICON_PX - GAP_PX, ICON_PX, ICON_PX)
        draw_icon(painter, brush.world.project.kinds[name].icon.removesuffix(".svg"), place, ink)
        left -= GAP_PX


def paint_content_line(painter: QPainter, brush: Brush, row: int, line: QRectF) -> None:
    """List on a card what stands in it, with icons."""
    text = content_text(brush.world, row)
    if not text:
        return
    left = line.left()
    for name in sorted(brush.world.contents[int(brush.world.ids[row])]):
        icon = brush.world.project.kinds[name].icon.removesuffix(".svg")
        place = QRectF(left, line.center().y() - 6, 12, 12)
        draw_icon(painter, icon, place, brush.theme.color("text.muted"))
        left += 16
    font, measures = brush.font("secondary", 1.0)
    painter.setFont(font)
    painter.setPen(brush.theme.color("text.muted"))
    if measures.horizontalAdvance(text) <= line.right() - left:
        painter.drawText(QRectF(left, line.top(), line.right() - left, line.height()), LEFT, text)
