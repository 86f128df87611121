"""Response times of services over time."""

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

MOST_SERVICES = 4
"""Services that have lines of their own: those with the longest answers."""


class ResponseLane(Lane):
    """The 95% of each service, means over the recording steps; of one service its median, 95% and 99%."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._curves = Curves(self.plot)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        chosen = self._chosen(series)
        step = series.step_at(at_s)
        high = max((float(np.nanmax(values)) for _, values in chosen if not np.isnan(values).all()), default=0.0)
        top = nice_top(max(high, 1e-4)) * 1.05
        self.plot.set_time(run.until_s, 0.0, top)
        self.axis.show_labels(0.0, top, [(0.0, "0"), (top / 1.05, units.text(top / 1.05, "s", 2))])
        lines, entries, pixels = [], [], max(self.plot.width(), 50)
        for n, (name, values) in enumerate(chosen):
            color, now = self.theme.series(n), float(values[step])
            lines.append((*thinned(series.edges_s, values, pixels), color, n >= 4))
            drawn = DrawnLine(series.edges_s, values, partial(units.text, unit="s", digits=3))
            entries.append(Entry(name, color, "–" if np.isnan(now) else units.text(now, "s", 3), drawn=drawn))
        self._curves.show(self.seen(lines, entries))
        told = [one.queueing for one in run.spec.services if one.queueing is not None]
        model = "M/M/c" if all(one.variation == 1.0 for one in told) else "M/G/c"
        one_alone = len(series.service_ids) == 1
        title = tr("Response time ({0})", model) if one_alone else tr("Response time, 95% ({0})", model)
        self.legend.show_entries(title, entries)

    def _chosen(self, series: RunSeries) -> list[tuple[str, np.ndarray]]:
        """Title and values of each line."""
        if not series.answers or not series.steps:
            return []
        if len(series.service_ids) == 1:
            named = ((tr("median"), "p50_s"), ("95%", "p95_s"), ("99%", "p99_s"))
            return [(title, series.answers[name][:, 0]) for title, name in named]
        times = series.answers["p95_s"]
        most = np.where(np.isnan(times), 0.0, times).max(axis=0)
        slowest = sorted(np.argsort(-most, kind="stable")[:MOST_SERVICES].tolist())
        return [(series.service_names[n], times[:, n]) for n in slowest if most[n] > 0.0]
