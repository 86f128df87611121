"""A stripe that goes along an edge while something is prepared whose end is not known."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme

HEIGHT_PX = 3
PART, STEP, STEP_MS = 0.2, 0.015, 40
STILL_MS = 1000
"""The stripe's part of the width, how far it moves at once, and how often."""


@guarded
class Stripe(QWidget):
    """Moves while `going`, else is hidden. It takes no mouse. With the name of a color as its `ground` it hides what is
    beneath, which then need not be painted at each move."""

    def __init__(self, theme: Theme, parent: QWidget, ground: str = "") -> None:
        super().__init__(parent)
        self._theme, self._ground, self._at = theme, ground, 0.0
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self._move)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, bool(ground))
        self.setFixedHeight(HEIGHT_PX)
        self.hide()

    @property
    def going(self) -> bool:
        """Whether it moves."""
        return self._timer.isActive()

    def go(self, going: bool) -> None:
        """Show and move it, or hide it."""
        if going == self.going:
            return
        self._at = 0.0
        self._timer.setInterval(STEP_MS if not self._theme.still else STILL_MS)
        self._timer.start() if going else self._timer.stop()
        self.setVisible(going)

    def _move(self) -> None:
        self._at = (self._at + STEP) % (1.0 + PART)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the stripe and the ground that it goes along."""
        painter = QPainter(self)
        if self._ground:
            painter.fillRect(self.rect(), self._theme.color(self._ground))
        still = self._theme.still  # then all of it is filled
        left, wide = (0.0, self.width()) if still else ((self._at - PART) * self.width(), PART * self.width())
        painter.fillRect(QRectF(left, 0, wide, self.height()), self._theme.color("accent"))
