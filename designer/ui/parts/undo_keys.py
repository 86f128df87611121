"""Keys that are not only for who has the focus: Ctrl+Z belongs to the design, and a text field keeps it only while it
holds typed text that is not applied yet; Tab goes on in one order, whenever what it goes to was made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from shiboken6 import isValid

from designer.ui.parts.guard import guarded

KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
LEAVES = "leavesUndoKeys"
"""The property of a line that leaves these keys to the window: whether it keeps them while it holds typed text."""


def leave_undo_keys(line: QLineEdit, typed: bool) -> None:
    """Leave the keys of undo and redo of a line to the window. `typed`: but not while it holds text that was typed."""
    line.setProperty(LEAVES, typed)
    _undo_keys()


def follow_place(place: QWidget, parts: Sequence[QWidget]) -> None:
    """Let Tab go through parts where it would if they had been made right after `place`."""
    policy = place.focusPolicy()
    place.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # else Qt takes no place from it
    for part in reversed(parts):  # what follows a combo box follows its list, which is elsewhere
        QWidget.setTabOrder(place, part)
    place.setFocusPolicy(policy)


def stops(*parts: QWidget) -> list[QWidget]:
    """What Tab may go to in parts of a window."""
    within = (widget for part in parts for widget in (part, *part.findChildren(QWidget)))
    tabs = [widget for widget in within if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    return [widget for widget in tabs if widget.window() is parts[0].window()]  # lists of boxes are windows


@guarded
class UndoKeys(QObject):
    """Listens to the line that has the focus, and to no other: a form has many, to each of which much happens."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.focusChanged.connect(self._follow)

    def _follow(self, old: QWidget | None, now: QWidget | None) -> None:
        if old is not None and isValid(old):  # it may have lost the focus as it was deleted
            old.removeEventFilter(self)
        if now is not None and now.property(LEAVES) is not None:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say that the line does not want the key."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            own = isinstance(watched, QLineEdit) and watched.property(LEAVES) and watched.isModified()
            if not own and any(event.matches(key) for key in KEYS):
                event.ignore()
                return True
        return False


@cache
def _undo_keys() -> UndoKeys:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return UndoKeys(app)
