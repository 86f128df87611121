"""Lines across all lanes: the shown time, failures, and the time under the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from designer import units
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import AXIS_PX, LEGEND_PX, RIGHT_PX
from designer.ui.run.timeline import column

LEFT_PX = LEGEND_PX + AXIS_PX


@guarded
class TimeMarks(QWidget):
    """Lies over the lanes and takes no mouse. A time has the column of pixels that the time line gives it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.until_s = 1.0
        self.head_s: float | None = None
        self.hover_s: float | None = None
        self.failures: tuple[float, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def show_times(
        self, until_s: float, head_s: float | None, failures: Sequence[float], hover_s: float | None
    ) -> None:
        """Mark times of a run of some length."""
        new = until_s, head_s, tuple(failures), hover_s
        if new != (self.until_s, self.head_s, self.failures, self.hover_s):
            self.until_s, self.head_s, self.failures, self.hover_s = new
            self.update()

    def move_head(self, head_s: float) -> None:
        """Mark another shown time; only the two columns of pixels are painted again."""
        if self.head_s is None:
            return
        columns = {self.column_of(self.head_s), self.column_of(head_s)}
        self.head_s = head_s
        if len(columns) > 1:
            for x in columns:
                self.update(x, 0, 1, self.height())

    def column_of(self, time_s: float) -> int:
        """The column of pixels of a time."""
        return LEFT_PX + column(time_s, self.until_s, self.width() - LEFT_PX - RIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines, the shown time last."""
        painter, theme = QPainter(self), self._theme
        pen = QPen(theme.state("failed"), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        for x in sorted({self.column_of(time_s) for time_s in self.failures}):
            painter.drawLine(x, 0, x, self.height())
        if self.hover_s is not None and 0 <= self.hover_s <= self.until_s:
            self._paint_hover(painter, self.hover_s)
        if self.head_s is not None:
            x = self.column_of(self.head_s)
            painter.fillRect(x, 0, 1, self.height(), theme.color("text"))

    def _paint_hover(self, painter: QPainter, time_s: float) -> None:
        """A line, and the time of the values in the legends."""
        theme, x = self._theme, self.column_of(time_s)
        painter.fillRect(x, 0, 1, self.height(), theme.color("control"))
        painter.setFont(theme.font("secondary", figures=True))
        text = units.clock_text(time_s)
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        left = x + 4 if x + 4 + width < self.width() - RIGHT_PX else x - 4 - width
        box = QRectF(left, 2, width, 16)
        painter.setPen(QPen(theme.color("strong"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRect(box)
        painter.setPen(theme.color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
