"""Filled spans of lanes are the pictures that pyqtgraph makes between two curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import Areas, Plot

Span = tuple[np.ndarray, np.ndarray, np.ndarray, QColor]


class Between:
    """The same by curves and what is between them."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot

    def show(self, spans: list[Span]) -> None:
        for x, low, high, color in spans:
            curves = (pg.PlotCurveItem(x, np.nan_to_num(y)) for y in (low, high))
            self._plot.addItem(pg.FillBetweenItem(*curves, brush=pg.mkBrush(color)))


@pytest.mark.parametrize("steps", [1, 300])
def test_that_areas_are_what_is_between_two_curves(steps: int, theme: Theme, qtbot: QtBot) -> None:
    chance, x = np.random.Generator(np.random.PCG64(steps)), np.repeat(np.arange(steps + 1.0), 2)[1:-1]
    low = np.repeat(chance.random(steps) / 2, 2)
    high = low + np.repeat(chance.random(steps) / 2, 2)
    high[2:4] = np.nan
    spans = [(x, low * 0, low, QColor(0, 120, 120, 40)), (x, low, high, QColor(200, 0, 0, 200))]
    pictures: list[QImage] = []
    for way in (Between, Areas):
        plot = Plot(theme)
        qtbot.addWidget(plot)
        plot.resize(500, 70)
        plot.set_time(steps * 1.2, 0.0, 1.1)
        made: Any = way(plot)
        made.show(spans)
        QApplication.processEvents()
        pictures.append(plot.grab().toImage())
    assert pictures[0] == pictures[1]
