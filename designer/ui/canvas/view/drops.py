"""Drops from the palette and the outline: shows where an element may stand while it is dragged, by the rule that
places or moves it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

from designer.commands import edit
from designer.model import layout
from designer.model.element import ROOT_ID
from designer.ui.canvas.tools.moving import container_at, target_for_new
from designer.ui.canvas.tools.tool import Target, ToolHost
from designer.ui.parts.stock import Item, carries_item, ids_of, item_of
from designer.words import tr


class Drops:
    """Takes the drag events of a view."""

    def __init__(self, host: ToolHost) -> None:
        self._host = host
        self._item: Item | None = None
        self._ids: list[int] = []
        self._targets: dict[int, Target] = {}

    def take(self, event: QEvent) -> bool:
        """Handle a drag event; False for any other event."""
        if isinstance(event, QDragMoveEvent) and not isinstance(event, QDragEnterEvent):
            self._move(event)
        elif isinstance(event, QDragEnterEvent):
            self._enter(event)
        elif isinstance(event, QDropEvent):
            self._drop(event)
        elif isinstance(event, QDragLeaveEvent):
            self._item, self._ids = None, []
            self._host.show_target(None, QPointF())
        else:
            return False
        return True

    def _enter(self, event: QDragEnterEvent) -> None:
        project = self._host.session.project
        self._item = item_of(event.mimeData(), project) if carries_item(event.mimeData()) else None
        self._ids = edit.tops(project, ids_of(event.mimeData()))
        self._targets.clear()
        if self._item is not None or self._ids:
            event.acceptProposedAction()
        else:
            event.ignore()

    def _move(self, event: QDragMoveEvent) -> None:
        item = self._item
        if item is not None:
            at = self._host.to_drawing(event.position())
            target = self._hovered(item, at)
            size = item.size(self._host.session.project, target.parent_id)
            self._host.show_target(target, at, QSizeF(*size))
        elif self._ids:
            at = self._host.to_drawing(event.position())
            self._host.show_target(self._target_of_ids(at), at)
        event.setAccepted(item is not None or bool(self._ids))

    def _target_of_ids(self, at: QPointF) -> Target:
        """Where dragged elements of the design would go."""
        project, world = self._host.session.project, self._host.world
        kinds = {project.elements[i].kind for i in self._ids}
        moving = np.zeros(world.ids.size, np.bool_)
        for row in world.drawn_rows(self._ids).tolist():
            moving[world.subtree(row)] = True
        parent_id = container_at(world, at, kinds.pop() if len(kinds) == 1 else "", moving)
        reason = edit.why_not_move(project, self._ids, parent_id)
        return Target(parent_id, reason is None, reason or "")

    def _drop_ids(self, at: QPointF) -> None:
        """Move elements of the design to a point, as one undo step, and select them."""
        ids, session = self._ids, self._host.session
        target = self._target_of_ids(at)
        self._ids = []
        if not target.allowed:
            session.refused.emit(tr("Not moved: {0}.", target.text))
            return
        here = layout.absolute_rect(session.project, ids[0])
        by = at.x() - here.x - here.w / 2, at.y() - here.y - min(here.h, 28) / 2
        count = edit.extent(session.project, ids)
        session.do_large(tr("Moving …"), count, edit.move, ids, by, target.parent_id)
        session.flush()
        session.select(ids)
        self._host.widget().setFocus()

    def _drop(self, event: QDropEvent) -> None:
        item, self._item = self._item, None
        self._host.show_target(None, QPointF())
        if item is None and self._ids:
            event.setDropAction(Qt.DropAction.CopyAction)  # the outline need not take its rows away
            event.accept()
            self._drop_ids(self._host.to_drawing(event.position()))
            return
        if item is None:
            event.ignore()
            return
        at = self._host.to_drawing(event.position())
        target = self.target(item, at)
        event.acceptProposedAction()
        if not target.allowed:
            self._host.session.refused.emit(tr("{0} was not placed: {1}.", item.title, target.text))
            return
        self.place(item, target.parent_id, at)
        self._host.widget().setFocus()

    def place(self, item: Item, parent_id: int, at: QPointF) -> None:
        """Place something at a point of the drawing and select it."""
        world, session, origin = self._host.world, self._host.session, QPointF()
        if parent_id in world.row_of:
            origin = world.rect(world.row_of[parent_id]).topLeft()
        width, height = item.size(session.project, parent_id)
        local = at - origin - QPointF(width / 2, min(height, 28) / 2)
        session.place(item.place, parent_id, (round(local.x()), round(local.y())), item.hint, item.count)

    def target(self, item: Item, at: QPointF) -> Target:
        """Where something from the palette would go at a point of the drawing."""
        return target_for_new(self._host.session.project, item, self._parent(item, at))

    def _hovered(self, item: Item, at: QPointF) -> Target:
        """As `target`, asked once for each parent: nobody changes the design while something is dragged."""
        parent_id = self._parent(item, at)
        if parent_id not in self._targets:
            self._targets[parent_id] = target_for_new(self._host.session.project, item, parent_id)
        return self._targets[parent_id]

    def _parent(self, item: Item, at: QPointF) -> int:
        return container_at(self._host.world, at, item.sibling_kind)


def ghost_of(host: ToolHost, target: Target, at: QPointF, size: QSizeF) -> QRectF:
    """The box in the window where the element would stand: the next free cell of a grid, else under the pointer."""
    project, world = host.session.project, host.world
    if target.parent_id != ROOT_ID and project.kind(target.parent_id).box.flow == "grid" and not target.between:
        row, box = world.row_of[target.parent_id], project.kind(target.parent_id).box
        count = int((world.parent[world.subtree(row)] == row).sum())
        cell, origin = layout.cells_of(box, count + 1)[-1], world.rect(row).topLeft()
        return host.to_pixels(QRectF(origin.x() + cell.x, origin.y() + cell.y, cell.w, cell.h))
    corner = at - QPointF(size.width() / 2, min(size.height(), 28) / 2)
    return host.to_pixels(QRectF(corner, size))
