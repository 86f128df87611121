"""What was found at the start: unsaved work of programs that ended, and news of the program itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.store.working.recovery import UnsavedWork
from designer.words import tr

LEAD = tr("The program ended before its work was saved. The work was kept; choose what to do with it.")
KEPT = tr("Discarded work is kept for 14 days. Work without a choice is offered again at the next start.")


class RecoveryDialog(QDialog):
    """A line for each find with Recover and Discard; closing keeps the others for the next start."""

    recover_requested = Signal(object)

    def __init__(self, found: Sequence[UnsavedWork], notes: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Unsaved Work"))
        self.setMinimumWidth(560)
        self._open: list[UnsavedWork] = []
        column = QVBoxLayout(self)
        column.setSpacing(12)
        if found:
            column.addWidget(_text(LEAD))
        for one in found:
            self._open.append(one)
            column.addWidget(self._line(one))
        for note in notes:
            column.addWidget(_text(note, muted=True))
        if found:
            column.addWidget(_text(KEPT, muted=True))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.finished.connect(lambda _: self._leave_rest())

    def _line(self, one: UnsavedWork) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(_text(one.sentence), 1)
        for text, act in ((tr("Recover"), self._recover), (tr("Discard"), self._discard)):
            button = QPushButton(text)
            button.setAccessibleName(f"{text}: {one.sentence}")
            button.setAutoDefault(text == tr("Recover"))
            button.clicked.connect(partial(act, one, line))
            row.addWidget(button)
        return line

    def _recover(self, one: UnsavedWork, line: QWidget) -> None:
        self._open.remove(one)
        self.recover_requested.emit(one)
        self.accept()

    def _discard(self, one: UnsavedWork, line: QWidget) -> None:
        self._open.remove(one)
        one.put_away()
        line.setEnabled(False)
        if not self._open:
            self.accept()

    def _leave_rest(self) -> None:
        for one in self._open:
            one.leave()
        self._open.clear()


def _text(text: str, muted: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("muted", muted)
    return label
