"""A whole window for tests that need no more of it; others make their own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.ui.parts.theme import Theme
from designer.ui.run.lanes import Lanes
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.window import Window
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
def buttons(qapp: QApplication) -> Iterator[None]:
    """No button of the mouse stays pressed for the next test: the window asks for them."""
    yield
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
def window(qtbot: QtBot, session: Any, theme: Any, tmp_path: Path) -> Iterator[Window]:
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
