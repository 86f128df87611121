"""The dialogs for many at once, with real keys: what they preview is what they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.ui.parts.number_box import CountDialog, NumberBox
from designer.ui.pickers.many_dialog import ManyDialog, ask_scale_out


@pytest.fixture
def parent(qtbot: QtBot, theme: Any) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
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


@pytest.fixture
def hosts(session: Any, site: Any) -> list[int]:
    """Three hosts with 4 vCPUs each for VMs."""
    made = [
        edit.place(session.project, "host", site["rack"], name=f"h{n}", cores=4, ram_mib=65536.0, overcommit=1.0)
        for n in range(3)
    ]
    session.flush()
    return made


def opened(qtbot: QtBot, session: Any, theme: Any, parent: QWidget, selected: list[int]) -> ManyDialog:
    session.select(selected)
    dialog = ManyDialog(session, theme, parent)
    dialog.open()
    qtbot.waitExposed(dialog)
    return dialog


def test_that_enter_places_also_after_the_keys_went_over_cancel(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, hosts: list[int]
) -> None:
    dialog = opened(qtbot, session, theme, parent, hosts)
    went: set[QWidget | None] = set()
    while (now := QApplication.focusWidget()) is not dialog.pattern:  # backwards over the buttons to a field above
        assert now not in went
        went.add(now)
        qtbot.keyClick(now, Qt.Key.Key_Backtab)
    assert dialog.ok in went and dialog.ok.isDefault()


def type_count(qtbot: QtBot, dialog: ManyDialog, text: str) -> None:
    """Type a number over the one in the field, and wait for the preview."""
    dialog.count.selectAll()
    qtbot.keyClicks(dialog.count, text)
    dialog.preview()


def rows(dialog: ManyDialog) -> list[tuple[str, ...]]:
    model = dialog.shares
    return [tuple(str(model.index(r, c).data()) for c in range(model.columnCount())) for r in range(model.rowCount())]


def test_that_thirty_hosts_go_into_the_selected_rack(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any
) -> None:
    dialog = opened(qtbot, session, theme, parent, [site["rack"]])
    assert dialog.what.itemText(0) == "Host"
    dialog.pattern.setText("h-{n:02}")
    dialog.preset.setCurrentText("64-core, 256 GiB")
    dialog.preview()
    assert dialog.said.text() == "30 hosts: h-01, h-02 … h-30"
    assert dialog.ok.text() == "Place 30"
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    made = session.project.of_kind("host")
    assert len(made) == 30
    assert set(session.selection) == {h.id for h in made}
    assert {h.__dict__["model"] for h in made} == {"64-core, 256 GiB"}
    assert session.project.undo() == "Place 30 hosts"
    assert not session.project.of_kind("host")


def test_that_enter_in_the_number_places_and_shows_first_what_finds_no_room(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any
) -> None:
    dialog = opened(qtbot, session, theme, parent, [site["rack"]])
    qtbot.keyClicks(dialog.count, "3")
    qtbot.keyClick(dialog.count, Qt.Key.Key_Return)
    assert len(session.project.of_kind("host")) == 3
    session.project.undo()
    dialog = opened(qtbot, session, theme, parent, [site["rack"]])
    qtbot.keyClicks(dialog.count, "43")
    qtbot.keyClick(dialog.count, Qt.Key.Key_Return)
    assert (dialog.ok.text(), dialog.isVisible()) == ("Place 42 of 43", True)
    assert not session.project.of_kind("host")
    qtbot.keyClick(dialog.count, Qt.Key.Key_Return)
    assert len(session.project.of_kind("host")) == 42


@pytest.mark.parametrize(("into", "offered"), [("rack", "host"), ("dc", "host"), ("zone", "host"), ("region", "zone")])
def test_that_what_is_usually_placed_there_is_offered_first(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any, into: str, offered: str
) -> None:
    assert opened(qtbot, session, theme, parent, [site[into]]).what.currentData() == offered


@pytest.mark.parametrize(("typed", "shown"), [("20000", "20,000"), ("123456", "123,456"), ("0", "0")])
def test_that_a_number_beyond_the_limit_keeps_its_digits_and_says_the_limit(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any, typed: str, shown: str
) -> None:
    dialog = opened(qtbot, session, theme, parent, [site["rack"]])
    assert dialog.limit.text() == "at most 10,000 at once"
    type_count(qtbot, dialog, typed)
    assert dialog.count.lineEdit().text().replace(",", "") == typed
    side = "at most 10,000" if typed != "0" else "at least 1"
    assert dialog.said.text() == f"How many: {side}, not {shown}."
    assert dialog.count.property("wrong")
    assert not dialog.ok.isEnabled()
    type_count(qtbot, dialog, "3")
    assert not dialog.count.property("wrong")
    assert dialog.ok.isEnabled()


def test_that_keys_step_within_the_limits(qtbot: QtBot) -> None:
    box = NumberBox(1, 10, 10, "How many")
    qtbot.addWidget(box)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert box.value() == 10
    for _ in range(12):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.value() == 1
    box.selectAll()
    qtbot.keyClicks(box, "99999999999999x")
    assert box.limit_error == "How many: at most 10, not 2,147,483,647."


def test_that_what_does_not_fit_is_said_before_and_the_rest_is_placed(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any
) -> None:
    dialog = opened(qtbot, session, theme, parent, [site["rack"]])
    type_count(qtbot, dialog, "43")
    reason = "rack has 42 U, 42 U are taken and it needs 1 U"
    assert dialog.said.text() == f"42 of 43 hosts find room; 1 does not: {reason}."
    assert rows(dialog) == [("rack", "0", "42", "", "has 42 U, 42 U are taken and it needs 1 U")]
    assert not session.project.of_kind("host")
    assert dialog.ok.text() == "Place 42 of 43"
    dialog.pattern.setText("h-{x}")
    dialog.preview()
    assert "not a pattern" in dialog.said.text()
    assert not dialog.ok.isEnabled()
    dialog.pattern.setText("h-{n}")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)  # nothing yet: the preview has not followed
    dialog.preview()
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert len(session.project.of_kind("host")) == 42


def test_that_vms_are_spread_over_all_selected_hosts(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any, hosts: list[int]
) -> None:
    dialog = opened(qtbot, session, theme, parent, hosts)
    assert dialog.what.currentData() == "vm"
    type_count(qtbot, dialog, "5")
    assert dialog.said.text() == "5 VMs, 1 to 2 in each of the 3: vm-01, vm-02 … vm-05"
    assert [row[:3] for row in rows(dialog)] == [("h0", "0", "2"), ("h1", "0", "2"), ("h2", "0", "1")]
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert Counter(vm.parent for vm in session.project.of_kind("vm")) == dict(zip(hosts, (2, 2, 1), strict=True))
    assert session.project.undo() == "Place 5 VMs"
    assert session.project.of_kind("vm") == []


def test_that_what_is_placed_is_found_by_any_part_of_its_name(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any, hosts: list[int]
) -> None:
    what = opened(qtbot, session, theme, parent, hosts).what
    line, found = what.lineEdit(), what.completer()
    assert line is not None
    assert found is not None
    found.setCompletionPrefix("PLIC")
    assert (found.completionCount(), found.currentCompletion()) == (1, "Application")
    what.setCurrentIndex(what.findData("application"))
    line.setText("of no kind")
    what.settle()
    assert what.currentText() == "Application"


def test_that_in_each_is_a_choice_where_there_are_several(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any, hosts: list[int]
) -> None:
    dialog = opened(qtbot, session, theme, parent, hosts)
    dialog.way.setFocus()
    qtbot.keyClick(dialog.way, Qt.Key.Key_Down)
    type_count(qtbot, dialog, "3")
    assert not dialog.policy.isVisible()
    assert dialog.said.text() == "6 of 9 VMs find room, 2 in each of the 3; 3 do not."
    assert [row[4] for row in rows(dialog)] == ["then has 0 vCPUs free; a VM takes 2"] * 3
    assert [row[2:4] for row in rows(dialog)] == [("2", "1")] * 3
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert Counter(vm.parent for vm in session.project.of_kind("vm")) == dict.fromkeys(hosts, 2)


def test_that_a_zone_offers_the_hosts_in_it_by_a_policy(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any, hosts: list[int]
) -> None:
    dialog = opened(qtbot, session, theme, parent, [site["zone"]])
    dialog.what.setCurrentIndex(dialog.what.findData("vm"))
    assert [dialog.into.itemText(n) for n in range(dialog.into.count())] == ["z", "the 3 hosts in z"]
    assert dialog.into.currentData() == "host"
    assert dialog.policy.isVisible()
    assert not dialog.columns.isVisible()
    dialog.preset.setCurrentText("m5.large")
    dialog.policy.setCurrentIndex(dialog.policy.findData("best_fit"))
    type_count(qtbot, dialog, "3")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    vms = session.project.of_kind("vm")
    assert Counter(vm.parent for vm in vms) == {hosts[0]: 2, hosts[1]: 1}
    assert {vm.__dict__["instance_type"] for vm in vms} == {"m5.large"}


def test_that_nothing_selected_means_the_whole_design(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any, hosts: list[int]
) -> None:
    dialog = opened(qtbot, session, theme, parent, [])
    dialog.what.setCurrentIndex(dialog.what.findData("vm"))
    assert dialog.into.currentText() == "the 3 hosts in Untitled"


def test_that_a_single_parent_asks_neither_way_nor_policy(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, site: Any
) -> None:
    dialog = opened(qtbot, session, theme, parent, [site["rack"]])
    assert not dialog.way.isVisible()
    assert not dialog.policy.isVisible()
    assert not dialog.table.isVisible()


def test_that_scale_out_asks_for_the_service_and_says_where_there_is_none(
    qtbot: QtBot, session: Any, parent: QWidget, site: Any
) -> None:
    vm = edit.place(session.project, "vm", site["zone"], name="web-1")
    session.select([vm])
    asked = []
    for last in (False, True):
        ask_scale_out(session, parent)
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, CountDialog)
        asked.append(dialog.asked.text())
        qtbot.keyClicks(dialog.number, "20000")
        assert dialog.said.text() == "How many more: at most 10,000, not 20,000."
        assert not dialog.ok.isEnabled()
        dialog.number.selectAll()
        qtbot.keyClicks(dialog.number, "2")
        qtbot.keyClick(dialog, Qt.Key.Key_Return if last else Qt.Key.Key_Escape)
        if not last:
            edit.connect(session.project, "member", vm, edit.place(session.project, "service", name="shop"))
    assert asked == [
        "How many more like web-1, in its zone (it serves no service)?",
        "How many more like web-1, across the zones of shop?",
    ]
    assert len(session.project.of_kind("vm")) == 3
    assert session.project.undo() == "Scale out web-1 by 2"


def test_that_the_dialog_looks_once_at_what_stands_in_a_large_selection(
    qtbot: QtBot, session: Any, theme: Any, parent: QWidget, hosts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    subtree = session.project.subtree
    monkeypatch.setattr(session.project, "subtree", lambda i: asked.append(i) or subtree(i))
    dialog = opened(qtbot, session, theme, parent, hosts)
    looks = Counter(asked)
    assert max(looks.values()) <= 3  # to offer kinds, to offer places, for the preview; once a kind would be dozens
    assert dialog.found is not None
