"""VMs that run cut off from the network, over time."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from designer.study.frames import ElementState
from designer.study.run import Run
from designer.study.series import RunSeries
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import Areas, Curves, DrawnLine, Entry, Lane
from designer.ui.plots.shape import count_text, nice_top, thinned, tick_text
from designer.words import tr


class UnreachedLane(Lane):
    """How many VMs run and nobody reaches them, or that do not reach their data."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._areas, self._curves = Areas(self.plot), Curves(self.plot)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        step, counts = series.step_at(at_s), np.nan_to_num(series.unreached)
        top = nice_top(max(float(counts.max(initial=0.0)), 1.0)) * 1.05
        self.plot.set_time(run.until_s, 0.0, top)
        self.axis.show_labels(0.0, top, [(0.0, "0"), (top / 1.05, tick_text(top / 1.05))])
        color = self.theme.state(ElementState.WAITING)
        faded = QColor(color)
        faded.setAlphaF(0.3)
        x, y = thinned(series.edges_s, counts, max(self.plot.width(), 50))
        now = float(counts[step]) if series.steps else 0.0
        drawn = DrawnLine(series.edges_s, counts, count_text)
        entries = [Entry(tr("run unreached"), color, count_text(now), "area", red=now > 0.0, drawn=drawn)]
        self._areas.show(self.seen([(x, np.zeros_like(y), y, faded)], entries))
        self._curves.show(self.seen([(x, y, color, False)], entries))
        self.legend.show_entries(tr("VMs unreached"), entries)
