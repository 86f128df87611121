"""Sentences and questions about files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from designer.store.file import project_file

FILTER = f"Cloud Designer project (*{project_file.SUFFIX})"


def say(window: QWidget, title: str, sentence: str) -> None:
    """Show a sentence that must be read."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    box.exec()


def ask(window: QWidget, title: str, sentence: str, answers: Sequence[str]) -> str:
    """Ask the user for one of some answers; empty for none. The first is the default."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    buttons = {box.addButton(text, QMessageBox.ButtonRole.AcceptRole): text for text in answers}
    box.setDefaultButton(next(iter(buttons)))
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    clicked = box.clickedButton()
    return next((text for button, text in buttons.items() if button is clicked), "")


def file_name(title: str) -> str:
    """A title as the name of a file, without what systems do not allow in one."""
    return "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else " " for c in title).strip() or "design"
