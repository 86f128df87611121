"""The foot of a picture: which design it shows, at which moment of a run, and what its colors mean."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from designer import units
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.legend import Key, key_of, outlined, paint_legend
from designer.ui.parts.theme import Theme

HEIGHT_PX, SIDE_PX = 44, 16


@dataclass(frozen=True)
class Foot:
    """A line below the drawing: `said` at its left, from `legend` on the key of the colors where a run is shown."""

    theme: Theme
    said: str
    legend: Key | None
    height: int = HEIGHT_PX

    def paint(self, painter: QPainter, whole: QRectF) -> None:
        """Paint it at the foot of a picture."""
        theme, line = self.theme, QRectF(whole.left(), whole.bottom() - self.height, whole.width(), self.height)
        painter.fillRect(line, theme.color("panel"))
        painter.setPen(QPen(theme.color("hairline"), 1))
        painter.drawLine(line.topLeft(), line.topRight())
        painter.setFont(theme.font("title"))
        painter.setPen(theme.color("text"))
        room = line.adjusted(SIDE_PX, 0, -SIDE_PX, 0)
        measures = QFontMetricsF(painter.font())
        text = measures.elidedText(self.said, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        left = measures.horizontalAdvance(text) + 2 * SIDE_PX
        if self.legend is not None:
            paint_legend(painter, theme, self.legend, room.adjusted(left, 0, 0, 0))


def foot_of(brush: Brush, title: str, color_by: str) -> Foot | None:
    """The foot of a picture that shows a run; None without a run, where no color needs to be explained."""
    if brush.live is None:
        return None
    return Foot(
        brush.theme, f"{title}, {units.clock_text(brush.live.time_s)}", key_of(brush.live, color_by, outlined(brush))
    )
