"""Building in the whole window with real keys and a real mouse: many at once, where things come to stand, the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.ui.canvas.view.spoken import boxes_of_selection, headers_of_selection
from designer.ui.files.windows import command_line
from designer.ui.parts.toast import Toast
from designer.ui.pickers.many_dialog import ManyDialog
from designer.ui.pickers.rule_dialog import RuleDialog
from designer.ui.shell.window import Window
from tests.ui.test_window import CTRL, LEFT, SHIFT, Key, key, new_window, remembered, site, state

__all__ = ["new_window", "remembered", "site"]  # fixtures
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


def test_that_four_vms_are_linked_with_a_service_by_one_key(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    shop = edit.place(project, "service", name="shop")
    window.session.flush()
    before = state(project)
    vms = [site[name] for name in ("vm-1", "vm-2", "vm-3")]
    window.session.select([shop, *vms])
    key(window, Key.Key_L, CTRL)
    assert set(project.sources(shop, "member")) == set(vms)
    assert window.message.last == "3 VMs are members of shop."
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
    told = [*dialog.examples, *dialog.findChildren(QLabel)]
    assert all(one.width() >= one.sizeHint().width() for one in told if one.isVisible())
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


# -- where things come to stand


def search_and_place(window: Window, text: str) -> None:
    """Find something in the palette by keys alone, and place it."""
    key(window, Key.Key_I, CTRL | SHIFT)
    QTest.keyClicks(window.palette.line, text)
    QTest.keyClick(window.palette.line, Key.Key_Return)
    window.session.flush()


def test_that_what_is_placed_at_a_leaf_goes_to_the_nearest_that_takes_it(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    window.session.select([site["vm-2"]])
    search_and_place(window, "zone")
    made = window.session.selection[0]
    assert (project.elements[made].kind, project.elements[made].parent) == ("zone", site["region-1"])
    assert window.message.last == "Zone placed in region-1."


def test_that_placing_at_an_element_of_the_design_makes_what_is_missing(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    service = edit.place(project, "service", name="shop")
    window.session.flush()
    window.session.select([service])
    search_and_place(window, "rack")
    made = project.of_kind("rack")[0].id
    assert window.session.selection == (made,)
    assert [project.elements[i].kind for i in project.ancestors(made)] == ["data_center", "design"]


def test_that_the_only_container_of_a_missing_kind_takes_what_is_placed(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    service = edit.place(project, "service", name="shop")
    window.session.flush()
    window.session.select([service])
    search_and_place(window, "load balancer")
    made = window.session.selection[0]
    assert (project.elements[made].kind, project.elements[made].parent) == ("load_balancer", site["region-1"])
    assert window.message.last.startswith("Load balancer placed in region-1")
    window.session.select([])
    search_and_place(window, "zone")
    assert project.elements[window.session.selection[0]].parent == site["region-1"]
    edit.place(project, "region")
    window.session.flush()
    window.session.select([])
    search_and_place(window, "zone")  # a choice of two: one more is made
    assert len(project.of_kind("region")) == 3


def test_that_a_full_parent_says_why_the_next_one_was_taken(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    center = edit.place(project, "data_center", site["zone-1"], name="dc")
    rack = edit.place(project, "rack", center, name="rack", units_u=1)
    edit.place(project, "host", rack, size_u=1)
    window.session.flush()
    window.session.select([rack])
    search_and_place(window, "host")
    assert project.elements[window.session.selection[0]].parent == center
    assert window.message.last == "Host placed in dc, because rack has 1 U, 1 U are taken and it needs 1 U."


def test_that_after_placing_from_the_search_the_keys_are_the_drawing_s(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    before = state(project)
    window.session.select([site["zone-2"]])
    search_and_place(window, "host")
    assert window.canvas.view.hasFocus()
    assert window.palette.line.text() == ""
    assert state(project) != before
    key(window, Key.Key_Z, CTRL)
    assert state(project) == before


def test_that_ctrl_z_in_a_search_line_is_the_design_s(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    for line in (window.palette.line, window.outline.filter):
        edit.place(project, "host", site["zone-2"])
        window.session.flush()
        after = len(project.elements)
        line.setFocus()
        QTest.keyClicks(line, "ho")
        QTest.keyClick(line, Key.Key_Z, CTRL)
        assert (len(project.elements), line.text()) == (after - 1, "ho")
        line.clear()


def test_that_ctrl_z_in_a_field_is_its_own_only_while_something_is_typed(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    window.session.select([site["vm-1"]])
    editor = window.form.form.rows["vcpus"].editor  # type: ignore[union-attr]
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "16")
    QTest.keyClick(editor, Key.Key_Z, CTRL)
    assert project.elements[site["vm-1"]].__dict__["vcpus"] == 2
    assert editor.text() != "16"
    editor.selectAll()
    QTest.keyClicks(editor, "16")
    QTest.keyClick(editor, Key.Key_Return)
    window.session.flush()
    assert project.elements[site["vm-1"]].__dict__["vcpus"] == 16
    QTest.keyClick(editor, Key.Key_Z, CTRL)
    assert project.elements[site["vm-1"]].__dict__["vcpus"] == 2


# -- leaving a design


class Answer:
    """Answers the next question by a button, and remembers what was asked."""

    def __init__(self, text: str) -> None:
        self.asked, self._text = "", text
        QTimer.singleShot(0, self._answer)

    def _answer(self) -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(10, self._answer)
            return
        self.asked = box.text()
        button = next(b for b in box.buttons() if b.text().replace("&", "") == self._text)
        QTest.mouseClick(button, LEFT)


def test_that_an_empty_design_says_that_there_is_nothing_to_run(window: Window) -> None:
    window.actions["run.run"].trigger()
    assert window.session.run is None
    assert window.message.last.startswith("There is nothing to run yet")


@pytest.mark.parametrize(("answer", "stays"), [("Cancel", True), ("End the Run", False)])
@pytest.mark.usefixtures("new_window")
def test_that_a_new_design_never_drops_a_run_without_a_word(
    qtbot: QtBot, window: Window, site: dict[str, int], answer: str, stays: bool
) -> None:
    window.control.start(paused=True)
    run = window.session.run
    assert run is not None
    asked = Answer(answer)
    key(window, Key.Key_N, CTRL)
    assert asked.asked.startswith("A run of Untitled is at 00:00")
    assert (site["zone-1"] in window.session.project.elements) is stays
    assert run.active is stays
    window.control.cancel()


def test_that_other_windows_are_other_programs_on_their_files(qtbot: QtBot, window: Window) -> None:
    assert command_line(None)[1:] == ["-m", "designer"]
    assert command_line(Path("a b.clouddesign"))[-1] == str(Path("a b.clouddesign").absolute())
    for name in ("file.new_window", "file.open_window"):
        assert window.actions[name].isEnabled()


# -- what lies over the drawing


def test_that_the_frame_under_the_mouse_goes_with_the_zoom(window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    row = view.world.row_of[site["zone-2"]]
    QTest.mouseMove(view, view.to_pixels(view.world.rect(row)).center().toPoint())
    assert view.overlay.hover == view.to_pixels(view.world.rect(row))
    before = view.overlay.hover
    view.zoom_by(1.25)
    assert view.overlay.hover == view.to_pixels(view.world.rect(row))
    assert view.overlay.hover != before


def test_that_a_sentence_stands_in_a_corner_and_not_over_what_it_speaks_of(
    window: Window, site: dict[str, int]
) -> None:
    view, message = window.canvas.view, window.message
    window.session.select([])
    window.toast("Something was done.")
    area = QRect(view.mapTo(window.frame, QPoint(0, 0)), view.size())
    assert area.contains(message.geometry())
    assert area.bottomRight() - message.geometry().bottomRight() == QPoint(12, 12)
    corner = message.geometry()
    window.session.select([site["host-1"]])
    boxes = [box.toRect().translated(area.topLeft()) for box in view.overlay.selected]
    view.scroll_by(area.width() - boxes[0].center().x() + area.left() - 40, area.bottom() - boxes[0].center().y() - 30)
    boxes = [box.toRect().translated(area.topLeft()) for box in view.overlay.selected]
    assert boxes[0].intersects(corner)  # it has given way to what was scrolled there
    window.toast("Something else was done.")
    assert not any(box.intersects(message.geometry()) for box in boxes)
    assert area.contains(message.geometry())
    window.session.select([])
    window.toast("Something was undone.")
    assert boxes[0].intersects(message.geometry())
    window.session.select([site["host-1"]])  # it gives way to what is selected while it stands there
    assert not boxes[0].intersects(message.geometry())


def test_that_a_sentence_rather_covers_some_of_the_selected_than_the_names_around_them(
    window: Window, site: dict[str, int]
) -> None:
    view, message = window.canvas.view, window.message
    vms = [vm.id for vm in window.session.project.of_kind("vm")]
    window.session.select([site["region-1"], *vms])  # all corners lie upon the region
    at = view.mapTo(window.frame, QPoint(0, 0))
    world = view.world

    def covered() -> list[str]:
        heads = [box.translated(at) for box in headers_of_selection(view)]
        return [str(box) for box in heads if box.intersects(message.geometry())]

    region = world.rect(world.row_of[site["region-1"]])
    view.show_point(2.0 * view.height() / region.height(), region.center())
    window.toast("Placed 72 VMs.")
    lower = message.geometry()
    assert covered() == []
    assert any(box.translated(at).intersects(lower) for box in boxes_of_selection(view))
    view.scroll_by(0, lower.top() + 4 - at.y() - view.to_pixels(region).top())
    assert covered() == []  # it gives way to a header that is scrolled to where it stands
    assert message.geometry() != lower


def test_that_a_sentence_gives_way_to_what_is_dragged_over_it(window: Window, site: dict[str, int]) -> None:
    sign = Toast(window.canvas.theme, window.frame, window.canvas.view)
    sign.say("Placed 24 VMs.", False)
    sign._end.stop()
    assert sign.isVisible()
    held = QMimeData()  # the event does not own it
    entered = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, held, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(sign, entered)
    assert not sign.isVisible()
    assert not entered.isAccepted()
