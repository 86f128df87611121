"""Two designs compared and merged as a user does it: list and drawings, choices, one step of undo, saved for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.commands.restore import restore
from designer.model.element import ROOT_ID, clone
from designer.model.project import Project, snapshot
from designer.settings import Settings
from designer.store.file import project_file
from designer.store.working.open_document import OpenDocument
from designer.ui.canvas.paint.brush import mix
from designer.ui.canvas.paint.marks import MARKS, mark_color
from designer.ui.canvas.view.camera import look_at
from designer.ui.canvas.view.viewer import Viewer
from designer.ui.files.compare_window import CHOOSE, CompareWindow, of_file
from designer.ui.files.comparison import CompareView, comparison
from designer.ui.files.files import Files
from designer.ui.files.merge_dialog import MergeDialog, Merging
from designer.ui.parts.background import Stopped, run_with_progress
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.store.designs import content
from tests.ui.test_window import Asked, new_window, remembered  # noqa: F401

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def parent(qtbot: QtBot, theme: Theme) -> Iterator[QWidget]:
    made = QWidget()
    made.resize(1000, 700)
    qtbot.addWidget(made)
    made.show()
    yield made


def site(project: Project) -> dict[str, int]:
    """A region with two zones, each with a host of three VMs, and a service; by name."""
    region = edit.place(project, "region", ROOT_ID, (0.0, 0.0))
    edit.place(project, "service", ROOT_ID, (0.0, 600.0))
    for _ in range(2):
        host = edit.place(project, "host", edit.place(project, "zone", region))
        for _ in range(3):
            edit.place(project, "vm", host)
    project.history.mark_clean()
    return {element.name: element.id for element in project.elements.values() if element.id != ROOT_ID}


@pytest.fixture
def ids(session: Session) -> dict[str, int]:
    made = site(session.project)
    session.flush()
    return made


@pytest.fixture
def files(session: Session, theme: Theme, parent: QWidget, tmp_path: Path) -> Iterator[Files]:
    made = Files(session, Settings(tmp_path / "settings.json"), theme, parent)
    yield made
    made.close()


def altered(old: Project, ids: dict[str, int]) -> Project:
    """One of each sort: a VM more, one less, one with more vCPUs, the service moved, a link more."""
    new = snapshot(old)
    edit.delete(new, [ids["vm-1"]])
    edit.change(new, [ids["vm-4"]], {"vcpus": 7})
    edit.rename(new, ids["vm-4"], "changed")
    edit.move(new, [ids["service-1"]], (300.0, 40.0))
    edit.place(new, "vm", ids["host-2"])
    edit.connect(new, "member", ids["vm-6"], ids["service-1"])
    return new


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, session: Session, ids: dict[str, int]) -> CompareView:
    """The designs of `altered`, side by side."""
    made = CompareView(theme)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    with qtbot.waitExposed(made):
        made.show()
    new = altered(session.project, ids)
    made.show_comparison(comparison(session.project.rows(), new.rows(), lambda part: None), ("before", "after"))
    return made


def lines(view: CompareView) -> list[str]:
    model = view.changes.changes
    return [model.index(n).data() for n in range(model.rowCount())]


def current(view: CompareView) -> int:
    return view.changes.changes.rows[view.changes.list.currentIndex().row()][0]


def point(viewer: Viewer, element_id: int) -> QPoint:
    return viewer.look.transform.map(viewer.box_of(element_id).center()).toPoint()


# -- the list


def test_that_what_differs_stands_beneath_its_element_with_counts(view: CompareView) -> None:
    assert lines(view)[-1].startswith("The link “Member of service” from VM vm-6 to service")
    at = lines(view).index("VM vm-4")
    assert lines(view)[at + 1 : at + 3] == ["is now named “changed”", "has vCPUs 7, before 2"]
    assert "VM vm-1" in lines(view)
    texts = {name: button.text() for name, button in view.changes.sorts.items()}
    assert texts["added"] == "+  2 added"
    assert texts["removed"] == "−  1 removed"
    assert texts["changed"] == "~  1 changed"
    assert view.changes.sorts["moved"].isEnabled()


def test_that_each_sort_can_be_switched_off_in_list_and_drawings(view: CompareView, ids: dict[str, int]) -> None:
    first, second = view.viewers
    assert first.marks[ids["service-1"]] == second.marks[ids["service-1"]] == "moved"
    QTest.mouseClick(view.changes.sorts["moved"], LEFT)
    assert "Service service-1" not in lines(view)
    assert "moved" not in {*first.marks.values(), *second.marks.values()}
    QTest.mouseClick(view.changes.sorts["removed"], LEFT)
    assert ids["vm-1"] not in first.marks
    assert second.marks[ids["vm-4"]] == "changed"


def test_that_changes_are_found_by_a_word(view: CompareView) -> None:
    QTest.keyClicks(view.changes.search, "vcpus")
    assert lines(view) == ["VM vm-4", "has vCPUs 7, before 2"]
    view.changes.search.setText("no such thing")
    assert lines(view) == []
    assert "Clear the filter" in view.changes.sentence.text()


def test_that_equal_designs_say_so(view: CompareView, session: Session) -> None:
    rows = session.project.rows()
    view.show_comparison(comparison(rows, rows, lambda part: None), ("a", "b"))
    assert lines(view) == []
    assert view.changes.sentence.text() == "The two designs are the same."
    assert not any(button.isEnabled() for button in view.changes.sorts.values())


# -- the drawings


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_marks_have_their_color_and_what_is_equal_is_muted(
    view: CompareView, ids: dict[str, int], theme: Theme, mode: str
) -> None:
    first, second = view.viewers
    new = next(iter(set(second.world.row_of) - set(first.world.row_of)))  # type: ignore[union-attr]
    for viewer, element_id, name in (
        (first, ids["vm-1"], "removed"),
        (second, new, "added"),
        (first, ids["vm-4"], "changed"),
        (second, ids["vm-4"], "changed"),
    ):
        viewer.set_look(look_at(viewer.box_of(element_id), viewer.size(), 4.0))
        box = viewer.look.transform.mapRect(viewer.box_of(element_id)).toRect()
        picture = viewer.grab(box).toImage()
        edge = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in (0, 1)}
        assert mark_color(theme, name).name() in edge, name
    first.set_look(look_at(first.box_of(ids["vm-5"]), first.size(), 4.0))
    at = first.look.transform.map(first.box_of(ids["vm-5"]).bottomLeft()).toPoint() + QPoint(4, -4)
    muted = first.grab().toImage().pixelColor(at)
    plain, ground = mix(theme.kind("vm").border, theme.color("sunken"), 0.15), theme.color("canvas")

    def apart(color: QColor) -> int:
        return sum(abs(a - b) for a, b in zip(color.getRgb()[:3], ground.getRgb()[:3]))  # type: ignore[index]

    assert 0 < apart(muted) < apart(plain)


def test_that_each_mark_has_a_shape_of_its_own(view: CompareView, theme: Theme) -> None:
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)
    assert len({mark.dashes for mark in MARKS.values()}) >= 3


def test_that_both_are_moved_and_zoomed_together(view: CompareView) -> None:
    first, second = view.viewers
    QTest.mousePress(first, LEFT, pos=QPoint(100, 100))
    QTest.mouseMove(first, QPoint(130, 120))
    QTest.mouseRelease(first, LEFT, pos=QPoint(130, 120))
    before = first.look
    assert second.look == before
    second.zoom_by(1.25, QPointF(10, 10))
    assert first.look == second.look != before
    assert first.look.scale == pytest.approx(before.scale * 1.25)
    QTest.keyClick(first, Key.Key_Right)
    QTest.keyClick(second, Key.Key_Minus)
    assert first.look == second.look
    assert first.look.scale == pytest.approx(before.scale)
    view.fit()
    for viewer in view.viewers:
        assert viewer.world is not None
        shown = viewer.look.transform.mapRect(viewer.world.bounds())
        assert viewer.rect().toRectF().contains(shown)


def test_that_a_line_is_shown_in_both_and_an_element_chooses_its_lines(view: CompareView, ids: dict[str, int]) -> None:
    first, second = view.viewers
    at = lines(view).index("VM vm-4")
    view.changes.list.setCurrentIndex(view.changes.changes.index(at + 1))
    assert first.chosen == second.chosen == ids["vm-4"]
    for viewer in view.viewers:
        assert viewer.rect().contains(point(viewer, ids["vm-4"]))
    told = "VM vm-4 is now named “changed”. VM vm-4 has vCPUs 7, before 2."
    assert view.changes.sentence.text() == told
    view.fit()
    QTest.mouseClick(first, LEFT, pos=point(first, ids["vm-1"]))
    assert current(view) == ids["vm-1"]
    assert second.chosen == ids["vm-1"]
    view.fit()
    head = second.to_pixels(second.world.rect(second.world.row_of[ids["region-1"]])).topLeft() + QPointF(60, 6)
    QTest.mouseClick(second, LEFT, pos=head.toPoint())  # equal in both: outlined, no line
    assert current(view) == ids["vm-1"]
    assert first.chosen == ids["region-1"]


def test_that_keys_go_from_change_to_change_and_round(view: CompareView) -> None:
    heads = list(dict.fromkeys(row_id for row_id, _ in view.changes.changes.rows))
    seen = []
    for _ in heads:
        QTest.keyClick(view, Key.Key_F7)
        seen.append(current(view))
    assert seen == heads
    QTest.keyClick(view.changes.list, Key.Key_N)
    assert current(view) == heads[0]
    QTest.keyClick(view.viewers[1], Key.Key_P)
    assert current(view) == heads[-1]
    QTest.keyClick(view, Key.Key_F7, SHIFT)
    assert current(view) == heads[-2]


# -- the window that compares


def compared(files: Files, session: Session, theme: Theme, parent: QWidget, qtbot: QtBot) -> CompareWindow:
    made = CompareWindow(files, session, theme, parent)
    qtbot.addWidget(made)
    made.show()
    QApplication.processEvents()
    return made


def test_that_the_design_is_compared_with_its_last_save_and_with_files(
    files: Files, session: Session, theme: Theme, parent: QWidget, qtbot: QtBot, ids: dict[str, int], tmp_path: Path
) -> None:
    shown = compared(files, session, theme, parent, qtbot)
    assert shown.said.text() == "Choose a file or a backup to compare with."
    shown.close()
    assert files._save(tmp_path / "a.clouddesign")
    edit.rename(session.project, ids["vm-1"], "renamed")
    session.flush()
    shown = compared(files, session, theme, parent, qtbot)
    assert shown.said.text() == "From the first to the second: 1 changed"
    for viewer in shown.view.viewers:  # all of both at first
        assert viewer.world is not None
        assert viewer.rect().toRectF().contains(viewer.look.transform.mapRect(viewer.world.bounds()))
    assert not shown.again.isEnabled()
    edit.delete(session.project, [ids["vm-2"]])
    session.flush()
    QTest.mouseClick(shown.again, LEFT)
    assert "1 removed, 1 changed" in shown.said.text()
    other = tmp_path / "b.clouddesign"
    project_file.save(other, altered(session.project, {**ids, "vm-1": ids["vm-3"]}).rows())
    shown.choose(1, of_file(other))
    assert "added" in shown.said.text()
    shown.choose(0, of_file(other))
    assert shown.said.text().endswith("nothing changed")
    shown.choose(0, shown.now)
    shown.swap()
    assert [box.currentText() for box in shown.boxes] == ["b.clouddesign", "This design now"]
    shown.view.activated.emit(ids["vm-1"])
    assert session.selection == (ids["vm-1"],)


def test_that_a_file_is_chosen_and_one_that_is_none_is_told(
    files: Files, session: Session, theme: Theme, parent: QWidget, qtbot: QtBot, ids: dict[str, int], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.clouddesign"
    bad.write_bytes(b"no design")
    shown = compared(files, session, theme, parent, qtbot)

    def write(dialog: Any) -> None:
        assert isinstance(dialog, QFileDialog)
        (line,) = dialog.findChildren(QLineEdit, "fileNameEdit")
        line.setText(str(bad))
        QTest.keyClick(line, Key.Key_Return)

    asked = Asked(write)
    box = shown.boxes[0]
    box.activated.emit(box.findText(CHOOSE))
    asked.over()
    assert box.currentText() == "bad.clouddesign"
    assert "is not a Cloud Designer project" in shown.said.text()


def large(count: int = 22_000) -> Project:
    """Hosts of VMs, about so many."""
    from designer.commands.imports import import_machines

    project = Project(KINDS, LINKS)
    hosts = [{"name": str(n), "cores": 64, "mhz": 1.0, "ram_mib": 2.0**20} for n in range(count // 22)]
    vms = [{"name": str(n), "host": str(n // 21), "vcpus": 1, "ram_mib": 1.0} for n in range(count // 22 * 21)]
    import_machines(project, hosts, vms)
    return project


def test_that_a_large_design_is_compared_beside_the_window_and_can_be_stopped(
    theme: Theme, parent: QWidget, qtbot: QtBot
) -> None:
    old = large()
    rows = [clone(row, name=f"{row.id}") if row.id % 3 == 0 else clone(row) for row in old.rows()]
    beats: list[int] = []
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: beats.append(len(beats)))
    timer.start()

    def compare(going: Callable[[float], None]) -> Any:
        done = comparison(old.rows(), rows, going)
        while len(beats) < 5:  # a window that stands still while it compares never beats
            comparison(old.rows(), rows, going)
        return done

    done = run_with_progress(parent, "Comparing …", compare)
    timer.stop()
    assert len(done.found) > 6_000
    view = CompareView(theme)
    qtbot.addWidget(view)
    view.resize(1200, 700)
    view.show()
    view.show_comparison(done, ("a", "b"))
    assert view.changes.changes.rowCount() == 2 * len(done.found)
    assert not view.grab().isNull()

    def stop(dialog: Any) -> None:
        assert isinstance(dialog, QProgressDialog)
        (button,) = dialog.findChildren(QPushButton)
        QTest.mouseClick(button, LEFT)

    def endless(going: Callable[[float], None]) -> None:
        while True:
            going(0.5)

    asked = Asked(stop, waits=True)
    with pytest.raises(Stopped):
        run_with_progress(parent, "Comparing …", endless)
    asked.over()


# -- merging


def conflicting(session: Session, ids: dict[str, int], path: Path) -> None:
    """Theirs in the file: VM 1 has 16 vCPUs and a note, VM 2 is gone. Mine: VM 1 has 8, VM 3 is renamed."""
    loaded = project_file.load(path)
    theirs = Project(KINDS, LINKS, loaded.rows)
    edit.change(theirs, [ids["vm-1"]], {"vcpus": 16, "note": "theirs"})
    edit.delete(theirs, [ids["vm-2"]])
    project_file.save(path, theirs.rows(), loaded.stamp)
    edit.change(session.project, [ids["vm-1"]], {"vcpus": 8})
    edit.rename(session.project, ids["vm-3"], "mine")
    session.flush()


def taking(side: str, said: list[str]) -> Asked:
    """Takes a side for all conflicts of the next merge, looks at the result and merges."""

    def act(dialog: Any) -> None:
        assert isinstance(dialog, MergeDialog)
        said.append(dialog.said.text())
        model = dialog.model
        said.extend(
            " | ".join(str(model.index(row, column).data()) for column in range(3)) for row in range(model.rowCount())
        )
        dialog.table.selectAll()
        QTest.keyClick(dialog.table, Key.Key_T if side == "theirs" else Key.Key_M)
        dialog.tabs.setCurrentIndex(1)
        said.extend(one.sentence for one in dialog.view.changes.found if not one.drawing_only)
        QTest.mouseClick(dialog.ok, LEFT)

    return Asked(act)


@pytest.mark.parametrize(("side", "vcpus"), [("mine", 8), ("theirs", 16)])
def test_that_a_merge_asks_for_each_conflict_and_is_one_step_of_undo(
    files: Files, session: Session, ids: dict[str, int], tmp_path: Path, side: str, vcpus: int
) -> None:
    path = tmp_path / "a.clouddesign"
    assert files._save(path)
    conflicting(session, ids, path)
    before, steps, disk = content(session.project.rows()), session.project.history.position, path.read_bytes()
    said: list[str] = []
    asked = taking(side, said)
    assert files.merging.merge(path)
    asked.over()
    assert "Both come from save 1." in said[0]
    assert "yours 2 changed" in said[0]
    assert said[1] == "VM vm-1: vCPUs | ◉  8 | ○  16"
    assert "VM vm-1 has Note “theirs”, before nothing." in said
    assert ("VM vm-1 has vCPUs 16, before 8." in said) == (side == "theirs")
    elements = session.project.elements
    assert elements[ids["vm-1"]].__dict__["vcpus"] == vcpus
    assert elements[ids["vm-1"]].note == "theirs"
    assert ids["vm-2"] not in elements
    assert elements[ids["vm-3"]].name == "mine"
    assert session.project.history.position == steps + 1
    assert session.project.history.undo_text == "Merge with a.clouddesign"
    assert path.read_bytes() == disk
    assert session.modified
    session.project.undo()
    assert content(session.project.rows()) == before
    session.project.redo()
    assert files.save()
    assert content(project_file.load(path).rows) == content(session.project.rows())


def test_that_a_merge_that_is_canceled_changes_nothing(
    files: Files, session: Session, ids: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "a.clouddesign"
    assert files._save(path)
    conflicting(session, ids, path)
    before, stamp = content(session.project.rows()), files.document.stamp
    asked = Asked(lambda dialog: dialog.reject())
    assert not files.merging.merge(path)
    assert asked.over() == ["Merge with a.clouddesign"]
    assert content(session.project.rows()) == before
    assert files.document.stamp == stamp


def test_that_a_file_of_another_descent_is_merged_field_by_field_and_nothing_is_removed(
    files: Files, session: Session, ids: dict[str, int], tmp_path: Path
) -> None:
    assert files._save(tmp_path / "a.clouddesign")
    stranger = Project(KINDS, LINKS)
    edit.place(stranger, "region", ROOT_ID)
    project_file.save(tmp_path / "b.clouddesign", stranger.rows())
    said: list[str] = []
    asked = taking("mine", said)
    assert files.merging.merge(tmp_path / "b.clouddesign")
    asked.over()
    assert said[0].startswith("No common earlier save of your design and b.clouddesign is available.")
    assert set(ids.values()) < session.project.elements.keys()
    assert len(session.project.of_kind("region")) == 2


def test_that_a_save_over_a_changed_file_can_merge_and_two_windows_end_with_the_same(
    files: Files, session: Session, ids: dict[str, int], theme: Theme, parent: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "shared.clouddesign"
    assert files._save(path)
    other = Session(Project(KINDS, LINKS))
    second = Files(other, Settings(tmp_path / "other.json"), theme, parent)
    assert second._open(path, anyway=True)
    edit.rename(other.project, ids["vm-1"], "theirs")
    other.flush()
    assert second.save()
    edit.rename(session.project, ids["vm-2"], "mine")
    session.flush()
    said: list[str] = []
    answers = []

    def press(dialog: Any) -> None:
        answers.append(taking("mine", said))  # what comes next
        button = next(one for one in dialog.findChildren(QPushButton) if one.text() == "Merge …")
        QTest.mouseClick(button, LEFT)

    asked = Asked(press)
    assert files.save()
    (text,) = asked.over()
    assert "another program has changed it" in text
    assert answers[0].over() == ["Merge with shared.clouddesign"]
    opened = Project(KINDS, LINKS, project_file.load(path).rows)
    assert (opened.elements[ids["vm-1"]].name, opened.elements[ids["vm-2"]].name) == ("theirs", "mine")
    assert not session.modified
    edit.rename(session.project, ids["vm-3"], "again")
    assert files.save()  # no question
    said.clear()
    asked = taking("mine", said)
    assert second.merging.merge(path)
    asked.over()
    assert "Both come from save 2." in said[0]
    assert content(other.project.rows()) == content(session.project.rows())
    assert second.save()
    second.close()


def test_that_a_merge_on_the_command_line_is_taken_in(
    files: Files, session: Session, ids: dict[str, int], tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from designer.cli import main

    path, base = tmp_path / "a.clouddesign", tmp_path / "base.clouddesign"
    assert files._save(path)
    base.write_bytes(path.read_bytes())
    theirs = OpenDocument(Project(KINDS, LINKS), lambda text: None)
    theirs.open(base)
    edit.rename(theirs._project, ids["vm-1"], "theirs")
    theirs.save(tmp_path / "theirs.clouddesign")
    theirs.close()
    done = CliRunner().invoke(
        main, ["merge", str(base), str(path), str(tmp_path / "theirs.clouddesign"), "-o", str(path)]
    )
    assert done.exit_code == 0, done.output
    edit.rename(session.project, ids["vm-2"], "mine")
    asked = taking("mine", [])
    assert files.merging.merge(path)
    asked.over()
    assert files.save()
    opened = Project(KINDS, LINKS, project_file.load(path).rows)
    assert (opened.elements[ids["vm-1"]].name, opened.elements[ids["vm-2"]].name) == ("theirs", "mine")


def test_that_choices_are_made_by_click_and_for_all(
    session: Session, ids: dict[str, int], theme: Theme, parent: QWidget
) -> None:
    base, mine, theirs = (snapshot(session.project) for _ in range(3))
    for name in ("vm-1", "vm-2", "vm-3"):
        edit.change(mine, [ids[name]], {"vcpus": 8})
        edit.change(theirs, [ids[name]], {"vcpus": 16})
    dialog = MergeDialog(Merging(base.rows(), mine.rows(), theirs.rows(), "x", "save 1"), theme, parent)
    dialog.show()
    table, model = dialog.table, dialog.model

    def taken() -> str:
        return "".join(model.taken(one)[0] for one in model.conflicts)

    assert taken() == "mmm"
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(model.index(1, 2)).center())
    assert taken() == "mtm"
    assert dialog.sentence.text() == "VM vm-2: vCPUs: 16, as in theirs."
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    QTest.mouseClick(buttons["Theirs for All"], LEFT)
    assert taken() == "ttt"
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(model.index(0, 1)).center())
    assert taken() == "mtt"
    assert model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "Yours: 8, taken"
    dialog.accept()
    there = {row.id: row.__dict__ for row in dialog.merged.rows}
    assert [there[ids[name]]["vcpus"] for name in ("vm-1", "vm-2", "vm-3")] == [8, 16, 16]
    dialog.deleteLater()


def test_that_a_merge_shows_first_what_does_not_fit_together(
    session: Session, ids: dict[str, int], theme: Theme, parent: QWidget
) -> None:
    base = snapshot(session.project)
    rack = edit.place(base, "rack", base.of_kind("zone")[0].id, units_u=2, name="narrow")
    mine, theirs = snapshot(base), snapshot(base)
    edit.place(mine, "host", rack, name="m", size_u=2)
    edit.place(theirs, "host", rack, name="t", size_u=2)
    dialog = MergeDialog(Merging(base.rows(), mine.rows(), theirs.rows(), "x", "save 1"), theme, parent)
    dialog.show()
    assert (dialog.tabs.currentIndex(), dialog.tabs.tabText(0)) == (0, "No Conflicts, 2 Broken Rules")
    assert dialog.sentence.text() == "You and they changed different things, but not all of it fits together."
    assert [one.sentence.split(":")[0] for one in dialog.model.conflicts] == ["m", "t"]
    dialog.accept()
    assert restore(mine, dialog.merged.rows, "Merge")[0].startswith(("m:", "t:"))
    dialog.deleteLater()


def with_a_host_removed(
    session: Session, ids: dict[str, int], theme: Theme, parent: QWidget
) -> tuple[int, MergeDialog]:
    """A host that mine removed, and theirs renamed with a VM in it changed; the dialog is shown."""
    base, mine, theirs = (snapshot(session.project) for _ in range(3))
    host = base.elements[ids["vm-1"]].parent
    edit.delete(mine, [host])
    edit.rename(theirs, host, "theirs")
    edit.change(theirs, [ids["vm-1"]], {"vcpus": 16})
    dialog = MergeDialog(Merging(base.rows(), mine.rows(), theirs.rows(), "x", "save 1"), theme, parent)
    dialog.show()
    return host, dialog


def test_that_the_tab_says_how_many_conflicts_are_decided_and_how_many_there_are_now(
    session: Session, ids: dict[str, int], theme: Theme, parent: QWidget
) -> None:
    host, dialog = with_a_host_removed(session, ids, theme, parent)
    assert dialog.tabs.tabText(0) == "Conflicts (2)"
    dialog.table.selectRow([one.id for one in dialog.model.conflicts].index(host))
    QTest.keyClick(dialog.table, Key.Key_M)
    assert dialog.tabs.tabText(0) == "Conflicts (1 of 2 decided)"
    dialog.tabs.setCurrentIndex(1)
    assert dialog.tabs.tabText(0) == "Conflicts (1)"  # the host is back for the VM that stays: nothing to be chosen
    dialog.model.choices.clear()
    dialog._chose()
    dialog.tabs.setCurrentIndex(0)
    assert dialog.tabs.tabText(0) == "Conflicts (2)"
    dialog.deleteLater()


def test_that_what_was_only_done_has_a_whole_row_also_after_another_choice(
    session: Session, ids: dict[str, int], theme: Theme, parent: QWidget
) -> None:
    host, dialog = with_a_host_removed(session, ids, theme, parent)
    table, model = dialog.table, dialog.model

    def spans() -> list[tuple[bool, int]]:
        return [(one.open, table.columnSpan(row, 0)) for row, one in enumerate(model.conflicts)]

    assert spans() == [(True, 1), (True, 1)]
    model.choose([row for row, one in enumerate(model.conflicts) if one.id == host], "mine")
    dialog.tabs.setCurrentIndex(1)
    assert spans() == [(True, 1), (False, 3)]
    model.choices.clear()
    dialog._chose()
    dialog.tabs.setCurrentIndex(0)
    assert spans() == [(True, 1), (True, 1)]
    dialog.deleteLater()


def test_that_menu_and_keys_lead_to_both(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    ids = site(window.session.project)
    assert window.files._save(tmp_path / "a.clouddesign")
    project_file.save(
        tmp_path / "b.clouddesign", altered(window.session.project, ids).rows(), window.files.document.stamp
    )
    window.actions["file.compare"].trigger()
    (shown,) = window.frame.findChildren(CompareWindow)
    qtbot.waitUntil(lambda: shown.said.text() == "From the first to the second: nothing changed")
    shown.close()
    answers: list[Asked] = []

    def name(dialog: Any) -> None:
        answers.append(taking("mine", []))
        assert isinstance(dialog, QFileDialog)
        (line,) = dialog.findChildren(QLineEdit, "fileNameEdit")
        line.setText(str(tmp_path / "b.clouddesign"))
        QTest.keyClick(line, Key.Key_Return)

    asked = Asked(name)
    window.actions["file.merge"].trigger()
    asked.over()
    assert answers[0].over() == ["Merge with b.clouddesign"]
    assert window.session.project.elements[ids["vm-4"]].name == "changed"
    assert window.session.project.history.undo_text == "Merge with b.clouddesign"


def test_that_a_change_of_the_open_file_is_told_once_and_no_touch_and_no_save_of_ours(
    files: Files, session: Session, ids: dict[str, int], tmp_path: Path, qtbot: QtBot
) -> None:
    path, told = tmp_path / "shared.clouddesign", []
    session.told.connect(told.append)
    files.watch.timer.stop()

    def attend(times: int = 3) -> None:
        """What happens when the timer rings: the file is looked at, and what was seen is heard."""
        for _ in range(times):
            files.watch.timer.timeout.emit()
            qtbot.waitUntil(lambda: not files.watch.busy)

    assert files._save(path)
    for number in range(3):
        edit.rename(session.project, ids["vm-3"], f"mine {number}")
        assert files.save()
        attend()
    path.touch()
    attend()
    assert not any("changed" in one for one in told)
    loaded = project_file.load(path)
    theirs = Project(KINDS, LINKS, loaded.rows)
    edit.rename(theirs, ids["vm-1"], "theirs")
    project_file.save(path, theirs.rows(), loaded.stamp)
    sentence = "Another program has changed shared.clouddesign. File, Merge takes its changes in; Save asks what to do."
    attend()
    assert told.count(sentence) == 1
    assert session.news.what == "changed"
    asked = taking("mine", [])
    assert files.merging.merge(path)
    asked.over()
    attend()
    assert session.news.what == ""
    assert files.save()
    attend()
    assert told.count(sentence) == 1
