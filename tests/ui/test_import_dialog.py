"""The dialog that reads CSV files: it says what it understood, refuses with a sentence, imports as one step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from designer.commands import edit
from designer.model.element import make, new_id
from designer.ui.files.import_dialog import NOTHING, ImportDialog
from designer.ui.parts.background import _RUNNING

HOSTS = "name,cores,mhz,ram_gib,rack\nh1,8,2500,64,r1\nh2,8,2500,64,r1\nh3,8,2500,64,r2\n"
VMS = "name,host,vcpus,ram_gib\nv1,h1,2,8\nv2,h1,4,8\nv3,h3,2,8\n"
TRACES = "v1,10,20,30\nv2,40,50,60\nv3,70,80,90\n"


@pytest.fixture
def dialog(qtbot: QtBot, session: Any, theme: Any) -> Iterator[ImportDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = ImportDialog(session, theme, parent)
    made.open()
    yield made


def give(qtbot: QtBot, dialog: ImportDialog, tmp_path: Path, **texts: str) -> None:
    """Write files and type their paths, as a user does; wait until they are read."""
    for name, text in texts.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        line = dialog.files[name].line
        line.clear()
        qtbot.keyClicks(line, str(path))
        line.editingFinished.emit()
    qtbot.waitUntil(lambda: not dialog.busy)


def test_that_an_empty_dialog_says_what_to_do(dialog: ImportDialog) -> None:
    assert dialog.understood.text() == NOTHING
    assert not dialog.ok.isEnabled()


def test_that_hosts_and_vms_become_racks_in_one_step(
    dialog: ImportDialog, qtbot: QtBot, session: Any, tmp_path: Path
) -> None:
    give(qtbot, dialog, tmp_path, hosts=HOSTS)
    assert "Choose the other file" in dialog.understood.text()
    assert not dialog.ok.isEnabled()
    give(qtbot, dialog, tmp_path, vms=VMS, traces=TRACES)
    assert "3 hosts with name, cores" in dialog.understood.text()
    assert "3 traces of 3 samples" in dialog.understood.text()
    with qtbot.waitSignal(session.told) as told:
        dialog.ok.click()
    assert told.args == [
        "Imported 3 hosts and 3 VMs, at most 0.75 vCPUs a core. Attached 3 VMs to traces.csv, by name."
    ]
    project = session.project
    assert {e.name for e in project.of_kind("rack")} == {"r1", "r2"}
    assert sorted(vm.trace_row for vm in project.of_kind("vm")) == [0, 1, 2]
    assert [project.elements[i].kind for i in session.selection] == ["data_center"]
    project.undo()
    assert len(project.elements) == 1
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hosts", "name,cores,mhz,ram_gib\nh1,8,2500,\n", "line 2"),
        ("hosts", "colour,shape\nred,round\n", "no column for cores"),
        ("traces", "v1,10,-20,30\n", "negative"),
        ("traces", "v1,10,soon,30\n", "line 1"),
        ("traces", "v1,10,200,30\n", "100"),
        ("traces", "", "empty"),
    ],
)
def test_that_a_broken_file_is_told_with_its_place(
    dialog: ImportDialog, qtbot: QtBot, session: Any, tmp_path: Path, name: str, text: str, said: str
) -> None:
    give(qtbot, dialog, tmp_path, **{name: text})
    assert f"{name}.csv" in dialog.understood.text()
    assert said in dialog.understood.text()
    assert not dialog.ok.isEnabled()
    assert len(session.project.elements) == 1


def test_that_a_vm_larger_than_any_host_changes_nothing(
    dialog: ImportDialog, qtbot: QtBot, session: Any, tmp_path: Path
) -> None:
    give(qtbot, dialog, tmp_path, hosts=HOSTS, vms=VMS + "v4,,128,8\n")
    dialog.ok.click()
    assert "VM v4 asks for 128 vCPUs" in dialog.understood.text()
    assert dialog.isVisible()
    assert len(session.project.elements) == 1
    assert session.project.history.undo_text is None


def test_that_requests_go_to_services(dialog: ImportDialog, qtbot: QtBot, session: Any, tmp_path: Path) -> None:
    with session.project.edit("add"):
        shop = session.project.add(make(session.project.kinds["service"].table, {"id": new_id(), "name": "shop"}))
    give(qtbot, dialog, tmp_path, traces="service,time,requests (req/s)\nshop,0,20\nshop,60,80\n")
    assert dialog.target.currentText() == "all 1 services of the design"
    with qtbot.waitSignal(session.told) as told:
        dialog.ok.click()
    assert told.args == ["1 service has the requests of traces.csv, in row order."]
    assert session.project.elements[shop].trace_peak_rps == 80.0


def test_that_traces_go_to_what_is_selected(qtbot: QtBot, session: Any, theme: Any, tmp_path: Path) -> None:
    region = edit.place(session.project, "region")
    zones = [edit.place(session.project, "zone", region) for _ in range(2)]
    vms = [edit.place(session.project, "vm", zone) for zone in zones for _ in range(2)]
    session.flush()
    session.select([zones[1]])
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ImportDialog(session, theme, parent)
    dialog.open()
    assert [dialog.target.itemText(n) for n in range(2)] == [
        "the 2 selected VMs",
        "all 4 VMs of the design",
    ]
    give(qtbot, dialog, tmp_path, traces="10,20,30\n40,50,60\n")
    dialog.ok.click()
    demands = [session.project.elements[vm].__dict__["demand"] for vm in vms]
    assert demands == ["constant", "constant", "trace", "trace"]


def test_that_the_step_and_the_unit_can_be_said(
    dialog: ImportDialog, qtbot: QtBot, session: Any, tmp_path: Path
) -> None:
    give(qtbot, dialog, tmp_path, traces="0,1,1\n1,0,1\n")
    assert "nothing says whether percents or fractions" in dialog.understood.text()
    assert "--cells" not in dialog.understood.text()
    assert not dialog.ok.isEnabled()
    cells = dialog.choices["cells"]
    assert [name for name, widget in dialog.answer_widgets.items() if widget.isVisible()] == ["cells"]
    cells.setCurrentIndex(2)
    cells.activated.emit(2)
    dialog.more.setChecked(True)
    assert all(widget.isVisible() for widget in dialog.answer_widgets.values())
    dialog.step.setValue(60.0)
    dialog.step.editingFinished.emit()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "fractions of 1" in dialog.understood.text()
    assert "60 s apart" in dialog.understood.text()


def test_that_a_question_shows_the_row_that_answers_it(
    dialog: ImportDialog, qtbot: QtBot, session: Any, tmp_path: Path
) -> None:
    text = "vm;Timestamp [ms];CPU usage [%]\nv1;1376314846;93.2\nv1;1376315146;42.7\n"
    give(qtbot, dialog, tmp_path, traces=text)
    assert dialog.understood.text().endswith("in seconds. Answer with “Times are”.")
    assert [name for name, widget in dialog.answer_widgets.items() if widget.isVisible()] == ["time_unit"]
    unit = dialog.choices["time_unit"]
    unit.setCurrentIndex(unit.findData("s"))
    unit.activated.emit(unit.currentIndex())
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "300 s apart" in dialog.understood.text()
    assert dialog.ok.isEnabled()


def test_that_traces_of_no_vms_name_are_attached_by_place_only_when_that_is_chosen(
    qtbot: QtBot, session: Any, theme: Any, tmp_path: Path
) -> None:
    zone = edit.place(session.project, "zone", edit.place(session.project, "region"))
    edit.place(session.project, "vm", zone, name="web")
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ImportDialog(session, theme, parent)
    dialog.open()
    give(qtbot, dialog, tmp_path, traces="vm,time,cpu\nm_1,0,20\nm_1,60,30\n")
    dialog.ok.click()
    assert dialog.understood.text().endswith("attach in row order. Answer with “Match”.")
    assert session.project.of_kind("trace") == []
    dialog.how.setCurrentIndex(1)
    with qtbot.waitSignal(session.told) as told:
        dialog.ok.click()
    assert told.args == ["Attached 1 VM to traces.csv, in row order."]


def test_that_what_is_read_when_the_dialog_is_closed_comes_to_nobody(
    qtbot: QtBot, session: Any, theme: Any, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ImportDialog(session, theme, parent)
    dialog.open()
    path = tmp_path / "hosts.csv"
    path.write_text("name,cores,mhz,ram\nh1,8,2000,64\n")
    dialog.files["hosts"].line.setText(str(path))
    dialog.files["hosts"].line.editingFinished.emit()
    assert dialog.busy
    dialog.reject()
    delete(dialog)
    QThreadPool.globalInstance().waitForDone(20_000)
    QApplication.processEvents()  # what comes now would be told to a dialog that is gone
    assert not _RUNNING
