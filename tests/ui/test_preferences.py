"""What the user decides of the program: its keys, its motion, its texts; and what a report of a problem holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from designer.catalog.reference.ec2 import ec2
from designer.commands import edit
from designer.settings import Settings
from designer.ui.parts.theme import MOTION, TEXT_SIZE, TYPEFACE, Theme
from designer.ui.pickers.ec2_picker import Ec2Picker, price
from designer.ui.preferences import report
from designer.ui.preferences.keys import KeyRow, Keys
from designer.ui.preferences.money_row import MoneyRow
from designer.ui.preferences.preferences_dialog import PreferencesDialog
from designer.ui.preferences.quantities import BYTES, CURRENCY, POWER, Currency, prefer
from designer.ui.preferences.report import ReportDialog, report_text, shown_line
from designer.ui.shell.window import Window
from tests.ui.test_window import CTRL, Key, key, new_window, remembered, site, unnamed

__all__ = ["new_window", "remembered", "site"]  # fixtures
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
ROWS = (
    KeyRow("a.copy", "Copy", "Edit", "Ctrl+C"),
    KeyRow("a.paste", "Paste", "Edit", "Ctrl+V"),
    KeyRow("tool.pan", "Pan", "View", "H"),
)


@pytest.fixture
def dialog(window: Window, site: dict[str, int]) -> PreferencesDialog:
    key(window, Key.Key_Comma, CTRL)
    opened = QApplication.activeModalWidget()
    assert isinstance(opened, PreferencesDialog)
    return opened


def choose(dialog: PreferencesDialog, action: str) -> None:
    page = dialog.keys_page
    page.table.selectRow([row.id for row in page.keys.rows].index(action))


# -- keys


def test_that_keys_taken_from_another_action_leave_it_without_and_reset_gives_them_back() -> None:
    usual = Keys(ROWS)
    changed = usual.changed("a.paste", "Ctrl+C")
    assert (changed.of("a.paste"), changed.of("a.copy")) == ("Ctrl+C", "")
    assert changed.reset("a.copy") == Keys(ROWS, {"a.paste": ""})
    assert changed.reset("a.copy").reset("a.paste") == usual
    owner = usual.owner("a.paste", "Ctrl+C")
    assert owner is not None
    assert owner.id == "a.copy"
    assert usual.owner("a.copy", "Ctrl+C") is None


def test_that_keys_of_fields_and_of_the_drawing_are_refused() -> None:
    keys = Keys(ROWS)
    assert keys.why_not("a.copy", "Return") == "Return belongs to the drawing, to lists and to fields."
    assert keys.why_not("a.copy", "G").startswith("A letter without Ctrl or Alt")
    assert keys.why_not("tool.pan", "G") == ""
    assert keys.why_not("a.copy", "Ctrl+G") == ""


def test_that_saved_keys_of_unknown_actions_and_no_texts_are_ignored(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set("keys", {"a.copy": "F9", "a.gone": "F8", "a.paste": 3})
    assert Keys.read(ROWS, settings).own == {"a.copy": "F9"}


def test_that_a_key_is_changed_by_hand_and_does_what_it_says(
    window: Window, dialog: PreferencesDialog, site: dict[str, int], remembered: Settings
) -> None:
    choose(dialog, "edit.duplicate")
    page = dialog.keys_page
    page.edit.setKeySequence(QKeySequence("Ctrl+T"))
    assert page.said.text() == "Ctrl+T belongs to Choose Instance Type …, which loses it."
    assert page.set_button.text() == "Take"
    page.set_button.click()
    assert remembered.get("keys") == {"edit.duplicate": "Ctrl+T", "edit.instance_type": ""}
    dialog.reject()
    assert window.actions["edit.instance_type"].shortcut().isEmpty()
    before = len(window.session.project.elements)
    window.session.select([site["vm-1"]])
    key(window, Key.Key_T, CTRL)
    assert len(window.session.project.elements) == before + 1
    assert window.context.keys.of("edit.duplicate") == "Ctrl+T"


def test_that_all_keys_can_be_reset_and_buttons_tell_the_present_ones(
    window: Window, dialog: PreferencesDialog
) -> None:
    page = dialog.keys_page
    choose(dialog, "run.run")
    page.edit.setKeySequence(QKeySequence("Ctrl+Alt+R"))
    page.set_button.setFocus()
    page.set_button.click()
    assert dialog.focusWidget() is page.table
    assert window.run_bar.play.toolTip() == "Run (Ctrl+Alt+R)"
    page.clear_button.click()
    assert window.run_bar.play.toolTip() == "Run"
    page.reset_all_button.click()
    assert window.run_bar.play.toolTip() == "Run (F5)"
    assert not page.reset_all_button.isEnabled()
    assert page.keys.own == {}


def test_that_every_part_of_the_preferences_has_a_name_and_actions_are_found(dialog: PreferencesDialog) -> None:
    assert unnamed(dialog) == []
    assert all(line.accessibleName() for line in dialog.keys_page.findChildren(QLineEdit))  # those of Qt's parts, too
    QTest.keyClicks(dialog.keys_page.filter, "dupl")
    table = dialog.keys_page.table
    shown = [n for n in range(table.rowCount()) if not table.isRowHidden(n)]
    assert [dialog.keys_page.keys.rows[n].id for n in shown] == ["edit.duplicate"]
    assert table.currentRow() in shown  # new keys are for an action that is seen


# -- motion and texts


def test_that_with_reduced_motion_the_drawing_does_not_fly(
    window: Window, dialog: PreferencesDialog, site: dict[str, int], remembered: Settings
) -> None:
    window.theme.still = False
    dialog.boxes[MOTION].setCurrentIndex(1)
    dialog.boxes[MOTION].activated.emit(1)
    dialog.reject()
    assert remembered.get(MOTION) == "reduced"
    view = window.canvas.view
    view.zoom_to(3.0)
    assert view.scale_now == 3.0
    assert view.animations == []
    view.reveal([site["vm-1"]])
    assert view.animations == []
    assert [part for _, part in view.overlay.flashes] == [0.0]  # an outline in place of a pulse


def test_that_texts_are_as_large_as_the_user_wants_and_the_drawing_s_stay(tmp_path: Path, theme: Theme) -> None:
    settings = Settings(tmp_path / "settings.json")
    for name, value in ((TEXT_SIZE, "125"), (TYPEFACE, "system")):
        settings.set(name, value)
    made = Theme("light")
    made.prefer(settings.get)
    assert made.font("base").pixelSize() == round(13 * 1.25)
    assert made.font("base", 1.0).pixelSize() == 13
    assert made.font("base").family() != theme.font("base").family()
    settings.set(TEXT_SIZE, "7")
    made.prefer(settings.get)
    assert made.font("base").pixelSize() == 13


# -- reports


def test_that_a_report_holds_versions_and_lines_of_code_and_no_text_of_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qapp: QApplication
) -> None:
    (tmp_path / "log.txt").write_text(
        "2026-01-05 09:30:00,001 INFO designer Cloud Designer 0.1.0, Python 3.11.7, Qt 6.11.3, Linux x86_64\n"
        "2026-01-05 09:30:01,001 ERROR designer unexpected in Cloud Designer 0.1: Traceback (most recent call last):\n"
        '  File "/home/ann/venv/lib/site-packages/designer/ui/shell/window.py", line 12, in _place\n'
        "    place(secret_name)\n"
        "KeyError: 'payroll-db'\n"
        "2026-01-05 09:30:02,001 WARNING designer payroll.clouddesign is slow\n",
        "utf-8",
    )
    monkeypatch.setattr(report, "state_dir", lambda: tmp_path)
    text = report_text()
    assert "Qt 6.11.3" in text
    assert "designer/ui/shell/window.py:12 in _place" in text
    assert "KeyError" in text
    for name in ("payroll", "secret", "ann"):
        assert name not in text


def test_that_a_line_of_the_log_that_may_hold_a_name_is_left_out() -> None:
    assert shown_line("whatever a name may be") == ""
    assert shown_line("2026-01-05 09:30:02,001 INFO designer whatever") == "2026-01-05 09:30:02 INFO …"
    assert shown_line("designer.errors.RuleError: host-1 is full") == "  designer.errors.RuleError"


def test_that_a_report_is_seen_before_it_is_copied(window: Window, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().clear()
    window.actions["help.report"].trigger()
    opened = QApplication.activeModalWidget()
    assert isinstance(opened, ReportDialog)
    assert unnamed(opened) == []
    assert opened.text.isReadOnly()
    assert QGuiApplication.clipboard().text() == ""
    opened.copy_button.click()
    assert QGuiApplication.clipboard().text() == opened.text.toPlainText()
    opened.reject()
    assert window.session.project.elements


# -- units and currency


@pytest.fixture
def usual() -> Iterator[None]:
    """Units and currency of a first start, before and after."""
    yield
    prefer(lambda name, default: default)


def pick(dialog: PreferencesDialog, code: str) -> MoneyRow:
    row = dialog.money
    row.code.setCurrentText(code)
    row.code.activated.emit(row.code.currentIndex())
    return row


def test_that_another_currency_waits_for_a_rate_and_tells_it_with_its_day(
    usual: None, dialog: PreferencesDialog, remembered: Settings, theme: Theme, window: Window
) -> None:
    row = dialog.money
    assert (row.code.currentText(), row.rate.isEnabled()) == ("USD", False)
    row = pick(dialog, "EUR")
    assert row.said.text() == "Type what one USD costs in EUR; until then prices stay in USD."
    assert remembered.get(CURRENCY) == {}
    assert price(0.096) == "$0.0960"
    row.rate.setValue(0.5)
    today = time.strftime("%Y-%m-%d")
    assert remembered.get(CURRENCY) == {"code": "EUR", "per_usd": 0.5, "since": today}
    assert row.said.text() == f"Assumed: 1 USD is 0.5 EUR, your rate of {today}."
    assert price(0.096) == "0.0480"
    assert price(0.096, (0.09, 0.1)) == "~0.0480 (0.0450–0.0500)"
    picker = Ec2Picker(window.session, theme, window.frame)
    assert picker.dates.text().endswith(row.said.text())
    heads = [picker.model.headerData(n, Qt.Orientation.Horizontal) for n in range(picker.model.columnCount())]
    assert "Per hour, EUR" in heads
    every = len(picker.model.rows)
    picker.filters.price.setText("0.05")
    dear = [ec2().price_usd_h(kind.name) for kind in picker.found()]
    assert 0 < len(dear) < every
    assert max(usd for usd in dear if usd is not None) <= 0.1
    picker.reject()
    row = pick(dialog, "GBP")
    assert row.rate.value() == 0.0
    assert price(0.096) == "$0.0960"


@pytest.mark.parametrize(
    "saved",
    [
        {"code": "EUR"}, {"code": "EUR", "per_usd": 0}, {"code": "EUR", "per_usd": -1.0},
        {"code": "EUR", "per_usd": True}, {"code": "EUR", "per_usd": "2"},
        {"code": "XXX", "per_usd": 2.0}, {"code": "USD", "per_usd": 2.0},
        {"per_usd": 2.0}, {"code": 3, "per_usd": 2.0}, {"code": "EUR", "per_usd": 1e9},
    ],
)  # fmt: skip
def test_that_a_currency_without_a_sound_rate_is_none(saved: dict[str, object]) -> None:
    assert Currency.read(lambda name, default: saved) == Currency()


def test_that_memory_is_typed_and_shown_in_the_chosen_units(
    usual: None, window: Window, site: dict[str, int], remembered: Settings
) -> None:
    project = window.session.project
    project_vm = site["vm-1"]
    window.session.select([project_vm])
    assert window.form.form is not None
    row = window.form.form.rows["ram_mib"]
    assert "GB and MB are read as GiB and MiB" in row.label.toolTip()
    remembered.set(BYTES, "decimal")
    prefer(remembered.get)
    window.session.select([])
    window.session.select([project_vm])
    row = window.form.form.rows["ram_mib"]
    assert "1 GB is 1,000 MB" in row.label.toolTip()
    editor = row.editor
    assert isinstance(editor, QLineEdit)
    editor.setText("17 GB")
    editor.editingFinished.emit()
    window.session.flush()
    assert project.elements[project_vm].__dict__["ram_mib"] == pytest.approx(17e9 / 2**20)
    assert editor.text() == "17 GB"


def test_that_power_is_shown_and_typed_in_the_chosen_unit(
    usual: None, window: Window, site: dict[str, int], remembered: Settings
) -> None:
    remembered.set(POWER, "kilowatts")
    prefer(remembered.get)
    host = site["host-1"]
    edit.change(window.session.project, [host], {"full_w": 650.0})
    window.session.flush()
    window.session.select([host])
    assert window.form.form is not None
    editor = window.form.form.rows["full_w"].editor
    assert isinstance(editor, QLineEdit)
    assert editor.text() == "0.65 kW"
    editor.setText("0.5 kW")
    editor.editingFinished.emit()
    window.session.flush()
    assert window.session.project.elements[host].__dict__["full_w"] == 500.0
    assert editor.text() == "0.5 kW"
