"""The picker of instance types under real keys: found while typing, filtered, told apart, given to the VMs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QAbstractItemModel, QEvent, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from designer.catalog.reference.ec2 import ec2
from designer.commands import edit
from designer.model.element import values
from designer.model.project import Project
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.ui.form.panel import Form
from designer.ui.parts.theme import Theme
from designer.ui.pickers.catalog_picker import CatalogPicker
from designer.ui.pickers.dedicated_picker import DedicatedPicker
from designer.ui.pickers.ec2_picker import NO_PRICE, NOTHING_FITS, UNKNOWN, Ec2Picker, TypeModel
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.pace import now_s, within

Key = Qt.Key
P = TypeVar("P", bound=CatalogPicker)
LIMIT_S = 0.050
"""A result is to be seen so soon after a key was pressed."""


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


def vms_in(session: Session, region: str, zone: str = "zone-1", count: int = 2) -> list[int]:
    """VMs in a zone, by the catalog's name, of a region of a code, all selected."""
    known = ec2().regions.get(region)
    codes = {"code": region, "provider": "aws"} if known is not None else {}
    zone_id = dict(known.zones).get(zone, "") if known is not None else ""
    above = edit.place(session.project, "region", name=region, **codes)
    above = edit.place(session.project, "zone", above, name=zone, zone_id=zone_id)
    vms = [edit.place(session.project, "vm", above) for _ in range(count)]
    session.flush()
    session.select(vms)
    return vms


class Opener:
    """Opens pickers on what is selected."""

    def __init__(self, qtbot: QtBot, session: Session, theme: Theme) -> None:
        self._qtbot, self._session, self._theme = qtbot, session, theme
        self._kept: list[QWidget] = []

    def __call__(self) -> Ec2Picker:
        """An open picker of instance types."""
        return self.make(Ec2Picker)

    def make(self, kind: type[P]) -> P:
        """An open picker."""
        parent = QWidget()
        self._qtbot.addWidget(parent)
        self._kept.append(parent)
        dialog = kind(self._session, self._theme, parent)
        with self._qtbot.waitExposed(dialog):
            dialog.open()
        return dialog


@pytest.fixture
def opened(qtbot: QtBot, session: Any, theme: Any) -> Iterator[Opener]:
    yield Opener(qtbot, session, theme)


def shown(dialog: CatalogPicker, column: int = 0) -> list[str]:
    """A column as it is read."""
    model = dialog.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def wish(dialog: Ec2Picker, name: str) -> QLineEdit:
    """A filter by its name."""
    (found,) = [line for line in dialog.findChildren(QLineEdit) if line.accessibleName() == name]
    return found


def test_that_a_few_letters_and_enter_fill_all_selected_vms(opened: Opener, qtbot: QtBot, session: Any) -> None:
    vms = vms_in(session, "us-east-1")
    before, steps = state(session.project), len(session.project.history.steps)
    dialog = opened()
    assert dialog.ok.text() == "Use for 2 VMs"
    QTest.keyClicks(dialog.line, "m5 lar")
    assert shown(dialog)[0] == "m5.large"
    with qtbot.waitSignal(session.told) as told:
        QTest.keyClick(dialog.line, Key.Key_Return)
    assert told.args == ["2 VMs are now m5.large."]
    assert not dialog.isVisible()
    for vm in vms:
        fields = session.project.elements[vm].__dict__
        filled = (fields["instance_type"], fields["vcpus"], fields["mhz"], fields["ram_mib"])
        assert filled == ("m5.large", 2, 3100.0, 8192.0)
    assert len(session.project.history.steps) == steps + 1
    session.project.undo()
    assert state(session.project) == before


@pytest.mark.alone  # measures 50 ms
def test_that_results_are_seen_50_ms_after_each_key(opened: Opener, session: Any) -> None:
    vms_in(session, "ap-south-1")
    dialog = opened()
    dialog.filters.offered_only.setChecked(False)
    dialog.line.setFocus()
    assert dialog.model.rowCount() == 1395
    fastest: dict[str, float] = {}
    for _ in range(3):  # whatever else the machine does, the best of three says what the program takes
        dialog.line.clear()
        QApplication.processEvents()
        for letter in "m5 large":
            begun = now_s()
            QTest.keyClicks(dialog.line, letter)
            dialog.table.viewport().repaint()
            took = now_s() - begun
            fastest[dialog.line.text()] = min(took, fastest.get(dialog.line.text(), 1.0))
    assert within(max(fastest.values()), LIMIT_S), fastest
    assert shown(dialog)[0] == "m5.large"


@pytest.mark.alone  # measures 50 ms
def test_that_the_first_look_and_each_sort_stay_within_50_ms_too(opened: Opener, session: Any) -> None:
    vms_in(session, "ap-south-1")
    dialog = opened()
    dialog.filters.offered_only.setChecked(False)
    for column in range(7):
        best = 1.0
        for _ in range(3):
            begun = now_s()
            dialog.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
            dialog.table.viewport().repaint()
            best = min(best, now_s() - begun)
        assert within(best, LIMIT_S), column


def test_that_the_region_is_the_one_the_vm_stands_in(opened: Opener, session: Any) -> None:
    vms_in(session, "ap-south-1", "ap-south-1a")
    dialog = opened()
    assert dialog.filters.region.currentData() == "ap-south-1"
    assert dialog.model.headerData(6, Qt.Orientation.Horizontal) == "In ap-south-1a"
    assert set(shown(dialog, 6)) == {"offered"}
    assert "a1.large" not in shown(dialog)
    dialog.filters.region.setCurrentIndex(0)
    assert len(shown(dialog)) == 1395
    assert shown(dialog, 6)[0].endswith(" regions")


def test_that_not_offered_unknown_and_no_price_are_three_answers(opened: Opener, session: Any) -> None:
    vms_in(session, "ap-south-2")
    dialog = opened()
    dialog.filters.offered_only.setChecked(False)
    QTest.keyClicks(dialog.line, "a1.large")
    assert (shown(dialog)[0], shown(dialog, 6)[0]) == ("a1.large", "not offered here")
    assert shown(dialog, 5)[0].startswith("~$0.05")
    region = dialog.filters.region
    region.setCurrentIndex(region.findData("us-iso-east-1"))
    assert (set(shown(dialog, 5)), set(shown(dialog, 6))) == ({NO_PRICE}, {UNKNOWN})
    assert "unknown; you can still use it" in dialog.about.text()
    assert not dialog.filters.offered_only.isEnabled()  # nothing is known to leave out
    region.setCurrentIndex(region.findData("us-east-1"))
    unpriced = next(kind.name for kind in ec2().types.values() if kind.usd_h is None)
    dialog.line.setText(unpriced)
    assert shown(dialog, 5)[0] == NO_PRICE


def test_that_the_dates_of_prices_and_offers_are_said(opened: Opener, session: Any) -> None:
    vms_in(session, "us-east-1")
    dates = opened().dates
    assert dates.isVisible()
    assert dates.text() == f"Prices as of {ec2().prices_as_of}, Linux on demand; offers as of {ec2().as_of}"


def test_that_a_type_not_offered_is_refused_with_the_nearest_which_a_click_takes(opened: Opener, session: Any) -> None:
    vms = vms_in(session, "ap-south-2")
    dialog = opened()
    dialog.filters.offered_only.setChecked(False)
    dialog.line.setText("a1.large")
    near = [kind.name for kind in ec2().nearest("a1.large", "ap-south-2")]
    assert all(f'<a href="{name}">{name}</a>' in dialog.about.text() for name in near)
    before = state(session.project)
    dialog.ok.click()
    assert dialog.isVisible()
    assert "a1.large is not offered in ap-south-2; the nearest that offer it: " + ", ".join(near) in dialog.about.text()
    assert state(session.project) == before
    dialog.line.clear()
    dialog.line.setText("a1.large")
    dialog.about.linkActivated.emit(near[0])
    dialog.ok.click()
    assert not dialog.isVisible()
    assert [session.project.elements[vm].__dict__["instance_type"] for vm in vms] == [near[0]] * 2


def test_that_filters_with_and_without_units_narrow_what_is_found(opened: Opener, session: Any) -> None:
    vms_in(session, "ap-south-1")
    dialog = opened()
    for name, text in (
        ("vCPUs at least", "8"), ("vCPUs at most", "8"), ("Memory at least", "32"), ("Memory at most", "64 GiB"),
        ("Network at least", "2.5"), ("Price at most", "0.5"),
    ):  # fmt: skip
        QTest.keyClicks(wish(dialog, name), text)
    found = dialog.model.rows
    assert 3 < len(found) < 200
    for kind in found:
        cost = ec2().price_usd_h(kind.name, "ap-south-1")
        assert kind.vcpus == 8 and 32 * 1024 <= kind.mem_mib <= 64 * 1024
        assert kind.net_mbps is not None and kind.net_mbps >= 2500
        assert cost is not None and cost <= 0.5
    with_old = len(found)
    dialog.filters.current_only.setChecked(True)
    assert 0 < dialog.model.rowCount() < with_old
    assert all(kind.current for kind in dialog.model.rows)


def test_that_a_filter_that_cannot_be_read_turns_red_and_filters_nothing(opened: Opener, session: Any) -> None:
    vms_in(session, "us-east-1")
    dialog = opened()
    all_of_them = dialog.model.rowCount()
    line = wish(dialog, "Memory at least")
    QTest.keyClicks(line, "lots")
    assert line.property("wrong") is True
    assert dialog.model.rowCount() == all_of_them
    line.setText("64G")
    assert line.property("wrong") is False
    assert min(kind.mem_mib for kind in dialog.model.rows) == 64 * 1024


def test_that_nothing_found_says_what_to_do_and_a_button_does_it(opened: Opener, session: Any) -> None:
    vms_in(session, "us-east-1")
    dialog = opened()
    QTest.keyClicks(dialog.line, "zebra")
    assert dialog.nothing.isVisible()
    assert dialog.nothing.text() == NOTHING_FITS
    assert not dialog.ok.isEnabled()
    assert "Type fewer letters" in dialog.about.text()
    QTest.mouseClick(dialog.clear_button, Qt.MouseButton.LeftButton)
    assert dialog.table.isVisible()
    assert dialog.model.rowCount() == 1395
    assert dialog.ok.isEnabled()


def test_that_arrows_in_the_line_choose_in_the_table(opened: Opener, session: Any) -> None:
    vms = vms_in(session, "us-east-1", count=1)
    dialog = opened()
    QTest.keyClicks(dialog.line, "m5 lar")
    QTest.keyClick(dialog.line, Key.Key_Down)
    QTest.keyClick(dialog.line, Key.Key_Down)
    assert dialog.chosen is not None
    name = shown(dialog)[2]
    assert dialog.chosen.name == name
    assert f"<b>{name}</b>" in dialog.about.text()
    QTest.keyClick(dialog.line, Key.Key_Return)
    assert session.project.elements[vms[0]].__dict__["instance_type"] == name


def test_that_it_begins_at_the_type_the_vm_has(opened: Opener, session: Any) -> None:
    vms = vms_in(session, "us-east-1")
    edit.apply_preset(session.project, vms, "r5.xlarge")
    dialog = opened()
    assert dialog.chosen is not None and dialog.chosen.name == "r5.xlarge"


def test_that_columns_sort_with_the_unknown_last(opened: Opener, session: Any) -> None:
    vms_in(session, "us-east-1")
    dialog = opened()
    dialog.filters.offered_only.setChecked(False)
    for order, down in ((Qt.SortOrder.AscendingOrder, False), (Qt.SortOrder.DescendingOrder, True)):
        dialog.table.sortByColumn(5, order)
        prices = [ec2().price_usd_h(kind.name, "us-east-1") for kind in dialog.model.rows]
        known = [one for one in prices if one is not None]
        assert known == sorted(known, reverse=down)
        assert prices[: len(known)] == known
    QTest.keyClicks(dialog.line, "m5")  # what is found next is sorted, too
    memory = [kind.usd_h for kind in dialog.model.rows if kind.usd_h is not None]
    assert memory == sorted(memory, reverse=True)


def test_that_without_a_vm_it_says_what_to_select(opened: Opener, session: Any) -> None:
    dialog = opened()
    assert "Select one or more VMs" in dialog.about.text()
    assert not dialog.ok.isEnabled()
    dialog.use()
    assert dialog.isVisible()


def test_that_the_model_keeps_qts_rules(qtbot: QtBot, theme: Any) -> None:
    model = TypeModel(theme)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.show_rows(ec2().search("m5"))
    model.sort(1)
    model.show_rows([])
    assert isinstance(tester.model(), QAbstractItemModel)


def test_that_every_control_has_a_name(opened: Opener, session: Any) -> None:
    vms_in(session, "us-east-1")
    dialog = opened()
    for control in dialog.findChildren(QWidget):
        if control.focusPolicy() != Qt.FocusPolicy.NoFocus and isinstance(
            control, QLineEdit | QComboBox | QTableView | QAbstractButton
        ):
            said = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
            assert said or isinstance(control.parent(), QLineEdit | QTableView | QComboBox), control


# -- the form


def test_that_the_button_beside_the_type_asks_for_the_catalog(qtbot: QtBot, session: Any, theme: Any) -> None:
    form = Form(session, theme)
    qtbot.addWidget(form)
    vms_in(session, "us-east-1")
    assert form.form is not None
    button = form.form.rows["instance_type"].catalog
    assert button.accessibleName() == "Choose Instance Type"
    with qtbot.waitSignal(form.catalog_requested) as asked:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == ["instance_type"]


def test_that_the_form_shows_a_type_that_is_not_in_its_short_list(qtbot: QtBot, session: Any, theme: Any) -> None:
    form = Form(session, theme)
    qtbot.addWidget(form)
    vms = vms_in(session, "us-east-1")
    assert form.form is not None
    editor = form.form.rows["instance_type"].editor
    short = editor.count()
    edit.apply_preset(session.project, vms, "r7g.2xlarge")
    session.flush()
    assert (editor.currentText(), editor.count()) == ("r7g.2xlarge", short + 1)
    edit.apply_preset(session.project, vms, "m5.large")
    session.flush()
    assert (editor.currentText(), editor.count()) == ("m5.large", short)


# -- dedicated hosts


@pytest.fixture
def dedicated(opened: Opener) -> Callable[[], DedicatedPicker]:
    """Opens pickers of dedicated hosts."""
    return lambda: opened.make(DedicatedPicker)


def hosts_in(session: Session, count: int = 2) -> list[int]:
    """Hosts, all selected."""
    hosts = [edit.place(session.project, "host") for _ in range(count)]
    session.flush()
    session.select(hosts)
    return hosts


def test_that_a_family_and_enter_make_dedicated_hosts(
    dedicated: Callable[[], DedicatedPicker], qtbot: QtBot, session: Any
) -> None:
    hosts = hosts_in(session)
    before = state(session.project)
    dialog = dedicated()
    assert dialog.model.rowCount() == 126
    assert dialog.count.text() == "126 of 126 families"
    QTest.keyClicks(dialog.line, "m5")
    assert dialog.chosen.family == "m5"
    assert "48 × large or 24 × xlarge" in dialog.about.text()
    with qtbot.waitSignal(session.told) as told:
        QTest.keyClick(dialog.line, Key.Key_Return)
    assert told.args == ["2 hosts are now m5 dedicated hosts."]
    assert [session.project.elements[i].__dict__["cores"] for i in hosts] == [48, 48]
    again = dedicated()
    assert again.chosen.family == "m5"
    session.project.undo()
    assert state(session.project) == before


def test_that_a_family_its_vms_do_not_fit_is_refused_in_the_dialog(
    dedicated: Callable[[], DedicatedPicker], session: Any
) -> None:
    (host,) = hosts_in(session, 1)
    edit.place(session.project, "vm", host, instance_type="c5.large")
    dialog = dedicated()
    dialog.line.setText("m5")
    dialog.ok.click()
    assert dialog.isVisible()
    assert "host-1 is a dedicated host for m5 and takes no c5.large" in dialog.about.text()
    assert session.project.elements[host].__dict__["model"] == ""


def test_that_families_are_found_by_maker_and_sorted(dedicated: Callable[[], DedicatedPicker], session: Any) -> None:
    hosts_in(session)
    dialog = dedicated()
    QTest.keyClicks(dialog.line, "amd")
    assert 0 < dialog.model.rowCount() < 126
    assert set(shown(dialog, 1)) == {"AMD"}
    for column in range(7):
        dialog.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    dialog.table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    cores = [row.cores for row in dialog.model.rows]
    assert cores == sorted(cores)
    dialog.line.setText("zebra")
    assert dialog.nothing.isVisible()
    assert not dialog.ok.isEnabled()
    QTest.mouseClick(dialog.clear_button, Qt.MouseButton.LeftButton)
    assert dialog.model.rowCount() == 126


def test_that_without_a_host_it_says_what_to_select(dedicated: Callable[[], DedicatedPicker], session: Any) -> None:
    dialog = dedicated()
    assert "Select one or more hosts" in dialog.about.text()
    assert not dialog.ok.isEnabled()


def test_that_the_window_opens_each_picker_by_key_and_from_the_form(
    qtbot: QtBot, session: Any, theme: Any, tmp_path: Path
) -> None:
    frame = MainFrame(theme, Settings(tmp_path / "settings.json"))
    window = Window(frame, session, theme, Settings(tmp_path / "settings.json"), EngineHost())
    qtbot.addWidget(frame, before_close_func=lambda f: setattr(f, "may_close", lambda: True))
    for name, make, select in (
        ("edit.instance_type", Ec2Picker, lambda: vms_in(session, "us-east-1")),
        ("edit.dedicated_host", DedicatedPicker, lambda: hosts_in(session)),
    ):
        session.select([])
        assert not window.actions[name].isEnabled()
        select()
        assert window.actions[name].isEnabled()
        assert not window.actions[name].shortcut().isEmpty()
        window.actions[name].trigger()
        (dialog,) = frame.findChildren(make)
        assert dialog.isVisible() and dialog.ok.text().endswith(("2 VMs", "2 Hosts"))
        dialog.reject()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        field = "instance_type" if make is Ec2Picker else "model"
        form = window.form.form
        assert form is not None
        form.rows[field].catalog.click()
        assert len(frame.findChildren(make)) == 1
        frame.findChildren(make)[0].reject()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.control.close()
