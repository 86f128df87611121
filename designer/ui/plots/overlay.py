"""Lanes with the curves of several runs laid over each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer import units
from designer.study.curves import RunCurves
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import AXIS_PX, LEGEND_PX, RIGHT_PX, Curves, DrawnLine, Entry, Lane
from designer.ui.plots.shape import nice_top, thinned, tick_text
from designer.words import tr

TITLES = ((tr("CPU utilization"), "used"), (tr("Requests dropped/s"), "dropped_rps"), (tr("VMs running"), "running"))
LANE_PX = 72


class OverlayLane(Lane):
    """One figure of several runs; the legend has the mean of each."""

    def __init__(self, theme: Theme, title: str, name: str) -> None:
        super().__init__(theme)
        self._title, self._name = title, name
        self._curves = Curves(self.plot)
        self._runs: Sequence[tuple[str, RunCurves]] = ()
        self.legend.switched.connect(lambda: self.show_runs(self._runs))
        self.setFixedHeight(LANE_PX)

    def show_runs(self, runs: Sequence[tuple[str, RunCurves]]) -> None:
        """Draw a curve for each run."""
        self._runs = runs
        values = [getattr(curves, self._name) for _, curves in runs]
        most = max((float(np.nanmax(v)) for v in values if not np.isnan(v).all()), default=0.0)
        fraction = self._name == "used"
        top = max(1.0, most) if fraction else nice_top(max(most, 1.0))
        longest = max((float(curves.edges_s[-1]) for _, curves in runs), default=1.0)
        self.plot.set_time(max(longest, 1.0), 0.0, top * 1.05)
        self.axis.show_labels(0.0, top * 1.05, [(0.0, "0"), (top, f"{top * 100:.0f}%" if fraction else tick_text(top))])
        pixels = max(self.plot.width(), 50)
        colors = [self.theme.series(n) for n in range(len(runs))]
        lines = [
            (*thinned(curves.edges_s, v, pixels), color, n >= 4)
            for n, ((_, curves), v, color) in enumerate(zip(runs, values, colors))
        ]
        entries = [
            Entry(name, color, self._mean(curves, v), drawn=DrawnLine(curves.edges_s, v, self._text))
            for (name, curves), v, color in zip(runs, values, colors)
        ]
        self._curves.show(self.seen(lines, entries))
        self.legend.show_entries(tr("{0}, mean", self._title), entries)

    def _text(self, value: float) -> str:
        return f"{value * 100:.0f}%" if self._name == "used" else units.text(value, digits=3)

    def _mean(self, curves: RunCurves, values: np.ndarray) -> str:
        known = ~np.isnan(values)
        if not known.any():
            return "–"
        return self._text(float(np.average(values[known], weights=np.diff(curves.edges_s)[known])))


class OverlayLanes(QWidget):
    """The lanes of several runs, on one time axis."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lanes = [OverlayLane(theme, *row) for row in TITLES]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for lane in self.lanes:
            column.addWidget(lane)
        self.begin, self.end = QLabel("00:00"), QLabel()
        times = QHBoxLayout()
        times.setContentsMargins(LEGEND_PX + AXIS_PX, 2, RIGHT_PX, 0)
        for label in (self.begin, self.end):
            label.setFont(theme.font("secondary"))
            label.setProperty("muted", True)
        times.addWidget(self.begin)
        times.addStretch(1)
        times.addWidget(self.end)
        column.addLayout(times)

    def show_runs(self, runs: Sequence[tuple[str, RunCurves]]) -> None:
        """Show the curves of some runs, each with its name; a lane of which all is zero is left out."""
        for lane, (_, name) in zip(self.lanes, TITLES):
            lane.setVisible(any(np.nan_to_num(getattr(curves, name)).any() for _, curves in runs))
            lane.show_runs(runs)
        self.end.setText(units.clock_text(max((float(curves.edges_s[-1]) for _, curves in runs), default=0.0)))
