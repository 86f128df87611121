"""Ctrl+Z belongs to the design: a text field keeps it only while it holds typed text that is not applied yet."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from designer.ui.parts.guard import guarded

KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


@guarded
class UndoKeys(QObject):
    """Leaves the keys of undo and redo of a line to the window. `typed`: but not while it holds text that was typed."""

    def __init__(self, line: QLineEdit, typed: bool) -> None:
        super().__init__(line)
        self._line, self._typed = line, typed
        line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say that the line does not want the key."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            own = self._typed and self._line.isModified()
            if not own and any(event.matches(key) for key in KEYS):
                event.ignore()
                return True
        return False
