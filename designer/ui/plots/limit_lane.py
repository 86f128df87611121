"""How full what limits disks and the network is, over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg

from designer.study.run import Run
from designer.study.series import RunSeries
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import Curves, DrawnLine, Entry, Lane
from designer.ui.plots.shape import percent_text, thinned
from designer.words import tr

MOST_LINES = 8
WORDS = {"iops": tr("IOPS"), "mibps": tr("throughput"), "mbps": tr("network")}
WAYS = {"out": tr("out"), "in": tr("in"), "both": ""}
FULL = 1.0 - 1e-9


class LimitLane(Lane):
    """The part of each limit that is used: of a volume, an instance, an array, a NIC, an uplink, a link. Of many limits
    those that are fullest at any time.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._curves = Curves(self.plot)
        self._full = pg.InfiniteLine(1.0, angle=0, pen=pg.mkPen(theme.color("overload"), width=1))
        self.plot.addItem(self._full)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        fill = series.limit_fill
        self.plot.set_time(run.until_s, 0.0, 1.1)
        self.axis.show_labels(0.0, 1.1, [(0.0, "0"), (0.5, "50%"), (1.0, "100%")])
        self._full.setPen(pg.mkPen(self.theme.color("overload"), width=1))
        step = series.step_at(at_s)
        shown = shown_limits(fill)
        lines, entries, pixels = [], [], max(self.plot.width(), 50)
        for n, column in enumerate(shown):
            color, value = self.theme.series(n), float(fill[step, column]) if series.steps else 0.0
            lines.append((*thinned(series.edges_s, fill[:, column], pixels), color, n >= 4))
            name = limit_name(run.spec.limits[column])
            drawn = DrawnLine(series.edges_s, fill[:, column], percent_text)
            entries.append(Entry(name, color, percent_text(value), red=value >= FULL, drawn=drawn))
        self._curves.show(self.seen(lines, entries))
        title, count = tr("Limits in use"), fill.shape[1]
        if count > MOST_LINES:
            title = tr("Limits in use, the {0} fullest of {1:,}", MOST_LINES, count)
        self.legend.show_entries(title, entries)


def shown_limits(fill: Any) -> list[int]:
    """The limits to show: all of a few, else those that are fullest at any time; the first among equals."""
    count = fill.shape[1]
    if count <= MOST_LINES or not fill.shape[0]:
        return list(range(min(count, MOST_LINES)))
    return sorted(np.argsort(-fill.max(axis=0), kind="stable")[:MOST_LINES].tolist())


def limit_name(limit: Any) -> str:
    """A limit as it is called: its element, what it counts, and the direction."""
    return " ".join(part for part in (limit.name, WORDS[limit.counts], WAYS[limit.way]) if part)
