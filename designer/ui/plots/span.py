"""A span of time on a plot, whose ends can be dragged."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QColor

from designer.ui.parts.theme import Theme


class Span(pg.LinearRegionItem):  # type: ignore[misc]
    """A tinted span with an edge at each end."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setZValue(40)
        self.recolor()

    def recolor(self) -> None:
        """Take the colors of the theme again."""
        color = QColor(self._theme.color("accent"))
        for part, strength in ((self.setBrush, 0.12), (self.setHoverBrush, 0.18)):
            color.setAlphaF(strength)
            part(pg.mkBrush(color))
        for line in self.lines:
            line.setPen(pg.mkPen(self._theme.color("accent"), width=1))


def middle_third(begin_s: float, end_s: float) -> tuple[float, float]:
    """Where a new span stands in a range."""
    return begin_s + (end_s - begin_s) / 3, begin_s + (end_s - begin_s) * 2 / 3
