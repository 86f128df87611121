"""Random events on the window: no fault, a run that advances, and drawing, outline and findings agree at the end.

`python -m tests.ui.monkey` has the long run.
"""

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
from tests.ui.monkey.__main__ import play


def _let_close(frame: MainFrame) -> None:
    """The test is over: nobody is there to answer."""
    frame.may_close = lambda: True


@pytest.fixture
def window(qtbot: QtBot, session: Any, theme: Any, tmp_path: Path) -> Iterator[Window]:
    remembered = Settings(tmp_path / "settings.json")
    frame = MainFrame(theme, remembered)
    made = Window(frame, session, theme, remembered, EngineHost())
    qtbot.addWidget(frame, before_close_func=_let_close)
    with qtbot.waitExposed(frame):
        frame.show()
    yield made
    made.control.close()
    made.files.close()
    theme.set_mode("light")


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # the offscreen platform, of menus
@pytest.mark.parametrize(
    ("name", "theme_name", "seed"),
    [("web-shop", "light", 11), ("serverless-site", "dark", 12), ("esxi-n-plus-one", "light", 13)],
)
def test_that_random_events_do_no_harm(window: Window, name: str, theme_name: str, seed: int, tmp_path: Path) -> None:
    played = play(window, name, theme_name, 60, seed, tmp_path)
    assert sum(played.acts.values()) == 60
    assert played.moments  # the run went on meanwhile
