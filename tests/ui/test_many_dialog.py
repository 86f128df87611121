"""The dialogs for many at once and for earlier saves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QInputDialog, QWidget
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.ui.pickers.many_dialog import ONTO_HOSTS, ManyDialog, ask_scale_out


@pytest.fixture
def parent(qtbot: QtBot, theme: Any) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    yield made


@pytest.fixture
def site(session: Any) -> dict[str, int]:
    project = session.project
    region = edit.place(project, "region", name="r")
    zone = edit.place(project, "zone", region, name="z")
    center = edit.place(project, "data_center", zone, name="dc")
    rack = edit.place(project, "rack", center, name="rack")
    session.flush()
    return {"region": region, "zone": zone, "dc": center, "rack": rack}


def test_that_thirty_hosts_go_into_the_selected_rack(session: Any, theme: Any, parent: QWidget, site: Any) -> None:
    session.select([site["rack"]])
    dialog = ManyDialog(session, theme, parent)
    assert dialog.what.itemText(0) == "Host"
    dialog.pattern.setText("h-{n:02}")
    dialog.preset.setCurrentText("64-core, 256 GiB")
    assert dialog.said.text() == "30 at once: h-01, h-02 … h-30"
    dialog.ok.click()
    hosts = session.project.of_kind("host")
    assert len(hosts) == 30
    assert set(session.selection) == {h.id for h in hosts}
    assert {h.__dict__["model"] for h in hosts} == {"64-core, 256 GiB"}
    assert session.project.undo() == "Place 30 hosts"
    assert not session.project.of_kind("host")


@pytest.mark.parametrize(("into", "offered"), [("rack", "host"), ("dc", "host"), ("zone", "host"), ("region", "zone")])
def test_that_what_is_usually_placed_there_is_offered_first(
    session: Any, theme: Any, parent: QWidget, site: Any, into: str, offered: str
) -> None:
    session.select([site[into]])
    assert ManyDialog(session, theme, parent).what.currentData() == offered


def test_that_scale_out_asks_for_the_service_and_says_where_there_is_none(
    session: Any, parent: QWidget, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QInputDialog, "getInt", lambda _parent, _title, text, *_: (asked.append(text), (0, False))[1])
    vm = edit.place(session.project, "vm", site["zone"], name="web-1")
    session.select([vm])
    ask_scale_out(session, parent)
    edit.connect(session.project, "member", vm, edit.place(session.project, "service", name="shop"))
    ask_scale_out(session, parent)
    assert asked == [
        "How many more like web-1, in its zone (it serves no service)?",
        "How many more like web-1, across the zones of shop?",
    ]


def test_that_what_is_refused_is_said_and_nothing_is_done(session: Any, theme: Any, parent: QWidget, site: Any) -> None:
    session.select([site["rack"]])
    dialog = ManyDialog(session, theme, parent)
    dialog.count.setValue(43)
    dialog.ok.click()
    assert "Only 42 of 43 could be placed: rack has 42 U" in dialog.said.text()
    assert not session.project.of_kind("host")
    dialog.pattern.setText("h-{x}")
    assert "not a pattern" in dialog.said.text()
    assert not dialog.ok.isEnabled()


def test_that_vms_are_put_onto_hosts_by_a_policy(session: Any, theme: Any, parent: QWidget, site: Any) -> None:
    for _ in range(3):
        edit.place(session.project, "host", site["rack"], cores=4, ram_mib=65536.0, overcommit=1.0)
    session.flush()
    session.select([site["zone"]])
    dialog = ManyDialog(session, theme, parent)
    dialog.what.setCurrentIndex(dialog.what.findData(ONTO_HOSTS))
    assert dialog.policy.isVisibleTo(dialog)
    assert not dialog.columns.isVisibleTo(dialog)
    dialog.preset.setCurrentText("m5.large")
    dialog.count.setValue(6)
    dialog.ok.click()
    vms = session.project.of_kind("vm")
    assert sorted(Counter(vm.parent for vm in vms).values()) == [2, 2, 2]
    assert {vm.__dict__["instance_type"] for vm in vms} == {"m5.large"}
