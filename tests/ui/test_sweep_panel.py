"""The panel of sweeps: what varies is chosen, points arrive, are plotted, and say all about themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.study.sweep import sweeping
from designer.study.sweep.answer import Swept, SweptPoint, SweptService, pareto
from designer.ui.parts.theme import Theme
from designer.ui.plots.sweep_plot import SweepPlot
from designer.ui.run.sweep.panel import SweepPanel
from designer.ui.shell.window import Window


def point(number: int, values: tuple[float, ...], down: float, usd: float | None) -> SweptPoint:
    return SweptPoint(number, values, (SweptService(7, "shop", down, 1e-4, down / 2, down * 2, "exact"),), usd)


def test_that_no_point_beats_those_of_the_front() -> None:
    rows = [(1e-2, 10.0), (1e-3, 20.0), (2e-3, 30.0), (1e-4, 30.0), (1e-4, 40.0), (1e-3, 20.0), (1e-9, None)]
    points = [point(n, (float(n),), down, usd) for n, (down, usd) in enumerate(rows)]
    assert pareto(points, 7) == {0, 1, 3, 5}
    assert pareto(points, 8) == set()


def test_that_a_click_finds_the_point_of_a_curve_a_map_and_a_front(qtbot: QtBot, theme: Theme) -> None:
    plot = SweepPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    plot.show()
    curve = Swept(("host.mttr_h",), tuple(point(n, (2.0**n,), 10.0 ** (-n - 1), 5.0 * n) for n in range(3)), True)
    grid = Swept(("zone.count", "host.mttr_h"),
                 tuple(point(n, (float(n // 3), float(n % 3) * 10), 1e-3 / (n + 1), 9.0 - n) for n in range(6)),
                 True)  # fmt: skip
    for found, figure in ((curve, "nines"), (curve, "pareto"), (grid, "down"), (grid, "usd")):
        plot.show_sweep(found, 7, figure)  # type: ignore[arg-type]
        plot.grab()
        assert len(plot.places) == len(found.points)
        for number, place in plot.places.items():
            assert plot.nearest(plot.getViewBox().mapViewToScene(QPointF(*place))) == number
    assert plot.words(plot.value(grid.points[0])) == "9"
    near = Swept(("host.mttr_h",), tuple(point(n, (2.0**n,), 1e-4 + 1e-9 * n, 5.0) for n in range(3)), True)
    near = replace(near, points=tuple(replace(p, services=(replace(one, low=one.down, high=one.down),)) for p in
                                      near.points for one in p.services))  # fmt: skip
    plot.show_sweep(near, 7, "nines")
    values = [plot.value(one) for one in near.points]
    assert len(set(plot.left.tickStrings(values, 1.0, 1e-6))) == 3


@pytest.mark.usefixtures("copied_engines")
def test_that_the_panel_sweeps_the_design_and_tells_about_a_point(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "cores", lambda: 1)
    project = window.session.project
    host = edit.place(project, "host", name="h", mtbf_h=999.0, mttr_h=1.0, purchase_usd=3600.0)
    service = edit.place(project, "service", name="shop", slo_frac=0.9985, rate_rps=1.0)
    edit.connect(project, "member", edit.place(project, "vm", host, mtbf_h=0.0), service)
    window.session.flush()
    window.actions["run.sweep"].trigger()
    panel = window.panels.feet["sweep"]
    assert isinstance(panel, SweepPanel)
    first, second = panel.axes
    assert first.text == "host.mttr_h=1, 2, 4, 8" and second.text == ""
    first.values.setText("1, nothing")
    panel.ask()
    assert panel.task is None and "nothing" in panel.said.text()
    first.values.setText("1, 3")
    panel.ask()
    qtbot.waitUntil(lambda: panel.task is None)
    assert panel.found is not None and panel.found.whole and panel.said.text() == "2 points"
    panel.plot.chosen.emit(1)
    assert "host.mttr_h = 3" in panel.told.text() and "99.70% available" in panel.told.text()
    assert "misses its SLO" in panel.told.text()
    panel.copy()
    assert '--vary "host.mttr_h=1, 3"' in QGuiApplication.clipboard().text()
