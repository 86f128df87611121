"""Other windows, each with its own design: another process of the same program."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QFileDialog, QWidget

from designer.ui.shell.session import Session
from designer.words import tr


def command_line(path: Path | None) -> list[str]:
    """The command that starts the program, with a file where one is given."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "designer"]
    return [*program, *([str(path.absolute())] if path is not None else [])]


def open_window(session: Session, path: Path | None = None) -> int:
    """Open another window, with a file where one is given; return its process id, or 0 (with a sentence) on failure."""
    program, *words = command_line(path)
    started, pid = QProcess.startDetached(program, words, str(Path.cwd()))
    if not started:
        session.refused.emit(tr("Another window could not be opened: the system refused another process."))
        return 0
    return int(pid)


def ask_open_window(session: Session, parent: QWidget, kinds: str) -> None:
    """Open a file that the user chooses in another window."""
    folder = str(session.path.parent) if session.path else str(Path.home())
    path, _ = QFileDialog.getOpenFileName(parent, tr("Open in New Window"), folder, kinds)
    if path:
        open_window(session, Path(path))
