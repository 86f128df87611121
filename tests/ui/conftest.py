"""A whole window for tests that need no more of it; others make their own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.run.lanes import Lanes
from designer.ui.shell import view_state
from designer.ui.shell.frame import SIZE, MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from designer.ui.side.palette import KINDS_TAB
from tests import copies


def _let_close(frame: MainFrame) -> None:
    """The test is over: nobody is there to answer."""
    frame.may_close = lambda: True


@pytest.fixture(autouse=True, scope="module")
def copied_processes() -> Iterator[None]:
    """What a window starts beside itself is a copy of a process that has all kernels."""
    with copies.of_engines():
        yield


@pytest.fixture(autouse=True)
def hands(qapp: QApplication) -> Iterator[None]:
    """No button of the mouse and no key stays pressed for the next test: the window asks for them, and Qt, which
    selects no row of a table while Shift is held."""
    yield
    if QGuiApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        QTest.keyRelease(QWidget(), Qt.Key.Key_Shift)
        assert QGuiApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier
    pressed = QGuiApplication.mouseButtons()
    if pressed != Qt.MouseButton.NoButton:
        somewhere = QWidget()
        for button in Qt.MouseButton:
            if button is not Qt.MouseButton.NoButton and button & pressed == button:
                QTest.mouseRelease(somewhere, button)
        assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton


@pytest.fixture
def theme(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[Theme]:
    """The light theme, or that of the test's `mode`: chosen before there is a window, whose parts would all be styled
    again. It is light at the end. Nothing moves by itself: each zoom would be waited for, and be painted many times."""
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    made = Theme(params.get("mode", "light"))
    made.still = True
    made.apply(qapp)
    yield made
    if made.mode != "light":
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        Theme("light").apply(qapp)
    made.deleteLater()


@pytest.fixture
def window(new_window: Window) -> Window:
    """A shown window on an empty design: new, or in some files that of the file."""
    return new_window


@pytest.fixture
def new_window(qtbot: QtBot, session: Any, theme: Any, tmp_path: Path) -> Iterator[Window]:
    """A shown window on an empty design."""
    remembered = Settings(tmp_path / "settings.json")
    frame = MainFrame(theme, remembered)
    made = Window(frame, session, theme, remembered, EngineHost())
    qtbot.addWidget(frame, before_close_func=_let_close)
    with qtbot.waitExposed(frame):
        frame.show()
    yield made
    made.control.close()
    made.files.close()


@pytest.fixture
def run_window(qtbot: QtBot, session: Any, theme: Any, engine: EngineHost, tmp_path: Path) -> Iterator[Window]:
    """A shown window with lanes on an empty design, whose runs go as fast as they can."""
    settings = Settings(tmp_path / "settings.json")
    frame = MainFrame(theme, settings)
    made = Window(frame, session, theme, settings, engine)
    made.add_lanes(Lanes)
    qtbot.addWidget(frame, before_close_func=_let_close)
    frame.resize(1440, 900)
    with qtbot.waitExposed(frame):
        frame.show()
    made.control.speed = math.inf
    yield made
    made.control.pulse.stop()
    if session.run is not None:
        session.run.dispose()
    made.files.close()


@pytest.fixture(scope="module")
def looked_at(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Window, dict[str, int]]]:
    """A window and what is in its design, once for all tests of a file that only look at it."""
    from tests.ui.test_window import placed

    with for_a_file(tmp_path_factory.mktemp("looked"), qapp) as made:
        yield made, placed(made)


@contextmanager
def for_a_file(folder: Path, app: QApplication) -> Iterator[Window]:
    """A shown window on an empty design, until the tests of a file are over."""
    theme, settings = Theme("light"), Settings(folder / "settings.json")
    theme.still = True
    theme.apply(app)
    frame, session = MainFrame(theme, settings), Session(Project(KINDS, LINKS))
    made = Window(frame, session, theme, settings, EngineHost())
    frame.show()
    yield made
    made.control.close()
    made.files.close()
    _let_close(frame)
    frame.close()
    frame.deleteLater()
    session.deleteLater()
    theme.deleteLater()


@pytest.fixture
def same_window(looked_at: tuple[Window, dict[str, int]], qtbot: QtBot) -> Iterator[Window]:
    """The window, which looks as if newly made. A test leaves its design, view, size and settings as they are."""
    made = looked_at[0]
    frame, view = made.frame, made.canvas.view
    frame.show()
    frame.activateWindow()
    qtbot.waitUntil(frame.isActiveWindow)
    QCursor.setPos(frame.frameGeometry().bottomRight())
    before = _as_new(made)
    view.setFocus()
    QApplication.processEvents()
    assert made.search.isHidden()
    yield made
    view.setFocus()  # leaves the search
    made.search.line.clear()
    assert _as_new(made) == before


class Lent:
    """A window on an empty design, once for all tests of a file that leave it as they find it but for the design."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        self._app, self._folder = app, folder
        self._ending = ExitStack()
        self._made: Window | None = None

    def window(self) -> Window:
        """The window, made when it is first asked for."""
        if self._made is None:
            self._made = self._ending.enter_context(for_a_file(self._folder, self._app))
        return self._made

    def end(self) -> None:
        """Close it; the next test gets a new one."""
        self._ending.close()
        self._made = None
        (self._folder / "settings.json").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def lent(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lent]:
    """The window that the tests of a file share."""
    made = Lent(qapp, tmp_path_factory.mktemp("lent"))
    yield made
    made.end()


@pytest.fixture
def lent_window(request: pytest.FixtureRequest) -> Window:
    """The window of the file, or a new one for a test that says so: `usefixtures("new_window")`."""
    own = "new_window" in request.fixturenames
    return cast("Window", request.getfixturevalue("new_window" if own else "undone_window"))


@pytest.fixture
def undone_window(lent: Lent, qtbot: QtBot) -> Iterator[Window]:
    """The window of the file on an empty design. What a test does to the design is undone, and what it chose to see;
    whoever leaves anything else needs a new one."""
    made = lent.window()
    made.frame.show()
    made.frame.activateWindow()
    qtbot.waitUntil(made.frame.isActiveWindow)
    QCursor.setPos(made.frame.frameGeometry().bottomRight())
    QGuiApplication.clipboard().clear()
    before = *_as_new(made), *_offered(made)
    made.canvas.view.setFocus()
    QApplication.processEvents()
    yield made
    _undo_all(made)
    left = [now for now, then in zip((*_as_new(made), *_offered(made)), before, strict=True) if now != then]
    if left:
        lent.end()
    assert left == [], "what was done needs a new window"


def _undo_all(made: Window) -> None:
    """Undo what was done to the design, and show it as at first."""
    made.canvas.view.setFocus()  # leaves the search
    QGuiApplication.clipboard().clear()
    for line in (made.search.line, made.palette.line, made.outline.filter):
        line.clear()
    made.palette.show_tab(KINDS_TAB)
    made.message.hide()
    made.message.last = ""
    made.canvas.view.set_collapsed([])
    made.frame.resize(fitting(*SIZE))
    made.session.flush()
    made.session.go_to(0)
    made.session.project.history.steps.clear()
    made.session.project.history.clean = 0


def _offered(made: Window) -> list[object]:
    """What can be done in it, and what it shows beside the design."""
    session, dialogs = made.session, made.frame.findChildren(QDialog)
    session.flush()
    lines = [line.text() for line in made.frame.findChildren(QLineEdit) if line.isVisible()]
    buttons = [button for button in made.frame.findChildren(QAbstractButton) if button.isVisible()]
    chosen = [(button.text(), button.isChecked()) for button in buttons if button.isCheckable()]
    actions = [(name, one.text(), one.isEnabled(), one.isChecked()) for name, one in made.actions.items()]
    return [
        session.run,
        session.path,
        session.read_only,
        [d for d in dialogs if d.isVisible()],
        lines,
        chosen,
        *actions,
    ]


def _as_new(made: Window) -> tuple[Any, ...]:
    """Look at all of the design with nothing selected and nothing in hand; return what must be as before then."""
    from tests.ui.test_window import state

    session = made.session
    session.flush()
    session.select([])
    made.strip.tools["select"].click()
    made.canvas.view.zoom_to_fit(animated=False)
    made.settings.set("commands_used", {})  # those come first among what is found
    view = view_state.capture(made.context)
    del view["expanded"]  # what was selected stood there
    written = made.settings._path.read_text("utf-8")
    return state(session.project), session.project.history.position, made.frame.size(), view, written


@pytest.fixture
def same_site(looked_at: tuple[Window, dict[str, int]]) -> dict[str, int]:
    """What is in the design of the window that is looked at, by name."""
    return looked_at[1]
