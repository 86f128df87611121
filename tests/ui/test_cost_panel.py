"""The cost of the open design: a total that follows edits, and a panel whose lines select and take an own price."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QApplication, QStyle
from pytestqt.qtbot import QtBot

from designer.catalog.reference.prices import Price
from designer.commands import edit
from designer.study.cost.bill import bill_of
from designer.study.cost.lines import CostSum
from designer.study.cost.table import CostRow
from designer.ui.cost.model import GROUP, LINE, SOURCE
from designer.ui.cost.panel import LEAST_PX, CostPanel
from designer.ui.cost.squares import squares
from designer.ui.cost.treemap import MOST_CELLS, areas_of
from designer.ui.shell.window import Window
from tests.waiting import turns

CELL_MARGIN_PX = 16
"""What a cell leaves free beside its text, at both sides together."""


def settled(window: Window, qtbot: QtBot) -> None:
    window.session.flush()
    qtbot.waitUntil(lambda: window.session.cost.done)


def test_that_the_total_follows_edits_and_lines_select_and_take_an_own_price(run_window: Window, qtbot: QtBot) -> None:
    window, session = run_window, run_window.session
    project: Any = session.project
    region = edit.place(project, "region", provider="aws", code="us-east-1")
    zones = [edit.place(project, "zone", region, name=name) for name in ("a", "b")]
    vms = [
        edit.place(project, "vm", edit.place(project, "subnet", zone, cidr=f"10.0.{n}.0/24"), instance_type="m5.large")
        for n, zone in enumerate(zones)
    ]
    volume = edit.place(project, "volume", zones[0], type="gp3", size_gib=1000.0)
    edit.place(project, "database", region)
    settled(window, qtbot)
    # two instances at 0.096, 730 h; 1,000 GiB at 0.08, and a copy of it at 0.05
    assert window.status.cost.text() == "270 USD a month, 1 price unknown"
    window.status.cost.click()
    panel = window.panels.feet[window.panels.foot]
    assert isinstance(panel, CostPanel)
    panel.refresh()
    for width in (1024, 1440, 1024):
        window.frame.resize(width, 700)
        QApplication.processEvents()
        assert panel.table.horizontalHeader().length() == panel.table.viewport().width()
        assert panel.map.isVisible() == (width == 1440)  # where they leave room for what is read
    assert panel.big.text().endswith("USD") and "Databases (1)" in panel.about.text()
    row = next(row for row in panel.model.rows if row.what == "Volumes")
    assert (row.group, row.usd) == ("a", 80.0)
    panel.choose(row)
    assert session.selection == (volume,)
    panel.own.setValue(10.0)
    panel.set_own()
    assert project.elements[volume].own_usd_month == 10.0
    settled(window, qtbot)
    assert session.cost.total is not None
    assert session.cost.total.usd == pytest.approx(bill_of(project).total.usd)
    assert project.undo() and project.elements[volume].own_usd_month == 0.0
    settled(window, qtbot)
    panel.refresh()
    session.select([vms[1]])
    assert panel.chosen is not None and (panel.chosen.what, panel.chosen.group) == ("Instances", "b")
    panel.by["kind"].click()
    panel.copy()
    assert QGuiApplication.clipboard().text() == "cloud-designer cost FILE.clouddesign --by kind"


def test_that_rows_of_a_large_bill_are_made_beside_the_window_and_sorted_by_any_column(
    run_window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.ui.cost.panel.AT_ONCE", 0)
    window, project = run_window, run_window.session.project
    zone = edit.place(project, "zone", edit.place(project, "region", provider="aws", code="us-east-1"), name="a")
    sizes = {f"v{n}": 100.0 * n for n in (2, 3, 1)}
    for name, gib in sizes.items():
        edit.place(project, "volume", zone, name=name, type="gp3", size_gib=gib)
    settled(window, qtbot)
    window.status.cost.click()
    panel = window.panels.feet[window.panels.foot]
    assert isinstance(panel, CostPanel)
    panel.by["zone"].click()
    panel.by["element"].click()  # what was asked for before is not shown any more
    shown = lambda: [row.group for row in panel.model.rows if row.what == "Volumes"]  # noqa: E731
    qtbot.waitUntil(lambda: shown() == ["v3", "v2", "v1"])
    panel.choose(panel.model.rows[0])
    panel.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert shown() == ["v1", "v2", "v3"]
    chosen = panel.model.rows[panel.table.currentIndex().row()]
    assert chosen is panel.chosen and chosen.group == "v3"


def test_that_areas_are_to_scale_and_fill_their_box() -> None:
    values = [60.0, 20.0, 10.0, 6.0, 3.0, 1.0]
    boxes = squares(values, (5.0, 7.0, 200.0, 100.0))
    assert [w * h / 200.0 for _, _, w, h in boxes] == pytest.approx(values)
    assert all(x >= 5 - 1e-9 and y >= 7 - 1e-9 and x + w <= 205 + 1e-9 and y + h <= 107 + 1e-9 for x, y, w, h in boxes)


def test_that_a_group_has_no_more_areas_than_are_told_apart_and_they_sum_to_its_price() -> None:
    price = Price(1.0, 1.0, 1.0, "here")
    costs = [float(n) for n in range(1, 3 * MOST_CELLS)]
    rows = [CostRow("a", f"vm-{n}", "vm", 1.0, "h", price, "list", CostSum(n, n, n, 0), (int(n),)) for n in costs]
    ((name, areas),) = areas_of(rows)
    assert (name, len(areas)) == ("a", MOST_CELLS + 1)
    assert sum(area.sum.usd for area in areas) == sum(costs)
    assert sorted(i for area in areas for i in area.elements) == list(range(1, 3 * MOST_CELLS))
    assert areas[0].what == f"vm-{costs[-1]}" and areas[-1].what == f"{len(costs) - MOST_CELLS:,} others"


def test_that_zones_and_sources_are_read_in_a_window_1024_wide(run_window: Window, qtbot: QtBot) -> None:
    window = run_window
    window.files.open_example()
    settled(window, qtbot)
    window.frame.resize(1024, 700)
    window.status.cost.click()
    panel = window.panels.feet[window.panels.foot]
    assert isinstance(panel, CostPanel)
    panel.refresh()
    turns()
    table, model = panel.table, panel.model
    measures = QFontMetricsF(table.font())
    assert len(model.rows) > 3
    for column in (LINE, GROUP, SOURCE):
        room = table.columnWidth(column) - 2 * (table.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1)
        icon = table.iconSize().width() + 6 if column == LINE else 0
        for row in range(model.rowCount()):
            text = model.index(row, column).data()
            assert measures.horizontalAdvance(text) <= min(room, LEAST_PX[column] - CELL_MARGIN_PX) - icon, text
            assert model.index(row, column).data(Qt.ItemDataRole.ToolTipRole).startswith(f"{text}\n")
