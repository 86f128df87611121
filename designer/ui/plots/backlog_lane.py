"""Work that waits of VMs that keep a backlog, over time."""

from __future__ import annotations

from functools import partial

import numpy as np

from designer import units
from designer.study.run import Run
from designer.study.series import RunSeries
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import Curves, DrawnLine, Entry, Lane
from designer.ui.plots.shape import nice_top, thinned
from designer.words import tr

MOST_LINES = 8


class BacklogLane(Lane):
    """What waits at the end of each recording step, in seconds of work at full speed; of many VMs the most."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._curves = Curves(self.plot)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        waits, step = series.backlogs_s, series.step_at(at_s)
        top = nice_top(max(float(waits.max(initial=0.0)), 1.0)) * 1.05
        self.plot.set_time(run.until_s, 0.0, top)
        self.axis.show_labels(0.0, top, [(0.0, "0"), (top / 1.05, units.text(top / 1.05, "s", 2))])
        count = waits.shape[1]
        shown = np.argsort(-waits.max(axis=0, initial=0.0), kind="stable")[:MOST_LINES]
        lines, entries, pixels = [], [], max(self.plot.width(), 50)
        for n, column in enumerate(sorted(shown.tolist())):
            color, value = self.theme.series(n), float(waits[step, column]) if series.steps else 0.0
            lines.append((*thinned(series.edges_s, waits[:, column], pixels), color, n >= 4))
            drawn = DrawnLine(series.edges_s, waits[:, column], partial(units.text, unit="s", digits=3))
            entries.append(Entry(series.backlog_names[column], color, units.text(value, "s", 3), drawn=drawn))
        self._curves.show(self.seen(lines, entries))
        title = tr("Backlog (work at full speed)")
        if count > MOST_LINES:
            title = tr("Backlog, the {0} with the most of {1:,}", MOST_LINES, count)
        self.legend.show_entries(title, entries)
