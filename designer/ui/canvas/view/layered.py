"""A camera whose drawing is a picture that is kept while only what lies above it changes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from designer.ui.canvas.view.camera import Camera
from designer.ui.parts.guard import guarded


@guarded
class Layered(Camera):
    """`update` asks for all, `repaint_soon` only for what lies above the drawing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._asked = ""
        """What was asked for since the last picture: "all", or only what lies "above"."""
        self._drawn: QPixmap | None = None
        super().__init__(parent)

    def update(self, *area: Any) -> None:
        """Paint everything again in the next turn of the event loop."""
        self._asked, self._drawn = "all", None
        super().update(*area)

    def repaint_soon(self) -> None:
        """Paint what lies above the drawing again in this turn of the event loop; the drawing is the same."""
        self._asked = self._asked or "above"
        super().update()

    def paint_drawing(self, painter: QPainter) -> None:
        """Paint the drawing, each pixel of it."""

    def paint_below(self, painter: QPainter, keep: bool, changed: bool) -> None:
        """Paint the drawing, or the picture of it, where that was not asked for; `keep`: the next picture will be of
        the same drawing; `changed`: the drawing has changed, though nobody has asked for it."""
        above, self._asked = self._asked == "above" and not changed, ""
        if not above:
            self._drawn = None
        if above or keep:
            painter.drawPixmap(0, 0, self._picture())
        else:
            self.paint_drawing(painter)

    def _picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        size = (QSizeF(self.size()) * ratio).toSize()
        if self._drawn is None or self._drawn.size() != size:
            made = QPixmap(size)
            made.setDevicePixelRatio(ratio)
            painter = QPainter(made)
            self.paint_drawing(painter)
            painter.end()
            self._drawn = made
        return self._drawn
