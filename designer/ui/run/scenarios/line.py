"""The time line of a scenario: a flag an event, a bar while it lasts. Drag a flag to another time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from designer import units
from designer.catalog.scenarios.events import ScenarioEvent
from designer.study.frames import ElementState
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import draw_state
from designer.ui.parts.theme import Theme
from designer.ui.run.timeline import tick_step_s
from designer.words import tr

INSET_PX, HEIGHT_PX, LINE_Y, NEAR_PX, TEXT_PX = 16, 64, 34, 9, 60.0
SNAP_S = 60.0
"""A flag is dragged to whole minutes."""
STATES = {"recover": ElementState.RUNNING, "recover_part": ElementState.RUNNING, "open": ElementState.RUNNING,
          "recover_control": ElementState.RUNNING, "start": ElementState.RUNNING, "calm": ElementState.RUNNING,
          "undegrade": ElementState.RUNNING, "unthrottle": ElementState.RUNNING, "restock": ElementState.RUNNING,
          "undelay": ElementState.RUNNING, "delay": ElementState.WAITING,
          "fresh": ElementState.RUNNING, "degrade": ElementState.WAITING, "throttle": ElementState.WAITING,
          "sell_out": ElementState.WAITING, "stale": ElementState.WAITING,
          "stop": ElementState.OFF, "terminate": ElementState.OFF, "surge": ElementState.WAITING,
          "reboot": ElementState.RESTARTING, "drain": ElementState.MAINTENANCE,
          "move": ElementState.RUNNING}  # fmt: skip


@guarded
class ScenarioLine(QWidget):
    """Shows events. `chosen` carries the number of one, `dragged` that and its new time."""

    chosen = Signal(int)
    dragged = Signal(int, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.events: tuple[ScenarioEvent, ...] = ()
        self.until_s, self.current = 3600.0, -1
        self._drag: int | None = None
        self._drag_s = 0.0
        self.setFixedHeight(HEIGHT_PX)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Time line of the scenario"))
        theme.changed.connect(self.update)

    def show_events(self, events: Sequence[ScenarioEvent], until_s: float, current: int) -> None:
        """Show events over a length of time; one of them is the current one."""
        self.events, self.until_s, self.current, self._drag = tuple(events), until_s, current, None
        self.update()

    def x_of(self, time_s: float) -> float:
        """Where a time stands."""
        return INSET_PX + min(time_s / self.until_s, 1.0) * max(self.width() - 2 * INSET_PX, 1)

    def _near(self, x: float) -> int | None:
        close = [(abs(self.x_of(event.at_s) - x), n != self.current, n) for n, event in enumerate(self.events)]
        best = min(close, default=None)
        return best[2] if best is not None and best[0] <= NEAR_PX else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the event under the mouse, and begin to drag it."""
        near = self._near(event.position().x())
        if near is not None:
            self.chosen.emit(near)
            self._drag, self._drag_s = near, self.events[near].at_s

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or show that something may be dragged."""
        if self._drag is None:
            near = self._near(event.position().x())
            self.setCursor(Qt.CursorShape.ArrowCursor if near is None else Qt.CursorShape.SizeHorCursor)
            return
        part = (event.position().x() - INSET_PX) / max(self.width() - 2 * INSET_PX, 1)
        self._drag_s = round(min(max(part, 0.0), 1.0) * self.until_s / SNAP_S) * SNAP_S
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell the new time."""
        moved, self._drag = self._drag, None
        if moved is not None and self._drag_s != self.events[moved].at_s:
            self.dragged.emit(moved, self._drag_s)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ticks, the line, bars and flags."""
        painter, theme = QPainter(self), self._theme
        painter.setFont(theme.font("secondary", figures=True))
        step_s = tick_step_s(self.until_s, self.width() - 2 * INSET_PX, TEXT_PX)
        painter.setPen(theme.color("text.muted"))
        for n in range(int(self.until_s / step_s) + 1):
            x = self.x_of(n * step_s)
            box = QRectF(min(max(x - 30, 0), self.width() - 60), 2, 60, 16)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), units.clock_text(n * step_s))
        painter.fillRect(QRectF(INSET_PX, LINE_Y - 1, self.width() - 2 * INSET_PX, 3), theme.color("strong"))
        for n, one in enumerate(self.events):
            at_s = self._drag_s if n == self._drag else one.at_s
            x, state = self.x_of(at_s), STATES.get(one.what, ElementState.FAILED)
            if one.for_s:
                bar = QRectF(x, LINE_Y - 3, max(self.x_of(at_s + one.for_s) - x, 2), 7)
                painter.fillRect(bar, theme.color("failed.header"))
            draw_state(painter, QRectF(x - 6, LINE_Y - 5.5, 12, 12), state, theme.state(state))
            if n == self.current:
                painter.setPen(QPen(theme.color("focus"), 2))
                painter.drawLine(QLineF(QPointF(x, LINE_Y + 9), QPointF(x, LINE_Y + 14)))
                box = QRectF(min(max(x - 40, 0), self.width() - 80), LINE_Y + 14, 80, 16)
                painter.setPen(theme.color("text"))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), units.clock_text(at_s))
        painter.end()
