"""The time line: how far the run is, what failed when, the shown time. Drag it to look back."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer import units
from designer.study.frames import ElementState
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import draw_state
from designer.ui.parts.stripe import Stripe
from designer.ui.parts.theme import Theme
from designer.words import tr

STEPS_S = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000)
KNOB_PX = 6.0
TICK_PX = 70.0
"""Least width of a tick's text."""
INSET_PX = 8
"""The line begins and ends this far inside of the widget, so that the knob is seen whole at both ends."""
LINE_Y, LINE_PX = 28, 3
NOTHING = tr("Nothing to run yet.")


def tick_step_s(until_s: float, width_px: float, text_px: float) -> float:
    """The distance of ticks at which their texts do not touch, in seconds."""
    most = width_px / max(TICK_PX, text_px)
    step = next((float(s) for s in STEPS_S if until_s / s <= most), float(STEPS_S[-1]))
    return step if most <= 0 else step * 2 ** max(0, math.ceil(math.log2(until_s / step / most)))


def column(time_s: float, until_s: float, width_px: int) -> int:
    """The column of pixels of a time on an axis of some width, from its left edge."""
    return min(int(time_s / until_s * width_px), width_px)


@guarded
class TimeLine(QWidget):
    """Ticks above, the line beneath. `scrubbed` carries a time, or None for the newest."""

    scrubbed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._run: Run | None = None
        self._painted: tuple[object, ...] = ()
        """What the last picture of a run was made of."""
        self.until_s = 21_600.0
        self.idle = False
        """Whether there is nothing to run."""
        self.setMinimumWidth(200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(44)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Time line"))
        self.preparing = Stripe(theme, self)
        theme.changed.connect(self.update)

    def show_run(self, run: Run | None) -> None:
        """Show a run, or an empty line."""
        self._run = run
        if run is not None:
            self.until_s = run.until_s
        self.preparing.go(run is not None and run.state is RunState.STARTING)
        if self._painted != self._shown():  # a frame seldom moves the knob by a pixel
            self.update()

    def _shown(self) -> tuple[object, ...]:
        """What a picture of the run is made of."""
        run = self._run
        if run is None:
            return (None, self.until_s)
        return id(run), self.until_s, len(run.view.log()), self.x_of(run.time_s), self.x_of(run.shown_s)

    def set_length(self, until_s: float) -> None:
        """Set the length of the next run."""
        if self._run is None:
            self.until_s = until_s
            self.update()

    def set_idle(self, idle: bool) -> None:
        """Say that there is nothing to run, or show the line."""
        if idle != self.idle:
            self.idle = idle
            self.setEnabled(not idle)
            self.setAccessibleDescription(NOTHING if idle else "")
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(600, 44)

    def x_of(self, time_s: float) -> float:
        """The middle of the column of pixels of a time; the lanes below mark it in the same column."""
        return INSET_PX + column(time_s, self.until_s, self.line_px) + 0.5

    @property
    def line_px(self) -> int:
        """How long the line is."""
        return max(self.width() - 2 * INSET_PX, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the stripe on the line."""
        super().resizeEvent(event)
        self.preparing.setGeometry(INSET_PX, LINE_Y - LINE_PX // 2, self.line_px, LINE_PX)

    def _marks(self) -> tuple[list[tuple[float, float]], list[tuple[float, int]]]:
        """Spans in which something was failed, and times of failures, recoveries and launches."""
        run = self._run
        spans: list[tuple[float, float]] = []
        marks: list[tuple[float, int]] = []
        since: dict[int, float] = {}
        for row in run.view.log() if run is not None else ():
            if row.what == "killed":
                marks.append((row.time_s, ElementState.FAILED))
            elif row.what == "failed":
                since.setdefault(row.element_id, row.time_s)
                marks.append((row.time_s, ElementState.FAILED))
            elif row.what == "recovered":
                spans.append((since.pop(row.element_id, row.time_s), row.time_s))
                marks.append((row.time_s, ElementState.RUNNING))
            elif row.what == "launched":
                marks.append((row.time_s, ElementState.RESTARTING))
            elif row.what == "waiting":
                marks.append((row.time_s, ElementState.WAITING))
        now = run.time_s if run is not None else 0.0
        spans += [(start, now) for start in since.values()]
        return spans, marks

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ticks, line, marks and knob."""
        painter, theme = QPainter(self), self._theme
        self._painted = self._shown()
        if self.idle:
            painter.setPen(theme.color("text.muted"))
            painter.drawText(self.rect().adjusted(INSET_PX, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, NOTHING)
            return
        self._paint_ticks(painter)
        y, top = LINE_Y + 0.5, LINE_Y - LINE_PX // 2
        painter.fillRect(QRectF(INSET_PX, top, self.line_px, LINE_PX), theme.color("hairline"))
        if self.hasFocus():
            painter.setPen(theme.color("focus"))
            painter.drawRect(self.rect().adjusted(0, 1, -1, -2))
        if self._run is None:
            return
        done = self.x_of(self._run.time_s) - INSET_PX
        painter.fillRect(QRectF(INSET_PX, top, done, LINE_PX), theme.color("accent"))
        spans, marks = self._marks()
        for start, end in spans:
            left, right = self.x_of(start), self.x_of(end)
            painter.fillRect(QRectF(left - 0.5, y + 3, max(right - left, 1), 2), theme.state("failed"))
        for time_s, state in sorted(
            marks, key=lambda mark: mark[1] == ElementState.FAILED
        ):  # failures lie above the others
            x = self.x_of(time_s)
            if state == ElementState.FAILED:
                draw_state(painter, QRectF(x - 5, y - 5, 10, 10), state, theme.state(state))
            else:
                painter.fillRect(QRectF(x - 1.5, y - 5.5, 2, 10), theme.state(state))
        x = self.x_of(self._run.shown_s)
        painter.fillRect(QRectF(x - 0.5, y, 1, self.height() - y), theme.color("text"))  # down to the lanes
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        knob = QPointF(x, y)
        painter.setPen(QPen(theme.color("focus") if self.hasFocus() else theme.color("text"), 2))
        painter.setBrush(theme.color("raised"))
        painter.drawEllipse(knob, KNOB_PX - 0.5, KNOB_PX - 0.5)

    def _paint_ticks(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font("secondary", figures=True))
        longest = round(1.5 * painter.fontMetrics().horizontalAdvance(units.clock_text(self.until_s))) + 8
        step = tick_step_s(self.until_s, self.width(), longest)
        painter.setPen(self._theme.color("text.muted"))
        count = int(self.until_s // step)
        for n in range(count + 1):
            x = self.x_of(n * step)
            text = units.clock_text(n * step)
            width = painter.fontMetrics().horizontalAdvance(text) + 2
            left = min(max(x - width / 2, self.x_of(0.0)), self.x_of(self.until_s) - width)
            painter.drawText(QRectF(left, 3, width, 16), Qt.AlignmentFlag.AlignCenter, text)

    # -- scrubbing

    def _scrub_to(self, x: float) -> None:
        if self._run is None:
            return
        time_s = min(max((x - INSET_PX) / self.line_px, 0.0), 1.0) * self.until_s
        self.scrubbed.emit(None if time_s >= self._run.time_s else time_s)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show a time."""
        self._scrub_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag through time."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub_to(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go a recording step, Home to the start, End to the newest."""
        run = self._run
        if run is None:
            super().keyPressEvent(event)
            return
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            way = run.spec.sample_s if event.key() == Qt.Key.Key_Right else -run.spec.sample_s
            wanted = max(0.0, run.shown_s + way)
            self.scrubbed.emit(None if wanted >= run.time_s else wanted)
        elif event.key() == Qt.Key.Key_Home:
            self.scrubbed.emit(0.0)
        elif event.key() == Qt.Key.Key_End:
            self.scrubbed.emit(None)
        else:
            super().keyPressEvent(event)
