"""The dialog of consolidation: it measures beside the window, shows before and after, and does it in one step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.ui.pickers.consolidate_dialog import ROWS, ConsolidateDialog


@pytest.fixture
def parent(qtbot: QtBot, theme: Any) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    yield made


@pytest.fixture
def servers(session: Any) -> Any:
    """Four servers of 4 x 1000 MHz with an application of 1000 MHz each; an hour long."""
    project = session.project
    edit.change(project, [ROOT_ID], {"until_h": 1.0})
    center = edit.place(project, "data_center", name="dc")
    for n in range(4):
        power = {"idle_w": 100.0, "full_w": 200.0}
        host = edit.place(project, "host", center, name=f"host-{n}", cores=4, mhz=1000.0, ram_mib=16_384.0, **power)
        edit.place(project, "application", host, name=f"app-{n}", vcpus=2, mhz=1000.0, load_frac=0.5)
    session.flush()
    return session


def column(dialog: ConsolidateDialog, number: int) -> list[str]:
    return [dialog.table.item(row, number).text() for row in range(len(ROWS))]  # type: ignore[union-attr]


def test_that_it_shows_before_and_after_and_does_it_as_one_step(
    servers: Any, theme: Any, parent: QWidget, qtbot: QtBot
) -> None:
    dialog = ConsolidateDialog(servers, theme, parent)
    assert not dialog.ok.isEnabled()
    qtbot.waitUntil(lambda: dialog.found is not None)
    # Four servers at 25%: 500 W; two at 3000 and 1000 of 3920 MHz: 302.04 W.
    assert column(dialog, 0) == ["4", "25%", "25%", "500 W", "4.38 MWh", "657.00 USD", "1"]
    assert column(dialog, 1) == ["2", "51%", "76.5%", "302 W", "2.646 MWh", "396.88 USD", "3"]
    assert dialog.said.text() == (
        "Saves 1.73 MWh and 260.12 USD a year. One host that fails then takes 3 applications along instead of 1."
    )
    dialog.price.setValue(0.3)
    dialog.currency.setText("EUR")
    assert column(dialog, 0)[5] == "1,314.00 EUR"
    dialog.policy.setCurrentIndex(1)
    assert not dialog.ok.isEnabled()
    qtbot.waitUntil(lambda: dialog.found is not None)
    assert column(dialog, 1)[6] == "2"
    for n in (1, 3):
        dialog.keep.item(n).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: dialog.found is not None)
    dialog.ok.click()
    assert {host.name for host in servers.project.of_kind("host")} == {"host-1", "host-3"}
    assert len(servers.project.of_kind("host")) == 2
    assert {servers.project.elements[i].kind for i in servers.selection} == {"vm"}
    assert servers.project.undo() == "Consolidate 4 applications"
    assert len(servers.project.of_kind("host")) == 4


def test_that_what_does_not_fit_is_said_and_cannot_be_done(
    servers: Any, theme: Any, parent: QWidget, qtbot: QtBot
) -> None:
    dialog = ConsolidateDialog(servers, theme, parent)
    dialog.cpu.setValue(10)
    qtbot.waitUntil(lambda: "fits on no host" in dialog.said.text())
    assert not dialog.ok.isEnabled()
    dialog.reject()


def test_that_without_such_an_application_it_says_so(session: Any, theme: Any, parent: QWidget, qtbot: QtBot) -> None:
    dialog = ConsolidateDialog(session, theme, parent)
    qtbot.waitUntil(lambda: "no application on a bare-metal host" in dialog.said.text())
    assert not dialog.ok.isEnabled()
    dialog.reject()


def test_that_closing_it_ends_the_measuring(servers: Any, theme: Any, parent: QWidget, qtbot: QtBot) -> None:
    dialog = ConsolidateDialog(servers, theme, parent)
    qtbot.waitUntil(lambda: dialog._meter._process is not None)
    process = dialog._meter._process
    dialog.reject()
    assert not process.is_alive()
    qtbot.waitUntil(lambda: not dialog._busy)
    assert dialog.found is None
