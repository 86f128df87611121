"""Snapping: what is dragged or resized meets edges, centers and gaps of its neighbors. Ctrl or Alt suspends it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt

from designer.model.boxes import Rect
from designer.model.element import ROOT_ID
from designer.model.guides import Snap, snap, snap_edges
from designer.ui.canvas.tools.tool import ToolHost

REACH_PX = 5.0
"""How near in pixels something must come to snap."""
MOST = 200
"""The most neighbors that are looked at: the nearest."""
SUSPENDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class Snapping:
    """Finds snaps among the elements of a container and shows their guides."""

    def __init__(self, host: ToolHost) -> None:
        self._host = host

    def move(self, box: QRectF, parent_id: int, without: np.ndarray | None, keys: Qt.KeyboardModifier) -> QPointF:
        """How far a dragged box moves on to snap in a container; shows the guides."""
        if keys & SUSPENDS or box.isEmpty() or not self._is_free(parent_id):
            self.clear()
            return QPointF()
        near = [rect for _, rect in self.neighbors(parent_id, box, without)]
        return self._show(snap(_rect(box), near, REACH_PX / self._host.scale_now))

    def resize(self, box: QRectF, handle: str, neighbors: list[tuple[int, Rect]], keys: Qt.KeyboardModifier) -> QPointF:
        """How far the dragged edges of a box move on to snap to neighbors that stand where they stood."""
        if keys & SUSPENDS:
            self.clear()
            return QPointF()
        world = self._host.world
        still = [r for i, r in neighbors if i in world.row_of and _rect(world.rect(world.row_of[i])) == r]
        return self._show(snap_edges(_rect(box), handle, still, REACH_PX / self._host.scale_now))

    def neighbors(self, parent_id: int, box: QRectF, without: np.ndarray | None = None) -> list[tuple[int, Rect]]:
        """The visible elements of a container by id, with their boxes in the drawing: those nearest to a box."""
        host, world = self._host, self._host.world
        rows = world.children(world.row_of[parent_id] if parent_id != ROOT_ID else -1)
        corner = host.to_drawing(QPointF(host.widget().width(), host.widget().height()))
        seen = world.visible(QRectF(host.to_drawing(QPointF()), corner))
        if without is not None:
            seen &= ~without
        rows = rows[seen[rows]]
        if rows.size > MOST:
            away = np.abs(world.x[rows] + world.w[rows] / 2 - box.center().x())
            away += np.abs(world.y[rows] + world.h[rows] / 2 - box.center().y())
            rows = rows[np.argsort(away, kind="stable")[:MOST]]
        return [(int(world.ids[row]), _rect(world.rect(row))) for row in rows.tolist()]

    def clear(self) -> None:
        """Show no guides."""
        self._host.overlay.guides = []

    def _is_free(self, parent_id: int) -> bool:
        project, world = self._host.session.project, self._host.world
        return project.kind(parent_id).box.flow == "free" and (parent_id == ROOT_ID or parent_id in world.row_of)

    def _show(self, found: Snap) -> QPointF:
        pixel = self._host.pixel_of
        self._host.overlay.guides = [
            (QLineF(pixel(QPointF(line.x1, line.y1)), pixel(QPointF(line.x2, line.y2))), line.gap)
            for line in found.lines
        ]
        return QPointF(found.dx, found.dy)


def _rect(box: QRectF) -> Rect:
    return Rect(box.x(), box.y(), box.width(), box.height())
