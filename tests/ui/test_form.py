"""The form under real keys: fields with units, several at once, errors that change nothing, presets, links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from designer import units
from designer.catalog import KINDS
from designer.catalog.presets.shipped import presets
from designer.commands import edit
from designer.model.element import ROOT_ID, values
from designer.model.fields import acts, form_fields
from designer.model.project import Project
from designer.ui.form.choices import choice_text
from designer.ui.form.editors import NumberEditor
from designer.ui.form.panel import Form, Row
from designer.ui.form.stock_editor import StockEditor
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session

# The offscreen platform says of windows and popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
Key = Qt.Key


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def zone(project: Project) -> int:
    return edit.place(project, "zone", edit.place(project, "region"))


@pytest.fixture
def host(project: Project, zone: int) -> int:
    return edit.place(project, "host", zone)


@pytest.fixture
def vms(project: Project, host: int) -> list[int]:
    return [edit.place(project, "vm", host) for _ in range(3)]


@pytest.fixture
def form(qtbot: QtBot, session: Session, theme: Theme) -> Form:
    made = Form(session, theme)
    qtbot.addWidget(made)
    made.resize(300, 900)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def show(form: Form, *ids: int) -> None:
    """Select elements."""
    form.session.flush()
    form.session.select(ids)


def row(form: Form, name: str) -> Row:
    assert form.form is not None
    return form.form.rows[name]


def write(form: Form, name: str, text: str) -> None:
    """Type a value over the present one and press Enter."""
    editor = row(form, name).editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClick(editor, Key.Key_Backspace)
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Key.Key_Return)
    form.session.flush()


def pick(form: Form, box: QComboBox, text: str) -> None:
    """Choose a line of a box by keyboard."""
    wanted = box.findText(text)
    assert wanted >= 0, [box.itemText(n) for n in range(box.count())]
    box.setFocus()
    box.showPopup()
    view = box.view()
    view.setCurrentIndex(box.model().index(wanted, 0))
    QTest.keyClick(view, Key.Key_Return)
    form.session.flush()


def value_of(form: Form, element_id: int, name: str) -> Any:
    return form.session.project.elements[element_id].__dict__[name]


def sentence(form: Form, name: str) -> str:
    """What stands in red beneath a field."""
    below = row(form, name).below
    return below.text() if below is not None and below.isVisible() and below.property("wrong") else ""


def texts(form: Form) -> list[str]:
    """All words that are to be seen."""
    return [label.text() for label in form.findChildren(QLabel) if label.isVisible() and label.text()]


def name_line(form: Form) -> QLineEdit:
    (line,) = [line for line in form.findChildren(QLineEdit) if line.accessibleName() == "Name"]
    return line


# -- what is shown


def read(shown: Row, value: Any) -> Any:
    """The value that an editor shows; the text of a number, read again, where it stands there as it is to."""
    editor, spec = shown.editor, shown.spec
    if isinstance(editor, NumberEditor):
        in_words = spec.zero if value == 0 else ""
        text = editor.text()
        return editor._read(text) if text == (in_words or units.exact_text(value, spec.unit)) else text
    if isinstance(editor, QLineEdit):
        return editor.text()
    if isinstance(editor, QCheckBox):
        return editor.isChecked()
    if isinstance(editor, QPlainTextEdit):
        return editor.toPlainText()
    if isinstance(editor, StockEditor):
        return ", ".join(line.text for line in editor.lines)
    return editor.currentData()


def test_that_each_kind_shows_all_its_fields_with_title_unit_and_source(form: Form, session: Session) -> None:
    project = session.project
    for kind in KINDS:
        made = ROOT_ID if kind == "design" else edit.place_through(project, kind, ROOT_ID)
        steps = len(project.history.steps)
        show(form, made)
        assert form.form is not None
        specs = form_fields(KINDS[kind].table)
        assert set(form.form.rows) == {spec.name for spec in specs}, kind
        for spec in specs:
            shown, value = form.form.rows[spec.name], value_of(form, made, spec.name)
            field = f"{kind}.{spec.name}"
            assert (shown.label.text(), shown.editor.accessibleName()) == (spec.title, spec.title), field
            assert spec.source in shown.editor.toolTip(), field
            visible = acts(KINDS[kind].table, spec.name, project.elements[made].__dict__)
            assert shown.editor.isVisible() == visible, field
            assert read(shown, value) == value, field
        assert len(project.history.steps) == steps, f"showing {kind} changes nothing"


def test_that_quantities_read_as_people_write_them(form: Form, host: int) -> None:
    show(form, host)
    shown = {name: row(form, name).editor.text() for name in ("ram_mib", "mhz", "idle_w", "cores", "smt_yield")}
    assert shown == {"ram_mib": "256 GiB", "mhz": "2.5 GHz", "idle_w": "175 W", "cores": "64", "smt_yield": "25%"}


def test_that_nothing_selected_shows_the_design_itself(form: Form, host: int, session: Session) -> None:
    show(form, host)
    show(form)
    assert form.form is not None
    assert form.form.kind == "design"
    assert name_line(form).text() == "Untitled"
    session.path = Path("shop.clouddesign")
    session.title_changed.emit()
    assert (name_line(form).text(), name_line(form).isReadOnly()) == ("shop", True)
    write(form, "until_h", "1 d")
    assert session.project.root.__dict__["until_h"] == 24.0


def test_that_the_header_says_what_and_where(form: Form, host: int, zone: int, vms: list[int]) -> None:
    show(form, vms[1])
    assert name_line(form).text() == "vm-2"
    assert "VM in host-1, zone-1" in texts(form)
    show(form, *vms)
    assert name_line(form).text() == "3 VMs"
    assert name_line(form).isReadOnly()
    show(form, vms[0], vms[1], host)
    assert name_line(form).text() == "2 VMs"
    assert "and 1 of other kinds, which this form does not change" in texts(form)


def test_that_a_choice_decides_which_fields_apply(form: Form, vms: list[int]) -> None:
    show(form, vms[0])

    def to_be_seen() -> set[str]:
        names = ("load_frac", "day_mean_frac", "day_peak_h", "trace_row")
        return {name for name in names if row(form, name).editor.isVisible() and row(form, name).label.isVisible()}

    assert to_be_seen() == {"load_frac"}
    pick(form, row(form, "demand").editor, "day curve")
    assert to_be_seen() == {"day_mean_frac", "day_peak_h"}
    pick(form, row(form, "demand").editor, "trace")
    assert to_be_seen() == {"trace_row"}


def test_that_a_field_is_shown_only_where_what_it_depends_on_acts_itself(form: Form, session: Session) -> None:
    cluster = edit.place_through(session.project, "cluster", ROOT_ID)
    edit.change(session.project, [cluster], {"isolation": "power_off"})
    show(form, cluster)
    assert row(form, "isolation_response_s").editor.isVisible()
    pick(form, row(form, "rule").editor, choice_text("proxmox"))
    assert not row(form, "isolation").editor.isVisible()
    assert not row(form, "isolation_response_s").editor.isVisible()
    assert row(form, "watchdog_s").editor.isVisible()
    assert not row(form, "balance_every_s").editor.isVisible()
    for balancer in ("drs", "threshold"):
        pick(form, row(form, "balancer").editor, choice_text(balancer))
        assert row(form, "balance_every_s").editor.isVisible()


def test_that_the_next_of_a_kind_is_shown_in_the_same_fields_with_its_own_values_and_links(
    form: Form, session: Session, vms: list[int]
) -> None:
    project = session.project
    service = edit.place(project, "service", name="shop")
    edit.change(project, [vms[1]], {"vcpus": 7})
    edit.connect(project, "member", vms[1], service)
    show(form, vms[0])
    editor = row(form, "vcpus").editor
    assert "Member of service" in texts(form) and link_box(form, "Member of service") is not None
    show(form, vms[1])
    assert row(form, "vcpus").editor is editor
    assert editor.text() == "7"
    assert go_button(form, "shop").isVisible()
    pick(form, row(form, "demand").editor, "trace")
    assert {i: project.elements[i].__dict__["demand"] for i in vms[:2]} == {vms[0]: "constant", vms[1]: "trace"}
    show(form, service)
    assert row(form, "rate_rps").editor.isVisible()


def test_that_a_section_folds(form: Form, host: int) -> None:
    show(form, host)
    (head,) = [b for b in form.findChildren(QToolButton) if b.accessibleName() == "Section Power"]
    assert row(form, "idle_w").editor.isVisible()
    head.click()
    assert not row(form, "idle_w").editor.isVisible()
    assert row(form, "cores").editor.isVisible()
    head.click()
    assert row(form, "idle_w").editor.isVisible()


def test_that_a_change_elsewhere_is_shown(form: Form, host: int, session: Session) -> None:
    show(form, host)
    edit.change(session.project, [host], {"cores": 96})
    edit.rename(session.project, host, "big iron")
    session.flush()
    assert row(form, "cores").editor.text() == "96"
    assert name_line(form).text() == "big iron"
    session.project.undo()
    session.project.undo()
    session.flush()
    assert (row(form, "cores").editor.text(), name_line(form).text()) == ("64", "host-1")


# -- writing


TYPED = [
    ("ram_mib", "64G", 65_536.0, "64 GiB"),
    ("ram_mib", "1.5 TiB", 1_572_864.0, "1.5 TiB"),
    ("mhz", "3 ghz", 3000.0, "3 GHz"),
    ("mhz", "2,600", 2600.0, "2.6 GHz"),
    ("cores", "128", 128, "128"),
    ("smt_yield", "30%", 0.3, "30%"),
    ("idle_w", "0.2 kW", 200.0, "200 W"),
]


def test_that_what_is_typed_becomes_the_value_in_one_step(form: Form, session: Session, host: int) -> None:
    show(form, host)
    before, steps = state(session.project), session.project.history.position
    for name, text, value, shown in TYPED:
        write(form, name, text)
        assert value_of(form, host, name) == value, text
        assert type(value_of(form, host, name)) is type(value), text
        assert row(form, name).editor.text() == shown
        assert session.project.history.position == len(session.project.history.steps) == steps + 1, text
        session.project.undo()
        session.flush()
        assert state(session.project) == before, text
        assert row(form, name).editor.text() == units.exact_text(before[host][name], row(form, name).spec.unit)


def test_that_the_same_value_in_other_words_is_no_step_and_is_shown_as_always(
    form: Form, session: Session, host: int
) -> None:
    show(form, host)
    steps = len(session.project.history.steps)
    write(form, "ram_mib", "256G")
    assert len(session.project.history.steps) == steps
    assert row(form, "ram_mib").editor.text() == "256 GiB"


WRONG = [
    ("cores", "many", '"many" is not a number'),
    ("cores", "2.5", "Cores must be a whole number"),
    ("cores", "0", "Cores must be"),
    ("cores", "999999", "Cores must be"),
    ("mhz", "-5", "Clock per core must be"),
    ("mhz", "1e999", "Clock per core must be"),
    ("ram_mib", "64 apples", 'unknown unit "apples"'),
    ("smt_yield", "150%", "SMT yield must be"),
    ("cores", "", "is not a number"),
]


def test_that_a_wrong_value_is_named_beneath_and_changes_nothing(form: Form, session: Session, host: int) -> None:
    show(form, host)
    before, steps = state(session.project), len(session.project.history.steps)
    for name, text, words in WRONG:
        write(form, name, text)
        assert words in sentence(form, name), text
        assert row(form, name).editor.property("wrong") is True, text
        assert row(form, name).editor.text() == text  # to be corrected, not typed anew
        assert (state(session.project), len(session.project.history.steps)) == (before, steps), text
        write(form, name, units.exact_text(before[host][name], row(form, name).spec.unit))
        assert sentence(form, name) == "", text


def test_that_a_corrected_value_takes_the_error_away(form: Form, host: int) -> None:
    show(form, host)
    for wrong, right, value in (("many", "32", 32), ("0", "64", 64), ("many", "64", 64)):  # the last: as it was
        write(form, "cores", wrong)
        assert sentence(form, "cores")
        write(form, "cores", right)
        assert sentence(form, "cores") == "", (wrong, right)
        assert not row(form, "cores").editor.property("wrong")
        assert value_of(form, host, "cores") == value


def test_that_an_error_goes_with_the_selection(form: Form, host: int, vms: list[int]) -> None:
    show(form, vms[0])
    write(form, "vcpus", "many")
    show(form, vms[1])
    assert (sentence(form, "vcpus"), row(form, "vcpus").editor.text()) == ("", "2")
    show(form, vms[0])
    assert (sentence(form, "vcpus"), row(form, "vcpus").editor.text()) == ("", "2")


def test_that_leaving_a_field_counts(form: Form, host: int) -> None:
    show(form, host)
    cores, clock = row(form, "cores").editor, row(form, "mhz").editor
    cores.setFocus()
    cores.selectAll()
    QTest.keyClicks(cores, "48")
    clock.setFocus()
    form.session.flush()
    assert value_of(form, host, "cores") == 48


def test_that_what_was_typed_counts_for_what_was_selected_then(form: Form, vms: list[int]) -> None:
    show(form, vms[0])
    vcpus = row(form, "vcpus").editor
    vcpus.setFocus()
    vcpus.selectAll()
    QTest.keyClicks(vcpus, "16")
    name_line(form).setFocus()  # any other place of the window
    show(form, vms[1])
    assert (value_of(form, vms[0], "vcpus"), value_of(form, vms[1], "vcpus")) == (16, 2)


def test_that_what_is_typed_for_something_that_goes_away_is_dropped(
    form: Form, session: Session, vms: list[int]
) -> None:
    show(form, vms[2])
    vcpus = row(form, "vcpus").editor
    vcpus.setFocus()
    vcpus.selectAll()
    QTest.keyClicks(vcpus, "16")
    edit.delete(session.project, [vms[2]])
    before = state(session.project)
    QTest.keyClick(vcpus, Key.Key_Return)
    session.flush()
    assert state(session.project) == before
    assert form.form is not None
    assert form.form.kind == "design"


def test_that_a_yes_or_no_is_clicked(form: Form, vms: list[int]) -> None:
    show(form, vms[0])
    box = row(form, "powered_on").editor
    assert box.text() == "Yes"
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    form.session.flush()
    assert value_of(form, vms[0], "powered_on") is False
    assert row(form, "powered_on").editor.text() == "No"


def test_that_a_note_counts_when_it_is_left(form: Form, host: int) -> None:
    show(form, host)
    note = row(form, "note").editor
    note.setFocus()
    QTest.keyClicks(note, "bought 2019")
    assert value_of(form, host, "note") == ""
    QTest.keyClick(note, Key.Key_Tab)
    form.session.flush()
    assert value_of(form, host, "note") == "bought 2019"
    assert not note.hasFocus()


def test_that_a_time_zone_is_a_real_one(form: Form, session: Session, zone: int) -> None:
    region = session.project.elements[zone].parent
    show(form, region)
    write(form, "time_zone", "Mumbai")
    assert sentence(form, "time_zone") == "“Mumbai” is not a time zone; write one like Asia/Kolkata or UTC."
    assert value_of(form, region, "time_zone") == "UTC"
    write(form, "time_zone", "Asia/Kolkata")
    assert (sentence(form, "time_zone"), value_of(form, region, "time_zone")) == ("", "Asia/Kolkata")


def test_that_a_network_is_a_real_one(form: Form, session: Session, zone: int) -> None:
    subnet = edit.place(session.project, "subnet", zone)
    show(form, subnet)
    write(form, "cidr", "10.0.1.300/24")
    assert "is not a network" in sentence(form, "cidr")
    assert value_of(form, subnet, "cidr") == "10.0.0.0/24"
    write(form, "cidr", "10.0.1.7/24")
    assert (value_of(form, subnet, "cidr"), row(form, "cidr").editor.text()) == ("10.0.1.0/24", "10.0.1.0/24")


def test_that_the_wheel_over_a_closed_box_changes_nothing(form: Form, session: Session, host: int) -> None:
    show(form, host)
    before = state(session.project)
    for name in ("sharing", "model"):
        box = row(form, name).editor
        at = QPointF(box.rect().center())
        where = QPointF(box.mapToGlobal(at.toPoint()))
        none, begin = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
        for keys in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
            QApplication.sendEvent(box, QWheelEvent(at, where, QPoint(), QPoint(0, -120), none, keys, begin, False))
    session.flush()
    assert state(session.project) == before
    assert row(form, "sharing").editor.currentData() == "weighted_max_min"


# -- several at once


def test_that_equal_values_are_shown_and_different_ones_are_mixed(form: Form, session: Session, vms: list[int]) -> None:
    edit.change(session.project, [vms[0]], {"vcpus": 8, "recovery": "none", "powered_on": False, "note": "old"})
    show(form, *vms)
    assert row(form, "mhz").editor.text() == "2.5 GHz"
    assert (row(form, "vcpus").editor.text(), row(form, "vcpus").editor.placeholderText()) == ("", "mixed")
    assert (row(form, "recovery").editor.currentIndex(), row(form, "recovery").editor.placeholderText()) == (
        -1,
        "mixed",
    )
    assert row(form, "powered_on").editor.checkState() is Qt.CheckState.PartiallyChecked
    assert (row(form, "note").editor.toPlainText(), row(form, "note").editor.placeholderText()) == ("", "mixed")


def test_that_an_edit_of_several_is_one_step(form: Form, session: Session, vms: list[int]) -> None:
    edit.change(session.project, [vms[0]], {"vcpus": 8})
    show(form, *vms)
    before, steps = state(session.project), len(session.project.history.steps)
    write(form, "vcpus", "4")
    assert [value_of(form, vm, "vcpus") for vm in vms] == [4, 4, 4]
    assert row(form, "vcpus").editor.text() == "4"
    pick(form, row(form, "recovery").editor, "cluster")
    assert [value_of(form, vm, "recovery") for vm in vms] == ["cluster"] * 3
    assert len(session.project.history.steps) == steps + 2
    session.project.undo()
    session.project.undo()
    session.flush()
    assert state(session.project) == before
    assert row(form, "vcpus").editor.placeholderText() == "mixed"


def test_that_leaving_a_mixed_field_changes_nothing(form: Form, session: Session, vms: list[int]) -> None:
    edit.change(session.project, [vms[0]], {"vcpus": 8, "note": "old"})
    show(form, *vms)
    before, steps = state(session.project), len(session.project.history.steps)
    for name in ("vcpus", "note", "mhz"):
        row(form, name).editor.setFocus()
    name_line(form).setFocus()
    session.flush()
    assert (state(session.project), len(session.project.history.steps)) == (before, steps)


def test_that_a_wrong_value_changes_none_of_several(form: Form, session: Session, vms: list[int]) -> None:
    show(form, *vms)
    before, steps = state(session.project), len(session.project.history.steps)
    write(form, "vcpus", "0")
    assert "vCPUs must be" in sentence(form, "vcpus")
    assert (state(session.project), len(session.project.history.steps)) == (before, steps)


def test_that_other_kinds_in_the_selection_are_left_alone(
    form: Form, session: Session, host: int, vms: list[int]
) -> None:
    show(form, vms[0], host, vms[1])
    before = state(session.project)
    write(form, "mhz", "3 GHz")
    after = state(session.project)
    assert {i for i in after if after[i] != before[i]} == {vms[0], vms[1]}


# -- presets


@pytest.mark.parametrize(("kind", "name", "preset"), [("vm", "instance_type", "m5.2xlarge"), ("host", "model", None)])
def test_that_a_preset_fills_its_fields_in_one_step(
    form: Form, session: Session, vms: list[int], host: int, kind: str, name: str, preset: str | None
) -> None:
    element, preset = {"vm": vms[0], "host": host}[kind], preset or list(presets(kind))[1]
    show(form, element)
    before, steps = state(session.project), len(session.project.history.steps)
    pick(form, row(form, name).editor, preset)
    filled = presets(kind)[preset].fields
    assert {field: value_of(form, element, field) for field in filled} == dict(filled)
    for field, value in filled.items():
        editor = row(form, field).editor
        if isinstance(editor, NumberEditor):
            assert units.read(editor.text(), row(form, field).spec.unit) == value
    assert row(form, name).editor.currentText() == preset
    assert len(session.project.history.steps) == steps + 1
    session.project.undo()
    session.flush()
    assert state(session.project) == before
    assert row(form, name).editor.currentText() == "Own values"


def test_that_a_value_unlike_its_preset_says_so(form: Form, vms: list[int]) -> None:
    show(form, vms[0])
    pick(form, row(form, "instance_type").editor, "m5.2xlarge")
    assert row(form, "vcpus").below is None
    write(form, "vcpus", "6")
    assert row(form, "vcpus").below.text() == "Preset 8, changed by you"
    assert row(form, "vcpus").below.isVisible()
    assert sentence(form, "vcpus") == ""  # it is no error
    pick(form, row(form, "instance_type").editor, "Own values")
    assert (value_of(form, vms[0], "instance_type"), value_of(form, vms[0], "vcpus")) == ("", 6)


def test_that_an_assumption_is_called_one_until_it_is_changed(form: Form, host: int) -> None:
    show(form, host)
    assert row(form, "idle_w").below.text() == "Assumption; edit freely"
    write(form, "idle_w", "90")
    assert row(form, "idle_w").below.text() == "Default 175 W, changed by you"


def test_that_an_assumed_choice_that_is_changed_says_so(form: Form, zone: int) -> None:
    pool = edit.place(form.session.project, "resource_pool", zone)
    show(form, pool)
    assert row(form, "shares_level").below.text() == "Assumption; edit freely"
    pick(form, row(form, "shares_level").editor, "high")
    assert form.session.project.elements[pool].__dict__["shares_level"] == "high"
    assert row(form, "shares_level").below.text() == "Changed by you"


def test_that_what_follows_from_type_and_size_stands_below_and_follows_both(form: Form, session: Session) -> None:
    zone = edit.place(session.project, "zone", edit.place(session.project, "region"))
    show(form, edit.place(session.project, "volume", zone, size_gib=512.0))
    assert row(form, "size_gib").below.text() == "Gives 3,000 IOPS, 125 MiB/s"
    pick(form, row(form, "type").editor, "st1")
    session.flush()
    assert row(form, "size_gib").below.text() == "Gives 20 MiB/s, in bursts 125 MiB/s"
    write(form, "size_gib", "1 TiB")
    assert row(form, "size_gib").below.text() == "Gives 40 MiB/s, in bursts 250 MiB/s"


# -- name and links


def test_that_the_name_is_typed_in_the_header(form: Form, session: Session, host: int) -> None:
    show(form, host)
    line = name_line(form)
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "  big   iron ")
    QTest.keyClick(line, Key.Key_Return)
    session.flush()
    assert session.project.elements[host].name == "big iron"
    assert line.text() == "big iron"


def test_that_an_empty_name_is_refused_and_the_old_one_shown(form: Form, session: Session, host: int) -> None:
    heard: list[str] = []
    session.refused.connect(heard.append)
    show(form, host)
    before = state(session.project)
    line = name_line(form)
    line.setFocus()
    line.selectAll()
    QTest.keyClick(line, Key.Key_Backspace)
    QTest.keyClick(line, Key.Key_Return)
    assert heard == ["A name needs at least one letter."]
    assert (line.text(), state(session.project)) == ("host-1", before)


def link_box(form: Form, title: str) -> QComboBox | None:
    found = [b for b in form.findChildren(QComboBox) if b.accessibleName() == title and b.isVisible()]
    assert len(found) < 2
    return found[0] if found else None


def test_that_a_link_is_chosen_shown_counted_and_removed(
    qtbot: QtBot, form: Form, session: Session, vms: list[int]
) -> None:
    project = session.project
    service, other = edit.place(project, "service"), edit.place(project, "service")
    edit.rename(project, service, "web <b>shop</b>")
    show(form, vms[0])
    before = state(project)
    box = link_box(form, "Member of service")
    assert box is not None
    assert (box.placeholderText(), box.currentIndex(), box.isEnabled()) == ("Choose …", -1, True)
    assert [box.itemText(n) for n in range(box.count())] == ["web <b>shop</b>", "service-2"]
    pick(form, box, "web <b>shop</b>")
    assert project.targets(vms[0], "member") == [service]
    qtbot.waitUntil(lambda: link_box(form, "Member of service") is None)  # a VM is member of one service
    assert go_button(form, "web <b>shop</b>")
    show(form, other)
    assert "Members" not in texts(form)
    show(form, service)
    assert "Members" in texts(form)
    QTest.mouseClick(go_button(form, project.elements[vms[0]].name), Qt.MouseButton.LeftButton)
    assert session.selection == (vms[0],)
    (remove,) = [b for b in form.findChildren(QToolButton) if b.accessibleName().startswith("Remove the link")]
    QTest.mouseClick(remove, Qt.MouseButton.LeftButton)
    session.flush()
    assert state(project) == before
    qtbot.waitUntil(lambda: link_box(form, "Member of service") is not None)
    project.undo()
    assert project.targets(vms[0], "member") == [service]


def go_button(form: Form, name: str) -> QPushButton:
    (found,) = [b for b in form.findChildren(QPushButton) if b.accessibleName() == f"Go to {name}" and b.isVisible()]
    return found


def test_that_all_that_is_selected_is_linked_in_the_form_as_one_step(
    qtbot: QtBot, form: Form, session: Session, vms: list[int]
) -> None:
    project = session.project
    service = edit.place(project, "service", name="shop")
    edit.connect(project, "member", vms[0], edit.place(project, "service", name="old"))
    before = state(project)
    show(form, *vms)
    assert go_button(form, f"old (1 of {len(vms)})")
    box = link_box(form, "Member of service")
    assert box is not None
    pick(form, box, "shop")
    assert set(project.sources(service, "member")) == set(vms[1:])
    qtbot.waitUntil(lambda: bool(link_box(form, "Member of service") is None))
    QTest.mouseClick(go_button(form, f"shop ({len(vms) - 1} of {len(vms)})"), Qt.MouseButton.LeftButton)
    assert session.selection == (service,)
    assert project.undo() == "Link: Member of service"
    assert state(project) == before


def test_that_many_at_the_other_end_are_one_line_that_selects_them(
    form: Form, session: Session, zone_of_vms: list[int]
) -> None:
    project = session.project
    service = edit.place(project, "service", name="shop")
    for vm in zone_of_vms:
        edit.connect(project, "member", vm, service)
    session.flush()
    show(form, service)
    QTest.mouseClick(go_button(form, "12 VMs"), Qt.MouseButton.LeftButton)
    assert sorted(session.selection) == sorted(zone_of_vms)


@pytest.fixture
def zone_of_vms(session: Session) -> list[int]:
    zone = edit.place(session.project, "zone", edit.place(session.project, "region"))
    return [edit.place(session.project, "vm", zone) for _ in range(12)]


def test_that_an_imported_trace_can_be_chosen_at_once(form: Form, session: Session, vms: list[int]) -> None:
    show(form, vms[0])
    pick(form, row(form, "demand").editor, "trace")
    box = row(form, "trace").editor
    assert [box.itemText(n) for n in range(box.count())] == ["No trace"]
    trace = edit.place(session.project, "trace")
    session.flush()
    pick(form, row(form, "trace").editor, session.project.elements[trace].name)
    assert value_of(form, vms[0], "trace") == trace
    session.project.undo()
    session.project.undo()
    session.flush()
    assert row(form, "trace").editor.count() == 1


def test_that_another_theme_keeps_what_is_shown(form: Form, theme: Theme, vms: list[int]) -> None:
    show(form, vms[1])
    light = form.grab().toImage()
    theme.set_mode("dark")
    assert name_line(form).text() == "vm-2"
    assert row(form, "vcpus").editor.text() == "2"
    assert form.grab().toImage() != light
    theme.set_mode("light")


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("vm", "cpu_limit_mhz", "no limit"),
        ("vm", "shares", "by level"),
        ("vm", "cpu_reservation_mhz", "none"),
        ("host", "overcommit", "no limit"),
        ("power_feed", "battery_s", "no UPS"),
        ("service", "slo_frac", "none"),
    ],
)
def test_that_a_zero_with_a_meaning_of_its_own_is_said_in_words(
    form: Form, project: Project, host: int, kind: str, name: str, said: str
) -> None:
    center = edit.place(project, "data_center")
    inside = {"vm": host, "power_feed": center}
    element = host if kind == "host" else edit.place(project, kind, inside.get(kind, ROOT_ID))
    show(form, element)
    assert row(form, name).editor.text() == said
    for typed, value, text in (("0.5", 0.5, None), (said.upper(), 0.0, said), ("0.25", 0.25, None), ("0", 0.0, said)):
        write(form, name, typed)
        assert sentence(form, name) == ""
        assert value_of(form, element, name) == value
        assert text is None or row(form, name).editor.text() == text
