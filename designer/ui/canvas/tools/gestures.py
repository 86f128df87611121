"""Mouse gestures: each a class with move, release and cancel, ending in one command on the project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt

from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.ui.canvas.world.world import World
from designer.ui.parts.stock import Item

if TYPE_CHECKING:
    from designer.ui.canvas.view.view import View

DRAG_PX = 4.0
"""How far the mouse goes until a press is a drag."""


class Gesture(Protocol):
    """What happens between a press and a release; points are in the drawing."""

    def move(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """The mouse went on."""

    def release(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """The button was let go: do it."""

    def cancel(self) -> None:
        """Escape: leave everything as it was."""


class Target:
    """Where something would come to stand, and whether it may: asked while hovering and used by the drop."""

    def __init__(self, parent_id: int, allowed: bool, text: str, between: Sequence[str] = ()) -> None:
        self.parent_id, self.allowed, self.text, self.between = parent_id, allowed, text, between


def container_at(world: World, at: QPointF, kind: str, without: np.ndarray | None = None) -> int:
    """Id of the container at a point: what is beneath the pointer; its parent where that is a sibling, or a leaf that
    does not hold the kind.
    """
    project = world.project
    row = world.at(at.x(), at.y(), without)
    while row >= 0:
        here = project.kinds[world.kind_name(row)]
        takes = here.container or (kind in project.kinds and here.name in project.kinds[kind].inside)
        if takes and here.name != kind and not here.is_set:
            return int(world.ids[row])
        row = int(world.parent[row])
    return ROOT_ID


def target_for_new(project: Project, item: Item, parent_id: int) -> Target:
    """Where something new would go, with the levels that would be made in between."""
    between, reason = item.target(project, parent_id)
    if reason:
        return Target(parent_id, False, reason)
    if between:
        names = ", ".join(project.kinds[name].noun for name in between)
        return Target(parent_id, True, f"Makes {names} here, too", between)
    return Target(parent_id, True, "")


class Pan:
    """Drags the drawing under the window."""

    def __init__(self, view: View, at: QPointF) -> None:
        self._view, self._from = view, view.mapFromScene(at)
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Follow the mouse."""
        now = self._view.mapFromScene(at)
        self._view.scroll_by(self._from.x() - now.x(), self._from.y() - now.y())
        self._from = now

    def release(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Stay here."""
        self._view.show_tool_cursor()

    def cancel(self) -> None:
        """Stay here."""
        self._view.show_tool_cursor()


class RubberBand:
    """Selects what lies wholly in a rectangle; with Shift or Ctrl in addition to what was selected."""

    def __init__(self, view: View, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        self._view, self._from = view, at
        added = keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        self._before = view.session.selection if added else ()

    def move(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Select what is inside now."""
        area = QRectF(self._from, at).normalized()
        self._view.overlay.band = self._view.to_pixels(area)
        rows = self._view.world.inside(area)
        self._view.session.select([*self._before, *self._view.world.ids[rows].tolist()])
        self._view.viewport().update()

    def release(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Keep the selection."""
        self._view.overlay.band = None
        self._view.viewport().update()

    def cancel(self) -> None:
        """Select what was selected before."""
        self._view.session.select(self._before)
        self.release(self._from, Qt.KeyboardModifier.NoModifier)


class Move:
    """Drags the selection: within its container, or into another one; Alt keeps it where it belongs."""

    def __init__(self, view: View, at: QPointF) -> None:
        self._view, self._from = view, at
        project = view.session.project
        self._ids = edit.tops(project, view.session.selection)
        world = view.world
        self._moving = np.zeros(world.ids.size, np.bool_)
        for element_id in self._ids:
            if element_id in world.row_of:
                self._moving[world.subtree(world.row_of[element_id])] = True
        rows = [world.row_of[i] for i in self._ids if i in world.row_of]
        self._box = QRectF()
        for row in rows:
            self._box = self._box.united(world.rect(row))
        self._target: Target | None = None
        view.overlay.picture = view.picture_of(rows)
        view.hide_rows(self._moving)

    def move(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Show where it would come to stand."""
        view = self._view
        self._target = self._target_at(at, keys)
        by = at - self._from
        view.overlay.picture_at = view.to_pixels(self._box.translated(by)).topLeft()
        view.show_target(self._target, at, self._box.size() if len(self._ids) == 1 else None)

    def _target_at(self, at: QPointF, keys: Qt.KeyboardModifier) -> Target | None:
        project = self._view.session.project
        parents = {project.elements[i].parent for i in self._ids}
        if keys & Qt.KeyboardModifier.AltModifier:
            return None
        kinds = {project.elements[i].kind for i in self._ids}
        kind = kinds.pop() if len(kinds) == 1 else ""
        parent_id = container_at(self._view.world, at, kind, self._moving)
        if parents == {parent_id}:
            return None
        reason = edit.why_not_move(project, self._ids, parent_id)
        return Target(parent_id, reason is None, reason or "")

    def release(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Move it: one step of undo; a refused place changes nothing and says why."""
        target, by = self._target_at(at, keys), at - self._from
        self.cancel()
        session = self._view.session
        if target is not None and not target.allowed:
            session.refused.emit(f"Not moved: {target.text}.")
            return
        session.do(
            edit.move, session.project, self._ids, (by.x(), by.y()), target.parent_id if target is not None else None
        )

    def cancel(self) -> None:
        """Leave it where it is."""
        self._view.overlay.picture = None
        self._view.hide_rows(None)
        self._view.show_target(None, QPointF())


class Resize:
    """Drags an edge or a corner of a container."""

    def __init__(self, view: View, at: QPointF, element_id: int, handle: str) -> None:
        self._view, self._from, self._id, self._handle = view, at, element_id, handle
        here = view.session.project.elements[element_id]
        self._box = QRectF(here.x, here.y, here.w, here.h)
        self._key = ("resize", element_id, id(self))

    def move(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Resize as the mouse goes; all of it is one step of undo."""
        if self._id not in self._view.session.project.elements:
            return
        by, box = at - self._from, QRectF(self._box)
        if "w" in self._handle:
            box.setLeft(min(box.left() + by.x(), box.right() - 20))
        if "e" in self._handle:
            box.setRight(max(box.right() + by.x(), box.left() + 20))
        if "n" in self._handle:
            box.setTop(min(box.top() + by.y(), box.bottom() - 20))
        if "s" in self._handle:
            box.setBottom(max(box.bottom() + by.y(), box.top() + 20))
        session = self._view.session
        session.do(edit.resize, session.project, self._id, (box.x(), box.y(), box.width(), box.height()), self._key)
        session.flush()

    def release(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Done."""
        self._view.session.project.history.seal()

    def cancel(self) -> None:
        """Take the resizing back."""
        history = self._view.session.project.history
        if history.steps and history.steps[-1].merge_key == self._key:
            self._view.session.project.undo()
