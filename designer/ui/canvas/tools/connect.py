"""Links by mouse: drag from an element, or from all selected ones, to another; click to select links."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtWidgets import QMenu, QWidget

from designer.commands import join_through, joins, links
from designer.commands.join_through import Through
from designer.commands.joins import LinkOffer
from designer.model.element import ROOT_ID
from designer.ui.canvas.tools.link_picking import LinkPicker
from designer.ui.canvas.tools.selecting import choose
from designer.ui.canvas.tools.tool import Pointer, Target, Tool, ToolHost, is_click
from designer.ui.shell.session import Session
from designer.words import tr

EDGE_PX, SCROLL_PX, SCROLL_MS = 28, 14, 30


def make(session: Session, made: LinkOffer) -> None:
    """Add links as one undo step and report them; a single one is selected."""
    said = joins.said(session.project, made)
    ids = session.do_large(tr("Linking {0:,} …", len(made.pairs)), len(made.pairs), joins.connect_many, made)
    if ids is not None:
        session.flush()
        if len(made.pairs) == 1 and not made.left:
            session.select(ids)
        session.told.emit(f"{said}.{joins.left_over(made)}")


def ask(parent: QWidget, session: Session, ones: Sequence[int], others: Sequence[int], where: QPoint) -> None:
    """Link elements; ask which link when several may join them. Where none may, say why and offer what is next."""
    project = session.project
    found = joins.offers(project, ones, others)
    if len(found) == 1:
        make(session, found[0])
        return
    reason = "" if found else joins.why_none(project, ones, others)
    found = found or joins.others_than(project, ones, others)
    new = [] if found else join_through.through(project, ones, others)
    if not (found or new):
        session.refused.emit(tr("Not linked: {0}.", reason))
        return
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if reason:
        menu.addAction(f"{reason}.".replace("&", "&&")).setEnabled(False)
        menu.addSeparator()
    for made in found:
        said = joins.said(project, made)
        menu.addAction(said.replace("&", "&&")).triggered.connect(partial(make, session, made))
    for between in new:
        action = menu.addAction(join_through.said(project, between).replace("&", "&&"))
        action.triggered.connect(partial(_make_through, session, between))
    menu.popup(where)


def _make_through(session: Session, between: Through) -> None:
    said = join_through.said(session.project, between)
    made = session.do(join_through.connect_through, session.project, between)
    if made is not None:
        session.flush()
        session.select([made])
        session.reveal.emit([made])
        session.told.emit(f"{said}.")


class Connect(Tool):
    """Draws links from an element, or from all selected ones, to another. A possible target is green, another red
    with the reason."""

    def __init__(self, host: ToolHost, picker: LinkPicker) -> None:
        super().__init__(host)
        self._picker = picker
        self._source = 0
        self._from = QPointF()
        self._sources: list[int] = []
        self._known: tuple[int, Target | None] | None = None
        self._pointer = QPointF()
        self.scrolling = QTimer(host.widget(), interval=SCROLL_MS)
        self.scrolling.timeout.connect(self._scroll)

    def press(self, pointer: Pointer) -> bool:
        """Begin at a port, unless the selection is to be added to, or in link mode at any element."""
        if not pointer.left or (pointer.adds and self.host.tool == "select"):
            return False
        source = self._picker.port_at(pointer.where)
        if source is None and self.host.tool == "connect":
            source = int(self.host.world.ids[pointer.row]) if pointer.row >= 0 else 0
        self._source, self._pointer, self._known = source or 0, pointer.where, None
        self._from = pointer.where
        elements, chosen = self.host.session.project.elements, self.host.session.selection
        self._sources = [i for i in chosen if i in elements] if self._source in chosen else [self._source]
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
        """The element under the pointer, or its nearest ancestor that the links may join; else why not."""
        world, project = self.host.world, self.host.session.project
        row = world.at(at.x(), at.y())
        here = int(world.ids[row]) if row >= 0 else 0
        if self._known is None or self._known[0] != here or self.host.session.pending:
            gone = any(i not in project.elements for i in self._sources)
            self._known = here, None if gone or not here else self._target(here)
        return self._known[1]

    def _target(self, here: int) -> Target | None:
        project, sources = self.host.session.project, self._sources
        holders = {above for source in sources for above in project.ancestors(source)}
        reason_at = here
        for other in (here, *project.ancestors(here)):
            if other in sources or other == ROOT_ID or (other != here and other in holders):
                break
            found = joins.offers(project, sources, [other])
            if found:
                first = joins.said(project, found[0])
                left = tr("; {0:,} cannot: {1}", found[0].left, found[0].reason) if found[0].left else ""
                more = tr(", or another of {0} links", len(found)) if len(found) > 1 else ""
                return Target(other, True, f"{first}{left}{more}")
            if any(links.fit(project, source, other) for source in sources):
                reason_at = other
                break
        if here in sources:
            return None
        return Target(reason_at, False, joins.why_none(project, sources, [reason_at]))

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
        """Add the links as one undo step; a click at a port selects what is beneath it. A refused target changes
        nothing and says why."""
        if self._source and self.host.tool == "select" and is_click(self._from, pointer.where):
            self.cancel()
            chosen = self._picker.chosen_at(pointer.at, pointer.where, pointer.row)
            if chosen:
                self.host.session.select(chosen)
            elif pointer.row >= 0:
                choose(self.host, int(self.host.world.ids[pointer.row]), False)
            return
        target = self._target_at(pointer.at) if self._source else None
        sources = self._sources
        self.cancel()
        if target is not None:
            host = self.host
            ask(host.widget(), host.session, sources, [target.parent_id], _on_screen(host, pointer.at))

    def cancel(self) -> None:
        """Add no link."""
        self.scrolling.stop()
        self._source, self._sources, self._known = 0, [], None
        self.host.overlay.wire = None
        self.host.show_target(None, QPointF())


def _on_screen(host: ToolHost, at: QPointF) -> QPoint:
    return host.widget().mapToGlobal(host.pixel_of(at).toPoint())


def _border(box: QRectF, to: QPointF) -> QPointF:
    """The point of a box's border that is nearest to a point outside; for one inside, the top or the bottom."""
    x, y = min(max(to.x(), box.left()), box.right()), min(max(to.y(), box.top()), box.bottom())
    if not box.contains(to):
        return QPointF(x, y)
    return QPointF(x, box.top() if y - box.top() < box.bottom() - y else box.bottom())


class PickLinks(Tool):
    """Selects links, and sets by their names."""

    def __init__(self, host: ToolHost, picker: LinkPicker) -> None:
        super().__init__(host)
        self._picker = picker

    def press(self, pointer: Pointer) -> bool:
        """Select what is under the mouse."""
        chosen = self._picker.chosen_at(pointer.at, pointer.where, pointer.row)
        session = self.host.session
        if not chosen:
            return False
        if pointer.left or not set(chosen) & set(session.selection):
            session.select([*session.selection, *chosen] if pointer.adds else chosen)
        return True
