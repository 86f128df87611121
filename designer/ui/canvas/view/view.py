"""The view on the drawing: zoom and pan, mouse and keyboard, and the one item that paints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSizeF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QGraphicsItem, QToolTip, QWidget

from designer.model import layout
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.tools import gestures, walk
from designer.ui.canvas.tools.connect import LinkMouse
from designer.ui.canvas.tools.gestures import DRAG_PX, Gesture, Target
from designer.ui.canvas.tools.rename import RenameBox
from designer.ui.canvas.view.overlay import Overlay, handle_boxes
from designer.ui.canvas.view.tips import tip_of
from designer.ui.canvas.view.zoom import FLASH_MS, ZoomView
from designer.ui.canvas.world.live import Mapping, Offline, live_of
from designer.ui.canvas.world.world import World
from designer.ui.parts.stock import Item, carries_item, item_of
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session

ROUTING_S = 0.01
"""How long a frame may take to find ways for links; the others are found in the next ones."""


class WorldItem(QGraphicsItem):
    """The one item of the scene: it paints the whole drawing."""

    def __init__(self, brush: Brush) -> None:
        super().__init__()
        self.brush = brush
        self._bounds = QRectF(0, 0, 1, 1)

    def fit(self) -> None:
        """Take the size of the drawing."""
        self.prepareGeometryChange()
        self._bounds = self.brush.world.bounds().adjusted(-40, -40, 40, 40)

    def boundingRect(self) -> QRectF:
        """The box around everything."""
        return self._bounds

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        """Paint what is in sight."""
        inverse, _ = painter.worldTransform().inverted()
        painter.setClipRect(inverse.mapRect(QRectF(painter.viewport())))
        paint_world(painter, self.brush)


class View(ZoomView):
    """Shows the drawing and turns mouse and keys into commands."""

    context_menu_requested = Signal(QPoint, object)
    first_painted = Signal()
    tool_requested = Signal(str)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(World(session.project), parent)
        self.session, self.theme = session, theme
        self.brush = Brush(theme, self.world)
        self.brush.links.budget_s = ROUTING_S
        self.overlay = Overlay()
        self.color_by = "heat"
        self.tool = "select"
        self._gesture: Gesture | None = None
        self._dragged: Item | None = None
        self._pressed: tuple[QPointF, int] | None = None
        self._space = False
        self._mapping: Mapping | None = None
        self._offline = Offline()
        self._pulsed: set[int] = set()
        self._item = WorldItem(self.brush)
        self._set_up()
        self._rename = RenameBox(self)
        self.links = LinkMouse(self)
        session.changed.connect(self._follow)
        session.replaced.connect(self._replaced)
        session.selection_changed.connect(self.show_selection)
        session.frame_changed.connect(self.show_frame)
        session.run_changed.connect(self.show_frame)
        session.reveal.connect(self.reveal)
        session.findings.changed.connect(self._show_findings)
        theme.changed.connect(self._themed)

    def _set_up(self) -> None:
        self.scene().addItem(self._item)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Drawing")
        self.setBackgroundBrush(self.theme.color("canvas"))
        self._grow_scene()

    def _grow_scene(self) -> None:
        self._item.fit()
        bounds = self.world.bounds()
        far = max(4000.0, bounds.width(), bounds.height()) * 2
        self.scene().setSceneRect(bounds.adjusted(-far, -far, far, far))

    # -- following

    def _follow(self, changes: ChangeSet) -> None:
        ids = self.world.ids
        for part in (self.brush.links, self.brush.outlines):
            part.follow(changes)
        if self.world.follow(changes):
            self.overlay.hover = None  # the box beneath the mouse may be another one, or of another size
            self._grow_scene()
            self._mapping = None
            self.show_frame()
        if self.world.ids is not ids:
            self._end_move()
        self.show_selection()

    def _end_move(self) -> None:
        """The rows are others now: what was pressed or is dragged is not to be found by them any more."""
        self._pressed = None
        if isinstance(self._gesture, gestures.Move):
            gesture, self._gesture = self._gesture, None
            gesture.cancel()

    def _catch_up(self) -> None:
        """Read the rows that are there: what is gone cannot be painted, and the panels are told a little later."""
        self.world.rebuild()
        self._end_move()
        self._mapping = None
        self.show_frame()
        self.show_selection()

    def _replaced(self) -> None:
        self.world.project = self.session.project
        self.world.rebuild()
        for part in (self.brush.links, self.brush.outlines):
            part.forget()
        self._end_move()
        self._mapping = None
        self._grow_scene()
        self.show_frame()
        self.show_selection()
        self.zoom_to_fit(animated=False)

    def _themed(self) -> None:
        self.brush._metrics.clear()
        self.setBackgroundBrush(self.theme.color("canvas"))
        self.viewport().update()

    def show_frame(self) -> None:
        """Take the newest frame of the run; without one the drawing shows no load."""
        run = self.session.run
        frame = run.frame if run is not None else None
        self.brush.running = frame is not None
        if run is None or frame is None:
            self.brush.live, self._mapping = None, None
            self._pulsed.clear()
        else:
            if self._mapping is None or not self._mapping.fits(self.world, frame.ids):
                self._mapping = Mapping(self.world, frame.ids)
            self.brush.live = live_of(self.world, frame, self._mapping, self.color_by)
            self.brush.live.cut_off(self.world, self._offline.at(run.log(), frame.time_s))
            self._pulse_new_failures()
        self.viewport().update()

    def _show_findings(self) -> None:
        self.brush.findings.show(self.session.findings.design)
        self.viewport().update()

    def _pulse_new_failures(self) -> None:
        assert self.brush.live is not None
        roots = {int(self.world.ids[r]) for r in np.flatnonzero(self.brush.live.root)}
        for element_id in roots - self._pulsed:
            self._animate_ring([element_id], self.overlay.pulses)
        self._pulsed = roots

    def show_selection(self) -> None:
        """Work out the boxes of the selection."""
        rows = [self.world.row_of[i] for i in self.session.selection if i in self.world.row_of]
        for part in (self.brush.links, self.brush.outlines):
            part.set_focus(self.session.selection)
        self.overlay.selected = [self.to_pixels(self.world.rect(row)) for row in rows]
        self.overlay.ports = []
        one = rows[0] if len(rows) == 1 else None
        can = one is not None and self.session.project.kinds[self.world.kind_name(one)].container
        self.overlay.handles = self.overlay.selected[0] if can and self.overlay.selected[0].width() > 24 else None
        self.viewport().update()

    def hide_rows(self, rows: NDArray[np.bool_] | None) -> None:
        """Leave rows out of the drawing (they are dragged)."""
        self.brush.hidden = rows
        self.overlay.selected, self.overlay.handles = [], None
        if rows is None:
            self.show_selection()
        self.viewport().update()

    def picture_of(self, rows: Sequence[int]) -> QPixmap:
        """A picture of some subtrees at the present zoom."""
        box = QRectF()
        for row in rows:
            box = box.united(self.world.rect(row))
        scale, ratio = self.scale_now, self.devicePixelRatioF()
        size = (box.size() * scale * ratio).toSize().boundedTo(self.size() * 2 * ratio)
        made = QPixmap(max(size.width(), 1), max(size.height(), 1))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setTransform(QTransform(scale, 0, 0, scale, -box.left() * scale, -box.top() * scale))
        for row in rows:
            paint_world(painter, self.brush, self.world.subtree(row))
        painter.end()
        return made

    # -- bringing into sight

    def _moved(self) -> None:
        self._rename.follow()
        self.show_selection()

    def zoom_to_selection(self) -> None:
        """Show what is selected, or everything."""
        self._keeps_fit = False
        box = QRectF()
        for element_id in self.session.selection:
            if element_id in self.world.row_of:
                box = box.united(self.world.rect(self.world.row_of[element_id]))
        self._show_box(box if not box.isEmpty() else self.world.bounds(), True, 4.0)

    def reveal(self, ids: Sequence[int]) -> None:
        """Bring elements into sight and let them flash."""
        box = QRectF()
        for element_id in ids:
            if element_id in self.world.row_of:
                box = box.united(self.world.rect(self.world.row_of[element_id]))
        if box.isEmpty():
            return
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        if not seen.contains(box):
            self._keeps_fit = False
        if not seen.contains(box) or box.width() * self.scale_now < 8:
            self._show_box(box.adjusted(-60, -60, 60, 60), True, max(self.scale_now, 1.0))
        self._animate_ring(list(ids), self.overlay.flashes)

    def _animate_ring(self, ids: list[int], rings: list[tuple[QRectF, float]]) -> None:
        def show(part: float) -> None:
            boxes = [self.to_pixels(self.world.rect(self.world.row_of[i])) for i in ids if i in self.world.row_of]
            rings[:] = [(box, part) for box in boxes] if part < 1.0 else []
            self.viewport().update()

        self._animate(FLASH_MS, show)

    # -- painting above

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint selection, targets and the like."""
        self.links.show_ways()
        self.overlay.paint(painter, self.theme, QRectF(self.viewport().rect()))
        self.first_painted.emit()
        if self.brush.links.pending or self.brush.labels.waiting:
            QTimer.singleShot(0, self.viewport(), self.viewport().update)

    # -- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture, or select."""
        self.setFocus()
        self.session.flush()
        at = self.mapToScene(event.position().toPoint())
        pan = event.button() == Qt.MouseButton.MiddleButton or self._space or self.tool == "hand"
        if pan and event.button() != Qt.MouseButton.RightButton:
            self._gesture = gestures.Pan(self, at)
            return
        row = self.world.at(at.x(), at.y())
        begun = self.links.press(event, at, row) if not self._handle_at(event.position()) else False
        if begun:
            self._gesture = None if begun is True else begun
            return
        if event.button() != Qt.MouseButton.LeftButton:
            if row >= 0 and int(self.world.ids[row]) not in self.session.selection:
                self.session.select([int(self.world.ids[row])])
            return
        handle = self._handle_at(event.position())
        if handle:
            self._gesture = gestures.Resize(self, at, self.session.selection[0], handle)
            return
        added = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        if row < 0 or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if row < 0 and not added:
                self.session.select([])
            self._gesture = gestures.RubberBand(self, at, event.modifiers())
            self._pressed = (event.position(), row)
            return
        self._press_on(int(self.world.ids[row]), bool(added))
        self._pressed = (event.position(), row)

    def _press_on(self, element_id: int, added: bool) -> None:
        selection = list(self.session.selection)
        if added:
            self.session.select(
                [i for i in selection if i != element_id] if element_id in selection else [*selection, element_id]
            )
        elif element_id not in selection:
            self.session.select([element_id])

    def _handle_at(self, at: QPointF) -> str:
        if self.overlay.handles is None:
            return ""
        boxes = handle_boxes(self.overlay.handles)
        return next((name for name, box in boxes.items() if box.adjusted(-2, -2, 2, 2).contains(at)), "")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a gesture, or show what is beneath the mouse."""
        at = self.mapToScene(event.position().toPoint())
        if self._gesture is None and self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            way = event.position() - self._pressed[0]
            if math.hypot(way.x(), way.y()) >= DRAG_PX and self.session.selection:
                self._gesture = gestures.Move(self, self.mapToScene(self._pressed[0].toPoint()))
        if self._gesture is not None:
            self.overlay.hover = None
            self._gesture.move(at, event.modifiers())
            return
        self._hover(at, event.position())

    def _hover(self, at: QPointF, where: QPointF) -> None:
        row = self.world.at(at.x(), at.y())
        if not self._handle_at(where) and self.links.hover(at, where, row):
            return
        box = self.to_pixels(self.world.rect(row)) if row >= 0 else None
        if box != self.overlay.hover:
            self.overlay.hover = box
            self.viewport().update()
        handle = self._handle_at(where)
        if handle:
            shapes = {"nw": 0, "se": 0, "ne": 1, "sw": 1, "n": 2, "s": 2, "e": 3, "w": 3}
            self.viewport().setCursor(_RESIZE_CURSORS[shapes[handle]])
        else:
            self.show_tool_cursor()

    def show_tool_cursor(self) -> None:
        """Give the mouse the shape of the tool."""
        cursor = {"hand": Qt.CursorShape.OpenHandCursor, "connect": Qt.CursorShape.CrossCursor}
        name = "hand" if self._space else self.tool
        self.viewport().setCursor(cursor.get(name, Qt.CursorShape.ArrowCursor))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a gesture; a click without one selects only what was clicked."""
        gesture, self._gesture = self._gesture, None
        pressed, self._pressed = self._pressed, None
        if gesture is not None:
            gesture.release(self.mapToScene(event.position().toPoint()), event.modifiers())
        elif pressed is not None and pressed[1] >= 0 and not event.modifiers() and pressed[1] < self.world.ids.size:
            self.session.select([int(self.world.ids[pressed[1]])])
        if pressed is not None and isinstance(gesture, gestures.RubberBand) and pressed[1] >= 0:
            way = event.position() - pressed[0]
            if math.hypot(way.x(), way.y()) < DRAG_PX:
                self._press_on(int(self.world.ids[pressed[1]]), True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename what was double-clicked."""
        at = self.mapToScene(event.position().toPoint())
        row = self.world.at(at.x(), at.y())
        self._pressed = None
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.begin_rename(int(self.world.ids[row]))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is beneath the mouse, or by keyboard of what is selected."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.session.selection:
            self.context_menu_requested.emit(self.mapToGlobal(self.rect().center()), self.session.selection[0])
            return
        at = self.mapToScene(event.pos())
        row = self.world.at(at.x(), at.y())
        here = self.links.chosen_at(at, QPointF(event.pos()), row) or [int(self.world.ids[row])] * (row >= 0)
        self.context_menu_requested.emit(event.globalPos(), here[0] if here else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is beneath the mouse."""
        self.overlay.hover = None
        self.links.leave()
        self.viewport().update()
        super().leaveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Pinch zooms; a resting mouse gets a tip."""
        if event.type() == QEvent.Type.Paint and self.session.pending:
            self._catch_up()
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1.0 + event.value(), event.position())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.mapToScene(event.pos())
            row = self.world.at(at.x(), at.y())
            said = self.links.tip(at, QPointF(event.pos())) or (tip_of(self.brush, row) if row >= 0 else "")
            QToolTip.showText(event.globalPos(), said, self.viewport())
            return True
        return super().viewportEvent(event)

    # -- drops from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what the palette offers."""
        self._dragged = item_of(event.mimeData(), self.session.project) if carries_item(event.mimeData()) else None
        if self._dragged is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show whether it may stand here; a wrong place never lights up."""
        item = self._dragged
        if item is not None:
            at = self.mapToScene(event.position().toPoint())
            target = self.drop_target(item, at)
            self.show_target(target, at, QSizeF(*item.size(self.session.project, target.parent_id)))
        event.setAccepted(item is not None)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went away again."""
        self._dragged = None
        self.show_target(None, QPointF())

    def dropEvent(self, event: QDropEvent) -> None:
        """Place it: one step of undo; or say why not and change nothing."""
        item, self._dragged = self._dragged, None
        self.show_target(None, QPointF())
        if item is None:
            event.ignore()
            return
        at = self.mapToScene(event.position().toPoint())
        target = self.drop_target(item, at)
        event.acceptProposedAction()
        if not target.allowed:
            self.session.refused.emit(f"{item.title} was not placed: {target.text}.")
            return
        self.place(item, target.parent_id, at)
        self.setFocus()

    def place(self, item: Item, parent_id: int, at: QPointF) -> None:
        """Place something at a point of the drawing and select it."""
        origin = QPointF()
        if parent_id in self.world.row_of:
            origin = self.world.rect(self.world.row_of[parent_id]).topLeft()
        width, height = item.size(self.session.project, parent_id)
        local = at - origin - QPointF(width / 2, min(height, 28) / 2)
        self.session.place(item.place, parent_id, (round(local.x()), round(local.y())), item.lesson)

    def drop_target(self, item: Item, at: QPointF) -> Target:
        """Where something from the palette would go at a point of the drawing."""
        parent_id = gestures.container_at(self.world, at, item.beside)
        return gestures.target_for_new(self.session.project, item, parent_id)

    def show_target(self, target: Target | None, at: QPointF, size: QSizeF | None = None) -> None:
        """Light up where something would come to stand, green or red with the reason."""
        overlay = self.overlay
        overlay.target, overlay.ghost, overlay.reason = None, None, ""
        if target is not None:
            overlay.allowed, overlay.reason = target.allowed, target.text
            overlay.pointer = QPointF(self.mapFromScene(at))
            if target.parent_id in self.world.row_of:
                overlay.target = self.to_pixels(self.world.rect(self.world.row_of[target.parent_id]))
            elif target.parent_id == ROOT_ID:
                overlay.target = QRectF(self.viewport().rect()).adjusted(3, 3, -3, -3)
            if size is not None and overlay.target is not None:
                overlay.ghost = self._ghost(target, at, size)
        self.viewport().update()

    def _ghost(self, target: Target, at: QPointF, size: QSizeF) -> QRectF:
        """Where it would stand: the next free cell of a grid, else beneath the pointer."""
        project, world = self.session.project, self.world
        if target.parent_id != ROOT_ID and project.kind(target.parent_id).box.flow == "grid" and not target.between:
            row, box = world.row_of[target.parent_id], project.kind(target.parent_id).box
            count = int((world.parent[world.subtree(row)] == row).sum())
            line, column = divmod(count, layout.columns_for(box, count + 1))
            x = box.padding + column * (box.cell[0] + box.gap)
            y = box.header + box.padding + line * (box.cell[1] + box.gap)
            origin = world.rect(row).topLeft()
            return self.to_pixels(QRectF(origin.x() + x, origin.y() + y, *box.cell))
        corner = at - QPointF(size.width() / 2, min(size.height(), 28) / 2)
        return self.to_pixels(QRectF(corner, size))

    # -- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge, walk, go in and out, cancel."""
        self.session.flush()
        key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.show_tool_cursor()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key in _ARROWS and control:
            walk.go_on(self.session, self.world, _ARROWS[Qt.Key(key)])
        elif key in _ARROWS and self.session.selection:
            walk.nudge(self.session, _ARROWS[Qt.Key(key)], bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            walk.go_in(self.session, self.world)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """The space bar was let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.show_tool_cursor()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget the space bar."""
        self._space = False
        super().focusOutEvent(event)

    def _escape(self) -> None:
        if self._gesture is not None:
            gesture, self._gesture, self._pressed = self._gesture, None, None
            gesture.cancel()
            return
        if self.tool != "select":
            self.tool_requested.emit("select")
            return
        walk.go_out(self.session)

    def begin_rename(self, element_id: int) -> None:
        """Open a line to type the name of an element, where it can be seen."""
        if element_id in self.world.row_of:
            box = self.world.rect(self.world.row_of[element_id])
            if not QRectF(self.viewport().rect()).contains(self.to_pixels(box).topLeft()):
                self._keeps_fit = False
                self._show_box(box.adjusted(-60, -60, 60, 60), False, max(self.scale_now, 1.0))
        self._rename.open(element_id)


_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_RESIZE_CURSORS = (
    Qt.CursorShape.SizeFDiagCursor,
    Qt.CursorShape.SizeBDiagCursor,
    Qt.CursorShape.SizeVerCursor,
    Qt.CursorShape.SizeHorCursor,
)
