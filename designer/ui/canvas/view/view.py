"""The view on the drawing: it follows the project, paints, and passes mouse and keys to the tools of a mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QToolTip, QWidget

from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.overlay import GROUP_NAME_PX, GroupFrame, Overlay, group_plates
from designer.ui.canvas.paint.paint import paint_ground, paint_world
from designer.ui.canvas.paint.selection import Selected, outlines_of, selected_in
from designer.ui.canvas.tools import keyboard
from designer.ui.canvas.tools.link_picking import LinkPicker
from designer.ui.canvas.tools.modes import modes
from designer.ui.canvas.tools.rename import RenameBox
from designer.ui.canvas.tools.tool import Pointer, Target, Tool
from designer.ui.canvas.view.blast import Blast
from designer.ui.canvas.view.drops import Drops, ghost_of
from designer.ui.canvas.view.hover import Hover
from designer.ui.canvas.view.layered import Layered
from designer.ui.canvas.view.run_colors import RunColors
from designer.ui.canvas.world.world import COMING, World
from designer.ui.parts.guard import attempt, guarded, paint_part
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

ROUTING_S = 0.01
"""How long a frame may route links; the others follow in the next frames."""
FLASH_MS = 1200
MOST_FLASHES = 20
"""Most elements that flash; the outlines of more lie across each other."""
CURSORS = {"hand": Qt.CursorShape.OpenHandCursor, "connect": Qt.CursorShape.CrossCursor}


@guarded
class Painted(Layered):
    """The drawing of a session: follows project, selection and run, and paints them."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.theme, self.world = session, theme, World(session.project)
        self.moves = lambda: not theme.still
        self.brush = Brush(theme, self.world)
        self.brush.links.budget_s = ROUTING_S
        self.overlay = Overlay()
        self._selected = selected_in(self.world, ())
        self.colors = RunColors(session, self.brush)
        session.project.ahead[COMING] = self.world.look_ahead
        session.changed.connect(self._follow)
        session.replaced.connect(self._replaced)
        session.selection_changed.connect(self.show_selection)
        session.frame_changed.connect(self._show_newer)
        session.run_changed.connect(self.show_frame)
        session.reveal.connect(self.reveal)
        session.findings.changed.connect(self._show_findings)
        theme.changed.connect(self._themed)

    def drawn(self) -> QRectF:
        """The box around the drawing."""
        return self.world.bounds()

    def rows_changed(self) -> None:
        """The rows of the world are others now."""
        self.colors.forget_rows()

    # -- following

    def _follow(self, changes: ChangeSet) -> None:
        ids = self.world.ids
        for part in (self.brush.links, self.brush.outlines):
            part.follow(changes)
        if self.world.follow(changes):
            self.overlay.hover = None  # the box beneath the mouse may be another one, or of another size
            self.colors.forget_rows()
            self.show_frame()
        if self.world.ids is not ids:
            self.rows_changed()
        self.show_selection()

    def _catch_up(self) -> None:
        """Take over what the panels are told a little later: removed elements cannot be painted."""
        if self.world.follow(self.session.untold):
            self._show_rows()

    def _show_rows(self) -> None:
        self.rows_changed()
        self.show_frame()
        self.show_selection()

    def _replaced(self) -> None:
        self.world.project, self.world.collapsed = self.session.project, set()
        self.session.project.ahead[COMING] = self.world.look_ahead
        self.world.rebuild()
        for part in (self.brush.links, self.brush.outlines):
            part.forget()
        self.jumps.forget()
        self.rows_changed()
        self.show_frame()
        self.show_selection()
        self.zoom_to_fit(animated=False)

    def _themed(self) -> None:
        self.brush.forget_fonts()
        self.update()

    def _show_newer(self) -> None:
        run = self.session.run
        if self.colors.is_shown():
            return
        if self.brush.live is not None or (run is not None and run.view.frame is not None):
            self.show_frame()  # before the first frame the run tells how far it is prepared, and the drawing stays

    def show_frame(self) -> None:
        """Show the newest frame of the run; new failures pulse."""
        for element_id in self.colors.update():
            self._animate_ring([element_id], self.overlay.pulses)
        self.update()

    def _show_findings(self) -> None:
        self.brush.findings.show(self.session.findings.design)
        self.update()

    def show_selection(self) -> None:
        """Look at what is selected, and show it."""
        self._selected = selected_in(self.world, self.session.selection)
        for part in (self.brush.links, self.brush.outlines):
            part.set_focus(self.session.selection)
        _show_outlines(self, self._selected)
        self.update()

    def look_changed(self) -> None:
        """Let what lies over the drawing go along with it."""
        if self._selected.beside is self.world.ids:
            _show_outlines(self, self._selected)
        else:
            self.show_selection()

    # -- bringing into sight

    def box_of(self, ids: Iterable[int]) -> QRectF:
        """The box around some elements in the drawing."""
        world = self.world
        rows = world.drawn_rows(ids)
        if not rows.size:
            return QRectF()
        left, top = float(world.x[rows].min()), float(world.y[rows].min())
        right, bottom = float((world.x + world.w)[rows].max()), float((world.y + world.h)[rows].max())
        return QRectF(left, top, right - left, bottom - top)

    def zoom_to_selection(self) -> None:
        """Show the selection, or everything."""
        self.jumps.note(self.spot)
        self.keeps_fit = False
        box = self.box_of(self.session.selection)
        self.show_box(box if not box.isEmpty() else self.world.bounds(), True, 4.0)

    def set_collapsed(self, ids: Iterable[int]) -> None:
        """Draw these containers without their content, and no others."""
        elements = self.session.project.elements
        wanted = {i for i in ids if i in elements and self.session.project.kind(i).container}
        if wanted != self.world.collapsed:
            self.world.collapsed = wanted
            self.world.rebuild()
            self._show_rows()

    def reveal(self, ids: Sequence[int]) -> None:
        """Scroll to elements and let them flash; what they stand in is no longer collapsed."""
        project = self.session.project
        if self.world.collapsed:
            above = {a for i in ids if i in project.elements for a in project.ancestors(i)}
            self.set_collapsed(self.world.collapsed - above)
        box = self.box_of(ids)
        if box.isEmpty():
            return
        if not self.sees(box) or box.width() * self.scale_now < 8:
            self.jumps.note(self.spot)
            self.keeps_fit = self.keeps_fit and self.sees(box)
            self.show_box(box.adjusted(-60, -60, 60, 60), True, max(self.scale_now, 1.0))
        self._animate_ring(list(ids) if len(ids) <= MOST_FLASHES else [], self.overlay.flashes)

    def sees(self, box: QRectF) -> bool:
        """Whether a box of the drawing is in sight as a whole."""
        return QRectF(self.to_drawing(QPointF()), self.to_drawing(QPointF(self.width(), self.height()))).contains(box)

    def _animate_ring(self, ids: list[int], rings: list[tuple[QRectF, float]]) -> None:
        def show(part: float) -> None:
            boxes = [self.to_pixels(self.world.rect(self.world.row_of[i])) for i in ids if i in self.world.row_of]
            rings[:] = [(box, part) for box in boxes] if part < 1.0 else []
            self.repaint_soon()

        if self.theme.still:  # an outline that stays for a moment in place of a pulse
            show(0.0)
            QTimer.singleShot(FLASH_MS, self, lambda: show(1.0))
        else:
            self.animate(FLASH_MS, show)

    # -- painting

    def paint_above(self) -> None:
        """Called before what lies above the drawing is painted."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the drawing, then what lies above it."""
        late = self.session.pending
        if late:
            self._catch_up()
        painter = QPainter(self)
        self.paint_below(painter, bool(self.overlay.flashes or self.overlay.pulses), late)
        attempt(self.paint_above, ())
        paint_part(painter, self.overlay.paint, self.theme, QRectF(self.rect()))
        painter.end()
        if self.brush.links.pending or self.brush.labels.waiting:
            QTimer.singleShot(0, self, self.update)

    def paint_drawing(self, painter: QPainter) -> None:
        """Paint the ground, and the drawing upon it."""
        paint_ground(painter, self.brush, self.look.transform, self.rect())
        paint_part(painter, self._paint_drawing)

    def _paint_drawing(self, painter: QPainter) -> None:
        painter.setTransform(self.look.transform)
        painter.setClipRect(self.to_drawing_box(QRectF(self.rect())))
        paint_world(painter, self.brush)

    def to_drawing_box(self, box: QRectF) -> QRectF:
        """A box of the window in the drawing."""
        inverse, _ = self.look.transform.inverted()
        return inverse.mapRect(box)

    def picture_of(self, rows: Sequence[int]) -> QPixmap:
        """A picture of some subtrees at the present zoom, with the links and outlines that have no other ends."""
        box, others = QRectF(), np.ones(self.world.ids.size, np.bool_)
        for row in rows:
            box = box.united(self.world.rect(row))
            others[self.world.subtree(row)] = False
        scale, ratio = self.scale_now, self.devicePixelRatioF()
        size = (box.size() * scale * ratio).toSize().boundedTo(self.size() * 2 * ratio)
        made = QPixmap(max(size.width(), 1), max(size.height(), 1))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setTransform(QTransform(scale, 0, 0, scale, -box.left() * scale, -box.top() * scale))
        painter.setClipRect(box)
        self.brush.hidden = others
        paint_world(painter, self.brush)
        self.brush.hidden = None
        painter.end()
        return made


def _show_outlines(view: Painted, chosen: Selected) -> None:
    """Let the overlay show the boxes of the selection where they are seen now."""
    world, overlay, area = view.world, view.overlay, QRectF(view.rect())
    overlay.selected = outlines_of(world, chosen.rows, view.look.transform, area)
    groups = [(view.box_of(some), name) for name, some in chosen.groups]  # those that are hidden have no box
    overlay.groups = [_framed(view, view.to_pixels(box), name) for box, name in groups if not box.isEmpty()]
    overlay.ports = []
    overlay.locks = outlines_of(world, chosen.locked, view.look.transform, area)
    one = chosen.only
    can = one is not None and view.session.project.kinds[world.kind_name(one)].container and not chosen.locked.size
    overlay.handles = overlay.selected[0] if can and overlay.selected[0].width() > 24 else None


def _framed(view: Painted, box: QRectF, name: str) -> GroupFrame:
    """The frame of a group; its name stands below it, or above it where something is in the way only below."""
    plates = [QRectF(one.left(), one.top() + 1, GROUP_NAME_PX, one.height() - 2) for one in group_plates(box)]
    below, above = (view.world.meets(view.to_drawing_box(one), view.to_drawing_box(box)) for one in plates)
    return GroupFrame(box, name, above=below and not above)


@guarded
class View(Painted):
    """The editable drawing. `tool` names the mode (select, hand or connect); the view hosts its tools."""

    context_menu_requested = Signal(QPoint, object)
    tool_requested = Signal(str)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self.tool, self.space = "select", False
        self.beside: Callable[[QPoint], int] = lambda at: 0
        """Which element the outline shows at a point of the screen, 0 for none."""
        self.links = LinkPicker(self)
        self.drops, self.hover = Drops(self), Hover(self, self.links)
        self.blast = Blast(self, session)
        self._rename = RenameBox(self)
        self._modes = modes(self, self.links)
        self._active: Tool | None = None
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Drawing"))

    # -- for the tools

    def elsewhere(self, where: QPointF) -> int:
        """The id of the element that another panel shows at a point of the window; 0: none."""
        at = where.toPoint()
        return 0 if self.rect().contains(at) else self.beside(self.mapToGlobal(at))

    def widget(self) -> QWidget:
        """The widget on which menus open."""
        return self

    def set_cursor(self, shape: Qt.CursorShape | None) -> None:
        """Give the mouse a shape; None: that of the tool in use."""
        usual = CURSORS.get("hand" if self.space else self.tool, Qt.CursorShape.ArrowCursor)
        self.setCursor(usual if shape is None else shape)

    def hide_rows(self, rows: NDArray[np.bool_] | None) -> None:
        """Leave rows out of the drawing (they are dragged)."""
        self.brush.hidden = rows
        self.overlay.selected, self.overlay.groups, self.overlay.handles = [], [], None
        if rows is None:
            self.show_selection()
        self.update()

    def show_target(self, target: Target | None, at: QPointF, size: QSizeF | None = None) -> None:
        """Show where something would go, in green, or in red with the reason."""
        overlay = self.overlay
        overlay.target, overlay.ghost, overlay.reason = None, None, ""
        if target is not None:
            overlay.allowed, overlay.reason = target.allowed, target.text
            overlay.pointer = self.pixel_of(at)
            if target.parent_id in self.world.row_of:
                overlay.target = self.to_pixels(self.world.rect(self.world.row_of[target.parent_id]))
            elif target.parent_id == ROOT_ID:
                overlay.target = QRectF(self.rect()).adjusted(3, 3, -3, -3)
            if size is not None and overlay.target is not None:
                overlay.ghost = ghost_of(self, target, at, size)
        self.repaint_soon()

    # -- what lies above

    def look_changed(self) -> None:
        """Let what lies over the drawing go along with it."""
        super().look_changed()
        self.overlay.guides = []
        self.hover.follow()
        self.blast.follow()
        self._rename.follow()

    def paint_above(self) -> None:
        """Hand the ways of selected and hovered links to the overlay."""
        self.links.show_ways()

    def rows_changed(self) -> None:
        """Cancel a tool that remembers rows."""
        super().rows_changed()
        if self._active is not None and self._active.by_rows:
            self._cancel()

    # -- mouse

    def _pointer(self, event: QMouseEvent) -> Pointer:
        at = self.to_drawing(event.position())
        return Pointer(at, event.position(), self.world.at(at.x(), at.y()), event.button(), event.modifiers())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start the first tool of the mode that takes the press."""
        self.setFocus()
        self.session.flush()
        self._cancel()
        pointer = self._pointer(event)
        self._active = next((tool for tool in self._modes[self.tool] if tool.press(pointer)), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the tool, or show what is under the mouse."""
        pointer = self._pointer(event)
        if self._active is not None and event.buttons():
            self.overlay.hover = None
            self._active.move(pointer)
        else:
            self.hover.move(pointer)
            self.blast.look(pointer.row, pointer.where)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish the tool."""
        tool, self._active = self._active, None
        if tool is not None:
            tool.release(self._pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the double-clicked element."""
        self._cancel()
        pointer = self._pointer(event)
        if pointer.row >= 0 and pointer.left:
            self.begin_rename([int(self.world.ids[pointer.row])])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the context menu of what is under the mouse, or by keyboard of the selection."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.session.selection:
            self.context_menu_requested.emit(self.mapToGlobal(self.rect().center()), self.session.selection[0])
            return
        at = self.to_drawing(event.pos())
        row = self.world.at(at.x(), at.y())
        here = self.links.chosen_at(at, QPointF(event.pos()), row) or [int(self.world.ids[row])] * (row >= 0)
        self.context_menu_requested.emit(event.globalPos(), here[0] if here else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Handle that the mouse has left."""
        self.hover.leave()
        self.blast.look(-1, QPointF())
        super().leaveEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take drops, and show the tip under a resting mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            said = self.hover.tip(self.to_drawing(event.pos()), QPointF(event.pos()))
            said = said if self.overlay.blast is None else ""  # whose card is there
            QToolTip.showText(event.globalPos(), said, self)
            return True
        return self.drops.take(event) or super().event(event)

    # -- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge, navigate, cancel; Space pans."""
        self.session.flush()
        before = self.session.selection
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.space = True
            self.set_cursor(None)
        elif event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif not keyboard.press(event, self.session, self.world):
            super().keyPressEvent(event)
        if self.session.selection != before:
            self._go_to_selection()

    def _go_to_selection(self) -> None:
        """Bring in sight what a key has selected, at the present scale where that shows all of it."""
        box = self.box_of(self.session.selection)
        if not box.isEmpty() and not self.sees(box):
            self.jumps.note(self.spot)
            self.keeps_fit = False
            self.show_box(box, True, self.scale_now)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Stop panning when Space is released."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.space = False
            self.set_cursor(None)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget the Space key."""
        self.space = False
        super().focusOutEvent(event)

    def _cancel(self) -> bool:
        tool, self._active = self._active, None
        if tool is not None:
            tool.cancel()
        return tool is not None

    def _escape(self) -> None:
        if self._cancel():
            return
        if self.tool != "select" or self.blast.on:
            self.tool_requested.emit("select")
            return
        keyboard.go_out(self.session)

    def begin_rename(self, ids: Sequence[int]) -> None:
        """Open a field for the name of an element or a group, where it can be seen."""
        box = self.box_of(ids)
        if not box.isEmpty() and not QRectF(self.rect()).contains(self.to_pixels(box).topLeft()):
            self.keeps_fit = False
            self.show_box(box.adjusted(-60, -60, 60, 60), False, max(self.scale_now, 1.0))
        self._rename.open(ids)
