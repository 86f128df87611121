"""The minimap: the whole drawing with its heat, and what of it is in view. A press or drag on it shows that place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.view.view import View
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.words import tr

SIZE, AWAY_PX, PAD_PX = QSize(184, 116), 8, 6.0
PAINT_MS = 500
"""The picture is painted at most so often."""
LAYERS: frozenset[str] = frozenset()
"""No links: on so small a picture they hide the boxes."""


@guarded
class Minimap(QWidget):
    """Stands at the lower right of the drawing while not all of the drawing is in view."""

    def __init__(self, view: View, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme
        self._picture, self._made_for = QPixmap(), (0.0, 0.0, 0.0)
        self._timer = QTimer(self, singleShot=True, interval=PAINT_MS)
        self._timer.timeout.connect(self._renew)
        self.setFixedSize(SIZE)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # the drawing beneath it need not be painted with it
        view.corner = SIZE + QSize(2 * AWAY_PX, 2 * AWAY_PX)
        self.setAccessibleName(tr("Minimap"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        view.installEventFilter(self)
        view.look_moved.connect(self.follow)
        for signal in (view.session.changed, view.session.replaced, view.session.run_changed,
                       view.session.frame_changed, theme.changed):  # fmt: skip
            signal.connect(self.stale)

    def follow(self) -> None:
        """Show the map while something of the drawing is out of view."""
        drawn = self._view.to_pixels(self._view.world.bounds())
        overflows = not drawn.isEmpty() and not QRectF(self._view.rect()).contains(drawn)
        if overflows and not self.isVisible():
            self._renew()
        self.setVisible(overflows)
        self.update()

    def stale(self) -> None:
        """Paint the picture again soon."""
        self.follow()
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _renew(self) -> None:
        view, ratio = self._view, self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._theme.color("panel"))
        brush = Brush(self._theme, view.world, view.brush.live, LAYERS, running=view.brush.running, names_far=False)
        bounds = view.world.bounds()
        if not bounds.isEmpty():
            room = QRectF(self.rect()).adjusted(PAD_PX, PAD_PX, -PAD_PX, -PAD_PX)
            scale = min(room.width() / bounds.width(), room.height() / bounds.height())
            left = room.center().x() - bounds.center().x() * scale
            top = room.center().y() - bounds.center().y() * scale
            self._made_for = (scale, left, top)
            painter = QPainter(picture)
            painter.setTransform(QTransform(scale, 0, 0, scale, left, top))
            painter.setClipRect(bounds)
            paint_world(painter, brush, slice(0, view.world.ids.size))
            painter.end()
        self._picture = picture
        self.update()

    def in_view(self) -> QRectF:
        """The part of the map that is in view, in pixels of the map."""
        view, (scale, left, top) = self._view, self._made_for
        seen = view.to_drawing_box(QRectF(view.rect()))
        return QRectF(seen.x() * scale + left, seen.y() * scale + top, seen.width() * scale, seen.height() * scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the map and the frame of what is in view."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(QPen(self._theme.color("selection"), 1.5))
        painter.drawRect(self.in_view().intersected(QRectF(self.rect()).adjusted(1, 1, -2, -2)))
        painter.setPen(QPen(self._theme.color("strong"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the place that is pressed."""
        self._view.jumps.note(self._view.spot)
        self._show(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on to the place under the mouse."""
        if event.buttons():
            self._show(event.position())

    def _show(self, at: QPointF) -> None:
        scale, left, top = self._made_for
        if scale:
            self._view.show_point(self._view.scale_now, QPointF((at.x() - left) / scale, (at.y() - top) / scale))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if watched is self._view and event.type() == QEvent.Type.Resize:
            self.move(self._view.width() - self.width() - AWAY_PX, self._view.height() - self.height() - AWAY_PX)
            self.follow()
        return super().eventFilter(watched, event)
