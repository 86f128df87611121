"""Moving: drag the selection within its container or into another one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt

from designer.commands import edit, join_through, joins
from designer.commands.arrange import group
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.ui.canvas.tools.connect import ask
from designer.ui.canvas.tools.selecting import choose
from designer.ui.canvas.tools.snapping import Snapping
from designer.ui.canvas.tools.tool import Pointer, Target, Tool, ToolHost, is_click
from designer.ui.canvas.world.world import World
from designer.ui.parts.stock import Item
from designer.words import tr


def container_at(world: World, at: QPointF, kind: str, without: np.ndarray | None = None) -> int:
    """The id of the container at a point: the element under the pointer, or its parent where the element is a
    sibling or a leaf that cannot hold the kind."""
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
    """Where a new element would go, with the levels that would be added in between."""
    between, reason = item.target(project, parent_id)
    if reason:
        return Target(parent_id, False, reason)
    if between:
        names = ", ".join(tr(project.kinds[name].noun) for name in between)
        return Target(parent_id, True, tr("Also creates {0} here", names), between)
    return Target(parent_id, True, "")


class Move(Tool):
    """Selects what is pressed and drags the selection, which snaps to its neighbors. Alt keeps it in its container.
    What is locked stays."""

    by_rows = True

    def __init__(self, host: ToolHost) -> None:
        super().__init__(host)
        self._snapping = Snapping(host)

    def press(self, pointer: Pointer) -> bool:
        """Select what is under the mouse; dragging begins when it moves."""
        if not pointer.left or pointer.row < 0:
            return False
        self._from, self._dragging = pointer, False
        self._joined: dict[tuple[int, bool], Target | None] = {}
        self._pressed_id = int(self.host.world.ids[pointer.row])
        self._before = self.host.session.selection
        choose(self.host, self._pressed_id, pointer.adds)
        return True

    def _begin(self) -> None:
        host, self._dragging = self.host, True
        world = host.world
        project = host.session.project
        self._ids = edit.unlocked(project, edit.tops(project, host.session.selection))
        self._moving = np.zeros(world.ids.size, np.bool_)
        self._reasons: dict[int, str | None] = {}
        rows = world.drawn_rows(self._ids).tolist()
        self._box = QRectF()
        for row in rows:
            self._moving[world.subtree(row)] = True
            self._box = self._box.united(world.rect(row))
        host.overlay.picture = host.picture_of(rows)
        host.hide_rows(self._moving)

    def move(self, pointer: Pointer) -> None:
        """Show where the selection would go."""
        host = self.host
        if not self._dragging:
            if is_click(self._from.where, pointer.where) or not host.session.selection:
                return
            if not edit.unlocked(host.session.project, edit.tops(host.session.project, host.session.selection)):
                return
            self._begin()
        target = self._target_at(pointer)
        by = self._way(pointer, target)
        host.overlay.picture_at = host.to_pixels(self._box.translated(by)).topLeft()
        stands = len(self._ids) == 1 and not (target is not None and target.joins)
        host.show_target(target, pointer.at, self._box.size() if stands else None)

    def _way(self, pointer: Pointer, target: Target | None) -> QPointF:
        """How far the selection is dragged, with the snap in the container where it would stand."""
        by, project = pointer.at - self._from.at, self.host.session.project
        parents = {project.elements[i].parent for i in self._ids} if target is None else {target.parent_id}
        if len(parents) != 1 or (target is not None and (target.joins or not target.allowed)):
            self._snapping.clear()
            return by
        return by + self._snapping.move(self._box.translated(by), parents.pop(), self._moving, pointer.keys)

    def _target_at(self, pointer: Pointer) -> Target | None:
        project = self.host.session.project
        if pointer.keys & Qt.KeyboardModifier.AltModifier:
            return None
        elsewhere = self.host.elsewhere(pointer.where)
        if elsewhere:
            return self._target_in(elsewhere)
        joined = self._set_at(pointer.at)
        if joined is not None:
            return joined
        kinds = {project.elements[i].kind for i in self._ids}
        kind = kinds.pop() if len(kinds) == 1 else ""
        parent_id = container_at(self.host.world, pointer.at, kind, self._moving)
        if {project.elements[i].parent for i in self._ids} == {parent_id}:
            return None
        reason = self._reason(parent_id)
        if reason is not None:
            return self._linked_at(pointer.at) or Target(parent_id, False, reason)
        return Target(parent_id, True, "")

    def _reason(self, parent_id: int) -> str | None:
        """Why the selection may not move into a container. What stands in it is asked too: once a container."""
        if parent_id not in self._reasons:
            self._reasons[parent_id] = edit.why_not_move(self.host.session.project, self._ids, parent_id)
        return self._reasons[parent_id]

    def _target_in(self, parent_id: int) -> Target:
        """Where the selection would go when it is dropped on a row of the outline."""
        project = self.host.session.project
        into = project.called(project.elements[parent_id]) if parent_id != ROOT_ID else tr("the design")
        if {project.elements[i].parent for i in self._ids} == {parent_id}:
            return Target(parent_id, False, tr("It already stands in {0}", into))
        reason = self._reason(parent_id)
        return Target(parent_id, reason is None, reason or tr("Into {0}", into))

    def _set_at(self, at: QPointF) -> Target | None:
        """The set at a point that what is dragged may join, such as a service; None where there is none."""
        world, project = self.host.world, self.host.session.project
        row = world.at(at.x(), at.y(), self._moving)
        if row < 0 or not project.kinds[world.kind_name(row)].is_set:
            return None
        here = int(world.ids[row]), True
        if here not in self._joined:
            movable = [i for i in self._ids if not project.kind(i).is_set]
            found = joins.offers(project, movable, here[:1]) if movable else []
            said = joins.said(project, found[0]) if found else ""
            self._joined[here] = Target(here[0], True, said, joins=True) if found else None
        return self._joined[here]

    def _linked_at(self, at: QPointF) -> Target | None:
        """What is at a point where what is dragged may not stand, if they may be linked: straight, in place of a link
        that is there, or through something else."""
        world, project = self.host.world, self.host.session.project
        row = world.at(at.x(), at.y(), self._moving)
        if row < 0:
            return None
        here = int(world.ids[row]), False
        if here not in self._joined:
            sides = self._ids, here[:1]
            found = joins.offers(project, *sides) or joins.others_than(project, *sides)
            new = [] if found else join_through.through(project, *sides)
            said = joins.said(project, found[0]) if found else join_through.said(project, new[0]) if new else ""
            self._joined[here] = Target(here[0], True, said, joins=True) if said else None
        return self._joined[here]

    def release(self, pointer: Pointer) -> None:
        """Move the selection as one undo step. A refused place changes nothing and says why. A click selects one
        element, or its group."""
        session = self.host.session
        if not self._dragging:
            if not is_click(self._from.where, pointer.where):  # all that is selected is locked
                session.do_large(tr("Moving …"), len(session.selection), edit.move, session.selection, (0.0, 0.0))
            elif not pointer.keys:
                session.select(self._clicked())
            return
        target = self._target_at(pointer)
        by = self._way(pointer, target)
        self.cancel()
        if target is not None and not target.allowed:
            session.refused.emit(tr("Not moved: {0}.", target.text))
            return
        if target is not None and target.joins:
            where = self.host.widget().mapToGlobal(self.host.pixel_of(pointer.at).toPoint())
            ask(self.host.widget(), session, self._ids, [target.parent_id], where)
            return
        parent_id = target.parent_id if target is not None else None
        if self.host.elsewhere(pointer.where):  # it goes to the first free place
            row = self.host.world.row_of.get(parent_id or ROOT_ID, -1)
            by = self.host.world.rect(row).topLeft() - self._box.topLeft() if row >= 0 else QPointF()
        count = edit.extent(session.project, self._ids)
        session.do_large(tr("Moving …"), count, edit.move, self._ids, (by.x(), by.y()), parent_id)

    def _clicked(self) -> list[int]:
        """What a click selects: a group, and in a group that was selected the element itself."""
        chosen = group.members(self.host.session.project, self._pressed_id)
        within = self._pressed_id in self._before and len(self._before) <= len(chosen)
        return [self._pressed_id] if within else chosen

    def cancel(self) -> None:
        """Leave the selection where it is."""
        if self._dragging:
            self._dragging = False
            self._snapping.clear()
            self.host.overlay.picture = None
            self.host.hide_rows(None)
            self.host.show_target(None, QPointF())
