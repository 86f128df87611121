"""A drawing that is scrolled and zoomed: by wheel, by steps, to a box, with a short animation."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QPoint, QPointF, QRectF, QSizeF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

from designer.ui.canvas.world.world import World

SMALLEST_SCALE, LARGEST_SCALE = 0.02, 12.0
MARGIN_PX = 17.0
ZOOM_MS, FLASH_MS = 240, 1200


class ZoomView(QGraphicsView):
    """Shows a part of a world's drawing; all of it while nobody scrolls or zooms."""

    zoom_changed = Signal(float)

    def __init__(self, world: World, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.world = world
        self._animations: list[QVariantAnimation] = []
        self._keeps_fit = True
        scene = QGraphicsScene(self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(scene)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)

    @property
    def scale_now(self) -> float:
        """Pixels a drawing unit."""
        return self.transform().m11()

    def to_pixels(self, box: QRectF) -> QRectF:
        """A box of the drawing in the window."""
        view = self.viewportTransform()
        return view.mapRect(box)

    def scroll_by(self, dx: float, dy: float) -> None:
        """Move the window over the drawing by pixels."""
        self._keeps_fit = False
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + round(dx))
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + round(dy))
        self._moved()

    def _moved(self) -> None:
        """What lies over the drawing goes along with it."""

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping a point of the window (its middle when not given) where it is."""
        self._keeps_fit = False
        at = at if at is not None else QPointF(self.viewport().rect().center())
        self._set_zoom(self.scale_now * factor, self.mapToScene(at.toPoint()), at)

    def zoom_to(self, scale: float) -> None:
        """Zoom to a scale (1: 100 %)."""
        self._keeps_fit = False
        middle = QPointF(self.viewport().rect().center())
        self._animate_zoom(scale, self.mapToScene(middle.toPoint()))

    @property
    def keeps_fit(self) -> bool:
        """True while all of the drawing is shown, however large the window."""
        return self._keeps_fit

    def look_at(self, scale: float, point: QPointF) -> None:
        """Show a point of the drawing in the middle, at a scale."""
        self._keeps_fit = False
        self._set_zoom(scale, point, QPointF(self.viewport().rect().center()))

    def zoom_to_fit(self, animated: bool = True) -> None:
        """Show the whole drawing, also when the window's size changes, until it is moved or zoomed."""
        self._keeps_fit = True
        self._show_box(self.world.bounds(), animated, 1.5)

    def _fit_again(self) -> None:
        if self._keeps_fit:
            self.zoom_to_fit(animated=False)

    def _show_box(self, box: QRectF, animated: bool, most: float) -> None:
        if box.isEmpty():
            self._set_zoom(1.0, QPointF(0, 0), QPointF(self.viewport().rect().center()))
            return
        room = QSizeF(self.viewport().width() - 2 * MARGIN_PX, self.viewport().height() - 2 * MARGIN_PX)
        scale = min(room.width() / box.width(), room.height() / box.height(), most)
        if animated and self.isVisible():
            self._animate_zoom(scale, box.center())
        else:
            self._set_zoom(scale, box.center(), QPointF(self.viewport().rect().center()))

    def _set_zoom(self, scale: float, point: QPointF, at: QPointF) -> None:
        """Let a point of the drawing lie at a point of the window, at a scale."""
        scale = min(max(scale, SMALLEST_SCALE), LARGEST_SCALE)
        self.setTransform(QTransform(scale, 0, 0, scale, 0, 0))
        here = QPointF(self.mapFromScene(point))
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + round(here.x() - at.x()))
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + round(here.y() - at.y()))
        self.zoom_changed.emit(scale)
        self._moved()

    def _animate_zoom(self, scale: float, point: QPointF) -> None:
        middle = QPointF(self.viewport().rect().center())
        from_scale, from_point = self.scale_now, self.mapToScene(middle.toPoint())

        def show(part: float) -> None:
            now = from_scale * (max(scale, SMALLEST_SCALE) / from_scale) ** part
            self._set_zoom(now, from_point + (point - from_point) * part, middle)

        self._animate(ZOOM_MS, show)

    def _animate(self, length_ms: int, show: Callable[[float], None]) -> None:
        animation = QVariantAnimation(self)
        animation.setDuration(length_ms)
        animation.setStartValue(0.0)
        animation.setEndValue(1.0)
        animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        animation.valueChanged.connect(show)
        self._animations.append(animation)
        animation.finished.connect(lambda: self._animations.remove(animation))
        animation.start(QVariantAnimation.DeletionPolicy.KeepWhenStopped)

    # -- what the user does

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the drawing again unless it was moved or zoomed."""
        super().resizeEvent(event)
        if self._keeps_fit:
            QTimer.singleShot(0, self, self._fit_again)
        self._moved()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Two fingers or the wheel scroll; with Ctrl zoom at the pointer."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
            return
        pixels = event.pixelDelta()
        step = pixels if not pixels.isNull() else event.angleDelta() / 2
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not step.x():
            step = QPoint(step.y(), 0)
        self.scroll_by(-step.x(), -step.y())
