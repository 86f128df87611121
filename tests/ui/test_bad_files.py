"""Each bad file through a real window: a sentence is shown, and the design that is open stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.element import values
from designer.model.project import Project
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.ui.parts.theme import Theme
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.store.bad_files import CASES, as_nobody, let_go, made
from tests.store.designs import one_of_each, saved
from tests.store.test_bad_files import ADVICE

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


class Reader:
    """Reads what is shown in a message, and closes it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.formats: set[Qt.TextFormat] = set()
        self._timer = QTimer(interval=2)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            self.said.append(box.text())
            self.formats.add(box.textFormat())
            box.accept()

    def over(self) -> None:
        self._timer.stop()


@pytest.fixture(scope="module")
def window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window with a design that has unsaved edits."""
    from designer.catalog import KINDS, LINKS

    theme, settings = Theme("light"), Settings(tmp_path_factory.mktemp("home") / "settings.json")
    theme.apply(qapp)
    frame = MainFrame(theme, settings)
    made_window = Window(frame, Session(Project(KINDS, LINKS)), theme, settings, EngineHost())
    frame.show()
    made_window.files.new()
    edit.place(made_window.session.project, "region")
    made_window.session.flush()
    yield made_window
    made_window.control.close()
    made_window.files.close()
    frame.may_close = lambda: True
    frame.close()
    frame.deleteLater()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.said])
def test_that_a_bad_file_is_a_sentence_and_the_open_design_stays(
    name: str, window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    case, path = CASES[name], made(name, tmp_path)
    session = window.session
    before, edits, title = state(session.project), window.files.document.edits, window.frame.windowTitle()
    reader = Reader()
    try:
        with as_nobody(case.nobody):
            assert window.files.open(path, ask=False) is False
    finally:
        reader.over()
        let_go()
    (sentence,) = reader.said
    assert case.said in sentence
    assert sentence.isprintable()
    assert ADVICE.search(sentence)
    assert reader.formats == {Qt.TextFormat.PlainText}
    assert state(session.project) == before
    assert (session.path, session.modified, window.frame.windowTitle()) == (None, True, title)
    qtbot.waitUntil(window.files.document.flush)  # as nobody it may have fallen behind
    assert window.files.document.edits == edits
    assert window.settings.recent_files() == []


def test_that_a_run_goes_on_when_another_file_cannot_be_opened(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    run = Run(window.session.project, EngineHost())
    window.session.set_run(run)
    reader = Reader()
    try:
        assert window.files.open(made("text", tmp_path), ask=False) is False
        assert window.session.run is run
        assert window.files.open(saved(tmp_path / "sound.clouddesign"), ask=False)
        assert window.session.run is None
    finally:
        reader.over()
    assert len(reader.said) == 1
    begin_again(window)


def begin_again(window: Window) -> None:
    """A new design with an unsaved edit, as at the start."""
    window.files.document.become([])
    window.files._now_open()
    edit.place(window.session.project, "region")
    window.session.flush()
    window.settings.set("recent_files", [])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.said])
def test_that_what_can_be_opened_all_the_same_is_opened_whole(
    name: str, window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    path = made(name, tmp_path)
    reader = Reader()
    try:
        assert window.files.open(path, ask=False)
    finally:
        reader.over()
        let_go()
    assert reader.said == []
    assert window.session.path == path
    assert len(state(window.session.project)) == len(one_of_each())
    begin_again(window)
