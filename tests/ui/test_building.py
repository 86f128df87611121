"""Building in the whole window with real keys and a real mouse: many at once, where things come to stand, the run."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.ui.pickers.many_dialog import ManyDialog
from designer.ui.pickers.rule_dialog import RuleDialog
from designer.ui.shell.window import Window
from tests.ui.test_window import CTRL, LEFT, SHIFT, Key, key, remembered, site, state, window

__all__ = ["remembered", "site", "window"]  # fixtures
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
ALT = Qt.KeyboardModifier.AltModifier


def test_that_four_vms_are_linked_with_a_service_by_one_key(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    shop = edit.place(project, "service", name="shop")
    window.session.flush()
    before = state(project)
    vms = [site[name] for name in ("vm-1", "vm-2", "vm-3")]
    window.session.select([shop, *vms])
    key(window, Key.Key_L, CTRL)
    assert set(project.sources(shop, "member")) == set(vms)
    assert window.message.last == "3 VMs: Member of service, shop."
    key(window, Key.Key_Z, CTRL)
    assert state(project) == before


def test_that_all_of_a_kind_are_selected_and_linked_by_keys_alone(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    shop = edit.place(project, "service", name="shop")
    window.session.flush()
    window.session.select([site["vm-2"]])
    key(window, Key.Key_A, CTRL | SHIFT)
    assert set(window.session.selection) == {site[name] for name in ("vm-1", "vm-2", "vm-3")}
    window.session.select([*window.session.selection, shop])
    key(window, Key.Key_L, CTRL)
    assert len(project.sources(shop, "member")) == 3


def test_that_a_rule_selects_what_it_describes(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    edit.change(window.session.project, [site["vm-2"]], {"vcpus": 8})
    window.session.flush()
    key(window, Key.Key_A, CTRL | ALT)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, RuleDialog)
    QTest.keyClicks(dialog.line, "kind:vm vcpus>")
    assert dialog.said.text() == "“vcpus>”: write a value after >."
    assert not dialog.ok.isEnabled()
    QTest.keyClicks(dialog.line, "4")
    assert dialog.said.text() == "1 found: vm-2"
    assert dialog.ok.text() == "Select 1"
    QTest.keyClick(dialog, Key.Key_Return)
    assert window.session.selection == (site["vm-2"],)


def test_that_an_example_of_a_rule_is_taken_by_a_click(window: Window, site: dict[str, int]) -> None:
    key(window, Key.Key_A, CTRL | ALT)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, RuleDialog)
    QTest.mouseClick(dialog.examples[1], LEFT)
    assert dialog.line.text() == "kind:vm vcpus>4"
    assert dialog.said.text() == "Nothing matches."
    assert not dialog.ok.isEnabled()
    QTest.keyClick(dialog, Key.Key_Escape)
    assert window.session.selection == ()


def test_that_many_are_placed_by_keys_alone(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    edit.change(project, [site["host-1"]], {"ram_mib": 2**20})
    other = edit.place(project, "host", site["zone-2"], ram_mib=2**20)
    window.session.flush()
    before = state(project)
    window.session.select([site["host-1"], other])
    key(window, Key.Key_M, CTRL)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ManyDialog)
    assert dialog.focusWidget() is dialog.count
    QTest.keyClicks(dialog.count, "5")
    dialog.preview()
    QTest.keyClick(dialog, Key.Key_Return)
    window.session.flush()
    assert [len(project.children(i)) for i in (site["host-1"], other)] == [4, 4]
    assert len(window.session.selection) == 5
    key(window, Key.Key_Z, CTRL)
    assert state(project) == before
