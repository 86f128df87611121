"""Random events on the window: no fault, a run that advances, and drawing, outline and findings agree at the end.

`python -m tests.ui.monkey` has the long run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.ui.shell.window import Window
from tests.ui.monkey.__main__ import play

EVENTS = 35


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # the offscreen platform, of menus
@pytest.mark.parametrize(
    ("name", "theme_name", "seed"),
    [("web-shop", "light", 11), ("serverless-site", "dark", 12), ("esxi-n-plus-one", "light", 13)],
)
def test_that_random_events_do_no_harm(window: Window, name: str, theme_name: str, seed: int, tmp_path: Path) -> None:
    played = play(window, name, theme_name, EVENTS, seed, tmp_path)
    assert sum(played.acts.values()) == EVENTS
    assert played.moments  # the run went on meanwhile
