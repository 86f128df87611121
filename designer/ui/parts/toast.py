"""A sentence shown over the drawing for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme

TOAST_MS, READ_MS = 4000, 40
"""How long a sentence is shown, and how much longer for each letter."""
TOGETHER_S = 0.2
"""A sentence that follows another within this time is shown below it: nobody could have read the first."""
WIDTH_PX, MARGIN_PX = 420, 12
"""The most width of a sentence, and how far it stands from the edges."""


@guarded
class Toast(QLabel):
    """Shows what is said in a corner of a widget, where it covers nothing that is `spared` (groups of boxes in that
    widget, what matters most first), or the least of it. A refusal is red; a click hides it. `last` is the newest
    sentence; `clock` tells seconds."""

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        over: QWidget,
        spared: Callable[[], Sequence[Sequence[QRect]]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._home, self._over, self._spared = parent, over, spared
        over.installEventFilter(self)
        self.last, self.clock = "", clock
        self._theme, self._wrong, self._said_s = theme, False, 0.0
        self._end = QTimer(self, singleShot=True)
        self._end.timeout.connect(self.hide)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAcceptDrops(True)
        self.hide()
        theme.changed.connect(self._paint)

    def say(self, text: str, wrong: bool) -> None:
        """Show a sentence for a while; below the one before if that was just said."""
        now_s, self.last = self.clock(), text
        before = self.text() if self.isVisible() and now_s - self._said_s < TOGETHER_S else ""
        if before:
            text, wrong = "\n".join(dict.fromkeys([*before.splitlines(), text])), wrong or self._wrong
        self._wrong, self._said_s = wrong, now_s
        self._paint()
        self.setText(text)
        self._settle()
        self.show()
        self.raise_()
        self._end.start(TOAST_MS + READ_MS * len(text))

    def settle(self) -> None:
        """Go to a corner where nothing is covered that is spared now."""
        if self.isVisible():
            self._settle()

    def _settle(self) -> None:
        at = self._over.mapTo(self._home, QPoint(0, 0))
        area = QRect(at, self._over.size()).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        self.setFixedWidth(max(min(WIDTH_PX, area.width()), 1))
        self.adjustSize()
        spared = [[box.translated(at) for box in group] for group in self._spared()]
        self.move(_corner(area, self.size(), spared))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the widget becomes another size."""
        if event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self.settle)  # the widget's place in the window is set a little later
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Give way to what is dragged over it: it is dropped on the drawing."""
        self.hide()
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hide the sentence."""
        self.hide()

    def _paint(self) -> None:
        color = self._theme.color
        ground, ink = color("raised").name(), color("drop.refused" if self._wrong else "text").name()
        edge = color("drop.refused" if self._wrong else "strong").name()
        self.setStyleSheet(
            f"background: {ground}; color: {ink}; border: 1px solid {edge}; border-radius: 6px; padding: 8px 12px;"
        )


def _corner(area: QRect, size: QSize, spared: Sequence[Sequence[QRect]]) -> QPoint:
    """Where a box stands in a corner of an area: where it covers least of what matters most; at the bottom right among
    equals."""
    right, bottom = area.right() - size.width() + 1, area.bottom() - size.height() + 1

    def covered(corner: QPoint) -> list[int]:
        place = QRect(corner, size)
        return [sum(_area(place.intersected(box)) for box in group) for group in spared]

    return min((QPoint(x, y) for y in (bottom, area.top()) for x in (right, area.left())), key=covered)


def _area(box: QRect) -> int:
    return box.width() * box.height() if box.isValid() else 0
