"""Animated pictures of a run: each image is a moment of the run, and what is canceled or refused leaves no file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.engine.spec import TimedEvent
from designer.errors import RuleError
from designer.study.states import RunState
from designer.ui.pictures.animation_dialog import AnimationDialog
from designer.ui.pictures.encoder import ENDS, Encoder
from designer.ui.shell.window import Window
from tests.waiting import until

COLORS = ("#ff0000", "#00ff00", "#0000ff")


def plain(color: str) -> QImage:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return image


@pytest.mark.parametrize("end", ENDS)
def test_that_a_file_holds_all_images_in_order_for_their_time(tmp_path: Path, end: str) -> None:
    path = tmp_path / f"a{end}"
    encoder = Encoder(path, 30, 20, len(COLORS), 200)
    for color in COLORS:
        encoder.add(plain(color))
    encoder.end()
    assert encoder.finish() == path.stat().st_size
    with Image.open(path) as made:
        assert (made.size, getattr(made, "n_frames", 1)) == ((30, 20), len(COLORS))
        for n, color in enumerate(COLORS):
            made.seek(n)
            assert end != ".gif" or made.info["duration"] == 200
            assert QColor(*made.convert("RGB").getpixel((15, 10))).name() == color  # type: ignore[misc]


def test_that_what_is_dropped_or_too_large_or_of_no_format_is_no_file(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path / "a.gif", 30, 20, 9, 100)
    encoder.add(plain("#123456"))
    encoder.drop()
    until(lambda: encoder.over)
    assert not list(tmp_path.iterdir())
    for name, wide, count in (("a.txt", 30, 2), ("a.gif", 20_000, 2), ("a.gif", 4000, 2000)):
        with pytest.raises(RuleError):
            Encoder(tmp_path / name, wide, 4000, count, 100)


def test_that_the_dialog_writes_the_moments_of_a_run_and_shows_the_same_moment_as_before(
    run_window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    session, control = run_window.session, run_window.control
    host = edit.place(session.project, "host", name="h")
    edit.place(session.project, "vm", host)
    session.flush()
    control.start(events=[TimedEvent(3600.0, "fail", host)])
    run = session.run
    assert run is not None
    qtbot.waitUntil(lambda: run.state is RunState.FINISHED)
    run_window.actions["run.animation"].trigger()
    dialog = run_window.frame.findChild(AnimationDialog)
    assert dialog is not None and dialog.count == 50
    dialog.end.setText("9d")
    assert not dialog.save_button.isEnabled() and "span" in dialog.said.text()
    dialog.end.setText("02:00")
    dialog.length.setCurrentIndex(0)
    dialog.rate.setCurrentIndex(0)
    dialog.make(tmp_path / "left.gif")
    dialog.cancel()
    assert dialog.work is None
    path = tmp_path / "run.gif"
    dialog.make(path)
    qtbot.waitUntil(path.exists)
    assert not (tmp_path / "left.gif").exists() and run.scrubbed_s is None
    with Image.open(path) as made:
        assert getattr(made, "n_frames", 1) == 10
        reds = []
        for n in range(10):
            made.seek(n)
            pixels = made.convert("RGB").getcolors(1 << 20) or []
            reds.append(sum(count for count, (r, g, b) in pixels if r > g + 60 and r > b + 40))  # type: ignore[misc,operator]
    assert not any(reds[:5]) and all(reds[5:])  # it fails in the middle of the span
