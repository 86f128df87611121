"""A report of a problem: versions and the log, nothing of the design; it is shown before it goes anywhere."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from designer.foreign import bytes_of
from designer.settings import state_dir
from designer.ui.parts.room import fitting
from designer.ui.parts.versions import versions
from designer.words import tr

PACKAGES = ("PySide6_Essentials", "numpy", "numba", "pyqtgraph", "sqlmodel", "pydantic", "SQLAlchemy")
MOST_LINES, MOST_BYTES = 300, 4_000_000
"""The newest lines of the log that a report holds, and the largest log that is read."""
_HEAD = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ (\w+) designer (.*)")
_FRAME = re.compile(r'\s+File "(.*)", line (\d+), in (\S+)')
_ERROR = re.compile(r"([A-Za-z_][\w.]*)(?::.*)?")
_OURS = (
    re.compile(r"Cloud Designer [\w.+-]+, Python [\w.+-]+, Qt [\w.]+, \w+ \w+"),
    re.compile(r"unexpected in .*"),
    re.compile(r"[a-z]+ after [\d.]+ s"),
    re.compile(r"longest pause \d+ ms"),
)
"""What the program writes of itself; all else may hold a name of the design."""


def report_text() -> str:
    """Versions, the screen, and the newest lines of the log, without the texts of errors: they may hold names."""
    return "\n".join([versions(), *_packages(), _screen(), "", "Log, newest last:", *_log(), ""])


def _packages() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} is missing")
    return [", ".join(found)]


def _screen() -> str:
    screen, platform = QGuiApplication.primaryScreen(), QGuiApplication.platformName()
    size = screen.size()
    scale, dpi = screen.devicePixelRatio(), screen.logicalDotsPerInch()
    return f"Screen {size.width()} x {size.height()} at {scale:g}x, {dpi:g} dpi, platform {platform}"


def _log() -> list[str]:
    path = state_dir() / "log.txt"
    try:
        text = bytes_of(path, MOST_BYTES).decode("utf-8", "replace")
    except OSError as error:
        return [f"There is no log: {error.strerror}."]
    lines = [kept for line in text.splitlines() if (kept := shown_line(line))]
    return lines[-MOST_LINES:]


def shown_line(line: str) -> str:
    """A line of the log as a report shows it: what happened in which line of code. Empty for what may hold a name."""
    head = _HEAD.fullmatch(line)
    if head is not None:
        said = head[3] if any(ours.fullmatch(head[3]) for ours in _OURS) else "…"
        return f"{head[1]} {head[2]} {said.removesuffix('Traceback (most recent call last):').strip()}"
    frame = _FRAME.match(line)
    if frame is not None:
        return f"  {_file(Path(frame[1]))}:{frame[2]} in {frame[3]}"
    error = _ERROR.fullmatch(line)
    return f"  {error[1]}" if error is not None and error[1].endswith(("Error", "Exception", "Interrupt")) else ""


def _file(path: Path) -> str:
    """A file of code without the folders of the user's machine."""
    for root in ("site-packages", "designer"):
        if root in path.parts:
            return "/".join(path.parts[len(path.parts) - path.parts[::-1].index(root) - 1 :])
    return path.name


class ReportDialog(QDialog):
    """Shows the report; copies or saves it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Report a Problem"))
        about = QLabel(
            tr(
                "This is all that the report holds: versions, the screen, and what the log says of errors. Nothing of "
                "a design and no file name is in it. Copy or save it, and send it with what you did."
            )
        )
        about.setWordWrap(True)
        self.text = QPlainTextEdit(report_text())
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("The report"))
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close)
        self.copy_button = box.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        self.save_button = box.button(QDialogButtonBox.StandardButton.Save)
        self.save_button.setText(tr("Save As …"))
        self.save_button.clicked.connect(self._save)
        box.rejected.connect(self.reject)
        self.said = QLabel()
        column = QVBoxLayout(self)
        for part in (about, self.text, self.said, box):
            column.addWidget(part)
        self.resize(fitting(720, 520))

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, tr("Save the Report"), str(Path.home() / "report.txt"), tr("Text (*.txt)")
        )
        if not path:
            return
        try:
            Path(path).write_text(self.text.toPlainText(), "utf-8")
        except OSError as error:
            self.said.setText(tr("The report was not saved: {0}. Choose another place.", error.strerror))
            return
        self.accept()
