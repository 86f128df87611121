"""The camera on a drawing: the visible part and the scale. The canvas and the comparison viewer share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import QNativeGestureEvent, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QWidget

from designer.ui.canvas.view.jumps import Jumps, Spot
from designer.ui.parts.guard import guarded

SMALLEST_SCALE, LARGEST_SCALE = 0.02, 12.0
MARGIN_PX = 17.0
ZOOM_MS = 240
FAR = 4000.0
"""The least distance from the drawing to which one can scroll, drawing units."""


@dataclass(frozen=True)
class Look:
    """The visible part of the drawing: pixels per drawing unit, and where the drawing's origin lies in the widget."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def transform(self) -> QTransform:
        """From the drawing to the widget. The origin lies on a whole pixel, so panning moves all edges alike."""
        return QTransform(self.scale, 0, 0, self.scale, round(self.x), round(self.y))

    def zoomed(self, factor: float, at: QPointF) -> Look:
        """The look at another scale; a point of the widget stays in place."""
        scale = clamped(self.scale * factor)
        part = scale / self.scale
        return Look(scale, at.x() - (at.x() - self.x) * part, at.y() - (at.y() - self.y) * part)


def clamped(scale: float) -> float:
    """The nearest allowed scale."""
    return min(max(scale, SMALLEST_SCALE), LARGEST_SCALE)


def look_at(box: QRectF, size: QSize, most: float, margin: float = MARGIN_PX) -> Look:
    """The look that shows a box in the middle of a widget, at a scale of at most `most`."""
    if box.isEmpty():
        return Look(1.0, size.width() / 2, size.height() / 2)
    room = max(size.width() - 2 * margin, 10.0), max(size.height() - 2 * margin, 10.0)
    scale = clamped(min(room[0] / box.width(), room[1] / box.height(), most))
    return centered(scale, box.center(), size)


def centered(scale: float, point: QPointF, size: QSize) -> Look:
    """The look that shows a point of the drawing in the middle of a widget."""
    return Look(scale, size.width() / 2 - point.x() * scale, size.height() / 2 - point.y() * scale)


@guarded
class Camera(QWidget):
    """A widget that shows a part of a drawing, or all of it while `keeps_fit`. `looked` reports a look that the user
    chose, `look_moved` each, `zoom_changed` each new scale."""

    zoom_changed = Signal(float)
    look_moved = Signal()
    looked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = Look()
        self.keeps_fit = True
        self.keeps_seen: tuple[float, QPointF, QSizeF] | None = None
        """The scale, middle and size of what is kept in view."""
        self.animations: list[QVariantAnimation] = []
        self.jumps = Jumps()
        self.corner = QSize()
        """The size of what stands in the lower right corner while not all of the drawing is in view."""
        self.moves: Callable[[], bool] = lambda: True
        """Whether what changes may be animated."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def drawn(self) -> QRectF:
        """The box around the drawing."""
        return QRectF()

    def look_changed(self) -> None:
        """Called after each change of the look."""

    # -- from the drawing to the widget and back

    @property
    def scale_now(self) -> float:
        """Pixels per drawing unit."""
        return self.look.scale

    def to_pixels(self, box: QRectF) -> QRectF:
        """A box of the drawing in the widget."""
        return self.look.transform.mapRect(box)

    def pixel_of(self, at: QPointF) -> QPointF:
        """A point of the drawing in the widget."""
        return self.look.transform.map(at)

    def to_drawing(self, at: QPointF | QPoint) -> QPointF:
        """A point of the widget in the drawing."""
        inverse, _ = self.look.transform.inverted()
        return inverse.map(QPointF(at))

    # -- looking elsewhere

    def set_look(self, look: Look) -> None:
        """Change the look without reporting it as the user's choice."""
        self.keeps_seen = None
        zoomed, self.look = look.scale != self.look.scale, look
        if zoomed:
            self.zoom_changed.emit(look.scale)
        self.look_changed()
        self.look_moved.emit()
        self.update()

    def _take(self, look: Look) -> None:
        self.keeps_fit = False
        self.set_look(look)
        self.looked.emit(look)

    def scroll_by(self, dx: float, dy: float) -> None:
        """Move the drawing by pixels, within its limits."""
        x, y, reach = self.look.x + dx, self.look.y + dy, self.drawn()
        if not reach.isEmpty():
            far = max(FAR, reach.width(), reach.height()) * 2
            reach.adjust(-far, -far, far, far)
            middle, scale = QPointF(self.rect().center()), self.look.scale
            x = min(max(x, middle.x() - reach.right() * scale), middle.x() - reach.left() * scale)
            y = min(max(y, middle.y() - reach.bottom() * scale), middle.y() - reach.top() * scale)
        self._take(Look(self.look.scale, x, y))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom; a point of the widget (default: the middle) stays in place."""
        self._take(self.look.zoomed(factor, at if at is not None else QPointF(self.rect().center())))

    def zoom_to(self, scale: float) -> None:
        """Zoom to a scale (1: 100%)."""
        self.keeps_fit = False
        self._fly(scale, self._middle())

    def show_point(self, scale: float, point: QPointF, seen: QSizeF | None = None) -> None:
        """Show a point of the drawing in the middle, at a scale; all of `seen` around it (drawing units), also when the
        widget is resized, until the user looks elsewhere."""
        scale = clamped(scale)
        fits = scale if seen is None else min(scale, self.width() / seen.width(), self.height() / seen.height())
        self._take(centered(clamped(fits), point, self.size()))
        self.keeps_seen = None if seen is None else (scale, point, seen)

    def zoom_to_fit(self, animated: bool = True) -> None:
        """Show the whole drawing, also when the widget is resized, until the user scrolls or zooms."""
        if animated:
            self.jumps.note(self.spot)
        self.keeps_fit = True
        self.show_box(self.drawn(), animated, 1.5)

    def show_box(self, box: QRectF, animated: bool, most: float) -> None:
        """Show a box of the drawing, at a scale of at most `most`."""
        look = self._beside_corner(box, look_at(box, self.size(), most), most)
        if animated and self.isVisible() and not box.isEmpty():
            inverse, _ = look.transform.inverted()
            self._fly(look.scale, inverse.map(QRectF(self.rect()).center()))
        else:
            self.set_look(look)

    def _beside_corner(self, box: QRectF, look: Look, most: float) -> Look:
        """The look, or one that shows the box left of what stands in the corner, or above it, the larger of these."""
        shown, corner = look.transform.mapRect(box), QRectF(QPointF(), QSizeF(self.corner))
        corner.moveBottomRight(QRectF(self.rect()).bottomRight())
        if QRectF(self.rect()).contains(look.transform.mapRect(self.drawn())) or not corner.intersects(shown):
            return look
        rooms = (QSize(self.width() - self.corner.width(), self.height()),
                 QSize(self.width(), self.height() - self.corner.height()))  # fmt: skip
        return max((look_at(box, room, most) for room in rooms), key=lambda beside: beside.scale)

    @property
    def spot(self) -> Spot:
        """What is shown now."""
        return Spot(self.look.scale, self._middle(), self.keeps_fit)

    def travel(self, spot: Spot | None) -> None:
        """Show a spot; None: stay."""
        if spot is None:
            return
        self.keeps_fit = spot.whole
        if spot.whole:
            self.show_box(self.drawn(), True, 1.5)
        else:
            self._fly(spot.scale, spot.middle)

    def _middle(self) -> QPointF:
        return self.to_drawing(QPointF(self.width() / 2, self.height() / 2))

    def _fly(self, scale: float, point: QPointF) -> None:
        scale, from_scale, from_point = clamped(scale), self.look.scale, self._middle()

        def show(part: float) -> None:
            now = from_scale * (scale / from_scale) ** part
            self.set_look(centered(now, from_point + (point - from_point) * part, self.size()))

        self.animate(ZOOM_MS, show)

    def animate(self, length_ms: int, show: Callable[[float], None]) -> None:
        """Call `show` with fractions from 0 to 1 for a while; with 1 at once where nothing may move."""
        if not self.moves():
            show(1.0)
            return
        animation = QVariantAnimation(self)
        animation.setDuration(length_ms)
        animation.setStartValue(0.0)
        animation.setEndValue(1.0)
        animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        animation.valueChanged.connect(show)
        self.animations.append(animation)
        animation.finished.connect(lambda: self.animations.remove(animation))
        animation.start(QVariantAnimation.DeletionPolicy.KeepWhenStopped)

    # -- what the user does

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the drawing again, or what is kept in view, or keep its middle where it is."""
        super().resizeEvent(event)
        if self.keeps_fit:
            QTimer.singleShot(0, self, self._fit_again)
        elif self.keeps_seen is not None:
            self.show_point(*self.keeps_seen)
        elif event.oldSize().isValid():
            by = (event.size() - event.oldSize()) / 2
            self.set_look(Look(self.look.scale, self.look.x + by.width(), self.look.y + by.height()))
        self.look_changed()

    def _fit_again(self) -> None:
        if self.keeps_fit:
            self.zoom_to_fit(animated=False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll by wheel or two fingers; zoom at the pointer with Ctrl."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
            return
        pixels = event.pixelDelta()
        step = QPointF(pixels) if not pixels.isNull() else QPointF(event.angleDelta()) / 2
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not step.x():
            step = QPointF(step.y(), 0)
        self.scroll_by(step.x(), step.y())

    def event(self, event: QEvent) -> bool:
        """Zoom by a pinch."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1.0 + event.value(), event.position())
            return True
        return super().event(event)
