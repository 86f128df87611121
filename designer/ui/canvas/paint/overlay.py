"""What is painted above the drawing: selection, hover, drop targets with the reason, flashes, ghosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap, QPolygonF, QRegion

from designer.study.frames import ElementState
from designer.ui.canvas.paint.blast_paint import BlastPicture, paint_blast
from designer.ui.canvas.paint.selection import selection_line
from designer.ui.parts.icons import draw_icon, draw_state
from designer.ui.parts.theme import Theme

HANDLE_PX = 7.0
LOCK_PX = 18.0
GROUP_PX, GROUP_LINE_PX, GROUP_NAME_PX = 7.0, 17.0, 120.0
"""How far the frame of a group is from its boxes, and how high and at least how wide its name may be."""
PORT_PX = 5.0
"""Radius of a port."""
GUIDE_PX = 4.0
"""Half the length of the bar at the end of a measured gap."""
HANDLES = ("nw", "n", "ne", "e", "se", "s", "sw", "w")


@dataclass(frozen=True)
class GroupFrame:
    """The box around a group that is selected, its name, and whether that stands above it."""

    box: QRectF
    name: str
    above: bool


@dataclass
class Overlay:
    """All boxes in view pixels."""

    selected: list[QRectF] = field(default_factory=list)
    locks: list[QRectF] = field(default_factory=list)
    """The boxes of what is selected and locked."""
    groups: list[GroupFrame] = field(default_factory=list)
    handles: QRectF | None = None
    hover: QRectF | None = None
    blast: BlastPicture | None = None
    """What the element under the mouse would take along."""
    target: QRectF | None = None
    allowed: bool = True
    reason: str = ""
    pointer: QPointF = field(default_factory=QPointF)
    ghost: QRectF | None = None
    picture: QPixmap | None = None
    picture_at: QPointF = field(default_factory=QPointF)
    band: QRectF | None = None
    flashes: list[tuple[QRectF, float]] = field(default_factory=list)
    pulses: list[tuple[QRectF, float]] = field(default_factory=list)
    ways: list[list[QPointF]] = field(default_factory=list)
    hover_way: list[QPointF] = field(default_factory=list)
    plates: list[QRectF] = field(default_factory=list)
    """Where the names of those links stand, which their lines leave free."""
    ports: list[QPointF] = field(default_factory=list)
    wire: tuple[QPointF, QPointF] | None = None
    wire_allowed: bool | None = None
    guides: list[tuple[QLineF, bool]] = field(default_factory=list)
    """Lines that say to what a dragged box snaps; True: it measures an equal gap."""

    def paint(self, painter: QPainter, theme: Theme, area: QRectF) -> None:
        """Paint it all, without the view's transform."""
        painter.save()
        painter.resetTransform()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hover is not None:
            _outline(painter, self.hover, QPen(theme.color("text"), 1.5), 0)
        self._paint_ways(painter, theme)
        self._paint_selected(painter, theme)
        for frame in self.groups:
            _paint_group(painter, theme, frame)
        if self.handles is not None:
            self._paint_handles(painter, theme)
        self._paint_locks(painter, theme)
        for box, part in self.flashes:
            color = QColor(theme.color("focus"))
            color.setAlphaF(max(0.0, 1.0 - part))
            _outline(painter, box, QPen(color, 3), 3 + 6 * part)
        for box, part in self.pulses:
            color = QColor(theme.state("failed"))
            color.setAlphaF(max(0.0, 1.0 - part))
            _outline(painter, box, QPen(color, 3), 2 + 14 * part)
        if self.band is not None:
            painter.setPen(QPen(theme.color("selection"), 1))
            painter.setBrush(theme.color("selection.fill"))
            painter.drawRect(self.band)
        if self.target is not None:
            self._paint_target(painter, theme)
        self._paint_wire(painter, theme)
        if self.picture is not None:
            painter.setOpacity(0.8)
            painter.drawPixmap(self.picture_at, self.picture)
            painter.setOpacity(1.0)
        self._paint_guides(painter, theme)
        if self.blast is not None:
            paint_blast(painter, theme, self.blast, area)
        if self.reason:
            self._paint_reason(painter, theme, area)
        painter.restore()

    def _paint_selected(self, painter: QPainter, theme: Theme) -> None:
        """Outline what is selected, all with lines of one width at once."""
        alike: dict[tuple[int, float], list[QRectF]] = {}
        for box in self.selected:
            alike.setdefault(selection_line(box.width()), []).append(box)
        for (width, outside), boxes in alike.items():
            _outlines(painter, boxes, QPen(theme.color("selection"), width), outside)

    def _paint_ways(self, painter: QPainter, theme: Theme) -> None:
        """Links that are selected or beneath the mouse, with their ends."""
        painter.save()
        if self.plates:
            free = QRegion(painter.viewport())
            for plate in self.plates:
                free -= QRegion(plate.toAlignedRect())
            painter.setClipRegion(free, Qt.ClipOperation.IntersectClip)
        for way, pen in (
            (self.hover_way, QPen(theme.color("text"), 2)),
            *((w, QPen(theme.color("selection"), 2)) for w in self.ways),
        ):
            if len(way) < 2:
                continue
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(way))
            for end in (way[0], way[-1]):
                painter.fillRect(QRectF(end.x() - 3, end.y() - 3, 6, 6), pen.color())
        painter.restore()

    def _paint_wire(self, painter: QPainter, theme: Theme) -> None:
        """Ports, and the link that is being drawn."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(theme.color("selection"), 1.5))
        painter.setBrush(theme.color("raised"))
        for port in self.ports:
            painter.drawEllipse(port, PORT_PX, PORT_PX)
            painter.drawLine(port - QPointF(2, 0), port + QPointF(2, 0))
            painter.drawLine(port - QPointF(0, 2), port + QPointF(0, 2))
        if self.wire is not None:
            names = {None: "control", True: "drop.ok", False: "drop.refused"}
            pen = QPen(theme.color(names[self.wire_allowed]), 2)
            if not self.wire_allowed:
                pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.drawLine(*self.wire)
            painter.setBrush(pen.color())
            painter.drawEllipse(self.wire[0], 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_guides(self, painter: QPainter, theme: Theme) -> None:
        """Paint guides; a gap ends in short bars."""
        painter.setPen(QPen(theme.color("focus"), 1))
        for line, gap in self.guides:
            ends = [QPointF(round(p.x()) + 0.5, round(p.y()) + 0.5) for p in (line.p1(), line.p2())]
            painter.drawLine(*ends)
            aside = QPointF(GUIDE_PX, 0) if abs(line.dx()) < abs(line.dy()) else QPointF(0, GUIDE_PX)
            for end in ends if gap else ():
                painter.drawLine(end - aside, end + aside)

    def _paint_locks(self, painter: QPainter, theme: Theme) -> None:
        """Paint a lock on the upper right corner of each box that is large enough."""
        for box in self.locks:
            if min(box.width(), box.height()) < LOCK_PX:
                continue
            plate = QRectF(box.right() - LOCK_PX / 2, box.top() - LOCK_PX / 2, LOCK_PX, LOCK_PX)
            painter.setPen(QPen(theme.color("selection"), 1))
            painter.setBrush(theme.color("raised"))
            painter.drawRect(plate)
            draw_icon(painter, "lock", plate.adjusted(2, 2, -2, -2), theme.color("text"))
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_handles(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(theme.color("selection"), 1.5))
        painter.setBrush(theme.color("raised"))
        for box in handle_boxes(self.handles or QRectF()).values():
            painter.drawRect(box)

    def _paint_target(self, painter: QPainter, theme: Theme) -> None:
        assert self.target is not None
        name = "drop.ok" if self.allowed else "drop.refused"
        pen = QPen(theme.color(name), 2)
        if not self.allowed:
            pen.setDashPattern([4, 3])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(pen)
        painter.setBrush(theme.color(f"{name}.fill"))
        painter.drawRoundedRect(self.target, 6, 6)
        if self.allowed and self.ghost is not None:
            ghost = QPen(theme.color(name), 1.5)
            ghost.setDashPattern([3, 2])
            painter.setPen(ghost)
            painter.drawRoundedRect(self.ghost, 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_reason(self, painter: QPainter, theme: Theme, area: QRectF) -> None:
        font = theme.font("base")
        width = QFontMetricsF(font).horizontalAdvance(self.reason) + (38 if not self.allowed else 20)
        at = self.pointer + QPointF(14, 18)
        at.setX(max(min(at.x(), area.right() - width - 8), area.left() + 8))
        at.setY(max(min(at.y(), area.bottom() - 36), area.top() + 8))
        card = QRectF(at.x(), at.y(), width, 28)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("shadow"))
        painter.drawRoundedRect(card.translated(0, 2), 6, 6)
        painter.setPen(QPen(theme.color("strong"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(card, 6, 6)
        left = card.left() + 10
        if not self.allowed:
            draw_state(painter, QRectF(left, card.center().y() - 6, 12, 12), ElementState.FAILED, theme.state("failed"))
            left += 18
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        text = QRectF(left, card.top(), card.right() - left, card.height())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.reason)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _outline(painter: QPainter, box: QRectF, pen: QPen, outside: float) -> None:
    _outlines(painter, [box], pen, outside)


def _outlines(painter: QPainter, boxes: list[QRectF], pen: QPen, outside: float) -> None:
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    far = outside - 1 if pen.width() == 1 else outside  # a thin line is as far away on both sides
    painter.drawRects([box.adjusted(-outside, -outside, far, far) for box in boxes])


def group_plates(box: QRectF) -> tuple[QRectF, QRectF]:
    """Where the name of a group may stand: below its frame, and above it, at the left."""
    frame = box.adjusted(-GROUP_PX, -GROUP_PX, GROUP_PX, GROUP_PX)
    at = frame.left(), frame.width(), GROUP_LINE_PX
    return QRectF(at[0], frame.bottom(), *at[1:]), QRectF(at[0], frame.top() - at[2], *at[1:])


def _paint_group(painter: QPainter, theme: Theme, group: GroupFrame) -> None:
    """A dashed line around a group, with its name at the lower or upper left."""
    pen = QPen(theme.color("selection"), 1)
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(group.box.adjusted(-GROUP_PX, -GROUP_PX, GROUP_PX, GROUP_PX))
    font = theme.font("secondary")
    measures, room = QFontMetricsF(font), group_plates(group.box)[group.above]
    text = measures.elidedText(group.name, Qt.TextElideMode.ElideMiddle, max(room.width(), GROUP_NAME_PX))
    plate = QRectF(room.left(), room.top(), measures.horizontalAdvance(text) + 10, room.height())
    painter.fillRect(plate, theme.color("accent"))
    painter.setFont(font)
    painter.setPen(theme.color("text.on_accent"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def handle_boxes(box: QRectF) -> dict[str, QRectF]:
    """The eight square handles around a box, by compass point."""
    outer = box.adjusted(-3, -3, 3, 3)
    c = outer.center()
    points: Sequence[tuple[float, float]] = (
        (outer.left(), outer.top()),
        (c.x(), outer.top()),
        (outer.right(), outer.top()),
        (outer.right(), c.y()),
        (outer.right(), outer.bottom()),
        (c.x(), outer.bottom()),
        (outer.left(), outer.bottom()),
        (outer.left(), c.y()),
    )
    half = HANDLE_PX / 2
    return {name: QRectF(x - half, y - half, HANDLE_PX, HANDLE_PX) for name, (x, y) in zip(HANDLES, points)}
