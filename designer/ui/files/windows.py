"""Windows beside this one, each with a design of its own: another process of the same program."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QFileDialog, QWidget

from designer.ui.shell.session import Session


def command_line(path: Path | None) -> list[str]:
    """The words that start the program, on a file where one is given."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "designer"]
    return [*program, *([str(path.absolute())] if path is not None else [])]


def open_window(session: Session, path: Path | None = None) -> int:
    """Open another window, on a file where one is given; the number of its process, 0 (and a sentence) where there is
    none."""
    program, *words = command_line(path)
    started, pid = QProcess.startDetached(program, words, str(Path.cwd()))
    if not started:
        session.refused.emit("Another window could not be opened: the system started no further program.")
        return 0
    return int(pid)


def ask_open_window(session: Session, parent: QWidget, kinds: str) -> None:
    """Open a file that the user chooses in a window of its own."""
    folder = str(session.path.parent) if session.path else str(Path.home())
    path, _ = QFileDialog.getOpenFileName(parent, "Open in New Window", folder, kinds)
    if path:
        open_window(session, Path(path))
