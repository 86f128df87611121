"""Names of containers whose headers are too low for them: on small plates that do not cover each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QStaticText

from designer.ui.canvas.paint.brush import SMALLEST_TITLE_PX, Brush, FarPlate

F = NDArray[np.float64]

NARROWEST_PX, LOWEST_PX, FONT_SCALE = 26.0, 26.0, 0.9
"""The smallest container with a name, and the scale of the font."""
PAD_PX, ABOVE_PX, BESIDE_PX = 2.0, 4.0, 8.0
"""The space beside a name on its plate; how far that may stand out above its container, and in all at its sides."""
MOST = 400
"""Most names in one picture; the larger containers have theirs first."""


def paint_far_names(painter: QPainter, brush: Brush, boxes: F, seen: NDArray[np.bool_]) -> None:
    """Write the names of visible containers that have none in their header; `boxes` are all boxes in pixels."""
    theme, live = brush.theme, brush.live
    font, measures = brush.font("tile", FONT_SCALE)
    _renew(brush, boxes, measures)
    painter.setFont(font)
    looks: dict[tuple[int, bool, bool], list[FarPlate]] = {}
    rows = np.array([plate.row for plate in brush.far_plates], np.int64)
    down, root = (
        (live.down[rows].tolist(), live.root[rows].tolist()) if live is not None else ([False] * rows.size,) * 2
    )
    for plate, kind, *look, is_seen in zip(
        brush.far_plates, brush.world.kind[rows].tolist(), down, root, seen[rows].tolist()
    ):
        if is_seen:
            looks.setdefault((kind, *look), []).append(plate)
    at = QPointF(round(brush.offset[0]), round(brush.offset[1]))
    painter.translate(at)
    for (kind, down, root), plates in looks.items():
        ground = QColor(theme.color("failed.header") if down else theme.kind(brush.world.kinds[kind]).header)
        ground.setAlphaF(0.92)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRects([plate.box for plate in plates])
        painter.setPen(theme.state("failed") if root else theme.color("text.muted" if down else "text"))
        for plate in plates:
            painter.drawStaticText(plate.written, plate.text)
    painter.translate(-at)


def _renew(brush: Brush, boxes: F, measures: QFontMetricsF) -> None:
    """Find the places of names again when zoom or design have changed."""
    world = brush.world
    made_for = (id(world.project), world.version, brush.scale, measures)
    if brush.far_made_for == made_for:
        return
    brush.far_made_for, brush.far_plates = made_for, []
    kinds = [world.project.kinds[name] for name in world.kinds]
    named = [kind.container and not kind.is_set and kind.name != "host" for kind in kinds]
    low = [
        is_named and round(kind.box.header * brush.scale) < SMALLEST_TITLE_PX for is_named, kind in zip(named, kinds)
    ]
    height = float(np.ceil(measures.height()))
    rows = brush.containers[np.array(low, np.bool_)[world.kind[brush.containers]]]
    lowest = np.where(np.isin(rows, list(world.folded)), height + 2, LOWEST_PX)  # it has nothing but its name
    rows = rows[(boxes[rows, 2] >= NARROWEST_PX) & (boxes[rows, 3] >= lowest)]
    rows = rows[np.argsort(world.depth[rows], kind="stable")][:MOST]
    home = boxes[rows] - np.array([round(brush.offset[0]), round(brush.offset[1]), 0.0, 0.0])
    free = np.array([kind.box.header + kind.box.padding for kind in kinds])[world.kind[rows]] * brush.scale
    taken = np.zeros((rows.size, 4))
    for row, box, above in zip(rows.tolist(), home.tolist(), free.tolist()):
        count = len(brush.far_plates)
        room = box[2] + BESIDE_PX - 2 * PAD_PX
        text = measures.elidedText(world.names[row], Qt.TextElideMode.ElideMiddle, room)
        width = float(np.ceil(measures.horizontalAdvance(text) + 2 * PAD_PX))
        place = _place(box, (width, height), above, taken[:count]) if text else None
        if place is None:
            continue
        taken[count] = place.left(), place.top(), place.right(), place.bottom()
        said = QStaticText(text)
        said.setTextFormat(Qt.TextFormat.PlainText)
        brush.far_plates.append(FarPlate(row, place, place.topLeft() + QPointF(PAD_PX, 0), said))


def _place(box: list[float], size: tuple[float, float], free: float, taken: F) -> QRectF | None:
    """A place for a plate at the upper or lower edge of a box that meets no other plate; None where there is none.
    `free`: the height at the top of the box in which nothing stands; the plate may begin a little above it."""
    (left, top, wide, high), (width, height) = box, size
    first = min(top + 1, max(top - ABOVE_PX, top + free + 1 - height))
    lower = [top + 1 + n * height / 2 for n in (0, 1, 2, 3) if (n + 2) * height < high]
    rows = first, *lower, top + high - height - 1
    columns = (left + 1, left + wide - width - 1) if width < wide else (round(left + (wide - width) / 2),)
    near = (taken[:, 0] < max(columns) + width) & (taken[:, 2] > min(columns))
    near &= (taken[:, 1] < max(rows) + height) & (taken[:, 3] > min(rows))
    others = taken[near].tolist()
    for y in rows:
        for x in columns:
            if not any(a < x + width and c > x and b < y + height and d > y for a, b, c, d in others):
                return QRectF(x, round(y), width, height)
    return None
