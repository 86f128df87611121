"""A whole window for tests that need no more of it; others make their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.window import Window


def _let_close(frame: MainFrame) -> None:
    """The test is over: nobody is there to answer."""
    frame.may_close = lambda: True


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
