"""Watts of data centers, loads of power feeds and temperatures of halls over time."""

from __future__ import annotations

from functools import partial

import numpy as np

from designer import units
from designer.study.results.quantities import POWER_QUANTITIES
from designer.study.run import Run
from designer.study.series import RunSeries
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import Curves, DrawnLine, Entry, Lane
from designer.ui.plots.shape import nice_top, thinned
from designer.words import tr

MOST_LINES = 8


class PowerLane(Lane):
    """A quantity of halls or feeds, a line each; of many those with the most."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme)
        self._quantity = POWER_QUANTITIES[name]
        self._curves = Curves(self.plot)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded; a value above its limit is red."""
        quantity, values, step = self._quantity, series.power_of(self._quantity), series.step_at(at_s)
        known = np.flatnonzero(~np.isnan(values).all(axis=0))
        limits = _limits(run, quantity.name)
        top = nice_top(max(float(np.nanmax(values, initial=0.0)), 1.0)) * 1.05
        self.plot.set_time(run.until_s, 0.0, top)
        self.axis.show_labels(0.0, top, [(0.0, "0"), (top / 1.05, units.text(top / 1.05, quantity.unit, 3))])
        names = series.power_names[quantity.of]
        shown = known[np.argsort(-values[:, known].max(axis=0, initial=0.0), kind="stable")[:MOST_LINES]]
        write = partial(units.text, unit=quantity.unit, digits=3)
        lines, entries, pixels = [], [], max(self.plot.width(), 50)
        for n, column in enumerate(sorted(shown.tolist())):
            color, value = self.theme.series(n), float(values[step, column]) if series.steps else 0.0
            lines.append((*thinned(series.edges_s, values[:, column], pixels), color, n >= 4))
            drawn = DrawnLine(series.edges_s, values[:, column], write)
            entries.append(
                Entry(names[column], color, write(value), red=value > limits.get(column, np.inf), drawn=drawn)
            )
        self._curves.show(self.seen(lines, entries))
        title = tr(quantity.title)
        if known.size > MOST_LINES:
            title = tr("{0}, the {1} with the most of {2:,}", title, MOST_LINES, known.size)
        self.legend.show_entries(title, entries)


def _limits(run: Run, name: str) -> dict[int, float]:
    """The value from which each column is red."""
    power = run.spec.power
    if power is None:
        return {}
    if name == "feed_w":
        return {n: feed.limit_w for n, feed in enumerate(power.feeds) if feed.limit_w}
    if name == "temperature_c":
        return {n: hall.restart_c for n, hall in enumerate(power.halls)}
    return {}
