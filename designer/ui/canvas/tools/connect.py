"""Linking by mouse: a link is pulled from an element to another; links are selected by a click."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtWidgets import QMenu, QWidget

from designer.commands import edit, links
from designer.ui.canvas.tools.link_picking import LinkPicker
from designer.ui.canvas.tools.tool import Host, Pointer, Target, Tool
from designer.ui.shell.session import Session

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


class Connect(Tool):
    """Pulls a link from an element to another; what it may join lights green, else red with the reason."""

    def __init__(self, host: Host, picker: LinkPicker) -> None:
        super().__init__(host)
        self._picker = picker
        self._source = 0
        self._pointer = QPointF()
        self.scrolling = QTimer(host.widget(), interval=SCROLL_MS)
        self.scrolling.timeout.connect(self._scroll)

    def press(self, pointer: Pointer) -> bool:
        """Begin at a port; in the mode of this tool at any element."""
        if not pointer.left:
            return False
        source = self._picker.port_at(pointer.where)
        if source is None and self.host.tool == "connect":
            source = int(self.host.world.ids[pointer.row]) if pointer.row >= 0 else 0
        self._source, self._pointer = source or 0, pointer.where
        return source is not None

    def move(self, pointer: Pointer) -> None:
        """Show what the link would join."""
        if not self._source:
            return
        host, self._pointer = self.host, pointer.where
        target = self._target_at(pointer.at)
        host.show_target(target, pointer.at)
        row = host.world.row_of.get(self._source)
        if row is not None:
            host.overlay.wire = (_border(host.to_pixels(host.world.rect(row)), self._pointer), self._pointer)
            host.overlay.wire_allowed = target.allowed if target is not None else None
        if self._step() != QPointF():
            self.scrolling.start()
        else:
            self.scrolling.stop()

    def _target_at(self, at: QPointF) -> Target | None:
        """What is beneath the pointer, or what that stands in, if a link may join it; else why not."""
        world, project = self.host.world, self.host.session.project
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
        """How far to scroll while the mouse is at an edge of the window."""
        area, x, y = self.host.widget().rect(), self._pointer.x(), self._pointer.y()
        dx = (x > area.right() - EDGE_PX) - (x < EDGE_PX)
        dy = (y > area.bottom() - EDGE_PX) - (y < EDGE_PX)
        return QPointF(dx * SCROLL_PX, dy * SCROLL_PX)

    def _scroll(self) -> None:
        step = self._step()
        self.host.scroll_by(-step.x(), -step.y())
        self.move(Pointer(self.host.to_drawing(self._pointer), self._pointer, -1))

    def release(self, pointer: Pointer) -> None:
        """Link them: one step of undo; a refused target changes nothing and says why."""
        target = self._target_at(pointer.at) if self._source else None
        source = self._source
        self.cancel()
        if target is not None:
            host = self.host
            offer(host.widget(), host.session, source, target.parent_id, _on_screen(host, pointer.at))

    def cancel(self) -> None:
        """Link nothing."""
        self.scrolling.stop()
        self._source = 0
        self.host.overlay.wire = None
        self.host.show_target(None, QPointF())


def _on_screen(host: Host, at: QPointF) -> QPoint:
    return host.widget().mapToGlobal(host.pixel_of(at).toPoint())


def _border(box: QRectF, to: QPointF) -> QPointF:
    """The point of a box's border that is nearest to a point outside; for one inside, the top or the bottom."""
    x, y = min(max(to.x(), box.left()), box.right()), min(max(to.y(), box.top()), box.bottom())
    if not box.contains(to):
        return QPointF(x, y)
    return QPointF(x, box.top() if y - box.top() < box.bottom() - y else box.bottom())


class PickLinks(Tool):
    """Selects links, and sets by their names."""

    def __init__(self, host: Host, picker: LinkPicker) -> None:
        super().__init__(host)
        self._picker = picker

    def press(self, pointer: Pointer) -> bool:
        """Select what is beneath the mouse."""
        chosen = self._picker.chosen_at(pointer.at, pointer.where, pointer.row)
        session = self.host.session
        if not chosen:
            return False
        if pointer.left or not set(chosen) & set(session.selection):
            session.select([*session.selection, *chosen] if pointer.adds else chosen)
        return True
