"""The plot of 1,000 hosts x 2,016 steps: how long until it is painted first, and a frame while it is panned."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtWidgets import QApplication

from designer.study.results.quantities import PLACE_QUANTITIES
from designer.ui.parts.theme import Theme
from designer.ui.plots.explore.chart import VIEWS, Chart, PlottedTable

HOSTS, STEPS, STEP_S, SIZE = 1_000, 2_016, 300.0, (1120, 560)
FRAMES = 30


def plotted() -> PlottedTable:
    """Loads that are another one at each step."""
    chance = np.random.Generator(np.random.PCG64(1))
    values = chance.random((STEPS, HOSTS)).astype(np.float32)
    edges = np.arange(STEPS + 1) * STEP_S
    return PlottedTable(PLACE_QUANTITIES["asked_frac"], edges, [f"h{n}" for n in range(HOSTS)], values)


def run() -> list[dict[str, object]]:
    """The CPU of the thread until a view is painted first, and of a frame while it is panned."""
    app = QApplication.instance() or QApplication([])
    theme, table, rows = Theme("light"), plotted(), []
    for view, title in VIEWS.items():
        firsts, frames = [], []
        for _ in range(3):
            chart = Chart(theme)
            chart.resize(*SIZE)
            chart.show()
            app.processEvents()
            began = time.process_time()
            chart.show_table(table, view)
            chart.grab()
            firsts.append((time.process_time() - began) * 1000)
            left, right = chart.getViewBox().viewRange()[0]
            wide = (right - left) / 3
            for n in range(FRAMES):
                began, at = time.process_time(), left + n * wide / FRAMES
                chart.getViewBox().setRange(xRange=(at, at + wide), padding=0)
                chart.grab()
                frames.append((time.process_time() - began) * 1000)
            chart.close()
        name = f"plot of {HOSTS:,} x {STEPS:,}, {title}"
        rows.append({"name": f"{name}: first", "value": min(firsts), "unit": "ms", "aim": "<= 500 ms"})
        rows.append({"name": f"{name}: panned", "value": float(np.median(frames)), "unit": "ms", "aim": "<= 33 ms"})
    return rows
