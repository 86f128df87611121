"""CPU credits of burstable VMs over time."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyqtgraph as pg

from designer import units
from designer.study.run import Run
from designer.study.series import RunSeries
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import Curves, DrawnLine, Entry, Lane
from designer.ui.plots.shape import nice_top, thinned, tick_text
from designer.words import tr

MOST_LINES = 8


class CreditLane(Lane):
    """What VMs have at the end of each recording step; below 0: surplus credits that they owe. Of many VMs those with
    the least.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._curves = Curves(self.plot)
        self._none = pg.InfiniteLine(0.0, angle=0, pen=pg.mkPen(theme.color("overload"), width=1))
        self.plot.addItem(self._none)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        owned = series.credits - series.surplus
        step = series.steps - 1
        if at_s is not None:
            step = min(max(int(np.searchsorted(series.edges_s, at_s, side="right")) - 2, 0), step)
        high, low = (float(owned.max()), float(owned.min())) if owned.size else (1.0, 0.0)
        top = nice_top(max(high, 1.0)) * 1.05
        bottom = -nice_top(-low) * 1.05 if low < 0.0 else 0.0
        self.plot.set_time(run.until_s, bottom, top)
        labels = [(0.0, "0"), (top / 1.05, tick_text(top / 1.05))]
        if bottom < 0.0:
            labels.append((bottom / 1.05, f"-{tick_text(-bottom / 1.05)}"))
        self.axis.show_labels(bottom, top, labels)
        self._none.setPen(pg.mkPen(self.theme.color("overload"), width=1))
        shown = range(owned.shape[1])
        if len(shown) > MOST_LINES:
            shown = sorted(np.argsort(owned.min(axis=0), kind="stable")[:MOST_LINES].tolist())  # type: ignore[assignment]
        lines, entries, pixels = [], [], max(self.plot.width(), 50)
        for n, column in enumerate(shown):
            color, value = self.theme.series(n), float(owned[step, column]) if series.steps else 0.0
            lines.append((*thinned(series.edges_s, owned[:, column], pixels), color, n >= 4))
            drawn = DrawnLine(series.edges_s, owned[:, column], partial(units.text, digits=4))
            entries.append(
                Entry(series.credit_names[column], color, units.text(value, digits=4), red=value <= 0.0, drawn=drawn)
            )
        self._curves.show(self.seen(lines, entries))
        title, count = tr("CPU credits"), owned.shape[1]
        if count > MOST_LINES:
            title = tr("CPU credits, the {0} with the least of {1:,}", MOST_LINES, count)
        self.legend.show_entries(title, entries)
