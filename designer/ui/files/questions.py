"""Sentences and questions about files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from designer.memory import SPARE, free_bytes
from designer.store.file import project_file
from designer.ui.shell.frame import MainFrame
from designer.words import tr

FILTER = tr("Cloud Designer project (*{0})", project_file.SUFFIX)


def say(window: QWidget, title: str, sentence: str) -> None:
    """Show a sentence that must be read."""
    _box(window, title, sentence).exec()


def ask(window: QWidget, title: str, sentence: str, answers: Sequence[str]) -> str:
    """Ask the user for one of some answers; empty for none. The first is the default."""
    box = _box(window, title, sentence)
    buttons = {box.addButton(text, QMessageBox.ButtonRole.AcceptRole): text for text in answers}
    box.setDefaultButton(next(iter(buttons)))
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    clicked = box.clickedButton()
    return next((text for button, text in buttons.items() if button is clicked), "")


def _box(window: QWidget, title: str, sentence: str) -> QMessageBox:
    if free_bytes() < SPARE:  # Qt ends the process where it gets none for the box
        frame: QWidget | None = window
        while frame is not None and not isinstance(frame, MainFrame):
            frame = frame.parentWidget()
        if frame is not None:
            frame.short_of_memory.emit()
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    return box


def file_name(title: str) -> str:
    """A title as the name of a file, without what systems do not allow in one."""
    return "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else " " for c in title).strip() or "design"
