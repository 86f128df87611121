"""The dialog of headroom: its answer is that of the command line, which it copies."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.element import id_text
from designer.ui.pickers.headroom_dialog import HeadroomDialog


def test_that_it_says_how_many_more_vms_hold_and_when_growth_ends_it(session: Any, theme: Any, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    project = session.project
    room = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    cluster = edit.place(project, "cluster", room)
    hosts = [edit.place(project, "host", room, name=f"h{n}", cores=8, ram_mib=16_384.0) for n in range(2)]
    for host in hosts:
        edit.connect(project, "in_cluster", host, cluster)
    vm = edit.place(project, "vm", hosts[0], name="v", vcpus=1, ram_mib=2048.0)
    session.flush()
    empty = HeadroomDialog(session, theme, parent)
    assert (empty.vcpus.value(), empty.ram.value()) == (2, 4.0)
    session.select([room, vm])
    dialog = HeadroomDialog(session, theme, parent)
    assert (dialog.vcpus.value(), dialog.ram.value()) == (1, 2.0)
    dialog.work_out()
    said = dialog.said.text()
    assert said == (  # 8 VMs of 2 GiB fit on each host; one host takes all of 8, of which one is there: ln 8 / ln 1.05
        "15 more VMs fit; with 7 of them N+1 still holds. The failure of h0 ends it. At 5% growth a month it ends "
        "after 42.6 months."
    )
    dialog.copy()
    command = f"cloud-designer headroom FILE.clouddesign --vcpus 1 --ram 2G --in {id_text(room)} --growth 5"
    assert QGuiApplication.clipboard().text() == command
    dialog.ram.setValue(70_000.0)
    dialog.work_out()
    assert "65,536" in dialog.said.text()
