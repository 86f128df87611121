"""A read-only drawing of a design, with marks on its elements and links."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from designer.ui.canvas.paint.brush import Brush, draw_rects
from designer.ui.canvas.paint.marks import BADGE_PX, MARKS, draw_badge, mark_color, mark_pen
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.paint.pixels import pixels
from designer.ui.canvas.view.camera import Camera, Look
from designer.ui.canvas.world.world import World
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.words import tr

CLICK_PX, STEP_PX = 4.0, 60
OWN_BADGE_PX, PILL_PX = 22.0, 90.0
"""Widths from which a box has its own badge. A box counts the marks of smaller boxes in it."""
STEP_KEYS = {Qt.Key.Key_N: 1, Qt.Key.Key_P: -1}
"""To the next and the previous mark."""
VEIL, TINT = 0.55, 0.16
F = NDArray[np.float64]


@guarded
class Viewer(Camera):
    """Shows a world with marks by id (a name of MARKS). Elements without a mark are muted. `clicked` reports the id
    of what was clicked (None: empty ground)."""

    clicked = Signal(object)
    activated = Signal(object)
    stepped = Signal(int)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.keeps_fit = False
        self.world: World | None = None
        self.marks: Mapping[int, str] = {}
        self.chosen: int | None = None
        self._pressed: tuple[QPointF, Look] | None = None
        self._dragged = False
        self.setAccessibleName(name)
        self.setMinimumSize(200, 160)
        theme.changed.connect(self._themed)

    def show_world(self, world: World, marks: Mapping[int, str]) -> None:
        """Show another design."""
        self.world, self.marks, self.chosen = world, marks, None
        self._brush = Brush(self.theme, world)
        self._mark_rows()
        self.update()

    def show_marks(self, marks: Mapping[int, str]) -> None:
        """Show the same design with other marks."""
        self.marks = marks
        self._mark_rows()
        self.update()

    def _mark_rows(self) -> None:
        """Which rows have which mark, and which links."""
        assert self.world is not None
        rows: dict[str, list[int]] = {name: [] for name in MARKS}
        self._links: list[tuple[int, int, int]] = []
        links = self.world.project.links
        for row_id, name in self.marks.items():
            if row_id in self.world.row_of:
                rows[name].append(self.world.row_of[row_id])
            elif row_id in links:
                source, target = (self.world.row_of.get(i, -1) for i in (links[row_id].source, links[row_id].target))
                if min(source, target) >= 0:
                    self._links.append((row_id, source, target))
        self._names = {row: name for name, marked in rows.items() for row in marked}
        self._rows = {name: np.array(sorted(marked), np.int64) for name, marked in rows.items()}

    def _themed(self) -> None:
        if self.world is not None:
            self._brush = Brush(self.theme, self.world)
        self.update()

    def choose(self, row_id: int | None) -> None:
        """Outline an element or link."""
        self.chosen = row_id
        self.update()

    def box_of(self, row_id: int) -> QRectF:
        """The box of an element, or of both ends of a link, in the drawing; empty where there is none."""
        if self.world is None:
            return QRectF()
        if row_id in self.world.row_of:
            return self.world.rect(self.world.row_of[row_id])
        link = self.world.project.links.get(row_id)
        box = QRectF()
        for end in (link.source, link.target) if link is not None else ():
            if end in self.world.row_of:
                box = box.united(self.world.rect(self.world.row_of[end]))
        return box

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the drawing, a veil over everything without a mark, then the marks."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("canvas"))
        if self.world is None or not self.world.ids.size:
            self._paint_empty(painter)
        else:
            self._paint_compared(painter, self.world)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.theme.color("focus"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_compared(self, painter: QPainter, world: World) -> None:
        painter.save()
        painter.setTransform(self.look.transform)
        inverse, _ = self.look.transform.inverted()
        painter.setClipRect(inverse.mapRect(QRectF(self.rect())))
        paint_world(painter, self._brush)
        painter.restore()
        boxes = pixels(world, self.look.transform)
        seen = (boxes[:, 0] < self.width()) & (boxes[:, 0] + boxes[:, 2] > 0)
        seen &= (boxes[:, 1] < self.height()) & (boxes[:, 1] + boxes[:, 3] > 0)
        shown = {name: rows[seen[rows]] for name, rows in self._rows.items()}
        self._paint_veil(painter, boxes, shown)
        for name in reversed(MARKS):
            self._paint_mark(painter, name, boxes, shown[name])
        self._paint_links(painter, boxes)
        self._paint_badges(painter, boxes, shown)
        self._paint_chosen(painter)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(self.theme.color("text.muted"))
        painter.setFont(self.theme.font("base"))
        text = tr("This design is empty.") if self.world is not None else tr("Choose two designs to compare.")
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)

    def _heads(self, boxes: F, rows: NDArray[np.int64]) -> F:
        """The boxes of rows; of containers their headers, so that what stands in them is not covered."""
        assert self.world is not None
        heads = boxes[rows].copy()
        kinds = self.world.project.kinds
        headers = np.array([kinds[name].box.header if kinds[name].container else 0.0 for name in self.world.kinds])
        head = headers[self.world.kind[rows]]
        header = np.minimum(np.maximum(np.rint(head * self.look.scale), 2), heads[:, 3])
        heads[:, 3] = np.where(head > 0, header, heads[:, 3])
        return heads

    def _paint_veil(self, painter: QPainter, boxes: F, shown: Mapping[str, NDArray[np.int64]]) -> None:
        ratio = self.devicePixelRatioF()
        veil = QImage((self.size() * ratio), QImage.Format.Format_ARGB32_Premultiplied)
        veil.setDevicePixelRatio(ratio)
        color = QColor(self.theme.color("canvas"))
        color.setAlphaF(VEIL)
        veil.fill(color)
        holes = QPainter(veil)
        holes.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        holes.setPen(Qt.PenStyle.NoPen)
        holes.setBrush(Qt.GlobalColor.black)
        for name, rows in shown.items():
            if rows.size:
                draw_rects(holes, boxes[rows] if name in ("added", "removed") else self._heads(boxes, rows))
        holes.end()
        painter.drawImage(QPointF(0, 0), veil)

    def _paint_mark(self, painter: QPainter, name: str, boxes: F, rows: NDArray[np.int64]) -> None:
        if not rows.size:
            return
        tint = QColor(mark_color(self.theme, name))
        small = np.minimum(boxes[rows, 2], boxes[rows, 3]) < 8
        tint.setAlphaF(TINT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        draw_rects(painter, self._heads(boxes, rows[~small]))
        tint.setAlphaF(0.75)
        painter.setBrush(tint)
        draw_rects(painter, self._heads(boxes, rows[small]))
        painter.setPen(mark_pen(self.theme, name, 1.0 if name == "moved" else 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        outlines = boxes[rows[~small]].copy()
        outlines[:, :2] += 1
        outlines[:, 2:] -= 2
        draw_rects(painter, outlines)

    def _paint_links(self, painter: QPainter, boxes: F) -> None:
        """A line from end to end for each link that came or went, with its badge in the middle; a thin one without a
        badge where it only went with what it joined."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for row_id, source, target in self._links:
            name = self.marks[row_id]
            ends = [QPointF(x + w / 2, y + h / 2) for x, y, w, h in boxes[[source, target]].tolist()]
            chosen = row_id == self.chosen
            painter.setPen(QPen(self.theme.color("selection"), 5) if chosen else Qt.PenStyle.NoPen)
            painter.drawLine(*ends)
            alone = all(self._names.get(row) != name for row in (source, target))
            painter.setPen(mark_pen(self.theme, name, 1.5 if alone else 0.6))
            painter.drawLine(*ends)
            if not alone:
                continue
            painter.setBrush(mark_color(self.theme, name))
            for end in ends:
                painter.drawEllipse(end, 2.5, 2.5)
            if math.hypot(ends[1].x() - ends[0].x(), ends[1].y() - ends[0].y()) > 3 * BADGE_PX:
                middle = (ends[0] + ends[1]) / 2
                draw_badge(painter, _around(middle), name, self.theme)
        painter.restore()

    def _paint_badges(self, painter: QPainter, boxes: F, shown: Mapping[str, NDArray[np.int64]]) -> None:
        """A badge at the corner of each box; where boxes are too small, counts at the corner of what holds them."""
        assert self.world is not None
        own = np.minimum(boxes[:, 2], boxes[:, 3] * 1.6) >= OWN_BADGE_PX
        counts = {name: np.zeros(self.world.ids.size, np.int64) for name in MARKS}
        for name in MARKS:
            home = shown[name][~own[shown[name]]]
            while home.size:
                fits = boxes[home, 2] >= PILL_PX
                np.add.at(counts[name], home[fits], 1)
                home = self.world.parent[home[~fits]]
                home = home[home >= 0]
            for row in shown[name][own[shown[name]]].tolist():
                x, y, w, _ = boxes[row].tolist()
                draw_badge(painter, QRectF(x + w - BADGE_PX + 3, y - 3, BADGE_PX, BADGE_PX), name, self.theme)
        total = sum(counts.values())
        for row in np.flatnonzero(total).tolist():
            self._paint_pill(painter, QRectF(*boxes[row]), {name: int(counts[name][row]) for name in MARKS})

    def _paint_pill(self, painter: QPainter, box: QRectF, counts: Mapping[str, int]) -> None:
        font = self.theme.font("secondary")
        measures = QFontMetricsF(font)
        words = [(name, f"{MARKS[name].sign}{number:,}") for name, number in counts.items() if number]
        width = sum(measures.horizontalAdvance(text) + 8 for _, text in words) + 8
        pill = QRectF(box.right() - width - 2, box.bottom() - 20, width, 18)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(self.theme.color("strong"), 1))
        painter.setBrush(self.theme.color("raised"))
        painter.drawRoundedRect(pill, 9, 9)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(font)
        x = pill.left() + 8
        for name, text in words:
            painter.setPen(mark_color(self.theme, name))
            painter.drawText(QRectF(x, pill.top(), pill.width(), pill.height()), Qt.AlignmentFlag.AlignVCenter, text)
            x += measures.horizontalAdvance(text) + 8

    def _paint_chosen(self, painter: QPainter) -> None:
        if self.chosen is None or self.world is None or self.chosen not in self.world.row_of:
            return
        box = self.look.transform.mapRect(self.box_of(self.chosen)).adjusted(-4, -4, 4, 4)
        painter.setPen(QPen(self.theme.color("selection"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    # -- looking around

    def at(self, point: QPointF) -> int | None:
        """The id of what lies at a point of the widget."""
        if self.world is None:
            return None
        here = self.to_drawing(point)
        row = self.world.at(here.x(), here.y())
        return int(self.world.ids[row]) if row >= 0 else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag the drawing."""
        self._pressed, self._dragged = (event.position(), self.look), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the drawing."""
        if self._pressed is None:
            return
        start, look = self._pressed
        way = event.position() - start
        if self._dragged or math.hypot(way.x(), way.y()) >= CLICK_PX:
            self._dragged = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._take(Look(look.scale, look.x + way.x(), look.y + way.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click without a drag chooses."""
        self.unsetCursor()
        if self._pressed is not None and not self._dragged and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.at(event.position()))
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the double-clicked element in the window."""
        here = self.at(event.position())
        if here is not None:
            self.activated.emit(here)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows scroll, + and - zoom, N and P go to the next and the previous mark."""
        ways = {
            Qt.Key.Key_Left: (STEP_PX, 0),
            Qt.Key.Key_Right: (-STEP_PX, 0),
            Qt.Key.Key_Up: (0, STEP_PX),
            Qt.Key.Key_Down: (0, -STEP_PX),
        }
        if event.key() in ways:
            self.scroll_by(*ways[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom_by(0.8 if event.key() == Qt.Key.Key_Minus else 1.25)
        elif event.key() in STEP_KEYS:
            self.stepped.emit(STEP_KEYS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say what is beneath a resting mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            here = self.at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.tip(here) if here is not None else "", self)
            return True
        return super().event(event)

    def tip(self, element_id: int) -> str:
        """The tip of an element under a resting mouse, as plain text."""
        assert self.world is not None
        project = self.world.project
        text = f"{project.elements[element_id].name}  ({tr(project.kind(element_id).label)})"
        mark = self.marks.get(element_id)
        return (f"{text}  {MARKS[mark].word.lower()}" if mark else text).replace("<", "‹")


def _around(middle: QPointF) -> QRectF:
    return QRectF(middle.x() - BADGE_PX / 2, middle.y() - BADGE_PX / 2, BADGE_PX, BADGE_PX)
