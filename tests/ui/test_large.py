"""Large commands go on beside the window, with progress and a way to stop them: whole, or not at all."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from designer.commands import clipboard, edit, many
from designer.errors import RuleError
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.model.replay import Replay
from designer.ui.actions.edit import clipboard_text
from designer.ui.canvas.world.world import World
from designer.ui.parts import large
from designer.ui.parts.large import LARGE, LARGE_REPLAY
from designer.ui.pickers.many_dialog import ManyDialog
from designer.ui.shell.window import Window
from tests.ui.monkey.__main__ import check
from tests.waiting import HUNG_S, turns

COUNT = LARGE + 1


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


def notes(project: Project, count: int = COUNT) -> list[int]:
    """Add many notes."""
    with project.edit("Add notes"):
        return project.add_many([project.kinds["note"].table(parent=ROOT_ID, name=f"n{n}") for n in range(count)])


def state(project: Project) -> list[Any]:
    """All that is saved."""
    return [values(row) for row in project.rows()]


def dialogs() -> list[QProgressDialog]:
    """What says that something takes long."""
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QProgressDialog) and w.isVisible()]


def every(ms: int, act: Any) -> QTimer:
    """Do something again and again while the work goes on."""
    timer = QTimer(interval=ms)
    timer.timeout.connect(act)
    timer.start()
    return timer


def test_that_a_small_command_is_done_at_once_on_the_design_itself(session: Any, qtbot: QtBot) -> None:
    given: list[Project] = []
    session.perform("Working …", LARGE, lambda project: given.append(project))
    assert given == [session.project]


def test_that_a_large_command_is_done_beside_the_window_as_one_step(session: Any, qtbot: QtBot) -> None:
    before = state(session.project)
    threads: list[str] = []

    def work(project: Project) -> list[int]:
        threads.append(threading.current_thread().name)
        assert project is not session.project
        return notes(project)

    made = session.perform("Adding …", COUNT, work)
    assert threads != [threading.main_thread().name]
    assert set(made) <= session.project.elements.keys()
    assert session.project.history.undo_text == "Add notes"
    session.project.undo()
    assert state(session.project) == before
    session.project.redo()
    assert len(session.project.of_kind("note")) == COUNT


def test_that_a_refusal_of_a_large_command_is_said_and_nothing_is_done(session: Any, qtbot: QtBot) -> None:
    before, said = state(session.project), list[str]()
    session.refused.connect(said.append)

    def work(project: Project) -> None:
        notes(project)
        raise RuleError("There is no room.")

    assert session.do_large("Adding …", COUNT, work) is None
    assert said == ["There is no room."]
    assert state(session.project) == before


def test_that_cancel_ends_the_work_and_nothing_is_done(session: Any, qtbot: QtBot) -> None:
    before, told = state(session.project), list[str]()
    session.told.connect(told.append)
    pressed, ended = threading.Event(), list[int]()

    def press() -> None:
        for dialog in dialogs():
            if not pressed.is_set():
                assert dialog.labelText() == "Adding …"
                dialog.findChildren(QPushButton)[0].click()
                pressed.set()
                assert dialogs()  # nothing can be edited until it has ended

    pressing = every(10, press)

    def work(project: Project) -> None:
        try:
            pressed.wait(HUNG_S)
            notes(project)
        finally:
            ended.append(len(project.elements))

    assert session.do_large("Adding …", COUNT, work) is None
    pressing.stop()
    assert told == ["Canceled; nothing was changed."]
    assert ended == [1]  # the edit was taken back on the copy too
    assert state(session.project) == before
    assert not session.project.history.steps
    assert not dialogs()


def test_that_cancel_counts_also_when_the_work_was_done_already(session: Any, qtbot: QtBot) -> None:
    pressed = threading.Event()

    def press() -> None:
        for dialog in dialogs():
            if not pressed.is_set():
                dialog.findChildren(QPushButton)[0].click()
                pressed.set()

    pressing = every(10, press)

    def work(project: Project) -> None:
        notes(project)
        pressed.wait(HUNG_S)

    assert session.do_large("Adding …", COUNT, work) is None
    pressing.stop()
    assert not session.project.of_kind("note")


def test_that_the_dialog_tells_how_far_it_is(session: Any, qtbot: QtBot) -> None:
    go, seen = threading.Event(), list[int]()

    def look() -> None:
        if not go.is_set():
            seen.extend(dialog.value() for dialog in dialogs())
        if seen and seen[-1] >= 49:
            go.set()

    own = QWidget()  # the dialog belongs to the active window, which must not be one of an earlier test
    qtbot.addWidget(own)
    own.show()
    own.activateWindow()
    qtbot.waitUntil(own.isActiveWindow)
    looking = every(10, look)

    def work(project: Project) -> None:
        with project.edit("Add"):
            notes(project, COUNT // 2)
            go.wait(HUNG_S)
            notes(project, COUNT // 2)

    session.perform("Adding …", COUNT, work)
    looking.stop()
    assert go.is_set()
    assert max(seen) < 100
    assert len(session.project.of_kind("note")) == COUNT // 2 * 2


def test_that_nothing_typed_before_the_dialog_is_shown_reaches_the_window(session: Any, qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    QTest.qWaitForWindowExposed(field)
    typed, went_on = list[bool](), threading.Event()

    def type_a_letter() -> None:
        if not typed:
            typed.append(bool(dialogs()))
            QTest.keyClick(field.windowHandle(), Qt.Key.Key_A)
        went_on.set()

    typing = every(5, type_a_letter)
    session.perform("Adding …", COUNT, lambda project: went_on.wait(HUNG_S) and None)
    typing.stop()
    assert typed == [False]
    assert dialogs() == []


def test_that_a_design_that_became_another_meanwhile_is_left_alone(session: Any, qtbot: QtBot) -> None:
    began, changed = threading.Event(), threading.Event()

    def change() -> None:
        if began.is_set() and not changed.is_set():
            edit.place(session.project, "region")
            changed.set()

    changing = every(5, change)

    def work(project: Project) -> None:
        began.set()
        changed.wait(HUNG_S)
        notes(project)

    with pytest.raises(RuleError, match="has changed since"):
        session.perform("Adding …", COUNT, work)
    changing.stop()
    assert len(session.project.of_kind("region")) == 1
    assert not session.project.of_kind("note")


def test_that_a_large_paste_is_the_same_as_a_paste(session: Any, qtbot: QtBot) -> None:
    project = session.project
    zone = edit.place(project, "zone", edit.place(project, "region"))
    with project.edit("Add"):
        vms = project.add_many([project.kinds["vm"].table(parent=zone, name=f"v{n}", w=20, h=10) for n in range(40)])
    text = clipboard.copy(project, vms)
    clipboard.paste(project, text, zone)
    wanted = sorted((e.name, e.x, e.y, e.w, e.h) for e in project.elements.values())
    project.undo()
    session.perform("Pasting …", COUNT, clipboard.paste, text, zone)
    assert sorted((e.name, e.x, e.y, e.w, e.h) for e in project.elements.values()) == wanted


class Seen(QObject):
    """Counts the paints of a widget."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.mark.parametrize("count", [20, COUNT])
def test_that_timers_have_their_turn_between_panels_that_are_told_of_a_large_change(window: Window, count: int) -> None:
    beats, painted = list[int](), Seen(window.canvas.view)
    beating = every(0, lambda: beats.append(1))
    notes(window.session.project, count)
    window.session.flush()
    beating.stop()
    assert (len(beats) > 3) is (count == COUNT)
    assert painted.count == 0
    assert window.frame.updatesEnabled()
    assert window.canvas.view.updatesEnabled()


def test_that_a_change_between_two_panels_waits_until_all_know_the_large_one(window: Window) -> None:
    session, late = window.session, list[int]()

    def place() -> None:
        if not late:
            late.append(edit.place(session.project, "region"))

    placing = every(0, place)
    notes(session.project)
    session.flush()
    placing.stop()
    assert late
    assert session.pending
    session.flush()
    check(window)
    session.project.undo()
    session.project.undo()
    session.flush()
    check(window)


@pytest.mark.parametrize("others", [False, True])
def test_that_rows_of_a_large_change_are_read_beside_the_window_unless_others_are_drawn_by_then(
    window: Window, monkeypatch: pytest.MonkeyPatch, others: bool
) -> None:
    threads, look = list[bool](), World._coming

    def looked(*given: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return look(*given)

    monkeypatch.setattr(World, "_coming", looked)
    session, world = window.session, window.canvas.view.world
    region = edit.place(session.project, "region")
    notes(session.project, 3)
    session.flush()
    threads.clear()
    session.do_large("Adding …", COUNT, notes)
    if others:
        world.collapsed.add(region)
        world.rebuild()
        world.collapsed.clear()
    session.flush()
    assert threads == [False, True][: 1 + others]
    check(window)
    session.project.undo()
    session.flush()
    check(window)


def test_that_the_form_of_very_many_pauses_between_its_parts_and_shows_what_they_have(window: Window) -> None:
    session, paused = window.session, list[int]()
    ids = notes(session.project)
    with session.project.edit("Write notes"):
        for n, i in enumerate(ids):
            session.project.set(i, note=f"{n}")
    session.flush()
    session.select(ids)
    form = window.form.form
    assert form is not None
    form.take(ids[1:], lambda: paused.append(1))
    assert len(paused) > len(form.rows)
    assert form.ids == ids[1:]
    assert len(form.different()) == len(ids) - 1


def test_that_very_many_that_are_selected_are_told_to_a_panel_at_a_time(window: Window) -> None:
    made = notes(window.session.project)
    window.session.flush()
    beats = list[int]()
    beating = every(0, lambda: beats.append(1))
    turns()
    window.canvas.view.update()  # a request to paint that comes while nothing may be painted
    window.session.select(made)
    beating.stop()
    assert len(beats) > 3
    check(window)
    turns()
    painted = Seen(window.canvas.view)
    window.canvas.view.update()
    turns()
    assert painted.count == 1


def test_that_many_are_copied_and_pasted_beside_the_window_and_are_the_same(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = window.session.project
    made = notes(project)
    window.session.flush()
    window.session.select(made)
    monkeypatch.setattr("designer.ui.actions.edit.LONG", 100)
    window.actions["edit.copy"].trigger()
    assert clipboard_text() == clipboard.copy(project, made)
    window.actions["edit.paste"].trigger()
    assert len(project.of_kind("note")) == 2 * COUNT
    assert len(window.session.selection) == COUNT
    window.actions["edit.cut"].trigger()
    assert len(project.of_kind("note")) == COUNT
    check(window)


def test_that_what_is_on_the_clipboard_and_cannot_be_read_is_said_also_where_it_is_long(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    window.session.refused.connect(said.append)
    monkeypatch.setattr("designer.ui.actions.edit.LONG", 100)
    content = QMimeData()
    content.setData(clipboard.MIME, b"[" * 500)
    QGuiApplication.clipboard().setMimeData(content)
    window.actions["edit.paste"].trigger()
    assert said == [clipboard.FOREIGN]


def test_that_cancel_while_copying_leaves_the_clipboard_and_cuts_nothing(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = window.session.project
    made = notes(project)
    window.session.flush()
    window.session.select(made)
    QGuiApplication.clipboard().clear()
    pressed, real = threading.Event(), clipboard.copy

    def slow(*given: Any) -> str:
        pressed.wait(HUNG_S)
        return real(*given)

    def press() -> None:
        for dialog in dialogs():
            if not pressed.is_set():
                dialog.findChildren(QPushButton)[0].click()
                pressed.set()

    monkeypatch.setattr(clipboard, "copy", slow)
    pressing = every(10, press)
    window.actions["edit.cut"].trigger()
    pressing.stop()
    assert pressed.is_set()
    assert clipboard_text() is None
    assert len(project.of_kind("note")) == COUNT


@pytest.fixture
def small_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let some hundreds of operations count as a large undo."""
    monkeypatch.setattr("designer.ui.parts.large.LARGE_REPLAY", 100)


def test_that_a_small_undo_is_done_at_once(session: Any, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    notes(session.project)
    assert LARGE_REPLAY > COUNT
    monkeypatch.setattr("designer.ui.parts.large.Replay", None)
    session.go_to(0)
    assert not session.project.of_kind("note")


@pytest.mark.usefixtures("small_replay")
def test_that_a_large_undo_and_redo_are_prepared_beside_the_window(window: Window) -> None:
    project, threads = window.session.project, list[str]()
    made = notes(project)
    window.session.flush()
    after = state(project)

    def note(changes: object) -> None:
        threads.append(threading.current_thread().name)

    project.changed.connect(note)
    window.actions["edit.undo"].trigger()
    assert not project.of_kind("note")
    check(window)
    window.actions["edit.redo"].trigger()
    assert state(project) == after
    assert set(window.session.selection) == set(made)  # what came back can be worked on
    check(window)
    assert threads == [threading.main_thread().name] * 2


@pytest.mark.usefixtures("small_replay")
@pytest.mark.parametrize("where", ["undo", "redo", "history"])
def test_that_cancel_leaves_a_large_undo_undone(window: Window, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    project, told = window.session.project, list[str]()
    notes(project)
    edit.place(project, "region")
    if where == "redo":
        project.go_to(0)
    window.session.flush()
    before, position = state(project), project.history.position
    window.session.told.connect(told.append)
    pressed, texts = threading.Event(), list[str]()

    def slow(*given: Any) -> Any:
        assert pressed.wait(HUNG_S)
        return Replay(*given)

    def press() -> None:
        for dialog in dialogs():
            if not pressed.is_set():
                texts.append(dialog.labelText())
                dialog.findChildren(QPushButton)[0].click()
                pressed.set()

    monkeypatch.setattr("designer.ui.parts.large.Replay", slow)
    pressing = every(10, press)
    if where == "history":
        window.session.go_to(0)
    elif where == "undo":
        project.undo()
        window.session.flush()
        before, position = state(project), project.history.position
        window.actions["edit.undo"].trigger()
    else:
        window.actions["edit.redo"].trigger()
    pressing.stop()
    assert texts == ["Redoing …" if where == "redo" else "Undoing …"]
    assert told == ["Canceled; nothing was changed."]
    assert (state(project), project.history.position) == (before, position)
    check(window)


@pytest.mark.usefixtures("small_replay")
@pytest.mark.usefixtures("new_window")
def test_that_the_list_of_steps_goes_back_over_several_as_one_change(window: Window) -> None:
    project = window.session.project
    edit.place(project, "region")
    before = state(project)
    notes(project)
    edit.place(project, "region")
    window.session.flush()
    window.actions["view.history"].trigger()
    window.history.list.itemClicked.emit(window.history.list.item(1))
    window.session.flush()
    assert state(project) == before
    check(window)


def test_that_many_are_locked_hidden_and_changed_beside_the_window(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, texts = window.session.project, list[str]()
    made = notes(project)
    window.session.flush()
    window.session.select(made)
    given = large.run_with_progress

    def run(above: Any, text: str, work: Any) -> Any:
        texts.append(text)
        return given(above, text, work)

    monkeypatch.setattr(large, "run_with_progress", run)
    for name in ("arrange.lock", "arrange.lock", "arrange.hide", "arrange.show"):
        window.actions[name].trigger()
    form = window.form.form
    assert form is not None
    form.rows["note"].editor.edited.emit("the same")
    assert texts == ["Locking …", "Unlocking …", "Hiding …", "Showing …", "Changing …"]
    assert {project.elements[i].note for i in made} == {"the same"}
    window.session.flush()
    check(window)


def test_that_cancel_of_place_many_leaves_nothing_behind_and_the_dialog_open(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, project, world = window.session, window.session.project, window.canvas.view.world
    host = edit.place(project, "host", cores=64)
    session.flush()
    session.select([host])
    before, position, undone = state(project), project.history.position, project.history.undo_text
    rows, told = world.ids.tolist(), list[str]()
    session.told.connect(told.append)
    monkeypatch.setattr(large, "LARGE", 10)
    monkeypatch.setattr(many, "AT_ONCE", 5)
    place_many, pressed, placed = many.place_many, threading.Event(), list[int]()

    def held(copied: Project, *given: Any) -> list[int]:
        note = copied.noted
        assert note is not None

        def noted(done: int) -> None:
            placed.append(len(copied.of_kind("vm")))
            assert pressed.wait(HUNG_S)
            note(done)

        copied.noted = noted
        return place_many(copied, *given)

    monkeypatch.setattr(many, "place_many", held)
    window.actions["insert.many"].trigger()
    (dialog,) = window.frame.findChildren(ManyDialog)
    dialog.what.setCurrentIndex(dialog.what.findData("vm"))
    dialog.count.setValue(20)
    dialog.preview()

    def press() -> None:
        for progress in dialogs():
            if not pressed.is_set() and placed:
                assert progress.labelText() == "Placing 20 …"
                progress.findChildren(QPushButton)[0].click()
                pressed.set()

    pressing = every(10, press)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    pressing.stop()
    assert placed == [5]  # amid the work, on the copy
    assert dialog.isVisible() and dialog.said.text() == "Canceled; nothing was changed."
    assert state(project) == before
    assert (project.history.position, project.history.undo_text) == (position, undone)
    assert project.history.redo_text is None
    assert world.ids.tolist() == rows and session.selection == (host,) and not told
    check(window)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)  # what was pressed before does not count any more
    assert len(project.of_kind("vm")) == 20
    assert project.history.position == position + 1
    project.undo()
    assert state(project) == before
