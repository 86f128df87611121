"""A line to type in over a list to choose from: what keys and the focus do, for the search and for Add Here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QListWidget

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}


def leaves(event: QEvent, shown: QListWidget) -> bool:
    """Whether the focus leaves the line for good: a press on the list is a choice."""
    if not isinstance(event, QFocusEvent) or not event.lostFocus():
        return False
    return not (event.reason() == Qt.FocusReason.MouseFocusReason and shown.underMouse())


def takes_key(event: QEvent, shown: QListWidget, choose: Callable[[int], object], close: Callable[[], object]) -> bool:
    """Take a key of the line: arrows move in the list, Enter chooses its row, Escape closes. False for other events."""
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
        return False
    key = Qt.Key(event.key())
    if key in _STEPS:
        shown.setCurrentRow(min(max(shown.currentRow() + _STEPS[key], 0), shown.count() - 1))
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        choose(shown.currentRow())
    elif key == Qt.Key.Key_Escape:
        close()
    else:
        return False
    return True
