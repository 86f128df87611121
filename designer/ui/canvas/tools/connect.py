"""Linking by mouse: ports of what is selected, the connect tool, picking links and names of sets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from designer.commands import edit, links
from designer.ui.canvas.links.links import PICK_PX, Bundle
from designer.ui.canvas.tools.gestures import Target
from designer.ui.canvas.view.overlay import PORT_PX
from designer.ui.canvas.view.tips import tip_of
from designer.ui.shell.session import Session

if TYPE_CHECKING:
    from designer.ui.canvas.view.view import View

PORT_AWAY_PX, NEAR_PX = 14.0, 26.0
"""How far a port stands from its box, how near the mouse must be to a box to see its ports."""
EDGE_PX, SCROLL_PX, SCROLL_MS = 28, 14, 30


def make(session: Session, choice: links.Choice) -> None:
    """Make a link and select it: one step of undo."""
    made = session.do(edit.connect, session.project, choice.kind, choice.source, choice.target)
    if made is not None:
        session.flush()
        session.select([made])
        session.told.emit(links.sentence(session.project, choice.kind, choice.source, choice.target) + ".")


def offer(parent: QWidget, session: Session, one: int, other: int, where: QPoint) -> None:
    """Link two elements; ask which link when several may join them, say why when none may."""
    project = session.project
    found = links.choices(project, one, other)
    if not found:
        reason = links.why_not_connect(project, one, other)
        session.refused.emit(f"Not linked: {reason}.")
    elif len(found) == 1:
        make(session, found[0])
    else:
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for choice in found:
            said = links.sentence(project, choice.kind, choice.source, choice.target)
            menu.addAction(said.replace("&", "&&")).triggered.connect(partial(make, session, choice))
        menu.popup(where)


def ports_of(box: QRectF) -> list[QPointF]:
    """Where the ports of a box stand in the window: beside the middle of each side."""
    middle, away = box.center(), PORT_AWAY_PX
    return [
        QPointF(middle.x(), box.top() - away),
        QPointF(box.right() + away, middle.y()),
        QPointF(middle.x(), box.bottom() + away),
        QPointF(box.left() - away, middle.y()),
    ]


class Connect:
    """Pulls a link from an element to another; what it may join lights green, else red with the reason."""

    def __init__(self, view: View, at: QPointF, source_id: int) -> None:
        self._view, self._source = view, source_id
        self._pointer = QPointF(view.mapFromScene(at))
        self._timer = QTimer(view, interval=SCROLL_MS)
        self._timer.timeout.connect(self._scroll)

    def move(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Show what the link would join."""
        view = self._view
        self._pointer = QPointF(view.mapFromScene(at))
        target = self._target_at(at)
        view.show_target(target, at)
        row = view.world.row_of.get(self._source)
        if row is not None:
            view.overlay.wire = (_border(view.to_pixels(view.world.rect(row)), self._pointer), self._pointer)
            view.overlay.wire_allowed = target.allowed if target is not None else None
        if self._step() != QPointF():
            self._timer.start()
        else:
            self._timer.stop()

    def _target_at(self, at: QPointF) -> Target | None:
        """What is beneath the pointer, or what that stands in, if a link may join it; else why not."""
        view, world = self._view, self._view.world
        project = view.session.project
        here = world.at(at.x(), at.y())
        if self._source not in project.elements:
            return None
        row = here
        holders = set(project.ancestors(self._source))
        while row >= 0 and (row == here or int(world.ids[row]) not in holders):
            found = links.choices(project, self._source, int(world.ids[row]))
            if found:
                first = links.sentence(project, found[0].kind, found[0].source, found[0].target)
                text = first if len(found) == 1 else f"{first}, or another of {len(found)} links"
                return Target(int(world.ids[row]), True, text)
            if links.fit(project, self._source, int(world.ids[row])):
                here = row
                break
            row = int(world.parent[row])
        if here < 0 or int(world.ids[here]) == self._source:
            return None
        reason = links.why_not_connect(project, self._source, int(world.ids[here]))
        return Target(int(world.ids[here]), False, reason or "")

    def _step(self) -> QPointF:
        """How far to scroll: the mouse is at an edge of the window."""
        area, x, y = self._view.viewport().rect(), self._pointer.x(), self._pointer.y()
        dx = (x > area.right() - EDGE_PX) - (x < EDGE_PX)
        dy = (y > area.bottom() - EDGE_PX) - (y < EDGE_PX)
        return QPointF(dx * SCROLL_PX, dy * SCROLL_PX)

    def _scroll(self) -> None:
        step = self._step()
        self._view.scroll_by(step.x(), step.y())
        self.move(self._view.mapToScene(self._pointer.toPoint()), Qt.KeyboardModifier.NoModifier)

    def release(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Link them: one step of undo; a refused target changes nothing and says why."""
        target = self._target_at(at)
        self.cancel()
        view = self._view
        if target is None:
            return
        where = view.viewport().mapToGlobal(view.mapFromScene(at))
        offer(view, view.session, self._source, target.parent_id, where)

    def cancel(self) -> None:
        """Link nothing."""
        self._timer.stop()
        self._timer.deleteLater()
        self._view.overlay.wire = None
        self._view.show_target(None, QPointF())


def _border(box: QRectF, to: QPointF) -> QPointF:
    """The point of a box's border that is nearest to a point outside; its middle's way for one inside."""
    x, y = min(max(to.x(), box.left()), box.right()), min(max(to.y(), box.top()), box.bottom())
    if not box.contains(to):
        return QPointF(x, y)
    return QPointF(x, box.top() if y - box.top() < box.bottom() - y else box.bottom())


class LinkMouse:
    """What the mouse does with links, ports and names of sets, for a view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._hovered: Bundle | None = None

    def press(self, event: QMouseEvent, at: QPointF, row: int) -> Connect | bool:
        """A gesture that begins here, True when the press is used up, False when it is about something else."""
        view = self._view
        left = event.button() == Qt.MouseButton.LeftButton
        source = self._port_at(event.position())
        if left and source is not None:
            return Connect(view, at, source)
        if left and view.tool == "connect":
            return Connect(view, at, int(view.world.ids[row])) if row >= 0 else True
        chosen = self.chosen_at(at, event.position(), row)
        if not chosen:
            return False
        added = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        if left or not set(chosen) & set(view.session.selection):
            view.session.select([*view.session.selection, *chosen] if added else chosen)
        return True

    def chosen_at(self, at: QPointF, where: QPointF, row: int) -> list[int]:
        """What a click selects: the set whose name stands there, links, or the set whose reach they show."""
        owner = self._view.brush.outlines.set_at(where)
        bundle = self.bundle_at(at, row) if not owner else None
        if bundle is None:
            return [owner] if owner else []
        return [int(self._view.world.ids[bundle.a])] if bundle.kind.shown == "reach" else bundle.ids

    def bundle_at(self, at: QPointF, row: int) -> Bundle | None:
        """The links at a point of the drawing, unless something that is no mere container is there."""
        view = self._view
        if row >= 0:
            box = view.session.project.kinds[view.world.kind_name(row)].box
            if box.flow in ("leaf", "grid") or at.y() < view.world.y[row] + box.header:
                return None
        view.brush.links.update(view.scale_now)
        return view.brush.links.at(at.x(), at.y(), PICK_PX / view.scale_now, view.brush.layers)

    def hover(self, at: QPointF, where: QPointF, row: int) -> bool:
        """Show ports and mark the links beneath the mouse; True when it is on one of them."""
        view, overlay = self._view, self._view.overlay
        ports = self._ports(where)
        before, self._hovered = self._hovered, self.bundle_at(at, row)
        on_port = self._port_at(where) is not None
        if ports != overlay.ports or before is not self._hovered:
            overlay.ports = ports
            view.viewport().update()
        if self._hovered is not None or view.brush.outlines.set_at(where) or on_port:
            overlay.hover = None
            view.viewport().update()
            view.viewport().setCursor(Qt.CursorShape.CrossCursor if on_port else Qt.CursorShape.PointingHandCursor)
            return True
        return False

    def leave(self) -> None:
        """The mouse is elsewhere."""
        self._hovered, self._view.overlay.ports = None, []

    def _linkable(self) -> QRectF | None:
        """The box of the one element that is selected, when links may join its kind."""
        view = self._view
        selection, project = view.session.selection, view.session.project
        if len(selection) != 1 or selection[0] not in view.world.row_of or len(view.overlay.selected) != 1:
            return None
        kind = project.elements[selection[0]].kind
        if not any(kind in k.sources or kind in k.targets for k in project.link_kinds.values()):
            return None
        return view.overlay.selected[0]

    def _ports(self, where: QPointF) -> list[QPointF]:
        box = self._linkable()
        if box is None or self._view.tool != "select" or not _near(box, NEAR_PX).contains(where):
            return []
        inner = box.adjusted(NEAR_PX, NEAR_PX, -NEAR_PX, -NEAR_PX)
        return ports_of(box) if not (inner.isValid() and inner.contains(where)) else []

    def _port_at(self, where: QPointF) -> int | None:
        """The id of the element whose port is at a point of the window."""
        for port in self._view.overlay.ports:
            if (port - where).manhattanLength() <= PORT_PX * 2:
                return self._view.session.selection[0]
        return None

    def show_ways(self) -> None:
        """Hand the ways of the selected links and of those beneath the mouse to what paints above."""
        view = self._view
        links_ = view.brush.links
        chosen = links_.holding(i for i in view.session.selection if i in view.session.project.links)
        view.overlay.ways = [self._pixels(bundle) for bundle in chosen]
        hovered = self._hovered
        view.overlay.hover_way = self._pixels(hovered) if hovered is not None and hovered in links_.bundles else []

    def _pixels(self, bundle: Bundle) -> list[QPointF]:
        view = self._view.viewportTransform()
        return [view.map(QPointF(x, y)) for x, y in self._view.brush.links.way_of(bundle).tolist()]

    def tip(self, at: QPointF, where: QPointF) -> str:
        """What is said of the links or the set beneath the mouse; empty for neither."""
        view = self._view
        row = view.world.at(at.x(), at.y())
        owner = view.brush.outlines.set_at(where)
        if owner:
            return tip_of(view.brush, view.world.row_of[owner])
        bundle = self.bundle_at(at, row)
        if bundle is None:
            return ""
        project, names = view.session.project, view.world.names
        count = len(bundle.ids)
        if bundle.kind.shown == "reach":
            members = "1 member" if count == 1 else f"{count:,} members"
            said = f"{names[bundle.a]} is served by {members} in {names[bundle.b]}"
        elif count == 1:
            link = project.links[bundle.ids[0]]
            said = links.sentence(project, link.kind, link.source, link.target, link.role)
        else:
            said = f"{count:,} links: {names[bundle.a]} {bundle.kind.verb} {names[bundle.b]}"
        return f"{said}\n{bundle.kind.help}".replace("<", "‹")


def _near(box: QRectF, by: float) -> QRectF:
    return box.adjusted(-by, -by, by, by)
