"""The whole window under real keys: every action, files, search, theme, folding, and what a screen reader hears."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QTimer, QUrl
from PySide6.QtGui import QAccessible, QAction, QCursor, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QProgressDialog,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.settings import Settings
from designer.store.file import project_file
from designer.store.file.schema import VERSION
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.ui.canvas.tools.rename import RenameBox
from designer.ui.canvas.view.camera import Look
from designer.ui.canvas.view.canvas import COLOR_BY
from designer.ui.parts.theme import Theme
from designer.ui.run.lanes import Lanes
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.layer_bar import LayerBar
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.conftest import ROOT
from tests.ui.named import add_plots
from tests.waiting import turns

# The offscreen platform says of windows and popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
NO, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
Answer = QMessageBox.StandardButton


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


def names(project: Project, above: int = ROOT_ID) -> list[Any]:
    """Names and what stands in them."""
    return [(project.elements[i].name, names(project, i)) for i in project.children(above)]


def _let_close(frame: MainFrame) -> None:
    """The test is over: nobody is there to answer."""
    frame.may_close = lambda: True


@pytest.fixture
def remembered(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.json")


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


@pytest.fixture
def new_window(qtbot: QtBot, session: Session, theme: Theme, remembered: Settings) -> Iterator[Window]:
    frame = MainFrame(theme, remembered)
    made = Window(frame, session, theme, remembered, EngineHost())
    qtbot.addWidget(frame, before_close_func=_let_close)
    with qtbot.waitExposed(frame):
        frame.show()
    frame.activateWindow()
    qtbot.waitUntil(frame.isActiveWindow)
    made.canvas.view.setFocus()
    QCursor.setPos(frame.frameGeometry().bottomRight())  # not where the last test left it: over what this one opens
    QApplication.processEvents()
    yield made
    made.control.close()
    made.files.close()


@pytest.fixture
def site(window: Window) -> dict[str, int]:
    return placed(window)


def placed(window: Window) -> dict[str, int]:
    """Place a region with two zones, a host with three VMs in the first; by name. Nothing to save."""
    project = window.session.project
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    edit.place(project, "zone", region)
    host = edit.place(project, "host", zone)
    for _ in range(3):
        edit.place(project, "vm", host)
    project.history.mark_clean()
    window.session.flush()
    window.canvas.view.zoom_to_fit(animated=False)
    return {element.name: element.id for element in project.elements.values() if element.id != ROOT_ID}


def key(window: Window, what: Qt.Key, keys: Qt.KeyboardModifier = NO) -> None:
    """A key for what has the focus."""
    if QApplication.activeWindow() is None:  # a dialog was closed
        window.frame.activateWindow()
        QApplication.processEvents()
    QTest.keyClick(QApplication.focusWidget() or window.frame, what, keys)
    window.session.flush()


def centre(window: Window, element_id: int) -> QPoint:
    view = window.canvas.view
    return view.to_pixels(view.world.rect(view.world.row_of[element_id])).center().toPoint()


def beneath_mouse(window: Window, at: QPoint) -> None:
    QCursor.setPos(window.canvas.view.mapToGlobal(at))


class Asked:
    """Answers the next dialog as a person would, and remembers what it said. One that says to wait, which a busy
    machine shows, is none that is answered, but for those who look for it."""

    def __init__(self, act: Callable[[QDialog], object], waits: bool = False) -> None:
        self.said: list[str] = []
        self._act, self._waits = act, waits
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog) and dialog.isVisible() and isinstance(dialog, QProgressDialog) == self._waits:
            self._timer.stop()
            self.said.append(dialog.text() if isinstance(dialog, QMessageBox) else dialog.windowTitle())
            try:
                self._act(dialog)
            except BaseException:
                dialog.reject()  # nobody else answers it, and the test would hang
                raise

    def over(self) -> list[str]:
        """What was said; nobody is there to answer any more."""
        self._timer.stop()
        return self.said


def answering(answer: Answer) -> Asked:
    """Presses a button of the next message."""

    def press(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        button = dialog.button(answer)
        assert button is not None
        QTest.mouseClick(button, LEFT)

    return Asked(press)


def naming(path: Path | None) -> Asked:
    """Types a file's name into the next dialog and presses Enter, or cancels it."""

    def write(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        if path is None:
            QTest.keyClick(dialog, Key.Key_Escape)
            return
        (line,) = dialog.findChildren(QLineEdit, "fileNameEdit")
        line.setText(str(path))
        QTest.keyClick(line, Key.Key_Return)

    return Asked(write)


# -- actions


def test_that_what_is_hidden_can_be_shown_only_while_something_is(window: Window, site: dict[str, int]) -> None:
    show, project = window.actions["arrange.show"], window.session.project

    def possible() -> bool:
        window.session.flush()
        return show.isEnabled()

    assert not possible()
    window.session.select([site["host-1"]])
    window.actions["arrange.hide"].trigger()
    assert possible()
    show.trigger()
    assert not possible()
    project.undo()
    assert possible()
    edit.delete(project, [site["host-1"]])
    assert not possible()
    project.undo()  # what comes back is hidden
    assert possible()
    project.undo()
    assert not possible()


def test_that_a_drawing_of_which_all_is_hidden_says_so_and_offers_to_show_it(
    window: Window, site: dict[str, int]
) -> None:
    empty = window.canvas._empty
    assert not empty.isVisible()
    window.actions["edit.select_all"].trigger()
    window.actions["arrange.hide"].trigger()
    label, button = empty.findChild(QLabel), empty.findChild(QPushButton)
    assert (empty.isVisible(), label.text()) == (True, "Everything in this design is hidden.")
    button.click()
    assert not empty.isVisible()
    assert not window.actions["arrange.show"].isEnabled()
    edit.delete(window.session.project, window.session.project.children(ROOT_ID))
    window.session.flush()
    assert (empty.isVisible(), label.text()) == (True, "Drag a region here, or open the example.")


def test_that_undo_and_redo_say_what_they_would_do(window: Window) -> None:
    undo, redo = window.actions["edit.undo"], window.actions["edit.redo"]
    assert (undo.isEnabled(), redo.isEnabled(), undo.text()) == (False, False, "Undo")
    edit.place(window.session.project, "region")
    window.session.flush()
    assert (undo.isEnabled(), redo.isEnabled(), undo.text()) == (True, False, "Undo Place Region")
    key(window, Key.Key_Z, CTRL)
    assert (undo.isEnabled(), redo.isEnabled(), redo.text()) == (False, True, "Redo Place Region")
    key(window, Key.Key_Z, CTRL | SHIFT)
    assert window.session.project.children(ROOT_ID)


def test_that_the_names_in_undo_are_plain_text(window: Window) -> None:
    undo = window.actions["edit.undo"]
    name = "<b>R&D</b><img src=x>"
    edit.rename(window.session.project, edit.place(window.session.project, "region"), name)
    edit.delete(window.session.project, window.session.project.children(ROOT_ID))
    window.session.flush()
    assert undo.text() == "Undo Delete <b>R&&D</b><img src=x>"
    assert undo.toolTip() == "<span>Undo Delete &lt;b&gt;R&amp;D&lt;/b&gt;&lt;img src=x&gt;</span>"


def undone_and_redone(window: Window, before: dict[int, Any], steps: int = 1) -> None:
    """Ctrl+Z leads to the state before, Ctrl+Shift+Z to the present one."""
    project = window.session.project
    after = state(project)
    assert after != before
    for _ in range(steps):
        key(window, Key.Key_Z, CTRL)
    assert state(project) == before
    for _ in range(steps):
        key(window, Key.Key_Z, CTRL | SHIFT)
    assert state(project) == after


def test_that_delete_takes_the_selection_away(window: Window, site: dict[str, int]) -> None:
    project, before = window.session.project, state(window.session.project)
    window.session.select([site["host-1"], site["vm-2"], site["zone-2"]])
    key(window, Key.Key_Delete)
    assert names(project) == [("region-1", [("zone-1", [])])]
    assert window.session.selection == ()
    undone_and_redone(window, before)


def test_that_what_is_copied_is_pasted_into_what_lies_beneath_the_mouse(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    window.session.select([site["vm-1"], site["vm-3"]])
    key(window, Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "vm-1\nvm-3"
    before = state(project)
    beneath_mouse(window, centre(window, site["zone-2"]))
    key(window, Key.Key_V, CTRL)
    assert [project.elements[i].name for i in project.children(site["zone-2"])] == ["vm-4", "vm-5"]
    assert set(window.session.selection) == set(project.children(site["zone-2"]))
    assert len(project.children(site["host-1"])) == 3
    undone_and_redone(window, before)


def test_that_a_paste_goes_up_to_where_it_may_stand(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    window.session.select([site["host-1"]])
    key(window, Key.Key_C, CTRL)
    beneath_mouse(window, centre(window, site["vm-2"]))  # a host does not stand in a host
    key(window, Key.Key_V, CTRL)
    (made,) = window.session.selection
    assert made != site["host-1"]
    assert project.elements[made].parent == site["zone-1"]
    assert len(project.children(made)) == 3


def test_that_cut_and_paste_move(window: Window, site: dict[str, int]) -> None:
    project, before = window.session.project, state(window.session.project)
    window.session.select([site["host-1"]])
    key(window, Key.Key_X, CTRL)
    assert site["host-1"] not in project.elements
    beneath_mouse(window, centre(window, site["zone-2"]))
    key(window, Key.Key_V, CTRL)
    vms = [("vm-1", []), ("vm-2", []), ("vm-3", [])]
    assert names(project) == [("region-1", [("zone-1", []), ("zone-2", [("host-1", vms)])])]
    undone_and_redone(window, before, steps=2)


def test_that_pasting_when_the_program_that_copied_is_gone_is_told(window: Window, site: dict[str, int]) -> None:
    before = state(window.session.project)
    QGuiApplication.clipboard().clear()
    assert not window.actions["edit.paste"].isEnabled()
    key(window, Key.Key_V, CTRL)
    assert window.message.last.startswith("The clipboard is empty.")
    assert state(window.session.project) == before


def test_that_a_refused_paste_is_told(window: Window, site: dict[str, int]) -> None:
    before = state(window.session.project)
    window.session.select([site["vm-1"]])
    window.actions["edit.copy"].trigger()
    assert window.actions["edit.paste"].isEnabled()
    QGuiApplication.clipboard().setText("just words")
    assert not window.actions["edit.paste"].isEnabled()
    key(window, Key.Key_V, CTRL)
    assert window.message.last == "The clipboard holds nothing that can be pasted into a design."
    assert state(window.session.project) == before


def test_that_duplicate_copies_beside_the_original(window: Window, site: dict[str, int]) -> None:
    project, before = window.session.project, state(window.session.project)
    window.session.select([site["host-1"]])
    key(window, Key.Key_D, CTRL)
    (made,) = window.session.selection
    assert project.children(site["zone-1"]) == [site["host-1"], made]
    assert len(project.children(made)) == 3
    undone_and_redone(window, before)


def test_that_a_copy_beyond_the_edge_is_scrolled_to_at_the_same_scale(
    qtbot: QtBot, window: Window, site: dict[str, int]
) -> None:
    view = window.canvas.view
    box = view.box_of([site["host-1"]])
    view.set_look(Look(2.0, view.width() - 2.0 * box.right(), view.height() - 2.0 * box.bottom()))
    window.session.select([site["host-1"]])
    key(window, Key.Key_D, CTRL)
    copy = view.box_of(window.session.selection)
    qtbot.waitUntil(lambda: view.rect().contains(view.to_pixels(copy).toAlignedRect()))
    assert view.scale_now == 2.0


def test_that_f2_renames_in_the_drawing_and_escape_does_not(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    window.session.select([site["zone-2"]])
    before = state(project)
    key(window, Key.Key_F2)
    assert isinstance(QApplication.focusWidget(), RenameBox)
    QTest.keyClicks(QApplication.focusWidget(), "nonsense")
    key(window, Key.Key_Escape)
    assert state(project) == before
    key(window, Key.Key_F2)
    QTest.keyClicks(QApplication.focusWidget(), "Mumbai b")
    key(window, Key.Key_Return)
    assert project.elements[site["zone-2"]].name == "Mumbai b"
    assert window.canvas.view.hasFocus()
    undone_and_redone(window, before)


def test_that_f2_finds_what_is_out_of_sight(window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    view.zoom_by(3.0)
    view.scroll_by(5000, 0)
    window.session.select([site["zone-2"]])
    key(window, Key.Key_F2)
    line = QApplication.focusWidget()
    assert isinstance(line, RenameBox)
    assert view.rect().contains(line.geometry())


def test_that_f2_in_the_outline_renames_there(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    tree = window.outline.tree
    window.session.select([site["zone-2"]])
    tree.setFocus()
    key(window, Key.Key_F2)
    line = QApplication.focusWidget()
    assert isinstance(line, QLineEdit)
    assert tree.isAncestorOf(line)
    QTest.keyClicks(line, "Mumbai b")
    key(window, Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.project.elements[site["zone-2"]].name == "Mumbai b")


def test_that_keys_in_a_line_are_the_line_s_but_those_of_undo(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    window.session.select([site["zone-2"]])
    before, steps = state(project), project.history.position
    window.outline.filter.setFocus()
    QTest.keyClicks(window.outline.filter, "zonex")
    for what, keys in (
        (Key.Key_A, CTRL),
        (Key.Key_C, CTRL),
        (Key.Key_Delete, NO),
        (Key.Key_V, CTRL),
    ):
        key(window, what, keys)
    assert (state(project), project.history.position) == (before, steps)
    assert window.session.selection == (site["zone-2"],)
    assert QGuiApplication.clipboard().text() == "zonex"
    key(window, Key.Key_Z, CTRL)  # undo is the design's in a line that only searches
    assert project.history.position == steps - 1
    assert window.outline.filter.text() == "zonex"


def test_that_shrink_to_content_gives_up_what_was_pulled_bigger(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    zone, host = project.elements[site["zone-2"]], project.elements[site["host-1"]]
    small = zone.w
    edit.resize(project, zone.id, (zone.x, zone.y, 500.0, 300.0))
    window.session.flush()
    assert project.elements[zone.id].w == 500
    window.session.select([zone.id])
    key(window, Key.Key_G, Qt.KeyboardModifier.AltModifier)
    assert (project.elements[zone.id].w, project.elements[zone.id].hug) == (small, True)
    assert host.id in project.elements


def test_that_undo_shows_what_it_changed(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    edit.rename(window.session.project, site["vm-1"], "db")
    window.session.flush()
    with qtbot.waitSignal(window.session.reveal) as told:
        key(window, Key.Key_Z, CTRL)
    assert told.args == [[site["vm-1"]]]


def test_that_what_was_told_of_an_undone_step_goes(window: Window, site: dict[str, int]) -> None:
    told = window.message
    window.session.told.emit("Done.")
    told._end.stop()  # it stays
    assert told.isVisibleTo(window.frame)
    window.actions["edit.undo"].trigger()
    assert not told.isVisibleTo(window.frame)


@pytest.mark.usefixtures("new_window")
def test_that_the_keys_go_to_what_was_opened(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "a.clouddesign"
    project_file.save(path, window.session.project.rows())
    window.palette.line.setFocus()
    window.files.open(path)
    turns()
    assert window.frame.focusWidget() is window.canvas.view


def test_that_the_context_menu_inserts_what_may_stand_there(window: Window, site: dict[str, int]) -> None:
    def inner(element_id: int | None) -> dict[str, QAction]:
        window.canvas.context_menu_requested.emit(QPoint(300, 300), element_id)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        found = next(action.menu() for action in menu.actions() if action.menu() is not None)
        return {action.text(): action for action in found.actions() if action.text()}

    project = window.session.project
    for element_id, kinds in ((site["host-1"], {"VM"}), (None, {"Region", "Service", "Users"})):
        offered = inner(element_id)
        assert kinds <= set(offered)
        assert "Zone" not in offered
    inner(site["host-1"])["VM"].trigger()
    made = window.session.selection[0]
    assert (project.elements[made].kind, project.elements[made].parent) == ("vm", site["host-1"])
    while (menu := QApplication.activePopupWidget()) is not None:
        menu.close()


@pytest.mark.usefixtures("new_window")
def test_that_icons_follow_the_theme_at_once(window: Window) -> None:
    add_plots(window)

    def shown() -> dict[str, int]:
        seen = {name: action.icon() for name, action in window.actions.items() if not action.icon().isNull()}
        buttons = [b for b in window.frame.findChildren(QToolButton) if b.metaObject().className() == "QToolButton"]
        buttons = [b for b in buttons if not b.icon().isNull()]
        seen |= {f"button of {b.objectName() or f'{b.text()} {n}'}": b.icon() for n, b in enumerate(buttons)}
        images = {name: icon.pixmap(16).toImage() for name, icon in seen.items()}
        return {name: hash(bytes(image.constBits())) for name, image in images.items()}  # they end with their image

    light = shown()
    window.theme.set_mode("dark")
    dark = shown()
    assert [name for name in light if light[name] == dark[name]] == []


def test_that_the_window_is_never_larger_than_the_screen(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    room = QGuiApplication.primaryScreen().availableGeometry()
    remembered = Settings(tmp_path / "settings.json")
    first = MainFrame(theme, remembered)
    qtbot.addWidget(first)
    assert first.height() < room.height()
    assert first.width() <= room.width()
    first.setGeometry(0, 0, room.width() + 900, room.height() + 900)
    first.close()
    again = MainFrame(theme, remembered)
    qtbot.addWidget(again)
    assert again.height() < room.height()
    assert again.width() <= room.width()


# -- names for screen readers


def _in_a_box(widget: QWidget) -> bool:
    above = widget.parentWidget()
    return above is not None and (isinstance(above, QComboBox) or _in_a_box(above))


def unnamed(root: QWidget) -> list[str]:
    """Widgets that take the focus and of which a screen reader would say nothing but what they are."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.focusPolicy() is Qt.FocusPolicy.NoFocus or widget.isWindow() or widget.focusProxy() is not None:
            continue
        if widget.objectName().startswith("qt_") or _in_a_box(widget):
            continue  # parts of Qt's own widgets: they are heard as the widget
        told = QAccessible.queryAccessibleInterface(widget)
        if not told.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}")
    return found


@pytest.mark.usefixtures("new_window")
def test_that_all_that_takes_the_focus_has_a_name(window: Window, site: dict[str, int]) -> None:
    add_plots(window)
    assert unnamed(window.frame) == []
    nameless = QLineEdit(window.form)
    assert unnamed(window.frame) == ["QLineEdit  in Form"]
    nameless.setAccessibleName("Size")
    assert unnamed(window.frame) == []


# -- files


@pytest.mark.usefixtures("new_window")
def test_that_nothing_is_asked_when_there_is_nothing_to_save(window: Window, site: dict[str, int]) -> None:
    asked = answering(Answer.Cancel)
    assert window.frame.close()
    assert asked.over() == []
    assert not window.frame.isVisible()


@pytest.mark.parametrize(("answer", "closes"), [(Answer.Cancel, False), (Answer.Discard, True)])
@pytest.mark.usefixtures("new_window")
def test_that_closing_a_changed_design_asks(window: Window, site: dict[str, int], answer: Answer, closes: bool) -> None:
    edit.rename(window.session.project, site["vm-1"], "db")
    before = state(window.session.project)
    asked = answering(answer)
    assert window.frame.close() is closes
    assert asked.over() == ["Untitled has changes that are not saved."]
    assert window.frame.isVisible() is not closes
    assert state(window.session.project) == before


@pytest.mark.usefixtures("new_window")
def test_that_save_at_closing_saves_first(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "shop.clouddesign"
    window.session.path = path
    edit.rename(window.session.project, site["vm-1"], "db")
    asked = answering(Answer.Save)
    assert window.frame.close()
    assert asked.over() == ["shop has changes that are not saved."]
    assert {row.id: values(row) for row in project_file.load(path).rows} == state(window.session.project)


def test_that_a_canceled_name_keeps_the_window_open(window: Window, site: dict[str, int]) -> None:
    edit.rename(window.session.project, site["vm-1"], "db")
    messages = answering(Answer.Save)

    def then_cancel() -> None:
        if messages.said and not dialogs:
            dialogs.append(naming(None))

    dialogs: list[Asked] = []
    waiting = QTimer(interval=5)
    waiting.timeout.connect(then_cancel)
    waiting.start()
    assert not window.frame.close()
    waiting.stop()
    assert dialogs[0].over() == ["Save As"]
    assert window.frame.isVisible()
    assert window.session.modified


def test_that_leaving_a_changed_design_asks(window: Window, site: dict[str, int]) -> None:
    edit.rename(window.session.project, site["vm-1"], "db")
    before = state(window.session.project)
    for action in ("file.new", "file.open", "file.example"):
        asked = answering(Answer.Cancel)
        window.actions[action].trigger()
        assert asked.over() == ["Untitled has changes that are not saved."], action
        assert state(window.session.project) == before, action
        assert window.session.modified, action


def test_that_a_new_design_is_empty_and_clean(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    window.session.path = tmp_path / "old.clouddesign"
    window.session.select([site["vm-1"]])
    key(window, Key.Key_N, CTRL)
    session = window.session
    assert (list(session.project.elements), session.selection, session.path) == ([ROOT_ID], (), None)
    assert not session.modified
    assert window.canvas._empty.isVisible()
    assert not window.actions["edit.undo"].isEnabled()


@pytest.mark.usefixtures("new_window")
def test_that_what_is_saved_is_what_is_opened(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    project, session = window.session.project, window.session
    edit.connect(project, "member", site["vm-1"], edit.place(project, "service"))
    edit.change(project, [site["host-1"]], {"cores": 96, "note": "größer\nals gedacht"})
    saved = state(project)
    named = naming(tmp_path / "shop")  # the suffix is added
    key(window, Key.Key_S, CTRL)
    path = tmp_path / "shop.clouddesign"
    assert named.over() == ["Save As"]
    assert session.path == path
    assert not session.modified
    assert window.message.last == "Saved shop.clouddesign."
    key(window, Key.Key_N, CTRL)
    assert list(project.elements) == [ROOT_ID]
    opened = naming(path)
    key(window, Key.Key_O, CTRL)
    assert opened.over() == ["Open"]
    assert state(project) == saved
    assert (session.path, session.title, session.modified) == (path, "shop", False)
    assert not window.actions["edit.undo"].isEnabled()
    edit.rename(project, site["host-1"], "big iron")
    key(window, Key.Key_S, CTRL)  # it has a name: nothing is asked
    other = Project(KINDS, LINKS, project_file.load(path).rows)
    assert state(other) == state(project)
    assert other.elements[site["host-1"]].name == "big iron"


@pytest.mark.usefixtures("new_window")
def test_that_save_as_leaves_the_first_file_alone(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    first, second = tmp_path / "first.clouddesign", tmp_path / "second.clouddesign"
    window.session.path = first
    assert window.files.save()
    content = first.read_bytes()
    edit.rename(window.session.project, site["vm-1"], "db")
    named = naming(second)
    key(window, Key.Key_S, CTRL | SHIFT)
    assert named.over() == ["Save As"]
    assert window.session.path == second
    assert first.read_bytes() == content
    assert {row.id: values(row) for row in project_file.load(second).rows} == state(window.session.project)


@pytest.mark.parametrize("what", ["missing", "broken"])
def test_that_a_file_that_cannot_be_opened_changes_nothing(
    window: Window, site: dict[str, int], tmp_path: Path, what: str
) -> None:
    path = tmp_path / "bad.clouddesign"
    if what == "broken":
        path.write_bytes(b"this is no design" * 400)
    before = state(window.session.project)
    asked = answering(Answer.Ok)
    assert not window.files.open(path)
    (said,) = asked.over()
    assert "bad.clouddesign" in said
    assert (state(window.session.project), window.session.path) == (before, None)
    assert window.settings.recent_files() == []


@pytest.mark.usefixtures("new_window")
def test_that_a_place_that_cannot_be_written_keeps_the_changes(
    window: Window, site: dict[str, int], tmp_path: Path
) -> None:
    edit.rename(window.session.project, site["vm-1"], "db")
    window.session.path = tmp_path / "no such folder" / "shop.clouddesign"
    asked = answering(Answer.Cancel)
    assert not window.files.save()
    assert len(asked.over()) == 1
    assert window.session.modified


@pytest.mark.usefixtures("new_window")
def test_that_recent_files_are_listed_newest_first_and_open(
    window: Window, site: dict[str, int], tmp_path: Path
) -> None:
    paths = [tmp_path / f"{name}.clouddesign" for name in ("first", "second")]
    for path in paths:
        window.session.path = path
        edit.rename(window.session.project, site["vm-1"], path.stem)
        assert window.files.save()
    window.menus.recent.aboutToShow.emit()
    listed = window.menus.recent.actions()
    assert [action.text() for action in listed] == [str(path) for path in reversed(paths)]
    listed[1].trigger()
    assert window.session.path == paths[0]
    assert window.session.project.elements[site["vm-1"]].name == "first"
    window.menus.recent.aboutToShow.emit()
    assert [action.text() for action in window.menus.recent.actions()] == [str(path) for path in paths]
    assert Settings(tmp_path / "settings.json").recent_files() == [str(path) for path in paths]


@pytest.mark.usefixtures("new_window")
def test_that_saving_a_file_of_an_older_version_says_once_who_can_read_it_now(window: Window, tmp_path: Path) -> None:
    path, told = tmp_path / "old.clouddesign", list[str]()
    shutil.copyfile(ROOT / "tests" / "files" / "v2.clouddesign", path)
    assert window.files.open(path)
    window.session.told.connect(told.append)
    assert window.files.save()
    upgraded = f"old.clouddesign now has file version {VERSION}; before it had 2. Older versions of the program open it"
    assert told == ["Saved old.clouddesign.", f"{upgraded} read-only or not at all."]
    told.clear()
    assert window.files.save()
    assert told == ["Saved old.clouddesign."]


@pytest.mark.usefixtures("new_window")
def test_that_a_file_that_comes_back_is_told(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    path, told = tmp_path / "shop.clouddesign", list[str]()
    assert window.files._save(path)
    window.session.told.connect(told.append)
    looks = window.files.watch.timer.timeout
    path.rename(tmp_path / "away")
    looks.emit()
    qtbot.waitUntil(lambda: len(told) == 1)
    assert "renamed or deleted" in told[0]
    (tmp_path / "away").rename(path)
    qtbot.waitUntil(lambda: not window.files.watch.busy)
    looks.emit()
    qtbot.waitUntil(lambda: told[1:] == ["shop.clouddesign is there again."])
    assert window.status.saved.text() == "Saved in shop.clouddesign"


@pytest.mark.usefixtures("new_window")
def test_that_a_file_dropped_on_the_window_opens(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "shop.clouddesign"
    other = Project(KINDS, LINKS)
    region = edit.place(other, "region")
    project_file.save(path, other.rows())
    mime, at = QMimeData(), QPoint(700, 5)
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, mime, LEFT, NO)
    QApplication.sendEvent(window.frame, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window.frame, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, mime, LEFT, NO))
    assert window.session.project.elements[region].name == "region-1"
    assert window.session.path == path
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "shop.txt"))])
    refused = QDragEnterEvent(at, Qt.DropAction.CopyAction, mime, LEFT, NO)
    refused.ignore()
    QApplication.sendEvent(window.frame, refused)
    assert not refused.isAccepted()


@pytest.mark.usefixtures("new_window")
def test_that_the_title_marks_what_is_not_saved(window: Window, site: dict[str, int], tmp_path: Path) -> None:
    def shown() -> tuple[bool, str, str]:
        return window.frame.isWindowModified(), window.menus.name.text(), window.status.saved.text()

    assert "[*]" in window.frame.windowTitle()
    edit.rename(window.session.project, site["vm-1"], "db")
    window.session.flush()
    assert shown() == (True, "Untitled •", "Not saved yet")
    key(window, Key.Key_Z, CTRL)
    assert shown() == (False, "Untitled", "Not saved yet")
    window.session.path = tmp_path / "shop.clouddesign"
    edit.rename(window.session.project, site["vm-1"], "web")
    window.session.flush()
    assert shown() == (True, "shop •", "Unsaved changes")
    key(window, Key.Key_S, CTRL)
    assert shown() == (False, "shop", "Saved in shop.clouddesign")
    assert window.frame.windowTitle() == "shop[*] – Cloud Designer"


@pytest.mark.usefixtures("new_window")
def test_that_the_empty_drawing_offers_the_example(window: Window) -> None:
    (button,) = [b for b in window.canvas.findChildren(QPushButton) if b.text() == "Open example"]
    assert button.isVisible()
    QTest.mouseClick(button, LEFT)
    assert len(window.session.project.elements) > 100
    assert not button.isVisible()
    assert (window.session.path, window.session.modified) == (None, False)
    seen = QRect(window.canvas.view.rect())
    assert seen.contains(window.canvas.view.to_pixels(window.canvas.view.world.bounds()).toRect())


# -- the look


@pytest.mark.usefixtures("new_window")
def test_that_light_and_dark_change_every_panel_and_are_remembered(window: Window, site: dict[str, int]) -> None:
    panels = [window.palette, window.outline, window.canvas, window.form, window.run_bar]
    window.session.select([site["host-1"]])

    def lightness() -> list[float]:
        shown = []
        for panel in panels:
            image = panel.grab().toImage().scaled(8, 8, mode=Qt.TransformationMode.SmoothTransformation)
            shown.append(sum(image.pixelColor(x, y).lightnessF() for x in range(8) for y in range(8)) / 64)
        return shown

    assert all(part > 0.75 for part in lightness())
    window.actions["view.dark"].trigger()
    assert window.theme.dark
    assert all(part < 0.35 for part in lightness())
    assert window.settings.get("theme") == "dark"
    window.actions["view.light"].trigger()
    assert all(part > 0.75 for part in lightness())
    assert window.settings.get("theme") == "light"
    assert window.session.selection == (site["host-1"],)


FOLDED = [
    (1440, True, False, True, True),
    (1100, False, False, True, True),
    (1000, False, True, True, True),
    (900, False, True, False, True),
    (800, False, True, False, False),
]
"""By width of the window: whether the form is seen, the palette is compact, outline and search button are seen."""


def test_that_a_narrow_window_folds_panels(window: Window) -> None:
    for width, form, compact, outline, search in FOLDED:
        window.frame.resize(width, 900)
        QApplication.processEvents()
        style = window.palette.buttons[0].toolButtonStyle()
        assert window.frame.width() == width
        assert window.form.isVisible() is form, width
        assert (style is Qt.ToolButtonStyle.ToolButtonIconOnly) is compact, width
        assert window.outline.isVisible() is outline, width
        assert window.menus.search_button.isVisible() is search, width
        assert window.canvas.width() >= 480, width
        if not form:  # there is little room, and yet the user may want to edit
            key(window, Key.Key_P, CTRL)
            assert window.form.isVisible(), width
            key(window, Key.Key_P, CTRL)
            assert not window.form.isVisible(), width
        window.frame.resize(1440, 900)
        QApplication.processEvents()
        assert window.form.isVisible(), width
        assert window.outline.isVisible(), width


def test_that_nothing_is_cut_off_at_the_window_s_edge(window: Window, site: dict[str, int]) -> None:
    for width in (1440, 1100, 1000, 900):
        window.frame.resize(width, 780)
        QApplication.processEvents()
        whole = window.frame.rect()
        assert whole.width() == width
        for widget in (window.palette, window.outline, window.canvas, window.form, window.run_bar, window.menus.name):
            if widget.isVisible():
                box = QRect(widget.mapTo(window.frame, QPoint(0, 0)), widget.size())
                assert whole.contains(box), f"{type(widget).__name__} at {box} of {whole}"


@pytest.mark.parametrize(("height", "shown", "lanes"), [(900, True, 9), (780, True, 2), (680, False, 2)])
@pytest.mark.usefixtures("new_window")
def test_that_a_low_window_folds_the_plots(
    window: Window, site: dict[str, int], height: int, shown: bool, lanes: int
) -> None:
    project = window.session.project
    edit.connect(project, "member", site["vm-1"], edit.place(project, "service"))
    window.add_lanes(Lanes)
    assert isinstance(window.panels.lanes, Lanes)
    assert not window.panels.lanes.isVisible()  # there is no run yet
    window.session.set_run(Run(window.session.project, window.control._engine))
    wanted = [name for name in window.panels.lanes.lanes if name in window.panels.lanes._settings.get("lanes")]
    assert len(wanted) > 2
    window.frame.resize(1440, height)
    QApplication.processEvents()
    assert window.panels.lanes.isVisible() is shown
    assert [n for n, lane in window.panels.lanes.lanes.items() if not lane.isHidden()] == wanted[:lanes]
    assert window.canvas.height() >= 200
    if not shown:
        key(window, Key.Key_J, CTRL)
        assert window.panels.lanes.isVisible()
    window.frame.resize(1440, 900)
    QApplication.processEvents()
    assert window.panels.lanes.isVisible()
    assert [n for n, lane in window.panels.lanes.lanes.items() if not lane.isHidden()] == wanted
    window.session.run.dispose()
    window.session.set_run(None)
    assert not window.panels.lanes.isVisible()


@pytest.mark.usefixtures("new_window")
def test_that_panels_are_shown_and_hidden_by_key_and_remembered(window: Window, site: dict[str, int]) -> None:
    window.add_lanes(Lanes)
    window.session.set_run(Run(window.session.project, window.control._engine))
    assert (window.form.isVisible(), window.panels.lanes.isVisible(), window.history.isVisible()) == (True, True, False)
    for what in (Key.Key_P, Key.Key_J, Key.Key_H):
        key(window, what, CTRL)
    assert (window.form.isVisible(), window.panels.lanes.isVisible()) == (False, False)
    assert sorted(window.settings.get("hidden")) == ["form", "lanes"]
    assert window.settings.get("history") is True
    window.frame.resize(1500, 950)
    QApplication.processEvents()
    assert (window.form.isVisible(), window.panels.lanes.isVisible()) == (False, False)
    for what in (Key.Key_P, Key.Key_J, Key.Key_H):
        key(window, what, CTRL)
    assert (window.form.isVisible(), window.panels.lanes.isVisible(), window.history.isVisible()) == (True, True, False)
    window.session.run.dispose()
    window.session.set_run(None)


@pytest.mark.usefixtures("new_window")
def test_that_the_history_goes_back_and_forth_by_a_click(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    key(window, Key.Key_H, CTRL)
    assert window.history.isVisible()
    before = state(project)
    for number in range(3):
        edit.rename(project, site["vm-1"], f"db {number}")
    window.session.flush()
    after, listed = state(project), window.history.list
    assert listed.count() == len(project.history.steps) + 1
    assert [listed.item(n).text() for n in range(listed.count())][-4:] == [
        "Place VM   ·  saved",
        "Rename",
        "Rename",
        "Rename",
    ]

    def click(row: int) -> None:
        listed.scrollToItem(listed.item(row))
        QTest.mouseClick(listed.viewport(), LEFT, pos=listed.visualItemRect(listed.item(row)).center())
        window.session.flush()

    click(listed.count() - 4)
    assert state(project) == before
    assert listed.currentRow() == listed.count() - 4
    click(listed.count() - 1)
    assert state(project) == after


def test_that_the_status_says_what_is_selected(window: Window, site: dict[str, int]) -> None:
    assert window.status.chosen.text() == "7 elements"
    window.session.select([site["host-1"]])
    assert window.status.chosen.text() == "1 host selected, 3 inside"
    window.session.select([site["vm-1"], site["vm-2"], site["zone-1"]])
    assert window.status.chosen.text() == "2 VMs, 1 zone selected"
    users = [edit.place(window.session.project, "user_population") for _ in range(2)]
    window.session.select(users[:1])
    assert window.status.chosen.text() == "1 user population selected"
    window.session.select(users)
    assert window.status.chosen.text() == "2 user populations selected"


def test_that_a_long_selection_is_shortened_in_the_status_and_whole_in_its_tip(
    window: Window, site: dict[str, int]
) -> None:
    for kind in ("service", "user_population", "dns_name", "note"):
        edit.place(window.session.project, kind)
    window.actions["edit.select_all"].trigger()
    chosen = window.status.chosen
    assert chosen.text().endswith("…")
    assert chosen.fontMetrics().horizontalAdvance(chosen.text()) <= chosen.contentsRect().width()
    assert chosen.toolTip().startswith(chosen.text()[:-1].rstrip())
    assert chosen.toolTip().endswith("1 DNS name, 1 note selected")


def test_that_hints_stand_on_one_line_in_a_small_window_too(window: Window) -> None:
    (words,) = window.hints.findChildren(QLabel)
    window.frame.resize(1440, 900)
    turns()
    whole, high = words.text(), window.hints.height()
    assert words.toolTip() == ""
    for size in ((1024, 700), (720, 480)):
        window.frame.resize(*size)
        turns()
        assert window.hints.height() == high
        assert words.fontMetrics().horizontalAdvance(words.text()) <= words.width()
        assert whole.startswith(words.text())
        assert words.toolTip().replace("\n", "   ·   ") == whole


@pytest.mark.usefixtures("new_window")
def test_that_the_hints_are_gone_for_good(window: Window, theme: Theme, qtbot: QtBot) -> None:
    (close,) = [b for b in window.hints.findChildren(QToolButton) if b.text() == "Got it"]
    assert window.hints.isVisible()
    QTest.mouseClick(close, LEFT)
    assert not window.hints.isVisible()
    assert Settings(window.settings._path).get("hints_seen") is True


@pytest.mark.usefixtures("new_window")
def test_that_a_layer_can_be_hidden(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    edit.connect(project, "member", site["vm-1"], edit.place(project, "service"))
    window.session.flush()
    window.canvas.view.zoom_to_fit(animated=False)
    layer = next(b for b in window.frame.findChildren(QToolButton) if b.text() == "Service" and b.isCheckable())
    shown = window.canvas.view.grab().toImage()
    QTest.mouseClick(layer, LEFT)
    assert window.canvas.view.grab().toImage() != shown
    QTest.mouseClick(layer, LEFT)
    assert window.canvas.view.grab().toImage() == shown


def test_that_letters_typed_into_a_field_choose_no_tool(window: Window, site: dict[str, int]) -> None:
    window.session.select([site["zone-1"]])
    window.form._name.setFocus()
    QTest.keyClicks(window.form._name, "cvh")
    assert "cvh" in window.form._name.text()
    assert window.canvas.view.tool == "select"


def test_that_two_selected_elements_are_connected_by_keyboard(window: Window, site: dict[str, int]) -> None:
    project = window.session.project
    center = edit.place(project, "data_center", site["zone-1"])
    feed, rack = edit.place(project, "power_feed", center), edit.place(project, "rack", center)
    window.session.flush()
    window.session.select([feed])
    assert not window.actions["edit.connect"].isEnabled()
    window.session.select([rack, feed])
    key(window, Key.Key_L, CTRL)
    (link,) = project.links_of(feed, "feeds")
    assert (link.source, link.target) == (feed, rack)
    assert window.session.selection == (link.id,)
    assert window.status.chosen.text() == "1 link selected"
    key(window, Key.Key_Delete)
    assert project.links_of(feed, "feeds") == []


def test_that_two_elements_that_nothing_joins_say_so(window: Window, site: dict[str, int]) -> None:
    heard: list[str] = []
    window.session.refused.connect(heard.append)
    note = edit.place(window.session.project, "note", site["zone-1"], name="to do")
    window.session.flush()
    window.session.select([site["region-1"], note])
    key(window, Key.Key_L, CTRL)
    assert heard == ["Not linked: No link joins region-1 (Region) with to do (Note)."]


def test_that_two_zones_are_linked_at_once_as_the_link_has_no_direction(window: Window, site: dict[str, int]) -> None:
    window.session.select([site["zone-1"], site["zone-2"]])
    key(window, Key.Key_L, CTRL)
    (link,) = window.session.project.links.values()
    assert (link.kind, {link.source, link.target}) == ("private_link", {site["zone-1"], site["zone-2"]})


@pytest.mark.usefixtures("new_window")
def test_that_hidden_layers_are_remembered(window: Window) -> None:
    window.strip.layers.actions_of["power"].setChecked(False)
    assert "power" not in window.canvas.view.brush.layers
    again = LayerBar(Settings(window.settings._path))
    assert again.shown() == {"physical", "network", "storage", "service"}
    again.deleteLater()


def test_that_the_layers_fit_the_strip(window: Window) -> None:
    strip = window.strip.layers.parentWidget()
    for width in (1440, 1180, 960, 760):
        window.frame.resize(width, 800)
        turns()
        shown = [w for w in window.strip.layers.findChildren(QToolButton) if w.isVisible()]
        assert shown, width
        for button in shown:
            assert button.width() >= button.sizeHint().width(), width
            assert button.mapTo(strip, button.rect().bottomRight()).x() <= window.strip.color_by.x(), width


@pytest.mark.usefixtures("new_window")
def test_that_colors_are_chosen_and_named_in_the_legend(window: Window) -> None:
    assert [window.strip.color_by.itemText(n) for n in range(window.strip.color_by.count())] == list(COLOR_BY.values())
    window.strip.color_by.setFocus()
    key(window, Key.Key_Down)
    assert (window.canvas.view.colors.color_by, window.canvas._legend.key.title) == ("used", "CPU given")


@pytest.mark.usefixtures("new_window")
def test_that_the_window_s_place_is_remembered(qtbot: QtBot, window: Window, theme: Theme) -> None:
    window.frame.resize(760, 510)  # the offscreen screen is no bigger than 800 x 800
    QApplication.processEvents()
    assert window.frame.close()
    again = MainFrame(theme, Settings(window.settings._path))
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (760, 510)


# -- a file that somebody else changed


def pressing(text: str) -> Asked:
    """Presses the button of that text in the next message."""

    def press(dialog: QDialog) -> None:
        (button,) = [b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == text]
        QTest.mouseClick(button, LEFT)

    return Asked(press)


@pytest.mark.parametrize(("choice", "ours"), [("Overwrite", True), ("Cancel", False)])
@pytest.mark.usefixtures("new_window")
def test_that_a_file_changed_behind_our_back_is_asked_about(
    window: Window, site: dict[str, int], tmp_path: Path, choice: str, ours: bool
) -> None:
    path = tmp_path / "shared.clouddesign"
    asked = naming(path)
    assert window.files.save_as()
    asked.over()
    theirs = Project(KINDS, LINKS, project_file.load(path).rows)
    edit.rename(theirs, site["host-1"], "theirs")
    project_file.save(path, theirs.rows())
    edit.rename(window.session.project, site["host-1"], "ours")
    asked = pressing(choice)
    assert window.files.save() is ours
    (said,) = asked.over()
    assert "shared.clouddesign" in said
    opened = Project(KINDS, LINKS, project_file.load(path).rows)
    assert opened.elements[site["host-1"]].name == ("ours" if ours else "theirs")
    assert window.session.modified is not ours


def test_that_a_sentence_leaves_the_hints_to_be_read(window: Window) -> None:
    window.hints.show()
    QApplication.processEvents()
    window.toast("Something was done.")
    hint = QRect(window.hints.mapTo(window.frame, QPoint(0, 0)), window.hints.size())
    assert not hint.intersects(window.message.geometry())
