"""Migrations over time: how many VMs are on their way to another host."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from designer.study.frames import ElementState
from designer.study.migrations import MigrationCount
from designer.study.run import Run
from designer.study.series import RunSeries
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import Areas, Curves, DrawnLine, Entry, Lane
from designer.ui.plots.shape import count_text, nice_top, thinned, tick_text
from designer.words import tr


class MovesLane(Lane):
    """VMs that migrate at a time; the legend counts those that have arrived, and migrations that came to nothing."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._areas, self._curves = Areas(self.plot), Curves(self.plot)
        self._count = MigrationCount()

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what happened up to the end of what is recorded."""
        self._count.follow(run.view.log())
        end_s = float(series.edges_s[-1])
        edges, counts = self._count.until(end_s)
        top = nice_top(max(float(counts.max(initial=0.0)), 1.0)) * 1.05
        self.plot.set_time(run.until_s, 0.0, top)
        self.axis.show_labels(0.0, top, [(0.0, "0"), (top / 1.05, tick_text(top / 1.05))])
        color = self.theme.state(ElementState.RESTARTING)
        x, y = thinned(edges, counts, max(self.plot.width(), 50))
        faded = QColor(color)
        faded.setAlphaF(0.22)
        moving, arrived, ended = self._count.at(end_s if at_s is None else at_s)
        entries = [
            Entry(tr("on their way"), color, f"{moving:,}", "area", drawn=DrawnLine(edges, counts, count_text)),
            Entry(tr("arrived"), self.theme.state(ElementState.RUNNING), f"{arrived:,}", ""),
        ]
        if ended:
            entries.append(
                Entry(tr("came to nothing"), self.theme.state(ElementState.FAILED), f"{ended:,}", "", red=True)
            )
        self._areas.show(self.seen([(x, np.zeros_like(y), y, faded)], entries))
        self._curves.show(self.seen([(x, y, color, False)], entries))
        self.legend.show_entries(tr("VMs that migrate"), entries)
