"""The panel of nines: answers arrive while it works, causes and changes act on the design, Stop keeps what there is."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.catalog.kinds.saved.scenario import scenario_events
from designer.commands import edit
from designer.model.project import snapshot
from designer.study.availability.answer import Study
from designer.study.availability.found import NinesFound, NoNines
from designer.ui.run.nines.axis import NinesAxis
from designer.ui.run.nines.models import DOWN, MISSED
from designer.ui.run.nines.panel import OUTDATED, NinesPanel
from designer.ui.shell.window import Window

NEVER = {"mtbf_h": 0.0}


def drawn(session: Any) -> dict[str, int]:
    """A service on one host that one feed feeds; ids by name."""
    project, ids = session.project, {}
    ids["region"] = edit.place(project, "region", **NEVER)
    ids["zone"] = edit.place(project, "zone", ids["region"], **NEVER)
    ids["dc"] = edit.place(project, "data_center", ids["zone"], **NEVER)
    ids["feed"] = edit.place(project, "power_feed", ids["dc"], name="A", mtbf_h=1000.0, mttr_h=2.0)
    ids["host"] = edit.place(project, "host", ids["dc"], name="h", mtbf_h=2000.0, mttr_h=10.0)
    vm = edit.place(project, "vm", ids["host"], vcpus=1, ram_mib=1024.0, recovery="none", **NEVER)
    ids["shop"] = edit.place(project, "service", name="shop", slo_frac=0.999, rate_rps=1.0, work_mhz_s=5.0)
    edit.connect(project, "feeds", ids["feed"], ids["host"])
    edit.connect(project, "member", vm, ids["shop"])
    session.flush()
    return ids


def test_that_the_panel_tells_why_and_makes_a_change_and_keeps_what_is_there(window: Window, qtbot: QtBot) -> None:
    ids, project = drawn(window.session), window.session.project
    window.actions["run.nines"].trigger()
    panel = window.panels.feet["nines"]
    assert isinstance(panel, NinesPanel)
    qtbot.waitUntil(lambda: panel.found.years is not None and panel.found.years.years > 0)
    exact = Study(snapshot(project)).availability(ids["shop"])
    one = panel.chosen
    assert one is not None and (one.id, one.down) == (ids["shop"], exact.down)
    assert panel.services.index(0, DOWN).data() == panel.side.big.text().removesuffix(" a year")
    drawn_years = panel.found.years
    assert drawn_years is not None
    mean = drawn_years.services[0].mean_h
    assert mean.value == pytest.approx(exact.downtime_h, abs=3 * (mean.high - mean.low))
    assert panel.services.index(0, MISSED).data() != "–"
    panel.side._go(panel.side.causes.index(0, 0))
    assert window.session.selection == (ids["host"],)
    worst = panel.side.worst
    assert worst.years and worst.list.count() == len(worst.years)
    worst.save()
    (saved,) = project.of_kind("scenario")
    assert worst.current is not None and scenario_events(saved) == worst.current.events
    panel.end()
    assert panel.task is None and panel.begin.isVisible() and panel.services.rows == [one]
    assert panel.said.text() != OUTDATED  # a year was saved as a scenario, which changes no figure
    row = next(n for n, change in enumerate(panel.changes.rows) if change.kind == "power_feed")
    bought, steps = panel.changes.rows[row], project.history.position
    panel.try_change(row)
    assert project.history.position == steps + 1 and len(project.of_kind("power_feed")) == 2
    assert Study(snapshot(project)).down(ids["shop"]).down == pytest.approx(bought.down, rel=1e-12)
    # what is shown is of the answer before until there is news
    qtbot.waitUntil(lambda: panel.found.years is not None and panel.found.years.years > 0 and bool(worst.current))
    window.session.go_to(steps)
    window.session.flush()
    panel.end()
    assert panel.said.text() == OUTDATED
    asked: list[object] = []
    panel.play_requested.disconnect()
    panel.play_requested.connect(asked.append)
    worst.begin.click()
    assert asked == [worst.current]
    assert len(project.of_kind("power_feed")) == 1
    assert panel.said.text() == "The design has changed since; work it out again."
    panel.method.setCurrentIndex(panel.method.findText("Rare events"))
    panel.begin.click()
    qtbot.waitUntil(lambda: bool(panel.found.services))
    assert "Rare event: it was asked for" in panel.side.why.text()
    assert "cannot be told from a biased sample" in panel.side.why.text()
    panel.method.setCurrentIndex(0)  # for the next time
    panel.side.copy()
    assert QGuiApplication.clipboard().text().endswith(" --method rare-event")
    panel.end()
    edit.change(project, [ids["shop"]], {"rate_rps": 1e6})
    panel.begin.click()
    qtbot.waitUntil(lambda: bool(panel.found.refused))
    assert "it never holds its peak, whatever fails" in panel.side.about.text()
    qtbot.waitUntil(lambda: panel.task is None)
    assert panel.said.text() == "1 service has no answer"
    window.frame.resize(1024, 700)
    QApplication.processEvents()
    tables = panel.table, panel.offers
    assert len({table.horizontalHeader().length() for table in tables}) == 1
    assert all(table.horizontalHeader().length() <= table.viewport().width() for table in tables)
    window.actions["run.nines"].trigger()
    assert window.panels.foot == ""


def test_that_a_service_without_an_answer_is_told_with_its_reason_and_the_axis_holds_all_bands() -> None:
    found = NinesFound()
    found.take(NoNines(7, "shop", "shop has no member that its requests reach, so it is never up."))
    assert found.ordered == [] and found.refused[0].id == 7 and found.missed(7) is None
    assert NinesAxis.around([]) == NinesAxis(2, 6)
