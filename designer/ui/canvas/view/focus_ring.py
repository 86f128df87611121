"""A ring around what has the focus by the keyboard and paints no sign of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme

RING_PX = 2
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
SHOWN_ON, HIDDEN_ON = QEvent.Type.FocusIn, (QEvent.Type.FocusOut, QEvent.Type.MouseButtonPress)


@guarded
class FocusRing(QWidget):
    """Lies over a widget while it has the focus by the keyboard; a press of the mouse hides it."""

    def __init__(self, over: QWidget, theme: Theme) -> None:
        super().__init__(over)
        self._over, self._theme = over, theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        over.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the focus and the size."""
        kind = event.type()
        if kind == SHOWN_ON and isinstance(event, QFocusEvent) and event.reason() in BY_KEYS:
            self._settle()
            self.show()
            self.raise_()
        elif kind in HIDDEN_ON:
            self.hide()
        elif kind == QEvent.Type.Resize and self.isVisible():
            self._settle()
        return False

    def _settle(self) -> None:
        self.setGeometry(self._over.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring."""
        painter = QPainter(self)
        painter.setPen(QPen(self._theme.color("focus"), RING_PX))
        half = RING_PX // 2
        painter.drawRect(self.rect().adjusted(half, half, -half, -half))
