"""The dialog that imports an estate: what it shows of an export, and what it does."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QThreadPool, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from designer.ui.files.columns_dialog import ColumnsDialog
from designer.ui.files.estate_dialog import NOTHING, UPDATE, EstateDialog

HEAD = ["VM", "Powerstate", "CPUs", "Memory", "Host", "Datacenter", "VM UUID"]


def vinfo(folder: Path, *rows: list[Any]) -> Path:
    path = folder / "vInfo.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


def row(n: int, ram: int = 4096) -> list[Any]:
    return [f"vm-{n}", "poweredOn", 2, ram, "esx-1", "Berlin", f"id-{n}"]


@pytest.fixture
def dialog(qtbot: QtBot, session: Any, theme: Any) -> Iterator[EstateDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = EstateDialog(session, theme, parent)
    made.open()
    yield made


def read(qtbot: QtBot, dialog: EstateDialog, path: Path) -> None:
    dialog.read([path])
    qtbot.waitUntil(lambda: not dialog.busy)


def shown(dialog: EstateDialog) -> list[tuple[str, ...]]:
    table = dialog.table
    rows = (table.topLevelItem(n) for n in range(table.topLevelItemCount()))
    return [tuple(one.text(column) for column in range(3)) for one in rows if one is not None]


def test_that_an_empty_dialog_says_what_it_takes(dialog: EstateDialog) -> None:
    assert dialog.understood.text() == NOTHING
    assert not dialog.ok.isEnabled()
    assert not dialog.report.isEnabled()


def test_that_an_export_is_shown_before_it_is_imported_as_one_step(
    dialog: EstateDialog, qtbot: QtBot, session: Any, tmp_path: Path
) -> None:
    read(qtbot, dialog, vinfo(tmp_path, row(1), row(2)))
    assert dialog.understood.text() == "RVTools: 2 VMs, 1 data center, 1 host"
    assert ("Made up", "VMs name a host that the export does not list.", "esx-1") in shown(dialog)
    before = len(session.project.elements)
    with qtbot.waitSignal(session.told) as told:
        dialog.ok.click()
    assert told.args == ["vInfo.csv: 1 host, 2 VMs and 1 other."]
    assert len(session.project.elements) == before + 4
    session.project.undo()
    assert len(session.project.elements) == before


def test_that_a_later_export_updates_what_was_imported(
    qtbot: QtBot, session: Any, theme: Any, dialog: EstateDialog, tmp_path: Path
) -> None:
    read(qtbot, dialog, vinfo(tmp_path, row(1), row(2)))
    dialog.ok.click()
    later = EstateDialog(session, theme, dialog.parentWidget())
    later.target.setCurrentIndex(later.target.findData(UPDATE))
    read(qtbot, later, vinfo(tmp_path, row(1, 8192), row(3)))
    assert later.understood.text() == "RVTools: 1 new, 1 changed, 1 gone."
    assert shown(later)[:3] == [
        ("New", "vm-3", ""),
        ("Changed", "vm-1", "Memory: 4 GiB → 8 GiB"),
        ("Gone", "vm-2", ""),
    ]
    later.ok.click()
    names = {element.name for element in session.project.elements.values() if element.kind == "vm"}
    assert names == {"vm-1", "vm-3"}


def test_that_leaving_the_dialog_ends_what_is_read(
    dialog: EstateDialog, qtbot: QtBot, session: Any, tmp_path: Path
) -> None:
    dialog.read([vinfo(tmp_path, *(row(n) for n in range(30_000)))])
    assert dialog.busy
    assert dialog.bar.isVisible()
    assert dialog.understood.text() == "Reading …"
    going = dialog.bar.work
    assert going is not None
    qtbot.waitUntil(lambda: going.far > 0)
    dialog.reject()
    assert not dialog.busy
    assert QThreadPool.globalInstance().waitForDone(10_000)
    assert 0 < going.far < 0.9  # it ended before the VMs were made
    assert len(session.project.elements) == 1


def test_that_a_wrong_file_is_told_and_cannot_be_imported(dialog: EstateDialog, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text("{}")
    read(qtbot, dialog, path)
    assert dialog.understood.text().startswith("other.json is no export of a known program")
    assert not dialog.ok.isEnabled()


def drop(qtbot: QtBot, window: Any, path: Path) -> EstateDialog:
    """Drop a file on the window; the dialog when it has read it."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, left, none)
    QApplication.sendEvent(window.frame, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window.frame, QDropEvent(QPointF(9, 9), copy, mime, left, none))
    (opened,) = window.frame.findChildren(EstateDialog)
    qtbot.waitUntil(lambda: not opened.busy)
    return opened


def test_that_files_dropped_on_the_window_open_the_dialog(qtbot: QtBot, window: Any, tmp_path: Path) -> None:
    opened = drop(qtbot, window, vinfo(tmp_path, row(1)))
    assert opened.understood.text() == "RVTools: 1 VM, 1 data center, 1 host"
    opened.reject()


def test_that_a_drop_a_click_and_a_key_tell_which_clusters_lose_a_host_without_harm(
    qtbot: QtBot, run_window: Any, tmp_path: Path
) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "estate.xlsx"))
    tabs: dict[str, list[list[Any]]] = {
        "vInfo": [["VM", "Powerstate", "CPUs", "Memory", "Host", "Cluster", "Datacenter", "VM UUID"]],
        "vMemory": [["VM", "Size MiB", "Reservation"]],
        "vHost": [["Host", "Datacenter", "Cluster", "Speed", "# CPU", "Cores per CPU", "# Cores", "# Memory"]],
    }
    for n in range(800):  # in the first cluster each reserves what it has: its hosts are nearly full
        on = f"esx-{n % 40}", f"prod-{n % 4}", "Berlin", f"id-{n}"
        tabs["vInfo"].append([f"vm-{n}", "poweredOn", 2, 9_000, *on])
        tabs["vMemory"].append([f"vm-{n}", 9_000, 0 if n % 4 else 9_000])
    tabs["vHost"] += [[f"esx-{n}", "Berlin", f"prod-{n % 4}", 2600, 2, 16, 32, 196_608] for n in range(40)]
    for name, rows in tabs.items():
        sheet = book.add_worksheet(name)
        for n, cells in enumerate(rows):
            sheet.write_row(n, 0, cells)
    book.close()
    opened = drop(qtbot, run_window, tmp_path / "estate.xlsx")
    read = "RVTools: 1 data center, 40 hosts, 4 clusters, 800 VMs"
    assert opened.understood.text().split("\n") == [read, "Nothing was guessed, made up or left out."]
    qtbot.mouseClick(opened.ok, Qt.MouseButton.LeftButton)
    run_window.actions["run.each"].trigger()
    panel = run_window.panels.feet["each"]
    qtbot.waitUntil(lambda: panel.model.answer is not None)
    assert panel.said.text() == "41 failures tried"
    assert panel.big.text() == "11 of 41"  # the data center, and each host of the first cluster
    told = panel.why.text().split("\n\n")
    assert told[2].startswith("prod-0, 10 hosts: N+0; the failure of esx-")
    assert told[3:] == [f"prod-{n}, 10 hosts: N+1, any one may fail" for n in (1, 2, 3)]


def test_that_columns_of_a_table_are_asked_once_and_remembered(
    dialog: EstateDialog, qtbot: QtBot, session: Any, theme: Any, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Servername,Prozessoren,RAM MB\na,2,4096\n", "utf-8")
    read(qtbot, dialog, path)
    assert "which column tells vCPUs of its VMs" in dialog.understood.text()
    dialog.columns.click()
    asked = dialog.findChild(ColumnsDialog)
    assert asked is not None
    ok = asked.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not ok.isEnabled()
    asked.combos["vcpus"].setCurrentText("Prozessoren")
    assert asked.columns == {"vm.name": "Servername", "vm.vcpus": "Prozessoren", "vm.ram": "RAM MB"}
    ok.click()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert dialog.understood.text().endswith("1 VM, 1 data center, 1 host")
    again = EstateDialog(session, theme, dialog.parentWidget())
    read(qtbot, again, path)
    assert again.understood.text() == dialog.understood.text()
